import Bytes
import Platform
import Synchronization

/// How others reach an interpreter that runs on a thread: to end it, and to signal the children it waits for.
///
/// Lock: `groups`; the flag is an atomic.
package final class Cancellation: Sendable {
    private let flag = Atomic<Bool>(false)
    private let groups = Mutex<[Int32]>([])
    /// Children are to end if the process itself is killed: set for the jobs of a pool.
    private let deathFlag = Atomic<Bool>(false)
    let recursion = RecursionGuard()

    package init() {}

    package var isCancelled: Bool { flag.load(ordering: .relaxed) }

    /// The interpreter ends at its next command.
    package func cancel() { flag.store(true, ordering: .relaxed) }

    /// Ready for the next job.
    package func reset() {
        flag.store(false, ordering: .relaxed)
        recursion.reset()
    }

    package var endsWithThresh: Bool {
        get { deathFlag.load(ordering: .relaxed) }
        set { deathFlag.store(newValue, ordering: .relaxed) }
    }

    func add(_ pid: Int32) { if endsWithThresh { groups.withLock { $0.append(pid) } } }

    func remove(_ pid: Int32) {
        if endsWithThresh { groups.withLock { list in list.removeAll { $0 == pid } } }
    }

    /// Sends a signal to the process groups of all live children.
    package func signal(_ signal: Int32) {
        groups.withLock { list in
            for pid in list { try? System.kill(-pid, signal) }
        }
    }
}
