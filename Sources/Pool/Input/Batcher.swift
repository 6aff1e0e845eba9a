// How the rows of the input become jobs: one row each, a number of rows (-n, -N, -L), or as many as fit (-X, -m,
// --xargs).

import Bytes

/// Thread: used by one at a time.
final class Batcher {
    /// The arguments of a job, and the line that they begin at.
    enum Next {
        case arguments([Bytes], lineNumber: Int)
        case blocked(Int32)
        case end
    }

    private let rows: Combinations
    private let options: InputOptions
    private let slots: Int
    private let length: TemplateLength
    private let maximumLength: Int
    /// What exec takes, each argument with its pointer.
    private let systemLimit: Int
    private let maximumRecords: Int
    private let isSimple: Bool

    private var batch: [[Bytes]] = []
    private var batchLine = 0
    private var batchCount = 0
    private var batchLength = 0
    /// A row that did not fit.
    private var pending: (row: [Bytes], line: Int)?
    /// What is left at the end of the input, and how many rows of it a job gets.
    private var rest: ArraySlice<[Bytes]> = []
    private var restSize = 0
    private var hasEnded = false

    /// - Parameters:
    ///   - slots: how many jobs the last arguments are spread over.
    ///   - lengthLimit: the longest command line that the system takes.
    init(_ rows: Combinations, options: InputOptions, template: JobTemplate?, slots: Int, lengthLimit: Int) {
        self.rows = rows
        self.options = options
        self.slots = max(slots, 1)
        length = TemplateLength(template)
        let isFilled: Bool
        switch options.filling {
        case .no: isFilled = false
        case .full, .spread: isFilled = true
        }
        maximumRecords = options.maximumRecords ?? (isFilled ? Int.max : 1)
        isSimple = maximumRecords == 1 && options.maximumLength == nil && !isFilled
        systemLimit = lengthLimit
        maximumLength = min(options.maximumLength ?? Batcher.defaultLength, lengthLimit)
    }

    /// As long as a single argument may be, which is what GNU parallel hands to a shell.
    static let defaultLength = 131_072

    func next() throws(InputError) -> Next {
        if isSimple {
            switch try rows.next() {
            case .row(let row):
                return .arguments(options.dropsArguments ? [] : row, lineNumber: rows.lineNumber)
            case .blocked(let descriptor): return .blocked(descriptor)
            case .end: return .end
            }
        }
        return try nextBatch()
    }

    private func nextBatch() throws(InputError) -> Next {
        if !rest.isEmpty { return takeRest() }
        while !hasEnded {
            // A full batch goes out at once, unless it might be the last that is to be spread.
            if case .spread = options.filling {} else if batch.count >= maximumRecords { return takeBatch() }
            let row: [Bytes]
            let line: Int
            if let kept = pending {
                (row, line) = kept
                pending = nil
            } else {
                switch try rows.next() {
                case .row(let next): (row, line) = (next, rows.lineNumber)
                case .blocked(let descriptor): return .blocked(descriptor)
                case .end:
                    hasEnded = true
                    continue
                }
            }
            if batch.count >= maximumRecords {
                pending = (row, line)
                return takeBatch()
            }
            var added = 0
            for (offset, value) in row.enumerated() { added += length.cost(of: value, at: batchCount + offset) }
            let total = length.base + batchLength + added
            if total >= maximumLength || total + 8 * (batchCount + row.count) >= systemLimit {
                if batch.isEmpty { throw tooLong(total, row) }
                if options.requiresFit, options.maximumRecords != nil { throw tooLong(total, row) }
                pending = (row, line)
                return takeBatch()
            }
            if batch.isEmpty { batchLine = line }
            batch.append(row)
            batchCount += row.count
            batchLength += added
        }
        guard !batch.isEmpty else { return .end }
        guard case .spread = options.filling else { return takeBatch() }
        rest = batch[...]
        restSize = (batch.count - 1) / slots + 1
        batch = []
        return takeRest()
    }

    private func takeBatch() -> Next {
        let arguments = batch.count == 1 ? batch[0] : batch.flatMap { $0 }
        batch.removeAll(keepingCapacity: true)
        batchCount = 0
        batchLength = 0
        return .arguments(options.dropsArguments ? [] : arguments, lineNumber: batchLine)
    }

    private func takeRest() -> Next {
        let part = rest.prefix(restSize)
        rest = rest.dropFirst(restSize)
        return .arguments(options.dropsArguments ? [] : part.flatMap { $0 }, lineNumber: batchLine)
    }

    private func tooLong(_ length: Int, _ row: [Bytes]) -> InputError {
        var message: Bytes = "the command line is too long ("
        message.append(decimal: length)
        message.append(" bytes, the limit is ")
        message.append(decimal: maximumLength)
        message.append(") with the argument: ")
        let text = row.joined(by: " ")
        message.append(text.prefix(60))
        if text.count > 60 { message.append("...") }
        return InputError(message)
    }
}
