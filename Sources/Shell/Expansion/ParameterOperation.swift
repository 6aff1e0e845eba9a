// What the operations of `${…}` do to a value.

import Bytes
import Syntax

/// An operation whose words are expanded, ready for the value or, of a list, for each of the values.
enum ReadyOperation {
    case none
    case length
    case removePrefix(Pattern, longest: Bool)
    case removeSuffix(Pattern, longest: Bool)
    case replace(Pattern, Replacement, ParameterOperation.ReplaceKind)
    case substring(offset: Int, length: Int?)
    case changeCase(ParameterOperation.CaseKind, Pattern?)
    case transform(UInt8)

    init(_ operation: PreparedOperation, _ sh: Interpreter) throws(Unwind) {
        switch operation {
        case .length: self = .length
        case .removePrefix(let word, let longest): self = .removePrefix(try word.pattern(sh), longest: longest)
        case .removeSuffix(let word, let longest): self = .removeSuffix(try word.pattern(sh), longest: longest)
        case .replace(let word, let with, let kind):
            let isPlain = !sh.has(ShoptOptions.patsubReplacement)
            self = .replace(
                try word.pattern(sh, sh.caseOption), Replacement(try with.pieces(sh), isPlain: isPlain), kind)
        case .substring(let offset, let length):
            let start = Int(try offset.evaluate(sh))
            var count: Int?
            if let length { count = Int(try length.evaluate(sh)) }
            self = .substring(offset: start, length: count)
        case .changeCase(let kind, let word):
            var pattern: Pattern?
            if let word { pattern = try word.pattern(sh) }
            self = .changeCase(kind, pattern)
        case .transform(let letter): self = .transform(letter)
        default: self = .none
        }
    }

    func apply(to value: Bytes, _ target: ParameterTarget, _ sh: Interpreter) throws(Unwind) -> Bytes {
        switch self {
        case .none:
            return value
        case .length:
            return Bytes(decimal: sh.encoding.count(value))
        case .removePrefix(let pattern, let longest):
            return pattern.prefixLength(of: value, longest: longest).map { value[$0..<value.count] } ?? value
        case .removeSuffix(let pattern, let longest):
            return pattern.suffixStart(of: value, longest: longest).map { value[0..<$0] } ?? value
        case .replace(let pattern, let replacement, let kind):
            return replace(value, pattern, replacement, kind, sh.encoding)
        case .substring(let offset, let length):
            return try substring(value, offset, length, target, sh)
        case .changeCase(let kind, let pattern):
            return CaseMapping.change(value, kind, sh.encoding, pattern)
        case .transform(let letter):
            return try sh.transform(value, letter, target)
        }
    }

    private func replace(
        _ value: Bytes, _ pattern: Pattern, _ replacement: Replacement, _ kind: ParameterOperation.ReplaceKind,
        _ encoding: CharacterEncoding
    ) -> Bytes {
        switch kind {
        case .prefix:
            guard let length = pattern.prefixLength(of: value, longest: true) else { return value }
            return replacement.text(for: value[0..<length]) + value[length..<value.count]
        case .suffix:
            guard let start = pattern.suffixStart(of: value, longest: true) else { return value }
            return value[0..<start] + replacement.text(for: value[start..<value.count])
        case .first, .all:
            if let literal = pattern.literal {
                guard !literal.isEmpty else { return value }
                let text = replacement.text(for: literal)
                if kind == .all { return value.replacing(literal, with: text) }
                guard let index = value.find(literal) else { return value }
                return value[0..<index] + text + value[(index + literal.count)..<value.count]
            }
            var result = Bytes()
            var index = 0
            if value.isEmpty { return pattern.matches(value) ? replacement.text(for: value) : value }
            while index < value.count, let match = pattern.firstMatch(in: value, from: index) {
                result.append(value[index..<match.lowerBound])
                result.append(replacement.text(for: value[match]))
                index = match.upperBound
                if kind == .first { break }
                guard match.isEmpty, index < value.count else { continue }
                // A match of nothing: the character after it stays.
                let length = value.withUnsafeBytes { encoding.decode($0, at: index).length }
                result.append(value[index..<(index + length)])
                index += length
            }
            result.append(value[index..<value.count])
            return result
        }
    }

    private func substring(
        _ value: Bytes, _ offset: Int, _ length: Int?, _ target: ParameterTarget, _ sh: Interpreter
    ) throws(Unwind) -> Bytes {
        let count = sh.encoding.count(value)
        let start = offset < 0 ? offset &+ count : offset
        guard start >= 0, start <= count else { return Bytes() }
        var end = count
        if let length {
            end = length < 0 ? count &+ length : start + min(length, count - start)
            guard end >= start else {
                throw sh.abandon(target.text + ": substring expression < 0")
            }
        }
        if sh.encoding == .bytes || count == value.count { return value[start..<end] }
        return value.withUnsafeBytes { buffer in
            var index = 0
            var character = 0
            var from = 0
            while character < end {
                if character == start { from = index }
                index += sh.encoding.decode(buffer, at: index).length
                character += 1
            }
            if start == end { return Bytes() }
            return Bytes(UnsafeBufferPointer(rebasing: buffer[from..<index]))
        }
    }
}

/// The replacement of `${x/pattern/replacement}`, where an unquoted `&` stands for what was matched.
struct Replacement {
    /// The texts between the places of `&`; one, if there is none.
    private var texts: [Bytes] = []

    /// - Parameter isPlain: `&` is a character like others (`shopt -u patsub_replacement`).
    init(_ pieces: [(text: Bytes, isQuoted: Bool)], isPlain: Bool = false) {
        var text = Bytes()
        for piece in pieces {
            guard !isPlain, !piece.isQuoted, piece.text.contains(UInt8(ascii: "&")) else {
                text.append(piece.text)
                continue
            }
            var isEscaped = false
            for byte in piece.text {
                if isEscaped {
                    isEscaped = false
                    if byte != UInt8(ascii: "&") && byte != UInt8(ascii: "\\") { text.append(UInt8(ascii: "\\")) }
                    text.append(byte)
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "&") {
                    texts.append(text)
                    text = Bytes()
                } else {
                    text.append(byte)
                }
            }
            if isEscaped { text.append(UInt8(ascii: "\\")) }
        }
        texts.append(text)
    }

    func text(for match: @autoclosure () -> Bytes) -> Bytes {
        texts.count == 1 ? texts[0] : texts.joined(by: match())
    }
}

/// Upper and lower case.
enum CaseMapping {
    /// `${x^pattern}` and its kin: only the characters that match the pattern, if there is one.
    static func change(
        _ value: Bytes, _ kind: ParameterOperation.CaseKind, _ encoding: CharacterEncoding, _ pattern: Pattern? = nil
    ) -> Bytes {
        var result = Bytes()
        result.reserveCapacity(value.count)
        var index = 0
        let isFirstOnly = kind == .upperFirst || kind == .lowerFirst || kind == .toggleFirst
        let isUpper = kind == .upperFirst || kind == .upperAll
        let toggles = kind == .toggleFirst || kind == .toggleAll
        value.withUnsafeBytes { buffer in
            while index < buffer.count {
                let (code, length) = encoding.decode(buffer, at: index)
                let character = Bytes(UnsafeBufferPointer(rebasing: buffer[index..<(index + length)]))
                if isFirstOnly && index > 0 || pattern.map({ !$0.matches(character) }) ?? false {
                    result.append(character)
                } else {
                    let upper = toggles ? map(character, code, toUpper: true) : character
                    result.append(upper != character ? upper : map(character, code, toUpper: isUpper))
                }
                index += length
            }
        }
        return result
    }

    static func map(_ character: Bytes, _ code: UInt32, toUpper: Bool) -> Bytes {
        if code < 0x80 {
            let byte = UInt8(truncatingIfNeeded: code)
            if toUpper && byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") { return Bytes(byte: byte - 32) }
            if !toUpper && byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") { return Bytes(byte: byte + 32) }
            return character
        }
        guard character.count > 1, let scalar = Unicode.Scalar(code) else { return character }
        let mapped = toUpper ? scalar.properties.uppercaseMapping : scalar.properties.lowercaseMapping
        // One character stays one character, as towupper has it.
        return mapped.unicodeScalars.count == 1 ? Bytes(mapped) : character
    }
}
