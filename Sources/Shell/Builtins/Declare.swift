import Bytes
import Syntax

/// `declare`, `typeset` and `local`.
extension Builtin {
    private static let attributeText: Bytes = """
        -a  an indexed array: its elements have numbers
        -A  an associative array: its elements have keys, and keep the order in which they were added
        -i  an integer: what is assigned is evaluated, and += adds
        -l  what is assigned becomes lower case
        -u  what is assigned becomes upper case
        -c  what is assigned gets a capital at the beginning
        -n  a reference: the value is the name of the variable that is meant by this one
        -r  read only
        -t  traced: a function has the DEBUG and RETURN traps of its caller; nothing for variables
        -x  exported
        A + instead of the - takes an attribute away.
        """

    static let declare = Builtin(
        name: "declare", kind: .extension,
        synopsis: "declare [-aAcgiIlnrtux] [name[=value]…]\ndeclare -p [-aAcilnrtux] [name…]\ndeclare -f|-F [name…]",
        summary: "Give variables attributes and values, or print them.",
        details: "In a function the variables are the function's own, unless there is a -g.\n\n" + attributeText + """

            -g  in a function: the variables outside of it
            -I  in a function: the new variable begins with the value and the attributes that the name had
            -p  print the variables, or those with the attributes, as commands that can be read back
            -f  print functions
            -F  print the names of functions
            """,
        examples: """
            declare -A price=([tea]=3 [milk]=1)
            declare -r limit=10
            """,
        completes: .declarations,
        run: { (sh, args) throws(Unwind) in try declareVariables(sh, args, isLocal: false) })

    static let typeset = Builtin(
        name: "typeset", kind: .extension,
        synopsis: "typeset [-aAcgiIlnrtux] [name[=value]…]\ntypeset -p [-aAcilnrtux] [name…]\ntypeset -f|-F [name…]",
        summary: "Give variables attributes and values, or print them: another name of declare.",
        details: declare.details,
        completes: .declarations,
        run: { (sh, args) throws(Unwind) in try declareVariables(sh, args, isLocal: false) })

    static let local = Builtin(
        name: "local", kind: .extension, synopsis: "local [-aAciIlnprtux] [name[=value]…]\nlocal -",
        summary: "Give a function variables of its own, until it returns.",
        details: """
            A local variable without a value is unset. Functions that are called from it see it (dynamic scope). Without \
            operands the function's variables are printed. A - makes the options of set the function's own.


            """ + attributeText + """

                -I  the new variable begins with the value and the attributes that the name had
                -p  print the variables as commands that can be read back
                """,
        examples: "f() { local IFS=: part; for part in $PATH; do echo \"$part\"; done; }",
        completes: .declarations,
        run: { (sh, args) throws(Unwind) in
            guard sh.functionDepth > 0, !sh.localScopes.isEmpty else {
                return sh.fail(args[0], "can only be used in a function")
            }
            return try declareVariables(sh, args, isLocal: true)
        })

    private static func declareVariables(
        _ sh: Interpreter, _ args: Arguments, isLocal: Bool
    ) throws(Unwind) -> Int32 {
        guard let options = DeclarationOptions(args, isLocal ? "aAciIlnprtux" : "aAcfFgiIlnprtux", sh) else { return 2 }
        if options.functions || options.functionNames { return declareFunctions(sh, args, options) }
        if options.operands == args.count {
            if isLocal {
                printLocals(sh)
            } else {
                printVariables(sh, options, asCommands: options.prints || !options.added.isEmpty)
            }
            return 0
        }
        if options.prints { return printNamed(sh, args, options) }
        var status: Int32 = 0
        for index in options.operands..<args.count {
            if isLocal && args[index] == "-" {
                sh.makeOptionsLocal()
            } else if try !sh.declare(args, index, options, isLocal: !options.isGlobal) {
                status = 1
            }
        }
        return status
    }

    /// The variables with one of the attributes, or all.
    private static func printVariables(_ sh: Interpreter, _ options: DeclarationOptions, asCommands: Bool) {
        var names: [(name: Bytes, id: NameID)] = []
        sh.context.variables.forEach { id, variable in
            if options.added.isEmpty || !variable.attributes.isDisjoint(with: options.added) {
                names.append((NameTable.name(of: id), id))
            }
        }
        names.sort { $0.name < $1.name }
        for (_, id) in names { sh.write(asCommands ? sh.declaration(id) + "\n" : sh.assignmentLine(id)) }
        if !asCommands { printFunctions(sh, sh.context.functions.all) }
    }

    private static func printLocals(_ sh: Interpreter) {
        let ids = sh.localScopes.last?.map(\.id) ?? []
        for id in ids.sorted(by: { NameTable.name(of: $0) < NameTable.name(of: $1) }) {
            sh.write(sh.declaration(id) + "\n")
        }
    }

    private static func printNamed(_ sh: Interpreter, _ args: Arguments, _ options: DeclarationOptions) -> Int32 {
        var status: Int32 = 0
        for name in args.dropFirst(options.operands) {
            guard let id = NameTable.lookup(name), sh.isKnown(id) || sh.isLocal(id) else {
                status = sh.fail(args[0], name, "not found")
                continue
            }
            sh.write(sh.declaration(id) + "\n")
        }
        return status
    }

    private static func declareFunctions(
        _ sh: Interpreter, _ args: Arguments, _ options: DeclarationOptions
    ) -> Int32 {
        if options.operands == args.count {
            let functions = sh.context.functions.all.sorted { $0.definition.name < $1.definition.name }
            if options.functionNames {
                for function in functions where options.added.isSubset(of: sh.attributes(of: function)) {
                    sh.write(declaration(of: function, sh))
                }
            } else if options.added.isEmpty {
                printFunctions(sh, functions)
            } else {
                printMarkedFunctions(sh, options.added)
            }
            return 0
        }
        var status: Int32 = 0
        for name in args.dropFirst(options.operands) {
            guard let function = sh.context.functions[name] else {
                status = 1
                continue
            }
            let marks = options.added.intersection(.ofFunctions)
            if !marks.isEmpty && !options.functionNames {
                sh.mark(functionNamed: name, marks)
            } else if options.functionNames {
                var line = options.prints ? declaration(of: function, sh) : name + "\n"
                if sh.has(ShoptOptions.extdebug) {
                    line.removeLast()
                    line.append(" ")
                    line.append(decimal: function.definition.position.line)
                    line.append(" " + CallFrame.shown(function.sourceName) + "\n")
                }
                sh.write(line)
            } else {
                printFunctions(sh, [function])
            }
        }
        return status
    }

    /// The functions with an attribute, each with a line that gives it the attribute again.
    static func printMarkedFunctions(_ sh: Interpreter, _ attributes: Variable.Attributes) {
        for function in sh.context.functions.all.sorted(by: { $0.definition.name < $1.definition.name })
        where attributes.isSubset(of: sh.attributes(of: function)) {
            printFunctions(sh, [function])
            sh.write(declaration(of: function, sh))
        }
    }

    /// `declare -fx name`
    private static func declaration(of function: Function, _ sh: Interpreter) -> Bytes {
        var letters: Bytes = "f"
        let attributes = sh.attributes(of: function)
        for (attribute, letter) in Variable.Attributes.letters where attributes.contains(attribute) {
            letters.append(letter)
        }
        return "declare -" + letters + " " + function.definition.name + "\n"
    }

    static func printFunctions(_ sh: Interpreter, _ functions: [Function]) {
        for function in functions.sorted(by: { $0.definition.name < $1.definition.name }) {
            sh.write(Printer.bashSource(of: function.definition))
        }
    }
}

extension Interpreter {
    /// The variable has a value or an attribute of its own.
    func isKnown(_ id: NameID) -> Bool {
        !context.variables.attributes(id).subtracting(.ofTheName).isEmpty
    }

    /// Some function that runs has a variable of that name of its own, though it be unset.
    fileprivate func isLocal(_ id: NameID) -> Bool { localScopes.contains { $0.contains { $0.id == id } } }

    /// `name=value`, as `set` prints it; nothing for a variable without a value.
    func assignmentLine(_ id: NameID) -> Bytes {
        let variable = context.variables[id]
        guard variable.isSet else { return Bytes() }
        let name = NameTable.name(of: id)
        if isArray(id) { return name + "=" + arraySource(id) + "\n" }
        let text = variable.attributes.contains(.reference) ? variable.value : value(id) ?? Bytes()
        if text.isEmpty { return name + "=\n" }
        return name + "=" + (has(.posix) ? Quoting.shell(text) : Quoting.listed(text)) + "\n"
    }

    /// The options of `set` are put back when the function that runs returns.
    func makeOptionsLocal() {
        guard !frames.isEmpty, frames[frames.count - 1].savedOptions == nil else { return }
        frames[frames.count - 1].savedOptions = context.options
    }

    /// Whether a function of that name may be defined, with the message printed if it may not.
    func mayDefine(_ id: NameID) throws(Unwind) -> Bool {
        guard let attributes = context.functionAttributes[id] else { return true }
        if attributes.contains(.exported) { context.environment = nil }
        guard attributes.contains(.readonly) else { return true }
        report(NameTable.name(of: id) + ": is a read-only function")
        try checkErrexit(1)
        return false
    }

    func attributes(of function: Function) -> Variable.Attributes {
        context.functionAttributes[NameTable.intern(function.definition.name)] ?? []
    }

    /// Exports functions, or makes them read only.
    func mark(functionNamed name: Bytes, _ attributes: Variable.Attributes) {
        let id = NameTable.intern(name)
        context.functionAttributes[id, default: []].formUnion(attributes.intersection(.ofFunctions))
        context.environment = nil
        synchronize()
    }
}
