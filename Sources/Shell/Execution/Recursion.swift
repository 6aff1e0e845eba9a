// Guards against recursion without end.
//
// What bounds recursion is the stack, and what a level of it takes differs by a factor of ten: so the guards look at what
// is left of the thread's stack and not at a count. They stand where one command or word runs another inside of it; what
// lies between two guards fits into the reserve many times.
//
// An error of this kind ends the subshell that it happens in, like any error that ends a shell. But where a function calls
// itself twice, as in `f() { f | f; }` and `f() { $(f); f; }`, there would be more such errors than anybody can wait for:
// after some of them the whole shell gives up.

import Bytes
import Platform
import Synchronization
import Syntax

/// What the stages of a shell's pipelines, which run on threads, share of these guards.
package final class RecursionGuard: Sendable {
    /// So many stages on threads may run at a time.
    static let maximumStages = 4000
    /// So deep may stages on threads lie in each other: each has a copy of what lies around it.
    static let maximumNesting = 1000
    /// The whole shell ends at this one of the errors.
    static let maximumErrors = 20

    private let stages = Atomic<Int>(0)
    private let errors = Atomic<Int>(0)

    /// Counts a stage that is to run on a thread; false if there are too many.
    func beginStage() -> Bool {
        if stages.add(1, ordering: .relaxed).newValue <= RecursionGuard.maximumStages { return true }
        endStage()
        return false
    }

    func endStage() { stages.subtract(1, ordering: .relaxed) }

    func countError() { errors.add(1, ordering: .relaxed) }

    /// The whole shell is to end.
    var hasGivenUp: Bool { errors.load(ordering: .relaxed) >= RecursionGuard.maximumErrors }

    /// Ready for the next command of a prompt, or the next job.
    func reset() { errors.store(0, ordering: .relaxed) }
}

/// What runs of a pool share that lie in each other, as in `f() { pfor i in 1 2; do f; done; }`: each has a thread that waits
/// for the jobs of the next, and its shell may run any number of them.
package final class RunGuard: Sendable {
    /// So deep may runs lie in each other.
    static let maximumNesting = 100
    /// So many of them may go on at a time.
    static let maximumRuns = 1000

    private let runs = Atomic<Int>(0)
    private let errors = Atomic<Int>(0)

    /// Counts a run that begins; false if there are too many.
    fileprivate func begin() -> Bool {
        if runs.add(1, ordering: .relaxed).newValue <= RunGuard.maximumRuns { return true }
        end()
        return false
    }

    fileprivate func end() { runs.subtract(1, ordering: .relaxed) }

    /// Counts an error; false if there were enough of them.
    fileprivate func countError() -> Bool {
        errors.add(1, ordering: .relaxed).newValue <= RecursionGuard.maximumErrors
    }

    fileprivate var hasGivenUp: Bool { errors.load(ordering: .relaxed) >= RecursionGuard.maximumErrors }
}

extension Interpreter {
    /// Runs `body`, a run of a pool, as one that lies in those around it; 255 with a message if it lies too deep.
    package func inRun(_ body: () -> Int32) -> Int32 {
        let outer = runGuard
        let inner = outer ?? RunGuard()
        if inner.hasGivenUp || !actsOnSignals && checkInterrupt() { return 255 }
        guard runNesting < RunGuard.maximumNesting, inner.begin() else {
            guard inner.countError() else { return 255 }
            var message: Bytes = "more than "
            let isNested = runNesting >= RunGuard.maximumNesting
            message.append(decimal: isNested ? RunGuard.maximumNesting : RunGuard.maximumRuns)
            message.append(
                isNested ? " runs of a pool would lie in each other" : " runs of a pool would go on in each other")
            report(message)
            return 255
        }
        (runGuard, runNesting) = (inner, runNesting + 1)
        defer {
            inner.end()
            (runGuard, runNesting) = (outer, runNesting - 1)
        }
        return body()
    }

    /// What must be left of the stack for a command or an expansion to begin.
    static let stackReserve = 192 * 1024

    /// Throws where the stack is used up.
    @inline(__always)
    func checkStack() throws(Unwind) {
        if Threads.stackRemaining() < Interpreter.stackReserve { throw tooDeep() }
    }

    /// How much of the stack a parser may take now. What then walks through its tree takes less than it did.
    var parserStack: Int { max((Threads.stackRemaining() - Interpreter.stackReserve) / 3, 0) }

    /// The error of a recursion that is too deep, in what `name` says.
    @inline(never)
    func tooDeep(_ name: Bytes? = nil) -> Unwind {
        var message = name.map { $0 + ": " } ?? Bytes()
        message.append("recursion is too deep: the stack is used up at level ")
        message.append(decimal: functionDepth + sourceDepth + subshellDepth + evaluationDepth + arithmeticDepth)
        return recursionError(message)
    }

    /// More stages of pipelines than may run at a time.
    @inline(never)
    func tooManyStages() -> Unwind {
        let isNested = stageNesting >= RecursionGuard.maximumNesting
        var message: Bytes = "more than "
        message.append(decimal: isNested ? RecursionGuard.maximumNesting : RecursionGuard.maximumStages)
        message.append(
            isNested
                ? " stages of pipelines would lie in each other" : " stages of pipelines would run at the same time")
        if functionDepth > 0 {
            message.append(", ")
            message.append(decimal: functionDepth)
            message.append(functionDepth == 1 ? " function call deep" : " function calls deep")
        }
        return recursionError(message)
    }

    private func recursionError(_ message: Bytes) -> Unwind {
        // The first few say enough.
        if !cancellation.recursion.hasGivenUp { report(message) }
        cancellation.recursion.countError()
        return giveUp()
    }

    /// Where a subshell has ended by an error: throws it on if the whole shell has given up.
    @inline(__always)
    func checkRecursion() throws(Unwind) {
        if cancellation.recursion.hasGivenUp { throw giveUp() }
    }

    @inline(never)
    private func giveUp() -> Unwind {
        context.status = 2
        return .error
    }
}
