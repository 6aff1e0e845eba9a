import Bytes
import Syntax
import Testing

@Suite struct ErrorTests {
    @Test(arguments: [
        Case("if a; then b", "1:13: expected 'fi' to close 'if' on line 1, found end of input …"),
        Case("\nif a\n", "3:1: expected 'then' to close 'if' on line 2, found end of input …"),
        Case("if a; b; fi", "1:10: expected 'then' to close 'if' on line 1, found 'fi'"),
        Case("if ; then b; fi", "1:4: unexpected ';'"),
        Case("if a; then fi", "1:12: expected a command, found 'fi'"),
        Case("for x in a\ndo b\n\n", "4:1: expected 'done' to close 'for' on line 1, found end of input …"),
        Case("while a; do b; fi", "1:16: expected 'done' to close 'while' on line 1, found 'fi'"),
        Case("for 1x in a; do b; done", "1:5: expected a name after 'for'"),
        Case("for x in a & do b; done", "1:12: expected ';' or a newline after the words of 'for', found '&'"),
        Case("for ((i=0; i<3)); do a; done", "1:15: expected ';' in 'for ((', found ')'"),
        Case("case x", "1:7: expected 'in' to close 'case' on line 1, found end of input …"),
        Case("case x in a b) c;; esac", "1:13: expected ')' or '|' after a pattern of 'case', found 'b'"),
        Case("case x in a) b;;", "1:17: expected 'esac' to close 'case' on line 1, found end of input …"),
        Case("case x in ) b;; esac", "1:11: expected a pattern, found ')'"),
        Case("( a", "1:4: expected ')' to close '(' on line 1, found end of input …"),
        Case("()", "1:2: expected a command, found ')'"),
        Case("{ a }", "1:6: expected '}' to close '{' on line 1, found end of input …"),
        Case("a )", "1:3: unexpected ')'"),
        Case("done", "1:1: unexpected 'done'"),
        Case("a; }", "1:4: unexpected '}'"),
        Case("; a", "1:1: unexpected ';'"),
        Case("a ;; b", "1:3: unexpected ';;'"),
        Case("a && ; b", "1:6: unexpected ';'"),
        Case("a &&", "1:5: expected a command, found end of input …"),
        Case("a |\n", "2:1: expected a command, found end of input …"),
        Case("a | && b", "1:5: unexpected '&&'"),
        Case("! ", "1:3: expected a command, found end of input …"),
        Case("(a) b", "1:5: unexpected 'b'"),
        Case("if a; then b; fi c", "1:18: unexpected 'c'"),
        Case("echo (a)", "1:7: expected ')' after the name of a function, found 'a'"),
        Case("a b (c)", "1:5: unexpected '('"),
        Case("f() echo", "1:5: expected a compound command as the body of 'f', found 'echo'"),
        Case("f()", "1:4: expected a compound command as the body of 'f', found end of input …"),
        Case("function", "1:9: expected a name after 'function' …"),
        Case("a >", "1:4: expected a word after '>', found end of input …"),
        Case("a 2>&\nb", "1:6: expected a word after '>&', found newline"),
        Case("cat << ;", "1:8: expected the delimiter of a here-document, found ';'"),
        Case("echo 'a\nb", "1:6: unterminated single quote that starts on line 1 …"),
        Case("\necho a \"b", "2:8: unterminated double quote that starts on line 2 …"),
        Case("echo $'a", "1:6: unterminated $' that starts on line 1 …"),
        Case("echo `a", "1:6: unterminated backquote that starts on line 1 …"),
        Case("echo $(a", "1:9: expected ')' to close '$(' on line 1, found end of input …"),
        Case("echo ${a", "1:6: unterminated '${' that starts on line 1 …"),
        Case("echo $((1 + 2", "1:6: unterminated '$((' that starts on line 1 …"),
        Case("echo `if`", "echo <invalid 1:9: expected a command, found the closing backquote>"),
        Case(
            "echo `\necho \\`a\\$(\\`\n`",
            "echo <cmd echo <invalid 2:12: expected ')' to close '$(' on line 2, found the closing backquote>>"),
        Case("cat <<E\na $(b\nE\n", "2:7: expected ')' to close '$(' on line 2, found the end of the here-document"),
        Case("a=(b", "1:5: expected ')' to close '(' on line 1, found end of input …"),
        Case("a=(b;c)", "1:5: expected ')' to close '(' on line 1, found ';'"),
        Case("[[ a", "1:5: expected ']]' to close '[[' on line 1, found end of input …"),
        Case("[[ -f ]]", "1:7: expected a word after '-f', found ']]'"),
        Case("[[ a == ]]", "1:9: expected a word after '==', found ']]'"),
        Case("[[ a &&", "1:8: expected an expression, found end of input …"),
        Case("[[ (a ]]", "1:7: expected ')' to close '(' on line 1, found ']]'"),
        Case("[[ a =~ (b ]]", "1:9: unterminated '(' that starts on line 1 …"),
        Case("((1 + 2", "1:8: expected ')' to close '(' on line 1, found end of input …"),
        Case("echo a\u{0}b", "1:7: NUL byte in the script"),
    ])
    func messages(_ test: Case) { #expect(meaning(test.source) == test.expected) }

    @Test func rendering() {
        do throws(ParseError) {
            _ = try Parser.parse("echo a\n\tdé (b c) d\n")
        } catch {
            #expect(
                "\(error.render(name: "script"))" == """
                    script:2:7: expected ')' after the name of a function, found 'b'
                        \tdé (b c) d
                        \t    ^

                    """)
        }
    }

    @Test(arguments: [
        "(", "((", "( ", "{ ", "$(", "$((", "`", "${x:-", "\"${x:-", "\"$(", "if ", "while ", "case x in x) ", "f() { ",
        "! ",
        "[[ ! ", "[[ ( ", "[[ a && ", "a=(", "a[", "echo ${a[", "<(", "for x in $(", "{a,", "((a[", "cat <<E\n$(",
        "case $(", "[[ a =~ (", "\\`",
    ])
    func nestingIsBounded(_ piece: String) {
        // Whatever comes of it, it comes soon, and the stack holds.
        let text = "echo " + [Bytes](repeating: Bytes(piece), count: 20_000).joined(by: "")
        _ = try? Parser.parse(text)
        _ = try? Parser.parse(text.dropFirst(5))
    }

    @Test func nestingUpToTheBound() throws {
        func nested(_ depth: Int) -> Bytes {
            Bytes(repeating: UInt8(ascii: "("), count: 1) + [Bytes](repeating: " (", count: depth - 1).joined(by: "")
                + "a"
                + Bytes(repeating: UInt8(ascii: ")"), count: depth)
        }
        let options = ParserOptions(maximumDepth: 50)
        _ = try Parser.parse(nested(50), options: options)
        #expect(meaning("\(nested(51))", options) == "1:101: nested too deeply")
        #expect(throws: ParseError.self) { try Parser.parse(nested(900), options: ParserOptions(maximumStack: 65536)) }
    }

    /// What is ambiguous is tried in two ways, but nested ones not in two to the power of their depth.
    @Test(arguments: [
        ("a[$(", "x", ")]"), ("echo ${#a[", "1", "]x}"), ("echo ${a:$((", "1", ")) x;}"), ("((a; ", "1", ") )"),
        ("echo $((<<E\n", "", ""), ("echo \"$((a; ", "1", ") )\""), ("a=([$(", "", ")])"), ("declare a[$(", "", ")]"),
    ])
    func noExponentialAttempts(_ open: String, _ inside: String, _ close: String) {
        let text =
            [Bytes](repeating: Bytes(open), count: 100).joined(by: "") + Bytes(inside)
            + [Bytes](repeating: Bytes(close), count: 100).joined(by: "")
        _ = try? Parser.parse(text)
    }
}
