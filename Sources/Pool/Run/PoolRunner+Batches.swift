// Jobs of built-ins, from the runner's side: filling batches, adding workers, handing on what batches have printed.

import Bytes
import Glibc
import Platform
import Shell

extension PoolRunner {
    /// Decides whether workers run the jobs of built-ins. They do unless an option needs each job by itself: a time limit,
    /// a pause between starts, a verdict on each end before the next start, output that is not grouped, files for results, questions.
    func setUpBatches() {
        var hasPause = false
        if case .again(let pause) = retrying.verdict(on: JobOutcome(status: 1), attempt: 1) { hasPause = pause > 0 }
        guard options.timeLimit == nil, options.halt.when == .never, gates.isTrivial, options.outputMode == .group,
            !options.isTraced,
            !options.isInteractive, !options.keepsOutputFiles, !hasPause, options.nice == nil, !options.opensTerminal,
            directories.isCommon(options), options.shell == nil || options.isDryRun,
            options.results == nil || resultTable != nil, template == nil || template?.list != nil || options.isDryRun
        else { return }
        if let workers, let template, let list = template.list, !options.isDryRun, !options.isVerbose, !retrying.isOn,
            command?.kind == .process
        {
            remote = RemoteBatches(
                workers: workers, changes: changes, source: MarkedSource(list), template: template,
                slotVariable: options.slotVariable ?? Bytes())
        }
        inProcess = InProcessJobs(
            InProcessJobs.Settings(
                command: command, template: template, isDryRun: options.isDryRun,
                isVerbose: options.isVerbose, retrying: retrying, states: states, remote: remote,
                needsTimes: jobLog != nil || resultTable != nil, directory: sink.directory),
            slots: slots, loop: loop)
    }

    /// Adds a job to the batch being filled; false if there is no worker and no slot for one.
    func add(_ job: Job, _ command: JobCommand) throws(OutputError) -> Bool {
        guard let inProcess else { return false }
        if inProcess.workerCount == 0 {
            guard slots.isAvailable else {
                isDeniedSlot = true
                return false
            }
            try addWorker()
            guard inProcess.workerCount > 0 else { return false }
        }
        // What somebody may wait for is not held up by others.
        let isKept = job.task?.destination == .kept
        if isKept { try submitFilling() }
        let batch = filling ?? inProcess.emptyBatch()
        filling = batch
        batch.jobs.append(job)
        if self.command == nil { batch.commands.append(command) }
        if isKept || batch.jobs.count >= batchSize { try submitFilling() }
        return true
    }

    /// How many jobs a batch gets: one where a job's end may end the run.
    private var batchSize: Int { options.halt.when == .never ? options.batchSize ?? inProcess?.batchSize ?? 1 : 1 }

    /// Gives the batch being filled to the workers.
    func submitFilling() throws(OutputError) {
        guard let batch = filling, let inProcess else { return }
        filling = nil
        let isFirst = order.isEmpty
        if !batch.isKept { order.append(batch) }
        unfinishedBatches += 1
        counts.started += batch.jobs.count
        if isFirst && options.keepsOrder && !batch.isKept { makeLive(batch) }
        if inProcess.submit(batch) && slots.isAvailable { try addWorker() }
    }

    /// Idle workers give up their slots where another run waits for some, and all begin again after a pause.
    func yieldSlots() {
        guard let inProcess, inProcess.workerCount > 0 else { return }
        if slots.areWanted { inProcess.retireIdle() }
        inProcess.look()
    }

    /// Batches wait, and the last worker has given up its slot before it saw them: another one takes its place.
    func replaceWorkers() throws(OutputError) {
        guard let inProcess, phase == .running, inProcess.workerCount == 0, inProcess.hasQueued else { return }
        if slots.isAvailable { try addWorker() } else { isDeniedSlot = true }
    }

    private func addWorker() throws(OutputError) {
        guard let inProcess, let slot = slots.take() else { return }
        let sh = Interpreter(copying: resolver, cancellation: Cancellation())
        if let name = options.slotVariable { sh.assign(name, Bytes(decimal: slot - 1), export: true) }
        sh.givesProcessGroups = true
        sh.cancellation.endsWithThresh = true
        do throws(Errno) {
            try inProcess.addWorker(slot: slot, interpreter: sh)
        } catch {
            slots.release(slot)
            slots.limit = max(slots.used, 1)
            if inProcess.workerCount == 0 {
                try say("cannot start a thread: " + error.message)
                hasFailed = true
                inputEnded = true
                phase = .finishing
            }
        }
    }

    /// Takes in what workers have done.
    func collectBatches() throws(OutputError) {
        guard let inProcess else { return }
        let collected = inProcess.collect()
        for (batch, piece) in collected.live where !piece.isEmpty {
            var tagger = batch.liveTagger ?? taggers(batch.jobs[0], slot: batch.slot, outcome: nil).output
            defer { batch.liveTagger = tagger }
            try piece.withUnsafeBytes { (bytes) throws(OutputError) in
                try tagger.write(UnsafeRawBufferPointer(bytes), to: sink.output)
            }
        }
        for (batch, earlier) in collected.splits {
            if !batch.isKept { order.insert(batch, after: earlier) }
            unfinishedBatches += 1
        }
        for slot in collected.retired { slots.release(slot) }
        guard !collected.finished.isEmpty else { return }
        let now = Clock.monotonicNanoseconds()
        for batch in collected.finished {
            unfinishedBatches -= 1
            if let failure = batch.output.failure ?? batch.errors.failure { throw failure }
            if batch.isCutShort { cutToRecords(batch) }
            if input is TurnSource { for index in batch.jobs.indices { batch.jobs[index].state = nil } }
            counts.done += batch.records.count
            counts.failed += batch.failures
            if batch.isKept { try keep(batch) } else { order.finished(batch, at: now) }
            try judge(batch)
            if batch.isKept { inProcess.recycle(batch) }
        }
    }

    /// Forgets the jobs that were not run, and the one that was cancelled in the middle.
    private func cutToRecords(_ batch: Batch) {
        if phase >= .terminating, batch.records.last?.outcome.status == 143 {
            batch.records.removeLast()
            batch.failures -= 1
        }
        counts.started -= batch.ownedCount - batch.records.count
        batch.jobs.removeLast(batch.jobs.count - batch.records.count)
    }

    private func judge(_ batch: Batch) throws(OutputError) {
        if halting.policy.when == .never {
            halting.jobsEnded(batch.records.count, failed: batch.failures)
            return
        }
        for (job, record) in zip(batch.jobs, batch.records) {
            try judge(record.outcome, command: { commandText(job, slot: batch.slot) }, sequence: job.sequence)
        }
    }

    /// Batches that no worker has begun are not run.
    func dropQueuedBatches(_ now: UInt64) {
        guard let inProcess else { return }
        var dropped = inProcess.forgetQueue()
        if let filling {
            if !filling.isKept { order.append(filling) }
            counts.started += filling.jobs.count
            unfinishedBatches += 1
            dropped.append(filling)
        }
        filling = nil
        for batch in dropped {
            unfinishedBatches -= 1
            counts.started -= batch.jobs.count
            batch.isDropped = true
            if !batch.isKept { order.finished(batch, at: now) }
        }
    }

    func makeLive(_ batch: Batch) {
        guard batch.jobs.count == 1, !retrying.isOn, resultTable == nil, !colorsFailedLines, !batch.isFinished
        else {
            return
        }
        batch.isLive.store(true, ordering: .relaxed)
    }

    // MARK: Handing on

    func handOn(_ batch: Batch) throws(OutputError) {
        if isPlain && jobLog == nil && resultTable == nil && batch.errors.isEmpty {
            let end = batch.output.before + batch.output.bytes.count
            try batch.output.read(batch.output.given..<end, directory: sink.directory) { (piece) throws(OutputError) in
                try sink.output.append(piece)
            }
            return tell(batch)
        }
        defer { tell(batch) }
        var outputStart = 0
        var errorStart = 0
        for (job, record) in zip(batch.jobs, batch.records) {
            defer {
                outputStart = record.outputEnd
                errorStart = record.errorEnd
            }
            if resultTable != nil {
                try tabulate(job, record, batch, outputStart, errorStart)
            } else {
                try print(job, record, batch, outputStart, errorStart)
            }
            if let jobLog {
                try jobLog.append(logRecord(job, record, batch, outputStart))
                if jobLog.isFull {
                    try sink.flush()
                    try jobLog.flush()
                }
            }
        }
    }

    /// The worker has told of the end of the batch's job, and given its output away; the log hears of it here.
    private func keep(_ batch: Batch) throws(OutputError) {
        guard let jobLog, let job = batch.jobs.first, let record = batch.records.first else { return }
        try jobLog.append(logRecord(job, record, batch, 0))
    }

    private func print(
        _ job: Job, _ record: Batch.Record, _ batch: Batch, _ outputStart: Int, _ errorStart: Int
    ) throws(OutputError) {
        let hasOutput = record.outputEnd > outputStart
        let hasErrors = record.errorEnd > errorStart
        guard hasOutput || hasErrors else { return }
        var (output, errors) = taggers(job, slot: batch.slot, outcome: record.outcome)
        if hasOutput {
            if let tagger = batch.liveTagger { output = tagger }
            let start = max(outputStart, batch.output.given)
            try batch.output.read(start..<record.outputEnd, directory: sink.directory) { (piece) throws(OutputError) in
                try output.write(piece, to: sink.output)
            }
            try output.finish(sink.output)
        }
        if hasErrors {
            try sink.output.flush()
            try sink.progress?.hide()
            try batch.errors.read(errorStart..<record.errorEnd, directory: sink.directory) {
                (piece) throws(OutputError) in
                try errors.write(piece, to: sink.errors)
            }
            try errors.finish(sink.errors)
            try sink.errors.flush()
        }
    }

    private func tell(_ batch: Batch) {
        guard batch.jobs.first?.task != nil else { return }
        for (job, record) in zip(batch.jobs, batch.records) {
            if let task = job.task { toldAfterFlush.append((task, record.outcome, record.runtime)) }
        }
    }

    private func tabulate(
        _ job: Job, _ record: Batch.Record, _ batch: Batch, _ outputStart: Int, _ errorStart: Int
    ) throws(OutputError) {
        var output = Bytes()
        var errors = Bytes()
        try batch.output.read(outputStart..<record.outputEnd, directory: sink.directory) {
            (piece) throws(OutputError) in
            output.append(contentsOf: piece.bindMemory(to: UInt8.self))
        }
        try batch.errors.read(errorStart..<record.errorEnd, directory: sink.directory) { (piece) throws(OutputError) in
            errors.append(contentsOf: piece.bindMemory(to: UInt8.self))
        }
        try resultTable?.append(
            logRecord(job, record, batch, outputStart), arguments: job.arguments, standardOutput: output,
            standardError: errors)
    }

    private func logRecord(_ job: Job, _ record: Batch.Record, _ batch: Batch, _ outputStart: Int) -> JobRecord {
        JobRecord(
            sequence: job.sequence, start: record.started, runtime: record.runtime,
            received: record.outputEnd - outputStart, outcome: record.outcome,
            command: commandText(job, slot: batch.slot))
    }
}
