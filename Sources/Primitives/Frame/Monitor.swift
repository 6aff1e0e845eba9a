// How threads of the shell wait for each other: a value under a lock, and those who sleep until it has changed.
//
// A sleeper lies on its own eventfd (`Waker`), through the interpreter's one `sleep`; so Ctrl-C, a trap, a cancelled thread, the end
// of a process that asks from outside and the time of -t all end its wait. Who changes the value says how many sleepers it is
// for; they are woken in the order in which they came and look again. A sleeper that leaves for another reason, though woken, passes the
// wake-up on, so that none is lost.

import Bytes
import Glibc
import Platform
import Shell

/// What came of waiting.
package enum Waited<Result> {
    case done(Result)
    case timedOut
    /// A signal with a trap came, which has run.
    case interrupted(Int32)
}

/// A value that threads change and wait for.
///
/// Lock: `state`.
package final class Monitor<Value: Sendable>: Sendable {
    private struct State: Sendable {
        var value: Value
        /// Who sleeps, the longest first.
        var sleepers: [Waker] = []
    }

    private let state: Mutex<State>

    package init(_ value: Value) { state = Mutex(State(value: value)) }

    /// Looks at the value, or changes it for nobody who sleeps.
    package func withLock<R: Sendable, E: Error>(_ body: (inout Value) throws(E) -> R) throws(E) -> R {
        try state.withLock { (state) throws(E) in try body(&state.value) }
    }

    /// How many threads sleep until the value has changed.
    package var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    /// Changes the value and wakes those who sleep, all or the first.
    package func change<R: Sendable>(waking count: Int = .max, _ body: (inout Value) -> R) -> R {
        let (result, woken) = state.withLock { state -> (R, [Waker]) in
            let result = body(&state.value)
            guard !state.sleepers.isEmpty else { return (result, []) }
            let woken = Array(state.sleepers.prefix(count))
            state.sleepers.removeFirst(woken.count)
            return (result, woken)
        }
        for waker in woken { waker.wake() }
        return result
    }

    /// Calls `attempt` until it gives something, asleep between until somebody changes the value.
    package func wait<R: Sendable>(
        _ sh: Interpreter, until deadline: UInt64? = nil, _ attempt: (inout Value) -> R?
    ) throws(Unwind) -> Waited<R> {
        if let result = state.withLock({ attempt(&$0.value) }) { return .done(result) }
        let waker = try sh.companionOfPrimitives().waker
        while true {
            waker.clear()
            let result = state.withLock { state -> R? in
                if let result = attempt(&state.value) { return result }
                state.sleepers.append(waker)
                return nil
            }
            if let result { return .done(result) }
            var descriptors = [pollfd(fd: waker.descriptor, events: Int16(POLLIN), revents: 0)]
            do throws(Unwind) {
                switch try sh.sleep(on: &descriptors, until: deadline) {
                case .ready: leave(waker, passesOn: false)
                case .timedOut:
                    leave(waker, passesOn: true)
                    return .timedOut
                case .interrupted(let signal):
                    leave(waker, passesOn: true)
                    return .interrupted(signal)
                }
            } catch {
                leave(waker, passesOn: true)
                throw error
            }
        }
    }

    /// Takes a sleeper from the list. One that is not there was woken: where it does not look again, the next one does.
    private func leave(_ waker: Waker, passesOn: Bool) {
        let next = state.withLock { state -> Waker? in
            if let index = state.sleepers.firstIndex(where: { $0 === waker }) {
                state.sleepers.remove(at: index)
                return nil
            }
            return passesOn && !state.sleepers.isEmpty ? state.sleepers.removeFirst() : nil
        }
        next?.wake()
    }
}

extension Call {
    /// The status of a wait that gave nothing: 124 after the time of -t, 128 and its number for a signal.
    package func status<R>(of waited: Waited<R>) -> Int32 {
        switch waited {
        case .done: 0
        case .timedOut: 124
        case .interrupted(let signal): 128 + signal
        }
    }
}
