import Bytes

/// When a run ends before its jobs do (`--halt`), and the exit status of the whole, both as GNU parallel defines them.
///
/// Pure: told of each ended job, it answers what to do; it starts and kills nothing.
struct Halting {
    enum Decision: Equatable {
        case goOn
        /// Start no more jobs and wait for those that run.
        case startNoMore
        /// Kill those that run as well.
        case killAll
    }

    let policy: HaltPolicy
    private(set) var failed = 0
    private(set) var completed = 0
    /// The exit status that the halting job determined; nil as long as none has.
    private(set) var haltStatus: Int32?
    /// The last job that counts for the policy, while the total of jobs is still to be learnt.
    private var undecided: JobOutcome?

    init(_ policy: HaltPolicy) { self.policy = policy }

    /// A percentage can be judged only when the number of all jobs is known.
    var needsTotal: Bool {
        if policy.when == .never { return false }
        if case .percent = policy.limit { return true }
        return false
    }

    private var succeeded: Int { completed - failed }

    /// A job has ended for good (it will not be retried).
    ///
    /// - Parameter total: the number of all jobs, if the input has been read to its end.
    mutating func jobEnded(_ outcome: JobOutcome, total: Int?) -> Decision {
        completed += 1
        if !outcome.isSuccess { failed += 1 }
        guard policy.when != .never, counts(outcome) else { return .goOn }
        undecided = outcome
        return decide(total: total)
    }

    /// Many jobs at once, under a policy that no single job can trigger.
    mutating func jobsEnded(_ count: Int, failed: Int) {
        completed += count
        self.failed += failed
    }

    /// The policy counts this job: the user is told of it.
    func isCounted(_ outcome: JobOutcome) -> Bool { policy.when != .never && counts(outcome) }

    /// The total of jobs is known now: judges what had to wait for it.
    mutating func totalKnown(_ total: Int) -> Decision { decide(total: total) }

    private func counts(_ outcome: JobOutcome) -> Bool {
        switch policy.what {
        case .fail: !outcome.isSuccess
        case .success: outcome.isSuccess
        case .done: true
        }
    }

    private mutating func decide(total: Int?) -> Decision {
        guard let outcome = undecided else { return .goOn }
        let threshold: Double
        switch policy.limit {
        case .count(let count):
            threshold = Double(count)
        case .percent(let percent):
            guard let total else { return .goOn }
            threshold = Double(total) * percent / 100
        }
        undecided = nil
        let count =
            switch policy.what {
            case .fail: failed
            case .success: succeeded
            case .done: completed
            }
        guard Double(count) >= threshold else { return .goOn }
        if policy.what == .success {
            haltStatus = 0
        } else if haltStatus == nil {
            // One job decided: its own status tells more than a count of one.
            haltStatus = threshold == 1 ? outcome.shellStatus : failureStatus(of: total)
        }
        return policy.when == .soon ? .startNoMore : .killAll
    }

    /// The failed jobs, counted up to 101, or as a percentage of all where the limit is one.
    private func failureStatus(of total: Int?) -> Int32 {
        if case .percent = policy.limit, policy.when != .never {
            let share = Double(failed) * 100 / Double(max(total ?? 1, 1))
            return Int32(share.rounded(.up))
        }
        return Int32(min(failed, 101))
    }

    /// The exit status of the run: 0, or 1 to 100 jobs failed, or 101 for more; that of the halting job if one halted it.
    ///
    /// - Parameter started: how many jobs were started, for a percentage that no job has reached.
    func exitStatus(started: Int) -> Int32 { haltStatus ?? failureStatus(of: started) }
}
