import Bytes
import Syntax

extension Builtin {
    static let unset = Builtin(
        name: "unset", kind: .special, synopsis: "unset [-f|-v] [-n] name…",
        summary: "Remove variables, elements of arrays, or functions.",
        details: """
            -f  functions
            -v  variables (the default; a name that is no variable's but a function's removes that)
            -n  references themselves, not what they refer to

            A name may have a subscript: unset 'a[1]'. Quote it, lest it be taken for a pattern. 'a[@]' removes all elements.
            """,
        examples: "unset -f name; unset -v list[2]",
        completes: .unsettable,
        run: { (sh, args) throws(Unwind) in
            var mode: UInt8 = 0
            var takesReference = false
            var options = BuiltinOptions(args, "fvn")
            while let option = options.next(sh) {
                if option == UInt8(ascii: "n") { takesReference = true } else { mode = option }
            }
            if let status = options.failure {
                sh.context.status = status
                throw .error
            }
            var status: Int32 = 0
            for name in args.dropFirst(options.operands) {
                if mode == UInt8(ascii: "f") {
                    if let id = NameTable.lookup(name), !sh.removeFunction(id) { status = 1 }
                    continue
                }
                if let code = try remove(sh, args[0], name, mode, takesReference) { status = code }
            }
            return status
        })

    /// Removes what one operand names; the status if there was something wrong with it.
    private static func remove(
        _ sh: Interpreter, _ command: Bytes, _ name: Bytes, _ mode: UInt8, _ takesReference: Bool
    ) throws(Unwind) -> Int32? {
        guard Names.isName(name) else {
            guard let variable = VariableName(name) else {
                // A function's name may be more than a variable's.
                if mode == 0 {
                    if let id = NameTable.lookup(name) { return sh.removeFunction(id) ? nil : 1 }
                    return nil
                }
                return sh.fail(command, Quoting.shell(name) + ": not a name")
            }
            guard case .element(let id, let index) = sh.target(named: name) else { return nil }
            guard sh.context.variables.attributes(id).contains(.isSet) else { return nil }
            if variable.isAll, !sh.isAssociative(id) {
                return sh.isArray(id) ? (sh.setArray(id, IndexedArray()) ? nil : 1) : (sh.unset(id) ? nil : 1)
            }
            return sh.unsetElement(id, try sh.key(index, of: id)) ? nil : 1
        }
        var id = NameTable.intern(name)
        if !takesReference {
            switch sh.target(of: id) {
            case .variable(let target): id = target
            case .element(let owner, let index):
                return sh.unsetElement(owner, try sh.key(index, of: owner)) ? nil : 1
            case nil: return 1
            }
        } else if !sh.context.variables.attributes(id).contains(.reference) {
            return nil
        }
        // POSIX leaves it open; most shells take a function away only by -f.
        if mode == 0, !sh.has(.posix), sh.context.variables.attributes(id).isDisjoint(with: [.isSet, .readonly]),
            sh.context.functions[id] != nil
        {
            return sh.removeFunction(id) ? nil : 1
        } else if !sh.unsetVisible(id) {
            return 1
        }
        return nil
    }
}

extension Interpreter {
    /// Removes a function; false, with the message printed, if it is read only.
    func removeFunction(_ id: NameID) -> Bool {
        if let attributes = context.functionAttributes[id] {
            guard !attributes.contains(.readonly) else {
                report("unset: " + NameTable.name(of: id) + ": is a read-only function")
                return false
            }
            context.functionAttributes[id] = nil
            context.environment = nil
        }
        context.functions[id] = nil
        synchronize()
        return true
    }

    /// Unsets a variable. One that is local to a function further out is taken away from it, as in bash: the name then means
    /// what it meant before that function was called (but under `localvar_unset`). So does one of an assignment before a command.
    fileprivate func unsetVisible(_ id: NameID) -> Bool {
        guard !localScopes.isEmpty || !temporaries.isEmpty,
            !context.variables.attributes(id).contains(.readonly)
        else { return unset(id) }
        let level = localScopes.lastIndex { $0.contains { $0.id == id } }
        if let place = temporaryBinding(id) {
            let saved = temporaries[place].saved
            // Its place is counted; what is put back at the end is nothing.
            temporaries[place] = (temporaries[place].depth, NameTable.intern(Bytes()), Variable())
            restore(id, saved)
            return true
        }
        guard let level, level < localScopes.count - 1, !has(ShoptOptions.localvarUnset),
            let place = localScopes[level].lastIndex(where: { $0.id == id })
        else { return unset(id) }
        restore(id, localScopes[level].remove(at: place).saved)
        return true
    }

    /// The place among the temporary assignments of the one that gave the variable the value that can be seen now.
    func temporaryBinding(_ id: NameID) -> Int? {
        guard let place = temporaries.lastIndex(where: { $0.id == id }) else { return nil }
        let isCovered = localScopes.dropFirst(temporaries[place].depth).contains { $0.contains { $0.id == id } }
        return isCovered ? nil : place
    }
}
