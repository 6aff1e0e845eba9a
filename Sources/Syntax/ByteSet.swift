import Bytes

/// A set of bytes, as the classes of a lexer are: a test is a shift and a mask.
struct ByteSet: Sendable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// The bytes of `text`.
    init(_ text: StaticString) {
        for byte in UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount) { insert(byte) }
    }

    init() {}

    mutating func insert(_ byte: UInt8) {
        let bit: UInt64 = 1 << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: words.0 |= bit
        case 1: words.1 |= bit
        case 2: words.2 |= bit
        default: words.3 |= bit
        }
    }

    func union(_ other: ByteSet) -> ByteSet {
        var sum = self
        sum.words.0 |= other.words.0
        sum.words.1 |= other.words.1
        sum.words.2 |= other.words.2
        sum.words.3 |= other.words.3
        return sum
    }

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        let word =
            byte < 128 ? (byte < 64 ? words.0 : words.1) : (byte < 192 ? words.2 : words.3)
        return (word >> UInt64(byte & 63)) & 1 != 0
    }
}

// NUL stands for the end of the text: the lexer's buffer always ends with one (Lexer.swift).
extension ByteSet {
    /// What separates words: the end, blanks, newline, and the bytes with which operators begin.
    static let delimiters = ByteSet("\0 \t\n;&|<>()")
    /// What ends a simple command, parentheses included.
    static let commandEnds = ByteSet("\0\n;&|()")
    /// The first and all bytes of reserved words.
    static let reservedStarts = ByteSet("cdefipstuw{}![")
    static let reservedBytes = ByteSet("abcdefghijklmnopqrstuvwxyz{}![")
    /// What ends a run of plain text, by the kind of text (`WordMode`, `QuotedMode`).
    static let commandWord = ByteSet("\0 \t\n;&|<>()\\'\"$`{}")
    static let plainWord = ByteSet("\0 \t\n;&|<>()\\'\"$`")
    static let assignmentWord = ByteSet("\0 \t\n;&|<>()\\'\"$`:")
    static let braceWord = ByteSet("\0\n\\'\"$`}")
    static let replacedPattern = ByteSet("\0\n\\'\"$`}/")
    static let subscriptWord = ByteSet("\0\n\\'\"$`[]")
    static let conditionWord = ByteSet("\0 \t\n;&|<>()\\'\"$`")
    static let doubleQuoted = ByteSet("\0\n\\\"$`")
    static let hereDocument = ByteSet("\0\n\\$`")
    static let quotedBraceWord = ByteSet("\0\n\\\"$`}")
    static let arithmetic = ByteSet("\0\n\\\"$`();:?}")
    static let bracketArithmetic = ByteSet("\0\n\\\"$`()[]")
    /// The bytes on which the end of an expression's text depends.
    static let brackets = ByteSet("();:?}")
    /// What a login name in a tilde-prefix is made of, beside bytes that are not ASCII.
    static let tildeNames = ByteSet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+-@")
    /// Where `Parser.straighten` stops looking for line continuations.
    static let straightEnds = ByteSet("\0 \t\n'\"`")
    /// What makes the parenthesis after it a group of a pattern.
    static let groupOperators = ByteSet("?*+@!")
    static let specialParameters = ByteSet("@*#?-$!")
}

// Lets a byte be compared with a character in quotes.

@inline(__always)
func ~= (character: Unicode.Scalar, byte: UInt8) -> Bool { byte == UInt8(truncatingIfNeeded: character.value) }

@inline(__always)
func ~= (characters: ClosedRange<Unicode.Scalar>, byte: UInt8) -> Bool {
    byte >= UInt8(truncatingIfNeeded: characters.lowerBound.value)
        && byte <= UInt8(truncatingIfNeeded: characters.upperBound.value)
}

@inline(__always)
func == (byte: UInt8, character: Unicode.Scalar) -> Bool { byte == UInt8(truncatingIfNeeded: character.value) }

@inline(__always)
func != (byte: UInt8, character: Unicode.Scalar) -> Bool { byte != UInt8(truncatingIfNeeded: character.value) }
