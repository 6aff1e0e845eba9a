import Bytes
import Glibc
import Platform
import Testing

@testable import Pool

private func records(_ text: Bytes, delimiter: Bytes = "\n") throws -> [Bytes] {
    let file = try System.memoryFile("test")
    try System.writeAll(file, text)
    try System.seek(file, 0, SEEK_SET)
    let reader = RecordReader(file, name: "test", ownsDescriptor: true, delimiter: delimiter)
    var result: [Bytes] = []
    while true {
        switch try reader.next() {
        case .record(let record): result.append(record)
        case .blocked: Issue.record("a file does not block")
        case .end: return result
        }
    }
}

@Suite struct InputRecordReaderTests {
    @Test func theLastRecordMayLackItsDelimiter() throws {
        #expect(try records("a\nb") == ["a", "b"])
        #expect(try records("a\nb\n") == ["a", "b"])
        #expect(try records("\n\n") == ["", ""])
        #expect(try records("") == [])
        #expect(try records("a\0b", delimiter: Bytes(byte: 0)) == ["a", "b"])
    }

    @Test func recordsLongerThanABlock() throws {
        let long = Bytes(repeating: 120, count: RecordReader.blockSize * 3 + 5)
        #expect(try records(long + "\nshort\n" + long) == [long, "short", long])
    }

    @Test func delimitersAcrossBlocks() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<5 {
            var expected: [Bytes] = []
            var text = Bytes()
            while text.count < RecordReader.blockSize * 2 {
                let record = Bytes(repeating: 97, count: Int.random(in: 0...3000, using: &generator))
                expected.append(record)
                text.append(record)
                text.append("-=-")
            }
            #expect(try records(text, delimiter: "-=-") == expected)
        }
    }

    @Test func aPipeBlocksInsteadOfWaiting() throws {
        let (input, output) = try System.pipe()
        let plan = try CommandLines.plan(
            CommandLines.words("echo"), environment: CommandLines.environment(input: input))
        func next() throws -> String {
            switch try plan.input.next() {
            case .job(let job): job.arguments.joined(by: ",").description
            case .blocked(let descriptor): descriptor == input ? "blocked" : "wrong descriptor"
            case .askFirst, .end: "end"
            }
        }
        #expect(try next() == "blocked")
        try System.writeAll(output, "a\nb\nhal")
        #expect(try next() == "a")
        #expect(try next() == "b")
        #expect(try next() == "blocked")
        try System.writeAll(output, "f\n")
        #expect(try next() == "half")
        #expect(try next() == "blocked")
        try System.writeAll(output, "last")
        System.close(output)
        #expect(try next() == "last")
        #expect(try next() == "end")
        #expect(plan.input.usesStandardInput)
        System.close(input)
    }

    @Test func batchesAndCombinationsGoOnAfterBlocking() throws {
        for (line, expected) in [
            ("-n2 echo", ["a b", "c"]), ("echo ::: 1 2 :::: -", ["1 a", "1 b", "1 c", "2 a", "2 b", "2 c"]),
            ("echo :::: - ::: 1 2", ["a 1", "a 2", "b 1", "b 2", "c 1", "c 2"]),
            ("--link echo :::: - ::: 1 2", ["a 1", "b 2", "c 1"]), ("echo :::: - :::+ 1 2", ["a 1", "b 2"]),
            ("-j2 -X echo", ["a b", "c"]), ("--plus echo {##}{}", ["a", "b", "c"]),
        ] {
            let (input, output) = try System.pipe()
            let plan = try CommandLines.plan(
                CommandLines.words(line), environment: CommandLines.environment(input: input))
            var rest: [Bytes] = ["a\n", "b", "\nc\n"]
            var isOpen = true
            var found: [String] = []
            loop: while true {
                switch try plan.input.next() {
                case .job(let job): found.append(job.arguments.joined(by: " ").description)
                case .blocked:
                    if rest.isEmpty {
                        #expect(isOpen)
                        System.close(output)
                        isOpen = false
                    } else {
                        try System.writeAll(output, rest.removeFirst())
                    }
                case .askFirst, .end: break loop
                }
            }
            if isOpen { System.close(output) }
            System.close(input)
            #expect(found == expected, "\(line)")
        }
    }
}

@Suite struct InputJobTests {
    @Test func linesAreCommandsWithoutATemplate() throws {
        let plan = try CommandLines.plan(CommandLines.words(":::: fabc"))
        #expect(plan.template == nil)
        let jobs = try CommandLines.jobs(plan)
        #expect(jobs.map(\.line) == ["a", "b", "c"])
        #expect(jobs.map(\.sequence) == [1, 2, 3])
        #expect(jobs.map(\.lineNumber) == [1, 2, 3])
        #expect(!plan.input.usesStandardInput)
    }

    @Test func newlinesInArgumentsStay() throws {
        let words: [Bytes] = ["echo", "{#}", "{}", ":::", "a\nb", "c"]
        #expect(try CommandLines.texts(try CommandLines.plan(words)) == "echo 1 'a\nb'\necho 2 c\n")
        // As GNU parallel does it, for scripts that count on it.
        #expect(
            try CommandLines.texts(try CommandLines.plan(words, calledAs: .parallel))
                == "echo 1 a\necho 2 b\necho 3 c\n")
        #expect(try CommandLines.texts(try CommandLines.plan(["-0"] + words)) == "echo 1 'a\nb'\necho 2 c\n")
    }

    @Test func bytesPassUnharmed() throws {
        let bytes = Bytes((1...255).map { UInt8($0) })
        let plan = try CommandLines.plan(["echo", ":::", bytes])
        #expect(try CommandLines.jobs(plan)[0].arguments == [bytes])
    }

    @Test func shufflingKeepsAllJobs() throws {
        let words = CommandLines.words("--shuf echo ::: 1 2 3 4 5 6 7 8 9 ::: a b")
        let jobs = try CommandLines.jobs(try CommandLines.plan(words))
        #expect(jobs.map(\.sequence) == Array(1...18))
        #expect(Set(jobs.map { $0.arguments.joined(by: "") }).count == 18)
    }

    @Test func filtersLeaveCombinationsOut() throws {
        #expect(
            try CommandLines.texts("--plus echo {choose_k} {#} ::: a b c ::: a b c")
                == "echo a b 1\necho a c 2\necho b c 3\n")
        #expect(
            try CommandLines.texts("--plus 'echo {uniq}' ::: a b ::: a b") == "echo a b\necho b a\n")
    }

    @Test func emptyArgumentListsRunNothing() throws {
        #expect(try CommandLines.texts("echo :::") == "")
        #expect(try CommandLines.texts("echo ::: :::") == "")
    }

    @Test func commaSeparatedValues() throws {
        let words: [Bytes] = ["--csv", "echo", "{1}/{3}/{2}", ":::", "\"1 big, 2 small\",\"2\"\"x4\"\" plank\",12.34"]
        #expect(
            try CommandLines.texts(try CommandLines.plan(words)) == "echo '1 big, 2 small'/12.34/'2\"x4\" plank'\n")
        #expect(CommaSeparated.fields("a;\"b;\nc\";\r", delimiter: UInt8(ascii: ";")) == ["a", "b;\nc", ""])
    }

    @Test func columnNamesForResults() throws {
        let plan = try CommandLines.plan(CommandLines.words("--header : echo ::: a 1 ::: b 2"))
        #expect(plan.input.columnName(at: 0) == "a")
        #expect(plan.input.columnName(at: 1) == "b")
        #expect(plan.input.columnName(at: 2) == "3")
    }

    @Test(arguments: [
        ("echo :::: nonexistent", "cannot open the input file nonexistent: No such file"),
        ("-a nonexistent echo", "cannot open the input file nonexistent"),
        ("-s 10 -X echo ::: 1 abcdefghijklm", "the command line is too long (18 bytes, the limit is 10)"),
        ("-s 20 -x -n5 echo ::: aaaa bbbbb cccc", "the command line is too long"),
        ("--colsep '(' echo ::: a", ""), ("--colsep '(a' echo ::: a", "'(' without ')'"),
    ])
    func errors(_ line: String, _ expected: String) {
        let message = CommandLines.refusal(line)
        if expected.isEmpty { #expect(message == nil) } else { #expect(message?.contains(expected) == true) }
    }
}

@Suite struct InputRegularExpressionTests {
    private func match(_ expression: Bytes, _ text: Bytes, isLazy: Bool = false) throws -> String? {
        let compiled = try RegularExpression(expression, isLazy: isLazy)
        return text.withUnsafeBytes { bytes in
            compiled.firstMatch(in: bytes).map { text[$0.range].description }
        }
    }

    @Test(
        arguments: [
            ("a", "bab", "a"), ("a+", "baac", "aa"), ("a+?", "baac", "a"), ("a*", "baa", ""), ("b|ab", "ab", "ab"),
            ("a|ab", "ab", "a"), ("(ab)+", "xababa", "abab"), ("(?:ab|a)c", "aac", "ac"), ("[b-d]+", "abcde", "bcd"),
            ("[^b-d]+", "abcde", "a"), ("[]a]+", "x]a", "]a"), ("[a-]+", "b-a", "-a"), ("\\d+", "ab12c", "12"),
            ("\\D+", "12ab3", "ab"), ("\\s*,\\s*", "a , b", " , "), ("\\w+", "-ab_1-", "ab_1"), ("^b", "ab", nil),
            ("^a", "ab", "a"), ("b$", "ab", "b"), ("\\bfoo\\b", "xfoo foo", "foo"), ("a{2}", "aaa", "aa"),
            ("a{2,}", "aaaa", "aaaa"), ("a{1,2}", "aaa", "aa"), ("a{,2}", "a{,2}", "a{,2}"), ("x{", "x{", "x{"),
            ("\\t", "a\tb", "\t"), ("\\x41", "bA", "A"), ("\\.", "a.b", "."), ("[[:digit:]]+", "a12", "12"),
            ("[\\d.]+", "v1.2x", "1.2"), ("(?i)ABC", "xabc", "abc"), (".", "\na", "a"), ("a.c", "abc", "abc"),
            ("(a*)*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaac", nil), ("(a|b)*c", "abac", "abac"), ("|", "a|b", "|"),
            ("a||b", "xb", ""), ("(^|,)x", "y,x", ",x"),
        ] as [(String, String, String?)])
    func matches(_ expression: String, _ text: String, _ expected: String?) throws {
        #expect(try match(Bytes(expression), Bytes(text)) == expected)
    }

    @Test func lazyExpressionsTurnQuantifiersRound() throws {
        #expect(try match("a.*r", "a.tar.tar", isLazy: true) == "a.tar")
        #expect(try match("a.*?r", "a.tar.tar", isLazy: true) == "a.tar.tar")
    }

    @Test(arguments: ["(a", "a)", "[a", "*a", "a**", "a\\", "(?=a)", "(a)\\1", "[b-a]", "a{3,2}", "a{9999}", "\\q"])
    func errors(_ expression: String) {
        #expect(throws: RegularExpression.Failure.self) { try RegularExpression(Bytes(expression)) }
    }

    @Test func nestingAndSizeAreBounded() {
        let deep =
            Bytes(repeating: UInt8(ascii: "("), count: 10_000) + Bytes(repeating: UInt8(ascii: ")"), count: 10_000)
        #expect(throws: RegularExpression.Failure.self) { try RegularExpression(deep) }
        #expect(throws: RegularExpression.Failure.self) { try RegularExpression("((a{900}){900}){900}") }
    }
}
