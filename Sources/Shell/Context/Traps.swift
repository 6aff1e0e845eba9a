import Bytes
import Platform

/// What `trap` has set: an action for each condition. Condition 0 is EXIT, others are signal numbers.
package struct Traps: Sendable {
    package enum Action: Sendable, Equatable {
        case ignore
        case command(Bytes)
    }

    package private(set) var actions: [Int32: Action] = [:]
    /// Signals that were ignored when the shell was started: no trap changes them (2.14, trap).
    package var ignoredOnEntry = SignalSet()
    /// What a subshell still prints with `trap` until it sets one of its own.
    package private(set) var inherited: [Int32: Action]?

    package init() {}

    package subscript(condition: Int32) -> Action? {
        get { actions[condition] }
        set {
            actions[condition] = newValue
            inherited = nil
        }
    }

    package var isEmpty: Bool { actions.isEmpty }

    /// In a subshell, traps with commands go back to their default; ignored signals stay ignored.
    package mutating func enterSubshell() {
        guard !actions.isEmpty else { return }
        if inherited == nil { inherited = actions }
        actions = actions.filter { $0.value == .ignore }
    }
}
