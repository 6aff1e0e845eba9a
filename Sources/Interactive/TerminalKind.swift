import Bytes
@preconcurrency import CReadline
import Platform
import Shell

/// What the terminal can show.
enum TerminalKind {
    /// Whether text may be coloured: NO_COLOR is not set, and the terminal is one that has colours.
    static func hasColors(_ sh: Interpreter) -> Bool {
        guard sh.variable("NO_COLOR")?.isEmpty ?? true, System.isTerminal(2) else { return false }
        guard let name = sh.variable("TERM"), !name.isEmpty, name != "dumb" else { return false }
        if let truth = sh.variable("COLORTERM"), !truth.isEmpty { return true }
        return name.withCString { thresh_terminal_colors($0) } >= 8
    }
}
