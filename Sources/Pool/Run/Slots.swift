// The numbers under which jobs run at the same time, from 1: a job gets the lowest that is free, so that `{%}` names one of
// so many places that no two running jobs share.
//
// A run has its places to itself, or shares those of an open pool with the other runs that feed it. Runs that wait get what
// becomes free in turn, the one that holds least first. One that holds more than another which waits is told to give one up:
// an idle worker does so at once, a busy one after its batch. Nobody takes a place from a job that runs.

import HeapModule
import Platform
import struct Synchronization.Atomic

/// The places that runs share.
///
/// Lock: `state`, which also guards what each share holds. The atomics are what workers look at between jobs.
package final class SlotPool: Sendable {
    private struct State {
        var limit: Int
        var used = 0
        var free = Heap<Int>()
        var fresh = 1
        /// Those that must be told of changes; a run that has its places to itself is none.
        var shares: [Slots] = []
    }

    private let state: Mutex<State>
    private let paused = Atomic<Bool>(false)
    fileprivate let waiting = Atomic<Int>(0)

    package init(limit: Int) { state = Mutex(State(limit: max(limit, 1))) }

    /// No job is started, whatever is free.
    package var isPaused: Bool { paused.load(ordering: .relaxed) }

    package var limit: Int { state.withLock { $0.limit } }
    package var used: Int { state.withLock { $0.used } }

    /// Changes the number of places. Jobs that have one beyond it keep it until they end.
    package func resize(to limit: Int) {
        state.withLock { state in
            state.limit = max(limit, 1)
            SlotPool.askForExcess(&state)
            for share in state.shares { share.wake() }
        }
    }

    package func pause(_ isPaused: Bool) {
        paused.store(isPaused, ordering: .relaxed)
        state.withLock { for share in $0.shares { share.wake() } }
    }

    fileprivate func join(_ share: Slots) { state.withLock { $0.shares.append(share) } }

    fileprivate func leave(_ share: Slots) {
        state.withLock { state in
            state.shares.removeAll { $0 === share }
            setWaits(share, false)
            state.used -= share.held.count
            for number in share.held { state.free.insert(number) }
            share.held = []
            for other in state.shares { other.wake() }
        }
    }

    fileprivate func take(for share: Slots) -> Int? {
        state.withLock { state in
            guard share.held.count < share.maximum else { return nil }
            guard !isPaused, state.used < state.limit, mayTake(share, state) else {
                setWaits(share, true)
                for other in state.shares where other !== share && !other.held.isEmpty {
                    if other.held.count > share.held.count + 1 { other.mustYield.store(true, ordering: .relaxed) }
                    other.wake()
                }
                return nil
            }
            setWaits(share, false)
            state.used += 1
            let number: Int
            if let free = state.free.popMin() {
                number = free
            } else {
                number = state.fresh
                state.fresh += 1
            }
            share.held.append(number)
            return number
        }
    }

    /// Nobody who waits holds less.
    private func mayTake(_ share: Slots, _ state: State) -> Bool {
        guard waiting.load(ordering: .relaxed) > 0 else { return true }
        return !state.shares.contains {
            $0 !== share && $0.waits.load(ordering: .relaxed) && $0.held.count < share.held.count
        }
    }

    fileprivate func release(_ number: Int, of share: Slots) {
        state.withLock { state in
            // After `leave` nothing is held.
            guard let index = share.held.firstIndex(of: number) else { return }
            share.held.swapAt(index, share.held.count - 1)
            share.held.removeLast()
            state.used -= 1
            state.free.insert(number)
            SlotPool.askForExcess(&state)
            for other in state.shares where other !== share && other.waits.load(ordering: .relaxed) { other.wake() }
        }
    }

    private static func askForExcess(_ state: inout State) {
        guard state.used > state.limit else { return }
        for share in state.shares where !share.held.isEmpty { share.mustYield.store(true, ordering: .relaxed) }
    }

    fileprivate func next(of share: Slots) -> Int { state.withLock { $0.free.min ?? $0.fresh } }

    fileprivate func setMaximum(_ maximum: Int, of share: Slots) {
        state.withLock { _ in share.maximum = max(maximum, 1) }
    }

    fileprivate func counts(of share: Slots) -> (held: Int, maximum: Int) {
        state.withLock { _ in (share.held.count, share.maximum) }
    }

    fileprivate func stopWaiting(_ share: Slots) {
        guard share.waits.load(ordering: .relaxed) else { return }
        state.withLock { _ in setWaits(share, false) }
    }

    private func setWaits(_ share: Slots, _ waits: Bool) {
        guard share.waits.exchange(waits, ordering: .relaxed) != waits else { return }
        waiting.add(waits ? 1 : -1, ordering: .relaxed)
    }
}

/// The places that one run has, of its own or of those that it shares.
///
/// Lock: that of `pool`, for `held` and `maximum`. `inHand` is the runner's own.
package final class Slots: @unchecked Sendable {
    package let pool: SlotPool
    /// Wakes the runner: there may be a place for it, or another waits for one.
    fileprivate let wake: @Sendable () -> Void
    fileprivate var held: [Int] = []
    fileprivate var maximum: Int
    fileprivate let waits = Atomic<Bool>(false)
    /// A worker is to give up its place when its batch is done; the one that does takes the mark away.
    let mustYield = Atomic<Bool>(false)
    private var inHand: Int?
    private let isShared: Bool

    /// Places of a run's own.
    init(limit: Int) {
        pool = SlotPool(limit: .max)
        maximum = max(limit, 1)
        wake = {}
        isShared = false
    }

    /// A share of the places of `pool`, until `leave`.
    init(sharing pool: SlotPool, wake: @escaping @Sendable () -> Void) {
        self.pool = pool
        self.wake = wake
        maximum = .max
        isShared = true
        pool.join(self)
    }

    /// How many of them this run takes at most; may change meanwhile.
    var limit: Int {
        get { pool.counts(of: self).maximum }
        set { pool.setMaximum(newValue, of: self) }
    }

    /// How many it has.
    var used: Int { pool.counts(of: self).held }

    /// One is free; it is kept for the next `take`.
    var isAvailable: Bool {
        if inHand == nil { inHand = pool.take(for: self) }
        return inHand != nil
    }

    /// The number that `take` would give.
    var next: Int { inHand ?? pool.next(of: self) }

    func take() -> Int? {
        defer { inHand = nil }
        return inHand ?? pool.take(for: self)
    }

    func release(_ number: Int) { pool.release(number, of: self) }

    /// Before the runner sleeps: what is in hand and not needed goes back.
    ///
    /// - Parameter wanting: it is to be woken when there is a place.
    func rest(wanting: Bool) {
        if let number = inHand {
            inHand = nil
            release(number)
        }
        if !wanting { pool.stopWaiting(self) }
    }

    /// Another run waits for a place: idle workers are to give up theirs.
    var areWanted: Bool {
        let own = waits.load(ordering: .relaxed) ? 1 : 0
        return pool.waiting.load(ordering: .relaxed) > own
    }

    /// The run is over; what it holds is free.
    func leave() { if isShared { pool.leave(self) } }
}
