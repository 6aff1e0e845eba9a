import Bytes
import Glibc
import Platform
import Syntax
import Testing

@testable import Pool

@Suite struct OptionsValueTests {
    @Test(
        arguments: [
            ("10", 10e9), ("1.5s", 1.5e9), ("2m", 120e9), ("3h", 10800e9), ("1d", 86400e9), ("1d3.5h16.6m4s", 1e14),
            (".5", 5e8),
            ("1m30", 90e9), ("0", 0), ("0.1", 1e8),
        ] as [(String, Double)])
    func durations(_ text: String, _ expected: Double) {
        #expect(OptionValue.duration(Bytes(text)) == UInt64(expected))
    }

    @Test(arguments: ["", "x", "10x", "s", "1.2.3", "-1", "1s2x", "m5"])
    func noDurations(_ text: String) { #expect(OptionValue.duration(Bytes(text)) == nil) }

    @Test(
        arguments: [
            ("10", 10), ("1K", 1024), ("1k", 1000), ("4M", 4_194_304), ("1.5G", 1_610_612_736), ("2g", 2_000_000_000),
            ("1T", 1 << 40), ("1p", 1_000_000_000_000_000),
        ] as [(String, UInt64)])
    func sizes(_ text: String, _ expected: UInt64) { #expect(OptionValue.size(Bytes(text)) == expected) }

    @Test(arguments: [
        ("8", JobLimit.count(8)), ("0", .unlimited), ("+2", .plus(2)), ("-1", .minus(1)), ("150%", .percent(150)),
        ("3\n", .count(3)), ("+0", .plus(0)),
    ])
    func jobLimits(_ text: String, _ expected: JobLimit) { #expect(OptionValue.jobLimit(Bytes(text)) == expected) }

    @Test func slotsAreAtLeastOne() {
        #expect(JobLimit.automatic.slots(processors: 4) == 4)
        #expect(JobLimit.minus(9).slots(processors: 4) == 1)
        #expect(JobLimit.percent(150).slots(processors: 4) == 6)
        #expect(JobLimit.percent(1).slots(processors: 4) == 1)
        #expect(JobLimit.unlimited.slots(processors: 4) == Int.max)
        #expect(JobLimit.file("x").slots(processors: 4) == nil)
        #expect(JobLimit.unlimited.load(processors: 4) == 0.01)
    }

    @Test(arguments: [
        ("never", HaltPolicy()), ("0", HaltPolicy()), ("1", HaltPolicy(.soon, .fail)), ("2", HaltPolicy(.now, .fail)),
        ("-1", HaltPolicy(.soon, .success)), ("-2", HaltPolicy(.now, .success)),
        ("30%", HaltPolicy(.soon, .fail, .percent(30))), ("now,fail=1", HaltPolicy(.now, .fail)),
        ("soon,success=3", HaltPolicy(.soon, .success, .count(3))),
        ("now,done=50%", HaltPolicy(.now, .done, .percent(50))),
        ("never,fail=1", HaltPolicy()),
    ])
    func halts(_ text: String, _ expected: HaltPolicy) throws {
        #expect(try OptionValue.halt(Bytes(text)) == expected)
    }

    @Test func terminationSequences() throws {
        #expect(
            try OptionValue.terminationSequence("INT,200,9") == [
                TerminationStep(signal: 2, milliseconds: 200), TerminationStep(signal: 9, milliseconds: 0),
            ])
        #expect(try OptionValue.terminationSequence("TERM,200,TERM,100,TERM,50,KILL,25") == TerminationStep.standard)
    }

    @Test func delimiters() throws {
        for (text, expected) in [
            ("\\n", "\n"), ("\\t", "\t"), ("\\0", "\0"), ("\\x41", "A"), ("\\054", ","), ("ab", "ab"), ("\\\\", "\\"),
            (":\\n", ":\n"),
        ] as [(Bytes, Bytes)] {
            #expect(try OptionValue.delimiter(text) == expected)
        }
        #expect(throws: OptionError.self) { try OptionValue.delimiter("") }
    }

    @Test func profileWords() {
        #expect(
            OptionValue.words("-j2  'a b' \"c\\\"d\" e\\ f\n# no\n--tag\n''") == [
                "-j2", "a b", "c\"d", "e f", "--tag", "",
            ])
    }
}

@Suite struct OptionsCommandLineTests {
    private func options(_ line: String) throws -> RunOptions {
        try CommandLines.plan(CommandLines.words(line + " ::: a")).options
    }

    @Test func runOptions() throws {
        let all = try options(
            """
            -j 3 --delay 1.5 --load 80% --memfree 1G --nice 5 --timeout 200% --retries 4 --retry-delay 1s,3 --halt now,fail=2 \
            --termseq INT,5 -v -t --wd /tmp --lb -k --tag --joblog +log --resume --bar --total-jobs 9 --tmpdir /x --files x
            """)
        #expect(all.jobs == .count(3))
        #expect(all.delay == 1_500_000_000 && !all.delayAdapts)
        #expect(all.load == .percent(80))
        #expect(all.freeMemory == 1 << 30)
        #expect(all.nice == 5)
        #expect(all.timeLimit == .percentOfMedian(200))
        #expect(all.retries == 4)
        #expect(all.retryDelay.first == 1_000_000_000 && all.retryDelay.factor == 3)
        #expect(all.halt == HaltPolicy(.now, .fail, .count(2)))
        #expect(all.terminationSequence == [TerminationStep(signal: 2, milliseconds: 5)])
        #expect(all.isVerbose && all.isTraced && all.keepsOrder)
        #expect(all.workingDirectory?.text == "/tmp")
        #expect(all.outputMode == .line)
        #expect(all.jobLog == "log" && all.jobLogAppends)
        #expect(all.resume == .resume)
        #expect(all.progress.showsBar && !all.progress.isForced)
        #expect(all.totalJobs == 9 && all.keepsOutputFiles && all.temporaryDirectory == "/x")
        #expect(try options("--delay 2sauto x").delayAdapts)
        #expect(try options("--retries 0 x").retries == Int.max)
        #expect(try options("--timeout 0 x").timeLimit == nil)
        #expect(try options("--bar=always x").progress.isForced)
        #expect(try options("--tty x").jobs == .count(1))
        #expect(try options("-j3 --tty x").jobs == .count(3))
        #expect(try options("-S : x").jobs == .automatic)
    }

    @Test(arguments: [
        ("--foo x", "--foo: no such option"), ("-Z x", "-Z: no such option"), ("-j", "-j needs a value"),
        ("--jobs", "--jobs needs a value"), ("--keep-order=1 x", "takes no value"),
        ("--no x", "could be --no-run-if-empty"),
        ("-j abc x", "neither a number of jobs nor a file"), ("-j=2 x", "neither a number"),
        ("--halt foo x", "'foo' is not"), ("--halt now,fail=x x", "a number of jobs or a percentage"),
        ("--delay x x", "'x' is not a time"), ("--timeout 10x x", "'10x' is not a time"), ("--nice x x", "a niceness"),
        ("-n x x", "'x' is not a number"), ("--trim x x", "one of n l r lr rl"), ("--header x x", "':', 0"),
        ("--memfree 1Q x", "a size"), ("--retries x x", "a number"), ("--termseq FOO,1 x", "a signal"),
        ("--resume x", "need --joblog"), ("--retry-failed x", "need --joblog"), ("-S host x", "this machine only"),
        ("--bar=x x", "'always'"), ("--files -u x", "exclude"),
    ])
    func errors(_ line: String, _ expected: String) {
        let message = CommandLines.refusal(line)
        #expect(message?.hasPrefix("thresh: ") == true)
        #expect(message?.contains(expected) == true, "\(message ?? "no error")")
    }

    /// What is not there is an error, never silence.
    @Test func unsupportedOptionsAreRefused() {
        for option in OptionTable.refused {
            guard case .refused(let reason) = option.effect else { continue }
            for name in option.names {
                let message =
                    CommandLines.refusal("--\(name)=x cat ::: a") ?? CommandLines.refusal("--\(name) cat ::: a")
                #expect(
                    message?.contains(reason.description) == true || message?.contains("takes no value") == true,
                    "\(name)")
            }
        }
        #expect(CommandLines.refusal("--pipe cat")?.contains("--pipe is not supported") == true)
    }

    @Test func namesAreUnique() {
        var seen: [Bytes: Bytes] = [:]
        for option in OptionTable().options {
            if case .shell = option.effect { continue }
            for spelling in option.spellings {
                #expect(seen.updateValue(option.usage, forKey: spelling) == nil, "\(spelling)")
            }
        }
    }

    @Test func requests() {
        let environment = CommandLines.environment()
        func answer(_ words: Bytes...) -> (Bytes, Int32)? {
            if case .print(let text, let status) = parseCommandLine(words, calledAs: .thresh, environment: environment)
            {
                return (text, status)
            }
            return nil
        }
        #expect(answer("--help")?.0.split(on: 10).count == 26)
        #expect(answer("-h")?.1 == 0)
        for topic in Topic.allCases { #expect(answer("--help", topic.name)?.0.isEmpty == false) }
        #expect(answer("--help", "all")?.0.count ?? 0 > 5000)
        #expect(answer("--help=input")?.0.find("--colsep") != nil)
        #expect(answer("--version")?.0.hasPrefix("thresh ") == true)
        #expect(answer("--minversion", "20200101")?.1 == 0)
        #expect(answer("--minversion", "20300101")?.1 == 255)
        #expect(answer("--number-of-threads")?.0.dropLast().decimal == Processors.available)
        #expect(answer("--max-line-length-allowed")?.0.dropLast().decimal == 131_071)
        #expect(answer("--citation")?.0 == "")
        #expect(answer("--will-cite", "echo", ":::", "a") == nil)
    }

    @Test func helpFitsTheScreen() {
        for line in Help.overview.split(on: 10) { #expect(line.count <= 80, "\(line)") }
    }

    @Test func profiles() throws {
        var template = Array("/tmp/thresh-profile-XXXXXX".utf8CString)
        #expect(mkdtemp(&template) != nil)
        let home = template.withUnsafeBufferPointer { Bytes(cString: $0.baseAddress!) }
        defer {
            for name in ["config", "nice", "words"] as [Bytes] { try? System.unlink(home + "/" + name) }
            _ = home.withCString { rmdir($0) }
        }
        for (name, text) in [("config", "-j3\n# comment\n--tag\n"), ("nice", "-j-1 nice"), ("words", "-k 'a b'")]
            as [(Bytes, Bytes)]
        {
            let file = try System.open(home + "/" + name, flags: O_WRONLY | O_CREAT)
            try System.writeAll(file, text)
            System.close(file)
        }
        func plan(_ line: String, _ calledAs: CalledAs = .parallel, _ variable: Bytes = "") throws -> RunPlan {
            let environment = CommandLines.environment(variables: ["PARALLEL_HOME": home, "PARALLEL": variable])
            return try CommandLines.plan(CommandLines.words(line), calledAs: calledAs, environment: environment)
        }
        #expect(try plan("echo ::: a").options.jobs == .count(3))
        #expect(try plan("echo ::: a", .parallel, "-j5").options.jobs == .count(5))
        #expect(try plan("-j7 echo ::: a", .parallel, "-j5").options.jobs == .count(7))
        #expect(try plan("--plain echo ::: a", .parallel, "-j5").options.jobs == .automatic)
        #expect(try plan("echo ::: a", .thresh, "-j5").options.jobs == .automatic)
        let nice = try plan("-J nice bzip2 -9 ::: a", .thresh)
        #expect(nice.options.jobs == .minus(1))
        #expect(try CommandLines.texts(nice) == "nice bzip2 -9 a\n")
        #expect(throws: CommandLines.Refused.self) { try plan("-J missing echo ::: a") }
    }

    @Test func generatedFilesAreUpToDate() throws {
        let root = Bytes(#filePath).split(on: UInt8(ascii: "/")).dropLast(3).map { $0 }.joined(by: "/")
        for (name, path) in generatedFiles {
            let kept = try System.readFile(root + "/" + path)
            #expect(kept == Generated.text(name, OptionTable()), "run: thresh --print \(name) > \(path)")
        }
    }
}

@Suite struct OptionsCommandModeTests {
    @Test(arguments: [
        ("", CommandMode.shell), ("script", .shell), ("script a b", .shell), ("-c 'echo {}'", .shell),
        ("-c 'echo' x ::: a", .shell), ("-ec 'a b'", .shell), ("-s a b", .shell), ("-s 'a b'", .shell),
        ("-e script -j 4", .shell), ("-x script", .shell), ("-o pipefail script", .shell), ("+o noglob script", .shell),
        ("-eu script ::", .shell), ("-n script", .shell), ("-a script", .shell), ("-v", .shell), ("-i", .shell),
        ("--login", .shell), ("-- script", .shell), ("script {}", .runner), ("f12 {}", .shell),
        ("-j4", .runner), ("-j 4 cmd", .runner), ("-P4", .runner), ("--jobs 4 cmd", .runner),
        ("-k 'printf x {}'", .runner),
        ("'echo {}' ::: a b", .runner), ("cmd ::: a", .runner), ("cmd :::: f12", .runner), ("::: a b", .runner),
        ("-ek cmd", .runner), ("-n2 cmd", .runner), ("-n 2 cmd", .runner), ("-s1000 cmd", .runner),
        ("-u -j2 cmd", .runner),
        ("-a f12 -j2 cmd", .runner), ("-a f12 cmd", .shell), ("-C , -j2 cmd", .runner), ("-C, cmd", .runner),
        ("'echo {}'", .runner), ("'gzip -9'", .runner), ("echo {}", .runner), ("gzip {.}", .runner), ("-0 rm", .runner),
        ("--help", .runner), ("--version", .runner), ("-h", .runner), ("--dry-run cmd", .runner), ("-q cmd", .runner),
        ("-v 'echo {}'", .runner), ("f12 ::: a", .shell), ("-x ./f12 a ::: b", .shell), ("-k f12 ::: a", .runner),
        ("/bin/echo ::: a", .runner),
    ])
    func choices(_ line: String, _ expected: CommandMode) {
        let words = CommandLines.words(line)
        #expect(CommandMode.choose(words, calledAs: .thresh, directory: CommandLines.directory) == expected)
        #expect(CommandMode.choose(words, calledAs: .parallel, directory: CommandLines.directory) == .runner)
    }
}

@Suite struct LoopOptionsTests {
    /// The grammar of `pwhile` must know which options take the next word.
    @Test func optionsWithValuesAreKnownToTheGrammar() {
        var letters: Set<UInt8> = []
        var names: Set<Bytes> = []
        for option in OptionTable().options {
            guard case .run = option.effect, case .required = option.value, option.isShown,
                ![.input, .replacement].contains(option.topic), !option.names.contains("shell")
            else { continue }
            letters.formUnion(option.letters)
            for name in option.names { names.insert(Bytes(name.filter { $0 != UInt8(ascii: "-") })) }
        }
        #expect(letters == LoopOptions.lettersWithValue)
        #expect(names == LoopOptions.namesWithValue)
    }
}
