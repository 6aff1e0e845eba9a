import Glibc

/// How a process group is ended (`--termseq`): signals, each with a time in which it may do its work, and at last SIGKILL,
/// so that nothing of a terminated job remains. A cursor over the steps; it sends nothing itself.
struct TerminationSequence {
    /// The last one is SIGKILL.
    private let steps: [TerminationStep]
    private var next = 0
    /// When the next step is due, on the monotonic clock in nanoseconds.
    private(set) var due: UInt64

    init(_ sequence: [TerminationStep], from now: UInt64) {
        steps =
            sequence.last?.signal == SIGKILL
            ? sequence : sequence + [TerminationStep(signal: SIGKILL, milliseconds: 25)]
        due = now
    }

    /// Leaves out all steps but the last.
    mutating func skipToKill(at now: UInt64) {
        next = min(next, steps.count - 1)
        if steps[next].signal != SIGKILL { next = steps.count - 1 }
        due = now
    }

    /// The signal to send now, if one is due; the caller asks again at `due`. Nil with `isOver` false: wait.
    mutating func signal(at now: UInt64) -> Int32? {
        guard now >= due, next < steps.count else { return nil }
        let step = steps[next]
        next += 1
        due = now + UInt64(max(step.milliseconds, 0)) * 1_000_000
        return step.signal
    }

    /// All signals are sent and the last one's time is up: what lives still cannot be ended.
    func isOver(at now: UInt64) -> Bool { next == steps.count && now >= due }

    /// Asks again at `time`, although nothing is left to be sent.
    mutating func wait(until time: UInt64) { due = time }
}
