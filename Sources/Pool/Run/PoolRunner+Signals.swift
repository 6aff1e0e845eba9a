// What the user says while jobs run, and how jobs are ended.
//
// The first SIGINT or SIGTERM starts no more jobs and waits for those that run; the second ends them by `--termseq`; the third
// kills them. SIGHUP is a first one that never grows. SIGUSR1 lists the running jobs. SIGTSTP stops the jobs with thresh, or, in a
// run that was started at the prompt, with the run alone. In the background there the signals are the prompt's; what `kill` and `fg`
// ask of the job comes by way of the interpreter.

import Bytes
import Glibc
import Platform
import Shell
import Synchronization

extension PoolRunner {
    func handleSignals() throws(OutputError) {
        if turn != nil { return }
        if isNested, shell.checkInterrupt(), phase < .terminating {
            loop.remove(shell.cancellation.wakeDescriptor)
            stoppedBy = SIGTERM
            phase = .terminating
            try startNoMore()
            inProcess?.stop(cancels: true)
            return terminateAll(Clock.monotonicNanoseconds())
        }
        if shell.isTask && !shell.actsOnSignals { return try handleRequests() }
        guard watchesSignals, Signals.pending else { return }
        let pending = Signals.takePending()
        for signal in pending { try act(on: signal) }
    }

    func act(on signal: Int32) throws(OutputError) {
        switch signal {
        case SIGINT, SIGTERM: try stop(on: signal)
        case SIGHUP: try finish(on: signal)
        case SIGUSR1: try list()
        case SIGTSTP: try pause()
        default: postponed.insert(signal)
        }
    }

    /// What was asked by `RunControl`.
    func handleControl() throws(OutputError) {
        guard control.isEnding, phase < .terminating else { return }
        phase = .terminating
        try startNoMore()
        inProcess?.stop(cancels: true)
        terminateAll(Clock.monotonicNanoseconds())
    }

    private func stop(on signal: Int32) throws(OutputError) {
        let now = Clock.monotonicNanoseconds()
        stoppedBy = signal
        switch phase {
        case _ where phase < .terminating && !wasAsked:
            wasAsked = true
            try startNoMore()
            let count = runningCount
            try tell(
                signalName(signal)
                    + (count == 0
                        ? ": starting no more jobs" : ": starting no more jobs; " + waiting + "; once more to end them")
            )
        case .running, .finishing:
            phase = .terminating
            try startNoMore()
            inProcess?.stop(cancels: true)
            try tell(signalName(signal) + ": ending " + running + "; once more to kill")
            terminateAll(now)
        case .terminating, .killing:
            phase = .killing
            try tell(signalName(signal) + ": killing " + running)
            for case let job? in jobs {
                job.termination?.skipToKill(at: now)
            }
        }
    }

    /// A message to one who waits for the run: in the background of a prompt it would come while something else is typed.
    private func tell(_ text: Bytes) throws(OutputError) { if shell.isInFront { try say(text) } }

    private func finish(on signal: Int32) throws(OutputError) {
        guard phase == .running else { return }
        stoppedBy = signal
        try startNoMore()
        try say(signalName(signal) + ": starting no more jobs; " + waiting)
        try list()
    }

    private func list() throws(OutputError) {
        for case let job? in jobs {
            try say("running: " + commandText(job.job, slot: abs(job.slot)))
        }
    }

    private var runningCount: Int { activeCount + unfinishedBatches }

    private var running: Bytes {
        let count = runningCount
        var text = Bytes(decimal: count)
        text.append(count == 1 ? " job" : " jobs")
        return text
    }

    private var waiting: Bytes { "waiting for " + running }

    private func signalName(_ signal: Int32) -> Bytes { "SIG" + (Signals.name(of: signal) ?? Bytes(decimal: signal)) }

    /// Stops the jobs, then this process, as the terminal asked; afterwards all go on.
    private func pause() throws(OutputError) {
        send(SIGSTOP)
        if shell.isTask { return try pauseAtPrompt() }
        Signals.raiseDefault(SIGTSTP)
        try? Signals.watch(SIGTSTP)
        send(SIGCONT)
    }

    /// The jobs are stopped; so is the run, until the prompt lets it go on.
    private func pauseAtPrompt() throws(OutputError) {
        try sink.progress?.hide()
        try sink.flush()
        noteCounts()
        if signals != nil {
            loop.remove(Signals.descriptor)
            signals?.end(in: shell, postponed: postponed)
            signals = nil
        }
        let goesOn = shell.pauseTask(by: SIGTSTP)
        if shell.actsOnSignals {
            signals = RunSignals()
            try? loop.add(Signals.descriptor, .readable, token: Token.signals)
        }
        send(SIGCONT)
        if !goesOn { try handleRequests() }
    }

    /// What `kill` and `fg` have asked of a run that is in the background of a prompt.
    private func handleRequests() throws(OutputError) {
        if let signal = shell.endOfTask {
            guard phase < .terminating else { return }
            wasAsked = true
            try stop(on: signal)
        } else if shell.takeStopOfTask() {
            try pause()
        }
    }

    private func send(_ signal: Int32) {
        for case let job? in jobs { send(signal, to: job) }
    }

    // MARK: Ending jobs

    /// Begins to end every job that runs.
    func terminateAll(_ now: UInt64) {
        for case let job? in jobs { terminate(job, because: .halt, now) }
    }

    /// Begins to end a job: its process group gets the signals of `--termseq`.
    func terminate(_ job: RunningJob, because ending: RunningJob.Ending, _ now: UInt64) {
        guard job.termination == nil, job.state == .running || job.state == .draining else { return }
        if case .running = job.state { job.ending = ending }
        job.termination = TerminationSequence(options.terminationSequence, from: now)
        job.terminationBegan = now
        setTimed(job)
        if case .thread(let cancellation, _) = job.vehicle { cancellation.cancel() }
        if let signal = job.termination?.signal(at: now) { send(signal, to: job) }
    }

    /// Something is to be done about the job although nothing happens.
    func setTimed(_ job: RunningJob) {
        if !job.isTimed { timedCount += 1 }
        job.isTimed = true
    }

    func send(_ signal: Int32, to job: RunningJob) {
        switch job.vehicle {
        case .thread(let cancellation, _):
            cancellation.signal(signal)
        case .process(let child):
            if job.group > 0 {
                _ = kill(-job.group, signal)
            } else {
                try? child.signal(signal)
            }
        case .worker(let worker):
            _ = kill(-worker.child.pid, signal)
        case .none:
            // The leader is gone; its group keeps its number as long as anybody is in it.
            if job.group > 0 { _ = kill(-job.group, signal) }
        }
    }

    /// Ends the youngest job for want of memory; it is run again later.
    func endYoungest(_ now: UInt64) {
        var youngest: RunningJob?
        for case let job? in jobs where job.state == .running && job.termination == nil {
            if job.startedAt >= youngest?.startedAt ?? 0 { youngest = job }
        }
        if let youngest, activeCount > 1 { terminate(youngest, because: .memory, now) }
    }

    /// After an error: a job whose process is gone and whose group is, too, or can't be ended, is forgotten.
    func abandon(_ job: RunningJob, _ now: UInt64) {
        if let signal = job.termination?.signal(at: now) { send(signal, to: job) }
        if case .thread = job.vehicle, now > job.terminationBegan + PoolRunner.threadPatience { job.vehicle = .none }
        guard case .none = job.vehicle else { return }
        let isGone = job.group <= 0 || kill(-job.group, 0) != 0
        guard isGone || job.termination?.isOver(at: now) ?? true else { return }
        jobs[job.index] = nil
        activeCount -= 1
    }
}

/// How others reach a run that nobody waits for.
///
/// Thread: any.
package final class RunControl: Sendable {
    private let ending = Atomic<Bool>(false)
    private let loop: EventLoop

    init(_ loop: EventLoop) { self.loop = loop }

    /// The run ends: jobs that wait are not run, those that run get the signals of `--termseq`.
    package func end() {
        ending.store(true, ordering: .relaxed)
        loop.wake()
    }

    var isEnding: Bool { ending.load(ordering: .relaxed) }
}

/// The signals that a run acts on, watched while it lasts.
struct RunSignals {
    private var watched: [Int32] = []

    /// Begins to watch; signals that are ignored stay so, since whoever started thresh wanted that.
    init() {
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGTSTP] where !Signals.dispositionIsIgnored(signal) {
            if (try? Signals.watch(signal)) != nil { watched.append(signal) }
        }
    }

    /// Gives the signals back to the shell, and those that came for it.
    func end(in sh: Interpreter, postponed: SignalSet) {
        for signal in watched where sh.context.traps[signal] == nil { sh.handleAsBefore(signal) }
        for signal in postponed { try? System.kill(System.processID, signal) }
    }
}
