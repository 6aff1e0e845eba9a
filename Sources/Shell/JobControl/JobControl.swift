// Job control (2.11): with `set -m`, every pipeline in the foreground and every asynchronous list is a process group of its
// own; the terminal is lent to the group in the foreground and taken back when it ends or stops.
//
// Commands of the shell itself (a loop, a function) run in the shell's own group, as everywhere, and at the prompt can be stopped
// where they stand (ShellTask.swift); a subshell, and a stage of a pipeline that is no external command, becomes a process of its
// own, so that the whole job can be stopped.

import Bytes
import Glibc
import Platform
import Syntax

/// The terminal of a shell with job control.
///
/// Ownership: the descriptor is closed by `endJobControl`, or with the process.
struct ShellTerminal {
    /// Out of the way of the numbers that scripts use.
    let descriptor: Int32
    /// The group that was in the foreground before the shell put itself there.
    let originalGroup: Int32
    /// As the shell wants it: put back after a job that left it otherwise.
    var modes: Terminal.Modes?
}

extension Interpreter {
    /// Whether what is started now is a job: `set -m` in a shell that is no subshell and collects no output.
    var controlsJobs: Bool {
        has(.monitor) && (isMain || task != nil) && jobControlPauses == 0 && captures.isEmpty
    }

    /// Begins with job control: opens the terminal, waits until the shell is in the foreground, and puts it into a group of its own
    /// if it is interactive. Without a terminal there are process groups only, and an interactive shell has no job control.
    package func beginJobControl() {
        guard isMain, terminal == nil, subshellDepth == 0 else { return }
        guard let opened = try? Terminal.openControlling(), let descriptor = try? System.duplicate(opened, atLeast: 10)
        else {
            if has(.interactive) { context.options.remove(.monitor) }
            return
        }
        System.close(opened)
        var original = System.processGroup
        if has(.interactive) {
            // Started in the background, it stops until somebody brings it to the front. A group that nobody controls cannot
            // stop so; then there is no job control.
            var attempts = 0
            while let front = try? Terminal.foregroundGroup(of: descriptor), front != System.processGroup {
                attempts += 1
                if attempts > 3 {
                    System.close(descriptor)
                    context.options.remove(.monitor)
                    return
                }
                try? Signals.reset(SIGTTIN)
                try? System.kill(0, SIGTTIN)
            }
            original = System.processGroup
            for signal in [SIGTSTP, SIGTTIN, SIGTTOU] { ignoreForItself(signal) }
            Signals.takeStopsFromTerminal()
            if original != System.processID {
                try? System.setProcessGroup(0, 0)
                try? Terminal.setForegroundGroup(of: descriptor, System.processGroup)
            }
        }
        terminal = ShellTerminal(
            descriptor: descriptor, originalGroup: original, modes: try? Terminal.modes(of: descriptor))
    }

    /// Gives the terminal back to who had it before; at the end of the shell and before `exec`.
    func endJobControl() {
        guard let terminal else { return }
        self.terminal = nil
        if terminal.originalGroup != System.processGroup {
            try? Terminal.setForegroundGroup(of: terminal.descriptor, terminal.originalGroup)
            try? System.setProcessGroup(0, terminal.originalGroup)
        }
        System.close(terminal.descriptor)
    }

    /// At the end of an interactive shell: what goes with it. SIGHUP, which comes when the terminal goes, is handed on to all jobs, and
    /// with `shopt -s huponexit` a login shell sends it too; those that are stopped are let go on, to hear of it.
    func hangUpJobs() {
        let isGone = endingSignal == SIGHUP || Signals.isCaught(SIGHUP) && Signals.take(SIGHUP)
        guard isGone || has(ShoptOptions.huponexit) && has(ShoptOptions.loginShell) else { return }
        jobs.update()
        for job in jobs.jobs where !job.hasEnded && !job.isSpared {
            signal(job, SIGHUP)
            if job.isStopped && job.task == nil { signal(job, SIGCONT) }
        }
    }

    /// Ignores a signal in the shell and not in the commands that it starts: what an interactive shell does about SIGTERM and
    /// its like.
    package func ignoreForItself(_ signal: Int32) {
        guard !context.traps.ignoredOnEntry.contains(signal) else { return }
        ownIgnoredSignals.insert(signal)
        if context.traps[signal] == nil { try? Signals.ignore(signal) }
    }

    /// The terminal, if it is the shell's to lend: its group is in the foreground.
    var terminalToLend: Int32? {
        guard let terminal, task?.isInFront ?? true, let front = try? Terminal.foregroundGroup(of: terminal.descriptor),
            front == System.processGroup
        else { return nil }
        return terminal.descriptor
    }

    /// A launch becomes a job in the foreground, or joins one.
    func lendTerminal(to launch: inout Launch, joining group: Int32? = nil) {
        if let group {
            launch.processGroup = .join(group)
        } else {
            launch.processGroup = .new
            launch.terminal = terminalToLend
        }
    }

    // MARK: Waiting for the job in the foreground

    /// Waits until all processes of the job in the foreground have ended or stopped; their statuses. A job that stops gets its
    /// place in the table.
    func waitForegroundJob(_ children: [Child], command: () -> Bytes) throws(Unwind) -> [Int32] {
        guard let leader = children.first else { return [] }
        var processes = children.map(ShellJob.Process.init(child:))
        watch(&processes)
        while task != nil, !isAtTail, let signal = stopSignal(of: processes) {
            try waitStopped(&processes, by: signal)
        }
        let modes = takeTerminalBack(processes)
        if processes.allSatisfy({ $0.status != nil }) {
            if case .signaled(let signal, let dumped) = processes.last?.status {
                announce(signal, dumped, leader.pid, command)
            }
        } else {
            let number = jobs.add(processes, command: command(), group: leader.pid, modes: modes)
            noteStop(number)
        }
        try abandonIfInterrupted(processes)
        return processes.map { $0.status?.exitStatus ?? 128 + ($0.stopSignal ?? SIGTSTP) }
    }

    /// The signal that has stopped those of the processes that live; nil if one runs, or none lives.
    private func stopSignal(of processes: [ShellJob.Process]) -> Int32? {
        guard processes.allSatisfy({ $0.status != nil || $0.stopSignal != nil }) else { return nil }
        return processes.last { $0.status == nil }?.stopSignal
    }

    /// Whether what runs now is the last of the line at the prompt, so that a process that stops can be a job by itself.
    private var isAtTail: Bool {
        functionDepth == 0 && sourceDepth == 0 && evaluationDepth == 0 && loopDepth == 0
            && subshellDepth == ownDepth && position.offset == task?.tail?.offset && isMain
    }

    /// A process that is stopped stops the command of the shell's that waits for it; they go on together.
    private func waitStopped(_ processes: inout [ShellJob.Process], by signal: Int32) throws(Unwind) {
        let modes = takeTerminalBack(processes)
        let goesOn = pauseTask(by: signal)
        if goesOn, let group = processes.first?.child.pid, let lent = terminalToLend {
            if let modes { try? Terminal.setModes(modes, of: lent) }
            try? Terminal.setForegroundGroup(of: lent, group)
        }
        for index in processes.indices where processes[index].status == nil {
            processes[index].stopSignal = nil
            if let group = processes.first?.child.pid { try? System.kill(-group, SIGCONT) }
        }
        watch(&processes)
        if !goesOn { throw .cancelled }
    }

    /// Gives a job of the table the terminal, lets it go on, and waits until it ends or stops.
    func continueInForeground(_ index: Int) throws(Unwind) -> Int32 {
        let job = jobs[index]
        if let task = job.task { return try continueInFront(task, number: job.number, modes: job.modes) }
        let lent = job.group == nil ? nil : terminalToLend
        if let lent, let group = job.group {
            if let modes = job.modes { try? Terminal.setModes(modes, of: lent) }
            try? Terminal.setForegroundGroup(of: lent, group)
        }
        jobs[index].noteContinued()
        signal(job, SIGCONT)
        var processes = jobs[index].processes
        watch(&processes)
        let modes = takeTerminalBack(processes)
        jobs[index].processes = processes
        jobs[index].modes = modes
        let number = job.number
        let status = jobs[index].isStopped ? 128 + (jobs[index].stopSignal ?? SIGTSTP) : jobs[index].exitStatus
        if jobs[index].hasEnded { jobs.remove(index) } else { noteStop(number) }
        try abandonIfInterrupted(processes)
        return status
    }

    /// Waits for each process to end or stop.
    private func watch(_ processes: inout [ShellJob.Process]) {
        for index in processes.indices where processes[index].status == nil {
            switch try? processes[index].child.wait(orStop: true) {
            case (.stopped(let signal), _)?: processes[index].stopSignal = signal
            case (let status, _)?:
                processes[index].status = status
                processes[index].stopSignal = nil
                cancellation.remove(processes[index].child.pid)
            case nil: processes[index].status = .exited(127)
            }
        }
    }

    /// Puts the shell back to the front. The modes of the terminal that a job leaves by its regular end stay; else they are
    /// those from before, and the job's are given, for when it goes on.
    private func takeTerminalBack(_ processes: [ShellJob.Process]) -> Terminal.Modes? {
        guard let terminal, task?.isInFront ?? true else { return nil }
        try? Terminal.setForegroundGroup(of: terminal.descriptor, System.processGroup)
        guard has(.interactive) else { return nil }
        let now = try? Terminal.modes(of: terminal.descriptor)
        if case .exited = processes.last?.status {
            self.terminal?.modes = now
            return nil
        }
        if let modes = terminal.modes { try? Terminal.setModes(modes, of: terminal.descriptor) }
        return now
    }

    /// After a command of the shell's own has ended or stopped.
    func takeTerminalBack() -> Terminal.Modes? {
        guard let terminal else { return nil }
        try? Terminal.setForegroundGroup(of: terminal.descriptor, System.processGroup)
        let now = try? Terminal.modes(of: terminal.descriptor)
        if let modes = terminal.modes { try? Terminal.setModes(modes, of: terminal.descriptor) }
        return now
    }

    func noteStop(_ number: Int) {
        guard has(.interactive), let index = jobs.jobs.firstIndex(where: { $0.number == number }) else { return }
        writeError("\n" + describeJob(index, .short))
        jobs[index].isStopTold = true
    }

    /// Ctrl-C that ended the job in the foreground ends the commands around it too, though the shell got no signal.
    private func abandonIfInterrupted(_ processes: [ShellJob.Process]) throws(Unwind) {
        guard has(.interactive), case .signaled(SIGINT, _) = processes.last?.status else { return }
        writeError("\n")
        context.status = 128 + SIGINT
        throw .error
    }

    /// Sends a signal to a whole job.
    func signal(_ job: ShellJob, _ signal: Int32) {
        if let task = job.task {
            task.signal(signal)
        } else if let group = job.group {
            try? System.kill(-group, signal)
        } else {
            for process in job.processes where process.status == nil { try? process.child.signal(signal) }
        }
    }

    // MARK: Subshells that are processes

    /// Runs a subshell as a process of its own, in the foreground.
    func runProcessSubshell(_ list: List) throws(Unwind) -> Int32 {
        guard let capsule = capsule(running: Printer.source(of: list, placeholders: capsuleMarks)) else { return 126 }
        defer { withExtendedLifetime(capsule.file) {} }
        if !output.isEmpty { flushOutput() }
        var launch = capsule.launch
        let isJob = controlsJobs
        if isJob { lendTerminal(to: &launch) }
        switch start(launch) {
        case .failure(let status): return status
        case .success(let child):
            let text: () -> Bytes = { "( " + Printer.bashText(of: list) + " )" }
            if isJob { return try waitForegroundJob([child], command: text).last ?? 0 }
            return try waitForeground(child, command: text)
        }
    }
}
