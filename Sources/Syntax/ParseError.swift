import Bytes

/// Why a text is not a command. A value: main and the interpreter turn it into a message with `render`.
package struct ParseError: Error, Hashable, Sendable {
    /// What is wrong, in a few words: `expected 'fi' but found end of input`.
    package var message: Bytes
    package var position: Position
    /// The line in which it is, without its newline, for the caret.
    package var sourceLine: Bytes
    /// More input could make it right: the text ends inside a command.
    package var isIncomplete: Bool

    package init(message: Bytes, position: Position, sourceLine: Bytes, isIncomplete: Bool = false) {
        self.message = message
        self.position = position
        self.sourceLine = sourceLine
        self.isIncomplete = isIncomplete
    }

    /// `name:line:column: message`, the line, and a caret under the place; each ended by a newline.
    ///
    /// - Parameter name: the file, or what stands for it (`-c`, `stdin`).
    package func render(name: Bytes) -> Bytes {
        var text = name
        text.append(":")
        text.append(decimal: position.line)
        text.append(":")
        text.append(decimal: position.column)
        text.append(": ")
        text.append(message)
        text.append("\n")
        guard !sourceLine.isEmpty, sourceLine.count <= 500 else { return text }
        text.append("    ")
        text.append(sourceLine)
        text.append("\n    ")
        let column = Int(position.column)
        for (index, byte) in sourceLine.enumerated() where index < column - 1 {
            // A continuation byte of UTF-8 takes no column.
            if byte & 0xC0 != 0x80 { text.append(byte == UInt8(ascii: "\t") ? byte : UInt8(ascii: " ")) }
        }
        text.append("^\n")
        return text
    }
}
