import Bytes
import Syntax

/// `a[i]` in arithmetic.
final class ElementOperand: ArithmeticNode, @unchecked Sendable {
    let id: NameID
    let index: SubscriptNode

    init(id: NameID, index: SubscriptNode) {
        self.id = id
        self.index = index
    }

    /// The array and the element that is meant; the subscript is evaluated once, whatever happens to the element.
    func place(_ sh: Interpreter) throws(Unwind) -> (id: NameID, key: ElementKey) {
        guard case .variable(let owner) = sh.target(of: id) else {
            throw sh.expansionError(NameTable.name(of: id) + ": not an array")
        }
        return (owner, try index.key(sh, of: owner))
    }

    func value(_ place: (id: NameID, key: ElementKey), _ sh: Interpreter) throws(Unwind) -> Int64 {
        guard let value = sh.element(place.id, place.key) else {
            if sh.has(.nounset), !sh.isKnown(place.id) {
                throw sh.unbound(NameTable.name(of: id) + "[" + (try index.text(sh)) + "]")
            }
            return 0
        }
        if let number = ArithmeticText.plainNumber(value, allowingSign: true) { return number }
        return try sh.evaluateNested(value)
    }

    func assign(_ place: (id: NameID, key: ElementKey), _ value: Int64, _ sh: Interpreter) throws(Unwind) -> Int64 {
        guard sh.setElement(place.id, place.key, Bytes(decimal: value)) else { throw sh.refusedAssignment() }
        return value
    }

    override func evaluate(_ sh: Interpreter) throws(Unwind) -> Int64 { try value(place(sh), sh) }
}

/// `a[i] = value`, `a[i] += value` and so on.
final class ElementAssignmentNode: ArithmeticNode, @unchecked Sendable {
    let target: ElementOperand
    let operation: ArithmeticExpression.BinaryOperator?
    let value: ArithmeticNode

    init(_ target: ElementOperand, operation: ArithmeticExpression.BinaryOperator?, value: ArithmeticNode) {
        self.target = target
        self.operation = operation
        self.value = value
    }

    override func evaluate(_ sh: Interpreter) throws(Unwind) -> Int64 {
        let place = try target.place(sh)
        var result: Int64
        if let operation {
            let old = try target.value(place, sh)
            result = try sh.calculate(operation, old, try value.evaluate(sh))
        } else {
            result = try value.evaluate(sh)
        }
        return try target.assign(place, result, sh)
    }
}

/// `a[i]++` and its kin.
final class ElementIncrementNode: ArithmeticNode, @unchecked Sendable {
    let target: ElementOperand
    let step: Int64
    let isPrefix: Bool

    init(_ target: ElementOperand, step: Int64, isPrefix: Bool) {
        self.target = target
        self.step = step
        self.isPrefix = isPrefix
    }

    override func evaluate(_ sh: Interpreter) throws(Unwind) -> Int64 {
        let place = try target.place(sh)
        let old = try target.value(place, sh)
        let new = try target.assign(place, old &+ step, sh)
        return isPrefix ? new : old
    }
}
