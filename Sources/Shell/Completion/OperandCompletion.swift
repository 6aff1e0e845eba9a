import Bytes
import Platform

/// One of the words that could be meant.
package struct Candidate: Equatable, Sendable {
    package var text: Bytes
    /// What it is, for the list; empty where the text says it.
    package var description: Bytes

    package init(_ text: Bytes, _ description: Bytes = "") {
        self.text = text
        self.description = description
    }
}

/// What a built-in is asked about the word that is being typed.
package struct CompletionQuery: Sendable {
    /// The words before, the name of the built-in first.
    package var words: [Bytes]
    /// What was typed of the word, without quotes.
    package var text: Bytes

    /// The word before.
    package var previous: Bytes { words.last ?? Bytes() }

    /// The letters of the options so far.
    func hasOption(_ letter: UInt8) -> Bool {
        words.dropFirst().contains { $0.count > 1 && $0[0] == UInt8(ascii: "-") && $0.contains(letter) }
    }

    /// How many operands stand before the word.
    var operandCount: Int { words.dropFirst().count { $0.first != UInt8(ascii: "-") || $0.count == 1 } }
}

/// What the operands of a built-in are, for completion. Its options come from the text of its help.
package enum OperandCompletion: Sendable {
    case files
    case directories
    /// A command with its arguments: the first operand is its name.
    case commands
    /// Names of these kinds.
    case names(CompletionSpec.Actions)
    /// Jobs, as %1, with their commands.
    case jobs
    case signals
    case candidates([Candidate])
    case nothing
    /// It depends on the words before.
    case by(@Sendable (Interpreter, CompletionQuery) -> OperandCompletion)
}

/// A command whose completion the shell knows by itself: its options, and what its operands are.
package struct OwnCompletion: Sendable {
    package let name: Bytes
    let options: @Sendable () -> [Candidate]
    let completes: OperandCompletion

    package init(name: Bytes, options: @escaping @Sendable () -> [Candidate], completes: OperandCompletion) {
        self.name = name
        self.options = options
        self.completes = completes
    }

    init(_ builtin: Builtin) {
        self.init(name: builtin.name, options: { builtin.options }, completes: builtin.completes)
    }
}

extension Builtin {
    /// The options that the help tells of, each with its line.
    package var options: [Candidate] {
        ownOptions.map { $0() } ?? Builtin.options(in: details)
    }

    /// The options that a help's text tells of.
    static func options(in details: Bytes) -> [Candidate] {
        var options: [Candidate] = []
        for line in details.split(on: UInt8(ascii: "\n")) {
            // `-x  what it does`
            guard line.first == UInt8(ascii: "-") || line.first == UInt8(ascii: "+"), let gap = line.find("  ") else {
                continue
            }
            let text = line[0..<gap].split(on: UInt8(ascii: " "))[0]
            guard text.count > 1 else { continue }
            options.append(Candidate(text, Bytes(line.suffix(from: gap).drop { $0 == UInt8(ascii: " ") })))
        }
        return options
    }
}

extension Interpreter {
    var jobCandidates: [Candidate] {
        jobs.update()
        return jobs.jobs.map { Candidate("%" + Bytes(decimal: $0.number), $0.command) }
    }

    /// The user's processes with their names.
    var processCandidates: [Candidate] {
        guard let entries = try? System.listDirectory("/proc") else { return [] }
        var found: [Candidate] = []
        for entry in entries {
            guard entry.decimal != nil, let status = try? System.status("/proc/" + entry),
                status.uid == System.effectiveUserID || System.effectiveUserID == 0,
                let name = try? System.readFile("/proc/" + entry + "/comm")
            else { continue }
            found.append(Candidate(entry, name.dropLast()))
        }
        return found
    }

    var signalCandidates: [Candidate] {
        [Candidate("EXIT", "the end of the shell")]
            + Signals.all.compactMap { signal in
                Signals.name(of: signal).map { Candidate($0, Signals.explanation(of: signal) ?? "") }
            }
    }
}
