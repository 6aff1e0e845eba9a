import Bytes
import Glibc
import Platform
import Shell

/// A job from its start to the moment its output has been handed on.
///
///     waiting ─▶ running ─▶ draining ─▶ ended
///        ▲          │                     │
///        └──────────┴── (retried) ◀───────┘
///
/// Thread: the runner's; a job on a thread of its own reports through `ThreadJobs`.
final class RunningJob: OutputUnit {
    enum State {
        /// Not started, or waiting to be tried again.
        case waiting
        case running
        /// The process is gone, but something that it left behind holds its pipes open.
        case draining
        case ended
    }

    /// What runs the job.
    enum Vehicle {
        case none
        case process(Child)
        /// A process that serves one job after another.
        case worker(WorkerProcess)
        /// Commands on a thread; it is reached through the interpreter's cancellation, and tells of its end by the number.
        case thread(Cancellation, number: Int)
    }

    var job: Job
    /// Its place in the table of running jobs, by which events find it.
    var index = 0
    var slot = 0
    /// From 1.
    var attempt = 0
    var state: State = .waiting
    var vehicle: Vehicle = .none
    var standardOutput = JobOutput()
    var standardError = JobOutput()
    /// The event loop watches the pipes.
    var isWatched = false
    var outcome = JobOutcome.success
    /// Microseconds since 1970.
    var started: UInt64 = 0
    /// Of the monotonic clock.
    var startedAt: UInt64 = 0
    var endedAt: UInt64 = 0
    /// Until when a draining job's pipes are waited for.
    var drainsUntil: UInt64 = 0
    /// It is counted among those that wait for a time.
    var isTimed = false
    /// It is being ended, and how far that has got.
    var termination: TerminationSequence?
    var terminationBegan: UInt64 = 0
    /// The process group that is being ended, as long as something of it may live.
    var group: Int32 = 0
    var ending: Ending = .itself
    /// Its first output was handed on while it runs.
    var isLive = false
    /// It waits for the floor with a full pipe; until when it may, once it has begun to.
    var isPaused = false
    var pausedUntil: UInt64 = 0
    var outputTagger: LineTagger?
    var errorTagger: LineTagger?
    /// Files of `--results`, `--files`.
    var files: (output: Bytes, error: Bytes)?

    enum Ending {
        case itself
        /// By `--timeout`.
        case timeout
        /// For want of memory; it is run again.
        case memory
        /// With the run.
        case halt
    }

    init(_ job: Job) { self.job = job }

    /// Its output is for whoever asks for it, and no part of the run's.
    var isKept: Bool { job.task?.destination == .kept }

    /// Nanoseconds.
    var runtime: UInt64 { endedAt > startedAt ? endedAt - startedAt : 0 }

    /// Ready for the next attempt.
    func reset() {
        state = .waiting
        vehicle = .none
        isWatched = false
        isTimed = false
        outcome = .success
        termination = nil
        group = 0
        ending = .itself
        isLive = false
        isPaused = false
        pausedUntil = 0
        isFinished = false
        heldUntil = 0
        outputTagger = nil
        errorTagger = nil
    }
}
