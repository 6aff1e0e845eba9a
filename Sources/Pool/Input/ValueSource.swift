import Bytes

/// One input source: records from a file or from the command line, each taken apart into its columns, trimmed, and left
/// out where an option says so.
///
/// Thread: used by one at a time.
final class ValueSource {
    enum Next {
        case row([Bytes])
        case blocked(Int32)
        case end
    }

    private enum Origin {
        case arguments([Bytes])
        case records(RecordReader)
    }

    private let origin: Origin
    private let options: InputOptions
    private var position = 0
    /// A record that ended in a blank, for `-L`.
    private var continued: Bytes?
    private var hasEnded = false
    /// The number of the record that the last row came from; 0 for arguments.
    private(set) var lineNumber = 0
    /// The file's name, for `--header 0`.
    let fileName: Bytes?

    init(arguments: [Bytes], options: InputOptions) {
        var values = arguments
        if options.splitsArguments {
            values = arguments.flatMap { ValueSource.split($0, at: options.delimiter) }
        }
        origin = .arguments(values)
        self.options = options
        fileName = nil
    }

    init(_ reader: RecordReader, fileName: Bytes, options: InputOptions) {
        origin = .records(reader)
        self.options = options
        self.fileName = fileName
    }

    /// The next row: one value, or one for each column.
    func next() throws(InputError) -> Next {
        while !hasEnded {
            var record: Bytes
            switch try nextRecord() {
            case .record(let text): record = text
            case .blocked(let descriptor): return .blocked(descriptor)
            case .end:
                hasEnded = true
                guard let rest = continued else { return .end }
                continued = nil
                return .row(columns(rest))
            }
            if options.endMarker == record {
                hasEnded = true
                break
            }
            if options.skipsBlank, ValueSource.isBlank(record) { continue }
            if options.joinsContinued {
                if let begun = continued {
                    record = begun + record
                    continued = nil
                }
                if let last = record.last, ValueSource.isSpace(last) {
                    continued = record
                    continue
                }
            }
            return .row(columns(record))
        }
        return .end
    }

    private enum NextRecord {
        case record(Bytes)
        case blocked(Int32)
        case end
    }

    private func nextRecord() throws(InputError) -> NextRecord {
        switch origin {
        case .arguments(let values):
            guard position < values.count else { return .end }
            position += 1
            return .record(values[position - 1])
        case .records(let reader):
            switch try reader.next() {
            case .record(let record):
                lineNumber += 1
                return .record(record)
            case .blocked: return .blocked(reader.descriptor)
            case .end: return .end
            }
        }
    }

    // MARK: Columns

    private func columns(_ record: Bytes) -> [Bytes] {
        switch options.columns {
        case .none: return [trimmed(record)]
        case .expression(let expression):
            if let byte = expression.literalByte { return record.split(on: byte).map(trimmed) }
            return ValueSource.split(record, expression).map(trimmed)
        case .commaSeparated(let delimiter): return CommaSeparated.fields(record, delimiter: delimiter).map(trimmed)
        }
    }

    /// The parts between the matches; a match of nothing separates two bytes, but is none at the ends.
    static func split(_ record: Bytes, _ expression: RegularExpression) -> [Bytes] {
        record.withUnsafeBytes { text in
            var parts: [Bytes] = []
            var start = 0
            var index = 0
            while index <= text.count, let match = expression.firstMatch(in: text, from: index) {
                if match.range.isEmpty {
                    if match.range.lowerBound == text.count { break }
                    if match.range.lowerBound == start {
                        index = start + 1
                        continue
                    }
                }
                parts.append(record[start..<match.range.lowerBound])
                start = match.range.upperBound
                index = start
            }
            parts.append(record.suffix(from: start))
            return parts
        }
    }

    private func trimmed(_ value: Bytes) -> Bytes {
        guard options.trim != .none, let first = value.first, let last = value.last,
            ValueSource.isSpace(first) || ValueSource.isSpace(last)
        else { return value }
        var low = 0
        var high = value.count
        if options.trim != .right {
            while low < high, ValueSource.isSpace(value[low]) { low += 1 }
        }
        if options.trim != .left {
            while high > low, ValueSource.isSpace(value[high - 1]) { high -= 1 }
        }
        return value[low..<high]
    }

    /// The parts of an argument; what ends in a delimiter has no empty part after it, as a file has no empty last line.
    private static func split(_ value: Bytes, at delimiter: Bytes) -> [Bytes] {
        guard !value.isEmpty else { return [value] }
        var parts: [Bytes] = []
        var start = 0
        while let index = value.find(delimiter, from: start) {
            parts.append(value[start..<index])
            start = index + delimiter.count
        }
        if start < value.count { parts.append(value.suffix(from: start)) }
        return parts
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (byte >= 9 && byte <= 13) }

    private static func isBlank(_ value: Bytes) -> Bool { value.allSatisfy(isSpace) }
}
