import Bytes

/// A text with replacement strings that no shell reads: a tag, a directory, a file name. Values are put in as they are;
/// several are joined with spaces.
package struct TextTemplate: Sendable {
    enum Piece: Sendable {
        case literal(Bytes)
        case value(ReplacementString)
    }

    /// The text as it was given.
    package let text: Bytes
    /// It has no replacement strings.
    package let isConstant: Bool
    private let pieces: [Piece]
    private let slots: Int

    init(_ text: Bytes, table: ReplacementTable, slots: Int) throws(ReplacementTable.Failure) {
        self.text = text
        self.slots = slots
        var pieces: [Piece] = []
        var end = 0
        for (range, meaning) in try table.occurrences(in: text) {
            if range.lowerBound > end { pieces.append(.literal(text[end..<range.lowerBound])) }
            pieces.append(.value(meaning))
            end = range.upperBound
        }
        if end < text.count { pieces.append(.literal(text.suffix(from: end))) }
        self.pieces = pieces
        isConstant = !pieces.contains { if case .value = $0 { true } else { false } }
    }

    /// The text of one job.
    package func text(for job: borrowing Job, slot: Int) -> Bytes {
        if isConstant { return text }
        var result = Bytes()
        for piece in pieces {
            switch piece {
            case .literal(let literal): result.append(literal)
            case .value(let meaning): result.append(meaning.text(for: job, slot: slot, slots: slots))
            }
        }
        return result
    }

    var needsTotal: Bool {
        pieces.contains { if case .value(let meaning) = $0 { meaning.needsTotal } else { false } }
    }
}

extension ReplacementString {
    var needsTotal: Bool { source == .total || source == .paddedSequence }

    /// The value as plain text; several values are joined with spaces.
    func text(for job: borrowing Job, slot: Int, slots: Int) -> Bytes {
        switch source {
        case .arguments, .filter:
            if job.arguments.count == 1 { return edit.apply(to: job.arguments[0]) }
            return job.arguments.map { edit.apply(to: $0) }.joined(by: " ")
        case .argument(let position):
            return ReplacementString.index(position, in: job.arguments.count)
                .map { edit.apply(to: job.arguments[$0]) } ?? Bytes()
        default:
            return number(for: job, slot: slot, slots: slots)
        }
    }
}
