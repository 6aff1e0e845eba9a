// Jobs that need no process: built-ins, and functions made of them. They run on worker threads, each in an interpreter of
// its own, with their output in memory; such a job takes about a microsecond, so that everything around it must, too.
//
// The runner hands jobs out in batches. A batch is one job at first and grows while jobs take microseconds, up to 32: one
// lock then serves many jobs. Should a job turn out slow after all, idle workers take the jobs behind it. A worker holds
// one of the pool's slots from its first batch until the runner needs the slot for something else.
//
// Workers wake the runner only when it sleeps and there is something to do for it: the queue runs low, or a batch took so
// long that somebody may be waiting for its output.

import Bytes
import DequeModule
import Platform
import Shell
import Synchronization

/// Lock: `condition` guards all `private var`s.
final class InProcessJobs: @unchecked Sendable {
    /// What the workers need to know about the run; the same for all jobs.
    struct Settings: Sendable {
        /// What each job runs or prints; nil: each has its own command.
        var command: JobCommand?
        var template: JobTemplate?
        /// Print the commands and run nothing.
        var isDryRun: Bool
        /// Print each command before it runs.
        var isVerbose: Bool
        var retrying: Retrying
        /// What workers are prepared with before each job.
        var states: WorkerStates?
        /// The jobs are for worker processes.
        var remote: RemoteBatches?
        /// Note when each job started and how long it took.
        var needsTimes: Bool
        /// Where output goes that memory does not hold.
        var directory: Bytes
    }

    private static let largestBatch = 32
    /// A batch that takes longer makes the next ones smaller.
    private static let longBatch: UInt64 = 1_000_000
    private static let memoryLimit = 1 << 20

    private let settings: Settings
    private let slots: Slots
    private let loop: EventLoop
    private let condition = Condition()
    private let isStopping = Atomic<Bool>(false)

    private var queue: Deque<Batch> = []
    private var finished: [Batch] = []
    /// Batches made of the end of another, which they follow in order.
    private var splits: [(batch: Batch, after: Batch)] = []
    private var workers: [Worker] = []
    private var idle = 0
    /// Workers whose live output waits for the runner; they sleep on the same condition.
    private var stalled = 0
    /// Workers sleep although there may be something to do, since the pool is paused.
    private var isPauseSeen = false
    private var toRetire = 0
    private var retired: [Int] = []
    private var liveBatches: [Batch] = []
    private var runnerSleeps = false
    private var lowWater = 0

    /// How many jobs the runner puts into a batch now. (The runner's own.)
    private(set) var batchSize = 1
    /// (The runner's own.)
    private(set) var workerCount = 0
    private var spare: [Batch] = []

    /// A thread that runs batches.
    final class Worker: @unchecked Sendable {
        let slot: Int
        let interpreter: Interpreter
        let output = MemoryOutput()
        let errors = MemoryOutput()
        var batch: Batch?
        /// The task that runs, to be cancelled.
        fileprivate var cancellation: Cancellation?
        /// The process that runs its jobs.
        fileprivate var process: WorkerProcess?
        let outputFile: OpenFile
        let errorFile: OpenFile

        init(slot: Int, interpreter: Interpreter) {
            self.slot = slot
            self.interpreter = interpreter
            outputFile = OpenFile(memory: output)
            errorFile = OpenFile(memory: errors)
        }
    }

    init(_ settings: Settings, slots: Slots, loop: EventLoop) {
        self.settings = settings
        self.slots = slots
        self.loop = loop
    }

    // MARK: The runner's side

    /// A batch to fill.
    func emptyBatch() -> Batch { spare.popLast() ?? Batch() }

    /// A batch whose output has been handed on.
    func recycle(_ batch: Batch) {
        batch.reset()
        if spare.count < 128 { spare.append(batch) }
    }

    /// Adds a worker, which takes over `slot` and the interpreter.
    func addWorker(slot: Int, interpreter: Interpreter) throws(Errno) {
        let worker = Worker(slot: slot, interpreter: interpreter)
        interpreter.context.descriptors[1] = worker.outputFile
        interpreter.context.descriptors[2] = worker.errorFile
        // Every growth is looked at: a live job's output must not wait for a limit.
        worker.output.limit = 0
        worker.output.onFull = { [unowned self, unowned worker] _ in outputGrew(worker) }
        worker.errors.limit = InProcessJobs.memoryLimit
        worker.errors.onFull = { [unowned self, unowned worker] memory in
            worker.batch?.errors.spill(&memory.bytes, directory: settings.directory)
        }
        condition.withLock { workers.append(worker) }
        do throws(Errno) {
            try Threads.run { self.work(worker) }
        } catch {
            condition.withLock { workers.removeAll { $0 === worker } }
            throw error
        }
        workerCount += 1
    }

    /// Queues a filled batch; true if a further worker would find something to do.
    func submit(_ batch: Batch) -> Bool {
        batch.seal()
        return condition.withLock {
            queue.append(batch)
            if idle > 0 { wakeOne() }
            return queue.count > idle
        }
    }

    /// The queue has room for another batch.
    var hasRoom: Bool { condition.withLock { queue.count < bound } }

    /// Batches wait for a worker.
    var hasQueued: Bool { condition.withLock { !queue.isEmpty } }

    /// How many batches may wait: enough that no worker runs dry while the runner sleeps, few if they are slow.
    private var bound: Int { batchSize >= InProcessJobs.largestBatch ? 48 : 2 * max(workerCount, 1) }

    struct Collected {
        var splits: [(batch: Batch, after: Batch)]
        var finished: [Batch]
        /// Slots that workers have given up.
        var retired: [Int]
        /// What live batches have printed. Taken together with `finished`, since a batch that has ended must have nothing left
        /// on its way.
        var live: [(batch: Batch, piece: Bytes)] = []
    }

    /// What the workers have done since the last call.
    func collect() -> Collected {
        let collected = condition.withLock {
            defer {
                splits.removeAll()
                finished.removeAll(keepingCapacity: true)
                retired.removeAll()
            }
            var collected = Collected(splits: splits, finished: finished, retired: retired)
            guard !liveBatches.isEmpty else { return collected }
            for batch in liveBatches {
                collected.live.append((batch, batch.livePiece))
                batch.livePiece = Bytes()
            }
            liveBatches.removeAll()
            if stalled > 0 { condition.broadcast() }
            return collected
        }
        workerCount -= collected.retired.count
        for batch in collected.finished { adapt(to: batch) }
        return collected
    }

    private func adapt(to batch: Batch) {
        if batch.duration > InProcessJobs.longBatch {
            batchSize = max(batchSize / 4, 1)
        } else if batch.jobs.count >= batchSize && batch.duration < InProcessJobs.longBatch / 8 {
            batchSize = min(batchSize * 2, InProcessJobs.largestBatch)
        }
    }

    /// Before the runner sleeps: false if there is something to collect or to add first.
    ///
    /// - Parameter hasMore: the runner has jobs for the queue.
    func prepareToSleep(hasMore: Bool) -> Bool {
        condition.withLock {
            lowWater = hasMore ? bound / 2 : -1
            guard finished.isEmpty, retired.isEmpty, queue.count > lowWater else { return false }
            runnerSleeps = true
            return true
        }
    }

    func wokeUp() { condition.withLock { runnerSleeps = false } }

    /// Asks an idle worker to give up its slot; false if all are busy.
    func retireOne() -> Bool {
        condition.withLock {
            guard idle > toRetire else { return false }
            toRetire += 1
            wakeOne()
            return true
        }
    }

    /// Asks all idle workers to give up their slots.
    func retireIdle() {
        condition.withLock {
            guard idle > toRetire, queue.isEmpty else { return }
            toRetire = idle
            condition.broadcast()
        }
    }

    /// After a pause of the pool: workers look again for something to do.
    func look() {
        condition.withLock {
            guard isPauseSeen, !slots.pool.isPaused else { return }
            isPauseSeen = false
            condition.broadcast()
        }
    }

    private func wakeOne() {
        if stalled > 0 {
            condition.broadcast()
        } else {
            condition.signal()
        }
    }

    /// All workers end; those that run a job, after it or at its next command.
    ///
    /// - Parameter cancels: end running jobs, too, and forget the queue.
    func stop(cancels: Bool) {
        condition.withLock {
            if cancels {
                isStopping.store(true, ordering: .relaxed)
                for worker in workers {
                    worker.interpreter.cancellation.cancel()
                    worker.cancellation?.cancel()
                    worker.process?.end()
                }
                for batch in queue {
                    batch.isCutShort = true
                    finished.append(batch)
                }
                queue.removeAll()
            }
            toRetire = Int.max / 2
            condition.broadcast()
        }
    }

    /// Takes the batches that have not begun; their jobs are not run.
    func forgetQueue() -> [Batch] {
        condition.withLock {
            defer { queue.removeAll() }
            return Array(queue)
        }
    }

    // MARK: The workers' side

    private func work(_ worker: Worker) {
        condition.lock()
        while true {
            if let batch = nextBatch(for: worker) {
                worker.batch = batch
                condition.unlock()
                run(batch, worker)
                condition.lock()
                worker.batch = nil
                finished.append(batch)
                let isDue = queue.count <= lowWater || queue.isEmpty || batch.duration > InProcessJobs.longBatch
                if runnerSleeps && isDue { wakeRunner() }
                guard slots.mustYield.load(ordering: .relaxed),
                    slots.mustYield.exchange(false, ordering: .relaxed)
                else { continue }
                toRetire += 1
                break
            }
            if toRetire > 0 { break }
            idle += 1
            if !isPauseSeen && workers.contains(where: { $0.batch?.hasUnclaimed ?? false }) {
                // Somebody's batch may turn out slow: look again soon.
                _ = condition.wait(until: Clock.monotonicNanoseconds() + InProcessJobs.longBatch / 2)
            } else {
                condition.wait()
            }
            idle -= 1
        }
        toRetire -= 1
        workers.removeAll { $0 === worker }
        retired.append(worker.slot)
        if runnerSleeps { wakeRunner() }
        condition.unlock()
    }

    /// What the worker does next; nothing while the pool is paused.
    private func nextBatch(for worker: Worker) -> Batch? {
        if slots.pool.isPaused && !isStopping.load(ordering: .relaxed) {
            isPauseSeen = true
            return nil
        }
        return queue.popFirst() ?? steal(worker)
    }

    private func wakeRunner() {
        runnerSleeps = false
        loop.wake()
    }

    /// Takes half of what is left of a batch that has been running for long.
    private func steal(_ thief: Worker) -> Batch? {
        guard !isStopping.load(ordering: .relaxed) else { return nil }
        let now = Clock.monotonicNanoseconds()
        for worker in workers {
            guard let victim = worker.batch,
                victim.beganAt.load(ordering: .relaxed) + InProcessJobs.longBatch / 2 < now,
                let range = victim.takeHalf()
            else { continue }
            let batch = Batch()
            batch.jobs = ContiguousArray(victim.jobs[range])
            if !victim.commands.isEmpty { batch.commands = ContiguousArray(victim.commands[range]) }
            batch.seal()
            splits.append((batch, victim))
            return batch
        }
        return nil
    }

    private func run(_ batch: Batch, _ worker: Worker) {
        batch.slot = worker.slot
        let begin = Clock.monotonicNanoseconds()
        batch.beganAt.store(begin, ordering: .relaxed)
        if let remote = settings.remote { run(batch, worker, remotely: remote) }
        while settings.remote == nil, let index = batch.claim() {
            if isStopping.load(ordering: .relaxed) {
                batch.isCutShort = true
                break
            }
            run(index, of: batch, worker)
        }
        // The batch gets the memory, the worker that of an earlier batch.
        swap(&batch.output.bytes, &worker.output.bytes)
        swap(&batch.errors.bytes, &worker.errors.bytes)
        worker.output.bytes.removeAll()
        worker.errors.bytes.removeAll()
        batch.duration = Clock.monotonicNanoseconds() - begin
        if batch.isKept, !batch.isCutShort, let record = batch.records.first {
            batch.jobs[0].task?.end(
                record.outcome, runtime: record.runtime, output: batch.output.take(), errors: batch.errors.take())
        }
    }

    private func run(_ index: Int, of batch: Batch, _ worker: Worker) {
        let task = batch.jobs[index].task
        let sh = task.map { begin($0, worker) } ?? worker.interpreter
        let started = settings.needsTimes || task != nil ? Clock.realtimeMicroseconds() : 0
        task?.began(slot: batch.slot, at: started)
        let outputStart = batch.output.before + worker.output.bytes.count
        let errorStart = batch.errors.before + worker.errors.bytes.count
        var outcome = JobOutcome.success
        var attempt = 1
        if let state = batch.jobs[index].state { sh.adopt(state) }
        if let template = settings.template {
            if settings.isDryRun || settings.isVerbose {
                print(template.commandText(for: batch.jobs[index], slot: batch.slot), worker)
            }
            if !settings.isDryRun { template.prepare(sh, for: batch.jobs[index], slot: batch.slot) }
        } else if settings.isDryRun || settings.isVerbose {
            print(batch.jobs[index].line ?? Bytes(), worker)
        }
        if !settings.isDryRun, let command = settings.command ?? (batch.commands.isEmpty ? nil : batch.commands[index])
        {
            sh.setJob(sequence: batch.jobs[index].sequence, slot: batch.slot)
            while true {
                outcome = JobOutcome(status: runPrepared(command.prepared, on: sh, slot: batch.slot))
                guard case .again = settings.retrying.verdict(on: outcome, attempt: attempt),
                    !isStopping.load(ordering: .relaxed),
                    forget(outputStart, errorStart, batch, worker)
                else { break }
                attempt += 1
            }
        }
        if isStopping.load(ordering: .relaxed) { batch.isCutShort = true }
        note(
            outcome, of: batch, worker, started: started,
            runtime: started > 0 ? Clock.realtimeMicroseconds() &- started : 0)
    }

    /// The next job of the batch has ended.
    func note(_ outcome: JobOutcome, of batch: Batch, _ worker: Worker, started: UInt64 = 0, runtime: UInt64 = 0) {
        if !outcome.isSuccess { batch.failures += 1 }
        batch.records.append(
            Batch.Record(
                outputEnd: batch.output.before + worker.output.bytes.count,
                errorEnd: batch.errors.before + worker.errors.bytes.count, outcome: outcome, started: started,
                runtime: runtime))
    }

    /// The process that runs the worker's jobs: its own, one that waits, or a new one.
    func process(of worker: Worker, _ remote: RemoteBatches) -> WorkerProcess? {
        if let process = worker.process { return process }
        guard let process = remote.workers.take() ?? (try? remote.workers.start().get()) else { return nil }
        condition.withLock { worker.process = process }
        return process
    }

    func takeProcess(from worker: Worker) -> WorkerProcess? {
        condition.withLock {
            defer { worker.process = nil }
            return worker.process
        }
    }

    /// The jobs are being ended.
    var isStopped: Bool { isStopping.load(ordering: .relaxed) }

    private func runPrepared(_ command: Prepared, on sh: Interpreter, slot: Int) -> Int32 {
        guard let states = settings.states else { return sh.run(command) }
        let saved = sh.context
        defer { sh.context = saved }
        let status = states.prepare(sh, slot: slot)
        guard status == 0 else {
            sh.sayInitializerFailed(status)
            return status
        }
        return sh.run(command)
    }

    /// The interpreter for a task: a copy of the shell that handed it in.
    private func begin(_ task: JobTask, _ worker: Worker) -> Interpreter {
        guard let shell = task.shell else { return worker.interpreter }
        if task.destination != .own {
            shell.context.descriptors[1] = worker.outputFile
            shell.context.descriptors[2] = worker.errorFile
        }
        condition.withLock { worker.cancellation = shell.cancellation }
        return shell
    }

    private func print(_ text: Bytes, _ worker: Worker) {
        text.withUnsafeBytes { worker.output.append($0) }
        withUnsafeBytes(of: UInt8(ascii: "\n")) { worker.output.append($0.bindMemory(to: UInt8.self)) }
    }

    /// Takes back what a failed attempt has printed; false if that has left the memory already.
    private func forget(_ output: Int, _ errors: Int, _ batch: Batch, _ worker: Worker) -> Bool {
        guard output >= batch.output.before, errors >= batch.errors.before else { return false }
        worker.output.bytes.removeLast(batch.output.before + worker.output.bytes.count - output)
        worker.errors.bytes.removeLast(batch.errors.before + worker.errors.bytes.count - errors)
        return true
    }

    /// A job has printed something.
    private func outputGrew(_ worker: Worker) {
        guard let batch = worker.batch else { return }
        if batch.output.file < 0 && batch.isLive.load(ordering: .relaxed) {
            handOver(batch, worker)
        } else if worker.output.bytes.count >= InProcessJobs.memoryLimit {
            batch.output.spill(&worker.output.bytes, directory: settings.directory)
        }
    }

    /// Gives the runner what a live job has printed; waits while too much of it is on its way.
    private func handOver(_ batch: Batch, _ worker: Worker) {
        condition.withLock {
            while batch.livePiece.count > InProcessJobs.memoryLimit && !isStopping.load(ordering: .relaxed) {
                stalled += 1
                condition.wait()
                stalled -= 1
            }
            if batch.livePiece.isEmpty { liveBatches.append(batch) }
            batch.livePiece.append(worker.output.bytes)
            batch.output.gave(worker.output.bytes.count)
            worker.output.bytes.removeAll()
        }
        loop.wake()
    }
}
