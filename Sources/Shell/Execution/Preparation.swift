// From the parser's tree to what runs.
//
// Preparing does once what would else be done at every execution: brace expansion, constants, numbers for names, the search
// for built-ins. The classes it makes are final and refer to each other directly.

import Bytes
import Syntax

package enum Preparation {
    // MARK: Commands

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
            return FunctionDefinitionNode(definition: definition, body: self.command(definition.body))
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
            return subshell(list) { SubshellNode(list, $0) }
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

    // MARK: Words

    /// The words that a word with brace expansions stands for.
    static func expandBraces(_ word: Word) -> [WordNode] {
        let hasBraces = word.parts.contains { part in
            switch part {
            case .braceList, .braceRange: true
            default: false
            }
        }
        guard hasBraces else { return [self.word(word)] }
        do throws(BraceExpansionError) {
            // A word that comes to nothing at all is none.
            return try BraceExpansion.expand(word.parts).filter { !$0.isEmpty }
                .map { self.word(Word($0, position: word.position)) }
        } catch {
            return [CompositeWord([FailingPart(error.description)])]
        }
    }

    /// - Parameter isQuoted: the word stands in double quotes, as here-documents do.
    /// - Parameter isOperand: the word is that of `${x:-word}`: unquoted text in it is split.
    /// - Parameter takesGroups: `@(a|b)` in it is a pattern's group, for the parser has read it as one.
    static func word(
        _ word: Word, isQuoted: Bool = false, isOperand: Bool = false, takesGroups: Bool = true
    ) -> WordNode {
        let line = word.position.line
        if !isOperand {
            if word.parts.isEmpty { return ConstantWord(Bytes()) }
            if let constant = constant(word.parts, isQuoted: isQuoted) { return ConstantWord(constant) }
            if word.parts.count == 1 {
                switch word.parts[0] {
                case .parameter(let expansion):
                    if let id = plainVariable(expansion) { return VariableWord(id: id, isQuoted: isQuoted) }
                case .doubleQuoted(let parts):
                    if parts.count == 1, case .parameter(let expansion) = parts[0], let id = plainVariable(expansion) {
                        return VariableWord(id: id, isQuoted: true)
                    }
                default:
                    break
                }
            }
        }
        let composite = composite(word.parts, isQuoted: isQuoted, isOperand: isOperand, line, takesGroups: takesGroups)
        if !isOperand, let part = composite.parts.all.first as? ExpansionPart, composite.parts.count == 1 {
            return ExpansionWord(part)
        }
        return composite
    }

    private static func composite(
        _ parts: [WordPart], isQuoted: Bool, isOperand: Bool, _ line: Int32, takesGroups: Bool = false
    ) -> CompositeWord {
        CompositeWord(
            parts.map { part($0, isQuoted: isQuoted, isOperand: isOperand, line) }, takesGroups: takesGroups)
    }

    /// The number of the variable that `$name` names, if that is all.
    private static func plainVariable(_ expansion: ParameterExpansion) -> NameID? {
        guard case .variable(let name) = expansion.parameter, expansion.index == nil, !expansion.isIndirect,
            case .value = expansion.operation
        else { return nil }
        let id = NameTable.intern(name)
        if id == NameTable.bashpid { mentionProcess() }
        if name == "BASH_COMMAND" { beginTracing() }
        return id
    }

    /// The text of parts that never change; nil if something is to be expanded or matched.
    private static func constant(_ parts: [WordPart], isQuoted: Bool) -> Bytes? {
        var text = Bytes()
        for part in parts {
            switch part {
            case .literal(let literal):
                // A `[` alone, the utility's name, matches nothing but itself.
                if !isQuoted, literal.contains(where: { FieldBuilder.isSpecial($0) }), parts.count > 1 || literal != "["
                {
                    return nil
                }
                if !isQuoted, Pattern.hasGroup(literal) { return nil }
                text.append(literal)
            case .escaped(let literal), .singleQuoted(let literal), .dollarSingleQuoted(let literal):
                text.append(literal)
            case .doubleQuoted(let inner):
                guard let literal = constant(inner, isQuoted: true) else { return nil }
                text.append(literal)
            default:
                return nil
            }
        }
        return text
    }

    private static func part(_ part: WordPart, isQuoted: Bool, isOperand: Bool, _ line: Int32) -> PartNode {
        switch part {
        case .literal(let text):
            return isQuoted ? QuotedPart(text) : LiteralPart(text, splits: isOperand)
        case .escaped(let text), .singleQuoted(let text), .dollarSingleQuoted(let text):
            return QuotedPart(text)
        case .doubleQuoted(let parts):
            // An expansion alone is quoted by itself.
            if parts.count == 1,
                let part = self.part(parts[0], isQuoted: true, isOperand: false, line) as? ExpansionPart
            {
                return part
            }
            return DoubleQuotedPart(parts.map { self.part($0, isQuoted: true, isOperand: false, line) })
        case .parameter(let expansion):
            return parameter(expansion, isQuoted: isQuoted)
        case .command(let list, _):
            if let file = inputFile(list) { return FilePart(file: file, isQuoted: isQuoted) }
            let body = subshell(list) { TrapFinder.finds(list) ? SubshellNode(list, $0) : $0 }
            return CommandPart(body: body, isQuoted: isQuoted)
        case .invalidCommand(_, let misreading):
            return CommandPart(body: InvalidCommandNode(misreading.error), isQuoted: isQuoted)
        case .arithmetic(let expression):
            return ArithmeticPart(expression: arithmetic(expression), isQuoted: isQuoted)
        case .tilde(let user):
            return TildePart(user: user)
        case .placeholder(let number):
            return PlaceholderPart(number: number, isQuoted: isQuoted)
        case .process(let list, let isInput):
            return ProcessPart(list: list, isInput: isInput)
        case .braceList, .braceRange:
            // Not expanded where this word stands: its own spelling.
            return LiteralPart(Printer.source(of: Word([part])), splits: false)
        case .array:
            return FailingPart("a list of elements where none can stand")
        }
    }

    /// `$(<file)`: the file's word.
    private static func inputFile(_ list: List) -> WordNode? {
        guard list.items.count == 1, list.items[0].rest.isEmpty, !list.items[0].isAsynchronous,
            list.items[0].first.commands.count == 1, case .simple(let command) = list.items[0].first.commands[0],
            command.words.isEmpty, command.assignments.isEmpty, command.redirections.count == 1,
            command.redirections[0].descriptor ?? 0 == 0, case .file(.input, let word) = command.redirections[0].target
        else { return nil }
        return self.word(word)
    }

    private static func parameter(_ expansion: ParameterExpansion, isQuoted: Bool) -> PartNode {
        if case .value = expansion.operation, !expansion.isIndirect, expansion.index == nil {
            switch expansion.parameter {
            case .variable(let name):
                if name == "BASHPID" { mentionProcess() }
                if name == "BASH_COMMAND" { beginTracing() }
                return VariablePart(id: NameTable.intern(name), isQuoted: isQuoted)
            case .special(UInt8(ascii: "@")):
                return AllParametersPart(isStar: false, isQuoted: isQuoted)
            case .special(UInt8(ascii: "*")):
                return AllParametersPart(isStar: true, isQuoted: isQuoted)
            default:
                return SpecialPart(expansion.parameter, isQuoted: isQuoted)
            }
        }
        let parameter: PreparedParameter
        switch (expansion.parameter, expansion.index) {
        case (.variable(let name), nil): parameter = .variable(NameTable.intern(name))
        case (.variable(let name), .all): parameter = .elements(NameTable.intern(name), isStar: false)
        case (.variable(let name), .joined): parameter = .elements(NameTable.intern(name), isStar: true)
        case (.variable(let name), .index(let index)):
            parameter = .element(NameTable.intern(name), subscriptNode(index))
        case (let other, _): parameter = .parameter(other)
        }
        return ParameterPart(
            parameter, isIndirect: expansion.isIndirect,
            operation: operation(expansion, isQuoted: isQuoted), isQuoted: isQuoted)
    }

    /// A pattern in `${…}`, where parentheses are characters like others unless `shopt extglob` is on.
    private static func pattern(_ word: Word) -> WordNode { self.word(word, takesGroups: false) }

    private static func operation(_ expansion: ParameterExpansion, isQuoted: Bool) -> PreparedOperation {
        let line = expansion.position.line
        func operand(_ word: Word) -> CompositeWord {
            composite(word.parts, isQuoted: isQuoted, isOperand: !isQuoted, line)
        }
        switch expansion.operation {
        case .value: return .value
        case .length: return .length
        case .useDefault(let word, let orNull): return .useDefault(operand(word), orNull: orNull)
        case .assignDefault(let word, let orNull): return .assignDefault(operand(word), orNull: orNull)
        case .indicateError(let word, let orNull): return .indicateError(word.map(operand), orNull: orNull)
        case .useAlternative(let word, let orNull): return .useAlternative(operand(word), orNull: orNull)
        // Patterns have quotes of their own, whatever stands around the braces.
        case .removePrefix(let word, let longest): return .removePrefix(pattern(word), longest: longest)
        case .removeSuffix(let word, let longest): return .removeSuffix(pattern(word), longest: longest)
        case .replace(let word, let with, let kind):
            return .replace(pattern: pattern(word), with: replacement(with), kind)
        case .substring(let offset, let length):
            return .substring(offset: arithmetic(offset), length: length.map(arithmetic))
        case .changeCase(let kind, let pattern): return .changeCase(kind, pattern: pattern.map(self.pattern))
        case .transform(let letter): return .transform(letter)
        case .names(let joined): return .names(joined: joined)
        case .invalid(let text): return .invalid(text)
        case .keys(let joined): return .keys(joined: joined)
        }
    }

    /// The text of a replacement must be known from quoted text: an `&` in it stands for the match.
    private static func replacement(_ word: Word) -> WordNode {
        let hasMatch = word.parts.contains { part in
            if case .literal(let text) = part { text.contains(UInt8(ascii: "&")) } else { false }
        }
        return hasMatch ? composite(word.parts, isQuoted: false, isOperand: false, word.position.line) : self.word(word)
    }

    // MARK: Arithmetic

    static func arithmetic(_ arithmetic: Arithmetic) -> ArithmeticNode {
        var operands: [ExpansionOperand] = []
        let tree = arithmetic.expression.flatMap { expression in
            isEvaluatedOnce(expression) ? self.arithmetic(expression, &operands) : nil
        }
        if let tree, operands.isEmpty { return tree }
        return ArithmeticRoot(tree: tree, operands: operands, text: word(arithmetic.text, isQuoted: true))
    }

    static func arithmetic(_ expression: ArithmeticExpression) -> ArithmeticNode {
        var operands: [ExpansionOperand] = []
        return arithmetic(expression, &operands)
    }

    /// Its expansions may be looked at before they are used: none runs a command or assigns.
    /// And it is not deeper than any stack has room for; what is, is parsed when it is evaluated, by what room there is then.
    private static func isEvaluatedOnce(_ expression: ArithmeticExpression, depth: Int = 0) -> Bool {
        guard depth < 100 else { return false }
        func inner(_ expression: ArithmeticExpression) -> Bool { isEvaluatedOnce(expression, depth: depth + 1) }
        switch expression {
        case .number, .variable: return true
        // The subscript sees to its own expansions.
        case .element(_, let index): return index.expression.map(inner) ?? true
        case .expansion(let part):
            guard case .parameter(let expansion) = part else { return false }
            return changesNothing(expansion)
        case .unary(_, let a): return inner(a)
        case .binary(_, let a, let b): return inner(a) && inner(b)
        case .assignment(let target, _, let value): return inner(target) && inner(value)
        case .increment(let target, _, _): return inner(target)
        case .conditional(let a, let b, let c): return inner(a) && inner(b) && inner(c)
        case .comma(let a, let b): return inner(a) && inner(b)
        }
    }

    /// The expansion gives the same a second time.
    private static func changesNothing(_ expansion: ParameterExpansion, depth: Int = 0) -> Bool {
        guard !expansion.isIndirect, expansion.index == nil, depth < 10 else { return false }
        func isPlain(_ word: Word) -> Bool { word.parts.allSatisfy(isPlain) }
        func isPlain(_ part: WordPart) -> Bool {
            switch part {
            case .literal, .escaped, .singleQuoted: true
            case .doubleQuoted(let parts): parts.allSatisfy(isPlain)
            case .parameter(let inner): changesNothing(inner, depth: depth + 1)
            default: false
            }
        }
        return switch expansion.operation {
        case .value, .length: true
        case .useDefault(let word, _), .useAlternative(let word, _), .removePrefix(let word, _),
            .removeSuffix(let word, _):
            isPlain(word)
        default: false
        }
    }

    private static func arithmetic(
        _ expression: ArithmeticExpression, _ operands: inout [ExpansionOperand]
    ) -> ArithmeticNode {
        switch expression {
        case .number(let value): return NumberNode(value)
        case .variable(let name): return VariableOperand(id: NameTable.intern(name))
        case .element(let name, let index): return element(name, index)
        case .expansion(let part):
            let operand = ExpansionOperand(
                part: self.part(part, isQuoted: true, isOperand: false, 0), index: operands.count)
            operands.append(operand)
            return operand
        case .unary(let operation, let a): return UnaryNode(operation, arithmetic(a, &operands))
        case .binary(let operation, let a, let b):
            return BinaryNode(operation, arithmetic(a, &operands), arithmetic(b, &operands))
        case .assignment(.variable(let name), let operation, let value):
            return AssignmentNode(id: NameTable.intern(name), operation: operation, value: arithmetic(value, &operands))
        case .increment(.variable(let name), let step, let isPrefix):
            return IncrementNode(id: NameTable.intern(name), step: step, isPrefix: isPrefix)
        case .assignment(.element(let name, let index), let operation, let value):
            return ElementAssignmentNode(
                element(name, index), operation: operation, value: arithmetic(value, &operands))
        case .increment(.element(let name, let index), let step, let isPrefix):
            return ElementIncrementNode(element(name, index), step: step, isPrefix: isPrefix)
        case .assignment, .increment: return FailingOperand("arithmetic: an assignment to what is no variable")
        case .conditional(let a, let b, let c):
            return ConditionalNode(
                arithmetic(a, &operands), then: arithmetic(b, &operands), otherwise: arithmetic(c, &operands))
        case .comma(let a, let b): return CommaNode(arithmetic(a, &operands), arithmetic(b, &operands))
        }
    }

    private static func element(_ name: Bytes, _ index: Arithmetic) -> ElementOperand {
        ElementOperand(
            id: NameTable.intern(name),
            index: SubscriptNode(word: word(index.text, isQuoted: true), expression: arithmetic(index)))
    }
}
