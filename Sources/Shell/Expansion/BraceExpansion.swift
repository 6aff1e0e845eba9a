// Brace expansion, as bash has it: `a{b,c}d` is `abd acd`, `{01..10}` is `01 02 … 10`. It comes before all other
// expansions and knows nothing of them: it makes words out of a word, part by part.

import Bytes
import Platform
import Syntax

/// A word whose braces stand for more words than `BraceExpansion.limit`, or are nested deeper than there is stack for.
package struct BraceExpansionError: Error, Sendable {
    /// For a message.
    package let description: Bytes

    static let tooMany = BraceExpansionError(description: "brace expansion gives too many words")
    static let tooDeep = BraceExpansionError(description: "braces nested too deeply")
}

package enum BraceExpansion {
    /// How many words one word may become.
    package static let limit = 1 << 22

    /// The words that a word with the given parts stands for: their parts, none of which is a brace expression.
    ///
    /// A word without parts means that no word comes of it (`{,}`).
    package static func expand(_ parts: [WordPart]) throws(BraceExpansionError) -> [[WordPart]] {
        guard hasBraces(parts) else { return [parts] }
        // Asked before the first of them is made: it is the last factors that make them too many.
        if try count(parts) > limit { throw BraceExpansionError.tooMany }
        return try words(parts)
    }

    /// How many words they are; any number above the limit if they are too many.
    private static func count(_ parts: [WordPart]) throws(BraceExpansionError) -> Int {
        if Threads.stackRemaining() < Interpreter.stackReserve / 2 { throw BraceExpansionError.tooDeep }
        var product = 1
        for case .braceList(let list) in parts {
            var sum = 0
            for word in list where sum <= limit { sum += try count(word.parts) }
            product = min(product, limit + 1) * min(sum, limit + 1)
        }
        return product
    }

    private static func words(_ parts: [WordPart]) throws(BraceExpansionError) -> [[WordPart]] {
        guard hasBraces(parts) else { return [parts] }
        if Threads.stackRemaining() < Interpreter.stackReserve / 2 { throw BraceExpansionError.tooDeep }
        var words: [[WordPart]] = [[]]
        for part in parts {
            let alternatives: [[WordPart]]
            switch part {
            case .braceList(let list):
                var all: [[WordPart]] = []
                for word in list {
                    all += try self.words(word.parts)
                    if all.count > limit { throw BraceExpansionError.tooMany }
                }
                alternatives = all
            case .braceRange(let from, let to, let step):
                alternatives = try range(from: from, to: to, step: step)
            default:
                for index in words.indices { add(part, to: &words[index]) }
                continue
            }
            words = try product(words, alternatives)
        }
        return words
    }

    /// Whether `expand` has anything to do.
    package static func hasBraces(_ parts: [WordPart]) -> Bool {
        parts.contains {
            switch $0 {
            case .braceList, .braceRange: return true
            default: return false
            }
        }
    }

    /// Each of `words` with each of `endings` after it, the endings changing faster.
    private static func product(
        _ words: [[WordPart]], _ endings: [[WordPart]]
    ) throws(BraceExpansionError) -> [[WordPart]] {
        if words.count == 1 && words[0].isEmpty { return endings }
        let (count, overflow) = words.count.multipliedReportingOverflow(by: endings.count)
        if overflow || count > limit { throw BraceExpansionError.tooMany }
        var result: [[WordPart]] = []
        result.reserveCapacity(count)
        for word in words {
            for ending in endings {
                var sum = word
                for part in ending { add(part, to: &sum) }
                result.append(sum)
            }
        }
        return result
    }

    /// Literals that come to stand side by side become one.
    private static func add(_ part: WordPart, to word: inout [WordPart]) {
        if case .literal(let text) = part {
            if text.isEmpty { return }
            if case .literal(let before)? = word.last {
                word[word.count - 1] = .literal(before + text)
                return
            }
            if case .parameter(var expansion)? = word.last, expansion.isBare,
                case .variable(let name) = expansion.parameter
            {
                // Names are read when the words are made: `$x{a,b}` is `$xa $xb`, as in bash.
                let rest = Bytes(text.prefix { Names.isNameByte($0) })
                if !rest.isEmpty {
                    expansion.parameter = .variable(name + rest)
                    word[word.count - 1] = .parameter(expansion)
                    if rest.count < text.count { word.append(.literal(text.dropFirst(rest.count))) }
                    return
                }
            }
        }
        word.append(part)
    }

    // MARK: Ranges

    private static func range(from: Bytes, to: Bytes, step: Bytes?) throws(BraceExpansionError) -> [[WordPart]] {
        let increment = step.map(\.decimal) ?? 1
        if let increment, let first = from.decimal, let last = to.decimal {
            let width = max(paddedWidth(from), paddedWidth(to))
            let padding = width > 0 ? max(from.count, to.count) : 0
            return try sequence(from: first, to: last, step: increment) {
                .literal(pad(Bytes(decimal: $0), to: padding))
            }
        }
        if let increment, let first = letter(from), let last = letter(to) {
            return try sequence(from: Int(first), to: Int(last), step: increment) {
                let text = Bytes(byte: UInt8(truncatingIfNeeded: $0))
                // Between Z and a lie characters that mean something to patterns, and a backslash, which quotes nothing.
                return letter(text) == nil ? .escaped(text == "\\" ? Bytes() : text) : .literal(text)
            }
        }
        // Neither numbers nor letters: the text stands for itself.
        var text: Bytes = "{"
        text.append(from)
        text.append("..")
        text.append(to)
        if let step {
            text.append("..")
            text.append(step)
        }
        text.append("}")
        return [[.literal(text)]]
    }

    /// From `first` towards `last`, which is met or not; the sign of `step` doesn't matter, and 0 means 1.
    private static func sequence(
        from first: Int, to last: Int, step: Int, _ part: (Int) -> WordPart
    ) throws(BraceExpansionError) -> [[WordPart]] {
        let stride = max(step.magnitude, 1)
        let distance = UInt(bitPattern: first <= last ? last &- first : first &- last)
        guard distance / stride < UInt(limit) else { throw BraceExpansionError.tooMany }
        let count = Int(distance / stride) + 1
        var words: [[WordPart]] = []
        words.reserveCapacity(count)
        var value = first
        for _ in 0..<count {
            words.append([part(value)])
            value = first <= last ? value &+ Int(bitPattern: stride) : value &- Int(bitPattern: stride)
        }
        return words
    }

    /// The width of a number that is written with leading zeros, else 0.
    private static func paddedWidth(_ number: Bytes) -> Int {
        let digits =
            number.first == UInt8(ascii: "-") || number.first == UInt8(ascii: "+") ? number.dropFirst() : number
        return digits.count > 1 && digits[0] == UInt8(ascii: "0") ? number.count : 0
    }

    private static func pad(_ number: Bytes, to width: Int) -> Bytes {
        guard number.count < width else { return number }
        let isNegative = number[0] == UInt8(ascii: "-")
        var text: Bytes = isNegative ? "-" : ""
        text.append(Bytes(repeating: UInt8(ascii: "0"), count: width - number.count))
        text.append(isNegative ? number.dropFirst() : number)
        return text
    }

    private static func letter(_ text: Bytes) -> UInt8? {
        guard text.count == 1, (0x41...0x5A).contains(text[0] & ~0x20) else { return nil }
        return text[0]
    }
}
