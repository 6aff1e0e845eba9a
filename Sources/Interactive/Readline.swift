// The line editor: GNU readline through its callback interface, so that the wait for keys is ours (PromptWait.swift).
// Nothing else calls readline's editing, but for the files beside this one that begin with its name.
//
// Readline is one per process and keeps its state in globals, and its callbacks carry no context. So there is one editor,
// `Readline.shared`, to which they lead. While a line is being edited, a key can run commands of the shell (`bind -x`), and
// these can read a line by editing (`read -e`): then the outer line's state is put aside.

import Bytes
@preconcurrency import CReadline
@preconcurrency import Glibc
import Platform
import Shell

/// The terminal's line editor.
///
/// Thread: the main thread only, as all of readline.
final class Readline {
    nonisolated(unsafe) static var shared: Readline?

    /// For whom a line is being edited: the main interpreter, or the one that runs a function for it.
    private(set) var sh: Interpreter
    /// Whose variables readline is told.
    private var asking: Interpreter
    /// Who waits for keys now; nil while no line is being edited.
    private(set) var wait: PromptWait?
    /// A line that readline has finished: its text, nil at the end of the input.
    private var finished: Bytes??
    /// What the line begins with (`read -e -i`).
    private var initial = Bytes()
    /// What readline was told of the shell's variables.
    private var terminalName: Bytes?
    private var locale: Bytes?
    /// The values that readline asked for, which it doesn't free.
    private var variables: [Bytes: UnsafeMutablePointer<CChar>] = [:]
    /// What stands in the prompt before its last line, if it has several.
    private(set) var prefix: Bytes?
    /// The editing mode that the shell and readline have agreed on.
    private var isVi = false
    /// The line that was put aside for another.
    private var suspended: OuterLine?
    /// A command that a key runs has ended the shell or the line.
    var unwind: Unwind?

    /// The process's main interpreter, to which the editor belongs.
    nonisolated(unsafe) static var owner: Interpreter?

    /// The one editor, which is made when it is needed first.
    ///
    /// - Parameter sh: who needs it; for a stage of a pipeline, a copy on another thread while the main one waits.
    static func editor(_ sh: Interpreter) -> Readline {
        if let shared { return shared }
        let editor = Readline(owner ?? sh, asking: sh)
        shared = editor
        editor.initialize()
        editor.asking = editor.sh
        return editor
    }

    private init(_ sh: Interpreter, asking: Interpreter) {
        self.sh = sh
        self.asking = asking
    }

    // MARK: Beginning

    private func initialize() {
        thresh_readline_variable = { name in
            guard let name, let editor = Readline.shared else { return nil }
            return editor.variable(Bytes(cString: name))
        }
        rl_readline_name = UnsafePointer(strdup("thresh"))
        rl_catch_signals = 0
        rl_catch_sigwinch = 0
        rl_change_environment = 0
        rl_instream = stdin
        // A buffer of its own: what a key changes is written at once, in one piece.
        rl_outstream = fdopen(2, "w") ?? stderr
        rl_getc_function = { file in Readline.readByte(file) }
        rl_startup_hook = {
            Readline.shared?.insertInitial()
            return 0
        }
        followLocale()
        terminalName = asking.variable("TERM")
        rl_initialize()
        ReadlineCommands.install()
        Completion.install(sh)
        // `set -o vi` counts for more than what the file of key bindings says, which counts for more than the default.
        if asking.context.options.contains(.vi) { rl_vi_editing_mode(0, 0) }
        if asking.isMain { takeEditingMode() }
    }

    private func variable(_ name: Bytes) -> UnsafeMutablePointer<CChar>? {
        guard let value = asking.variable(name) else { return nil }
        if let old = variables[name] {
            if Bytes(cString: old) == value { return old }
            free(old)
        }
        let copy = value.withCString { strdup($0) }
        variables[name] = copy
        return copy
    }

    /// One byte of the terminal. It is here already where readline was called for it; where a function of readline asks for
    /// more, a signal ends the wait.
    private static func readByte(_ file: UnsafeMutablePointer<FILE>?) -> Int32 {
        guard let file else { return EOF }
        let descriptor = fileno(file)
        while true {
            if Signals.pending && !isReadable(descriptor, within: 0) {
                let signals = Signals.takePending()
                Signals.putBack(signals)
                if signals.contains(SIGINT) { return EOF }
                // What else there is can't be attended to before the function of readline has what it wants.
                if !isReadable(descriptor, within: 50) { continue }
            }
            var byte: UInt8 = 0
            if Glibc.read(descriptor, &byte, 1) == 1 { return Int32(byte) }
            guard Errno.last == .interrupted else { return EOF }
        }
    }

    private static func isReadable(_ descriptor: Int32, within milliseconds: Int32) -> Bool {
        var one = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
        return ((try? System.poll(&one, timeoutMilliseconds: milliseconds)) ?? 1) > 0
    }

    private func insertInitial() {
        if !initial.isEmpty { _ = initial.withCString { rl_insert_text($0) } }
        initial = Bytes()
    }

    // MARK: In step with the shell

    /// Tells readline what has changed in the shell since the last line: the terminal, the locale, vi or emacs, the history.
    private func follow() {
        followLocale()
        let name = sh.variable("TERM")
        if name != terminalName {
            terminalName = name
            _ = (name ?? "dumb").withCString { rl_reset_terminal($0) }
        }
        if sh.context.options.contains(.vi) != isVi {
            isVi.toggle()
            if isVi { rl_vi_editing_mode(0, 0) } else { rl_emacs_editing_mode(0, 0) }
        }
        ReadlineHistory.follow(sh.history)
    }

    /// Tells the shell which mode of editing readline has now: keys and `bind` change it, too.
    func takeEditingMode(_ sh: Interpreter? = nil) {
        let sh = sh ?? self.sh
        isVi = rl_editing_mode == 0
        if sh.context.options.contains(.vi) != isVi { sh.setOption(isVi ? .vi : .emacs, true) }
    }

    /// The characters are those of the locale; where it is not installed, UTF-8 at least is known.
    private func followLocale() {
        let names: [Bytes] = ["LC_ALL", "LC_CTYPE", "LANG"]
        let wanted = names.lazy.compactMap { self.asking.variable($0) }.first { !$0.isEmpty } ?? "C"
        guard wanted != locale else { return }
        locale = wanted
        if wanted.withCString({ setlocale(LC_CTYPE, $0) }) == nil, asking.encoding == .utf8 {
            setlocale(LC_CTYPE, "C.UTF-8")
        }
    }

    // MARK: A line

    /// What came of editing a line.
    enum Outcome {
        case line(Bytes)
        case end
        /// By a signal; what was typed until then.
        case interrupted(Bytes)
        /// The time is over; what was typed until then.
        case timedOut(Bytes)
        case unwound(Unwind)
    }

    /// Lets the user edit a line.
    ///
    /// - Parameter input: the terminal.
    func edit(
        for reader: Interpreter, _ prompt: Bytes, initial text: Bytes = "", input: UnsafeMutablePointer<FILE>,
        descriptor: Int32,
        deadline: UInt64? = nil, wait: PromptWait
    ) -> Outcome {
        let outer = self.wait
        let owner = (sh, asking)
        (sh, asking) = (reader, reader)
        defer { (sh, asking) = owner }
        if let outer, suspended == nil { suspended = OuterLine(wait: outer, prefix: prefix, input: rl_instream) }
        (self.wait, initial, finished, unwind) = (wait, text, nil, nil)
        rl_instream = input
        follow()
        prefix = prompt.findLast(UInt8(ascii: "\n")).map { prompt.prefix($0) }
        wait.begin()
        ReadlineHistory.isInUse.store(true, ordering: .releasing)
        defer {
            ReadlineHistory.isInUse.store(outer != nil, ordering: .releasing)
            wait.end()
            takeEditingMode()
            self.wait = outer
        }
        // Else the end of the input that came once would be told at the end of each line.
        rl_eof_found = 0
        install(prompt)
        while finished == nil {
            switch wait.forInput(descriptor, source: self, deadline: deadline) {
            case .input:
                thresh_readline_read_char()
                if finished == nil { thresh_readline_allow_questions(0) }
                if finished == nil, Completion.takeInterruption() {
                    forget()
                    return .interrupted(Bytes())
                }
                if let unwind, finished == nil {
                    leave()
                    return .unwound(unwind)
                }
            case .interrupted:
                let typed = line
                abandon()
                return .interrupted(typed)
            case .unwound(let unwind):
                leave()
                return .unwound(unwind)
            case .hungUp:
                leave()
                return .end
            case .timedOut:
                let typed = line
                leave()
                return .timedOut(typed)
            }
        }
        guard let line = finished ?? nil else { return .end }
        return .line(line)
    }

    private func install(_ prompt: Bytes) {
        prompt.withCString { prompt in
            rl_callback_handler_install(prompt) { line in
                rl_callback_handler_remove()
                Readline.shared?.finished = .some(line.map { Bytes(cString: $0) })
                free(line)
            }
        }
    }

    /// A line that is put aside while another is being edited: a key's command reads one.
    private struct OuterLine {
        let wait: PromptWait
        let prefix: Bytes?
        let input: UnsafeMutablePointer<FILE>?
        let prompt = rl_prompt.map { Bytes(cString: $0) } ?? Bytes()
        let text = rl_line_buffer.map { Bytes(cString: $0) } ?? Bytes()
        let point = rl_point
        let mark = rl_mark
        let changes: UnsafeMutablePointer<UNDO_LIST>?

        init(wait: PromptWait, prefix: Bytes?, input: UnsafeMutablePointer<FILE>?) {
            (self.wait, self.prefix, self.input) = (wait, prefix, input)
            changes = rl_undo_list
            rl_undo_list = nil
        }
    }

    /// Goes on with the line that was put aside, if one was; its prompt is on the screen then, the text comes with the next
    /// display.
    @discardableResult
    func resume() -> Bool {
        guard let line = suspended else { return false }
        suspended = nil
        (wait, prefix, rl_instream, finished) = (line.wait, line.prefix, line.input, nil)
        install(line.prompt)
        line.text.withCString { rl_replace_line($0, 0) }
        (rl_point, rl_mark, rl_undo_list) = (line.point, line.mark, line.changes)
        return true
    }

    /// What has been typed.
    var line: Bytes { rl_line_buffer.map { Bytes(cString: $0) } ?? Bytes() }

    /// Ctrl-C: the line stays on the screen, with a mark, and is forgotten.
    private func abandon() {
        rl_callback_sigcleanup()
        if rl_end != rl_point || rl_display_prompt != rl_prompt {
            rl_point = rl_end
            rl_redisplay()
        }
        let isByKey = (wait?.fatalSignal ?? SIGINT) == SIGINT
        fputs(isByKey && echoesControl ? "^C\r\n" : "\r\n", rl_outstream)
        forget()
    }

    /// Ends the editing below the line, which is forgotten.
    private func leave() {
        rl_callback_sigcleanup()
        rl_point = rl_end
        rl_redisplay()
        fputs("\r\n", rl_outstream)
        forget()
    }

    private func forget() {
        rl_free_line_state()
        rl_callback_handler_remove()
        fflush(rl_outstream)
    }

    /// Whether the terminal shows Ctrl-C as `^C`.
    private var echoesControl: Bool {
        var modes = termios()
        return tcgetattr(fileno(rl_instream), &modes) == 0 && modes.c_lflag & tcflag_t(ECHOCTL) != 0
    }
}
