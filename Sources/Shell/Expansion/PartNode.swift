import Bytes
import Platform
import Syntax

/// A part of a word, prepared. It appends what it expands to.
class PartNode: @unchecked Sendable {
    func append(to builder: inout FieldBuilder, _ sh: Interpreter) throws(Unwind) {}

    func append(to builder: inout PatternBuilder, _ sh: Interpreter) throws(Unwind) {}

    var isPure: Bool { true }
    /// It may expand to no fields at all, even in double quotes.
    var mayVanish: Bool { false }
    var isCrossPlaceholder: Bool { false }
}

/// Unquoted text.
final class LiteralPart: PartNode, @unchecked Sendable {
    let text: Bytes
    private let isPattern: Bool
    /// It holds `@(` or the like.
    let hasGroup: Bool
    /// It is part of the word of `${x:-…}`, unquoted: its blanks separate fields.
    private let splits: Bool

    init(_ text: Bytes, splits: Bool) {
        self.text = text
        self.splits = splits
        hasGroup = Pattern.hasGroup(text)
        isPattern = hasGroup || text.contains { FieldBuilder.isSpecial($0) }
    }

    override func append(to builder: inout FieldBuilder, _ sh: Interpreter) throws(Unwind) {
        if splits {
            try builder.appendExpansion(text, sh)
        } else {
            builder.appendLiteral(text, isPattern: isPattern)
            if hasGroup { builder.hasGroup = true }
        }
    }

    override func append(to builder: inout PatternBuilder, _ sh: Interpreter) throws(Unwind) {
        builder.append(text, isQuoted: false)
    }
}

/// Quoted text, by whatever quotes.
final class QuotedPart: PartNode, @unchecked Sendable {
    let text: Bytes

    init(_ text: Bytes) { self.text = text }

    override func append(to builder: inout FieldBuilder, _ sh: Interpreter) throws(Unwind) {
        builder.appendQuoted(text)
    }

    override func append(to builder: inout PatternBuilder, _ sh: Interpreter) throws(Unwind) {
        builder.append(text, isQuoted: true)
    }
}

/// Double quotes around expansions: an empty result is still a field, unless all that they hold is `$@` of nothing.
final class DoubleQuotedPart: PartNode, @unchecked Sendable {
    let parts: Children<PartNode>
    private let isEmptyWithoutFields: Bool
    private let pure: Bool

    init(_ parts: [PartNode]) {
        self.parts = Children(parts)
        isEmptyWithoutFields = !parts.isEmpty && parts.allSatisfy(\.mayVanish)
        pure = parts.allSatisfy(\.isPure)
    }

    deinit { parts.deallocate() }

    override var isPure: Bool { pure }

    override func append(to builder: inout FieldBuilder, _ sh: Interpreter) throws(Unwind) {
        if !isEmptyWithoutFields { builder.isStarted = true }
        for index in 0..<parts.count {
            try parts[index].borrowed { (part) throws(Unwind) in try part.append(to: &builder, sh) }
        }
    }

    override func append(to builder: inout PatternBuilder, _ sh: Interpreter) throws(Unwind) {
        for index in 0..<parts.count {
            try parts[index].borrowed { (part) throws(Unwind) in try part.append(to: &builder, sh) }
        }
    }
}

/// A part that expands to one string, quoted or not: the parent of variables, substitutions and arithmetic.
class ExpansionPart: PartNode, @unchecked Sendable {
    let isQuoted: Bool

    init(isQuoted: Bool) { self.isQuoted = isQuoted }

    func value(_ sh: Interpreter) throws(Unwind) -> Bytes { Bytes() }

    override func append(to builder: inout FieldBuilder, _ sh: Interpreter) throws(Unwind) {
        let value = try value(sh)
        if isQuoted { builder.appendQuoted(value) } else { try builder.appendExpansion(value, sh) }
    }

    override func append(to builder: inout PatternBuilder, _ sh: Interpreter) throws(Unwind) {
        builder.append(try value(sh), isQuoted: isQuoted)
    }
}

/// `$name`
final class VariablePart: ExpansionPart, @unchecked Sendable {
    let id: NameID

    init(id: NameID, isQuoted: Bool) {
        self.id = id
        super.init(isQuoted: isQuoted)
    }

    override func value(_ sh: Interpreter) throws(Unwind) -> Bytes {
        guard let value = sh.value(id) else { return try sh.unsetValue(id) }
        return value
    }
}

/// `$1`, `$?` and the other parameters that are no variables, except `$@` and `$*`.
final class SpecialPart: ExpansionPart, @unchecked Sendable {
    let parameter: ParameterExpansion.Parameter

    init(_ parameter: ParameterExpansion.Parameter, isQuoted: Bool) {
        self.parameter = parameter
        super.init(isQuoted: isQuoted)
    }

    override func value(_ sh: Interpreter) throws(Unwind) -> Bytes {
        guard let value = sh.value(parameter) else {
            if sh.has(.nounset) { throw sh.unbound(parameter.text) }
            return Bytes()
        }
        return value
    }
}

/// `$@` and `$*`, which may be several fields.
final class AllParametersPart: PartNode, @unchecked Sendable {
    let isStar: Bool
    let isQuoted: Bool

    init(isStar: Bool, isQuoted: Bool) {
        self.isStar = isStar
        self.isQuoted = isQuoted
    }

    override var mayVanish: Bool { true }

    override func append(to builder: inout FieldBuilder, _ sh: Interpreter) throws(Unwind) {
        try Self.append(sh.context.positional, isStar: isStar, isQuoted: isQuoted, to: &builder, sh)
    }

    /// Appends a list of values as `$@` or `$*` do (2.5.2).
    static func append(
        _ values: [Bytes], isStar: Bool, isQuoted: Bool, to builder: inout FieldBuilder, _ sh: Interpreter
    ) throws(Unwind) {
        if !builder.splits || (isStar && isQuoted) {
            // One string: `$*` is joined by IFS, `$@` where no fields are made by blanks.
            let byIFS = isStar || (builder.joinsByIFS && !sh.separators.joiner.isEmpty)
            let joiner = byIFS ? sh.separators.joiner : " "
            if isQuoted {
                builder.appendQuoted(values.joined(by: joiner))
            } else {
                builder.text.append(values.joined(by: joiner))
            }
            return
        }
        for (index, value) in values.enumerated() {
            if index > 0 {
                if isQuoted { builder.isStarted = true }
                // Unquoted parameters are apart as if by the first character of IFS: as in dash, bash and mksh, a
                // delimiter at the start of the next one belongs to a blank before it.
                if !isQuoted && sh.separators.joinsByBlank {
                    try builder.finishByBlank(sh)
                } else {
                    try builder.finish(sh)
                }
            }
            if isQuoted { builder.appendQuoted(value) } else { try builder.appendExpansion(value, sh) }
        }
    }

    override func append(to builder: inout PatternBuilder, _ sh: Interpreter) throws(Unwind) {
        let joiner = isStar ? sh.separators.joiner : " "
        builder.append(sh.context.positional.joined(by: joiner), isQuoted: isQuoted)
    }
}

/// `~` or `~name`: counts as quoted (2.6.1).
final class TildePart: PartNode, @unchecked Sendable {
    let user: Bytes

    init(user: Bytes) { self.user = user }

    private func directory(_ sh: Interpreter) -> Bytes {
        if user.isEmpty { return sh.value(NameTable.home) ?? System.user(id: System.userID)?.home ?? "~" }
        if user == "+" { return sh.value(NameTable.pwd) ?? "~+" }
        if user == "-" { return sh.value(NameTable.oldpwd) ?? "~-" }
        if let first = user.first, first < 0x40 {
            let stack = DirectoryStack.all(sh)
            let index = DirectoryStack.index(user.decimal != nil && first >= 0x30 ? "+" + user : user, stack.count)
            if let index, stack.indices.contains(index) { return stack[index] }
        }
        return System.homeDirectory(of: user) ?? "~" + user
    }

    override func append(to builder: inout FieldBuilder, _ sh: Interpreter) throws(Unwind) {
        builder.appendQuoted(directory(sh))
    }

    override func append(to builder: inout PatternBuilder, _ sh: Interpreter) throws(Unwind) {
        builder.append(directory(sh), isQuoted: true)
    }
}

/// `$(…)` and backquotes.
final class CommandPart: ExpansionPart, @unchecked Sendable {
    let body: Node

    init(body: Node, isQuoted: Bool) {
        self.body = body
        super.init(isQuoted: isQuoted)
    }

    override var isPure: Bool { false }

    override func value(_ sh: Interpreter) throws(Unwind) -> Bytes { try sh.substitute(body) }
}

/// `$((…))`
final class ArithmeticPart: ExpansionPart, @unchecked Sendable {
    let expression: ArithmeticNode

    init(expression: ArithmeticNode, isQuoted: Bool) {
        self.expression = expression
        super.init(isQuoted: isQuoted)
    }

    override var isPure: Bool { false }

    override func value(_ sh: Interpreter) throws(Unwind) -> Bytes {
        Bytes(decimal: try expression.evaluate(sh))
    }
}

/// A replacement string of a job template: its value is text, whatever it holds.
final class PlaceholderPart: PartNode, @unchecked Sendable {
    let number: Int
    /// In quotes the values are one string.
    let isQuoted: Bool

    init(number: Int, isQuoted: Bool) {
        self.number = number
        self.isQuoted = isQuoted
    }

    override var isCrossPlaceholder: Bool { !isQuoted }

    override func append(to builder: inout FieldBuilder, _ sh: Interpreter) throws(Unwind) {
        guard number < sh.placeholders.count else { return }
        switch sh.placeholders[number] {
        case .one(let value):
            builder.appendQuoted(value)
        case .spread(let values), .cross(let values):
            if isQuoted {
                builder.appendQuoted(values.joined(by: " "))
            } else {
                try AllParametersPart.append(values, isStar: false, isQuoted: true, to: &builder, sh)
            }
        }
    }

    override func append(to builder: inout PatternBuilder, _ sh: Interpreter) throws(Unwind) {
        guard number < sh.placeholders.count else { return }
        switch sh.placeholders[number] {
        case .one(let value): builder.append(value, isQuoted: true)
        case .spread(let values), .cross(let values): builder.append(values.joined(by: " "), isQuoted: true)
        }
    }
}

/// The value of a replacement string for one job.
package enum PlaceholderValue: Sendable {
    case one(Bytes)
    /// Several arguments where one stands: like `"$@"`, the first joins what stands before it in the word, the last what
    /// stands after.
    case spread([Bytes])
    /// Several arguments, and the whole word repeated for each (`-X`).
    case cross([Bytes])
}

extension ParameterExpansion.Parameter {
    /// As it is written after the `$`.
    var text: Bytes {
        switch self {
        case .variable(let name): name
        case .positional(let number): Bytes(decimal: number)
        case .special(let byte): Bytes(byte: byte)
        }
    }
}

extension Interpreter {
    /// The value of a parameter; nil if it is unset. `@` and `*` are joined.
    func value(_ parameter: ParameterExpansion.Parameter) -> Bytes? {
        switch parameter {
        case .variable(let name):
            return variable(name)
        case .positional(let number):
            return number <= context.positional.count && number > 0 ? context.positional[number - 1] : nil
        case .special(let byte):
            switch byte {
            case UInt8(ascii: "?"): return Bytes(decimal: context.status)
            case UInt8(ascii: "#"): return Bytes(decimal: context.positional.count)
            case UInt8(ascii: "$"): return Bytes(decimal: shellProcess)
            case UInt8(ascii: "!"): return context.lastBackground.map { Bytes(decimal: $0) }
            case UInt8(ascii: "-"): return context.options.letters
            case UInt8(ascii: "0"): return context.name
            case UInt8(ascii: "@"):
                return context.positional.isEmpty ? nil : context.positional.joined(by: " ")
            case UInt8(ascii: "*"):
                return context.positional.isEmpty ? nil : context.positional.joined(by: separators.joiner)
            default: return nil
            }
        }
    }
}
