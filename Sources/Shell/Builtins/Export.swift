import Bytes
import Syntax

/// `export` and `readonly`: variables and functions for other programs, and for good.
extension Builtin {
    static let export = Builtin(
        name: "export", kind: .special, synopsis: "export [-fn] name[=value]…\nexport -p",
        summary: "Give variables to the environment of commands.",
        details: """
            -f  functions: a shell that the commands start knows them, thresh and bash alike
            -n  take them from it again
            -p  print all exported variables as commands that can be read back

            Arrays have no place in the environment: exporting one is without effect.
            """,
        examples: "export EDITOR=vim",
        completes: .declarations,
        run: { (sh, args) throws(Unwind) in try mark(sh, args, .exported, "fnp") })

    static let readonly = Builtin(
        name: "readonly", kind: .special, synopsis: "readonly [-aAf] name[=value]…\nreadonly -p",
        summary: "Let variables never change again.",
        details: """
            -a  indexed arrays
            -A  associative arrays
            -f  functions
            -p  print all such variables as commands that can be read back
            """,
        examples: "readonly limit=10",
        completes: .declarations,
        run: { (sh, args) throws(Unwind) in try mark(sh, args, .readonly, "aAfp") })

    private static func mark(
        _ sh: Interpreter, _ args: Arguments, _ attribute: Variable.Attributes, _ letters: Bytes
    ) throws(Unwind) -> Int32 {
        var declaration = DeclarationOptions()
        var removes = false
        var options = BuiltinOptions(args, letters)
        while let option = options.next(sh) {
            switch Unicode.Scalar(option) {
            case "n": removes = true
            case "f": declaration.functions = true
            case "p": declaration.prints = true
            case "A": declaration.added.insert(.associative)
            default: declaration.added.insert(.indexed)
            }
        }
        if let status = options.failure {
            sh.context.status = status
            throw .error
        }
        if options.operands == args.count {
            if declaration.functions {
                printMarkedFunctions(sh, attribute)
            } else {
                printMarked(sh, args[0], attribute.union(declaration.added))
            }
            return 0
        }
        if declaration.functions { return markFunctions(sh, args, options.operands, attribute, removes) }
        if removes { declaration.removed = attribute } else { declaration.added.insert(attribute) }
        for index in options.operands..<args.count {
            guard try sh.declare(args, index, declaration, isLocal: false) else {
                sh.context.status = 1
                throw .error
            }
        }
        return 0
    }

    private static func markFunctions(
        _ sh: Interpreter, _ args: Arguments, _ first: Int, _ attribute: Variable.Attributes, _ removes: Bool
    ) -> Int32 {
        var status: Int32 = 0
        for name in args.dropFirst(first) {
            if sh.context.functions[name] == nil {
                status = sh.fail(args[0], name, "not a function")
            } else if removes {
                sh.context.functionAttributes[NameTable.intern(name)]?.remove(attribute)
                sh.context.environment = nil
                sh.synchronize()
            } else {
                sh.mark(functionNamed: name, attribute)
            }
        }
        return status
    }

    private static func printMarked(_ sh: Interpreter, _ command: Bytes, _ attributes: Variable.Attributes) {
        var lines: [Bytes] = []
        sh.context.variables.forEach { id, variable in
            guard variable.attributes.isSuperset(of: attributes) else { return }
            if sh.isArray(id) {
                lines.append(sh.declaration(id) + "\n")
                return
            }
            var line = command
            line.append(" ")
            line.append(NameTable.name(of: id))
            if variable.isSet {
                line.append("=")
                line.append(Quoting.shell(sh.value(id) ?? Bytes()))
            }
            line.append("\n")
            lines.append(line)
        }
        for line in lines.sorted() { sh.write(line) }
    }
}
