import Bytes

/// What a replacement string such as `{}`, `{2/.}` or `{#}` stands for: where its value comes from, and what is done to
/// it.
struct ReplacementString: Hashable, Sendable {
    enum Source: Hashable, Sendable {
        /// `{}`: all arguments of the job
        case arguments
        /// `{n}`: from 1, or from the end if negative
        case argument(Int)
        /// `{#}`
        case sequence
        /// `{%}`
        case slot
        /// `{##}`
        case total
        /// `{0#}`: with zeros before it, so that all are equally long
        case paddedSequence
        /// `{0%}`
        case paddedSlot
        /// `{slot}`: the slot, which the text of the command shows as this variable
        case slotVariable
        /// `{choose_k}`, `{uniq}`: all arguments; which jobs there are is the input's business (`JobFilter`)
        case filter(JobFilter)
    }

    var source: Source
    var edit: ValueEdit = .none

    /// Whether it takes its values from the job's arguments.
    var isArgument: Bool {
        switch source {
        case .arguments, .argument, .filter: true
        default: false
        }
    }

    /// Whether it stands for all arguments, however many there are.
    var isPlural: Bool {
        switch source {
        case .arguments, .filter: true
        default: false
        }
    }

    /// The index into `count` arguments; nil if there is no such argument.
    static func index(_ position: Int, in count: Int) -> Int? {
        let index = position > 0 ? position - 1 : count + position
        return index >= 0 && index < count ? index : nil
    }

    /// The text of a replacement string that is not one of the arguments.
    func number(for job: borrowing Job, slot: Int, slots: Int) -> Bytes {
        switch source {
        case .sequence: Bytes(decimal: job.sequence)
        case .slot, .slotVariable: Bytes(decimal: slot)
        case .total: Bytes(decimal: job.total)
        case .paddedSequence: ReplacementString.padded(job.sequence, like: job.total)
        case .paddedSlot: ReplacementString.padded(slot, like: slots)
        case .arguments, .argument, .filter: Bytes()
        }
    }

    private static func padded(_ number: Int, like largest: Int) -> Bytes {
        let digits = Bytes(decimal: number)
        let width = Bytes(decimal: max(largest, 1)).count
        return Bytes(repeating: UInt8(ascii: "0"), count: max(width - digits.count, 0)) + digits
    }
}

/// Combinations of the input that are left out: `{choose_k}`, `{uniq}`.
package enum JobFilter: Hashable, Sendable {
    /// Those whose values are not in strictly ascending order.
    case ascending
    /// Those in which a value occurs twice.
    case unique

    func accepts(_ arguments: [Bytes]) -> Bool {
        switch self {
        case .ascending: zip(arguments, arguments.dropFirst()).allSatisfy { $0 < $1 }
        case .unique: Set(arguments).count == arguments.count
        }
    }
}
