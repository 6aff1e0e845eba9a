// Where a built-in sleeps until something happens: the one place, so that every wait ends in the same ways.

import Bytes
import Glibc
import Platform

/// What ended a sleep.
package enum Awakening: Sendable {
    /// A descriptor is ready: `revents` says which.
    case ready
    case timedOut
    /// This signal came, and its trap has run.
    case interrupted(Int32)
}

extension Interpreter {
    /// POLLRDHUP: the other end sends no more.
    private static let peerGone: Int16 = 0x2000

    /// Sleeps until one of the descriptors is ready, until `deadline` of the monotonic clock (nil: without end), or until a
    /// signal with a trap has come. What was written before is handed on first, and captures are drained meanwhile.
    ///
    /// It may also return for no reason: look again at what is waited for.
    /// Errors: what a trap's action throws; `Unwind.cancelled` where the thread or job is to end, or the process is gone for which
    /// this interpreter runs.
    package func sleep(on descriptors: inout [pollfd], until deadline: UInt64?) throws(Unwind) -> Awakening {
        if !output.isEmpty { flushOutput() }
        let own = descriptors.count
        defer { descriptors.removeLast(descriptors.count - own) }
        while true {
            if let signal = try runPendingTraps() { return .interrupted(signal) }
            descriptors.removeLast(descriptors.count - own)
            // The end that cleanup comes before has been asked for already.
            let isShielded = shieldDepth > 0 && cancellation.isCancelled
            let wake = actsOnSignals ? Signals.descriptor : isShielded ? -1 : cancellation.wakeDescriptor
            if wake >= 0 { descriptors.append(pollfd(fd: wake, events: Int16(POLLIN), revents: 0)) }
            if peer >= 0 {
                descriptors.append(pollfd(fd: peer, events: Int16(POLLIN) | Interpreter.peerGone, revents: 0))
            }
            for capture in captures {
                if let read = capture.readDescriptor {
                    descriptors.append(pollfd(fd: read, events: Int16(POLLIN), revents: 0))
                }
            }
            let ready: Int
            do throws(Errno) {
                ready = try poll(&descriptors, until: deadline)
            } catch {
                throw fatal("cannot wait: " + error.message)
            }
            if ready == 0 { return .timedOut }
            for capture in captures where capture.readDescriptor != nil { capture.drain() }
            if descriptors[..<own].contains(where: { $0.revents != 0 }) { return .ready }
            if peer >= 0, let asked = descriptors.last(where: { $0.fd == peer }), asked.revents != 0 {
                // What comes while its call runs asks to end the call's wait.
                if asked.revents == Int16(POLLIN) { return .interrupted(SIGINT) }
                cancellation.cancel()
                throw .cancelled
            }
        }
    }
}
