import Bytes
import Platform
import Syntax

extension Builtin {
    static let trap = Builtin(
        name: "trap", kind: .special, synopsis: "trap [action] condition…\ntrap -p [condition…]",
        summary: "Set what happens when a signal comes or the shell ends.",
        details: """
            The action is run as commands; '-' or no action brings the default back, '' ignores the signal. A condition is a \
            signal's name or number, or EXIT (0). Alone or with -p it prints the traps as commands that can be read back (with \
            -p in POSIX mode those that are not set, too); -l lists the signals.

            ERR     after a command that fails where 'set -e' would end the shell
            DEBUG   before each command, whose text is in BASH_COMMAND
            RETURN  after a function, and after a script read by '.' or source
            Functions and subshells have these three only with 'set -E' (ERR) and 'set -T' (the others).
            """,
        examples: """
            trap 'rm -f "$file"' EXIT
            trap - INT
            """,
        completes: .trapConditions,
        run: { (sh, args) throws(Unwind) in
            var index = 1
            var prints = args.count == 1
            if index < args.count, args[index] == "-p" {
                prints = true
                index += 1
            }
            if index < args.count, args[index] == "-l" {
                sh.write(Kill.table)
                return 0
            }
            if index < args.count, args[index] == "--" {
                index += 1
            } else if index < args.count, args[index].count > 1, args[index][0] == UInt8(ascii: "-") {
                throw sh.fatal(args[0] + ": " + args[index] + ": no such option", status: 2)
            }
            if prints || index == args.count {
                let isWhole = args.count > 1 && args[1] == "-p" && sh.has(.posix)
                return printTraps(sh, args, Array(args.dropFirst(index)), all: isWhole)
            }
            var action: Traps.Action?
            // A number first, or one operand alone: all are conditions, to be reset.
            if args[index].allSatisfy({ $0 >= 48 && $0 <= 57 }) && !args[index].isEmpty || index + 1 == args.count {
                action = nil
            } else {
                let text = args[index]
                index += 1
                action = text == "-" ? nil : text.isEmpty ? .ignore : .command(text)
            }
            var status: Int32 = 0
            for name in args.dropFirst(index) {
                guard let condition = Traps.condition(named: name) else {
                    status = sh.fail(args[0], name + ": no such signal")
                    continue
                }
                // What was ignored on entry to a non-interactive shell stays so (2.15).
                if !sh.has(.interactive) {
                    guard sh.context.traps.mayChange(condition, to: action) else { continue }
                    sh.context.traps.ignoredOnEntry.remove(condition)
                }
                sh.context.traps[condition] = action
                sh.trapChanged(condition)
                guard case .command(let text) = action else { continue }
                sh.noteTracing(condition, text)
                // As in bash, a signal that asks the shell to end has it run the EXIT trap first.
                if condition == 0, !sh.has(.posix), !sh.isInSubshell { sh.watchForEnd() }
            }
            return status
        })

    private static func printTraps(_ sh: Interpreter, _ args: Arguments, _ names: [Bytes], all: Bool) -> Int32 {
        var actions = sh.context.traps.inherited ?? sh.context.traps.actions
        // What was ignored on entry is not in the default state either.
        if !sh.has(.interactive) {
            for signal in sh.context.traps.ignoredOnEntry.subtracting(sh.context.traps.ignoredInBackground)
            where actions[signal] == nil {
                actions[signal] = .ignore
            }
        }
        // EXIT, the signals, the rest. To POSIX, `trap -p` speaks of all conditions, with and without a trap.
        var conditions = actions.keys.sorted { UInt32(bitPattern: $0) < UInt32(bitPattern: $1) }
        if all { conditions = [0] + Signals.all + conditions.filter { $0 < 0 } }
        var status: Int32 = 0
        if !names.isEmpty {
            conditions = []
            for name in names {
                if let condition = Traps.condition(named: name) {
                    conditions.append(condition)
                } else {
                    status = sh.fail(args[0], name + ": no such signal")
                }
            }
        }
        for condition in conditions {
            let name = Traps.name(of: condition)
            switch actions[condition] {
            case .ignore: sh.write("trap -- '' " + name + "\n")
            case .command(let text):
                let quoted = Quoting.shell(text)
                sh.write("trap -- " + (quoted == text ? "'" + text + "'" : quoted) + " " + name + "\n")
            case nil: if all || !names.isEmpty && sh.has(.posix) { sh.write("trap -- - " + name + "\n") }
            }
        }
        return status
    }
}
