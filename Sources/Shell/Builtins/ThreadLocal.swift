import Bytes
import Syntax

extension Builtin {
    /// Listed by the module of the primitives, as it is of no use without threads.
    package static let threadlocal = Builtin(
        name: "threadlocal", kind: .primitive, synopsis: "threadlocal name[=value]…\nthreadlocal -p",
        summary: "Give each thread its own value of a variable.",
        details: """
            Of the named variables each thread has one of its own, which begins unset; only the thread that names it keeps the value \
            that it has. OPTIND, OPTARG, REPLY and BASH_REMATCH are such variables from the start. unset takes the value and leaves the \
            name thread-local.
            -p lists them as commands, with the values of the thread that asks.

            Exit status: 0; 1 if a name is wrong, a function's local variable, or read only.
            """,
        examples: """
            threadlocal student; greet() { student=$1; thread current; echo "$student"; }; thread start greet Bob
            """,
        completes: .names(.variable),
        run: { (sh, args) throws(Unwind) in ThreadLocal.run(sh, args) })
}

enum ThreadLocal {
    static func run(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        var options = BuiltinOptions(args, "p")
        var isList = false
        while options.next(sh) != nil { isList = true }
        if let status = options.failure { return status }
        if isList {
            guard options.operands == args.count else { return sh.usage(args[0]) }
            return list(sh)
        }
        guard options.operands < args.count else { return sh.usage(args[0]) }
        var status: Int32 = 0
        for operand in args[options.operands...] {
            let equals = operand.find(UInt8(ascii: "="))
            let name = equals.map { operand[0..<$0] } ?? operand
            guard Names.isName(name) else {
                status = sh.fail(args[0], Quoting.shell(name), "not a valid name")
                continue
            }
            let id = NameTable.intern(name)
            guard sh.makeThreadLocal(id) else {
                status = sh.fail(args[0], name, "is a function's local variable")
                continue
            }
            if let equals, !sh.set(id, operand.suffix(from: equals + 1)) { status = 1 }
        }
        return status
    }

    private static func list(_ sh: Interpreter) -> Int32 {
        let names = sh.context.variables.threadLocals
            .filter { !Interpreter.threadLocalResults.contains($0) }
            .map { (name: NameTable.name(of: $0), id: $0) }.sorted { $0.name < $1.name }
        for (name, id) in names {
            var line: Bytes = "threadlocal " + name
            if let value = sh.value(id) { line.append("=" + Quoting.shell(value)) }
            sh.write(line + "\n")
        }
        return 0
    }
}

extension Interpreter {
    /// What commands leave in variables: it is for the thread that ran them.
    static let threadLocalResults = [
        NameTable.optind, NameTable.optarg, NameTable.reply, NameTable.bashRematch,
    ]

    /// Gives each thread its own variable of that name; false if it is a local one of a function.
    func makeThreadLocal(_ id: NameID) -> Bool {
        if localScopes.contains(where: { $0.contains { $0.id == id } }) { return false }
        if context.variables.attributes(id).contains(.threadLocal) { return true }
        if let number = context.variables.sharedNumber(id), let slots = context.variables.shared {
            // The value stays with the thread that asks.
            context.variables[own: id] = slots.copy(number) { context.arrays.add($0) }
        }
        context.variables[own: id].attributes.insert(.threadLocal)
        context.threadLocals.insert(id)
        synchronize()
        return true
    }

    /// Another thread has made the variable one that each thread has of its own.
    func becomeThreadLocal(_ id: NameID) {
        let fresh = Variable(
            context.variables.attributes(id).subtracting([.isSet, .readonly]).union(.threadLocal))
        for level in localScopes.indices {
            for place in localScopes[level].indices where localScopes[level][place].id == id {
                if localScopes[level][place].saved.attributes.contains(.shared) {
                    localScopes[level][place].saved = fresh
                }
                return
            }
        }
        if context.variables[own: id].attributes.contains(.shared) { context.variables[own: id] = fresh }
        if fresh.attributes.contains(.watched) { watchedChanged(id) }
    }
}
