import Bytes

/// Names, POSIX 3.216: letters, digits and underscores of the portable character set, no digit first.
package enum Names {
    package static func isNameStart(_ byte: UInt8) -> Bool {
        let lower = byte | 0x20
        return (lower >= 0x61 && lower <= 0x7A) || byte == UInt8(ascii: "_")
    }

    package static func isNameByte(_ byte: UInt8) -> Bool {
        isNameStart(byte) || isDigit(byte)
    }

    package static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

    package static func isName(_ text: Bytes) -> Bool {
        text.withUnsafeBytes { bytes in
            guard let first = bytes.first, isNameStart(first) else { return false }
            return bytes.allSatisfy(isNameByte)
        }
    }
}
