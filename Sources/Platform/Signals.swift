// Signals that thresh wants to hear of. A handler only sets a bit and writes to an eventfd; the interpreter looks at the
// bits between commands, an event loop at the descriptor. Kept threads block asynchronous signals, so handlers run on the
// main thread.
import Bytes
import CPlatform
import Glibc

/// Signals by number, from 1 to 64.
package struct SignalSet: Equatable, Hashable, Sendable {
    /// Bit n-1 is signal n.
    package var bits: UInt64

    @inlinable package init(bits: UInt64 = 0) { self.bits = bits }

    package init(_ signals: Int32...) {
        bits = 0
        for signal in signals { insert(signal) }
    }

    @inlinable package var isEmpty: Bool { bits == 0 }
    @inlinable package func contains(_ signal: Int32) -> Bool { bits & SignalSet.bit(signal) != 0 }
    @inlinable package mutating func insert(_ signal: Int32) { bits |= SignalSet.bit(signal) }
    @inlinable package mutating func remove(_ signal: Int32) { bits &= ~SignalSet.bit(signal) }
    package func subtracting(_ other: SignalSet) -> SignalSet { SignalSet(bits: bits & ~other.bits) }
    @inlinable package mutating func formUnion(_ other: SignalSet) { bits |= other.bits }

    @usableFromInline
    static func bit(_ signal: Int32) -> UInt64 {
        signal >= 1 && signal <= 64 ? 1 << UInt64(signal - 1) : 0
    }
}

extension SignalSet: Sequence {
    /// The signals in the set, lowest first.
    package struct Iterator: IteratorProtocol {
        var left: UInt64
        package mutating func next() -> Int32? {
            guard left != 0 else { return nil }
            let signal = Int32(left.trailingZeroBitCount) + 1
            left &= left - 1
            return signal
        }
    }

    package func makeIterator() -> Iterator { Iterator(left: bits) }
}

/// What this process does on signals.
package enum Signals {
    /// Begins to catch a signal: it then shows in `pending`.
    package static func watch(_ signal: Int32) throws(Errno) { _ = try checking(thresh_watch_signal(signal)) }

    /// Whether a signal is caught now.
    package static func isWatched(_ signal: Int32) -> Bool {
        SignalSet(bits: thresh_caught_signals()).contains(signal)
    }

    package static func ignore(_ signal: Int32) throws(Errno) { _ = try checking(thresh_ignore_signal(signal)) }

    /// Gives a signal its default action.
    package static func reset(_ signal: Int32) throws(Errno) { _ = try checking(thresh_reset_signal(signal)) }

    /// Whether a caught signal waits to be taken: one relaxed load.
    @inlinable
    package static var pending: Bool { thresh_signal_is_pending() != 0 }

    /// Whether there is a signal or a call for attention: one relaxed load too.
    @inlinable
    package static var wantsAttention: Bool { thresh_is_attention_wanted() != 0 }

    /// Has whoever acts on signals look at what other threads have changed.
    ///
    /// Thread: any.
    package static func callAttention() { thresh_call_attention() }

    /// Takes the call back; what it was made for is visible then.
    package static func payAttention() { thresh_pay_attention() }

    /// The signals that came since the last call.
    package static func takePending() -> SignalSet { SignalSet(bits: thresh_take_signals()) }

    /// Whether this signal came; the others stay pending.
    package static func take(_ signal: Int32) -> Bool { thresh_take_signal(signal) != 0 }

    /// Makes signals that were taken pending again, for somebody else to take.
    package static func putBack(_ signals: SignalSet) {
        if !signals.isEmpty { thresh_return_signals(signals.bits) }
    }

    /// Readable while a caught signal waits to be taken. -1 if the process had no descriptor left for it; `watch` then
    /// fails as well.
    package static var descriptor: Int32 { thresh_signal_descriptor() }

    /// Whether the signal is one of those that are watched.
    package static func isCaught(_ signal: Int32) -> Bool {
        SignalSet(bits: thresh_caught_signals()).contains(signal)
    }

    /// Lets this thread be interrupted by signals, as the main thread is at the start, or not. Their handlers run on a
    /// thread that accepts them.
    package static func accept(_ accepts: Bool) { thresh_accept_signals(accepts ? 1 : 0) }

    /// From now on SIGTSTP shows in `pending` only if the terminal has sent it.
    package static func takeStopsFromTerminal() { thresh_take_stops_from_terminal() }

    package static func dispositionIsIgnored(_ signal: Int32) -> Bool { thresh_signal_is_ignored(signal) != 0 }

    /// Whether a signal was ignored when the process started, whatever was set since. POSIX keeps these ignored in a
    /// non-interactive shell (2.15, trap).
    package static func wasIgnoredAtStart(_ signal: Int32) -> Bool { thresh_signal_was_ignored(signal) != 0 }

    /// Lets a signal take its default action on this process, so that the parent sees a death by it. Returns only if
    /// that action is not to end the process.
    package static func raiseDefault(_ signal: Int32) { thresh_raise_default(signal) }
}
