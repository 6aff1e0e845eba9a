// Characters, where the language asks for them: `${#x}`, `?` and `[…]` in patterns, `${x:offset:length}`, IFS.

/// How bytes are decoded to characters: as UTF-8, or each byte by itself (the C locale).
@usableFromInline
package enum CharacterEncoding: Sendable {
    case bytes
    case utf8

    /// The character at `index`, which must be inside `bytes`: its code and how many bytes it takes.
    ///
    /// A byte that is no part of valid UTF-8 counts as one character by itself; its code is 0xDC80 + byte - 0x80, which
    /// no valid text has, so that it matches only itself.
    @inlinable
    package func decode(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> (code: UInt32, length: Int) {
        let first = bytes[index]
        if first < 0x80 { return (UInt32(first), 1) }
        if self == .bytes { return (UInt32(first), 1) }
        return decodeMultibyte(bytes, at: index)
    }

    @usableFromInline
    func decodeMultibyte(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> (code: UInt32, length: Int) {
        let first = bytes[index]
        let length: Int
        var code: UInt32
        let minimum: UInt32
        switch first {
        case 0xC2...0xDF: (length, code, minimum) = (2, UInt32(first & 0x1F), 0x80)
        case 0xE0...0xEF: (length, code, minimum) = (3, UInt32(first & 0x0F), 0x800)
        case 0xF0...0xF4: (length, code, minimum) = (4, UInt32(first & 0x07), 0x10000)
        default: return (0xDC00 + UInt32(first), 1)
        }
        guard index + length <= bytes.count else { return (0xDC00 + UInt32(first), 1) }
        for offset in 1..<length {
            let next = bytes[index + offset]
            guard next & 0xC0 == 0x80 else { return (0xDC00 + UInt32(first), 1) }
            code = code << 6 | UInt32(next & 0x3F)
        }
        guard code >= minimum, code <= 0x10FFFF, !(0xD800...0xDFFF).contains(code) else {
            return (0xDC00 + UInt32(first), 1)
        }
        return (code, length)
    }

    /// The number of characters.
    package func count(_ bytes: Bytes) -> Int {
        if self == .bytes { return bytes.count }
        return bytes.withUnsafeBytes { buffer in
            var index = 0
            var count = 0
            while index < buffer.count {
                index += decode(buffer, at: index).length
                count += 1
            }
            return count
        }
    }
}
