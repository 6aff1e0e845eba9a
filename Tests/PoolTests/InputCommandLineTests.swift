import Testing

@testable import Pool

/// Which jobs a command line makes, as GNU parallel 20221122 makes them.
@Suite struct InputCommandLineTests {
    static let combinationsCases: [(String, String)] = [
        (
            "echo ::: a b c :::+ 1 2 3 ::: X Y :::+ 11 22",
            "echo a 1 X 11\necho a 1 Y 22\necho b 2 X 11\necho b 2 Y 22\necho c 3 X 11\necho c 3 Y 22\n"
        ),
        ("echo ::: a b c :::+ 1 2", "echo a 1\necho b 2\n"),
        ("echo ::: a b :::+ 1 2 3 4 ::: x y", "echo a 1 x\necho a 1 y\necho b 2 x\necho b 2 y\n"),
        ("echo ::: a b ::: x y :::+ 1 2 3 4 :::+ p q r", "echo a x 1 p\necho a y 2 q\necho b x 1 p\necho b y 2 q\n"),
        ("--link echo ::: a b c ::: 1 2 ::: z", "echo a 1 z\necho b 2 z\necho c 1 z\n"),
        ("--link echo ::: a b c ::: 1 2 :::+ z y", "echo a 1 z\necho b 2 y\necho c 1 z\n"),
        ("--xapply echo ::: a b c ::: 1 2", "echo a 1\necho b 2\necho c 1\n"),
        ("echo ::: '' a", "echo ''\necho a\n"),
        ("echo ::: a :::", "echo a ''\n"),
        ("echo ::: a ::: ''", "echo a ''\n"),
        ("echo ::: a b :::+", "echo a ''\n"),
        ("echo :::: f12 fabc", "echo 1 a\necho 1 b\necho 1 c\necho 2 a\necho 2 b\necho 2 c\n"),
        ("echo :::: f12 fempty", "echo 1 ''\necho 2 ''\n"),
        ("echo :::: fempty f12", "echo '' 1\necho '' 2\n"),
        ("echo :::: fempty", ""),
        (":::: fempty fempty", ""),
        ("echo :::: f12 ::::+ fabc", "echo 1 a\necho 2 b\n"),
        ("echo :::: f12 ::::+ fempty", "echo 1 ''\n"),
        ("echo :::: f12 ::::+ fabc fcsv", "echo 1 a 'n1,n2'\necho 2 b '1,2'\n"),
        ("echo :::: f12 :::+ x y z", "echo 1 x\necho 2 y\n"),
        ("-a f12 -a fabc echo", "echo 1 a\necho 1 b\necho 1 c\necho 2 a\necho 2 b\necho 2 c\n"),
        ("-a f12 -a fabc --link echo", "echo 1 a\necho 2 b\necho 1 c\n"),
        ("-a f12 echo :::: fabc", "echo 1 a\necho 1 b\necho 1 c\necho 2 a\necho 2 b\necho 2 c\n"),
        ("-a f12 echo {2} ::: p q", "echo p\necho q\necho p\necho q\n"),
        ("echo ::: p q :::: f12", "echo p 1\necho p 2\necho q 1\necho q 2\n"),
        ("--arg-sep ,, echo ::: {} ,, a b", "echo ::: a\necho ::: b\n"),
        ("--arg-sep ,, echo ::: {} ,, a b ,,+ c d ::: x", "echo ::: a c\necho ::: b d\n"),
        ("--arg-file-sep @@ echo {} @@ f12", "echo 1\necho 2\n"),
        ("--arg-sep :::: echo {} :::: f12", "echo 1\necho 2\n"),
        ("--arg-sep // --arg-file-sep /// echo {} // f12", "echo f12\n"),
        ("echo --link ::: a b", "echo --link a\necho --link b\n"),
        ("echo - :::: f12", "echo - 1\necho - 2\n"),
    ]

    @Test("input sources and their combinations", arguments: combinationsCases)
    func combinations(_ line: String, _ expected: String) throws {
        #expect(try CommandLines.texts(line) == expected)
    }

    static let recordsCases: [(String, String)] = [
        ("echo :::: fblank", "echo x\necho ''\necho ' y '\necho z\n"),
        ("-r echo :::: fblank", "echo x\necho ' y '\necho z\n"),
        ("-r echo '[{}]' :::: fcrlf", "echo ['a\r']\necho ['b\r']\n"),
        ("-r echo ::: '' ' ' a", "echo a\n"),
        ("-r echo ::: '' a ::: '' b", "echo a b\n"),
        ("-r -n2 echo ::: a '  ' b c", "echo a b\necho c\n"),
        ("-r -N2 echo {1}-{2} ::: a '' b c", "echo a-b\necho c-\n"),
        ("-r ::: ' ' a", "a\n"),
        ("-0 echo :::: f0", "echo a\necho 'b\nc'\n"),
        ("-d, echo :::: fcomma", "echo a\necho b\necho ''\necho c\necho '\n'\n"),
        ("-d , echo :::: fcomma", "echo a\necho b\necho ''\necho c\necho '\n'\n"),
        ("-d '\\n' echo :::: fabc", "echo a\necho b\necho c\n"),
        ("-d '\\t' echo :::: ftsv", "echo A\necho B\necho 'C\na1'\necho b1\necho 'c1\na2'\necho b2\necho 'c2\n'\n"),
        ("-d '\\0' echo :::: f0", "echo a\necho 'b\nc'\n"),
        ("-d '\\054' echo :::: fcomma", "echo a\necho b\necho ''\necho c\necho '\n'\n"),
        ("-d ', ' echo ::: 'a, b, c'", "echo a\necho b\necho c\n"),
        ("-d , echo ::: a,b,c d", "echo a\necho b\necho c\necho d\n"),
        ("-d b echo :::: fabc", "echo 'a\n'\necho '\nc\n'\n"),
        ("-E b echo :::: fabc", "echo a\n"),
        ("-Eb echo :::: fabc", "echo a\n"),
        ("-eb echo :::: fabc", "echo a\n"),
        ("--eof=b echo :::: fabc", "echo a\n"),
        ("-E b echo ::: a b c ::: x b y", "echo a x\n"),
        ("-E b echo ::: x y ::: a b c", "echo x a\necho y a\n"),
        ("-E b -n2 echo ::: a a a b c", "echo a a\necho a\n"),
        ("-E '' echo ::: 1 '' 3", "echo 1\necho ''\necho 3\n"),
        ("-e -k echo ::: 1 '' 3", "echo 1\necho ''\necho 3\n"),
        ("--trim l echo ::: ' a  b '", "echo 'a  b '\n"),
        ("--trim r echo ::: ' a  b '", "echo ' a  b'\n"),
        ("--trim lr echo ::: '\ta  b '", "echo 'a  b'\n"),
        ("--trim n echo ::: '\ta  b '", "echo '\ta  b '\n"),
        ("--skip-first-line echo :::: fabc", "echo b\necho c\n"),
        ("--skip-first-line echo ::: 1 2 3", "echo 2\necho 3\n"),
    ]

    @Test("records", arguments: recordsCases)
    func records(_ line: String, _ expected: String) throws {
        #expect(try CommandLines.texts(line) == expected)
    }

    static let columnsCases: [(String, String)] = [
        ("--colsep , echo {2} {1} :::: fcsv", "echo n2 n1\necho 2 1\necho 4 3\n"),
        ("--colsep , echo {} :::: fcsv", "echo n1 n2\necho 1 2\necho 3 4\n"),
        ("--colsep , echo '[{2}]' :::: fcsv", "echo [n2]\necho [2]\necho [4]\n"),
        ("--colsep , --trim n echo '{2}' :::: fcsv", "echo n2\necho 2\necho ' 4 '\n"),
        ("--colsep , --trim l echo '{2}' :::: fcsv", "echo n2\necho 2\necho '4 '\n"),
        ("--colsep '\\t' echo {3} {1} :::: ftsv", "echo C A\necho c1 a1\necho c2 a2\n"),
        ("--colsep '\\s+' echo {3} {1} :::: ftsv", "echo C A\necho c1 a1\necho c2 a2\n"),
        (
            "--colsep - echo {4} {3} {2} {1} ::: A-B C-D ::: e-f g-h",
            "echo f e B A\necho h g B A\necho f e D C\necho h g D C\n"
        ),
        ("--colsep ' ' echo ::: ' a  b '", "echo '' a '' b ''\n"),
        ("--colsep '\\|' echo {2} ::: ' a | b|c '", "echo b\n"),
        ("-C, echo {2} ::: a,b", "echo b\n"),
        ("-C , -N2 echo {2} {3} ::: a,b c,d", "echo b c\n"),
        ("--colsep , -X -j1 echo {2}x{1} ::: a,b c,d", "echo bxa\n"),
        ("--colsep , echo {-1} {-2} ::: a,b,c d,e", "echo c b\necho e d\n"),
        ("--colsep , -r echo ::: '' a,b", "echo a b\n"),
        ("-r --colsep , echo ::: , a, ,", "echo '' ''\necho a ''\necho '' ''\n"),
        ("-C ' +' echo {2} ::: 'a   b'", "echo b\n"),
        ("-C '[,;]' echo {3} ::: 'a,b;c'", "echo c\n"),
        ("-C '\\s*,\\s*' echo {2} ::: 'a , b ,c'", "echo b\n"),
        ("--colsep :: echo {2} ::: a::b", "echo b\n"),
        ("--colsep . echo {2} ::: a.b", "echo ''\n"),
        ("--header : --colsep '\\t' echo {A} {C} :::: ftsv", "echo a1 c1\necho a2 c2\n"),
        ("--header : --colsep '\\t' echo {1} {B.} {B/} :::: ftsv", "echo a1 b1 b1\necho a2 b2 b2\n"),
        ("--header : echo {} :::: ftsv", "echo a1 b1 c1\necho a2 b2 c2\n"),
        ("--header : echo {a} {b} ::: a 1 2 ::: b 3 4", "echo 1 3\necho 1 4\necho 2 3\necho 2 4\n"),
        ("--header : echo ::: a 1 2 ::: b 3 4", "echo 1 3\necho 1 4\necho 2 3\necho 2 4\n"),
        ("--header : --colsep , echo {n1} {n2} :::: fcsv", "echo 1 2\necho 3 4\n"),
        (
            "--header : echo {foo/} {foo.} {foo//} {foo/.} {1foo} {foo1} ::: foo a/b.c",
            "echo b.c a/b a b {1foo} {foo1}\n"
        ),
        ("--header : --colsep , echo {n1} {x} :::: fcsv ::: x 7 8", "echo 1 7\necho 1 8\necho 3 7\necho 3 8\n"),
        ("--header : echo {a} {b} ::: a 1 2 :::+ b 3 4", "echo 1 3\necho 2 4\n"),
        ("--header 0 echo {f12} {fabc} :::: f12 fabc", "echo 1 a\necho 1 b\necho 1 c\necho 2 a\necho 2 b\necho 2 c\n"),
        ("--header '.*\\n' echo {a} ::: a 1 2", "echo 1\necho 2\n"),
        ("--header : echo {} :::: fempty", ""),
        ("--header : echo {a} ::: a", ""),
        ("--header : -N2 echo {a} {1} {2} ::: a 1 2", "echo 1 1 2\n"),
        ("--header : --link echo {a} {b} ::: a 1 2 ::: b 3 4 5", "echo 1 3\necho 2 4\necho 1 5\n"),
        (
            "--header : --colsep '\\t' echo {A}={C/} {#} :::: ftsv ::: 'x y' 1 2",
            "echo a1=c1 1\necho a1=c1 2\necho a2=c2 3\necho a2=c2 4\n"
        ),
        ("--header : echo '{x y}' ::: 'x y' 1 2", "echo 1\necho 2\n"),
        ("--header : echo '[{a}]' ::: a ' x '", "echo [' x ']\n"),
    ]

    @Test("columns and headers", arguments: columnsCases)
    func columns(_ line: String, _ expected: String) throws {
        #expect(try CommandLines.texts(line) == expected)
    }

    static let batchesCases: [(String, String)] = [
        ("-n2 echo ::: a b c d e", "echo a b\necho c d\necho e\n"),
        ("-n2 echo {} x ::: a b c d e", "echo a b x\necho c d x\necho e x\n"),
        ("-n2 echo {1} {2} x ::: a b c d e", "echo a b x\necho c d x\necho e  x\n"),
        ("-n2 foo ::: 'a b' 'c d' e", "foo 'a b' 'c d'\nfoo e\n"),
        ("-n1 echo ::: 1 2", "echo 1\necho 2\n"),
        ("-N2 foo {2} {1} ::: 'a b' 'c d' e", "foo 'c d' 'a b'\nfoo  e\n"),
        ("-N2 echo {2} ::: a b c d e", "echo b\necho d\necho \n"),
        ("-N3 echo {3}-{2} ::: a b c d e", "echo c-b\necho -e\n"),
        ("-N3 'echo {1} {2} {3}' ::: 1 2 3 4 5 6 7", "echo 1 2 3\necho 4 5 6\necho 7  \n"),
        ("-j2 -N3 -X echo x{}y ::: a b c d e", "echo xay xby xcy\necho xdy\necho xey\n"),
        ("-j2 -N3 -m echo x{}y ::: a b c d e", "echo xay xby xcy\necho xdy\necho xey\n"),
        ("-j2 -n3 -m echo x{}y ::: a b c d e", "echo xa b cy\necho xdy\necho xey\n"),
        ("-n3 echo x{}y ::: a b c d e", "echo xa b cy\necho xd ey\n"),
        ("-n3 --xargs echo x{}y ::: a b c d e", "echo xa b cy\necho xd ey\n"),
        ("-N2 --xargs echo x{} ::: a b c", "echo xa xb\necho xc\n"),
        ("-n0 echo x{}y ::: a b c", "echo xy\necho xy\necho xy\n"),
        ("-n0 echo x ::: a b c", "echo x \necho x \necho x \n"),
        ("-N0 echo x{}y {#} ::: a b c", "echo xy 1\necho xy 2\necho xy 3\n"),
        ("-j1 -X echo x{}y z{.}w {#} ::: a b c d e", "echo xay xby xcy xdy xey zaw zbw zcw zdw zew 1\n"),
        ("-j1 -X echo x{}y{} ::: a b c", "echo xaya xbyb xcyc\n"),
        ("-j1 -X echo x{}y{.} ::: a.b b.c c", "echo xa.bya xb.cyb xcyc\n"),
        ("-j1 -X 'echo {1} {}' ::: a b c", "echo a a b c\n"),
        ("-j1 -X 'echo {1}' ::: a b c", "echo a\n"),
        ("-j1 -X 'echo x{1}-{}' ::: a b c", "echo xa-a xa-b xa-c\n"),
        ("-j1 -X 'echo {#} {}x{#}' ::: a b c", "echo 1 ax1 bx1 cx1\n"),
        ("-j1 -X echo {.}.o -o{} ::: a.c b.c", "echo a.o b.o -oa.c -ob.c\n"),
        ("-j1 -X 'echo \"{}\"' ::: a b", "echo \"a\" \"b\"\n"),
        ("-j1 -m 'echo \"{}\" \"a{}b\"' ::: a b", "echo \"a b\" \"aa bb\"\n"),
        ("-j1 -m 'echo {} end {}' ::: a b c", "echo a b c end a b c\n"),
        ("-j2 -X echo ::: 1 2 3 4 5 6 7", "echo 1 2 3 4\necho 5 6 7\n"),
        ("-j2 -m echo ::: 1 2 3 4 5 6 7", "echo 1 2 3 4\necho 5 6 7\n"),
        ("--xargs echo ::: 1 2 3 4 5 6 7", "echo 1 2 3 4 5 6 7\n"),
        ("-j3 -X echo ::: 1 2 3 4 5 6 7 8 9 10", "echo 1 2 3 4\necho 5 6 7 8\necho 9 10\n"),
        ("-j4 -X echo ::: 1 2 3 4 5 6 7 8 9 10", "echo 1 2 3\necho 4 5 6\necho 7 8 9\necho 10\n"),
        ("-j8 -X echo ::: 1 2 3", "echo 1\necho 2\necho 3\n"),
        ("-j2 -X -n3 echo ::: 1 2 3 4 5 6", "echo 1 2 3\necho 4 5\necho 6\n"),
        ("-j2 -X -n3 echo ::: 1 2 3 4 5 6 7", "echo 1 2 3\necho 4 5 6\necho 7\n"),
        ("-j2 -X -n3 echo ::: 1 2 3 4 5 6 7 8", "echo 1 2 3\necho 4 5 6\necho 7\necho 8\n"),
        ("-j2 -m -n2 echo ::: 1 2 3 4 5 6 7", "echo 1 2\necho 3 4\necho 5 6\necho 7\n"),
        ("-j2 -X echo ::: 1 2 ::: 3 4", "echo 1 3 1 4\necho 2 3 2 4\n"),
        ("-j1 -X echo {2} {1} ::: 1 2 ::: 3 4", "echo 3 1\n"),
        ("-j1 -X echo {} ::: 1 2 ::: 3 4", "echo 1 3 1 4 2 3 2 4\n"),
        ("-n2 -j1 echo {1} {2} {3} {4} ::: 1 2 ::: 3 4", "echo 1 3 1 4\necho 2 3 2 4\n"),
        ("-N2 -j1 echo {} ::: 1 2 ::: 3 4", "echo 1 3 1 4\necho 2 3 2 4\n"),
        ("-N2 --link echo {} ::: 1 2 ::: 3 4", "echo 1 3 2 4\n"),
        ("-N1 echo x{} ::: a ::: b c", "echo xa xb\necho xa xc\n"),
        ("-n1 -X echo x{} ::: a b c", "echo xa\necho xb\necho xc\n"),
        ("-j1 -s 20 echo ::: 1 2 3", "echo 1\necho 2\necho 3\n"),
        ("-j1 -s 20 -X echo x{} ::: 1 2 3 4 5 6 7 8 9 10", "echo x1 x2 x3 x4 x5\necho x6 x7 x8 x9\necho x10\n"),
        ("-j1 -s 20 --xargs echo x{} ::: 1 2 3 4 5 6 7 8 9 10", "echo x1 2 3 4 5 6 7\necho x8 9 10\n"),
        ("-j1 -s 21 --xargs echo x{} ::: 1 2 3 4 5 6 7 8 9 10", "echo x1 2 3 4 5 6 7\necho x8 9 10\n"),
        ("-j2 -s 20 -m echo ::: 1 2 3 4 5 6 7 8 9 10 11 12 13", "echo 1 2 3 4 5 6 7\necho 8 9 10 11 12\necho 13\n"),
        ("-j2 -s 20 -n5 echo ::: aaaa bbbbb cccc dddd eeee fff", "echo aaaa bbbbb\necho cccc dddd eeee\necho fff\n"),
        ("-j1 -s 20 -X echo ::: 'a b' 'c d' 'e f' 'g h'", "echo 'a b' 'c d'\necho 'e f' 'g h'\n"),
        ("-j1 -s 20 -X echo {} {} ::: a b c d e f g h", "echo a b c a b c\necho d e f d e f\necho g h g h\n"),
        ("-j1 -s 20 -X echo {}x{} ::: a b c d e f g h", "echo axa bxb cxc\necho dxd exe fxf\necho gxg hxh\n"),
        ("-j1 -s 20 -m echo {}x{} ::: a b c d e f g h", "echo a b cxa b c\necho d e fxd e f\necho g hxg h\n"),
        ("-j1 -s 16 -N 10 echo ::: a b c d e f g h i j k", "echo a b c d e\necho f g h i j\necho k\n"),
        ("-L2 echo :::: f12 fabc", "echo 1 a 1 b\necho 1 c 2 a\necho 2 b 2 c\n"),
        ("-L0 echo x :::: fabc", "echo x \necho x \necho x \n"),
        ("-L2 echo x{}y :::: fabc", "echo xay xby\necho xcy\n"),
        ("-L2 --xargs echo x{}y :::: fabc", "echo xa by\necho xcy\n"),
        ("-L3 echo foo ',{-1}' 'a/b{//}y' ::: a.b a- ::: ' '", "echo foo ,' ' a/b.y a/b.y a/b.y a/b.y\n"),
        ("-N4 echo 'x{/.}y' -{2}- ::: a/b.c d e/f g h", "echo xby xdy xfy xgy -d-\necho xhy --\n"),
        ("-l echo :::: fabc", "echo a\necho b\necho c\n"),
        ("-l2 echo :::: fabc", "echo a b\necho c\n"),
        ("-l 2 echo ::: 1 2", "echo 1 2\n"),
        ("-l0 echo :::: fabc", "echo a\necho b\necho c\n"),
        ("-L 2 -l echo ::: 1 2", "echo 1\necho 2\n"),
        ("--max-lines 2 echo x{}y :::: fabc", "echo xa by\necho xcy\n"),
        ("-j2 -L2 -m echo x{} ::: a b c d e f", "echo xa b\necho xc d\necho xe\necho xf\n"),
        ("-L1 echo :::: fcont", "echo 'a b c d'\necho e\necho ''\necho ' f '\n"),
        ("-L2 echo :::: fcont", "echo 'a b c d' e\necho '' ' f '\n"),
        ("-n2 echo :::: fcont", "echo 'a b ' 'c d'\necho e ''\necho ' ' 'f '\n"),
        ("-L1 -X -j1 echo x{} ::: a b c", "echo xa\necho xb\necho xc\n"),
        ("-L1 --colsep ' ' echo {1}-{2} :::: fcont", "echo a-b\necho e-\necho ''-\necho ''-f\n"),
    ]

    @Test("several arguments a job", arguments: batchesCases)
    func batches(_ line: String, _ expected: String) throws {
        #expect(try CommandLines.texts(line) == expected)
    }
}
