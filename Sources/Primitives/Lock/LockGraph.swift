// Who waits for whom. The graph has an edge from each claimant that sleeps to the lock for which it sleeps, and the lock's word leads on to
// its holder. An edge is added, and the circle that it would close is looked for, under one mutex; so of the claimants that would
// wait for each other, the last sees it, and is told instead of sleeping.
//
// A lock that is given back goes to whoever comes first, the sleeper that was woken or one that is running: that is what lets
// short sections follow each other without a switch of threads between them. No other is woken while one is on its way. But the first
// that has slept for ten milliseconds is given the lock itself, once in ten milliseconds, so that nobody waits for ever beside loops
// that take and give back. (More often would cost: until one that sleeps has a processor, the lock is no use to anybody.)

import Bytes
import Glibc
import Platform
import Shell

/// One that sleeps for a lock.
///
/// Lock: that of the graph.
final class LockWaiter: @unchecked Sendable {
    let claimant: UInt64
    let waker: Waker
    /// Since when it waits, on the monotonic clock.
    let since: UInt64
    /// The lock was given to it.
    var isGranted = false
    /// It is in the lock's list.
    var isQueued = false
    /// It was woken to take the lock if it can.
    var isOnItsWay = false

    init(_ claimant: UInt64, _ waker: Waker) {
        self.claimant = claimant
        self.waker = waker
        since = Clock.monotonicNanoseconds()
    }
}

/// Lock: `graph`, which guards the locks' `waiters` and `abandonedBy` too.
enum LockGraph {
    private struct Node: Sendable {
        let name: Bytes
        var waitsFor: Lock?
    }

    /// The claimants that live.
    private static let graph = Mutex<[UInt64: Node]>([:])

    /// How long one sleeps before the lock is kept for it, and how often that may be.
    private static let patience: UInt64 = 10_000_000

    // MARK: Claimants

    static func begin(_ claimant: Claimant) {
        let (id, name) = (claimant.id, claimant.name)
        graph.withLock { $0[id] = Node(name: name) }
    }

    /// What the claimant holds is abandoned, and those who wait for it are told.
    static func end(_ claimant: Claimant) {
        let (id, name, held) = (claimant.id, claimant.name, claimant.held)
        let woken = graph.withLock { nodes -> [Waker] in
            nodes[id] = nil
            var woken: [Waker] = []
            for lock in held {
                lock.abandonedBy = name
                woken += dismiss(lock, &nodes)
            }
            return woken
        }
        // Other programs learn nothing of this shell's threads: the file is free for them.
        for lock in held { lock.file?.unlock() }
        for waker in woken { waker.wake() }
    }

    /// The name of who holds the lock, and whether it was abandoned; nil if it is free.
    static func holder(of lock: Lock) -> (name: Bytes, isAbandoned: Bool)? {
        graph.withLock { nodes in
            if let name = lock.abandonedBy { return (name, true) }
            let holder = lock.holder
            guard holder != 0, let node = nodes[holder] else { return nil }
            return (node.name, false)
        }
    }

    static func waiterCount(of lock: Lock) -> Int { graph.withLock { _ in lock.waiters.count } }

    // MARK: Taking

    private enum Step {
        case ended(Acquired)
        case sleep
    }

    static func acquire(
        _ lock: Lock, _ claimant: Claimant, _ sh: Interpreter, waits: Bool, until deadline: UInt64?,
        takesAbandoned: Bool
    ) throws(Unwind) -> Acquired {
        let waker = try sh.companionOfPrimitives().waker
        let waiter = LockWaiter(claimant.id, waker)
        while true {
            waker.clear()
            let step = graph.withLock {
                attempt(lock, waiter, &$0, waits: waits, takesAbandoned: takesAbandoned)
            }
            if case .ended(let result) = step { return result }
            var descriptors = [pollfd(fd: waker.descriptor, events: Int16(POLLIN), revents: 0)]
            do throws(Unwind) {
                switch try sh.sleep(on: &descriptors, until: deadline) {
                case .ready: break
                case .timedOut: return leave(lock, waiter) ? .done : .timedOut
                case .interrupted(let signal): return leave(lock, waiter) ? .done : .interrupted(signal)
                }
            } catch {
                if leave(lock, waiter) { release(lock) }
                throw error
            }
        }
    }

    /// Takes the lock if it can be had, else joins those who wait, if that can come to an end.
    private static func attempt(
        _ lock: Lock, _ waiter: LockWaiter, _ nodes: inout [UInt64: Node], waits: Bool, takesAbandoned: Bool
    ) -> Step {
        if waiter.isGranted { return .ended(.done) }
        if waiter.isOnItsWay { (waiter.isOnItsWay, lock.wakesOne) = (false, false) }
        while true {
            let now = lock.word.load(ordering: .acquiring)
            let holder = now >> 1
            if holder == Lock.nobody { return .ended(.deleted) }
            let isAbandoned = holder != 0 && nodes[holder] == nil
            if isAbandoned && !takesAbandoned { return .ended(.abandoned(lock.abandonedBy ?? "somebody")) }
            if holder == 0 || isAbandoned {
                let taken = waiter.claimant << 1 | now & Lock.waitBit
                guard lock.word.compareExchange(expected: now, desired: taken, ordering: .acquiring).exchanged else {
                    continue
                }
                if isAbandoned { (lock.abandonedBy, lock.depth) = (nil, 0) }
                if waiter.isQueued { remove(waiter, from: lock, &nodes) }
                return .ended(.done)
            }
            if !waits { return .ended(.busy) }
            // From here on the lock is not given back without the mutex.
            guard
                now & Lock.waitBit != 0
                    || lock.word.compareExchange(
                        expected: now, desired: now | Lock.waitBit, ordering: .acquiring
                    ).exchanged
            else { continue }
            if waiter.isQueued { return .sleep }
            if let message = circle(closedBy: waiter.claimant, for: lock, nodes) { return .ended(.deadlock(message)) }
            nodes[waiter.claimant]?.waitsFor = lock
            waiter.isQueued = true
            // One that was woken and has found the lock taken again keeps its place.
            let place = lock.waiters.firstIndex { $0.since > waiter.since } ?? lock.waiters.count
            lock.waiters.insert(waiter, at: place)
            return .sleep
        }
    }

    /// Who waits for whom, in words, if waiting would close a circle.
    private static func circle(closedBy claimant: UInt64, for wanted: Lock, _ nodes: [UInt64: Node]) -> Bytes? {
        var steps: [Bytes] = []
        var lock = wanted
        while steps.count <= nodes.count {
            let holder = lock.holder
            if holder == claimant {
                guard let name = nodes[claimant]?.name else { return nil }
                steps.insert(name + " holds " + lock.title + " and would wait for " + wanted.title, at: 0)
                return "it would be a deadlock: " + steps.joined(by: "; ")
            }
            guard let node = nodes[holder], let next = node.waitsFor else { return nil }
            steps.append(node.name + " holds " + lock.title + " and waits for " + next.title)
            lock = next
        }
        return nil
    }

    private static func remove(_ waiter: LockWaiter, from lock: Lock, _ nodes: inout [UInt64: Node]) {
        lock.waiters.removeAll { $0 === waiter }
        waiter.isQueued = false
        nodes[waiter.claimant]?.waitsFor = nil
    }

    /// The waiter goes away; true if the lock was given to it meanwhile, and is its own.
    private static func leave(_ lock: Lock, _ waiter: LockWaiter) -> Bool {
        let (isOwner, next) = graph.withLock { nodes -> (Bool, Waker?) in
            if waiter.isGranted { return (true, nil) }
            if waiter.isQueued {
                remove(waiter, from: lock, &nodes)
                return (false, nil)
            }
            guard waiter.isOnItsWay else { return (false, nil) }
            // It was woken to take the lock: the next one may instead.
            (waiter.isOnItsWay, lock.wakesOne) = (false, false)
            return (false, lock.holder == 0 ? wakeFirst(lock, &nodes) : nil)
        }
        next?.wake()
        return isOwner
    }

    /// All who sleep for the lock have to look again.
    private static func dismiss(_ lock: Lock, _ nodes: inout [UInt64: Node]) -> [Waker] {
        let wakers = lock.waiters.map(\.waker)
        for waiter in lock.waiters {
            waiter.isQueued = false
            nodes[waiter.claimant]?.waitsFor = nil
        }
        lock.waiters = []
        return wakers
    }

    private static func wakeFirst(_ lock: Lock, _ nodes: inout [UInt64: Node]) -> Waker? {
        guard let first = lock.waiters.first else { return nil }
        remove(first, from: lock, &nodes)
        (first.isOnItsWay, lock.wakesOne) = (true, true)
        return first.waker
    }

    // MARK: Giving back

    /// Gives back a lock for which somebody may wait; the caller is its holder.
    static func release(_ lock: Lock) {
        let woken = graph.withLock { nodes -> Waker? in
            guard let first = lock.waiters.first else {
                lock.word.store(0, ordering: .releasing)
                return nil
            }
            let now = Clock.monotonicNanoseconds()
            if now &- max(first.since, lock.keptAt) > patience {
                lock.keptAt = now
                remove(first, from: lock, &nodes)
                first.isGranted = true
                let bit = lock.waiters.isEmpty ? 0 : Lock.waitBit
                lock.word.store(first.claimant << 1 | bit, ordering: .releasing)
                return first.waker
            }
            let woken = lock.wakesOne ? nil : wakeFirst(lock, &nodes)
            lock.word.store(lock.waiters.isEmpty ? 0 : Lock.waitBit, ordering: .releasing)
            return woken
        }
        woken?.wake()
    }

    /// Makes an abandoned lock free again: the name of who held it; nil if it is not abandoned.
    static func breakAbandoned(_ lock: Lock) -> Bytes? {
        graph.withLock { _ in
            guard let name = lock.abandonedBy else { return nil }
            (lock.abandonedBy, lock.depth) = (nil, 0)
            lock.word.store(0, ordering: .releasing)
            return name
        }
    }

    /// Nobody can take the lock any more; false if somebody holds it or waits.
    static func retire(_ lock: Lock) -> Bool {
        graph.withLock { _ in
            guard lock.waiters.isEmpty else { return false }
            let now = lock.word.load(ordering: .acquiring)
            guard now >> 1 == 0 || lock.abandonedBy != nil else { return false }
            return lock.word.compareExchange(
                expected: now, desired: Lock.nobody << 1, ordering: .acquiringAndReleasing
            ).exchanged
        }
    }
}
