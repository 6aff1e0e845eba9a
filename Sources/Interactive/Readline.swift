// The line editor: GNU readline through its callback interface, so that the wait for keys is ours (PromptWait.swift).
// Nothing else calls readline's editing, but for the files beside this one that begin with its name.
//
// Readline is one per process and keeps its state in globals; so there is one line being edited at most, and its callbacks,
// which carry no context, leave what they have in globals of this file.

import Bytes
@preconcurrency import CReadline
@preconcurrency import Glibc
import Platform
import Shell

/// A line that readline has finished, handed over by its callback.
///
/// Thread: the main thread only, as all of readline.
private nonisolated(unsafe) var finishedLine: UnsafeMutablePointer<CChar>?
private nonisolated(unsafe) var hasFinished = false

final class Readline: LineSource {
    private let sh: Interpreter
    private let wait: PromptWait
    /// The number of the last command of the history that readline has.
    private var recalled = 0
    private var isReady = false

    init(_ sh: Interpreter, _ wait: PromptWait) {
        self.sh = sh
        self.wait = wait
    }

    private func setUp() {
        isReady = true
        rl_catch_signals = 0
        rl_outstream = stderr
        rl_readline_name = UnsafePointer(strdup("thresh"))
        setlocale(LC_ALL, "")
        using_history()
        stifle_history(10_000)
        Completion.install(sh)
    }

    /// The editing that `set -o` asks for.
    private func chooseEditing() {
        if sh.context.options.contains(.vi) {
            if rl_editing_mode != 0 { rl_vi_editing_mode(0, 0) }
        } else if rl_editing_mode == 0 {
            rl_emacs_editing_mode(0, 0)
        }
    }

    /// Gives readline what the history has got since the last time: the commands entered, or what `fc` ran instead.
    private func recall() {
        let (entries, firstNumber) = sh.history.all
        for index in entries.indices where firstNumber + index > recalled {
            entries[index].withCString { add_history($0) }
        }
        recalled = max(recalled, firstNumber + entries.count - 1)
    }

    func line(_ prompt: Bytes) -> LineResult {
        if !isReady { setUp() }
        chooseEditing()
        recall()
        finishedLine = nil
        hasFinished = false
        prompt.withCString { prompt in
            rl_callback_handler_install(prompt) { line in
                finishedLine = line
                hasFinished = true
                rl_callback_handler_remove()
            }
        }
        while !hasFinished {
            switch wait.forInput(0, source: self) {
            case .input:
                rl_callback_read_char()
                if Completion.takeInterruption() {
                    forget()
                    return .interrupted
                }
            case .interrupted:
                abandon()
                return .interrupted
            case .unwound(let unwind):
                abandon()
                return .unwound(unwind)
            }
        }
        guard let line = finishedLine else { return .end }
        defer { free(line) }
        return .text(Bytes(cString: line))
    }

    /// Leaves the line as it is on the screen and forgets it.
    private func abandon() {
        forget()
        sh.writeError("^C\n")
    }

    private func forget() {
        rl_free_line_state()
        rl_callback_sigcleanup()
        rl_callback_handler_remove()
    }

    // MARK: The screen

    func hide() { sh.writeError("\n") }

    func show() {
        rl_on_new_line()
        rl_redisplay()
    }

    func resize() { rl_resize_terminal() }
}
