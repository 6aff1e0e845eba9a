import Bytes

/// What a replacement string does to the value: `{.}` takes the extension away, and so on. Names are those of GNU
/// parallel's manual; all of them work on bytes.
enum ValueEdit: Hashable, Sendable {
    case none
    /// `{.}`, `{..}`, `{...}`: without that many extensions
    case withoutExtensions(Int)
    /// `{/}`
    case baseName
    /// `{//}`
    case directory
    /// `{/.}`, `{/..}`, `{/...}`
    case baseNameWithoutExtensions(Int)
    /// `{+/}`: what `{/}` leaves out, without the slash
    case beforeBaseName
    /// `{+.}`, `{+..}`, `{+...}`: what `{.}` and its like leave out, without the dot
    case extensions(Int)
    /// `{:-text}`
    case orElse(Bytes)
    /// `{:n}`, `{:n:m}`
    case substring(Int, Int?)
    /// `{#regexp}`, `{##regexp}`; compiled lazily for the first
    case withoutPrefix(RegularExpression)
    /// `{%regexp}`
    case withoutShortestSuffix(RegularExpression)
    /// `{%%regexp}`
    case withoutLongestSuffix(RegularExpression)
    /// `{/regexp/text}`, `{//regexp/text}`
    case replacing(RegularExpression, with: Bytes, all: Bool)
    /// `{^regexp}`, `{^^regexp}`, `{,regexp}`, `{,,regexp}`
    case changingCase(RegularExpression, toUpper: Bool, all: Bool)

    func apply(to value: Bytes) -> Bytes {
        switch self {
        case .none:
            return value
        case .withoutExtensions(let count):
            return ValueEdit.withoutExtensions(value, count)
        case .baseName:
            return ValueEdit.baseName(value)
        case .directory:
            return ValueEdit.directory(value)
        case .baseNameWithoutExtensions(let count):
            return ValueEdit.withoutExtensions(ValueEdit.baseName(value), count)
        case .beforeBaseName:
            return value.findLast(UInt8(ascii: "/")).map { value.prefix($0) } ?? Bytes()
        case .extensions(let count):
            return ValueEdit.extensions(value, count)
        case .orElse(let text):
            return value.isEmpty ? text : value
        case .substring(let start, let length):
            let start = min(start, value.count)
            return value[start..<min(start + (length ?? value.count), value.count)]
        case .withoutPrefix(let expression):
            return value.withUnsafeBytes { text in
                expression.match(in: text, at: 0).map { value.suffix(from: $0.range.upperBound) } ?? value
            }
        case .withoutShortestSuffix(let expression):
            return ValueEdit.withoutSuffix(value, expression, isShortest: true)
        case .withoutLongestSuffix(let expression):
            return ValueEdit.withoutSuffix(value, expression, isShortest: false)
        case .replacing(let expression, let text, let all):
            return ValueEdit.replacing(value, expression, all: all) { _ in text }
        case .changingCase(let expression, let toUpper, let all):
            return ValueEdit.replacing(value, expression, all: all, onlyAtStart: !all) {
                Bytes($0.lazy.map { toUpper ? ValueEdit.upper($0) : ValueEdit.lower($0) })
            }
        }
    }

    // MARK: Paths

    private static func baseName(_ value: Bytes) -> Bytes {
        value.findLast(UInt8(ascii: "/")).map { value.suffix(from: $0 + 1) } ?? value
    }

    /// Like dirname(1), which differs from `{+/}` in `a` (`.`), `/a` (`/`) and `a/` (`.`).
    private static func directory(_ value: Bytes) -> Bytes {
        let slash = UInt8(ascii: "/")
        var end = value.count
        while end > 0, value[end - 1] == slash { end -= 1 }
        if end == 0 { return value.isEmpty ? "." : "/" }
        while end > 0, value[end - 1] != slash { end -= 1 }
        if end == 0 { return "." }
        while end > 0, value[end - 1] == slash { end -= 1 }
        return end == 0 ? "/" : value.prefix(end)
    }

    /// The index of the dot before the last `count` extensions; nil if there are fewer. An extension has no slash in
    /// it.
    private static func dot(_ value: Bytes, _ count: Int) -> Int? {
        var left = count
        var index = value.count
        while index > 0 {
            index -= 1
            let byte = value[index]
            if byte == UInt8(ascii: "/") { return nil }
            if byte == UInt8(ascii: ".") {
                left -= 1
                if left == 0 { return index }
            }
        }
        return nil
    }

    private static func withoutExtensions(_ value: Bytes, _ count: Int) -> Bytes {
        dot(value, count).map { value.prefix($0) } ?? value
    }

    private static func extensions(_ value: Bytes, _ count: Int) -> Bytes {
        if count == 1 {
            // The opposite of `{.}` but for a dot in a directory's name, which GNU parallel counts here.
            return value.findLast(UInt8(ascii: ".")).map { value.suffix(from: $0 + 1) } ?? Bytes()
        }
        return dot(value, count).map { value.suffix(from: $0 + 1) } ?? Bytes()
    }

    // MARK: Regular expressions

    private static func withoutSuffix(_ value: Bytes, _ expression: RegularExpression, isShortest: Bool) -> Bytes {
        value.withUnsafeBytes { text in
            // The shortest suffix begins last, the longest first.
            for offset in 0...text.count {
                let start = isShortest ? text.count - offset : offset
                if expression.matchesAll(of: text, from: start) { return value.prefix(start) }
            }
            return value
        }
    }

    private static func replacing(
        _ value: Bytes, _ expression: RegularExpression, all: Bool, onlyAtStart: Bool = false,
        _ replacement: (Bytes) -> Bytes
    ) -> Bytes {
        value.withUnsafeBytes { text in
            var result = Bytes()
            var index = 0
            var copied = 0
            while index <= text.count {
                let found =
                    onlyAtStart ? expression.match(in: text, at: 0) : expression.firstMatch(in: text, from: index)
                guard let found else { break }
                result.append(value[copied..<found.range.lowerBound])
                result.append(replacement(value[found.range]))
                copied = found.range.upperBound
                index = found.range.isEmpty ? copied + 1 : copied
                if found.range.isEmpty, copied < text.count {
                    result.append(text[copied])
                    copied += 1
                }
                if !all { break }
            }
            if copied < text.count { result.append(value.suffix(from: copied)) }
            return result
        }
    }

    private static func upper(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") ? byte ^ 0x20 : byte
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte ^ 0x20 : byte
    }
}
