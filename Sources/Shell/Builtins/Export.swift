import Bytes
import Syntax

/// `export`, `readonly`, `unset`, `local`: variables and their attributes.
extension Builtin {
    static let export = Builtin(
        name: "export", kind: .special, synopsis: "export [-n] name[=value]…\nexport -p",
        summary: "Give variables to the environment of commands.",
        details: "-n  take them from it again\n-p  print all exported variables as commands that can be read back",
        run: { (sh, args) throws(Unwind) in try mark(sh, args, .exported) })

    static let readonly = Builtin(
        name: "readonly", kind: .special, synopsis: "readonly name[=value]…\nreadonly -p",
        summary: "Let variables never change again.",
        details: "-p  print all such variables as commands that can be read back",
        run: { (sh, args) throws(Unwind) in try mark(sh, args, .readonly) })

    private static func mark(
        _ sh: Interpreter, _ args: Arguments, _ attribute: Variable.Attributes
    ) throws(Unwind) -> Int32 {
        var index = 1
        var removes = false
        var prints = args.count == 1
        while index < args.count, args[index].count > 1, args[index][0] == UInt8(ascii: "-") {
            let option = args[index]
            index += 1
            if option == "--" { break }
            switch option {
            case "-p": prints = true
            case "-n" where attribute == .exported: removes = true
            default:
                throw sh.fatal(args[0] + ": " + option + ": no such option", status: 2)
            }
        }
        if index == args.count && (prints || index > 1) {
            printMarked(sh, args[0], attribute)
            return 0
        }
        for operand in args.dropFirst(index) {
            let equals = operand.find(UInt8(ascii: "="))
            let name = equals.map { operand[0..<$0] } ?? operand
            guard Names.isName(name) else {
                throw sh.fatal(args[0] + ": " + Quoting.shell(name) + ": not a name")
            }
            let id = NameTable.intern(name)
            if let equals {
                guard sh.set(id, operand[(equals + 1)..<operand.count]) else {
                    sh.context.status = 1
                    throw .error
                }
            }
            if removes {
                sh.context.variables[id].attributes.remove(attribute)
            } else {
                sh.context.variables[id].attributes.insert(attribute)
            }
            if attribute == .exported { sh.context.environment = nil }
        }
        return 0
    }

    private static func printMarked(_ sh: Interpreter, _ command: Bytes, _ attribute: Variable.Attributes) {
        var lines: [Bytes] = []
        sh.context.variables.forEach { id, variable in
            guard variable.attributes.contains(attribute) else { return }
            var line = command
            line.append(" ")
            line.append(NameTable.name(of: id))
            if variable.isSet {
                line.append("=")
                line.append(Quoting.shell(variable.value))
            }
            line.append("\n")
            lines.append(line)
        }
        for line in lines.sorted() { sh.write(line) }
    }

    static let local = Builtin(
        name: "local", kind: .extension, synopsis: "local [name[=value]…]",
        summary: "Give a function variables of its own, until it returns.",
        details: "A local variable without a value is unset. Functions that are called from it see it (dynamic scope).",
        run: { (sh, args) throws(Unwind) in
            guard sh.functionDepth > 0, !sh.localScopes.isEmpty else {
                return sh.fail(args[0], "can only be used in a function")
            }
            let level = sh.localScopes.count - 1
            for operand in args.dropFirst() where operand != "--" {
                let equals = operand.find(UInt8(ascii: "="))
                let name = equals.map { operand[0..<$0] } ?? operand
                guard Names.isName(name) else { return sh.fail(args[0], Quoting.shell(name) + ": not a name") }
                let id = NameTable.intern(name)
                if sh.context.variables[id].attributes.contains(.readonly) {
                    return sh.fail(args[0], name + ": is read only")
                }
                if !sh.localScopes[level].contains(where: { $0.id == id }) {
                    sh.localScopes[level].append((id, sh.context.variables[id]))
                    if equals == nil { _ = sh.unset(id) }
                }
                if let equals, !sh.set(id, operand[(equals + 1)..<operand.count]) { return 1 }
            }
            return 0
        })
}
