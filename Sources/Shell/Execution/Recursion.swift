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

extension Interpreter {
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
        var message: Bytes = "more than "
        message.append(decimal: RecursionGuard.maximumStages)
        message.append(" stages of pipelines would run at the same time")
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
