import Bytes
import Syntax
import Testing

/// How a text is taken in: line by line, command by command, with aliases and with placeholders.
@Suite struct ReadingTests {
    @Test func commandByCommand() throws {
        let text: Bytes = "a; b\n\nif c\nthen d\nfi\ncat <<E\nx\nE\nlast"
        var parser = Parser(text)
        var seen: [String] = []
        while let list = try parser.nextCommand() { seen.append("\(Sketch.of(list)) @\(parser.consumed)") }
        #expect(seen == ["a ; b @5", " @6", "(if c then d) @21", "cat <<< x\n> @33", "last @37"])
        #expect(try parser.nextCommand() == nil)
    }

    @Test func noMoreLinesThanNeeded() throws {
        let lines: [Bytes] = [
            "a\n", "if b; then\n", "c 'd\n", "e'; fi\n", "f \\\n", "g\n", "cat <<E\n", "x\n", "E\n", "h\n",
        ]
        var next = 0
        var parser = Parser(
            "",
            refill: { buffer in
                guard next < lines.count else { return false }
                buffer.append(contentsOf: lines[next])
                next += 1
                return true
            })
        var seen: [String] = []
        while let list = try parser.nextCommand() { seen.append("\(next): \(Sketch.of(list))") }
        #expect(seen == ["1: a", "4: (if b then c <sq d\ne>)", "6: f g", "9: cat <<< x\n>", "10: h"])
    }

    @Test func goingOnAfterAnError() throws {
        var lines: [Bytes] = ["a )b\n", "c\n"]
        var parser = Parser(
            "",
            refill: { buffer in
                guard !lines.isEmpty else { return false }
                buffer.append(contentsOf: lines.removeFirst())
                return true
            })
        #expect(throws: ParseError.self) { try parser.nextCommand() }
        parser.discard()
        #expect(try parser.nextCommand().map { Sketch.of($0) } == "c")
        #expect(parser.consumed == 7)
    }

    @Test func placesOfCommands() throws {
        let list = try Parser.parse("a\n  b | c\n$(d\ne)\n", line: 10)
        let commands = list.items.flatMap(\.first.commands)
        let places = commands.map { command -> String in
            guard case .simple(let simple) = command else { return "" }
            return "\(simple.position.line):\(simple.position.column):\(simple.position.offset)"
        }
        #expect(places == ["10:1:0", "11:3:4", "11:7:8", "12:1:10"])
    }

    @Test func aLongTextKeepsLittle() throws {
        var count = 0
        var parser = Parser(
            "",
            refill: { buffer in
                guard count < 100_000 else { return false }
                buffer.append(contentsOf: Bytes("echo hello world\n"))
                count += 1
                return true
            })
        var commands = 0
        while let list = try parser.nextCommand() { commands += list.items.count }
        #expect(commands == 100_000)
        #expect(parser.consumed == 1_700_000)
    }

    // MARK: Aliases

    private static let aliases: [Bytes: Bytes] = [
        "ll": "ls -l", "sudo": "doas ", "a": "b x", "b": "a y", "self": "self more", "nothing": "",
        "open": "if true; then",
        "half": "echo 'one", "pipe": "one | two", "lines": "one\ntwo", "amp": "one &", "sub": "(one", "if": "never",
        "blank": "one ",
    ]

    @Test(arguments: [
        Case("ll x", "ls -l x"),
        Case("\\ll x; 'll' y; l\\l z", "<esc l>l x ; <sq ll> y ; l<esc l> z"),
        Case("echo ll", "echo ll"),
        Case("x=1 ll; >f ll", "<set x=1> ls -l ; ls -l <> f>"),
        Case("sudo ll ll", "doas ls -l ll"),
        Case("sudo sudo ll", "doas doas ls -l"),
        Case("a", "a y x"),
        Case("self", "self more"),
        Case("self; self", "self more ; self more"),
        Case("nothing", ""),
        Case("nothing ll", "ls -l"),
        Case("nothing\nll", "ls -l"),
        Case("open ll; fi", "(if true then ls -l)"),
        Case("half two'", "echo <sq one two>"),
        Case("pipe | ll", "one | two | ls -l"),
        Case("lines ll", "one ; two ll"),
        Case("amp& b2", "one && b2"),
        Case("sub; ll)", "(subshell one ; ls -l)"),
        Case("if ll; then ll; fi", "(if ls -l then ls -l)"),
        Case("ll() { a2; }", "1:3: unexpected '('"),
        Case("$(ll) `ll` \"$(ll)\"", "<cmd ls -l> <cmd ls -l> <dq <cmd ls -l>>"),
        Case(
            "echo $(($(ll) + 1)) $((ll); (ll))",
            "echo <arith (add <cmd ls -l> 1)> <cmd (subshell ls -l) ; (subshell ls -l)>"),
        Case("case ll in ll) ll;; esac", "(case ll ll) ls -l;;)"),
        Case("for ll in ll; do ll; done", "(for ll in ll do ls -l)"),
        Case("blank ll\nll", "one ls -l ; ls -l"),
    ])
    func aliasSubstitution(_ test: Case) {
        let options = ParserOptions(aliases: { ReadingTests.aliases[$0] })
        #expect(meaning(test.source, options) == test.expected)
    }

    @Test func placesAroundAnAlias() throws {
        let options = ParserOptions(aliases: { ReadingTests.aliases[$0] })
        var parser = Parser("ll x\nlines $y\n)", options: options)
        guard let list = try parser.nextCommand(), case .simple(let command) = list.items[0].first.commands[0] else {
            return #expect(Bool(false))
        }
        #expect(command.words.map(\.position.column) == [1, 1, 4])
        #expect(command.words.map(\.position.offset) == [0, 0, 3])
        #expect(parser.consumed == 5)
        _ = try parser.nextCommand()
        _ = try parser.nextCommand()
        #expect(parser.consumed == 14)
        do throws(ParseError) {
            _ = try parser.nextCommand()
        } catch {
            #expect(describe(error) == "3:1: unexpected ')'")
        }
    }

    @Test func manyAliasesInALongText() throws {
        let options = ParserOptions(aliases: { ReadingTests.aliases[$0] })
        let text = [Bytes](repeating: "ll\n", count: 100_000).joined(by: "")
        #expect(try Parser.parse(text, options: options).items.count == 100_000)
    }

    // MARK: Placeholders

    private final class Braces: PlaceholderMatcher {
        func canStart(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "{") }

        func match(_ source: UnsafeBufferPointer<UInt8>, at index: Int) -> (id: Int, length: Int)? {
            guard index + 1 < source.count, source[index + 1] == UInt8(ascii: "}") else { return nil }
            return (0, 2)
        }
    }

    @Test(arguments: [
        Case("echo {} a{}b", "echo <ph 0> a<ph 0>b"),
        Case("{} a", "<ph 0> a"),
        Case("\"a {}\" 'b {} c' '{}' $'d{}'", "<dq a <ph 0>> <sq b ><dq <ph 0>><sq  c> <dq <ph 0>> <dsq d><dq <ph 0>>"),
        Case("x={} y[{}]={}", "<set x=<ph 0>> <set y[<ph 0>]=<ph 0>>"),
        Case("{}=x", "<ph 0>=x"),
        Case("a >{} <<E\n{} $(b {})\nE\n", "a <> <ph 0>> <<< <ph 0> <cmd b <ph 0>>\n>"),
        Case("a <<'E'\n{}\nE\n", "a <<<' <ph 0>\n>"),
        Case(
            "for i in {}; do case {} in {}) [[ {} == {} ]];; esac; done",
            "(for i in <ph 0> do (case <ph 0> <ph 0>) [[ (<ph 0> == <ph 0>) ]];;))"),
        Case(
            "echo $(({} + 1)) ${x:-{}} \"${x:-{}}\" ${x#{}} ${}",
            "echo <arith (add <ph 0> 1)> <x :- <ph 0>> <dq <x :- <ph 0>>> <x # <ph 0>> $<ph 0>"),
        Case(
            "echo {a,{}} {{},b} #{} \\{} `echo {}`",
            "echo <any a or <ph 0>> <any <ph 0> or b>"),
        Case("echo \\{} `echo {}`", "echo <esc {>} <cmd echo <ph 0>>"),
        Case("echo ${x%\\\n%{}} {}&\\\n& a", "echo <x %% <ph 0>> <ph 0> && a"),
        Case("{\\\n {}; }", "(group <ph 0>)"),
        Case("{}() { a; }", "1:3: unexpected '('"),
        Case("{ {}; }", "(group <ph 0>)"),
    ])
    func placeholders(_ test: Case) {
        #expect(meaning(test.source, ParserOptions(placeholders: Braces())) == test.expected)
    }

    @Test func usesOfPlaceholders() throws {
        let text: Bytes =
            "a {} \"{}\" '{}' $'{}' $({}) \"$({})\" `{} \\`{}\\`` $(({})) <<E <<-F\n{} $({})\nE\n\t{}\nF\n"
        var parser = Parser(text, options: ParserOptions(placeholders: Braces()))
        _ = try parser.parseAll()
        #expect(parser.placeholderUses.allSatisfy { text[Int($0.offset)..<Int($0.offset) + 2] == "{}" })
        #expect(Set(parser.placeholderUses.map(\.offset)).count == 12)
        #expect(
            parser.placeholderUses.map(\.quoting) == [
                .none, .double, .single, .other, .none, .none, .other, .other, .other, .other, .none, .other,
            ])
    }
}
