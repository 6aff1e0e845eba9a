import Bytes
import Shell

/// Where the lines at the prompt come from: the terminal with editing (`Readline`), or lines as they are (`PlainInput`).
protocol LineSource: AnyObject {
    /// The next line, after the prompt was shown: its text as the user left it, which holds newlines if several lines were
    /// pasted or recalled at once.
    ///
    /// - Parameter initial: what the line begins with, to be edited, where that can be done.
    func line(_ prompt: Bytes, initial: Bytes) -> LineResult

    /// Takes what is being typed from the screen, so that something else can be written in its place.
    func hide()

    /// Shows it again below what was written.
    func show()

    /// The terminal has another size.
    func resize()
}

/// What came of asking for a line.
enum LineResult {
    case text(Bytes)
    /// Ctrl-C: what was typed is forgotten.
    case interrupted
    /// What was entered is not to be run: an expansion of `!` has failed, or is shown only.
    case refused
    case end
    /// The time that TMOUT gives is over.
    case timedOut
    /// The command of a trap that ran meanwhile ended the shell or gave up the line.
    case unwound(Unwind)
}
