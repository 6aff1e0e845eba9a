import Bytes
import Platform
import Shell

/// What is said about jobs while a line is being typed: at once with `set -b`, else before the next prompt.
final class Notices {
    private let sh: Interpreter

    init(_ sh: Interpreter) { self.sh = sh }

    /// Whether something may be to tell while the line is being typed.
    var isWatching: Bool { sh.context.options.contains(.notify) && !sh.jobs.isEmpty }

    /// Readable when there may be something to tell: the pidfds of the processes that run. That one stops shows in SIGCHLD alone.
    var descriptors: [Int32] {
        guard isWatching else { return [] }
        return sh.jobs.jobs.flatMap { job in job.processes.filter { $0.status == nil }.map(\.child.pidfd) }
    }

    /// Tells what is new above the line that is being typed.
    func tell(_ source: LineSource) {
        guard isWatching, sh.hasNews else { return }
        source.hide()
        sh.notifyJobs()
        source.show()
    }
}
