import Bytes
import Syntax

/// `[[ … ]]`
final class ConditionalCommandNode: Node, @unchecked Sendable {
    indirect enum Expression {
        case word(WordNode)
        case unary(Bytes, WordNode)
        case binary(Bytes, WordNode, WordNode)
        case not(Expression)
        case and(Expression, Expression)
        case or(Expression, Expression)
    }

    let expression: Expression
    let position: Position

    init(_ expression: Expression, position: Position) {
        self.expression = expression
        self.position = position
    }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        sh.position = position
        let status: Int32
        do throws(Failure) {
            status = try evaluate(expression, sh) ? 0 : 1
        } catch {
            switch error {
            case .unwind(let unwind): throw unwind
            case .message(let message): status = sh.fail("[[", message, status: 2)
            case .failed: status = 1
            }
        }
        sh.statusesAreCurrent = false
        try sh.checkErrexit(status)
        return status
    }

    private enum Failure: Error {
        case unwind(Unwind)
        case message(Bytes)
        /// The message is printed.
        case failed
    }

    private func string(_ word: WordNode, _ sh: Interpreter) throws(Failure) -> Bytes {
        do throws(Unwind) { return try word.string(sh) } catch { throw .unwind(error) }
    }

    private func number(_ word: WordNode, _ sh: Interpreter) throws(Failure) -> Int64 {
        let text = try string(word, sh)
        do throws(Unwind) {
            if let value = try sh.tryArithmetic({ (sh) throws(Unwind) in try sh.evaluateText(text) }) { return value }
        } catch {
            throw .unwind(error)
        }
        throw .failed
    }

    private func evaluate(_ expression: Expression, _ sh: Interpreter) throws(Failure) -> Bool {
        switch expression {
        case .word(let word): return try !string(word, sh).isEmpty
        case .not(let inner): return try !inside(inner, sh)
        case .and(let a, let b): return try inside(a, sh) ? inside(b, sh) : false
        case .or(let a, let b): return try inside(a, sh) ? true : inside(b, sh)
        case .unary(let operation, let word):
            let text = try string(word, sh)
            return try known(TestPrimary.unary(operation, text, sh), operation)
        case .binary(let operation, let left, let right):
            return try binary(operation, left, right, sh)
        }
    }

    private func inside(_ expression: Expression, _ sh: Interpreter) throws(Failure) -> Bool {
        do throws(Unwind) { try sh.checkStack() } catch { throw .unwind(error) }
        return try evaluate(expression, sh)
    }

    /// The answer of one of `test`'s primaries, if there is such a one.
    private func known(_ answer: Bool?, _ operation: Bytes) throws(Failure) -> Bool {
        guard let answer else { throw .message(operation + ": unknown operator") }
        return answer
    }

    private func binary(
        _ operation: Bytes, _ left: WordNode, _ right: WordNode, _ sh: Interpreter
    ) throws(Failure) -> Bool {
        switch operation {
        case "=", "==", "!=":
            let text = try string(left, sh)
            let pattern: Pattern
            do throws(Unwind) { pattern = try right.pattern(sh, sh.caseOption.union(.groups)) } catch {
                throw .unwind(error)
            }
            return pattern.matches(text) == (operation != "!=")
        case "=~":
            let text = try string(left, sh)
            let pieces: [(text: Bytes, isQuoted: Bool)]
            do throws(Unwind) { pieces = try right.pieces(sh) } catch { throw .unwind(error) }
            switch RegularExpression.match(
                text, pieces, ignoresCase: sh.has(ShoptOptions.nocasematch), encoding: sh.encoding)
            {
            case .matched(let groups):
                _ = sh.setArray(NameTable.bashRematch, IndexedArray(groups.map { $0 ?? Bytes() }))
                return true
            case .unmatched:
                _ = sh.setArray(NameTable.bashRematch, IndexedArray())
                return false
            case .invalid(let reason): throw .message("invalid regular expression: " + reason)
            }
        case "<": return try string(left, sh) < string(right, sh)
        case ">": return try string(right, sh) < string(left, sh)
        case "-eq": return try number(left, sh) == number(right, sh)
        case "-ne": return try number(left, sh) != number(right, sh)
        case "-lt": return try number(left, sh) < number(right, sh)
        case "-le": return try number(left, sh) <= number(right, sh)
        case "-gt": return try number(left, sh) > number(right, sh)
        case "-ge": return try number(left, sh) >= number(right, sh)
        default:
            let (a, b) = (try string(left, sh), try string(right, sh))
            return try known(TestPrimary.binary(operation, a, b, sh), operation)
        }
    }
}
