import Bytes

/// What the operands of built-ins are where the words before decide.
extension OperandCompletion {
    /// `export`, `declare` and their kin: variables; functions after -f.
    static let declarations = OperandCompletion.by { _, query in
        .names(query.hasOption(UInt8(ascii: "f")) || query.hasOption(UInt8(ascii: "F")) ? .function : .variable)
    }

    /// `unset`: variables, functions after -f.
    static let unsettable = OperandCompletion.by { _, query in
        if query.hasOption(UInt8(ascii: "f")) { return .names(.function) }
        return .names(query.hasOption(UInt8(ascii: "v")) ? .variable : [.variable, .function])
    }

    /// `read` and `mapfile`.
    static func variables(except letters: Bytes) -> OperandCompletion {
        .by { _, query in
            guard let last = query.previous.last, query.previous.first == UInt8(ascii: "-"), letters.contains(last)
            else {
                return .names(.variable)
            }
            return .files
        }
    }

    /// `set -o` and its operands.
    static let setOptions = OperandCompletion.by { sh, query in
        if query.previous == "-o" || query.previous == "+o" { return .names(.setopt) }
        return .files
    }

    static let shoptNames = OperandCompletion.by { _, query in
        .names(query.hasOption(UInt8(ascii: "o")) ? .setopt : .shopt)
    }

    /// `kill`: a signal as an option or after -s, jobs.
    static let killTargets = OperandCompletion.by { sh, query in
        if query.text.first == UInt8(ascii: "-") {
            return .candidates(sh.signalCandidates.dropFirst().map { Candidate("-" + $0.text, $0.description) })
        }
        if query.previous == "-s" || query.previous == "-n" || query.previous == "-l" { return .signals }
        return .candidates(sh.jobCandidates + sh.processCandidates)
    }

    /// `wait`, `disown`: jobs and their processes.
    static let ownProcesses = OperandCompletion.by { sh, _ in
        .candidates(
            sh.jobCandidates
                + sh.jobs.jobs.filter { !$0.hasEnded }.map { Candidate(Bytes(decimal: $0.lastProcess), $0.command) })
    }

    /// `trap`: the action, then conditions.
    static let trapConditions = OperandCompletion.by { sh, query in
        guard query.operandCount > 0 || query.words.contains("-") || query.words.contains("-p") else {
            return .commands
        }
        return .candidates(
            sh.signalCandidates + [
                Candidate("ERR", "a command has failed"), Candidate("DEBUG", "before each command"),
                Candidate("RETURN", "the end of a function or of a script"),
            ])
    }

    /// `complete`, `compgen`, `compopt`: what the option before takes.
    static let completionOperands = OperandCompletion.by { _, query in
        switch query.previous {
        case "-A": return .candidates(CompletionSpec.Actions.table.map { Candidate($0.name) })
        case "-o", "+o": return .candidates(CompletionSpec.Options.table.map { Candidate($0.name) })
        case "-F": return .names(.function)
        case "-C": return .names(.command)
        default: return query.words.first == "compgen" ? .files : .names(.command)
        }
    }

    /// `bind`-like names come from the line editor.
    static let editorFunctions = OperandCompletion.names(.binding)

    /// `enable`: built-ins, after -n those that are on.
    static let enableNames = OperandCompletion.by { _, query in
        .names(query.hasOption(UInt8(ascii: "n")) ? .enabled : .builtin)
    }

    /// `umask` and `ulimit` take numbers, `exit` and its kin too.
    static let numbers = OperandCompletion.nothing
}
