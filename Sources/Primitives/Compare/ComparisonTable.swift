// What `compare` prints: a table, bars, and what to think of it.

import Bytes

/// One way to run the work, with what it took.
struct ComparisonRow: Sendable {
    let name: Bytes
    let measurements: Measurements
}

struct ComparisonTable: Sendable {
    let command: Bytes
    /// How often the command runs in each measurement, all at once where they can be.
    let width: Int
    let processors: Int
    /// The first is what the others are compared with.
    let rows: [ComparisonRow]

    private static let barWidth = 40

    /// The table for people, with bars.
    var text: Bytes {
        let runs = rows.first?.measurements.samples.count ?? 0
        var text = command + "\n"
        text.append(count(width, "time") + " each, " + count(runs, "run") + "; this machine has ")
        text.append(count(processors, "processor") + "\n\n")
        text.append(line(["", "time", "spread", "CPU", "memory", "start", "speed-up"]))
        let base = rows.first?.measurements.wall ?? 0
        for row in rows {
            let taken = row.measurements
            text.append(
                line([
                    row.name, seconds(taken.wall), "±" + percent(taken.spread), seconds(taken.processor),
                    mebibytes(taken.memory), taken.startCost.map(seconds) ?? "-",
                    taken.wall > 0 ? decimal(base / taken.wall, 2) : "-",
                ]))
        }
        text.append("\n")
        let most = rows.map(\.measurements.wall).max() ?? 0
        for row in rows {
            let part = most > 0 ? row.measurements.wall / most : 0
            let eighths = Int((part * Double(ComparisonTable.barWidth * 8)).rounded())
            text.append(padded(row.name, to: 12))
            for _ in 0..<(eighths / 8) { text.append("█") }
            if eighths % 8 > 0 { text.append(ComparisonTable.eighths[eighths % 8 - 1]) }
            text.append(" " + seconds(row.measurements.wall) + "\n")
        }
        text.append("\n")
        text.append(remark)
        return text
    }

    /// Lines of JSON, one for each way.
    var json: Bytes {
        var text = Bytes()
        for row in rows {
            let taken = row.measurements
            text.append("{\"how\":\"" + row.name + "\",\"seconds\":" + decimal(taken.wall, 9))
            text.append(",\"all\":[" + taken.samples.map { decimal($0.wall, 9) }.joined(by: ",") + "]")
            text.append(",\"cpu\":" + decimal(taken.processor, 6) + ",\"memory\":")
            text.append(decimal: taken.memory)
            text.append(",\"start\":" + (taken.startCost.map { decimal($0, 9) } ?? "null") + ",\"times\":")
            text.append(decimal: width)
            text.append(",\"processors\":")
            text.append(decimal: processors)
            text.append("}\n")
        }
        return text
    }

    /// What the numbers mean on this machine.
    private var remark: Bytes {
        guard let base = rows.first?.measurements, rows.count > 1 else { return Bytes() }
        var text = Bytes()
        if processors == 1 {
            text.append("With one processor, what computes cannot get faster by running beside itself.\n")
        } else if width > processors {
            text.append("No more than ")
            text.append(decimal: processors)
            text.append(" of ")
            text.append(decimal: width)
            text.append(" can compute at once here.\n")
        }
        guard let best = rows.dropFirst().min(by: { $0.measurements.wall < $1.measurements.wall }) else { return text }
        let gain = best.measurements.wall > 0 ? base.wall / best.measurements.wall : 1
        // What lies within the spread of both is no difference.
        let noise = max(base.spread, best.measurements.spread)
        if gain - 1 <= noise {
            text.append("Nothing is faster than one after the other, beyond the spread of the runs.\n")
        } else {
            text.append("Fastest: " + best.name + ", " + decimal(gain, 2) + " times as fast as one after the other.\n")
        }
        if base.wall > 0, base.processor / base.wall < 0.5 {
            text.append("The work mostly waits, so it gains from more at once than there are processors.\n")
        }
        return text
    }

    // MARK: Numbers

    private func count(_ number: Int, _ what: Bytes) -> Bytes {
        Bytes(decimal: number) + " " + what + (number == 1 ? "" : "s")
    }

    private static let eighths: [Bytes] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    private static let widths = [12, 10, 8, 10, 11, 10, 9]

    private func line(_ cells: [Bytes]) -> Bytes {
        var text = Bytes()
        for (cell, width) in zip(cells, ComparisonTable.widths) {
            if text.isEmpty {
                text.append(padded(cell, to: width))
            } else {
                // ± is two bytes wide and one column.
                let columns = cell.hasPrefix("±") ? cell.count - 1 : cell.count
                text.append(Bytes(repeating: UInt8(ascii: " "), count: max(width - columns, 1)))
                text.append(cell)
            }
        }
        return text + "\n"
    }

    private func padded(_ text: Bytes, to width: Int) -> Bytes {
        text + Bytes(repeating: UInt8(ascii: " "), count: max(width - text.count, 0))
    }

    private func seconds(_ value: Double) -> Bytes {
        if value >= 1 { return decimal(value, 2) + " s" }
        if value >= 0.001 { return decimal(value * 1e3, 1) + " ms" }
        return decimal(value * 1e6, 1) + " us"
    }

    private func percent(_ value: Double) -> Bytes { Bytes(decimal: Int((value * 100).rounded())) + "%" }

    private func mebibytes(_ bytes: Int) -> Bytes { decimal(Double(bytes) / 1_048_576, 1) + " MiB" }

    private func decimal(_ value: Double, _ places: Int) -> Bytes {
        var scale = 1
        for _ in 0..<places { scale *= 10 }
        guard value.isFinite, abs(value) < 1e9 else { return "-" }
        let scaled = Int((abs(value) * Double(scale)).rounded())
        var text: Bytes = value < 0 ? "-" : ""
        text.append(decimal: scaled / scale)
        guard places > 0 else { return text }
        let digits = Bytes(decimal: scaled % scale)
        return text + "." + Bytes(repeating: UInt8(ascii: "0"), count: places - digits.count) + digits
    }
}
