import Bytes
import Shell
import Syntax
import Testing

@testable import Pool

private func template(
    _ operands: Bytes..., plus: Bool = false, plurality: JobTemplate.Plurality = .spread, quotes: Bool = false,
    isForeign: Bool = false
) throws(JobTemplate.Failure) -> JobTemplate {
    var spellings = ReplacementSpellings()
    spellings.hasPlus = plus
    return try JobTemplate(
        operands: operands, table: ReplacementTable(spellings), plurality: plurality, quotesOperands: quotes,
        isForeign: isForeign)
}

private func job(_ arguments: Bytes...) -> Job { Job(sequence: 7, arguments: arguments, total: 12) }

private func text(_ value: PlaceholderValue) -> String {
    switch value {
    case .one(let text): "one " + text.description
    case .spread(let values): "spread " + values.joined(by: "|").description
    case .cross(let values): "cross " + values.joined(by: "|").description
    }
}

@Suite struct TemplateValueTests {
    @Test func oneArgumentIsOneValue() throws {
        let template = try template("echo", "{}", "{.}", "{#}", "{%}")
        #expect(template.list != nil)
        #expect(template.values(for: job("a b.c"), slot: 3).map(text) == ["one a b.c", "one a b", "one 7", "one 3"])
    }

    @Test func severalArgumentsSpreadOrCross() throws {
        #expect(try template("x{}y").values(for: job("a", "b"), slot: 1).map(text) == ["spread a|b"])
        let crossed = try template("x{.}y", plurality: .cross)
        #expect(crossed.values(for: job("a.c", "b"), slot: 1).map(text) == ["cross a|b"])
        #expect(crossed.commandText(for: job("a.c", "b"), slot: 1) == "xay xby")
    }

    @Test func aMissingArgumentIsNoWord() throws {
        let template = try template("echo", "{2}", "{-1}", "{-3}")
        #expect(template.values(for: job("a"), slot: 1).map(text) == ["spread ", "one a", "spread "])
        #expect(template.commandText(for: job("a"), slot: 1) == "echo  a ")
    }

    @Test func totalsAndPadding() throws {
        let template = try template("echo", "{##}", "{0#}", plus: true)
        #expect(template.needsTotal)
        #expect(template.commandText(for: job("a"), slot: 1) == "echo 12 07")
    }
}

@Suite struct TemplateParsingTests {
    @Test func aTemplateThatBeginsWithAReplacementStringIsPasted() throws {
        for source in ["{}", "{} foo", "{1}; x", "{.}/x"] as [Bytes] {
            #expect(try template(source).list == nil, "\(source)")
        }
        for source in ["echo {}", "./x{}", "{#} x", "\"{}\" x", " {}"] as [Bytes] {
            #expect(try template(source).list != nil, "\(source)")
        }
    }

    @Test func whatOnlyValuesMakeRightIsParsedForEachJob() throws {
        let function = try template("x_{}() { echo hi; }; x_{}")
        #expect(function.list == nil)
        #expect(function.commandText(for: job("a"), slot: 1) == "x_a() { echo hi; }; x_a")
        #expect(try template("X{}=1; echo $X1").list == nil)
        #expect(try template("X=1{}; echo $X").list != nil)
    }

    @Test func quotingFollowsThePlace() throws {
        let value: Bytes = "it's \"$x\" \\ `y`"
        #expect(
            try template("echo \"{}\"").commandText(for: job(value), slot: 1)
                == "echo \"it's \\\"\\$x\\\" \\\\ \\`y\\`\"")
        #expect(
            try template("echo 'a {}'").commandText(for: job("it's"), slot: 1) == "echo 'a it'\"'\"'s'")
        #expect(try template("cat <<E\n{}\nE").commandText(for: job("a b"), slot: 1) == "cat <<E\na b\nE")
        #expect(try template("echo $(({}+1))").commandText(for: job("2"), slot: 1) == "echo $((2+1))")
    }

    @Test func crossedWordsAreRepeatedInQuotesToo() throws {
        let template = try template("rm", "\"dir/{}\"", "x", plurality: .cross)
        #expect(template.commandText(for: job("a", "b c"), slot: 1) == "rm \"dir/a\" \"dir/b c\" x")
        guard let list = template.list, case .simple(let command) = list.items[0].first.commands[0] else {
            Issue.record("no simple command")
            return
        }
        #expect(command.words[1].parts == [.doubleQuoted([.literal("dir/")]), .placeholder(0)])
    }

    @Test func syntaxErrorsShowThePlace() {
        let message = CommandLines.refusal("'echo ( {}' ::: a") ?? ""
        #expect(message.hasPrefix("thresh: command:1:"))
        #expect(message.contains("^"))
        #expect(CommandLines.refusal("'for i in a; do echo; done' ::: a")?.contains("use {}") == true)
        #expect(CommandLines.refusal("--shell zsh 'echo ( {}' ::: a") == nil)
    }

    @Test(arguments: ["'{= s/a/b/ =}'", "echo '{= $_++ =}'", "echo '{=1 uc =}'"])
    func perlIsRefusedWithAHint(_ operand: String) {
        #expect(CommandLines.refusal(operand + " ::: a")?.contains("--plus") == true)
    }

    @Test func badExpressionsAreRefused() {
        #expect(CommandLines.refusal("--plus echo '{%(a}' ::: a")?.contains("'(' without ')'") == true)
        #expect(CommandLines.refusal("--tagstring '{=x=}' echo ::: a")?.contains("Perl") == true)
    }
}

@Suite struct TemplateQuotingTests {
    /// The value of a word without expansions.
    private func value(_ parts: [WordPart]) -> Bytes? {
        var text = Bytes()
        for part in parts {
            switch part {
            case .literal(let piece), .escaped(let piece), .singleQuoted(let piece), .dollarSingleQuoted(let piece):
                text.append(piece)
            case .doubleQuoted(let inner):
                guard let piece = value(inner) else { return nil }
                text.append(piece)
            default: return nil
            }
        }
        return text
    }

    /// Whatever the bytes, the text of a command gives them back when it is parsed.
    @Test func quotedValuesComeBack() throws {
        var generator = SystemRandomNumberGenerator()
        let special: Bytes = "'\"\\$` \n\t*?[]{}~#!&;|<>()=%,^-a/."
        let sources: [Bytes] = ["printf {}", "printf \"{}\"", "printf '{}'", "printf a\"b{}c\"'d{}e'{}"]
        for round in 0..<400 {
            var argument = Bytes()
            for _ in 0..<Int.random(in: 0...12, using: &generator) {
                argument.append(
                    round.isMultiple(of: 2)
                        ? UInt8.random(in: 1...255, using: &generator)
                        : special[Int.random(in: 0..<special.count, using: &generator)])
            }
            for (index, source) in sources.enumerated() {
                let text = try template(source).commandText(for: job(argument), slot: 1)
                let list = try Parser.parse(text)
                guard case .simple(let command) = list.items[0].first.commands[0], command.words.count == 2 else {
                    Issue.record("\(text) has not two words")
                    continue
                }
                let expected =
                    index == 3 ? "ab" + argument + "cd" + argument + "e" + argument : argument
                #expect(value(command.words[1].parts) == expected, "\(text.debugDescription)")
            }
        }
    }

    @Test func quotesAsGNUParallelWritesThem() {
        for (value, expected) in [
            ("", "''"), ("a", "a"), ("a b", "'a b'"), ("it's", "'it'\"'\"'s'"), ("'", "\"'\""), ("''", "\"'\"''\"'\""),
            ("'a", "\"'\"'a'"), ("a'", "'a'\"'\""),
        ] as [(Bytes, Bytes)] {
            var text = Bytes()
            ShellQuoting.append(value, to: &text)
            #expect(text == expected)
            #expect(ShellQuoting.length(value) == expected.count)
        }
    }
}

@Suite struct TemplateLengthTests {
    /// The length that is reckoned is that of the text, but for numbers.
    @Test(arguments: [
        "echo", "echo x{}y", "echo {} {.}", "echo '{}' \"{}\"", "echo a{}b{}c d", "echo {1} {}", "echo {1}{2}",
    ])
    func reckonedLengthIsThatOfTheText(_ source: String) throws {
        for plurality in [JobTemplate.Plurality.spread, .cross] {
            let template = try template(Bytes(source), plurality: plurality)
            let length = TemplateLength(template)
            let arguments: [Bytes] = ["a", "bb.c", "it's", "", "x y"]
            for count in 1...arguments.count {
                var sum = length.base
                for (index, argument) in arguments.prefix(count).enumerated() {
                    sum += length.cost(of: argument, at: index)
                }
                let job = Job(sequence: 1, arguments: Array(arguments.prefix(count)))
                let text = template.commandText(for: job, slot: 1)
                #expect(sum >= text.count - 4 && sum <= text.count + 6, "\(text): \(sum)")
            }
        }
    }
}

@Suite struct TemplateTextTemplateTests {
    @Test func valuesAreRaw() throws {
        let table = ReplacementTable(ReplacementSpellings(), columns: ["name"])
        let text = try TextTemplate("{#}:{name/}:{}:$x", table: table, slots: 2)
        #expect(!text.isConstant)
        #expect(text.text(for: job("a/b c", "it's"), slot: 1) == "7:b c:a/b c it's:$x")
        #expect(try TextTemplate("plain", table: table, slots: 2).isConstant)
    }
}
