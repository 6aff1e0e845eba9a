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
        let answer = try announce(sh)
        if answer != 0 && sh.has(ShoptOptions.extdebug) {
            if answer == 2 && (sh.functionDepth > 0 || sh.sourceDepth > 0) { throw .returnFromFunction }
            return 0
        }
        return try body.run(sh)
    }

    /// Gives the status of the DEBUG trap.
    func announce(_ sh: Interpreter) throws(Unwind) -> Int32 { try sh.beforeCommand(text, position) }

    /// The simple command, if it is one.
    var simple: SimpleCommandNode? { body as? SimpleCommandNode }
}

/// A subshell, for BASH_COMMAND in an ERR trap; the DEBUG trap is for what runs in it.
final class NamedNode: Node, @unchecked Sendable {
    let body: Node
    private let text: Bytes

    init(_ body: Node, text: Bytes) {
        self.body = body
        self.text = text
    }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        if sh.hookDepth == 0 { _ = sh.assign("BASH_COMMAND", text) }
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
        return TracedNode(node, text: Printer.bashText(of: command), position: position)
    }
}

extension ForLoop {
    /// The loop's first line, as bash shows it.
    func head(_ keyword: Bytes) -> Bytes {
        var head = keyword + name + " in"
        guard let words else { return head + " \"$@\"" }
        for word in words {
            head.append(" ")
            head.append(Printer.source(of: word))
        }
        return head
    }
}

extension Arithmetic {
    /// What stands between `((` and `))`.
    var commandSource: Bytes {
        let text = Printer.oneLine(.compound(.arithmetic(self), redirections: [], position: .start))
        return text[2..<(text.count - 2)]
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

    /// Someone wants to hear of the heads of compound commands: `set -x`, the DEBUG trap or BASH_COMMAND.
    var announces: Bool { has(.xtrace) || Preparation.tracesCommands }

    /// Tells of the head of a compound command.
    @inline(never)
    func announce(_ position: Position, _ text: () -> Bytes) throws(Unwind) {
        let text = text()
        if has(.xtrace) && !has(.posix) { trace([text.last == UInt8(ascii: " ") ? text.dropLast() : text]) }
        if Preparation.tracesCommands { try beforeCommand(text, position) }
    }

    /// Before each command that is traced; gives the status of the DEBUG trap.
    @discardableResult
    func beforeCommand(_ text: Bytes, _ position: Position) throws(Unwind) -> Int32 {
        guard !isDebugging else { return 0 }
        // In the action of a trap it stays the command that the trap is about.
        if hookDepth == 0 { _ = assign("BASH_COMMAND", text) }
        self.position = position
        if case .command(let action) = context.traps[Traps.debug] { return try runDebugTrap(action) }
        return 0
    }

    /// A command has failed where nothing looks at its status.
    @inline(never)
    func commandFailed(_ status: Int32) throws(Unwind) {
        if !context.traps.isEmpty, hookDepth == 0, functionDepth != quietStageDepth,
            lastStageDepth == 0 || has(.errtrace),
            case .command(let action) = context.traps[Traps.error]
        {
            context.status = status
            try runHook(action)
        }
        if has(.errexit) {
            context.status = status
            leavesByFailure = true
            throw .exit
        }
    }

    /// The DEBUG trap is told of the commands of other traps, but not of its own.
    private func runDebugTrap(_ action: Bytes) throws(Unwind) -> Int32 {
        isDebugging = true
        defer { isDebugging = false }
        return try runHook(action)
    }

    /// Runs the action of one of these traps; LINENO in it is the line of the command.
    @discardableResult
    private func runHook(_ action: Bytes) throws(Unwind) -> Int32 {
        let status = context.status
        let saved = (position, substitutionStatus)
        hookDepth += 1
        defer {
            hookDepth -= 1
            (position, substitutionStatus) = saved
        }
        let answer: Int32
        do throws(Unwind) { answer = try evaluate(action, line: Int(position.line)) } catch {
            // Outside of a function `return` gives the answer of a DEBUG trap to a debugger.
            guard case .returnFromFunction = error, has(ShoptOptions.extdebug) else { throw error }
            answer = context.status
        }
        context.status = status
        return answer
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
    func runBodyWithTraps(_ function: Function) throws(Unwind) -> Int32 {
        let body = function.body
        let isTraced = attributes(of: function).contains(.traced)
        let hidden = context.traps.enterFunction(isTraced ? context.options.union(.functrace) : context.options)
        defer { context.traps.restore(hidden) }
        if !isDebugging, case .command(let action) = context.traps[Traps.debug] {
            // It is told of the function's first line.
            let caller = position
            position = function.definition.position
            defer { position = caller }
            _ = try runDebugTrap(action)
        }
        var status: Int32
        do throws(Unwind) {
            status = try body.run(self)
            context.status = status
        } catch {
            guard case .returnFromFunction = error else { throw error }
            status = context.status
        }
        if !deferred.isEmpty { try endScope() }
        try runReturnTrap()
        return status
    }
}
