import Bytes

/// An option of the command line: its names, its value, its help and what it does. The parser, `--help`, the manual
/// page and the completions all draw on the values of this type in `OptionTable`.
struct Option: Sendable {
    enum Value: Sendable {
        case none
        case required(Bytes, Hint = .none)
        /// Only attached to the option: `-eTEXT`, `--eof=TEXT`.
        case optional(Bytes, Hint = .none)

        var name: Bytes? {
            switch self {
            case .none: nil
            case .required(let name, _), .optional(let name, _): name
            }
        }

        var hint: Hint {
            switch self {
            case .none: .none
            case .required(_, let hint), .optional(_, let hint): hint
            }
        }

        var isOptional: Bool { if case .optional = self { true } else { false } }
    }

    /// What a value can be, for completion.
    enum Hint: Sendable, Equatable {
        case none
        case file
        case directory
        case command
        case choices([Bytes])
    }

    typealias Action = @Sendable (inout Settings, Bytes) throws(OptionError) -> Void

    enum Effect: Sendable {
        /// An option of the runner.
        case run(Action)
        /// An option that GNU parallel has and thresh has not: the reason, and what to do instead.
        case refused(Bytes)
        /// An option of the shell, which the shell parses by itself.
        case shell
    }

    /// Long names without their hyphens in front; the first is the one that is shown. Hyphens inside may be left out.
    let names: [Bytes]
    let letters: [UInt8]
    let value: Value
    let topic: Topic
    /// One line without a full stop.
    let help: Bytes
    /// Sentences for the manual page, in mdoc; empty if the line of help says all.
    let details: Bytes
    let effect: Effect

    /// - Parameter letters: the short names, one after the other.
    init(
        _ names: [Bytes], _ letters: Bytes = "", _ value: Value = .none, topic: Topic, _ help: Bytes,
        details: Bytes = "", effect: Effect
    ) {
        self.names = names
        self.letters = Array(letters)
        self.value = value
        self.topic = topic
        self.help = help
        self.details = details
        self.effect = effect
    }

    init(
        _ names: [Bytes], _ letters: Bytes = "", _ value: Value = .none, topic: Topic, _ help: Bytes,
        details: Bytes = "", _ action: @escaping Action
    ) {
        self.init(names, letters, value, topic: topic, help, details: details, effect: .run(action))
    }

    var isShown: Bool { if case .refused = effect { false } else { !help.isEmpty } }

    /// `-j N, --jobs N`
    var usage: Bytes {
        var parts: [Bytes] = []
        for letter in letters {
            var text: Bytes = "-"
            text.append(letter)
            if let name = value.name {
                text.append(value.isOptional ? "[" : " ")
                text.append(name)
                if value.isOptional { text.append("]") }
            }
            parts.append(text)
        }
        for name in names.prefix(2) {
            var text: Bytes = "--"
            text.append(name)
            if let name = value.name {
                text.append(value.isOptional ? "[=" : " ")
                text.append(name)
                if value.isOptional { text.append("]") }
            }
            parts.append(text)
        }
        return parts.joined(by: ", ")
    }
}

/// The chapters of the help and of the manual's options.
enum Topic: Sendable, CaseIterable {
    case input, replacement, slots, output, record, halt, other, shell

    var name: Bytes {
        switch self {
        case .input: "input"
        case .replacement: "replacement"
        case .slots: "slots"
        case .output: "output"
        case .record: "record"
        case .halt: "halt"
        case .other: "other"
        case .shell: "shell"
        }
    }

    var title: Bytes {
        switch self {
        case .input: "Input: where arguments come from, and how many a job gets"
        case .replacement: "Replacement strings: where arguments go in the command"
        case .slots: "Slots: how many jobs run, when, and under which limits"
        case .output: "Output: in which order and with which marks"
        case .record: "Record: job log, resuming, results, progress"
        case .halt: "Ending: failures, retries and early ends"
        case .other: "Other"
        case .shell: "The shell: thresh as sh"
        }
    }
}
