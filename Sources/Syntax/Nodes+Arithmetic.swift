import Bytes

/// The expression of `$((…))`, `((…))` and subscripts (2.6.4).
///
/// The text is a word with the expansions of double quotes. Where it can be parsed before they are known, `expression` holds
/// the tree; an operand `$x` in it stands for itself only while x holds a number: if it holds anything else, the text
/// counts (`x=1+1; $(($x*2))` is 3).
package struct Arithmetic: Hashable, Sendable {
    package var text: Word
    package var expression: ArithmeticExpression?

    package init(text: Word, expression: ArithmeticExpression?) {
        self.text = text
        self.expression = expression
    }
}

package indirect enum ArithmeticExpression: Hashable, Sendable {
    case number(Int64)
    /// A variable by its bare name; its value is an expression itself.
    case variable(Bytes)
    /// `name[index]`. The index has expansions of its own, and a meaning that only the array knows: an expression, or text.
    case element(Bytes, Arithmetic)
    /// `$x`, `${…}`, `$(…)` where an operand stands.
    case expansion(WordPart)
    case unary(UnaryOperator, ArithmeticExpression)
    case binary(BinaryOperator, ArithmeticExpression, ArithmeticExpression)
    /// `target = value`, with `operation` for `+=` and the like. The target is `.variable` or `.element`.
    case assignment(target: ArithmeticExpression, operation: BinaryOperator?, value: ArithmeticExpression)
    /// `++x`, `x++`, `--x`, `x--`
    case increment(target: ArithmeticExpression, by: Int64, isPrefix: Bool)
    case conditional(ArithmeticExpression, then: ArithmeticExpression, otherwise: ArithmeticExpression)
    case comma(ArithmeticExpression, ArithmeticExpression)

    package enum UnaryOperator: Hashable, Sendable { case plus, minus, not, complement }

    package enum BinaryOperator: Hashable, Sendable, CaseIterable {
        case multiply, divide, remainder, add, subtract, shiftLeft, shiftRight
        case less, lessOrEqual, greater, greaterOrEqual, equal, notEqual
        case bitAnd, bitXor, bitOr, and, or
        /// `**` (bash)
        case power
    }
}
