// From the feed to the vehicles: which job is next, whether it may start now, and what runs it. How a vehicle is set going is in
// PoolRunner+Launching.swift.

import Bytes
import Glibc
import Platform
import Shell
import Syntax

extension PoolRunner {
    /// Starts jobs as long as there are jobs, slots, and nothing speaks against it.
    func startJobs() throws(OutputError) {
        gateDue = nil
        waitsForSlot = false
        isDeniedSlot = false
        try replaceWorkers()
        guard phase == .running, !isInputBlocked || feed.hasRetries, !inputEnded || feed.hasRetries else { return }
        if halting.needsTotal && feed.total == nil { try readAhead(.max) }
        if sink.progress != nil && feed.total == nil { try readAhead(100_000) }
        let hasGates = !gates.isTrivial
        while phase == .running {
            // Jobs of built-ins need room in a queue, others a slot; which it is shows only when the job is there.
            guard canStart() else { break }
            var now: UInt64 = 0
            if hasGates || feed.hasRetries { now = Clock.monotonicNanoseconds() }
            if hasGates, case .closed(let until) = gates.ask(at: now) {
                gateDue = until
                break
            }
            let next: JobFeed.Next
            do throws(InputError) { next = try feed.next(at: now) } catch {
                try say(error.message)
                hasFailed = true
                inputEnded = true
                break
            }
            switch next {
            case .new(let job):
                if isDone(job) {
                    counts.skipped += 1
                    continue
                }
                if try !start(job) { try submitFilling(); return }
            case .again(let job):
                try submitFilling()
                if try !start(again: job) { return }
            case .askFirst:
                try ask()
            case .blocked(let descriptor):
                try submitFilling()
                watchInput(descriptor)
                return
            case .later:
                try submitFilling()
                return
            case .end:
                inputEnded = true
                try submitFilling()
                if let total = feed.total { try act(on: halting.totalKnown(total)) }
                return
            }
        }
        try submitFilling()
    }

    private func canStart() -> Bool {
        guard !isOrderFull else { return false }
        if let inProcess, inProcess.workerCount > 0 || filling != nil { return inProcess.hasRoom }
        isDeniedSlot = !slots.isAvailable
        return !isDeniedSlot
    }

    /// Reads input ahead, to learn how many jobs there will be.
    private func readAhead(_ limit: Int) throws(OutputError) {
        do throws(InputError) {
            if let descriptor = try feed.readAhead(limit: limit) { watchInput(descriptor) }
            isInputBlocked = false
        } catch {
            try say(error.message)
            hasFailed = true
            inputEnded = true
        }
        if let total = feed.total { try act(on: halting.totalKnown(total)) }
    }

    private func watchInput(_ descriptor: Int32) {
        isInputBlocked = true
        guard !isInputWatched else { return }
        inputDescriptor = descriptor
        do throws(Errno) {
            try loop.add(descriptor, .readable, token: Token.input)
            isInputWatched = true
        } catch {
            // What can't be watched never blocks.
            isInputBlocked = false
        }
    }

    /// An earlier run has done it.
    private func isDone(_ job: Job) -> Bool {
        if finishedBefore.contains(job.sequence) { return true }
        guard options.resume == .resume, options.jobLog == nil, let files = resultFiles(for: job, slot: 0) else {
            return false
        }
        return files.exist(at: shell.context.workingDirectory.descriptor)
    }

    // MARK: Which vehicle

    /// Starts a new job; false if it has to wait for a slot or for room.
    private func start(_ job: Job) throws(OutputError) -> Bool {
        let command: JobCommand
        switch self.command(for: job) {
        case .success(let found): command = found
        case .failure(let message):
            try submitFilling()
            guard slots.isAvailable || retireWorker() else { return hold(job) }
            try failBeforeStart(job, message)
            return true
        }
        if inProcess != nil && (command.kind == .builtins || options.isDryRun || remote != nil) {
            if try add(job, command) { return true }
            feed.putBack(job)
            return false
        }
        try submitFilling()
        guard slots.isAvailable || retireWorker() else { return hold(job) }
        let running = RunningJob(job)
        if !running.isKept { order.append(running) }
        return try start(running, command)
    }

    private func hold(_ job: Job) -> Bool {
        waitsForSlot = true
        feed.putBack(job)
        return false
    }

    private func start(again job: RunningJob) throws(OutputError) -> Bool {
        guard slots.isAvailable || retireWorker() else {
            waitsForSlot = true
            feed.putBack(job)
            return false
        }
        guard case .success(let command) = self.command(for: job.job) else { return true }
        return try start(job, command)
    }

    private enum Found {
        case success(JobCommand)
        case failure(Bytes)
    }

    /// The job's command: the template's, or its own line, parsed.
    private func command(for job: Job) -> Found {
        if let command { return .success(command) }
        if let task = job.task { return .success(task.command) }
        // Without a template, or where its values are syntax, each job's text is parsed by itself.
        let line = commandText(job, slot: slots.next)
        if let lastLine, lastLine.text == line { return .success(lastLine.command) }
        do throws(ParseError) {
            let list = try Parser.parse(line, line: job.lineNumber, options: parserOptions)
            let command = JobCommand(list, text: line, options, in: shell)
            lastLine = (line, command)
            return .success(command)
        } catch {
            return .failure(name + ": " + error.render(name: template == nil ? "line" : "job"))
        }
    }

    private var parserOptions: ParserOptions {
        var options = ParserOptions()
        options.isPosix = shell.context.options.contains(.posix)
        let aliases = shell.context.aliases
        if !aliases.isEmpty { options.aliases = { aliases[$0] } }
        return options
    }

    /// The command as `--dry-run`, the job log and messages show it.
    func commandText(_ job: Job, slot: Int) -> Bytes {
        template?.commandText(for: job, slot: slot) ?? job.line ?? Bytes()
    }

    /// The source that a process of the job's own runs.
    func processText(_ job: Job, slot: Int) -> Bytes {
        template?.processText(for: job, slot: slot) ?? job.line ?? Bytes()
    }

    /// A worker that has nothing to do gives up its slot, now or soon; false: none has.
    private func retireWorker() -> Bool {
        guard let inProcess, inProcess.workerCount > 0 else { return false }
        _ = inProcess.retireOne()
        return false
    }

    /// A line that is no command: a job that has failed with status 2.
    private func failBeforeStart(_ job: Job, _ message: Bytes) throws(OutputError) {
        let running = RunningJob(job)
        order.append(running)
        guard enter(running) else { return }
        try message.withUnsafeBytes { (bytes) throws(OutputError) in
            try running.standardError.append(UnsafeRawBufferPointer(bytes), &sink.pool, directory: sink.directory)
        }
        running.outcome = JobOutcome(status: 2)
        running.endedAt = running.startedAt
        releaseSlot(running)
        try ended(running)
    }
}
