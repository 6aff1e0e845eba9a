import Bytes

extension Builtin {
    static let alias = Builtin(
        name: "alias", kind: .regular, synopsis: "alias [-p] [name[=text]…]",
        summary: "Define or show aliases.",
        details: """
            Where a command name is read that is an alias, its text is read in its place. Without operands all aliases are \
            shown, in a form that defines them again (with -p as commands). A text that ends in a blank makes the next word \
            an alias, too, if it is one. An alias takes effect with the next line that is read.
            """,
        examples: "alias ll='ls -l' gs='git status'",
        completes: .names(.alias), run: Alias.run)

    static let unalias = Builtin(
        name: "unalias", kind: .regular, synopsis: "unalias name…\nunalias -a",
        summary: "Remove aliases.",
        details: "-a  removes all of them", completes: .names(.alias), run: Alias.runUnalias)
}

enum Alias {
    static func run(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        var options = BuiltinOptions(args, "p")
        var isCommand = false
        while options.next(sh) != nil { isCommand = true }
        if let status = options.failure { return status }
        if options.operands == args.count {
            for (name, text) in sh.context.aliases.sorted(by: { $0.key < $1.key }) { show(name, text, isCommand, sh) }
            return 0
        }
        defer { sh.synchronize() }
        var status: Int32 = 0
        for operand in args[options.operands...] {
            // An equals sign at the start belongs to a name.
            if let equals = operand.find(UInt8(ascii: "="), from: 1) {
                let name = operand[0..<equals]
                if isName(name) {
                    sh.context.aliases[name] = operand.suffix(from: equals + 1)
                } else {
                    status = sh.fail(args[0], name, "not a valid name of an alias")
                }
            } else if let text = sh.context.aliases[operand] {
                show(operand, text, isCommand, sh)
            } else {
                status = sh.fail(args[0], operand, "not found")
            }
        }
        return status
    }

    static func runUnalias(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        var options = BuiltinOptions(args, "a")
        var removesAll = false
        while options.next(sh) != nil { removesAll = true }
        if let status = options.failure { return status }
        guard removesAll || options.operands < args.count else { return sh.usage(args[0]) }
        defer { sh.synchronize() }
        if removesAll { sh.context.aliases = [:] }
        var status: Int32 = 0
        for name in args[options.operands...] where sh.context.aliases.removeValue(forKey: name) == nil && !removesAll {
            status = sh.fail(args[0], name, "not found")
        }
        return status
    }

    /// A word that the lexer can read as one, whole: no byte that quotes, expands or separates.
    private static func isName(_ name: Bytes) -> Bool {
        !name.isEmpty && name.allSatisfy { $0 > 0x20 && $0 != 0x7F && !Bytes("\"'\\$`=|&;()<>/").contains($0) }
    }

    private static func show(_ name: Bytes, _ text: Bytes, _ isCommand: Bool, _ sh: Interpreter) {
        sh.write(definition(name, text, isCommand: isCommand) + "\n")
    }

    /// `name='text'`, which can be read again.
    static func definition(_ name: Bytes, _ text: Bytes, isCommand: Bool) -> Bytes {
        var result: Bytes = isCommand ? "alias " : ""
        if isCommand && name.first == UInt8(ascii: "-") { result.append("-- ") }
        result.append(name)
        result.append("='")
        result.append(text.replacing("'", with: "'\\''"))
        result.append("'")
        return result
    }
}
