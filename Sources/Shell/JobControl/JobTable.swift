import Bytes
import Platform

/// An asynchronous list, or a foreground job that was stopped: its processes and what became of them.
package struct ShellJob: Sendable {
    package struct Process: Sendable {
        package let child: Child
        package var status: WaitStatus?
        /// The signal that has stopped it, while it is stopped.
        package var stopSignal: Int32?

        package init(child: Child) { self.child = child }
    }

    package let number: Int
    package var processes: [Process]
    package let command: Bytes
    /// The user knows that it is stopped.
    var isStopTold = false
    /// The process group, if the job has one of its own.
    package let group: Int32?
    /// Grows with each job that is started or stopped: the latest is the current one.
    fileprivate(set) var stamp: Int
    /// Its status is that of the last process that fails (`set -o pipefail`).
    var failsByAny = false
    /// It gets no SIGHUP when the shell gets one (`disown -h`).
    var isSpared = false
    /// How the job had the terminal when it was stopped.
    var modes: Terminal.Modes?
    /// The command that the shell runs itself, if the job is one and has no processes of its own.
    package let task: ShellTask?
    /// What it did when somebody last looked.
    fileprivate(set) var taskState = ShellTask.State.inBackground

    package var hasEnded: Bool {
        if task != nil { if case .ended = taskState { return true } else { return false } }
        return processes.allSatisfy { $0.status != nil }
    }
    /// Those of its processes that have not ended are stopped.
    package var isStopped: Bool {
        if task != nil { if case .stopped = taskState { return true } else { return false } }
        return !hasEnded && processes.allSatisfy { $0.status != nil || $0.stopSignal != nil }
    }
    package var stopSignal: Int32? {
        if case .stopped(let signal) = taskState { return signal }
        return processes.last { $0.stopSignal != nil }?.stopSignal
    }
    /// The status of the last process, or of the last that has failed.
    package var exitStatus: Int32 {
        if case .ended(let status) = taskState { return status }
        if failsByAny, let failed = processes.lazy.compactMap({ $0.status?.exitStatus }).last(where: { $0 != 0 }) {
            return failed
        }
        return processes.last?.status?.exitStatus ?? 0
    }
    package var lastProcess: Int32 { processes.last?.child.pid ?? 0 }

    /// It was told to go on.
    mutating func noteContinued() {
        for index in processes.indices { processes[index].stopSignal = nil }
        if task != nil { taskState = .inBackground }
    }
}

/// The jobs of one shell environment. A subshell has a copy to list and to send signals to, until it has jobs of its own; it
/// can't wait for those of its parent.
package struct JobTable: Sendable {
    package private(set) var jobs: [ShellJob] = []
    /// Statuses of processes whose job is gone, for a later `wait pid` (2.9.3.1); the latest CHILD_MAX are kept.
    private var remembered: [(pid: Int32, status: Int32)] = []
    private var lastStamp = 0
    /// The jobs are those of the shell around this one.
    package private(set) var isInherited = false

    package init() {}

    package var isEmpty: Bool { jobs.isEmpty }

    /// The table of a subshell.
    init(inside table: JobTable) {
        if table.jobs.isEmpty { return }
        self = table
        remembered = []
        isInherited = true
    }

    /// Before the shell waits, or starts a job: those of the shell around it are not its own.
    mutating func dropInherited() {
        if isInherited { self = JobTable() }
    }

    /// Adds a job under the lowest number that is higher than all in use.
    ///
    /// - Parameter failsByAny: its status is that of the last process that fails.
    package mutating func add(
        _ children: [Child], command: Bytes, group: Int32?, failsByAny: Bool = false
    ) -> Int {
        let number = add(children.map(ShellJob.Process.init(child:)), command: command, group: group)
        jobs[jobs.count - 1].failsByAny = failsByAny
        return number
    }

    mutating func add(
        _ processes: [ShellJob.Process], command: Bytes, group: Int32?, modes: Terminal.Modes? = nil,
        task: ShellTask? = nil
    ) -> Int {
        dropInherited()
        let number = (jobs.map(\.number).max() ?? 0) + 1
        lastStamp += 1
        jobs.append(
            ShellJob(
                number: number, processes: processes, command: command, group: group, stamp: lastStamp, modes: modes,
                task: task, taskState: task?.state ?? .inBackground))
        return number
    }

    mutating func add(_ task: ShellTask, modes: Terminal.Modes?) -> Int {
        add([], command: task.command, group: nil, modes: modes, task: task)
    }

    package subscript(index: Int) -> ShellJob {
        get { jobs[index] }
        set { jobs[index] = newValue }
    }

    package func index(ofProcess pid: Int32) -> Int? {
        jobs.firstIndex { $0.processes.contains { $0.child.pid == pid } }
    }

    /// The job that `%…` names: `%%` `%+` the current, `%-` the previous, `%n`, `%prefix`, `%?part`; nil if there is none, or
    /// more than one with that text.
    package func index(ofSpecification specification: Bytes) -> Int? {
        guard specification.first == UInt8(ascii: "%") else { return nil }
        let name = specification.dropFirst()
        switch name {
        case "", "%", "+": return current
        case "-": return previous
        default: break
        }
        if let number = name.decimal { return jobs.firstIndex { $0.number == number } }
        let found = matching(name)
        return found.count == 1 ? found[0] : nil
    }

    private func matching(_ name: Bytes) -> [Int] {
        if name.first == UInt8(ascii: "?") {
            let part = name.dropFirst()
            return jobs.indices.filter { jobs[$0].command.find(part) != nil }
        }
        return jobs.indices.filter { jobs[$0].command.hasPrefix(name) }
    }

    /// Why a specification names no job.
    func problem(with specification: Bytes) -> Bytes {
        let name = specification.dropFirst()
        return specification.first == UInt8(ascii: "%") && name.decimal == nil && matching(name).count > 1
            ? "more than one job matches" : "no such job"
    }

    /// The current job: the last that was stopped, else the last that was started.
    package var current: Int? { ranked.first }

    package var previous: Int? { ranked.count > 1 ? ranked[1] : ranked.first }

    /// Stopped jobs first, the latest first.
    private var ranked: [Int] {
        jobs.indices.sorted {
            let (a, b) = (jobs[$0], jobs[$1])
            return a.isStopped != b.isStopped ? a.isStopped : a.stamp > b.stamp
        }
    }

    /// Notes what has happened to the processes, without waiting.
    package mutating func update() {
        for index in jobs.indices { update(index) }
    }

    package mutating func update(_ index: Int) {
        guard !isInherited else { return }
        let wasStopped = jobs[index].isStopped
        if let task = jobs[index].task { jobs[index].taskState = task.state }
        for process in jobs[index].processes.indices where jobs[index].processes[process].status == nil {
            while let (status, _) = (try? jobs[index].processes[process].child.poll(stopped: true)) ?? nil {
                switch status {
                case .stopped(let signal): jobs[index].processes[process].stopSignal = signal
                case .continued: jobs[index].processes[process].stopSignal = nil
                case .exited, .signaled: jobs[index].processes[process].status = status
                }
                if status.isEnd { break }
            }
        }
        if !jobs[index].isStopped { jobs[index].isStopTold = false }
        if !wasStopped && jobs[index].isStopped {
            lastStamp += 1
            jobs[index].stamp = lastStamp
        }
    }

    /// Forgets a job that has ended; its last process's status can still be asked for.
    package mutating func remove(_ index: Int) {
        let job = jobs.remove(at: index)
        if job.task != nil { return }
        remembered.append((job.lastProcess, job.exitStatus))
        if remembered.count > 1024 { remembered.removeFirst(512) }
    }

    /// Takes a job from the table without waiting for it: somebody else has it now.
    package mutating func forget(_ index: Int) -> ShellJob { jobs.remove(at: index) }

    /// After a `wait` for all there is nothing left to ask for.
    package mutating func forgetEnded() { remembered.removeAll() }

    package mutating func takeRemembered(_ pid: Int32) -> Int32? {
        guard let index = remembered.lastIndex(where: { $0.pid == pid }) else { return nil }
        return remembered.remove(at: index).status
    }
}
