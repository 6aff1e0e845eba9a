import Bytes
import Glibc
import Platform

/// What the shell says about jobs: the lines of `jobs`, and notices at the prompt.
extension Interpreter {
    enum JobFormat {
        case short
        /// With the process id.
        case long
        /// The process id only.
        case process
    }

    /// Scripts get the lines of jobs to the letter of POSIX, people at a prompt as bash has them.
    private var showsJobsAsPOSIX: Bool { has(.posix) || !has(.interactive) }

    /// A line of `jobs`.
    func describeJob(_ index: Int, _ format: JobFormat) -> Bytes {
        let job = jobs[index]
        let leader = job.group ?? job.processes.first?.child.pid
        if format == .process { return leader.map { Bytes(decimal: $0) + "\n" } ?? Bytes() }
        let isPosix = showsJobsAsPOSIX
        var line: Bytes = "["
        line.append(decimal: job.number)
        line.append(isPosix ? "] " : "]")
        line.append(
            index == jobs.current
                ? UInt8(ascii: "+") : index == jobs.previous ? UInt8(ascii: "-") : UInt8(ascii: " "))
        line.append(" ")
        if format == .long {
            line.append(decimal: leader ?? System.processID)
            line.append(" ")
        } else if !isPosix {
            line.append(" ")
        }
        let state = describeState(job)
        line.append(state)
        line.append(Bytes(repeating: UInt8(ascii: " "), count: max(1, (isPosix ? 12 : 24) - state.count)))
        line.append(job.command)
        if !isPosix && !job.hasEnded && !job.isStopped { line.append(" &") }
        if let note = job.task?.note, !note.isEmpty { line.append("  (" + note + ")") }
        line.append("\n")
        return line
    }

    private func describeState(_ job: ShellJob) -> Bytes {
        if job.hasEnded {
            switch job.processes.last?.status {
            case .signaled(let signal, let dumped):
                return (Signals.explanation(of: signal) ?? "Signal " + Bytes(decimal: signal))
                    + (dumped ? " (core dumped)" : "")
            default:
                if job.task != nil, job.exitStatus > 128, let text = Signals.explanation(of: job.exitStatus - 128) {
                    return text
                }
                let status = Bytes(decimal: job.exitStatus)
                return job.exitStatus == 0 ? "Done" : showsJobsAsPOSIX ? "Done(" + status + ")" : "Exit " + status
            }
        }
        guard job.isStopped, let signal = job.stopSignal else { return "Running" }
        return signal == SIGTSTP ? "Stopped" : "Stopped (SIG" + (Signals.name(of: signal) ?? "STOP") + ")"
    }

    /// Tells the user which asynchronous lists have ended or stopped since the last time.
    package func notifyJobs() {
        jobs.update()
        for index in jobs.jobs.indices where isNews(jobs[index]) {
            writeError(describeJob(index, .short))
            jobs[index].isStopTold = true
        }
        while let ended = jobs.jobs.firstIndex(where: \.hasEnded) { jobs.remove(ended) }
    }

    /// Whether there is something for `notifyJobs` to tell.
    package var hasNews: Bool {
        jobs.update()
        return jobs.jobs.contains(where: isNews)
    }

    private func isNews(_ job: ShellJob) -> Bool { job.hasEnded || job.isStopped && !job.isStopTold }

    /// The first `exit`, or end of the input, while jobs are stopped only says so, with `shopt -s checkjobs` also while jobs run;
    /// true then. The command after it may leave.
    package func warnsOfJobs() -> Bool {
        jobs.update()
        guard exitWarning == 0 else { return false }
        let areStopped = jobs.jobs.contains(where: \.isStopped)
        let checks = has(ShoptOptions.checkjobs)
        guard areStopped || checks && jobs.jobs.contains(where: { !$0.hasEnded }) else { return false }
        report(areStopped ? "there are stopped jobs" : "there are running jobs")
        if checks { for index in jobs.jobs.indices { writeError(describeJob(index, .short)) } }
        exitWarning = 2
        return true
    }
}
