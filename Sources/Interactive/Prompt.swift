// The prompt: GNU readline's editing through its callback interface, inside our own wait, so that Ctrl-C and whatever else
// becomes ready are handled between keys and the terminal is left as it was.

import Bytes
@preconcurrency import CReadline
@preconcurrency import Glibc
import Platform
import Shell
import Syntax

/// A line that readline has finished, handed over by its callback: readline's callbacks carry no context.
///
/// Thread: the main thread only, as all of readline.
private nonisolated(unsafe) var finishedLine: UnsafeMutablePointer<CChar>?
private nonisolated(unsafe) var hasFinished = false

/// Reads commands at a terminal and runs them.
package final class Prompt {
    private let sh: Interpreter
    /// The number of the last command of the history that readline has.
    private var recalled = 0

    package init(_ sh: Interpreter) { self.sh = sh }

    private enum Line {
        case text(Bytes)
        case interrupted
        case end
    }

    /// Runs until the end of input or `exit`; the exit status of the shell.
    package func run() -> Int32 {
        setUp()
        while true {
            sh.notifyJobs()
            switch readCommand() {
            case .end:
                if sh.ignoresEnd() { continue }
                sh.writeError("\n")
                return sh.finish { (sh: Interpreter) throws(Unwind) -> Int32 in sh.context.status }
            case .interrupted:
                sh.context.status = 130
            case .text(let source):
                if let status = sh.runInteractively(source) {
                    return sh.finish { (sh: Interpreter) throws(Unwind) -> Int32 in status }
                }
                if sh.exitWarning > 0 { sh.exitWarning -= 1 }
            }
        }
    }

    private func setUp() {
        sh.context.options.insert(.interactive)
        rl_catch_signals = 0
        rl_outstream = stderr
        rl_readline_name = UnsafePointer(strdup("thresh"))
        setlocale(LC_ALL, "")
        using_history()
        stifle_history(10_000)
        if sh.variable("PS1") == nil { _ = sh.assign("PS1", System.effectiveUserID == 0 ? "# " : "$ ") }
    }

    /// The editing that `set -o` asks for.
    private func chooseEditing() {
        if sh.context.options.contains(.vi) {
            if rl_editing_mode != 0 { rl_vi_editing_mode(0, 0) }
        } else if rl_editing_mode == 0 {
            rl_emacs_editing_mode(0, 0)
        }
    }

    /// A complete command, perhaps of several lines: the parser says when there is more to come.
    private func readCommand() -> Line {
        var source = Bytes()
        while true {
            let prompt =
                source.isEmpty
                ? sh.prompt("PS1", default: System.effectiveUserID == 0 ? "# " : "$ ")
                : sh.prompt("PS2", default: "> ")
            recall()
            switch readLine(prompt) {
            case .end:
                // In the middle of a command the error is said; the end itself comes with the next line.
                return source.isEmpty ? .end : .text(source)
            case .interrupted:
                return .interrupted
            case .text(let line):
                source.append(line)
                source.append("\n")
            }
            do throws(ParseError) {
                _ = try Parser.parse(source, options: sh.parserOptions())
            } catch {
                if error.isIncomplete { continue }
            }
            let entry = source.dropLast()
            if !entry.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0A }) && !isUnlogged(entry) {
                sh.history.add(entry)
            }
            return .text(source)
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

    /// With `set -o nolog` function definitions do not go into the history.
    private func isUnlogged(_ source: Bytes) -> Bool {
        guard sh.context.options.contains(.nolog), let list = try? Parser.parse(source, options: sh.parserOptions()),
            case .function = list.items.first?.first.commands.first
        else { return false }
        return true
    }

    /// One line from the terminal.
    private func readLine(_ prompt: Bytes) -> Line {
        chooseEditing()
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
            var fds = [
                pollfd(fd: 0, events: Int16(POLLIN), revents: 0),
                pollfd(fd: Signals.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            // With `set -b` the end of a job is told at once. That one stops shows in no descriptor.
            let tells = sh.context.options.contains(.notify) && !sh.jobs.isEmpty
            guard let ready = try? System.poll(&fds, timeoutMilliseconds: tells ? 200 : -1) else { continue }
            if tells && sh.hasNews {
                sh.writeError("\n")
                sh.notifyJobs()
                rl_on_new_line()
                rl_redisplay()
            }
            if ready == 0 { continue }
            if Signals.pending {
                if Signals.takePending().contains(SIGINT) {
                    rl_free_line_state()
                    rl_callback_sigcleanup()
                    rl_callback_handler_remove()
                    sh.writeError("^C\n")
                    return .interrupted
                }
                rl_resize_terminal()
            }
            if fds[0].revents != 0 { rl_callback_read_char() }
        }
        guard let line = finishedLine else { return .end }
        defer { free(line) }
        return .text(Bytes(cString: line))
    }
}
