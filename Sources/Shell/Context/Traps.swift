import Bytes
import Platform

/// What `trap` has set: an action for each condition. Condition 0 is EXIT, above are signal numbers, below what bash has
/// beside.
package struct Traps: Sendable {
    package enum Action: Sendable, Equatable {
        case ignore
        case command(Bytes)
    }

    /// Before each command.
    package static let debug: Int32 = -1
    /// After a command that fails where `set -e` would end the shell.
    package static let error: Int32 = -2
    /// After a function, and after a script that was read by `.`.
    package static let `return`: Int32 = -3

    package private(set) var actions: [Int32: Action] = [:]
    /// Signals that were ignored when the shell was started: no trap changes them (2.14, trap).
    package var ignoredOnEntry = SignalSet()
    /// Those of them that are ignored because this is a list in the background (2.11): it may set a trap for them.
    var ignoredInBackground = SignalSet()
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

    /// Whether `trap` may give the condition this action.
    func mayChange(_ condition: Int32, to action: Action?) -> Bool {
        guard ignoredOnEntry.contains(condition) else { return true }
        if case .command? = action { return ignoredInBackground.contains(condition) }
        return false
    }

    package var isEmpty: Bool { actions.isEmpty }

    /// In a subshell, traps with commands go back to their default, but those that `set -E` and `set -T` keep; ignored
    /// signals stay ignored.
    package mutating func enterSubshell(_ options: ShellOptions) {
        guard !actions.isEmpty else { return }
        if inherited == nil { inherited = actions }
        actions = actions.filter { $0.value == .ignore || Traps.isInherited($0.key, options) }
    }

    /// Whether subshells and functions have the trap too.
    package static func isInherited(_ condition: Int32, _ options: ShellOptions) -> Bool {
        condition == error ? options.contains(.errtrace) : condition < 0 && options.contains(.functrace)
    }

    /// Takes the traps that a function doesn't have from the table; gives them, to be put back with `restore`.
    mutating func enterFunction(_ options: ShellOptions) -> [Int32: Action] {
        let hidden = actions.filter { $0.key < 0 && !Traps.isInherited($0.key, options) }
        for condition in hidden.keys { actions[condition] = nil }
        return hidden
    }

    /// After a function: its own traps stay, the others are what they were.
    mutating func restore(_ hidden: [Int32: Action]) {
        for (condition, action) in hidden where actions[condition] == nil { actions[condition] = action }
    }

    /// The condition of a name: EXIT, a signal with or without SIG, or ERR, DEBUG, RETURN; in any case of letters.
    package static func condition(named name: Bytes) -> Int32? {
        if let number = name.decimal {
            if number == 0 { return 0 }
            return number > 0 && number <= 64 && Signals.name(of: Int32(truncatingIfNeeded: number)) != nil
                ? Int32(truncatingIfNeeded: number) : nil
        }
        switch Bytes(name.map { $0 >= 0x61 && $0 <= 0x7A ? $0 - 32 : $0 }) {
        case "EXIT", "SIGEXIT": return 0
        case "ERR": return error
        case "DEBUG": return debug
        case "RETURN": return `return`
        default: return Signals.number(named: name)
        }
    }

    /// The name of a condition.
    package static func name(of condition: Int32) -> Bytes {
        switch condition {
        case 0: "EXIT"
        case error: "ERR"
        case debug: "DEBUG"
        case `return`: "RETURN"
        default: Signals.name(of: condition) ?? Bytes(decimal: condition)
        }
    }

    /// In the process of a subshell: the traps around it as a capsule has them, condition and action in turn. What they ignore can
    /// be changed here, unless it was `ignored` on entry to the shell itself.
    mutating func inherit(_ fields: [Bytes], ignored: [Bytes], _ options: ShellOptions) {
        guard !fields.isEmpty else { return }
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            guard let number = fields[index].decimal, let condition = Int32(exactly: number) else { continue }
            let action = fields[index + 1]
            self[condition] = action.first == UInt8(ascii: "c") ? .command(action.dropFirst()) : .ignore
            if self[condition] == .ignore && !ignored.contains(fields[index]) { ignoredOnEntry.remove(condition) }
        }
        enterSubshell(options)
    }
}
