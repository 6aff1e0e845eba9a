extension [Bytes] {
    /// Sorts by unsigned byte values, a prefix first.
    ///
    /// The eight bytes after what all strings begin with are compared as one number; only where these are equal, the
    /// strings themselves.
    package mutating func sortByBytes() {
        guard count > 1 else { return }
        let common = commonPrefixLength
        var keys = ContiguousArray<(key: UInt64, index: Int)>()
        keys.reserveCapacity(count)
        for (index, string) in enumerated() { keys.append((string.bigEndianWord(at: common), index)) }
        keys.sort { a, b in a.key != b.key ? a.key < b.key : self[a.index] < self[b.index] }
        self = keys.map { self[$0.index] }
    }

    private var commonPrefixLength: Int {
        self[0].withUnsafeBytes { first in
            var length = first.count
            for string in self {
                string.withUnsafeBytes { bytes in
                    length = Swift.min(length, bytes.count)
                    var index = 0
                    while index < length, bytes[index] == first[index] { index += 1 }
                    length = index
                }
            }
            return length
        }
    }
}

extension Bytes {
    /// Eight bytes from `offset` on, as they compare; bytes past the end count as 0.
    fileprivate func bigEndianWord(at offset: Int) -> UInt64 {
        withUnsafeBytes { bytes in
            var word: UInt64 = 0
            var index = offset
            let end = Swift.min(offset + 8, bytes.count)
            while index < end {
                word |= UInt64(bytes[index]) << UInt64(8 * (7 - (index - offset)))
                index += 1
            }
            return word
        }
    }
}
