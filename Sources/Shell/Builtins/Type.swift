import Bytes
import Syntax

extension Builtin {
    static let type = Builtin(
        name: "type", kind: .regular, synopsis: "type [-aftpP] name…",
        summary: "Say what a command name would run.",
        details: """
            -a  all that it could mean, in the order in which the shell looks
            -f  functions are passed by
            -t  only a word: alias, keyword, function, builtin or file
            -p  only the path, and only if the name would run a file
            -P  the path of the file in PATH, even if the name would run something else

            The status is 1 if a name means nothing.
            """,
        examples: "type -a echo",
        completes: .names(.command), run: Type.run)

    static let hash = Builtin(
        name: "hash", kind: .regular, synopsis: "hash [-lr] [-p path] [-dt] [name…]",
        summary: "Show or renew the remembered places of commands.",
        details: """
            The shell remembers where in PATH it found a command, until PATH is assigned to. With names, their places are \
            searched for anew and remembered.

            -r  forget all places
            -d  forget the places of the names
            -l  show the places as commands that can be read back
            -p  the place of the name is this path
            -t  show the places of the names
            """,
        examples: "hash -r",
        completes: .names(.command), run: Type.runHash)
}

enum Type {
    static func run(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        var options = BuiltinOptions(args, "aftpP")
        var form: UInt8 = 0
        var (showsAll, skipsFunctions) = (false, false)
        while let option = options.next(sh) {
            switch option {
            case UInt8(ascii: "a"): showsAll = true
            case UInt8(ascii: "f"): skipsFunctions = true
            default: form = option
            }
        }
        if let status = options.failure { return status }
        var status: Int32 = 0
        for name in args[options.operands...] {
            var kinds = sh.findCommands(name, all: showsAll || skipsFunctions)
            if skipsFunctions {
                kinds.removeAll { if case .function = $0 { true } else { false } }
            }
            if form == UInt8(ascii: "P") || form == UInt8(ascii: "p") && showsAll {
                let paths = sh.findExecutables(name, all: showsAll)
                if paths.isEmpty { status = 1 }
                for path in paths { sh.write(path + "\n") }
                continue
            }
            if kinds.isEmpty { status = form == 0 ? sh.fail(args[0], name, "not found") : 1 }
            for kind in showsAll ? kinds[...] : kinds.prefix(1) {
                switch form {
                case 0: sh.describe(name, kind, isVerbose: true)
                case UInt8(ascii: "t"): sh.write(word(kind) + "\n")
                default: if case .external(let path) = kind { sh.write(path + "\n") }
                }
            }
        }
        return status
    }

    private static func word(_ kind: Interpreter.CommandKind) -> Bytes {
        switch kind {
        case .alias: return "alias"
        case .reserved: return "keyword"
        case .function: return "function"
        case .special, .builtin: return "builtin"
        case .external: return "file"
        }
    }

    static func runHash(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        var options = BuiltinOptions(args, "rdltp:")
        var (forgets, removes, isCommand, shows) = (false, false, false, false)
        var path: Bytes?
        while let option = options.next(sh) {
            switch option {
            case UInt8(ascii: "r"): forgets = true
            case UInt8(ascii: "d"): removes = true
            case UInt8(ascii: "l"): isCommand = true
            case UInt8(ascii: "t"): shows = true
            default: path = options.argument
            }
        }
        if let status = options.failure { return status }
        if forgets { (sh.context.commandPaths, sh.context.commandUses) = ([:], [:]) }
        let names = args[options.operands...]
        if names.isEmpty {
            if shows || removes || path != nil { return sh.usage(args[0]) }
            if forgets { return 0 }
            list(sh, asCommands: isCommand)
            return 0
        }
        var status: Int32 = 0
        for name in names {
            if let path {
                sh.context.commandPaths[name] = path
                sh.context.commandUses[name] = 0
            } else if removes {
                sh.context.commandUses[name] = nil
                if sh.context.commandPaths.removeValue(forKey: name) == nil {
                    status = sh.fail(args[0], name, "not found")
                }
            } else if shows {
                guard let path = sh.context.commandPaths[name] else {
                    status = sh.fail(args[0], name, "not found")
                    continue
                }
                let start = names.count > 1 && !isCommand ? name + "\t" : Bytes()
                sh.write(start + (isCommand ? command(name, path) : path) + "\n")
            } else if !name.contains(UInt8(ascii: "/")), case .external = sh.meaning(of: name) {
                // Functions and built-ins have no place; a name with a slash is one.
                sh.context.commandPaths[name] = nil
                sh.context.commandUses[name] = nil
                if sh.findExecutable(name) == nil { status = sh.fail(args[0], name, "not found") }
            }
        }
        return status
    }

    private static func list(_ sh: Interpreter, asCommands: Bool) {
        let places = sh.context.commandPaths
        if places.isEmpty { return }
        if !asCommands { sh.write("hits\tcommand\n" as Bytes) }
        // By the chains of a table of 256, as in bash.
        let order = places.keys.map { (chain: AssociativeArray.hash($0) & 255, name: $0) }
        for (_, name) in order.sorted(by: { $0.chain != $1.chain ? $0.chain < $1.chain : $0.name < $1.name }) {
            let path = places[name] ?? name
            if asCommands {
                sh.write(command(name, path) + "\n")
            } else {
                let uses = Bytes(decimal: sh.context.commandUses[name] ?? 0)
                sh.write(Bytes(repeating: UInt8(ascii: " "), count: max(0, 4 - uses.count)) + uses + "\t" + path + "\n")
            }
        }
    }

    private static func command(_ name: Bytes, _ path: Bytes) -> Bytes {
        "builtin hash -p " + Quoting.shell(path) + " " + Quoting.shell(name)
    }
}

extension Interpreter {
    /// Writes what `name` would run, as `command -v` does or, in words, as `command -V` and `type`. False, with nothing
    /// written, if it means nothing.
    func describe(_ name: Bytes, isVerbose: Bool) -> Bool {
        guard let kind = findCommand(name) ?? toldOfUnexecutable(name) else { return false }
        describe(name, kind, isVerbose: isVerbose)
        return true
    }

    func describe(_ name: Bytes, _ kind: CommandKind, isVerbose: Bool) {
        var text = isVerbose ? name : Bytes()
        switch kind {
        case .alias(let value):
            if isVerbose {
                text.append(has(.posix) ? " is an alias for " + value : " is aliased to `" + value + "'")
            } else {
                text = Alias.definition(name, value, isCommand: true)
            }
        case .external(let path):
            guard isVerbose else {
                text = absolutePath(path)
                break
            }
            let isRemembered = context.commandPaths[name] == path && context.commandUses[name] != nil
            text.append(isRemembered ? " is hashed (" + path + ")" : " is " + absolutePath(path))
        case .reserved: text.append(isVerbose ? " is a shell keyword" : name)
        case .special:
            // Only where the shell keeps to POSIX does it make a difference to bash.
            text.append(!isVerbose ? name : has(.posix) ? " is a special shell builtin" : " is a shell builtin")
        case .builtin: text.append(isVerbose ? " is a shell builtin" : name)
        case .function(let function):
            guard isVerbose else {
                text = name
                break
            }
            text.append(" is a function\n")
            text.append(Printer.bashSource(of: function.definition))
            if text.last == UInt8(ascii: "\n") { text.removeLast() }
        }
        text.append("\n")
        write(text)
    }

    /// All that `name` means, in the order in which the shell looks, or just the first.
    func findCommands(_ name: Bytes, all: Bool) -> [CommandKind] {
        guard all else { return (findCommand(name) ?? toldOfUnexecutable(name)).map { [$0] } ?? [] }
        var kinds: [CommandKind] = []
        if let alias = context.aliases[name] { kinds.append(.alias(alias)) }
        if Interpreter.reservedWords.contains(name) { kinds.append(.reserved) }
        let builtin = context.disabledBuiltins.contains(name) ? nil : builtin(named: name)
        if let builtin, builtin.kind == .special { kinds.append(.special(builtin)) }
        if let function = context.functions[name], !function.hidesBuiltin { kinds.append(.function(function)) }
        if let builtin, builtin.kind != .special { kinds.append(.builtin(builtin)) }
        return kinds + findExecutables(name, all: true).map { .external($0) }
    }

    /// The executable files of that name in PATH, or the first.
    func findExecutables(_ name: Bytes, all: Bool) -> [Bytes] {
        if !all || name.contains(UInt8(ascii: "/")) {
            if let path = findExecutable(name) { return [path] }
            if case .external(let path)? = toldOfUnexecutable(name) { return [path] }
            return []
        }
        return (value(NameTable.path) ?? Bytes()).split(on: UInt8(ascii: ":")).compactMap {
            findExecutable(($0.isEmpty ? "." : $0) + "/" + name)
        }
    }

    /// As in bash, a file in PATH is what a name means even if it cannot be executed, where nothing else is: libraries of
    /// functions are found so. POSIX knows executable files only.
    private func toldOfUnexecutable(_ name: Bytes) -> CommandKind? {
        has(.posix) ? nil : findUnexecutable(name).map { .external($0) }
    }

    /// POSIX wants an absolute path even where PATH has a relative directory.
    private func absolutePath(_ path: Bytes) -> Bytes {
        guard path.first != UInt8(ascii: "/") else { return path }
        var absolute = context.workingDirectory.path
        if absolute.last != UInt8(ascii: "/") { absolute.append("/") }
        absolute.append(path.hasPrefix("./") ? path.dropFirst(2) : path)
        return absolute
    }
}
