import Bytes

extension Builtin {
    static let help = Builtin(
        name: "help", kind: .extension, synopsis: "help [-dms] [name…]",
        summary: "List the built-ins by their themes, or explain some of them.",
        details: """
            -d  only what they do, in a line
            -m  as a page of a manual
            -s  only how they are called

            A name may be a pattern, as in help 'un*', or a word of the grammar, as in help case.
            """, completes: .names(.helptopic), run: Help.run)
}

/// What `help` tells of something.
private struct HelpText {
    let name: Bytes
    let synopsis: Bytes
    let summary: Bytes
    let details: Bytes
    let examples: Bytes

    init(_ builtin: Builtin) {
        (name, synopsis, summary) = (builtin.name, builtin.synopsis, builtin.summary)
        (details, examples) = (builtin.details, builtin.examples)
    }

    init(_ topic: GrammarTopic, as name: Bytes) {
        (self.name, synopsis, summary) = (name, topic.synopsis, topic.summary)
        (details, examples) = (topic.details, topic.examples)
    }
}

extension Builtin {
    /// What `help NAME` prints.
    package static func helpText(of name: Bytes) -> Bytes {
        BuiltinTable.shared[name].map { name + ": " + Help.text($0) } ?? Bytes()
    }
}

enum Help {
    static func run(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        var options = BuiltinOptions(args, "dms")
        var form: UInt8 = 0
        while let option = options.next(sh) { form = option }
        if let status = options.failure { return status }
        let all = sh.builtins
        if options.operands == args.count {
            list(all, sh)
            return 0
        }
        var status: Int32 = 0
        for name in args[options.operands...] {
            let found = texts(name, all, sh)
            if found.isEmpty {
                let names = all.map(\.name) + GrammarTopic.all.flatMap(\.names)
                let question = sh.optionQuestion(name, among: names)
                status = sh.fail(
                    args[0], name,
                    "no built-in of that name" + (question.isEmpty ? "; 'help' lists them" : question))
            }
            for (index, text) in found.enumerated() {
                switch form {
                case UInt8(ascii: "d"): sh.write(text.name + " - " + text.summary + "\n")
                case UInt8(ascii: "m"): sh.write(page(text))
                case UInt8(ascii: "s"): sh.write(text.name + ": " + lines(text.synopsis, indentation: 0))
                default: sh.write((index > 0 ? "\n" : Bytes()) + text.name + ": " + body(text))
                }
            }
        }
        return status
    }

    /// What is told of a name: of the built-in or the grammar's word, else of all that a pattern matches.
    private static func texts(_ name: Bytes, _ all: [Builtin], _ sh: Interpreter) -> [HelpText] {
        if let builtin = all.first(where: { $0.name == name }) { return [HelpText(builtin)] }
        if let topic = GrammarTopic.named(name) { return [HelpText(topic, as: name)] }
        let pattern = Pattern([(name, false)], encoding: sh.encoding)
        return all.filter { pattern.matches($0.name) }.map { HelpText($0) }
            + GrammarTopic.all.flatMap { topic in
                topic.names.prefix(1).filter { pattern.matches($0) }.map { HelpText(topic, as: $0) }
            }
    }

    // MARK: The list

    /// All names by their themes, in columns.
    private static func list(_ all: [Builtin], _ sh: Interpreter) {
        var rest = all.map(\.name)
        var themes: [(title: Bytes, names: [Bytes])] = []
        for theme in HelpTopics.all {
            themes.append((theme.title, theme.names.filter { rest.contains($0) }))
            rest.removeAll { theme.names.contains($0) }
        }
        if !rest.isEmpty { themes.append(("Others", rest)) }
        themes.append(("Words of the grammar", GrammarTopic.all.compactMap(\.names.first)))
        let column = (themes.flatMap(\.names).map(\.count).max() ?? 0) + 2
        let width = max(sh.variable("COLUMNS")?.decimal ?? 80, 20)
        let perLine = max((width - 2) / column, 1)
        var text = Bytes()
        for theme in themes where !theme.names.isEmpty {
            text.append(theme.title)
            text.append("\n")
            for start in stride(from: 0, to: theme.names.count, by: perLine) {
                text.append("  ")
                let line = theme.names[start..<min(start + perLine, theme.names.count)]
                for (index, name) in line.enumerated() {
                    text.append(name)
                    if index + 1 < line.count {
                        text.append(Bytes(repeating: UInt8(ascii: " "), count: column - name.count))
                    }
                }
                text.append("\n")
            }
        }
        text.append("'help NAME' explains one of them, 'help -d PATTERN' says what each does: help -d '*'\n")
        sh.write(text)
    }

    // MARK: One of them

    private static func lines(_ source: Bytes, indentation: Int) -> Bytes {
        var text = Bytes()
        for line in source.split(on: UInt8(ascii: "\n")) {
            text.append(Bytes(repeating: UInt8(ascii: " "), count: indentation))
            text.append(line)
            text.append("\n")
        }
        return text
    }

    private static func page(_ help: HelpText) -> Bytes {
        var text: Bytes = "NAME\n    " + help.name + " - " + help.summary + "\n\nSYNOPSIS\n"
        text.append(lines(help.synopsis, indentation: 4))
        if !help.details.isEmpty {
            text.append("\nDESCRIPTION\n")
            for line in help.details.split(on: UInt8(ascii: "\n")) { wrap(line, into: &text) }
        }
        if !help.examples.isEmpty { text.append("\nEXAMPLES\n" + lines(help.examples, indentation: 4)) }
        return text
    }

    /// What the shell knows of a built-in: how it is called, what it does, its options.
    static func text(_ builtin: Builtin) -> Bytes { body(HelpText(builtin)) }

    private static func body(_ help: HelpText) -> Bytes {
        var text = lines(help.synopsis, indentation: 0)
        wrap(help.summary, into: &text)
        if !help.details.isEmpty {
            text.append("\n")
            for line in help.details.split(on: UInt8(ascii: "\n")) { wrap(line, into: &text) }
        }
        if !help.examples.isEmpty { text.append("\n    For example:\n" + lines(help.examples, indentation: 8)) }
        return text
    }

    /// A paragraph in lines that fit the narrowest terminals. What follows an option (`-x  `, two blanks) stands in a
    /// column of its own.
    private static func wrap(_ paragraph: Bytes, into text: inout Bytes) {
        defer { text.append("\n") }
        if paragraph.isEmpty { return }
        let blank = UInt8(ascii: " ")
        let margin = 4
        let indentation = paragraph.prefix { $0 == blank }.count
        var hanging = indentation
        if indentation == 0, let gap = paragraph.find("  "), gap < 12 {
            hanging = gap + paragraph.suffix(from: gap).prefix { $0 == blank }.count
        }
        var column = 0
        for word in paragraph.dropFirst(indentation).split(on: blank) {
            let width = CharacterEncoding.utf8.count(word)
            if column == 0 && !word.isEmpty {
                column = margin + indentation
                text.append(Bytes(repeating: blank, count: column))
            } else if column + 1 + width > 79 && column > margin + hanging {
                column = margin + hanging
                text.append("\n")
                text.append(Bytes(repeating: blank, count: column))
            } else {
                text.append(blank)
                column += 1
            }
            text.append(word)
            column += width
        }
    }
}
