import Bytes
import Platform
import Testing

@testable import Primitives
@testable import Shell

/// Interpreters for threads of tests.
enum Subjects {
    static let main = Interpreter(name: "thresh", environment: [], sourceName: "test")
    private static let guardian = Mutex(0)

    static func interpreter(_ name: Bytes) -> Interpreter {
        guardian.withLock { _ in
            let sh = Interpreter(copying: main, cancellation: Cancellation())
            sh.threadName = name
            return sh
        }
    }

    /// Runs `body` on so many threads at once, each with an interpreter that ends with it, until all have ended.
    static func onThreads(_ count: Int, _ body: @escaping @Sendable (Int, Interpreter) -> Void) throws {
        let condition = Condition()
        let left = Mutex(count)
        for index in 0..<count {
            try Threads.run {
                body(index, interpreter("Thread-" + Bytes(decimal: index + 1)))
                condition.withLock { left.withLock { $0 -= 1 } }
                condition.broadcast()
            }
        }
        condition.withLock { while left.withLock({ $0 }) > 0 { condition.wait() } }
    }
}

/// A value that only those touch who hold the lock: a race is seen by the thread sanitizer.
private final class Unguarded: @unchecked Sendable {
    var value = 0
}

@Suite struct LockTests {
    @Test func sixtyFourThreadsExcludeEachOther() throws {
        let lock = Lock(title: "'l'")
        let counter = Unguarded()
        try Subjects.onThreads(64) { (_, sh) in
            for _ in 0..<100_000 {
                guard let claimant = try? sh.claimant(), case .done? = try? lock.acquire(claimant, sh) else { return }
                counter.value += 1
                lock.release(claimant)
            }
        }
        #expect(counter.value == 6_400_000)
        #expect(lock.holder == 0)
        #expect(LockGraph.waiterCount(of: lock) == 0)
    }

    @Test func nobodyWaitsForEverBesideALoop() throws {
        let lock = Lock(title: "'l'")
        let turns = Mutex([0, 0])
        try Subjects.onThreads(2) { (index, sh) in
            let end = Clock.monotonicNanoseconds() + 300_000_000
            while Clock.monotonicNanoseconds() < end {
                guard let claimant = try? sh.claimant(), case .done? = try? lock.acquire(claimant, sh) else { return }
                turns.withLock { $0[index] += 1 }
                Clock.sleep(until: Clock.monotonicNanoseconds() + 5_000_000)
                lock.release(claimant)
            }
        }
        let counts = turns.withLock { $0 }
        #expect(counts.allSatisfy { $0 >= 5 }, "\(counts)")
    }

    @Test func timesAndCancellationsLeaveNothingBehind() throws {
        let lock = Lock(title: "'l'")
        let counter = Unguarded()
        let outcomes = Mutex((done: 0, timedOut: 0, cancelled: 0))
        try Subjects.onThreads(8) { (index, first) in
            var sh = first
            for round in 0..<200 {
                let isCancelled = (index + round) % 5 == 0
                if isCancelled {
                    sh = Subjects.interpreter("cancelled")
                    if round % 2 == 0 { sh.cancellation.cancel() }
                }
                guard let claimant = try? sh.claimant() else { return }
                let deadline = Clock.monotonicNanoseconds() + UInt64((index * 37 + round * 11) % 200) * 1000
                do throws(Unwind) {
                    switch try lock.acquire(claimant, sh, until: deadline) {
                    case .done:
                        counter.value += 1
                        if round % 3 == 0 { Clock.sleep(until: Clock.monotonicNanoseconds() + 100_000) }
                        lock.release(claimant)
                        outcomes.withLock { $0.done += 1 }
                    default: outcomes.withLock { $0.timedOut += 1 }
                    }
                } catch { outcomes.withLock { $0.cancelled += 1 } }
                if isCancelled { sh = first }
            }
        }
        let (done, timedOut, cancelled) = outcomes.withLock { $0 }
        #expect(done + timedOut + cancelled == 1600)
        #expect(counter.value == done)
        #expect(lock.holder == 0)
        #expect(LockGraph.waiterCount(of: lock) == 0)
    }

    @Test func waitersAreToldThatTheHolderHasEnded() throws {
        let lock = Lock(title: "'l'")
        let told = Mutex<[Bytes]>([])
        try Subjects.onThreads(5) { (index, sh) in
            guard let claimant = try? sh.claimant() else { return }
            if index == 0 {
                _ = try? lock.acquire(claimant, sh)
                while LockGraph.waiterCount(of: lock) < 4 { Threads.pause() }
                return
            }
            while lock.holder == 0 { Threads.pause() }
            if case .abandoned(let name)? = try? lock.acquire(claimant, sh) { told.withLock { $0.append(name) } }
        }
        #expect(told.withLock { $0 } == [Bytes](repeating: "Thread-1 (subshell)", count: 4))
        #expect(LockGraph.holder(of: lock)?.isAbandoned == true)
        #expect(LockGraph.breakAbandoned(lock) == "Thread-1 (subshell)")
        #expect(LockGraph.breakAbandoned(lock) == nil)
        let sh = Subjects.interpreter("later")
        let claimant = try sh.claimant()
        guard case .done = try lock.acquire(claimant, sh) else {
            Issue.record("not free")
            return
        }
        #expect(!LockGraph.retire(lock))
        lock.release(claimant)
        #expect(LockGraph.retire(lock))
        guard case .deleted = try lock.acquire(claimant, sh) else {
            Issue.record("taken though it was deleted")
            return
        }
    }
}
