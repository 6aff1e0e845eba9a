import Bytes
import Platform
import Syntax
import Testing

@testable import Shell

/// A line with `|` for the cursor and its words with `|` between them, the current one in brackets.
private struct Split: Sendable {
    let line: Bytes
    let expected: Bytes

    init(_ line: Bytes, _ expected: Bytes) {
        self.line = line
        self.expected = expected
    }
}

@Suite struct CompletionWordsTests {
    @Test(arguments: [
        Split("foo ba", "foo|[ba]"),
        Split("foo ", "foo|[]"),
        Split("foo x=y:z", "foo|x|=|y|:|[z]"),
        Split("foo ::", "foo|[::]"),
        Split("foo \"a b", "foo|[\"a b]"),
        Split("foo \"a b\" c", "foo|\"a b\"|[c]"),
        Split("foo a\\ b", "foo|[a\\ b]"),
        Split("foo $(ls x", "foo|[$(ls x]"),
        Split("foo ${x} y", "foo|${x}|[y]"),
        Split("foo `a b` c", "foo|`a b`|[c]"),
        Split("foo 2>&1 x", "foo|2|>&|1|[x]"),
        Split("foo \"$(a \"b c\" d)e\" f", "foo|\"$(a \"b c\" d)e\"|[f]"),
    ])
    fileprivate func splits(_ split: Split) {
        let words = CompletionWords(split.line, point: split.line.count, breaks: CompletionWords.standardBreaks)
        var text: [Bytes] = words.words
        text[words.current] = "[" + text[words.current] + "]"
        #expect(text.joined(by: "|") == split.expected)
    }

    @Test func theWordOfTheCursorInTheMiddle() {
        let line: Bytes = "foo a   c"
        #expect(CompletionWords(line, point: 4, breaks: " ").current == 1)
        #expect(CompletionWords(line, point: 6, breaks: " ").words == ["foo", "a", "", "c"])
        #expect(CompletionWords(line, point: 6, breaks: " ").current == 2)
        #expect(CompletionWords(line, point: 9, breaks: " ").current == 2)
    }

    @Test(arguments: [
        Split("a\\ b", "a b"), Split("'a b", "a b"), Split("\"a\\$b\\c", "a$b\\c"), Split("a'b'\"c\"", "abc"),
        Split("a\\", "a\\"),
    ])
    fileprivate func dequotes(_ split: Split) { #expect(CompletionWords.dequoted(split.line) == split.expected) }
}

@Suite struct CompletionEngineTests {
    private let sh: Interpreter

    init() {
        sh = Interpreter(name: "test", environment: ["PATH=/nowhere", "SOME_VALUE=1"], sourceName: "test")
    }

    /// What a line could become, with what is replaced before it.
    private func complete(_ line: Bytes) -> Bytes {
        let result = CompletionEngine.complete(CompletionLine(line, point: line.count, anchor: line.count), sh)
        let words = result.candidates.map(\.text).sorted().joined(by: ",")
        return line[0..<result.start] + "<" + words + ">" + result.ending
    }

    @Test func names() {
        #expect(complete("echo $SOME_V") == "echo $<SOME_VALUE> ")
        #expect(complete("echo ${SOME_V") == "echo ${<SOME_VALUE>}")
        #expect(complete("compg") == "<compgen> ")
        #expect(complete("if unti") == "if <until> ")
        #expect(complete("set -o pipef") == "set -o <pipefail> ")
        #expect(complete("trap x INT US") == "trap x INT <USR1,USR2> ")
        #expect(complete("unset SOME") == "unset <SOME_VALUE> ")
        #expect(complete("shopt -s dotg") == "shopt -s <dotglob> ")
    }

    @Test func optionsHaveDescriptions() throws {
        let line: Bytes = "cd -P"
        let result = CompletionEngine.complete(CompletionLine(line, point: 5, anchor: 5), sh)
        #expect(result.candidates.map(\.text) == ["-P"])
        #expect(!(result.candidates.first?.description.isEmpty ?? true))
    }

    @Test func specifications() {
        var spec = CompletionSpec()
        spec.words = "one two three"
        sh.context.completions[.command("cmd")] = spec
        #expect(complete("cmd t") == "cmd <three,two> ")
        #expect(complete("/usr/bin/cmd t") == "/usr/bin/cmd <three,two> ")
        #expect(complete("x=$(cmd t") == "x=$(cmd <three,two> ")
        #expect(complete("cmd --x=t") == "cmd --x=<three,two> ")
        spec.options = .nospace
        sh.context.completions[.default] = spec
        #expect(complete("other o") == "other <one>")
    }

    @Test func aFailingFunctionGivesNothing() {
        var spec = CompletionSpec()
        spec.function = "nowhere"
        sh.context.completions[.command("cmd")] = spec
        sh.context.descriptors[2] = OpenFile(memory: MemoryOutput())
        sh.context.status = 7
        #expect(complete("cmd t") == "<> ")
        #expect(sh.context.status == 7)
    }

    @Test func quotingOfNames() {
        #expect(NameQuoting.quoted("a b", in: .none, startsWord: true) == "a\\ b")
        #expect(NameQuoting.quoted("~a", in: .none, startsWord: true) == "\\~a")
        #expect(NameQuoting.quoted("~a", in: .none, startsWord: false) == "~a")
        #expect(NameQuoting.quoted("a'b", in: .single, startsWord: true) == "a'\\''b")
        #expect(NameQuoting.quoted("a\"$b", in: .double, startsWord: true) == "a\\\"\\$b")
        #expect(NameQuoting.quoted("a!b", in: .double, startsWord: true) == "a\"\\!\"b")
        #expect(NameQuoting.quoted("a\nb", in: .none, startsWord: true) == "$'a\\nb'")
        #expect(NameQuoting.quoted("a\nb'", in: .dollar, startsWord: true) == "a\\nb\\'")
    }
}
