import Bytes

/// How a value is written into the text of a command, so that a shell reads it as it is; byte for byte as GNU parallel
/// writes it.
enum ShellQuoting {
    /// Letters, digits and `+-./_`, which need no quotes anywhere.
    @inline(__always)
    private static func isSafe(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "-")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"):
            true
        default: false
        }
    }

    /// Appends `value` bare if it is not empty and safe, else in single quotes; single quotes themselves in double ones.
    static func append(_ value: Bytes, to text: inout Bytes) {
        value.withUnsafeBytes { bytes in
            if !bytes.isEmpty, bytes.allSatisfy(isSafe) {
                text.append(contentsOf: bytes)
            } else {
                appendQuoted(bytes, to: &text)
            }
        }
    }

    private static func appendQuoted(_ bytes: UnsafeBufferPointer<UInt8>, to text: inout Bytes) {
        let quote = UInt8(ascii: "'")
        guard !bytes.isEmpty else {
            text.append("''")
            return
        }
        var start = 0
        var isOpen = false
        while start < bytes.count {
            if bytes[start] == quote {
                // The quotes on both sides of a quote are closed and opened even if nothing stands in them.
                if isOpen || start > 0 { text.append(isOpen ? "'" : "''") }
                text.append("\"'\"")
                isOpen = false
                start += 1
                if start < bytes.count {
                    text.append(quote)
                    isOpen = true
                }
                continue
            }
            if !isOpen {
                text.append(quote)
                isOpen = true
            }
            let end = bytes.find(quote, from: start) ?? bytes.count
            text.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<end]))
            start = end
        }
        if isOpen { text.append(quote) }
    }

    /// Appends `value` as it must stand between single quotes.
    static func appendInSingleQuotes(_ value: Bytes, to text: inout Bytes) {
        value.withUnsafeBytes { bytes in
            for byte in bytes {
                if byte == UInt8(ascii: "'") { text.append("'\"'\"'") } else { text.append(byte) }
            }
        }
    }

    /// Appends `value` as it must stand between double quotes.
    static func appendInDoubleQuotes(_ value: Bytes, to text: inout Bytes) {
        value.withUnsafeBytes { bytes in
            for byte in bytes {
                switch byte {
                case UInt8(ascii: "\""), UInt8(ascii: "$"), UInt8(ascii: "`"), UInt8(ascii: "\\"):
                    text.append(UInt8(ascii: "\\"))
                default: break
                }
                text.append(byte)
            }
        }
    }

    /// How long `append` makes a value.
    static func length(_ value: Bytes) -> Int {
        value.withUnsafeBytes { bytes in
            if !bytes.isEmpty, bytes.allSatisfy(isSafe) { return bytes.count }
            var text = Bytes()
            appendQuoted(bytes, to: &text)
            return text.count
        }
    }
}
