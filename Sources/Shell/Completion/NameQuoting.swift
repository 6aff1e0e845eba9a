import Bytes
import Syntax

/// File names as they stand in a command line, within the quotes that are open there.
package enum NameQuoting {
    /// - Parameter startsWord: the name is the beginning of the word, where `~` and `#` mean something.
    package static func quoted(_ name: Bytes, in quotes: CursorContext.Quotes, startsWord: Bool) -> Bytes {
        var text = Bytes()
        switch quotes {
        case .none:
            // A newline after a backslash would be no part of the name.
            if name.contains(where: { $0 < 0x20 || $0 == 0x7F }) { return Quoting.dollar(name) }
            for (index, byte) in name.enumerated() {
                let isLeading = index == 0 && startsWord && (byte == UInt8(ascii: "~") || byte == UInt8(ascii: "#"))
                if isLeading || needsBackslash(byte) { text.append(UInt8(ascii: "\\")) }
                text.append(byte)
            }
        case .single:
            for byte in name {
                if byte == UInt8(ascii: "'") { text.append("'\\''") } else { text.append(byte) }
            }
        case .double:
            for byte in name {
                switch byte {
                case UInt8(ascii: "$"), UInt8(ascii: "`"), UInt8(ascii: "\""), UInt8(ascii: "\\"):
                    text.append(UInt8(ascii: "\\"))
                    text.append(byte)
                // Between the quotes it would recall a command.
                case UInt8(ascii: "!"): text.append("\"\\!\"")
                default: text.append(byte)
                }
            }
        case .dollar:
            for byte in name {
                switch byte {
                case UInt8(ascii: "'"), UInt8(ascii: "\\"):
                    text.append(UInt8(ascii: "\\"))
                    text.append(byte)
                case 0x0A: text.append("\\n")
                case 0x09: text.append("\\t")
                default: text.append(byte)
                }
            }
        }
        return text
    }

    /// Backquotes take one level of backslashes.
    package static func inBackquotes(_ text: Bytes) -> Bytes {
        var result = Bytes()
        for byte in text {
            if byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "`") || byte == UInt8(ascii: "$") {
                result.append(UInt8(ascii: "\\"))
            }
            result.append(byte)
        }
        return result
    }

    private static func needsBackslash(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x20, UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "|"), UInt8(ascii: "&"),
            UInt8(ascii: ";"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "<"), UInt8(ascii: ">"),
            UInt8(ascii: "!"), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "*"), UInt8(ascii: "["),
            UInt8(ascii: "]"), UInt8(ascii: "?"), UInt8(ascii: "^"), UInt8(ascii: "$"), UInt8(ascii: "`"):
            true
        default: false
        }
    }
}
