import Bytes
import Synchronization

/// The commands that were entered at the prompt, as `fc` numbers them: 1 is the first of the session.
///
/// Lock: `state`.
package final class CommandHistory: Sendable {
    private struct State {
        var entries: [Bytes] = []
        var firstNumber = 1
    }

    private let state = Mutex(State())
    private let limit: Int

    package init(limit: Int = 10_000) { self.limit = limit }

    /// Adds a command, without its last newline.
    package func add(_ command: Bytes) {
        state.withLock { state in
            state.entries.append(command)
            // Many go at once: removing from the front of an array moves all the rest.
            if state.entries.count >= limit + limit / 4 {
                state.firstNumber += state.entries.count - limit
                state.entries.removeFirst(state.entries.count - limit)
            }
        }
    }

    /// Puts other commands in the place of the last one: those that `fc` ran instead of itself.
    package func replaceLast(with commands: [Bytes]) {
        state.withLock { state in
            if !state.entries.isEmpty { state.entries.removeLast() }
            state.entries.append(contentsOf: commands)
        }
    }

    /// The commands, oldest first, and the number of the first.
    package var all: (entries: [Bytes], firstNumber: Int) { state.withLock { ($0.entries, $0.firstNumber) } }

    /// The number that the next command will have.
    package var nextNumber: Int { state.withLock { $0.firstNumber + $0.entries.count } }
}
