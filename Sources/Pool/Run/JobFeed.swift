// Where the runner gets its next job from: jobs to be tried again come first, then those read ahead, then the input.
//
// Input is read lazily, so that a job starts as soon as its line is there and a million lines are never in memory at once.
// Only what needs the number of all jobs (a percentage in `--halt`, the time left) makes the feed read ahead.

import DequeModule
import HeapModule

/// Thread: the runner's.
struct JobFeed {
    enum Next {
        case new(Job)
        /// A failed job whose pause is over.
        case again(RunningJob)
        /// The source is to be asked.
        case askFirst
        /// Nothing until this descriptor can be read.
        case blocked(Int32)
        /// Nothing before this time of the monotonic clock.
        case later(UInt64)
        case end
    }

    private struct Pause: Comparable {
        var due: UInt64
        var job: RunningJob

        static func < (a: Pause, b: Pause) -> Bool { (a.due, a.job.job.sequence) < (b.due, b.job.job.sequence) }
        static func == (a: Pause, b: Pause) -> Bool { a.due == b.due && a.job === b.job }
    }

    private let source: JobSource?
    private var ahead: Deque<Job> = []
    private var paused = Heap<Pause>()
    private var sourceEnded = false
    /// How many jobs the source has given.
    private(set) var read = 0
    private var wasPutBack: RunningJob?

    init(_ source: JobSource) { self.source = source }

    /// A feed of jobs that are known: those of a job log.
    init(_ jobs: [Job]) {
        source = nil
        ahead = Deque(jobs)
        read = jobs.count
        sourceEnded = true
    }

    /// The number of all jobs, once the source has been read to its end.
    var total: Int? { sourceEnded ? read : nil }

    var hasRetries: Bool { !paused.isEmpty || wasPutBack != nil }

    mutating func next(at now: UInt64) throws(InputError) -> Next {
        if let job = wasPutBack {
            wasPutBack = nil
            return .again(job)
        }
        if let first = paused.min, first.due <= now {
            paused.removeMin()
            return .again(first.job)
        }
        if let job = ahead.popFirst() { return .new(job) }
        switch try readSource() {
        case .job(let job): return .new(job)
        case .blocked(let descriptor): return .blocked(descriptor)
        case .askFirst: return .askFirst
        case .end:
            if let first = paused.min { return .later(first.due) }
            return .end
        }
    }

    private mutating func readSource() throws(InputError) -> NextJob {
        guard !sourceEnded, let source else { return .end }
        let next = try source.next()
        switch next {
        case .job: read += 1
        case .end: sourceEnded = true
        case .blocked, .askFirst: break
        }
        return next
    }

    /// When the next paused job is due.
    var pauseEnd: UInt64? { paused.min?.due }

    /// A job that is to be tried again.
    mutating func retry(_ job: RunningJob, at due: UInt64) { paused.insert(Pause(due: due, job: job)) }

    /// A job that could not be started for now; it is the next.
    mutating func putBack(_ job: RunningJob) { wasPutBack = job }

    /// A job that was taken and not touched; it comes before the others.
    mutating func putBack(_ job: Job) { ahead.prepend(job) }

    /// Reads ahead without waiting, until the source ends or `limit` jobs are held; gives the descriptor to wait for if more
    /// is wanted and there is none yet.
    mutating func readAhead(limit: Int) throws(InputError) -> Int32? {
        while !sourceEnded && ahead.count < limit {
            switch try readSource() {
            case .job(let job): ahead.append(job)
            case .blocked(let descriptor): return descriptor
            case .askFirst, .end: return nil
            }
        }
        return nil
    }

    /// No more jobs are wanted; gives those that wait to be tried again, which have run and failed.
    mutating func stop() -> [RunningJob] {
        sourceEnded = true
        ahead.removeAll()
        var left: [RunningJob] = []
        if let job = wasPutBack { left.append(job) }
        wasPutBack = nil
        while let pause = paused.popMin() { left.append(pause.job) }
        return left
    }
}
