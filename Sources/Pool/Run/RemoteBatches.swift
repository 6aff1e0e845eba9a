// Batches of a pool with processes: a worker's thread hands the jobs of its batch to a worker process and takes in what comes back.

import Bytes
import Glibc
import Platform
import Shell

/// What it takes to hand jobs of a run's template to worker processes.
struct RemoteBatches: Sendable {
    let workers: WorkerProcesses
    let changes: ContextChanges
    let source: MarkedSource
    let template: JobTemplate
    /// Empty: none.
    let slotVariable: Bytes

    enum End {
        case done
        /// The process was gone before it got them.
        case refused
        /// The process is gone, and took the job with it that comes after those answered.
        case died
    }

    /// Runs jobs on a process, and hands on what it answers for each.
    func run(
        _ jobs: ArraySlice<Job>, slot: Int, on worker: WorkerProcess, _ answered: (BatchReply) -> Void
    ) -> End {
        var request = BatchRequest(changes: changes, slot: slot, slotVariable: slotVariable, template: source)
        for job in jobs { request.jobs.append((job.sequence, template.values(for: job, slot: slot))) }
        guard worker.run(request) else { return .refused }
        for _ in jobs {
            guard let reply = worker.batchReply() else { return .died }
            answered(reply)
        }
        return .done
    }
}

extension InProcessJobs {
    /// How many jobs are in the hands of a process at a time; the rest of a batch that turns out slow is for idle workers.
    private static let largestRequest = 16

    /// Runs a batch in a process, or in several where one dies.
    func run(_ batch: Batch, _ worker: Worker, remotely remote: RemoteBatches) {
        // Before the batch counts as finished, so that whoever comes next finds the process.
        defer { remote.workers.give(back: takeProcess(from: worker)) }
        while !isStopped {
            guard let process = process(of: worker, remote) else {
                guard batch.claim() != nil else { return }
                // No process can be had: the job says so.
                let message: Bytes = "thresh: cannot start a worker process\n"
                message.withUnsafeBytes { worker.errors.append($0) }
                note(JobOutcome(status: 126), of: batch, worker)
                continue
            }
            var jobs: [Job] = []
            let most = min(InProcessJobs.largestRequest, remote.workers.left(of: process))
            while jobs.count < most, let index = batch.claim() { jobs.append(batch.jobs[index]) }
            if jobs.isEmpty { return }
            run(jobs, of: batch, worker, process, remote)
        }
        batch.isCutShort = true
    }

    private func run(
        _ jobs: [Job], of batch: Batch, _ worker: Worker, _ first: WorkerProcess, _ remote: RemoteBatches
    ) {
        var process: WorkerProcess? = first
        var place = 0
        while place < jobs.count, !isStopped, let present = process ?? self.process(of: worker, remote) {
            process = nil
            let end = remote.run(jobs[place...], slot: batch.slot, on: present) { reply in
                reply.output.withUnsafeBytes { worker.output.append($0) }
                reply.errors.withUnsafeBytes { worker.errors.append($0) }
                note(
                    JobOutcome(status: reply.status), of: batch, worker, started: reply.started,
                    runtime: reply.runtime)
                place += 1
            }
            switch end {
            case .done:
                if remote.workers.left(of: present) == 0 { remote.workers.give(back: takeProcess(from: worker)) }
                return
            case .refused:
                _ = takeProcess(from: worker)
                remote.workers.dismiss(present)
            case .died:
                _ = takeProcess(from: worker)
                let outcome = remote.workers.lose(present)
                if !isStopped { note(outcome, of: batch, worker) }
                place += 1
            }
        }
    }
}
