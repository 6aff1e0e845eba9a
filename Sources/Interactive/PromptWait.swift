import Bytes
@preconcurrency import Glibc
import Platform
import Shell

/// The wait for keys at the prompt, in which whatever else happens is attended to: signals, jobs that end.
final class PromptWait {
    enum Outcome {
        case input
        case interrupted
        case unwound(Unwind)
    }

    private let sh: Interpreter
    private let notices: Notices

    init(_ sh: Interpreter) {
        self.sh = sh
        notices = Notices(sh)
    }

    /// Waits until `descriptor` can be read.
    ///
    /// - Parameter source: who shows the line that is being typed.
    func forInput(_ descriptor: Int32, source: LineSource) -> Outcome {
        while true {
            var fds = [
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: Signals.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            for other in notices.descriptors { fds.append(pollfd(fd: other, events: Int16(POLLIN), revents: 0)) }
            guard (try? System.poll(&fds, timeoutMilliseconds: notices.interval)) != nil else { continue }
            if Signals.pending, Signals.takePending().contains(SIGINT) { return .interrupted }
            notices.tell(source)
            if fds[0].revents != 0 { return .input }
        }
    }
}
