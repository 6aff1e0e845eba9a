/// Whether and when a failed job is run again (`--retries`, `--retry-delay`). Pure.
struct Retrying {
    enum Verdict: Equatable {
        case final
        /// Run it again, this many nanoseconds from now.
        case again(after: UInt64)
    }

    /// How often a job may run in all; 0 and 1 mean once.
    let attempts: Int
    /// The pause before the second attempt, in nanoseconds.
    let firstDelay: UInt64
    /// By how much each further pause is longer than the one before.
    let factor: Double
    /// No pause grows past this: an hour.
    private static let longestDelay: Double = 3600e9

    var isOn: Bool { attempts > 1 }

    /// - Parameter attempt: which attempt has just ended, from 1.
    func verdict(on outcome: JobOutcome, attempt: Int) -> Verdict {
        guard !outcome.isSuccess, outcome != .skipped, attempt < attempts else { return .final }
        var delay = Double(firstDelay)
        for _ in 1..<min(attempt, 64) where delay < Retrying.longestDelay { delay *= factor }
        return .again(after: UInt64(min(delay, Retrying.longestDelay)))
    }

    /// True if no later attempt can replace what this one prints.
    func isLast(_ attempt: Int) -> Bool { attempt >= attempts }
}
