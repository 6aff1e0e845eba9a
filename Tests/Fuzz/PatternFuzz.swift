// Holds patterns against texts. An input is a byte of options, the pattern, a NUL and the text. Beside crashes and hangs it
// looks for answers that contradict each other, and compares with a matcher that is slow and plain.

import Bytes
import Syntax

@testable import Shell

/// Tries everything: for patterns of `*`, `?`, text and groups, without brackets, over single bytes.
private struct PlainMatcher {
    let text: [UInt8]
    var steps = 0

    init(_ text: Bytes) { self.text = Array(text) }

    /// The ends of all matches of `pattern` that begin at `start`.
    mutating func ends(_ pattern: ArraySlice<UInt8>, _ start: Int) -> Set<Int> {
        steps += 1
        guard steps < 20_000, let first = pattern.first else { return [start] }
        let rest = pattern.dropFirst()
        if rest.first == UInt8(ascii: "("), Bytes("?*+@!").contains(first), let (list, after) = group(rest) {
            return groupEnds(first, list, after, start)
        }
        var result: Set<Int> = []
        switch first {
        case UInt8(ascii: "*"):
            for next in start...text.count { result.formUnion(ends(rest, next)) }
        case UInt8(ascii: "?"):
            if start < text.count { result = ends(rest, start + 1) }
        default:
            if start < text.count && text[start] == first { result = ends(rest, start + 1) }
        }
        return result
    }

    private mutating func groupEnds(
        _ kind: UInt8, _ list: [ArraySlice<UInt8>], _ after: ArraySlice<UInt8>, _ start: Int
    ) -> Set<Int> {
        func one(_ matcher: inout PlainMatcher, _ from: Int) -> Set<Int> {
            list.reduce(into: []) { $0.formUnion(matcher.ends($1, from)) }
        }
        var places: Set<Int>
        switch kind {
        case UInt8(ascii: "@"): places = one(&self, start)
        case UInt8(ascii: "?"): places = one(&self, start).union([start])
        case UInt8(ascii: "!"): places = Set(start...text.count).subtracting(one(&self, start))
        default:
            places = kind == UInt8(ascii: "*") ? [start] : []
            var fresh = one(&self, start)
            while !fresh.isSubset(of: places) {
                let new = fresh.subtracting(places)
                places.formUnion(new)
                fresh = new.reduce(into: []) { $0.formUnion(one(&self, $1)) }
            }
        }
        return places.reduce(into: []) { $0.formUnion(ends(after, $1)) }
    }

    /// The alternatives of the group that opens here, and what comes after it.
    private func group(_ pattern: ArraySlice<UInt8>) -> ([ArraySlice<UInt8>], ArraySlice<UInt8>)? {
        var depth = 0
        var begin = pattern.startIndex + 1
        var list: [ArraySlice<UInt8>] = []
        for index in pattern.indices {
            switch pattern[index] {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"):
                depth -= 1
                if depth == 0 { return (list + [pattern[begin..<index]], pattern[(index + 1)...]) }
            case UInt8(ascii: "|") where depth == 1:
                list.append(pattern[begin..<index])
                begin = index + 1
            default: break
            }
        }
        return nil
    }
}

private func fail(_ what: String, _ pattern: Bytes, _ text: Bytes) -> Never {
    fatalError("\(what)\n--- pattern\n\(pattern)\n--- text\n\(text)\n---")
}

private func check(_ source: Bytes, _ text: Bytes, _ encoding: CharacterEncoding, _ options: PatternOptions) {
    let pattern = Pattern([(source, false)], encoding: encoding, options: options)
    let whole = pattern.matches(text)
    let shortest = pattern.prefixLength(of: text, longest: false)
    let longest = pattern.prefixLength(of: text, longest: true)
    if (shortest == nil) != (longest == nil) { fail("one prefix, not the other", source, text) }
    if let shortest, let longest {
        guard shortest <= longest, longest <= text.count else { fail("prefixes out of order", source, text) }
        for length in [shortest, longest] where !pattern.matches(text[0..<length]) {
            fail("a prefix that does not match", source, text)
        }
    }
    if whole && longest != text.count { fail("the whole is not the longest prefix", source, text) }
    let last = pattern.suffixStart(of: text, longest: false)
    let first = pattern.suffixStart(of: text, longest: true)
    if (last == nil) != (first == nil) { fail("one suffix, not the other", source, text) }
    if let first, let last {
        guard first <= last, last <= text.count else { fail("suffixes out of order", source, text) }
        for start in [first, last] where !pattern.matches(text[start..<text.count]) {
            fail("a suffix that does not match", source, text)
        }
    }
    if whole && first != 0 { fail("the whole is not the longest suffix", source, text) }
    if let place = pattern.firstMatch(in: text), !pattern.matches(text[place]) {
        fail("a place that does not match", source, text)
    }
    if pattern.firstMatch(in: text) == nil && (whole || longest != nil) { fail("a prefix, but no place", source, text) }
    comparePlainly(source, text, whole, encoding, options)
}

private func comparePlainly(
    _ source: Bytes, _ text: Bytes, _ whole: Bool, _ encoding: CharacterEncoding, _ options: PatternOptions
) {
    let isPlain = source.allSatisfy { $0 < 0x80 && $0 != UInt8(ascii: "[") && $0 != UInt8(ascii: "\\") && $0 != 0x2F }
    guard isPlain, encoding == .bytes, options == .groups, source.count < 24, text.count < 16,
        source.filter({ $0 == UInt8(ascii: "(") }).count == source.filter({ $0 == UInt8(ascii: ")") }).count
    else { return }
    var matcher = PlainMatcher(text)
    let expected = matcher.ends(Array(source)[...], 0).contains(text.count)
    guard matcher.steps < 20_000 else { return }
    if expected != whole { fail("the plain matcher says \(expected)", source, text) }
}

@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
    let input = Bytes(UnsafeBufferPointer(start: data, count: size))
    guard let flags = input.first, let end = input.find(0, from: 1) else { return 0 }
    let pattern = input[1..<end]
    let text = input[(end + 1)..<input.count].withoutNULs
    // One group with `!( )` may look at all pairs of places.
    guard text.count < 300, pattern.count < 200 else { return 0 }
    var options: PatternOptions = flags & 1 != 0 ? .groups : []
    if flags & 2 != 0 { options.insert(.ignoresCase) }
    check(pattern, text, flags & 4 != 0 ? .utf8 : .bytes, options)
    return 0
}
