// Deadlocks, against an oracle: threads take and give back locks by chance, one step at a time, and a table of who holds and who waits
// says what must come of each step.

import Bytes
import Platform
import Testing

@testable import Primitives
@testable import Shell

/// A thread that does what it is told.
///
/// Lock: `condition`.
private final class Puppet: @unchecked Sendable {
    enum Order {
        case acquire(Lock)
        case release(Lock)
        case end
    }

    private let condition = Condition()
    private var order: Order?
    private var outcome: Acquired?

    init(_ name: Bytes) throws(Errno) {
        try Threads.run {
            let sh = Subjects.interpreter(name)
            guard let claimant = try? sh.claimant() else { return }
            while true {
                self.condition.lock()
                while self.order == nil { self.condition.wait() }
                let order = self.order
                self.condition.unlock()
                var outcome = Acquired.done
                switch order {
                case .acquire(let lock)?: outcome = (try? lock.acquire(claimant, sh)) ?? .failed("")
                case .release(let lock)?: lock.release(claimant)
                default: return
                }
                self.condition.withLock {
                    self.order = nil
                    self.outcome = outcome
                }
            }
        }
    }

    func tell(_ order: Order) {
        condition.withLock {
            outcome = nil
            self.order = order
            condition.signal()
        }
    }

    /// What came of the order; nil while it is not done.
    var result: Acquired? { condition.withLock { outcome } }
}

@Suite struct LockGraphTests {
    @Test(arguments: [1, 2, 3, 4])
    func whatWouldCloseACircleFails(_ seed: UInt64) throws {
        var state = seed &* 0x9E37_79B9_7F4A_7C15
        func random(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        let locks = (0..<4).map { Lock(title: "'" + Bytes(decimal: $0) + "'") }
        let puppets = try (0..<5).map { try Puppet("P" + Bytes(decimal: $0)) }
        // The oracle.
        var holder = [Int?](repeating: nil, count: locks.count)
        var queues = [[Int]](repeating: [], count: locks.count)
        var waitsFor = [Int?](repeating: nil, count: puppets.count)
        var deadlocks = 0

        func eventually(_ body: () -> Bool) -> Bool {
            let end = Clock.monotonicNanoseconds() + 20_000_000_000
            while !body() {
                if Clock.monotonicNanoseconds() > end { return false }
                Clock.sleep(until: Clock.monotonicNanoseconds() + 20_000)
            }
            return true
        }

        for _ in 0..<400 {
            let free = puppets.indices.filter { waitsFor[$0] == nil }
            guard !free.isEmpty else { break }
            let who = free[random(free.count)]
            let held = locks.indices.filter { holder[$0] == who }
            if !held.isEmpty && random(3) == 0 {
                let lock = held[random(held.count)]
                puppets[who].tell(.release(locks[lock]))
                try #require(eventually { puppets[who].result != nil })
                holder[lock] = nil
                if !queues[lock].isEmpty {
                    let next = queues[lock].removeFirst()
                    (holder[lock], waitsFor[next]) = (next, nil)
                    try #require(eventually { puppets[next].result != nil })
                    guard case .done? = puppets[next].result else {
                        Issue.record("the first of the queue did not get the lock")
                        return
                    }
                }
                continue
            }
            let wanted = random(locks.count)
            var isCircle = holder[wanted] == who
            var next = holder[wanted]
            while let one = next, !isCircle {
                guard let other = waitsFor[one] else { break }
                next = holder[other]
                isCircle = next == who
            }
            puppets[who].tell(.acquire(locks[wanted]))
            if isCircle {
                deadlocks += 1
                try #require(eventually { puppets[who].result != nil })
                guard case .deadlock(let message)? = puppets[who].result else {
                    Issue.record("a deadlock was not seen")
                    return
                }
                #expect(message.hasPrefix("it would be a deadlock: P" + Bytes(decimal: who) + " (subshell) holds"))
            } else if holder[wanted] == nil {
                try #require(eventually { puppets[who].result != nil })
                guard case .done? = puppets[who].result else {
                    Issue.record("a free lock was not given")
                    return
                }
                holder[wanted] = who
            } else {
                queues[wanted].append(who)
                waitsFor[who] = wanted
                try #require(eventually { LockGraph.waiterCount(of: locks[wanted]) == queues[wanted].count })
                if case .deadlock? = puppets[who].result { Issue.record("a deadlock where there is none") }
            }
        }
        #expect(deadlocks > 5)
        // What is held is abandoned by one after the other, which ends all waits.
        var left = Set(puppets.indices)
        while !left.isEmpty {
            try #require(eventually { left.contains { waitsFor[$0] == nil || puppets[$0].result != nil } })
            for puppet in left where waitsFor[puppet] == nil || puppets[puppet].result != nil {
                puppets[puppet].tell(.end)
                left.remove(puppet)
            }
        }
    }

    @Test func aCircleOfMany() throws {
        let count = 20
        let locks = (0..<count).map { Lock(title: "'" + Bytes(decimal: $0) + "'") }
        let seen = Mutex<[Bytes]>([])
        try Subjects.onThreads(count) { (index, sh) in
            guard let claimant = try? sh.claimant(), case .done? = try? locks[index].acquire(claimant, sh) else {
                return
            }
            while locks.contains(where: { $0.holder == 0 }) {
                // Those that have gone on already have seen all taken.
                if seen.withLock({ !$0.isEmpty }) { break }
                Threads.pause()
            }
            let next = locks[(index + 1) % count]
            switch try? next.acquire(claimant, sh) {
            case .done?: next.release(claimant)
            case .deadlock(let message)?: seen.withLock { $0.append(message) }
            default: seen.withLock { $0.append("something else") }
            }
            locks[index].release(claimant)
        }
        let messages = seen.withLock { $0 }
        #expect(messages.count == 1)
        #expect(messages.first?.split(on: UInt8(ascii: ";")).count == count)
    }
}
