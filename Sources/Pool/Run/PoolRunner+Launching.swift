// Setting a job going: its slot, its streams, its process or thread, and what happens where the system refuses.
//
// Whatever fails here for want of room (descriptors, processes, threads) is no failure of the job: it waits, and the run goes
// on with fewer slots. Any other failure to start is the job's own, with the interpreter's message on its standard error.

import Bytes
import Glibc
import Platform
import Shell
import Syntax

extension PoolRunner {
    // MARK: Starting

    /// Gives the job a slot, a place in the table and its times.
    func enter(_ job: RunningJob) -> Bool {
        guard let slot = slots.take() else { return false }
        job.slot = slot
        job.attempt += 1
        job.state = .running
        if let index = freeIndices.popLast() {
            job.index = index
            jobs[index] = job
        } else {
            job.index = jobs.count
            jobs.append(job)
        }
        activeCount += 1
        if job.attempt == 1 { counts.started += 1 }
        job.started = Clock.realtimeMicroseconds()
        job.startedAt = Clock.monotonicNanoseconds()
        job.job.task?.began(slot: slot, at: job.started)
        gates.jobStarted(at: job.startedAt)
        return true
    }

    /// Takes back `enter`: the job did not start after all.
    private func leave(_ job: RunningJob) {
        releaseSlot(job)
        jobs[job.index] = nil
        freeIndices.append(job.index)
        activeCount -= 1
        job.attempt -= 1
        if job.attempt == 0 { counts.started -= 1 }
        job.state = .waiting
    }

    func releaseSlot(_ job: RunningJob) {
        guard job.slot > 0 else { return }
        slots.release(job.slot)
        job.slot = -job.slot
    }

    /// Starts the job on its vehicle; false if the system has no room for it now, and it waits.
    func start(_ job: RunningJob, _ command: JobCommand) throws(OutputError) -> Bool {
        guard enter(job) else { return false }
        if try !announce(job) {
            job.outcome = .skipped
            job.endedAt = job.startedAt
            releaseSlot(job)
            try ended(job)
            return true
        }
        guard let ends = try openStreams(job) else {
            leave(job)
            return try shrink(job, "no descriptors left")
        }
        if options.isVerbose || options.isDryRun { try echo(job) }
        if options.isDryRun {
            close(ends)
            job.outcome = .success
            return try endBeforeStart(job)
        }
        switch command.kind {
        case .single: return try startSingle(job, command, ends)
        case .process: return try startCapsule(job, command, ends)
        case .builtins, .general: return try startThread(job, command, ends)
        }
    }

    struct StreamEnds {
        var output: OpenFile
        var error: OpenFile
    }

    private func close(_ ends: StreamEnds) {
        ends.output.close()
        ends.error.close()
    }

    /// Where the job's output goes: pipes, files, or the run's own output; nil if there are no descriptors left.
    private func openStreams(_ job: RunningJob) throws(OutputError) -> StreamEnds? {
        if let task = job.job.task, task.destination == .own {
            return StreamEnds(
                output: OpenFile(borrowing: task.shell?.context.descriptors.descriptor(1) ?? -1),
                error: OpenFile(borrowing: task.shell?.context.descriptors.descriptor(2) ?? -1))
        }
        if options.outputMode == .ungroup, !job.isKept, let output = sink.output.inheritable,
            let error = sink.errors.inheritable
        {
            try sink.flush()
            return StreamEnds(output: OpenFile(borrowing: output), error: OpenFile(borrowing: error))
        }
        if !job.isKept, let files = resultFiles(for: job.job, slot: job.slot) {
            let opened = try files.open(
                sequence: job.job.sequence, at: shell.context.workingDirectory.descriptor)
            job.files = (files.standardOutput, files.standardError)
            return StreamEnds(output: OpenFile(owning: opened.output), error: OpenFile(owning: opened.error))
        }
        guard let error = try? System.pipe() else { return nil }
        if options.keepsOutputFiles, !job.isKept {
            let (file, path) = try OutputFile.make(in: sink.directory)
            job.files = (path, Bytes())
            job.standardError.begin(error.read)
            return StreamEnds(output: OpenFile(owning: file), error: OpenFile(owning: error.write))
        }
        guard let output = try? System.pipe() else {
            System.close(error.read)
            System.close(error.write)
            return nil
        }
        job.standardOutput.begin(output.read)
        job.standardError.begin(error.read)
        return StreamEnds(output: OpenFile(owning: output.write), error: OpenFile(owning: error.write))
    }

    /// The job could not be started for want of descriptors, processes or threads: with fewer slots it can, unless it is
    /// alone. Its ends are closed; it is the next to be tried.
    private func shrink(_ job: RunningJob, _ why: Bytes) throws(OutputError) -> Bool {
        job.standardOutput.discard(&sink.pool)
        job.standardError.discard(&sink.pool)
        if activeCount == 0 && unfinishedBatches == 0 {
            try say("cannot start a job: " + why)
            hasFailed = true
            inputEnded = true
            phase = .finishing
            job.isDropped = true
            order.finished(job, at: job.startedAt)
            return false
        }
        slots.limit = max(slots.used, 1)
        if !taughtAboutSlots {
            taughtAboutSlots = true
            var text = why
            text.append("; running ")
            text.append(decimal: slots.limit)
            text.append(" jobs at a time from here on")
            try say(text)
        }
        feed.putBack(job)
        return false
    }

    private func startSingle(_ job: RunningJob, _ command: JobCommand, _ ends: StreamEnds) throws(OutputError) -> Bool {
        let sh = job.job.task?.shell.map { Interpreter(copying: $0, cancellation: Cancellation()) } ?? resolver
        sh.trustsPaths = true
        prepare(sh, job)
        sh.context.descriptors[0] = input(for: job)
        sh.context.descriptors[1] = ends.output
        sh.context.descriptors[2] = ends.error
        let resolution = sh.resolve(command.prepared)
        defer {
            sh.releaseLaunchFiles()
            sh.context.descriptors[1] = nil
            sh.context.descriptors[2] = nil
        }
        switch resolution {
        case .launch(var launch):
            // What was found in PATH is found there for the next job, too.
            if sh === resolver, let name = launch.arguments.first, !name.contains(UInt8(ascii: "/")),
                launch.path.first == UInt8(ascii: "/"),
                sh.context.commandPaths.isEmpty
            {
                sh.context.commandPaths[name] = launch.path
            }
            complete(&launch)
            return try startProcess(job, command, launch, ends)
        case .inProcess:
            if options.nice != nil && options.vehicle != .thread || options.vehicle == .process {
                return try startCapsule(job, command, ends)
            }
            return try startThread(job, command, ends)
        case .failed(let status):
            close(ends)
            job.outcome = JobOutcome(status: status)
            return try endBeforeStart(job)
        }
    }

    /// What all processes of jobs have in common.
    private func complete(_ launch: inout Launch) {
        launch.processGroup = options.opensTerminal ? .inherit : .new
        launch.parentDeathSignal = SIGKILL
        if let nice = options.nice { launch.nice = nice }
    }

    /// Starts thresh itself anew for a command that must be a process.
    private func startCapsule(_ job: RunningJob, _ command: JobCommand, _ ends: StreamEnds) throws(OutputError) -> Bool
    {
        if let workers { return try startOnWorker(job, workers, ends) }
        let sh = job.job.task?.shell.map { Interpreter(copying: $0, cancellation: Cancellation()) } ?? capsuler
        sh.shellProcess = 0
        if let state = job.job.state { sh.adopt(state) }
        sh.context.descriptors[0] = input(for: job)
        sh.context.descriptors[1] = ends.output
        sh.context.descriptors[2] = ends.error
        defer {
            sh.context.descriptors[1] = nil
            sh.context.descriptors[2] = nil
        }
        if let directory = directories.directory(for: job, options: options, shell: shell) {
            sh.context.workingDirectory = directory
            _ = sh.assign("PWD", directory.path)
        }
        guard let (capsule, file) = sh.processLaunch(running: processText(of: job)) else {
            close(ends)
            leave(job)
            return try shrink(job, "no descriptors left")
        }
        var launch = capsule
        complete(&launch)
        let sequence = Bytes(decimal: job.job.sequence)
        let slot = Bytes(decimal: job.slot)
        var entries: [Bytes] = [
            "THRESH_SEQ=" + sequence, "THRESH_SLOT=" + slot, "PARALLEL_SEQ=" + sequence, "PARALLEL_JOBSLOT=" + slot,
        ]
        if let name = options.slotVariable { entries.append(name + "=" + Bytes(decimal: job.slot - 1)) }
        launch.environment = EnvironmentBlock(launch.environment, appending: entries)
        defer { withExtendedLifetime(file) {} }
        return try startProcess(job, command, launch, ends)
    }

    /// The text of a job that has a process for itself.
    private func processText(of job: RunningJob) -> Bytes {
        let text = processText(job.job, slot: job.slot)
        guard let initializer = options.initializer else { return text }
        return "eval " + Quoting.shell(initializer) + " || exit\n" + text
    }

    /// Gives the job to a worker process, one that waits or a new one.
    private func startOnWorker(
        _ job: RunningJob, _ workers: WorkerProcesses, _ ends: StreamEnds
    ) throws(OutputError) -> Bool {
        let task = job.job.task
        var request = JobRequest(
            changes: task?.changes ?? changes, sequence: job.job.sequence, slot: job.slot, words: task?.words ?? [],
            source: task == nil ? processText(job.job, slot: job.slot) : Bytes())
        request.directory = directories.directory(for: job, options: options, shell: shell)?.path ?? Bytes()
        if let name = options.slotVariable { request.slotVariable = name }
        let output = ends.output.descriptor ?? nullInput.descriptor ?? -1
        let errors = ends.error.descriptor ?? nullInput.descriptor ?? -1
        // One that waited may have been killed meanwhile; a new one is not.
        var found = workers.take()
        while let worker = found, !worker.run(request, output: output, errors: errors) {
            workers.dismiss(worker)
            found = workers.take()
        }
        if found == nil {
            switch workers.start() {
            case .success(let worker):
                _ = worker.run(request, output: output, errors: errors)
                found = worker
            case .failure(let refusal):
                close(ends)
                leave(job)
                return try shrink(job, refusal.errno.message)
            }
        }
        close(ends)
        guard let worker = found else { return false }
        job.vehicle = .worker(worker)
        job.group = worker.child.pid
        task?.runs(in: worker.child.pid)
        do throws(Errno) {
            try loop.add(
                worker.socket.descriptor, .readable, token: UInt64(job.index) << Token.shift | Token.process)
        } catch {
            throw OutputError(place: .standardError, errno: error)
        }
        if job.standardOutput.isOpen || job.standardError.isOpen { young.append(job) }
        return true
    }

    private func startProcess(
        _ job: RunningJob, _ command: JobCommand, _ launch: Launch, _ ends: StreamEnds
    ) throws(OutputError) -> Bool {
        let child: Child
        do throws(LaunchError) {
            child = try Platform.start(launch)
        } catch {
            switch error.errno {
            case .wouldBlock, .outOfMemory, .outOfDescriptors, .systemOutOfDescriptors:
                close(ends)
                leave(job)
                return try shrink(job, error.errno == .wouldBlock ? "no more processes allowed" : error.errno.message)
            default:
                // A script without `#!`, or a message to be made: the interpreter does both, on a thread.
                return try startThread(job, command, ends)
            }
        }
        close(ends)
        job.vehicle = .process(child)
        job.job.task?.runs(in: child.pid)
        job.group = options.opensTerminal ? 0 : child.pid
        if isNested { shell.cancellation.add(child.pid) }
        do throws(Errno) {
            try loop.add(child.pidfd, .readable, token: UInt64(job.index) << Token.shift | Token.process)
        } catch {
            throw OutputError(place: .standardError, errno: error)
        }
        if job.standardOutput.isOpen || job.standardError.isOpen { young.append(job) }
        return true
    }

    private func startThread(_ job: RunningJob, _ command: JobCommand, _ ends: StreamEnds) throws(OutputError) -> Bool {
        let sh = Interpreter(copying: job.job.task?.shell ?? resolver, cancellation: Cancellation())
        prepare(sh, job)
        sh.context.descriptors[0] = input(for: job)
        sh.context.descriptors[1] = ends.output
        sh.context.descriptors[2] = ends.error
        sh.givesProcessGroups = !options.opensTerminal
        sh.cancellation.endsWithThresh = true
        let number: Int
        do throws(Errno) {
            let states = states
            let slot = job.slot
            number = try threads.run(
                command.prepared, on: sh, output: ends.output, error: ends.error,
                preparing: { states?.prepare(sh, slot: slot) ?? 0 })
        } catch {
            close(ends)
            leave(job)
            return try shrink(job, "no more threads allowed")
        }
        job.vehicle = .thread(sh.cancellation, number: number)
        if job.standardOutput.isOpen || job.standardError.isOpen { young.append(job) }
        return true
    }

    /// A job that is over without a vehicle; what it was to print is in its streams already.
    private func endBeforeStart(_ job: RunningJob) throws(OutputError) -> Bool {
        job.endedAt = Clock.monotonicNanoseconds()
        releaseSlot(job)
        try drain(job)
        return true
    }

    /// What the job's command needs to find: values for its replacement strings, its variables, its directory.
    private func prepare(_ sh: Interpreter, _ job: RunningJob) {
        if let state = job.job.state { sh.adopt(state) }
        if options.shell != nil {
            sh.placeholders = [.one(commandText(job.job, slot: job.slot))]
        } else if let template {
            template.prepare(sh, for: job.job, slot: job.slot)
        }
        sh.setJob(sequence: job.job.sequence, slot: job.slot)
        if let name = options.slotVariable { sh.assign(name, Bytes(decimal: job.slot - 1), export: true) }
        if let directory = directories.directory(for: job, options: options, shell: shell) {
            sh.context.workingDirectory = directory
            _ = sh.assign("PWD", directory.path)
        }
    }

    /// Standard input of a job: nothing, or for the first one what the run itself has, if the user wants that.
    private func input(for job: RunningJob) -> OpenFile {
        if options.opensTerminal, let terminal = try? System.open("/dev/tty", flags: O_RDWR) {
            return OpenFile(owning: terminal)
        }
        if options.givesStandardInput && !hasGivenInput, !self.input.usesStandardInput,
            let input = shell.context.descriptors[0],
            let descriptor = input.descriptor, System.isTerminal(descriptor)
        {
            hasGivenInput = true
            return input
        }
        return nullInput
    }

    // MARK: Telling the user

    /// `-t` and `-p`; false if the user does not want the job to run.
    private func announce(_ job: RunningJob) throws(OutputError) -> Bool {
        guard job.attempt == 1 else { return true }
        if options.isInteractive {
            try sink.message(commandText(job.job, slot: job.slot) + " ?...")
            return TerminalQuestion.answerIsYes()
        }
        if options.isTraced { try sink.message(commandText(job.job, slot: job.slot) + "\n") }
        return true
    }

    /// `-v` and `--dry-run`: the command, where its output goes.
    private func echo(_ job: RunningJob) throws(OutputError) {
        let text = commandText(job.job, slot: job.slot) + "\n"
        if options.outputMode == .ungroup {
            try sink.output.append(text)
            return try sink.flush()
        }
        try text.withUnsafeBytes { (bytes) throws(OutputError) in
            try job.standardOutput.append(UnsafeRawBufferPointer(bytes), &sink.pool, directory: sink.directory)
        }
    }

    /// The files of `--results`, if it asks for files.
    func resultFiles(for job: Job, slot: Int) -> ResultFiles? {
        guard let text = options.results, resultTable == nil else { return nil }
        return ResultFiles(
            result: text.text(for: job, slot: slot), isTemplate: !text.isConstant, arguments: job.arguments
        ) { input.columnName(at: $0) }
    }
}
