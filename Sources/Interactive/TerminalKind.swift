import Bytes
import Platform
import Shell

/// What the terminal knows, as the variables tell by which terminals make themselves known.
enum TerminalKind {
    /// Whether text may be coloured: NO_COLOR is not set, and the terminal is one that has colours.
    static func hasColors(_ sh: Interpreter) -> Bool {
        guard sh.variable("NO_COLOR")?.isEmpty ?? true, System.isTerminal(2) else { return false }
        guard let name = sh.variable("TERM"), !name.isEmpty else { return false }
        if let truth = sh.variable("COLORTERM"), !truth.isEmpty { return name != "dumb" }
        let known: [Bytes] = [
            "xterm", "screen", "tmux", "rxvt", "linux", "konsole", "alacritty", "foot", "kitty", "st", "vte", "gnome",
            "putty", "cygwin", "contour", "wezterm", "ghostty", "eterm", "mlterm", "nsterm",
        ]
        if name.find("mono") != nil { return false }
        return name.find("color") != nil
            || known.contains { name == $0 || name.hasPrefix($0 + "-") || name.hasPrefix($0 + "+") }
    }
}
