import Bytes
import Glibc
import Platform
import Syntax

/// Running source text: scripts, `-c`, `eval`, `.`.
extension Interpreter {
    /// The parser's options for this context.
    package func parserOptions() -> ParserOptions {
        var options = ParserOptions()
        options.isPosix = has(.posix)
        options.takesGroups = has(ShoptOptions.extglob)
        options.takesBraces = has(.braceexpand)
        if !context.aliases.isEmpty && has(ShoptOptions.expandAliases) {
            let aliases = context.aliases
            options.aliases = { aliases[$0] }
        }
        options.placeholders = capsulePlaceholders
        options.maximumStack = min(options.maximumStack, parserStack)
        return options
    }

    /// Parses and runs the text of a file command by command, in the current environment; `set -v` shows the lines as they are
    /// needed.
    func evaluateFile(_ source: Bytes) throws(Unwind) -> Int32 {
        guard has(.verbose) else { return try evaluate(source) }
        try checkStack()
        var offset = 0
        var parser = Parser(
            Bytes(), options: parserOptions(),
            refill: { [self] buffer in
                guard offset < source.count else { return false }
                let end = source.find(UInt8(ascii: "\n"), from: offset).map { $0 + 1 } ?? source.count
                let line = source[offset..<end]
                offset = end
                if has(.verbose) { writeError(line) }
                line.withUnsafeBytes { buffer.append(contentsOf: $0) }
                return true
            })
        return try run(&parser)
    }

    /// Parses and runs text command by command, in the current environment.
    ///
    /// - Parameter isRepeated: whether the same text is likely to come again.
    func evaluate(_ source: Bytes, line: Int = 1, isRepeated: Bool = true) throws(Unwind) -> Int32 {
        try checkStack()
        evaluationDepth += 1
        defer { evaluationDepth -= 1 }
        let keeps = isRepeated && PreparedSources.keeps(source, self)
        if keeps, let node = preparedSources.node(for: source, line: line, self) {
            return try runUnabandoned { (sh: Interpreter) throws(Unwind) -> Int32 in try node.run(sh) }
        }
        var parser = Parser(source, line: line, options: parserOptions())
        guard keeps, let list = try next(&parser) else { return try run(&parser) }
        let node = Preparation.list(list)
        preparedSources.keep(node, for: source, line: line, self)
        return try runUnabandoned { (sh: Interpreter) throws(Unwind) -> Int32 in try node.run(sh) }
    }

    /// The next command line; nil at the end of the input. A syntax error is reported and thrown.
    private func next(_ parser: inout Parser) throws(Unwind) -> List? {
        do throws(ParseError) { return try parser.nextCommand() } catch {
            reportSyntax(error)
            context.status = 2
            throw .error
        }
    }

    /// Runs a command line; one that was abandoned for an error leaves its status.
    func runUnabandoned(_ body: (Interpreter) throws(Unwind) -> Int32) throws(Unwind) -> Int32 {
        do throws(Unwind) {
            let status = try body(self)
            context.status = status
            return status
        } catch {
            guard case .abandoned = error, functionDepth == 0 else { throw error }
            try checkErrexit(context.status)
            return context.status
        }
    }

    /// Runs what the parser gives, to the end of its input.
    private func run(_ parser: inout Parser) throws(Unwind) -> Int32 {
        var status: Int32 = 0
        while true {
            guard let list = try next(&parser) else { return status }
            if list.items.isEmpty { continue }
            // At the prompt it is done there.
            if has(.history), !has(.interactive), isMain, evaluationDepth + sourceDepth + subshellDepth == 0 {
                remember(parser.commandText.withoutTrailingNewlines)
            }
            status = try runUnabandoned { (sh: Interpreter) throws(Unwind) -> Int32 in try sh.run(list, &parser) }
        }
    }

    private func run(_ list: List, _ parser: inout Parser) throws(Unwind) -> Int32 {
        if has(.noexec) && !has(.interactive) { return 0 }
        let hadAliases = context.aliases
        let (options, shopt) = (context.options, context.shopt)
        let status = try Preparation.list(list).run(self)
        context.status = status
        if context.aliases.count != hadAliases.count || context.options != options || context.shopt != shopt
            || context.aliases != hadAliases
        {
            parser.options = parserOptions()
        }
        if has(.onecmd) && functionDepth == 0 && sourceDepth == 0 { throw .exit }
        return status
    }

    package func reportSyntax(_ error: ParseError) {
        syntaxErrorDepth = frames.count
        writeError("thresh: " + error.render(name: sourceName))
    }

    /// Runs commands as the life of this shell; its exit status. The EXIT trap has run.
    package func runScript(_ source: Bytes, line: Int = 1) -> Int32 {
        // In POSIX mode only what is read from a file is shown, as in most other shells.
        if has(.verbose) && !has(.posix) { writeError(source.last == UInt8(ascii: "\n") ? source : source + "\n") }
        return finish { (sh: Interpreter) throws(Unwind) -> Int32 in
            try sh.evaluate(source, line: line, isRepeated: false)
        }
    }

    /// Runs the commands of a file as they are read, so that a script may grow while it runs, or hold other data after its
    /// `exit`.
    ///
    /// - Parameter isShared: the commands read from the same descriptor, and get what follows theirs (`sh -s`, POSIX sh).
    package func runFile(_ descriptor: Int32, isShared: Bool) -> Int32 {
        let input = LineInput(descriptor: descriptor, isShared: isShared)
        return finish { (sh: Interpreter) throws(Unwind) -> Int32 in
            var parser = sh.parser(of: input)
            let status = try sh.run(&parser)
            return input.error == nil ? status : 128
        }
    }

    /// A parser that gets its lines from `input` when it needs them.
    private func parser(of input: LineInput) -> Parser {
        Parser(
            Bytes(), options: parserOptions(),
            refill: { [self] buffer in
                let line: Bytes
                do throws(Errno) { line = try input.next(self) } catch {
                    report("cannot read commands: " + error.message)
                    input.error = error
                    return false
                }
                guard !line.isEmpty else { return false }
                if has(.verbose) { writeError(line) }
                // NUL bytes mean nothing in a script, as in other shells.
                (line.contains(0) ? line.withoutNULs : line).withUnsafeBytes { buffer.append(contentsOf: $0) }
                return true
            })
    }

    /// What an interactive shell does before all else: SIGINT ends a command and not the shell, SIGTERM and SIGQUIT nothing;
    /// and job control.
    package func beginInteraction() {
        if has(.interactive) {
            if !context.traps.ignoredOnEntry.contains(SIGINT) { try? Signals.watch(SIGINT) }
            for signal in Interpreter.endingSignals
            where !context.traps.ignoredOnEntry.contains(signal) && context.traps[signal] == nil {
                try? Signals.watch(signal)
            }
            ignoreForItself(SIGTERM)
            ignoreForItself(SIGQUIT)
        }
        if has(.monitor) { beginJobControl() }
    }

    /// Runs the files that a shell reads before all else: a login shell the profiles, an interactive one what ENV names and
    /// then, unless it keeps to POSIX, the user's `rc`. The exit status, if that was the end of the shell.
    ///
    /// - Parameter interactiveFile: the file instead of `rc`.
    package func runStartFiles(profiles: Bool, environmentFile: Bool, interactiveFile: Bytes?) -> Int32? {
        var files: [Bytes] = []
        if profiles {
            files.append("/etc/profile")
            if let home = value(NameTable.home) { files.append(home + "/.profile") }
        }
        for file in files {
            if let status = runStartFile(file) { return status }
        }
        // A set-user-ID shell must not run what its caller names.
        guard environmentFile, System.hasOwnIdentity else { return nil }
        if let name = value(NameTable.env) {
            let expanded = expandParameters(name)
            if !expanded.isEmpty, let status = runStartFile(expanded) { return status }
        }
        guard let file = interactiveFile ?? (has(.posix) ? nil : ownStartFile) else { return nil }
        return runStartFile(file)
    }

    /// Runs the file that BASH_ENV names, found as a command would not be: without PATH. The exit status, if that was the end
    /// of the shell.
    package func runBashEnvironmentFile() -> Int32? {
        guard let name = value(NameTable.bashEnv), !name.isEmpty, System.hasOwnIdentity else { return nil }
        let path = expandParameters(name)
        return path.isEmpty ? nil : runStartFile(path)
    }

    /// The user's commands for the start of an interactive shell: `thresh/rc` in the directory for configuration.
    private var ownStartFile: Bytes? {
        if let directory = variable("XDG_CONFIG_HOME"), directory.first == UInt8(ascii: "/") {
            return directory + "/thresh/rc"
        }
        guard let home = value(NameTable.home), !home.isEmpty else { return nil }
        return home + "/.config/thresh/rc"
    }

    private func runStartFile(_ path: Bytes) -> Int32? {
        guard let descriptor = try? System.open(path, flags: O_RDONLY, at: context.workingDirectory.descriptor) else {
            return nil
        }
        let source = try? System.readAll(descriptor)
        System.close(descriptor)
        guard let source else { return nil }
        let outer = sourceName
        sourceName = path
        sourceDepth += 1
        defer { (sourceName, sourceDepth) = (outer, 0) }
        do throws(Unwind) {
            context.status = try evaluate(source)
        } catch {
            recover()
            if case .exit = error { return context.status }
        }
        return nil
    }

    /// After an error or a signal has ended a command of an interactive shell: nothing of it is left.
    func recover() {
        if !output.isEmpty { flushOutput() }
        stack.removeAll()
        (conditionDepth, loopDepth, functionDepth, sourceDepth, subshellDepth) = (0, 0, 0, 0, 0)
        (evaluationDepth, jobControlPauses, startingGroup) = (0, 0, nil)
        captures.removeAll()
        cancellation.recursion.reset()
    }

    /// Runs a command typed at the prompt; the exit status if the shell is to end. Errors end only the command.
    package func runInteractively(_ list: List) -> Int32? {
        if list.items.isEmpty { return nil }
        commandNumber += 1
        let start = Clock.monotonicNanoseconds()
        defer { lastDuration = Clock.monotonicNanoseconds() - start }
        return runAtPrompt { (sh: Interpreter) throws(Unwind) -> Int32 in
            let node = Preparation.list(list)
            if let task = sh.runAsTask(list, node) {
                if let status = task.exitStatus {
                    sh.context.status = status
                    throw .exit
                }
                return sh.context.status
            }
            let status = try sh.runUnabandoned { (sh: Interpreter) throws(Unwind) -> Int32 in try node.run(sh) }
            sh.context.status = status
            if sh.has(.onecmd) { throw .exit }
            return status
        }
    }

    /// Runs something between two commands of an interactive shell; the exit status if the shell is to end. Errors end only
    /// this.
    package func runAtPrompt(_ body: (Interpreter) throws(Unwind) -> Int32) -> Int32? {
        do throws(Unwind) {
            context.status = try body(self)
            return nil
        } catch {
            recover()
            wasAbandoned = true
            if case .exit = error { return context.status }
            return nil
        }
    }

    /// Runs commands that belong to the prompt (PROMPT_COMMAND): `$?` and `$_` are afterwards what they were before.
    package func runForPrompt(_ source: Bytes) -> Int32? {
        let (status, last) = (context.status, stack.last)
        let outer = sourceName
        sourceName = "PROMPT_COMMAND"
        defer { (context.status, stack.last, sourceName) = (status, last, outer) }
        return runAtPrompt { (sh: Interpreter) throws(Unwind) -> Int32 in try sh.evaluate(source) }
    }

    /// Runs the command of a key; `$?` stays what it was. Its status.
    @discardableResult
    package func runForKey(_ source: Bytes) throws(Unwind) -> Int32 {
        let (status, last) = (context.status, stack.last)
        defer { (context.status, stack.last) = (status, last) }
        let result = try evaluate(source)
        flushOutput()
        return result
    }

    /// Runs `body` as the life of this shell: `exit` and errors end it, then the EXIT trap runs.
    package func finish(_ body: (Interpreter) throws(Unwind) -> Int32) -> Int32 {
        var status: Int32
        do throws(Unwind) {
            status = try body(self)
            context.status = status
        } catch {
            status = context.status
        }
        if cancellation.recursion.hasGivenUp {
            status = 2
            cancellation.recursion.reset()
        }
        if !deferred.isEmpty { status = endShellScope(status) }
        if context.share != nil { finishThreads() }
        status = (try? runExitTrap(status)) ?? status
        if !output.isEmpty { flushOutput() }
        if isMain {
            if has(.interactive) { hangUpJobs() }
            endJobControl()
        }
        return status
    }
}

package enum Scripts {
    /// Whether a file is no script but a program, an image and the like: it begins as one, or has a NUL byte in its first line
    /// (2.9.1.4).
    package static func isBinary(_ descriptor: Int32) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { buffer in
            let count = pread(descriptor, buffer.baseAddress, buffer.count, 0)
            guard count > 0 else { return false }
            if buffer[..<count].starts(with: [0x7F, 0x45, 0x4C, 0x46]) { return true }
            for byte in buffer[..<count] {
                if byte == UInt8(ascii: "\n") { return false }
                if byte == 0 { return true }
            }
            return false
        }
    }
}
