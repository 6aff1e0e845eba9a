import Bytes
import Platform

/// `:`, `break`, `continue`, `return`, `exit`: the built-ins that leave what runs.
extension Builtin {
    static let colon = Builtin(
        name: ":", kind: .special, synopsis: ": [argument…]",
        summary: "Do nothing, successfully; the arguments are expanded.",
        run: { _, _ in 0 })

    static let `break` = Builtin(
        name: "break", kind: .special, synopsis: "break [n]",
        summary: "Leave the n innermost loops (1 if there is no n).",
        completes: .nothing,
        run: { (sh, args) throws(Unwind) in
            let levels = try loopLevels(sh, args)
            if levels > 0 { throw .breakLoop(levels) }
            return 0
        })

    static let `continue` = Builtin(
        name: "continue", kind: .special, synopsis: "continue [n]",
        summary: "Go on with the next turn of the n-th innermost loop (1 if there is no n).",
        completes: .nothing,
        run: { (sh, args) throws(Unwind) in
            let levels = try loopLevels(sh, args)
            if levels > 0 { throw .continueLoop(levels) }
            return 0
        })

    /// How many loops are meant, at most all; 0 outside of a loop.
    private static func loopLevels(_ sh: Interpreter, _ args: Arguments) throws(Unwind) -> Int32 {
        var levels = 1
        let index = args.count > 1 && args[1] == "--" ? 2 : 1
        if args.count > index {
            try checkCount(sh, args, index)
            let number = operandNumber(args[index])
            if let number, number <= 0, !sh.has(.posix) {
                // bash says so and leaves all loops.
                sh.context.status = sh.fail(args[0], args[index], "expected a number of loops, from 1")
                throw .breakLoop(sh.loopDepth)
            }
            guard let number, number > 0 else {
                throw sh.fatal(args[0] + ": " + args[index] + ": expected a number of loops, from 1", status: 2)
            }
            levels = number
        }
        return Int32(truncatingIfNeeded: min(levels, Int(sh.loopDepth)))
    }

    /// More operands than one end the command line, in bash.
    fileprivate static func checkCount(_ sh: Interpreter, _ args: Arguments, _ index: Int) throws(Unwind) {
        guard args.count > index + 1, !sh.has(.posix) else { return }
        sh.context.status = sh.fail(args[0], "too many operands")
        throw .abandoned
    }

    static let `return` = Builtin(
        name: "return", kind: .special, synopsis: "return [n]",
        summary: "Leave a function or a script read by '.', with status n or that of the last command.",
        completes: .nothing,
        run: { (sh, args) throws(Unwind) in
            do throws(Unwind) { try setStatus(sh, args) } catch {
                if case .abandoned = error { throw error }
                // A function is left all the same, as in bash; outside of one the error ends the shell.
                if sh.functionDepth == 0 && sh.sourceDepth == 0 { throw error }
            }
            throw sh.functionDepth > 0 || sh.sourceDepth > 0 ? .returnFromFunction : .exit
        })

    static let exit = Builtin(
        name: "exit", kind: .special, synopsis: "exit [n]",
        summary: "End the shell, with status n or that of the last command.",
        completes: .nothing,
        run: { (sh, args) throws(Unwind) in
            if sh.has(.interactive) && sh.isMain && sh.subshellDepth == 0 {
                if System.isTerminal(0) { sh.writeError(sh.has(ShoptOptions.loginShell) ? "logout\n" : "exit\n") }
                if sh.warnsOfJobs() { return 1 }
            }
            try setStatus(sh, args)
            if args.count == 1, let status = sh.exitTrapStatus { sh.context.status = status }
            sh.leavesByFailure = false
            throw .exit
        })

    private static func setStatus(_ sh: Interpreter, _ args: Arguments) throws(Unwind) {
        let index = args.count > 1 && args[1] == "--" ? 2 : 1
        guard args.count > index else { return }
        if operandNumber(args[index]) != nil { try checkCount(sh, args, index) }
        guard let number = operandNumber(args[index]) else {
            throw sh.fatal(args[0] + ": " + args[index] + ": expected a number", status: 2)
        }
        sh.context.status = Int32(truncatingIfNeeded: number & 0xFF)
    }

    /// A decimal number that blanks may precede, as the operands of these have them.
    static func operandNumber(_ text: Bytes) -> Int? {
        text.decimal ?? Bytes(text.drop(while: { $0 == UInt8(ascii: " ") || (9...13).contains($0) })).decimal
    }
}
