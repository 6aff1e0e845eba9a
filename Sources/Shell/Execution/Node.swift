import Bytes
import Syntax

/// A command, prepared for execution: names are slots, constant words are folded, built-ins are found.
///
/// Nodes are immutable, so that threads share them. A node's status is what `run` returns; `$?` follows after each.
class Node: @unchecked Sendable {
    func run(_ sh: Interpreter) throws(Unwind) -> Int32 { 0 }
}

/// Commands in sequence.
final class SequenceNode: Node, @unchecked Sendable {
    let items: Children<Node>

    init(_ items: [Node]) { self.items = Children(items) }

    deinit { items.deallocate() }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        try sh.checkStack()
        var status: Int32 = 0
        for index in 0..<items.count {
            if sh.has(.noexec) && !sh.has(.interactive) { return status }
            status = try items[index].borrowed { (item) throws(Unwind) in try item.run(sh) }
            sh.context.status = status
        }
        return status
    }
}

/// `a && b || c`
final class AndOrNode: Node, @unchecked Sendable {
    /// `&& b`: runs after a status of 0; `|| b` after any other.
    final class Part: Sendable {
        let isAnd: Bool
        let node: Node

        init(isAnd: Bool, node: Node) {
            self.isAnd = isAnd
            self.node = node
        }
    }

    let first: Node
    let rest: Children<Part>

    init(first: Node, rest: [Part]) {
        self.first = first
        self.rest = Children(rest)
    }

    deinit { rest.deallocate() }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        try sh.checkStack()
        var status = try sh.inCondition(first)
        for index in 0..<rest.count {
            sh.context.status = status
            status = try rest[index].borrowed { (part) throws(Unwind) in
                guard part.isAnd == (status == 0) else { return status }
                // Only the last command of the list can end the shell by `set -e`.
                return index == rest.count - 1 ? try part.node.run(sh) : try sh.inCondition(part.node)
            }
        }
        return status
    }
}

/// `! pipeline`
final class NotNode: Node, @unchecked Sendable {
    let body: Node
    init(_ body: Node) { self.body = body }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        try sh.checkStack()
        let status = try sh.inCondition(body)
        if !sh.statusesAreCurrent {
            // PIPESTATUS has what the command gave.
            if sh.pipelineStatuses.count == 1 {
                sh.pipelineStatuses[0] = status
            } else {
                sh.pipelineStatuses = [status]
            }
            sh.statusesAreCurrent = true
        }
        return status == 0 ? 1 : 0
    }
}

extension Interpreter {
    /// Runs a command whose failure does not end the shell.
    @inline(__always)
    func inCondition(_ node: Node) throws(Unwind) -> Int32 {
        conditionDepth += 1
        defer { conditionDepth -= 1 }
        return try node.run(self)
    }
}

/// A compound command with redirections.
final class RedirectedNode: Node, @unchecked Sendable {
    let body: Node
    let redirections: [RedirectionNode]

    init(_ body: Node, _ redirections: [RedirectionNode]) {
        self.body = body
        self.redirections = redirections
    }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        try sh.checkStack()
        let saved = sh.context.descriptors
        // Those of the commands inside are their own.
        var lasting: [(number: Int, file: OpenFile)] = []
        defer {
            if !lasting.isEmpty { sh.lastingDescriptors = lasting }
            sh.restoreDescriptors(saved)
            if !sh.substitutedProcesses.isEmpty { sh.reapSubstituted() }
        }
        guard try sh.redirect(redirections) else {
            try sh.checkErrexit(1)
            return 1
        }
        (lasting, sh.lastingDescriptors) = (sh.lastingDescriptors, [])
        return try body.run(sh)
    }
}

/// `name() …`
final class FunctionDefinitionNode: Node, @unchecked Sendable {
    let definition: FunctionDefinition
    let body: Node
    let id: NameID

    init(definition: FunctionDefinition, body: Node) {
        self.definition = definition
        self.body = body
        id = NameTable.intern(definition.name)
    }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        if !sh.context.functionAttributes.isEmpty, try !sh.mayDefine(id) { return 1 }
        if sh.has(.posix), sh.builtin(named: definition.name)?.kind == .special {
            throw sh.fatal(definition.name + ": a function cannot have the name of a special built-in", status: 2)
        }
        sh.context.functions[id] = Function(definition: definition, body: body, sourceName: sh.sourceName)
        sh.synchronize()
        return 0
    }
}

/// `( … )`
final class SubshellNode: Node, @unchecked Sendable {
    let body: Node
    /// What a process of its own runs: with job control, and where signals must reach the subshell.
    let list: List
    private let setsTraps: Bool
    private let position: Position?

    init(_ list: List, _ body: Node, position: Position? = nil) {
        self.list = list
        self.body = body
        self.position = position
        setsTraps = TrapFinder.finds(list)
    }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        try sh.checkStack()
        let status =
            (setsTraps && sh.isMain) || sh.has(.monitor) && sh.controlsJobs
            ? try sh.runProcessSubshell(list)
            : try sh.runSubshell { (sh: Interpreter) throws(Unwind) -> Int32 in try body.run(sh) }
        sh.context.status = status
        sh.statusesAreCurrent = false
        // An ERR trap is told of the subshell's line, not of that of the last command in it.
        if let position { sh.position = position }
        try sh.checkSignals()
        try sh.checkErrexit(status)
        return status
    }
}
