// Bracket expressions of patterns: `[abc]`, `[!a-z]`, `[[:alpha:]_]`, `[[=e=]]`, `[[.-.]]` (XBD 9.3.5, with `!` for `^`).

import Bytes

/// The set of characters that a bracket expression matches.
struct BracketExpression: Sendable {
    /// The members with codes below 256: in the C locale, and for ASCII, that says all.
    struct Table: Sendable {
        var isNegated = false
        private var bits: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

        /// What the whole expression says of a code that the table covers.
        func matches(_ code: UInt32) -> Bool {
            let word: UInt64
            switch code >> 6 {
            case 0: word = bits.0
            case 1: word = bits.1
            case 2: word = bits.2
            default: word = bits.3
            }
            return (word >> UInt64(code & 63) & 1 == 1) != isNegated
        }

        mutating func insert(_ code: UInt32) {
            let bit: UInt64 = 1 << UInt64(code & 63)
            switch code >> 6 {
            case 0: bits.0 |= bit
            case 1: bits.1 |= bit
            case 2: bits.2 |= bit
            default: bits.3 |= bit
            }
        }

        @inline(__always)
        static func covers(_ code: UInt32, _ encoding: CharacterEncoding) -> Bool {
            code < 0x80 || (encoding == .bytes && code < 0x100)
        }
    }

    private(set) var table = Table()
    private var ranges: [ClosedRange<UInt32>] = []
    private var classes: [CharacterClass] = []

    func matches(_ code: UInt32, _ encoding: CharacterEncoding) -> Bool {
        Table.covers(code, encoding) ? table.matches(code) : matchesWide(code)
    }

    /// For a code that the table doesn't cover.
    func matchesWide(_ code: UInt32) -> Bool {
        (ranges.contains { $0.contains(code) } || classes.contains { $0.containsWide(code) }) != table.isNegated
    }

    private mutating func insert(_ range: ClosedRange<UInt32>) {
        ranges.append(range)
        var code = range.lowerBound
        while code <= range.upperBound && code < 0x100 {
            table.insert(code)
            code += 1
        }
    }

    private mutating func insert(_ members: CharacterClass) {
        classes.append(members)
        for code in UInt32(0)..<0x80 where members.containsASCII(UInt8(code)) { table.insert(code) }
    }

    // MARK: Parsing

    /// The index of the last `]` that may end a bracket expression; that before the start if there is none.
    static func lastClosing(_ source: ArraySlice<PatternSource.Unit>) -> Int {
        source.lastIndex { $0.byte == UInt8(ascii: "]") && !$0.isQuoted } ?? source.startIndex - 1
    }

    /// The bracket expression at the start of `source`, where an unquoted `[` stands, and the index after it; nil if no
    /// `]` ends it: then the `[` is an ordinary character.
    ///
    /// An unknown class or collating symbol and a range that runs backwards hold no character.
    static func parse(
        _ source: ArraySlice<PatternSource.Unit>, encoding: CharacterEncoding
    ) -> (BracketExpression, end: Int)? {
        var parser = BracketParser(source: source, encoding: encoding)
        var result = BracketExpression()
        if parser.skip("!") || parser.skip("^") { result.table.isNegated = true }
        var isFirst = true
        while true {
            guard parser.index < source.endIndex else { return nil }
            if !isFirst && parser.skip("]") { return (result, parser.index) }
            isFirst = false
            guard let item = parser.item() else { return nil }
            switch item {
            case .members(let members):
                if let members { result.insert(members) }
            case .character(let first):
                guard parser.rangeFollows else {
                    if let first { result.insert(first...first) }
                    continue
                }
                parser.index += 1
                guard let last = parser.item() else { return nil }
                if let first, case .character(let end?) = last, first <= end { result.insert(first...end) }
            }
        }
    }
}

private struct BracketParser {
    enum Item {
        /// A single character or a collating symbol, nil if there is no such symbol.
        case character(UInt32?)
        case members(CharacterClass?)
    }

    let source: ArraySlice<PatternSource.Unit>
    let encoding: CharacterEncoding
    var index: Int

    init(source: ArraySlice<PatternSource.Unit>, encoding: CharacterEncoding) {
        self.source = source
        self.encoding = encoding
        index = source.startIndex + 1
    }

    private func isActive(_ byte: Unicode.Scalar, at index: Int) -> Bool {
        index < source.endIndex && source[index].byte == UInt8(ascii: byte) && !source[index].isQuoted
    }

    mutating func skip(_ byte: Unicode.Scalar) -> Bool {
        guard isActive(byte, at: index) else { return false }
        index += 1
        return true
    }

    /// A hyphen that isn't the last character before the end.
    var rangeFollows: Bool { isActive("-", at: index) && index + 1 < source.endIndex && !isActive("]", at: index + 1) }

    /// The next character, `[:class:]`, `[=c=]` or `[.c.]`; nil at the end of the text.
    mutating func item() -> Item? {
        guard index < source.endIndex else { return nil }
        if isActive("[", at: index), index + 1 < source.endIndex, !source[index + 1].isQuoted {
            let kind = source[index + 1].byte
            if kind == UInt8(ascii: ":") || kind == UInt8(ascii: "=") || kind == UInt8(ascii: "."),
                let end = self.end(of: kind)
            {
                let name = source[index + 2..<end].map(\.byte)
                index = end + 2
                if kind == UInt8(ascii: ":") { return .members(CharacterClass(name: name)) }
                return .character(name.withUnsafeBufferPointer { only(in: $0) })
            }
        }
        // A character is at most four bytes; its bytes are quoted or not together.
        let bytes = source[index..<min(index + 4, source.endIndex)].map(\.byte)
        let character = bytes.withUnsafeBufferPointer { encoding.decode($0, at: 0) }
        index += character.length
        return .character(character.code)
    }

    /// Where the `kind` before the `]` that ends `[kind … kind]` stands.
    private func end(of kind: UInt8) -> Int? {
        var end = index + 2
        while end + 1 < source.endIndex {
            if source[end].byte == kind && isActive("]", at: end + 1) && end > index + 2 { return end }
            end += 1
        }
        return nil
    }

    private func only(in name: UnsafeBufferPointer<UInt8>) -> UInt32? {
        guard !name.isEmpty else { return nil }
        let character = encoding.decode(name, at: 0)
        return character.length == name.count ? character.code : CollatingSymbol.code(of: Bytes(name))
    }
}

/// The character classes of XBD 9.3.5, and two that bash knows: `word`, which is letters, digits and the underscore, and `ascii`.
enum CharacterClass: Sendable {
    case alnum, alpha, blank, cntrl, digit, graph, lower, print, punct, space, upper, xdigit, word, ascii

    init?(name: [UInt8]) {
        switch Bytes(name) {
        case "alnum": self = .alnum
        case "alpha": self = .alpha
        case "blank": self = .blank
        case "cntrl": self = .cntrl
        case "digit": self = .digit
        case "graph": self = .graph
        case "lower": self = .lower
        case "print": self = .print
        case "punct": self = .punct
        case "space": self = .space
        case "upper": self = .upper
        case "xdigit": self = .xdigit
        case "word": self = .word
        case "ascii": self = .ascii
        default: return nil
        }
    }

    func containsASCII(_ byte: UInt8) -> Bool {
        switch self {
        case .alnum: return CharacterClass.alpha.containsASCII(byte) || CharacterClass.digit.containsASCII(byte)
        case .alpha: return (0x41...0x5A).contains(byte & ~0x20)
        case .blank: return byte == 0x20 || byte == 0x09
        case .cntrl: return byte < 0x20 || byte == 0x7F
        case .digit: return (0x30...0x39).contains(byte)
        case .graph: return (0x21...0x7E).contains(byte)
        case .lower: return (0x61...0x7A).contains(byte)
        case .print: return (0x20...0x7E).contains(byte)
        case .punct: return (0x21...0x7E).contains(byte) && !CharacterClass.alnum.containsASCII(byte)
        case .space: return byte == 0x20 || (0x09...0x0D).contains(byte)
        case .upper: return (0x41...0x5A).contains(byte)
        case .xdigit: return (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte & ~0x20)
        case .word: return byte == 0x5F || CharacterClass.alnum.containsASCII(byte)
        case .ascii: return byte < 0x80
        }
    }

    /// Whether a character beyond ASCII is a member, after Unicode: what a UTF-8 locale says, without one.
    func containsWide(_ code: UInt32) -> Bool {
        // The codes that stand for stray bytes are no characters.
        guard let character = Unicode.Scalar(code) else { return false }
        let properties = character.properties
        let category = properties.generalCategory
        switch self {
        case .alpha: return properties.isAlphabetic || category == .decimalNumber
        case .alnum, .word: return CharacterClass.alpha.containsWide(code)
        case .blank: return category == .spaceSeparator && !CharacterClass.isNoBreak(code)
        case .cntrl: return category == .control || category == .lineSeparator || category == .paragraphSeparator
        case .digit, .xdigit, .ascii: return false
        case .graph: return CharacterClass.print.containsWide(code) && !CharacterClass.space.containsWide(code)
        case .lower: return properties.isLowercase
        case .print:
            switch category {
            case .control, .unassigned, .surrogate, .lineSeparator, .paragraphSeparator: return false
            default: return true
            }
        case .punct: return CharacterClass.graph.containsWide(code) && !CharacterClass.alnum.containsWide(code)
        case .space: return properties.isWhitespace && !CharacterClass.isNoBreak(code) && code != 0x85
        case .upper: return properties.isUppercase
        }
    }

    /// Blanks at which no line may be broken are no white space to the C library.
    private static func isNoBreak(_ code: UInt32) -> Bool { code == 0xA0 || code == 0x2007 || code == 0x202F }
}
