// `${…}` with an operation (2.6.2, and those that people know from bash).
//
// A parameter gives either one value or, for `@` and `*`, a list; an operation on a list works on each element. The words
// inside the braces are parts of their own: unquoted, they are split like the expansion that they stand in for.

import Bytes
import Syntax

/// An operation of `${…}`, with its words prepared.
enum PreparedOperation {
    case value
    case length
    case useDefault(CompositeWord, orNull: Bool)
    case assignDefault(CompositeWord, orNull: Bool)
    case indicateError(CompositeWord?, orNull: Bool)
    case useAlternative(CompositeWord, orNull: Bool)
    case removePrefix(WordNode, longest: Bool)
    case removeSuffix(WordNode, longest: Bool)
    case replace(pattern: WordNode, with: WordNode, ParameterOperation.ReplaceKind)
    case substring(offset: ArithmeticNode, length: ArithmeticNode?)
    case changeCase(ParameterOperation.CaseKind, pattern: WordNode?)
    case transform(UInt8)
    case names(joined: Bool)
    case unsupported(Bytes)
}

final class ParameterPart: PartNode, @unchecked Sendable {
    let parameter: ParameterExpansion.Parameter
    /// The number of the variable, if it is one.
    let id: NameID?
    let isIndirect: Bool
    let operation: PreparedOperation
    let isQuoted: Bool

    init(
        _ parameter: ParameterExpansion.Parameter, isIndirect: Bool, operation: PreparedOperation, isQuoted: Bool
    ) {
        self.parameter = parameter
        if case .variable(let name) = parameter { id = NameTable.intern(name) } else { id = nil }
        self.isIndirect = isIndirect
        self.operation = operation
        self.isQuoted = isQuoted
    }

    override var isPure: Bool { false }

    // MARK: Appending

    override func append(to builder: inout FieldBuilder, _ sh: Interpreter) throws(Unwind) {
        switch try resolve(sh) {
        case .one(let value):
            if isQuoted { builder.appendQuoted(value) } else { try builder.appendExpansion(value, sh) }
        case .list(let values, let isStar):
            try AllParametersPart.append(values, isStar: isStar, isQuoted: isQuoted, to: &builder, sh)
        case .word(let word):
            if isQuoted { builder.isStarted = true }
            try word.append(to: &builder, sh)
        }
    }

    override func append(to builder: inout PatternBuilder, _ sh: Interpreter) throws(Unwind) {
        switch try resolve(sh) {
        case .one(let value): builder.append(value, isQuoted: isQuoted)
        case .list(let values, _): builder.append(values.joined(by: " "), isQuoted: isQuoted)
        case .word(let word): try word.append(to: &builder, sh)
        }
    }

    private enum Result {
        case one(Bytes)
        case list([Bytes], isStar: Bool)
        /// The word of `${x:-word}` takes the place of the parameter.
        case word(CompositeWord)
    }

    // MARK: Resolving

    private func resolve(_ sh: Interpreter) throws(Unwind) -> Result {
        try sh.checkStack()
        var target = parameter
        var id = self.id
        if isIndirect {
            if case .names(let joined) = operation { return .list(names(sh), isStar: joined) }
            guard let name = value(of: target, id, sh), let parsed = Self.parameter(named: name) else {
                throw sh.fatal("${!" + parameter.text + "}: the value is no name of a parameter", status: 1)
            }
            target = parsed
            id = nil
            if case .variable(let name) = parsed { id = NameTable.intern(name) }
        }
        switch operation {
        case .useDefault(let word, let orNull):
            if let value = present(target, id, orNull, sh) { return value }
            return .word(word)
        case .useAlternative(let word, let orNull):
            return present(target, id, orNull, sh) != nil
                ? .word(word) : isQuotedList ? .list([], isStar: false) : .one(Bytes())
        case .assignDefault(let word, let orNull):
            if let value = present(target, id, orNull, sh) { return value }
            guard let id else { throw sh.fatal("$" + target.text + ": cannot be assigned in this way") }
            let value = try word.string(sh)
            guard sh.set(id, value) else {
                sh.context.status = 2
                throw .error
            }
            return .one(sh.value(id) ?? value)
        case .indicateError(let word, let orNull):
            if let value = present(target, id, orNull, sh) { return value }
            var message = target.text
            message.append(": ")
            if let word {
                message.append(try word.string(sh))
            } else if orNull {
                message.append("parameter null or not set")
            } else {
                message.append("parameter not set")
            }
            throw sh.fatal(message)
        case .unsupported(let what):
            throw sh.fatal(what)
        default:
            break
        }
        // The operations below work on a value; on `@` and `*` on each of the parameters.
        if case .special(let byte) = target, byte == UInt8(ascii: "@") || byte == UInt8(ascii: "*") {
            if case .length = operation { return .one(Bytes(decimal: sh.context.positional.count)) }
            let isStar = byte == UInt8(ascii: "*")
            var values = sh.context.positional
            if case .substring(let offset, let length) = operation {
                values = try slice(values, offset, length, sh)
            } else {
                for index in values.indices { values[index] = try apply(to: values[index], sh) }
            }
            return .list(values, isStar: isStar)
        }
        guard let value = value(of: target, id, sh) else {
            if sh.has(.nounset) { throw sh.unbound(target.text) }
            return .one(try apply(to: Bytes(), sh))
        }
        return .one(try apply(to: value, sh))
    }

    private var isQuotedList: Bool {
        if case .special(UInt8(ascii: "@")) = parameter { return isQuoted }
        return false
    }

    private func value(of parameter: ParameterExpansion.Parameter, _ id: NameID?, _ sh: Interpreter) -> Bytes? {
        if let id { return sh.value(id) }
        return sh.value(parameter)
    }

    /// The value if the parameter is set (and not null, with the colon).
    private func present(
        _ parameter: ParameterExpansion.Parameter, _ id: NameID?, _ orNull: Bool, _ sh: Interpreter
    ) -> Result? {
        guard let value = value(of: parameter, id, sh), !(orNull && value.isEmpty) else { return nil }
        if case .special(let byte) = parameter, byte == UInt8(ascii: "@") || byte == UInt8(ascii: "*") {
            return .list(sh.context.positional, isStar: byte == UInt8(ascii: "*"))
        }
        return .one(value)
    }

    static func parameter(named name: Bytes) -> ParameterExpansion.Parameter? {
        if Names.isName(name) { return .variable(name) }
        if let number = name.decimal, number > 0 { return .positional(number) }
        if name.count == 1, Bytes("@*#?-$!0").contains(name[0]) { return .special(name[0]) }
        return nil
    }

    private func names(_ sh: Interpreter) -> [Bytes] {
        var names: [Bytes] = []
        let prefix = parameter.text
        sh.context.variables.forEach { id, variable in
            let name = NameTable.name(of: id)
            if variable.isSet && name.hasPrefix(prefix) { names.append(name) }
        }
        return names.sorted()
    }

    // MARK: Operations on one value

    private func apply(to value: Bytes, _ sh: Interpreter) throws(Unwind) -> Bytes {
        switch operation {
        case .length:
            return Bytes(decimal: sh.encoding.count(value))
        case .removePrefix(let word, let longest):
            let pattern = try word.pattern(sh)
            return pattern.prefixLength(of: value, longest: longest).map { value[$0..<value.count] } ?? value
        case .removeSuffix(let word, let longest):
            let pattern = try word.pattern(sh)
            return pattern.suffixStart(of: value, longest: longest).map { value[0..<$0] } ?? value
        case .replace(let word, let replacement, let kind):
            return replace(value, try word.pattern(sh, sh.caseOption), try replacement.string(sh), kind, sh)
        case .substring(let offset, let length):
            return try substring(value, offset, length, sh)
        case .changeCase(let kind, let word):
            return changeCase(value, kind, try word?.pattern(sh), sh)
        case .transform(let letter):
            switch letter {
            case UInt8(ascii: "Q"): return Quoting.shell(value)
            case UInt8(ascii: "U"): return changeCase(value, .upperAll, nil, sh)
            case UInt8(ascii: "u"): return changeCase(value, .upperFirst, nil, sh)
            case UInt8(ascii: "L"): return changeCase(value, .lowerAll, nil, sh)
            default: throw sh.fatal("${" + parameter.text + "@" + Bytes(byte: letter) + "}: not supported", status: 1)
            }
        default:
            return value
        }
    }

    private func replace(
        _ value: Bytes, _ pattern: Pattern, _ replacement: Bytes, _ kind: ParameterOperation.ReplaceKind,
        _ sh: Interpreter
    ) -> Bytes {
        switch kind {
        case .prefix:
            guard let length = pattern.prefixLength(of: value, longest: true) else { return value }
            return replacement + value[length..<value.count]
        case .suffix:
            guard let start = pattern.suffixStart(of: value, longest: true) else { return value }
            return value[0..<start] + replacement
        case .first, .all:
            if let literal = pattern.literal {
                guard !literal.isEmpty else { return value }
                if kind == .all { return value.replacing(literal, with: replacement) }
                guard let index = value.find(literal) else { return value }
                return value[0..<index] + replacement + value[(index + literal.count)..<value.count]
            }
            var result = Bytes()
            var index = 0
            while index < value.count, let match = pattern.firstMatch(in: value, from: index), !match.isEmpty {
                result.append(value[index..<match.lowerBound])
                result.append(replacement)
                index = match.upperBound
                if kind == .first { break }
            }
            result.append(value[index..<value.count])
            return result
        }
    }

    private func substring(
        _ value: Bytes, _ offset: ArithmeticNode, _ length: ArithmeticNode?, _ sh: Interpreter
    ) throws(Unwind) -> Bytes {
        let count = sh.encoding.count(value)
        var start = Int(try offset.evaluate(sh))
        if start < 0 { start += count }
        guard start >= 0, start <= count else {
            if let length { _ = try length.evaluate(sh) }
            return Bytes()
        }
        var end = count
        if let length {
            let wanted = Int(try length.evaluate(sh))
            end = wanted < 0 ? count + wanted : start + min(wanted, count - start)
            guard end >= start else {
                throw sh.fatal(parameter.text + ": substring expression < 0", status: 1)
            }
        }
        if sh.encoding == .bytes || count == value.count { return value[start..<end] }
        return value.withUnsafeBytes { buffer in
            var index = 0
            var character = 0
            var from = 0
            while character < end {
                if character == start { from = index }
                index += sh.encoding.decode(buffer, at: index).length
                character += 1
            }
            if start == end { return Bytes() }
            return Bytes(UnsafeBufferPointer(rebasing: buffer[from..<index]))
        }
    }

    /// `${@:offset:length}`: offset 0 is `$0`.
    private func slice(
        _ values: [Bytes], _ offset: ArithmeticNode, _ length: ArithmeticNode?, _ sh: Interpreter
    ) throws(Unwind) -> [Bytes] {
        let all = [sh.context.name] + values
        var start = Int(try offset.evaluate(sh))
        if start < 0 { start += all.count }
        guard start >= 0, start < all.count else { return [] }
        var end = all.count
        if let length {
            let wanted = Int(try length.evaluate(sh))
            guard wanted >= 0 else { throw sh.fatal(parameter.text + ": substring expression < 0", status: 1) }
            end = start + min(wanted, all.count - start)
        }
        return Array(all[start..<end])
    }

    private func changeCase(
        _ value: Bytes, _ kind: ParameterOperation.CaseKind, _ pattern: Pattern?, _ sh: Interpreter
    ) -> Bytes {
        var result = Bytes()
        result.reserveCapacity(value.count)
        var index = 0
        value.withUnsafeBytes { buffer in
            while index < buffer.count {
                let (code, length) = sh.encoding.decode(buffer, at: index)
                let character = Bytes(UnsafeBufferPointer(rebasing: buffer[index..<(index + length)]))
                let isFirstOnly = kind == .upperFirst || kind == .lowerFirst
                if isFirstOnly && index > 0 || pattern.map({ !$0.matches(character) }) ?? false {
                    result.append(character)
                } else {
                    let isUpper = kind == .upperFirst || kind == .upperAll
                    result.append(CaseMapping.map(character, code, toUpper: isUpper))
                }
                index += length
            }
        }
        return result
    }
}

/// Upper and lower case of one character.
enum CaseMapping {
    static func map(_ character: Bytes, _ code: UInt32, toUpper: Bool) -> Bytes {
        if code < 0x80 {
            let byte = UInt8(truncatingIfNeeded: code)
            if toUpper && byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") { return Bytes(byte: byte - 32) }
            if !toUpper && byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") { return Bytes(byte: byte + 32) }
            return character
        }
        guard character.count > 1, let scalar = Unicode.Scalar(code) else { return character }
        let mapped = toUpper ? scalar.properties.uppercaseMapping : scalar.properties.lowercaseMapping
        // One character stays one character, as towupper has it.
        return mapped.unicodeScalars.count == 1 ? Bytes(mapped) : character
    }
}
