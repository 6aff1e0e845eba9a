import Bytes

/// Backslash escapes, as `echo -e` and `printf` know them.
enum Escapes {
    enum Dialect {
        /// `echo -e`: octal numbers begin with a 0, which doesn't count among their three digits.
        case echo
        /// The format of `printf`: octal numbers are one to three digits, quotes may be escaped, there is no `\c`.
        case format
        /// What `printf %b` prints: as `echo`, and octal numbers without the 0 too.
        case argument
    }

    /// Appends what the escape at `index`, where a backslash stands, means; gives the index after it, or nil at `\c`: no
    /// more output. A backslash before anything else means itself.
    static func decode(
        _ text: UnsafeBufferPointer<UInt8>, at index: Int, _ dialect: Dialect, into result: inout Bytes
    ) -> Int? {
        let next = index + 1
        guard next < text.count else {
            result.append(UInt8(ascii: "\\"))
            return next
        }
        switch text[next] {
        case UInt8(ascii: "\\"): result.append(UInt8(ascii: "\\"))
        case UInt8(ascii: "a"): result.append(7)
        case UInt8(ascii: "b"): result.append(8)
        case UInt8(ascii: "e"), UInt8(ascii: "E"): result.append(27)
        case UInt8(ascii: "f"): result.append(12)
        case UInt8(ascii: "n"): result.append(10)
        case UInt8(ascii: "r"): result.append(13)
        case UInt8(ascii: "t"): result.append(9)
        case UInt8(ascii: "v"): result.append(11)
        case UInt8(ascii: "c") where dialect != .format: return nil
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "?"):
            if dialect != .format { result.append(UInt8(ascii: "\\")) }
            result.append(text[next])
        case UInt8(ascii: "0")...UInt8(ascii: "7") where dialect != .echo || text[next] == UInt8(ascii: "0"):
            let isPrefix = text[next] == UInt8(ascii: "0") && dialect != .format
            let (code, end) = number(text, from: isPrefix ? next + 1 : next, base: 8, digits: 3)
            result.append(UInt8(truncatingIfNeeded: code))
            return end
        case UInt8(ascii: "x"), UInt8(ascii: "u"), UInt8(ascii: "U"):
            let digits = text[next] == UInt8(ascii: "x") ? 2 : text[next] == UInt8(ascii: "u") ? 4 : 8
            let (code, end) = number(text, from: next + 1, base: 16, digits: digits)
            if end == next + 1 {
                result.append(UInt8(ascii: "\\"))
                result.append(text[next])
            } else if digits == 2 {
                result.append(UInt8(truncatingIfNeeded: code))
            } else {
                append(character: code, to: &result)
            }
            return end
        case UInt8(ascii: "%") where dialect == .format:
            // The conversion that it begins is one all the same.
            result.append(UInt8(ascii: "\\"))
            return next
        default:
            result.append(UInt8(ascii: "\\"))
            result.append(text[next])
        }
        return next + 1
    }

    /// The whole of `text`; false if a `\c` ended it.
    static func decode(_ text: Bytes, _ dialect: Dialect, into result: inout Bytes) -> Bool {
        text.withUnsafeBytes { text in
            var index = 0
            while index < text.count {
                let end = text.find(UInt8(ascii: "\\"), from: index) ?? text.count
                result.append(contentsOf: UnsafeBufferPointer(rebasing: text[index..<end]))
                guard end < text.count else { break }
                guard let next = decode(text, at: end, dialect, into: &result) else { return false }
                index = next
            }
            return true
        }
    }

    private static func number(
        _ text: UnsafeBufferPointer<UInt8>, from start: Int, base: UInt32, digits: Int
    ) -> (UInt32, end: Int) {
        var value: UInt32 = 0
        var index = start
        while index < text.count && index < start + digits, let digit = digit(text[index]), digit < base {
            value = value &* base &+ digit
            index += 1
        }
        return (value, index)
    }

    /// The value of a hexadecimal digit.
    static func digit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): return UInt32(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): return UInt32(byte - UInt8(ascii: "A")) + 10
        default: return nil
        }
    }

    /// As UTF-8; a code that is no character becomes U+FFFD.
    private static func append(character code: UInt32, to result: inout Bytes) {
        for byte in UTF8.encode(Unicode.Scalar(code) ?? "\u{FFFD}") ?? UTF8.encodedReplacementCharacter {
            result.append(byte)
        }
    }
}
