// The functions of the line editor that complete one kind of thing whatever stands around it, under the names and keys that
// bash gives them: complete-filename (Alt-/), complete-variable (Alt-$) and so on; those that expand patterns; and the words of
// the history.

import Bytes
@preconcurrency import CReadline
@preconcurrency import Glibc
import Shell

enum CompletionCommands {
    private typealias Function = @convention(c) (Int32, Int32) -> Int32

    // Readline compares a function with the one before it to find out whether a key was typed twice.
    private static let completeFile: Function = { _, _ in complete(.files, completeFile) }
    private static let completeUser: Function = { _, _ in complete(.users, completeUser) }
    private static let completeHost: Function = { _, _ in complete(.hosts, completeHost) }
    private static let completeVariable: Function = { _, _ in complete(.variables, completeVariable) }
    private static let completeCommand: Function = { _, _ in complete(.commands, completeCommand) }
    private static let completeHistory: Function = { _, _ in complete(.history, completeHistory) }
    private static let completePattern: Function = { _, _ in complete(.patternPrefix, completePattern) }
    private static let listFiles: Function = { _, _ in run(.files, "?") }
    private static let listUsers: Function = { _, _ in run(.users, "?") }
    private static let listHosts: Function = { _, _ in run(.hosts, "?") }
    private static let listVariables: Function = { _, _ in run(.variables, "?") }
    private static let listCommands: Function = { _, _ in run(.commands, "?") }
    private static let listPattern: Function = { _, _ in run(.pattern, "?") }
    private static let insertPattern: Function = { _, _ in run(.pattern, "*") }
    private static let completeIntoBraces: Function = { _, _ in Completion.completeIntoBraces() }

    /// The functions by their names, with the keys that they have in bash. The file of settings, which is read later, may
    /// change those.
    static func install() {
        add("complete-filename", "\\e/", completeFile)
        add("possible-filename-completions", "\\C-x/", listFiles)
        add("complete-username", "\\e~", completeUser)
        add("possible-username-completions", "\\C-x~", listUsers)
        add("complete-hostname", "\\e@", completeHost)
        add("possible-hostname-completions", "\\C-x@", listHosts)
        add("complete-variable", "\\e$", completeVariable)
        add("possible-variable-completions", "\\C-x$", listVariables)
        add("complete-command", "\\e!", completeCommand)
        add("possible-command-completions", "\\C-x!", listCommands)
        add("dynamic-complete-history", "\\e\\t", completeHistory)
        add("glob-complete-word", "\\eg", completePattern)
        add("glob-expand-word", "\\C-x*", insertPattern)
        add("glob-list-expansions", "\\C-xg", listPattern)
        add("complete-into-braces", "\\e{", completeIntoBraces)
    }

    private static func add(_ name: StaticString, _ keys: String, _ function: Function) {
        name.withUTF8Buffer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { _ = rl_add_defun($0.baseAddress, function, -1) }
        }
        let map = rl_get_keymap_by_name("emacs-standard")
        _ = keys.withCString { rl_bind_keyseq_in_map($0, function, map) }
    }

    private static func complete(_ kind: CompletionLine.Kind, _ function: Function) -> Int32 {
        Completion.search(kind) { rl_complete_internal(rl_completion_mode(function)) }
    }

    private static func run(_ kind: CompletionLine.Kind, _ what: Unicode.Scalar) -> Int32 {
        Completion.search(kind) { rl_complete_internal(Int32(what.value)) }
    }
}
