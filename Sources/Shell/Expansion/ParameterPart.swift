// `${…}` with an operation or a subscript (2.6.2, and what people know from bash).
//
// A parameter gives either one value or, for `@`, `*` and all elements of an array, a list; an operation on a list works on
// each element. The words inside the braces are parts of their own: unquoted, they are split like the expansion that they
// stand in for. What the operations do to a value is in ParameterOperation.swift.

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
    case keys(joined: Bool)
    case invalid(Bytes)
}

/// What stands before the operation.
enum PreparedParameter {
    /// A positional or special parameter.
    case parameter(ParameterExpansion.Parameter)
    case variable(NameID)
    case element(NameID, SubscriptNode)
    /// `a[@]` and `a[*]`
    case elements(NameID, isStar: Bool)
}

/// The parameter meant, when references and subscripts have been looked into.
enum ParameterTarget {
    case parameter(ParameterExpansion.Parameter)
    /// `@` and `*`
    case positional(isStar: Bool)
    case variable(NameID)
    case element(NameID, ElementKey)
    case elements(NameID, isStar: Bool)

    /// As it is written.
    var text: Bytes {
        switch self {
        case .parameter(let parameter): parameter.text
        case .positional(let isStar): isStar ? "*" : "@"
        case .variable(let id): NameTable.name(of: id)
        case .element(let id, .index(let index)): NameTable.name(of: id) + "[" + Bytes(decimal: index) + "]"
        case .element(let id, .key(let key)): NameTable.name(of: id) + "[" + key + "]"
        case .elements(let id, let isStar): NameTable.name(of: id) + (isStar ? "[*]" : "[@]")
        }
    }

    /// The variable, if it is one or a part of one.
    var id: NameID? {
        switch self {
        case .variable(let id), .element(let id, _), .elements(let id, _): id
        case .parameter, .positional: nil
        }
    }
}

final class ParameterPart: PartNode, @unchecked Sendable {
    let parameter: PreparedParameter
    let isIndirect: Bool
    let operation: PreparedOperation
    let isQuoted: Bool

    init(_ parameter: PreparedParameter, isIndirect: Bool, operation: PreparedOperation, isQuoted: Bool) {
        self.parameter = parameter
        self.isIndirect = isIndirect
        self.operation = operation
        self.isQuoted = isQuoted
    }

    override var isPure: Bool { false }
    // If it is one value after all, that begins a field.
    override var mayVanish: Bool { true }

    // MARK: Appending

    override func append(to builder: inout FieldBuilder, _ sh: Interpreter) throws(Unwind) {
        switch try resolve(sh) {
        case .one(let value):
            if isQuoted { builder.appendQuoted(value) } else { try builder.appendExpansion(value, sh) }
        case .list(let values, let isStar):
            // Where no fields are made, what an operation gives is joined by IFS, as in bash.
            let isJoined = isStar || (!builder.splits && joinsByIfs && !sh.separators.joiner.isEmpty)
            try AllParametersPart.append(values, isStar: isJoined, isQuoted: isQuoted, to: &builder, sh)
        case .word(let word):
            if isQuoted { builder.isStarted = true }
            try word.append(to: &builder, sh)
        }
    }

    override func append(to builder: inout PatternBuilder, _ sh: Interpreter) throws(Unwind) {
        switch try resolve(sh) {
        case .one(let value): builder.append(value, isQuoted: isQuoted)
        case .list(let values, let isStar): builder.append(sh.join(values, isStar: isStar), isQuoted: isQuoted)
        case .word(let word): try word.append(to: &builder, sh)
        }
    }

    private var joinsByIfs: Bool {
        switch operation {
        case .removePrefix, .removeSuffix, .transform: true
        case .value, .useDefault, .assignDefault, .indicateError, .useAlternative: false
        default: isQuoted
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
        switch operation {
        case .names(let joined): return .list(names(sh), isStar: joined)
        case .keys(let joined):
            guard let id = try sh.target(parameter).id else { return .list([], isStar: joined) }
            return .list(sh.keys(id), isStar: joined)
        case .invalid(let text): throw sh.expansionError("${" + text + "}: bad substitution")
        default: break
        }
        var target: ParameterTarget
        if isIndirect {
            // The name itself is what a reference holds.
            if case .variable(let id) = parameter, case .value = operation,
                sh.context.variables.attributes(id).contains(.reference)
            {
                return .one(sh.referredName(id))
            }
            target = try indirect(sh)
        } else {
            target = try sh.target(parameter)
        }
        switch operation {
        case .useDefault(let word, let orNull):
            return present(target, orNull, sh) ?? .word(word)
        case .useAlternative(let word, let orNull):
            return present(target, orNull, sh) != nil
                ? .word(word) : isQuoted && isEmptyList(target, sh) ? .list([], isStar: false) : .one(Bytes())
        case .assignDefault(let word, let orNull):
            if let value = present(target, orNull, sh) { return value }
            return .one(try assign(word.string(sh), to: target, sh))
        case .indicateError(let word, let orNull):
            if let value = present(target, orNull, sh) { return value }
            var message = target.text
            message.append(": ")
            if let word {
                message.append(try word.string(sh))
            } else {
                message.append(orNull ? "parameter null or not set" : "parameter not set")
            }
            throw sh.expansionError(message)
        default:
            return try apply(to: target, sh)
        }
    }

    /// `${!x}`: the parameter whose name is the value of x.
    private func indirect(_ sh: Interpreter) throws(Unwind) -> ParameterTarget {
        let target = try sh.target(parameter)
        guard let name = sh.value(target), let indirect = try sh.parameterTarget(named: name) else {
            throw sh.expansionError("${!" + target.text + "}: the value is no name of a parameter")
        }
        return indirect
    }

    /// `$@` of no parameters or `${a[@]}` of no elements.
    private func isEmptyList(_ target: ParameterTarget, _ sh: Interpreter) -> Bool {
        guard let (values, isStar) = sh.list(target) else { return false }
        return !isStar && values.isEmpty
    }

    /// The value if the parameter is set (and not null, with the colon).
    private func present(_ target: ParameterTarget, _ orNull: Bool, _ sh: Interpreter) -> Result? {
        guard let value = sh.value(target), !(orNull && value.isEmpty) else { return nil }
        if let (values, isStar) = sh.list(target) { return .list(values, isStar: isStar) }
        return .one(value)
    }

    private func assign(_ value: Bytes, to target: ParameterTarget, _ sh: Interpreter) throws(Unwind) -> Bytes {
        let isDone: Bool
        switch target {
        case .variable(let id): isDone = sh.set(id, value)
        case .element(let id, let key): isDone = sh.setElement(id, key, value)
        case .elements: throw sh.expansionError("$" + target.text + ": cannot be assigned in this way", status: 2)
        default: throw sh.expansionError("$" + target.text + ": cannot be assigned in this way")
        }
        guard isDone else {
            throw sh.assignmentFailed()
        }
        return sh.value(target) ?? value
    }

    private func names(_ sh: Interpreter) -> [Bytes] {
        guard case .variable(let id) = parameter else { return [] }
        var names: [Bytes] = []
        let prefix = NameTable.name(of: id)
        sh.context.variables.forEach { id, variable in
            let name = NameTable.name(of: id)
            if variable.isSet && name.hasPrefix(prefix) { names.append(name) }
        }
        return names.sorted()
    }

    // MARK: Operations on values

    /// The operations that work on a value; on each of them, if there are several.
    private func apply(to target: ParameterTarget, _ sh: Interpreter) throws(Unwind) -> Result {
        if case .length = operation, case .elements(let id, _) = target {
            if sh.has(.nounset), !sh.isKnown(id) { throw sh.unbound(NameTable.name(of: id)) }
            return .one(Bytes(decimal: sh.elementCount(id)))
        }
        if let (values, isStar) = sh.list(target) {
            switch operation {
            case .value: return .list(values, isStar: isStar)
            case .length: return .one(Bytes(decimal: values.count))
            case .substring(let offset, let length):
                return .list(try slice(target, values, offset, length, sh), isStar: isStar)
            case .transform(let letter):
                if case .positional = target, letter == UInt8(ascii: "A"), !values.isEmpty {
                    return .list(["set", "--"] + values.map(Quoting.always), isStar: isStar)
                }
                guard let id = target.id else { break }
                if values.isEmpty, letter == UInt8(ascii: "a"), !sh.context.variables.attributes(id).contains(.isSet) {
                    return .list([sh.attributeLetters(id)], isStar: isStar)
                }
                if let result = sh.transformArray(id, letter) {
                    switch Unicode.Scalar(letter) {
                    case "K" where !result.isEmpty:
                        return .one(result.joined(by: " ") + (sh.isAssociative(id) ? " " : ""))
                    // The words of one command, whatever IFS is.
                    case "A" where isStar && isQuoted: return .one(result.joined(by: " "))
                    default: return .list(result, isStar: isStar)
                    }
                }
            default: break
            }
            let ready = try ReadyOperation(operation, sh)
            var results = values
            for index in results.indices { results[index] = try ready.apply(to: values[index], target, sh) }
            return .list(results, isStar: isStar)
        }
        guard let value = sh.value(target) else {
            if sh.has(.nounset) {
                // An element that is not there has no length either, in an array that is.
                if case .element(let id, _) = target, case .length = operation, !sh.isAssociative(id), sh.isKnown(id) {
                    return .one("0")
                }
                throw sh.unbound(target.text)
            }
            switch operation {
            case .transform(let letter):
                guard let id = target.id, letter == UInt8(ascii: "a") || letter == UInt8(ascii: "A") else {
                    return .one(Bytes())
                }
                return .one(sh.transformUnset(id, letter))
            // Nothing to work on: the pattern is not expanded, as in dash and bash.
            case .removePrefix, .removeSuffix, .replace, .changeCase, .substring: return .one(Bytes())
            default: break
            }
            return .one(try ReadyOperation(operation, sh).apply(to: Bytes(), target, sh))
        }
        if case .value = operation { return .one(value) }
        return .one(try ReadyOperation(operation, sh).apply(to: value, target, sh))
    }

    /// `${@:offset:length}`, where offset 0 is `$0`, and `${a[@]:offset:length}`, where the offset is an index.
    private func slice(
        _ target: ParameterTarget, _ values: [Bytes], _ offset: ArithmeticNode, _ length: ArithmeticNode?,
        _ sh: Interpreter
    ) throws(Unwind) -> [Bytes] {
        var start = Int(try offset.evaluate(sh))
        let wanted = try length.map { (length) throws(Unwind) in Int(try length.evaluate(sh)) }
        var all = values
        switch target {
        case .elements(let id, _) where sh.isAssociative(id):
            if start < 0 { start = start &+ values.count &+ 1 }
            if start > 0 { start -= 1 }
        case .elements(let id, _):
            let array = sh.indexedArray(id) ?? IndexedArray()
            if start < 0 { start = start &+ array.end }
            if start > array.end { return [] }
            if start >= 0 { start = array.place(from: start) }
        default:
            all = [sh.context.name] + values
            if start < 0 { start = start &+ all.count }
        }
        guard start >= 0, start <= all.count else { return [] }
        if let wanted, wanted < 0 { throw sh.abandon(target.text + ": substring expression < 0") }
        return Array(all[start..<(start + min(wanted ?? all.count, all.count - start))])
    }
}

extension Interpreter {
    /// The parameter that is meant now.
    func target(_ parameter: PreparedParameter) throws(Unwind) -> ParameterTarget {
        switch parameter {
        case .parameter(.special(UInt8(ascii: "@"))): return .positional(isStar: false)
        case .parameter(.special(UInt8(ascii: "*"))): return .positional(isStar: true)
        case .parameter(let parameter): return .parameter(parameter)
        case .variable(let id):
            guard context.variables.attributes(id).contains(.reference) else { return .variable(id) }
            guard let target = target(of: id) else { return .variable(id) }
            switch target {
            case .variable(let id): return .variable(id)
            case .element(let id, "@"): return .elements(id, isStar: false)
            case .element(let id, "*"): return .elements(id, isStar: true)
            case .element(let id, let text): return .element(id, try key(text, of: id))
            }
        case .element(let id, let index):
            let owner = owner(id)
            return .element(owner, try index.keyOrAbandon(self, of: owner))
        case .elements(let id, let isStar):
            return .elements(owner(id), isStar: isStar)
        }
    }

    /// The variable that a name with a subscript means.
    private func owner(_ id: NameID) -> NameID {
        if case .variable(let owner)? = target(of: id) { return owner }
        return id
    }

    /// The parameter of that name; nil if it is none.
    func parameterTarget(named name: Bytes) throws(Unwind) -> ParameterTarget? {
        if let variable = VariableName(name) {
            let id = NameTable.intern(variable.name)
            guard let index = variable.index else { return try target(.variable(id)) }
            if variable.isAll { return try target(.elements(id, isStar: index == "*")) }
            return try target(.element(id, SubscriptNode.make(index, self)))
        }
        if let number = name.decimal, number > 0 { return .parameter(.positional(number)) }
        if name.count == 1, Bytes("@*#?-$!0").contains(name[0]) { return try target(.parameter(.special(name[0]))) }
        return nil
    }

    /// The value of a parameter, several joined; nil if it is unset.
    func value(_ target: ParameterTarget) -> Bytes? {
        switch target {
        case .parameter(let parameter): return value(parameter)
        case .variable(let id): return value(id)
        case .element(let id, let key): return element(id, key)
        case .positional(let isStar):
            return context.positional.isEmpty ? nil : join(context.positional, isStar: isStar)
        case .elements(let id, let isStar):
            let elements = elements(id)
            return elements.isEmpty ? nil : join(elements, isStar: isStar)
        }
    }

    /// The values of a parameter that may have several.
    func list(_ target: ParameterTarget) -> (values: [Bytes], isStar: Bool)? {
        switch target {
        case .positional(let isStar): (context.positional, isStar)
        case .elements(let id, let isStar): (elements(id), isStar)
        default: nil
        }
    }

    /// Several values as one: `*` by the first byte of IFS, `@` by blanks.
    func join(_ values: [Bytes], isStar: Bool) -> Bytes {
        values.joined(by: isStar ? separators.joiner : " ")
    }
}
