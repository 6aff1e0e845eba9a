import Bytes
import Syntax
import Testing

@Suite struct WordTests {
    @Test(arguments: [
        Case("'a b'\"c d\"e\\ f", "<sq a b><dq c d>e<esc  >f"),
        Case("'' \"\"", "<sq > <dq >"),
        Case("\\a\\b\\é", "<esc abé>"),
        Case("a\\\nb", "ab"),
        Case("\"a\\$\\`\\\"\\\\\\b\\\nc\"", "<dq a$`\"\\\\bc>"),
        Case("\"a\nb\"", "<dq a\nb>"),
        Case("$'a\\n\\t\\'\\x41\\101\\u00e9\\cA\\e\\q'", "<dsq a\n\t'AAé\u{1}\u{1B}\\q>"),
        Case("$'a\\0b'c", "<dsq a>c"),
        Case("\"$'a'\"", "<dq $'a'>"),
        Case("$\"a\"", "<dq a>"),
        Case("$ a$ \"$\" $%", "$ a$ <dq $> $%"),
        Case("~ ~/a ~b/c a~ \"~\" ~$x ~\\a ~a:b", "<~> <~>/a <~b>/c a~ <dq ~> ~<x> ~<esc a> ~a:b"),
    ])
    func quoting(_ test: Case) { #expect(meaning("echo " + test.source) == "echo " + test.expected) }

    @Test(arguments: [
        Case("$x$y ${x}y $1$10 $@", "<x><y> <x>y <#1><#1>0 <$@>"),
        Case("${10} ${0} ${00} $0", "<#10> <$0> <$0> <$0>"),
        Case("$# $? $- $$ $! $* ${#} ${?}", "<$#> <$?> <$-> <$$> <$!> <$*> <$#> <$?>"),
        Case("${x-a} ${x:-b c} ${x=} ${x:=d}", "<x - a> <x :- b c> <x = > <x := d>"),
        Case("${x?} ${x:?a b} ${x+c} ${x:+$d}", "<x ? nil> <x :? a b> <x + c> <x :+ <d>>"),
        Case(
            "${#x} ${##} ${#-} ${#?} ${#@} ${#:-a} ${#-a} ${##a}",
            "<length x> <length $#> <length $-> <length $?> <length $@> <$# :- a> <$# - a> <$# # a>"),
        Case("${x#a*} ${x##'b'} ${x%\"c\"} ${x%%$d}", "<x # a*> <x ## <sq b>> <x % <dq c>> <x %% <d>>"),
        Case(
            "${!x} ${!x*} ${!x@} ${!a[@]} ${!a[*]} ${!x:-y} ${!} ${!-x}",
            "<!x> <names x true> <names x false> <keys a false> <keys a true> <!x :- y> <$!> <$! - x>"),
        Case(
            "${a[1]} ${a[@]} ${a[*]} ${#a[@]} ${a[$i + b[2]]} ${a[x]:-y}",
            "<a[1]> <a[@]> <a[*]> <length a[@]> <a[<i> + b[2]]> <a[x] :- y>"),
        Case(
            "${x/a/b} ${x//a} ${x/#a/} ${x/%a/$b} ${x////-} ${x/\\//c}",
            "<x replace first a by b> <x replace all a by > <x replace prefix a by > "
                + "<x replace suffix a by <b>> <x replace all / by -> <x replace first <esc /> by c>"),
        Case(
            "${x:1} ${x:1:2} ${x: -1} ${x:a?b:c:d} ${x::2} ${@:2}",
            "<x from 1> <x from 1 length 2> <x from (minus 1)> <x from (? a b c) length d> "
                + "<x from 0 length 2> <$@ from 2>"),
        Case(
            "${x^} ${x^^} ${x,} ${x,,[a-c]} ${x@Q}",
            "<x upperFirst> <x upperAll> <x lowerFirst> <x lowerAll [a-c]> <x @ Q>"),
        Case("${x:-${y:-${z}}} ${x:-a}b}", "<x :- <y :- <z>>> <x :- a>b}"),
        Case("${x:-a\nb} ${x:-'}'} ${x:-\"}\"} ${x:-\\}}", "<x :- a\nb> <x :- <sq }>> <x :- <dq }>> <x :- <esc }>>"),
        Case("${x:-~/a} ${x:-{a,b}}", "<x :- <~>/a> <x :- {a,b>}"),
        Case(
            "\"${x:-a b}\" \"${x:-\"a}b\"}\" \"${x:-'a'}\" \"${x:-\\}\\$\\a}\"",
            "<dq <x :- a b>> <dq <x :- a}b>> <dq <x :- 'a'>> <dq <x :- }$\\a>>"),
        Case(
            "\"${x#'a'}\" \"${x%\"b\"}\" \"${x/'c'/\"d\"}\"",
            "<dq <x # <sq a>>> <dq <x % <dq b>>> <dq <x replace first <sq c> by <dq d>>>"),
        Case("${} ${(%):-x} ${x y} ${x!}", "<invalid > <invalid (%):-x> <invalid x y> <invalid x!>"),
        Case("$\\\nx ${\\\nx\\\n} $\\\n(a)", "<x> <x> <cmd a>"),
    ])
    func parameters(_ test: Case) { #expect(meaning("echo " + test.source) == "echo " + test.expected) }

    @Test(arguments: [
        Case("$(a; b) \"$(c \"d\")\" $() $( )", "<cmd a ; b> <dq <cmd c <dq d>>> <cmd > <cmd >"),
        Case("$(case x in x) echo y;; esac)", "<cmd (case x x) echo y;;)>"),
        Case("$(a # ) it's\n)", "<cmd a>"),
        Case("`a 'b'` `a \\`b \\\\\\`c\\\\\\`\\``", "<cmd a <sq b>> <cmd a <cmd b <cmd c>>>"),
        Case(
            "`echo \\$x \\\\a` \"`echo \\\"b\\\"`\" `echo \\\"b\\\"`",
            "<cmd echo <x> <esc a>> <dq <cmd echo <dq b>>> <cmd echo <esc \">b<esc \">>"),
        Case("$((1 + 2)) $(( (1) )) $(($x + ${y}))", "<arith (add 1 2)> <arith 1> <arith (add <x> <y>)>"),
        Case(
            "$((a); (b)) $((a) ) $( (a))",
            "<cmd (subshell a) ; (subshell b)> <cmd (subshell a)> <cmd (subshell a)>"),
        Case("$(($a$b)) $((1$x)) $((\"1\" + \\$x))", "<arith text <a><b>> <arith text 1<x>> <arith text 1 + $x>"),
        Case("<(a b) c>(d)", "<from a b> c<to d>"),
    ])
    func substitutions(_ test: Case) { #expect(meaning("echo " + test.source) == "echo " + test.expected) }

    @Test(arguments: [
        Case("{a,b} {a} {} {a {,} x{a,}y", "<any a or b> {a} {} {a <any  or > x<any a or >y"),
        Case(
            "{a,b{c,d}} {{a,b},c} {a,{b,c} {a}{b,c}",
            "<any a or b<any c or d>> <any <any a or b> or c> {a,<any b or c> {a}<any b or c>"),
        Case("{1..3} {a..z..2} {1..a} {1..2..x} {-3..+3}", "<range 1 3> <range a z 2> {1..a} {1..2..x} <range -3 +3>"),
        Case(
            "{a,'b c',$d,\"e\"} \\{a,b} {a\\,b} \"{a,b}\"",
            "<any a or <sq b c> or <d> or <dq e>> <esc {>a,b} {a<esc ,>b} <dq {a,b}>"),
        Case("{~,~a/b,c~} x{~,y} {a,~}z", "<any <~> or <~a>/b or c~> x<any ~ or y> <any a or ~>z"),
        Case("${x}{a,b} a{b,c}d{e,f}", "<x><any a or b> a<any b or c>d<any e or f>"),
        Case("{a,b}} {{a,b}", "<any a or b>} {<any a or b>"),
    ])
    func braces(_ test: Case) { #expect(meaning("echo " + test.source) == "echo " + test.expected) }

    @Test func bytesThatAreNoText() throws {
        let list = try Parser.parse(Bytes([0x61, 0x20, 0xFF, 0xFE, 0x5C, 0x80, 0x27, 0xC3, 0x27]))
        guard case .simple(let command) = list.items[0].first.commands[0] else { return #expect(Bool(false)) }
        #expect(
            command.words[1].parts == [
                .literal(Bytes([0xFF, 0xFE])), .escaped(Bytes([0x80])), .singleQuoted(Bytes([0xC3])),
            ])
    }
}
