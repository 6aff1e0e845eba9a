// A process that `process start` has started, from its start until it is joined.
//
// Its end is learnt from its pidfd, and it is reaped at once: by who joins it, who then sleeps at the pidfd itself and needs no
// other thread to be woken, else by the reaper, a thread that watches the pidfds of all that nobody waits for. The pidfd is
// closed when the process has ended and nobody sleeps there any more, so that a thousand that wait to be joined need no
// descriptor.

import Bytes
import Glibc
import Platform

/// A process by its name.
///
/// Lock: `state`.
final class ManagedProcess: Sendable {
    private struct State: Sendable {
        var status: WaitStatus?
        /// On the monotonic clock.
        var end: UInt64 = 0
        /// -1 when it is closed.
        var pidfd: Int32
        /// How many sleep at the pidfd.
        var waiting = 0
        var isWatched = false
    }

    let name: Bytes
    /// The command as one would type it.
    let command: Bytes
    private let child: Child
    /// In the order of their starts.
    let number: UInt64
    /// It ends with the shell.
    let isDaemonic: Bool
    let startMicroseconds = Clock.realtimeMicroseconds()
    private let start = Clock.monotonicNanoseconds()
    private let state: Mutex<State>

    var pid: Int32 { child.pid }

    init(_ child: Child, name: Bytes, command: Bytes, number: UInt64, isDaemonic: Bool) {
        self.name = name
        self.command = command
        self.number = number
        self.isDaemonic = isDaemonic
        self.child = child
        state = Mutex(State(pidfd: child.pidfd))
    }

    deinit { state.withLock { if $0.pidfd >= 0 { System.close($0.pidfd) } } }

    /// How it ended; nil while it runs.
    var status: WaitStatus? {
        state.withLock { state in
            reap(&state)
            return state.status
        }
    }

    /// How long it has run, in nanoseconds.
    var duration: UInt64 {
        state.withLock { ($0.status == nil ? Clock.monotonicNanoseconds() : $0.end) &- start }
    }

    /// Whether it is stopped by a signal.
    var isStopped: Bool {
        guard let text = try? System.readFile("/proc/" + Bytes(decimal: pid) + "/stat"),
            let end = text.findLast(UInt8(ascii: ")")), end + 2 < text.count
        else { return false }
        return text[end + 2] == UInt8(ascii: "T")
    }

    /// Sends a signal; nothing if it has ended.
    func signal(_ signal: Int32) throws(Errno) {
        try state.withLock { (state) throws(Errno) in
            reap(&state)
            guard state.status == nil else { return }
            do throws(Errno) {
                try child.signal(signal)
            } catch { if error != .noSuchProcess { throw error } }
        }
    }

    // MARK: Its end

    /// Has the reaper wait for it.
    func watch() {
        state.withLock { watch(&$0) }
    }

    /// Begins to wait at the pidfd, which stays open until `endWait`; nil if it has ended.
    func beginWait() -> Int32? {
        state.withLock { state in
            reap(&state)
            guard state.status == nil else { return nil }
            state.waiting += 1
            unwatch(&state)
            return state.pidfd
        }
    }

    func endWait() {
        state.withLock { state in
            state.waiting -= 1
            reap(&state)
            if state.status == nil { watch(&state) } else { close(&state) }
        }
    }

    /// The reaper: its pidfd is readable.
    func ended() {
        state.withLock { reap(&$0) }
    }

    private func reap(_ state: inout State) {
        guard state.status == nil, state.pidfd >= 0 else { return }
        do throws(Errno) {
            guard let status = try child.pollKeepingDescriptor() else { return }
            state.status = status
        } catch { state.status = .exited(127) }
        state.end = Clock.monotonicNanoseconds()
        unwatch(&state)
        close(&state)
    }

    private func close(_ state: inout State) {
        guard state.waiting == 0, state.pidfd >= 0 else { return }
        System.close(state.pidfd)
        state.pidfd = -1
    }

    private func watch(_ state: inout State) {
        guard state.waiting == 0, !state.isWatched, state.status == nil else { return }
        state.isWatched = Reaper.watch(self, state.pidfd)
    }

    private func unwatch(_ state: inout State) {
        guard state.isWatched else { return }
        state.isWatched = false
        Reaper.leave(self, state.pidfd)
    }
}

/// The thread that reaps processes for which nobody waits.
///
/// Lock: `watched`; taken inside of a process's own.
private enum Reaper {
    private static let watched = Mutex<[UInt64: ManagedProcess]>([:])

    /// nil if there is no descriptor or thread left for it: who ends is then reaped when somebody asks.
    private static let watch: DescriptorWatch? = {
        guard let watch = try? DescriptorWatch() else { return nil }
        do throws(Errno) {
            try Threads.run(stackSize: 256 << 10) {
                while true {
                    var ended: [UInt64] = []
                    guard (try? watch.wait { ended.append($0) }) != nil else { return }
                    for number in ended { watched.withLock { $0[number] }?.ended() }
                }
            }
        } catch { return nil }
        return watch
    }()

    static func watch(_ process: ManagedProcess, _ pidfd: Int32) -> Bool {
        guard let watch else { return false }
        watched.withLock { $0[process.number] = process }
        guard (try? watch.add(pidfd, token: process.number)) != nil else {
            watched.withLock { $0[process.number] = nil }
            return false
        }
        return true
    }

    static func leave(_ process: ManagedProcess, _ pidfd: Int32) {
        watch?.remove(pidfd)
        watched.withLock { $0[process.number] = nil }
    }
}
