// The wait for keys at the prompt, in which whatever else happens is attended to: signals and traps, jobs that end, the size of
// the window, the end of the time that TMOUT gives. What is written meanwhile appears above the line that is being typed, which
// `LineSource` takes from the screen and shows again.

import Bytes
@preconcurrency import Glibc
import Platform
import Shell

final class PromptWait {
    enum Outcome {
        case input
        case interrupted
        case timedOut
        /// Nobody is at the terminal any more.
        case hungUp
        case unwound(Unwind)
    }

    /// What a signal means to who waits.
    enum Manner {
        /// Traps run, and the wait goes on.
        case prompt
        /// Signals are left to the command that reads.
        case command
    }

    private let sh: Interpreter
    private let manner: Manner
    private let notices: Notices
    /// Signals that are watched as long as the wait lasts.
    private var watched = SignalSet()
    /// The one of them that ends or stops the process once the terminal is as it was.
    private(set) var fatalSignal: Int32?

    init(_ sh: Interpreter, _ manner: Manner = .prompt) {
        self.sh = sh
        self.manner = manner
        notices = Notices(sh)
    }

    /// When the time that TMOUT gives to enter a line is over.
    static func deadline(_ sh: Interpreter) -> UInt64? {
        let seconds = sh.variable("TMOUT")?.decimal ?? 0
        return seconds > 0 ? Clock.monotonicNanoseconds() &+ UInt64(seconds) &* 1_000_000_000 : nil
    }

    // MARK: A line's life

    /// Before the first wait for a line.
    func begin() {
        watch(SIGWINCH)
        if notices.isWatching { watch(SIGCHLD) }
        if manner == .command && !sh.context.options.contains(.interactive) {
            for signal in PromptWait.fatalSignals where !Signals.dispositionIsIgnored(signal) { watch(signal) }
        }
    }

    /// After the last one.
    func end() {
        for signal in watched where sh.context.traps[signal] == nil { try? Signals.reset(signal) }
        watched = SignalSet()
    }

    private func watch(_ signal: Int32) {
        guard sh.context.traps[signal] == nil, !Signals.isWatched(signal), (try? Signals.watch(signal)) != nil else {
            return
        }
        watched.insert(signal)
    }

    /// What ends or stops a script that reads a line: the terminal is put right before.
    private static let fatalSignals: [Int32] = [SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP]

    // MARK: Waiting

    /// Waits until `descriptor` can be read.
    ///
    /// - Parameters:
    ///   - source: who shows the line that is being typed.
    ///   - deadline: on the monotonic clock.
    func forInput(_ descriptor: Int32, source: LineSource, deadline: UInt64?) -> Outcome {
        while true {
            var fds = [
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: Signals.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            for other in notices.descriptors { fds.append(pollfd(fd: other, events: Int16(POLLIN), revents: 0)) }
            guard (try? System.poll(&fds, timeoutMilliseconds: timeout(deadline))) != nil else { return .hungUp }
            if Signals.pending, let outcome = attend(to: Signals.takePending(), source) { return outcome }
            if manner == .prompt { notices.tell(source) }
            if fds[0].revents & Int16(POLLIN) != 0 { return .input }
            if fds[0].revents != 0 { return .hungUp }
            if let deadline, Clock.monotonicNanoseconds() >= deadline { return .timedOut }
        }
    }

    private func timeout(_ deadline: UInt64?) -> Int32 {
        guard let deadline else { return -1 }
        let now = Clock.monotonicNanoseconds()
        return deadline <= now ? 0 : Int32(clamping: (deadline - now) / 1_000_000 + 1)
    }

    /// Acts on signals; what ends the wait, if they do.
    private func attend(to signals: SignalSet, _ source: LineSource) -> Outcome? {
        if signals.contains(SIGWINCH) { source.resize() }
        let others = signals.subtracting(SignalSet(SIGWINCH, SIGCHLD))
        if manner == .command {
            if others.isEmpty { return nil }
            fatalSignal = others.first { watched.contains($0) && sh.context.traps[$0] == nil }
            Signals.putBack(SignalSet(bits: others.bits & ~watched.bits))
            return .interrupted
        }
        if signals.contains(SIGINT) && sh.context.traps[SIGINT] == nil { return .interrupted }
        let interrupts = signals.contains(SIGINT)
        let trapped = signals.contains { signal in
            if case .command = sh.context.traps[signal] { return true }
            return false
        }
        if trapped { source.hide() }
        var unwind: Unwind?
        do throws(Unwind) { try sh.act(on: signals) } catch { unwind = error }
        sh.flushOutput()
        if let unwind {
            if trapped { source.show() }
            return .unwound(unwind)
        }
        if trapped { source.show() }
        return interrupts ? .interrupted : nil
    }
}
