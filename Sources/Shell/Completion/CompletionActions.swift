import Bytes
import Platform
import Syntax

/// The sources of candidates that have names.
extension Interpreter {
    /// The candidates of `actions` for a word of which `text` is the part that was typed, without quotes.
    func candidates(of actions: CompletionSpec.Actions, _ text: Bytes) -> [Bytes] {
        var found: [Bytes] = []
        for (_, _, action) in CompletionSpec.Actions.table where actions.contains(action) {
            switch action {
            // These come last, in this order.
            case .command, .file, .user, .group, .service, .directory: break
            default: found += names(of: action).filter { $0.hasPrefix(text) }
            }
        }
        if actions.contains(.command) { found += commandNames(text) }
        if actions.contains(.file) { found += fileNames(text, directoriesOnly: false) }
        if actions.contains(.user) { found += userNames(text) }
        if actions.contains(.group) { found += databaseNames("/etc/group", ":", text) }
        if actions.contains(.service) { found += serviceNames(text) }
        if actions.contains(.directory) { found += fileNames(text, directoriesOnly: true) }
        return found
    }

    /// All names of one kind.
    private func names(of action: CompletionSpec.Actions) -> [Bytes] {
        switch action {
        case .alias: return context.aliases.keys.sorted()
        case .arrayvar: return variableNames { !$0.isDisjoint(with: .anyArray) }
        case .binding: return editorFunctions?() ?? []
        case .builtin: return builtins.map(\.name)
        case .helptopic: return builtins.map(\.name) + GrammarTopic.all.flatMap(\.names)
        case .disabled: return context.disabledBuiltins.sorted()
        case .enabled: return builtins.map(\.name).filter { !context.disabledBuiltins.contains($0) }
        case .export: return variableNames { $0.contains(.exported) }
        case .function: return context.functions.all.map(\.definition.name).sorted()
        case .hostname: return hostNames
        case .job: return jobNames { _ in true }
        case .running: return jobNames { !$0.isStopped && !$0.hasEnded }
        case .stopped: return jobNames(\.isStopped)
        case .keyword: return Interpreter.reservedWords.sorted()
        case .setopt: return namedOptions.map(\.name)
        case .shopt: return ShoptOptions.table.map(\.name)
        case .signal: return signalNames
        case .variable: return variableNames { _ in true }
        default: return []
        }
    }

    /// The names of the variables that are set and have such attributes, sorted.
    func variableNames(_ accepts: (Variable.Attributes) -> Bool) -> [Bytes] {
        var names: [Bytes] = []
        context.variables.forEach { id, variable in
            if variable.isSet, accepts(variable.attributes) { names.append(NameTable.name(of: id)) }
        }
        return names.sorted()
    }

    var signalNames: [Bytes] {
        ["EXIT"] + Signals.all.compactMap(Signals.name(of:)).map { "SIG" + $0 } + ["DEBUG", "ERR", "RETURN"]
    }

    private func jobNames(_ accepts: (ShellJob) -> Bool) -> [Bytes] {
        jobs.update()
        return jobs.jobs.filter(accepts).map { $0.command.split(on: UInt8(ascii: " "))[0] }
    }

    /// What can stand where a command's name is: aliases, reserved words, functions, built-ins, and the programs in PATH.
    func commandNames(_ text: Bytes) -> [Bytes] {
        if text.contains(UInt8(ascii: "/")) || text.first == UInt8(ascii: "~") { return programs(text) }
        var found: [Bytes] = []
        if has(ShoptOptions.expandAliases) { found += context.aliases.keys.sorted() }
        found += Interpreter.reservedWords.sorted()
        found += context.functions.all.map(\.definition.name)
        found += builtins.map(\.name).filter { !context.disabledBuiltins.contains($0) }
        return found.filter { fileNameRules.matches($0, text) } + programsInPath(text)
    }

    func programsInPath(_ prefix: Bytes) -> [Bytes] {
        guard let path = value(NameTable.path) else { return [] }
        return programNames.names(in: path, at: context.workingDirectory.descriptor) {
            fileNameRules.matches($0, prefix)
        }
    }

    func userNames(_ text: Bytes) -> [Bytes] { databaseNames("/etc/passwd", ":", text) }

    /// The first fields of the lines of a file.
    private func databaseNames(_ path: Bytes, _ separator: Unicode.Scalar, _ prefix: Bytes) -> [Bytes] {
        guard let file = try? System.readFile(path) else { return [] }
        var names: [Bytes] = []
        for line in file.split(on: UInt8(ascii: "\n")) where line.hasPrefix(prefix) {
            guard let end = line.find(UInt8(ascii: separator)), end > 0, end >= prefix.count else { continue }
            names.append(line[0..<end])
        }
        return names
    }

    private func serviceNames(_ prefix: Bytes) -> [Bytes] {
        guard let file = try? System.readFile("/etc/services") else { return [] }
        var names: [Bytes] = []
        for line in file.split(on: UInt8(ascii: "\n")) {
            let fields = Interpreter.fields(of: line)
            guard fields.count > 1, let name = fields.first, name.hasPrefix(prefix), name != names.last else {
                continue
            }
            names.append(name)
        }
        return names
    }

    /// The hosts of HOSTFILE, or of /etc/hosts.
    var hostNames: [Bytes] {
        guard let file = try? System.readFile(variable("HOSTFILE") ?? "/etc/hosts") else { return [] }
        var names: [Bytes] = []
        for line in file.split(on: UInt8(ascii: "\n")) {
            let fields = Interpreter.fields(of: line)
            for name in fields.dropFirst(fields.count > 1 ? 1 : 0) where !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// The words of a line up to a comment.
    private static func fields(of line: Bytes) -> [Bytes] {
        let text = line.find(UInt8(ascii: "#")).map { line[0..<$0] } ?? line
        return text.replacing("\t", with: " ").split(on: UInt8(ascii: " ")).filter { !$0.isEmpty }
    }
}
