import Bytes
import Testing

@testable import Pool

/// The policies together, driven by a clock and jobs that are only numbers, against what a few lines of arithmetic say.
@Suite struct RunModelTests {
    /// A job as the test invents it: how each attempt ends, and after how long.
    struct Plan {
        var outcomes: [JobOutcome]
        var durations: [UInt64]
    }

    struct Run {
        var plans: [Plan]
        var limit: Int
        var attempts: Int
        var policy: HaltPolicy
        var keepsOrder: Bool
    }

    struct Result {
        /// The jobs whose output was handed on, in that order.
        var printed: [Int] = []
        /// The last outcome of each job that ended for good, in the order of the ends.
        var ended: [(sequence: Int, outcome: JobOutcome)] = []
        var attempts: [Int: Int] = [:]
        var mostAtOnce = 0
        var started = 0
        var status: Int32 = 0
        var killed: Set<Int> = []
    }

    /// Runs the plan with the policies of the runner.
    private func simulate(_ run: Run) -> Result {
        var result = Result()
        let slots = Slots(limit: run.limit)
        var halting = Halting(run.policy)
        let retrying = Retrying(attempts: run.attempts, firstDelay: 0, factor: 1)
        var order = OrderQueue(isStrict: run.keepsOrder)
        var waiting = Array(0..<run.plans.count)
        var again: [RunningJob] = []
        var running: [(job: RunningJob, end: UInt64)] = []
        var clock: UInt64 = 1
        var stops = false
        var kills = false
        while true {
            while !stops, slots.isAvailable, !again.isEmpty || !waiting.isEmpty {
                let job: RunningJob
                if again.isEmpty {
                    job = RunningJob(Job(sequence: waiting.removeFirst() + 1, arguments: []))
                    order.append(job)
                    result.started += 1
                } else {
                    job = again.removeFirst()
                }
                job.slot = slots.take() ?? 0
                #expect(!running.contains { $0.job.slot == job.slot })
                job.attempt += 1
                result.attempts[job.job.sequence] = job.attempt
                running.append((job, clock + run.plans[job.job.sequence - 1].durations[job.attempt - 1]))
                result.mostAtOnce = max(result.mostAtOnce, running.count)
            }
            guard let next = running.min(by: { ($0.end, $0.job.slot) < ($1.end, $1.job.slot) }), !kills else { break }
            clock = max(clock, next.end)
            running.removeAll { $0.job === next.job }
            slots.release(next.job.slot)
            let outcome = run.plans[next.job.job.sequence - 1].outcomes[next.job.attempt - 1]
            if !stops, case .again = retrying.verdict(on: outcome, attempt: next.job.attempt) {
                next.job.reset()
                again.append(next.job)
                continue
            }
            result.ended.append((next.job.job.sequence, outcome))
            order.finished(next.job, at: clock)
            switch halting.jobEnded(outcome, total: run.plans.count) {
            case .goOn: break
            case .startNoMore: stops = true
            case .killAll:
                stops = true
                kills = true
            }
            while let unit = order.next(at: clock) as? RunningJob { result.printed.append(unit.job.sequence) }
        }
        result.killed = Set(running.map(\.job.job.sequence))
        for unit in order.drain() { if let job = unit as? RunningJob { result.printed.append(job.job.sequence) } }
        result.status = halting.exitStatus(started: result.started)
        return result
    }

    /// The exit status that the outcomes, in the order in which they came, should lead to.
    private func expectedStatus(_ run: Run, _ ended: [JobOutcome]) -> Int32 {
        let failed = ended.filter { !$0.isSuccess }.count
        guard run.policy.when != .never else { return Int32(min(failed, 101)) }
        guard case .count(let count) = run.policy.limit else { return -1 }
        var seen = 0
        var failures = 0
        for outcome in ended {
            if !outcome.isSuccess { failures += 1 }
            let counts =
                switch run.policy.what {
                case .fail: !outcome.isSuccess
                case .success: outcome.isSuccess
                case .done: true
                }
            guard counts else { continue }
            seen += 1
            if seen >= count {
                if run.policy.what == .success { return 0 }
                return count == 1 ? outcome.shellStatus : Int32(min(failures, 101))
            }
        }
        return Int32(min(failed, 101))
    }

    private func randomRun(_ numbers: inout Numbers) -> Run {
        let attempts = Int.random(in: 1...3, using: &numbers)
        let plans = (0..<Int.random(in: 0...40, using: &numbers)).map { _ in
            Plan(
                outcomes: (0..<attempts).map { _ in
                    switch Int.random(in: 0..<6, using: &numbers) {
                    case 0: JobOutcome(status: Int32.random(in: 1...254, using: &numbers))
                    case 1: JobOutcome(status: 0, signal: 9)
                    default: .success
                    }
                },
                durations: (0..<attempts).map { _ in UInt64.random(in: 0...20_000_000, using: &numbers) })
        }
        let policies = [
            HaltPolicy(), HaltPolicy(.soon, .fail, .count(1)), HaltPolicy(.now, .fail, .count(3)),
            HaltPolicy(.soon, .success, .count(2)), HaltPolicy(.now, .done, .count(5)),
        ]
        return Run(
            plans: plans, limit: Int.random(in: 1...6, using: &numbers), attempts: attempts,
            policy: policies[Int.random(in: 0..<policies.count, using: &numbers)],
            keepsOrder: Bool.random(using: &numbers))
    }

    @Test func agreesWithTheModel() {
        var numbers = Numbers(state: 20_221_122)
        for _ in 0..<2_000 {
            let run = randomRun(&numbers)
            let result = simulate(run)
            #expect(result.mostAtOnce <= run.limit)
            #expect(result.status == expectedStatus(run, result.ended.map(\.outcome)))
            // Every job that ended is printed once, and nothing else is.
            #expect(result.printed.sorted() == result.ended.map(\.sequence).sorted())
            #expect(Set(result.printed).count == result.printed.count)
            if run.keepsOrder { #expect(result.printed == result.printed.sorted()) }
            for (sequence, outcome) in result.ended {
                let attempts = result.attempts[sequence] ?? 0
                let plan = run.plans[sequence - 1]
                #expect(plan.outcomes[attempts - 1] == outcome)
                // All attempts before the last have failed, and no attempt was given away.
                #expect(plan.outcomes[..<(attempts - 1)].allSatisfy { !$0.isSuccess })
                if run.policy.when == .never { #expect(outcome.isSuccess || attempts == run.attempts) }
            }
            if run.policy.when == .never {
                #expect(result.ended.count == run.plans.count)
                #expect(result.killed.isEmpty)
            }
        }
    }

    @Test func shortJobsArePrintedInOrderLongOnesAreNot() {
        var order = OrderQueue(isStrict: false)
        let jobs = (1...3).map { RunningJob(Job(sequence: $0, arguments: [])) }
        for job in jobs { order.append(job) }
        order.finished(jobs[1], at: 1_000)
        #expect(order.next(at: 1_000) == nil)
        #expect(order.due == 1_000 + OrderQueue.patience)
        order.finished(jobs[0], at: 2_000)
        #expect(order.next(at: 2_000) === jobs[0])
        #expect(order.next(at: 2_000) === jobs[1])
        let late = RunningJob(Job(sequence: 4, arguments: []))
        order.append(late)
        order.finished(late, at: 3_000)
        #expect(order.next(at: 3_000 + OrderQueue.patience) === late)
        #expect(order.next(at: .max) == nil)
    }
}
