import Bytes
import Syntax
import Testing

@testable import Shell

@Suite struct BraceExpansionTests {
    private func list(_ words: Bytes...) -> WordPart {
        .braceList(words.map { Word($0.isEmpty ? [] : [.literal($0)]) })
    }

    private func expand(_ parts: WordPart...) throws -> [Bytes] {
        try BraceExpansion.expand(parts).map { parts in
            parts.map { part in
                switch part {
                case .literal(let text), .escaped(let text): text
                default: "<other>" as Bytes
                }
            }.joined(by: "")
        }
    }

    @Test func lists() throws {
        #expect(try expand(.literal("a"), list("b", "c"), .literal("d")) == ["abd", "acd"])
        #expect(try expand(list("a", "b"), list("1", "2")) == ["a1", "a2", "b1", "b2"])
        #expect(try expand(.literal("x"), list("", "y")) == ["x", "xy"])
        #expect(try BraceExpansion.expand([list("", "")]) == [[], []])
        #expect(try BraceExpansion.expand([.singleQuoted("a")]) == [[.singleQuoted("a")]])
        let nested = WordPart.braceList([Word([.literal("a"), list("1", "2")]), Word([.literal("b")])])
        #expect(try expand(nested, .literal("!")) == ["a1!", "a2!", "b!"])
        // Texts that come to stand side by side are one.
        #expect(try BraceExpansion.expand([.literal("a"), list("b"), .literal("c")]) == [[.literal("abc")]])
    }

    @Test func ranges() throws {
        func range(_ from: Bytes, _ to: Bytes, _ step: Bytes? = nil) throws -> [Bytes] {
            try expand(.braceRange(from: from, to: to, step: step))
        }
        #expect(try range("1", "4") == ["1", "2", "3", "4"])
        #expect(try range("3", "1") == ["3", "2", "1"])
        #expect(try range("08", "11") == ["08", "09", "10", "11"])
        #expect(try range("1", "010", "4") == ["001", "005", "009"])
        #expect(try range("-1", "1") == ["-1", "0", "1"])
        #expect(try range("-01", "1") == ["-01", "000", "001"])
        #expect(try range("1", "10", "3") == ["1", "4", "7", "10"])
        #expect(try range("1", "10", "-3") == ["1", "4", "7", "10"])
        #expect(try range("1", "3", "0") == ["1", "2", "3"])
        #expect(try range("a", "e", "2") == ["a", "c", "e"])
        #expect(try range("c", "a") == ["c", "b", "a"])
        // What the backslash quotes is nothing, as in bash.
        #expect(try range("Z", "a") == ["Z", "[", "", "]", "^", "_", "`", "a"])
        #expect(try range("a", "5") == ["{a..5}"])
        #expect(try range("1", "3", "x") == ["{1..3..x}"])
        #expect(try range("9223372036854775805", "9223372036854775807").count == 3)
        #expect(try range("-9223372036854775808", "9223372036854775807", "9223372036854775807").count == 3)
    }

    @Test func bound() {
        #expect(throws: BraceExpansionError.self) { try expand(.braceRange(from: "1", to: "99999999999", step: nil)) }
        #expect(throws: BraceExpansionError.self) {
            let range = WordPart.braceRange(from: "1", to: "1000", step: nil)
            _ = try BraceExpansion.expand([range, range, range])
        }
    }
}
