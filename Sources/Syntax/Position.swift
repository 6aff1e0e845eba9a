/// A place in a source text: line and column count from 1, the offset in bytes from 0.
///
/// Places take no part in equality: two trees are equal if they mean the same, wherever they stand.
package struct Position: Hashable, Sendable {
    package var offset: Int32
    package var line: Int32
    package var column: Int32

    package init(offset: Int, line: Int, column: Int) {
        self.offset = Int32(truncatingIfNeeded: offset)
        self.line = Int32(truncatingIfNeeded: line)
        self.column = Int32(truncatingIfNeeded: column)
    }

    package static let start = Position(offset: 0, line: 1, column: 1)

    package static func == (a: Position, b: Position) -> Bool { true }
    package func hash(into hasher: inout Hasher) {}
}
