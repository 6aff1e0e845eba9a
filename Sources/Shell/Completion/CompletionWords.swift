import Bytes
import Syntax

/// A command line cut into words as completion functions see them, in COMP_WORDS.
///
/// Unlike the shell's own words they end at each of the characters of COMP_WORDBREAKS, of which those that are no white
/// space make words of their own. Quotes and expansions hide such characters, and stay as they are.
package struct CompletionWords: Equatable {
    package var words: [Bytes] = []
    /// The index of the word in which the cursor is.
    package var current = 0

    package static let standardBreaks: Bytes = " \t\n\"'@><=;|&(:"

    /// - Parameters:
    ///   - point: where the cursor is.
    ///   - breaks: what ends a word.
    package init(_ line: Bytes, point: Int, breaks: Bytes) {
        var found = -1
        var index = 0
        while index < line.count {
            let byte = line[index]
            if breaks.contains(byte), CompletionWords.isBlank(byte) {
                index += 1
                continue
            }
            if found < 0, point < index {
                // Between two words.
                found = words.count
                words.append(Bytes())
            }
            let start = index
            if CompletionWords.breaks(byte, breaks) {
                while index < line.count, CompletionWords.breaks(line[index], breaks) { index += 1 }
            } else {
                index = CompletionWords.end(ofWordAt: index, in: line) { byte in
                    breaks.contains(byte) && (CompletionWords.isBlank(byte) || CompletionWords.breaks(byte, breaks))
                }
            }
            if found < 0, point <= index { found = words.count }
            words.append(line[start..<index])
        }
        if found < 0 {
            found = words.count
            words.append(Bytes())
        }
        current = found
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A }

    /// The character is a word of its own; quotes never are.
    private static func breaks(_ byte: UInt8, _ breaks: Bytes) -> Bool {
        byte != UInt8(ascii: "'") && byte != UInt8(ascii: "\"") && !isBlank(byte) && breaks.contains(byte)
    }

    /// Where a word ends that begins at `start`: at the first byte outside of quotes and expansions of which `isEnd` is true.
    package static func end(ofWordAt start: Int, in line: Bytes, _ isEnd: (UInt8) -> Bool) -> Int {
        var index = start
        while index < line.count {
            let byte = line[index]
            switch byte {
            case UInt8(ascii: "\\"): index += 2
            case UInt8(ascii: "'"): index = (line.find(byte, from: index + 1) ?? line.count) + 1
            case UInt8(ascii: "\""): index = endOfDoubleQuotes(line, index + 1)
            case UInt8(ascii: "`"): index = endOfBackquotes(line, index + 1)
            case UInt8(ascii: "$") where index + 1 < line.count && opens(line[index + 1]):
                index = endOfBrackets(line, index + 2, closing: line[index + 1] == UInt8(ascii: "(") ? 0x29 : 0x7D)
            case _ where isEnd(byte): return index
            default: index += 1
            }
        }
        return min(index, line.count)
    }

    private static func opens(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "(") || byte == UInt8(ascii: "{") }

    private static func endOfDoubleQuotes(_ line: Bytes, _ start: Int) -> Int {
        var index = start
        while index < line.count {
            switch line[index] {
            case UInt8(ascii: "\\"): index += 2
            case UInt8(ascii: "\""): return index + 1
            case UInt8(ascii: "$") where index + 1 < line.count && opens(line[index + 1]):
                index = endOfBrackets(line, index + 2, closing: line[index + 1] == UInt8(ascii: "(") ? 0x29 : 0x7D)
            default: index += 1
            }
        }
        return line.count
    }

    private static func endOfBackquotes(_ line: Bytes, _ start: Int) -> Int {
        var index = start
        while index < line.count {
            if line[index] == UInt8(ascii: "`") { return index + 1 }
            index += line[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return line.count
    }

    private static func endOfBrackets(_ line: Bytes, _ start: Int, closing: UInt8) -> Int {
        let opening: UInt8 = closing == 0x29 ? 0x28 : 0x7B
        var index = start
        var depth = 1
        while index < line.count {
            switch line[index] {
            case UInt8(ascii: "\\"): index += 2
            case UInt8(ascii: "'"): index = (line.find(UInt8(ascii: "'"), from: index + 1) ?? line.count) + 1
            case UInt8(ascii: "\""): index = endOfDoubleQuotes(line, index + 1)
            case opening:
                depth += 1
                index += 1
            case closing:
                depth -= 1
                index += 1
                if depth == 0 { return index }
            default: index += 1
            }
        }
        return line.count
    }

    /// Whether the byte at `place` is quoted.
    package static func isQuoted(_ line: Bytes, at place: Int) -> Bool {
        var quote: UInt8 = 0
        var index = 0
        while index < min(place, line.count) {
            let byte = line[index]
            if byte == UInt8(ascii: "\\"), quote != UInt8(ascii: "'") {
                if index + 1 == place { return true }
                index += 2
                continue
            }
            if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                if quote == 0 { quote = byte } else if quote == byte { quote = 0 }
            }
            index += 1
        }
        return quote != 0
    }

    /// `text` without its quotes and backslashes; an open quote counts to the end.
    package static func dequoted(_ text: Bytes) -> Bytes {
        guard text.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "'") || $0 == UInt8(ascii: "\"") })
        else { return text }
        var result = Bytes()
        var quote: UInt8 = 0
        var index = 0
        while index < text.count {
            let byte = text[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\\") where quote != UInt8(ascii: "'"):
                guard index < text.count else {
                    result.append(byte)
                    break
                }
                let next = text[index]
                index += 1
                if quote == 0x22, next != 0x22, next != UInt8(ascii: "$"), next != UInt8(ascii: "`"), next != byte {
                    result.append(byte)
                }
                result.append(next)
            case UInt8(ascii: "'") where quote != 0x22, UInt8(ascii: "\"") where quote != 0x27:
                quote = quote == 0 ? byte : 0
            default: result.append(byte)
            }
        }
        return result
    }
}
