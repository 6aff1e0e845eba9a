// The traps of bash that are no signals: ERR, DEBUG and RETURN, and BASH_COMMAND.
//
// Nearly no script has them, so commands pay nothing for DEBUG and BASH_COMMAND: only when these are first mentioned does
// Preparation begin to wrap commands into nodes that act on them. What was prepared before is not wrapped; functions are
// prepared anew when the trap is set.

import Bytes
import Synchronization
import Syntax

/// A command that says what it is before it runs: for the DEBUG trap, and for BASH_COMMAND.
final class TracedNode: Node, @unchecked Sendable {
    let body: Node
    private let text: Bytes
    private let position: Position

    init(_ body: Node, text: Bytes, position: Position) {
        self.body = body
        self.text = text
        self.position = position
    }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        try sh.beforeCommand(text, position)
        return try body.run(sh)
    }
}

extension Preparation {
    /// Set once a script has mentioned the DEBUG trap or BASH_COMMAND.
    private static let traces = Atomic<Bool>(false)

    static var tracesCommands: Bool { traces.load(ordering: .relaxed) }

    static func beginTracing() { traces.store(true, ordering: .relaxed) }

    /// Whether `command` is a `trap` that will need traced commands: those after it may be prepared together with it.
    static func mentionsTracing(_ command: SimpleCommand) -> Bool {
        guard case .literal("trap")? = command.words.first?.parts.first else { return false }
        return command.words.contains { word in
            word.parts.contains { part in
                switch part {
                case .literal(let text), .singleQuoted(let text): needsTracing(text)
                case .doubleQuoted(let parts):
                    parts.contains { part in
                        if case .literal(let text) = part { return needsTracing(text) }
                        return false
                    }
                default: false
                }
            }
        }
    }

    static func needsTracing(_ text: Bytes) -> Bool { text == "DEBUG" || text.find("BASH_COMMAND") != nil }

    /// `node`, which stands for `command`, with what announces it, if that is asked for.
    static func traced(_ node: Node, _ command: Command, _ position: Position) -> Node {
        guard tracesCommands else { return node }
        return TracedNode(node, text: Printer.oneLine(command), position: position)
    }

    /// The body of a loop whose head is announced at each turn.
    static func tracedBody(_ body: Node, _ loop: ForLoop, _ keyword: Bytes) -> Node {
        guard tracesCommands else { return body }
        var head = keyword + loop.name
        if let words = loop.words {
            head.append(" in")
            for word in words {
                head.append(" ")
                head.append(Printer.source(of: word))
            }
        }
        return TracedNode(body, text: head, position: loop.position)
    }
}

extension Interpreter {
    /// A trap is being set: if it asks for it, commands are traced from now on, those of functions too.
    func noteTracing(_ condition: Int32, _ action: Bytes) {
        guard !hasTracedFunctions, condition == Traps.debug || Preparation.needsTracing(action) else { return }
        hasTracedFunctions = true
        Preparation.beginTracing()
        for function in context.functions.all { define(function.definition, sourceName: function.sourceName) }
    }

    /// Before each command that is traced.
    func beforeCommand(_ text: Bytes, _ position: Position) throws(Unwind) {
        guard hookDepth == 0 else { return }
        _ = assign("BASH_COMMAND", text)
        self.position = position
        if case .command(let action) = context.traps[Traps.debug] { try runHook(action) }
    }

    /// A command has failed where nothing looks at its status.
    @inline(never)
    func commandFailed(_ status: Int32) throws(Unwind) {
        if !context.traps.isEmpty, hookDepth == 0, lastStageDepth == 0 || has(.errtrace),
            case .command(let action) = context.traps[Traps.error]
        {
            context.status = status
            try runHook(action)
        }
        if has(.errexit) {
            context.status = status
            throw .exit
        }
    }

    /// Runs the action of one of these traps; LINENO in it is the line of the command.
    private func runHook(_ action: Bytes) throws(Unwind) {
        let status = context.status
        let saved = (position, substitutionStatus)
        hookDepth += 1
        defer {
            hookDepth -= 1
            (position, substitutionStatus) = saved
        }
        _ = try evaluate(action, line: Int(position.line))
        context.status = status
    }

    /// Runs the RETURN trap after a function or a script.
    func runReturnTrap() throws(Unwind) {
        if hookDepth == 0, case .command(let action) = context.traps[Traps.return] { try runHook(action) }
    }

    /// The end of a function that has itself set the first trap.
    @inline(never)
    func runOwnReturnTrap(_ status: Int32) throws(Unwind) -> Int32 {
        context.status = status
        try runReturnTrap()
        return status
    }

    /// The body of a function, where some trap is set.
    func runBodyWithTraps(_ body: Node) throws(Unwind) -> Int32 {
        let hidden = context.traps.enterFunction(context.options)
        defer { context.traps.restore(hidden) }
        if hookDepth == 0, case .command(let action) = context.traps[Traps.debug] { try runHook(action) }
        var status: Int32
        do throws(Unwind) {
            status = try body.run(self)
            context.status = status
        } catch {
            guard case .returnFromFunction = error else { throw error }
            status = context.status
        }
        try runReturnTrap()
        return status
    }
}
