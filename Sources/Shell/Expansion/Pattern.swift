// Shell patterns (POSIX.1-2024, 2.14.1 and 2.14.2): `case`, `${x#…}`, `${x/…}`, and one component of a pathname.
//
// Nearly all patterns are text with an asterisk before it, after it, or at both ends. These are kept as they are and
// compared by memchr and memcmp. All others are compiled to a program (PatternProgram.swift).
//
// Characters are those of the encoding. A byte that is no part of a valid character is a character of its own, equal only
// to itself. Text of whole characters can be found by its bytes alone, since no byte that starts a character can stand
// inside another one; a pattern with stray bytes is always a program.

import Bytes
import Glibc

/// A compiled shell pattern.
///
/// POSIX 2.14. Ranges are by code point, equivalence classes hold the character itself.
package struct Pattern: Sendable {
    enum Form: Sendable {
        /// No special character.
        case literal
        /// `*`
        case anything
        /// `text*`
        case startsWith
        /// `*text`
        case endsWith
        /// `*text*`
        case contains
        case program(SharedPatternProgram)
        case groups(GroupPattern)
    }

    private let form: Form
    /// The text of the pattern without its asterisks, where that says all.
    private let text: Bytes
    private let isLiteral: Bool

    /// The pattern made of `pieces`, side by side. In a piece that is not quoted `*`, `?` and `[` are special, and a
    /// backslash quotes the next character: such a piece comes out of an expansion, since quoting in the source text is
    /// known as such.
    package init(
        _ pieces: [(text: Bytes, isQuoted: Bool)], encoding: CharacterEncoding, options: PatternOptions = []
    ) {
        if options.contains(.ignoresCase)
            || (options.contains(.groups) && pieces.contains { !$0.isQuoted && $0.text.contains(UInt8(ascii: "(")) })
        {
            self.init(PatternSource(pieces)[...], encoding: encoding, options: options)
        } else if pieces.count == 1 {
            self.init(pieces[0].text, isQuoted: pieces[0].isQuoted, encoding: encoding)
        } else {
            self.init(PatternSource(pieces)[...], encoding: encoding)
        }
    }

    /// The pattern of a single piece.
    package init(_ text: Bytes, isQuoted: Bool, encoding: CharacterEncoding) {
        if let simple = Pattern(simple: text, isQuoted: isQuoted, encoding) {
            self = simple
        } else {
            self.init(PatternSource([(text, isQuoted)])[...], encoding: encoding)
        }
    }

    /// With options that only the slower matcher knows, if the pattern needs it.
    init(_ source: ArraySlice<PatternSource.Unit>, encoding: CharacterEncoding, options: PatternOptions) {
        if options.contains(.ignoresCase) || (options.contains(.groups) && Pattern.hasGroup(source)) {
            let isLiteral = !Pattern.hasGroup(source) && !source.contains { !$0.isQuoted && Pattern.isSpecial($0.byte) }
            self.init(
                form: .groups(GroupPattern(source, encoding, options)), text: Bytes(source.lazy.map(\.byte)),
                isLiteral: isLiteral && !options.contains(.ignoresCase))
        } else {
            self.init(source, encoding: encoding)
        }
    }

    private static func hasGroup(_ source: ArraySlice<PatternSource.Unit>) -> Bool {
        for index in source.indices.dropFirst()
        where source[index].byte == UInt8(ascii: "(") && !source[index].isQuoted && !source[index - 1].isQuoted
            && opensGroup(source[index - 1].byte)
        {
            return true
        }
        return false
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "[")
    }

    init(_ source: ArraySlice<PatternSource.Unit>, encoding: CharacterEncoding) {
        let asterisk = UInt8(ascii: "*")
        var middle = source
        while let first = middle.first, first.byte == asterisk, !first.isQuoted { middle.removeFirst() }
        let startsFree = middle.startIndex > source.startIndex
        while let last = middle.last, last.byte == asterisk, !last.isQuoted { middle.removeLast() }
        let endsFree = middle.endIndex < source.endIndex
        let isText = !middle.contains {
            !$0.isQuoted && ($0.byte == asterisk || $0.byte == UInt8(ascii: "?") || $0.byte == UInt8(ascii: "["))
        }
        if isText {
            self.init(Bytes(middle.lazy.map(\.byte)), startsFree: startsFree, endsFree: endsFree, encoding)
        } else {
            let program = PatternProgram(source, encoding)
            let text = program.hasSpecial ? Bytes() : Bytes(source.lazy.map(\.byte))
            self.init(form: .program(SharedPatternProgram(program)), text: text, isLiteral: !program.hasSpecial)
        }
    }

    /// The pattern `source`, if it is text with asterisks at its ends only.
    private init?(simple source: Bytes, isQuoted: Bool, _ encoding: CharacterEncoding) {
        if isQuoted {
            self.init(source, startsFree: false, endsFree: false, encoding)
            return
        }
        let asterisk = UInt8(ascii: "*")
        let startsFree = source.first == asterisk
        let endsFree = source.last == asterisk
        let first = startsFree ? 1 : 0
        let text = source[first..<max(source.count - (endsFree ? 1 : 0), first)]
        guard !Pattern.hasSpecialBytes(text) else { return nil }
        self.init(text, startsFree: startsFree, endsFree: endsFree, encoding)
    }

    private init(_ text: Bytes, startsFree: Bool, endsFree: Bool, _ encoding: CharacterEncoding) {
        let isLiteral = !startsFree && !endsFree
        let form: Form
        if !encoding.isWellFormed(text) {
            let program = PatternProgram(text, startsFree: startsFree, endsFree: endsFree, encoding)
            form = .program(SharedPatternProgram(program))
        } else if isLiteral {
            form = .literal
        } else if text.isEmpty {
            form = .anything
        } else {
            form = startsFree ? (endsFree ? .contains : .endsWith) : .startsWith
        }
        self.init(form: form, text: text, isLiteral: isLiteral)
    }

    private init(form: Form, text: Bytes, isLiteral: Bool) {
        self.form = form
        self.text = text
        self.isLiteral = isLiteral
    }

    /// Whether `text`, unquoted, could be more than itself in a pattern.
    package static func hasSpecialBytes(_ text: Bytes) -> Bool {
        text.withUnsafeBytes { bytes in
            for byte in bytes {
                switch byte {
                case UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "["), UInt8(ascii: "\\"): return true
                default: break
                }
            }
            return false
        }
    }

    /// The text that is all the pattern matches, if it has no special character.
    package var literal: Bytes? { isLiteral ? text : nil }

    /// Whether the pattern can match more than its own text, in whatever case.
    var isSpecial: Bool {
        guard case .groups(let pattern) = form else { return !isLiteral }
        return pattern.isSpecial
    }

    var hasGroups: Bool {
        if case .groups(let pattern) = form { return pattern.isSpecial }
        return false
    }

    // MARK: Matching

    /// Whether the pattern matches the whole of `subject`.
    package func matches(_ subject: Bytes) -> Bool {
        switch form {
        case .literal: return subject == text
        case .anything: return true
        case .startsWith: return subject.hasPrefix(text)
        case .endsWith: return ends(subject)
        case .contains: return subject.find(text) != nil
        case .program(let shared): return shared.program.withMatcher(subject) { $0.matchesWhole() }
        case .groups(let pattern): return pattern.matches(subject)
        }
    }

    /// The length in bytes of the shortest or longest prefix of `subject` that the pattern matches.
    package func prefixLength(of subject: Bytes, longest: Bool) -> Int? {
        switch form {
        case .literal: return subject.hasPrefix(text) ? text.count : nil
        case .anything: return longest ? subject.count : 0
        case .startsWith: return subject.hasPrefix(text) ? (longest ? subject.count : text.count) : nil
        case .endsWith: return (longest ? findLast(in: subject) : subject.find(text)).map { $0 + text.count }
        case .contains: return subject.find(text).map { longest ? subject.count : $0 + text.count }
        case .program(let shared):
            return shared.program.withMatcher(subject) { $0.prefixEnd(from: 0, longest: longest) }
        case .groups(let pattern): return pattern.prefixLength(of: subject, longest: longest)
        }
    }

    /// The index at which the shortest or longest suffix of `subject` that the pattern matches begins.
    package func suffixStart(of subject: Bytes, longest: Bool) -> Int? {
        switch form {
        case .literal: return ends(subject) ? subject.count - text.count : nil
        case .anything: return longest ? 0 : subject.count
        case .startsWith: return longest ? subject.find(text) : findLast(in: subject)
        case .endsWith: return ends(subject) ? (longest ? 0 : subject.count - text.count) : nil
        case .contains: return longest ? subject.find(text).map { _ in 0 } : findLast(in: subject)
        case .program(let shared): return shared.program.withMatcher(subject) { $0.suffixStart(longest: longest) }
        case .groups(let pattern): return pattern.suffixStart(of: subject, longest: longest)
        }
    }

    /// The first place at or after `start`, which must be at a character, where the pattern matches, and there the longest
    /// match.
    package func firstMatch(in subject: Bytes, from start: Int = 0) -> Range<Int>? {
        switch form {
        case .literal: return subject.find(text, from: start).map { $0..<$0 + text.count }
        case .anything: return start..<subject.count
        case .startsWith: return subject.find(text, from: start).map { $0..<subject.count }
        case .endsWith:
            guard let last = findLast(in: subject), last >= start else { return nil }
            return start..<last + text.count
        case .contains: return subject.find(text, from: start).map { _ in start..<subject.count }
        case .program(let shared): return shared.program.withMatcher(subject) { $0.firstMatch(from: start) }
        case .groups(let pattern): return pattern.firstMatch(in: subject, from: start)
        }
    }

    private func ends(_ subject: Bytes) -> Bool {
        subject.withUnsafeBytes { subject in
            text.withUnsafeBytes { text in
                guard let end = subject.baseAddress, let start = text.baseAddress else { return text.isEmpty }
                return text.count <= subject.count && memcmp(end + subject.count - text.count, start, text.count) == 0
            }
        }
    }

    /// The index of the last place of `text`, which is not empty.
    private func findLast(in subject: Bytes) -> Int? {
        subject.withUnsafeBytes { subject in
            text.withUnsafeBytes { text in
                guard let base = subject.baseAddress, let start = text.baseAddress else { return nil }
                var index = subject.count - text.count
                while index >= 0 {
                    if base[index] == start[0] && memcmp(base + index, start, text.count) == 0 { return index }
                    index -= 1
                }
                return nil
            }
        }
    }
}

extension CharacterEncoding {
    /// Whether `text` holds whole characters only.
    func isWellFormed(_ text: Bytes) -> Bool {
        if self == .bytes { return true }
        return text.withUnsafeBytes { bytes in
            var index = 0
            while index < bytes.count {
                let length = decode(bytes, at: index).length
                if length == 1 && bytes[index] >= 0x80 { return false }
                index += length
            }
            return true
        }
    }
}
