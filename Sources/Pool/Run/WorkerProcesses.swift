// The worker processes of a pool opened with --process: each runs one job after another (Shell/Execution/JobServer.swift), so that its
// start and the initializer are paid once.

import Bytes
import Glibc
import Platform
import Shell

/// A process that serves jobs.
///
/// Thread: that of the run that has taken it.
final class WorkerProcess: @unchecked Sendable {
    // Sendable: handed from run to run under the lock of `WorkerProcesses`.

    let child: Child
    let socket: UnixSocket
    /// How many jobs it has been given.
    fileprivate var tasks = 0

    init(_ child: Child, _ socket: UnixSocket) {
        self.child = child
        self.socket = socket
    }

    /// Sends it a job, and its ends of the pipes; false if it is gone.
    func run(_ request: JobRequest, output: Int32, errors: Int32) -> Bool {
        tasks += 1
        return (try? socket.send(request.message, passing: [output, errors])) != nil
    }

    /// What it answers, once the socket can be read; nil if it is gone.
    func reply() -> JobReply? {
        guard let received = try? socket.receive() else { return nil }
        for descriptor in received.descriptors { System.close(descriptor) }
        return JobReply(received.message)
    }
}

/// Those that wait for a job, and what new ones are made of.
///
/// Lock: `idle`, also for `maker`. `shell` is read only.
final class WorkerProcesses: Sendable {
    private let idle = Mutex<(workers: [WorkerProcess], isOver: Bool)>(([], false))
    /// The shell as it was when the pool was opened: what changes are counted from.
    let shell: Interpreter
    /// The same, of which workers are made.
    private let maker: Interpreter
    private let initializer: Bytes
    private let tasksPerWorker: Int

    init(_ options: RunOptions, shell: Interpreter, nullInput: OpenFile) {
        self.shell = Interpreter(copying: shell, cancellation: Cancellation())
        maker = Interpreter(copying: shell, cancellation: Cancellation())
        maker.context.descriptors[0] = nullInput
        maker.shellProcess = 0
        initializer = options.initializer ?? Bytes()
        tasksPerWorker = options.tasksPerWorker ?? .max
    }

    /// A worker that waits.
    func take() -> WorkerProcess? { idle.withLock { $0.workers.popLast() } }

    /// What starts a new one with the other end of its socket; the files must live until then.
    func launch() -> (launch: Launch, files: [OpenFile], socket: UnixSocket)? {
        guard let ends = try? UnixSocket.pair() else { return nil }
        let theirs = OpenFile(owning: ends.other)
        guard let (launch, file) = idle.withLock({ _ in maker.serverLaunch(ends.other, initializer: initializer) })
        else { return nil }
        return (launch, [file, theirs], ends.own)
    }

    /// The worker has done its job and may get another.
    func give(back worker: WorkerProcess) {
        let isKept =
            worker.tasks < tasksPerWorker
            && idle.withLock { state in
                guard !state.isOver else { return false }
                state.workers.append(worker)
                return true
            }
        if !isKept { dismiss(worker) }
    }

    /// The worker ends, and is waited for on a thread of its own: what its jobs have left behind may take time.
    func dismiss(_ worker: WorkerProcess) {
        worker.socket.shutDown()
        do throws(Errno) {
            try Threads.run { _ = try? worker.child.wait() }
        } catch {
            _ = try? worker.child.wait()
        }
    }

    /// The pool is over.
    func end() {
        let workers = idle.withLock { state in
            state.isOver = true
            defer { state.workers = [] }
            return state.workers
        }
        for worker in workers { worker.socket.shutDown() }
        for worker in workers { _ = try? worker.child.wait() }
    }
}
