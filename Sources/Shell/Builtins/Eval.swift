import Bytes
import Glibc
import Platform
import Syntax

/// `eval`, `.`, `source`, `exec`, `command`: the built-ins that run other commands.
extension Builtin {
    static let eval = Builtin(
        name: "eval", kind: .special, synopsis: "eval [argument…]",
        summary: "Join the arguments with blanks and run the result as commands.",
        examples: "eval \"$(ssh-agent -s)\"",
        completes: .commands,
        run: { (sh, args) throws(Unwind) in
            let first = args.count > 1 && args[1] == "--" ? 2 : 1
            let source = args.count == first + 1 ? args[first] : Array(args.dropFirst(first)).joined(by: " ")
            sh.traceLevel += 1
            defer { sh.traceLevel -= 1 }
            return try sh.evaluate(source, line: Int(sh.position.line))
        })

    static let dot = Builtin(
        name: ".", kind: .special, synopsis: ". file [argument…]",
        summary: "Run the commands of a file in this shell.",
        details: """
            A file name without a slash is looked for in PATH, then in the working directory. Arguments, if there are any, are \
            the positional parameters while the file runs. The status is that of its last command.
            """,
        run: { (sh, args) throws(Unwind) in try runFile(sh, args) })

    static let source = Builtin(
        name: "source", kind: .extension, synopsis: "source file [argument…]",
        summary: "Run the commands of a file in this shell, as '.' does.",
        run: { (sh, args) throws(Unwind) in try runFile(sh, args) })

    private static func runFile(_ sh: Interpreter, _ args: Arguments) throws(Unwind) -> Int32 {
        let index = args.count > 1 && args[1] == "--" ? 2 : 1
        if args[0] == "source", args.count > 1, index == 1, args[1].count > 1, args[1].first == UInt8(ascii: "-") {
            _ = sh.fail(args[0], args[1], "no such option")
            return sh.usage(args[0])
        }
        guard args.count > index else {
            if args[0] == "source" { return sh.usage(args[0]) }
            throw sh.fatal(args[0] + ": expected a file name", status: 2)
        }
        let name = args[index]
        guard let path = findScript(sh, name) else { return try cannotRead(name, "not found", sh, args) }
        let source: Bytes
        do throws(Errno) {
            let descriptor = try sh.openForReading(path)
            defer { System.close(descriptor) }
            let text = try System.readAll(descriptor)
            source = text.contains(0) ? text.withoutNULs : text
        } catch {
            return try cannotRead(name, error.message, sh, args)
        }
        let saved = (sh.context.positional, sh.sourceName, sh.loopDepth, sh.position)
        let replacesParameters = args.count > index + 1
        if replacesParameters {
            sh.context.positional = Array(args.dropFirst(index + 1))
            sh.hasSetParameters = false
        }
        sh.sourceName = name
        sh.sourceDepth += 1
        sh.traceLevel += 1
        var frame = CallFrame(file: name, line: sh.position.line, callerSource: saved.1)
        if !replacesParameters {
            // As in bash; some files find out by it where they lie.
            frame.arguments = [name]
        } else if sh.has(ShoptOptions.extdebug) {
            frame.arguments = sh.context.positional
        }
        sh.frames.append(frame)
        defer {
            sh.frames.removeLast()
            // What the file has set stays, as in bash.
            if replacesParameters && !sh.hasSetParameters { sh.context.positional = saved.0 }
            (sh.sourceName, sh.loopDepth, sh.position) = (saved.1, saved.2, saved.3)
            sh.sourceDepth -= 1
            sh.traceLevel -= 1
        }
        var status: Int32
        do throws(Unwind) {
            status = try sh.evaluateFile(source)
            if !sh.deferred.isEmpty {
                sh.context.status = status
                try sh.endScope()
            }
        } catch {
            if !sh.deferred.isEmpty { try sh.endScope(error) }
            switch error {
            case .returnFromFunction: status = sh.context.status
            // A syntax error ends the file only.
            case .error where args[0] == "source" && sh.syntaxErrorDepth == sh.frames.count: status = sh.context.status
            default: throw error
            }
        }
        if !sh.context.traps.isEmpty {
            sh.context.status = status
            try sh.runReturnTrap()
        }
        return status
    }

    /// An error that ends the shell for the special built-in, and not for `source`.
    private static func cannotRead(
        _ name: Bytes, _ reason: Bytes, _ sh: Interpreter, _ args: Arguments
    ) throws(Unwind) -> Int32 {
        if args[0] == "source" { return sh.fail(args[0], name, reason) }
        throw sh.fatal(args[0] + ": " + name + ": " + reason)
    }

    private static func findScript(_ sh: Interpreter, _ name: Bytes) -> Bytes? {
        if name.contains(UInt8(ascii: "/")) { return name }
        let directory = sh.context.workingDirectory.descriptor
        for entry in (sh.value(NameTable.path) ?? Bytes()).split(on: UInt8(ascii: ":"))
        where sh.has(ShoptOptions.sourcepath) {
            let candidate = (entry.isEmpty ? "." : entry) + "/" + name
            if let status = try? System.status(candidate, at: directory), status.kind == .regular,
                System.access(candidate, R_OK, at: directory, effective: true)
            {
                return candidate
            }
        }
        if !sh.has(.posix), System.access(name, R_OK, at: directory, effective: true) { return "./" + name }
        return nil
    }

    static let exec = Builtin(
        name: "exec", kind: .special, synopsis: "exec [-cl] [-a name] [command [argument…]]",
        summary: "Replace the shell by a command; without one, keep the redirections.",
        details: """
            -a name  give the command this name as its argument 0
            -c       start it with an empty environment
            -l       put a hyphen before its argument 0, as login does

            In a subshell the command runs as its last one. If the command cannot be run, a shell that is not interactive ends \
            with status 127 or 126.
            """,
        examples: """
            exec >log 2>&1
            exec {file}<data; read -r line <&$file
            """,
        completes: .commands,
        run: { (sh, args) throws(Unwind) in try replaceShell(sh, args) })

    private static func replaceShell(_ sh: Interpreter, _ args: Arguments) throws(Unwind) -> Int32 {
        var options = BuiltinOptions(args, "a:cl")
        var name: Bytes?
        var isEnvironmentEmpty = false
        var isLogin = false
        while let option = options.next(sh) {
            switch option {
            case UInt8(ascii: "a"): name = options.argument
            case UInt8(ascii: "c"): isEnvironmentEmpty = true
            default: isLogin = true
            }
        }
        if let status = options.failure {
            sh.context.status = status
            throw .error
        }
        let index = options.operands
        guard index < args.count else { return 0 }
        let words = args.droppingFirst(index)
        if !sh.output.isEmpty { sh.flushOutput() }
        let attempt = try sh.launch(words, [])
        guard case .success(var launch) = attempt else {
            if case .failure(let status) = attempt { sh.context.status = status }
            if sh.has(.interactive) || sh.has(ShoptOptions.execfail) { return sh.context.status }
            throw .exit
        }
        if let name { launch.arguments[0] = name }
        if isLogin { launch.arguments[0] = "-" + launch.arguments[0] }
        if isEnvironmentEmpty {
            launch.environment = EnvironmentBlock([])
            launch.namesProgram = false
        }
        if sh.isMain && sh.subshellDepth == 0 {
            sh.endJobControl()
            // The traps with commands go; what is ignored stays.
            do throws(LaunchError) { try replaceProcess(with: launch) } catch {
                if error.step == .execute && error.errno.code == ENOEXEC {
                    launch.arguments = ["thresh", launch.path] + launch.arguments.dropFirst()
                    launch.path = "/proc/self/exe"
                    do throws(LaunchError) { try replaceProcess(with: launch) } catch {}
                }
                sh.context.status = sh.report(error, words[0], launch.path)
                throw .exit
            }
        }
        switch sh.start(launch) {
        case .failure(let status): sh.context.status = status
        case .success(let child): sh.context.status = try sh.waitForeground(child, command: { words.joined() })
        }
        sh.context.traps[0] = nil
        sh.deferred = []
        throw .exit
    }

    static let command = Builtin(
        name: "command", kind: .regular,
        synopsis: "command [-p] name [argument…]\ncommand [-p] -v|-V name…",
        summary: "Run a command, passing by functions; or say what a name means.",
        details: """
            -p  look in the system's default PATH
            -v  print what would run: a path, a name, or an alias as a command
            -V  say it in words
            A special built-in that is run by this one loses its special properties: its errors do not end the shell.
            """,
        examples: "command -v git",
        completes: .commands,
        run: { (sh, args) throws(Unwind) in try runCommand(sh, args) })

    private static let defaultPath: Bytes = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"

    private static func runCommand(_ sh: Interpreter, _ args: Arguments) throws(Unwind) -> Int32 {
        var index = 1
        var path: Bytes?
        var mode: UInt8?
        options: while index < args.count, args[index].count > 1, args[index][0] == UInt8(ascii: "-") {
            if args[index] == "--" {
                index += 1
                break
            }
            for letter in args[index].dropFirst() {
                switch letter {
                case UInt8(ascii: "p"): path = defaultPath
                case UInt8(ascii: "v"), UInt8(ascii: "V"): mode = letter
                default:
                    return sh.fail(args[0], "-" + Bytes(byte: letter) + ": no such option", status: 2)
                }
            }
            index += 1
        }
        guard index < args.count else { return 0 }
        let words = args.droppingFirst(index)
        if let mode {
            let saved = sh.takeOver(NameTable.path)
            defer { if path != nil || saved.attributes.contains(.shared) { sh.restore(NameTable.path, saved) } }
            if let path {
                sh.context.variables[NameTable.path].value = path
                sh.context.commandPaths.removeAll()
            }
            var found = 0
            for word in words {
                if sh.describe(word, isVerbose: mode == UInt8(ascii: "V")) {
                    found += 1
                } else if mode == UInt8(ascii: "V") {
                    _ = sh.fail(args[0], word + ": not found")
                }
            }
            // One of several is enough in bash; POSIX has one only.
            return found == words.count || found > 0 && !sh.has(.posix) ? 0 : 1
        }
        if let builtin = sh.builtin(named: words[0]) {
            try sh.checkStack()
            sh.evaluationDepth += 1
            defer { sh.evaluationDepth -= 1 }
            sh.isBeyondCommand = false
            do throws(Unwind) {
                let status = try sh.dispatch(words, .builtin(builtin), isCommandUtility: true)
                if builtin.name == "exec" { sh.commandKeepsRedirections = true }
                return status
            } catch {
                // An error of a special built-in does not end the shell here (2.15, command). One of an expansion does, in the
                // commands that `eval` or `.` runs.
                if case .error = error, builtin.kind == .special, !sh.isBeyondCommand {
                    return sh.context.status == 0 ? 1 : sh.context.status
                }
                throw error
            }
        }
        guard let path else { return try sh.dispatch(words, sh.externalMeaning(of: words[0])) }
        let environment = sh.environment
        guard let file = sh.findExecutable(words[0], path: path) else {
            return sh.fail(words[0], "not found", status: 127)
        }
        var launch = sh.launch(path: file, arguments: Array(words), environment: environment)
        if !sh.output.isEmpty { sh.flushOutput() }
        if sh.controlsJobs { sh.lendTerminal(to: &launch) }
        switch sh.start(launch) {
        case .failure(let status): return status
        case .success(let child): return try sh.waitForeground(child, command: { words.joined() })
        }
    }
}
