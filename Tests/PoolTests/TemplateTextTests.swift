import Testing

@testable import Pool

/// What `--dry-run` shows, as GNU parallel 20221122 shows it.
@Suite struct TemplateTextTests {
    static let templatesCases: [(String, String)] = [
        (
            "echo {} ::: 'a  b' \"it's\" '$x' '' 'a,b' a/b.c '~x' x=y '*' é '!' '#x' -n {} a+b_c",
            "echo 'a  b'\necho 'it'\"'\"'s'\necho '$x'\necho ''\necho 'a,b'\necho a/b.c\necho '~x'\n"
                + "echo 'x=y'\necho '*'\necho 'é'\necho '!'\necho '#x'\necho -n\necho '{}'\necho a+b_c\n"
        ),
        (
            "echo x{}y ::: \"'\" \"'a\" \"a'\" \"''\" \"'a'b'\" '\"' '\\'",
            "echo x\"'\"y\necho x\"'\"'a'y\necho x'a'\"'\"y\necho x\"'\"''\"'\"y\n"
                + "echo x\"'\"'a'\"'\"'b'\"'\"y\necho x'\"'y\necho x'\\'y\n"
        ),
        ("echo ::: a b", "echo a\necho b\n"),
        ("echo ::: a b ::: c d", "echo a c\necho a d\necho b c\necho b d\n"),
        ("echo {1} ::: a b ::: c d", "echo a\necho a\necho b\necho b\n"),
        ("echo {2} {1} ::: a b ::: c d", "echo c a\necho d a\necho c b\necho d b\n"),
        ("echo {.} {/} {//} {/.} ::: a/b.c ::: c/d.e", "echo a/b c/d b.c d.e a c b d\n"),
        (
            "echo {1.} {1/} {1//} {1/.} {2.} {-1} {-2} {-1/} {-1.} {3} {0} ::: a/b.c ::: c/d.e",
            "echo a/b b.c a b c/d c/d.e a/b.c d.e c/d  a/b.c c/d.e\n"
        ),
        ("echo {}{} ::: a b", "echo aa\necho bb\n"),
        ("echo {1}{2} ::: a b ::: c", "echo ac\necho bc\n"),
        ("echo '{}' \"{}\" ::: 'a b'", "echo 'a b' 'a b'\n"),
        ("echo '' a ::: x", "echo  a x\n"),
        ("echo '  b  ' a ::: x", "echo   b   a x\n"),
        ("echo a \\; ::: x", "echo a ; x\n"),
        ("'echo a;' 'echo b' ::: x", "echo a; echo b x\n"),
        ("echo '>' foo ::: x", "echo > foo x\n"),
        ("'{#} x' ::: 'x y'", "1 x\n"),
        ("'echo {#} x' ::: 'x y' z", "echo 1 x\necho 2 x\n"),
        ("'echo {#}:{}' ::: a b ::: c d", "echo 1:a c\necho 2:a d\necho 3:b c\necho 4:b d\n"),
        ("'echo $PARALLEL_SEQ' ::: 'x y'", "echo $PARALLEL_SEQ 'x y'\n"),
        ("A={} foo ::: 'x y'", "A='x y' foo\n"),
        ("A=b{} foo {} ::: 'x y'", "A=b'x y' foo 'x y'\n"),
        (
            "'for i in {}; do echo $i; done' ::: 'a b' c",
            "for i in 'a b'; do echo $i; done\nfor i in c; do echo $i; done\n"
        ),
        ("'case {} in a) echo x;; esac' ::: 'a b' c", "case 'a b' in a) echo x;; esac\ncase c in a) echo x;; esac\n"),
        ("'x={}; echo $x' ::: 'a b' c", "x='a b'; echo $x\nx=c; echo $x\n"),
        ("'f() { echo {}; }; f' ::: 'a b'", "f() { echo 'a b'; }; f\n"),
        ("'[[ {} == x ]] && echo' ::: 'a b'", "[[ 'a b' == x ]] && echo\n"),
        ("\"awk '{print \\$1}' {}\" ::: a", "awk '{print $1}' a\n"),
        ("'echo {1..3} {}' ::: a", "echo {1..3} a\n"),
        ("'echo ${x:-{}}' ::: a", "echo ${x:-a}\n"),
        ("'echo a{}b{}c {}' ::: 'x y'", "echo a'x y'b'x y'c 'x y'\n"),
        ("\"bash -c 'echo {}'\" ::: x", "bash -c 'echo x'\n"),
        ("'bash -c \"echo {}\"' ::: x ::: y", "bash -c \"echo x y\"\n"),
        ("'echo {} | wc -c' ::: 'a b'", "echo 'a b' | wc -c\n"),
        ("'echo {}>/dev/null' ::: 'a b'", "echo 'a b'>/dev/null\n"),
        ("'echo {}.txt {.}.bak' ::: 'a b.txt'", "echo 'a b.txt'.txt 'a b'.bak\n"),
        ("'echo \"$HOME\" {}' ::: 'a b'", "echo \"$HOME\" 'a b'\n"),
        ("echo '$'{} ::: a", "echo $a\n"),
        ("'cmd1 {} && cmd2 {} || cmd3' ::: 'a;b'", "cmd1 'a;b' && cmd2 'a;b' || cmd3\n"),
        ("'echo \"{}\" `echo {}` $(echo {}) $((1+{}))' ::: 3", "echo \"3\" `echo 3` $(echo 3) $((1+3))\n"),
        ("'(cd {} && make) 2>&1' ::: 'a b'", "(cd 'a b' && make) 2>&1\n"),
    ]

    @Test("values where replacement strings stand", arguments: templatesCases)
    func templates(_ line: String, _ expected: String) throws {
        #expect(try CommandLines.texts(line) == expected)
    }

    static let pastedCases: [(String, String)] = [
        ("{} ::: 'echo a  b' ls", "echo a  b\nls\n"),
        ("'{} foo' ::: 'echo a  b'", "echo a  b foo\n"),
        ("'{} {}' ::: 'echo a  b'", "echo a  b echo a  b\n"),
        ("' {} foo' ::: 'echo a  b'", " 'echo a  b' foo\n"),
        ("'{}foo' ::: 'echo a  b'", "echo a  bfoo\n"),
        ("'{} foo; {}' ::: 'echo a  b'", "echo a  b foo; echo a  b\n"),
        ("'{1} {2}' ::: 'echo a  b' ::: 'c d'", "echo a  b c d\n"),
        ("'{1} {2} {1}' ::: 'echo a  b' ::: 'c d'", "echo a  b c d echo a  b\n"),
        ("'{.} {}' ::: 'echo a  b.x'", "echo a  b echo a  b.x\n"),
        ("::: 'echo a  b.x' b", "echo a  b.x\nb\n"),
        ("::: ' ' a", " \na\n"),
        ("::: 'echo a' 'echo b' ::: c d", "echo a c\necho a d\necho b c\necho b d\n"),
        ("-j2 -m {} ::: 'a b' 'c d'", "a b\nc d\n"),
        ("-X -j1 {} ::: 'a b' 'c d'", "a b c d\n"),
        ("-n2 {} foo ::: 'a b' 'c d'", "a b c d foo\n"),
        ("-j1 -X '{} x' ::: a b", "a b x\n"),
        ("-j1 -n2 '{}x' ::: a b", "a bx\n"),
    ]

    @Test("commands that begin with a replacement string", arguments: pastedCases)
    func pasted(_ line: String, _ expected: String) throws {
        #expect(try CommandLines.texts(line) == expected)
    }

    static let quotedCases: [(String, String)] = [
        ("-q ::: 'echo a  b.x' b", "'echo a  b.x'\nb\n"),
        ("-q {} ::: 'echo a  b.x' b", "'echo a  b.x'\nb\n"),
        ("-q {} foo ::: 'echo a  b.x' b", "'echo a  b.x' foo\nb foo\n"),
        ("-q echo '{} $x' ::: 'echo a  b.x' b", "echo 'echo a  b.x $x'\necho 'b $x'\n"),
        ("-q echo 'a{}b c' ::: 'x y'", "echo 'ax yb c'\n"),
        ("-q echo 'a b' '' '{}' ::: 'x y'", "echo 'a b' '' 'x y'\n"),
        ("-q echo \"it's\" '{}' ::: \"x'y\"", "echo 'it'\"'\"'s' 'x'\"'\"'y'\n"),
        ("-q -n2 echo {} ::: 'a b' c d e", "echo 'a b' c\necho d e\n"),
        ("-q -X -j1 echo x{} ::: 'a b' c d e", "echo 'xa b' xc xd xe\n"),
        ("-q echo 'x{}' '$a{}' ::: 'a b' ::: c d", "echo 'xa b' c '$aa b' c\necho 'xa b' d '$aa b' d\n"),
        ("-q 'echo x' '{}' ::: 'a b'", "'echo x' 'a b'\n"),
        ("-q 'echo x' ::: 'a b'", "'echo x' 'a b'\n"),
        ("-q 'echo{}' x ::: 'a b'", "'echoa b' x\n"),
        ("-q echo '*' '>' x ::: 'a b' ''", "echo '*' '>' x 'a b'\necho '*' '>' x ''\n"),
        ("-q echo '{1}{2}' x ::: 'a b' '' ::: c", "echo 'a bc' x\necho c x\n"),
    ]

    @Test("-q", arguments: quotedCases)
    func quoted(_ line: String, _ expected: String) throws {
        #expect(try CommandLines.texts(line) == expected)
    }

    static let spellingsCases: [(String, String)] = [
        ("-I ,, echo ,, {} ::: a b", "echo a {}\necho b {}\n"),
        ("-I,, echo ,, {} ::: a b", "echo a {}\necho b {}\n"),
        ("-I ,, echo ,. ,/ {.} ::: a.b b", "echo ,. ,/ a\necho ,. ,/ b\n"),
        ("-I ,, echo {.} {1} ::: a.b b", "echo a {1}\necho b {1}\n"),
        ("-i,, echo ,, ::: a", "echo a\n"),
        ("--replace=,, echo ,, ::: a", "echo a\n"),
        ("-i ,, echo ,, ::: a", "echo a\n"),
        ("--er ,, echo ,, {.} ::: a.b", "echo a {.}\n"),
        ("--extensionreplace ,, echo ,, {.} ::: a.b", "echo a {.}\n"),
        ("--bnr ,, echo ,, {/} ::: c/a.b", "echo a.b {/}\n"),
        ("--dnr ,, echo ,, {//} ::: c/a.b", "echo c {//}\n"),
        ("--bner ,, echo ,, {/.} ::: c/a.b", "echo a {/.}\n"),
        ("--seqreplace ,, echo ,, {#} ::: c/a.b", "echo 1 {#}\n"),
        ("--slotreplace ,, echo ,, {%} ::: c/a.b", "echo 1 {%}\n"),
        ("-I % echo % ::: a", "echo a\n"),
        ("-I % echo {%} % {} ::: a", "echo 1 a {}\n"),
        ("-I {} -I % echo {} % ::: a", "echo {} a\n"),
        ("-I {.} echo {.} {} ::: a.b", "echo a.b {}\n"),
        ("-I ,, echo {1} {1.} {2/} {.} ::: x/a.b c/d.e", "echo {1} x/a  x/a\necho {1} c/d  c/d\n"),
        ("-I '{x}' echo {x} {1x} {1} {2x} {} ::: x/a.b ::: c/d.e", "echo x/a.b c/d.e x/a.b {1} c/d.e {}\n"),
        ("--er '{.e}' echo {.e} {1.e} {1.} {.} ::: x/a.b ::: c/d.e", "echo x/a c/d x/a {1.} {.}\n"),
        ("-I [] echo [] ::: x/a.b", "echo x/a.b\n"),
    ]

    @Test("other spellings", arguments: spellingsCases)
    func spellings(_ line: String, _ expected: String) throws {
        #expect(try CommandLines.texts(line) == expected)
    }

    static let plusCases: [(String, String)] = [
        ("--plus echo {1%.gz} {2%b} {-1%b} {2:1} ::: a.gz ::: bab", "echo a ba ba ab\n"),
        (
            "--plus echo {##} {#} {0#} ::: 1 2 3 4 5 6 7 8 9 10",
            "echo 10 1 01\necho 10 2 02\necho 10 3 03\necho 10 4 04\necho 10 5 05\necho 10 6 06\n"
                + "echo 10 7 07\necho 10 8 08\necho 10 9 09\necho 10 10 10\n"
        ),
        ("--plus echo {slot} ::: 1", "echo ${PARALLEL_JOBSLOT}\n"),
        (
            "--plus echo '{%.t*}' '{%%.t*}' '{#a.*r}' '{##a.*r}' '{/./x}' '{//./x}' '{//[a-c]/<$&>}' "
                + "'{/(a)/$1$1}' ::: a.tar.tar",
            "echo a.tar.ta a.tar.ta .tar '' x.tar.tar xxxxxxxxx '<$&>.t<$&>r.t<$&>r' '$1$1.tar.tar'\n"
        ),
        (
            "--plus echo '{/:/}' '{:1:3}' '{:-1}' '{: -1}' '{:1:-1}' ::: ab:cde",
            "echo abcde 'b:c' 'ab:cde' {: -1} {:1:-1}\n"
        ),
        ("--plus echo {+/}/{/} {+/}/{/.}.{+.} {..}.{+..} ::: d/a.b.c", "echo d/a.b.c d/a.b.c d/a.b.c\n"),
        ("--plus echo {1+/} {2+.} {-1..} {1/..} {1/...} ::: d/a.b.c ::: e/f.g.h", "echo d h e/f a a.b.c\n"),
        ("--plus echo '{%}' '{%%}' '{#}' '{##}' ::: a+.gz", "echo 1 a+.gz 1 1\n"),
        ("--plus echo '{:3}' '{:0:2}' '{:10}' '{:10:2}' ::: abc", "echo '' ab '' ''\n"),
        ("--plus echo '{#b}' '{##b}' '{%x}' ::: abc", "echo abc abc abc\n"),
        ("--plus echo '{#*}' ::: abc", "echo abc\n"),
        ("--plus echo '{/a/b/c}' '{//b/}' '{//b//}' ::: abab", "echo b/cbab aa a/a/\n"),
        (
            "--plus echo '{^b}' '{^^b}' '{^.}' '{^^.}' '{,.}' '{^}' '{,,B}' '{,A}' ::: abab ABAB",
            "echo abab aBaB Abab ABAB abab {^} abab abab\necho ABAB ABAB ABAB ABAB aBAB {^} AbAb aBAB\n"
        ),
        ("--plus echo '{:-foo}' ::: '' a", "echo foo\necho a\n"),
        (
            "--plus echo {..} {...} {/..} {+.} {+..} {+...} ::: x.. a.b. .. ... a..b a.b..c .a.b. a.b.c.",
            "echo x x.. x '' . ''\necho a a.b. a '' b. ''\necho '' .. '' '' . ''\necho . '' . '' . ..\n"
                + "echo a a..b a b .b ''\necho a.b a a.b c .c b..c\necho .a '' .a '' b. a.b.\n"
                + "echo a.b a a.b '' c. b.c.\n"
        ),
        ("--plus echo {1:2}-{2%b} {-1^a} {3:-x} ::: abc ab ::: aab", "echo c-aa Aab \necho ''-aa Aab \n"),
        (
            "--plus echo {} {+/} {+.} {+..} {+...} {..} {...} {/..} {/...} ::: a b.c .x a.b.c a.b.c.d "
                + "a.b.c.d.e /a/b.c a/.x a/ / '' ../x a.b/c.d.e.f.g x.",
            "echo a '' '' '' '' a a a a\necho b.c '' c '' '' b.c b.c b.c b.c\n"
                + "echo .x '' x '' '' .x .x .x .x\necho a.b.c '' c b.c '' a a.b.c a a.b.c\n"
                + "echo a.b.c.d '' d c.d b.c.d a.b a a.b a\necho a.b.c.d.e '' e d.e c.d.e a.b.c a.b a.b.c a.b\n"
                + "echo /a/b.c /a c '' '' /a/b.c /a/b.c b.c b.c\necho a/.x a x '' '' a/.x a/.x .x .x\n"
                + "echo a/ a '' '' '' a/ a/ '' ''\necho / '' '' '' '' / / '' ''\necho '' '' '' '' '' '' '' '' ''\n"
                + "echo ../x .. /x '' '' ../x ../x x x\n"
                + "echo a.b/c.d.e.f.g a.b g f.g e.f.g a.b/c.d.e a.b/c.d c.d.e c.d\n"
                + "echo x. '' '' '' '' x. x. x. x.\n"
        ),
    ]

    @Test("--plus", arguments: plusCases)
    func plus(_ line: String, _ expected: String) throws {
        #expect(try CommandLines.texts(line) == expected)
    }

    static let pathsCases: [(String, String)] = [
        (
            "echo {} {.} {/} {//} {/.} ::: a b.c .x a.b.c /a/b.c a/.x /a a/ / a// a/b/ a/b.c/ ./x.y '' . "
                + ".. ../x a.b/c 'a b.c' x. x.. a/b. .a.b // //a a//b -x.y",
            "echo a a a . a\necho b.c b b.c . b\necho .x '' .x . ''\necho a.b.c a.b a.b.c . a.b\n"
                + "echo /a/b.c /a/b b.c /a b\necho a/.x a/ .x a ''\necho /a /a a / a\necho a/ a/ '' . ''\n"
                + "echo / / '' / ''\necho a// a// '' . ''\necho a/b/ a/b/ '' a ''\necho a/b.c/ a/b.c/ '' a ''\n"
                + "echo ./x.y ./x x.y . x\necho '' '' '' . ''\necho . '' . . ''\necho .. . .. . .\n"
                + "echo ../x ../x x .. x\necho a.b/c a.b/c c a.b c\necho 'a b.c' 'a b' 'a b.c' . 'a b'\n"
                + "echo x. x x. . x\necho x.. x. x.. . x.\necho a/b. a/b b. a b\necho .a.b .a .a.b . .a\n"
                + "echo // // '' / ''\necho //a //a a / a\necho a//b a//b b a b\necho -x.y -x -x.y . -x\n"
        )
    ]

    @Test("parts of paths", arguments: pathsCases)
    func paths(_ line: String, _ expected: String) throws {
        #expect(try CommandLines.texts(line) == expected)
    }
}
