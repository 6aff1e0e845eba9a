import Bytes

/// Values as source text that stands for just them.
package enum Quoting {
    /// Needs no quotes anywhere in a command.
    private static let special = ByteSet(" \t\n'\"\\|&;()<>!{}*[?]^$`")
    private static let safe = ByteSet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-")

    /// `text` as one word for any shell: as it is if all of it is safe, else in single quotes.
    package static func shell(_ text: Bytes) -> Bytes {
        if !text.isEmpty, text.allSatisfy({ safe.contains($0) }) { return text }
        if text == "'" { return "\\'" }
        return single(text)
    }

    /// `text` in single quotes, whatever it is.
    package static func single(_ text: Bytes) -> Bytes {
        var result: Bytes = "'"
        var start = 0
        while let quote = text.find(UInt8(ascii: "'"), from: start) {
            result.append(text[start..<quote])
            result.append("'\\''")
            start = quote + 1
        }
        result.append(text[start..<text.count])
        result.append("'")
        return result
    }

    /// `text` as `set -x` shows it: in single quotes only where a shell would see something special in it.
    package static func traced(_ text: Bytes) -> Bytes {
        let isSpecial = text.isEmpty || text.contains { special.contains($0) }
        if isSpecial || text.first == UInt8(ascii: "~") || text.first == UInt8(ascii: "#") { return shell(text) }
        return isPrintable(text) ? text : escaped(text)
    }

    /// `text` as one word that a terminal can show: as `$'…'` if there are control characters in it, or bytes that are
    /// not UTF-8; else as `shell` does.
    package static func dollar(_ text: Bytes) -> Bytes {
        isPrintable(text) ? shell(text) : escaped(text)
    }

    private static func isPrintable(_ text: Bytes, orNewline: Bool = false) -> Bool {
        text.withUnsafeBytes { bytes in
            var index = 0
            while index < bytes.count {
                let (code, length) = CharacterEncoding.utf8.decode(bytes, at: index)
                let isControl = code < 0x20 && !(orNewline && (code == 0x0A || code == 0x09))
                if isControl || (0x7F..<0xA0).contains(code) || (0xDC80...0xDCFF).contains(code) { return false }
                index += length
            }
            return true
        }
    }

    /// `text` as one word in the list of variables that `set` prints: quoted only where a shell would see something special.
    package static func listed(_ text: Bytes) -> Bytes {
        let quoted = dollar(text)
        guard !text.isEmpty, quoted.first != UInt8(ascii: "$") else { return quoted }
        var before = UInt8(ascii: "=")
        for byte in text {
            let isTilde = byte == UInt8(ascii: "~") && (before == UInt8(ascii: "=") || before == UInt8(ascii: ":"))
            if metacharacters.contains(byte) || isTilde { return quoted }
            before = byte
        }
        return text.first == UInt8(ascii: "#") ? quoted : text
    }

    /// `text` as one word with backslashes, as `printf %q` has it, or as `$'…'` if a terminal could not show it.
    package static func backslashed(_ text: Bytes) -> Bytes {
        if text.isEmpty { return "''" }
        let quoted = dollar(text)
        if quoted.first == UInt8(ascii: "$") { return quoted }
        var result = Bytes()
        for (index, byte) in text.enumerated() {
            let isLeading = index == 0 && (byte == UInt8(ascii: "~") || byte == UInt8(ascii: "#"))
            if isLeading || metacharacters.contains(byte) || byte == UInt8(ascii: ",") {
                result.append(UInt8(ascii: "\\"))
            }
            result.append(byte)
        }
        return result
    }

    /// `text` in quotes, whatever it is: `'…'`, or `$'…'` if a terminal could not show it.
    package static func always(_ text: Bytes) -> Bytes {
        let quoted = dollar(text)
        return Bytes("'$\\").contains(quoted.first ?? 0) ? quoted : "'" + text + "'"
    }

    /// `text` in double quotes, as `declare -p` prints values, or as `$'…'` if a terminal could not show it.
    package static func doubled(_ text: Bytes) -> Bytes {
        let quoted = dollar(text)
        if quoted.first == UInt8(ascii: "$") { return quoted }
        var result: Bytes = "\""
        for byte in text {
            if doubleQuoteSpecial.contains(byte) { result.append(UInt8(ascii: "\\")) }
            result.append(byte)
        }
        result.append("\"")
        return result
    }

    /// The key of an associative array's element, between brackets.
    package static func subscriptKey(_ key: Bytes) -> Bytes {
        let quoted = dollar(key)
        if quoted.first == UInt8(ascii: "$") { return quoted }
        let isPlain = key.allSatisfy { !metacharacters.contains($0) } && key != "@" && key != "*"
        return isPlain && key.first != UInt8(ascii: "~") && key.first != UInt8(ascii: "#") ? key : doubled(key)
    }

    private static let doubleQuoteSpecial = ByteSet("$`\"\\")
    private static let metacharacters = ByteSet(" \t\n'\"\\|&;()<>!{}*[]?^$`")

    /// `text` as `$'…'`, valid UTF-8 unchanged.
    static func escaped(_ text: Bytes) -> Bytes {
        var result: Bytes = "$'"
        text.withUnsafeBytes { bytes in
            var index = 0
            while index < bytes.count {
                let (code, length) = CharacterEncoding.utf8.decode(bytes, at: index)
                let byte = bytes[index]
                switch code {
                case 7: result.append("\\a")
                case 8: result.append("\\b")
                case 9: result.append("\\t")
                case 10: result.append("\\n")
                case 11: result.append("\\v")
                case 12: result.append("\\f")
                case 13: result.append("\\r")
                case 27: result.append("\\E")
                case 0x27, 0x5C:
                    result.append(UInt8(ascii: "\\"))
                    result.append(byte)
                case 0..<0x20, 0x7F..<0xA0, 0xDC80...0xDCFF:
                    // Octal has a fixed width, so that what follows can't be taken for a digit.
                    for offset in 0..<length {
                        let byte = bytes[index + offset]
                        result.append(UInt8(ascii: "\\"))
                        result.append(48 + byte >> 6)
                        result.append(48 + (byte >> 3 & 7))
                        result.append(48 + byte & 7)
                    }
                default:
                    result.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[index..<index + length]))
                }
                index += length
            }
        }
        result.append("'")
        return result
    }
}
