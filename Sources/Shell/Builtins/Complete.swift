// complete, compgen and compopt: programmable completion, as in bash.
//
// What a specification is stands in Completion/CompletionSpec.swift, how it becomes candidates in CompletionRun.swift.

import Bytes
import Syntax

extension Builtin {
    private static let specDetails: Bytes = """
        -A  a source of candidates: alias, arrayvar, binding, builtin, command, directory, disabled, enabled, export, file, \
        function, group, helptopic, hostname, job, keyword, running, service, setopt, shopt, signal, stopped, user, variable
        -abcdefgjksuv  short for alias, builtin, command, directory, export, file, group, job, keyword, service, user, variable
        -G  file names that match a pattern
        -W  the words of a list, split at IFS and expanded
        -F  what a function puts into the array COMPREPLY; its arguments are the command's name, the word and the word \
        before; COMP_LINE, COMP_POINT, COMP_WORDS, COMP_CWORD, COMP_TYPE and COMP_KEY tell it of the line
        -C  the lines that a command prints, which gets the same
        -X  without those that match a pattern (& is the word); with ! before it, only those
        -P  put this before each
        -S  put this after each
        -o  an option:
            bashdefault  without candidates: those that there would be without a specification
            default      without candidates: file names
            dirnames     without candidates: directories
            filenames    they are file names: to be quoted, and directories get a slash
            noquote      don't quote file names
            nosort       don't sort them
            nospace      no blank after the only one
            plusdirs     directories too
        """

    @Sendable private static func specOptions() -> [Candidate] {
        options(in: specDetails).filter { $0.text.count == 2 }
            + CompletionSpec.Actions.table.filter { $0.letter != 0 }.map { name, letter, _ in
                Candidate(Bytes([UInt8(ascii: "-"), letter]), "-A " + name)
            }
    }

    static let complete = Builtin(
        name: "complete", kind: .extension,
        synopsis: """
            complete [-abcdefgjksuv] [-o option] [-A action] [-G pattern] [-W words] [-F function] [-C command] [-X pattern] \
            [-P prefix] [-S suffix] [-DEI] [name…]
            complete -p [-DEI] [name…]
            complete -r [-DEI] [name…]
            """,
        summary: "Say how the arguments of a command are completed at the prompt.",
        details: """
            -D  for commands that have no specification
            -E  for an empty line
            -I  for the first word of a command
            -p  show specifications as commands; without names all (also without options)
            -r  remove specifications; without names all
            """ + "\n" + specDetails + """


                A function that returns 124 has made a new specification: the search begins anew. Without a specification, built-ins \
                complete their options and operands by themselves, other commands complete file names.
                """,
        examples: """
            complete -W 'start stop status' service
            complete -f -X '!*.pdf' viewer
            """,
        completes: .completionOperands,
        options: {
            specOptions() + [
                Candidate("-D", "for commands that have no specification"), Candidate("-E", "for an empty line"),
                Candidate("-I", "for the first word of a command"), Candidate("-p", "show specifications as commands"),
                Candidate("-r", "remove specifications"),
            ]
        }, run: Complete.run)

    static let compgen = Builtin(
        name: "compgen", kind: .extension,
        synopsis: """
            compgen [-abcdefgjksuv] [-o option] [-A action] [-G pattern] [-W words] [-F function] [-C command] [-X pattern] \
            [-P prefix] [-S suffix] [word]
            """,
        summary: "Print the candidates for the completion of a word.",
        details: specDetails + "\n\nThe status is 1 if there are none.", completes: .completionOperands,
        options: specOptions, run: Complete.generate)

    static let compopt = Builtin(
        name: "compopt", kind: .extension, synopsis: "compopt [-o option] [+o option] [-DEI] [name…]",
        summary: "Change the options of a specification, or of the completion that runs.",
        details: """
            -o  switch an option of 'complete' on
            +o  switch it off

            Without options they are shown. Without a name it is for functions of 'complete -F', and lasts until the end of the \
            completion.
            """,
        completes: .completionOperands,
        run: Complete.changeOptions)
}

enum Complete {
    /// The arguments of `complete` and `compgen`.
    private struct Request {
        var spec = CompletionSpec()
        var keys: [CompletionKey] = []
        var shows = false
        var removes = false
        var hasSource = false
    }

    static func run(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        var options = BuiltinOptions(args, "abcdefgjksuvo:A:G:W:P:S:X:F:C:prDEI")
        var request = Request()
        if let status = read(&options, &request, sh, args) { return status }
        var keys = request.keys
        // One of -D, -E, -I makes the names mean nothing, as in bash.
        if keys.isEmpty { keys = args[options.operands...].map { .command($0) } }
        if request.removes { return remove(keys, sh, args) }
        if request.shows || (!request.hasSource && request.spec == CompletionSpec() && keys.isEmpty) {
            return show(keys, sh, args)
        }
        if keys.isEmpty { return sh.usage(args[0]) }
        if let function = request.spec.function, !isFunctionName(function) {
            return sh.fail(args[0], Quoting.shell(function), "not the name of a function")
        }
        for key in keys { sh.context.completions[key] = request.spec }
        sh.synchronize()
        return 0
    }

    private static func isFunctionName(_ name: Bytes) -> Bool {
        !name.isEmpty && !name.contains { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == UInt8(ascii: "$") }
    }

    /// Reads the options; the status if something is wrong with them.
    private static func read(
        _ options: inout BuiltinOptions, _ request: inout Request, _ sh: Interpreter, _ args: Arguments
    ) -> Int32? {
        while let option = options.next(sh) {
            let argument = options.argument
            switch option {
            case UInt8(ascii: "o"):
                guard let option = CompletionSpec.Options.table.first(where: { $0.name == argument })?.option else {
                    return sh.fail(args[0], argument, "no such option of completion", status: 2)
                }
                request.spec.options.insert(option)
            case UInt8(ascii: "A"):
                guard let action = CompletionSpec.Actions.table.first(where: { $0.name == argument })?.action else {
                    return sh.fail(args[0], argument, "no such action", status: 2)
                }
                request.spec.actions.insert(action)
            case UInt8(ascii: "G"): request.spec.glob = argument
            case UInt8(ascii: "W"): request.spec.words = argument
            case UInt8(ascii: "P"): request.spec.prefix = argument
            case UInt8(ascii: "S"): request.spec.suffix = argument
            case UInt8(ascii: "X"): request.spec.filter = argument
            case UInt8(ascii: "F"): request.spec.function = argument
            case UInt8(ascii: "C"): request.spec.command = argument
            case UInt8(ascii: "p"): request.shows = true
            case UInt8(ascii: "r"): request.removes = true
            case UInt8(ascii: "D"): request.keys.append(.default)
            case UInt8(ascii: "E"): request.keys.append(.empty)
            case UInt8(ascii: "I"): request.keys.append(.initial)
            default:
                if let action = CompletionSpec.Actions.table.first(where: { $0.letter == option })?.action {
                    request.spec.actions.insert(action)
                }
            }
        }
        return options.failure
    }

    private static func remove(_ keys: [CompletionKey], _ sh: Interpreter, _ args: Arguments) -> Int32 {
        defer { sh.synchronize() }
        if keys.isEmpty {
            sh.context.completions = [:]
            return 0
        }
        var status: Int32 = 0
        for key in keys where sh.context.completions.removeValue(forKey: key) == nil {
            status = missing(key, sh, args)
        }
        return status
    }

    private static func missing(_ key: CompletionKey, _ sh: Interpreter, _ args: Arguments) -> Int32 {
        sh.fail(args[0], key.operand, "no completion specification")
    }

    private static func show(_ keys: [CompletionKey], _ sh: Interpreter, _ args: Arguments) -> Int32 {
        if keys.isEmpty {
            let lines = sh.context.completions.map { (key: $0.key.operand, source: $0.value.source) }
            for line in lines.sorted(by: { $0.key < $1.key }) { sh.write(line.source + line.key + "\n") }
            return 0
        }
        var status: Int32 = 0
        for key in keys {
            if let spec = sh.context.completions[key] {
                sh.write(spec.source + key.operand + "\n")
            } else {
                status = missing(key, sh, args)
            }
        }
        return status
    }

    // MARK: compgen

    static func generate(_ sh: Interpreter, _ args: Arguments) throws(Unwind) -> Int32 {
        var options = BuiltinOptions(args, "abcdefgjksuvo:A:G:W:P:S:X:F:C:")
        var request = Request()
        if let status = read(&options, &request, sh, args) { return status }
        let spec = request.spec
        if spec == CompletionSpec() { return 0 }
        if spec.function != nil { _ = sh.fail(args[0], "warning: -F option may not work as you expect") }
        if spec.command != nil { _ = sh.fail(args[0], "warning: -C option may not work as you expect") }
        let word = options.operands < args.count ? args[options.operands] : Bytes()
        // Within a completion the function asks for words of the same line.
        var found = try sh.complete(spec, CompletionRequest(command: "compgen", word: word)).candidates
        if found.isEmpty && spec.options.contains(.bashdefault) { found = sh.defaultCandidates(word) }
        if found.isEmpty && spec.options.contains(.default) {
            found = sh.fileNames(CompletionWords.dequoted(word), directoriesOnly: false)
        }
        var text = Bytes()
        for candidate in found {
            text.append(candidate)
            text.append("\n")
        }
        sh.write(text)
        return found.isEmpty ? 1 : 0
    }

    // MARK: compopt

    static func changeOptions(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        var on: CompletionSpec.Options = []
        var off: CompletionSpec.Options = []
        var keys: [CompletionKey] = []
        var index = 1
        loop: while index < args.count {
            let word = args[index]
            index += 1
            switch word {
            case "-D": keys.append(.default)
            case "-E": keys.append(.empty)
            case "-I": keys.append(.initial)
            case "--": break loop
            case _ where word.count > 1 && (word[0] == UInt8(ascii: "-") || word[0] == UInt8(ascii: "+")):
                guard word[1] == UInt8(ascii: "o") else {
                    _ = sh.fail(args[0], "unknown option " + word)
                    return sh.usage(args[0])
                }
                var name = word.dropFirst(2)
                if name.isEmpty {
                    guard index < args.count else {
                        _ = sh.fail(args[0], "an argument is missing after " + word)
                        return sh.usage(args[0])
                    }
                    name = args[index]
                    index += 1
                }
                guard let option = CompletionSpec.Options.table.first(where: { $0.name == name })?.option else {
                    return sh.fail(args[0], name, "no such option of completion", status: 2)
                }
                if word[0] == UInt8(ascii: "-") { on.insert(option) } else { off.insert(option) }
            default:
                index -= 1
                break loop
            }
        }
        if keys.isEmpty { keys = args[min(index, args.count)...].map { .command($0) } }
        let onlyShows = on.isEmpty && off.isEmpty
        if keys.isEmpty {
            guard let state = sh.completion else { return sh.fail(args[0], "no completion function runs") }
            if onlyShows {
                sh.write(line(state.options, ""))
            } else {
                sh.completion?.options = state.options.union(on).subtracting(off)
            }
            return 0
        }
        var status: Int32 = 0
        for key in keys {
            guard let options = sh.context.completions[key]?.options else {
                status = missing(key, sh, args)
                continue
            }
            if onlyShows {
                sh.write(line(options, key.operand))
            } else {
                sh.context.completions[key]?.options = options.union(on).subtracting(off)
            }
        }
        sh.synchronize()
        return status
    }

    private static func line(_ options: CompletionSpec.Options, _ operand: Bytes) -> Bytes {
        var text: Bytes = "compopt"
        for (name, option) in CompletionSpec.Options.table {
            text.append(options.contains(option) ? " -o " : " +o ")
            text.append(name)
        }
        if !operand.isEmpty { text.append(" " + operand) }
        return text + "\n"
    }
}
