import Bytes
import Syntax

/// `[ a op b ]`, `[ op a ]` and the same with `test`, where the operator is constant: found once, and applied to the operands
/// without putting the other words together.
///
/// As long as each operand comes to one field, the number of arguments leaves no other meaning (XCU test); else the command is
/// run like any other.
final class TestCommandNode: Node, @unchecked Sendable {
    private enum Primary {
        case unary(UnaryPrimary)
        case binary(BinaryPrimary)
    }

    let command: SimpleCommandNode
    private let primary: Primary
    /// The first operand, and the second of a binary operator.
    let first: WordNode
    private let second: WordNode?

    /// Nil if `command` is something else.
    init?(_ command: SimpleCommandNode) {
        guard let builtin = command.builtin, builtin === Builtin.test || builtin === Builtin.bracket,
            command.assignments.isEmpty, command.redirections.isEmpty, !command.hasProcess
        else { return nil }
        var words = command.words.all
        if builtin === Builtin.bracket {
            guard words.count > 1, words.removeLast().constant == "]" else { return nil }
        }
        switch words.count {
        case 3:
            guard let primary = words[1].constant.flatMap({ UnaryPrimary($0) }) else { return nil }
            self.primary = .unary(primary)
            first = words[2]
            second = nil
        case 4:
            guard let primary = words[2].constant.flatMap({ BinaryPrimary($0) }) else { return nil }
            self.primary = .binary(primary)
            first = words[1]
            second = words[3]
        default:
            return nil
        }
        self.command = command
    }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        sh.position = command.position
        sh.substitutionStatus = nil
        let base = sh.stack.count
        defer { sh.stack.removeCommand(from: base) }
        try first.pushFields(sh)
        let middle = sh.stack.count
        if let second { try second.pushFields(sh) }
        guard middle == base + 1, sh.stack.count == base + (second == nil ? 1 : 2), !sh.has(.xtrace),
            !sh.context.functions.contains(command.nameID)
        else {
            arrange(sh, base, middle)
            return try command.runWords(sh, base)
        }
        let status = evaluate(sh, base)
        sh.context.status = status
        sh.statusesAreCurrent = false
        try sh.checkSignals()
        try sh.checkErrexit(status)
        return status
    }

    @inline(__always)
    private func evaluate(_ sh: Interpreter, _ base: Int) -> Int32 {
        do throws(TestError) {
            switch primary {
            case .unary(let primary): return try primary.holds(sh.stack[base], sh) ? 0 : 1
            case .binary(let primary): return try primary.holds(sh.stack[base], sh.stack[base + 1], sh) ? 0 : 1
            }
        } catch {
            return sh.fail(command.constantName ?? "[", error.message, status: 2)
        }
    }

    /// Puts all words of the command on the stack, where only the operands' fields are.
    private func arrange(_ sh: Interpreter, _ base: Int, _ middle: Int) {
        let operands = sh.stack.copy(base..<middle)
        let others = sh.stack.copy(middle..<sh.stack.count)
        sh.stack.removeLast(sh.stack.count - base)
        let constants = command.words.all.map { $0.constant ?? Bytes() }
        sh.stack.append(constants[0])
        if second == nil { sh.stack.append(constants[1]) }
        sh.stack.append(contentsOf: operands)
        if second != nil { sh.stack.append(constants[2]) }
        sh.stack.append(contentsOf: others)
        if command.builtin === Builtin.bracket { sh.stack.append("]") }
    }
}
