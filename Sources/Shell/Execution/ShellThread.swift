// A thread of the shell: it runs a command or a function and shares the shell's state with it.

import Bytes
import Glibc
import Platform
import struct Synchronization.Atomic

/// Thread: any; `result` is written before `ended` is raised and read afterwards.
package final class ShellThread: Sendable {
    package let name: Bytes
    package let identity: UInt64
    /// It does not hold up the end of the shell.
    package let isDaemon: Bool
    /// The command, for people.
    package let command: Bytes
    private let start = Clock.monotonicNanoseconds()
    /// On the monotonic clock; 0 while it runs.
    private let end = Atomic<UInt64>(0)
    let cancellation: Cancellation
    package let ended = Event()
    private let result = Atomic<Int32>(0)
    private let over: Event

    private init(_ name: Bytes, _ sh: Interpreter, command: Bytes, isDaemon: Bool, over: Event) {
        self.over = over
        self.name = name
        self.command = command
        self.isDaemon = isDaemon
        identity = sh.identity
        cancellation = sh.cancellation
    }

    package var hasEnded: Bool { ended.isRaised }

    /// How the command ended; 0 while it runs.
    package var status: Int32 { result.load(ordering: .relaxed) }

    /// How long it has run, in nanoseconds.
    package var duration: UInt64 {
        let end = end.load(ordering: .relaxed)
        return (end > 0 ? end : Clock.monotonicNanoseconds()) &- start
    }

    /// The shell that it shared with has ended: nobody will join it.
    package var isAbandoned: Bool { over.isRaised }

    /// The thread ends at its next command, or where it waits; the children that it waits for get SIGTERM.
    package func cancel() {
        cancellation.cancel()
        cancellation.endChildren()
    }

    package var isCancelled: Bool { cancellation.isCancelled }

    /// Starts a thread that runs a command whose words are expanded.
    ///
    /// - Parameter admit: whether there may be a thread of that name; EEXIST if not.
    /// Errors: EAGAIN if there can be no more threads.
    package static func start(
        _ words: [Bytes], name: Bytes, isDaemon: Bool, by parent: Interpreter, admit: (ShellThread) -> Bool,
        dismiss: () -> Void
    ) throws(Errno) -> ShellThread {
        let sharing = parent.beginSharing()
        let sh = Interpreter(sharing: sharing, of: parent, name: name)
        sh.cancellation.recordProcesses(asGroups: sh.givesProcessGroups)
        let thread = ShellThread(name, sh, command: words.joined(by: " "), isDaemon: isDaemon, over: sharing.over)
        let cells = sh.context.variables.cells
        func giveUp() { for cell in cells { sharing.variables.slots.releaseCell(cell) } }
        guard admit(thread) else {
            giveUp()
            throw Errno(EEXIST)
        }
        sharing.begin(thread)
        do throws(Errno) {
            try Threads.run { thread.run(words, sh, sharing, cells) }
        } catch {
            sharing.end(thread)
            dismiss()
            giveUp()
            throw error
        }
        return thread
    }

    private func run(_ words: [Bytes], _ sh: Interpreter, _ sharing: Sharing, _ cells: [Int]) {
        let status = sh.runThread(words)
        for cell in cells { sharing.variables.slots.releaseCell(cell) }
        // What it has open would else live as long as the interpreter.
        sh.context.descriptors = DescriptorTable()
        sh.context.share = nil
        // What it holds is left before its end is told.
        sh.companion = nil
        result.store(status, ordering: .relaxed)
        end.store(Clock.monotonicNanoseconds(), ordering: .relaxed)
        sharing.end(self)
        ended.raise()
    }
}

extension Interpreter {
    /// Runs a thread's command to its end; the status. What ends a shell ends the thread.
    fileprivate func runThread(_ words: [Bytes]) -> Int32 {
        for word in words { stack.append(word) }
        let arguments = Arguments(interpreter: self, base: 0, count: words.count)
        var status: Int32
        do throws(Unwind) {
            try checkSignals()
            var meaning = meaning(of: words[0])
            if case .external = meaning { meaning = externalMeaning(of: words[0]) }
            status = try dispatch(arguments, meaning)
            context.status = status
            try checkErrexit(status)
        } catch {
            status = context.status
            if case .cancelled = error { status = 128 + cancellation.signal }
        }
        if !deferred.isEmpty { status = endShellScope(status) }
        if let final = try? runExitTrap(status) { status = final }
        if !output.isEmpty { flushOutput() }
        stack.removeLast(stack.count)
        synchronize()
        return status
    }
}
