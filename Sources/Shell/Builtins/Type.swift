import Bytes
import Syntax

extension Builtin {
    static let type = Builtin(
        name: "type", kind: .regular, synopsis: "type [-tpP] name…",
        summary: "Say what a command name would run.",
        details: """
            -t  only a word: alias, keyword, function, builtin or file
            -p  only the path, and only if the name would run a file
            -P  the path of the file in PATH, even if the name would run something else

            The status is 1 if a name means nothing.
            """, run: Type.run)

    static let hash = Builtin(
        name: "hash", kind: .regular, synopsis: "hash [name…]\nhash -r",
        summary: "Show or renew the remembered places of commands.",
        details: """
            The shell remembers where in PATH it found a command, until PATH is assigned to. With names, their places are \
            searched for anew and remembered.

            -r  forget all places
            """, run: Type.runHash)
}

enum Type {
    static func run(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        var options = BuiltinOptions(args, "tpP")
        var form: UInt8 = 0
        while let option = options.next(sh) { form = option }
        if let status = options.failure { return status }
        var status: Int32 = 0
        for name in args[options.operands...] {
            switch form {
            case UInt8(ascii: "P"):
                guard let path = sh.findExecutable(name) else {
                    status = 1
                    continue
                }
                sh.write(path + "\n")
            case 0:
                if !sh.describe(name, isVerbose: true) { status = sh.fail(args[0], name, "not found") }
            default:
                guard let kind = sh.findCommand(name) else {
                    status = 1
                    continue
                }
                if form == UInt8(ascii: "t") {
                    sh.write(word(kind) + "\n")
                } else if case .external(let path) = kind {
                    sh.write(path + "\n")
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
        var options = BuiltinOptions(args, "r")
        var forgets = false
        while options.next(sh) != nil { forgets = true }
        if let status = options.failure { return status }
        if forgets { sh.context.commandPaths = [:] }
        if options.operands == args.count && !forgets {
            for path in sh.context.commandPaths.values.sorted() { sh.write(path + "\n") }
            return 0
        }
        var status: Int32 = 0
        for name in args[options.operands...] {
            // Functions and built-ins have no place; a name with a slash is one.
            if name.contains(UInt8(ascii: "/")) { continue }
            if case .external = sh.meaning(of: name) {
                sh.context.commandPaths[name] = nil
                if sh.findExecutable(name) == nil { status = sh.fail(args[0], name, "not found") }
            }
        }
        return status
    }
}

extension Interpreter {
    /// Writes what `name` would run, as `command -v` does or, in words, as `command -V` and `type`. False, with nothing
    /// written, if it means nothing.
    func describe(_ name: Bytes, isVerbose: Bool) -> Bool {
        guard let kind = findCommand(name) else { return false }
        var text = isVerbose ? name : Bytes()
        switch kind {
        case .alias(let value):
            if isVerbose {
                text.append(" is an alias for ")
                text.append(value)
            } else {
                text = Alias.definition(name, value, isCommand: true)
            }
        case .external(let path):
            if isVerbose { text.append(" is ") }
            text.append(absolutePath(path))
        case .reserved: text.append(isVerbose ? " is a shell keyword" : name)
        case .special: text.append(isVerbose ? " is a special shell builtin" : name)
        case .builtin: text.append(isVerbose ? " is a shell builtin" : name)
        case .function(let function):
            guard isVerbose else {
                text = name
                break
            }
            text.append(" is a function\n")
            text.append(Printer.source(of: .function(function.definition)))
            if text.last == UInt8(ascii: "\n") { text.removeLast() }
        }
        text.append("\n")
        write(text)
        return true
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
