import Bytes
import Syntax

/// `if`
final class IfNode: Node, @unchecked Sendable {
    final class Branch: Sendable {
        let condition: Node
        let body: Node

        init(condition: Node, body: Node) {
            self.condition = condition
            self.body = body
        }
    }

    let branches: Children<Branch>
    let otherwise: Node?

    init(branches: [Branch], otherwise: Node?) {
        self.branches = Children(branches)
        self.otherwise = otherwise
    }

    deinit { branches.deallocate() }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        try sh.checkStack()
        for index in 0..<branches.count {
            let status = try branches[index].borrowed { (branch) throws(Unwind) -> Int32? in
                let condition = try sh.inCondition(branch.condition)
                sh.context.status = condition
                return condition == 0 ? try branch.body.run(sh) : nil
            }
            if let status { return status }
        }
        if let otherwise { return try otherwise.run(sh) }
        return 0
    }
}

/// `while` and `until`
final class WhileNode: Node, @unchecked Sendable {
    let condition: Node
    let body: Node
    let isUntil: Bool

    init(condition: Node, body: Node, isUntil: Bool) {
        self.condition = condition
        self.body = body
        self.isUntil = isUntil
    }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        try sh.checkStack()
        sh.loopDepth += 1
        defer { sh.loopDepth -= 1 }
        var status: Int32 = 0
        while true {
            do throws(Unwind) {
                try sh.checkSignals()
                let condition = try sh.inCondition(self.condition)
                sh.context.status = condition
                if (condition == 0) == isUntil { return status }
                status = try body.run(sh)
                sh.context.status = status
            } catch {
                if try sh.leavesLoop(error) { return 0 }
                status = 0
            }
        }
    }
}

/// `for name in words`
final class ForNode: Node, @unchecked Sendable {
    let id: NameID
    let words: [WordNode]?
    let body: Node
    private let source: ForLoop

    init(id: NameID, words: [WordNode]?, body: Node, source: ForLoop) {
        self.id = id
        self.words = words
        self.body = body
        self.source = source
    }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        try sh.checkStack()
        sh.position = source.position
        let base = sh.stack.count
        defer { sh.stack.removeLast(sh.stack.count - base) }
        if let words {
            for word in words { try word.pushFields(sh) }
        } else {
            sh.stack.append(contentsOf: sh.context.positional)
        }
        let count = sh.stack.count - base
        sh.loopDepth += 1
        defer { sh.loopDepth -= 1 }
        var status: Int32 = 0
        for index in 0..<count {
            do throws(Unwind) {
                try sh.checkSignals()
                if sh.announces { try sh.announce(source.position) { source.head("for ") } }
                guard sh.setLoopVariable(id, sh.stack[base + index]) else {
                    throw sh.assignmentFailed()
                }
                status = try body.run(sh)
                sh.context.status = status
            } catch {
                if try sh.leavesLoop(error) { return 0 }
                status = 0
            }
        }
        return status
    }
}

/// `for (( initial; condition; step ))`
final class ArithmeticForNode: Node, @unchecked Sendable {
    let initial: ArithmeticNode?
    let condition: ArithmeticNode?
    let step: ArithmeticNode?
    let body: Node
    private let source: ArithmeticFor
    private let position: Position

    init(
        initial: ArithmeticNode?, condition: ArithmeticNode?, step: ArithmeticNode?, body: Node,
        source: ArithmeticFor, position: Position
    ) {
        self.initial = initial
        self.condition = condition
        self.step = step
        self.body = body
        self.source = source
        self.position = position
    }

    /// One of the three, where it is computed.
    private func evaluate(
        _ expression: ArithmeticNode?, _ part: KeyPath<ArithmeticFor, Arithmetic?>, _ sh: Interpreter
    ) throws(Unwind) -> Int64 {
        if sh.announces, let text = source[keyPath: part]?.commandSource {
            if sh.has(.xtrace) { sh.trace(["(( " + text + " ))"]) }
            if Preparation.tracesCommands { try sh.beforeCommand("((" + text + "))", position) }
        }
        return try expression?.evaluate(sh) ?? 1
    }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        try sh.checkStack()
        sh.hasArithmeticFailed = false
        var isInBody = false
        do throws(Unwind) {
            return try loop(sh, &isInBody)
        } catch {
            // An error of an expression ends the loop, as it would make `((…))` fail.
            guard !isInBody, case .error = error, sh.hasArithmeticFailed else { throw error }
            sh.hasArithmeticFailed = false
            try sh.checkErrexit(1)
            return 1
        }
    }

    private func loop(_ sh: Interpreter, _ isInBody: inout Bool) throws(Unwind) -> Int32 {
        _ = try evaluate(initial, \.initial, sh)
        sh.loopDepth += 1
        defer { sh.loopDepth -= 1 }
        var status: Int32 = 0
        while try evaluate(condition, \.condition, sh) != 0 {
            isInBody = true
            do throws(Unwind) {
                try sh.checkSignals()
                status = try body.run(sh)
                sh.context.status = status
            } catch {
                if try sh.leavesLoop(error) { return 0 }
                status = 0
            }
            isInBody = false
            _ = try evaluate(step, \.step, sh)
        }
        return status
    }
}

extension Interpreter {
    /// For a loop whose body was left by `error`: true if the loop ends, false if it goes on with the next iteration;
    /// throws on what an outer command must handle.
    func leavesLoop(_ error: Unwind) throws(Unwind) -> Bool {
        switch error {
        case .breakLoop(let levels):
            if levels > 1 { throw .breakLoop(levels - 1) }
            return true
        case .continueLoop(let levels):
            if levels > 1 { throw .continueLoop(levels - 1) }
            return false
        default:
            throw error
        }
    }
}

/// `case`
final class CaseNode: Node, @unchecked Sendable {
    final class Branch: @unchecked Sendable {
        private let patterns: Children<WordNode>
        let body: Node
        let terminator: CaseItem.Terminator

        init(patterns: [WordNode], body: Node, terminator: CaseItem.Terminator) {
            self.patterns = Children(patterns)
            self.body = body
            self.terminator = terminator
        }

        deinit { patterns.deallocate() }

        func matches(_ text: Bytes, _ sh: Interpreter) throws(Unwind) -> Bool {
            if sh.has(ShoptOptions.nocasematch) {
                for word in patterns.all where try word.pattern(sh, .ignoresCase).matches(text) { return true }
                return false
            }
            for index in 0..<patterns.count {
                if try patterns[index].borrowed({ (word) throws(Unwind) in try word.matches(text, sh) }) { return true }
            }
            return false
        }
    }

    let subject: WordNode
    let branches: Children<Branch>
    private let source: Word
    private let position: Position

    init(subject: WordNode, items: [Branch], source: Word, position: Position) {
        self.subject = subject
        self.source = source
        self.position = position
        branches = Children(items)
    }

    deinit { branches.deallocate() }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        try sh.checkStack()
        sh.substitutionStatus = nil
        if sh.announces { try sh.announce(position) { "case " + Printer.source(of: source) + " in " } }
        let text = try subject.string(sh)
        var status: Int32 = 0
        var index = 0
        var fallsThrough = false
        while index < branches.count {
            let terminator = try branches[index].borrowed { (branch) throws(Unwind) -> CaseItem.Terminator? in
                if !fallsThrough { guard try branch.matches(text, sh) else { return nil } }
                status = try branch.body.run(sh)
                sh.context.status = status
                return branch.terminator
            }
            index += 1
            guard let terminator else { continue }
            switch terminator {
            case .fallThrough: fallsThrough = true
            case .continueMatching: fallsThrough = false
            default: return status
            }
        }
        return status
    }
}

/// `(( … ))`
final class ArithmeticCommandNode: Node, @unchecked Sendable {
    let expression: ArithmeticNode
    let position: Position
    private let source: Arithmetic

    init(_ expression: ArithmeticNode, source: Arithmetic, position: Position) {
        self.expression = expression
        self.source = source
        self.position = position
    }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        sh.position = position
        if sh.has(.xtrace) { sh.trace(["(( " + source.commandSource + " ))"]) }
        let status: Int32
        sh.hasArithmeticFailed = false
        do throws(Unwind) {
            status = try expression.evaluate(sh) != 0 ? 0 : 1
        } catch {
            guard case .error = error, sh.hasArithmeticFailed else { throw error }
            sh.hasArithmeticFailed = false
            status = 1
        }
        sh.statusesAreCurrent = false
        try sh.checkErrexit(status)
        return status
    }
}
