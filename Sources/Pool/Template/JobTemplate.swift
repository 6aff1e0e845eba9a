// The command that is run for each job.
//
// The operands of the command line are joined with spaces, as GNU parallel joins them: together they are shell source.
// The source is parsed once. A replacement string in it becomes a part of a word, and the value of a job is put into
// that part when the job runs, so that no argument can be read as shell syntax, wherever the replacement string stands.
//
// The text of a job's command (`commandText`: for --dry-run, -t, the job log and --shell) is made from the same source
// with the values quoted for a shell, as GNU parallel quotes them. The two mean the same: where the replacement string
// stands in quotes, the value is quoted for that place, where GNU parallel would put quotes into quotes.
//
// In three cases a template is not parsed ahead, and the text of each job is parsed by itself:
//   - it begins with a replacement string (`thresh {} ::: 'ls -l'`), which then stands for commands: all values are put
//     in as they are, as GNU parallel does it;
//   - it can be parsed only with values in place of the replacement strings, as in `x_{}() { …; }`;
//   - a value changes what is assigned to: `X{}=1`.

import Bytes
import Shell
import Syntax

/// Thread: immutable, shared by all that run jobs.
package final class JobTemplate: Sendable {
    /// Why a template can't be used; the message is complete, of one or several lines without a newline at the end.
    package struct Failure: Error, Sendable {
        package var message: Bytes
    }

    /// What becomes of a replacement string that stands for several arguments.
    package enum Plurality: Sendable {
        /// They are joined with spaces where it stands: the default, `-m`, `--xargs`, `-n`.
        case spread
        /// The word in which it stands is repeated: `-X`, `-N`.
        case cross
    }

    /// The parsed command; nil if the text of each job must be parsed (`commandText`).
    package let list: List?
    /// The source, with ` {}` added if it had no replacement string.
    package let source: Bytes
    /// The combinations to leave out.
    let filters: [JobFilter]
    let plurality: Plurality
    /// Each replacement string once; the placeholders of `list` are indices into it.
    let meanings: [ReplacementString]
    let segments: [Segment]
    private let form: Form
    private let quotingLevel: Int
    let slots: Int
    /// The template is the body of a loop.
    private let loop: Loop?

    private struct Loop: Sendable {
        /// The variable that has the argument.
        let variable: NameID?
        /// The source for a process of its own, before and after the argument.
        let source: (Bytes, Bytes)
    }

    enum Form: Sendable {
        /// Values are quoted for the place where they stand.
        case parsed
        /// Values are put in as they are.
        case pasted
        /// `-q`: each operand is quoted as a whole.
        case quoted
    }

    /// A part of the text of the command.
    enum Segment: Sendable {
        case literal(Bytes)
        case value(Int, PlaceholderUse.Quoting)
        /// A word that is repeated for each argument.
        case word([Segment])
        /// `-q`: an operand.
        case operand([Segment])
    }

    /// - Parameters:
    ///   - operands: the command and its arguments; there is at least one.
    ///   - quotesOperands: `-q`
    ///   - isForeign: another shell reads the text (`--shell`), so that it need not be right for ours.
    ///   - quotingLevel: how often the text is quoted (`--shell-quote`).
    ///   - slots: how many jobs run at a time, for `{0%}`.
    init(
        operands: [Bytes], table: ReplacementTable, plurality: Plurality = .spread, quotesOperands: Bool = false,
        isForeign: Bool = false, quotingLevel: Int = 0, slots: Int = 1
    ) throws(Failure) {
        self.plurality = plurality
        self.slots = slots
        self.quotingLevel = quotingLevel
        loop = nil
        var text = operands.joined(by: " ")
        let input = ReplacementString(source: .arguments)
        do throws(ReplacementTable.Failure) {
            if quotesOperands {
                var pieces: [[OperandPiece]] = []
                for operand in operands { pieces.append(try JobTemplate.split(operand, table)) }
                let isAppended = !pieces.contains { $0.contains { if case .value = $0 { true } else { false } } }
                if isAppended {
                    pieces.append([.value(input)])
                    text.append(" {}")
                }
                source = text
                form = .quoted
                let built = JobTemplate.quoted(pieces)
                (list, meanings, segments) = (built.list, built.meanings, built.segments)
            } else {
                var found = try table.occurrences(in: text)
                let isAppended = found.isEmpty
                if isAppended {
                    // By its place, not its spelling: `-I` may have given the input another one.
                    found = [(text.count + 1..<text.count + 3, input)]
                    text.append(" {}")
                }
                source = text
                var distinct: [ReplacementString] = []
                for (_, meaning) in found where !distinct.contains(meaning) { distinct.append(meaning) }
                meanings = distinct
                if found[0].range.lowerBound == 0, found[0].meaning.isArgument {
                    form = .pasted
                    list = nil
                    segments = JobTemplate.segments(text, found, distinct)
                } else {
                    form = .parsed
                    let matcher = TemplateMatcher(
                        table: table, meanings: distinct, appendedAt: isAppended ? found[0].range.lowerBound : nil)
                    let parsed = try JobTemplate.parse(text, matcher, found, isForeign: isForeign)
                    list = plurality == .cross ? parsed.list.map(JobTemplate.crossingQuotes) : parsed.list
                    segments = JobTemplate.segments(
                        text, parsed.uses, crossing: plurality == .cross, meanings: distinct)
                }
            }
        } catch {
            throw Failure(message: error.message)
        }
        filters = meanings.compactMap { if case .filter(let filter) = $0.source { filter } else { nil } }
    }

    /// The body of a loop, whose jobs have their argument in a variable, if there is one.
    ///
    /// - Parameter marks: the text of the replacement strings of a job around the loop, in the source of a capsule.
    init(body: List, variable: Bytes?, marks: ((Int) -> Bytes)?, slots: Int) {
        list = body
        plurality = .spread
        quotingLevel = 0
        self.slots = slots
        form = .parsed
        meanings = [ReplacementString(source: .arguments)]
        filters = []
        source = Printer.oneLine(body)
        if let variable {
            segments = [.literal(variable + "="), .value(0, .none), .literal("; " + source)]
        } else {
            segments = [.literal(source)]
        }
        // A loop, so that `break` and `continue` mean the same.
        let rest: Bytes = "; do\n" + Printer.source(of: body, placeholders: marks) + "done"
        loop = Loop(
            variable: variable.map(NameTable.intern), source: ("for " + (variable ?? "thresh_turn") + " in ", rest))
    }

    /// Gives an interpreter what the command of a job is to find.
    func prepare(_ sh: Interpreter, for job: borrowing Job, slot: Int) {
        if let loop {
            sh.beginIteration(loop.variable, job.arguments.first ?? Bytes())
        } else {
            sh.placeholders = values(for: job, slot: slot)
        }
    }

    /// The source that a process of the job's own runs.
    func processText(for job: borrowing Job, slot: Int) -> Bytes {
        guard let loop else { return commandText(for: job, slot: slot) }
        var text = loop.source.0
        ShellQuoting.append(job.arguments.first ?? "1", to: &text)
        text.append(loop.source.1)
        return text
    }

    /// The template knows how many jobs there are: `{##}`, `{0#}`.
    var needsTotal: Bool { meanings.contains(where: \.needsTotal) }

    // MARK: Values

    /// The values of the placeholders of `list` for one job.
    package func values(for job: borrowing Job, slot: Int) -> [PlaceholderValue] {
        if meanings.count == 1 { return [value(meanings[0], job, slot)] }
        var result: [PlaceholderValue] = []
        result.reserveCapacity(meanings.count)
        for meaning in meanings { result.append(value(meaning, job, slot)) }
        return result
    }

    private func value(_ meaning: ReplacementString, _ job: borrowing Job, _ slot: Int) -> PlaceholderValue {
        switch meaning.source {
        case .arguments, .filter:
            if job.arguments.count == 1 { return .one(meaning.edit.apply(to: job.arguments[0])) }
            let values = meaning.edit == .none ? job.arguments : job.arguments.map { meaning.edit.apply(to: $0) }
            return plurality == .cross ? .cross(values) : .spread(values)
        case .argument(let position):
            // An argument that is not there is no word at all, not an empty one.
            guard let index = ReplacementString.index(position, in: job.arguments.count) else { return .spread([]) }
            return .one(meaning.edit.apply(to: job.arguments[index]))
        default:
            return .one(meaning.number(for: job, slot: slot, slots: slots))
        }
    }

    // MARK: Text

    /// The text of the job's command, as GNU parallel shows it.
    package func commandText(for job: borrowing Job, slot: Int) -> Bytes {
        var text = Bytes()
        appendCommandText(for: job, slot: slot, to: &text)
        return text
    }

    /// Appends what `commandText` gives.
    package func appendCommandText(for job: borrowing Job, slot: Int, to text: inout Bytes) {
        if quotingLevel == 0 {
            appendText(job, slot, to: &text)
            return
        }
        var inner = Bytes()
        appendText(job, slot, to: &inner)
        for _ in 0..<quotingLevel {
            var quoted = Bytes()
            ShellQuoting.append(inner, to: &quoted)
            inner = quoted
        }
        text.append(inner)
    }

    private func appendText(_ job: borrowing Job, _ slot: Int, to text: inout Bytes) {
        for (index, segment) in segments.enumerated() {
            if form == .quoted, index > 0 { text.append(UInt8(ascii: " ")) }
            append(segment, job, slot, only: nil, to: &text)
        }
    }

    /// - Parameter only: the argument for which a word is repeated; nil for all.
    private func append(_ segment: Segment, _ job: borrowing Job, _ slot: Int, only: Int?, to text: inout Bytes) {
        switch segment {
        case .literal(let literal):
            text.append(literal)
        case .value(let id, let quoting):
            appendValue(meanings[id], job, slot, quoting, only: only, to: &text)
        case .word(let parts):
            for argument in 0..<max(job.arguments.count, 1) {
                if argument > 0 { text.append(UInt8(ascii: " ")) }
                for part in parts { append(part, job, slot, only: argument, to: &text) }
            }
        case .operand(let parts):
            appendOperand(parts, job, slot, to: &text)
        }
    }

    private func appendValue(
        _ meaning: ReplacementString, _ job: borrowing Job, _ slot: Int, _ quoting: PlaceholderUse.Quoting, only: Int?,
        to text: inout Bytes
    ) {
        switch meaning.source {
        case .arguments, .filter:
            let count = job.arguments.count
            let range = only.map { $0..<min($0 + 1, count) } ?? 0..<count
            for index in range {
                if index > range.lowerBound { text.append(UInt8(ascii: " ")) }
                append(meaning.edit, job.arguments[index], quoting, to: &text)
            }
        case .argument(let position):
            guard let index = ReplacementString.index(position, in: job.arguments.count) else { return }
            append(meaning.edit, job.arguments[index], quoting, to: &text)
        case .slotVariable:
            text.append("${PARALLEL_JOBSLOT}")
        default:
            text.append(meaning.number(for: job, slot: slot, slots: slots))
        }
    }

    private func append(_ edit: ValueEdit, _ value: Bytes, _ quoting: PlaceholderUse.Quoting, to text: inout Bytes) {
        let value = edit.apply(to: value)
        if form == .pasted {
            text.append(value)
            return
        }
        switch quoting {
        case .none: ShellQuoting.append(value, to: &text)
        case .double: ShellQuoting.appendInDoubleQuotes(value, to: &text)
        case .single: ShellQuoting.appendInSingleQuotes(value, to: &text)
        case .other: text.append(value)
        }
    }

    /// An operand of `-q`: the words that it becomes, each quoted as a whole.
    private func appendOperand(_ parts: [Segment], _ job: borrowing Job, _ slot: Int, to text: inout Bytes) {
        var words: [Bytes] = [Bytes()]
        let isPlural = parts.contains { part in
            if case .value(let id, _) = part { meanings[id].isPlural } else { false }
        }
        if plurality == .cross, isPlural, !job.arguments.isEmpty {
            words = []
            for argument in 0..<job.arguments.count {
                var word = Bytes()
                for part in parts { appendPlain(part, job, slot, only: argument, to: &word) }
                words.append(word)
            }
        } else {
            for part in parts {
                if case .value(let id, _) = part, meanings[id].isPlural, job.arguments.count > 1 {
                    for (index, argument) in job.arguments.enumerated() {
                        if index > 0 { words.append(Bytes()) }
                        words[words.count - 1].append(meanings[id].edit.apply(to: argument))
                    }
                } else {
                    appendPlain(part, job, slot, only: nil, to: &words[words.count - 1])
                }
            }
        }
        for (index, word) in words.enumerated() {
            if index > 0 { text.append(UInt8(ascii: " ")) }
            ShellQuoting.append(word, to: &text)
        }
    }

    private func appendPlain(_ part: Segment, _ job: borrowing Job, _ slot: Int, only: Int?, to text: inout Bytes) {
        switch part {
        case .literal(let literal): text.append(literal)
        case .value(let id, _):
            if let only, meanings[id].isPlural {
                text.append(meanings[id].edit.apply(to: job.arguments[only]))
            } else {
                text.append(meanings[id].text(for: job, slot: slot, slots: slots))
            }
        case .word, .operand: break
        }
    }
}
