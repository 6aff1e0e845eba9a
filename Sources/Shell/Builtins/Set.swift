import Bytes
import Syntax

/// `set` and `shift`.
extension Builtin {
    static let set = Builtin(
        name: "set", kind: .special,
        synopsis:
            "set [-abBCeEfhHkmnPtTuvx] [-o option] [argument…]\nset [+abBCeEfhHkmnPtTuvx] [+o option] [argument…]\nset --[argument…]",
        summary: "Set options and positional parameters; alone, print all variables.",
        details: """
            -a  allexport   export every variable that is assigned
            -b  notify      tell of ended jobs at once
            -C  noclobber   '>' does not write over files that exist
            -e  errexit     end when a command fails
            -f  noglob      no pathname expansion
            -h  hashall     remember where commands were found
            -m  monitor     job control
            -n  noexec      read commands, run none
            -u  nounset     an unset parameter is an error
            -v  verbose     print the input as it is read
            -x  xtrace      print each command before it runs
            -B  braceexpand brace expansion (on at the start)
            -E  errtrace    functions and subshells inherit the ERR trap
            -k  keyword     assignments among the arguments of a command count as those before it
            -P  physical    cd and pwd leave symbolic links out, as with -P
            -T  functrace   functions and subshells inherit the DEBUG and RETURN traps
            -t  onecmd      end after one command
            -o pipefail     a pipeline fails if any of its commands does
            -o vi           edit command lines as vi does
            -o emacs        edit command lines as emacs does
            -o ignoreeof    Ctrl-D does not end an interactive shell
            -H  histexpand  expand ! in the lines that are entered (on at the prompt)
            -o history      keep the commands for fc, history and ! (on at the prompt)
            -o interactive-comments  is bash's
            -o nolog        no function definitions in the history
            -o posix        keep to POSIX where bash's language differs (on if the shell is called as sh): {a,b}, &>, >&file, \
            {name}>file, $"…", @(a|b) within a word, coproc and for … { } then mean what POSIX makes of them
            -o alone prints the options, +o prints them as commands that can be read back.
            """,
        examples: """
            set -eu -o pipefail
            set -- one two three
            """,
        completes: .setOptions,
        run: { (sh, args) throws(Unwind) in try setOptions(sh, args) })

    private static func setOptions(_ sh: Interpreter, _ args: Arguments) throws(Unwind) -> Int32 {
        guard args.count > 1 else {
            printVariables(sh)
            return 0
        }
        var index = 1
        while index < args.count {
            let argument = args[index]
            guard argument.count > 0, argument[0] == UInt8(ascii: "-") || argument[0] == UInt8(ascii: "+") else {
                break
            }
            let turnsOn = argument[0] == UInt8(ascii: "-")
            index += 1
            if argument == "--" {
                sh.context.positional = Array(args.dropFirst(index))
                sh.hasSetParameters = true
                return 0
            }
            if argument == "-" {
                sh.context.options.remove([.xtrace, .verbose])
                break
            }
            if argument == "+" { break }
            for letter in argument.dropFirst() {
                if letter == UInt8(ascii: "o") {
                    guard index < args.count else {
                        printOptions(sh, asCommands: !turnsOn)
                        return 0
                    }
                    let name = args[index]
                    index += 1
                    guard let option = ShellOptions.named(name) else {
                        let question = sh.optionQuestion(name, among: ShellOptions.table.compactMap(\.name))
                        throw sh.fatal(args[0] + ": " + name + ": no such option" + question, status: 2)
                    }
                    sh.setOption(option, turnsOn)
                } else if let option = ShellOptions.lettered(letter),
                    ShellOptions.table.contains(where: { $0.option == option && $0.isSettable })
                {
                    sh.setOption(option, turnsOn)
                } else {
                    throw sh.fatal(
                        args[0] + ": " + Bytes(byte: argument[0]) + Bytes(byte: letter) + ": no such option", status: 2)
                }
            }
        }
        if index < args.count {
            sh.context.positional = Array(args.dropFirst(index))
            sh.hasSetParameters = true
        }
        return 0
    }

    private static func printVariables(_ sh: Interpreter) {
        var lines: [Bytes] = []
        sh.context.variables.forEach { id, variable in lines.append(sh.assignmentLine(id)) }
        for line in lines.sorted() { sh.write(line) }
    }

    private static func printOptions(_ sh: Interpreter, asCommands: Bool) {
        for (name, isOn) in sh.namedOptions {
            sh.write(asCommands ? (isOn ? "set -o " : "set +o ") + name + "\n" : Shopt.line(name, isOn))
        }
    }

    static let shift = Builtin(
        name: "shift", kind: .special, synopsis: "shift [n]",
        summary: "Drop the first n positional parameters (1 if there is no n).",
        details: """
            Where there are fewer than n, none is dropped and the status is 1. 'shopt -s shift_verbose' and 'set -o posix' have \
            that said.
            """,
        examples: "shift 2",
        completes: .nothing,
        run: { (sh, args) throws(Unwind) in
            var count = 1
            let index = args.count > 1 && args[1] == "--" ? 2 : 1
            if args.count > index {
                guard let number = operandNumber(args[index]), number >= 0 else {
                    return sh.fail(args[0], args[index] + ": expected a number, from 0")
                }
                count = number
            }
            guard count <= sh.context.positional.count else {
                guard sh.has(.posix) || sh.has(ShoptOptions.shiftVerbose) else { return 1 }
                return sh.fail(args[0], "there are fewer positional parameters than that")
            }
            sh.context.positional.removeFirst(count)
            return 0
        })
}

extension Interpreter {
    /// The options of `set -o`, by name, and whether they are on.
    var namedOptions: [(name: Bytes, isOn: Bool)] {
        ShellOptions.table.compactMap { entry in entry.name.map { ($0, context.options.contains(entry.option)) } }
            .sorted { $0.name < $1.name }
    }

    package func setOption(_ option: ShellOptions, _ isOn: Bool) {
        if isOn { context.options.insert(option) } else { context.options.remove(option) }
        if option == .posix {
            if isOn { context.shopt.remove(.lastpipe) } else { context.shopt.insert(.lastpipe) }
        }
        if isOn {
            if option == .monitor { beginJobControl() }
            if option == .vi { context.options.remove(.emacs) }
            if option == .emacs { context.options.remove(.vi) }
        }
        synchronize()
    }
}
