// What the shell tells the terminal beside what it shows: where a prompt begins and ends, where a command's output begins, how
// the command ended (OSC 133), and the working directory (OSC 7). A terminal that knows these jumps from prompt to prompt, shows
// which command failed, and opens a new window in the same directory. One that doesn't would at worst show them as text, so they
// go only to those that are known to take them; THRESH_MARKS says otherwise.

import Bytes
import Platform
import Shell

struct TerminalMarks {
    /// OSC 133.
    private let tellsCommands: Bool
    /// OSC 7.
    private let tellsDirectory: Bool

    static let none = TerminalMarks(tellsCommands: false, tellsDirectory: false)

    private init(tellsCommands: Bool, tellsDirectory: Bool) {
        self.tellsCommands = tellsCommands
        self.tellsDirectory = tellsDirectory
    }

    /// What the terminal knows, by the variables that terminals set.
    init(_ sh: Interpreter) {
        switch sh.variable("THRESH_MARKS") {
        case "off": self = .none
        case "on": self.init(tellsCommands: true, tellsDirectory: true)
        default: self = TerminalMarks.detected(sh)
        }
    }

    private static func detected(_ sh: Interpreter) -> TerminalMarks {
        func value(_ name: Bytes) -> Bytes { sh.variable(name) ?? Bytes() }
        let name = value("TERM")
        // Within a multiplexer the variables of the terminal around it say nothing.
        if !value("TMUX").isEmpty || name.hasPrefix("tmux") {
            let isRecent = isAtLeast(value("TERM_PROGRAM_VERSION"), 3, 4) && value("TERM_PROGRAM") == "tmux"
            return TerminalMarks(tellsCommands: isRecent, tellsDirectory: true)
        }
        if name.isEmpty || name == "dumb" || name == "linux" || name.hasPrefix("screen") || !value("STY").isEmpty {
            return .none
        }
        let programs: [Bytes] = ["iTerm.app", "WezTerm", "ghostty", "vscode", "rio", "Hyper"]
        let names: [Bytes] = ["xterm-kitty", "xterm-ghostty", "foot", "contour", "wezterm"]
        if programs.contains(value("TERM_PROGRAM")) || names.contains(where: { name.hasPrefix($0) })
            || !value("KITTY_WINDOW_ID").isEmpty || !value("KONSOLE_VERSION").isEmpty || !value("WT_SESSION").isEmpty
        {
            return TerminalMarks(tellsCommands: true, tellsDirectory: true)
        }
        if let version = value("VTE_VERSION").decimal {
            return TerminalMarks(tellsCommands: version >= 7600, tellsDirectory: true)
        }
        return TerminalMarks(tellsCommands: false, tellsDirectory: value("TERM_PROGRAM") == "Apple_Terminal")
    }

    private static func isAtLeast(_ version: Bytes, _ major: Int, _ minor: Int) -> Bool {
        let parts = version.split(on: UInt8(ascii: ".")).map { part in
            Bytes(part.prefix { (0x30...0x39).contains($0) }).decimal ?? 0
        }
        guard let first = parts.first else { return false }
        return first > major || first == major && parts.count > 1 && parts[1] >= minor
    }

    /// Before the prompt: how the last command ended, if one ran, and where the shell is.
    func beforePrompt(status: Int32?, directory: Bytes) -> Bytes {
        var text = Bytes()
        if tellsCommands, let status { text.append("\u{1B}]133;D;" + Bytes(decimal: status) + "\u{7}") }
        if tellsDirectory {
            text.append("\u{1B}]7;file://" + System.hostName)
            text.append(TerminalMarks.encoded(directory))
            text.append("\u{7}")
        }
        return text
    }

    /// The prompt with its begin and end marked; they take no place on the screen.
    func marking(_ prompt: Bytes) -> Bytes {
        guard tellsCommands else { return prompt }
        return "\u{1}\u{1B}]133;A\u{7}\u{2}" + prompt + "\u{1}\u{1B}]133;B\u{7}\u{2}"
    }

    /// Before a command runs.
    var beforeOutput: Bytes { tellsCommands ? "\u{1B}]133;C\u{7}" : Bytes() }

    /// A path as a part of a URL.
    private static func encoded(_ path: Bytes) -> Bytes {
        let digits = Array("0123456789ABCDEF".utf8)
        var text = Bytes()
        for byte in path {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                text.append(byte)
            default:
                text.append(UInt8(ascii: "%"))
                text.append(digits[Int(byte >> 4)])
                text.append(digits[Int(byte & 15)])
            }
        }
        return text
    }
}
