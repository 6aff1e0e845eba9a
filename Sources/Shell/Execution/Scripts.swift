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
        options.takesBraces = has(.braceexpand)
        if !context.aliases.isEmpty && has(ShoptOptions.expandAliases) {
            let aliases = context.aliases
            options.aliases = { aliases[$0] }
        }
        options.placeholders = capsulePlaceholders
        options.maximumStack = min(options.maximumStack, parserStack)
        return options
    }

    /// Parses and runs text command by command, in the current environment.
    func evaluate(_ source: Bytes, line: Int = 1) throws(Unwind) -> Int32 {
        try checkStack()
        evaluationDepth += 1
        defer { evaluationDepth -= 1 }
        var parser = Parser(source, line: line, options: parserOptions())
        return try run(&parser)
    }

    /// Runs what the parser gives, to the end of its input.
    private func run(_ parser: inout Parser) throws(Unwind) -> Int32 {
        var status: Int32 = 0
        while true {
            let list: List?
            do throws(ParseError) { list = try parser.nextCommand() } catch {
                reportSyntax(error)
                context.status = 2
                throw .error
            }
            guard let list else { return status }
            if list.items.isEmpty { continue }
            do throws(Unwind) {
                status = try run(list, &parser)
            } catch {
                guard case .abandoned = error, functionDepth == 0 else { throw error }
                status = context.status
                try checkErrexit(status)
            }
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

    func reportSyntax(_ error: ParseError) {
        writeError("thresh: " + error.render(name: sourceName))
    }

    /// Runs commands as the life of this shell; its exit status. The EXIT trap has run.
    package func runScript(_ source: Bytes, line: Int = 1) -> Int32 {
        if has(.verbose) { writeError(source.last == UInt8(ascii: "\n") ? source : source + "\n") }
        return finish { (sh: Interpreter) throws(Unwind) -> Int32 in try sh.evaluate(source, line: line) }
    }

    /// Runs the commands of a file as they are read, so that a script may grow while it runs, or hold other data after its
    /// `exit`.
    ///
    /// - Parameter isShared: the commands read from the same descriptor, and get what follows theirs (`sh -s`, POSIX sh).
    package func runFile(_ descriptor: Int32, isShared: Bool) -> Int32 {
        let input = LineInput(descriptor: descriptor, isShared: isShared)
        return finish { (sh: Interpreter) throws(Unwind) -> Int32 in
            var parser = Parser(
                Bytes(), options: sh.parserOptions(),
                refill: { buffer in
                    let line: Bytes
                    do throws(Errno) { line = try input.next() } catch {
                        sh.report("cannot read commands: " + error.message)
                        input.error = error
                        return false
                    }
                    guard !line.isEmpty else { return false }
                    if sh.has(.verbose) { sh.writeError(line) }
                    // NUL bytes mean nothing in a script, as in other shells.
                    (line.contains(0) ? line.withoutNULs : line).withUnsafeBytes { buffer.append(contentsOf: $0) }
                    return true
                })
            let status = try sh.run(&parser)
            return input.error == nil ? status : 128
        }
    }

    /// Runs a command typed at the prompt; the exit status if the shell is to end. Errors end only the command.
    package func runInteractively(_ source: Bytes) -> Int32? {
        do throws(Unwind) {
            context.status = try evaluate(source)
            return nil
        } catch {
            if !output.isEmpty { flushOutput() }
            stack.removeAll()
            (conditionDepth, loopDepth, functionDepth, sourceDepth, subshellDepth) = (0, 0, 0, 0, 0)
            evaluationDepth = 0
            captures.removeAll()
            cancellation.recursion.reset()
            if case .exit = error { return context.status }
            return nil
        }
    }

    /// A prompt's text: the variable's value, expanded.
    package func prompt(_ name: Bytes, default text: Bytes) -> Bytes {
        guard let value = variable(name) else { return text }
        return expandPrompt(value)
    }

    /// Tells the user which asynchronous lists have ended since the last prompt.
    package func notifyJobs() {
        jobs.update()
        while let ended = jobs.jobs.firstIndex(where: \.hasEnded) {
            var line: Bytes = "["
            line.append(decimal: jobs[ended].number)
            line.append("] Done")
            if jobs[ended].exitStatus != 0 {
                line.append("(")
                line.append(decimal: jobs[ended].exitStatus)
                line.append(")")
            }
            line.append("  ")
            line.append(jobs[ended].command)
            line.append("\n")
            writeError(line)
            jobs.remove(ended)
        }
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
        status = (try? runExitTrap(status)) ?? status
        if !output.isEmpty { flushOutput() }
        return status
    }
}

package enum Scripts {
    /// Whether a file is no script but a program, an image and the like: a NUL byte stands before the end of its first line
    /// (2.9.1.4).
    package static func isBinary(_ descriptor: Int32) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { buffer in
            let count = pread(descriptor, buffer.baseAddress, buffer.count, 0)
            guard count > 0 else { return false }
            for byte in buffer[..<count] {
                if byte == UInt8(ascii: "\n") { return false }
                if byte == 0 { return true }
            }
            return false
        }
    }
}

/// Lines of a descriptor for the parser. Shared with commands, no byte is read past the line: in blocks and a seek back where
/// that is possible, else byte by byte.
final class LineInput {
    private let descriptor: Int32
    private let isShared: Bool
    private let isSeekable: Bool
    /// What was read, and how much of it was handed out.
    private var buffer = Bytes()
    private var offset = 0
    var error: Errno?

    init(descriptor: Int32, isShared: Bool) {
        self.descriptor = descriptor
        self.isShared = isShared
        isSeekable = (try? System.seek(descriptor, 0, SEEK_CUR)) != nil
    }

    /// The next line with its newline; empty at the end.
    func next() throws(Errno) -> Bytes {
        if isShared && !isSeekable { return try lineByBytes() }
        var line = Bytes()
        while true {
            if let newline = buffer.find(UInt8(ascii: "\n"), from: offset) {
                line.append(buffer[offset...newline])
                offset = newline + 1
                if isShared {
                    let excess = buffer.count - offset
                    if excess > 0 { _ = try System.seek(descriptor, Int64(-excess), SEEK_CUR) }
                    (buffer, offset) = (Bytes(), 0)
                }
                return line
            }
            line.append(buffer[offset..<buffer.count])
            (buffer, offset) = (Bytes(), 0)
            buffer = try Bytes(capacity: 32768) { (bytes) throws(Errno) -> Int in try System.read(descriptor, bytes) }
            if buffer.isEmpty { return line }
        }
    }

    private func lineByBytes() throws(Errno) -> Bytes {
        var line = Bytes()
        while true {
            let byte = try Bytes(capacity: 1) { (buffer) throws(Errno) -> Int in try System.read(descriptor, buffer) }
            if byte.isEmpty { return line }
            line.append(byte)
            if byte[0] == UInt8(ascii: "\n") { return line }
        }
    }
}
