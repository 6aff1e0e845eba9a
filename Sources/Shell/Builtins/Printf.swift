// printf (POSIX.1-2024, XCU printf). The format is read from left to right for each round: one round uses as many
// arguments as it has conversions, and rounds follow until the arguments are used up. Text and integers are formatted
// here, byte by byte; only floating-point numbers go through the C library, as long doubles.

import Bytes
import Glibc
import Platform
import Syntax

extension Builtin {
    static let printf = Builtin(
        name: "printf", kind: .regular, synopsis: "printf [-v name] format [argument…]",
        summary: "Write the arguments as a format says.",
        details: """
            -v name  the output becomes the value of the variable, and nothing is written

            The format is text with escapes (\\n, \\t, \\\\, \\nnn octal, \\xhh, \\uhhhh) and conversions: \
            %s text, %b text in which escapes mean what they say (\\c: no more output), %q text quoted for the shell (%Q: after \
            it was cut to the precision), %(form)T a time in seconds since 1970 as strftime has it (-1 or none: now, -2: when the \
            shell was started), \
            %c its first byte, %d %i a decimal number, %u without sign, %o octal, %x %X hexadecimal, \
            %e %E %f %F %g %G %a %A floating point, %% a percent sign.

            %2$s takes the second argument instead of the next. Between % (or the $) and the letter may stand flags \
            (- to the left, + with a sign, blank, # another form, 0 zeros before), \
            a width and after a period a precision; an asterisk takes them from the arguments.

            A number may be decimal, octal (0…), hexadecimal (0x…), or a quote and a character, which means that character's \
            code. A missing argument means nothing or 0. While arguments remain, the format is used again. An argument that \
            is no number is reported, printed as far as it is one, and the status is 1.
            """,
        examples: """
            printf '%-10s %5.2f\\n' tea 3.5
            printf '%(%F %T)T\\n' -1
            """,
        run: Printf.run)
}

enum Printf {
    static func run(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        var first = 1
        var variable: Bytes?
        if args.count > 1, args[1].first == UInt8(ascii: "-") {
            var options = BuiltinOptions(args, "v:")
            while options.next(sh) != nil { variable = options.argument }
            if let status = options.failure { return status }
            first = options.operands
        }
        guard first < args.count else { return sh.usage(args[0]) }
        if let variable, !VariableName.isReferable(variable) {
            return sh.fail(args[0], variable, "not a valid name", status: 2)
        }
        var formatter = PrintfFormatter(sh: sh, args: args, next: first + 1, collects: variable != nil)
        args[first].withUnsafeBytes { formatter.run($0) }
        if let variable {
            return sh.assign(anyName: variable, formatter.output) ? formatter.status : 1
        }
        sh.write(formatter.output)
        return formatter.status
    }
}

/// One conversion of a format: `%-08.3d` without its percent sign.
struct PrintfConversion {
    var isLeft = false
    var hasPlus = false
    var hasBlank = false
    var isAlternate = false
    var hasZeros = false
    var width = 0
    var precision: Int?
    var letter: UInt8 = 0
    /// What stands in the parentheses of `%(…)T`.
    var timeForm = Bytes()
    /// Its argument in `%n$`, counted from 1; nil: the next one.
    var number: Int?
}

struct PrintfFormatter {
    let sh: Interpreter
    let args: Arguments
    /// The index of the next argument.
    var next: Int
    /// The index of this round's first argument, from which `%n$` counts.
    var first = 0
    /// All output is wanted at the end; else it is handed on as it grows.
    let collects: Bool
    var output = Bytes()
    var status: Int32 = 0

    private enum Outcome { case goOn, stop }

    mutating func run(_ format: UnsafeBufferPointer<UInt8>) {
        repeat {
            first = next
            guard round(format) == .goOn else { return }
            if next == first { return }
        } while next < args.count
    }

    private mutating func round(_ format: UnsafeBufferPointer<UInt8>) -> Outcome {
        var index = 0
        while index < format.count {
            let byte = format[index]
            if byte == UInt8(ascii: "\\") {
                index = Escapes.decode(format, at: index, .format, into: &output) ?? format.count
            } else if byte != UInt8(ascii: "%") {
                var end = index + 1
                while end < format.count, format[end] != UInt8(ascii: "%"), format[end] != UInt8(ascii: "\\") {
                    end += 1
                }
                output.append(contentsOf: UnsafeBufferPointer(rebasing: format[index..<end]))
                index = end
            } else if index + 1 < format.count && format[index + 1] == UInt8(ascii: "s") {
                if next < args.count { output.append(args[next]) }
                next += 1
                index += 2
            } else if index + 1 < format.count && format[index + 1] == UInt8(ascii: "d") {
                output.append(decimal: signed(argument()))
                index += 2
            } else if index + 1 < format.count && format[index + 1] == UInt8(ascii: "%") {
                output.append(byte)
                index += 2
            } else {
                var end = index + 1
                guard let conversion = parse(format, &end) else {
                    var text = Bytes(UnsafeBufferPointer(rebasing: format[index..<min(end + 1, format.count)]))
                    text.append(end < format.count ? ": invalid conversion" : ": the conversion's letter is missing")
                    report(text)
                    return .stop
                }
                guard convert(conversion) == .goOn else { return .stop }
                index = end
            }
        }
        if output.count > 1 << 15 { flush() }
        return .goOn
    }

    private mutating func flush() {
        guard !collects else { return }
        sh.write(output)
        output.removeAll()
    }

    mutating func report(_ message: Bytes) {
        status = sh.fail(args[0], message)
    }

    /// The next argument, or that of the number; one that is missing is empty. The next round begins after the last one used.
    private mutating func argument(_ number: Int? = nil) -> Bytes {
        let index = number.map { first + $0 - 1 } ?? next
        next = max(next, index + 1)
        return index < args.count ? args[index] : Bytes()
    }

    // MARK: Reading the format

    /// The conversion at `index`, which stands after the percent sign and is moved past the letter; nil if it is none,
    /// with `index` at the byte that is wrong.
    private mutating func parse(_ format: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> PrintfConversion? {
        var conversion = PrintfConversion()
        conversion.number = argumentNumber(format, &index)
        flags: while index < format.count {
            switch format[index] {
            case UInt8(ascii: "-"): conversion.isLeft = true
            case UInt8(ascii: "+"): conversion.hasPlus = true
            case UInt8(ascii: " "): conversion.hasBlank = true
            case UInt8(ascii: "#"): conversion.isAlternate = true
            case UInt8(ascii: "0"): conversion.hasZeros = true
            // Groups of digits, of which the C locale has none.
            case UInt8(ascii: "'"): break
            default: break flags
            }
            index += 1
        }
        if let width = number(format, &index) {
            // C has no wider ones.
            guard width.magnitude <= UInt(Int32.max) else { return nil }
            conversion.width = abs(width)
            if width < 0 { conversion.isLeft = true }
        }
        if index < format.count && format[index] == UInt8(ascii: ".") {
            index += 1
            let precision = number(format, &index) ?? 0
            if precision >= 0 { conversion.precision = min(precision, Int(Int32.max)) }
        }
        if index < format.count && format[index] == UInt8(ascii: "(") {
            var depth = 1
            var end = index + 1
            while end < format.count {
                if format[end] == UInt8(ascii: "(") { depth += 1 }
                if format[end] == UInt8(ascii: ")") { depth -= 1 }
                if depth == 0 { break }
                end += 1
            }
            guard end + 1 < format.count, format[end + 1] == UInt8(ascii: "T") else { return nil }
            conversion.timeForm = Bytes(UnsafeBufferPointer(rebasing: format[(index + 1)..<end]))
            conversion.letter = UInt8(ascii: "T")
            index = end + 2
            return conversion
        }
        // The sizes of C's types: every number here has the largest.
        while index < format.count, Bytes("hlLjzt").contains(format[index]) { index += 1 }
        guard index < format.count, Bytes("sbqQcdiuoxXeEfFgGaA").contains(format[index]) else { return nil }
        conversion.letter = format[index]
        index += 1
        return conversion
    }

    /// The `n$` at `index`, which is moved past it; nil, with `index` as it was, if there is none.
    private func argumentNumber(_ format: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> Int? {
        var end = index
        var number = 0
        while end < format.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(format[end]) {
            number = min(number * 10 + Int(format[end] - UInt8(ascii: "0")), Int(Int32.max))
            end += 1
        }
        guard number > 0, end < format.count, format[end] == UInt8(ascii: "$") else { return nil }
        index = end + 1
        return number
    }

    private mutating func number(_ format: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> Int? {
        if index < format.count && format[index] == UInt8(ascii: "*") {
            index += 1
            let number = argumentNumber(format, &index)
            return Int(truncatingIfNeeded: signed(argument(number)))
        }
        let start = index
        var value = 0
        while index < format.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(format[index]) {
            value = min(value * 10 + Int(format[index] - UInt8(ascii: "0")), Int(Int32.max) + 1)
            index += 1
        }
        return index > start ? value : nil
    }

    // MARK: Conversions

    private mutating func convert(_ conversion: PrintfConversion) -> Outcome {
        switch conversion.letter {
        case UInt8(ascii: "s"):
            pad(argument(conversion.number), conversion)
        case UInt8(ascii: "q"):
            pad(Quoting.backslashed(argument(conversion.number)), conversion)
        case UInt8(ascii: "Q"):
            var whole = conversion
            whole.precision = nil
            let text = argument(conversion.number)
            pad(Quoting.backslashed(conversion.precision.map { text.prefix($0) } ?? text), whole)
        case UInt8(ascii: "T"):
            let hasTime = next < args.count
            let text = argument(conversion.number)
            var seconds = hasTime ? signed(text) : -1
            if seconds == -1 { seconds = Int64(Clock.realtimeMicroseconds() / 1_000_000) }
            if seconds == -2 { seconds = sh.startSeconds }
            let zone = sh.variable("TZ")
            let form: Bytes = conversion.timeForm.isEmpty ? "%X" : conversion.timeForm
            pad(CalendarTime.format(form, seconds, zone: zone), conversion)
        case UInt8(ascii: "b"):
            var text = Bytes()
            let isWhole = Escapes.decode(argument(conversion.number), .argument, into: &text)
            pad(text, conversion)
            return isWhole ? .goOn : .stop
        case UInt8(ascii: "c"):
            // An empty argument's first byte is the NUL at its end, as in all shells.
            let text = argument(conversion.number)
            var limited = conversion
            limited.precision = nil
            pad(Bytes(byte: text.first ?? 0), limited)
        case UInt8(ascii: "d"), UInt8(ascii: "i"):
            let value = signed(argument(conversion.number))
            appendInteger(magnitude: value.magnitude, isNegative: value < 0, isSigned: true, conversion)
        case UInt8(ascii: "u"), UInt8(ascii: "o"), UInt8(ascii: "x"), UInt8(ascii: "X"):
            let value = unsigned(argument(conversion.number))
            appendInteger(magnitude: value, isNegative: false, isSigned: false, conversion)
        default:
            return appendFloat(conversion)
        }
        return .goOn
    }

    /// Appends the text, cut to the precision, filled with blanks to the width; both count bytes.
    private mutating func pad(_ text: Bytes, _ conversion: PrintfConversion) {
        let text = conversion.precision.map { text.prefix($0) } ?? text
        let missing = conversion.width - text.count
        if !conversion.isLeft { fill(UInt8(ascii: " "), missing) }
        output.append(text)
        if conversion.isLeft { fill(UInt8(ascii: " "), missing) }
    }

    /// Appends the byte so many times. What is long is handed on as it grows, until nobody takes it or the job is cancelled.
    private mutating func fill(_ byte: UInt8, _ count: Int) {
        guard count > 64 else {
            for _ in 0..<max(count, 0) { output.append(byte) }
            return
        }
        let piece = Bytes(repeating: byte, count: min(count, 1 << 15))
        var left = count
        while left > 0 {
            output.append(left < piece.count ? piece.prefix(left) : piece)
            left -= piece.count
            if output.count > 1 << 15 { flush() }
            if sh.outputError != nil || !sh.actsOnSignals && sh.checkInterrupt() { return }
        }
    }

    private mutating func appendInteger(
        magnitude: UInt64, isNegative: Bool, isSigned: Bool, _ conversion: PrintfConversion
    ) {
        var prefix = Bytes()
        if isNegative {
            prefix = "-"
        } else if isSigned && conversion.hasPlus {
            prefix = "+"
        } else if isSigned && conversion.hasBlank {
            prefix = " "
        }
        var digits = Bytes()
        switch conversion.letter {
        case UInt8(ascii: "o"):
            digits = Printf.digits(magnitude, shift: 3, isUpper: false)
        case UInt8(ascii: "x"), UInt8(ascii: "X"):
            digits = Printf.digits(magnitude, shift: 4, isUpper: conversion.letter == UInt8(ascii: "X"))
            if conversion.isAlternate && magnitude != 0 {
                prefix = conversion.letter == UInt8(ascii: "X") ? "0X" : "0x"
            }
        default:
            digits.append(decimal: magnitude)
        }
        if conversion.precision == 0 && magnitude == 0 { digits = Bytes() }
        var zeros = max((conversion.precision ?? 0) - digits.count, 0)
        if conversion.isAlternate && conversion.letter == UInt8(ascii: "o") && zeros == 0
            && digits.first != UInt8(ascii: "0")
        {
            zeros = 1
        }
        var blanks = max(conversion.width - prefix.count - zeros - digits.count, 0)
        if conversion.hasZeros && !conversion.isLeft && conversion.precision == nil {
            zeros += blanks
            blanks = 0
        }
        if !conversion.isLeft { fill(UInt8(ascii: " "), blanks) }
        output.append(prefix)
        fill(UInt8(ascii: "0"), zeros)
        output.append(digits)
        if conversion.isLeft { fill(UInt8(ascii: " "), blanks) }
    }

    private mutating func appendFloat(_ conversion: PrintfConversion) -> Outcome {
        guard conversion.width <= 1 << 20, (conversion.precision ?? 0) <= 1 << 20 else {
            report("the width or precision of a floating-point conversion is too large")
            return .stop
        }
        let text = argument(conversion.number)
        // POSIX has doubles; the C library's long doubles, where there are such, are as in bash and ksh.
        let isDouble = sh.has(.posix)
        var value: PrintfFloat = 0
        if let code = character(text) {
            value = PrintfFloat(code)
        } else {
            value = text.withCString { start in
                guard start.pointee != 0 else { return 0 }
                var end: UnsafeMutablePointer<CChar>?
                let value = isDouble ? PrintfFloat(strtod(start, &end)) : PrintfFloat.parse(start, &end)
                let used = end.map { UnsafePointer($0) - start } ?? 0
                if used == 0 {
                    report(text + ": not a number")
                } else if used < text.count {
                    report(text + ": not all of it is a number")
                }
                return value
            }
        }
        var format: Bytes = "%"
        if conversion.isLeft { format.append("-") }
        if conversion.hasPlus { format.append("+") }
        if conversion.hasBlank { format.append(" ") }
        if conversion.isAlternate { format.append("#") }
        if conversion.hasZeros { format.append("0") }
        format.append("*.*")
        if !isDouble { format.append(PrintfFloat.sizeLetter) }
        format.append(conversion.letter)
        // A negative precision is none.
        let arguments: [any CVarArg] = [
            Int32(conversion.width), Int32(conversion.precision ?? -1), isDouble ? Double(value) : value,
        ]
        // The largest long double has 4,933 digits before its point.
        let room = conversion.width + (conversion.precision ?? 6) + 5000
        output.append(
            Bytes(capacity: room) { buffer in
                let count = format.withCString { format in
                    withVaList(arguments) {
                        vsnprintf(buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count, format, $0)
                    }
                }
                return max(0, min(Int(count), buffer.count - 1))
            })
        return .goOn
    }
}

extension Printf {
    static func digits(_ magnitude: UInt64, shift: UInt64, isUpper: Bool) -> Bytes {
        var reversed: [UInt8] = []
        var rest = magnitude
        repeat {
            let digit = UInt8(truncatingIfNeeded: rest & (1 << shift - 1))
            let letter = isUpper ? UInt8(ascii: "A") : UInt8(ascii: "a")
            reversed.append(digit < 10 ? UInt8(ascii: "0") + digit : letter + digit - 10)
            rest >>= shift
        } while rest > 0
        return Bytes(reversed.reversed())
    }
}

// The C library's long double, where Swift has it.
#if arch(x86_64)
    private typealias PrintfFloat = Float80

    extension Float80 {
        fileprivate static var sizeLetter: StaticString { "L" }

        fileprivate static func parse(
            _ text: UnsafePointer<CChar>, _ end: inout UnsafeMutablePointer<CChar>?
        ) -> Float80 { strtold(text, &end) }
    }
#else
    private typealias PrintfFloat = Double

    extension Double {
        fileprivate static var sizeLetter: StaticString { "" }

        fileprivate static func parse(
            _ text: UnsafePointer<CChar>, _ end: inout UnsafeMutablePointer<CChar>?
        ) -> Double { strtod(text, &end) }
    }
#endif
