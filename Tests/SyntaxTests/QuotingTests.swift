import Bytes
import Testing

@testable import Syntax

@Suite struct QuotingTests {
    @Test func shellQuoting() {
        #expect(Quoting.shell("a-b_c.d/e:f=g,h@i%j+1") == "a-b_c.d/e:f=g,h@i%j+1")
        #expect(Quoting.shell("") == "''")
        #expect(Quoting.shell("a b") == "'a b'")
        #expect(Quoting.shell("it's") == "'it'\\''s'")
        #expect(Quoting.shell("~") == "'~'")
        #expect(Quoting.shell("é") == "'é'")
    }

    @Test func dollarQuoting() {
        #expect(Quoting.dollar("a b") == "'a b'")
        #expect(Quoting.dollar("é") == "'é'")
        #expect(Quoting.dollar("a\nb\t'\\") == "$'a\\nb\\t\\'\\\\'")
        #expect(Quoting.dollar(Bytes([0x01, 0x31, 0xFF, 0xC3, 0xA9])) == Bytes("$'\\0011\\377é'"))
    }

    /// All bytes but NUL come back as they went in.
    @Test func quotedTextComesBack() throws {
        let all = Bytes((1...255).map { UInt8($0) })
        for text in [all, "'", "''a'", "\\", "$x `y`", "\u{85}\u{A0}"] {
            for quoted in [Quoting.shell(text), Quoting.dollar(text), Quoting.escaped(text)] {
                let list = try Parser.parse("x " + quoted)
                guard case .simple(let command) = list.items[0].first.commands[0] else { return #expect(Bool(false)) }
                #expect(command.words.count == 2)
                var value = Bytes()
                for part in command.words[1].parts {
                    switch part {
                    case .literal(let text), .escaped(let text), .singleQuoted(let text), .dollarSingleQuoted(let text):
                        value.append(text)
                    default: #expect(Bool(false))
                    }
                }
                #expect(value == text)
            }
        }
    }

    @Test func names() {
        #expect(Names.isName("a1_B"))
        #expect(Names.isName("_"))
        for text: Bytes in ["", "1a", "a-b", "a b", "é", "a="] { #expect(!Names.isName(text)) }
    }
}
