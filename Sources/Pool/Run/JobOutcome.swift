import Bytes

/// How an attempt of a job ended: its exit status, or the signal that killed it.
package struct JobOutcome: Equatable, Sendable {
    /// The exit status, 0 if a signal ended the job. `timedOut` and `skipped` are no exit statuses of a process.
    package var status: Int32
    /// The signal that ended the job, 0 if none did.
    package var signal: Int32 = 0

    package init(status: Int32, signal: Int32 = 0) {
        self.status = status
        self.signal = signal
    }

    package static let success = JobOutcome(status: 0)
    /// What the job log says of a job that was not run because the user said no.
    package static let skipped = JobOutcome(status: -2)

    /// The job ran longer than `--timeout` allows and was terminated; the log has -1 and the signal that ended it.
    package static func timedOut(signal: Int32) -> JobOutcome { JobOutcome(status: -1, signal: signal) }

    package var isSuccess: Bool { status == 0 && signal == 0 }

    /// What a shell's `$?` would be: 128 and the signal for a job that a signal ended, 255 for one that timed out.
    package var shellStatus: Int32 {
        if status != 0 { return status & 0xFF }
        return signal == 0 ? 0 : 128 + signal
    }

    /// `exit status 3`, `signal 9`, `timeout`: for messages.
    package var description: Bytes {
        if status == -1 { return "timeout" }
        if status == -2 { return "skipped" }
        var text: Bytes = signal == 0 ? "exit status " : "signal "
        text.append(decimal: signal == 0 ? status : signal)
        return text
    }
}
