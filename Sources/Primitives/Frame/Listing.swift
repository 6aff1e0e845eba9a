import Bytes
import Shell

/// What `NOUN list` shows: a table, or with --json a line for each object.
package struct Listing {
    package enum Value {
        case text(Bytes)
        case number(Int)
        case yes(Bool)
        /// In nanoseconds, shown as seconds.
        case seconds(UInt64)
        case none

        /// In the table.
        fileprivate var text: Bytes {
            switch self {
            case .text(let text): text
            case .number(let number): Bytes(decimal: number)
            case .yes(let yes): yes ? "yes" : "no"
            case .seconds(let nanoseconds): Value.seconds(nanoseconds)
            case .none: "-"
            }
        }

        /// With three places.
        private static func seconds(_ nanoseconds: UInt64) -> Bytes {
            let rest = Bytes(decimal: nanoseconds / 1_000_000 % 1000)
            return Bytes(decimal: nanoseconds / 1_000_000_000) + "."
                + Bytes(repeating: UInt8(ascii: "0"), count: 3 - rest.count) + rest
        }

        fileprivate func append(asJSONTo line: inout Bytes) {
            switch self {
            case .text(let text): line.append(json: text)
            case .number(let number): line.append(decimal: number)
            case .yes(let yes): line.append(yes ? "true" : "false" as Bytes)
            case .seconds(let nanoseconds): line.append(Value.seconds(nanoseconds))
            case .none: line.append("null")
            }
        }
    }

    private let columns: [Bytes]
    private var rows: [[Value]] = []

    /// - Parameter columns: as the members of the JSON objects are called; the table's heads are the same in capitals.
    package init(_ columns: [Bytes]) { self.columns = columns }

    package mutating func add(_ row: [Value]) { rows.append(row) }

    /// A line of JSON for each row.
    package var json: Bytes {
        var text = Bytes()
        for row in rows {
            for (index, (column, value)) in zip(columns, row).enumerated() {
                text.append(index == 0 ? "{" : "," as Bytes)
                text.append(json: column)
                text.append(":")
                value.append(asJSONTo: &text)
            }
            text.append("}\n")
        }
        return text
    }

    /// Columns under their heads; nothing where there are no rows.
    package var table: Bytes {
        if rows.isEmpty { return Bytes() }
        let heads = columns.map { Bytes($0.map { $0 >= 97 && $0 <= 122 ? $0 - 32 : $0 }) }
        let lines = [heads] + rows.map { $0.map(\.text) }
        var widths = [Int](repeating: 0, count: columns.count)
        for line in lines { for (index, cell) in line.enumerated() { widths[index] = max(widths[index], cell.count) } }
        var text = Bytes()
        for line in lines {
            for (index, cell) in line.enumerated() {
                text.append(cell)
                if index + 1 < line.count {
                    text.append(Bytes(repeating: UInt8(ascii: " "), count: widths[index] - cell.count + 2))
                }
            }
            text.append("\n")
        }
        return text
    }
}

extension Call {
    /// Prints a list as the options ask.
    package func show(_ listing: Listing) -> Int32 {
        sh.write(has("json") ? listing.json : listing.table)
        return 0
    }
}

extension Bytes {
    /// A string of JSON.
    mutating func append(json text: Bytes) {
        append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                append(UInt8(ascii: "\\"))
                append(byte)
            case 0..<0x20, 0x7F:
                append("\\u00")
                for digit in [byte >> 4, byte & 15] {
                    append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
                }
            default: append(byte)
            }
        }
        append(UInt8(ascii: "\""))
    }
}
