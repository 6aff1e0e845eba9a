import Bytes
import Glibc
import Testing

@testable import Shell

/// An unquoted pattern.
private func pattern(_ text: Bytes, _ encoding: CharacterEncoding = .utf8) -> Pattern {
    Pattern([(text, false)], encoding: encoding)
}

@Suite struct PatternTests {
    @Test func matchesWholeText() {
        let cases: [(Bytes, Bytes, Bool)] = [
            ("", "", true), ("", "a", false), ("abc", "abc", true), ("abc", "abcd", false),
            ("*", "", true), ("*", "abc", true), ("**", "x", true), ("?", "a", true), ("?", "", false),
            ("?", "ab", false),
            ("a*", "a", true), ("a*", "ba", false), ("*a", "bca", true), ("*a", "ab", false), ("*b*", "abc", true),
            ("a*b*c", "aXbYc", true), ("a*b*c", "abc", true), ("a*b*c", "acb", false), ("a*a", "a", false),
            ("a*?c", "abc", true), ("a*?c", "ac", false), ("*?*?*", "a", false), ("*?*?*", "ab", true),
            ("[abc]", "b", true), ("[abc]", "d", false), ("[!abc]", "d", true), ("[^abc]", "a", false),
            ("[a-c]x", "bx", true), ("[c-a]", "b", false), ("[]a]", "]", true), ("[!]a]", "]", false),
            ("[a-]", "-", true),
            ("[--/]", ".", true), ("[a", "[a", true), ("[", "[", true), ("a[", "a[", true), ("[]", "[]", true),
            ("[!]", "[!]", true), ("[[:digit:]]", "7", true), ("[[:digit:]x]", "x", true), ("[[:digit:]]", "a", false),
            ("[![:space:]]", "a", true), ("[[:nosuch:]]", "n", false), ("[[=a=]b]", "a", true), ("[[.-.]]", "-", true),
            ("[[.a.]-c]", "b", true), ("[[:alpha:]-z]", "-", true), ("[a-c-e]", "d", false), ("[a-c-e]", "-", true),
            ("\\*", "*", true), ("\\*", "a", false), ("a\\", "a\\", true), ("[\\]]", "]", true),
            ("[a\\-c]", "b", false),
            ("[[]", "[", true), ("[[:a]", ":", true), ("x[!a-z]*.[ch]", "x1y.c", true),
        ]
        for (source, text, expected) in cases {
            #expect(pattern(source).matches(text) == expected, "\(source) ~ \(text)")
            #expect(pattern(source, .bytes).matches(text) == expected, "\(source) ~ \(text), by bytes")
        }
    }

    @Test func quotedPiecesAreText() {
        let star = Pattern([("a", false), ("*", true), ("?", false)], encoding: .utf8)
        #expect(star.matches("a*x"))
        #expect(!star.matches("abx"))
        let bracket = Pattern([("[a", false), ("-", true), ("c]", false)], encoding: .utf8)
        #expect(bracket.matches("-"))
        #expect(!bracket.matches("b"))
        let negation = Pattern([("[", false), ("!", true), ("a]", false)], encoding: .utf8)
        #expect(negation.matches("a"))
        let end = Pattern([("[a", false), ("]", true), ("b]", false)], encoding: .utf8)
        #expect(end.matches("]"))
        // A backslash of an expansion has nothing to quote before quoted text.
        #expect(Pattern([("\\", false), ("*", true)], encoding: .utf8).matches("\\*"))
        #expect(Pattern([("a*", true)], encoding: .utf8).literal == "a*")
        #expect(pattern("a*").literal == nil)
        #expect(pattern("a\\*").literal == "a*")
    }

    @Test func characters() {
        #expect(pattern("?").matches("é"))
        #expect(!pattern("?", .bytes).matches("é"))
        #expect(pattern("??", .bytes).matches("é"))
        #expect(pattern("[à-ü]").matches("é"))
        #expect(pattern("[[:alpha:]]").matches("é"))
        #expect(pattern("[[:upper:]]").matches("Ж"))
        #expect(!pattern("[[:lower:]]").matches("Ж"))
        #expect(pattern("[[:space:]]").matches("\u{2003}"))
        #expect(pattern("[!a]").matches("日"))
        #expect(pattern("日*語").matches("日本語"))
    }

    @Test func strayBytes() {
        let broken = Bytes([0xC3])
        let whole: Bytes = "é"
        #expect(pattern("?").matches(broken))
        #expect(pattern("*").matches(broken))
        #expect(pattern("[!a]").matches(broken))
        #expect(Pattern([(broken, true)], encoding: .utf8).matches(broken))
        // A stray byte is no part of a character.
        #expect(
            Pattern([(broken, true), ("*", false)], encoding: .utf8).prefixLength(of: whole, longest: false) == nil)
        #expect(!Pattern([("*", false), (Bytes([0xA9]), true)], encoding: .utf8).matches(whole))
        #expect(pattern("??").matches(Bytes([0xC3, 0x28])))
        #expect(pattern("?").suffixStart(of: Bytes([0x61, 0xA9]), longest: false) == 1)
    }

    @Test func prefixesAndSuffixes() {
        func prefix(_ source: Bytes, _ text: Bytes, _ longest: Bool) -> Int? {
            pattern(source).prefixLength(of: text, longest: longest)
        }
        func suffix(_ source: Bytes, _ text: Bytes, _ longest: Bool) -> Int? {
            pattern(source).suffixStart(of: text, longest: longest)
        }
        #expect(prefix("*/", "/a/b/c", false) == 1)
        #expect(prefix("*/", "/a/b/c", true) == 5)
        #expect(suffix("/*", "/a/b/c", false) == 4)
        #expect(suffix("/*", "/a/b/c", true) == 0)
        #expect(suffix(".*", "file.tar.gz", false) == 8)
        #expect(suffix(".*", "file.tar.gz", true) == 4)
        #expect(prefix("abc", "abcabc", true) == 3)
        #expect(prefix("b", "abc", true) == nil)
        #expect(suffix("abc", "xabcabc", true) == 4)
        #expect(prefix("*", "abc", false) == 0)
        #expect(prefix("*", "abc", true) == 3)
        #expect(suffix("*", "abc", false) == 3)
        #expect(suffix("*", "abc", true) == 0)
        #expect(prefix("a*b*c", "aabcbcc", false) == 4)
        #expect(prefix("a*b*c", "aabcbcc", true) == 7)
        #expect(suffix("a*b*c", "aabcbcc", false) == 1)
        #expect(suffix("a*b*c", "aabcbcc", true) == 0)
        #expect(prefix("?", "éa", false) == 2)
        #expect(suffix("?", "aé", true) == 1)
        #expect(suffix("[éè]*", "aébè", false) == 4)
        #expect(suffix("[éè]*", "aébè", true) == 1)
        #expect(prefix("", "abc", true) == 0)
        #expect(suffix("", "abc", true) == 3)
    }

    @Test func firstMatch() {
        #expect(pattern("b*d").firstMatch(in: "abcdbcd") == 1..<7)
        #expect(pattern("[bc]").firstMatch(in: "abc") == 1..<2)
        #expect(pattern("x").firstMatch(in: "abc") == nil)
        #expect(pattern("c").firstMatch(in: "abcabc", from: 3) == 5..<6)
        #expect(pattern("?").firstMatch(in: "é") == 0..<2)
    }

    /// The engine against the plainest one, on all short texts over a small alphabet.
    @Test func agreesWithBacktracking() {
        func matches(_ p: ArraySlice<UInt8>, _ t: ArraySlice<UInt8>) -> Bool {
            guard let first = p.first else { return t.isEmpty }
            switch first {
            case UInt8(ascii: "*"): return matches(p.dropFirst(), t) || (!t.isEmpty && matches(p, t.dropFirst()))
            case UInt8(ascii: "?"): return !t.isEmpty && matches(p.dropFirst(), t.dropFirst())
            default: return t.first == first && matches(p.dropFirst(), t.dropFirst())
            }
        }
        func all(_ letters: [UInt8], _ length: Int) -> [[UInt8]] {
            var words: [[UInt8]] = [[]]
            var last = words
            for _ in 0..<length {
                last = last.flatMap { word in letters.map { word + [$0] } }
                words += last
            }
            return words
        }
        let texts = all(Array("ab".utf8), 5)
        for source in all(Array("ab*?".utf8), 4) {
            let compiled = Pattern([(Bytes(source), false)], encoding: .utf8)
            for text in texts {
                let bytes = Bytes(text)
                #expect(compiled.matches(bytes) == matches(source[...], text[...]))
                let prefixes = (0...text.count).filter { matches(source[...], text[..<$0]) }
                let suffixes = (0...text.count).filter { matches(source[...], text[$0...]) }
                #expect(compiled.prefixLength(of: bytes, longest: false) == prefixes.first)
                #expect(compiled.prefixLength(of: bytes, longest: true) == prefixes.last)
                #expect(compiled.suffixStart(of: bytes, longest: true) == suffixes.first)
                #expect(compiled.suffixStart(of: bytes, longest: false) == suffixes.last)
            }
        }
    }

    /// What makes a backtracking matcher take for ever.
    @Test func manyAsterisks() {
        let text = Bytes(repeating: UInt8(ascii: "a"), count: 20_000)
        #expect(!pattern("*a*a*a*a*a*a*a*a*b").matches(text))
        #expect(!pattern("*[ab]*[ab]*[ab]*[ab]*[ab]*c").matches(text))
        #expect(pattern("*a*a*a*a*a*a*a*a").matches(text))
    }
}
