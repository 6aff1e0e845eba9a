import Bytes
import Syntax

/// How the replacement strings of a job travel in a capsule: in the source, each has a mark in its place, and the values go
/// beside it. So they are parts of words there too, and never text.
///
/// A mark holds a key that a process makes up when it needs one, so that no other text is taken for one.
final class CapsulePlaceholders: PlaceholderMatcher {
    let key: Bytes

    init(key: Bytes) { self.key = key }

    /// Of this process.
    static let own = CapsulePlaceholders(
        key: Bytes(decimal: UInt64.random(in: .min ... .max)) + "." + Bytes(decimal: UInt64.random(in: .min ... .max)))

    /// The mark of a replacement string, by its number.
    func mark(_ number: Int) -> Bytes { "{thresh:" + key + ":" + Bytes(decimal: number) + "}" }

    func canStart(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "{") }

    func match(_ source: UnsafeBufferPointer<UInt8>, at index: Int) -> (id: Int, length: Int)? {
        let start = "{thresh:" + key + ":"
        guard source.count - index > start.count,
            UnsafeBufferPointer(rebasing: source[index..<(index + start.count)]).elementsEqual(start)
        else { return nil }
        var number = 0
        var end = index + start.count
        while end < source.count, source[end] >= UInt8(ascii: "0"), source[end] <= UInt8(ascii: "9"), number < 1 << 30 {
            number = number * 10 + Int(source[end] - UInt8(ascii: "0"))
            end += 1
        }
        guard end > index + start.count, end < source.count, source[end] == UInt8(ascii: "}") else { return nil }
        return (number, end + 1 - index)
    }
}

extension PlaceholderValue {
    /// A letter for the kind, and the values.
    var fields: [Bytes] {
        switch self {
        case .one(let value): ["o", value]
        case .spread(let values): ["s"] + values
        case .cross(let values): ["c"] + values
        }
    }

    init?(fields: [Bytes]) {
        switch fields.first {
        case "o" where fields.count == 2: self = .one(fields[1])
        case "s": self = .spread(Array(fields.dropFirst()))
        case "c": self = .cross(Array(fields.dropFirst()))
        default: return nil
        }
    }
}

extension Interpreter {
    /// What the printer puts for replacement strings in the source of a capsule; nil outside a job.
    package var capsuleMarks: ((Int) -> Bytes)? {
        if placeholders.isEmpty { return nil }
        return { CapsulePlaceholders.own.mark($0) }
    }
}
