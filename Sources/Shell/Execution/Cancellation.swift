import Bytes
import Glibc
import Platform
import struct Synchronization.Atomic

/// How others reach an interpreter that runs on a thread: to end it, to stop it, and to signal the children it waits for.
///
/// Lock: `groups`; the requests and the descriptor are atomics.
package final class Cancellation: Sendable {
    private static let ending: UInt8 = 1
    private static let stopping: UInt8 = 2
    private static let changing: UInt8 = 4

    private let requests = Atomic<UInt8>(0)
    private let endSignal = Atomic<Int32>(SIGTERM)
    private let groups = Mutex<[Int32]>([])
    /// Children are to end if the process itself is killed: set for the jobs of a pool.
    private let deathFlag = Atomic<Bool>(false)
    /// The children's groups are noted, to be signalled.
    private let recordsFlag = Atomic<Bool>(false)
    /// They end with what waits for them; 0: they do not, 1: each by itself, -1: with their groups.
    private let ends = Atomic<Int32>(0)
    /// The eventfd that becomes readable when something is asked; -1 until somebody wants it.
    private let wake = Atomic<Int32>(-1)
    let recursion = RecursionGuard()

    package init() {}

    deinit {
        let descriptor = wake.load(ordering: .relaxed)
        if descriptor >= 0 { System.close(descriptor) }
    }

    package var isCancelled: Bool { requests.load(ordering: .relaxed) & Cancellation.ending != 0 }

    /// Whether the interpreter is to end or to stop.
    var isAsked: Bool { requests.load(ordering: .relaxed) != 0 }

    /// Readable from when the interpreter is asked to end or to stop, so that what it waits in can be left; nobody need read it.
    /// -1 if there is no descriptor left for it.
    package var wakeDescriptor: Int32 {
        let present = wake.load(ordering: .acquiring)
        if present >= 0 { return present }
        guard let made = try? System.event() else { return -1 }
        let (isFirst, other) = wake.compareExchange(
            expected: -1, desired: made, ordering: .sequentiallyConsistent)
        guard isFirst else {
            System.close(made)
            return other
        }
        // Who asked before did not see it.
        if isWakeOwed { System.raise(event: made) }
        return made
    }

    private var isWakeOwed: Bool {
        requests.load(ordering: .sequentiallyConsistent) & ~Cancellation.changing != 0
    }

    private func ask(_ request: UInt8) {
        requests.bitwiseOr(request, ordering: .sequentiallyConsistent)
        let descriptor = wake.load(ordering: .sequentiallyConsistent)
        if descriptor >= 0 { System.raise(event: descriptor) }
    }

    /// Nothing is asked any more: the descriptor is not readable, but for what was asked meanwhile.
    private func rest() {
        let descriptor = wake.load(ordering: .acquiring)
        guard descriptor >= 0 else { return }
        System.clear(event: descriptor)
        if isWakeOwed { System.raise(event: descriptor) }
    }

    /// The interpreter ends at its next command.
    package func cancel() { ask(Cancellation.ending) }

    /// The interpreter ends at its next command, for this signal.
    func cancel(for signal: Int32) {
        endSignal.store(signal, ordering: .relaxed)
        cancel()
    }

    /// The signal for which it was cancelled.
    package var signal: Int32 { endSignal.load(ordering: .relaxed) }

    /// The interpreter stops at its next command, if it is that of a command at the prompt.
    func askToStop() { ask(Cancellation.stopping) }

    /// Whether it is to stop, which is asked only once.
    package func takeStop() -> Bool {
        let asked = requests.bitwiseAnd(~Cancellation.stopping, ordering: .sequentiallyConsistent).oldValue
        guard asked & Cancellation.stopping != 0 else { return false }
        rest()
        return true
    }

    /// What other threads share with the interpreter has changed: it looks at it before its next command.
    func tellOfChange() { requests.bitwiseOr(Cancellation.changing, ordering: .releasing) }

    /// Whether it was told, which it is only once.
    func takeChange() -> Bool {
        requests.bitwiseAnd(~Cancellation.changing, ordering: .acquiring).oldValue & Cancellation.changing != 0
    }

    /// Ready for the next job.
    package func reset() {
        requests.store(0, ordering: .sequentiallyConsistent)
        rest()
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
    package func recordChildren() { recordsFlag.store(true, ordering: .relaxed) }

    /// Notes them, too, so that `endChildren` reaches them.
    ///
    /// - Parameter asGroups: they get process groups of their own.
    func recordProcesses(asGroups: Bool) {
        recordsFlag.store(true, ordering: .relaxed)
        ends.store(asGroups ? -1 : 1, ordering: .relaxed)
    }

    /// Notes a child.
    package func add(_ pid: Int32) {
        guard recordsFlag.load(ordering: .relaxed) else { return }
        groups.withLock { $0.append(pid) }
        // Who cancelled just before did not see it.
        let ends = ends.load(ordering: .relaxed)
        if isCancelled && ends != 0 { try? System.kill(pid * ends, signal) }
    }

    package func remove(_ pid: Int32) {
        if recordsFlag.load(ordering: .relaxed) { groups.withLock { list in list.removeAll { $0 == pid } } }
    }

    /// Ends all live children.
    func endChildren() {
        let ends = ends.load(ordering: .relaxed)
        guard ends != 0 else { return }
        groups.withLock { list in
            for pid in list { try? System.kill(pid * ends, signal) }
        }
    }

    /// Sends a signal to the process groups of all live children.
    package func signal(_ signal: Int32) {
        groups.withLock { list in
            for pid in list { try? System.kill(-pid, signal) }
        }
    }
}
