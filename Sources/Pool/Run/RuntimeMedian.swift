/// The median of the run times of a growing number of jobs, within three per cent, in constant memory: counts in classes
/// whose width grows with the value.
struct RuntimeMedian {
    private static let fractionBits = 5
    private var counts = [UInt32](repeating: 0, count: 64 << RuntimeMedian.fractionBits)
    private(set) var count = 0

    mutating func insert(_ nanoseconds: UInt64) {
        counts[Self.index(nanoseconds)] += 1
        count += 1
    }

    /// The middle of the class that holds the median; nil before the third value, when one job alone would decide.
    var value: UInt64? {
        guard count >= 3 else { return nil }
        var rest = (count + 1) / 2
        for index in counts.indices {
            rest -= Int(counts[index])
            if rest <= 0 { return Self.middle(index) }
        }
        return nil
    }

    private static func index(_ value: UInt64) -> Int {
        let bits = 64 - value.leadingZeroBitCount
        guard bits > fractionBits else { return Int(value) }
        let shift = bits - fractionBits - 1
        // The bits below the leading one choose the class inside the octave.
        return (shift + 1) << fractionBits + Int(value >> UInt64(shift)) & (1 << fractionBits - 1)
    }

    private static func middle(_ index: Int) -> UInt64 {
        let octave = index >> fractionBits
        guard octave > 0 else { return UInt64(index) }
        let base = UInt64(1 << fractionBits | index & (1 << fractionBits - 1))
        return base << UInt64(octave - 1) + (1 << UInt64(octave - 1)) / 2
    }
}
