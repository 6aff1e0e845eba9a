import Bytes
import Testing

@testable import Pool

/// Runs that share the slots of a pool.
@Suite struct SlotPoolTests {
    @Test func waitingRunsGetWhatIsFreeInTurn() {
        let pool = SlotPool(limit: 3)
        let first = Slots(sharing: pool) {}
        let second = Slots(sharing: pool) {}
        #expect([first.take(), first.take(), first.take()] == [1, 2, 3])
        #expect(!second.isAvailable)
        #expect(first.areWanted)
        first.release(2)
        // The one that holds less and waits comes first.
        #expect(!first.isAvailable)
        #expect(second.take() == 2)
        #expect(!second.isAvailable)
        first.release(1)
        // Each holds one: the other may not have both.
        #expect(first.take() == 1)
        #expect(pool.used == 3)
    }

    @Test func whatIsInHandAndNotNeededGoesBack() {
        let pool = SlotPool(limit: 1)
        let first = Slots(sharing: pool) {}
        let second = Slots(sharing: pool) {}
        #expect(first.isAvailable)
        #expect(!second.isAvailable)
        first.rest(wanting: false)
        #expect(second.take() == 1)
        second.leave()
        #expect(pool.used == 0)
        #expect(first.take() == 1)
    }

    @Test func nothingIsGivenDuringAPause() {
        let pool = SlotPool(limit: 2)
        let run = Slots(sharing: pool) {}
        #expect(run.take() == 1)
        pool.pause(true)
        #expect(!run.isAvailable)
        pool.pause(false)
        #expect(run.take() == 2)
    }

    @Test func aSmallerPoolAsksForWhatIsTooMuch() {
        let pool = SlotPool(limit: 3)
        let run = Slots(sharing: pool) {}
        for number in 1...3 { #expect(run.take() == number) }
        pool.resize(to: 1)
        let mustYield = run.mustYield.load(ordering: .relaxed)
        #expect(mustYield)
        run.release(2)
        run.release(3)
        #expect(!run.isAvailable)
        run.release(1)
        #expect(run.isAvailable)
    }

    @Test func jobsCanBeHandedInUntilTheQueueIsClosed() throws {
        let queue = JobQueue()
        #expect(queue.put(Job(sequence: 1, arguments: ["a"])))
        guard case .job(let job) = try queue.next() else { Issue.record("no job"); return }
        #expect(job.arguments == ["a"])
        guard case .blocked = try queue.next() else { Issue.record("not blocked"); return }
        queue.close()
        #expect(!queue.put(Job(sequence: 2, arguments: [])))
        guard case .end = try queue.next() else { Issue.record("no end"); return }
    }
}
