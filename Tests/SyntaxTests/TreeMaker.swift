import Bytes

@testable import Syntax

/// Makes random trees of the kinds that a parser can make.
struct TreeMaker {
    var random: SplitMix

    private mutating func chance(_ n: Int) -> Bool { random.next(below: n) == 0 }

    private mutating func pick<T>(_ values: [T]) -> T { values[random.next(below: values.count)] }

    mutating func list(depth: Int) -> List {
        List(
            (0...random.next(below: 3)).map { _ in
                ListItem(
                    first: pipeline(depth: depth),
                    rest: (0..<random.next(below: 2)).map { _ in
                        AndOrPart(isAnd: chance(2), pipeline: pipeline(depth: depth))
                    },
                    isAsynchronous: chance(5))
            })
    }

    private mutating func pipeline(depth: Int) -> Pipeline {
        Pipeline(
            (0...random.next(below: 2)).map { _ in command(depth: depth - 1) }, isNegated: chance(6),
            timing: chance(20) ? (chance(2) ? .posix : .formatted) : nil)
    }

    private mutating func command(depth: Int) -> Command {
        guard depth > 0, chance(2) else { return simple(depth: depth) }
        if chance(6) {
            let body = Command.compound(
                compound(depth: depth), redirections: redirections(depth: depth), position: .start)
            return .function(FunctionDefinition(name: pick(["f", "g-h", "if", "x1"]), body: body, position: .start))
        }
        return .compound(compound(depth: depth), redirections: redirections(depth: depth), position: .start)
    }

    private mutating func simple(depth: Int) -> Command {
        var command = SimpleCommand(position: .start)
        if chance(3) {
            command.assignments = (0...random.next(below: 2)).map { _ in
                Assignment(
                    name: pick(["a", "b_1"]), isAppending: chance(4),
                    value: .word(word(depth: depth, mayBeEmpty: true)),
                    position: .start)
            }
        }
        let isBare = chance(6) && !command.assignments.isEmpty
        if !isBare {
            command.words = [Word([.literal(pick(["echo", "x", "ls-l", "a.b"]))])]
            command.words += (0..<random.next(below: 4)).map { _ in word(depth: depth) }
        }
        command.redirections = redirections(depth: depth)
        return .simple(command)
    }

    private mutating func redirections(depth: Int) -> [Redirection] {
        guard chance(4) else { return [] }
        return (0...random.next(below: 2)).map { _ in
            let target: Redirection.Target =
                chance(3)
                ? .hereDocument(document(depth: depth))
                : .file(
                    pick(Redirection.Operator.allCases.filter { $0 != .outputBoth && $0 != .appendBoth }),
                    word(depth: depth))
            return Redirection(descriptor: chance(2) ? random.next(below: 12) : nil, target: target, position: .start)
        }
    }

    private mutating func document(depth: Int) -> HereDocument {
        let isQuoted = chance(3)
        var body = isQuoted ? [WordPart.literal("text $x `y`")] : quotedParts(depth: depth)
        // A body ends with a newline, and equal neighbours are one.
        if case .literal(let text)? = body.last {
            body[body.count - 1] = .literal(text + "\n")
        } else {
            body.append(.literal("\n"))
        }
        return HereDocument(
            delimiter: pick(["E", "-F", "G$"]), isQuoted: isQuoted, stripsTabs: chance(3), body: Word(body))
    }

    private mutating func compound(depth: Int) -> CompoundCommand {
        let inner = depth - 1
        switch random.next(below: 12) {
        case 0: return .braceGroup(list(depth: inner))
        case 1: return .subshell(list(depth: inner))
        case 2:
            let words = chance(3) ? nil : (0..<random.next(below: 3)).map { _ in word(depth: inner) }
            return .forLoop(ForLoop(name: "i", words: words, body: list(depth: inner), position: .start))
        case 3:
            let items = (0..<random.next(below: 3)).map { _ in
                CaseItem(
                    patterns: (0...random.next(below: 2)).map { _ in word(depth: inner) },
                    body: chance(4) ? List() : list(depth: inner),
                    terminator: pick([.end, .fallThrough, .continueMatching]))
            }
            return .caseCommand(CaseCommand(subject: word(depth: inner), items: items))
        case 4:
            let branches = (0...random.next(below: 2)).map { _ in
                IfCommand.Branch(condition: list(depth: inner), body: list(depth: inner))
            }
            return .ifCommand(IfCommand(branches: branches, otherwise: chance(2) ? list(depth: inner) : nil))
        case 5: return .whileLoop(condition: list(depth: inner), body: list(depth: inner))
        case 6: return .untilLoop(condition: list(depth: inner), body: list(depth: inner))
        case 7: return .conditional(conditional(depth: 3))
        case 9:
            let words = chance(3) ? nil : (0..<random.next(below: 3)).map { _ in word(depth: inner) }
            return .parallelFor(
                options: poolOptions(),
                ForLoop(name: "i", words: words, body: list(depth: inner), position: .start))
        case 10:
            return .parallelWhile(
                options: poolOptions(), condition: list(depth: inner), body: list(depth: inner))
        case 8: return .always(list(depth: inner), cleanup: list(depth: inner))
        default: return .arithmetic(arithmetic())
        }
    }

    private mutating func poolOptions() -> [Word] {
        pick([[], ["-k"], ["-kj", "2"], ["--jobs=3", "--"]] as [[Bytes]]).map { Word([.literal($0)]) }
    }

    private mutating func conditional(depth: Int) -> ConditionalExpression {
        guard depth > 0 else { return .word(word(depth: 0)) }
        switch random.next(below: 5) {
        case 0: return .unary("-f", word(depth: 0))
        case 1: return .binary(pick(["==", "!=", "<", "-eq", "=~"]), word(depth: 0), word(depth: 0))
        case 2: return .not(.group(conditional(depth: depth - 1)))
        case 3: return .and(.group(conditional(depth: depth - 1)), .word(word(depth: 0)))
        default: return .or(.unary("-n", word(depth: 0)), .group(conditional(depth: depth - 1)))
        }
    }

    private mutating func arithmetic() -> Arithmetic {
        let text = Word([.literal(pick(["1 + 2", "a ? b : c", "x++", "(1)", "a[1] = 2 , 3", " 7 "]))])
        let expression = ArithmeticParser.expression(of: text, maximumDepth: 100, maximumStack: 1 << 18)
        return Arithmetic(text: text, expression: expression)
    }

    // MARK: Words

    private mutating func word(depth: Int, mayBeEmpty: Bool = false) -> Word {
        var builder = WordBuilder()
        for _ in 0..<(random.next(below: 3) + (mayBeEmpty ? 0 : 1)) {
            switch random.next(below: 8) {
            case 0: for byte in pick(["a*?", "\\ ", "'\"", "é", "\u{1}~"]) as Bytes { builder.appendEscaped(byte) }
            case 1: builder.append(.singleQuoted(pick(["", "a b", "$x\n", "\\"])))
            case 2: builder.append(.dollarSingleQuoted(pick(["\n\t", "'", "\u{7}1", "é\\"])))
            case 3: builder.append(.doubleQuoted(quotedParts(depth: depth)))
            case 4, 5: builder.append(expansion(depth: depth, isQuoted: false))
            default:
                builder.append(
                    .literal(pick(["abc", "x1", "*.c", "a/b", "1", "-", "#"].dropLast(builder.isEmpty ? 1 : 0))))
            }
        }
        return Word(builder.finish())
    }

    private mutating func quotedParts(depth: Int) -> [WordPart] {
        var builder = WordBuilder()
        for _ in 0..<random.next(below: 4) {
            builder.append(
                chance(2)
                    ? .literal(pick(["a b", "\\", "$", "`", "1x", "\n", "}", "'"]))
                    : expansion(depth: depth, isQuoted: true))
        }
        return builder.finish()
    }

    private mutating func expansion(depth: Int, isQuoted: Bool) -> WordPart {
        if depth > 0, chance(3) { return .command(chance(8) ? List() : list(depth: depth - 2), position: .start) }
        if chance(4) { return .arithmetic(arithmetic()) }
        let parameter: ParameterExpansion.Parameter = pick([
            .variable("x"), .variable("y_2"), .positional(1), .positional(12), .special(UInt8(ascii: "@")),
        ])
        func operand(_ maker: inout TreeMaker) -> Word {
            isQuoted ? Word(maker.quotedParts(depth: 0)) : maker.word(depth: 0, mayBeEmpty: true)
        }
        let operation: ParameterOperation
        switch random.next(below: 9) {
        case 0: operation = .useDefault(operand(&self), orNull: chance(2))
        case 1: operation = .assignDefault(operand(&self), orNull: chance(2))
        case 2: operation = .useAlternative(operand(&self), orNull: chance(2))
        case 3: operation = .removePrefix(word(depth: 0), longest: chance(2))
        case 4: operation = .removeSuffix(word(depth: 0), longest: chance(2))
        case 5: operation = .length
        case 6: operation = .indicateError(nil, orNull: chance(2))
        default: operation = .value
        }
        return .parameter(ParameterExpansion(parameter, operation: operation))
    }
}
