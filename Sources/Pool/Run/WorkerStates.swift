import Bytes
import Platform
import Shell

/// What `--initializer` has made of the workers of a pool, where they are threads: a worker is a slot, and what it was prepared with
/// is put into the copy of the shell in which each of its jobs runs.
///
/// Lock: `states`.
final class WorkerStates: Sendable {
    private struct State {
        var changes: ContextChanges
        /// Those that the initializer has opened.
        var descriptors: [(number: Int, file: OpenFile?)]
        var tasks = 0
    }

    private let states = Mutex<[Int: State]>([:])
    /// The shell as it was when the pool was opened; read only.
    private let shell: Interpreter
    private let initializer: Bytes
    private let tasksPerWorker: Int

    /// Nil if there is nothing to prepare.
    init?(_ options: RunOptions, shell: Interpreter) {
        guard let initializer = options.initializer else { return nil }
        self.initializer = initializer
        self.shell = Interpreter(copying: shell, cancellation: Cancellation())
        tasksPerWorker = options.tasksPerWorker ?? .max
    }

    /// Prepares a copy of the shell for a job on a slot, which is the caller's for as long as the job runs; the status of the
    /// initializer if that has failed.
    ///
    /// Thread: the job's.
    func prepare(_ sh: Interpreter, slot: Int) -> Int32 {
        var state = states.withLock { $0.removeValue(forKey: slot) }
        if let tasks = state?.tasks, tasks >= tasksPerWorker { state = nil }
        if state == nil {
            let worker = Interpreter(copying: shell, cancellation: sh.cancellation)
            let status = worker.initialize(initializer)
            guard status == 0 else { return status }
            var opened: [(number: Int, file: OpenFile?)] = []
            for number in 3..<max(worker.context.descriptors.limit, 3)
            where !worker.context.descriptors.leadsSameWay(as: shell.context.descriptors, number) {
                opened.append((number, worker.context.descriptors[number]))
            }
            state = State(changes: worker.changes(since: shell), descriptors: opened)
        }
        guard var state else { return 0 }
        sh.apply(state.changes)
        for (number, file) in state.descriptors { sh.context.descriptors[number] = file }
        state.tasks += 1
        let kept = state
        states.withLock { $0[slot] = kept }
        return 0
    }
}
