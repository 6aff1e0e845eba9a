// The interactive shell: what is said and done before a prompt, and what becomes of the command that is entered at it. How a
// command is read is in CommandReader.swift.

import Bytes
@preconcurrency import Glibc
import Platform
import Shell
import Syntax

package final class Prompt {
    private let sh: Interpreter
    private let reader: CommandReader
    /// How often in a row the end of the input was not taken for the end of the shell.
    private var ignoredEnds = 0
    /// A command was run since the last prompt.
    private var hasRun = false
    private var knownSize: (columns: Int, rows: Int)?

    package init(_ sh: Interpreter) {
        self.sh = sh
        sh.context.options.insert(.interactive)
        reader = CommandReader(sh)
    }

    /// Runs until the end of input or `exit`; the exit status of the shell.
    package func run() -> Int32 {
        if sh.variable("PS1") == nil { _ = sh.assign("PS1", DefaultPrompt.text(sh)) }
        while true {
            if !reader.hasPending, let status = prepare() { return end(status) }
            switch reader.next() {
            case .nothing: ignoredEnds = 0
            case .list(let list):
                ignoredEnds = 0
                if list.items.isEmpty { continue }
                begin()
                sh.wasAbandoned = false
                if let status = sh.runInteractively(list) { return end(status) }
                // What was pasted with the command and comes after it was not meant for such a case.
                if sh.wasAbandoned { reader.drop() }
                if sh.exitWarning > 0 { sh.exitWarning -= 1 }
            case .end:
                if leaves() { return end(sh.context.status) }
            case .timedOut:
                sh.writeError("\u{7}timed out waiting for input: auto-logout\n")
                return end(sh.context.status)
            case .unwound(let unwind):
                let status = sh.runAtPrompt { (sh: Interpreter) throws(Unwind) -> Int32 in throw unwind }
                if let status { return end(status) }
            }
        }
    }

    // MARK: Around a command

    /// Before the prompt is shown; the exit status, if PROMPT_COMMAND ends the shell.
    private func prepare() -> Int32? {
        sh.notifyJobs()
        noteSize()
        for command in sh.elements(ofVariable: "PROMPT_COMMAND") {
            if let status = sh.runForPrompt(command) { return status }
        }
        guard reader.usesTerminal else { return nil }
        reader.marks = TerminalMarks(sh)
        let text = reader.marks.beforePrompt(
            status: hasRun ? sh.context.status : nil, directory: sh.context.workingDirectory.path)
        if !text.isEmpty { sh.writeError(text) }
        hasRun = false
        return nil
    }

    /// After a command was entered, before it runs.
    private func begin() {
        if let text = sh.variable("PS0"), !text.isEmpty {
            sh.writeError(PromptText.visible(sh.expandPrompt(text)))
        }
        hasRun = true
        let mark = reader.marks.beforeOutput
        if !mark.isEmpty { sh.writeError(mark) }
    }

    /// LINES and COLUMNS follow the window.
    private func noteSize() {
        guard reader.usesTerminal, sh.context.shopt.contains(.checkwinsize), let size = Terminal.size(of: 2) else {
            return
        }
        if let knownSize, knownSize == size { return }
        knownSize = size
        _ = sh.assign("COLUMNS", Bytes(decimal: size.columns))
        _ = sh.assign("LINES", Bytes(decimal: size.rows))
    }

    // MARK: The end

    /// Whether the shell ends with its input; what speaks against it is said.
    private func leaves() -> Bool {
        guard reader.usesTerminal else { return true }
        let command: Bytes = sh.context.shopt.contains(.loginShell) ? "logout" : "exit"
        if let limit = endLimit, ignoredEnds < limit {
            ignoredEnds += 1
            sh.report("use '" + command + "' to leave the shell")
            return false
        }
        sh.writeError(command + "\n")
        guard sh.warnsOfJobs() else { return true }
        sh.exitWarning = 1
        return false
    }

    /// How often in a row Ctrl-D does not end the shell: the value of IGNOREEOF, 10 if that is no number.
    private var endLimit: Int? {
        if let value = sh.variable("IGNOREEOF") { return value.decimal.map { max($0, 0) } ?? 10 }
        return sh.context.options.contains(.ignoreeof) ? 10 : nil
    }

    private func end(_ status: Int32) -> Int32 {
        sh.finish { (sh: Interpreter) throws(Unwind) -> Int32 in status }
    }
}
