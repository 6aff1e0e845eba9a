import Bytes
import Platform
import Shell
import Synchronization

/// Jobs of built-ins that one worker runs one after the other, and what they print, in one piece.
///
/// Ownership: the runner fills it, a worker runs it, the runner hands its output on and fills it anew. While it runs, an idle
/// worker may take jobs from its end: the owner claims each job, and both do so by one compare-and-exchange of `extent`.
final class Batch: OutputUnit, @unchecked Sendable {
    // Sendable: passed from owner to owner under the lock of `InProcessJobs`.

    /// How one job ended.
    struct Record {
        /// Where its output ends, counted from the start of the batch.
        var outputEnd: Int
        var errorEnd: Int
        var outcome: JobOutcome
        /// Microseconds since 1970, and microseconds; 0 if nobody asks.
        var started: UInt64
        var runtime: UInt64
    }

    var jobs: ContiguousArray<Job> = []
    /// The command of each job, where there is no template.
    var commands: ContiguousArray<JobCommand> = []
    var records: ContiguousArray<Record> = []
    var failures = 0
    var output = BatchStream()
    var errors = BatchStream()
    var slot = 0
    /// When its first job began, on the monotonic clock: other workers look at it, to find work to share.
    let beganAt = Atomic<UInt64>(0)
    /// How long its jobs took together, in nanoseconds.
    var duration: UInt64 = 0
    /// The run was stopped before all jobs had run.
    var isCutShort = false
    /// Its only job is one whose output is kept; it has none to hand on.
    var isKept: Bool { jobs.count == 1 && jobs[0].task?.destination == .kept }
    /// Its only job's output is handed on while it runs.
    let isLive = Atomic<Bool>(false)
    /// The tag's state of a live job, between its pieces.
    var liveTagger: LineTagger?
    /// Output of a live job, on its way to the runner; guarded by the lock of `InProcessJobs`.
    var livePiece = Bytes()

    /// The index of the next job in the high half, one past the last one in the low half.
    private let extent = Atomic<UInt64>(0)

    /// All jobs are there.
    func seal() { extent.store(UInt64(jobs.count), ordering: .relaxed) }

    /// The next job, which is then this worker's.
    @inline(__always)
    func claim() -> Int? {
        var now = extent.load(ordering: .relaxed)
        while now >> 32 < now & 0xFFFF_FFFF {
            let (done, seen) = extent.weakCompareExchange(
                expected: now, desired: now &+ 1 << 32, ordering: .acquiringAndReleasing)
            if done { return Int(now >> 32) }
            now = seen
        }
        return nil
    }

    /// Takes half of the jobs that are not claimed, the one left over included; nil if there is none.
    func takeHalf() -> Range<Int>? {
        var now = extent.load(ordering: .relaxed)
        while now >> 32 < now & 0xFFFF_FFFF {
            let next = now >> 32
            let end = now & 0xFFFF_FFFF
            let middle = next + (end - next) / 2
            let (done, seen) = extent.weakCompareExchange(
                expected: now, desired: next << 32 | middle, ordering: .acquiringAndReleasing)
            if done { return Int(middle)..<Int(end) }
            now = seen
        }
        return nil
    }

    /// How many of the jobs are still this batch's, and not taken over by others.
    var ownedCount: Int { Int(extent.load(ordering: .relaxed) & 0xFFFF_FFFF) }

    var hasUnclaimed: Bool {
        let now = extent.load(ordering: .relaxed)
        return now >> 32 < now & 0xFFFF_FFFF
    }

    /// Empty again, with its memory.
    func reset() {
        jobs.removeAll(keepingCapacity: true)
        commands.removeAll(keepingCapacity: true)
        records.removeAll(keepingCapacity: true)
        failures = 0
        output.reset()
        errors.reset()
        isFinished = false
        isDropped = false
        heldUntil = 0
        isCutShort = false
        isLive.store(false, ordering: .relaxed)
        liveTagger = nil
        livePiece.removeAll()
    }
}

/// What the jobs of a batch wrote to one descriptor: memory, and before it a file if that did not suffice.
struct BatchStream {
    var bytes = Bytes()
    private(set) var file: Int32 = -1
    /// How many bytes are in the file; without a file, how many were given to the runner while the job ran.
    private(set) var before = 0
    private(set) var failure: OutputError?

    var isEmpty: Bool { before == 0 && bytes.isEmpty }

    /// Bytes were taken from the front and given to the runner.
    mutating func gave(_ count: Int) { before += count }

    /// How many bytes were handed on while the job ran.
    var given: Int { file < 0 ? before : 0 }

    /// Moves `memory` to the file.
    mutating func spill(_ memory: inout Bytes, directory: Bytes) {
        do throws(OutputError) {
            if file < 0 { file = try SpillFile.open(in: directory) }
            try memory.withUnsafeBytes { (bytes) throws(OutputError) in
                try SpillFile.append(UnsafeRawBufferPointer(bytes), to: file, in: directory)
            }
        } catch {
            failure = failure ?? error
        }
        before += memory.count
        memory.removeAll()
    }

    /// Calls `body` with the bytes in `range`, in pieces.
    func read(
        _ range: Range<Int>, directory: Bytes, _ body: (UnsafeRawBufferPointer) throws(OutputError) -> Void
    ) throws(OutputError) {
        if file >= 0 && range.lowerBound < before {
            let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 << 10, alignment: 4096)
            defer { scratch.deallocate() }
            try SpillFile.read(
                file, from: range.lowerBound, to: min(range.upperBound, before), scratch: scratch, directory: directory,
                body)
        }
        let start = max(range.lowerBound - before, 0)
        let end = range.upperBound - before
        guard end > start else { return }
        try bytes.withUnsafeBytes { (all) throws(OutputError) in
            try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: all[start..<min(end, all.count)])))
        }
    }

    /// Takes everything, for later.
    mutating func take() -> KeptOutput {
        var kept = KeptOutput()
        kept.bytes = bytes
        if file >= 0 {
            kept.file = OpenFile(owning: file)
            kept.fileSize = before
        }
        file = -1
        reset()
        return kept
    }

    mutating func reset() {
        bytes.removeAll()
        if file >= 0 { System.close(file) }
        file = -1
        before = 0
        failure = nil
    }
}
