// The runner: takes jobs from the feed, gives each a slot and a vehicle, collects what it prints, hands that on when its
// turn has come, and acts on its end. One thread, one event loop; it sleeps only in `wait`.
//
//     feed ──▶ slots ──▶ process │ thread │ worker ──▶ order queue ──▶ sinks: output, results, job log, progress
//
// The parts: PoolRunner+Starting (feed to vehicle), +Reading (pipes, ends), +Ending (retry, halt, sinks), +Batches (jobs of
// built-ins), +Signals (what the user says meanwhile). Policies are values that know nothing of processes: `Halting`,
// `Retrying`, `Slots`, `ResourceGates`, `OrderQueue`, `TerminationSequence`.

import Bytes
import DequeModule
import Glibc
import Platform
import Shell
import Syntax

/// One run of a pool.
///
/// Thread: the one that called `runPool`.
final class PoolRunner {
    enum Phase: Comparable {
        /// Jobs are started.
        case running
        /// No more jobs are started; those that run finish.
        case finishing
        /// Those that run are being ended.
        case terminating
        /// By SIGKILL.
        case killing
    }

    /// What an event's token says besides the job's place in the table.
    enum Token {
        static let process: UInt64 = 0
        static let output: UInt64 = 1
        static let error: UInt64 = 2
        static let input: UInt64 = 3
        static let signals: UInt64 = 4
        static let turn: UInt64 = 5
        static let shift: UInt64 = 3
    }

    /// How long a short job is left alone before its pipes are watched: most are over by then, and are read once.
    static let youth: UInt64 = 2_000_000
    /// How long the pipes of an ended job may stay open in the hands of what it left behind.
    static let drainTime: UInt64 = 100_000_000

    /// How many jobs, or batches, may have started and not been handed on.
    private static let orderBound = 65_536
    private static let batchBound = 2_048

    /// Ended jobs wait behind one that has not: no more are started, since their memory has a bound, too.
    var isOrderFull: Bool { order.count >= (inProcess == nil ? PoolRunner.orderBound : PoolRunner.batchBound) }
    static let descriptorResource = Int32(bitPattern: UInt32(RLIMIT_NOFILE.rawValue))

    /// How long a thread that was told to end is waited for.
    static let threadPatience: UInt64 = 2_000_000_000

    let options: RunOptions
    let template: JobTemplate?
    /// The template's command, if that is prepared.
    private let prepared: Prepared?
    let shell: Interpreter
    /// Expands the words of external commands; its context is never the shell's own.
    let resolver: Interpreter
    /// Describes the processes of jobs that need one of their own.
    let capsuler: Interpreter
    let loop: EventLoop
    let threads: ThreadJobs
    let sink: OutputSink
    let input: JobSource
    let nullInput: OpenFile
    /// The program's name in messages.
    let name: Bytes

    var feed: JobFeed
    let slots: Slots
    var jobLimit: WatchedLimit
    let slotMaximum: Int
    var gates: ResourceGates
    var halting: Halting
    let retrying: Retrying
    var median = RuntimeMedian()
    var order: OrderQueue
    var jobLog: JobLog?
    var resultTable: ResultTable?
    var finishedBefore = SequenceSet()

    var phase: Phase = .running
    var counts = RunCounts()
    /// Running and draining jobs, by `index`.
    var jobs: ContiguousArray<RunningJob?> = []
    var freeIndices: [Int] = []
    var activeCount = 0
    /// Jobs whose pipes are not watched yet, in the order of their start.
    var young: Deque<RunningJob> = []
    /// Jobs that wait for a time: draining, or being ended.
    var timedCount = 0
    var isInputWatched = false
    /// The feed has nothing for now; it is asked again once its descriptor can be read.
    var isInputBlocked = false
    var inputEnded = false
    /// The next job wants a slot of its own and all are taken: the queue of the workers gets nothing before it.
    var waitsForSlot = false
    /// Nothing could be started for want of a slot.
    var isDeniedSlot = false
    /// The template's command; nil where each line is one.
    var command: JobCommand?
    var lastLine: (text: Bytes, command: JobCommand)?
    /// Nil where jobs of built-ins run like others.
    var inProcess: InProcessJobs?
    var filling: Batch?
    var unfinishedBatches = 0
    var memoryLook: UInt64 = 0
    var hasGivenInput = false
    var taughtAboutSlots = false
    /// The signal that ended the run early, if one did.
    var stoppedBy: Int32 = 0
    /// The user has asked once to come to an end.
    var wasAsked = false
    /// Those that the run watches, while it is not in the background of a prompt.
    var signals: RunSignals?
    /// Signals that are not for the run; the shell gets them back.
    var postponed = SignalSet()
    var failure: OutputError?
    /// A message has been printed for a failure that is not about output.
    var hasFailed = false
    var directories = JobDirectories()
    /// Jobs whose output has been handed on, but not yet written.
    var toldAfterFlush: [(task: JobTask, outcome: JobOutcome, runtime: UInt64)] = []
    /// What others ask of the run while it goes on.
    let control: RunControl
    /// A turn of the condition of `pwhile`, while it waits for something.
    var turn: Turn?

    init(_ plan: RunPlan, on sh: Interpreter, prepared setup: RunSetup) {
        options = plan.options
        // The commands of a log are whole.
        template = plan.options.resume == .retryFailed ? nil : plan.template
        prepared = plan.prepared
        shell = sh
        loop = setup.loop
        control = setup.control
        sink = setup.sink
        nullInput = setup.nullInput
        jobLog = setup.jobLog
        resultTable = setup.resultTable
        finishedBefore = setup.finishedBefore
        feed = setup.feed
        input = plan.input
        name = "thresh"
        threads = ThreadJobs(loop: setup.loop)
        halting = Halting(plan.options.halt)
        retrying = Retrying(
            attempts: plan.options.retries, firstDelay: plan.options.retryDelay.first,
            factor: plan.options.retryDelay.factor)
        let directory = sh.context.workingDirectory.descriptor
        let processors = setup.processors
        gates = ResourceGates(plan.options, processors: processors, directory: directory)
        jobLimit = WatchedLimit(plan.options.jobs, directory: directory)
        slotMaximum = setup.slotMaximum
        order = OrderQueue(isStrict: plan.options.keepsOrder || plan.options.isDryRun)
        resolver = Interpreter(copying: sh, cancellation: Cancellation())
        resolver.context.descriptors[0] = nullInput
        resolver.assign("PARALLEL_PID", Bytes(decimal: System.processID), export: true)
        resolver.trustsPaths = true
        if let limit = setup.descriptorLimit, resolver.context.limits[PoolRunner.descriptorResource] == nil {
            resolver.context.limits[PoolRunner.descriptorResource] = limit
        }
        capsuler = Interpreter(copying: resolver, cancellation: Cancellation())
        capsuler.shellProcess = 0
        // Has the environment laid out once: each command is resolved in a copy of this context.
        _ = resolver.environmentSize
        _ = jobLimit.refresh(at: Clock.monotonicNanoseconds())
        slots =
            setup.slots ?? Slots(limit: min(jobLimit.limit.slots(processors: processors) ?? processors, slotMaximum))
        processorCount = processors
        isNested = sh.jobSequence > 0
        watchesSignals = setup.watchesSignals && !isNested
        workers = setup.workers
        states = setup.states
    }

    private let processorCount: Int
    let watchesSignals: Bool
    /// Of an open pool: its worker processes, and what its threads are prepared with.
    let workers: WorkerProcesses?
    let states: WorkerStates?
    /// Batches are run by worker processes.
    var remote: RemoteBatches?
    /// For the worker processes: what is different in this run's shell from what they have.
    lazy var changes = workers.map { shell.changes(since: $0.shell) } ?? ContextChanges()
    /// The run is in a job of another one: that acts on signals, and ends this one by cancelling the job.
    let isNested: Bool

    /// The job whose output goes straight through although it is not its turn by order (PoolRunner+Floor).
    var floor: RunningJob?
    /// When the job with the floor printed last.
    var floorMoved: UInt64 = 0
    /// Jobs that wait for the floor with a full pipe.
    var paused: [RunningJob] = []
    var nextLook: UInt64 = 0

    // MARK: The loop

    /// Runs all jobs; the exit status.
    func run() -> Int32 {
        if watchesSignals { signals = RunSignals() }
        defer {
            signals?.end(in: shell, postponed: postponed)
            slots.leave()
        }
        do throws(OutputError) {
            try begin()
            while true {
                // In this order: a slot that a worker has given up must be seen by `startJobs`, since with no worker left
                // nothing else would wake the runner for the job that waits for it.
                try collectBatches()
                try startJobs()
                try handOnReady()
                if isOver { break }
                try sleep()
            }
            try handOnRest()
            try sink.flush()
            try jobLog?.flush()
            tellOfEnds()
            if shell.isTask { noteCounts() }
            if shell.isInFront { try sink.progress?.finish(counts, at: Clock.monotonicNanoseconds()) }
        } catch {
            fail(error)
        }
        inProcess?.stop(cancels: phase >= .terminating)
        directories.removeEmpty()
        return exitStatus
    }

    private func begin() throws(OutputError) {
        if let text = options.shell {
            command = JobCommand(shell: text, in: resolver)
        } else if let list = template?.list {
            command = JobCommand(
                list, prepared: prepared, text: template?.source ?? Bytes(), options, in: shell)
        }
        setUpBatches()
        do throws(Errno) {
            if watchesSignals, Signals.descriptor >= 0 {
                try loop.add(Signals.descriptor, .readable, token: Token.signals)
            } else if isNested {
                let cancelled = shell.cancellation.wakeDescriptor
                if cancelled >= 0 { try loop.add(cancelled, .readable, token: Token.signals) }
            }
        } catch {
            try say("cannot watch for signals: " + error.message)
        }
    }

    private var isOver: Bool {
        guard activeCount == 0, unfinishedBatches == 0 else { return false }
        return phase > .running || (inputEnded && !feed.hasRetries)
    }

    // MARK: Waiting

    func sleep() throws(OutputError) {
        try sink.flush()
        try jobLog?.flush()
        tellOfEnds()
        if shell.isTask { noteCounts() }
        slots.rest(wanting: phase == .running && (waitsForSlot || isDeniedSlot))
        let hasMore =
            phase == .running && !inputEnded && !isInputBlocked && !waitsForSlot && !isOrderFull && turn == nil
        if let inProcess, !inProcess.prepareToSleep(hasMore: hasMore && canFill) { return }
        var caught: OutputError?
        do throws(Errno) {
            try loop.wait(until: deadline()) { token, ready in
                guard caught == nil else { return }
                do throws(OutputError) { try handle(token) } catch { caught = error }
            }
        } catch {
            throw OutputError(place: .standardError, errno: error)
        }
        if let caught { throw caught }
        inProcess?.wokeUp()
        yieldSlots()
        try handleSignals()
        try handleControl()
        try handleThreadEnds()
        try handleTimes()
    }

    /// The batch queue could take more.
    private var canFill: Bool { inProcess.map { $0.workerCount > 0 } ?? false }

    private func handle(_ token: UInt64) throws(OutputError) {
        let kind = token & (1 << Token.shift - 1)
        switch kind {
        case Token.input:
            loop.remove(inputDescriptor)
            isInputWatched = false
            isInputBlocked = false
        case Token.signals:
            break
        case Token.turn:
            turn?.isReady = true
        default:
            guard let job = jobs[Int(token >> Token.shift)] else { return }
            switch kind {
            case Token.process: try processEnded(job)
            case Token.output: try read(job, isError: false)
            default: try read(job, isError: true)
            }
        }
    }

    var inputDescriptor: Int32 = -1

    /// When something is to be done although nothing happens.
    private func deadline() -> UInt64? {
        var earliest = UInt64.max
        if let first = young.first { earliest = min(earliest, first.startedAt + PoolRunner.youth) }
        if let due = order.due, floor == nil { earliest = min(earliest, due) }
        if !paused.isEmpty { earliest = min(earliest, nextLook) }
        if phase == .running {
            if let due = feed.pauseEnd, !isDeniedSlot { earliest = min(earliest, due) }
            if let due = gateDue { earliest = min(earliest, due) }
            if jobLimit.isFile { earliest = min(earliest, Clock.monotonicNanoseconds() + 1_000_000_000) }
        }
        if timedCount > 0 || timeLimit != nil {
            for case let job? in jobs { earliest = min(earliest, due(job)) }
        }
        if let due = turn?.deadline { earliest = min(earliest, due) }
        if gates.watchesMemory && activeCount > 0 { earliest = min(earliest, memoryLook) }
        if let progress = sink.progress { earliest = min(earliest, progress.due) }
        // In the background of a prompt nothing wakes the runner for what is asked of it.
        if shell.isTask && !shell.isInFront { earliest = min(earliest, Clock.monotonicNanoseconds() + 100_000_000) }
        return earliest == .max ? nil : earliest
    }

    /// When a gate that is closed is to be asked again.
    var gateDue: UInt64?

    private func due(_ job: RunningJob) -> UInt64 {
        if let termination = job.termination { return termination.due }
        if job.state == .draining { return job.drainsUntil }
        if let limit = timeLimit, job.state == .running { return job.startedAt + limit }
        return .max
    }

    /// How long a job may run now, in nanoseconds.
    private var timeLimit: UInt64? {
        switch options.timeLimit {
        case nil: nil
        case .nanoseconds(let limit): limit
        case .percentOfMedian(let percent): median.value.map { UInt64(Double($0) * percent / 100) }
        }
    }

    private func handleTimes() throws(OutputError) {
        if young.isEmpty && paused.isEmpty && timedCount == 0 && options.timeLimit == nil && !gates.watchesMemory
            && !jobLimit.isFile
            && sink.progress == nil
        {
            return
        }
        let now = Clock.monotonicNanoseconds()
        lookAtFloor(now)
        while let first = young.first, first.startedAt + PoolRunner.youth <= now || first.isWatched {
            young.removeFirst()
            if first.state == .running && !first.isWatched { try watch(first) }
        }
        if timedCount > 0 || options.timeLimit != nil {
            for case let job? in jobs where due(job) <= now { try timePassed(job, now) }
        }
        if jobLimit.isFile, jobLimit.refresh(at: now) {
            slots.limit = min(jobLimit.limit.slots(processors: processorCount) ?? processorCount, slotMaximum)
        }
        if gates.watchesMemory && now >= memoryLook {
            memoryLook = now + 1_000_000_000
            if gates.mustFreeMemory() { endYoungest(now) }
        }
        if let progress = sink.progress, phase < .terminating {
            counts.running = activeCount + unfinishedBatches
            counts.total = totalForProgress
            try sink.output.flush()
            if shell.isInFront && sink.output.isAtLineStart {
                try progress.update(counts, at: now)
            } else {
                progress.postpone(at: now)
            }
        }
    }

    /// Says in the list of jobs how far the run is.
    func noteCounts() {
        counts.running = activeCount + unfinishedBatches
        counts.total = totalForProgress
        shell.noteTask(Progress.text([], counts, elapsed: 0, width: 80), runningJobs: counts.running)
    }

    private var totalForProgress: Int? {
        if let total = options.totalJobs { return total }
        guard let total = feed.total else { return nil }
        return total - counts.skipped
    }

    // MARK: Messages and the end

    /// `thresh: text` on standard error.
    func say(_ text: Bytes) throws(OutputError) {
        var line = name
        line.append(": ")
        line.append(text)
        line.append("\n")
        try sink.message(line)
    }

    /// Output can't be handed on any more: everything is ended, and the error told.
    private func fail(_ error: OutputError) {
        failure = error
        sink.abandon()
        if !error.isClosedPipe { try? say(error.message) }
        phase = max(phase, .terminating)
        let now = Clock.monotonicNanoseconds()
        _ = feed.stop()
        inProcess?.stop(cancels: true)
        terminateAll(now)
        // Nothing is read any more: jobs that write meet closed pipes, those that don't meet the signals.
        for case let job? in jobs {
            unwatch(job)
            job.standardOutput.discard(&sink.pool)
            job.standardError.discard(&sink.pool)
        }
        while activeCount > 0 {
            var ended: [RunningJob] = []
            try? loop.wait(until: deadline()) { token, _ in
                guard token & 7 == Token.process, let job = self.jobs[Int(token >> Token.shift)] else { return }
                ended.append(job)
            }
            for job in ended { reap(job, at: Clock.monotonicNanoseconds()) }
            for (number, _) in threads.takeEnded() { job(onThread: number)?.vehicle = .none }
            let now = Clock.monotonicNanoseconds()
            if Signals.pending && !Signals.takePending().isEmpty {
                for case let job? in jobs { job.termination?.skipToKill(at: now) }
            }
            for case let job? in jobs { abandon(job, now) }
        }
        // Workers end at their next command.
        while unfinishedBatches > 0, let collected = inProcess?.collect() {
            unfinishedBatches -= collected.finished.count
            unfinishedBatches += collected.splits.count
            if unfinishedBatches > 0 { Clock.sleep(until: Clock.monotonicNanoseconds() + 1_000_000) }
        }
    }

    private var exitStatus: Int32 {
        if let failure { return failure.isClosedPipe ? 128 + SIGPIPE : 255 }
        if hasFailed { return 255 }
        if stoppedBy != 0 { return 128 + stoppedBy }
        return halting.exitStatus(started: counts.started)
    }
}
