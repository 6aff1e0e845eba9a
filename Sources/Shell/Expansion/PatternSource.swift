import Bytes

/// The bytes of a pattern, each with whether it is quoted, after the backslashes of expanded text were taken as quoting.
struct PatternSource {
    struct Unit {
        var byte: UInt8
        var isQuoted: Bool
    }

    private(set) var units: [Unit] = []

    init(_ pieces: [(text: Bytes, isQuoted: Bool)]) {
        units.reserveCapacity(pieces.reduce(0) { $0 + $1.text.count })
        for piece in pieces {
            piece.text.withUnsafeBytes { bytes in
                var index = 0
                while index < bytes.count {
                    var isQuoted = piece.isQuoted
                    if !isQuoted && bytes[index] == UInt8(ascii: "\\") {
                        // Before quoted text, or at the end, a backslash has nothing to quote: it means itself.
                        if index + 1 < bytes.count { index += 1 }
                        isQuoted = true
                    }
                    units.append(Unit(byte: bytes[index], isQuoted: isQuoted))
                    index += 1
                }
            }
        }
    }

    subscript(_: UnboundedRange) -> ArraySlice<Unit> { units[...] }
}
