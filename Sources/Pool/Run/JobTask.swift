import Bytes
import Glibc
import Platform
import Shell
import Syntax

/// A job that brings its own command and the state of the shell in which it runs: what is handed in to an open pool.
///
/// Lock: `state`. `shell` is copied by whoever runs the job, one at a time.
package final class JobTask: @unchecked Sendable {
    /// Where what it prints goes.
    package enum Output: Sendable {
        /// As the pool prints.
        case pool
        /// Kept, to be asked for.
        case kept
        /// The descriptors of the shell that handed it in, which differ from the pool's.
        case own
    }

    package enum Phase: Sendable { case waiting, running, ended }

    /// How far the job is.
    package struct State: Sendable {
        package var phase: Phase = .waiting
        /// Of its process; 0: none of its own.
        package var pid: Int32 = 0
        package var slot = 0
        package var attempts = 0
        /// Microseconds since 1970.
        package var started: UInt64 = 0
        /// Microseconds.
        package var runtime: UInt64 = 0
        package var outcome = JobOutcome.success
        package var output = KeptOutput()
        package var errors = KeptOutput()
    }

    package let sequence: Int
    /// The command and its arguments.
    package let words: [Bytes]
    package let command: JobCommand
    /// The command as messages show it.
    package let text: Bytes
    package let destination: Output
    private let state = Mutex(State())
    /// Called once, when it has ended and what it printed has been handed on or kept. Thread: any.
    private let onEnd: @Sendable (JobTask) -> Void
    /// For a worker process: what is different in `shell` from what the worker has.
    let changes: ContextChanges?
    /// What it runs in; nil once it has ended.
    private(set) var shell: Interpreter?

    package init(
        sequence: Int, words: [Bytes], command: JobCommand, text: Bytes, destination: Output, shell: Interpreter,
        changes: ContextChanges? = nil,
        onEnd: @escaping @Sendable (JobTask) -> Void
    ) {
        self.sequence = sequence
        self.words = words
        self.command = command
        self.text = text
        self.destination = destination
        self.shell = shell
        self.changes = changes
        self.onEnd = onEnd
    }

    package var present: State { state.withLock { $0 } }

    /// An attempt begins.
    func began(slot: Int, at started: UInt64) {
        state.withLock { state in
            state.phase = .running
            state.started = started
            state.slot = slot
            state.pid = 0
            state.attempts += 1
        }
    }

    /// The process that runs the attempt.
    func runs(in pid: Int32) { state.withLock { $0.pid = pid } }

    /// It is over for good; what is told once counts.
    package func end(
        _ outcome: JobOutcome, runtime: UInt64, output: KeptOutput = KeptOutput(), errors: KeptOutput = KeptOutput()
    ) {
        let isFirst = state.withLock { state in
            guard state.phase != .ended else { return false }
            state.phase = .ended
            state.outcome = outcome
            state.runtime = runtime
            state.output = output
            state.errors = errors
            return true
        }
        guard isFirst else { return }
        shell = nil
        onEnd(self)
    }

    /// Takes what was kept of its output; the second time there is nothing.
    package func takeOutput() -> (output: KeptOutput, errors: KeptOutput) {
        state.withLock { state in
            defer { (state.output, state.errors) = (KeptOutput(), KeptOutput()) }
            return (state.output, state.errors)
        }
    }
}

/// What a job printed, for whoever asks for it: memory, or what did not fit there in an unlinked file.
package struct KeptOutput: Sendable {
    package var bytes = Bytes()
    /// Comes before `bytes`.
    package var file: OpenFile?
    package var fileSize = 0

    package init() {}

    package var isEmpty: Bool { bytes.isEmpty && fileSize == 0 }

    /// Calls `body` with the bytes, in pieces.
    package func read(_ body: (UnsafeRawBufferPointer) throws(Errno) -> Void) throws(Errno) {
        if let descriptor = file?.descriptor, fileSize > 0 {
            let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 << 10, alignment: 4096)
            defer { scratch.deallocate() }
            var position = 0
            while position < fileSize {
                let count = pread(descriptor, scratch.baseAddress, scratch.count, off_t(position))
                if count < 0 && Glibc.errno == EINTR { continue }
                guard count > 0 else { throw Errno(count < 0 ? Glibc.errno : EIO) }
                try body(UnsafeRawBufferPointer(rebasing: scratch[..<min(count, fileSize - position)]))
                position += count
            }
        }
        if !bytes.isEmpty {
            try bytes.withUnsafeBytes { (span) throws(Errno) in try body(UnsafeRawBufferPointer(span)) }
        }
    }
}
