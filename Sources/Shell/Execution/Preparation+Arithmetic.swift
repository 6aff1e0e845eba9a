// Arithmetic that is text of the script becomes a tree once; what is only known when it runs is parsed then.

import Bytes
import Syntax

extension Preparation {
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
