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

    private func number(_ text: Bytes, _ sh: Interpreter) throws(Failure) -> Int64 {
        do throws(Unwind) {
            if let value = try sh.tryArithmetic({ (sh) throws(Unwind) in try sh.evaluateText(text) }) { return value }
        } catch {
            throw .unwind(error)
        }
        throw .failed
    }

    private func evaluate(_ expression: Expression, _ sh: Interpreter, not: Bytes = "") throws(Failure) -> Bool {
        switch expression {
        case .word(let word):
            let text = try string(word, sh)
            if sh.has(.xtrace) { trace(not, "-n", [text], sh) }
            return !text.isEmpty
        case .not(let inner): return try !inside(inner, sh, not: "! ")
        case .and(let a, let b): return try inside(a, sh) ? inside(b, sh) : false
        case .or(let a, let b): return try inside(a, sh) ? true : inside(b, sh)
        case .unary(let operation, let word):
            let text = try string(word, sh)
            if sh.has(.xtrace) { trace(not, operation, [text], sh) }
            return try known(TestPrimary.unary(operation, text, sh), operation)
        case .binary(let operation, let left, let right):
            do throws(Failure) { return try binary(operation, left, right, not, sh) } catch {
                // What is no number compares as false, and the rest counts.
                guard case .failed = error else { throw error }
                return false
            }
        }
    }

    private func inside(_ expression: Expression, _ sh: Interpreter, not: Bytes = "") throws(Failure) -> Bool {
        do throws(Unwind) { try sh.checkStack() } catch { throw .unwind(error) }
        return try evaluate(expression, sh, not: not)
    }

    /// Shows a primary with its operands' values, as bash does.
    private func trace(_ not: Bytes, _ operation: Bytes, _ operands: [Bytes], _ sh: Interpreter) {
        let shown = operands.map { $0.isEmpty ? "''" : $0 }
        let words = shown.count == 1 ? [operation, shown[0]] : [shown[0], operation, shown[1]]
        sh.trace(["[[ " + not + words.joined(by: " ") + " ]]"])
    }

    /// The two sides as strings.
    private func operands(
        _ left: WordNode, _ operation: Bytes, _ right: WordNode, _ not: Bytes, _ sh: Interpreter
    ) throws(Failure) -> (Bytes, Bytes) {
        let (a, b) = (try string(left, sh), try string(right, sh))
        if sh.has(.xtrace) { trace(not, operation, [a, b], sh) }
        return (a, b)
    }

    /// The two sides as numbers.
    private func numbers(
        _ left: WordNode, _ operation: Bytes, _ right: WordNode, _ not: Bytes, _ sh: Interpreter
    ) throws(Failure) -> (Int64, Int64) {
        let (a, b) = try operands(left, operation, right, not, sh)
        return (try number(a, sh), try number(b, sh))
    }

    /// The answer of one of `test`'s primaries, if there is such a one.
    private func known(_ answer: Bool?, _ operation: Bytes) throws(Failure) -> Bool {
        guard let answer else { throw .message(operation + ": unknown operator") }
        return answer
    }

    private func binary(
        _ operation: Bytes, _ left: WordNode, _ right: WordNode, _ not: Bytes, _ sh: Interpreter
    ) throws(Failure) -> Bool {
        switch operation {
        case "=", "==", "!=":
            let text = try string(left, sh)
            let pattern: Pattern
            do throws(Unwind) {
                if sh.has(.xtrace), !(right is ConstantWord) {
                    let pieces = try right.pieces(sh)
                    trace(not, operation, [text, Pattern.shown(pieces)], sh)
                    let options = sh.patternOptions(sh.caseOption.union(.groups))
                    pattern = Pattern(pieces, encoding: sh.encoding, options: options)
                } else {
                    if sh.has(.xtrace), let constant = right as? ConstantWord {
                        trace(not, operation, [text, constant.pattern], sh)
                    }
                    pattern = try right.pattern(sh, sh.caseOption.union(.groups))
                }
            } catch {
                throw .unwind(error)
            }
            return pattern.matches(text) == (operation != "!=")
        case "=~":
            let text = try string(left, sh)
            let pieces: [(text: Bytes, isQuoted: Bool)]
            do throws(Unwind) { pieces = try right.pieces(sh) } catch { throw .unwind(error) }
            if sh.has(.xtrace) { trace(not, operation, [text, Pattern.shown(pieces)], sh) }
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
        case "-eq", "-ne", "-lt", "-le", "-gt", "-ge":
            let (a, b) = try numbers(left, operation, right, not, sh)
            switch operation {
            case "-eq": return a == b
            case "-ne": return a != b
            case "-lt": return a < b
            case "-le": return a <= b
            case "-gt": return a > b
            default: return a >= b
            }
        default:
            let (a, b) = try operands(left, operation, right, not, sh)
            if operation == "<" { return a < b }
            if operation == ">" { return b < a }
            return try known(TestPrimary.binary(operation, a, b, sh), operation)
        }
    }
}

extension Pattern {
    /// A pattern as `set -x` shows it: what is quoted in it has backslashes.
    static func shown(_ pieces: [(text: Bytes, isQuoted: Bool)]) -> Bytes {
        var text = Bytes()
        for piece in pieces {
            for byte in piece.text {
                if piece.isQuoted { text.append(UInt8(ascii: "\\")) }
                text.append(byte)
            }
        }
        return text
    }
}
