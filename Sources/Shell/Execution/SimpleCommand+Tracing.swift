// `set -x`: the lines that show a simple command.

import Bytes
import Syntax

extension SimpleCommandNode {
    /// Shows the command, whose words have no effect, before another interpreter runs it.
    func traceAhead(_ sh: Interpreter) throws(Unwind) {
        let base = sh.stack.count
        defer { sh.stack.removeLast(sh.stack.count - base) }
        try pushWords(sh)
        if sh.stack.count > base { try traceCommand(sh, base) }
    }

    /// The command as its words were expanded, which begin at `base`.
    func traceCommand(_ sh: Interpreter, _ base: Int) throws(Unwind) {
        var texts: [Bytes] = []
        // Expanding what runs commands or assigns must happen once: such an assignment is shown when it is made.
        for assignment in assignments where assignment.value.isPure && assignment.array == nil {
            texts.append(assignment.traced(try assignment.value.string(sh)))
        }
        // In bash each assignment is a line of its own.
        if !texts.isEmpty, !sh.has(.posix) {
            for text in texts { sh.trace([text]) }
            texts = []
        }
        for index in base..<sh.stack.count {
            var text = sh.stack[index]
            if let operand = sh.arrayOperands.first(where: { $0.place == index }), !sh.has(.posix) {
                // The list is a line of its own.
                sh.trace([text + (try operand.literal.traced(sh))])
                text = text.dropLast(text.hasSuffix("+=") ? 2 : 1)
            }
            texts.append(Quoting.traced(text))
        }
        sh.trace(texts)
        guard !sh.has(.posix), let builtin, builtin.name == "export" || builtin.name == "readonly" else { return }
        // What these assign is shown as if it stood alone.
        for index in (base + 1)..<sh.stack.count where !sh.arrayOperands.contains(where: { $0.place == index }) {
            let text = sh.stack[index]
            guard text.first != UInt8(ascii: "-"), let equals = text.find(UInt8(ascii: "=")) else { continue }
            let value = text.suffix(from: equals + 1)
            sh.trace([text.prefix(equals + 1) + (value.isEmpty ? "" : Quoting.traced(Bytes(value)))])
        }
    }
}

extension Interpreter {
    /// Prints a command for `set -x`, after the expanded PS4.
    func trace(_ texts: [Bytes]) {
        var line = Bytes()
        if let prompt = value(NameTable.ps4) {
            context.options.remove(.xtrace)
            line = expandPrompt(prompt)
            context.options.insert(.xtrace)
            // How deep substitutions and evaluated texts are nested shows in the first character.
            if traceLevel > 0, !has(.posix), let first = line.first {
                line = Bytes(repeating: first, count: traceLevel) + line
            }
        }
        line.append(texts.joined(by: " "))
        line.append("\n")
        if !has(.posix), let number = value(NameTable.bashXtracefd)?.decimal, context.descriptors[number] != nil {
            writeError(line, to: number)
        } else {
            writeError(line)
        }
    }
}
