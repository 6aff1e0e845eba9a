import Bytes
import Platform
import Testing

@testable import Primitives
@testable import Shell

@Suite struct MonitorTests {
    @Test func noPermitIsLostOrMade() throws {
        let semaphore = Semaphore(3, limit: 3)
        let inside = Mutex((now: 0, most: 0))
        try Subjects.onThreads(64) { (index, sh) in
            for round in 0..<500 {
                let deadline = (index + round) % 4 == 0 ? Clock.monotonicNanoseconds() + 20_000 : nil
                guard case .done? = try? semaphore.acquire(sh, until: deadline) else { continue }
                inside.withLock {
                    $0.now += 1
                    $0.most = max($0.most, $0.now)
                }
                if round % 64 == 0 { Clock.sleep(until: Clock.monotonicNanoseconds() + 20_000) }
                inside.withLock { $0.now -= 1 }
                semaphore.release()
            }
        }
        #expect(semaphore.permits.withLock { $0 } == 3)
        #expect(semaphore.permits.sleeperCount == 0)
        #expect(inside.withLock { $0.most } <= 3)
        #expect(!semaphore.release())
    }

    @Test func allPartiesPassEachRoundTogether() throws {
        let barrier = Barrier(parties: 8)
        let rounds = Mutex([Int](repeating: 0, count: 200))
        let isOrdered = Mutex(true)
        try Subjects.onThreads(8) { (_, sh) in
            for round in 0..<200 {
                rounds.withLock { $0[round] += 1 }
                guard case .done(.some)? = try? barrier.wait(sh, until: nil) else { return }
                if rounds.withLock({ $0[round] }) != 8 { isOrdered.withLock { $0 = false } }
            }
        }
        #expect(isOrdered.withLock { $0 })
        #expect(rounds.withLock { $0.allSatisfy { $0 == 8 } })
    }

    @Test func abrokenBarrierHoldsNobody() throws {
        let barrier = Barrier(parties: 9)
        let broken = Mutex(0)
        try Subjects.onThreads(8) { (index, sh) in
            let deadline = index == 0 ? Clock.monotonicNanoseconds() + 5_000_000 : nil
            switch try? barrier.wait(sh, until: deadline) {
            case .done(nil)?, .timedOut?: broken.withLock { $0 += 1 }
            default: break
            }
        }
        #expect(broken.withLock { $0 } == 8)
    }

    @Test func everyNotificationReachesSomebody() throws {
        let condition = LockCondition(title: "'c'", lock: nil)
        let items = Mutex((made: 0, taken: 0))
        let total = 4000
        try Subjects.onThreads(8) { (index, sh) in
            guard let claimant = try? sh.claimant() else { return }
            if index < 2 {
                for _ in 0..<(total / 2) {
                    _ = try? condition.lock.acquire(claimant, sh)
                    items.withLock { $0.made += 1 }
                    condition.notify(1)
                    condition.lock.release(claimant)
                }
                return
            }
            _ = try? condition.lock.acquire(claimant, sh)
            while items.withLock({ $0.taken < total }) {
                if items.withLock({ $0.taken < $0.made }) {
                    items.withLock { $0.taken += 1 }
                    continue
                }
                // Some leave early, and must not take a notification with them.
                let deadline = index % 2 == 0 ? Clock.monotonicNanoseconds() + 50_000 : nil
                guard let (_, again) = try? condition.wait(claimant, sh, until: deadline), case .done = again else {
                    return
                }
            }
            condition.notify(.max)
            condition.lock.release(claimant)
        }
        #expect(items.withLock { $0.taken } == total)
        #expect(condition.waiterCount == 0)
    }

    @Test func setAndClearedAtOnceIsSeenAllTheSame() throws {
        let event = EventFlag(isSet: false)
        let seen = Mutex(0)
        try Subjects.onThreads(9) { (index, sh) in
            if index == 0 {
                while event.state.sleeperCount < 8 { Threads.pause() }
                event.set()
                event.state.withLock { $0.isSet = false }
                return
            }
            if case .done? = try? event.wait(sh, until: nil) { seen.withLock { $0 += 1 } }
        }
        #expect(seen.withLock { $0 } == 8)
    }
}
