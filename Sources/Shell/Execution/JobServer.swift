// A process of thresh that runs one job after another for the pool of another thresh: a capsule that does not end with its command.
//
// It is made with the state of the shell that opened the pool, and runs the initializer. Then it takes requests from a socket: the
// job's command, what the shell has changed since, and two descriptors for what the job prints. Each job is a subshell of it. The
// answer is the job's status; when the socket is closed at the other end, so is this process.

import Bytes
import Platform
import Syntax

/// A job for a worker process.
package struct JobRequest: Sendable {
    /// What is to be found different from the state in which the worker was made.
    package var changes: ContextChanges
    package var sequence: Int
    package var slot: Int
    /// The command: a list of words, or source text where there are none.
    package var words: [Bytes]
    package var source: Bytes
    /// Where it runs; empty: where the changes say.
    package var directory = Bytes()
    /// A variable that gets the slot, counted from 0; empty: none.
    package var slotVariable = Bytes()

    package init(changes: ContextChanges, sequence: Int, slot: Int, words: [Bytes] = [], source: Bytes = Bytes()) {
        self.changes = changes
        self.sequence = sequence
        self.slot = slot
        self.words = words
        self.source = source
    }

    package var message: Bytes {
        var writer = CapsuleWriter()
        writer.add(changes.bytes)
        writer.add(sequence)
        writer.add(slot)
        writer.add(words)
        writer.add(source)
        writer.add(directory)
        writer.add(slotVariable)
        return writer.bytes
    }

    init?(_ message: Bytes) {
        guard var reader = CapsuleReader(message), let changes = reader.field(), let sequence = reader.number(),
            let slot = reader.number(), let words = reader.list(), let source = reader.field(),
            let directory = reader.field(), let slotVariable = reader.field()
        else { return nil }
        self.init(
            changes: ContextChanges(changes), sequence: sequence, slot: slot, words: words, source: source)
        (self.directory, self.slotVariable) = (directory, slotVariable)
    }
}

/// A worker's answer to a request.
package struct JobReply: Sendable {
    package let status: Int32
    /// The worker takes no more requests.
    package let isLast: Bool

    package init(status: Int32, isLast: Bool) {
        self.status = status
        self.isLast = isLast
    }

    package var message: Bytes { Bytes(decimal: status) + (isLast ? "!" : "") }

    package init?(_ message: Bytes) {
        let isLast = message.last == UInt8(ascii: "!")
        guard let status = (isLast ? message.dropLast() : message).decimal else { return nil }
        self.init(status: Int32(truncatingIfNeeded: status), isLast: isLast)
    }
}

extension Interpreter {
    /// The option with which thresh is told to serve; its value is the descriptor of the socket.
    package static let serverOption: Bytes = "--serve="

    /// A launch of a process that serves jobs in a copy of this context, after `initializer`. The file must live until the start;
    /// nil, with the message printed, if there is no descriptor left for it.
    package func serverLaunch(_ socket: Int32, initializer: Bytes) -> (launch: Launch, file: OpenFile)? {
        guard let made = capsule(running: initializer) else { return nil }
        var launch = made.launch
        let target = (launch.descriptors.map(\.target).max() ?? 2) + 1
        launch.descriptors.append((target, socket))
        launch.arguments.append(Interpreter.serverOption + Bytes(decimal: target))
        return (launch, made.file)
    }

    /// Serves jobs as the whole life of this process; its exit status.
    package func serveJobs(capsule: Int32, socket: Int32) -> Int32 {
        guard let initializer = openCapsule(capsule) else {
            report("the capsule is damaged")
            return 125
        }
        let server = JobServer(self, UnixSocket(owning: socket))
        return finish { (sh: Interpreter) throws(Unwind) -> Int32 in server.serve(initializer) }
    }
}

/// Thread: the process's main thread.
private final class JobServer {
    private let sh: Interpreter
    private let socket: UnixSocket
    private var last: (source: Bytes, prepared: Prepared)?
    private var lastTemplate: (source: MarkedSource, prepared: Prepared)?

    init(_ sh: Interpreter, _ socket: UnixSocket) {
        self.sh = sh
        self.socket = socket
    }

    func serve(_ initializer: Bytes) -> Int32 {
        let made = Interpreter(copying: sh)
        let status = initializer.isEmpty ? 0 : sh.initialize(initializer)
        // What it has set, its jobs find, whatever the shell sets meanwhile.
        let own = initializer.isEmpty ? ContextChanges() : sh.changes(since: made)
        while let (message, files) = try? socket.receive() {
            if files.isEmpty {
                guard let request = BatchRequest(message) else { return 125 }
                guard answer(request, own, refused: status), status == 0 else { break }
                continue
            }
            guard files.count == 2, let request = JobRequest(message) else { return 125 }
            let output = OpenFile(owning: files[0])
            let errors = OpenFile(owning: files[1])
            let reply: JobReply
            if status == 0 {
                reply = JobReply(status: run(request, own, output, errors), isLast: false)
            } else {
                sh.context.descriptors[2] = errors
                sh.sayInitializerFailed(status)
                reply = JobReply(status: status, isLast: true)
            }
            output.close()
            errors.close()
            guard (try? socket.send(reply.message)) != nil, !reply.isLast else { break }
        }
        return 0
    }

    private func run(
        _ request: JobRequest, _ own: ContextChanges, _ output: OpenFile, _ errors: OpenFile
    ) -> Int32 {
        let saved = (sh.context, sh.separators, sh.encoding, sh.sourceName)
        defer { (sh.context, sh.separators, sh.encoding, sh.sourceName) = saved }
        sh.apply(request.changes)
        sh.apply(own)
        sh.context.descriptors[1] = output
        sh.context.descriptors[2] = errors
        if !request.directory.isEmpty { sh.enter(request.directory) }
        if !request.slotVariable.isEmpty {
            sh.assign(request.slotVariable, Bytes(decimal: request.slot - 1), export: true)
        }
        sh.setJob(sequence: request.sequence, slot: request.slot)
        guard let prepared = prepare(request) else { return 2 }
        return sh.run(prepared)
    }

    private func command(_ words: [Bytes]) -> SimpleCommand {
        SimpleCommand(words: words.map { Word([.singleQuoted($0)]) }, position: .start)
    }

    /// Runs the jobs of a template, and answers each; false if there is nobody who listens.
    private func answer(_ request: BatchRequest, _ own: ContextChanges, refused: Int32) -> Bool {
        let saved = (sh.context, sh.separators, sh.encoding, sh.sourceName, sh.placeholders)
        defer { (sh.context, sh.separators, sh.encoding, sh.sourceName, sh.placeholders) = saved }
        let output = MemoryOutput()
        let errors = MemoryOutput()
        sh.apply(request.changes)
        sh.apply(own)
        sh.context.descriptors[1] = OpenFile(memory: output)
        sh.context.descriptors[2] = OpenFile(memory: errors)
        sh.captures = [output, errors]
        defer { sh.captures = [] }
        if !request.slotVariable.isEmpty {
            sh.assign(request.slotVariable, Bytes(decimal: request.slot - 1), export: true)
        }
        let prepared = prepare(request.template)
        for (sequence, values) in request.jobs {
            sh.placeholders = values
            sh.setJob(sequence: sequence, slot: request.slot)
            let started = Clock.realtimeMicroseconds()
            var status = refused
            if refused != 0 { sh.sayInitializerFailed(refused) } else { status = prepared.map { sh.run($0) } ?? 2 }
            output.drain()
            errors.drain()
            let reply = BatchReply(
                status: status, started: started, runtime: Clock.realtimeMicroseconds() &- started,
                output: output.bytes, errors: errors.bytes)
            output.bytes.removeAll()
            errors.bytes.removeAll()
            guard (try? socket.send(reply.message)) != nil else { return false }
        }
        return true
    }

    private func prepare(_ template: MarkedSource) -> Prepared? {
        if let lastTemplate, lastTemplate.source == template { return lastTemplate.prepared }
        var options = sh.parserOptions()
        options.placeholders = CapsulePlaceholders(key: template.key)
        guard let list = try? Parser.parse(template.source, options: options) else { return nil }
        let prepared = subshell(list)
        lastTemplate = (template, prepared)
        return prepared
    }

    private func subshell(_ list: List) -> Prepared {
        Prepared(List([ListItem(first: Pipeline([.compound(.subshell(list), redirections: [], position: .start)]))]))
    }

    /// The command as a subshell.
    private func prepare(_ request: JobRequest) -> Prepared? {
        if request.words.isEmpty, let last, last.source == request.source { return last.prepared }
        var list = List([ListItem(first: Pipeline([.simple(command(request.words))]))])
        if request.words.isEmpty {
            do throws(ParseError) { list = try Parser.parse(request.source, options: sh.parserOptions()) } catch {
                sh.writeError("thresh: " + error.render(name: "job"))
                return nil
            }
        }
        let prepared = subshell(list)
        if request.words.isEmpty { last = (request.source, prepared) }
        return prepared
    }
}
