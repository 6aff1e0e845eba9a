import Bytes
import Syntax
import Testing

/// A line up to the cursor, and what stands there: role, word, words before, `"` and the like for open quotes.
private struct Place: CustomTestStringConvertible, Sendable {
    let line: Bytes
    let expected: Bytes

    init(_ line: Bytes, _ expected: Bytes) {
        self.line = line
        self.expected = expected
    }

    var testDescription: String { "\(line)" }
}

private func describe(_ line: Bytes) -> Bytes {
    let context = CursorContext.find(in: line)
    var text: Bytes
    switch context.role {
    case .command: text = "command"
    case .argument: text = "argument"
    case .file: text = "file"
    case .descriptor: text = "descriptor"
    case .assignment: text = "assignment"
    case .operand: text = "operand"
    case .pattern: text = "pattern"
    case .variable: text = context.isBraced ? "variable}" : "variable"
    case .functionName: text = "function"
    case .reserved(let words): text = "reserved " + words.joined(by: "|")
    case .text: text = "text"
    }
    text.append(" <" + line.suffix(from: context.start) + ">")
    if context.role == .argument { text.append(" of " + context.words.joined(by: ",")) }
    switch context.quotes {
    case .none: break
    case .single: text.append(" '")
    case .double: text.append(" \"")
    case .dollar: text.append(" $'")
    }
    if context.isInBackquotes { text.append(" `") }
    return text
}

@Suite struct CursorTests {
    @Test(arguments: [
        Place("", "command <>"),
        Place("gi", "command <gi>"),
        Place("git", "command <git>"),
        Place("git ", "argument <> of git"),
        Place("git co", "argument <co> of git"),
        Place("git 'a b' \"c\" d", "argument <d> of git,a b,c"),
        Place("git \"$x\" d", "argument <d> of git,\"$x\""),
        Place("whil", "command <whil>"),
        Place("while", "command <while>"),
        Place("while gi", "command <gi>"),
        Place("if ! gi", "command <gi>"),
        Place("if a; then b; el", "command <el>"),
        Place("a | b", "command <b>"),
        Place("a && b c", "argument <c> of b"),
        Place("a; b", "command <b>"),
        Place("a & b", "command <b>"),
        Place("{ b", "command <b>"),
        Place("{ b; } alw", "reserved always <alw>"),
        Place("{ b; } always ", "reserved { <>"),
        Place("{ b; } always { c", "command <c>"),
        Place("{ b; }; c", "command <c>"),
        Place("(b", "command <b>"),
        Place("f() { b c", "argument <c> of b"),
        Place("time b", "command <b>"),
        Place("A=1 B='x y' b", "command <b>"),
        Place("A=1 b c", "argument <c> of b"),
        Place("A=", "assignment <>"),
        Place("A=/us", "assignment </us>"),
        Place("export A=/us", "assignment </us>"),
        Place("a >f", "file <f>"),
        Place("a 2>>f", "file <f>"),
        Place("a >f b", "argument <b> of a"),
        Place(">f b", "command <b>"),
        Place("a 2>&", "descriptor <>"),
        Place("for x", "variable <x>"),
        Place("for x i", "reserved do|in <i>"),
        Place("pfor x", "variable <x>"),
        Place("pfor -k x i", "reserved do|in <i>"),
        Place("pfor x in a b", "operand <b>"),
        Place("pfor x in a; do b", "command <b>"),
        Place("pwhile b", "command <b>"),
        Place("pwhile -j 2 b c", "argument <c> of b"),
        Place("for x in a b", "operand <b>"),
        Place("for x in a; d", "reserved do <d>"),
        Place("for x in a; do b", "command <b>"),
        Place("case x i", "reserved in <i>"),
        Place("case x in a", "pattern <a>"),
        Place("case x in a) b", "command <b>"),
        Place("case x in a) b;; e", "pattern <e>"),
        Place("function f", "function <f>"),
        Place("[[ -f a", "operand <a>"),
        Place("x=(a b", "operand <b>"),
    ])
    fileprivate func commands(_ place: Place) { #expect(describe(place.line) == place.expected) }

    @Test(arguments: [
        Place("a 'b c", "argument <'b c> of a '"),
        Place("a \"b c", "argument <\"b c> of a \""),
        Place("a $'b c", "argument <$'b c> of a $'"),
        Place("a b'c d'e", "argument <b'c d'e> of a"),
        Place("a b\\ c", "argument <b\\ c> of a"),
        Place("a $(b", "command <b>"),
        Place("a $(b c", "argument <c> of b"),
        Place("a \"$(b c", "argument <c> of b"),
        Place("a \"$(b 'c", "argument <'c> of b '"),
        Place("a `b", "command <b> `"),
        Place("a `b c", "argument <c> of b `"),
        Place("a `b \\`c d", "argument <d> of c `"),
        Place("a <(b c", "argument <c> of b"),
    ])
    fileprivate func quotes(_ place: Place) { #expect(describe(place.line) == place.expected) }

    @Test(arguments: [
        Place("a $", "variable <>"),
        Place("a $x", "variable <x>"),
        Place("a b$x", "variable <x>"),
        Place("a \"b $x", "variable <x> \""),
        Place("a '$x", "argument <'$x> of a '"),
        Place("a \\$x", "argument <\\$x> of a"),
        Place("a ${", "variable} <>"),
        Place("a ${x", "variable} <x>"),
        Place("a ${#x", "variable} <x>"),
        Place("a \"${!x", "variable} <x> \""),
        Place("a ${x:-b", "argument <b> of a"),
        Place("a ${x:-$y", "variable <y>"),
        Place("a $((x + y", "variable <y>"),
        Place("((x", "variable <x>"),
        Place("$x", "variable <x>"),
        Place("a[x", "variable <x>"),
    ])
    fileprivate func variables(_ place: Place) { #expect(describe(place.line) == place.expected) }

    @Test(arguments: [
        Place("if true\nthen gi", "command <gi>"),
        Place("a 'b\nc' d", "argument <d> of a,b\nc"),
        Place("a \\\nb", "argument <b> of a"),
        Place("cat <<E\n$x", "variable <x>"),
        Place("cat <<E\na b", "text <b>"),
        Place("cat <<E\na\nE\nb c", "argument <c> of b"),
        Place("a # b", "text <b>"),
        Place("a) b c", "argument <c> of b"),
        Place("done; b c", "argument <c> of b"),
        Place("if a; fi; b", "command <b>"),
    ])
    fileprivate func lines(_ place: Place) { #expect(describe(place.line) == place.expected) }

    /// Whatever a line begins with, what is said lies in it.
    @Test func everyPrefixHasAPlace() {
        let script: Bytes = """
            f() { local a=${b:-"c $(d 'e' "f`g \\`h\\``" | i)"}; case $1 in (x|y*) j <<-E >k 2>&1;; *) l ${m[n+1]//o/p} ;; esac
            \tq $r "s
            \tE
            } # t
            if ! [[ -f u && v =~ (w|x)$ ]]; then for ((i=0; i<3; i++)); do y=(a [2]=b); z $((1 + (2))) <(a) >(b); done; fi
            until a; do select b in c d; do coproc e { f; }; done; done; $'g\\n' $"h" {i,j}{1..3} ~k/l !m @(n|o) é)) ]] } ;; "

            """
        for source in [script, script.replacing(" ", with: "\\\n"), script.replacing("(", with: "`")] {
            for count in 0...source.count {
                let context = CursorContext.find(in: source[0..<count])
                #expect(context.start >= 0 && context.start <= count)
                #expect(context.commandStart >= 0 && context.commandStart <= count)
                #expect(context.quoteStart >= 0 && context.quoteStart <= count)
            }
        }
    }
}
