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
        let backslash = Unit(byte: UInt8(ascii: "\\"), isQuoted: true)
        var followsBackslash = false
        for piece in pieces {
            // Before quoted text, or at the end, a backslash has nothing to quote: it means itself.
            if followsBackslash && piece.isQuoted {
                units.append(backslash)
                followsBackslash = false
            }
            for byte in piece.text {
                if !piece.isQuoted && !followsBackslash && byte == backslash.byte {
                    followsBackslash = true
                } else {
                    units.append(Unit(byte: byte, isQuoted: piece.isQuoted || followsBackslash))
                    followsBackslash = false
                }
            }
        }
        if followsBackslash { units.append(backslash) }
    }

    subscript(_: UnboundedRange) -> ArraySlice<Unit> { units[...] }
}
