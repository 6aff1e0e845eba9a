import Bytes
import Platform

/// An asynchronous list, or a pipeline that was stopped: its processes and what became of them.
package struct ShellJob: Sendable {
    package struct Process: Sendable {
        package let child: Child
        package var status: WaitStatus?
        package var isStopped = false
    }

    package let number: Int
    package var processes: [Process]
    package let command: Bytes
    /// The process group, if the job has one of its own.
    package let group: Int32?
    /// Its end was told to the user.
    package var isNotified = false

    package var hasEnded: Bool { processes.allSatisfy { $0.status != nil } }
    package var isStopped: Bool { !hasEnded && processes.contains(where: \.isStopped) }
    /// The status of the last process.
    package var exitStatus: Int32 { processes.last?.status?.exitStatus ?? 0 }
    package var lastProcess: Int32 { processes.last?.child.pid ?? 0 }
}

/// The jobs of one shell environment. A copy of the table in a subshell starts empty: a shell waits only for its own.
package struct JobTable: Sendable {
    package private(set) var jobs: [ShellJob] = []
    /// Statuses of processes whose job is gone, for a later `wait pid` (2.9.3.1); the latest CHILD_MAX are kept.
    private var remembered: [(pid: Int32, status: Int32)] = []

    /// The jobs of the shell around a subshell, which `jobs` shows there until it has its own: `$(jobs -p)`.
    private var outer: [ShellJob] = []

    package init() {}

    /// The table of a subshell.
    init(inside table: JobTable) { outer = table.jobs.isEmpty ? table.outer : table.jobs }

    /// What `jobs` shows here.
    var shown: JobTable {
        guard jobs.isEmpty else { return self }
        var table = JobTable()
        table.jobs = outer
        return table
    }

    package var isEmpty: Bool { jobs.isEmpty }

    /// Adds a job under the lowest number that is higher than all in use.
    package mutating func add(_ children: [Child], command: Bytes, group: Int32?) -> Int {
        let number = (jobs.map(\.number).max() ?? 0) + 1
        jobs.append(
            ShellJob(
                number: number, processes: children.map { ShellJob.Process(child: $0) }, command: command, group: group)
        )
        return number
    }

    package subscript(index: Int) -> ShellJob {
        get { jobs[index] }
        set { jobs[index] = newValue }
    }

    package func index(ofProcess pid: Int32) -> Int? {
        jobs.firstIndex { $0.processes.contains { $0.child.pid == pid } }
    }

    /// The job that `%…` names: `%%` `%+` the current, `%-` the previous, `%n`, `%prefix`, `%?part`.
    package func index(ofSpecification specification: Bytes) -> Int? {
        guard specification.first == UInt8(ascii: "%") else { return nil }
        let name = specification.dropFirst()
        switch name {
        case "", "%", "+": return current
        case "-": return previous
        default: break
        }
        if let number = name.decimal { return jobs.firstIndex { $0.number == number } }
        if name.first == UInt8(ascii: "?") {
            return jobs.firstIndex { $0.command.find(name.dropFirst()) != nil }
        }
        return jobs.firstIndex { $0.command.hasPrefix(name) }
    }

    /// The current job: the last that was stopped, else the last that was started.
    package var current: Int? { jobs.lastIndex(where: \.isStopped) ?? jobs.indices.last }

    package var previous: Int? {
        guard let current, jobs.count > 1 else { return current }
        return jobs.indices.last { $0 != current && jobs[$0].isStopped } ?? jobs.indices.last { $0 != current }
    }

    /// Notes what has happened to the processes, without waiting.
    package mutating func update() {
        for index in jobs.indices { update(index) }
    }

    package mutating func update(_ index: Int) {
        for process in jobs[index].processes.indices where jobs[index].processes[process].status == nil {
            guard let (status, _) = (try? jobs[index].processes[process].child.poll(stopped: true)) ?? nil else {
                continue
            }
            switch status {
            case .stopped: jobs[index].processes[process].isStopped = true
            case .continued: jobs[index].processes[process].isStopped = false
            case .exited, .signaled: jobs[index].processes[process].status = status
            }
        }
    }

    /// Forgets a job that has ended; its last process's status can still be asked for.
    package mutating func remove(_ index: Int) {
        let job = jobs.remove(at: index)
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
