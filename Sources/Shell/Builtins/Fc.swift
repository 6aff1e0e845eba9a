// fc (POSIX.1-2024, XCU fc): commands of the history listed, edited and run again, or run again at once. The history is that of
// the prompt; a shell that runs a script has an empty one, unless `set -o history` is on. While `fc` runs, it is the last command
// of the history itself, if nothing has kept it out, and counts for none of its operands.

import Bytes
import Glibc
import Platform
import Syntax

extension Builtin {
    static let fc = Builtin(
        name: "fc", kind: .regular,
        synopsis: """
            fc [-r] [-e editor] [first [last]]
            fc -l [-nr] [first [last]]
            fc -s [old=new] [first]
            """,
        summary: "List, edit or run again commands that were entered at the prompt.",
        details: """
            -l  list the commands, by default the last 16
            -n  list without their numbers
            -r  the other way round: newest first
            -e  edit with this command; else with $FCEDIT, else $EDITOR, else vi (with 'set -o posix' ed instead of the last \
            two); what the edited file holds is run then
            -s  run again without editing, with the first old in the command replaced by new

            A command is named by its number, by a negative number that counts back from the last (-1), or by its first \
            characters. If the editor fails nothing is run.
            """,
        examples: """
            fc -s make
            fc -e vim -5 -1
            """,
        completes: .nothing,
        run: { (sh, args) throws(Unwind) in
            try sh.withOwnHistory { () throws(Unwind) -> Int32 in try Fc.run(sh, args) }
        })
}

enum Fc {
    private struct Options {
        var lists = false
        var isUnnumbered = false
        var isReversed = false
        var runsAgain = false
        var editor: Bytes?
    }

    static func run(_ sh: Interpreter, _ args: Arguments) throws(Unwind) -> Int32 {
        var options = Options()
        var parser = BuiltinOptions(args, "lnrse:")
        // `-2` is an operand: the command before the last.
        while parser.operands < args.count, !isNumber(args[parser.operands]), let letter = parser.next(sh) {
            switch Unicode.Scalar(letter) {
            case "l": options.lists = true
            case "n": options.isUnnumbered = true
            case "r": options.isReversed = true
            case "s": options.runsAgain = true
            default: options.editor = parser.argument
            }
        }
        if let status = parser.failure { return status }
        // `fc -e -` is how ksh says `fc -s`.
        if options.editor == "-" { options.runsAgain = true }
        var first = parser.operands
        if first > 1, first < args.count, args[first] == "--" { first += 1 }
        let operands = args.droppingFirst(first)
        var history = History(sh)
        if options.runsAgain && !options.lists { return try runAgain(sh, operands, history) }
        guard operands.count <= 2 else { return sh.usage(args[0]) }
        guard !history.entries.isEmpty else {
            return options.lists ? 0 : sh.fail("fc", "the history is empty")
        }
        if !options.lists { history.defaultCount = 1 }
        guard let range = history.range(operands, sh) else { return 1 }
        var chosen = Array(range.lower...range.upper)
        if range.isReversed != options.isReversed { chosen.reverse() }
        if options.lists {
            for index in chosen { list(history.entries[index], history.firstNumber + index, options, sh) }
            return 0
        }
        return try edit(chosen.map { history.entries[$0] }, options.editor ?? editor(sh), sh)
    }

    private static func editor(_ sh: Interpreter) -> Bytes {
        let names: [Bytes] = sh.has(.posix) ? ["FCEDIT"] : ["FCEDIT", "EDITOR"]
        return names.lazy.compactMap { sh.variable($0) }.first { !$0.isEmpty } ?? (sh.has(.posix) ? "ed" : "vi")
    }

    private static func isNumber(_ word: Bytes) -> Bool {
        word.count > 1 && word[0] == UInt8(ascii: "-") && word.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
    }

    // MARK: Naming commands

    private struct History {
        let entries: [Bytes]
        let firstNumber: Int
        /// How many commands are meant without operands.
        var defaultCount = 16

        init(_ sh: Interpreter) {
            let state = sh.history.snapshot
            let others = sh.history.holdsCurrent ? state.entries.dropLast() : state.entries
            entries = others.map(\.command)
            firstNumber = state.firstNumber
        }

        /// The places of the commands that the operands name; nil, with the message printed, for a text that no command
        /// begins with. Numbers beyond the history mean its ends.
        func range(_ operands: Arguments, _ sh: Interpreter) -> (lower: Int, upper: Int, isReversed: Bool)? {
            let newest = entries.count - 1
            guard !operands.isEmpty else { return (max(newest - defaultCount + 1, 0), newest, false) }
            guard let first = find(operands[0], sh) else { return nil }
            // Without a second operand a list goes on to the last command, and what is edited is one.
            guard let second = operands.count > 1 ? find(operands[1], sh) : defaultCount == 1 ? first : newest else {
                return nil
            }
            return (min(first, second), max(first, second), first > second)
        }

        /// The place of one command.
        func find(_ operand: Bytes, _ sh: Interpreter) -> Int? {
            if let number = operand.decimal {
                let place =
                    number > 0
                    ? number.subtractingReportingOverflow(firstNumber).partialValue
                    : number.addingReportingOverflow(entries.count).partialValue
                return min(max(place, 0), entries.count - 1)
            }
            if let place = entries.lastIndex(where: { $0.hasPrefix(operand) }) { return place }
            _ = sh.fail("fc", operand, "no command of the history begins so")
            return nil
        }
    }

    private static func list(_ command: Bytes, _ number: Int, _ options: Options, _ sh: Interpreter) {
        var text = Bytes()
        for (index, line) in command.split(on: UInt8(ascii: "\n")).enumerated() {
            if index == 0 && !options.isUnnumbered { text.append(decimal: number) }
            text.append("\t")
            text.append(line)
            text.append("\n")
        }
        sh.write(text)
    }

    // MARK: Running

    private static func runAgain(
        _ sh: Interpreter, _ operands: Arguments, _ history: History
    ) throws(Unwind) -> Int32 {
        var change: (old: Bytes, new: Bytes)?
        var names = operands
        if let word = names.first, let equals = word.find(UInt8(ascii: "=")) {
            change = (word.prefix(equals), word.suffix(from: equals + 1))
            names = names.droppingFirst(1)
        }
        guard names.count <= 1 else { return sh.usage("fc") }
        guard !history.entries.isEmpty else { return sh.fail("fc", "the history is empty") }
        guard let place = names.isEmpty ? history.entries.count - 1 : history.find(names[0], sh) else { return 1 }
        var command = history.entries[place]
        if let change, !change.old.isEmpty {
            guard let found = command.find(change.old) else {
                return sh.fail("fc", change.old, "is not in the command: " + command)
            }
            command = command.prefix(found) + change.new + command.suffix(from: found + change.old.count)
        }
        sh.replaceCurrent(with: [command])
        sh.writeError(command + "\n")
        return try sh.evaluate(command)
    }

    private static func edit(_ commands: [Bytes], _ editor: Bytes, _ sh: Interpreter) throws(Unwind) -> Int32 {
        let text: Bytes
        let file: TemporaryFile
        do throws(Errno) {
            file = try TemporaryFile(commands.map { $0 + "\n" }.joined(by: ""), in: sh.variable("TMPDIR") ?? "/tmp")
        } catch {
            return sh.fail("fc", "a file for the editor could not be made", error.message)
        }
        defer { file.remove() }
        let status = try sh.evaluate(editor + " " + Quoting.shell(file.path))
        guard status == 0 else { return status }
        do throws(Errno) { text = try System.readFile(file.path) } catch {
            return sh.fail("fc", file.path, error.message)
        }
        var command = text
        while command.last == UInt8(ascii: "\n") { command.removeLast() }
        sh.replaceCurrent(with: command.isEmpty ? [] : [command])
        sh.writeError(text)
        return try sh.evaluate(text)
    }

    private struct TemporaryFile {
        let path: Bytes

        init(_ text: Bytes, in directory: Bytes) throws(Errno) {
            var name = directory.isEmpty ? "/tmp" : directory
            name.append("/thresh-fc.")
            name.append(decimal: System.processID)
            name.append(".")
            name.append(decimal: Clock.monotonicNanoseconds())
            let descriptor = try System.open(name, flags: O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
            defer { System.close(descriptor) }
            path = name
            try System.writeAll(descriptor, text)
        }

        func remove() { try? System.unlink(path) }
    }
}
