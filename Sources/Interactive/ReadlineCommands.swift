// Keys that run commands of the shell (`bind -x`), and the functions that the shell adds to those of readline: to edit the line
// with an editor, to expand it, to tell the version.

import Bytes
@preconcurrency import CReadline
@preconcurrency import Glibc
import Platform
import Shell
import Syntax

enum ReadlineCommands {
    /// The functions by their names, with the keys that they get unless these have a meaning already.
    static func install() {
        add("edit-and-execute-command", "\\C-x\\C-e") { _, _ in ReadlineCommands.editAndExecute() }
        add("vi-edit-and-execute-command", nil) { _, _ in ReadlineCommands.editAndExecute() }
        add("display-shell-version", "\\C-x\\C-v") { _, _ in ReadlineCommands.displayVersion() }
        add("shell-expand-line", "\\e\\C-e") { _, _ in ReadlineCommands.expandLine() }
        add("alias-expand-line", nil) { _, _ in ReadlineCommands.expandAlias() }
        add("insert-last-argument", nil) { count, key in rl_yank_last_arg(count, key) }
        ReadlineWords.install()
        let movement = rl_get_keymap_by_name("vi-command")
        if let function = rl_named_function("vi-edit-and-execute-command") {
            _ = "v".withCString { rl_bind_keyseq_if_unbound_in_map($0, function, movement) }
        }
    }

    /// Adds a function, with keys in emacs mode that have no meaning yet.
    static func add(
        _ name: StaticString, _ keys: String?, _ function: @escaping @convention(c) (Int32, Int32) -> Int32
    ) {
        name.withUTF8Buffer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { _ = rl_add_defun($0.baseAddress, function, -1) }
        }
        guard let keys else { return }
        let map = rl_get_keymap_by_name("emacs-standard")
        _ = keys.withCString { rl_bind_keyseq_if_unbound_in_map($0, function, map) }
    }

    // MARK: Keys that run commands

    /// The command of a key sequence in a keymap.
    struct Key: Hashable {
        let keymap: UInt
        let sequence: Bytes
    }

    nonisolated(unsafe) static var commands: [Key: Bytes] = [:]

    /// What such a key is bound to.
    static let runCommand: @convention(c) (Int32, Int32) -> Int32 = { _, _ in
        guard let editor = Readline.shared else { return 0 }
        let typed = Bytes(
            UnsafeRawBufferPointer(start: rl_executing_keyseq, count: max(Int(rl_key_sequence_length), 0)))
        let keymap = UInt(bitPattern: rl_get_keymap())
        // A numeric argument stands before the sequence.
        var found: Bytes?
        for start in 0..<max(typed.count, 1) where found == nil {
            found = commands[Key(keymap: keymap, sequence: typed.suffix(from: min(start, typed.count)))]
        }
        guard let found else {
            rl_ding()
            return 1
        }
        editor.run(found)
        return 0
    }

    // MARK: Functions

    /// Ends with the line that the editor of the user has left.
    private static func editAndExecute() -> Int32 {
        guard let editor = Readline.shared, let line = rl_line_buffer else { return 1 }
        guard let text = editor.editExternally(Bytes(cString: line)) else {
            rl_ding()
            return 1
        }
        editor.replaceLine(text)
        rl_newline(1, 0)
        return 0
    }

    private static func displayVersion() -> Int32 {
        guard let editor = Readline.shared else { return 1 }
        editor.hide()
        editor.sh.writeError("thresh " + (editor.sh.variable("THRESH_VERSION") ?? "") + "\n")
        editor.show()
        return 0
    }

    /// Puts the words of the line in the place of it, as the shell would expand them.
    private static func expandLine() -> Int32 {
        guard let editor = Readline.shared, let expanded = editor.expandedWords else {
            rl_ding()
            return 1
        }
        editor.replaceLine(expanded)
        return 0
    }

    private static func expandAlias() -> Int32 {
        guard let editor = Readline.shared else { return 1 }
        let line = editor.line
        let start = line.firstIndex { $0 != 0x20 && $0 != 0x09 } ?? 0
        let end = (start..<line.count).first { line[$0] == 0x20 || line[$0] == 0x09 || line[$0] == 0x3B } ?? line.count
        guard let value = editor.sh.context.aliases[line[start..<end]] else { return 0 }
        editor.replaceLine(line.prefix(start) + value + line.suffix(from: end))
        return 0
    }
}

extension Readline {
    /// Another text in the place of the line, as one change to undo; the cursor at its end.
    func replaceLine(_ text: Bytes) {
        rl_begin_undo_group()
        rl_delete_text(0, rl_end)
        rl_point = 0
        _ = text.withCString { rl_insert_text($0) }
        rl_end_undo_group()
        rl_point = rl_end
    }

    /// Runs a command with the line in READLINE_LINE, and takes from there what it has made of it.
    func run(_ command: Bytes) {
        let characters = sh.encoding
        let line = self.line
        hide()
        rl_deprep_terminal()
        fflush(rl_outstream)
        _ = sh.assign("READLINE_LINE", line)
        _ = sh.assign("READLINE_POINT", Bytes(decimal: characters.count(line.prefix(Int(rl_point)))))
        _ = sh.assign("READLINE_MARK", Bytes(decimal: characters.count(line.prefix(min(Int(rl_mark), line.count)))))
        if rl_explicit_arg != 0 { _ = sh.assign("READLINE_ARGUMENT", Bytes(decimal: rl_numeric_arg)) }
        do throws(Unwind) { try sh.runForKey(command) } catch { unwind = error }
        let isResumed = resume()
        let after = sh.variable("READLINE_LINE") ?? line
        let point = sh.variable("READLINE_POINT")?.decimal
        let mark = sh.variable("READLINE_MARK")?.decimal
        for name: Bytes in ["READLINE_LINE", "READLINE_POINT", "READLINE_MARK", "READLINE_ARGUMENT"] {
            _ = sh.unset(name)
        }
        if after != line { replaceLine(after) }
        if let point { rl_point = offset(ofCharacter: point, in: after) }
        if let mark { rl_mark = offset(ofCharacter: mark, in: after) }
        rl_prep_terminal(1)
        if isResumed { rl_redisplay() } else { show() }
    }

    private func offset(ofCharacter number: Int, in text: Bytes) -> Int32 {
        text.withUnsafeBytes { buffer in
            var offset = 0
            for _ in 0..<max(0, min(number, buffer.count)) where offset < buffer.count {
                offset += sh.encoding.decode(buffer, at: offset).length
            }
            return Int32(truncatingIfNeeded: offset)
        }
    }

    /// The line with its words expanded, quoted where they must be; nil if it is more than a command with words.
    var expandedWords: Bytes? {
        guard let list = try? Parser.parse(line, options: sh.parserOptions()), list.items.count == 1,
            let commands = list.items.first?.first.commands, commands.count == 1,
            case .simple(let command) = commands[0],
            command.redirections.isEmpty, command.assignments.isEmpty
        else { return nil }
        defer { _ = sh.unset("READLINE_WORDS") }
        do throws(Unwind) { try sh.runForKey("READLINE_WORDS=(" + line + "\n)") } catch { return nil }
        return sh.elements(ofVariable: "READLINE_WORDS").map { Quoting.shell($0) }.joined(by: " ")
    }

    /// Lets the user change the text with VISUAL or EDITOR; nil if that fails.
    func editExternally(_ text: Bytes) -> Bytes? {
        let directory = sh.variable("TMPDIR").flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        let path =
            directory + "/thresh-edit." + Bytes(decimal: System.processID) + "."
            + Bytes(decimal: Clock.monotonicNanoseconds())
        guard let file = try? System.open(path, flags: O_RDWR | O_CREAT | O_EXCL, mode: 0o600) else { return nil }
        defer { try? System.unlink(path) }
        let written: Void? = try? System.writeAll(file, text + "\n")
        System.close(file)
        guard written != nil else { return nil }
        hide()
        rl_deprep_terminal()
        fflush(rl_outstream)
        defer {
            rl_prep_terminal(1)
            show()
        }
        let editors: [Bytes] = ["VISUAL", "EDITOR"]
        let editor = editors.lazy.compactMap { self.sh.variable($0) }.first { !$0.isEmpty } ?? "vi"
        do throws(Unwind) {
            guard try sh.runForKey(editor + " " + Quoting.shell(path)) == 0 else { return nil }
        } catch {
            unwind = error
            return nil
        }
        guard var result = try? System.readFile(path) else { return nil }
        while result.last == UInt8(ascii: "\n") { result.removeLast() }
        return result.contains(0) ? result.withoutNULs : result
    }
}
