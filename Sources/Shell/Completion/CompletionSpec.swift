import Bytes
import Syntax

/// How the arguments of a command are completed, as `complete` was told.
package struct CompletionSpec: Equatable, Sendable {
    /// What sources of candidates there are (`-A`).
    package struct Actions: OptionSet, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        package static let alias = Actions(rawValue: 1 << 0)
        package static let arrayvar = Actions(rawValue: 1 << 1)
        package static let binding = Actions(rawValue: 1 << 2)
        package static let builtin = Actions(rawValue: 1 << 3)
        package static let command = Actions(rawValue: 1 << 4)
        package static let directory = Actions(rawValue: 1 << 5)
        package static let disabled = Actions(rawValue: 1 << 6)
        package static let enabled = Actions(rawValue: 1 << 7)
        package static let export = Actions(rawValue: 1 << 8)
        package static let file = Actions(rawValue: 1 << 9)
        package static let function = Actions(rawValue: 1 << 10)
        package static let group = Actions(rawValue: 1 << 11)
        package static let helptopic = Actions(rawValue: 1 << 12)
        package static let hostname = Actions(rawValue: 1 << 13)
        package static let job = Actions(rawValue: 1 << 14)
        package static let keyword = Actions(rawValue: 1 << 15)
        package static let running = Actions(rawValue: 1 << 16)
        package static let service = Actions(rawValue: 1 << 17)
        package static let setopt = Actions(rawValue: 1 << 18)
        package static let shopt = Actions(rawValue: 1 << 19)
        package static let signal = Actions(rawValue: 1 << 20)
        package static let stopped = Actions(rawValue: 1 << 21)
        package static let user = Actions(rawValue: 1 << 22)
        package static let variable = Actions(rawValue: 1 << 23)

        /// By name, with the letter that means the same (0 if none does).
        package static let table: [(name: Bytes, letter: UInt8, action: Actions)] = [
            ("alias", UInt8(ascii: "a"), .alias), ("arrayvar", 0, .arrayvar), ("binding", 0, .binding),
            ("builtin", UInt8(ascii: "b"), .builtin), ("command", UInt8(ascii: "c"), .command),
            ("directory", UInt8(ascii: "d"), .directory), ("disabled", 0, .disabled), ("enabled", 0, .enabled),
            ("export", UInt8(ascii: "e"), .export), ("file", UInt8(ascii: "f"), .file), ("function", 0, .function),
            ("group", UInt8(ascii: "g"), .group), ("helptopic", 0, .helptopic), ("hostname", 0, .hostname),
            ("job", UInt8(ascii: "j"), .job), ("keyword", UInt8(ascii: "k"), .keyword), ("running", 0, .running),
            ("service", UInt8(ascii: "s"), .service), ("setopt", 0, .setopt), ("shopt", 0, .shopt),
            ("signal", 0, .signal), ("stopped", 0, .stopped), ("user", UInt8(ascii: "u"), .user),
            ("variable", UInt8(ascii: "v"), .variable),
        ]
    }

    /// What is to be done with the candidates (`-o`).
    package struct Options: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Without candidates: what would be there without a specification.
        package static let bashdefault = Options(rawValue: 1 << 0)
        /// Without candidates: file names.
        package static let `default` = Options(rawValue: 1 << 1)
        /// Without candidates: directories.
        package static let dirnames = Options(rawValue: 1 << 2)
        /// They are file names: to be quoted, and directories get a slash.
        package static let filenames = Options(rawValue: 1 << 3)
        package static let noquote = Options(rawValue: 1 << 4)
        package static let nosort = Options(rawValue: 1 << 5)
        /// No blank after the only candidate.
        package static let nospace = Options(rawValue: 1 << 6)
        /// Directories too.
        package static let plusdirs = Options(rawValue: 1 << 7)

        package static let table: [(name: Bytes, option: Options)] = [
            ("bashdefault", .bashdefault), ("default", .default), ("dirnames", .dirnames), ("filenames", .filenames),
            ("noquote", .noquote), ("nosort", .nosort), ("nospace", .nospace), ("plusdirs", .plusdirs),
        ]
    }

    package var actions: Actions = []
    package var options: Options = []
    /// `-G`: a pattern for file names.
    package var glob: Bytes?
    /// `-W`: words, expanded when they are wanted.
    package var words: Bytes?
    package var prefix: Bytes?
    package var suffix: Bytes?
    /// `-X`: a pattern for what is left out; with a `!` before it, for what stays.
    package var filter: Bytes?
    package var function: Bytes?
    package var command: Bytes?

    package init() {}

    /// The command that would make it again, without the names of commands.
    package var source: Bytes {
        var text: Bytes = "complete "
        for (name, option) in Options.table where options.contains(option) { text.append("-o " + name + " ") }
        for (_, letter, action) in Actions.table where letter != 0 && actions.contains(action) {
            text.append("-")
            text.append(letter)
            text.append(" ")
        }
        for (name, letter, action) in Actions.table where letter == 0 && actions.contains(action) {
            text.append("-A " + name + " ")
        }
        let arguments: [(StaticString, Bytes?)] = [
            ("-G ", glob), ("-W ", words), ("-P ", prefix), ("-S ", suffix), ("-X ", filter), ("-C ", command),
        ]
        for (option, value) in arguments {
            guard let value else { continue }
            text.append(option)
            text.append("'" + value.replacing("'", with: "'\\''") + "' ")
        }
        if let function { text.append("-F " + Quoting.shell(function) + " ") }
        return text
    }
}

/// What a specification is for.
package enum CompletionKey: Hashable, Sendable {
    case command(Bytes)
    /// `-E`: an empty line.
    case empty
    /// `-D`: commands that have none.
    case `default`
    /// `-I`: the first word.
    case initial

    /// As an operand of `complete`.
    var operand: Bytes {
        switch self {
        case .command(let name): Quoting.shell(name)
        case .empty: "-E"
        case .default: "-D"
        case .initial: "-I"
        }
    }
}

/// The completion that runs now, for `compopt`.
package struct CompletionState: Sendable {
    package var options: CompletionSpec.Options
    /// The word has quotes. A function that hands it on to `compgen`, quoted as `printf %q` does, means it without either.
    var hasQuotes = false
}
