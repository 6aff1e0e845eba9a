import Bytes

/// Collects the parts of a word; text that is adjacent becomes one part.
struct WordBuilder {
    private(set) var parts: [WordPart] = []
    private var pending = Bytes()
    private var isEscaped = false

    var isEmpty: Bool { parts.isEmpty && pending.isEmpty }

    /// The last byte, if it is plain text.
    var lastLiteralByte: UInt8? { isEscaped || pending.isEmpty ? nil : pending[pending.count - 1] }

    mutating func append(_ text: UnsafeBufferPointer<UInt8>) {
        if isEscaped { flush() }
        pending.append(contentsOf: text)
    }

    mutating func append(_ text: Bytes) {
        if isEscaped { flush() }
        pending.append(text)
    }

    mutating func append(_ byte: UInt8) {
        if isEscaped { flush() }
        pending.append(byte)
    }

    mutating func appendEscaped(_ byte: UInt8) {
        if !isEscaped {
            flush()
            isEscaped = true
        }
        pending.append(byte)
    }

    mutating func append(_ part: WordPart) {
        switch part {
        case .literal(let text): append(text)
        case .escaped(let text): for byte in text { appendEscaped(byte) }
        default:
            flush()
            parts.append(part)
        }
    }

    private mutating func flush() {
        if !pending.isEmpty {
            parts.append(isEscaped ? .escaped(pending) : .literal(pending))
            pending = Bytes()
        }
        isEscaped = false
    }

    mutating func finish() -> [WordPart] {
        flush()
        return parts
    }
}
