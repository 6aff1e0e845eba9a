import Bytes

/// Finds the replacement strings of a job template while the lexer reads literal text, so that `{}` becomes a part of a
/// parsed word and a value can never be read as syntax.
///
/// A class: what holds one is copied without asking the runtime for its type.
package protocol PlaceholderMatcher: AnyObject, Sendable {
    /// The bytes with which a replacement string can begin; the lexer asks `match` only there.
    func canStart(_ byte: UInt8) -> Bool
    /// The replacement string that starts at `index`: its number and its length in bytes; nil if there is none.
    func match(_ source: UnsafeBufferPointer<UInt8>, at index: Int) -> (id: Int, length: Int)?
}

/// Where a replacement string stands in the source text, so that the text of the job can be made from the template's.
package struct PlaceholderUse: Hashable, Sendable {
    package enum Quoting: Hashable, Sendable {
        case none, single, double
        /// In a here-document, an arithmetic expression, `$'…'` or backquotes: where no quoting of the shell would do.
        case other
    }

    package var id: Int
    /// The offset in bytes in the whole text.
    package var offset: Int
    package var length: Int
    package var quoting: Quoting
}
