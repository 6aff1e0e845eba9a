// Which spellings are replacement strings in this run, and what each stands for.
//
// GNU parallel's seven (`{}` `{.}` `{/}` `{//}` `{/.}` `{#}` `{%}`) can be spelled otherwise (`-I`,
// `--extensionreplace` and so on). A spelling that begins with a brace has a form with a number after it, `{2}` or
// `{-1/.}`, and with `--header` one with a column's name, `{name.}`. `--plus` adds more, some with an operand:
// `{%suffix}`. At each place the longest spelling counts.

import Bytes
import Syntax

/// The options that change the spellings.
package struct ReplacementSpellings: Sendable {
    package var input: Bytes = "{}"
    package var withoutExtension: Bytes = "{.}"
    package var baseName: Bytes = "{/}"
    package var directory: Bytes = "{//}"
    package var baseNameWithoutExtension: Bytes = "{/.}"
    package var sequence: Bytes = "{#}"
    package var slot: Bytes = "{%}"
    /// `--plus`
    package var hasPlus = false

    package init() {}
}

struct ReplacementTable: Sendable {
    /// A regular expression of a replacement string that can't be compiled, or Perl code.
    struct Failure: Error, Sendable {
        var message: Bytes
    }

    private struct Spelling: Sendable {
        var text: Bytes
        var meaning: ReplacementString
    }

    /// The longest first.
    private var spellings: [Spelling] = []
    /// The part after the number (or the column's name) of each spelling in braces, with what it does: `/.}`.
    private var tails: [(text: Bytes, edit: ValueEdit, filter: JobFilter?)] = []
    private let columns: [Bytes]
    private let hasPlus: Bool
    private var firsts = RegularExpression.ByteClass()

    /// - Parameter columns: the names that `--header` gave, in the order of the arguments.
    init(_ options: ReplacementSpellings, columns: [Bytes] = []) {
        self.columns = columns
        hasPlus = options.hasPlus
        let open = UInt8(ascii: "{")
        let arguments: [(Bytes, ValueEdit)] = [
            (options.input, .none), (options.withoutExtension, .withoutExtensions(1)), (options.baseName, .baseName),
            (options.directory, .directory), (options.baseNameWithoutExtension, .baseNameWithoutExtensions(1)),
        ]
        let plus: [(Bytes, ValueEdit)] = [
            ("{+/}", .beforeBaseName), ("{+.}", .extensions(1)), ("{+..}", .extensions(2)), ("{+...}", .extensions(3)),
            ("{..}", .withoutExtensions(2)), ("{...}", .withoutExtensions(3)),
            ("{/..}", .baseNameWithoutExtensions(2)), ("{/...}", .baseNameWithoutExtensions(3)),
        ]
        for (text, edit) in hasPlus ? arguments + plus : arguments where !text.isEmpty {
            spellings.append(Spelling(text: text, meaning: ReplacementString(source: .arguments, edit: edit)))
            if text[0] == open { tails.append((text.dropFirst(), edit, nil)) }
        }
        var others: [(Bytes, ReplacementString.Source)] = [(options.sequence, .sequence), (options.slot, .slot)]
        if hasPlus {
            others += [
                ("{##}", .total), ("{0#}", .paddedSequence), ("{0%}", .paddedSlot), ("{slot}", .slotVariable),
                ("{choose_k}", .filter(.ascending)), ("{uniq}", .filter(.unique)),
            ]
        }
        for (text, source) in others where !text.isEmpty {
            spellings.append(Spelling(text: text, meaning: ReplacementString(source: source)))
        }
        tails.sort { $0.text.count > $1.text.count }
        for (index, name) in columns.enumerated() where !name.isEmpty {
            for tail in tails {
                var text: Bytes = "{"
                text.append(name)
                text.append(tail.text)
                let meaning = ReplacementString(source: .argument(index + 1), edit: tail.edit)
                spellings.append(Spelling(text: text, meaning: meaning))
            }
        }
        spellings.sort { $0.text.count > $1.text.count }
        for spelling in spellings { firsts.insert(spelling.text[0]) }
        // Numbers, operands and Perl code in braces are asked for at every brace.
        firsts.insert(open)
    }

    func canStart(_ byte: UInt8) -> Bool { firsts.contains(byte) }

    /// The replacement string at `index`, and its length.
    func match(
        _ text: UnsafeBufferPointer<UInt8>, at index: Int
    ) throws(Failure) -> (meaning: ReplacementString, length: Int)? {
        guard firsts.contains(text[index]) else { return nil }
        for spelling in spellings where ReplacementTable.has(text, spelling.text, at: index) {
            return (spelling.meaning, spelling.text.count)
        }
        guard text[index] == UInt8(ascii: "{"), index + 1 < text.count else { return nil }
        if text[index + 1] == UInt8(ascii: "="), ReplacementTable.closesPerl(text, from: index + 2) {
            throw Failure(
                message: """
                    {= … =} holds Perl code, which is not supported. Use the replacement strings of --plus \
                    ({%suffix}, {/regexp/text}, {:2:3}, {^^x} …), or let the command do it: x={}; echo "${x%.gz}"
                    """)
        }
        var place = index + 1
        var position = 0
        let isNegative = text[place] == UInt8(ascii: "-")
        if isNegative { place += 1 }
        let digits = place
        while place < text.count, text[place] >= UInt8(ascii: "0"), text[place] <= UInt8(ascii: "9"), place - digits < 9
        {
            position = position * 10 + Int(text[place] - UInt8(ascii: "0"))
            place += 1
        }
        let hasPosition = place > digits
        if !hasPosition { place = index + 1 }
        if isNegative { position = -position }
        if hasPosition {
            for tail in tails where ReplacementTable.has(text, tail.text, at: place) {
                // `{0}` is all of them, as in GNU parallel.
                let source: ReplacementString.Source = position == 0 ? .arguments : .argument(position)
                return (ReplacementString(source: source, edit: tail.edit), place + tail.text.count - index)
            }
        }
        guard hasPlus, let edit = try operandEdit(text, at: place) else { return nil }
        let source: ReplacementString.Source = hasPosition && position != 0 ? .argument(position) : .arguments
        return (ReplacementString(source: source, edit: edit.edit), edit.end - index)
    }

    /// All replacement strings of a text, where they stand.
    func occurrences(in text: Bytes) throws(Failure) -> [(range: Range<Int>, meaning: ReplacementString)] {
        try text.withUnsafeBytes { (bytes) throws(Failure) in
            var found: [(range: Range<Int>, meaning: ReplacementString)] = []
            var index = 0
            while index < bytes.count {
                if let (meaning, length) = try match(bytes, at: index) {
                    found.append((index..<index + length, meaning))
                    index += length
                } else {
                    index += 1
                }
            }
            return found
        }
    }

    private static func has(_ text: UnsafeBufferPointer<UInt8>, _ part: Bytes, at index: Int) -> Bool {
        guard text.count - index >= part.count else { return false }
        return part.withUnsafeBytes { part in
            for offset in 0..<part.count where text[index + offset] != part[offset] { return false }
            return true
        }
    }

    private static func closesPerl(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Bool {
        var index = start
        while let equals = text.find(UInt8(ascii: "="), from: index) {
            if equals + 1 < text.count, text[equals + 1] == UInt8(ascii: "}") { return true }
            index = equals + 1
        }
        return false
    }

    /// The replacement strings of `--plus` that have an operand; `start` is after the brace and the number.
    private func operandEdit(
        _ text: UnsafeBufferPointer<UInt8>, at start: Int
    ) throws(Failure) -> (edit: ValueEdit, end: Int)? {
        guard let close = text.find(UInt8(ascii: "}"), from: start) else { return nil }
        let body = Bytes(UnsafeBufferPointer(rebasing: text[start..<close]))
        guard let edit = try ReplacementTable.edit(body) else { return nil }
        return (edit, close + 1)
    }

    private static func edit(_ body: Bytes) throws(Failure) -> ValueEdit? {
        guard body.count > 1 else { return nil }
        // The first byte, and whether it stands twice with something after it.
        let isDouble = body.count > 2 && body[1] == body[0]
        let operand = body.dropFirst(isDouble ? 2 : 1)
        switch body[0] {
        case UInt8(ascii: ":"):
            if body[1] == UInt8(ascii: "-") { return body.count > 2 ? .orElse(body.dropFirst(2)) : nil }
            let numbers = body.dropFirst(1).split(on: UInt8(ascii: ":"))
            guard numbers.count <= 2, let start = unsigned(numbers[0]) else { return nil }
            guard numbers.count == 2 else { return .substring(start, nil) }
            guard let length = unsigned(numbers[1]) else { return nil }
            return .substring(start, length)
        case UInt8(ascii: "#"):
            guard operand[0] != UInt8(ascii: "#") else { return nil }
            return .withoutPrefix(try compile(operand, isLazy: !isDouble))
        case UInt8(ascii: "%"):
            return isDouble
                ? .withoutLongestSuffix(try compile(operand)) : .withoutShortestSuffix(try compile(operand))
        case UInt8(ascii: "/"):
            // Either kind needs a slash after an expression that is not empty.
            for isAll in isDouble ? [true, false] : [false] {
                let rest = body.dropFirst(isAll ? 2 : 1)
                if rest.count > 1, let slash = rest.find(UInt8(ascii: "/"), from: 1) {
                    let expression = try compile(rest.prefix(slash))
                    return .replacing(expression, with: rest.dropFirst(slash + 1), all: isAll)
                }
            }
            return nil
        case UInt8(ascii: "^"), UInt8(ascii: ","):
            return .changingCase(try compile(operand), toUpper: body[0] == UInt8(ascii: "^"), all: isDouble)
        default:
            return nil
        }
    }

    private static func unsigned(_ text: Bytes) -> Int? {
        guard text.count < 10, let first = text.first, first >= UInt8(ascii: "0"), first <= UInt8(ascii: "9") else {
            return nil
        }
        return text.decimal
    }

    private static func compile(_ text: Bytes, isLazy: Bool = false) throws(Failure) -> RegularExpression {
        do throws(RegularExpression.Failure) {
            return try RegularExpression(text, isLazy: isLazy)
        } catch {
            throw Failure(message: error.message)
        }
    }
}
