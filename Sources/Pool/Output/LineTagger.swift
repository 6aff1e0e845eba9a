import Bytes
import Glibc

/// Puts a tag before every line of a stream that comes in pieces.
///
/// A line begins after a newline, and after a carriage return that no newline follows, so that the redrawn line of a
/// program that shows its progress carries its tag, too (as with GNU parallel).
struct LineTagger {
    private let tag: Bytes
    /// What ends a coloured line, before its newline; empty without colour.
    private let suffix: Bytes
    private var isAtLineStart = true
    private var lastWasReturn = false

    init(tag: Bytes, suffix: Bytes = Bytes()) {
        self.tag = tag
        self.suffix = suffix
    }

    /// Nothing is to be put in: the stream goes through as it is.
    var isTransparent: Bool { tag.isEmpty && suffix.isEmpty }

    mutating func write(_ piece: UnsafeRawBufferPointer, to destination: Destination) throws(OutputError) {
        guard !isTransparent else { return try destination.append(piece) }
        guard let base = piece.baseAddress, !piece.isEmpty else { return }
        let hasReturns = memchr(base, 0x0D, piece.count) != nil
        var start = 0
        if lastWasReturn && piece[0] != 0x0A { isAtLineStart = true }
        lastWasReturn = false
        while start < piece.count {
            if isAtLineStart { try destination.append(tag) }
            let end = lineEnd(base, piece.count, from: start, hasReturns: hasReturns)
            if let end {
                try endLine(UnsafeRawBufferPointer(rebasing: piece[start..<end]), destination)
                start = end
                isAtLineStart = true
            } else {
                try destination.append(UnsafeRawBufferPointer(rebasing: piece[start...]))
                isAtLineStart = false
                lastWasReturn = piece[piece.count - 1] == 0x0D
                return
            }
        }
    }

    /// One past the end of the line that begins at `start`; nil if the piece ends inside it.
    @inline(__always)
    private func lineEnd(_ base: UnsafeRawPointer, _ count: Int, from start: Int, hasReturns: Bool) -> Int? {
        guard let newline = memchr(base + start, 0x0A, count - start) else {
            return hasReturns ? returnEnd(base, count, from: start) : nil
        }
        let end = UnsafeRawPointer(newline) - base + 1
        return hasReturns ? returnEnd(base, end, from: start) ?? end : end
    }

    /// One past the first carriage return after `start` that stands alone and before `limit`.
    @inline(never)
    private func returnEnd(_ base: UnsafeRawPointer, _ limit: Int, from start: Int) -> Int? {
        guard let found = memchr(base + start, 0x0D, limit - start) else { return nil }
        let end = UnsafeRawPointer(found) - base + 1
        // The last byte may be followed by a newline in the next piece.
        guard end < limit, base.load(fromByteOffset: end, as: UInt8.self) != 0x0A else { return nil }
        return end
    }

    @inline(__always)
    private func endLine(_ line: UnsafeRawBufferPointer, _ destination: Destination) throws(OutputError) {
        if suffix.isEmpty { return try destination.append(line) }
        let text = UnsafeRawBufferPointer(rebasing: line[..<(line.count - 1)])
        try destination.append(text)
        try destination.append(suffix)
        try destination.append(UnsafeRawBufferPointer(rebasing: line[(line.count - 1)...]))
    }

    /// The stream has ended; closes the colour of a last line without newline.
    mutating func finish(_ destination: Destination) throws(OutputError) {
        if !isAtLineStart && !suffix.isEmpty { try destination.append(suffix) }
        isAtLineStart = true
        lastWasReturn = false
    }
}
