// Trees as short texts, so that a table can say what a source means. Plain text stands for itself; all else is in angle
// brackets or parentheses, with a word that says what it is.

import Bytes
import Syntax
import Testing

enum Sketch {
    static func of(_ list: List) -> String { list.items.map(of).joined(separator: " ; ") }

    static func of(_ item: ListItem) -> String {
        let rest = item.rest.map { ($0.isAnd ? " && " : " || ") + of($0.pipeline) }.joined()
        return of(item.first) + rest + (item.isAsynchronous ? " &" : "")
    }

    static func of(_ pipeline: Pipeline) -> String {
        (pipeline.timing.map { $0 == .posix ? "time -p " : "time " } ?? "") + (pipeline.isNegated ? "! " : "")
            + pipeline.commands.map(of).joined(separator: " | ")
    }

    static func of(_ command: Command) -> String {
        switch command {
        case .simple(let simple):
            return (simple.assignments.map(of) + simple.words.map { of($0) } + simple.redirections.map(of))
                .joined(separator: " ")
        case .compound(let compound, let redirections, _):
            return ([of(compound)] + redirections.map(of)).joined(separator: " ")
        case .function(let definition):
            return "(function \(definition.name) \(of(definition.body)))"
        }
    }

    static func of(_ assignment: Assignment) -> String {
        let index = assignment.index.map { "[\(of($0))]" } ?? ""
        let name = "\(assignment.name)\(index)\(assignment.isAppending ? "+=" : "=")"
        switch assignment.value {
        case .word(let word): return "<set \(name)\(of(word))>"
        case .array(let elements): return "<set \(name)\(of(elements))>"
        }
    }

    static func of(_ elements: [ArrayElement]) -> String {
        let texts = elements.map { element in
            (element.index.map { "[\(of($0))]\(element.isAppending ? "+=" : "=")" } ?? "") + of(element.value)
        }
        return "(" + texts.joined(separator: " ") + ")"
    }

    static func of(_ redirection: Redirection) -> String {
        let left = redirection.variable.map { "{\($0)}" } ?? redirection.descriptor.map { "\($0)" } ?? ""
        switch redirection.target {
        case .file(let kind, let word): return "<\(left)\(kind.text) \(of(word))>"
        case .hereDocument(let document):
            let kind = (document.stripsTabs ? "<<-" : "<<") + (document.isQuoted ? "'" : "")
            return "<\(left)\(kind) \(of(document.body))>"
        }
    }

    static func of(_ command: CompoundCommand) -> String {
        switch command {
        case .braceGroup(let list): return "(group \(of(list)))"
        case .always(let list, let cleanup): return "(try \(of(list)) always \(of(cleanup)))"
        case .subshell(let list): return "(subshell \(of(list)))"
        case .forLoop(let loop):
            let words = loop.words.map { " in" + $0.map { " " + of($0) }.joined() } ?? ""
            return "(for \(loop.name)\(words) do \(of(loop.body)))"
        case .select(let loop):
            let words = loop.words.map { " in" + $0.map { " " + of($0) }.joined() } ?? ""
            return "(select \(loop.name)\(words) do \(of(loop.body)))"
        case .parallelFor(let options, let loop):
            let words = loop.words.map { " in" + $0.map { " " + of($0) }.joined() } ?? ""
            return "(pfor \(options.map { of($0) + " " }.joined())\(loop.name)\(words) do \(of(loop.body)))"
        case .parallelWhile(let options, let condition, let body):
            return "(pwhile \(options.map { of($0) + " " }.joined())\(of(condition)) do \(of(body)))"
        case .coprocess(let name, let body): return "(coproc \(name) \(of(body)))"
        case .arithmeticFor(let loop):
            let parts = [loop.initial, loop.condition, loop.step].map { $0.map(of) ?? "" }
            return "(for ((\(parts.joined(separator: "; ")))) do \(of(loop.body)))"
        case .caseCommand(let command):
            let items = command.items.map { item in
                let end =
                    switch item.terminator {
                    case .end: ";;"
                    case .fallThrough: ";&"
                    case .continueMatching: ";;&"
                    }
                return " " + item.patterns.map { of($0) }.joined(separator: "|") + ") " + of(item.body) + end
            }
            return "(case \(of(command.subject))\(items.joined()))"
        case .ifCommand(let command):
            let branches = command.branches.map { "\(of($0.condition)) then \(of($0.body))" }
            return "(if \(branches.joined(separator: " elif "))\(command.otherwise.map { " else " + of($0) } ?? ""))"
        case .whileLoop(let condition, let body): return "(while \(of(condition)) do \(of(body)))"
        case .untilLoop(let condition, let body): return "(until \(of(condition)) do \(of(body)))"
        case .conditional(let expression): return "[[ \(of(expression)) ]]"
        case .arithmetic(let arithmetic): return "((\(of(arithmetic))))"
        }
    }

    static func of(_ expression: ConditionalExpression) -> String {
        switch expression {
        case .word(let word): "(\(of(word)))"
        case .unary(let name, let word): "(\(name) \(of(word)))"
        case .binary(let name, let left, let right): "(\(of(left)) \(name) \(of(right)))"
        case .not(let operand): "(! \(of(operand)))"
        case .and(let left, let right): "(\(of(left)) && \(of(right)))"
        case .or(let left, let right): "(\(of(left)) || \(of(right)))"
        case .group(let inside): "<group \(of(inside))>"
        }
    }

    static func of(_ word: Word) -> String { word.parts.map(of).joined() }

    static func of(_ part: WordPart) -> String {
        switch part {
        case .literal(let text): "\(text)"
        case .escaped(let text): "<esc \(text)>"
        case .singleQuoted(let text): "<sq \(text)>"
        case .dollarSingleQuoted(let text): "<dsq \(text)>"
        case .doubleQuoted(let parts): "<dq \(parts.map(of).joined())>"
        case .parameter(let expansion): "<\(of(expansion))>"
        case .command(let list, _): "<cmd \(of(list))>"
        case .invalidCommand(_, let misreading):
            "<invalid \(misreading.error.position.line):\(misreading.error.position.column): \(misreading.error.message)>"
        case .arithmetic(let arithmetic): "<arith \(of(arithmetic))>"
        case .tilde(let name): "<~\(name)>"
        case .process(let list, let isInput): "<\(isInput ? "from" : "to") \(of(list))>"
        case .braceList(let words): "<any \(words.map { of($0) }.joined(separator: " or "))>"
        case .braceRange(let from, let to, let step): "<range \(from) \(to)\(step.map { " \($0)" } ?? "")>"
        case .array(let elements): of(elements)
        case .placeholder(let id): "<ph \(id)>"
        }
    }

    static func of(_ expansion: ParameterExpansion) -> String {
        if case .invalid(let text) = expansion.operation { return "invalid \(text)" }
        var name =
            switch expansion.parameter {
            case .variable(let name): "\(name)"
            case .positional(let number): "#\(number)"
            case .special(let byte): "$\(Unicode.Scalar(byte))"
            }
        switch expansion.index {
        case .all: name += "[@]"
        case .joined: name += "[*]"
        case .index(let word): name += "[\(of(word))]"
        case nil: break
        }
        if expansion.isIndirect { name = "!" + name }
        func word(_ symbol: String, _ operand: Word?, _ orNull: Bool) -> String {
            "\(name) \(orNull ? ":" : "")\(symbol) \(operand.map { of($0) } ?? "nil")"
        }
        switch expansion.operation {
        case .value, .invalid: return name
        case .length: return "length \(name)"
        case .useDefault(let operand, let orNull): return word("-", operand, orNull)
        case .assignDefault(let operand, let orNull): return word("=", operand, orNull)
        case .indicateError(let operand, let orNull): return word("?", operand, orNull)
        case .useAlternative(let operand, let orNull): return word("+", operand, orNull)
        case .removePrefix(let pattern, let isLongest): return "\(name) \(isLongest ? "##" : "#") \(of(pattern))"
        case .removeSuffix(let pattern, let isLongest): return "\(name) \(isLongest ? "%%" : "%") \(of(pattern))"
        case .replace(let pattern, let with, let kind): return "\(name) replace \(kind) \(of(pattern)) by \(of(with))"
        case .substring(let offset, let length):
            return "\(name) from \(of(offset))\(length.map { " length \(of($0))" } ?? "")"
        case .changeCase(let kind, let pattern): return "\(name) \(kind)\(pattern.map { " " + of($0) } ?? "")"
        case .transform(let letter): return "\(name) @ \(Unicode.Scalar(letter))"
        case .names(let isJoined): return "names \(name) \(isJoined)"
        case .keys(let isJoined): return "keys \(name) \(isJoined)"
        }
    }

    static func of(_ arithmetic: Arithmetic) -> String {
        arithmetic.expression.map(of) ?? "text \(of(arithmetic.text))"
    }

    static func of(_ expression: ArithmeticExpression) -> String {
        switch expression {
        case .number(let value): "\(value)"
        case .variable(let name): "\(name)"
        case .element(let name, let index): "\(name)[\(of(index))]"
        case .expansion(let part): of(part)
        case .unary(let operation, let operand): "(\(operation) \(of(operand)))"
        case .binary(let operation, let left, let right): "(\(operation) \(of(left)) \(of(right)))"
        case .assignment(let target, let operation, let value):
            "(set\(operation.map { " \($0)" } ?? "") \(of(target)) \(of(value)))"
        case .increment(let target, let step, let isPrefix): "(\(isPrefix ? "pre" : "post")\(step) \(of(target)))"
        case .conditional(let condition, let then, let otherwise): "(? \(of(condition)) \(of(then)) \(of(otherwise)))"
        case .comma(let left, let right): "(comma \(of(left)) \(of(right)))"
        }
    }
}

/// What a source means, or its error: line, column and message, `…` behind it if more input would help.
func meaning(_ source: String, _ options: ParserOptions = .init()) -> String {
    do throws(ParseError) {
        return Sketch.of(try Parser.parse(Bytes(source), options: options))
    } catch {
        return describe(error)
    }
}

func describe(_ error: ParseError) -> String {
    "\(error.position.line):\(error.position.column): \(error.message)\(error.isIncomplete ? " …" : "")"
}

/// A source and what it should mean.
struct Case: CustomTestStringConvertible, Sendable {
    var source: String
    var expected: String

    init(_ source: String, _ expected: String) {
        self.source = source
        self.expected = expected
    }

    var testDescription: String { source }
}
