// The way in: from a plan to a run, with all that must be there before the first job starts and be put back at the end.

import Bytes
import Glibc
import Platform
import Shell

/// What `PoolRunner` needs that can fail to be had.
struct RunSetup {
    var loop: EventLoop
    let control: RunControl
    var sink: OutputSink
    var nullInput: OpenFile
    var feed: JobFeed
    var jobLog: JobLog?
    var resultTable: ResultTable?
    var finishedBefore = SequenceSet()
    var processors: Int
    /// As many jobs as the descriptors suffice for.
    var slotMaximum: Int
    /// A share of the slots of an open pool; nil: the run has its own.
    var slots: Slots?
    /// Of an open pool with processes.
    var workers: WorkerProcesses?
    /// Of an open pool with an initializer for threads.
    var states: WorkerStates?
    /// The run acts on signals itself, as one does that somebody waits for.
    var watchesSignals = true
    /// The limit of descriptors that this process had, if it has raised it.
    var descriptorLimit: ResourceLimit?

    /// Why a run can't begin.
    struct Failure: Error {
        var message: Bytes
    }

    /// - Parameter raisesLimits: the process may open more descriptors while the run lasts.
    init(_ plan: RunPlan, on sh: Interpreter, raisesLimits: Bool = true) throws(Failure) {
        let options = plan.options
        do throws(Errno) {
            loop = try EventLoop()
            control = RunControl(loop)
            nullInput = OpenFile(owning: try System.open("/dev/null", flags: O_RDONLY))
        } catch {
            throw Failure(message: "cannot begin: " + error.message)
        }
        let output = Destination(sh.context.descriptors[1], place: .standardOutput)
        let errors = Destination(sh.context.descriptors[2], place: .standardError)
        let directory = options.temporaryDirectory ?? SpillFile.directory(sh.variable("TMPDIR"))
        sink = OutputSink(output: output, errors: errors, directory: directory)
        processors =
            switch options.processorUnit {
            case .threads: Processors.available
            case .cores: Processors.cores
            case .sockets: Processors.sockets
            }
        (slotMaximum, descriptorLimit) = RunSetup.descriptorLimit(raising: raisesLimits)
        feed = JobFeed(plan.input)
        try readLog(plan, sh)
        do throws(OutputError) {
            try openRecords(plan, sh)
        } catch {
            throw Failure(message: error.message)
        }
        // At the prompt somebody is watching; in a loop whose condition may read from the terminal a bar would be in the way.
        let isWatched = sh.isTask && !options.isDryRun && !(plan.input is TurnSource)
        if options.progress.isShown || isWatched, options.progress.isForced || RunSetup.isTerminal(errors) {
            var style: Progress.Style = []
            if options.progress.showsBar || !options.progress.isShown { style.insert(.bar) }
            if options.progress.showsProgress { style.insert(.counts) }
            if options.progress.showsTimeLeft { style.insert(.timeLeft) }
            sink.progress = Progress(style, destination: errors, begin: Clock.monotonicNanoseconds()) {
                Terminal.size(of: errors.inheritable ?? 2)?.columns ?? 80
            }
        }
    }

    private static func isTerminal(_ destination: Destination) -> Bool {
        destination.inheritable.map(System.isTerminal) ?? false
    }

    /// What an earlier run has done, for `--resume` and its kin.
    private mutating func readLog(_ plan: RunPlan, _ sh: Interpreter) throws(Failure) {
        guard plan.options.resume != .no else { return }
        guard let path = plan.options.jobLog else {
            if plan.options.results != nil && plan.options.resume == .resume { return }
            throw Failure(message: "--resume needs --joblog or --results, --resume-failed and --retry-failed --joblog")
        }
        let reader: JobLogReader
        do throws(JobLogReader.Failure) {
            reader = try JobLogReader(path, directory: sh.context.workingDirectory.descriptor)
        } catch {
            throw Failure(message: error.message)
        }
        switch plan.options.resume {
        case .no: break
        case .resume: finishedBefore = reader.ended
        case .resumeFailed: finishedBefore = reader.succeeded
        case .retryFailed:
            feed = JobFeed(reader.failed.map { Job(sequence: $0.sequence, arguments: [], line: $0.command) })
        }
    }

    private mutating func openRecords(_ plan: RunPlan, _ sh: Interpreter) throws(OutputError) {
        let directory = sh.context.workingDirectory.descriptor
        if let path = plan.options.jobLog, !plan.options.isDryRun {
            jobLog = try JobLog(
                path, appends: plan.options.jobLogAppends || plan.options.resume != .no, directory: directory,
                output: sink.output)
        }
        if let path = plan.options.results?.text, let format = ResultTable.Format(name: path) {
            resultTable = try ResultTable(
                path, format: format, columnName: plan.input.columnName, directory: directory, output: sink.output)
        }
    }

    /// Lets this process have as many descriptors as it may, and says for how many jobs they suffice; the limit that it had
    /// before, if it was another, is what jobs get.
    private static func descriptorLimit(raising: Bool) -> (slots: Int, before: ResourceLimit?) {
        guard let limit = try? System.resourceLimit(PoolRunner.descriptorResource) else { return (250, nil) }
        // Two pipes and a pidfd for each, perhaps a file for each stream, and both ends while it starts.
        func slots(_ descriptors: UInt64) -> Int { max((Int(clamping: descriptors) - 64) / 6, 1) }
        let raised = ResourceLimit(soft: min(limit.hard, 1 << 20), hard: limit.hard)
        guard raising, raised.soft > limit.soft,
            (try? System.setResourceLimit(PoolRunner.descriptorResource, raised)) != nil
        else {
            return (slots(limit.soft), nil)
        }
        return (slots(raised.soft), limit)
    }
}

/// Runs a plan's jobs: the built-in `parallel`, and thresh called as a runner.
///
/// The exit status is GNU parallel's: 0 if all jobs succeeded, 1 to 100 for as many that failed, 101 for more, that of the
/// deciding job with `--halt`, 255 for errors of the run itself; 128 and the signal if a signal ended the run early.
package func runPool(_ plan: RunPlan, on sh: Interpreter) -> Int32 {
    guard let name = plan.options.pool else { return runPool(plan, on: sh, sharing: nil) }
    guard let pool = OpenPools[name] else {
        sh.writeError("thresh: --pool: there is no open pool '" + name + "'\n")
        return 255
    }
    return runPool(plan, on: sh, sharing: pool)
}

/// Runs a plan's jobs with the slots of an open pool, if one is given.
func runPool(_ plan: RunPlan, on sh: Interpreter, sharing pool: OpenPool?) -> Int32 {
    sh.flushOutput()
    return sh.inRun { runNested(plan, on: sh, sharing: pool) }
}

private func runNested(_ plan: RunPlan, on sh: Interpreter, sharing pool: OpenPool?) -> Int32 {
    var setup: RunSetup
    do throws(RunSetup.Failure) {
        setup = try RunSetup(plan, on: sh)
    } catch {
        sh.writeError("thresh: " + error.message + "\n")
        return 255
    }
    pool?.share(with: &setup)
    let runner = PoolRunner(plan, on: sh, prepared: setup)
    defer {
        if let limit = setup.descriptorLimit { try? System.setResourceLimit(PoolRunner.descriptorResource, limit) }
    }
    return runner.run()
}
