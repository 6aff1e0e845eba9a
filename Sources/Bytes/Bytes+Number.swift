extension Bytes {
    /// Appends `number` in decimal.
    @inlinable
    package mutating func append(decimal number: some FixedWidthInteger) {
        if number >= 0 && number < 10 {
            append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number))
            return
        }
        var magnitude = UInt64(truncatingIfNeeded: number.magnitude)
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var index = 20
            repeat {
                index -= 1
                digits[index] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: magnitude % 10)
                magnitude /= 10
            } while magnitude > 0
            if number < 0 { append(UInt8(ascii: "-")) }
            append(contentsOf: UnsafeBufferPointer(rebasing: digits[index...]))
        }
    }

    /// `number` in decimal.
    @inlinable
    package init(decimal number: some FixedWidthInteger) {
        self.init()
        guard number >= 0, number < 100_000_000 else {
            append(decimal: number)
            return
        }
        // Up to eight digits are one word, the last of them shifted in first.
        var rest = UInt32(truncatingIfNeeded: number)
        var count: UInt64 = 0
        repeat {
            low = low &<< 8 | UInt64(48 &+ rest % 10)
            rest /= 10
            count &+= 1
        } while rest > 0
        high = count &<< 56
    }

    /// The whole string as a decimal number: an optional sign and digits, nothing else; nil if it is not one or
    /// does not fit.
    @inlinable
    package var decimal: Int? {
        withUnsafeBytes { bytes in
            var index = 0
            var isNegative = false
            if let first = bytes.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
                isNegative = first == UInt8(ascii: "-")
                index = 1
            }
            guard index < bytes.count else { return nil }
            var value = 0
            while index < bytes.count {
                let digit = Int(bytes[index]) &- 48
                guard digit >= 0 && digit <= 9 else { return nil }
                let (product, overflow1) = value.multipliedReportingOverflow(by: 10)
                let (sum, overflow2) =
                    isNegative
                    ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
                if overflow1 || overflow2 { return nil }
                value = sum
                index += 1
            }
            return value
        }
    }
}
