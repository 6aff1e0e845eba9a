// Asynchronous lists (2.9.3): `… &`. `$!` is always a real process: an external command is started as it is, anything else in
// a capsule, a new thresh that gets a copy of the context. Of a pipeline each stage is such a process, and `$!` is the last.

import Bytes
import Glibc
import Platform
import Syntax

final class AsynchronousNode: Node, @unchecked Sendable {
    let body: Node
    /// What a capsule runs.
    let item: ListItem
    /// What `jobs` shows.
    private let shown: ListItem
    let position: Position

    init(body: Node, item: ListItem, shown: ListItem? = nil, position: Position) {
        self.body = body
        self.item = item
        self.shown = shown ?? item
        self.position = position
    }

    /// The list as source, without the `&`.
    private func source(_ placeholders: ((Int) -> Bytes)?) -> Bytes {
        var foreground = item
        foreground.isAsynchronous = false
        return Printer.oneLine(List([foreground]), placeholders: placeholders)
    }

    /// What the capsule runs.
    private func capsuleSource(_ sh: Interpreter) -> Bytes {
        if item.rest.isEmpty, !item.first.isNegated, item.first.timing == nil, item.first.commands.count == 1 {
            return AsynchronousNode.source(of: item.first.commands[0], sh)
        }
        return source(sh.capsuleMarks)
    }

    /// What the capsule of one command runs: of `( … )` the inner list, since the process is the subshell.
    private static func source(of command: Command, _ sh: Interpreter) -> Bytes {
        if case .compound(.subshell(let list), let redirections, _) = command, redirections.isEmpty {
            return Printer.source(of: list, placeholders: sh.capsuleMarks)
        }
        return Printer.source(of: command, placeholders: sh.capsuleMarks)
    }

    /// The parts of `( … ) >file`. What is redirected before the process begins is the process's own, as are the subshell's traps;
    /// the whole as source would make a process within a process.
    private static func redirectedSubshell(_ body: Node) -> (list: List, redirections: [RedirectionNode])? {
        guard let redirected = body as? RedirectedNode else { return nil }
        let subshell = (redirected.body as? NamedNode)?.body ?? redirected.body
        guard let list = (subshell as? SubshellNode)?.list else { return nil }
        return (list, redirected.redirections)
    }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 { try start(sh) }

    /// - Parameters:
    ///   - input: descriptor 0 of a coprocess.
    ///   - output: descriptor 1 of a coprocess.
    func start(_ sh: Interpreter, input: OpenFile? = nil, output: OpenFile? = nil) throws(Unwind) -> Int32 {
        sh.position = position
        if !sh.output.isEmpty { sh.flushOutput() }
        sh.jobs.update()
        let isControlled = sh.controlsJobs
        let saved = sh.context
        sh.context.separate()
        defer {
            let pid = sh.context.lastBackground
            sh.context = saved
            sh.context.lastBackground = pid
        }
        var ignored: [Int32] = []
        if !isControlled {
            // Without job control it must not take the shell's input, nor end by Ctrl-C.
            ignored = [SIGINT, SIGQUIT]
            if input == nil, let null = try? System.open("/dev/null", flags: O_RDONLY) {
                sh.context.descriptors[0] = OpenFile(owning: null)
            }
        }
        if let input { sh.context.descriptors[0] = input }
        if let output { sh.context.descriptors[1] = output }
        if let pipeline = body as? PipelineNode { return try start(pipeline, sh, ignored, isControlled) }
        let child: Child
        switch try process(of: body, sh, ignored, isControlled ? .new : nil, source: { capsuleSource(sh) }) {
        case .failure(let status): return status
        case .success(let started): child = started
        }
        note([child], sh, isControlled)
        return 0
    }

    /// Starts all stages of a pipeline.
    private func start(
        _ pipeline: PipelineNode, _ sh: Interpreter, _ ignored: [Int32], _ isControlled: Bool
    ) throws(Unwind) -> Int32 {
        let outer = sh.context.descriptors
        let isGroup = isControlled || sh.givesProcessGroups
        var children: [Child] = []
        var input: OpenFile?
        var failed: Int32 = 0
        for (index, stage) in pipeline.stages.enumerated() {
            var ends: (read: OpenFile, write: OpenFile)?
            if index < pipeline.stages.count - 1 {
                do throws(Errno) {
                    let pipe = try System.pipe()
                    ends = (OpenFile(readingPipe: pipe.read), OpenFile(owning: pipe.write))
                } catch {
                    sh.report("cannot make a pipe: " + error.message)
                    failed = 126
                    break
                }
            }
            sh.context.descriptors = outer
            if let input { sh.context.descriptors[0] = input }
            if let ends { sh.context.descriptors[1] = ends.write }
            let group: Launch.ProcessGroup? = isGroup ? children.first.map { .join($0.pid) } ?? .new : nil
            let simple = (stage as? TracedNode)?.simple ?? stage
            let started = try process(of: simple, sh, ignored, group) {
                AsynchronousNode.source(of: pipeline.commands[index], sh)
            }
            input?.close()
            ends?.write.close()
            input = ends?.read
            switch started {
            case .failure(let status): failed = status
            case .success(let child): children.append(child)
            }
            if failed != 0 { break }
        }
        input?.close()
        sh.context.descriptors = outer
        if !children.isEmpty { note(children, sh, isControlled) }
        return failed
    }

    /// Starts the process of a command. If the command can't be begun, which is said, the process is one that has its status:
    /// whoever waits is to learn that. The status if there can be no process at all.
    private func process(
        of command: Node, _ sh: Interpreter, _ ignored: [Int32], _ group: Launch.ProcessGroup?, source: () -> Bytes
    ) throws(Unwind) -> Interpreter.Attempt<Child> {
        var capsule: OpenFile?
        defer { withExtendedLifetime(capsule) {} }
        let failed: Int32
        do throws(Unwind) {
            switch try launch(command, sh, &capsule, source) {
            case .failure(let status): failed = status
            case .success(let launch): return start(launch, sh, ignored, group)
            }
        } catch {
            if case .cancelled = error { throw error }
            failed = sh.context.status
        }
        guard let stand = sh.capsule(running: "exit " + Bytes(decimal: failed)) else { return .failure(failed) }
        defer { withExtendedLifetime(stand.file) {} }
        return start(stand.launch, sh, ignored, group)
    }

    private func start(
        _ launch: Launch, _ sh: Interpreter, _ ignored: [Int32], _ group: Launch.ProcessGroup?
    ) -> Interpreter.Attempt<Child> {
        var launch = launch
        for signal in ignored { launch.ignoredSignals.insert(signal) }
        // What runs in the background may outlive the process that has started it.
        if !sh.cancellation.endsWithThresh { launch.parentDeathSignal = 0 }
        if let group { launch.processGroup = group }
        return sh.start(launch)
    }

    /// Makes the processes a job.
    private func note(_ children: [Child], _ sh: Interpreter, _ isControlled: Bool) {
        guard let last = children.last else { return }
        sh.context.lastBackground = last.pid
        var shown = shown
        shown.isAsynchronous = false
        let text = sh.has(.posix) ? source(nil) : Printer.bashText(of: List([shown]))
        let number = sh.jobs.add(
            children, command: text, group: isControlled ? children[0].pid : nil, failsByAny: sh.has(.pipefail))
        guard sh.has(.interactive) else { return }
        var notice: Bytes = "["
        notice.append(decimal: number)
        notice.append("] ")
        notice.append(decimal: last.pid)
        notice.append("\n")
        sh.writeError(notice)
    }

    private func launch(
        _ body: Node, _ sh: Interpreter, _ file: inout OpenFile?, _ source: () -> Bytes
    ) throws(Unwind) -> Interpreter.Attempt<Launch> {
        if let command = body as? SimpleCommandNode, command.isPure, try !sh.mayBlock(command.redirections) {
            let base = sh.stack.count
            defer { sh.stack.removeLast(sh.stack.count - base) }
            try command.pushWords(sh)
            let arguments = Arguments(interpreter: sh, base: base, count: sh.stack.count - base)
            if arguments.count > 0, case .external = command.resolved(sh, arguments) {
                if sh.has(.xtrace) { sh.trace(arguments.map { Quoting.traced($0) }) }
                guard try sh.redirect(command.redirections) else { return .failure(1) }
                return try sh.launch(arguments, command.assignments)
            }
        }
        var text: Bytes?
        if let (list, redirections) = AsynchronousNode.redirectedSubshell(body), redirections.allSatisfy(\.isPure),
            try !sh.mayBlock(redirections)
        {
            guard try sh.redirect(redirections) else { return .failure(1) }
            text = Printer.source(of: list, placeholders: sh.capsuleMarks)
        }
        guard let capsule = sh.capsule(running: text ?? source()) else { return .failure(126) }
        file = capsule.file
        return .success(capsule.launch)
    }
}
