// From the parser's tree to what runs.
//
// Preparing does once what would else be done at every execution: brace expansion, constants, numbers for names, the search
// for built-ins. The classes it makes are final and refer to each other directly.

import Bytes
import Syntax

package enum Preparation {
    static func list(_ list: List) -> Node {
        let nodes = list.items.map(item)
        return nodes.count == 1 ? nodes[0] : SequenceNode(nodes)
    }

    private static func item(_ item: ListItem) -> Node {
        let body = andOr(item)
        guard item.isAsynchronous else { return body }
        return AsynchronousNode(body: body, item: item, position: position(of: item.first.commands[0]))
    }

    private static func andOr(_ item: ListItem) -> Node {
        let first = pipeline(item.first)
        guard !item.rest.isEmpty else { return first }
        return AndOrNode(
            first: first, rest: item.rest.map { AndOrNode.Part(isAnd: $0.isAnd, node: pipeline($0.pipeline)) })
    }

    private static func pipeline(_ pipeline: Pipeline) -> Node {
        let body =
            pipeline.commands.count == 1
            ? command(pipeline.commands[0])
            : PipelineNode(
                pipeline.commands.map { command in asking { self.command(command) } }, pipeline.commands,
                position: position(of: pipeline.commands[0]))
        let node = pipeline.isNegated ? NotNode(body) : body
        return pipeline.timing.map { TimeNode(node, format: $0) } ?? node
    }

    private static func position(of command: Command) -> Position {
        switch command {
        case .simple(let simple): simple.position
        case .compound(_, _, let position): position
        case .function(let function): function.position
        }
    }

    static func command(_ command: Command) -> Node {
        switch command {
        case .simple(let simple):
            if !tracesCommands, mentionsTracing(simple) { beginTracing() }
            let node = self.simple(simple)
            return traced(node, command, simple.position)
        case .compound(let compound, let redirections, let position):
            var body = self.compound(compound, position)
            switch compound {
            case .conditional, .arithmetic: body = traced(body, command, position)
            case .subshell where tracesCommands: body = NamedNode(body, text: Printer.bashText(of: command))
            default: break
            }
            return redirections.isEmpty ? body : RedirectedNode(body, redirections.map(redirection))
        case .function(let definition):
            return FunctionDefinitionNode(definition: definition, body: functionBody(definition))
        }
    }

    private static func simple(_ command: SimpleCommand) -> Node {
        let line = command.position.line
        let assignments = command.assignments.map { assignment($0, line) }
        let redirections = command.redirections.map(redirection)
        if command.words.isEmpty {
            return AssignmentsNode(assignments, redirections: redirections, position: command.position)
        }
        noteParent(command.words)
        var words: [WordNode] = []
        let isDeclaration = declares(command.words)
        var hasArrays = false
        for (index, word) in command.words.enumerated() {
            if isDeclaration && index > 0 && isAssignment(word) {
                if let operand = arrayOperand(word) {
                    hasArrays = true
                    words.append(operand)
                } else {
                    words.append(contentsOf: expandBraces(word).map(AssignmentWord.init))
                }
            } else {
                words.append(contentsOf: expandBraces(word))
            }
        }
        let node = SimpleCommandNode(
            assignments: assignments, words: words, redirections: redirections, position: command.position)
        return hasArrays ? ArrayDeclarationNode(node) : TestCommandNode(node) ?? node
    }

    /// `name=( … )` among the words of a declaration.
    private static func arrayOperand(_ word: Word) -> ArrayOperandWord? {
        guard word.parts.count == 2, case .literal(let prefix) = word.parts[0],
            case .array(let elements) = word.parts[1]
        else { return nil }
        return ArrayOperandWord(prefix: prefix, literal: arrayLiteral(elements))
    }

    /// A declaration utility (2.9.1.1): its operands `name=value` are expanded like assignments.
    private static func declares(_ words: [Word]) -> Bool {
        for word in words {
            guard let name = word.constantText else { return false }
            switch name {
            case "command": continue
            case "export", "readonly", "local", "declare", "typeset", "alias": return true
            default: return false
            }
        }
        return false
    }

    private static func isAssignment(_ word: Word) -> Bool {
        guard case .literal(let text) = word.parts.first, let equals = text.find(UInt8(ascii: "=")) else {
            return false
        }
        let name = equals > 0 && text[equals - 1] == UInt8(ascii: "+") ? text[0..<(equals - 1)] : text[0..<equals]
        return VariableName(name) != nil
    }

    private static func assignment(_ assignment: Assignment, _ line: Int32) -> AssignmentNodeOfCommand {
        let id = NameTable.intern(assignment.name)
        var array: ArrayAssignment.Value?
        var value: WordNode = ConstantWord(Bytes())
        switch (assignment.value, assignment.index) {
        case (.word(let word), nil): value = self.word(word)
        case (.word(let word), .some(let index)): array = .element(subscriptNode(index), self.word(word))
        case (.array(let elements), nil): array = .literal(arrayLiteral(elements))
        case (.array, .some): array = .nothing
        }
        return AssignmentNodeOfCommand(
            id: id, isAppending: assignment.isAppending, value: value,
            array: array.map { ArrayAssignment(id: id, isAppending: assignment.isAppending, value: $0) })
    }

    static func arrayLiteral(_ elements: [ArrayElement]) -> ArrayLiteral {
        ArrayLiteral(
            elements.map { element in
                if let index = element.index {
                    return .subscripted(
                        subscriptNode(index), isAppending: element.isAppending, value: word(element.value))
                }
                return .words(expandBraces(element.value), text: word(element.value))
            }, elements)
    }

    static func subscriptNode(_ word: Word) -> SubscriptNode {
        // Quotes and the like make the text what it is only when it has been expanded.
        let isPlain = word.parts.allSatisfy { part in
            switch part {
            case .literal, .parameter, .arithmetic: true
            default: false
            }
        }
        guard isPlain, let arithmetic = ArithmeticParser.arithmetic(of: word) else {
            return SubscriptNode(word: self.word(word), expression: nil)
        }
        return SubscriptNode(word: self.word(word), expression: self.arithmetic(arithmetic))
    }

    private static func compound(_ compound: CompoundCommand, _ position: Position) -> Node {
        switch compound {
        case .braceGroup(let list):
            return self.list(list)
        case .always(let list, let cleanup):
            return AlwaysNode(self.list(list), cleanup: self.list(cleanup))
        case .subshell(let list):
            return subshell(list) { SubshellNode(list, $0, position: position) }
        case .forLoop(let loop):
            return ForNode(
                id: NameTable.intern(loop.name), words: loop.words?.flatMap(expandBraces),
                body: list(loop.body), source: loop)
        case .arithmeticFor(let loop):
            return ArithmeticForNode(
                initial: loop.initial.map(arithmetic), condition: loop.condition.map(arithmetic),
                step: loop.step.map(arithmetic), body: list(loop.body), source: loop, position: position)
        case .select(let loop):
            return SelectNode(
                id: NameTable.intern(loop.name), words: loop.words?.flatMap(expandBraces), body: list(loop.body),
                source: loop)
        case .parallelFor(let options, let loop):
            return ParallelForNode(
                options: options.flatMap(expandBraces), id: NameTable.intern(loop.name),
                words: loop.words?.flatMap(expandBraces), body: Prepared(loop.body), source: loop)
        case .parallelWhile(let options, let condition, let body):
            return ParallelWhileNode(
                options: options.flatMap(expandBraces), condition: list(condition), body: Prepared(body), source: body,
                position: position)
        case .coprocess(let name, let body):
            let item = ListItem(first: Pipeline([body]))
            return CoprocessNode(
                name: name,
                body: AsynchronousNode(
                    body: command(body), item: item,
                    shown: ListItem(
                        first: Pipeline([.compound(compound, redirections: [], position: position)])),
                    position: position))
        case .caseCommand(let command):
            return CaseNode(
                subject: word(command.subject),
                items: command.items.map { item in
                    CaseNode.Branch(
                        patterns: item.patterns.map { word($0) }, body: list(item.body), terminator: item.terminator)
                }, source: command.subject, position: position)
        case .ifCommand(let command):
            return IfNode(
                branches: command.branches.map { IfNode.Branch(condition: list($0.condition), body: list($0.body)) },
                otherwise: command.otherwise.map(list))
        case .whileLoop(let condition, let body):
            return WhileNode(condition: list(condition), body: list(body), isUntil: false)
        case .untilLoop(let condition, let body):
            return WhileNode(condition: list(condition), body: list(body), isUntil: true)
        case .conditional(let expression):
            return ConditionalCommandNode(conditional(expression), position: position)
        case .arithmetic(let expression):
            return ArithmeticCommandNode(arithmetic(expression), source: expression, position: position)
        }
    }

    private static func conditional(_ expression: ConditionalExpression) -> ConditionalCommandNode.Expression {
        switch expression {
        case .word(let word): .word(self.word(word))
        case .unary(let operation, let word): .unary(operation, self.word(word))
        // What is quoted in a regular expression counts, though it be constant.
        case .binary("=~", let left, let right):
            .binary("=~", word(left), composite(right.parts, isQuoted: false, isOperand: false, right.position.line))
        case .binary(let operation, let left, let right): .binary(operation, word(left), patternWord(right))
        case .not(let inner): .not(conditional(inner))
        case .and(let a, let b): .and(conditional(a), conditional(b))
        case .or(let a, let b): .or(conditional(a), conditional(b))
        case .group(let inner): conditional(inner)
        }
    }

    /// The word after `==`: constant as a rule, and shown by `set -x` as the pattern that it is.
    private static func patternWord(_ word: Word) -> WordNode {
        let node = self.word(word)
        guard let constant = node.constant, !word.parts.allSatisfy({ if case .literal = $0 { true } else { false } })
        else { return node }
        let pieces = word.parts.map { part -> (text: Bytes, isQuoted: Bool) in
            if case .literal(let text) = part { return (text, false) }
            return (Word([part]).constantText ?? Bytes(), true)
        }
        return ConstantWord(constant, pattern: Pattern.shown(pieces))
    }

    static func redirection(_ redirection: Redirection) -> RedirectionNode {
        let target: RedirectionNode.Target
        switch redirection.target {
        case .hereDocument(let document):
            target = .text(hereDocument(document), addsNewline: false)
        case .file(.hereString, let word):
            target = .text(self.word(word), addsNewline: true)
        case .file(let operation, let word):
            target = .file(operation, self.word(word))
        }
        return RedirectionNode(
            descriptor: redirection.descriptor, variable: redirection.variable, target: target,
            position: redirection.position)
    }

    static func hereDocument(_ document: HereDocument) -> WordNode {
        word(document.body, isQuoted: true)
    }
}
