// Arithmetic (2.6.4): signed 64-bit integers that wrap, with the operators of C.
//
// An expression that can be parsed before its expansions are known is a tree of nodes. An operand `$x` of it counts as one
// only while x holds a plain number; otherwise the whole text is expanded and parsed anew, which is what POSIX describes.

import Bytes
import Syntax

class ArithmeticNode: @unchecked Sendable {
    func evaluate(_ sh: Interpreter) throws(Unwind) -> Int64 { 0 }
}

final class NumberNode: ArithmeticNode, @unchecked Sendable {
    let value: Int64
    init(_ value: Int64) { self.value = value }
    override func evaluate(_ sh: Interpreter) throws(Unwind) -> Int64 { value }
}

/// A variable by its bare name; unset and null count as 0.
final class VariableOperand: ArithmeticNode, @unchecked Sendable {
    let id: NameID
    init(id: NameID) { self.id = id }

    override func evaluate(_ sh: Interpreter) throws(Unwind) -> Int64 { try sh.number(id) }
}

/// An operand `$x`. The root expands it, before anything of the expression is evaluated, and sees to it that its value is a
/// plain number.
final class ExpansionOperand: ArithmeticNode, @unchecked Sendable {
    private let part: PartNode
    /// The variable, if the part is one.
    private let id: NameID?
    /// Its place among the operands of the root.
    private let index: Int

    init(part: PartNode, index: Int) {
        self.part = part
        self.index = index
        id = (part as? VariablePart)?.id
    }

    func plainNumber(_ sh: Interpreter) throws(Unwind) -> Int64? {
        if let id, let value = sh.value(id) { return ArithmeticText.plainNumber(value, allowingSign: false) }
        var builder = FieldBuilder(splits: false)
        try part.append(to: &builder, sh)
        return ArithmeticText.plainNumber(builder.text, allowingSign: false)
    }

    override func evaluate(_ sh: Interpreter) throws(Unwind) -> Int64 { sh.expandedOperands[index] }
}

/// The values of the expansions in the arithmetic expressions that are being evaluated, innermost last.
struct ExpandedOperands {
    private var values: [Int64] = []
    /// Where those of the innermost expression begin.
    private var base = 0

    subscript(index: Int) -> Int64 { values[base + index] }

    /// Adds the value of the next operand of an expression that is not yet evaluated.
    mutating func append(_ value: Int64) { values.append(value) }

    /// The expression with the last `count` operands is evaluated now; gives what to hand to `leave`.
    mutating func enter(_ count: Int) -> Int {
        let outer = base
        base = values.count - count
        return outer
    }

    mutating func leave(to outer: Int) {
        values.removeSubrange(base...)
        base = outer
    }

    /// Drops the last `count`, whose expression is evaluated from its text.
    mutating func drop(_ count: Int) { values.removeLast(count) }
}

final class UnaryNode: ArithmeticNode, @unchecked Sendable {
    let operation: ArithmeticExpression.UnaryOperator
    let operand: ArithmeticNode

    init(_ operation: ArithmeticExpression.UnaryOperator, _ operand: ArithmeticNode) {
        self.operation = operation
        self.operand = operand
    }

    override func evaluate(_ sh: Interpreter) throws(Unwind) -> Int64 {
        let value = try operand.evaluate(sh)
        switch operation {
        case .plus: return value
        case .minus: return 0 &- value
        case .not: return value == 0 ? 1 : 0
        case .complement: return ~value
        }
    }
}

final class BinaryNode: ArithmeticNode, @unchecked Sendable {
    let operation: ArithmeticExpression.BinaryOperator
    let left: ArithmeticNode
    let right: ArithmeticNode

    init(_ operation: ArithmeticExpression.BinaryOperator, _ left: ArithmeticNode, _ right: ArithmeticNode) {
        self.operation = operation
        self.left = left
        self.right = right
    }

    override func evaluate(_ sh: Interpreter) throws(Unwind) -> Int64 {
        let a = try left.evaluate(sh)
        switch operation {
        case .and: return a == 0 ? 0 : try right.evaluate(sh) != 0 ? 1 : 0
        case .or: return a != 0 ? 1 : try right.evaluate(sh) != 0 ? 1 : 0
        default: return try sh.calculate(operation, a, try right.evaluate(sh))
        }
    }
}

final class AssignmentNode: ArithmeticNode, @unchecked Sendable {
    let id: NameID
    let operation: ArithmeticExpression.BinaryOperator?
    let value: ArithmeticNode

    init(id: NameID, operation: ArithmeticExpression.BinaryOperator?, value: ArithmeticNode) {
        self.id = id
        self.operation = operation
        self.value = value
    }

    override func evaluate(_ sh: Interpreter) throws(Unwind) -> Int64 {
        guard let operation else { return try sh.assignArithmetic(id, try value.evaluate(sh)) }
        // The old value is the one from before the right side's own assignments, as in bash, ksh and mksh.
        let old = try sh.number(id)
        return try sh.assignArithmetic(id, try sh.calculate(operation, old, try value.evaluate(sh)))
    }
}

final class IncrementNode: ArithmeticNode, @unchecked Sendable {
    let id: NameID
    let step: Int64
    let isPrefix: Bool

    init(id: NameID, step: Int64, isPrefix: Bool) {
        self.id = id
        self.step = step
        self.isPrefix = isPrefix
    }

    override func evaluate(_ sh: Interpreter) throws(Unwind) -> Int64 {
        let old = try sh.number(id)
        let new = try sh.assignArithmetic(id, old &+ step)
        return isPrefix ? new : old
    }
}

final class ConditionalNode: ArithmeticNode, @unchecked Sendable {
    let condition: ArithmeticNode
    let then: ArithmeticNode
    let otherwise: ArithmeticNode

    init(_ condition: ArithmeticNode, then: ArithmeticNode, otherwise: ArithmeticNode) {
        self.condition = condition
        self.then = then
        self.otherwise = otherwise
    }

    override func evaluate(_ sh: Interpreter) throws(Unwind) -> Int64 {
        try condition.evaluate(sh) != 0 ? try then.evaluate(sh) : try otherwise.evaluate(sh)
    }
}

final class CommaNode: ArithmeticNode, @unchecked Sendable {
    let first: ArithmeticNode
    let second: ArithmeticNode

    init(_ first: ArithmeticNode, _ second: ArithmeticNode) {
        self.first = first
        self.second = second
    }

    override func evaluate(_ sh: Interpreter) throws(Unwind) -> Int64 {
        _ = try first.evaluate(sh)
        return try second.evaluate(sh)
    }
}

/// A whole expression: its tree where the values of its `$x` allow it, else its text.
final class ArithmeticRoot: ArithmeticNode, @unchecked Sendable {
    /// One, or none. Threads that run the same loop would wait for each other at its count of references.
    private let tree: Children<ArithmeticNode>
    private let operands: Children<ExpansionOperand>
    /// The expression with its expansions, to be read again when they have been made.
    let text: WordNode

    init(tree: ArithmeticNode?, operands: [ExpansionOperand], text: WordNode) {
        self.tree = Children(tree.map { [$0] } ?? [])
        self.operands = Children(operands)
        self.text = text
    }

    deinit {
        tree.deallocate()
        operands.deallocate()
    }

    override func evaluate(_ sh: Interpreter) throws(Unwind) -> Int64 {
        guard tree.count > 0 else {
            try sh.checkStack()
            return try sh.evaluateText(try text.string(sh))
        }
        for index in 0..<operands.count {
            let number: Int64?
            do throws(Unwind) {
                number = try operands[index].borrowed { (operand) throws(Unwind) in try operand.plainNumber(sh) }
            } catch {
                sh.expandedOperands.drop(index)
                throw error
            }
            guard let number else {
                sh.expandedOperands.drop(index)
                return try sh.evaluateText(try text.string(sh))
            }
            sh.expandedOperands.append(number)
        }
        let outer = sh.expandedOperands.enter(operands.count)
        defer { sh.expandedOperands.leave(to: outer) }
        return try tree[0].borrowed { (tree) throws(Unwind) in try tree.evaluate(sh) }
    }
}

enum ArithmeticText {
    /// A decimal number that needs no parsing: digits without a leading zero, and a minus sign where that can't be read
    /// as an operator.
    @inline(__always)
    static func plainNumber(_ text: Bytes, allowingSign: Bool) -> Int64? {
        text.withUnsafeBytes { bytes in
            var index = 0
            let count = bytes.count
            guard count > 0, count < 19 else { return nil }
            var isNegative = false
            if bytes[0] == UInt8(ascii: "-") {
                guard allowingSign, count > 1 else { return nil }
                isNegative = true
                index = 1
            }
            if bytes[index] == UInt8(ascii: "0") { return count == index + 1 ? 0 : nil }
            var value: Int64 = 0
            while index < count {
                let digit = bytes[index] &- 48
                guard digit <= 9 else { return nil }
                value = value &* 10 &+ Int64(digit)
                index += 1
            }
            return isNegative ? 0 &- value : value
        }
    }
}

extension Interpreter {
    /// Evaluates text as an expression; nil if it is none, with the message printed.
    package func evaluateArithmetic(_ text: Bytes) -> Int64? {
        do throws(Unwind) { return try evaluateText(text) } catch { return nil }
    }

    func evaluateText(_ text: Bytes) throws(Unwind) -> Int64 {
        if let number = ArithmeticText.plainNumber(text, allowingSign: true) { return number }
        if text.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0A }) { return 0 }
        try checkStack()
        let expression: ArithmeticExpression
        do throws(ParseError) {
            expression = try ArithmeticParser.parse(text, maximumStack: parserStack)
        } catch {
            var message = error.message
            message.append(": '")
            message.append(text.count > 200 ? text.prefix(200) + "…" : text)
            message.append("'")
            throw arithmeticError(message)
        }
        return try Preparation.arithmetic(expression).evaluate(self)
    }

    /// The value of a variable that holds an expression.
    func evaluateNested(_ text: Bytes) throws(Unwind) -> Int64 {
        arithmeticDepth += 1
        defer { arithmeticDepth -= 1 }
        if arithmeticDepth > 1000 { throw arithmeticError("variables refer to each other 1000 levels deep") }
        return try evaluateText(text)
    }

    /// The value of a variable by its bare name.
    @inline(__always)
    func number(_ id: NameID) throws(Unwind) -> Int64 {
        guard let value = value(id) else {
            if has(.nounset) { throw unbound(NameTable.name(of: id)) }
            return 0
        }
        if let number = ArithmeticText.plainNumber(value, allowingSign: true) { return number }
        return try evaluateNested(value)
    }

    func assignArithmetic(_ id: NameID, _ value: Int64) throws(Unwind) -> Int64 {
        guard set(id, Bytes(decimal: value)) else { throw refusedAssignment() }
        return value
    }

    func calculate(
        _ operation: ArithmeticExpression.BinaryOperator, _ a: Int64, _ b: Int64
    ) throws(Unwind) -> Int64 {
        switch operation {
        case .add: return a &+ b
        case .subtract: return a &- b
        case .multiply: return a &* b
        case .divide, .remainder:
            if b == 0 { throw arithmeticError("division by zero") }
            if operation == .divide { return a.dividedReportingOverflow(by: b).partialValue }
            return b == -1 ? 0 : a % b
        case .shiftLeft: return a &<< b
        case .shiftRight: return a &>> b
        case .less: return a < b ? 1 : 0
        case .lessOrEqual: return a <= b ? 1 : 0
        case .greater: return a > b ? 1 : 0
        case .greaterOrEqual: return a >= b ? 1 : 0
        case .equal: return a == b ? 1 : 0
        case .notEqual: return a != b ? 1 : 0
        case .bitAnd: return a & b
        case .bitXor: return a ^ b
        case .bitOr: return a | b
        case .and: return a != 0 && b != 0 ? 1 : 0
        case .or: return a != 0 || b != 0 ? 1 : 0
        case .power:
            if b < 0 { throw arithmeticError("exponent less than 0") }
            var result: Int64 = 1
            var base = a
            var exponent = b
            while exponent > 0 {
                if exponent & 1 == 1 { result = result &* base }
                base = base &* base
                exponent >>= 1
            }
            return result
        }
    }
}
