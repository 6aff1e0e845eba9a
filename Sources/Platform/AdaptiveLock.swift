import CPlatform
import Glibc
import Synchronization

/// A lock for what takes nanoseconds: who finds it taken looks again for about a microsecond before sleeping. Unlike `Mutex` it can
/// be taken and given back in different places, and the thread sanitizer sees it.
///
/// Ownership: the word lies in memory of the caller's, where what it guards lies too.
package struct AdaptiveLock: @unchecked Sendable {
    // Sendable: the word is an atomic.

    /// 0 free, 1 taken, 2 taken and somebody sleeps.
    @usableFromInline let word: UnsafeMutablePointer<Atomic<UInt32>>

    /// A lock in four bytes at that place; `prepare` makes it one.
    @inlinable
    package init(at place: UnsafeMutableRawPointer) {
        word = place.assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    package func prepare() { word.initialize(to: Atomic(0)) }

    @inlinable
    @inline(__always)
    package func lock() {
        let (isTaken, _) = word.pointee.compareExchange(expected: 0, desired: 1, ordering: .acquiring)
        if !isTaken { lockSlow() }
    }

    @inlinable
    @inline(__always)
    package func unlock() {
        if word.pointee.exchange(0, ordering: .releasing) == 2 { wake() }
    }

    @usableFromInline
    @inline(never)
    func lockSlow() {
        for _ in 0..<50 {
            thresh_spin_pause()
            if word.pointee.load(ordering: .relaxed) == 0,
                word.pointee.compareExchange(expected: 0, desired: 1, ordering: .acquiring).exchanged
            {
                return
            }
        }
        let address = UnsafeMutableRawPointer(word).assumingMemoryBound(to: UInt32.self)
        while word.pointee.exchange(2, ordering: .acquiring) != 0 { thresh_futex_wait(address, 2) }
    }

    @usableFromInline
    @inline(never)
    func wake() { thresh_futex_wake(UnsafeMutableRawPointer(word).assumingMemoryBound(to: UInt32.self)) }
}
