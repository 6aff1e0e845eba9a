// What becomes of a job that has ended: another attempt, the end of the run, its output, its line in the log.

import Bytes
import Glibc
import Platform
import Shell

extension PoolRunner {
    /// The job has ended, and all that it wrote has been read.
    func ended(_ job: RunningJob) throws(OutputError) {
        job.state = .ended
        releaseSlot(job)
        if job.isTimed { timedCount -= 1 }
        job.isTimed = false
        jobs[job.index] = nil
        freeIndices.append(job.index)
        activeCount -= 1
        if case .timeout = job.ending {
            job.outcome = .timedOut(signal: job.outcome.signal == 0 ? SIGTERM : job.outcome.signal)
        }
        if try retried(job) { return }
        job.job.state = nil
        let now = Clock.monotonicNanoseconds()
        if case .halt = job.ending {
            // It did not end by itself: neither its output nor a line in the log says that it was run.
            job.standardOutput.discard(&sink.pool)
            job.standardError.discard(&sink.pool)
            job.isDropped = true
            order.finished(job, at: now)
            return
        }
        counts.done += 1
        if !job.outcome.isSuccess { counts.failed += 1 }
        if case .percentOfMedian = options.timeLimit, job.outcome.isSuccess { median.insert(job.runtime) }
        gates.jobEnded(job.outcome)
        if job.isKept {
            try keep(job)
            return try judge(
                job.outcome, command: { commandText(job.job, slot: abs(job.slot)) }, sequence: job.job.sequence)
        }
        if options.keepsOrder && order.first !== job {
            job.standardOutput.makeCompact(&sink.pool)
            job.standardError.makeCompact(&sink.pool)
        }
        order.finished(job, at: now)
        try judge(job.outcome, command: { commandText(job.job, slot: abs(job.slot)) }, sequence: job.job.sequence)
    }

    /// Puts a failed job back for another attempt; false if this one counts.
    private func retried(_ job: RunningJob) throws(OutputError) -> Bool {
        guard phase == .running else { return false }
        let now = Clock.monotonicNanoseconds()
        var due = now
        if case .memory = job.ending {
            job.attempt -= 1
            due += 1_000_000_000
        } else if case .again(let pause) = retrying.verdict(on: job.outcome, attempt: job.attempt) {
            due += pause
        } else {
            return false
        }
        if job === floor { floor = nil }
        job.standardOutput.discard(&sink.pool)
        job.standardError.discard(&sink.pool)
        job.reset()
        feed.retry(job, at: due)
        return true
    }

    /// Tells the halting policy of an ended job, and does what it says.
    func judge(_ outcome: JobOutcome, command: () -> Bytes, sequence: Int) throws(OutputError) {
        let decision = halting.jobEnded(outcome, total: knownTotal)
        if halting.isCounted(outcome), phase < .terminating {
            var text: Bytes = "job "
            text.append(decimal: sequence)
            text.append(outcome.isSuccess ? " succeeded" : " failed (" + outcome.description + ")")
            text.append(": ")
            text.append(command())
            try say(text)
        }
        try act(on: decision)
    }

    /// The number of all jobs of the run, once it is known.
    private var knownTotal: Int? { options.totalJobs ?? feed.total.map { $0 - counts.skipped } }

    func act(on decision: Halting.Decision) throws(OutputError) {
        switch decision {
        case .goOn:
            break
        case .startNoMore:
            guard phase == .running else { return }
            try startNoMore()
            guard activeCount > 0 else { return }
            var text: Bytes = "starting no more jobs; waiting for "
            text.append(decimal: activeCount)
            text.append(activeCount == 1 ? " that runs" : " that run")
            try say(text)
        case .killAll:
            guard phase < .terminating else { return }
            try startNoMore()
            phase = .terminating
            inProcess?.stop(cancels: true)
            terminateAll(Clock.monotonicNanoseconds())
        }
    }

    /// No more jobs: those that wait to be tried again keep the outcome they have.
    func startNoMore() throws(OutputError) {
        phase = max(phase, .finishing)
        let now = Clock.monotonicNanoseconds()
        for job in feed.stop() {
            job.isDropped = true
            counts.failed += 1
            order.finished(job, at: now)
            _ = halting.jobEnded(JobOutcome(status: 1), total: nil)
        }
        dropQueuedBatches(now)
        if isInputWatched { loop.remove(inputDescriptor) }
        isInputWatched = false
    }

    // MARK: Handing on

    /// Hands on what is ready, in the order that the run asks for, and lets the next job in turn print live.
    func handOnReady() throws(OutputError) {
        guard !order.isEmpty else { return }
        if floor != nil {
            try leaveFloor()
            if floor != nil { return }
        }
        let now = order.isStrict ? 0 : Clock.monotonicNanoseconds()
        while let unit = order.next(at: now) { try handOn(unit: unit) }
        guard options.keepsOrder, let first = order.first else { return }
        if let job = first as? RunningJob {
            try makeLive(job)
        } else if let batch = first as? Batch {
            makeLive(batch)
        }
    }

    /// The run is over, or was cut short: hands on all that has ended, and passes over what has not.
    func handOnRest() throws(OutputError) {
        try leaveFloor()
        for unit in order.drain() { try handOn(unit: unit) }
    }

    func handOn(unit: OutputUnit) throws(OutputError) {
        if let job = unit as? RunningJob {
            if !job.isDropped { try handOn(job) }
        } else if let batch = unit as? Batch {
            if !batch.isDropped { try handOn(batch) }
            inProcess?.recycle(batch)
        }
    }

    private func handOn(_ job: RunningJob) throws(OutputError) {
        let received = receivedCount(of: job)
        if let resultTable {
            var output = Bytes()
            var errors = Bytes()
            try sink.take(&job.standardOutput, into: &output)
            try sink.take(&job.standardError, into: &errors)
            try resultTable.append(
                record(of: job, received: received), arguments: job.job.arguments, standardOutput: output,
                standardError: errors)
        } else {
            if options.keepsOutputFiles, let files = job.files { try printName(files.output, job) }
            try sink.handOn(job) { taggers(job.job, slot: abs(job.slot), outcome: job.outcome) }
        }
        if let task = job.job.task { toldAfterFlush.append((task, job.outcome, job.runtime / 1000)) }
        if let jobLog {
            try jobLog.append(record(of: job, received: received))
            if jobLog.isFull {
                try sink.flush()
                try jobLog.flush()
            }
        }
    }

    /// The output of a job stays for whoever asks for it.
    private func keep(_ job: RunningJob) throws(OutputError) {
        if let jobLog {
            try jobLog.append(record(of: job, received: job.standardOutput.received))
            try jobLog.flush()
        }
        let output = job.standardOutput.take(&sink.pool)
        let errors = job.standardError.take(&sink.pool)
        job.job.task?.end(job.outcome, runtime: job.runtime / 1000, output: output, errors: errors)
    }

    /// Tells those who wait for jobs whose output has been written.
    func tellOfEnds() {
        guard !toldAfterFlush.isEmpty else { return }
        for (task, outcome, runtime) in toldAfterFlush { task.end(outcome, runtime: runtime) }
        toldAfterFlush.removeAll(keepingCapacity: true)
    }

    private func printName(_ path: Bytes, _ job: RunningJob) throws(OutputError) {
        var tagger = taggers(job.job, slot: abs(job.slot), outcome: job.outcome).output
        try (path + "\n").withUnsafeBytes { (bytes) throws(OutputError) in
            try tagger.write(UnsafeRawBufferPointer(bytes), to: sink.output)
        }
    }

    /// The column Receive: bytes of standard output; line by line of both, ungrouped none, as GNU parallel counts.
    private func receivedCount(of job: RunningJob) -> Int {
        if let path = job.files?.output {
            let status = try? System.status(path, at: shell.context.workingDirectory.descriptor)
            return Int(status?.size ?? 0)
        }
        switch options.outputMode {
        case .group: return job.standardOutput.received
        case .line: return job.standardOutput.received + job.standardError.received
        case .ungroup: return 0
        }
    }

    private func record(of job: RunningJob, received: Int) -> JobRecord {
        JobRecord(
            sequence: job.job.sequence, start: job.started, runtime: job.runtime / 1000, received: received,
            outcome: job.outcome, command: commandText(job.job, slot: abs(job.slot)))
    }

    // MARK: Tags

    /// What stands before the lines of a job; `outcome` is nil while it runs.
    func taggers(_ job: Job, slot: Int, outcome: JobOutcome?) -> (output: LineTagger, error: LineTagger) {
        var tag = Bytes()
        var hasTag = true
        switch options.tag {
        case .none: hasTag = false
        case .arguments: tag = template == nil ? job.line ?? Bytes() : job.arguments.joined(by: " ")
        case .template(let text): tag = text.text(for: job, slot: slot)
        }
        let failed = outcome.map { !$0.isSuccess } ?? false
        var suffix = Bytes()
        if failed && options.colorsFailures {
            if hasTag { tag.append("\t") }
            tag = Colors.failure + tag
            suffix = Colors.reset
        } else {
            if hasTag && usesColor { tag = (failed ? Colors.failedTag : Colors.tag(job.sequence)) + tag + Colors.reset }
            if hasTag { tag.append("\t") }
            if !hasTag && failed && usesColor {
                tag = Colors.failedTag
                suffix = Colors.reset
            }
        }
        let tagger = LineTagger(tag: tag, suffix: suffix)
        return (tagger, tagger)
    }

    private var usesColor: Bool {
        switch options.color {
        case .never: false
        case .always: true
        case .automatic: sink.output.inheritable.map(System.isTerminal) ?? false
        }
    }

    /// The lines of a failed job look different, so that its end must be known before the first is printed.
    var colorsFailedLines: Bool {
        if case .none = options.tag { return usesColor || options.colorsFailures }
        return options.colorsFailures
    }

    /// Every job's output goes out as it is.
    var isPlain: Bool {
        if case .none = options.tag { return !usesColor && !options.colorsFailures }
        return false
    }
}
