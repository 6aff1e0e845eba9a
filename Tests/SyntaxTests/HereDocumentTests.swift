import Bytes
import Syntax
import Testing

@Suite struct HereDocumentTests {
    @Test(arguments: [
        Case("cat <<E\na $b\nE\n", "cat <<< a <b>\n>"),
        Case(
            "cat <<E\n`c` $((1)) ${d} \\$ \\\\ \\x \"q\" 'r'\\\ns\nE\n",
            "cat <<< <cmd c> <arith 1> <d> $ \\ \\x \"q\" 'r's\n>"),
        Case("cat <<'E'\n$a \\$\nE\n", "cat <<<' $a \\$\n>"),
        Case("cat <<\"E\"F\na\nEF\n", "cat <<<' a\n>"),
        Case("cat <<\\E\na\nE\n", "cat <<<' a\n>"),
        Case("cat <<$x\na\n$x\n", "cat <<< a\n>"),
        Case("cat <<-E\n\ta\n\t\tb\tc\n\tE\nd", "cat <<<- a\nb\tc\n> ; d"),
        Case("cat <<A <<B; c\na\nA\nb\nB\nd", "cat <<< a\n> <<< b\n> ; c ; d"),
        Case("cat <<E\nE\n", "cat <<< >"),
        Case("cat <<''\na\n\nb", "cat <<<' a\n> ; b"),
        Case("cat <<E | b && (\na\nE\nc)", "cat <<< a\n> | b && (subshell c)"),
        Case("if cat <<E; then\na\nE\nb; fi", "(if cat <<< a\n> then b)"),
        Case("x=$(cat <<E\na\nE\n) b", "<set x=<cmd cat <<< a\n>>> b"),
        Case("cat <<A $(cat <<B\nb\nB\n)\na\nA\n", "cat <cmd cat <<< b\n>> <<< a\n>"),
        Case("echo $(cat <<E)\na\nE\n", "echo <cmd cat <<< a\n>>"),
        Case("echo `cat <<E\na\nE\n`", "echo <cmd cat <<< a\n>>"),
        Case("cat <<E\n$(cat <<F\nb\nF\n)\nE\n", "cat <<< <cmd cat <<< b\n>>\n>"),
        Case("cat <<E\na\\\nE\nE\n", "cat <<< aE\n>"),
        Case("cat <<EO\\\nF\na\nE\\\nOF\n", "cat <<< a\n>"),
        Case("cat 3<<E <<-'F'\na\nE\n\tb\n\tF\n", "cat <3<< a\n> <<<-' b\n>"),
        // The end of the input ends the body.
        Case("cat <<E", "cat <<< >"),
        Case("cat <<E\na", "cat <<< a\n>"),
        Case("cat <<E\n${x:-\"a\"} ${x:-'b'}\nE\n", "cat <<< <x :- a> <x :- 'b'>\n>"),
    ])
    func bodies(_ test: Case) { #expect(meaning(test.source) == test.expected) }

    @Test func placesInABody() throws {
        let list = try Parser.parse("cat <<-E\n\ta\n\t b $x\n\tE\n")
        guard case .simple(let command) = list.items[0].first.commands[0],
            case .hereDocument(let document) = command.redirections[0].target,
            case .parameter(let expansion) = document.body.parts[1]
        else { return #expect(Bool(false)) }
        #expect(expansion.position.line == 3)
        #expect(expansion.position.column == 5)
        #expect(expansion.position.offset == 16)
    }

    @Test func aPromptWantsTheWholeBody() {
        let options = ParserOptions(wantsMoreLines: true)
        #expect(
            meaning("cat <<E\na\n", options) == "1:7: unterminated here-document (no line 'E') that starts on line 1 …")
        #expect(meaning("cat <<E", options) == "1:7: unterminated here-document (no line 'E') that starts on line 1 …")
        #expect(meaning("cat <<E\na\nE\n", options) == "cat <<< a\n>")
        #expect(meaning("echo a\\\n", options).hasSuffix("…"))
        #expect(meaning("echo a \\\n", options).hasSuffix("…"))
        #expect(meaning("\\\n", options).hasSuffix("…"))
        #expect(meaning("echo 'a\\\n'", options) == "echo <sq a\\\n>")
    }
}
