// Pipelines (2.9.2). All stages run at the same time: an external command is a child process, anything else but the last
// stage runs on a thread, in a copy of the context. The last stage runs in the context itself, as in ksh and zsh, so that
// `… | read x` does what it says.

import Bytes
import Glibc
import Platform
import Syntax

final class PipelineNode: Node, @unchecked Sendable {
    let stages: [Node]
    /// What a stage is that becomes a process of its own.
    let commands: [Command]
    /// Which stages must be processes: they set traps for signals, or ask for the number of their process.
    private let areProcesses: [Bool]
    let position: Position

    /// - Parameter stages: each with whether it asks for the number of its process.
    init(_ stages: [(node: Node, asks: Bool)], _ commands: [Command], position: Position) {
        self.stages = stages.map(\.node)
        self.commands = commands
        areProcesses = zip(stages, commands).map { stage, command in
            stage.asks && !Preparation.takesPlace(command) || TrapFinder.finds(command)
        }
        self.position = position
    }

    /// A stage that runs beside the shell.
    private enum Running {
        case child(Child)
        case thread(ThreadStage)
        case failed(Int32)
    }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        try sh.checkStack()
        try sh.checkRecursion()
        // On its way down a recursion has no command that ends, after which signals are looked at.
        try sh.checkSignals()
        sh.position = position
        // A pipeline in the foreground of a shell with job control is a job, unless its last stage is the shell itself. Then it
        // can't be stopped, and all its processes stay in the shell's group.
        var isJob = false
        let outerGroup = sh.startingGroup
        if sh.has(.monitor) && sh.controlsJobs {
            isJob = !endsInShell(sh)
            if isJob { sh.startingGroup = 0 } else { sh.jobControlPauses += 1 }
        } else {
            sh.startingGroup = nil
        }
        let isPaused = !isJob && sh.has(.monitor)
        defer {
            sh.startingGroup = outerGroup
            if isPaused && sh.jobControlPauses > 0 { sh.jobControlPauses -= 1 }
        }
        let saved = sh.context.descriptors
        var running: [Running] = []
        running.reserveCapacity(stages.count)
        var input: OpenFile?
        var statuses: [Int32] = []
        var unwind: Unwind?
        var isBroken = false
        do throws(Unwind) {
            for (index, stage) in stages.dropLast().enumerated() {
                // The shell itself tells of simple commands, before they run apart.
                if let traced = stage as? TracedNode, traced.body is SimpleCommandNode { _ = try traced.announce(sh) }
                let ends: (read: Int32, write: Int32)
                do throws(Errno) { ends = try System.pipe() } catch {
                    sh.report("cannot make a pipe: " + error.message)
                    isBroken = true
                    break
                }
                let read = OpenFile(readingPipe: ends.read)
                let write = OpenFile(owning: ends.write)
                if let input { sh.context.descriptors[0] = input }
                sh.context.descriptors[1] = write
                running.append(try begin((stage as? TracedNode)?.simple ?? stage, index, sh, [input, write]))
                sh.context.descriptors = saved
                input = read
            }
            if let input { sh.context.descriptors[0] = input }
            if isJob && !isBroken {
                running.append(try begin(stages[stages.count - 1], stages.count - 1, sh, [input]))
            } else {
                statuses.append(isBroken ? 126 : try runLast(sh))
            }
        } catch {
            unwind = error
            statuses.append(sh.context.status)
        }
        sh.context.descriptors = saved
        input?.close()
        var before: [Int32] = []
        var ended: ArraySlice<Int32> = []
        if isJob {
            let children = running.compactMap { if case .child(let child) = $0 { child } else { nil } }
            sh.startingGroup = nil
            sh.position = position
            do throws(Unwind) {
                ended = try sh.waitForegroundJob(
                    children, command: { commands.map { Printer.bashText(of: $0) }.joined(by: " | ") })[...]
            } catch {
                unwind = error
            }
        }
        for stage in running {
            switch stage {
            case .failed(let status): before.append(status)
            case .child(let child):
                before.append(isJob ? ended.popFirst() ?? sh.context.status : sh.waitForEnd(child).exitStatus)
            case .thread(let thread): before.append(sh.wait(for: thread))
            }
        }
        statuses = before + statuses
        sh.pipelineStatuses = statuses
        sh.statusesAreCurrent = true
        if let unwind { throw unwind }
        try sh.checkRecursion()
        var status = statuses[statuses.count - 1]
        if sh.has(.pipefail), status == 0, let failed = statuses.last(where: { $0 != 0 }) { status = failed }
        sh.context.status = status
        try sh.checkSignals()
        try sh.checkErrexit(status)
        return status
    }

    private func runLast(_ sh: Interpreter) throws(Unwind) -> Int32 {
        let last = stages.count - 1
        guard areProcesses[last], !sh.has(ShoptOptions.lastpipe) else { return try sh.runLastStage(stages[last]) }
        return try sh.runProcessSubshell(List([ListItem(first: Pipeline([commands[last]]))]))
    }

    /// Whether the last stage is something that the shell itself runs: as far as one can say before its words are expanded.
    func endsInShell(_ sh: Interpreter) -> Bool {
        guard sh.has(ShoptOptions.lastpipe) else { return false }
        guard let command = stages[stages.count - 1] as? SimpleCommandNode else { return true }
        guard let name = command.constantName, case .external = sh.meaning(of: name) else {
            return command.constantName != nil
        }
        return false
    }

    /// Built-ins that run others or may wait for long: as stages of a job they must be processes.
    static let slow: Set<Bytes> = [
        ".", "source", "eval", "exec", "command", "builtin", "wait", "fg", "bg", "read", "mapfile", "readarray",
        "parallel",
    ]

    /// Whether a stage is a built-in that ends soon, so that nobody will want to stop it.
    private func isQuick(_ stage: Node, _ sh: Interpreter) -> Bool {
        guard let command = stage as? SimpleCommandNode, let name = command.constantName,
            case .builtin(let builtin) = sh.meaning(of: name)
        else { return stage is TestCommandNode }
        return builtin.kind != .primitive && !PipelineNode.slow.contains(name)
    }

    /// Starts a process that is a stage, as a member of the job if the pipeline is one.
    private func startProcess(_ launch: Launch, _ sh: Interpreter) -> Running {
        var launch = launch
        if let group = sh.startingGroup { sh.lendTerminal(to: &launch, joining: group == 0 ? nil : group) }
        switch sh.start(launch) {
        case .failure(let status): return .failed(status)
        case .success(let child):
            if sh.startingGroup == 0 { sh.startingGroup = child.pid }
            return .child(child)
        }
    }

    /// Starts a stage that runs beside the shell: `files` are the pipe ends that the shell itself gives up with it.
    private func begin(_ stage: Node, _ index: Int, _ sh: Interpreter, _ files: [OpenFile?]) throws(Unwind) -> Running {
        if let command = stage as? SimpleCommandNode, command.isPure,
            let running = try beginDirectly(command, sh, files)
        {
            return running
        }
        if sh.startingGroup != nil && !isQuick(stage, sh) || areProcesses[index] {
            defer { for file in files { file?.close() } }
            guard let capsule = sh.capsule(running: Printer.source(of: commands[index], placeholders: sh.capsuleMarks))
            else { return .failed(126) }
            defer { withExtendedLifetime(capsule.file) {} }
            return startProcess(capsule.launch, sh)
        }
        guard sh.stageNesting < RecursionGuard.maximumNesting, sh.cancellation.recursion.beginStage() else {
            for file in files { file?.close() }
            throw sh.tooManyStages()
        }
        let copy = Interpreter(copying: sh)
        copy.quietStageDepth = stage is SimpleCommandNode ? sh.functionDepth : -1
        copy.stageNesting = sh.stageNesting + 1
        if sh.has(.xtrace), !sh.has(.nounset), let command = stage as? SimpleCommandNode, command.isPure {
            // The lines of the stages come in their order.
            try command.traceAhead(sh)
            copy.hasTracedAhead = true
        }
        return .thread(ThreadStage(stage, copy, files))
    }

    /// Starts an external command whose words the shell itself may expand, since that has no effect; nil if it is no
    /// such command. What would end the shell then, a parameter that is not set under `set -u`, ends the stage.
    private func beginDirectly(
        _ command: SimpleCommandNode, _ sh: Interpreter, _ files: [OpenFile?]
    ) throws(Unwind) -> Running? {
        let base = sh.stack.count
        defer { sh.stack.removeLast(sh.stack.count - base) }
        sh.position = command.position
        let saved = sh.context
        sh.context.separate()
        defer { sh.context = saved }
        do throws(Unwind) {
            guard try !sh.mayBlock(command.redirections) else { return nil }
            try command.pushWords(sh)
            let count = sh.stack.count - base
            let arguments = Arguments(interpreter: sh, base: base, count: count)
            guard count > 0, case .external = command.resolved(sh, arguments) else { return nil }
            sh.context.options.remove(.errexit)
            if sh.has(.xtrace) { sh.trace(arguments.map { Quoting.traced($0) }) }
            defer { for file in files { file?.close() } }
            guard try sh.redirect(command.redirections) else { return .failed(1) }
            switch try sh.launch(arguments, command.assignments) {
            case .failure(let status): return .failed(status)
            case .success(let launch): return startProcess(launch, sh)
            }
        } catch {
            switch error {
            case .error, .abandoned:
                for file in files { file?.close() }
                return .failed(sh.context.status)
            default: throw error
            }
        }
    }
}

extension Interpreter {
    /// Runs the last stage in the context itself. What would end a shell or leave a loop ends only the stage, as in the
    /// shells that run it in a subshell; `set -e` looks at the pipeline's status afterwards.
    fileprivate func runLastStage(_ stage: Node) throws(Unwind) -> Int32 {
        let savedLoopDepth = loopDepth
        defer { loopDepth = savedLoopDepth }
        if !has(ShoptOptions.lastpipe) {
            return try runSubshell { (sh: Interpreter) throws(Unwind) -> Int32 in try stage.run(sh) }
        }
        lastStageDepth += 1
        defer { lastStageDepth -= 1 }
        let savedQuiet = quietStageDepth
        quietStageDepth = stage is SimpleCommandNode || (stage as? TracedNode)?.simple != nil ? functionDepth : -1
        defer { quietStageDepth = savedQuiet }
        do throws(Unwind) { return try stage.run(self) } catch {
            switch error {
            case .cancelled: throw error
            case .breakLoop, .continueLoop: return 0
            case .exit, .error, .returnFromFunction, .abandoned:
                // A signal ends all of the shell.
                if endingSignal != nil { throw error }
                try checkRecursion()
                return context.status
            }
        }
    }
}

/// A stage of a pipeline on a thread of its own.
///
/// Lock: `result`, with the condition that the end is signalled by.
final class ThreadStage: Sendable {
    private let condition = Condition()
    private let result = Mutex<Int32?>(nil)

    init(_ node: Node, _ sh: Interpreter, _ files: [OpenFile?]) {
        let body: @Sendable () -> Void = { [self] in
            let status = sh.runToEnd(node)
            for file in files { file?.close() }
            // What its redirections opened would else live as long as the interpreter, which ends after the stage is told to.
            sh.context.descriptors = DescriptorTable()
            sh.companion = nil
            sh.cancellation.recursion.endStage()
            finish(status)
        }
        do throws(Errno) { try Threads.run(body) } catch {
            if !sh.cancellation.recursion.hasGivenUp { sh.report("cannot start a thread: " + error.message) }
            sh.cancellation.recursion.countError()
            sh.cancellation.recursion.endStage()
            for file in files { file?.close() }
            finish(126)
        }
    }

    private func finish(_ status: Int32) {
        condition.lock()
        result.withLock { $0 = status }
        condition.broadcast()
        condition.unlock()
    }

    /// The status, if the stage has ended.
    var status: Int32? { result.withLock { $0 } }

    func wait() -> Int32 {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let status { return status }
            condition.wait()
        }
    }

    /// Waits at most a moment; nil if it still runs.
    func wait(milliseconds: UInt64) -> Int32? {
        condition.lock()
        defer { condition.unlock() }
        if let status { return status }
        _ = condition.wait(until: Clock.monotonicNanoseconds() + milliseconds * 1_000_000)
        return status
    }
}

extension Interpreter {
    /// Waits for a stage; while this interpreter has captures with pipes, drains them, since the stage may be writing there.
    func wait(for stage: ThreadStage) -> Int32 {
        while captures.contains(where: { $0.readDescriptor != nil }) {
            for capture in captures { capture.drain() }
            if let status = stage.wait(milliseconds: 1) { return status }
        }
        // The stage lives no longer than the process.
        while watchesEnd && actsOnSignals {
            if let status = stage.wait(milliseconds: 50) { return status }
            if mustEndNow() || endingSignal != nil { return 128 + SIGTERM }
        }
        return stage.wait()
    }

    /// Runs a command to its end as a subshell's body: what ends a shell gives the status.
    func runToEnd(_ node: Node) -> Int32 {
        var status: Int32
        do throws(Unwind) {
            status = try node.run(self)
            context.status = status
        } catch {
            status = context.status
            if case .cancelled = error {
                status = 143
                cancelThreads()
            }
        }
        if !deferred.isEmpty { status = endShellScope(status) }
        if context.share != nil { finishThreads() }
        if let final = try? runExitTrap(status) { status = final }
        if !output.isEmpty { flushOutput() }
        return status
    }
}
