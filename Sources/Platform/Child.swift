import Bytes
import CPlatform
import Glibc

/// How a child ended or changed.
package enum WaitStatus: Equatable, Sendable {
    case exited(Int32)
    case signaled(Int32, dumpedCore: Bool)
    case stopped(Int32)
    case continued

    /// Whether the process is gone.
    package var isEnd: Bool {
        switch self {
        case .exited, .signaled: true
        case .stopped, .continued: false
        }
    }

    /// The status as `$?` shows it: that of exit, or 128 and the signal.
    package var shellStatus: Int32 {
        switch self {
        case .exited(let status): status
        case .signaled(let signal, _), .stopped(let signal): 128 + signal
        case .continued: 0
        }
    }

    fileprivate init(_ end: thresh_end) {
        switch end.code {
        case Int32(CLD_EXITED): self = .exited(end.value)
        case Int32(CLD_STOPPED), Int32(CLD_TRAPPED): self = .stopped(end.value)
        case Int32(CLD_CONTINUED): self = .continued
        default: self = .signaled(end.value, dumpedCore: end.code == Int32(CLD_DUMPED))
        }
    }
}

/// What a child and the descendants that it waited for have used.
package struct ResourceUsage: Sendable {
    package var userMicroseconds: Int64
    package var systemMicroseconds: Int64
    package var maxResidentKiB: Int64

    package init(userMicroseconds: Int64 = 0, systemMicroseconds: Int64 = 0, maxResidentKiB: Int64 = 0) {
        self.userMicroseconds = userMicroseconds
        self.systemMicroseconds = systemMicroseconds
        self.maxResidentKiB = maxResidentKiB
    }

    fileprivate init(_ end: thresh_end) {
        self.init(
            userMicroseconds: end.user_microseconds, systemMicroseconds: end.system_microseconds,
            maxResidentKiB: end.max_resident_kib)
    }
}

/// A running child process.
///
/// Ownership: whoever started it waits for it exactly once, by `wait` or `poll`; the end that these report closes
/// `pidfd`. Before that, take `pidfd` out of any event loop: another child on its way to exec may still hold the open
/// file, and with it the registration.
package struct Child: Equatable, Sendable {
    package let pid: Int32
    /// Readable once the process has ended.
    package let pidfd: Int32

    /// Waits for the end and reaps the child; with `orStop` also for being stopped, after which it must be waited for
    /// again.
    package func wait(orStop: Bool = false) throws(Errno) -> (WaitStatus, ResourceUsage) {
        var end = thresh_end()
        _ = try checking(thresh_wait(pidfd, WEXITED | (orStop ? WSTOPPED : 0), &end))
        return finish(end)
    }

    /// The end, if it has come, which reaps the child; with `stopped` also being stopped and continued. Each change is
    /// reported once.
    package func poll(stopped: Bool = false) throws(Errno) -> (WaitStatus, ResourceUsage)? {
        var end = thresh_end()
        let options = WEXITED | WNOHANG | (stopped ? WSTOPPED | Int32(WCONTINUED) : 0)
        if try checking(thresh_wait(pidfd, options, &end)) == 0 { return nil }
        return finish(end)
    }

    /// The end, if it has come, which reaps the child and leaves `pidfd` open, for who still waits at it: the caller closes it.
    package func pollKeepingDescriptor() throws(Errno) -> WaitStatus? {
        var end = thresh_end()
        return try checking(thresh_wait(pidfd, WEXITED | WNOHANG, &end)) == 0 ? nil : WaitStatus(end)
    }

    private func finish(_ end: thresh_end) -> (WaitStatus, ResourceUsage) {
        let status = WaitStatus(end)
        if status.isEnd { System.close(pidfd) }
        return (status, ResourceUsage(end))
    }

    /// Sends a signal to the process itself; it can't reach another one that got the same number.
    package func signal(_ signal: Int32) throws(Errno) {
        _ = try checking(thresh_pidfd_signal(pidfd, signal))
    }
}
