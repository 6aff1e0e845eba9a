import Bytes
import Platform
import Syntax

/// `time pipeline`: shows what it took, on standard error, in the form that TIMEFORMAT says.
final class TimeNode: Node, @unchecked Sendable {
    let body: Node
    let format: Pipeline.Timing

    init(_ body: Node, format: Pipeline.Timing) {
        self.body = body
        self.format = format
    }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        let before = System.times()
        let start = Clock.monotonicNanoseconds()
        let status = try body.run(sh)
        sh.context.status = status
        let elapsed = Int64(truncatingIfNeeded: (Clock.monotonicNanoseconds() &- start) / 1000)
        let after = System.times()
        let user = after.user + after.childrenUser - before.user - before.childrenUser
        let system = after.system + after.childrenSystem - before.system - before.childrenSystem
        let form: Bytes =
            format == .posix
            ? "real %2R\nuser %2U\nsys %2S" : sh.variable("TIMEFORMAT") ?? "\nreal\t%3lR\nuser\t%3lU\nsys\t%3lS"
        guard !form.isEmpty else { return status }
        let report = TimeReport(elapsed: elapsed, user: user, system: system)
        do throws(TimeReport.Failure) {
            sh.writeError(try report.format(form) + "\n")
        } catch {
            _ = sh.fail("TIMEFORMAT", Bytes(byte: error.letter), "invalid format character")
        }
        return status
    }
}

/// The times of a pipeline, in microseconds.
struct TimeReport {
    let elapsed: Int64
    let user: Int64
    let system: Int64

    /// A letter after `%` that means nothing.
    struct Failure: Error {
        let letter: UInt8
    }

    /// `%R` elapsed, `%U` user and `%S` system seconds, with a number of decimals (0 to 3) and `l` for the long form
    /// `1m2.345s` between; `%P` the share of a processor in percent; `%%`.
    func format(_ form: Bytes) throws(Failure) -> Bytes {
        var text = Bytes()
        var index = 0
        while index < form.count {
            let byte = form[index]
            index += 1
            guard byte == UInt8(ascii: "%"), index < form.count else {
                text.append(byte)
                continue
            }
            var digits = 3
            var isLong = false
            if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(form[index]) {
                digits = min(Int(form[index] - UInt8(ascii: "0")), 3)
                index += 1
            }
            if index < form.count, form[index] == UInt8(ascii: "l") {
                isLong = true
                index += 1
            }
            guard index < form.count else { throw Failure(letter: UInt8(ascii: "%")) }
            switch form[index] {
            case UInt8(ascii: "%"): text.append("%")
            case UInt8(ascii: "R"), UInt8(ascii: "E"): append(elapsed, digits, isLong, to: &text)
            case UInt8(ascii: "U"): append(user, digits, isLong, to: &text)
            case UInt8(ascii: "S"): append(system, digits, isLong, to: &text)
            case UInt8(ascii: "P"):
                let share = elapsed > 0 ? (user + system) * 10_000 / elapsed : 0
                appendDecimals(share, per: 100, digits: 2, to: &text)
            default: throw Failure(letter: form[index])
            }
            index += 1
        }
        return text
    }

    private func append(_ microseconds: Int64, _ digits: Int, _ isLong: Bool, to text: inout Bytes) {
        var rest = max(microseconds, 0)
        if isLong {
            text.append(decimal: rest / 60_000_000)
            text.append("m")
            rest %= 60_000_000
        }
        appendDecimals(rest, per: 1_000_000, digits: digits, to: &text)
        if isLong { text.append("s") }
    }

    /// `value / unit` with so many decimals.
    private func appendDecimals(_ value: Int64, per unit: Int64, digits: Int, to text: inout Bytes) {
        text.append(decimal: value / unit)
        guard digits > 0 else { return }
        text.append(".")
        var rest = value % unit
        for _ in 0..<digits {
            rest *= 10
            text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / unit))
            rest %= unit
        }
    }
}
