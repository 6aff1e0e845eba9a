// What `declare`, `typeset`, `local`, `export` and `readonly` have in common: options that stand for attributes, and operands
// that name variables and may give them values, lists of elements among them.

import Bytes
import Syntax

/// The options of a declaration, and how they are read: `-ix` adds attributes, `+ix` takes them away.
struct DeclarationOptions {
    var added: Variable.Attributes = []
    var removed: Variable.Attributes = []
    var isGlobal = false
    var inherits = false
    /// -p
    var prints = false
    /// -f, -F
    var functions = false
    var functionNames = false
    /// The index of the first operand.
    var operands = 1

    static func attribute(_ letter: UInt8) -> Variable.Attributes? {
        Variable.Attributes.letters.first { $0.letter == letter }?.attribute
    }

    init() {}

    /// Nil, with the message printed, if there is a wrong one. `letters` are those of the command.
    init?(_ args: Arguments, _ letters: Bytes, _ sh: Interpreter) {
        while operands < args.count {
            let word = args[operands]
            guard word.count > 1, word[0] == UInt8(ascii: "-") || word[0] == UInt8(ascii: "+") else { return }
            let adds = word[0] == UInt8(ascii: "-")
            if word == "--" {
                operands += 1
                return
            }
            for letter in word.dropFirst() {
                guard letters.contains(letter) else {
                    _ = sh.fail(args[0], "unknown option " + word.prefix(1) + Bytes(byte: letter))
                    _ = sh.usage(args[0])
                    return nil
                }
                switch Unicode.Scalar(letter) {
                case "g": isGlobal = true
                case "I": inherits = true
                case "p": prints = true
                case "f": functions = adds
                case "F": functionNames = adds
                default:
                    guard let attribute = DeclarationOptions.attribute(letter) else { continue }
                    if adds { added.insert(attribute) } else { removed.insert(attribute) }
                }
            }
            operands += 1
        }
    }
}

/// An operand of a declaration, taken apart.
private struct DeclarationOperand {
    let name: Bytes
    let index: Bytes?
    let value: Bytes?
    let isAppending: Bool

    /// Nil if it doesn't begin with the name of a variable.
    init?(_ text: Bytes) {
        var end = 0
        while end < text.count, Names.isNameByte(text[end]) { end += 1 }
        guard end > 0, Names.isNameStart(text[0]) else { return nil }
        name = text[0..<end]
        if end < text.count, text[end] == UInt8(ascii: "[") {
            // The subscript ends before the `=`, or with the word.
            var depth = 0
            var close = end
            while close < text.count {
                if text[close] == UInt8(ascii: "[") { depth += 1 }
                if text[close] == UInt8(ascii: "]") {
                    depth -= 1
                    if depth == 0 { break }
                }
                close += 1
            }
            guard close < text.count, close > end + 1 else { return nil }
            index = text[(end + 1)..<close]
            end = close + 1
        } else {
            index = nil
        }
        isAppending = end + 1 < text.count && text[end] == UInt8(ascii: "+") && text[end + 1] == UInt8(ascii: "=")
        if isAppending { end += 1 }
        if end == text.count {
            value = nil
        } else {
            guard text[end] == UInt8(ascii: "=") else { return nil }
            value = text[(end + 1)..<text.count]
        }
    }
}

extension Interpreter {
    /// Does what the operand at `index` says; false, with the message printed, if that can't be.
    ///
    /// - Parameter isLocal: in a function it makes a variable of that function's own.
    func declare(
        _ args: Arguments, _ index: Int, _ options: DeclarationOptions, isLocal: Bool
    ) throws(Unwind) -> Bool {
        let text = args[index]
        guard let operand = DeclarationOperand(text) else {
            _ = fail(args[0], Quoting.shell(text) + ": not a name")
            return false
        }
        let literal = arrayOperands.first { $0.place == args.base + index }?.literal
        var id = NameTable.intern(operand.name)
        if isLocal, !localScopes.isEmpty {
            guard makeLocal(id, args[0], options) else { return false }
        }
        // Attributes of a reference are those of what it refers to, but its being one.
        let isAboutReference = options.added.union(options.removed).contains(.reference)
        var index = operand.index
        if !isAboutReference, case .some(let target) = target(of: id) {
            switch target {
            case .variable(let owner): id = owner
            case .element(let owner, let text): (id, index) = (owner, index ?? text)
            }
        }
        if options.isGlobal {
            return try inGlobalScope(id) { (sh) throws(Unwind) in
                try sh.declare(id, index, operand, literal, options, args[0])
            }
        }
        return try declare(id, index, operand, literal, options, args[0])
    }

    private func declare(
        _ id: NameID, _ index: Bytes?, _ operand: DeclarationOperand, _ literal: ArrayLiteral?,
        _ options: DeclarationOptions, _ command: Bytes
    ) throws(Unwind) -> Bool {
        let old = context.variables.attributes(id)
        let assigns = operand.value != nil
        if old.contains(.readonly) && (assigns || options.removed.contains(.readonly)) {
            _ = fail(command, operand.name + ": is read only")
            return false
        }
        guard setAttributes(id, options, hasIndex: index != nil, hasLiteral: literal != nil, command) else {
            return false
        }
        if let value = operand.value {
            guard try assign(id, index, operand, value, literal, options) else {
                // What cannot refer to that is no reference.
                if options.added.contains(.reference), !old.contains(.reference) {
                    context.variables[id].attributes.remove(.reference)
                }
                return false
            }
        } else if options.added.contains(.reference), context.variables.attributes(id).contains(.isSet),
            !VariableName.isReferable(context.variables[id].value)
        {
            context.variables[id].attributes.remove(.reference)
            _ = fail(command, Quoting.shell(context.variables[id].value) + ": not the name of a variable")
            return false
        }
        let last = options.added.intersection([.readonly, .exported])
        if !last.isEmpty {
            context.variables[id].attributes.formUnion(last)
            context.environment = nil
        }
        context.variables[id].attributes.insert(.declared)
        return true
    }

    private func assign(
        _ id: NameID, _ index: Bytes?, _ operand: DeclarationOperand, _ value: Bytes, _ literal: ArrayLiteral?,
        _ options: DeclarationOptions
    ) throws(Unwind) -> Bool {
        if options.added.contains(.reference) {
            if value == operand.name {
                guard localScopes.contains(where: { $0.contains { $0.id == id } }) else {
                    report(value + ": a reference cannot refer to itself")
                    return false
                }
                report("warning: " + value + ": circular name reference")
            }
            return refer(id, to: value)
        }
        if let literal { return try literal.assign(to: id, isAppending: operand.isAppending, self) }
        if let index {
            return setElement(id, try key(index, of: id), value, isAppending: operand.isAppending)
        }
        // `declare -a "a=(1 2)"`
        if isArray(id), value.first == UInt8(ascii: "("), value.last == UInt8(ascii: ")"),
            let literal = arrayLiteral(source: value)
        {
            return try literal.assign(to: id, isAppending: operand.isAppending, self)
        }
        guard operand.isAppending else { return set(id, value) }
        guard let sum = appended(id, value) else { return false }
        return set(id, sum)
    }

    /// The list that text is the source of.
    private func arrayLiteral(source: Bytes) -> ArrayLiteral? {
        guard let list = try? Parser.parse("_=" + source), list.items.count == 1,
            case .simple(let command) = list.items[0].first.commands[0], command.words.isEmpty,
            command.assignments.count == 1, case .array(let elements) = command.assignments[0].value
        else { return nil }
        return Preparation.arrayLiteral(elements)
    }

    /// Gives the variable the attributes that count before it is assigned to.
    private func setAttributes(
        _ id: NameID, _ options: DeclarationOptions, hasIndex: Bool, hasLiteral: Bool, _ command: Bytes
    ) -> Bool {
        let old = context.variables.attributes(id)
        let name = NameTable.name(of: id)
        if !options.removed.isDisjoint(with: .anyArray), !old.isDisjoint(with: options.removed) {
            _ = fail(command, name + ": an array cannot become a plain variable")
            return false
        }
        if options.added.contains(.anyArray) {
            _ = fail(command, name + ": cannot be an indexed and an associative array")
            return false
        }
        if options.added.contains(.associative) {
            guard !old.contains(.indexed) else {
                _ = fail(command, name + ": cannot convert an indexed to an associative array")
                return false
            }
            declareArray(id, .associative)
        } else if options.added.contains(.indexed) || ((hasIndex || hasLiteral) && old.isDisjoint(with: .anyArray)) {
            guard !old.contains(.associative) || !options.added.contains(.indexed) else {
                _ = fail(command, name + ": cannot convert an associative to an indexed array")
                return false
            }
            declareArray(id, .indexed)
        }
        if options.added.contains(.reference) {
            guard !isArray(id) else {
                _ = fail(command, name + ": an array cannot be a reference")
                return false
            }
            context.variables[id].attributes.insert(.reference)
        }
        let cases = options.added.intersection(.convertsCase)
        if !cases.isEmpty { context.variables[id].attributes.subtract(.convertsCase) }
        let isOneCase = cases == .lowercase || cases == .uppercase || cases == .capitalized
        context.variables[id].attributes.formUnion(options.added.intersection([.integer, .traced]))
        if isOneCase { context.variables[id].attributes.formUnion(cases) }
        let removed = options.removed.intersection(
            Variable.Attributes.convertsCase.union([.integer, .traced, .reference, .exported]))
        if !removed.isEmpty {
            context.variables[id].attributes.subtract(removed)
            context.environment = nil
        }
        return true
    }

    /// Makes a variable an array without elements, or with its value as the first; one that is not set stays so.
    private func declareArray(_ id: NameID, _ kind: Variable.Attributes) {
        let variable = context.variables[id]
        guard variable.attributes.isDisjoint(with: .anyArray) else { return }
        // A value that may not change may become the first element.
        context.variables[id].attributes.remove(.readonly)
        _ = makeArray(id, isAssociative: kind == .associative)
        context.variables[id].attributes.formUnion(variable.attributes.intersection(.readonly))
        if !variable.isSet { context.variables[id].attributes.remove(.isSet) }
    }

    /// Makes the name that of a variable of the function that runs; false, with the message printed, if it may not be.
    func makeLocal(_ id: NameID, _ command: Bytes, _ options: DeclarationOptions) -> Bool {
        let level = localScopes.count - 1
        if localScopes[level].contains(where: { $0.id == id }) { return true }
        let old = context.variables[id]
        if old.attributes.contains(.readonly) {
            _ = fail(command, NameTable.name(of: id) + ": is read only")
            return false
        }
        // What stands before the command that calls the function is its own already; what stands before one further out counts.
        let given = temporaryBinding(id)
        if let given, temporaries[given].depth == functionDepth - 1 { return true }
        localScopes[level].append((id, hide(id)))
        if options.inherits || given != nil || has(ShoptOptions.localvarInherit) {
            context.variables[id] = old
            context.variables[id].attributes.remove(.reference)
            if old.attributes.contains(.indexed) {
                context.variables[id].array = context.arrays.add(context.arrays.indexed(old.array) ?? IndexedArray())
            } else if old.attributes.contains(.associative) {
                context.variables[id].array =
                    context.arrays.add(context.arrays.associative(old.array) ?? AssociativeArray())
            }
        } else {
            context.variables[id].attributes.formUnion(old.attributes.intersection(.exported))
        }
        if old.attributes.contains(.watched) { watchedChanged(id) }
        return true
    }

    /// Runs `body` with the variable that the name has outside of all functions in its place.
    private func inGlobalScope(
        _ id: NameID, _ body: (Interpreter) throws(Unwind) -> Bool
    ) throws(Unwind) -> Bool {
        for level in localScopes.indices {
            guard let place = localScopes[level].firstIndex(where: { $0.id == id }) else { continue }
            let local = context.variables[own: id]
            context.variables[own: id] = localScopes[level][place].saved
            defer {
                localScopes[level][place].saved = context.variables[own: id]
                context.variables[own: id] = local
                context.environment = nil
            }
            return try body(self)
        }
        return try body(self)
    }
}
