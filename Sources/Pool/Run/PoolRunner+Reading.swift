// What comes from running jobs: output on their pipes, and their ends.

import Bytes
import Glibc
import Platform
import Shell

extension PoolRunner {
    // MARK: Pipes

    /// Begins to watch a job's pipes.
    func watch(_ job: RunningJob) throws(OutputError) {
        job.isWatched = true
        let place = UInt64(job.index) << Token.shift
        do throws(Errno) {
            if job.standardOutput.isOpen {
                try loop.add(job.standardOutput.descriptor, .readable, token: place | Token.output)
            }
            if job.standardError.isOpen {
                try loop.add(job.standardError.descriptor, .readable, token: place | Token.error)
            }
        } catch {
            throw OutputError(place: .standardError, errno: error)
        }
    }

    func unwatch(_ job: RunningJob) {
        guard job.isWatched else { return }
        job.isWatched = false
        if job.standardOutput.isOpen { loop.remove(job.standardOutput.descriptor) }
        if job.standardError.isOpen { loop.remove(job.standardError.descriptor) }
    }

    /// A pipe of the job can be read, or is at its end.
    func read(_ job: RunningJob, isError: Bool) throws(OutputError) {
        guard try readOnce(job, isError: isError) == .end else { return }
        closeStream(job, isError: isError)
        if job.state == .draining && !job.standardOutput.isOpen && !job.standardError.isOpen { try drained(job) }
    }

    private func closeStream(_ job: RunningJob, isError: Bool) {
        let descriptor = isError ? job.standardError.descriptor : job.standardOutput.descriptor
        guard descriptor >= 0 else { return }
        if job.isWatched { loop.remove(descriptor) }
        if isError { job.standardError.close() } else { job.standardOutput.close() }
    }

    /// Reads once from a stream, and does with the bytes what the output mode says.
    private func readOnce(_ job: RunningJob, isError: Bool) throws(OutputError) -> JobOutput.Progress {
        if options.outputMode == .line && (!options.keepsOrder || job.isLive) && !job.isKept {
            if job.outputTagger == nil { startTaggers(job) }
            if isError {
                return try streamLines(&job.standardError, &job.errorTagger, to: sink.errors)
            }
            return try streamLines(&job.standardOutput, &job.outputTagger, to: sink.output)
        }
        if isError {
            return try job.standardError.collect(&sink.pool, scratch: sink.scratch, directory: sink.directory)
        }
        if !job.isLive, job.standardOutput.isFull(sink.pool), try avoidsSpill(job), !job.isLive { return .empty }
        if job.isLive, var tagger = job.outputTagger {
            defer { job.outputTagger = tagger }
            if !paused.isEmpty || job === floor { floorMoved = Clock.monotonicNanoseconds() }
            return try sink.stream(&job.standardOutput, &tagger, to: sink.output)
        }
        return try job.standardOutput.collect(&sink.pool, scratch: sink.scratch, directory: sink.directory)
    }

    private func streamLines(
        _ stream: inout JobOutput, _ tagger: inout LineTagger?, to destination: Destination
    ) throws(OutputError) -> JobOutput.Progress {
        guard var copy = tagger else { return .end }
        defer { tagger = copy }
        return try sink.streamLines(&stream, &copy, to: destination)
    }

    /// The job's turn has come while it runs: what it has printed goes out, and what it prints from now on.
    ///
    /// Standard error waits for its end, so that it comes after standard output as it does for all other jobs.
    func makeLive(_ job: RunningJob) throws(OutputError) {
        guard options.keepsOrder, options.outputMode != .ungroup, !job.isLive, mayBeLive(job) else { return }
        try beginLive(job)
        floorMoved = Clock.monotonicNanoseconds()
        resumePaused()
    }

    /// What the job prints is final, and needs nothing that is known at its end only.
    func mayBeLive(_ job: RunningJob) -> Bool {
        job.state == .running && !job.isKept && retrying.isLast(job.attempt)
            && (options.timeLimit == nil || !retrying.isOn)
            && resultTable == nil && !colorsFailedLines && job.files == nil
    }

    func beginLive(_ job: RunningJob) throws(OutputError) {
        job.isLive = true
        startTaggers(job)
        try sink.handOnSoFar(job, withErrors: options.outputMode == .line)
    }

    func startTaggers(_ job: RunningJob) {
        let taggers = self.taggers(job.job, slot: job.slot, outcome: nil)
        job.outputTagger = taggers.output
        job.errorTagger = taggers.error
    }

    // MARK: Ends

    /// The job's process has ended.
    func processEnded(_ job: RunningJob) throws(OutputError) {
        if case .worker(let worker) = job.vehicle { return try answered(job, worker) }
        reap(job, at: Clock.monotonicNanoseconds())
        try drain(job)
    }

    /// A worker process has answered, or is gone.
    private func answered(_ job: RunningJob, _ worker: WorkerProcess) throws(OutputError) {
        loop.remove(worker.socket.descriptor)
        guard let reply = worker.reply() else {
            // The job ends as the process does, which may have become another program.
            job.vehicle = .process(worker.child)
            do throws(Errno) {
                try loop.add(
                    worker.child.pidfd, .readable, token: UInt64(job.index) << Token.shift | Token.process)
            } catch {
                throw OutputError(place: .standardError, errno: error)
            }
            return
        }
        job.vehicle = .none
        job.endedAt = Clock.monotonicNanoseconds()
        job.outcome = JobOutcome(status: reply.status)
        if job.termination == nil && !reply.isLast {
            job.group = 0
            workers?.give(back: worker)
        } else {
            workers?.dismiss(worker)
        }
        if releasesEarly { releaseSlot(job) }
        try drain(job)
    }

    /// Takes the process's status and gives its slot back.
    func reap(_ job: RunningJob, at now: UInt64) {
        let child: Child
        switch job.vehicle {
        case .process(let process): child = process
        case .worker(let worker):
            loop.remove(worker.socket.descriptor)
            child = worker.child
        case .none, .thread: return
        }
        loop.remove(child.pidfd)
        if isNested { shell.cancellation.remove(child.pid) }
        job.vehicle = .none
        job.endedAt = now
        do throws(Errno) {
            switch try child.wait().0 {
            case .exited(let status): job.outcome = JobOutcome(status: status)
            case .signaled(let signal, _): job.outcome = JobOutcome(status: 0, signal: signal)
            case .stopped, .continued: job.outcome = .success
            }
        } catch {
            job.outcome = JobOutcome(status: 255)
        }
        if releasesEarly { releaseSlot(job) }
    }

    /// A job's slot is free as soon as its process is gone, though its output may not be complete; unless its end may be the end
    /// of the run.
    private var releasesEarly: Bool { options.halt.when == .never }

    /// Jobs on threads that have ended.
    func handleThreadEnds() throws(OutputError) {
        for (number, status) in threads.takeEnded() {
            guard let job = job(onThread: number) else { continue }
            job.vehicle = .none
            job.outcome = JobOutcome(status: status)
            job.endedAt = Clock.monotonicNanoseconds()
            if releasesEarly { releaseSlot(job) }
            try drain(job)
        }
    }

    func job(onThread number: Int) -> RunningJob? {
        for case let job? in jobs {
            if case .thread(_, number) = job.vehicle { return job }
        }
        return nil
    }

    /// The job itself has ended: takes what its pipes hold. What it left behind may hold them open; that is waited for only
    /// a moment, and never holds a slot. (GNU parallel does not wait at all, so that ssh's master connections and daemons
    /// don't keep a job from ending; the moment is for the end of `cmd > >(tee log)`.)
    func drain(_ job: RunningJob) throws(OutputError) {
        job.state = .draining
        if job.isPaused { resumePaused() }
        for isError in [false, true] {
            guard isError ? job.standardError.isOpen : job.standardOutput.isOpen else { continue }
            // A writer that is as fast as this reader must not keep it here for ever.
            var reads = 0
            while reads < 64 {
                let progress = try readOnce(job, isError: isError)
                if progress == .end { closeStream(job, isError: isError) }
                if progress != .some { break }
                reads += 1
            }
        }
        let isOpen = job.standardOutput.isOpen || job.standardError.isOpen
        if !isOpen && groupIsGone(job) { return try ended(job) }
        job.drainsUntil = job.endedAt + PoolRunner.drainTime
        setTimed(job)
        if isOpen && !job.isWatched { try watch(job) }
    }

    /// Nothing of a group that is being ended is left; true for jobs that ended by themselves.
    private func groupIsGone(_ job: RunningJob) -> Bool {
        guard job.termination != nil, job.group > 0 else { return true }
        return kill(-job.group, 0) != 0
    }

    /// Both pipes of an ended job are at their end.
    private func drained(_ job: RunningJob) throws(OutputError) {
        guard groupIsGone(job) else { return }
        try ended(job)
    }

    /// The time that the job was given has passed.
    func timePassed(_ job: RunningJob, _ now: UInt64) throws(OutputError) {
        if job.termination != nil { return try continueTermination(job, now) }
        switch job.state {
        case .draining:
            try finishDraining(job)
        case .running:
            var text: Bytes = "job "
            text.append(decimal: job.job.sequence)
            text.append(" has timed out: ")
            text.append(commandText(job.job, slot: abs(job.slot)))
            try say(text)
            terminate(job, because: .timeout, now)
        case .waiting, .ended:
            break
        }
    }

    private func finishDraining(_ job: RunningJob) throws(OutputError) {
        unwatch(job)
        job.standardOutput.close()
        job.standardError.close()
        try ended(job)
    }

    private func continueTermination(_ job: RunningJob, _ now: UInt64) throws(OutputError) {
        if job.state == .draining && groupIsGone(job) {
            if !job.standardOutput.isOpen && !job.standardError.isOpen || now >= job.drainsUntil {
                return try finishDraining(job)
            }
        }
        if job.termination?.isOver(at: now) ?? true {
            // SIGKILL was sent: what lives on does so in the kernel.
            if job.state == .draining { return try finishDraining(job) }
            if case .thread = job.vehicle, now > job.terminationBegan + PoolRunner.threadPatience {
                // A system call holds it that nothing ends, such as opening a FIFO: its thread is left behind.
                job.vehicle = .none
                job.outcome = JobOutcome(status: 128 + SIGKILL)
                job.endedAt = now
                return try finishDraining(job)
            }
            job.termination?.wait(until: now + PoolRunner.drainTime)
            return
        }
        if let signal = job.termination?.signal(at: now) { send(signal, to: job) }
    }
}
