// Patterns with groups, `@(a|b)` and its kin (bash's extglob), and patterns that ignore the case of letters.
//
// A pattern is held against all places of the text at once: an element takes the set of places where a match may stand
// to the set where it may stand after that element. A group unites what its alternatives give, `*( )` and `+( )` go on
// until nothing new is reached. So no place is tried twice, and the time grows with the length of the text times that of
// the pattern; only `!( )` must look from each place by itself.

import Bytes

/// What changes the meaning of a pattern.
package struct PatternOptions: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// `?( )`, `*( )`, `+( )`, `@( )` and `!( )` are groups.
    package static let groups = PatternOptions(rawValue: 1)
    package static let ignoresCase = PatternOptions(rawValue: 2)
    /// A leading period is matched by a period only (2.14.3).
    package static let guardsPeriod = PatternOptions(rawValue: 4)
}

/// A compiled pattern with groups. Immutable, shared by all copies of a `Pattern`.
final class GroupPattern: Sendable {
    enum Element: Sendable {
        case character(UInt32)
        case any
        case anything
        case bracket(BracketExpression)
        indirect case group(UInt8, [[Element]])
    }

    private let elements: [Element]
    private let encoding: CharacterEncoding
    private let options: PatternOptions

    init(_ source: ArraySlice<PatternSource.Unit>, _ encoding: CharacterEncoding, _ options: PatternOptions) {
        var parser = GroupParser(source: source, encoding: encoding, options: options)
        elements = parser.parse()
        self.encoding = encoding
        self.options = options
    }

    /// It is more than characters that are to be compared without regard to case.
    var isSpecial: Bool {
        elements.contains { element in
            if case .character = element { return false }
            return true
        }
    }

    // MARK: Matching

    func matches(_ subject: Bytes) -> Bool {
        let text = GroupText(subject, encoding, options)
        return text.run(elements, text.places([0])).last ?? false
    }

    func prefixLength(of subject: Bytes, longest: Bool) -> Int? {
        let text = GroupText(subject, encoding, options)
        let ends = text.run(elements, text.places([0]))
        return (longest ? ends.lastIndex(of: true) : ends.firstIndex(of: true)).map { text.offsets[$0] }
    }

    func suffixStart(of subject: Bytes, longest: Bool) -> Int? {
        let text = GroupText(subject, encoding, options)
        for step in 0...text.codes.count {
            let start = longest ? step : text.codes.count - step
            if text.run(elements, text.places([start])).last ?? false { return text.offsets[start] }
        }
        return nil
    }

    func firstMatch(in subject: Bytes, from start: Int) -> Range<Int>? {
        let text = GroupText(subject, encoding, options)
        for place in text.offsets.indices where text.offsets[place] >= start {
            if let end = text.run(elements, text.places([place])).lastIndex(of: true) {
                return text.offsets[place]..<text.offsets[end]
            }
        }
        return nil
    }
}

/// A text in characters, with what elements make of sets of places in it.
private struct GroupText {
    private(set) var codes: [UInt32] = []
    /// Where each character begins, and the end.
    private(set) var offsets: [Int] = []
    private let encoding: CharacterEncoding
    private let ignoresCase: Bool
    /// The first character is a period that only a period matches.
    private let isGuarded: Bool

    init(_ subject: Bytes, _ encoding: CharacterEncoding, _ options: PatternOptions) {
        self.encoding = encoding
        ignoresCase = options.contains(.ignoresCase)
        isGuarded = options.contains(.guardsPeriod) && subject.first == UInt8(ascii: ".")
        codes.reserveCapacity(subject.count)
        offsets.reserveCapacity(subject.count + 1)
        subject.withUnsafeBytes { bytes in
            var index = 0
            while index < bytes.count {
                let character = encoding.decode(bytes, at: index)
                codes.append(ignoresCase ? GroupText.lower(character.code) : character.code)
                offsets.append(index)
                index += character.length
            }
            offsets.append(index)
        }
    }

    static func lower(_ code: UInt32) -> UInt32 {
        if code < 0x80 { return code >= 0x41 && code <= 0x5A ? code + 32 : code }
        return mapped(code) { $0.properties.lowercaseMapping }
    }

    static func upper(_ code: UInt32) -> UInt32 {
        if code < 0x80 { return code >= 0x61 && code <= 0x7A ? code - 32 : code }
        return mapped(code) { $0.properties.uppercaseMapping }
    }

    /// Only what stays a single character has another case.
    private static func mapped(_ code: UInt32, _ mapping: (Unicode.Scalar) -> String) -> UInt32 {
        guard let scalar = Unicode.Scalar(code) else { return code }
        let result = mapping(scalar).unicodeScalars
        return result.count == 1 ? result.first?.value ?? code : code
    }

    func places(_ indices: [Int]) -> [Bool] {
        var places = [Bool](repeating: false, count: codes.count + 1)
        for index in indices { places[index] = true }
        return places
    }

    /// The places after `elements` where one of `starts` is before them.
    func run(_ elements: [GroupPattern.Element], _ starts: [Bool]) -> [Bool] {
        var places = starts
        for element in elements {
            guard places.contains(true) else { return places }
            places = step(element, places)
        }
        return places
    }

    private func step(_ element: GroupPattern.Element, _ places: [Bool]) -> [Bool] {
        switch element {
        case .character(let code): return advance(places) { codes[$0] == code }
        case .any: return advance(places) { $0 > 0 || !isGuarded }
        case .bracket(let bracket): return advance(places) { ($0 > 0 || !isGuarded) && holds(bracket, codes[$0]) }
        case .anything:
            var result = places
            var isReached = false
            for index in places.indices {
                isReached = isReached || (places[index] && (index > 0 || !isGuarded))
                if isReached { result[index] = true }
            }
            return result
        case .group(let kind, let alternatives):
            switch kind {
            case UInt8(ascii: "@"): return any(alternatives, places)
            case UInt8(ascii: "?"): return union(places, any(alternatives, places))
            case UInt8(ascii: "*"): return closure(alternatives, places)
            case UInt8(ascii: "+"): return closure(alternatives, any(alternatives, places))
            default: return complement(alternatives, places)
            }
        }
    }

    private func advance(_ places: [Bool], _ holds: (Int) -> Bool) -> [Bool] {
        var result = [Bool](repeating: false, count: places.count)
        for index in codes.indices where places[index] && holds(index) { result[index + 1] = true }
        return result
    }

    private func holds(_ bracket: BracketExpression, _ code: UInt32) -> Bool {
        let holds = bracket.matches(code, encoding)
        // It is a member in one of its forms; of `[!a]`, in none.
        guard ignoresCase, holds == bracket.table.isNegated else { return holds }
        let upper = GroupText.upper(code)
        return upper == code ? holds : bracket.matches(upper, encoding)
    }

    private func union(_ a: [Bool], _ b: [Bool]) -> [Bool] {
        var result = a
        for index in b.indices where b[index] { result[index] = true }
        return result
    }

    private func any(_ alternatives: [[GroupPattern.Element]], _ places: [Bool]) -> [Bool] {
        var result = [Bool](repeating: false, count: places.count)
        for alternative in alternatives { result = union(result, run(alternative, places)) }
        return result
    }

    /// `places`, and all that the alternatives lead to from there, in as many steps as it takes.
    private func closure(_ alternatives: [[GroupPattern.Element]], _ places: [Bool]) -> [Bool] {
        var reached = places
        var fresh = places
        while fresh.contains(true) {
            let next = any(alternatives, fresh)
            for index in next.indices { fresh[index] = next[index] && !reached[index] }
            reached = union(reached, fresh)
        }
        return reached
    }

    /// From each of `places`, all places to which no alternative leads.
    private func complement(_ alternatives: [[GroupPattern.Element]], _ places: [Bool]) -> [Bool] {
        var result = [Bool](repeating: false, count: places.count)
        for start in places.indices where places[start] {
            let led = any(alternatives, self.places([start]))
            let last = start == 0 && isGuarded ? 0 : codes.count
            for end in start..<max(last + 1, start) where !led[end] { result[end] = true }
        }
        return result
    }
}

/// From units of source to elements.
private struct GroupParser {
    private let source: ArraySlice<PatternSource.Unit>
    private let encoding: CharacterEncoding
    private let ignoresCase: Bool
    private let takesGroups: Bool
    /// Where the group that opens at an index is closed.
    private var closers: [Int: Int] = [:]
    /// No bracket is closed after it.
    private let lastClosing: Int

    /// Groups within groups beyond this are text.
    private static let maximumDepth = 200

    init(source: ArraySlice<PatternSource.Unit>, encoding: CharacterEncoding, options: PatternOptions) {
        self.source = source
        self.encoding = encoding
        ignoresCase = options.contains(.ignoresCase)
        takesGroups = options.contains(.groups)
        lastClosing = BracketExpression.lastClosing(source)
        if takesGroups { pairParentheses() }
    }

    private mutating func pairParentheses() {
        var open: [Int] = []
        var index = source.startIndex
        while index < source.endIndex {
            let unit = source[index]
            defer { index += 1 }
            guard !unit.isQuoted else { continue }
            switch unit.byte {
            case UInt8(ascii: "("): open.append(index)
            case UInt8(ascii: ")"): if let opening = open.popLast() { closers[opening] = index }
            case UInt8(ascii: "["):
                if let (_, end) = bracket(at: index, end: source.endIndex) { index = end - 1 }
            default: break
            }
        }
    }

    private func bracket(at index: Int, end: Int) -> (BracketExpression, end: Int)? {
        index < lastClosing ? BracketExpression.parse(source[index..<end], encoding: encoding) : nil
    }

    mutating func parse() -> [GroupPattern.Element] {
        sequence(source.startIndex, source.endIndex, depth: 0)
    }

    private func sequence(_ start: Int, _ end: Int, depth: Int) -> [GroupPattern.Element] {
        var elements: [GroupPattern.Element] = []
        var index = start
        while index < end {
            let unit = source[index]
            if !unit.isQuoted {
                if let close = group(at: index, end: end), depth < GroupParser.maximumDepth {
                    elements.append(.group(unit.byte, alternatives(index + 2, close, depth: depth + 1)))
                    index = close + 1
                    continue
                }
                switch unit.byte {
                case UInt8(ascii: "*"):
                    elements.append(.anything)
                    index += 1
                    continue
                case UInt8(ascii: "?"):
                    elements.append(.any)
                    index += 1
                    continue
                case UInt8(ascii: "["):
                    if let (bracket, after) = bracket(at: index, end: end) {
                        elements.append(.bracket(bracket))
                        index = after
                        continue
                    }
                default: break
                }
            }
            index = appendCharacter(at: index, end: end, to: &elements)
        }
        return elements
    }

    /// The index of the parenthesis that closes the group at `index`, if one begins there.
    private func group(at index: Int, end: Int) -> Int? {
        guard takesGroups, Pattern.opensGroup(source[index].byte), index + 1 < end, !source[index + 1].isQuoted,
            let close = closers[index + 1], close < end
        else { return nil }
        return close
    }

    private func alternatives(_ start: Int, _ end: Int, depth: Int) -> [[GroupPattern.Element]] {
        var result: [[GroupPattern.Element]] = []
        var begin = start
        var index = start
        while index < end {
            let unit = source[index]
            if !unit.isQuoted {
                if unit.byte == UInt8(ascii: "("), let close = closers[index], close < end {
                    index = close + 1
                    continue
                }
                if unit.byte == UInt8(ascii: "["),
                    let (_, after) = bracket(at: index, end: end)
                {
                    index = after
                    continue
                }
                if unit.byte == UInt8(ascii: "|") {
                    result.append(sequence(begin, index, depth: depth))
                    begin = index + 1
                }
            }
            index += 1
        }
        result.append(sequence(begin, end, depth: depth))
        return result
    }

    private func appendCharacter(at index: Int, end: Int, to elements: inout [GroupPattern.Element]) -> Int {
        let bytes = source[index..<min(index + 4, end)].map(\.byte)
        let character = bytes.withUnsafeBufferPointer { encoding.decode($0, at: 0) }
        elements.append(.character(ignoresCase ? GroupText.lower(character.code) : character.code))
        return index + max(character.length, 1)
    }
}

extension Pattern {
    /// Whether a parenthesis after this byte opens a group.
    static func opensGroup(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "?"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "@"), UInt8(ascii: "!"): true
        default: false
        }
    }

    /// Whether unquoted `text` could have a group in it.
    static func hasGroup(_ text: Bytes) -> Bool {
        guard var index = text.find(UInt8(ascii: "(")) else { return false }
        while true {
            if index > 0 && opensGroup(text[index - 1]) { return true }
            guard let next = text.find(UInt8(ascii: "("), from: index + 1) else { return false }
            index = next
        }
    }
}
