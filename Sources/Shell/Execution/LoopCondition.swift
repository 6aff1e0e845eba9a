// The condition of `pwhile`: it runs in the shell itself, a turn for each job that the pool has room for.
//
// The pool's loop runs on the shell's thread, and asks for the next turn between its other duties. A turn that waits, for a line or
// for a child, must not keep the pool from these: so the interpreter's waits go through `Interpreter.poll`, which in a turn lets the
// pool wait instead (`serve`). What a job sees is the shell's state of the moment after its turn.

import Bytes
import Glibc
import Platform
import Syntax

/// Thread: that of the shell whose loop it is.
package final class LoopCondition {
    private let node: Node
    /// No further turn is wanted, or possible.
    package var isOver = false
    /// How the condition has left more than the loop, and the status it had then.
    private(set) var unwind: (Unwind, status: Int32)?
    /// The signals that came for the pool during a turn.
    fileprivate var signals = SignalSet()
    /// Waits as poll(2) does, and looks after the pool meanwhile.
    package var serve: ((inout [pollfd], UInt64?) throws(Errno) -> Int)?

    /// The signals that a run of the pool acts upon, and of these those that end it.
    private static let forPool = SignalSet(SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGTSTP)
    private static let ending = SignalSet(SIGINT, SIGTERM, SIGHUP)

    init(_ node: Node) { self.node = node }

    /// Runs a turn; the state for the job, nil if there is none.
    package func next(_ sh: Interpreter) -> JobState? {
        guard !isOver else { return nil }
        let outer = sh.loopCondition
        sh.loopCondition = self
        sh.loopDepth += 1
        defer {
            sh.loopCondition = outer
            sh.loopDepth -= 1
            if !sh.output.isEmpty { sh.flushOutput() }
        }
        while true {
            do throws(Unwind) {
                try sh.checkSignals()
                let status = try sh.inCondition(node)
                sh.context.status = status
                if status == 0 { return JobState(sh) }
            } catch {
                switch error {
                case .continueLoop(let levels) where levels <= 1: continue
                case .continueLoop(let levels): leave(.continueLoop(levels - 1), sh)
                case .breakLoop(let levels): if levels > 1 { leave(.breakLoop(levels - 1), sh) }
                default: leave(error, sh)
                }
            }
            isOver = true
            return nil
        }
    }

    private func leave(_ error: Unwind, _ sh: Interpreter) {
        // The pool has ended the turn itself, or is to be ended by a signal.
        guard !isOver, signals.allSatisfy({ !LoopCondition.ending.contains($0) }) else { return }
        unwind = (error, sh.context.status)
    }

    /// Takes in a signal without a trap, if it is one for the pool.
    func catches(_ signal: Int32) -> Bool {
        guard LoopCondition.forPool.contains(signal) else { return false }
        signals.insert(signal)
        return true
    }

    func isEnding(_ signal: Int32) -> Bool { LoopCondition.ending.contains(signal) }

    /// The signals that came during the turn.
    package func takeSignals() -> SignalSet {
        defer { signals = SignalSet() }
        return signals
    }
}

/// The shell's state after a turn, as the turn's job gets it: what `Interpreter(copying:)` copies, without what is the same for all
/// jobs of a loop. The first three descriptors are the job's own.
package final class JobState: Sendable {
    fileprivate let context: Context
    fileprivate let localScopes: [[(id: NameID, saved: Variable)]]
    fileprivate let separators: FieldSeparators
    fileprivate let encoding: CharacterEncoding
    fileprivate let functionLimit: Int
    fileprivate let ignoredNames: IgnoredNames?

    init(_ sh: Interpreter) {
        sh.context.workingDirectory.hold()
        var context = sh.context
        var scopes = sh.localScopes
        if context.share != nil { context.copyShared(in: &scopes) }
        context.enterSubshell()
        for number in 0...2 { context.descriptors[number] = nil }
        context.descriptors.materialize()
        self.context = context
        localScopes = scopes
        (separators, encoding) = (sh.separators, sh.encoding)
        (functionLimit, ignoredNames) = (sh.functionLimit, sh.ignoredNames)
    }
}

extension Interpreter {
    /// Makes this interpreter's state that of a job.
    package func adopt(_ state: JobState) {
        let own = context.descriptors
        context = state.context
        for number in 0...2 { context.descriptors[number] = own[number] }
        localScopes = state.localScopes
        (separators, encoding) = (state.separators, state.encoding)
        (functionLimit, ignoredNames) = (state.functionLimit, state.ignoredNames)
    }

    /// Waits as poll(2) does, until `deadline` of the monotonic clock; in a turn of `pwhile` the pool is looked after meanwhile.
    func poll(_ descriptors: inout [pollfd], until deadline: UInt64? = nil) throws(Errno) -> Int {
        if let serve = loopCondition?.serve { return try serve(&descriptors, deadline) }
        return try System.poll(&descriptors, until: deadline)
    }

    /// Waits in a turn of `pwhile` until a child has ended.
    func serve(until child: Child) {
        guard loopCondition != nil else { return }
        var descriptors = [pollfd(fd: child.pidfd, events: Int16(POLLIN), revents: 0)]
        while (try? poll(&descriptors)) != nil, descriptors[0].revents == 0 {}
    }
}

/// `pwhile options condition; do body; done`
final class ParallelWhileNode: Node, @unchecked Sendable {
    private let options: [WordNode]
    private let condition: Node
    private let body: Prepared
    private let source: List
    private let position: Position

    init(options: [WordNode], condition: Node, body: Prepared, source: List, position: Position) {
        self.options = options
        self.condition = condition
        self.body = body
        self.source = source
        self.position = position
    }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        try sh.checkStack()
        sh.position = position
        let options = try sh.fields(self.options)
        // What jobs of a pool find in their variables, the turns find, too: so it need not be set for each.
        let values = NameTable.ofJobs.map { (id: $0, saved: sh.context.variables[$0]) }
        for value in values { sh.temporaries.append((sh.functionDepth, value.id, value.saved)) }
        defer { sh.endTemporary(values.count) }
        for id in NameTable.threshSeq...NameTable.parallelJobslot {
            sh.context.variables[id].attributes = [.isSet, .computed]
        }
        sh.assign("PARALLEL_PID", Bytes(decimal: System.processID), export: true)
        let condition = LoopCondition(self.condition)
        let loop = ParallelLoop(
            keyword: "pwhile", options: options, body: source, prepared: body, variable: nil, values: [],
            condition: condition)
        let status = loop.start(sh)
        if let (unwind, status) = condition.unwind {
            sh.context.status = status
            throw unwind
        }
        return try loop.end(status, sh)
    }
}

extension NameTable {
    /// The variables that jobs of a pool have.
    static let ofJobs: [NameID] = Array(threshSeq...parallelJobslot) + [intern("PARALLEL_PID")]
}
