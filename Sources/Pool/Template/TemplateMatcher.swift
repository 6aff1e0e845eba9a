import Bytes
import Syntax

/// Tells the parser where the replacement strings of a template are; its numbers are indices into `meanings`.
final class TemplateMatcher: PlaceholderMatcher {
    let table: ReplacementTable
    /// All that occur in the text.
    let meanings: [ReplacementString]
    /// The template had no replacement string: the one that was added stands here, with the spelling `{}`.
    let appendedAt: Int?

    init(table: ReplacementTable, meanings: [ReplacementString], appendedAt: Int?) {
        self.table = table
        self.meanings = meanings
        self.appendedAt = appendedAt
    }

    func canStart(_ byte: UInt8) -> Bool {
        appendedAt == nil ? table.canStart(byte) : byte == UInt8(ascii: "{")
    }

    func match(_ source: UnsafeBufferPointer<UInt8>, at index: Int) -> (id: Int, length: Int)? {
        if let appendedAt {
            // At the very end of the text, which tells it from the same index in a part that is parsed by itself.
            guard index == appendedAt, source.count == index + 2 else { return nil }
            return (0, 2)
        }
        // What can't be compiled was reported when the text was searched before.
        guard let found = try? table.match(source, at: index), let id = meanings.firstIndex(of: found.meaning) else {
            return nil
        }
        return (id, found.length)
    }
}
