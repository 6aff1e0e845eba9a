// Words: what is constant is put together here, frequent shapes get a node of their own.

import Bytes
import Syntax

extension Preparation {
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

    static func composite(
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

    static func part(_ part: WordPart, isQuoted: Bool, isOperand: Bool, _ line: Int32) -> PartNode {
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
}
