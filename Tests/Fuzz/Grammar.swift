// Writes plausible shell: random derivations of a small grammar, with the pieces in which shells have always had their
// errors: empty and unset parameters, quotes inside of braces, patterns, nesting, jumps out of odd places.
//
// Beside the fuzzer's own mutations of bytes, which find what a parser trips over, these find what an interpreter does.

struct Grammar {
    private var state: UInt64
    private var budget: Int

    init(seed: UInt64, budget: Int = 60) {
        state = seed | 1
        self.budget = budget
    }

    private mutating func random(_ count: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(truncatingIfNeeded: (state >> 33) % UInt64(count))
    }

    private mutating func any(_ list: [String]) -> String { list[random(list.count)] }

    // MARK: Commands

    mutating func script() -> String {
        var text = ""
        for _ in 0...random(6) { text += list() + "\n" }
        return text
    }

    private mutating func list() -> String {
        budget -= 1
        switch random(8) {
        case 0: return pipeline() + " && " + pipeline()
        case 1: return pipeline() + " || " + pipeline()
        case 2: return pipeline() + "; " + pipeline()
        case 3: return "! " + pipeline()
        default: return pipeline()
        }
    }

    private mutating func pipeline() -> String {
        random(5) == 0 ? command() + " | " + command() : command()
    }

    private mutating func command() -> String {
        budget -= 1
        guard budget > 0 else { return any([":", "echo", "a=1", "true", "shift", "f a"]) }
        switch random(27) {
        case 0: return "if \(list()); then \(list()); else \(list()); fi" + redirections()
        case 1: return "for \(name()) in \(words()); do \(list()); done" + redirections()
        case 2: return "while \(list()); do \(list()); break; done" + redirections()
        case 3: return "until \(list()); do \(list()); done"
        case 4:
            return "case \(word()) in \(pattern())|\(pattern())) \(list());; *) \(list())" + any([";;", ";&", ";;&"])
                + " esac"
        case 5: return "{ \(list()); }" + redirections()
        case 6: return "( \(list()) )" + redirections()
        case 7: return "\(any(["f", "g", "echo", "test"]))() { \(list()); }"
        case 8: return "[[ \(condition()) ]]"
        case 9: return "(( \(arithmetic()) ))"
        case 10: return "for (( \(arithmetic()); \(arithmetic()); \(arithmetic()) )); do \(list()); break; done"
        case 11: return "eval \(word()) '\(budget > 30 ? "" : "echo $a")'"
        case 12: return "cat <<\(any(["E", "'E'", "-E"]))\n\(word())\nE\n"
        case 13: return assignment() + " " + assignment()
        case 14, 15: return builtin()
        case 16: return "f \(words())"
        case 17:
            return
                "trap \(any(["'echo t'", "''", "-", "'f'", "'exit 3'"])) \(any(["EXIT", "INT", "ERR", "DEBUG", "RETURN"]))"
        case 18:
            return
                "set \(any(["-e", "+e", "-u", "+u", "-f", "+f", "-x", "+x", "-C", "-o pipefail", "-- a b 'c d'", "--"]))"
        case 19:
            return
                "shopt -\(any(["s", "u"])) \(any(["extglob", "nullglob", "globstar", "nocasematch", "lastpipe", "dotglob"]))"
        case 20: return "echo \(words())" + redirections()
        case 21: return assignment() + " " + builtin()
        case 22: return "select \(name()) in \(words()); do \(list()); break; done <<< 1"
        case 24: return "pfor \(any(["", "-k", "-j2 -k"])) \(name()) in \(words()); do \(list()); done" + redirections()
        case 25: return "pwhile \(any(["", "-k", "-j 2"])) ((q++ < 3)) && \(list()); do \(list()); done"
        case 23: return "{ \(list()); } always { \(list()); \(any(["", "TRY_BLOCK_ERROR=0;", "TRY_BLOCK_ERROR=1;"])) }"
        default: return any(["echo", "printf '%s\\n'", ":", "f"]) + " " + words()
        }
    }

    private mutating func builtin() -> String {
        switch random(29) {
        case 0: return "read \(any(["", "-r", "-d x", "-n 2", "-a arr"])) \(name()) \(name()) <<< \(word())"
        case 1:
            return
                "printf \(any(["'%s %d\\n'", "%b", "'%q '", "'%5.2s|'", "%c", "'%x %o'", "%e", "'%*d'", "-v a %s"])) \(words())"
        case 2: return "test \(word()) \(any(["=", "!=", "-eq", "-lt", "-nt", "<", "-a", "-o", ""])) \(word())"
        case 3: return "export \(assignment())"
        case 4: return "readonly \(any(["r", "q"]))=\(word())"
        case 5: return "local \(assignment())"
        case 6: return "unset \(any(["", "-f", "-v"])) \(any(["a", "b", "f", "g", "arr", "'arr[1]'", "IFS", "OPTIND"]))"
        case 7: return "shift \(any(["", "1", "2", "99"]))"
        case 8: return any(["break", "continue", "return", "exit"]) + " " + any(["", "1", "2", "x"])
        case 9: return "getopts ab:c \(name()) \(words())"
        case 10: return "cd \(any([".", "..", "-", "d", "nosuch", ""]))"
        case 11: return "declare \(any(["-i", "-a", "-A", "-r", "-x", "-l", "-u", "-p", "-n", "-g"])) \(assignment())"
        case 12: return "let \(any(["a=1", "'a += b'", "a++", "'1/0'", "''"]))"
        case 13: return "command \(any(["", "-v", "-V", "-p"])) \(word())"
        case 14: return "type \(word())"
        case 15: return "alias \(name())=\(word())"
        case 16: return "unalias \(any(["-a", "a"]))"
        case 17: return "umask \(any(["", "022", "-S", "u=rwx,g-w"]))"
        case 18: return ". ./\(any(["script", "nosuch"]))"
        case 19: return "mapfile -t arr <<< \(word())"
        case 20: return "exec \(any(["3>&1", "3>&-", "2>&1", "4<script", "<script"]))"
        case 21:
            return any([
                "set", "export -p", "trap", "alias", "times", "jobs", "hash", "dirs", "shopt", "set -o", "declare -p",
            ])
        case 22: return "pushd \(any([".", "d", "+1"])); popd"
        case 23: return "IFS=\(any(["", "':'", "' '", "'a'", "$'\\n'"]))"
        case 24: return "wait \(any(["", "1", "%1"]))"
        case 25: return "kill \(any(["-l", "-l 130", "-s TERM 1", "0"]))"
        case 27: return "defer \(any(["", "'exit 2'", "-l", "'f'", "echo"])) \(words())"
        case 26: return "ulimit \(any(["-n", "-a", "-f"]))"
        default: return any(["true", "false", ":", "pwd", "echo -n x", "unset a b"])
        }
    }

    private mutating func redirections() -> String {
        switch random(10) {
        case 0: return " >out"
        case 1: return " 2>&1"
        case 2: return " <script"
        case 3: return " 3>&1 >&3 3>&-"
        case 4: return " >&-"
        case 5: return " <<< \(word())"
        default: return ""
        }
    }

    // MARK: Words

    private mutating func name() -> String { any(["a", "b", "c", "i", "x", "arr", "IFS", "r"]) }

    private mutating func assignment() -> String {
        switch random(8) {
        case 0: return "arr=(\(words()))"
        case 1: return "arr[\(arithmetic())]=\(word())"
        case 2: return "\(name())+=\(word())"
        case 3: return "arr+=(\(words()))"
        default: return "\(name())=\(word())"
        }
    }

    private mutating func words() -> String {
        var text = ""
        for _ in 0..<random(4) { text += word() + " " }
        return text
    }

    private mutating func word() -> String {
        budget -= 1
        var text = part()
        while budget > 0 && random(3) == 0 { text += part() }
        return text
    }

    private mutating func part() -> String {
        guard budget > 0 else { return any(["a", "1", "''", "$a", "\"$@\""]) }
        switch random(22) {
        case 0:
            return
                "$\(any(["a", "b", "1", "9", "@", "*", "#", "?", "-", "$", "!", "0", "_", "RANDOM", "LINENO", "IFS"]))"
        case 1: return "\"\(quoted())\""
        case 2: return "'\(any(["", "a b", "*", "\\", "$a", "é", "\u{7F}"]))'"
        case 3, 4: return parameter()
        case 5: return "$(\(list()))"
        case 6: return "$((\(arithmetic())))"
        case 7: return "`echo \(any(["a", "$a", "\\$a", "\"a b\""]))`"
        case 8: return "$'\(any(["\\n", "\\x41", "\\u00e9", "\\'", "\\c", "\\400"]))'"
        case 9: return any(["~", "~root", "~+", "~nosuch"])
        case 10: return "{\(any(["a,b", "1..3", "3..1..2", "a..c", ",", "a", "1..99999999"]))}"
        case 11: return pattern()
        case 12: return any(["\\a", "\\\n", "\\$", "\\*"])
        case 13: return "\"$@\""
        default: return any(["a", "b", "1", "0", "-n", "abc", "a b", "é", "x=y", "/", ".", "", "08", "-1"])
        }
    }

    private mutating func quoted() -> String {
        switch random(8) {
        case 0: return parameter()
        case 1: return "$(\(list()))"
        case 2: return "$((\(arithmetic())))"
        case 3: return "$a b$@c"
        case 4: return "\\\" \\$ \\\\ \\a"
        default: return any(["", "a b", "*", "$a", "$*", "${arr[@]}", "${arr[*]}"])
        }
    }

    private mutating func parameter() -> String {
        let subject = any([
            "a", "b", "1", "@", "*", "arr[@]", "arr[*]", "arr[1]", "arr[-1]", "#", "IFS", "nosuch", "10", "!", "?",
        ])
        switch random(20) {
        case 0: return "${\(subject):-\(word())}"
        case 1: return "${\(subject):=\(word())}"
        case 2: return "${\(subject)+\(word())}"
        case 3: return "${\(subject):?\(word())}"
        case 4: return "${\(subject)#\(pattern())}"
        case 5: return "${\(subject)##\(pattern())}"
        case 6: return "${\(subject)%\(pattern())}"
        case 7: return "${\(subject)%%\(pattern())}"
        case 8: return "${\(subject)/\(pattern())/\(word())}"
        case 9: return "${\(subject)//\(pattern())/\(word())}"
        case 10: return "${\(subject):\(arithmetic())}"
        case 11: return "${\(subject): \(arithmetic()):\(arithmetic())}"
        case 12: return "${#\(subject)}"
        case 13: return "${\(subject)\(any(["^", "^^", ",", ",,", "~", "@Q", "@E", "@U", "@A", "@a", "@P", "@K"]))}"
        case 14: return "${!\(subject)}"
        case 15: return "${!\(any(["a*", "a@", "arr[@]", "arr[*]"]))}"
        default: return "${\(subject)}"
        }
    }

    private mutating func pattern() -> String {
        budget -= 1
        guard budget > 0 else { return any(["*", "a", "?"]) }
        switch random(14) {
        case 0: return "*"
        case 1: return "?"
        case 2:
            return
                "[\(any(["a-c", "!a", "^b", "]", "[:alpha:]", "[:nosuch:]", "[=a=]", "[.a.]", "a-", "-", "z-a", "\\]"]))]"
        case 3: return "\(any(["?", "*", "+", "@", "!"]))(\(pattern())|\(pattern()))"
        case 4: return pattern() + pattern()
        case 5: return "\"\(any(["*", "a", "$a"]))\""
        case 6: return "*/"
        case 7: return "**"
        case 8: return "[a"
        case 9: return "$a"
        default: return any(["a", "b*", "*c", "*a*", "é", ".", "\\*"])
        }
    }

    mutating func arithmetic() -> String {
        budget -= 1
        guard budget > 0 else { return any(["1", "a", "0"]) }
        switch random(20) {
        case 0:
            return
                "\(arithmetic()) \(any(["+", "-", "*", "/", "%", "**", "<<", ">>", "&", "|", "^", "&&", "||", "<", "==", ","])) \(arithmetic())"
        case 1: return "(\(arithmetic()))"
        case 2: return "\(arithmetic()) ? \(arithmetic()) : \(arithmetic())"
        case 3:
            return
                "\(any(["a", "b", "i", "arr[1]", "r"])) \(any(["=", "+=", "-=", "*=", "/=", "%=", "<<=", "|="])) \(arithmetic())"
        case 4: return any(["a++", "++a", "a--", "--arr[0]", "i++"])
        case 5: return "\(any(["-", "+", "!", "~", "- -"]))\(arithmetic())"
        case 6: return "arr[\(arithmetic())]"
        case 7: return "$a"
        case 8: return "$((\(arithmetic())))"
        case 9: return "${#a}"
        default:
            return any([
                "0", "1", "2", "-1", "a", "b", "x", "010", "0x1F", "9223372036854775807", "-9223372036854775808", "64",
                "2#101",
                "36#z", "08", "99999999999999999999", "1.5", "",
            ])
        }
    }

    private mutating func condition() -> String {
        budget -= 1
        switch random(10) {
        case 0: return "\(word()) == \(pattern())"
        case 1: return "\(word()) =~ \(any(["a.c", "^(a|b)+$", "[a-c]*", "(", "\"*\"", "$a"]))"
        case 2: return "\(arithmetic()) -lt \(arithmetic())"
        case 3: return "-\(any(["n", "z", "f", "e", "v", "o", "d"])) \(word())"
        case 4 where budget > 0: return "! \(condition())"
        case 5 where budget > 0: return "( \(condition()) )"
        case 6 where budget > 0: return "\(condition()) \(any(["&&", "||"])) \(condition())"
        default: return "\(word()) \(any(["<", ">", "!=", "-nt", "-ef"])) \(word())"
        }
    }
}
