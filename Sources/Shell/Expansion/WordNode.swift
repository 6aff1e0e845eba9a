// Words, prepared for expansion.
//
// A word is expanded in one of three ways: to fields (the words of a command), to one string (assignments, `case` subjects,
// redirections), or to a pattern. The most frequent shapes, a constant and a variable alone, have classes of their own.

import Bytes
import Syntax

/// A word of a command, prepared.
class WordNode: @unchecked Sendable {
    /// Pushes the fields of the word on the interpreter's stack.
    func pushFields(_ sh: Interpreter) throws(Unwind) {}

    /// The word as one string: no field splitting, no pathname expansion.
    func string(_ sh: Interpreter) throws(Unwind) -> Bytes { Bytes() }

    /// The word as one string where a file's name or a here-document's text is wanted: `$@` is joined as `$*` is.
    func text(_ sh: Interpreter) throws(Unwind) -> Bytes { try string(sh) }

    /// The word as a pattern's text, with what is quoted in it.
    func pieces(_ sh: Interpreter) throws(Unwind) -> [(text: Bytes, isQuoted: Bool)] { [] }

    /// The word as a pattern, with options beside those that `shopt` has set for all patterns.
    func pattern(_ sh: Interpreter, _ options: PatternOptions = []) throws(Unwind) -> Pattern {
        Pattern(try pieces(sh), encoding: sh.encoding, options: sh.patternOptions(options))
    }

    /// Whether the word, as a pattern, matches `text`.
    func matches(_ text: Bytes, _ sh: Interpreter) throws(Unwind) -> Bool {
        try pattern(sh).matches(text)
    }

    /// The text, if it is the same at every expansion and gives one field.
    var constant: Bytes? { nil }

    /// Expanding it has no effect but its result, and waits for nothing.
    var isPure: Bool { true }
    /// `<(…)` is in it: its pipe lasts as long as the command.
    var hasProcess: Bool { false }
}

/// Text with nothing to expand.
final class ConstantWord: WordNode, @unchecked Sendable {
    let text: Bytes
    /// How `set -x` shows it as a pattern: what is quoted with backslashes.
    let pattern: Bytes

    init(_ text: Bytes, pattern: Bytes? = nil) {
        self.text = text
        self.pattern = pattern ?? text
    }

    override func pushFields(_ sh: Interpreter) throws(Unwind) { sh.stack.append(text) }
    override func string(_ sh: Interpreter) throws(Unwind) -> Bytes { text }
    override func pieces(_ sh: Interpreter) throws(Unwind) -> [(text: Bytes, isQuoted: Bool)] { [(text, true)] }
    override func pattern(_ sh: Interpreter, _ options: PatternOptions) throws(Unwind) -> Pattern {
        Pattern([(text, true)], encoding: sh.encoding, options: options)
    }
    override func matches(_ text: Bytes, _ sh: Interpreter) throws(Unwind) -> Bool { text == self.text }
    override var constant: Bytes? { text }
}

/// `"$name"` or `$name` alone.
final class VariableWord: WordNode, @unchecked Sendable {
    let id: NameID
    let isQuoted: Bool

    init(id: NameID, isQuoted: Bool) {
        self.id = id
        self.isQuoted = isQuoted
    }

    override func pushFields(_ sh: Interpreter) throws(Unwind) {
        let value = try string(sh)
        if isQuoted {
            sh.stack.append(value)
            return
        }
        try sh.pushSplit(value)
    }

    override func string(_ sh: Interpreter) throws(Unwind) -> Bytes {
        guard let value = sh.value(id) else { return try sh.unsetValue(id) }
        return value
    }

    override func pieces(_ sh: Interpreter) throws(Unwind) -> [(text: Bytes, isQuoted: Bool)] {
        [(try string(sh), isQuoted)]
    }

    override func pattern(_ sh: Interpreter, _ options: PatternOptions) throws(Unwind) -> Pattern {
        Pattern([(try string(sh), isQuoted)], encoding: sh.encoding, options: sh.patternOptions(options))
    }
}

/// `$1`, `$((…))`, `"$(…)"`: one expansion that gives one string, alone.
final class ExpansionWord: WordNode, @unchecked Sendable {
    let part: ExpansionPart

    init(_ part: ExpansionPart) { self.part = part }

    override var isPure: Bool { part.isPure }
    override var hasProcess: Bool { part is ProcessPart }

    override func pushFields(_ sh: Interpreter) throws(Unwind) {
        let value = try part.value(sh)
        if part.isQuoted {
            sh.stack.append(value)
        } else {
            try sh.pushSplit(value)
        }
    }

    override func string(_ sh: Interpreter) throws(Unwind) -> Bytes { try part.value(sh) }

    override func pieces(_ sh: Interpreter) throws(Unwind) -> [(text: Bytes, isQuoted: Bool)] {
        [(try part.value(sh), part.isQuoted)]
    }

    override func pattern(_ sh: Interpreter, _ options: PatternOptions) throws(Unwind) -> Pattern {
        Pattern([(try part.value(sh), part.isQuoted)], encoding: sh.encoding, options: sh.patternOptions(options))
    }
}

/// Any other word: parts side by side.
final class CompositeWord: WordNode, @unchecked Sendable {
    let parts: Children<PartNode>
    private let isCrossed: Bool
    private let containsProcess: Bool
    private let pure: Bool
    /// The word as a pattern, if nothing in it is expanded: compiled once for each encoding.
    private let constantPattern: (utf8: Pattern, bytes: Pattern)?
    /// The parser has read groups in it, `@(a|b)` and the like: they are meant, whatever `shopt extglob` says.
    private let hasGroups: Bool
    /// It would have groups under `shopt -s extglob`.
    private let mayHaveGroups: Bool

    init(_ parts: [PartNode], takesGroups: Bool = false) {
        self.parts = Children(parts)
        isCrossed = parts.contains(where: \.isCrossPlaceholder)
        containsProcess = parts.contains { $0 is ProcessPart }
        hasGroups = takesGroups && parts.contains { ($0 as? LiteralPart)?.hasGroup ?? false }
        let pieces = parts.compactMap { part -> (text: Bytes, isQuoted: Bool)? in
            if let literal = part as? LiteralPart { return (literal.text, false) }
            if let quoted = part as? QuotedPart { return (quoted.text, true) }
            return nil
        }
        constantPattern =
            pieces.count == parts.count && !hasGroups
            ? (Pattern(pieces, encoding: .utf8), Pattern(pieces, encoding: .bytes)) : nil
        mayHaveGroups = pieces.contains { !$0.isQuoted && $0.text.contains(UInt8(ascii: "(")) }
        pure = parts.allSatisfy(\.isPure)
    }

    deinit { parts.deallocate() }

    override var isPure: Bool { pure }
    override var hasProcess: Bool { containsProcess }

    override func pushFields(_ sh: Interpreter) throws(Unwind) {
        if isCrossed, try pushCrossed(sh) { return }
        var builder = FieldBuilder(splits: true)
        try append(to: &builder, sh)
        try builder.finish(sh)
    }

    override func string(_ sh: Interpreter) throws(Unwind) -> Bytes {
        var builder = FieldBuilder(splits: false)
        try append(to: &builder, sh)
        return builder.text
    }

    override func text(_ sh: Interpreter) throws(Unwind) -> Bytes {
        var builder = FieldBuilder(splits: false)
        builder.joinsByIFS = true
        try append(to: &builder, sh)
        return builder.text
    }

    /// Appends what the parts expand to.
    @inline(__always)
    func append(to builder: inout FieldBuilder, _ sh: Interpreter) throws(Unwind) {
        for index in 0..<parts.count {
            try parts[index].borrowed { (part) throws(Unwind) in try part.append(to: &builder, sh) }
        }
    }

    func append(to builder: inout PatternBuilder, _ sh: Interpreter) throws(Unwind) {
        for index in 0..<parts.count {
            try parts[index].borrowed { (part) throws(Unwind) in try part.append(to: &builder, sh) }
        }
    }

    override func matches(_ text: Bytes, _ sh: Interpreter) throws(Unwind) -> Bool {
        guard let constantPattern, !mayHaveGroups || !sh.has(ShoptOptions.extglob) else {
            return try pattern(sh, []).matches(text)
        }
        return sh.encoding == .utf8 ? constantPattern.utf8.matches(text) : constantPattern.bytes.matches(text)
    }

    override func pattern(_ sh: Interpreter, _ options: PatternOptions) throws(Unwind) -> Pattern {
        var options = sh.patternOptions(options)
        if let constantPattern, options.isEmpty {
            return sh.encoding == .utf8 ? constantPattern.utf8 : constantPattern.bytes
        }
        if hasGroups { options.insert(.groups) }
        return Pattern(try pieces(sh), encoding: sh.encoding, options: options)
    }

    override func pieces(_ sh: Interpreter) throws(Unwind) -> [(text: Bytes, isQuoted: Bool)] {
        var builder = PatternBuilder()
        try append(to: &builder, sh)
        return builder.pieces
    }

    /// The context replacement of `-X`: the word once for each of the arguments.
    private func pushCrossed(_ sh: Interpreter) throws(Unwind) -> Bool {
        var count = 0
        for case let part as PlaceholderPart in parts.all {
            if part.number < sh.placeholders.count, case .cross(let values) = sh.placeholders[part.number] {
                count = max(count, values.count)
            }
        }
        guard count > 0 else { return false }
        let saved = sh.placeholders
        for index in 0..<count {
            for (number, value) in saved.enumerated() {
                if case .cross(let values) = value { sh.placeholders[number] = .one(values[index % values.count]) }
            }
            var builder = FieldBuilder(splits: true)
            try append(to: &builder, sh)
            try builder.finish(sh)
        }
        sh.placeholders = saved
        return true
    }
}

extension Interpreter {
    /// What `shopt` says of patterns, beside `options`.
    @inline(__always)
    func patternOptions(_ options: PatternOptions) -> PatternOptions {
        has(ShoptOptions.extglob) ? options.union(.groups) : options
    }

    /// For `case`, `[[ ]]` and `${x/pattern/}`.
    @inline(__always)
    var caseOption: PatternOptions { has(ShoptOptions.nocasematch) ? .ignoresCase : [] }
}

/// The pieces of a pattern being put together.
struct PatternBuilder {
    var pieces: [(text: Bytes, isQuoted: Bool)] = []

    mutating func append(_ text: Bytes, isQuoted: Bool) {
        if !text.isEmpty { pieces.append((text, isQuoted)) }
    }
}

extension Interpreter {
    /// The value of an unset variable: nothing, or with `set -u` an error.
    func unsetValue(_ id: NameID) throws(Unwind) -> Bytes {
        if has(.nounset) { throw unbound(NameTable.name(of: id)) }
        return Bytes()
    }

    func unbound(_ name: Bytes) -> Unwind {
        var message = name
        message.append(": parameter not set")
        return expansionError(message)
    }
}
