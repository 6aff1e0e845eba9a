// Patterns that are more than text with asterisks around it, compiled.
//
// The asterisks cut a pattern into segments, and what is left in a segment matches a fixed number of characters: literal
// text, `?`, bracket expressions. So a match never has to try again what an earlier asterisk took:
//
//     whole      the first segment stands at the start, the last at the end, and each one between at the first place
//                after the one before it
//     prefix     shortest: every segment at its first place; longest: the last one at its last place
//     suffix     the mirror image of that, walking backwards
//
// The time is at worst the length of the text times that of the pattern, and matching takes no memory: segments and
// operations are plain numbers in flat arrays, which the matcher reads through pointers.
//
// A construct that matches a varying number of characters, like `@(a|b)`, doesn't fit into a segment: patterns with such
// are another case of `Pattern.Form`, with a matcher of its own (GroupPattern.swift).

import Bytes
import Glibc

/// A compiled pattern.
struct PatternProgram: Sendable {
    enum Kind: UInt8 {
        /// Whole characters: `count` bytes at `value` of `text`.
        case literal
        /// A byte that is no part of a character; its code is `value`.
        case stray
        /// `?`
        case any
        /// The bracket expression number `value`.
        case bracket
    }

    struct Operation {
        var kind: Kind
        var value: UInt32
        var count: Int32 = 0
    }

    /// What stands between two asterisks.
    struct Segment {
        /// Its operations are those up to this index, from the end of the segment before it.
        var end: Int32
        var characterCount: Int32
    }

    private(set) var segments: [Segment] = []
    private(set) var operations: [Operation] = []
    /// All literal text.
    private(set) var text = Bytes()
    private(set) var brackets: [BracketExpression] = []
    /// Their tables: matching most characters takes nothing else.
    private(set) var tables: [BracketExpression.Table] = []
    /// Whether the pattern is more than literal text.
    private(set) var hasSpecial = false
    let encoding: CharacterEncoding

    private var characterCount: Int32 = 0

    init(_ source: ArraySlice<PatternSource.Unit>, _ encoding: CharacterEncoding) {
        self.encoding = encoding
        var literal: [UInt8] = []
        func flush(_ program: inout PatternProgram) {
            literal.withUnsafeBufferPointer { program.append($0) }
            literal.removeAll(keepingCapacity: true)
        }
        var index = source.startIndex
        // Known once a bracket was not closed: else each of many would be looked for to the end.
        var lastClosing: Int?
        while index < source.endIndex {
            let unit = source[index]
            index += 1
            switch unit.byte {
            case UInt8(ascii: "*") where !unit.isQuoted:
                flush(&self)
                endSegment()
            case UInt8(ascii: "?") where !unit.isQuoted:
                flush(&self)
                append(Operation(kind: .any, value: 0))
            case UInt8(ascii: "[") where !unit.isQuoted:
                guard index <= lastClosing ?? index,
                    let (bracket, end) = BracketExpression.parse(source[(index - 1)...], encoding: encoding)
                else {
                    if lastClosing == nil { lastClosing = BracketExpression.lastClosing(source) }
                    literal.append(unit.byte)
                    continue
                }
                flush(&self)
                append(Operation(kind: .bracket, value: UInt32(truncatingIfNeeded: brackets.count)))
                brackets.append(bracket)
                tables.append(bracket.table)
                index = end
            default:
                literal.append(unit.byte)
            }
        }
        flush(&self)
        finish()
    }

    /// Text with asterisks at its ends.
    init(_ text: Bytes, startsFree: Bool, endsFree: Bool, _ encoding: CharacterEncoding) {
        self.encoding = encoding
        if startsFree { endSegment() }
        text.withUnsafeBytes { append($0) }
        if endsFree { endSegment() }
        finish()
    }

    private mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        var index = 0
        while index < bytes.count {
            let character = encoding.decode(bytes, at: index)
            characterCount += 1
            if encoding == .utf8 && bytes[index] >= 0x80 && character.length == 1 {
                operations.append(Operation(kind: .stray, value: character.code))
                index += 1
                continue
            }
            let start = Int32(truncatingIfNeeded: text.count)
            let length = Int32(truncatingIfNeeded: character.length)
            text.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[index..<index + character.length]))
            // A run goes on, unless a segment or something else has begun since.
            if let last = operations.last, last.kind == .literal, Int32(last.value) + last.count == start,
                operations.count > Int(segments.last?.end ?? 0)
            {
                operations[operations.count - 1].count += length
            } else {
                operations.append(Operation(kind: .literal, value: UInt32(start), count: length))
            }
            index += character.length
        }
    }

    private mutating func append(_ operation: Operation) {
        hasSpecial = true
        characterCount += 1
        operations.append(operation)
    }

    /// At an asterisk; several in a row mean one.
    private mutating func endSegment() {
        hasSpecial = true
        if !segments.isEmpty && characterCount == 0 { return }
        finish()
    }

    private mutating func finish() {
        segments.append(Segment(end: Int32(truncatingIfNeeded: operations.count), characterCount: characterCount))
        characterCount = 0
    }

    @inline(__always)
    func withMatcher<R>(_ subject: Bytes, _ body: (PatternMatcher) -> R) -> R {
        subject.withUnsafeBytes { subject in
            text.withUnsafeBytes { literals in
                segments.withUnsafeBufferPointer { segments in
                    operations.withUnsafeBufferPointer { operations in
                        tables.withUnsafeBufferPointer { tables in
                            brackets.withUnsafeBufferPointer { brackets in
                                body(
                                    PatternMatcher(
                                        text: subject, encoding: encoding, literals: literals, segments: segments,
                                        operations: operations, tables: tables, brackets: brackets))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A program that all copies of a pattern share.
final class SharedPatternProgram: Sendable {
    let program: PatternProgram

    init(_ program: PatternProgram) { self.program = program }
}

/// A program beside the text that it is held against. Good only while both are.
struct PatternMatcher {
    let text: UnsafeBufferPointer<UInt8>
    let encoding: CharacterEncoding
    let literals: UnsafeBufferPointer<UInt8>
    let segments: UnsafeBufferPointer<PatternProgram.Segment>
    let operations: UnsafeBufferPointer<PatternProgram.Operation>
    let tables: UnsafeBufferPointer<BracketExpression.Table>
    let brackets: UnsafeBufferPointer<BracketExpression>

    private var last: Int { segments.count - 1 }

    func matchesWhole() -> Bool {
        guard var index = match(0, at: 0, limit: text.count) else { return false }
        if last == 0 { return index == text.count }
        guard let end = anchoredStart(last, floor: index) else { return false }
        for segment in 1..<last {
            guard let found = firstPlace(of: segment, from: index, limit: end) else { return false }
            index = found.upperBound
        }
        return true
    }

    func prefixEnd(from start: Int, longest: Bool) -> Int? {
        guard var index = match(0, at: start, limit: text.count) else { return nil }
        if last == 0 { return index }
        for segment in 1..<last {
            guard let found = firstPlace(of: segment, from: index, limit: text.count) else { return nil }
            index = found.upperBound
        }
        let place =
            longest
            ? lastPlace(of: last, floor: index, limit: text.count)
            : firstPlace(of: last, from: index, limit: text.count)
        return place?.upperBound
    }

    func suffixStart(longest: Bool) -> Int? {
        guard var index = anchoredStart(last, floor: 0) else { return nil }
        if last == 0 { return index }
        for segment in (1..<last).reversed() {
            guard let found = lastPlace(of: segment, floor: 0, limit: index) else { return nil }
            index = found.lowerBound
        }
        let place =
            longest ? firstPlace(of: 0, from: 0, limit: index) : lastPlace(of: 0, floor: 0, limit: index)
        return place?.lowerBound
    }

    func firstMatch(from start: Int) -> Range<Int>? {
        var index = start
        while let place = firstPlace(of: 0, from: index, limit: text.count) {
            if let end = prefixEnd(from: place.lowerBound, longest: true) { return place.lowerBound..<end }
            guard place.lowerBound < text.count else { return nil }
            index = place.lowerBound + encoding.decode(text, at: place.lowerBound).length
        }
        return nil
    }

    // MARK: Segments

    @inline(__always)
    private func range(_ segment: Int) -> Range<Int> {
        (segment == 0 ? 0 : Int(segments[segment - 1].end))..<Int(segments[segment].end)
    }

    /// The index after the segment if it stands at `start` and ends by `limit`, which is at a character.
    private func match(_ segment: Int, at start: Int, limit: Int) -> Int? {
        var index = start
        for place in range(segment) {
            let operation = operations[place]
            switch operation.kind {
            case .literal:
                let count = Int(operation.count)
                guard index + count <= limit, stands(operation, at: index) else { return nil }
                index += count
            case .any:
                guard index < limit else { return nil }
                index += encoding.decode(text, at: index).length
            case .stray:
                guard index < limit, encoding.decode(text, at: index).code == operation.value else { return nil }
                index += 1
            case .bracket:
                guard index < limit else { return nil }
                let character = encoding.decode(text, at: index)
                let isMember =
                    BracketExpression.Table.covers(character.code, encoding)
                    ? tables[Int(operation.value)].matches(character.code)
                    : brackets[Int(operation.value)].matchesWide(character.code)
                guard isMember else { return nil }
                index += character.length
            }
        }
        return index
    }

    @inline(__always)
    private func stands(_ operation: PatternProgram.Operation, at index: Int) -> Bool {
        guard let base = text.baseAddress, let literal = literals.baseAddress else { return false }
        return memcmp(base + index, literal + Int(operation.value), Int(operation.count)) == 0
    }

    /// Where the segment begins if it ends exactly at the end of the text.
    private func anchoredStart(_ segment: Int, floor: Int) -> Int? {
        guard let start = step(back: Int(segments[segment].characterCount), from: text.count, floor: floor),
            match(segment, at: start, limit: text.count) == text.count
        else { return nil }
        return start
    }

    private func firstPlace(of segment: Int, from start: Int, limit: Int) -> Range<Int>? {
        let operations = range(segment)
        // Where it begins with text, only the places of that text's first byte can do.
        let first: UInt8? =
            operations.isEmpty || self.operations[operations.lowerBound].kind != .literal
            ? nil : literals[Int(self.operations[operations.lowerBound].value)]
        var index = start
        while true {
            if let first {
                guard let found = text.find(first, from: index), found < limit else { return nil }
                index = found
            }
            if let end = match(segment, at: index, limit: limit) { return index..<end }
            guard index < limit else { return nil }
            index += encoding.decode(text, at: index).length
        }
    }

    private func lastPlace(of segment: Int, floor: Int, limit: Int) -> Range<Int>? {
        guard var index = step(back: Int(segments[segment].characterCount), from: limit, floor: floor) else {
            return nil
        }
        while true {
            if let end = match(segment, at: index, limit: limit) { return index..<end }
            guard let previous = step(back: 1, from: index, floor: floor) else { return nil }
            index = previous
        }
    }

    // MARK: Characters

    /// The index `count` characters before `index`; nil if that lies before `floor`.
    private func step(back count: Int, from index: Int, floor: Int) -> Int? {
        guard encoding != .bytes else { return index - count >= floor ? index - count : nil }
        var index = index
        for _ in 0..<count {
            guard index > floor else { return nil }
            index -= lengthOfCharacter(before: index)
        }
        return index >= floor ? index : nil
    }

    /// A lead byte always starts a character, so the one that reaches just up to `index` is the character before it, and
    /// without one the byte stands alone: walking back finds the boundaries that walking forward does.
    private func lengthOfCharacter(before index: Int) -> Int {
        guard text[index - 1] & 0xC0 == 0x80 else { return 1 }
        for length in 2...4 where length <= index {
            let byte = text[index - length]
            if byte & 0xC0 == 0x80 { continue }
            return byte >= 0xC0 && encoding.decode(text, at: index - length).length == length ? length : 1
        }
        return 1
    }
}
