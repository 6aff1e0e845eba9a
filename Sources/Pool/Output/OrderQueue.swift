// In which order the output of jobs is handed on.
//
// With `-k` it is the order of the input, whatever it takes. Without, it is the order in which jobs end, with one courtesy:
// a job that ends while one started before it still runs is held back for some milliseconds, so that jobs too short for
// their ends to have a meaningful order are printed in the order of the input.

import DequeModule

/// One job, or a batch of jobs that ran one after the other, whose output is handed on as a whole.
class OutputUnit {
    /// It has ended and can be handed on.
    final var isFinished = false
    /// There is nothing to hand on: it was killed, or never ran.
    final var isDropped = false
    /// Until when it may be held back, on the monotonic clock.
    final var heldUntil: UInt64 = 0
}

/// The units that have started and were not handed on, in the order of the input.
///
/// Thread: the runner's.
struct OrderQueue {
    static let patience: UInt64 = 5_000_000

    private var units: Deque<OutputUnit> = []
    /// Finished units that wait behind others.
    private var held = 0
    let isStrict: Bool

    init(isStrict: Bool) { self.isStrict = isStrict }

    var isEmpty: Bool { units.isEmpty }
    var count: Int { units.count }

    /// The unit whose turn it is.
    var first: OutputUnit? { units.first }

    mutating func append(_ unit: OutputUnit) { units.append(unit) }

    /// `unit` is the rest of `earlier`, taken over by another worker.
    mutating func insert(_ unit: OutputUnit, after earlier: OutputUnit) {
        guard let index = units.firstIndex(where: { $0 === earlier }) else { return units.append(unit) }
        units.insert(unit, at: index + 1)
    }

    /// The unit has ended; it is handed out by `next`.
    mutating func finished(_ unit: OutputUnit, at now: UInt64) {
        unit.isFinished = true
        if units.first !== unit {
            unit.heldUntil = isStrict ? .max : now + OrderQueue.patience
            held += 1
        }
    }

    /// Takes a finished unit out of its turn.
    mutating func remove(_ unit: OutputUnit) {
        guard let index = units.firstIndex(where: { $0 === unit }) else { return }
        if unit.heldUntil > 0 { held -= 1 }
        units.remove(at: index)
    }

    /// The next unit to hand on, which is then no longer in the queue.
    mutating func next(at now: UInt64) -> OutputUnit? {
        if let first = units.first, first.isFinished {
            if first.heldUntil > 0 { held -= 1 }
            return units.popFirst()
        }
        guard held > 0, !isStrict else { return nil }
        guard let index = units.firstIndex(where: { $0.isFinished && $0.heldUntil <= now }) else { return nil }
        held -= 1
        return units.remove(at: index)
    }

    /// When `next` may have something although nothing more has ended.
    var due: UInt64? {
        guard held > 0, !isStrict else { return nil }
        return units.lazy.filter(\.isFinished).map(\.heldUntil).min()
    }

    /// Takes all that has ended, past those that never will: the end of a run that was cut short.
    mutating func drain() -> [OutputUnit] {
        defer {
            units.removeAll()
            held = 0
        }
        return units.filter(\.isFinished)
    }
}
