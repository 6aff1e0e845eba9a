import Bytes
import Platform
import Shell

/// What PS1 is where nobody has set it: the directory, before it user and host where that matters (root, another machine), after it
/// the status of a failed command and the time that a long one took.
enum DefaultPrompt {
    static func text(_ sh: Interpreter) -> Bytes {
        if sh.context.options.contains(.posix) { return System.effectiveUserID == 0 ? "# " : "$ " }
        let isRemote = sh.variable("SSH_CONNECTION") != nil || sh.variable("SSH_TTY") != nil
        let names = System.effectiveUserID == 0 || isRemote
        guard TerminalKind.hasColors(sh) else { return (names ? "\\u@\\h:" : "") + "\\w\\?\\E\\$ " }
        func painted(_ color: Bytes, _ text: Bytes) -> Bytes { "\\[\\e[" + color + "m\\]" + text + "\\[\\e[0m\\]" }
        return (names ? painted("1;32", "\\u@\\h") + ":" : "") + painted("1;34", "\\w") + painted("31", "\\?")
            + painted("33", "\\E") + "\\$ "
    }
}
