import Bytes
@preconcurrency import CReadline
@preconcurrency import Glibc
import Shell

/// Functions of the line editor that move by and cut words as the shell sees them: quoted blanks do not part them.
enum ReadlineWords {
    static func install() {
        ReadlineCommands.add("shell-forward-word", "\\e\\C-f") { count, _ in ReadlineWords.move(Int(count)) }
        ReadlineCommands.add("shell-backward-word", "\\e\\C-b") { count, _ in ReadlineWords.move(-Int(count)) }
        ReadlineCommands.add("shell-kill-word", "\\e\\C-d") { count, _ in ReadlineWords.kill(Int(count)) }
        ReadlineCommands.add("shell-backward-kill-word", nil) { count, _ in ReadlineWords.kill(-Int(count)) }
        ReadlineCommands.add("shell-transpose-words", "\\e\\C-t") { _, _ in ReadlineWords.transpose() }
    }

    /// Where the words of a line are.
    static func words(of line: Bytes) -> [Range<Int>] {
        var words: [Range<Int>] = []
        var start: Int?
        var quote: UInt8?
        var index = 0
        while index < line.count {
            let byte = line[index]
            let isEscape = byte == UInt8(ascii: "\\") && quote != UInt8(ascii: "'")
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "`") {
                quote = byte
            }
            if quote == nil && isBreak(byte) {
                if let begin = start { words.append(begin..<index) }
                start = nil
            } else if start == nil {
                start = index
            }
            index += isEscape ? 2 : 1
        }
        if let start { words.append(start..<line.count) }
        return words
    }

    private static func isBreak(_ byte: UInt8) -> Bool {
        switch Unicode.Scalar(byte) {
        case " ", "\t", "\n", "|", "&", ";", "(", ")", "<", ">": true
        default: false
        }
    }

    /// The place so many words on, or back if negative: the end of a word, or its beginning.
    private static func target(_ count: Int) -> Int {
        guard let line = rl_line_buffer else { return 0 }
        let words = words(of: Bytes(cString: line))
        let point = Int(rl_point)
        if count >= 0 {
            let ends = words.map(\.upperBound).filter { $0 > point }
            return count == 0 ? point : count <= ends.count ? ends[count - 1] : Int(rl_end)
        }
        let begins = words.map(\.lowerBound).filter { $0 < point }
        return -count <= begins.count ? begins[begins.count + count] : 0
    }

    private static func move(_ count: Int) -> Int32 {
        rl_point = Int32(truncatingIfNeeded: target(count))
        return 0
    }

    private static func kill(_ count: Int) -> Int32 {
        let point = rl_point
        let end = Int32(truncatingIfNeeded: target(count))
        rl_kill_text(point, end)
        rl_point = min(point, end)
        return 0
    }

    /// Takes the word before the cursor over the one at or after it.
    private static func transpose() -> Int32 {
        guard let editor = Readline.shared else { return 1 }
        let line = editor.line
        let words = words(of: line)
        let point = Int(rl_point)
        guard words.count > 1 else {
            rl_ding()
            return 1
        }
        let second = max(1, words.firstIndex { $0.upperBound > point } ?? words.count - 1)
        let (left, right) = (words[second - 1], words[second])
        var text = line.prefix(left.lowerBound) + line[right]
        text.append(line[left.upperBound..<right.lowerBound])
        text.append(line[left])
        let end = text.count
        editor.replaceLine(text + line.suffix(from: right.upperBound))
        rl_point = Int32(truncatingIfNeeded: end)
        return 0
    }
}
