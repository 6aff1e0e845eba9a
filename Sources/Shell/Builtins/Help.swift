import Bytes

extension Builtin {
    static let help = Builtin(
        name: "help", kind: .extension, synopsis: "help [-dms] [name…]",
        summary: "List the built-ins, or explain some of them.",
        details: """
            -d  only what they do, in a line
            -m  as a page of a manual
            -s  only how they are called

            A name may be a pattern: help 'un*'.
            """, completes: .names(.helptopic), run: Help.run)
}

enum Help {
    static func run(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        var options = BuiltinOptions(args, "dms")
        var form: UInt8 = 0
        while let option = options.next(sh) { form = option }
        if let status = options.failure { return status }
        let all = (BuiltinTable.shared.all + sh.extensions).sorted { $0.name < $1.name }
        if options.operands == args.count {
            list(all, sh)
            return 0
        }
        var status: Int32 = 0
        for name in args[options.operands...] {
            var found = all.filter { $0.name == name }
            if found.isEmpty {
                let pattern = Pattern([(name, false)], encoding: sh.encoding)
                found = all.filter { pattern.matches($0.name) }
            }
            if found.isEmpty { status = sh.fail(args[0], name, "no built-in of that name; 'help' lists them") }
            for builtin in found {
                switch form {
                case UInt8(ascii: "d"): sh.write(builtin.name + " - " + builtin.summary + "\n")
                case UInt8(ascii: "m"): sh.write(page(builtin))
                case UInt8(ascii: "s"): sh.write(builtin.name + ": " + synopsis(builtin))
                default: sh.write(builtin.name + ": " + text(builtin))
                }
            }
        }
        return status
    }

    private static func list(_ all: [Builtin], _ sh: Interpreter) {
        let width = (all.map(\.name.count).max() ?? 0) + 2
        let groups: [(Builtin.Kind, Bytes)] = [
            (.special, "Special built-ins (POSIX 2.15)"), (.regular, "Other utilities of POSIX"),
            (.extension, "Beyond POSIX"),
        ]
        var text = Bytes()
        for (kind, title) in groups {
            let members = all.filter { $0.kind == kind }
            guard !members.isEmpty else { continue }
            if !text.isEmpty { text.append("\n") }
            text.append(title)
            text.append("\n")
            for builtin in members {
                text.append("  ")
                text.append(builtin.name)
                text.append(Bytes(repeating: UInt8(ascii: " "), count: width - builtin.name.count))
                text.append(builtin.summary)
                text.append("\n")
            }
        }
        text.append("\n'help NAME' explains one of them.\n")
        sh.write(text)
    }

    private static func synopsis(_ builtin: Builtin) -> Bytes {
        var text = Bytes()
        for line in builtin.synopsis.split(on: UInt8(ascii: "\n")) {
            text.append(line)
            text.append("\n")
        }
        return text
    }

    private static func page(_ builtin: Builtin) -> Bytes {
        var text: Bytes = "NAME\n    " + builtin.name + " - " + builtin.summary + "\n\nSYNOPSIS\n"
        for line in builtin.synopsis.split(on: UInt8(ascii: "\n")) { text.append("    " + line + "\n") }
        guard !builtin.details.isEmpty else { return text }
        text.append("\nDESCRIPTION\n")
        for line in builtin.details.split(on: UInt8(ascii: "\n")) { wrap(line, into: &text) }
        return text
    }

    /// What the shell knows of a built-in: how it is called, what it does, its options.
    static func text(_ builtin: Builtin) -> Bytes {
        var text = synopsis(builtin)
        wrap(builtin.summary, into: &text)
        guard !builtin.details.isEmpty else { return text }
        text.append("\n")
        for line in builtin.details.split(on: UInt8(ascii: "\n")) { wrap(line, into: &text) }
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
