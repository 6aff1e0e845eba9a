import Bytes
import Glibc
import Platform
import Testing

@testable import Shell

@Suite struct EchoTests {
    @Test func echo() {
        let echo = BuiltinTester()
        #expect(echo("echo").output == "\n")
        #expect(echo("echo", "a", "b  c").output == "a b  c\n")
        #expect(echo("echo", "-n", "a").output == "a")
        #expect(echo("echo", "-nn", "-e", "a\\tb").output == "a\tb")
        #expect(echo("echo", "-e", "a\\cb", "c").output == "a")
        #expect(echo("echo", "-eE", "a\\tb").output == "a\\tb\n")
        #expect(echo("echo", "-x", "-n").output == "-x -n\n")
        #expect(echo("echo", "--", "-").output == "-- -\n")
        #expect(echo("echo", "-e", "\\0101\\101\\x41\\u00e9").output == "A\\101Aé\n")
        #expect(echo("echo", "a\\nb").output == "a\\nb\n")
    }
}

@Suite struct GetoptsTests {
    /// All results of `getopts letters o words…` until it says no more.
    private func scan(_ letters: Bytes, _ words: Bytes...) -> (results: [Bytes], index: Bytes?) {
        let shell = BuiltinTester()
        var results: [Bytes] = []
        while results.count < 20, shell.run(["getopts", letters, "o"] + words).status == 0 {
            results.append((shell.sh.variable("o") ?? "") + "=" + (shell.sh.variable("OPTARG") ?? "unset"))
        }
        #expect(shell.sh.variable("o") == "?")
        return (results, shell.sh.variable("OPTIND"))
    }

    @Test func options() {
        #expect(scan("ab:c", "-a", "-b", "x", "-c", "rest") == (["a=unset", "b=x", "c=unset"], "5"))
        #expect(scan("ab:c", "-acbx", "rest") == (["a=unset", "c=unset", "b=x"], "2"))
        #expect(scan("ab", "-a", "--", "-b") == (["a=unset"], "3"))
        #expect(scan("ab", "-a", "-", "-b") == (["a=unset"], "2"))
        #expect(scan("a", "x", "-a") == ([], "1"))
        #expect(scan("b:", "-b", "-b") == (["b=-b"], "3"))
        #expect(scan("b:", "-b", "") == (["b="], "3"))
    }

    @Test func errors() {
        #expect(scan("a", "-x", "-a") == (["?=unset", "a=unset"], "3"))
        #expect(scan(":a", "-x", "-a") == (["?=x", "a=unset"], "3"))
        #expect(scan("b:", "-b") == (["?=unset"], "2"))
        #expect(scan(":b:", "-b") == ([":=b"], "2"))
        #expect(scan("a", "-:") == (["?=unset"], "2"))
        #expect(scan(":", "-:") == (["?=:"], "2"))
        #expect(BuiltinTester()("getopts", "a").status == 2)
        #expect(BuiltinTester()("getopts", "a", "1x").status == 2)
    }

    @Test func startsAnewWhenOptindIsSet() {
        let shell = BuiltinTester()
        shell.sh.context.positional = ["-ab"]
        _ = shell("getopts", "ab", "o")
        _ = shell.sh.assign("OPTIND", "1")
        _ = shell("getopts", "ab", "o")
        #expect(shell.sh.variable("o") == "a")
        _ = shell("getopts", "ab", "o")
        #expect(shell.sh.variable("o") == "b")
        #expect(shell.sh.variable("OPTIND") == "2")
    }
}

@Suite struct UmaskTests {
    @Test func masks() {
        let shell = BuiltinTester()
        shell.sh.context.umask = 0o022
        #expect(shell("umask").output == "0022\n")
        #expect(shell("umask", "-S").output == "u=rwx,g=rx,o=rx\n")
        #expect(shell("umask", "-p").output == "umask 0022\n")
        let cases: [(Bytes, UInt16)] = [
            ("077", 0o077), ("0", 0), ("u=rwx,g=rx,o=", 0o027), ("1077", 0o077), ("a=", 0o777), ("g+w", 0o002),
            ("o-rx,g+w", 0o007), ("=r", 0o333), ("go=u", 0o000), ("u=g", 0o222), ("u+s", 0o022), ("ug=rw,o+w-x", 0o111),
            ("+", 0o022),
        ]
        for (operand, mask) in cases {
            shell.sh.context.umask = 0o022
            #expect(shell("umask", operand).status == 0, "\(operand)")
            #expect(shell.sh.context.umask == mask, "\(operand)")
        }
        for operand: Bytes in ["8", "10000", "u=q", "x", "", "u", "u=rg", "u=gr", "077x"] {
            shell.sh.context.umask = 0o022
            #expect(shell("umask", operand).status == 1, "\(operand)")
            #expect(shell.sh.context.umask == 0o022)
        }
    }
}

@Suite struct KillTests {
    @Test func names() {
        let kill = BuiltinTester()
        #expect(kill("kill", "-l", "9").output == "KILL\n")
        #expect(kill("kill", "-l", "143").output == "TERM\n")
        #expect(kill("kill", "-l", "INT", "SIGHUP").output == "2\n1\n")
        #expect(kill("kill", "-l", "999").status == 1)
        #expect(kill("kill", "-l").output.hasPrefix(" 1) SIGHUP\t 2) SIGINT\t"))
        kill.sh.context.options.insert(.posix)
        #expect(kill("kill", "-l").output.hasPrefix("HUP\nINT\n"))
    }

    @Test func processes() {
        let kill = BuiltinTester()
        let own = Bytes(decimal: getpid())
        #expect(kill("kill", "-0", own).status == 0)
        #expect(kill("kill", "-s", "0", own).status == 0)
        #expect(kill("kill", "-n", "0", "--", own).status == 0)
        #expect(kill("kill", "-s0", own).status == 0)
        #expect(kill("kill", "-0", "999999999").status == 1)
        #expect(kill("kill", "-NOSUCH", own).status == 1)
        #expect(kill("kill", "-0", "abc").status == 1)
        #expect(kill("kill", "-0", "%1").status == 1)
        #expect(kill("kill").status == 2)
        #expect(kill("kill", "-9").status == 2)
    }
}

@Suite struct CdTests {
    private func shell(in scratch: Scratch) throws -> BuiltinTester {
        let shell = BuiltinTester()
        #expect(shell("cd", scratch.path).status == 0)
        return shell
    }

    @Test func logicalAndPhysical() throws {
        let scratch = try Scratch()
        try scratch.directory("a")
        try scratch.directory("a/b")
        try #require(symlinkat("a/b", scratch.descriptor, "link") == 0)
        let shell = try shell(in: scratch)
        #expect(shell("cd", "link") == (0, ""))
        #expect(shell("pwd").output == scratch.path + "/link\n")
        #expect(shell("pwd", "-P").output == scratch.path + "/a/b\n")
        #expect(shell("cd", "..") == (0, ""))
        #expect(shell("pwd").output == scratch.path + "\n")
        #expect(shell("cd", "-P", "link").status == 0)
        #expect(shell.sh.variable("PWD") == scratch.path + "/a/b")
        #expect(shell("cd", "-P", "..").status == 0)
        #expect(shell.sh.variable("PWD") == scratch.path + "/a")
        #expect(shell("cd", "-") == (0, scratch.path + "/a/b\n"))
        #expect(shell("cd", ".././//b/.").status == 0)
        #expect(shell.sh.variable("PWD") == scratch.path + "/a/b")
        #expect(shell.sh.variable("OLDPWD") == scratch.path + "/a/b")
    }

    @Test func refusals() throws {
        let scratch = try Scratch()
        try scratch.file("file")
        let shell = try shell(in: scratch)
        #expect(shell("cd", "none").status == 1)
        #expect(shell("cd", "none/..").status == 1)
        #expect(shell("cd", "file").status == 1)
        #expect(shell("cd", "file/..").status == 1)
        #expect(shell("cd", "").status == 1)
        #expect(shell("cd", "a", "b").status == 1)
        #expect(shell("cd", "-x").status == 2)
        #expect(shell("pwd").output == scratch.path + "\n")
        _ = shell.sh.unset("HOME")
        #expect(shell("cd").status == 1)
        _ = shell.sh.assign("HOME", "/")
        #expect(shell("cd").status == 0)
        #expect(shell("pwd").output == "/\n")
        #expect(shell("cd", "..").status == 0)
        #expect(shell("pwd").output == "/\n")
    }

    @Test func searchPath() throws {
        let scratch = try Scratch()
        for name: Bytes in ["x", "x/sub", "here"] { try scratch.directory(name) }
        let shell = try shell(in: scratch)
        _ = shell.sh.assign("CDPATH", scratch.path + "/none:" + scratch.path + "/x::")
        #expect(shell("cd", "sub") == (0, scratch.path + "/x/sub\n"))
        #expect(shell("cd", scratch.path) == (0, ""))
        #expect(shell("cd", "here") == (0, ""))
        #expect(shell("cd", "../sub").status == 1)
    }
}

@Suite struct AliasTests {
    @Test func definesAndShows() {
        let alias = BuiltinTester()
        #expect(alias("alias", "x=it's", "b=", "a==").status == 0)
        #expect(alias("alias").output == "a='='\nb=''\nx='it'\\''s'\n")
        #expect(alias("alias", "-p").output == "alias a='='\nalias b=''\nalias x='it'\\''s'\n")
        #expect(alias("alias", "b").output == "b=''\n")
        #expect(alias("alias", "none").status == 1)
        #expect(alias("alias", "a b=c").status == 1)
        #expect(alias("unalias", "x", "none").status == 1)
        #expect(alias("alias", "x").status == 1)
        #expect(alias("unalias").status == 2)
        #expect(alias("unalias", "-a").status == 0)
        #expect(alias("alias").output == "")
    }
}

@Suite struct TypeTests {
    @Test func kinds() throws {
        let type = BuiltinTester()
        let path = try #require(type.sh.findExecutable("sh"))
        #expect(type("type", "sh").output == "sh is " + path + "\n")
        #expect(type("type", "echo").output == "echo is a shell builtin\n")
        #expect(type("type", ":").output == ": is a shell builtin\n")
        #expect(type("type", "if").output == "if is a shell keyword\n")
        #expect(type("type", "-t", "echo", "sh").output == "builtin\nfile\n")
        #expect(type("type", "-p", "echo", "sh").output == path + "\n")
        #expect(type("type", "-P", "sh").output == path + "\n")
        #expect(type("type", "no-such-command").status == 1)
        #expect(type("hash", "sh").status == 0)
        #expect(type("hash").output == "hits\tcommand\n   0\t" + path + "\n")
        #expect(type("hash", "-r").status == 0)
        #expect(type("hash").output == "")
        #expect(type("hash", "no-such-command").status == 1)
    }
}

@Suite struct UlimitTests {
    @Test func showsAndSets() throws {
        let shell = BuiltinTester()
        #expect(shell("ulimit", "-a").output.split(on: 10).count == Ulimit.kinds.count + 1)
        #expect(shell("ulimit").status == 0)
        // A subshell's limits are its own.
        let copy = Interpreter(copying: shell.sh)
        #expect(!copy.isMain)
        let before = try System.resourceLimit(Resource.core)
        let base = copy.stack.count
        copy.stack.append(contentsOf: ["ulimit", "-S", "-c", "0"])
        #expect(try Builtin.ulimit.run(copy, Arguments(interpreter: copy, base: base, count: 4)) == 0)
        #expect(copy.context.limits[Resource.core]?.soft == 0)
        #expect(try System.resourceLimit(Resource.core) == before)
        #expect(shell("ulimit", "-c", "x").status == 2)
        #expect(shell("ulimit", "-c", "-1").status == 2)
        #expect(shell("ulimit", "-Z").status == 2)
        #expect(shell("ulimit", "-c", "1", "2").status == 2)
    }
}

@Suite struct HelpTests {
    @Test func everyBuiltinExplainsItself() {
        let help = BuiltinTester()
        let list = Set(help("help").output.split(on: 10).flatMap { $0.split(on: 0x20) })
        for builtin in BuiltinTable.shared.all {
            #expect(list.contains(builtin.name), "\(builtin.name)")
            #expect(!builtin.synopsis.isEmpty && !builtin.summary.isEmpty)
            #expect(builtin.synopsis.hasPrefix(builtin.name))
            let synopsis = builtin.synopsis.split(on: 10).count
            for line in help("help", builtin.name).output.split(on: 10).dropFirst(synopsis) {
                #expect(CharacterEncoding.utf8.count(line) <= 79 && line.last != 0x20, "\(line)")
            }
        }
        #expect(help("help", "un*").output.find("unalias") != nil)
        #expect(help("help", "no-such").status == 1)
        #expect(help("help", "-s", "true").output == "true: true\n")
    }
}
