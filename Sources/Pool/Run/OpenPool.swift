// A pool that stays open between commands: the same runner as of `parallel`, on a thread of its own, whose jobs are handed in
// while it goes on. Each brings its own command and a copy of the shell's state.
//
//     pool apply ──▶ JobQueue ──▶ PoolRunner (its thread) ──▶ output, or what is kept for `pool result`
//     parallel --pool, pool map ──▶ PoolRunner (the caller's thread)
//                                        └── both take their slots from the pool's `SlotPool`

import Bytes
import Platform
import Shell
import Syntax

/// Lock: what it holds has locks of its own; all that is set is set in `init`.
package final class OpenPool: Sendable {
    /// Why a pool can't be opened.
    package struct Failure: Error {
        package var message: Bytes
    }

    package let slots: SlotPool
    package let options: RunOptions
    /// What descriptors 1 and 2 of the shell that opened it were; the pool prints to duplicates of them.
    private let places: [FileStatus?]
    private let jobs: JobQueue
    private let control: RunControl
    private let workers: WorkerProcesses?
    private let states: WorkerStates?

    /// Opens the pool.
    ///
    /// - Parameter onOver: called when all jobs have ended after `close` or `end`, or the run has failed, with its exit status.
    ///   Thread: the pool's.
    package init(
        _ options: RunOptions, on sh: Interpreter, onOver: @escaping @Sendable (Int32) -> Void
    ) throws(Failure) {
        let shell = Interpreter(copying: sh, cancellation: Cancellation())
        places = OpenPool.places(of: shell)
        for number in 1...2 where !OpenPool.duplicate(number, in: shell) {
            throw Failure(message: "no descriptor is left for it")
        }
        let jobs = JobQueue()
        guard jobs.isUsable else { throw Failure(message: "no descriptor is left for it") }
        let plan = RunPlan(options: options, template: nil, input: jobs)
        var setup: RunSetup
        do throws(RunSetup.Failure) {
            setup = try RunSetup(plan, on: shell, raisesLimits: false)
        } catch {
            throw Failure(message: error.message)
        }
        let wanted = options.jobs.slots(processors: setup.processors) ?? setup.processors
        slots = SlotPool(limit: min(wanted, setup.slotMaximum))
        workers =
            options.vehicle == .process
            ? WorkerProcesses(options, shell: shell, nullInput: setup.nullInput) : nil
        states = WorkerStates(options, shell: shell)
        setup.watchesSignals = false
        control = setup.control
        self.options = options
        self.jobs = jobs
        share(with: &setup)
        let workers = workers
        // Others that hold the shell's copy must not keep the pool's output open when it is over.
        let files = [shell.context.descriptors[1], shell.context.descriptors[2]]
        let runner = Handed(PoolRunner(plan, on: shell, prepared: setup))
        do throws(Errno) {
            try Threads.run {
                let status = runner.value.run()
                workers?.end()
                for job in jobs.abandon() { job.task?.end(.ended, runtime: 0) }
                for file in files { file?.close() }
                onOver(status)
            }
        } catch {
            throw Failure(message: "no more threads allowed: " + error.message)
        }
    }

    /// A value that is handed to another thread.
    private struct Handed<Value>: @unchecked Sendable {
        // Sendable: who makes it does not touch it again.
        let value: Value
        init(_ value: Value) { self.value = value }
    }

    /// Lets another run have a share of its slots, and its workers.
    func share(with setup: inout RunSetup) {
        let loop = setup.loop
        setup.slots = Slots(sharing: slots) { loop.wake() }
        setup.workers = workers
        setup.states = states
    }

    /// Runs a command for each argument, as `parallel --pool` does, with the options of the pool; its exit status.
    ///
    /// - Parameters:
    ///   - words: a command with replacement strings, and after `:::` its arguments.
    ///   - chunk: how many jobs a worker takes at once; nil: as it turns out best.
    package func map(_ words: [Bytes], keepsOrder: Bool, chunk: Int?, on sh: Interpreter) -> Int32 {
        switch parseCommandLine(["--plain", "--"] + words, calledAs: .thresh, environment: RunEnvironment(of: sh)) {
        case .run(var plan):
            var options = self.options
            options.keepsOrder = keepsOrder
            options.jobLogAppends = true
            options.batchSize = chunk
            // Tables of results are the pool's own.
            if let path = options.results?.text, ResultTable.Format(name: path) != nil { options.results = nil }
            options.jobs = .unlimited
            plan.options = options
            return runPool(plan, on: sh, sharing: self)
        case .print(let text, let status): return sh.print(text) ? status : 255
        case .failure(let message):
            sh.writeError(message)
            return 255
        }
    }

    /// The command of a job, with its words as they are, and its text for messages.
    private func command(_ words: [Bytes], in sh: Interpreter) -> (command: JobCommand, text: Bytes) {
        let command = Command.simple(
            SimpleCommand(words: words.map { Word([.singleQuoted($0)]) }, position: .start))
        let list = List([ListItem(first: Pipeline([command]))])
        let text = words.map { Quoting.shell($0) }.joined(by: " ")
        return (JobCommand(list, text: text, options, in: sh), text)
    }

    /// Where the output of a job goes that is handed in by `sh` and not kept: with the pool's, unless the shell's has been
    /// redirected since it was opened.
    private func destination(for sh: Interpreter) -> JobTask.Output {
        let isSame = zip(places, OpenPool.places(of: sh)).allSatisfy { mine, own in
            guard let mine, let own else { return mine == nil && own == nil }
            // In a job it is the job's pipe, which ends with the job.
            if sh.jobSequence > 0, own.kind == .fifo { return true }
            return mine.isSameFile(as: own)
        }
        return isSame ? .pool : .own
    }

    private static func places(of sh: Interpreter) -> [FileStatus?] {
        [1, 2].map { number in
            sh.context.descriptors.descriptor(number).flatMap { try? System.status(of: $0) }
        }
    }

    /// A job that is to run in this copy of the shell.
    ///
    /// - Parameter keeps: what it prints is kept, to be asked for.
    package func task(
        _ words: [Bytes], sequence: Int, keeps: Bool, in copy: Interpreter,
        onEnd: @escaping @Sendable (JobTask) -> Void
    ) -> JobTask {
        let (command, text) = command(words, in: copy)
        let destination = keeps ? .kept : destination(for: copy)
        // They may be closed before the job begins.
        if destination == .own { for number in 1...2 { _ = OpenPool.duplicate(number, in: copy) } }
        let changes = command.kind == .process ? workers.map { copy.changes(since: $0.shell) } : nil
        return JobTask(
            sequence: sequence, words: words, command: command, text: text, destination: destination, shell: copy,
            changes: changes, onEnd: onEnd)
    }

    /// Gives the interpreter a descriptor of its own in the place of one that somebody else may close.
    private static func duplicate(_ number: Int, in sh: Interpreter) -> Bool {
        guard let descriptor = sh.context.descriptors.descriptor(number) else { return true }
        guard let copy = try? System.duplicate(descriptor) else { return false }
        sh.context.descriptors[number] = OpenFile(owning: copy)
        return true
    }

    /// Hands in a job; false if the pool takes no more.
    package func submit(_ task: JobTask) -> Bool {
        jobs.put(Job(sequence: task.sequence, arguments: task.words, line: task.text, task: task))
    }

    /// No more jobs are handed in.
    package func close() { jobs.close() }

    /// Ends the jobs that run, and forgets those that wait.
    package func end() {
        jobs.close()
        control.end()
    }
}

extension JobOutcome {
    /// Of a job that was ended with its pool, or not run at all.
    package static let ended = JobOutcome(status: 0, signal: 15)
}

/// The open pools by name, for `parallel --pool`.
package enum OpenPools {
    private static let table = Mutex<[Bytes: OpenPool]>([:])

    package static subscript(name: Bytes) -> OpenPool? {
        get { table.withLock { $0[name] } }
        set { table.withLock { $0[name] = newValue } }
    }
}
