// How the values of options are read: durations, sizes, numbers of jobs and so on, in GNU parallel's notation.

import Bytes
import Platform

/// Why an option or its value can't be used.
struct OptionError: Error, Equatable, Sendable {
    var message: Bytes
    /// The command line itself is not understood: the message points to the help.
    var pointsToHelp = false

    init(_ message: Bytes, pointsToHelp: Bool = false) {
        self.message = message
        self.pointsToHelp = pointsToHelp
    }

    /// `NAME: 'VALUE' is not EXPECTED`
    static func invalid(_ value: Bytes, _ expected: Bytes) -> OptionError {
        OptionError("'" + value + "' is not " + expected)
    }
}

package enum OptionValue {
    static func digit(_ byte: UInt8, base: Int) -> Int? {
        let value: Int
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): value = Int(byte) - 48
        case UInt8(ascii: "a")...UInt8(ascii: "f"): value = Int(byte) - 87
        case UInt8(ascii: "A")...UInt8(ascii: "F"): value = Int(byte) - 55
        default: return nil
        }
        return value < base ? value : nil
    }

    /// Digits with at most one point among them: `10`, `1.5`, `.5`.
    static func number(_ text: Bytes) -> Double? {
        var value = 0.0
        var scale = 0.0
        var hasDigits = false
        for byte in text {
            if byte == UInt8(ascii: "."), scale == 0 {
                scale = 1
            } else if let digit = digit(byte, base: 10) {
                hasDigits = true
                value = value * 10 + Double(digit)
                scale *= 10
            } else {
                return nil
            }
        }
        return hasDigits ? (scale > 0 ? value / scale : value) : nil
    }

    /// A number of seconds, or parts with units: `10`, `1.5s`, `1d3.5h16.6m4s`. In nanoseconds.
    static func duration(_ text: Bytes) -> UInt64? {
        var seconds = 0.0
        var start = 0
        for (index, byte) in text.enumerated() {
            let unit: Double
            switch byte {
            case UInt8(ascii: "s"): unit = 1
            case UInt8(ascii: "m"): unit = 60
            case UInt8(ascii: "h"): unit = 3600
            case UInt8(ascii: "d"): unit = 86400
            default: continue
            }
            guard let number = number(text[start..<index]) else { return nil }
            seconds += number * unit
            start = index + 1
        }
        if start < text.count || text.isEmpty {
            guard let number = number(text.suffix(from: start)) else { return nil }
            seconds += number
        }
        let nanoseconds = (seconds * 1e9).rounded()
        return nanoseconds < 1e19 ? UInt64(nanoseconds) : nil
    }

    /// A number with a unit: `K M G T P` are powers of 1024, `k m g t p` of 1000.
    static func size(_ text: Bytes) -> UInt64? {
        guard let last = text.last else { return nil }
        let units: [(UInt8, Double)] = [
            (UInt8(ascii: "K"), 1024), (UInt8(ascii: "M"), 1_048_576), (UInt8(ascii: "G"), 1_073_741_824),
            (UInt8(ascii: "T"), 1_099_511_627_776), (UInt8(ascii: "P"), 1_125_899_906_842_624),
            (UInt8(ascii: "k"), 1e3), (UInt8(ascii: "m"), 1e6), (UInt8(ascii: "g"), 1e9), (UInt8(ascii: "t"), 1e12),
            (UInt8(ascii: "p"), 1e15),
        ]
        let unit = units.first { $0.0 == last }
        guard let number = number(unit == nil ? text : text.dropLast()) else { return nil }
        let value = number * (unit?.1 ?? 1)
        return value < 1.8e19 ? UInt64(value) : nil
    }

    static func count(_ text: Bytes) throws(OptionError) -> Int {
        guard let size = size(text), size <= UInt64(Int32.max) else { throw .invalid(text, "a number") }
        return Int(size)
    }

    /// The text of `-j` and `--load`: `8`, `150%`, `+2`, `-1`, `0`; nil for anything else. Also what the file of `-j
    /// FILE` holds.
    package static func jobLimit(_ text: Bytes) -> JobLimit? {
        var text = text
        while let last = text.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: " ") { text.removeLast() }
        guard let first = text.first else { return nil }
        switch first {
        case UInt8(ascii: "+"): return number(text.dropFirst()).map { .plus($0) }
        case UInt8(ascii: "-"): return number(text.dropFirst()).map { .minus($0) }
        default:
            if text.last == UInt8(ascii: "%") { return number(text.dropLast()).map { .percent($0) } }
            guard let value = number(text) else { return nil }
            return value == 0 ? .unlimited : .count(value)
        }
    }

    static func timeLimit(_ text: Bytes) throws(OptionError) -> TimeLimit? {
        if text.last == UInt8(ascii: "%"), let share = number(text.dropLast()) { return .percentOfMedian(share) }
        guard let time = duration(text) else { throw .invalid(text, "a time (10, 1.5m) nor a percentage (200%)") }
        return time == 0 ? nil : .nanoseconds(time)
    }

    /// `never`, `soon,fail=1`, `now,success=50%`, and the old `0 1 2 -1 -2 30%`.
    static func halt(_ text: Bytes) throws(OptionError) -> HaltPolicy {
        switch text {
        case "0", "never": return HaltPolicy()
        case "1": return HaltPolicy(.soon, .fail)
        case "2": return HaltPolicy(.now, .fail)
        case "-1": return HaltPolicy(.soon, .success)
        case "-2": return HaltPolicy(.now, .success)
        default: break
        }
        if text.last == UInt8(ascii: "%"), let share = number(text.dropLast()) {
            return HaltPolicy(.soon, .fail, .percent(share))
        }
        let parts = text.split(on: UInt8(ascii: ","))
        let when: HaltPolicy.When
        switch parts[0] {
        case "never": return HaltPolicy()
        case "soon": when = .soon
        case "now": when = .now
        default: throw .invalid(text, "never, soon,WHAT=N or now,WHAT=N")
        }
        guard parts.count == 2, let equals = parts[1].find(UInt8(ascii: "=")) else {
            throw .invalid(text, "of the form soon,fail=1 or now,success=10%")
        }
        let what: HaltPolicy.What
        switch parts[1].prefix(equals) {
        case "fail": what = .fail
        case "success": what = .success
        case "done": what = .done
        default: throw .invalid(text, "of the form soon,fail=1: it halts on fail, success or done")
        }
        let limit = parts[1].dropFirst(equals + 1)
        if limit.last == UInt8(ascii: "%"), let share = number(limit.dropLast()) {
            return HaltPolicy(when, what, .percent(share))
        }
        guard let count = limit.decimal, count >= 0, limit[0] != UInt8(ascii: "+") else {
            throw .invalid(text, "right: after '=' comes a number of jobs or a percentage")
        }
        return HaltPolicy(when, what, .count(max(count, 1)))
    }

    /// `TERM,200,TERM,100,KILL,25`
    static func terminationSequence(_ text: Bytes) throws(OptionError) -> [TerminationStep] {
        let parts = text.split(on: UInt8(ascii: ","))
        var steps: [TerminationStep] = []
        var index = 0
        while index < parts.count {
            guard let signal = Signals.number(named: parts[index]) ?? parts[index].decimal.map({ Int32(clamping: $0) }),
                signal > 0, signal < 65
            else { throw .invalid(parts[index], "a signal (in SIGNAL,MILLISECONDS,SIGNAL,...)") }
            var pause = 0
            if index + 1 < parts.count {
                guard let number = parts[index + 1].decimal, number >= 0 else {
                    throw .invalid(parts[index + 1], "a number of milliseconds")
                }
                pause = number
            }
            steps.append(TerminationStep(signal: signal, milliseconds: pause))
            index += 2
        }
        return steps
    }

    /// `-d`: text with the escapes of printf(1): `\n`, `\t`, `\0`, `\x1e`, `\036`.
    static func delimiter(_ text: Bytes) throws(OptionError) -> Bytes {
        var result = Bytes()
        var index = 0
        while index < text.count {
            guard text[index] == UInt8(ascii: "\\"), index + 1 < text.count else {
                result.append(text[index])
                index += 1
                continue
            }
            let letter = text[index + 1]
            index += 2
            switch letter {
            case UInt8(ascii: "n"): result.append(10)
            case UInt8(ascii: "t"): result.append(9)
            case UInt8(ascii: "r"): result.append(13)
            case UInt8(ascii: "a"): result.append(7)
            case UInt8(ascii: "b"): result.append(8)
            case UInt8(ascii: "f"): result.append(12)
            case UInt8(ascii: "v"): result.append(11)
            case UInt8(ascii: "e"): result.append(27)
            case UInt8(ascii: "x"), UInt8(ascii: "0")...UInt8(ascii: "7"):
                let base = letter == UInt8(ascii: "x") ? 16 : 8
                if base == 8 { index -= 1 }
                let start = index
                var value = 0
                while index < text.count, index - start < (base == 16 ? 2 : 4),
                    let digit = digit(text[index], base: base)
                {
                    value = value * base + digit
                    index += 1
                }
                if index == start { throw .invalid(text, "a delimiter: \\x needs a hexadecimal number") }
                result.append(UInt8(truncatingIfNeeded: value))
            default: result.append(letter)
            }
        }
        if result.isEmpty { throw OptionError("an empty delimiter; for NUL use -0 or -d '\\0'") }
        return result
    }

    /// The text of `--tagstring`: `\t`, `\n`, `\r` and a number in octal stand for a byte, any other backslash for itself.
    static func tag(_ text: Bytes) -> Bytes {
        var result = Bytes()
        var index = 0
        while index < text.count {
            let byte = text[index]
            index += 1
            guard byte == UInt8(ascii: "\\"), index < text.count else {
                result.append(byte)
                continue
            }
            switch text[index] {
            case UInt8(ascii: "t"): result.append(9)
            case UInt8(ascii: "n"): result.append(10)
            case UInt8(ascii: "r"): result.append(13)
            case UInt8(ascii: "0")...UInt8(ascii: "7"):
                let start = index
                var value = 0
                while index < text.count, index - start < 3, let digit = digit(text[index], base: 8) {
                    value = value * 8 + digit
                    index += 1
                }
                result.append(UInt8(truncatingIfNeeded: value))
                index -= 1
            default:
                result.append(byte)
                index -= 1
            }
            index += 1
        }
        return result
    }

    /// The words of `$PARALLEL` or a profile: blanks separate them, quotes and backslashes work as in a shell. Lines
    /// that begin with `#` are comments.
    static func words(_ text: Bytes) -> [Bytes] {
        var words: [Bytes] = []
        for line in text.split(on: UInt8(ascii: "\n")) where line.first != UInt8(ascii: "#") {
            var word = Bytes()
            var isWord = false
            var quote: UInt8 = 0
            var index = 0
            while index < line.count {
                let byte = line[index]
                index += 1
                switch byte {
                case _ where byte == quote: quote = 0
                case UInt8(ascii: "\\") where quote != UInt8(ascii: "'") && index < line.count:
                    word.append(line[index])
                    index += 1
                    isWord = true
                case UInt8(ascii: "'") where quote == 0, UInt8(ascii: "\"") where quote == 0:
                    quote = byte
                    isWord = true
                case UInt8(ascii: " ") where quote == 0, UInt8(ascii: "\t") where quote == 0:
                    if isWord { words.append(word) }
                    word = Bytes()
                    isWord = false
                default:
                    word.append(byte)
                    isWord = true
                }
            }
            if isWord { words.append(word) }
        }
        return words
    }
}
