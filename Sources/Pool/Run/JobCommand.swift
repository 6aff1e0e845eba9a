import Bytes
import Platform
import Shell
import Syntax

/// What a job runs: its command, parsed and prepared, and what the runner must know to choose a vehicle for it.
package struct JobCommand: Sendable {
    package enum Kind: Sendable {
        /// Built-ins only: a worker runs it.
        case builtins
        /// One command that may be an external one: a process, with nothing in between.
        case single
        /// Anything else: a thread, which starts what processes there are.
        case general
        /// A process of its own, since it asks for its number, or for what only a process has.
        case process
    }

    package let prepared: Prepared
    package internal(set) var kind: Kind

    package init(_ list: List, prepared: Prepared? = nil, in sh: Interpreter) {
        self.prepared = prepared ?? Prepared(list)
        switch self.prepared.shape(in: sh) {
        case .builtins: kind = .builtins
        // Words that run commands would hold up the runner while they are expanded.
        case .single: kind = JobCommand.runsCommands(list) ? .general : .single
        case .general: kind = .general
        }
    }

    /// The command of a job whose text this is.
    ///
    /// With `nice`, everything that it runs is to have another niceness, which threads can't have.
    package init(
        _ list: List, prepared: Prepared? = nil, text: Bytes, _ options: RunOptions, in sh: Interpreter
    ) {
        var command = JobCommand(list, prepared: prepared, in: sh)
        switch options.vehicle {
        case .automatic:
            if command.kind != .single && options.nice != nil || JobCommand.needsProcess(text) {
                command.kind = .process
            }
            if command.kind == .single && options.initializer != nil { command.kind = .general }
        case .thread:
            // The initializer, which may take time, comes first.
            if command.kind == .single && options.initializer != nil { command.kind = .general }
        case .process:
            // One external command is a process anyway, unless its worker is to be prepared for it.
            if command.kind != .single || options.initializer != nil { command.kind = .process }
        }
        self = command
    }

    /// `$$` must differ between jobs that run at the same time, as it does where each has a shell of its own: names of
    /// temporary files are made of it. Traps want signals, which only a process gets.
    static func needsProcess(_ text: Bytes) -> Bool {
        text.find("$$") != nil || text.find("${$") != nil || text.find("trap ") != nil
    }

    /// `PROGRAM -c TEXT`, the text being replacement string 0: for `--shell`.
    init(shell: Bytes, in sh: Interpreter) {
        let words = [Word([.escaped(shell)]), Word([.literal("-c")]), Word([.doubleQuoted([.placeholder(0)])])]
        let command = Command.simple(SimpleCommand(words: words, position: .start))
        prepared = Prepared(List([ListItem(first: Pipeline([command]))]))
        kind = .single
    }

    private static func runsCommands(_ list: List) -> Bool {
        list.items.contains { item in
            item.isAsynchronous || !item.rest.isEmpty
                || item.first.commands.contains { command in
                    guard case .simple(let simple) = command else { return true }
                    return simple.words.contains { runsCommands($0.parts) }
                        || simple.redirections.contains { redirection in
                            switch redirection.target {
                            case .file(_, let word): runsCommands(word.parts)
                            case .hereDocument(let document): runsCommands(document.body.parts)
                            }
                        }
                        || simple.assignments.contains { assignment in
                            guard case .word(let word) = assignment.value else { return true }
                            return runsCommands(word.parts)
                        }
                }
        }
    }

    private static func runsCommands(_ parts: [WordPart]) -> Bool {
        parts.contains { part in
            switch part {
            case .literal, .escaped, .singleQuoted, .dollarSingleQuoted, .tilde, .placeholder, .braceRange: false
            case .doubleQuoted(let inner): runsCommands(inner)
            case .parameter(let expansion):
                if case .value = expansion.operation { expansion.index != nil } else { true }
            case .braceList(let words): words.contains { runsCommands($0.parts) }
            case .command, .invalidCommand, .arithmetic, .process, .array: true
            }
        }
    }
}
