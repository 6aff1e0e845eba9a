import Bytes
import Glibc
import Testing

@testable import Pool

@Suite struct HaltingTests {
    private func status(_ policy: HaltPolicy, _ outcomes: [JobOutcome], total: Int?) -> (Int32, [Halting.Decision]) {
        var halting = Halting(policy)
        let decisions = outcomes.map { halting.jobEnded($0, total: total) }
        return (halting.exitStatus(started: outcomes.count), decisions)
    }

    private let ok = JobOutcome.success
    private func failed(_ status: Int32) -> JobOutcome { JobOutcome(status: status) }

    @Test func countsFailuresUpTo101() {
        #expect(status(HaltPolicy(), [ok, failed(7)], total: 2).0 == 1)
        #expect(status(HaltPolicy(), Array(repeating: failed(1), count: 100), total: 100).0 == 100)
        #expect(status(HaltPolicy(), Array(repeating: failed(1), count: 101), total: 101).0 == 101)
        #expect(status(HaltPolicy(), Array(repeating: failed(1), count: 5000), total: 5000).0 == 101)
    }

    @Test func oneFailureGivesItsOwnStatus() {
        let (value, decisions) = status(HaltPolicy(.now, .fail, .count(1)), [ok, failed(3)], total: nil)
        #expect(value == 3)
        #expect(decisions == [.goOn, .killAll])
        let killed = JobOutcome(status: 0, signal: 9)
        #expect(status(HaltPolicy(.now, .fail, .count(1)), [killed], total: nil).0 == 137)
        #expect(status(HaltPolicy(.soon, .fail, .count(1)), [.timedOut(signal: 15)], total: nil).0 == 255)
    }

    @Test func moreFailuresGiveTheirNumber() {
        let (value, decisions) = status(HaltPolicy(.soon, .fail, .count(2)), [failed(3), ok, failed(4)], total: nil)
        #expect(value == 2)
        #expect(decisions == [.goOn, .goOn, .startNoMore])
    }

    @Test func successEndsWithZero() {
        let (value, decisions) = status(HaltPolicy(.now, .success, .count(1)), [failed(2), failed(3), ok], total: nil)
        #expect(value == 0)
        #expect(decisions == [.goOn, .goOn, .killAll])
        // Not reached: the failures are counted.
        #expect(status(HaltPolicy(.soon, .success, .count(2)), [failed(2), ok], total: nil).0 == 1)
    }

    @Test func percentageNeedsTheTotal() {
        let policy = HaltPolicy(.soon, .fail, .percent(30))
        let (value, decisions) = status(policy, [failed(1), failed(1), failed(1)], total: 10)
        #expect(value == 30)
        #expect(decisions == [.goOn, .goOn, .startNoMore])
        var halting = Halting(policy)
        #expect(halting.needsTotal)
        #expect(halting.jobEnded(failed(1), total: nil) == .goOn)
        #expect(halting.totalKnown(2) == .startNoMore)
        #expect(halting.exitStatus(started: 1) == 50)
    }

    @Test func percentageThatIsOneJobGivesItsStatus() {
        #expect(status(HaltPolicy(.now, .fail, .percent(10)), [failed(9)], total: 10).0 == 9)
    }

    @Test func doneCountsEverything() {
        let (value, decisions) = status(HaltPolicy(.now, .done, .count(2)), [failed(2), failed(3)], total: nil)
        #expect(value == 2)
        #expect(decisions == [.goOn, .killAll])
    }
}

@Suite struct RetryingTests {
    @Test func triesAsOftenAsAllowed() {
        let retrying = Retrying(attempts: 3, firstDelay: 0, factor: 2)
        let failure = JobOutcome(status: 1)
        #expect(retrying.verdict(on: failure, attempt: 1) == .again(after: 0))
        #expect(retrying.verdict(on: failure, attempt: 2) == .again(after: 0))
        #expect(retrying.verdict(on: failure, attempt: 3) == .final)
        #expect(retrying.verdict(on: .success, attempt: 1) == .final)
        #expect(retrying.verdict(on: .skipped, attempt: 1) == .final)
    }

    @Test func pausesGrow() {
        let retrying = Retrying(attempts: .max, firstDelay: 1_000, factor: 2)
        let failure = JobOutcome(status: 0, signal: 15)
        #expect(retrying.verdict(on: failure, attempt: 1) == .again(after: 1_000))
        #expect(retrying.verdict(on: failure, attempt: 4) == .again(after: 8_000))
        #expect(retrying.verdict(on: failure, attempt: 1_000_000) == .again(after: 3_600_000_000_000))
    }
}

@Suite struct SlotsTests {
    @Test func givesTheLowestFreeNumber() {
        let slots = Slots(limit: 3)
        #expect([slots.take(), slots.take(), slots.take(), slots.take()] == [1, 2, 3, nil])
        slots.release(3)
        slots.release(1)
        #expect(slots.next == 1)
        #expect(slots.take() == 1)
        #expect(slots.take() == 3)
    }

    @Test func followsItsLimit() {
        let slots = Slots(limit: 2)
        _ = slots.take()
        _ = slots.take()
        slots.limit = 1
        slots.release(1)
        #expect(!slots.isAvailable)
        slots.release(2)
        #expect(slots.take() == 1)
    }
}

@Suite struct TerminationSequenceTests {
    @Test func sendsEachSignalWhenItIsDueAndKillsAtLast() {
        var sequence = TerminationSequence([TerminationStep(signal: SIGINT, milliseconds: 100)], from: 1_000)
        #expect(sequence.signal(at: 1_000) == SIGINT)
        #expect(sequence.signal(at: 1_000) == nil)
        #expect(sequence.due == 100_001_000)
        #expect(sequence.signal(at: 100_001_000) == SIGKILL)
        #expect(!sequence.isOver(at: 100_001_000))
        #expect(sequence.isOver(at: 125_001_000))
    }

    @Test func skipsToTheLastStep() {
        var sequence = TerminationSequence(TerminationStep.standard, from: 0)
        #expect(sequence.signal(at: 0) == SIGTERM)
        sequence.skipToKill(at: 5)
        #expect(sequence.signal(at: 5) == SIGKILL)
        #expect(sequence.signal(at: .max) == nil)
    }
}

@Suite struct RuntimeMedianTests {
    @Test func isCloseToTheTruth() {
        var median = RuntimeMedian()
        var generator = Numbers(state: 7)
        var values: [UInt64] = []
        for _ in 0..<1001 {
            let value = generator.next() % 5_000_000_000
            values.append(value)
            median.insert(value)
        }
        let truth = Double(values.sorted()[500])
        let found = Double(median.value ?? 0)
        #expect(abs(found - truth) / truth < 0.05)
    }

    @Test func needsThreeValues() {
        var median = RuntimeMedian()
        median.insert(10)
        median.insert(11)
        #expect(median.value == nil)
        median.insert(12)
        #expect(median.value == 11)
    }
}

/// Reproducible random numbers.
struct Numbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        var x = state
        x ^= x >> 33
        x = x &* 0xFF51_AFD7_ED55_8CCD
        x ^= x >> 29
        return x
    }
}
