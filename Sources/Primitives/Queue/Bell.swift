import Platform
import struct Synchronization.Atomic

/// How those that wait for a change in shared memory are woken, whatever process they are in.
///
/// A word in the memory says whether somebody waits; only then does who makes the change pay for a system call. An event
/// descriptor wakes all that wait, and stays readable until one of them finds nothing and makes it quiet: so a sleeper that is
/// killed takes no wake-up with it. Who has made it quiet must sleep, or ring again for the others.
///
/// What can't be had this way is that somebody is killed in between the change and the ring. Who learns of the death of a process
/// that had the bell rings it.
struct Bell {
    private static let isQuiet = 0
    private static let isWanted = 1
    private static let hasRung = 2

    private let word: UnsafeMutablePointer<Atomic<Int>>
    let descriptor: Int32

    init(_ word: UnsafeMutablePointer<Atomic<Int>>, _ descriptor: Int32) {
        self.word = word
        self.descriptor = descriptor
    }

    /// After a change: wakes those that wait for it. The change and this look must be in one order for all, hence
    /// "sequentially consistent" here, in `arm` and where the change is made and looked for.
    @inline(__always)
    func ring() {
        if word.pointee.load(ordering: .sequentiallyConsistent) == Bell.isWanted { ringWanted() }
    }

    @inline(never)
    private func ringWanted() {
        let result = word.pointee.compareExchange(
            expected: Bell.isWanted, desired: Bell.hasRung, ordering: .sequentiallyConsistent)
        if result.exchanged { System.raise(event: descriptor) }
    }

    /// Wakes all, whether they said that they wait or not.
    func ringAlways() {
        word.pointee.store(Bell.hasRung, ordering: .sequentiallyConsistent)
        System.raise(event: descriptor)
    }

    /// Before one sleeps on the descriptor: says so, after which one must look again for what one waits for. True if a ring was
    /// taken away that others may not have heard: then who doesn't sleep after all calls `ringAlways`.
    ///
    /// - Parameter isAwoken: the descriptor was readable.
    func arm(isAwoken: Bool) -> Bool {
        let mustQuiet = isAwoken || word.pointee.load(ordering: .sequentiallyConsistent) == Bell.hasRung
        if mustQuiet { System.clear(event: descriptor) }
        word.pointee.store(Bell.isWanted, ordering: .sequentiallyConsistent)
        return mustQuiet
    }
}
