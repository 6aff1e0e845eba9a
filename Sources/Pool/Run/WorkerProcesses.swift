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

    /// Ends it in the middle of its jobs, with what they have started.
    func end() { _ = kill(-child.pid, SIGTERM) }

    /// Sends it a job, and its ends of the pipes; false if it is gone.
    func run(_ request: JobRequest, output: Int32, errors: Int32) -> Bool {
        tasks += 1
        return (try? socket.send(request.message, passing: [output, errors])) != nil
    }

    /// Sends it jobs of a template; false if it is gone.
    func run(_ request: BatchRequest) -> Bool {
        tasks += request.jobs.count
        return (try? socket.send(request.message)) != nil
    }

    /// The next answer to jobs of a template, waiting for it; nil if it is gone.
    func batchReply() -> BatchReply? {
        guard let received = try? socket.receive() else { return nil }
        return BatchReply(received.message)
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
    private let nice: Int32?

    init(_ options: RunOptions, shell: Interpreter, nullInput: OpenFile) {
        self.shell = Interpreter(copying: shell, cancellation: Cancellation())
        maker = Interpreter(copying: shell, cancellation: Cancellation())
        maker.context.descriptors[0] = nullInput
        maker.shellProcess = 0
        initializer = options.initializer ?? Bytes()
        tasksPerWorker = options.tasksPerWorker ?? .max
        nice = options.nice
    }

    /// A worker that waits.
    func take() -> WorkerProcess? { idle.withLock { $0.workers.popLast() } }

    /// Why there is no further worker.
    struct Refusal: Error {
        var errno: Errno
    }

    /// Starts a new one.
    ///
    /// Thread: one that is kept, since the worker ends with it.
    func start() -> Result<WorkerProcess, Refusal> {
        guard let ends = try? UnixSocket.pair() else { return .failure(Refusal(errno: .outOfDescriptors)) }
        let theirs = OpenFile(owning: ends.other)
        let made = idle.withLock { _ in maker.serverLaunch(ends.other, initializer: initializer) }
        guard let made else { return .failure(Refusal(errno: .outOfDescriptors)) }
        var launch = made.launch
        launch.processGroup = .new
        launch.parentDeathSignal = SIGKILL
        launch.nice = nice
        defer { withExtendedLifetime((theirs, made.file)) {} }
        do throws(LaunchError) {
            return .success(WorkerProcess(try Platform.start(launch), ends.own))
        } catch {
            return .failure(Refusal(errno: error.errno))
        }
    }

    /// How many jobs it may still be given.
    func left(of worker: WorkerProcess) -> Int { max(tasksPerWorker - worker.tasks, 0) }

    /// The worker has gone away in the middle of a job: how that job ended.
    func lose(_ worker: WorkerProcess) -> JobOutcome {
        worker.socket.shutDown()
        switch (try? worker.child.wait())?.0 {
        case .exited(let status)?: return JobOutcome(status: status)
        case .signaled(let signal, _)?: return JobOutcome(status: 0, signal: signal)
        default: return JobOutcome(status: 255)
        }
    }

    /// The worker has done its job and may get another.
    func give(back worker: WorkerProcess?) {
        guard let worker else { return }
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
