// A command at the prompt: lines are asked for as the parser needs them, so that a command of several lines gets the
// continuation prompt exactly where the language says that it goes on.
//
// What was entered at once may hold several lines, if it was pasted or recalled. The parser gets them one by one, and what
// follows a command is kept for the next; so each command is run before the next is parsed, and makes an entry of its own
// in the history.

import Bytes
@preconcurrency import Glibc
import Platform
import Shell
import Syntax

final class CommandReader {
    enum Command {
        /// A list that may be empty.
        case list(List)
        /// There was a mistake, which was told, or Ctrl-C.
        case nothing
        case end
        case timedOut
        case unwound(Unwind)
    }

    private let sh: Interpreter
    private let plain: PlainInput
    /// Standard input and error are a terminal: the commands are a user's, and go into the history.
    let usesTerminal = System.isTerminal(0) && System.isTerminal(2)
    /// What the terminal is told beside the prompt.
    var marks = TerminalMarks.none
    private var parser = Parser(Bytes())
    /// Lines that were entered and that no command has taken yet.
    private var pending: [Bytes] = []
    /// The lines of the command that is being read.
    private var lines: [Bytes] = []
    /// What came instead of a line.
    private var interruption: LineResult?

    init(_ sh: Interpreter) {
        self.sh = sh
        plain = PlainInput(sh)
        startParser(line: 1)
    }

    /// Whether the next command has been entered already, with the one before it.
    var hasPending: Bool { !pending.isEmpty }

    private var source: LineSource {
        guard usesTerminal, !sh.context.options.isDisjoint(with: [.emacs, .vi]),
            // `exec <file` has the commands come from there.
            let input = sh.context.descriptors.descriptor(0), System.isTerminal(input)
        else { return plain }
        return Readline.editor(sh)
    }

    private func startParser(line: Int) {
        parser = Parser(
            Bytes(), line: line, options: sh.parserOptions(),
            refill: { [unowned self] buffer in
                guard let line = nextLine() else { return false }
                line.withUnsafeBytes { buffer.append(contentsOf: $0) }
                buffer.append(UInt8(ascii: "\n"))
                return true
            })
    }

    /// The next command.
    func next() -> Command {
        lines = []
        interruption = nil
        parser.options = sh.parserOptions()
        var list: List?
        var failure: ParseError?
        do throws(ParseError) { list = try parser.nextCommand() } catch { failure = error }
        switch interruption {
        case .interrupted:
            drop()
            sh.context.status = 130
            return .nothing
        case .unwound(let unwind):
            drop()
            return .unwound(unwind)
        case .timedOut: return .timedOut
        case .end where lines.isEmpty:
            drop()
            return .end
        default: break
        }
        remember()
        if let failure {
            sh.reportSyntax(failure)
            sh.context.status = 2
            drop()
            return .nothing
        }
        return list.map { .list($0) } ?? .nothing
    }

    /// Forgets what was entered and not run.
    func drop() {
        pending = []
        parser.discard()
    }

    // MARK: Lines

    /// A line for the parser; nil if none came, which `interruption` explains.
    private func nextLine() -> Bytes? {
        if interruption != nil { return nil }
        if pending.isEmpty {
            let prompt = prompt
            Completion.setEarlierLines(lines)
            switch source.line(prompt) {
            case .text(let text): pending = text.split(on: UInt8(ascii: "\n"))
            case let other:
                interruption = other
                return nil
            }
        }
        let line = pending.isEmpty ? Bytes() : pending.removeFirst()
        if sh.context.options.contains(.verbose) { sh.writeError(line + "\n") }
        lines.append(line)
        return line
    }

    private var prompt: Bytes {
        let text = lines.isEmpty ? marks.marking(sh.prompt("PS1", default: "$ ")) : sh.prompt("PS2", default: "> ")
        // Ctrl-C while commands of the prompt ran was meant for them.
        if Signals.pending, sh.context.traps[SIGINT] == nil {
            var signals = Signals.takePending()
            if signals.contains(SIGINT) { sh.writeError("\n") }
            signals.remove(SIGINT)
            Signals.putBack(signals)
        }
        return text
    }

    // MARK: History

    /// Puts the command into the history, all its lines as one entry.
    private func remember() {
        let entry = lines.joined(by: "\n")
        guard usesTerminal, !entry.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0A }), !isUnlogged(entry) else {
            return
        }
        sh.history.add(entry)
    }

    /// With `set -o nolog` function definitions do not go into the history.
    private func isUnlogged(_ source: Bytes) -> Bool {
        guard sh.context.options.contains(.nolog), let list = try? Parser.parse(source, options: sh.parserOptions()),
            case .function = list.items.first?.first.commands.first
        else { return false }
        return true
    }
}
