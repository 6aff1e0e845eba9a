// Who has the floor: the one job whose output goes straight through while it runs.
//
// With `-k` it is the first unfinished job. Otherwise it is nobody, until a job prints so fast that its output would have to
// go to a file at once and come back from there: such a job gets the floor, its output costs no more than a copy, and what
// others print waits for its end, as it does for any job's turn. While the floor is busy, others that print as fast are left
// alone for a second: their pipes fill, they wait, and find the floor free.

import Bytes
import Glibc
import Platform
import Shell

extension PoolRunner {
    /// A job that fills its memory in less time prints fast.
    private static let fastFill: UInt64 = 500_000_000
    /// The longest that a job is left waiting with a full pipe.
    private static let patience: UInt64 = 1_000_000_000
    /// How often it is seen whether the floor is still busy.
    private static let look: UInt64 = 100_000_000

    /// The job whose output goes straight through.
    private var speaker: RunningJob? {
        if let floor { return floor }
        guard options.keepsOrder, let first = order.first as? RunningJob, first.isLive else { return nil }
        return first
    }

    /// The memory for a job's standard output is full: true if it need not go to a file now, since the job has got the floor or
    /// is left waiting for it.
    func avoidsSpill(_ job: RunningJob) throws(OutputError) -> Bool {
        guard options.outputMode == .group, job.state == .running, job.termination == nil else { return false }
        let now = Clock.monotonicNanoseconds()
        if let speaker, speaker !== job {
            guard job.pausedUntil == 0 || now < job.pausedUntil, speaker.state == .running, floorMoved + Self.look > now
            else { return false }
            pause(job, now)
            return true
        }
        guard !options.keepsOrder, now - job.standardOutput.fillingSince < Self.fastFill, mayBeLive(job) else {
            return false
        }
        floor = job
        floorMoved = now
        try beginLive(job)
        return true
    }

    private func pause(_ job: RunningJob, _ now: UInt64) {
        if job.pausedUntil == 0 { job.pausedUntil = now + Self.patience }
        guard !job.isPaused, job.isWatched else { return }
        job.isPaused = true
        paused.append(job)
        nextLook = now + Self.look
        try? loop.modify(job.standardOutput.descriptor, [])
    }

    /// Paused jobs are read again: the floor is free, or has gone quiet, or they have waited long enough.
    func resumePaused() {
        for job in paused { resume(job) }
        paused.removeAll()
    }

    private func resume(_ job: RunningJob) {
        job.isPaused = false
        if job.isWatched, job.standardOutput.isOpen { try? loop.modify(job.standardOutput.descriptor, .readable) }
    }

    /// Looks after the paused jobs when it is time.
    func lookAtFloor(_ now: UInt64) {
        guard !paused.isEmpty, now >= nextLook else { return }
        nextLook = now + Self.look
        let isBusy = speaker?.state == .running && floorMoved + Self.look > now
        if !isBusy { return resumePaused() }
        paused.removeAll { job in
            guard now >= job.pausedUntil || job.termination != nil || job.state != .running else { return false }
            resume(job)
            return true
        }
    }

    /// The job that had the floor has ended: its output is complete, and others' can follow.
    func leaveFloor() throws(OutputError) {
        guard let job = floor, job.isFinished else { return }
        floor = nil
        order.remove(job)
        try handOn(unit: job)
        resumePaused()
    }
}
