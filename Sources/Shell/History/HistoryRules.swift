// What becomes an entry of the history and where it is kept: the variables HISTFILE, HISTSIZE, HISTFILESIZE, HISTCONTROL and
// HISTIGNORE, which are looked at whenever they matter.

import Bytes
import Platform
import Syntax

/// What came of the expansion of `!` in a line.
package enum HistoryExpansion {
    case unchanged
    case expanded(Bytes)
    /// To be shown and not run: `:p`.
    case shown(Bytes)
    case failed(Bytes)
}

extension Interpreter {
    // MARK: The life of an interactive shell

    /// Before the files that a shell reads at its start, which may change all this.
    ///
    /// - Parameter hasFile: the history is kept in a file, though no variable names one.
    package func beginHistory(hasFile: Bool) {
        if hasFile, variable("HISTFILE") == nil, let path = defaultHistoryPath { _ = assign("HISTFILE", path) }
        if variable("HISTSIZE") == nil { _ = assign("HISTSIZE", "10000") }
    }

    private var defaultHistoryPath: Bytes? {
        if let state = variable("XDG_STATE_HOME"), state.first == UInt8(ascii: "/") { return state + "/thresh/history" }
        guard let home = variable("HOME"), !home.isEmpty else { return nil }
        return home + "/.local/state/thresh/history"
    }

    /// After those files: reads the history of former shells.
    package func loadHistory() {
        if variable("HISTFILESIZE") == nil, let size = variable("HISTSIZE") { _ = assign("HISTFILESIZE", size) }
        history.file.isActive = true
        history.setLimit(historyLimit("HISTSIZE"))
        if let path = historyPath(nil),
            let entries = try? history.file.readAndTrim(path, to: historyLimit("HISTFILESIZE"))
        {
            history.addSaved(entries)
        }
    }

    /// The file gets no longer than HISTFILESIZE says.
    package func trimHistory() {
        guard history.file.isActive, let path = historyPath(nil), let limit = historyLimit("HISTFILESIZE") else {
            return
        }
        try? history.file.trim(path, to: limit)
    }

    /// The file that the built-in names, or HISTFILE; nil without either.
    func historyPath(_ name: Bytes?) -> Bytes? {
        guard let path = name ?? variable("HISTFILE"), !path.isEmpty else { return nil }
        return path.first == UInt8(ascii: "/") ? path : context.workingDirectory.path + "/" + path
    }

    /// The number that a variable limits the history to; nil for none, which is also what a negative one means.
    private func historyLimit(_ name: Bytes) -> Int? { variable(name)?.decimal.flatMap { $0 < 0 ? nil : $0 } }

    /// Runs a built-in that may change the list: in a subshell, on one of its own.
    func withOwnHistory(_ body: () throws(Unwind) -> Int32) throws(Unwind) -> Int32 {
        guard subshellDepth > ownDepth else { return try body() }
        let outer = history
        history = CommandHistory(copying: outer)
        defer { history = outer }
        return try body()
    }

    // MARK: Entries

    /// Puts a command that was entered into the history and its file, if HISTCONTROL and HISTIGNORE don't keep it out.
    package func remember(_ command: Bytes) {
        history.holdsCurrent = false
        guard has(.history) else { return }
        let controls = (variable("HISTCONTROL") ?? Bytes()).split(on: UInt8(ascii: ":"))
        if keepsOut(command, controls) { return }
        if controls.contains("erasedups") { history.removeAll(command) }
        add(command)
        history.holdsCurrent = history.last?.command == command
    }

    /// Adds an entry without a look at HISTCONTROL.
    func add(_ command: Bytes) {
        history.setLimit(historyLimit("HISTSIZE"))
        history.add(HistoryEntry(command: command, time: Int64(Clock.realtimeMicroseconds() / 1_000_000)))
        saveHistory()
    }

    private func saveHistory() {
        guard history.file.isActive, let path = historyPath(nil) else { return }
        // What can't be written now is there for `history -w`, which tells why.
        try? history.file.append(history.takeUnsaved(), to: path)
    }

    /// Puts other commands in the place of the one that runs: those of `fc` and `history -s`.
    func replaceCurrent(with commands: [Bytes]) {
        forgetCurrent()
        for command in commands { add(command) }
    }

    /// Takes the command that runs out of the history again.
    func forgetCurrent() {
        guard history.holdsCurrent else { return }
        history.removeLast()
        if history.file.isActive, let path = historyPath(nil) { history.file.retract(path) }
    }

    private func keepsOut(_ command: Bytes, _ controls: [Bytes]) -> Bool {
        let last = history.last?.command
        let ignoresBoth = controls.contains("ignoreboth")
        if ignoresBoth || controls.contains("ignorespace"), command.first == 0x20 { return true }
        if ignoresBoth || controls.contains("ignoredups"), command == last { return true }
        for text in IgnoredNames.split(variable("HISTIGNORE") ?? Bytes()) {
            let pattern = Pattern(
                Interpreter.historyPattern(text, last: last ?? Bytes()), encoding: encoding,
                options: has(ShoptOptions.extglob) ? .groups : [])
            if pattern.matches(command) { return true }
        }
        return false
    }

    /// A pattern of HISTIGNORE, in which `&` is the former command and `\&` an ampersand.
    private static func historyPattern(_ text: Bytes, last: Bytes) -> [(text: Bytes, isQuoted: Bool)] {
        var pieces: [(text: Bytes, isQuoted: Bool)] = []
        var piece = Bytes()
        var index = 0
        while index < text.count {
            if text[index] == UInt8(ascii: "&") {
                pieces += [(piece, false), (last, true)]
                piece = Bytes()
            } else {
                if text[index] == UInt8(ascii: "\\"), index + 1 < text.count {
                    piece.append(text[index])
                    index += 1
                }
                piece.append(text[index])
            }
            index += 1
        }
        return pieces + [(piece, false)]
    }
}
