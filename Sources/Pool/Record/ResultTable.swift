// `--results FILE.csv`, `.tsv` and `.json`: a record for each ended job with its output, in the columns of GNU parallel.

import Bytes
import Glibc
import Platform

/// Thread: the runner's.
final class ResultTable {
    enum Format: Equatable {
        case separated(UInt8)
        case json

        /// The format that a file's name asks for; nil: results go to a directory.
        init?(name: Bytes) {
            if name.hasSuffix(".csv") {
                self = .separated(UInt8(ascii: ","))
            } else if name.hasSuffix(".tsv") {
                self = .separated(UInt8(ascii: "\t"))
            } else if name.hasSuffix(".json") {
                self = .json
            } else {
                return nil
            }
        }
    }

    private let format: Format
    private let path: Bytes
    private let descriptor: Int32
    private let output: Destination
    private let columnName: (Int) -> Bytes
    private var hasHeader = false

    /// - Parameter columnName: what a header line called an argument, or its number.
    init(
        _ path: Bytes, format: Format, columnName: @escaping (Int) -> Bytes, directory: Int32, output: Destination
    ) throws(OutputError) {
        self.format = format
        self.path = path
        self.columnName = columnName
        self.output = output
        // `-.csv` and its like are standard output.
        if path.hasPrefix("-.") {
            descriptor = -1
            return
        }
        do throws(Errno) {
            descriptor = try System.open(path, flags: O_WRONLY | O_CREAT | O_TRUNC, at: directory)
        } catch {
            throw OutputError(place: .results(path), errno: error)
        }
    }

    deinit { if descriptor >= 0 { System.close(descriptor) } }

    func append(
        _ record: JobRecord, arguments: [Bytes], standardOutput: Bytes, standardError: Bytes
    ) throws(OutputError) {
        var text = Bytes()
        switch format {
        case .separated(let separator):
            if !hasHeader { text.append(header(arguments.count, separator)) }
            hasHeader = true
            ResultTable.row(record, arguments, standardOutput, standardError, separator, into: &text)
        case .json:
            ResultTable.object(record, arguments, standardOutput, standardError, into: &text)
        }
        if descriptor < 0 { return try output.append(text) }
        do throws(Errno) {
            try System.writeAll(descriptor, text)
        } catch {
            throw OutputError(place: .results(path), errno: error)
        }
    }

    private func header(_ arguments: Int, _ separator: UInt8) -> Bytes {
        var names: [Bytes] = [
            "Seq", "Host", "Starttime", "JobRuntime", "Send", "Receive", "Exitval", "Signal", "Command",
        ]
        for index in 0..<arguments {
            let name = columnName(index)
            names.append(name == Bytes(decimal: index + 1) ? "V" + name : name)
        }
        names += ["Stdout", "Stderr"]
        var line = Bytes()
        for (index, name) in names.enumerated() {
            if index > 0 { line.append(separator) }
            ResultTable.append(name, separator, to: &line)
        }
        line.append(UInt8(ascii: "\n"))
        return line
    }

    private static func row(
        _ record: JobRecord, _ arguments: [Bytes], _ standardOutput: Bytes, _ standardError: Bytes,
        _ separator: UInt8, into line: inout Bytes
    ) {
        line.append(decimal: record.sequence)
        line.append(separator)
        line.append(":")
        line.append(separator)
        line.append(seconds: record.start)
        line.append(separator)
        line.append(seconds: record.runtime)
        for number in [0, record.received, Int(record.outcome.status), Int(record.outcome.signal)] {
            line.append(separator)
            line.append(decimal: number)
        }
        for value in [record.command] + arguments + [standardOutput, standardError] {
            line.append(separator)
            append(value, separator, to: &line)
        }
        line.append(UInt8(ascii: "\n"))
    }

    /// A field, in quotes where it holds the separator, white space, a quote or a NUL.
    private static func append(_ value: Bytes, _ separator: UInt8, to line: inout Bytes) {
        let needsQuotes = value.contains { byte in
            byte == separator || byte == UInt8(ascii: "\"") || byte == 0 || byte == 0x20 || (0x09...0x0D).contains(byte)
        }
        guard needsQuotes else { return line.append(value) }
        line.append(UInt8(ascii: "\""))
        for byte in value {
            if byte == UInt8(ascii: "\"") { line.append(byte) }
            line.append(byte)
        }
        line.append(UInt8(ascii: "\""))
    }

    private static func object(
        _ record: JobRecord, _ arguments: [Bytes], _ standardOutput: Bytes, _ standardError: Bytes,
        into line: inout Bytes
    ) {
        line.append("{ \"Seq\": ")
        line.append(decimal: record.sequence)
        line.append(", \"Host\": \":\", \"Starttime\": ")
        line.append(seconds: record.start)
        line.append(", \"JobRuntime\": ")
        line.append(seconds: record.runtime)
        line.append(", \"Send\": 0, \"Receive\": ")
        line.append(decimal: record.received)
        line.append(", \"Exitval\": ")
        line.append(decimal: record.outcome.status)
        line.append(", \"Signal\": ")
        line.append(decimal: record.outcome.signal)
        line.append(", \"Command\": ")
        line.append(json: record.command)
        line.append(", \"V\": [ ")
        for (index, argument) in arguments.enumerated() {
            if index > 0 { line.append(",") }
            line.append(json: argument)
        }
        line.append(" ], \"Stdout\": ")
        line.append(json: standardOutput)
        line.append(", \"Stderr\": ")
        line.append(json: standardError)
        line.append(" }\n")
    }
}

extension Bytes {
    /// A string of JSON. Bytes that are no UTF-8 go through as they are.
    package mutating func append(json value: Bytes) {
        append(UInt8(ascii: "\""))
        for byte in value {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                append(UInt8(ascii: "\\"))
                append(byte)
            case 0..<0x20:
                append("\\u00")
                for digit in [byte >> 4, byte & 15] {
                    append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
                }
            default:
                append(byte)
            }
        }
        append(UInt8(ascii: "\""))
    }
}
