import Bytes
import Syntax

extension Builtin {
    static let `defer` = Builtin(
        name: "defer", kind: .extension, synopsis: "defer command [argument…]\ndefer 'commands'\ndefer -l",
        summary: "Run a command when the function, the sourced file or the shell ends, whatever ends it.",
        details: """
            The scope is the innermost function, file that '.' reads, subshell, job or shell. Its end may be the end of its \
            commands, 'return', 'break' of a loop around it, 'exit', 'set -e', an error, the cancelling of a job, or SIGINT, \
            SIGTERM or SIGHUP, which a shell that is not interactive dies of afterwards. What was deferred last runs first; the \
            EXIT trap after all that the shell has deferred.

            One operand is text, and is read as commands when it runs, as that of 'trap' is. Several are a command with its \
            arguments, which are expanded now.

            The commands find in $? the status with which the scope ends. They don't change it: their own status counts for \
            nothing, and neither 'set -e' nor the ERR trap looks at it. Only 'exit' in one ends the shell, when the others have \
            run. 'exec' runs none of them.

            -l  list what is deferred, as commands, in the order in which it would run
            """,
        examples: """
            scratch=$(mktemp -d); defer rm -rf "$scratch"
            defer 'echo "ended with $?" >&2'
            """,
        completes: .commands,
        run: { (sh, args) throws(Unwind) in
            var index = 1
            if index < args.count, args[index].count > 1, args[index].first == UInt8(ascii: "-") {
                switch args[index] {
                case "--": index += 1
                case "-l" where args.count == 2:
                    for entry in sh.deferred.reversed() { sh.write(entry.source + "\n") }
                    return 0
                case "-l": return sh.usage(args[0])
                default:
                    _ = sh.fail(args[0], args[index] + ": no such option")
                    return sh.usage(args[0])
                }
            }
            guard index < args.count else { return sh.usage(args[0]) }
            // What is put off by a recursion that was given up would begin it again.
            try sh.checkRecursion()
            guard index == args.count - 1 else {
                sh.putOff(.words(Array(args.dropFirst(index))))
                return 0
            }
            // An error is to be found now, and not when it is too late.
            do throws(ParseError) {
                _ = try Parser.parse(args[index], line: Int(sh.position.line), options: sh.parserOptions())
            } catch {
                sh.reportSyntax(error)
                return 2
            }
            sh.putOff(.text(args[index]))
            return 0
        })
}
