import Synchronization

/// Something that happens once and then is so: a flag that costs nothing to raise, and a descriptor for those who wait for it in
/// poll, made when the first of them asks.
///
/// Thread: any; the fields are atomics.
package final class Event: Sendable {
    private let flag = Atomic<Bool>(false)
    private let held = Atomic<Int32>(-1)

    package init() {}

    deinit {
        let descriptor = held.load(ordering: .relaxed)
        if descriptor >= 0 { System.close(descriptor) }
    }

    package var isRaised: Bool { flag.load(ordering: .acquiring) }

    package func raise() {
        flag.store(true, ordering: .sequentiallyConsistent)
        let descriptor = held.load(ordering: .sequentiallyConsistent)
        if descriptor >= 0 { System.raise(event: descriptor) }
    }

    /// Readable from when the event is raised; nobody need read it. -1 if there is no descriptor left.
    package var descriptor: Int32 {
        let present = held.load(ordering: .acquiring)
        if present >= 0 { return present }
        guard let made = try? System.event() else { return -1 }
        let (isFirst, other) = held.compareExchange(expected: -1, desired: made, ordering: .sequentiallyConsistent)
        guard isFirst else {
            System.close(made)
            return other
        }
        if flag.load(ordering: .sequentiallyConsistent) { System.raise(event: made) }
        return made
    }

    /// Looks at the flag again and again, for about that long; whether it was raised.
    package func spin(microseconds: UInt64) -> Bool {
        if isRaised { return true }
        let end = Clock.monotonicNanoseconds() + microseconds * 1000
        repeat {
            for _ in 0..<32 {
                if isRaised { return true }
                Threads.pause()
            }
        } while Clock.monotonicNanoseconds() < end
        return isRaised
    }
}
