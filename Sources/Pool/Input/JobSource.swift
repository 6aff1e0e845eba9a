import Bytes
import DequeModule
import Platform

/// Where the jobs of a run come from.
///
/// Thread: used by one at a time.
package class JobSource {
    /// Standard input holds arguments, so no job may read it.
    package var usesStandardInput: Bool { false }

    package init() {}

    /// The next job, if it is there yet.
    package func next() throws(InputError) -> NextJob { .end }

    /// Has done what `askFirst` speaks of. Other parts of the run may act meanwhile.
    package func ask() {}

    /// What the argument at `index` is called: its column's name, or its number from 1. For `--results`.
    package func columnName(at index: Int) -> Bytes { Bytes(decimal: index + 1) }
}

/// Jobs that others hand in while a run goes on.
///
/// Lock: `state`.
package final class JobQueue: JobSource, @unchecked Sendable {
    private struct State {
        var jobs: Deque<Job> = []
        var isClosed = false
        /// The runner waits for `event`.
        var isAwaited = false
    }

    private let state = Mutex(State())
    private let event: Int32

    package override init() {
        event = (try? System.event()) ?? -1
    }

    deinit { if event >= 0 { System.close(event) } }

    /// False: there was no descriptor for it, and nothing can be handed in.
    package var isUsable: Bool { event >= 0 }

    /// Hands in a job; false if the queue is closed.
    package func put(_ job: Job) -> Bool {
        let (isTaken, wakes) = state.withLock { state -> (Bool, Bool) in
            guard !state.isClosed else { return (false, false) }
            state.jobs.append(job)
            defer { state.isAwaited = false }
            return (true, state.isAwaited)
        }
        if wakes { System.raise(event: event) }
        return isTaken
    }

    /// No more jobs come.
    package func close() {
        state.withLock { $0.isClosed = true }
        System.raise(event: event)
    }

    /// Takes out what no runner has taken; the queue is closed.
    package func abandon() -> [Job] {
        state.withLock { state in
            state.isClosed = true
            defer { state.jobs.removeAll() }
            return Array(state.jobs)
        }
    }

    package var count: Int { state.withLock { $0.jobs.count } }

    package override func next() throws(InputError) -> NextJob {
        state.withLock { state in
            if let job = state.jobs.popFirst() { return .job(job) }
            if state.isClosed { return .end }
            if !state.isAwaited {
                System.clear(event: event)
                state.isAwaited = true
            }
            return .blocked(event)
        }
    }
}
