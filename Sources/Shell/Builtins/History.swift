import Bytes
import Platform

extension Builtin {
    static let history = Builtin(
        name: "history", kind: .extension,
        synopsis: """
            history [n]
            history -c
            history -d number|first-last
            history -anrw [file]
            history -p argument…
            history -s argument…
            """,
        summary: "Show or change the list of the commands that were entered at the prompt.",
        details: """
            n   only the last n commands
            -c  forget all commands
            -d  forget the command of that number, or those of two numbers with - between; a negative number counts back \
            from the end
            -a  append the commands that are in no file yet
            -n  read what others have appended to the file since it was last read
            -r  read the file, and add its commands
            -w  write the file anew with the commands of the list
            -p  print the arguments with ! in them expanded, and leave the list alone
            -s  add the arguments as a command, instead of this one

            The file is that of the variable HISTFILE if none is named. At the prompt each command is appended to it at once. \
            With HISTTIMEFORMAT, a form as of strftime(3), the list shows when each command was entered.

            PROMPT_COMMAND='history -n' shares the commands of all terminals.
            """,
        examples: """
            history 20
            history -d 15-17
            HISTTIMEFORMAT='%F %T  '
            """,
        completes: .files,
        run: { (sh, args) throws(Unwind) in
            try sh.withOwnHistory { () throws(Unwind) -> Int32 in History.run(sh, args) }
        })
}

enum History {
    static func run(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        var options = BuiltinOptions(args, "cd:anrwps")
        var clears = false
        var numbers: Bytes?
        var actions: [UInt8] = []
        while let letter = options.next(sh) {
            switch Unicode.Scalar(letter) {
            case "c": clears = true
            case "d": numbers = options.argument
            default: if !actions.contains(letter) { actions.append(letter) }
            }
        }
        if let status = options.failure { return status }
        let operands = args[options.operands...].map { $0 }
        let fileActions = actions.filter { $0 != UInt8(ascii: "p") && $0 != UInt8(ascii: "s") }
        if fileActions.count > 1 { return sh.fail(args[0], "only one of -anrw can be done at a time") }
        if clears { sh.history.clear() }
        if let numbers { return delete(numbers, sh) }
        if actions.contains(UInt8(ascii: "s")) {
            if !operands.isEmpty { sh.replaceCurrent(with: [operands.joined(by: " ")]) }
            return 0
        }
        if actions.contains(UInt8(ascii: "p")) { return expand(operands, sh) }
        if let action = fileActions.first { return useFile(action, operands.first, sh) }
        return clears ? 0 : list(operands, sh)
    }

    // MARK: The list

    private static func list(_ operands: [Bytes], _ sh: Interpreter) -> Int32 {
        let state = sh.history.snapshot
        var count = state.entries.count
        if let operand = operands.first {
            guard let number = operand.decimal else {
                return sh.fail("history", operand, "expected a number")
            }
            guard operands.count == 1 else { return sh.fail("history", "too many operands") }
            count = Int(number.magnitude)
        }
        let form = sh.variable("HISTTIMEFORMAT").flatMap { $0.isEmpty ? nil : $0 }
        var text = Bytes()
        for (place, entry) in state.entries.enumerated().suffix(count) {
            let number = Bytes(decimal: state.firstNumber + place)
            text.append(Bytes(repeating: UInt8(ascii: " "), count: max(5 - number.count, 0)))
            text.append(number)
            text.append("  ")
            if let form {
                text.append(
                    entry.time == 0 ? "??" : CalendarTime.format(form, entry.time, zone: sh.variable("TZ")))
            }
            text.append(entry.command)
            text.append(UInt8(ascii: "\n"))
        }
        sh.write(text)
        return 0
    }

    private static func delete(_ text: Bytes, _ sh: Interpreter) -> Int32 {
        let state = sh.history.snapshot
        func number(_ text: Bytes) -> Int? {
            guard let number = text.decimal else { return nil }
            return number < 0 ? number.addingReportingOverflow(state.nextNumber).partialValue : number
        }
        var (first, last) = (text, text)
        // The sign of the first number is none between two.
        if let dash = text.find(UInt8(ascii: "-"), from: 1) {
            (first, last) = (text.prefix(dash), text.suffix(from: dash + 1))
        }
        guard let lower = number(first), let upper = number(last), lower <= upper, sh.history.remove(lower...upper)
        else {
            return sh.fail("history", text, "there is no such number in the history")
        }
        return 0
    }

    private static func expand(_ operands: [Bytes], _ sh: Interpreter) -> Int32 {
        if !operands.isEmpty { sh.forgetCurrent() }
        var status: Int32 = 0
        for operand in operands {
            switch sh.historyExpander?(operand, sh) ?? .unchanged {
            case .unchanged: sh.write(operand + "\n")
            case .expanded(let text), .shown(let text): sh.write(text + "\n")
            case .failed(let message): status = sh.fail("history", message)
            }
        }
        return status
    }

    // MARK: The file

    private static func useFile(_ action: UInt8, _ name: Bytes?, _ sh: Interpreter) -> Int32 {
        guard let path = sh.historyPath(name) else {
            return sh.fail("history", "no file is named, and HISTFILE is not set")
        }
        let file = sh.history.file
        // A script's list has times only if they are asked for, as in bash.
        let withTimes = sh.has(.interactive) || sh.variable("HISTTIMEFORMAT") != nil
        do throws(Errno) {
            switch Unicode.Scalar(action) {
            case "a": try file.append(sh.history.takeUnsaved(), to: path, withTimes: withTimes)
            case "n": sh.history.addSaved(try file.readNew(path, known: sh.history.snapshot.entries))
            case "r": sh.history.addSaved(try file.read(path))
            default:
                try file.write(sh.history.snapshot.entries, to: path, withTimes: withTimes)
                _ = sh.history.takeUnsaved()
            }
            return 0
        } catch {
            return sh.fail("history", name ?? path, error.message)
        }
    }
}
