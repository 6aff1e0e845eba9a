import Bytes
import Glibc
import Platform
import Pool
import Shell

/// A pool by its name: the engine, and what is known of its jobs.
final class PoolObject: Sendable {
    enum Phase: Sendable {
        case open
        /// No more jobs are taken.
        case closed
        /// Its jobs are being ended.
        case terminated
        /// The run is over, by itself or by one of these.
        case over
    }

    /// What is known of the jobs.
    struct State: Sendable {
        var phase: Phase = .open
        var lastTicket = 0
        /// By ticket: all that have not ended, those whose output is kept, and the last of the others.
        var jobs: [Int: JobTask] = [:]
        /// Jobs that may be forgotten, the first first.
        var past: [Int] = []
        /// Jobs that have not ended.
        var unfinished = 0
        var done = 0
        var failed = 0
        /// Of the run, once it is over.
        var status: Int32 = 0
    }

    /// So many jobs wait or run at most; who hands in more waits. Each has a copy of the shell, some kilobytes.
    private static let bound = 16_384

    /// How many ended jobs are remembered at least, for `pool status`.
    private static let memory = 1000

    static let registry = Registry<PoolObject>()

    let name: Bytes
    let engine: OpenPool
    let state: Monitor<State>
    private let over: Int32
    /// It was opened at a prompt.
    private let isInteractive: Bool

    /// Opens a pool.
    init(_ name: Bytes, _ options: RunOptions, on sh: Interpreter) throws(OpenPool.Failure) {
        self.name = name
        isInteractive = sh.context.options.contains(.interactive)
        let state = Monitor(State())
        self.state = state
        let over = (try? System.event()) ?? -1
        self.over = over
        engine = try OpenPool(options, on: sh) { status in
            // What was handed in and never begun, since the run was cut short.
            for job in state.withLock({ Array($0.jobs.values) }) { job.end(.ended, runtime: 0) }
            state.change { state in
                state.phase = .over
                state.status = status
            }
            System.raise(event: over)
        }
    }

    deinit { if over >= 0 { System.close(over) } }

    // MARK: Jobs

    /// Waits until there is room for another job. Not during a pause, which who waits may be the one to end, and not in a job, whose
    /// end may be what is needed.
    func waitForRoom(_ sh: Interpreter) throws(Unwind) -> Waited<Bool> {
        guard sh.jobSequence == 0 else { return .done(true) }
        let slots = engine.slots
        return try state.wait(sh) { state in
            state.unfinished < PoolObject.bound || state.phase != .open || slots.isPaused ? true : nil
        }
    }

    /// Hands in a job; its ticket, or nil if no more are taken.
    ///
    /// - Parameter keeps: what it prints is kept for `pool result`.
    func apply(_ words: [Bytes], keeps: Bool, on sh: Interpreter) -> Int? {
        let state = self.state
        let copy = Interpreter(copying: sh, cancellation: Cancellation())
        let (ticket, isOpen) = state.withLock { state in
            state.lastTicket += 1
            return (state.lastTicket, state.phase == .open)
        }
        guard isOpen else { return nil }
        let job = engine.task(words, sequence: ticket, keeps: keeps, in: copy) { job in
            state.change { PoolObject.ended(job, &$0) }
        }
        state.withLock { state in
            state.jobs[ticket] = job
            state.unfinished += 1
        }
        if engine.submit(job) { return ticket }
        state.withLock { state in
            state.jobs[ticket] = nil
            state.unfinished -= 1
        }
        return nil
    }

    private static func ended(_ job: JobTask, _ state: inout State) {
        state.unfinished -= 1
        state.done += 1
        if !job.present.outcome.isSuccess { state.failed += 1 }
        if job.destination != .kept { forgetLater(job.sequence, &state) }
    }

    /// The job has ended and its output is nobody's any more.
    static func forgetLater(_ ticket: Int, _ state: inout State) {
        state.past.append(ticket)
        guard state.past.count >= 2 * memory else { return }
        for oldest in state.past.prefix(memory) { state.jobs[oldest] = nil }
        state.past.removeFirst(memory)
    }

    /// A ticket: `NAME.NUMBER`.
    func ticket(_ number: Int) -> Bytes { name + "." + Bytes(decimal: number) }

    // MARK: Ends

    /// No more jobs are taken.
    func close() {
        state.change { if $0.phase == .open { $0.phase = .closed } }
        engine.close()
    }

    /// Ends all its jobs.
    func terminate() {
        state.change { if $0.phase != .over { $0.phase = .terminated } }
        engine.end()
    }

    /// At the end of the shell: all that was handed in is done, unless a signal says otherwise.
    static func finishAll() {
        let pools = registry.all.map(\.object).filter { $0.state.withLock { $0.phase != .over } }
        for pool in pools {
            pool.close()
            pool.engine.slots.pause(false)
        }
        for pool in pools { pool.waitUntilOver() }
    }

    private func waitUntilOver() {
        let left = state.withLock { $0.unfinished }
        if left > 0, isInteractive {
            let jobs: Bytes = left == 1 ? " job" : " jobs"
            let text = ("thresh: waiting for " + Bytes(decimal: left) + jobs + " of pool '" + name + "'\n")
            try? System.writeAll(2, text)
        }
        var descriptors = [pollfd(fd: over, events: Int16(POLLIN), revents: 0)]
        if Signals.descriptor >= 0 {
            descriptors.append(pollfd(fd: Signals.descriptor, events: Int16(POLLIN), revents: 0))
        }
        while state.withLock({ $0.phase != .over }) {
            guard (try? System.poll(&descriptors, timeoutMilliseconds: -1)) != nil else { return }
            guard descriptors.count > 1, descriptors[1].revents != 0 else { continue }
            let signals = Signals.takePending()
            if signals.contains(SIGINT) || signals.contains(SIGTERM) || signals.contains(SIGHUP) { terminate() }
        }
    }
}
