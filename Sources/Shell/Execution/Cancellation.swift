import Bytes
import Glibc
import Platform
import struct Synchronization.Atomic

/// How others reach an interpreter that runs on a thread: to end it, to stop it, and to signal the children it waits for.
///
/// Lock: `groups`; the requests are atomics.
package final class Cancellation: Sendable {
    private static let ending: UInt8 = 1
    private static let stopping: UInt8 = 2

    private let requests = Atomic<UInt8>(0)
    private let endSignal = Atomic<Int32>(SIGTERM)
    private let groups = Mutex<[Int32]>([])
    /// Children are to end if the process itself is killed: set for the jobs of a pool.
    private let deathFlag = Atomic<Bool>(false)
    /// The children's groups are noted, to be signalled.
    private let recordsFlag = Atomic<Bool>(false)
    let recursion = RecursionGuard()

    package init() {}

    package var isCancelled: Bool { requests.load(ordering: .relaxed) & Cancellation.ending != 0 }

    /// Whether the interpreter is to end or to stop.
    var isAsked: Bool { requests.load(ordering: .relaxed) != 0 }

    /// The interpreter ends at its next command.
    package func cancel() { requests.bitwiseOr(Cancellation.ending, ordering: .relaxed) }

    /// The interpreter ends at its next command, for this signal.
    func cancel(for signal: Int32) {
        endSignal.store(signal, ordering: .relaxed)
        cancel()
    }

    /// The signal for which it was cancelled.
    package var signal: Int32 { endSignal.load(ordering: .relaxed) }

    /// The interpreter stops at its next command, if it is that of a command at the prompt.
    func askToStop() { requests.bitwiseOr(Cancellation.stopping, ordering: .relaxed) }

    /// Whether it is to stop, which is asked only once.
    package func takeStop() -> Bool {
        requests.bitwiseAnd(~Cancellation.stopping, ordering: .relaxed).oldValue & Cancellation.stopping != 0
    }

    /// Ready for the next job.
    package func reset() {
        requests.store(0, ordering: .relaxed)
        recursion.reset()
    }

    package var endsWithThresh: Bool {
        get { deathFlag.load(ordering: .relaxed) }
        set {
            deathFlag.store(newValue, ordering: .relaxed)
            recordsFlag.store(newValue, ordering: .relaxed)
        }
    }

    /// Notes from now on which children there are, so that `signal` reaches them.
    func recordChildren() { recordsFlag.store(true, ordering: .relaxed) }

    func add(_ pid: Int32) { if recordsFlag.load(ordering: .relaxed) { groups.withLock { $0.append(pid) } } }

    func remove(_ pid: Int32) {
        if recordsFlag.load(ordering: .relaxed) { groups.withLock { list in list.removeAll { $0 == pid } } }
    }

    /// Sends a signal to the process groups of all live children.
    package func signal(_ signal: Int32) {
        groups.withLock { list in
            for pid in list { try? System.kill(-pid, signal) }
        }
    }
}
