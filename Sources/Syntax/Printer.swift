// The printer: a tree back into source text. Parsing what it prints gives the same tree again, in the options under which
// the tree was parsed.
//
// There are two layouts. `source` puts each command on a line of its own and indents; `oneLine` puts all on one line, for
// `jobs`, `type` and messages. Neither can be without newlines altogether: they may be quoted, and the body of a
// here-document begins after one. A here-document that was printed is pending until the next newline; where one would
// have to print `;` instead, the newline takes its place.
//
// This file prints lists and simple commands; Printer+Compound.swift prints the compound ones, Printer+Word.swift words
// and expansions.

import Bytes

package struct Printer {
    var out = Bytes()
    var indentation = 0
    let isOneLine: Bool
    /// Here-documents whose operators are printed, with the delimiters that these have.
    var pending: [(document: HereDocument, delimiter: Bytes)] = []
    /// The delimiters of the here-documents in whose bodies this is.
    private var enclosing: [Bytes] = []
    private let placeholder: ((Int) -> Bytes)?

    private init(isOneLine: Bool, placeholder: ((Int) -> Bytes)?) {
        self.isOneLine = isOneLine
        self.placeholder = placeholder
    }

    /// Source text with a command a line, indented; it ends with a newline, unless it is empty.
    ///
    /// - Parameter placeholders: the text of a replacement string by its number; without it, `{}`.
    package static func source(of list: List, placeholders: ((Int) -> Bytes)? = nil) -> Bytes {
        var printer = Printer(isOneLine: false, placeholder: placeholders)
        printer.printLines(list)
        return printer.out
    }

    package static func source(of command: Command, placeholders: ((Int) -> Bytes)? = nil) -> Bytes {
        source(of: List([ListItem(first: Pipeline([command]))]), placeholders: placeholders)
    }

    package static func source(of function: FunctionDefinition, placeholders: ((Int) -> Bytes)? = nil) -> Bytes {
        source(of: .function(function), placeholders: placeholders)
    }

    /// A word, as an operand of a command.
    package static func source(of word: Word, placeholders: ((Int) -> Bytes)? = nil) -> Bytes {
        var printer = Printer(isOneLine: true, placeholder: placeholders)
        printer.print(word)
        return printer.out
    }

    /// Source text on one line, without a newline at its end unless a here-document needs it.
    package static func oneLine(_ list: List, placeholders: ((Int) -> Bytes)? = nil) -> Bytes {
        var printer = Printer(isOneLine: true, placeholder: placeholders)
        printer.printInline(list)
        if !printer.pending.isEmpty { printer.newline() }
        return printer.out
    }

    package static func oneLine(_ command: Command, placeholders: ((Int) -> Bytes)? = nil) -> Bytes {
        oneLine(List([ListItem(first: Pipeline([command]))]), placeholders: placeholders)
    }

    package static func oneLine(_ pipeline: Pipeline, placeholders: ((Int) -> Bytes)? = nil) -> Bytes {
        oneLine(List([ListItem(first: pipeline)]), placeholders: placeholders)
    }

    // MARK: Lines

    mutating func startLine() {
        for _ in 0..<indentation { out.append("    ") }
    }

    mutating func newline() {
        out.append("\n")
        let documents = pending
        pending = []
        for (document, delimiter) in documents {
            enclosing.append(delimiter)
            printBody(document)
            enclosing.removeLast()
            out.append(delimiter)
            out.append("\n")
        }
    }

    private mutating func printBody(_ document: HereDocument) {
        guard document.isQuoted else { return print(document.body, in: .hereDocument) }
        for part in document.body.parts {
            switch part {
            case .literal(let text): out.append(text)
            case .placeholder(let id): printPlaceholder(id)
            default: break
            }
        }
    }

    /// The document's own delimiter, unless it would end a body around it, or has a newline in it and so never ends one.
    private func delimiter(for document: HereDocument) -> Bytes {
        guard enclosing.contains(document.delimiter) || document.delimiter.contains(UInt8(ascii: "\n")) else {
            return document.delimiter
        }
        var printer = Printer(isOneLine: isOneLine, placeholder: placeholder)
        printer.enclosing = enclosing
        printer.printBody(document)
        var delimiter = document.delimiter.contains(UInt8(ascii: "\n")) ? "" : document.delimiter
        repeat { delimiter.append("_") } while enclosing.contains(delimiter) || printer.out.find(delimiter) != nil
        return delimiter
    }

    func text(ofPlaceholder id: Int) -> Bytes { placeholder?(id) ?? "{}" }

    mutating func printPlaceholder(_ id: Int) { out.append(text(ofPlaceholder: id)) }

    // MARK: Lists

    /// Each item on a line of its own.
    mutating func printLines(_ list: List) {
        for item in list.items {
            startLine()
            print(item)
            newline()
        }
    }

    /// All items behind each other, with nothing after the last but an `&`.
    mutating func printInline(_ list: List) {
        for (index, item) in list.items.enumerated() {
            print(item)
            if index < list.items.count - 1 { separate(after: item) }
        }
    }

    /// What stands between two commands on a line.
    mutating func separate(after item: ListItem?) {
        if !pending.isEmpty {
            newline()
        } else {
            out.append(item?.isAsynchronous ?? false ? " " : "; ")
        }
    }

    /// The list after a reserved word, up to where the next can stand.
    mutating func printBlock(_ list: List) {
        if isOneLine {
            out.append(" ")
            printInline(list)
            separate(after: list.items.last)
        } else {
            newline()
            indentation += 1
            printLines(list)
            indentation -= 1
            startLine()
        }
    }

    /// The list between `if` or `while` and the next reserved word.
    mutating func printCondition(_ list: List) {
        out.append(" ")
        printInline(list)
        separate(after: list.items.last)
    }

    /// The inside of parentheses.
    mutating func printParenthesized(_ list: List) {
        // `((` would begin something else.
        if startsWithParenthesis(list) { out.append(" ") }
        printInline(list)
        if !pending.isEmpty { newline() }
    }

    private func startsWithParenthesis(_ list: List) -> Bool {
        guard let first = list.items.first?.first, !first.isNegated, first.timing == nil,
            case .compound(let command, _, _)? = first.commands.first
        else { return false }
        switch command {
        case .subshell, .arithmetic: return true
        default: return false
        }
    }

    /// The list of a substitution, and the `)` after it; its here-documents are its own.
    mutating func printSubstitution(_ list: List) {
        let outer = pending
        pending = []
        printParenthesized(list)
        pending = outer
        out.append(")")
    }

    private mutating func print(_ item: ListItem) {
        print(item.first)
        for part in item.rest {
            out.append(part.isAnd ? " && " : " || ")
            print(part.pipeline)
        }
        if item.isAsynchronous { out.append(" &") }
    }

    private mutating func print(_ pipeline: Pipeline) {
        if let timing = pipeline.timing { out.append(timing == .posix ? "time -p " : "time ") }
        if pipeline.isNegated { out.append("! ") }
        for (index, command) in pipeline.commands.enumerated() {
            if index > 0 { out.append(" | ") }
            print(command)
        }
    }

    // MARK: Commands

    mutating func print(_ command: Command) {
        switch command {
        case .simple(let simple): print(simple)
        case .compound(let compound, let redirections, _):
            print(compound)
            for redirection in redirections {
                out.append(" ")
                print(redirection)
            }
        case .function(let definition):
            if isPlainFunctionName(definition.name) {
                out.append(definition.name)
                out.append("() ")
            } else {
                out.append("function ")
                out.append(definition.name)
                out.append(" () ")
            }
            print(definition.body)
        }
    }

    /// `name()` can't be read as anything else, in POSIX mode neither.
    private func isPlainFunctionName(_ name: Bytes) -> Bool { Names.isName(name) && ReservedWord(name) == nil }

    private mutating func print(_ command: SimpleCommand) {
        var needsSpace = false
        func space(_ printer: inout Printer) {
            if needsSpace { printer.out.append(" ") }
            needsSpace = true
        }
        // `>file if` is a command of that name.
        var redirectionsFirst = false
        if command.assignments.isEmpty, let first = command.words.first, first.parts.count == 1,
            case .literal(let name) = first.parts[0]
        {
            redirectionsFirst = ReservedWord(name) != nil
        }
        if redirectionsFirst {
            for redirection in command.redirections {
                space(&self)
                print(redirection)
            }
        }
        for assignment in command.assignments {
            space(&self)
            print(assignment)
        }
        for word in command.words {
            space(&self)
            print(word)
        }
        if !redirectionsFirst {
            for redirection in command.redirections {
                space(&self)
                print(redirection)
            }
        }
    }

    private mutating func print(_ assignment: Assignment) {
        out.append(assignment.name)
        if let index = assignment.index {
            out.append("[")
            print(index)
            out.append("]")
        }
        out.append(assignment.isAppending ? "+=" : "=")
        switch assignment.value {
        case .word(let word): print(word)
        case .array(let elements): print(elements)
        }
    }

    mutating func print(_ elements: [ArrayElement]) {
        out.append("(")
        for (index, element) in elements.enumerated() {
            if index > 0 { out.append(" ") }
            if let index = element.index {
                out.append("[")
                print(index)
                out.append(element.isAppending ? "]+=" : "]=")
            }
            print(element.value)
        }
        out.append(")")
    }

    private mutating func print(_ redirection: Redirection) {
        if let variable = redirection.variable {
            out.append("{")
            out.append(variable)
            out.append("}")
        }
        if let descriptor = redirection.descriptor { out.append(decimal: descriptor) }
        switch redirection.target {
        case .file(let kind, let word):
            out.append(kind.text)
            // `< <(…)`
            if case .process? = word.parts.first { out.append(" ") }
            print(word)
        case .hereDocument(let document):
            out.append(document.stripsTabs ? "<<-" : "<<")
            let delimiter = delimiter(for: document)
            if document.isQuoted {
                let quoted = Quoting.shell(delimiter)
                if !quoted.hasPrefix("'") { out.append("'") }
                out.append(quoted)
                if !quoted.hasPrefix("'") { out.append("'") }
            } else {
                // `<< -x` is not `<<-x`.
                if delimiter.hasPrefix("-"), !document.stripsTabs { out.append(" ") }
                out.append(delimiter)
            }
            pending.append((document, delimiter))
        }
    }
}

extension Redirection.Operator {
    /// As it is written.
    package var text: Bytes {
        switch self {
        case .input: "<"
        case .output: ">"
        case .append: ">>"
        case .clobber: ">|"
        case .readWrite: "<>"
        case .duplicateInput: "<&"
        case .duplicateOutput: ">&"
        case .hereString: "<<<"
        case .outputBoth: "&>"
        case .appendBoth: "&>>"
        }
    }
}
