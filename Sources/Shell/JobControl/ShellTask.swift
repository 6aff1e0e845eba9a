// A command at the prompt that the shell runs itself, a loop or a function, and that Ctrl-Z can stop all the same.
//
// Nothing is forked, and what a loop has on its stack cannot be moved. So the stack stays where it is: a command of this kind runs
// on a thread of its own from the start, by an interpreter that has taken over the state of the prompt's, while the prompt's thread
// waits. When the command has ended, the state is given back, and nobody can tell the difference.
//
// Ctrl-Z makes the command stand still between two of its commands, or while it waits for one. It then gives the prompt's interpreter
// the shell's state as it is at that moment, without what is bound to the rest of the command: local variables of functions,
// assignments before commands, redirections. From there on the command is a subshell: it goes on with a copy, and what it assigns
// stays with it. `fg` lets it have the terminal and the signals again, `bg` lets it go on beside the prompt.

import Bytes
import Glibc
import Platform
import Syntax

/// Thread: made and waited for by the prompt's, its body runs on another; `condition` guards the state.
package final class ShellTask: @unchecked Sendable {
    package enum State: Equatable, Sendable {
        case inFront
        case inBackground
        case stopped(Int32)
        case ended(Int32)
    }

    /// The command as it was entered, on one line.
    package let command: Bytes
    private let condition = Condition()
    private var current = State.inFront
    private var text = Bytes()
    private var poolJobs = 0
    private let items: [Node]
    /// Where the last simple command of the line stands, which leaves nothing to do when it has ended.
    let tail: Position?
    /// The prompt's interpreter, until the command was stopped for the first time.
    private var prompt: Interpreter?
    private let runner: Interpreter
    /// The state before the item of the line that runs now.
    private var base: (context: Context, jobs: JobTable, separators: FieldSeparators, encoding: CharacterEncoding)
    /// With which status the shell is to end.
    private(set) var exitStatus: Int32?

    init(_ list: List, _ items: [Node], on prompt: Interpreter) {
        command = Printer.oneLine(list)
        self.items = items
        tail = ShellTask.tail(of: items)
        self.prompt = prompt
        runner = Interpreter(takingOver: prompt)
        base = (runner.context, runner.jobs, runner.separators, runner.encoding)
    }

    private static func tail(of items: [Node]) -> Position? {
        var last = items.last
        if let list = last as? AndOrNode, list.rest.count > 0 {
            last = list.rest[list.rest.count - 1].takeUnretainedValue().node
        }
        return (last as? SimpleCommandNode)?.position ?? (last as? PipelineNode)?.position
    }

    package var state: State { condition.withLock { current } }

    var isInFront: Bool { state == .inFront }

    /// What the command says of itself in the list of jobs.
    package var note: Bytes { condition.withLock { text } }

    /// How many jobs of a pool it runs now.
    var runningJobs: Int {
        condition.withLock {
            if case .ended = current { return 0 }
            return poolJobs
        }
    }

    func say(_ note: Bytes, runningJobs: Int) {
        condition.withLock { (text, poolJobs) = (note, runningJobs) }
    }

    private func become(_ state: State) {
        condition.withLock {
            current = state
            condition.broadcast()
        }
    }

    // MARK: The prompt's side

    /// Runs the command until it ends or stops; false if there is no thread for it.
    func start() -> Bool {
        Signals.accept(false)
        defer { Signals.accept(true) }
        runner.task = self
        do throws(Errno) {
            try Threads.run { self.run() }
        } catch {
            runner.task = nil
            giveBack()
            return false
        }
        _ = waitWhileInFront()
        return true
    }

    func waitWhileInFront() -> State {
        condition.withLock {
            while current == .inFront { condition.wait() }
            return current
        }
    }

    /// Lets the stopped command go on.
    func resume(inFront: Bool) {
        runner.cancellation.signal(SIGCONT)
        become(inFront ? .inFront : .inBackground)
    }

    /// Stops a command that runs in the background, so that it can take the signals when it goes on in front.
    func stopForAMoment() {
        signal(SIGSTOP)
        let deadline = Clock.monotonicNanoseconds() + 500_000_000
        condition.withLock {
            while current == .inBackground, condition.wait(until: deadline) {}
        }
    }

    /// Gives the command the terminal until it ends or stops. One that could not be stopped before hears of signals through here.
    func continueInFront() -> State {
        if case .stopped = state {
            resume(inFront: true)
            return waitWhileInFront()
        }
        runner.cancellation.signal(SIGCONT)
        _ = runner.cancellation.takeStop()
        condition.withLock { if current == .inBackground { current = .inFront } }
        Signals.accept(true)
        defer { Signals.accept(false) }
        while true {
            let now = condition.withLock {
                if current == .inFront { _ = condition.wait(until: Clock.monotonicNanoseconds() + 50_000_000) }
                return current
            }
            guard now == .inFront else { return now }
            let signals = Signals.pending ? Signals.takePending() : SignalSet()
            if signals.contains(SIGINT) { signal(SIGINT) }
            if signals.contains(SIGTSTP) { signal(SIGTSTP) }
        }
    }

    /// What a signal to the whole job does.
    func signal(_ signal: Int32) {
        switch signal {
        case 0: break
        case SIGCONT: if case .stopped = state { resume(inFront: false) }
        case SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU:
            runner.cancellation.askToStop()
            runner.cancellation.signal(signal == SIGTSTP ? SIGTSTP : SIGSTOP)
        case SIGUSR1, SIGUSR2, SIGWINCH, SIGCHLD, SIGURG: runner.cancellation.signal(signal)
        default:
            runner.cancellation.cancel(for: signal)
            runner.cancellation.signal(signal)
            runner.cancellation.signal(SIGCONT)
            condition.withLock { condition.broadcast() }
        }
    }

    // MARK: The command's side

    private func run() {
        Signals.accept(true)
        var status: Int32 = 0
        do throws(Unwind) {
            status = try runner.runUnabandoned { (sh: Interpreter) throws(Unwind) -> Int32 in
                var status: Int32 = 0
                for item in items {
                    base = (sh.context, sh.jobs, sh.separators, sh.encoding)
                    status = try item.run(sh)
                    sh.context.status = status
                }
                return status
            }
            if runner.has(.onecmd) { exitStatus = status }
        } catch {
            runner.recover()
            runner.wasAbandoned = true
            status = runner.context.status
            if case .cancelled = error { status = 128 + runner.cancellation.signal }
            if case .exit = error { exitStatus = status }
        }
        Signals.accept(false)
        if prompt != nil { giveBack() } else { runner.flushOutput() }
        // What it opened would else stay open as long as the job is in the table.
        runner.context.descriptors = DescriptorTable()
        runner.task = nil
        become(.ended(status))
    }

    private func giveBack() {
        prompt?.exchangeState(with: runner)
        prompt = nil
    }

    /// Stands still until somebody lets the command go on; whether it is in front then, nil if it is to end.
    func stop(by signal: Int32) -> Bool? {
        if prompt != nil { leavePrompt() }
        return condition.withLock {
            current = .stopped(signal)
            condition.broadcast()
            while true {
                if runner.cancellation.isCancelled {
                    current = .inBackground
                    return nil
                }
                switch current {
                case .inFront: return true
                case .inBackground: return false
                default: condition.wait()
                }
            }
        }
    }

    /// Gives the prompt the state as it is now, and becomes a subshell.
    private func leavePrompt() {
        guard let prompt else { return }
        self.prompt = nil
        runner.isMain = false
        runner.identity = Interpreter.nextIdentity()
        runner.context.workingDirectory.hold()
        runner.context.descriptors.materialize()
        prompt.exchangeState(with: runner)
        runner.context = prompt.context
        runner.context.separate()
        (runner.separators, runner.encoding) = (prompt.separators, prompt.encoding)
        (runner.terminal, runner.ownIgnoredSignals) = (prompt.terminal, prompt.ownIgnoredSignals)
        runner.jobs = JobTable()
        // What functions have put off is the command's, the rest the shell's.
        runner.deferred = prompt.deferred.filter { $0.depth > 0 }
        prompt.deferred.removeAll { $0.depth > 0 }
        if runner.subshellDepth > prompt.subshellDepth {
            prompt.context = base.context
            prompt.jobs = base.jobs
            (prompt.separators, prompt.encoding) = (base.separators, base.encoding)
        } else {
            var temporaries = runner.temporaries
            for (depth, scope) in runner.localScopes.enumerated().reversed() {
                while let last = temporaries.last, last.depth > depth {
                    temporaries.removeLast()
                    prompt.restore(last.id, last.saved)
                }
                for local in scope.reversed() { prompt.restore(local.id, local.saved) }
            }
            for temporary in temporaries.reversed() { prompt.restore(temporary.id, temporary.saved) }
            prompt.context.positional = base.context.positional
            prompt.context.descriptors = base.context.descriptors
            prompt.context.getoptsPlace = base.context.getoptsPlace
        }
        base.context.descriptors = DescriptorTable()
    }
}

extension Interpreter {
    /// An interpreter for a command at the prompt, which has the prompt's state while it runs.
    convenience init(takingOver prompt: Interpreter) {
        self.init(beside: prompt)
        cancellation.recordChildren()
        exchangeState(with: prompt)
    }

    /// Swaps all that belongs to the shell and not to the command that runs.
    func exchangeState(with other: Interpreter) {
        swap(&context, &other.context)
        swap(&jobs, &other.jobs)
        swap(&terminal, &other.terminal)
        swap(&ownIgnoredSignals, &other.ownIgnoredSignals)
        swap(&exitWarning, &other.exitWarning)
        swap(&endingSignal, &other.endingSignal)
        swap(&statusBeforeEnd, &other.statusBeforeEnd)
        swap(&wasAbandoned, &other.wasAbandoned)
        swap(&pipelineStatuses, &other.pipelineStatuses)
        swap(&statusesAreCurrent, &other.statusesAreCurrent)
        swap(&separators, &other.separators)
        swap(&formerSeparators, &other.formerSeparators)
        swap(&encoding, &other.encoding)
        swap(&random, &other.random)
        swap(&functionLimit, &other.functionLimit)
        swap(&ignoredNames, &other.ignoredNames)
        swap(&secondsStart, &other.secondsStart)
        swap(&coprocesses, &other.coprocesses)
        swap(&substitutedProcesses, &other.substitutedProcesses)
        swap(&preparedSources, &other.preparedSources)
        swap(&hasTracedFunctions, &other.hasTracedFunctions)
        swap(&foreignEnvironment, &other.foreignEnvironment)
        swap(&subshellSignals, &other.subshellSignals)
        swap(&companion, &other.companion)
        swap(&deferred, &other.deferred)
        (stack.last, other.stack.last) = (other.stack.last, stack.last)
    }

    /// Runs a command at the prompt so that it can be stopped, if it is one that the shell runs itself; nil if it is not, or cannot.
    func runAsTask(_ list: List, _ node: Node) -> ShellTask? {
        guard has(.interactive), isMain, task == nil, terminal != nil, controlsJobs, !isProcess(node) else {
            return nil
        }
        let items = (node as? SequenceNode)?.items.all ?? [node]
        let task = ShellTask(list, items, on: self)
        try? Signals.watch(SIGTSTP)
        defer { trapChanged(SIGTSTP) }
        guard task.start() else { return nil }
        if case .stopped(let signal) = task.state {
            let modes = takeTerminalBack()
            noteStop(jobs.add(task, modes: modes))
            context.status = 128 + signal
        }
        return task
    }

    /// Whether a command is just a process or several, or a built-in that does not wait.
    private func isProcess(_ node: Node) -> Bool {
        switch node {
        case let traced as TracedNode: return isProcess(traced.body)
        case let pipeline as PipelineNode: return !pipeline.endsInShell(self)
        case is SubshellNode, is TestCommandNode, is FunctionDefinitionNode: return true
        case is AsynchronousNode: return true
        case let command as SimpleCommandNode:
            guard let name = command.constantName else { return false }
            switch meaning(of: name) {
            case .external:
                if case .missing = externalMeaning(of: name) { return false }
                return true
            case .builtin(let builtin):
                if builtin.kind == .primitive { return false }
                return !PipelineNode.slow.contains(name) || name == "fg" || name == "bg" || name == "exec"
            case .function, .missing: return false
            }
        default: return false
        }
    }

    /// Stops the command at the prompt that this interpreter runs, here and now; it goes on when somebody has let it.
    ///
    /// - Returns: false if it is to end instead.
    package func pauseTask(by signal: Int32) -> Bool {
        guard let task else { return true }
        if !output.isEmpty { flushOutput() }
        actsOnSignals = false
        Signals.accept(false)
        guard let isInFront = task.stop(by: signal) else { return false }
        actsOnSignals = isInFront
        if isInFront { Signals.accept(true) }
        return true
    }

    /// Whether this interpreter runs a command at the prompt that can be stopped.
    package var isTask: Bool { task != nil }

    /// Whether the terminal is for what runs here.
    package var isInFront: Bool { task?.isInFront ?? true }

    /// The signal for which the command is to end, if it is.
    package var endOfTask: Int32? { task != nil && cancellation.isCancelled ? cancellation.signal : nil }

    /// Whether somebody wants the command to stop, which is said only once.
    package func takeStopOfTask() -> Bool { task != nil && cancellation.takeStop() }

    /// What the command says of itself in the list of jobs.
    ///
    /// - Parameter runningJobs: how many jobs of a pool it runs now.
    package func noteTask(_ text: Bytes, runningJobs: Int) { task?.say(text, runningJobs: runningJobs) }

    /// How many jobs of pools run now in the commands that were sent to the background: `\P` of prompts.
    var runningParallelJobs: Int { jobs.jobs.reduce(0) { $0 + ($1.task?.runningJobs ?? 0) } }

    /// Does again with a signal what the shell does, after something has watched it for a while.
    package func handleAsBefore(_ signal: Int32) {
        if signal == SIGTSTP && task != nil { return }
        trapChanged(signal)
    }

    func stopTask(by signal: Int32) throws(Unwind) {
        if !pauseTask(by: signal) { throw .cancelled }
    }

    /// Lets a stopped command of the shell's have the terminal again, until it ends or stops.
    func continueInFront(_ task: ShellTask, number: Int, modes: Terminal.Modes?) throws(Unwind) -> Int32 {
        if let terminal, let modes { try? Terminal.setModes(modes, of: terminal.descriptor) }
        try? Signals.watch(SIGTSTP)
        if task.state == .inBackground { task.stopForAMoment() }
        Signals.accept(false)
        let state = task.continueInFront()
        Signals.accept(true)
        if self.task == nil { trapChanged(SIGTSTP) }
        let left = takeTerminalBack()
        guard let index = jobs.jobs.firstIndex(where: { $0.number == number }) else { return 0 }
        jobs.update(index)
        switch state {
        case .ended(let status):
            jobs.remove(index)
            return status
        case .stopped(let signal):
            jobs[index].modes = left
            noteStop(number)
            return 128 + signal
        case .inFront, .inBackground: return 0
        }
    }
}
