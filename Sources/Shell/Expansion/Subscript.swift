import Bytes
import Syntax

/// `[…]` after a variable's name, prepared: an expression for an indexed array, a text for an associative one. Which of them
/// counts is known only when it is used.
final class SubscriptNode: @unchecked Sendable {
    private let word: WordNode
    private let expression: ArithmeticNode?

    /// - Parameter expression: the word as an expression, where that can be told before it is expanded.
    init(word: WordNode, expression: ArithmeticNode?) {
        self.word = word
        self.expression = expression
    }

    var isPure: Bool { word.isPure }

    func key(_ sh: Interpreter, of id: NameID) throws(Unwind) -> ElementKey {
        if sh.isAssociative(id) { return .key(try word.string(sh)) }
        if let expression { return .index(Int(try expression.evaluate(sh))) }
        return .index(Int(try sh.evaluateText(try word.string(sh))))
    }

    /// Where a wrong expression is no error of an arithmetic expansion or command: the command that was read is given up.
    func keyOrAbandon(_ sh: Interpreter, of id: NameID) throws(Unwind) -> ElementKey {
        sh.hasArithmeticFailed = false
        do throws(Unwind) {
            return try key(sh, of: id)
        } catch {
            guard case .error = error, sh.hasArithmeticFailed else { throw error }
            throw .abandoned
        }
    }

    /// Both readings, for arrays whose kind is not known yet: the text; an index is to be evaluated from it.
    func text(_ sh: Interpreter) throws(Unwind) -> Bytes { try word.string(sh) }

    /// The subscript that text means which came as an argument: `unset 'a[$i]'`.
    static func make(_ text: Bytes, _ sh: Interpreter) throws(Unwind) -> SubscriptNode {
        if !text.contains(where: { Bytes("$`'\"\\").contains($0) }) {
            return SubscriptNode(word: ConstantWord(text), expression: nil)
        }
        // As the shell's own reading of such a subscript has it, expansions and quotes are told by the parser.
        guard let list = try? Parser.parse(": ${_[" + text + "]}"), list.items.count == 1,
            case .simple(let command) = list.items[0].first.commands[0], command.words.count == 2,
            command.words[1].parts.count == 1, case .parameter(let expansion) = command.words[1].parts[0],
            case .index(let word) = expansion.index
        else { throw sh.expansionError("[" + text + "]: bad array subscript") }
        return Preparation.subscriptNode(word)
    }
}

/// The name of a variable or of an element as it comes in an operand: `name` or `name[subscript]`.
struct VariableName {
    let name: Bytes
    /// What stands between the brackets.
    let index: Bytes?

    /// Nil if the text is neither.
    init?(_ text: Bytes) {
        if Names.isName(text) {
            name = text
            index = nil
            return
        }
        guard let open = text.find(UInt8(ascii: "[")), text.last == UInt8(ascii: "]"), open + 2 < text.count,
            Names.isName(text[0..<open])
        else { return nil }
        name = text[0..<open]
        index = text[(open + 1)..<(text.count - 1)]
    }

    static func isReferable(_ text: Bytes) -> Bool { VariableName(text) != nil }

    /// `[@]` or `[*]`: all elements.
    var isAll: Bool { index == "@" || index == "*" }
}

extension Interpreter {
    /// What the text of an operand names, after references; nil if it is no name.
    func target(named text: Bytes) -> VariableTarget? {
        guard let name = VariableName(text) else { return nil }
        let id = NameTable.intern(name.name)
        guard let index = name.index else { return target(of: id) }
        guard case .variable(let owner) = target(of: id) else { return nil }
        return .element(owner, index)
    }

    /// The value of a variable or an element, by an operand's text; nil if it is unset.
    func value(named text: Bytes) throws(Unwind) -> Bytes? {
        switch target(named: text) {
        case .variable(let id): return value(id)
        case .element(let id, let index):
            if !isAssociative(id), index == "@" || index == "*" {
                return elements(id).isEmpty ? nil : elements(id).joined(by: " ")
            }
            return element(id, try key(index, of: id))
        case nil: return nil
        }
    }

    /// Assigns to a variable or an element, by an operand's text; false, with the message printed, if that can't be.
    package func assign(to text: Bytes, _ value: Bytes) throws(Unwind) -> Bool {
        if Names.isName(text) { return set(NameTable.intern(text), value) }
        guard case .element(let id, let index) = target(named: text) else {
            report(Quoting.shell(text) + ": not the name of a variable")
            return false
        }
        return setElement(id, try key(index, of: id), value)
    }
}
