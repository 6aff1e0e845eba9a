// enable and builtin: which built-ins there are.
//
// A built-in that is switched off is not looked for at each command. A hidden function takes its name, and runs the external
// command.

import Bytes
import Syntax

extension Builtin {
    static let enable = Builtin(
        name: "enable", kind: .extension, synopsis: "enable [-anps] [name…]",
        summary: "Switch built-ins on and off, so that commands of that name are found in PATH.",
        details: """
            -n  switch off; without names: show those that are off
            -a  show all, and which are off
            -s  show only the special built-ins, which can't be switched off
            -p  show those that are on, as commands (also without options)
            """,
        examples: "enable -n test",
        completes: .enableNames, run: { (sh, args) throws(Unwind) in Enable.run(sh, args) })

    static let builtin = Builtin(
        name: "builtin", kind: .extension, synopsis: "builtin [name [argument…]]",
        summary: "Run a built-in, though there be a function of that name.",
        completes: .names(.builtin),
        run: { (sh, args) throws(Unwind) in
            let first = args.count > 1 && args[1] == "--" ? 2 : 1
            guard first < args.count else { return 0 }
            if first == 1, args[1].first == UInt8(ascii: "-"), args[1].count > 1 { return sh.usage(args[0]) }
            guard let builtin = sh.builtin(named: args[first]) else {
                return sh.fail(args[0], args[first], "not a built-in")
            }
            return try sh.dispatch(args.droppingFirst(first), .builtin(builtin))
        })
}

enum Enable {
    static func run(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        var options = BuiltinOptions(args, "anps")
        var (isOff, isAll, isSpecial) = (false, false, false)
        while let option = options.next(sh) {
            switch option {
            case UInt8(ascii: "n"): isOff = true
            case UInt8(ascii: "a"): isAll = true
            case UInt8(ascii: "s"): isSpecial = true
            default: break
            }
        }
        if let status = options.failure { return status }
        if options.operands == args.count {
            for builtin in sh.builtins {
                if isSpecial && builtin.kind != .special { continue }
                let isDisabled = sh.context.disabledBuiltins.contains(builtin.name)
                if !isAll && isDisabled != isOff { continue }
                sh.write((isDisabled ? "enable -n " : "enable ") + builtin.name + "\n")
            }
            return 0
        }
        var status: Int32 = 0
        for name in args[options.operands...] {
            guard let builtin = sh.builtin(named: name) else {
                status = sh.fail(args[0], name, "not a built-in")
                continue
            }
            if !isOff {
                sh.enableBuiltin(name)
            } else if builtin.kind == .special {
                status = sh.fail(args[0], name, "a special built-in can't be switched off")
            } else {
                sh.disableBuiltin(name)
            }
        }
        return status
    }
}

extension Interpreter {
    func disableBuiltin(_ name: Bytes) {
        guard !context.disabledBuiltins.contains(name) else { return }
        context.disabledBuiltins.append(name)
        let body = Command.compound(.braceGroup(List()), redirections: [], position: .start)
        context.functions[NameTable.intern(name)] = Function(
            definition: FunctionDefinition(name: name, body: body, position: .start),
            body: HiddenBuiltinNode(name), sourceName: sourceName, hidesBuiltin: true)
        synchronize()
    }

    func enableBuiltin(_ name: Bytes) {
        context.disabledBuiltins.removeAll { $0 == name }
        if context.functions[name]?.hidesBuiltin ?? false { context.functions[NameTable.intern(name)] = nil }
        synchronize()
    }
}

/// Runs the external command of a built-in's name, with the arguments that the hidden function got.
private final class HiddenBuiltinNode: Node, @unchecked Sendable {
    private let name: Bytes
    init(_ name: Bytes) { self.name = name }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        let base = sh.stack.count
        defer { sh.stack.removeLast(sh.stack.count - base) }
        sh.stack.append(name)
        sh.stack.append(contentsOf: sh.context.positional)
        return try sh.dispatch(
            Arguments(interpreter: sh, base: base, count: sh.stack.count - base), .external)
    }
}
