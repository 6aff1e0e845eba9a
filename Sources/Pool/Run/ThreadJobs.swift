import Platform
import Shell
import struct Synchronization.Atomic

/// Jobs of commands that one process alone cannot run: each on a kept thread, in an interpreter of its own, with real pipes
/// for its output, which the children that it starts inherit.
///
/// Lock: `ended`.
final class ThreadJobs: Sendable {
    private let ended = Mutex<[(number: Int, status: Int32)]>([])
    private let loop: EventLoop
    private let last = Atomic<Int>(0)

    init(loop: EventLoop) { self.loop = loop }

    /// Runs the command on a thread, unless what comes before it on that thread gives another status than 0; `takeEnded` tells of its end by the number that this gives.
    ///
    /// The interpreter's descriptors are closed before that, so that its pipes are at their end once its children are gone.
    func run(
        _ command: Prepared, on interpreter: Interpreter, output: OpenFile, error: OpenFile,
        preparing: @escaping @Sendable () -> Int32
    ) throws(Errno) -> Int {
        let number = last.wrappingAdd(1, ordering: .relaxed).newValue
        try Threads.run { [self] in
            let refused = preparing()
            if refused != 0 { interpreter.sayInitializerFailed(refused) }
            let status = refused == 0 ? interpreter.run(command) : refused
            output.close()
            error.close()
            // What it holds is left before its end is told.
            interpreter.companion = nil
            ended.withLock { $0.append((number, status)) }
            loop.wake()
        }
        return number
    }

    /// The jobs that have ended since the last call.
    func takeEnded() -> [(number: Int, status: Int32)] {
        ended.withLock { list in
            defer { list.removeAll() }
            return list
        }
    }
}
