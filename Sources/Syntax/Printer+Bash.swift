// Functions as bash shows them, for `declare -f` and `type`: scripts compare that text, cut it, or run it elsewhere. Words and
// expressions are printed by `Printer`; here is the layout of commands, a group's lines indented by four, `;` between them.

import Bytes

extension Printer {
    /// A function's definition in the layout of bash. It ends with a newline.
    package static func bashSource(of function: FunctionDefinition) -> Bytes {
        var printer = BashPrinter()
        printer.print(function, isNested: false)
        return printer.out + "\n"
    }

    /// Commands as bash tells of them outside of functions: in `jobs`, in BASH_COMMAND.
    package static func bashText(of list: List) -> Bytes {
        var printer = BashPrinter()
        printer.isInFunction = false
        printer.print(list)
        printer.flushDocuments()
        return printer.out.last == UInt8(ascii: "\n") ? printer.out.dropLast() : printer.out
    }

    package static func bashText(of command: Command) -> Bytes {
        bashText(of: List([ListItem(first: Pipeline([command]))]))
    }
}

private struct BashPrinter {
    var out = Bytes()
    private var indentation = 0
    private var pending: [HereDocument] = []
    /// Bodies were printed since the last semicolon between two commands: there is none at the next place for one.
    private var hasDocuments = false
    /// Groups are laid out wider in functions.
    var isInFunction = true

    // MARK: Lines

    private mutating func newline() {
        flushDocuments()
        out.append("\n")
        out.append(Bytes(repeating: UInt8(ascii: " "), count: indentation))
    }

    /// The bodies of here-documents whose operators stand on this line.
    mutating func flushDocuments() {
        guard !pending.isEmpty else { return }
        let documents = pending
        pending = []
        hasDocuments = true
        out.append("\n")
        for document in documents {
            let command = SimpleCommand(
                redirections: [Redirection(target: .hereDocument(document), position: .start)], position: .start)
            // All but the line with the operator.
            let text = Printer.oneLine(.simple(command))
            if let end = text.find(UInt8(ascii: "\n")) { out.append(text.suffix(from: end + 1)) }
        }
    }

    private mutating func semicolon() {
        if pending.isEmpty, out.last != UInt8(ascii: "&"), out.last != UInt8(ascii: "\n") {
            out.append(";")
        }
    }

    mutating func print(_ list: List) {
        for (index, item) in list.items.enumerated() {
            print(item.first)
            for part in item.rest {
                out.append(part.isAnd ? " && " : " || ")
                if !pending.isEmpty {
                    flushDocuments()
                    out.append(" ")
                }
                print(part.pipeline)
            }
            if item.isAsynchronous { out.append(" &") }
            guard index < list.items.count - 1 else { continue }
            if item.isAsynchronous && pending.isEmpty {
                out.append(" ")
            } else if !isInFunction && pending.isEmpty && indentation == 0 {
                out.append("; ")
            } else {
                // The bodies of the first command follow its semicolon's place, those of the others come before.
                if index > 0 { flushDocuments() }
                if pending.isEmpty, hasDocuments { hasDocuments = false } else { semicolon() }
                newline()
            }
        }
    }

    /// The lines between two reserved words.
    private mutating func block(_ list: List) {
        indentation += 4
        newline()
        print(list)
        semicolon()
        indentation -= 4
        newline()
    }

    // MARK: Commands

    private mutating func print(_ pipeline: Pipeline) {
        if let timing = pipeline.timing { out.append(timing == .posix ? "time -p " : "time ") }
        if pipeline.isNegated { out.append("! ") }
        for (index, command) in pipeline.commands.enumerated() {
            if index > 0 {
                out.append(pending.isEmpty ? " | " : " |")
                if !pending.isEmpty {
                    flushDocuments()
                    out.append("  ")
                }
            }
            print(command)
        }
    }

    private mutating func print(_ command: Command) {
        switch command {
        case .simple(let simple): print(simple)
        case .function(let function): print(function, isNested: true)
        case .compound(let compound, let redirections, _):
            print(compound)
            print(redirections)
        }
    }

    mutating func print(_ function: FunctionDefinition, isNested: Bool) {
        let outer = isInFunction
        isInFunction = true
        defer { isInFunction = outer }
        if isNested { out.append("function ") }
        out.append(function.name)
        out.append(" () ")
        newline()
        guard case .compound(.braceGroup(let list), let redirections, _) = function.body else {
            group(List([ListItem(first: Pipeline([function.body]))]))
            return
        }
        group(list)
        print(redirections)
    }

    private mutating func group(_ list: List) {
        out.append("{ ")
        guard isInFunction else {
            print(list)
            semicolon()
            out.append(" }")
            return
        }
        indentation += 4
        newline()
        print(list)
        indentation -= 4
        newline()
        out.append("}")
    }

    private mutating func print(_ command: SimpleCommand) {
        var texts = command.assignments.map { assignment in
            var assignment = assignment
            if case .word(let word) = assignment.value { assignment.value = .word(BashPrinter.decoded(word)) }
            return Printer.oneLine(.simple(SimpleCommand(assignments: [assignment], position: .start)))
        }
        texts += command.words.map { Printer.source(of: BashPrinter.decoded($0)) }
        out.append(texts.joined(by: " "))
        print(command.redirections, isFirst: texts.isEmpty)
    }

    /// Bash has forgotten how `$'…'` was written: it shows what it means in single quotes.
    private static func decoded(_ word: Word) -> Word {
        guard word.parts.contains(where: { if case .dollarSingleQuoted = $0 { true } else { false } }) else {
            return word
        }
        var word = word
        word.parts = word.parts.flatMap { part -> [WordPart] in
            guard case .dollarSingleQuoted(let text) = part else { return [part] }
            var parts: [WordPart] = []
            for (index, piece) in text.split(on: UInt8(ascii: "'")).enumerated() {
                if index > 0 { parts.append(.escaped("'")) }
                parts.append(.singleQuoted(piece))
            }
            return parts
        }
        return word
    }

    private mutating func print(_ redirections: [Redirection], isFirst: Bool = false) {
        for (index, redirection) in redirections.enumerated() {
            if index > 0 || !isFirst { out.append(" ") }
            print(redirection)
        }
    }

    private mutating func print(_ redirection: Redirection) {
        if let variable = redirection.variable { out.append("{" + variable + "}") }
        if let descriptor = redirection.descriptor { out.append(decimal: descriptor) }
        switch redirection.target {
        case .file(.duplicateInput, let word) where Printer.source(of: word) == "-":
            // To close is one thing, however it is written.
            if redirection.descriptor == nil && redirection.variable == nil { out.append("0") }
            out.append(">&-")
        case .file(let kind, let word):
            if kind == .readWrite && redirection.descriptor == nil && redirection.variable == nil { out.append("0") }
            let isDuplicate = kind == .duplicateInput || kind == .duplicateOutput
            if isDuplicate && redirection.descriptor == nil && redirection.variable == nil {
                out.append(kind == .duplicateInput ? "0" : "1")
            }
            out.append(kind.text)
            if !isDuplicate { out.append(" ") }
            out.append(Printer.source(of: word))
        case .hereDocument(let document):
            out.append(document.stripsTabs ? "<<-" : "<<")
            out.append(document.isQuoted ? "'" + document.delimiter + "'" : document.delimiter)
            pending.append(document)
        }
    }

    private mutating func print(_ command: CompoundCommand) {
        switch command {
        case .braceGroup(let list): group(list)
        case .always(let list, let cleanup):
            group(list)
            out.append(" always ")
            group(cleanup)
        case .subshell(let list):
            out.append("( ")
            print(list)
            out.append(" )")
        case .forLoop(let loop): print(loop, "for ")
        case .select(let loop): print(loop, "select ")
        case .parallelFor(let options, let loop):
            print(loop, (["pfor"] + options.map { Printer.source(of: $0) }).joined(by: " ") + " ")
        case .parallelWhile(let options, let condition, let body):
            loop((["pwhile"] + options.map { Printer.source(of: $0) }).joined(by: " ") + " ", condition, body)
        case .arithmeticFor(let loop):
            let parts = [loop.initial, loop.condition, loop.step].map { part -> Bytes in
                guard let part else { return "1" }
                let text = Printer.oneLine(.compound(.arithmetic(part), redirections: [], position: .start))
                return text[2..<(text.count - 2)]
            }
            out.append("for ((" + parts.joined(by: "; ") + "))")
            newline()
            doGroup(loop.body)
        case .caseCommand(let command): print(command)
        case .ifCommand(let command): print(command, from: 0)
        case .whileLoop(let condition, let body): loop("while ", condition, body)
        case .untilLoop(let condition, let body): loop("until ", condition, body)
        case .conditional(let expression):
            let command = CompoundCommand.conditional(BashPrinter.explicit(expression))
            out.append(Printer.oneLine(.compound(command, redirections: [], position: .start)))
        case .arithmetic:
            out.append(Printer.oneLine(.compound(command, redirections: [], position: .start)))
        case .coprocess(let name, let body):
            out.append("coproc ")
            // A simple command has no name of its own; in jobs bash shows one, which it would read as the command.
            if case .compound = body { out.append(name + " ") } else if !isInFunction { out.append(name + " ") }
            print(body)
        }
    }

    /// A word alone is a test of its length.
    private static func explicit(_ expression: ConditionalExpression) -> ConditionalExpression {
        switch expression {
        case .word(let word): .unary("-n", word)
        case .not(let inner): .not(explicit(inner))
        case .and(let a, let b): .and(explicit(a), explicit(b))
        case .or(let a, let b): .or(explicit(a), explicit(b))
        case .group(let inner): .group(explicit(inner))
        case .unary, .binary: expression
        }
    }

    private mutating func doGroup(_ body: List) {
        out.append("do")
        block(body)
        out.append("done")
    }

    private mutating func loop(_ keyword: Bytes, _ condition: List, _ body: List) {
        out.append(keyword)
        print(condition)
        semicolon()
        out.append(" ")
        doGroup(body)
    }

    private mutating func print(_ loop: ForLoop, _ keyword: Bytes) {
        out.append(keyword + loop.name + " in ")
        out.append(loop.words.map { $0.map { Printer.source(of: $0) }.joined(by: " ") } ?? "\"$@\"")
        out.append(";")
        newline()
        doGroup(loop.body)
    }

    /// `elif` is an `if` within `else`.
    private mutating func print(_ command: IfCommand, from index: Int) {
        out.append("if ")
        print(command.branches[index].condition)
        semicolon()
        out.append(" then")
        block(command.branches[index].body)
        if index + 1 < command.branches.count {
            out.append("else")
            indentation += 4
            newline()
            print(command, from: index + 1)
            semicolon()
            indentation -= 4
            newline()
        } else if let otherwise = command.otherwise {
            out.append("else")
            block(otherwise)
        }
        out.append("fi")
    }

    private mutating func print(_ command: CaseCommand) {
        out.append("case " + Printer.source(of: command.subject) + " in ")
        indentation += 4
        for item in command.items {
            newline()
            out.append(item.patterns.map { Printer.source(of: $0) }.joined(by: " | "))
            out.append(")")
            if item.body.items.isEmpty {
                out.append("\n")
            } else {
                indentation += 4
                newline()
                print(item.body)
                indentation -= 4
            }
            newline()
            switch item.terminator {
            case .end: out.append(";;")
            case .fallThrough: out.append(";&")
            case .continueMatching: out.append(";;&")
            }
        }
        indentation -= 4
        newline()
        out.append("esac")
    }
}
