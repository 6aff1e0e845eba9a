import Bytes

/// What the options of the command line ask of a run, apart from where its arguments come from (`InputSource`) and what
/// becomes of them (`JobTemplate`). Filled by `parseCommandLine`, read by the scheduler and its sinks.
///
/// Names and meanings follow GNU parallel's manual; times are nanoseconds, sizes bytes.
package struct RunOptions: Sendable {
    // MARK: Slots

    /// `-j`
    package var jobs: JobLimit = .automatic
    /// What a processor is, where `jobs` or `load` are relative to their number.
    package var processorUnit: ProcessorUnit = .threads
    /// `--delay`: the shortest time between two starts.
    package var delay: UInt64 = 0
    /// `--delay 1sauto`: the delay grows by 30 % after a failed job and shrinks by 10 % after a successful one.
    package var delayAdapts = false
    /// `--load`
    package var load: JobLimit?
    /// `--memfree`: start no job while less memory is free; below half of it the youngest job is ended and run again.
    package var freeMemory: UInt64?
    /// `--nice`
    package var nice: Int32?
    /// `--timeout`
    package var timeLimit: TimeLimit?
    /// `--retries`: how often a job is tried at most; 1 means that it is not tried again, `Int.max` without end.
    package var retries = 1
    /// `--retry-delay`: the pause before the second attempt, and by what it grows with each further one.
    package var retryDelay: (first: UInt64, factor: Double) = (0, 2)
    /// `--halt`
    package var halt = HaltPolicy()
    /// `--termseq`
    package var terminationSequence = TerminationStep.standard

    // MARK: Jobs

    /// `--dry-run`
    package var isDryRun = false
    /// `-v`: each command is printed on standard output before what it writes.
    package var isVerbose = false
    /// `-t`: each command is printed on standard error when it starts.
    package var isTraced = false
    /// `-p`: the terminal is asked before each job.
    package var isInteractive = false
    /// `--shell`: the program that gets each command after `-c`, instead of running it here.
    package var shell: Bytes?
    /// `--wd`; made if it is not there. `...` makes a directory of its own for each job.
    package var workingDirectory: TextTemplate?
    /// `--process-slot-var`: a variable that jobs find set to their slot, counted from 0.
    package var slotVariable: Bytes?
    /// Jobs may read the terminal: `--tty` (which also sets `jobs` to 1 and `outputMode` to `.ungroup`), `-o`.
    package var opensTerminal = false
    /// The first job gets standard input: with `--fg` and `-u`.
    package var givesStandardInput = false

    /// What runs the jobs; of open pools.
    package var vehicle: Vehicle = .automatic
    /// `pool open --initializer`: what each worker runs before its first job.
    package var initializer: Bytes?
    /// `pool open --max-tasks-per-worker`: after so many jobs a worker is replaced.
    package var tasksPerWorker: Int?
    /// `--pool`: the name of an open pool whose slots are used.
    package var pool: Bytes?
    /// `pool map --chunk`: how many short jobs a worker takes at once; nil: as it turns out best.
    package var batchSize: Int?

    // MARK: Output

    package var outputMode: OutputMode = .group
    /// `-k`
    package var keepsOrder = false
    package var tag: Tag = .none
    package var color: Color = .never
    /// `--color-failed`: output of failed jobs white on red.
    package var colorsFailures = false
    /// `--files`: output goes to files whose names are printed.
    package var keepsOutputFiles = false
    /// `--tmpdir`; nil: `$TMPDIR`, else /tmp.
    package var temporaryDirectory: Bytes?

    // MARK: Record

    /// `--joblog`
    package var jobLog: Bytes?
    /// `--joblog +FILE`: append to what is there.
    package var jobLogAppends = false
    package var resume: Resume = .no
    /// `--results`: the root of a tree, a file name with replacement strings, or a table's name (.csv, .tsv, .json).
    package var results: TextTemplate?
    package var progress = ProgressOptions()
    /// `--total-jobs`: how many jobs there will be, where the input can't be counted ahead.
    package var totalJobs: Int?

    package init() {}

    package enum Vehicle: Sendable {
        /// Chosen for each command.
        case automatic
        /// Threads of the shell, but for external commands.
        case thread
        /// A process for each job, or for each worker.
        case process
    }

    package enum OutputMode: Sendable { case group, line, ungroup }

    package enum Tag: Sendable {
        case none
        /// `--tag`: the job's arguments, or its line if there is no template.
        case arguments
        /// `--tagstring`
        case template(TextTemplate)
    }

    package enum Color: Sendable { case never, always, automatic }

    package enum Resume: Sendable {
        case no
        /// Skip the jobs that the log has.
        case resume
        /// Run again those that failed, then go on.
        case resumeFailed
        /// Run again those that failed, with the commands of the log; nothing else.
        case retryFailed
    }

    package enum ProcessorUnit: Sendable { case threads, cores, sockets }
}

/// A number of jobs: of `-j` and, as a bound for the load average, of `--load`.
package enum JobLimit: Sendable, Equatable {
    /// One for each processor that this process may use.
    case automatic
    case count(Double)
    /// Per cent of the processors.
    case percent(Double)
    /// Processors more, or less.
    case plus(Double)
    case minus(Double)
    /// `-j 0`: as many as the system lets run.
    case unlimited
    /// A file that holds one of the others, read again when it changes.
    case file(Bytes)

    /// The number of slots on a machine with `processors`, at least 1; nil for a file, which is to be read and parsed
    /// with `OptionValue.jobLimit`.
    package func slots(processors: Int) -> Int? {
        let number: Double
        switch self {
        case .automatic: number = Double(processors)
        case .count(let count): number = count
        case .percent(let share): number = Double(processors) * share / 100
        case .plus(let more): number = Double(processors) + more
        case .minus(let fewer): number = Double(processors) - fewer
        case .unlimited: return Int.max
        case .file: return nil
        }
        return Int(min(max(number, 1), 1e9))
    }

    /// The load average below which a job may start; nil for a file.
    package func load(processors: Int) -> Double? {
        switch self {
        case .automatic: Double(processors)
        case .count(let count): max(count, 0.01)
        case .percent(let share): max(Double(processors) * share / 100, 0.01)
        case .plus(let more): Double(processors) + more
        case .minus(let fewer): max(Double(processors) - fewer, 0.01)
        case .unlimited: 0.01
        case .file: nil
        }
    }
}

/// `--timeout`
package enum TimeLimit: Sendable, Equatable {
    case nanoseconds(UInt64)
    /// Per cent of the median time of the jobs that succeeded so far.
    case percentOfMedian(Double)
}

/// `--halt WHEN,WHAT=LIMIT`
package struct HaltPolicy: Sendable, Equatable {
    package enum When: Sendable {
        case never
        /// Start no more jobs, let those that run finish.
        case soon
        /// End the running jobs too.
        case now
    }

    package enum What: Sendable { case fail, success, done }

    package enum Limit: Sendable, Equatable {
        case count(Int)
        /// Per cent of all jobs.
        case percent(Double)
    }

    package var when: When = .never
    package var what: What = .fail
    package var limit: Limit = .count(1)

    package init(_ when: When = .never, _ what: What = .fail, _ limit: Limit = .count(1)) {
        self.when = when
        self.what = what
        self.limit = limit
    }
}

/// A step of `--termseq`: a signal, and how long the job is given before the next.
package struct TerminationStep: Sendable, Equatable {
    package var signal: Int32
    package var milliseconds: Int

    package init(signal: Int32, milliseconds: Int) {
        self.signal = signal
        self.milliseconds = milliseconds
    }

    /// TERM,200,TERM,100,TERM,50,KILL,25
    package static let standard = [
        TerminationStep(signal: 15, milliseconds: 200), TerminationStep(signal: 15, milliseconds: 100),
        TerminationStep(signal: 15, milliseconds: 50), TerminationStep(signal: 9, milliseconds: 25),
    ]
}

/// `--bar`, `--progress`, `--eta`
package struct ProgressOptions: Sendable, Equatable {
    package var showsBar = false
    package var showsProgress = false
    package var showsTimeLeft = false
    /// Show it even where standard error is no terminal: `--bar=always` and the like.
    package var isForced = false

    package init() {}

    package var isShown: Bool { showsBar || showsProgress || showsTimeLeft }
}
