import Bytes

/// The arguments of `printf` as numbers.
extension PrintfFormatter {
    /// The code of the character in `'c` or `"c`; nil if the argument doesn't begin with a quote.
    func character(_ text: Bytes) -> UInt32? {
        guard let quote = text.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return nil }
        guard text.count > 1 else { return 0 }
        let code = text.withUnsafeBytes { sh.encoding.decode($0, at: 1).code }
        return (0xDC80...0xDCFF).contains(code) ? code - 0xDC00 : code
    }

    mutating func signed(_ text: Bytes) -> Int64 {
        // The common case; a 0 before other digits would make them octal.
        if let value = text.decimal, text[text.count > 1 && text[0] <= UInt8(ascii: "-") ? 1 : 0] != UInt8(ascii: "0") {
            return Int64(value)
        }
        if let code = character(text) { return Int64(code) }
        let (magnitude, isNegative, overflows) = integer(text)
        let limit: UInt64 = isNegative ? 1 << 63 : 1 << 63 - 1
        if overflows || magnitude > limit {
            report(text + ": too large a number")
            return isNegative ? Int64.min : Int64.max
        }
        return isNegative ? Int64(truncatingIfNeeded: 0 &- magnitude) : Int64(magnitude)
    }

    mutating func unsigned(_ text: Bytes) -> UInt64 {
        if let code = character(text) { return UInt64(code) }
        let (magnitude, isNegative, overflows) = integer(text)
        if overflows {
            report(text + ": too large a number")
            return UInt64.max
        }
        return isNegative ? 0 &- magnitude : magnitude
    }

    /// An integer constant of C; what is wrong with it is reported, but for its size.
    private mutating func integer(_ text: Bytes) -> (magnitude: UInt64, isNegative: Bool, overflows: Bool) {
        if text.isEmpty { return (0, false, false) }
        var magnitude: UInt64 = 0
        var isNegative = false
        var overflows = false
        var index = 0
        var count = 0
        text.withUnsafeBytes { bytes in
            func byte(_ offset: Int) -> UInt8 { index + offset < bytes.count ? bytes[index + offset] : 0 }
            while byte(0) == 0x20 || (0x09...0x0D).contains(byte(0)) { index += 1 }
            if byte(0) == UInt8(ascii: "-") || byte(0) == UInt8(ascii: "+") {
                isNegative = byte(0) == UInt8(ascii: "-")
                index += 1
            }
            var base: UInt64 = 10
            if byte(0) == UInt8(ascii: "0") {
                base = 8
                if byte(1) | 0x20 == UInt8(ascii: "x"), Escapes.digit(byte(2)) != nil {
                    base = 16
                    index += 2
                }
            }
            while index < bytes.count, let digit = Escapes.digit(bytes[index]), UInt64(digit) < base {
                let (product, overflow1) = magnitude.multipliedReportingOverflow(by: base)
                let (sum, overflow2) = product.addingReportingOverflow(UInt64(digit))
                overflows = overflows || overflow1 || overflow2
                magnitude = sum
                index += 1
                count += 1
            }
        }
        if count == 0 {
            report(text + ": not a number")
        } else if index < text.count {
            report(text + ": not all of it is a number")
        }
        return (magnitude, isNegative, overflows)
    }
}
