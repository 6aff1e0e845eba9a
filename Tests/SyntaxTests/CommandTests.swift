import Syntax
import Testing

@Suite struct CommandTests {
    @Test(arguments: [
        Case("", ""),
        Case("\n\n  # only a comment\n", ""),
        Case("echo hello world", "echo hello world"),
        Case("a; b\nc", "a ; b ; c"),
        Case("a & b &", "a & ; b &"),
        Case("a && b || c; d", "a && b || c ; d"),
        Case("a &&\n\n b || # why\n c", "a && b || c"),
        Case("a | b |\n c", "a | b | c"),
        Case("! a | b", "! a | b"),
        Case("! ! a", "a"),
        Case("a |& b", "a <2>& 1> | b"),
        Case("(a) |& b", "(subshell a) <2>& 1> | b"),
        Case("a#b c #d", "a#b c"),
        Case("echo if then }", "echo if then }"),
        Case("a=1 if", "<set a=1> if"),
        Case(">f if", "if <> f>"),
        Case("echo \\\n a\\\nb", "echo ab"),
        Case("i\\\nf a; th\\\nen b; f\\\ni", "(if a then b)"),
        Case("a &\\\n& b |\\\n| c", "a && b || c"),
        Case("echo a\\", "echo a<esc \\>"),
    ])
    func lists(_ test: Case) { #expect(meaning(test.source) == test.expected) }

    @Test(arguments: [
        Case("(a; b)", "(subshell a ; b)"),
        Case("{ a; b; }", "(group a ; b)"),
        Case("{ a\n} >f 2>&1", "(group a) <> f> <2>& 1>"),
        Case("{(a)}", "(group (subshell a))"),
        Case("{ a; } always { b; } >f", "(try a always b) <> f>"),
        Case("{ a; } alw\\\nays\n# why\n;{ b\n}", "(try a always b)"),
        Case("f() { a; } always { b; }; always {", "(function f (try a always b)) ; always {"),
        Case("if a; then b; fi", "(if a then b)"),
        Case("if a; b\nthen c\nelif d; then e; else f; fi", "(if a ; b then c elif d then e else f)"),
        Case("while a; do b; done", "(while a do b)"),
        Case("until a; do b; done <f", "(until a do b) << f>"),
        Case("for x in a \"$b\"; do c; done", "(for x in a <dq <b>> do c)"),
        Case("for x; do c; done", "(for x do c)"),
        Case("for x do c; done", "(for x do c)"),
        Case("for x\n\ndo c; done", "(for x do c)"),
        Case("for x\nin a\ndo c; done", "(for x in a do c)"),
        Case("for x in; do c; done", "(for x in do c)"),
        Case("for in in in do; do in=do; done", "(for in in in do do <set in=do>)"),
        Case("for x in a; { b; }", "(for x in a do b)"),
        Case("for ((i = 0; i < 3; i++)); do a; done", "(for (((set i 0); (less i 3); (post1 i))) do a)"),
        Case("for ((;;)) do a; done", "(for ((; ; )) do a)"),
        Case("pfor x in a b; do c; done", "(pfor x in a b do c)"),
        Case("pfor x do c; done", "(pfor x do c)"),
        Case("pfor x\n\ndo c; done", "(pfor x do c)"),
        Case("pfor -k -j \"$n\" x in a; do c; done >f", "(pfor -k -j <dq <n>> x in a do c) <> f>"),
        Case("pfor $o in in in do; { c; }", "(pfor <o> in in in do do c)"),
        Case("pfor -j 4 x\nin a\ndo c; done", "(pfor -j 4 x in a do c)"),
        Case("pwhile read x; do c; done <f", "(pwhile read x do c) << f>"),
        Case("pwhile -kj 4 --halt now,fail=1 -t a -b; do c; done", "(pwhile -kj 4 --halt now,fail=1 -t a -b do c)"),
        Case("pwhile -j4 -- -x; do c; done", "(pwhile -j4 -- -x do c)"),
        Case("pwhile (a); b; do c; done", "(pwhile (subshell a) ; b do c)"),
        Case(
            "pfor; pwhile\npfor() { a; }; pfor | pwhile >f a",
            "pfor ; pwhile ; (function pfor (group a)) ; pfor | pwhile a <> f>"),
        Case("pwhile () { a; }; >f pfor a", "(function pwhile (group a)) ; pfor a <> f>"),
        Case("pwhile 2>&1 a; pfor &>f", "pwhile a <2>& 1> ; pfor <&> f>"),
        Case("{ pfor & } | pwhile", "(group pfor &) | pwhile"),
        Case("case x in esac", "(case x)"),
        Case("case x in a) b;; esac", "(case x a) b;;)"),
        Case("case x in a) b\nesac", "(case x a) b;;)"),
        Case("case $x\nin\n(a | b*) c;& d) ;;& *) e; esac", "(case <x> a|b*) c;& d) ;;& *) e;;)"),
        Case("case x in (esac) a;; in) b;; if) c;; esac", "(case x esac) a;; in) b;; if) c;;)"),
        Case("case in in in) in=1;; esac", "(case in in) <set in=1>;;)"),
        Case("case x in {a,b}) ;; esac", "(case x {a,b}) ;;)"),
        Case("((a = 1 + 2))", "(((set a (add 1 2))))"),
        Case("((a); (b))", "(subshell (subshell a) ; (subshell b))"),
        Case("( (a) )", "(subshell (subshell a))"),
    ])
    func compoundCommands(_ test: Case) { #expect(meaning(test.source) == test.expected) }

    @Test(arguments: [
        Case("f() { a; }", "(function f (group a))"),
        Case("f ( )\n\n{ a; } >g", "(function f (group a) <> g>)"),
        Case("f() (a)", "(function f (subshell a))"),
        Case("f() for x; do a; done", "(function f (for x do a))"),
        Case("f() [[ a ]]", "(function f [[ (a) ]])"),
        Case("function f { a; }", "(function f (group a))"),
        Case("function f() (a)", "(function f (subshell a))"),
        Case("function f (a)", "(function f (subshell a))"),
        Case("f-g.h() { a; }", "(function f-g.h (group a))"),
        Case("f() { a; } |& b", "(group (function f (group a))) <2>& 1> | b"),
    ])
    func functions(_ test: Case) { #expect(meaning(test.source) == test.expected) }

    @Test(arguments: [
        Case("a=1 b= c=d$e f", "<set a=1> <set b=> <set c=d<e>> f"),
        Case("a=~:~b:c~ d=e~", "<set a=<~>:<~b>:c~> <set d=e~>"),
        Case("a+=b c[1]=2 d[$i + 1]+=e", "<set a+=b> <set c[1]=2> <set d[<i> + 1]+=e>"),
        Case("a=(b [2]=c \"d e\"\n# f\n{g,h})", "<set a=(b [2]=c <dq d e> <any g or h>)>"),
        Case("a=()", "<set a=()>"),
        Case("a+=(b)", "<set a+=(b)>"),
        Case("a=b=c 1a=b a-b=c", "<set a=b=c> 1a=b a-b=c"),
        Case("a[b c", "a[b c"),
        Case("a={b,c} echo {b,c}=d", "<set a={b,c}> echo <any b or c>=d"),
        Case("export a=~ b=~c:~ d ~", "export a=<~> b=<~c>:<~> d <~>"),
        Case("command export a=~", "command export a=<~>"),
        Case("echo a=~", "echo a=~"),
        Case("declare -A a=([b c]=d) e=(f)", "declare -A a=([b c]=d) e=(f)"),
        Case("local a[1]=~", "local a[1]=<~>"),
        Case("x\\\ny\\\n=z", "<set xy=z>"),
    ])
    func assignments(_ test: Case) { #expect(meaning(test.source) == test.expected) }

    @Test(arguments: [
        Case("a <b >c >>d >|e <>f", "a << b> <> c> <>> d> <>| e> <<> f>"),
        Case("a 2>&1 3<&- 4>&$x 10<&3-", "a <2>& 1> <3<& -> <4>& <x>> <10<& 3->"),
        Case("a 2 >b c2>d 2>e", "a 2 c2 <> b> <> d> <2> e>"),
        Case("a 1234567890123>b", "a 1234567890123 <> b>"),
        Case("a &>b &>>c >&d", "a <&> b> <&>> c> <>& d>"),
        Case("a <<<b <<<\"$c d\"", "a <<<< b> <<<< <dq <c> d>>"),
        Case("a {fd}>b {1}>c {d >e", "a {1} {d <{fd}> b> <> c> <> e>"),
        Case("a >{b,c}", "a <> {b,c}>"),
        Case("a < <(b) >(c)d", "a <to c>d << <from b>>"),
        Case(">a b >c d", "b d <> a> <> c>"),
        Case("2\\\n>&\\\n1", "<2>& 1>"),
    ])
    func redirections(_ test: Case) { #expect(meaning(test.source) == test.expected) }

    @Test(arguments: [
        Case("[[ a ]]", "[[ (a) ]]"),
        Case("[[ -f a && ! -d b || c ]]", "[[ (((-f a) && (! (-d b))) || (c)) ]]"),
        Case("[[ ( a == b* ) && $c != \"d\" ]]", "[[ (<group (a == b*)> && (<c> != <dq d>)) ]]"),
        Case("[[ a\n&&\nb < c\n]]", "[[ ((a) && (b < c)) ]]"),
        Case("[[ a == @(b|c d)e ]]", "[[ (a == @(b|c d)e) ]]"),
        Case("[[ a =~ ^(b|c d)+$ ]]", "[[ (a =~ ^(b|c d)+$) ]]"),
        Case("[[ a =~ b|\"c\"\\. ]]", "[[ (a =~ b|<dq c><esc .>) ]]"),
        Case("[[ a -eq 1 && -n b ]]", "[[ ((a -eq 1) && (-n b)) ]]"),
        Case("[[ {a,b} == ~ ]]", "[[ ({a,b} == <~>) ]]"),
        Case("[[a ]]", "[[a ]]"),
    ])
    func conditionals(_ test: Case) { #expect(meaning(test.source) == test.expected) }

    @Test(arguments: [
        Case("echo {a,b}", "echo {a,b}"),
        Case("a &>b", "a & ; <> b>"),
        Case("{x}>y", "{x} <> y>"),
        Case("echo $\"a\"", "echo <esc $><dq a>"),
        Case("a-b() { c; }", "1:1: 'a-b' is no valid function name"),
    ])
    func posixMode(_ test: Case) { #expect(meaning(test.source, ParserOptions(isPosix: true)) == test.expected) }
}
