// The form that all primitives share: NOUN VERB [options] NAME [arguments].
//
// A noun is a built-in with verbs; each verb is a value that says how it is called, what its options are and what it does. The
// frame reads the options, answers --help, completes verbs, options and names, and reports wrong use, so that a primitive's own
// file is about the primitive. Statuses are the same everywhere: 0; 1 for "no" (closed and empty, would have to wait, not alive);
// 2 for wrong use, a name that is unknown and one that is used already; 124 when the time of -t is over; 128 and the signal's
// number when a signal has ended the wait.

import Bytes
import Platform
import Shell

/// A primitive as a built-in.
///
/// A class, as `Verb` is: calling a verb must not copy the tables.
package final class Noun: Sendable {
    let name: Bytes
    /// One line: what it is.
    let summary: Bytes
    /// What its help says after the verbs.
    let details: Bytes
    let examples: Bytes
    let verbs: [Verb]
    /// The names that there are, for completion.
    let names: @Sendable (Interpreter) -> [Candidate]
    /// The verbs' keys, in their order: what is looked through at each call.
    private let keys: [UInt64]

    /// Without those that are for other processes only, which have no summary.
    private var shownVerbs: [Verb] { verbs.filter { !$0.summary.isEmpty } }

    init(
        name: Bytes, summary: Bytes, details: Bytes = "", examples: Bytes = "", verbs: [Verb],
        names: @escaping @Sendable (Interpreter) -> [Candidate]
    ) {
        self.name = name
        self.summary = summary
        self.details = details
        self.examples = examples
        self.verbs = verbs
        self.names = names
        keys = verbs.map { Noun.key($0.name) }
    }

    func verb(_ name: Bytes) -> Verb? {
        let key = Noun.key(name)
        for index in keys.indices where keys[index] == key && verbs[index].name == name { return verbs[index] }
        return nil
    }

    /// A name's length and its first and last bytes: few verbs of a noun have the same.
    @inline(__always)
    private static func key(_ name: Bytes) -> UInt64 {
        let count = name.count
        guard count > 0 else { return 0 }
        return UInt64(count) << 16 | UInt64(name[0]) << 8 | UInt64(name[count - 1])
    }

    /// The lines of its use, one for each verb.
    var synopsis: Bytes { shownVerbs.map { name + " " + $0.synopsis }.joined(by: "\n") }

    /// The verbs with their options, and the details.
    var text: Bytes {
        var text = Bytes()
        for verb in shownVerbs {
            text.append(verb.name)
            text.append(": ")
            text.append(verb.summary)
            text.append("\n")
            for option in verb.options { text.append(option.line) }
        }
        if !details.isEmpty {
            text.append("\n")
            text.append(details)
        }
        return text
    }

    /// Runs `NOUN VERB …`.
    ///
    /// - Parameter reply: for a process that has asked.
    func run(_ sh: Interpreter, _ arguments: Arguments, reply: Reply? = nil) throws(Unwind) -> Int32 {
        guard arguments.count > 1 else { return wrongUse(sh, "a verb is missing") }
        let word = arguments[1]
        guard let verb = verb(word) else {
            if word == "--help" || word == "-h" { return sh.print(Builtin.helpText(of: name)) ? 0 : 1 }
            return wrongUse(sh, "no verb '" + word + "'" + sh.optionQuestion(word, among: shownVerbs.map(\.name)))
        }
        var call = Call(sh: sh, noun: name, verb: verb, arguments: arguments, reply: reply)
        if let status = try call.readOptions() { return status }
        Primitives.areUsed.store(true, ordering: .releasing)
        return try verb.run(&call)
    }

    private func wrongUse(_ sh: Interpreter, _ message: Bytes) -> Int32 {
        sh.fail(name, message + "; its verbs are " + shownVerbs.map(\.name).joined(by: ", "), status: 2)
    }
}

/// What can be done with a primitive.
package final class Verb: Sendable {
    let name: Bytes
    /// How it is called, from the verb on: `put [-t seconds] name item…`.
    let synopsis: Bytes
    /// One line: what it does.
    let summary: Bytes
    let options: [VerbOption]
    /// What its operands are, for completion, the name apart.
    let completes: Operands
    let run: @Sendable (inout Call) throws(Unwind) -> Int32

    /// What stands after the options.
    enum Operands: Sendable {
        case nothing
        /// The name of an object, or several.
        case names
        /// A name, then a command with its arguments.
        case nameThenCommand
        case command
        case files
    }

    init(
        _ name: Bytes, _ synopsis: Bytes, _ summary: Bytes, options: [VerbOption] = [], completes: Operands = .names,
        run: @escaping @Sendable (inout Call) throws(Unwind) -> Int32
    ) {
        self.name = name
        self.synopsis = synopsis.isEmpty ? name : name + " " + synopsis
        self.summary = summary
        self.options = options
        self.completes = completes
        self.run = run
    }
}

/// An option of a verb, as `-t seconds` or `--json`.
package struct VerbOption: Sendable {
    /// nil: only the long form.
    let letter: UInt8?
    /// Without its hyphens; empty: only the short form.
    let name: Bytes
    /// What its value is called; empty if it has none.
    let value: Bytes
    let summary: Bytes

    init(_ letter: Unicode.Scalar?, _ name: Bytes = "", value: Bytes = "", _ summary: Bytes) {
        self.letter = letter.map { UInt8(ascii: $0) }
        self.name = name
        self.value = value
        self.summary = summary
    }

    /// `-t SECONDS`, wherever something can wait: `Call.deadline`.
    static let timeout = VerbOption(
        "t", "timeout", value: "seconds", "wait no longer than that; the status is 124 then")
    /// `-v VAR`, wherever something gives a result: `Call.give`.
    static let variable = VerbOption("v", value: "variable", "put the result into that variable instead of printing it")
    static let json = VerbOption(nil, "json", "as lines of JSON")

    /// Its spellings, for completion.
    var spellings: [Bytes] {
        (letter.map { [Bytes([UInt8(ascii: "-"), $0])] } ?? []) + (name.isEmpty ? [] : ["--" + name])
    }

    /// The line of the help.
    var line: Bytes {
        spellings.joined(by: ", ") + (value.isEmpty ? "" : " " + value) + "  " + summary + "\n"
    }
}

extension Builtin {
    /// The built-in of a noun, which is made when it is first used.
    ///
    /// - Parameter quick: calls that loops make, run with less ado; nil: this is none of them.
    static func primitive(
        _ name: Bytes, _ noun: @escaping @Sendable () -> Noun,
        quick: (@Sendable (Interpreter, Arguments) throws(Unwind) -> Int32?)? = nil
    ) -> Builtin {
        Builtin(
            name: name, kind: .primitive, synopsis: noun().synopsis, summary: noun().summary, details: noun().text,
            examples: noun().examples, completes: .by({ noun().completion($0, $1) }),
            options: { noun().verbCandidates },
            run: { (sh, arguments) throws(Unwind) in
                if let quick, let status = try quick(sh, arguments) { return status }
                return try noun().run(sh, arguments)
            })
    }
}

// MARK: - Completion

extension Noun {
    fileprivate var verbCandidates: [Candidate] { [Candidate("--help", "explain " + name)] }

    fileprivate func completion(_ sh: Interpreter, _ query: CompletionQuery) -> OperandCompletion {
        guard query.words.count > 1 else { return .candidates(shownVerbs.map { Candidate($0.name, $0.summary) }) }
        guard let verb = verb(query.words[1]) else { return .nothing }
        if query.text.first == UInt8(ascii: "-") {
            return .candidates(
                verb.options.flatMap { option in option.spellings.map { Candidate($0, option.summary) } })
        }
        var index = 2
        while index < query.words.count, query.words[index].count > 1, query.words[index][0] == UInt8(ascii: "-") {
            let word = query.words[index]
            index += 1
            guard let option = verb.options.first(where: { $0.spellings.contains(word) }), !option.value.isEmpty else {
                continue
            }
            if index == query.words.count {
                return option.letter == UInt8(ascii: "v") ? .names(.variable) : .files
            }
            index += 1
        }
        let operands = query.words.count - index
        switch verb.completes {
        case .nothing: return .nothing
        case .names: return .candidates(names(sh))
        case .nameThenCommand: return operands == 0 ? .candidates(names(sh)) : operands == 1 ? .commands : .files
        case .command: return operands == 0 ? .commands : .files
        case .files: return .files
        }
    }
}
