// Loops whose bodies are jobs of a pool: `pfor` and `pwhile`.
//
// The pool is above this module, so that a loop goes to it as a value: the options, the body, and where its jobs come from. A job of
// `pfor` is a word, which the loop's variable has in the job's copy of the context. One of `pwhile` is a turn of the condition: see
// LoopCondition.swift.

import Bytes
import Syntax

package struct ParallelLoop {
    /// `pfor` or `pwhile`, for messages.
    package let keyword: Bytes
    package let options: [Bytes]
    package let body: List
    package let prepared: Prepared
    /// The variable of `pfor`, and its values.
    package let variable: Bytes?
    package let values: [Bytes]
    /// That of `pwhile`.
    package var condition: LoopCondition?

    /// What runs such loops.
    ///
    /// Thread: the executable sets it at its start.
    nonisolated(unsafe) package static var run: (@Sendable (ParallelLoop, Interpreter) -> Int32)?

    /// Runs all jobs; the status.
    func start(_ sh: Interpreter) -> Int32 {
        if !sh.output.isEmpty { sh.flushOutput() }
        guard let run = ParallelLoop.run else { return sh.fail(keyword, "there is no pool for it") }
        return run(self, sh)
    }

    /// After the last job.
    func end(_ status: Int32, _ sh: Interpreter) throws(Unwind) -> Int32 {
        sh.context.status = status
        sh.statusesAreCurrent = false
        try sh.checkSignals()
        try sh.checkErrexit(status)
        return status
    }
}

/// `pfor options name in words`
final class ParallelForNode: Node, @unchecked Sendable {
    private let options: [WordNode]
    private let id: NameID
    private let words: [WordNode]?
    private let body: Prepared
    private let source: ForLoop

    init(options: [WordNode], id: NameID, words: [WordNode]?, body: Prepared, source: ForLoop) {
        self.options = options
        self.id = id
        self.words = words
        self.body = body
        self.source = source
    }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        try sh.checkStack()
        sh.position = source.position
        if sh.announces { try sh.announce(source.position) { source.head("pfor ") } }
        let options = try sh.fields(self.options)
        let values = if let words { try sh.fields(words) } else { sh.context.positional }
        if sh.context.variables[id].attributes.contains(.readonly) {
            sh.reportReadonly(id)
            throw sh.assignmentFailed()
        }
        let loop = ParallelLoop(
            keyword: "pfor", options: options, body: source.body, prepared: body, variable: source.name, values: values)
        return try loop.end(loop.start(sh), sh)
    }
}

extension Interpreter {
    /// The fields that words expand to.
    func fields(_ words: [WordNode]) throws(Unwind) -> [Bytes] {
        if words.isEmpty { return [] }
        let base = stack.count
        defer { stack.removeLast(stack.count - base) }
        for word in words { try word.pushFields(self) }
        return stack.copy(base..<stack.count)
    }

    /// Makes this interpreter, which runs jobs, ready for the next job of a loop: `break` and `continue` end it.
    package func beginIteration(_ variable: NameID?, _ value: Bytes) {
        loopDepth = 1
        if let variable { _ = setLoopVariable(variable, value) }
    }
}
