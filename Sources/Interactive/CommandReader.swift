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
    /// Standard input and error are a terminal: the commands are a user's.
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
    /// What the next line begins with: one whose expansion of `!` is to be looked at (histverify), or has failed (histreedit).
    private var initial = Bytes()

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
        case .refused:
            drop()
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
            let text = initial
            initial = Bytes()
            switch source.line(prompt, initial: text) {
            case .text(let text): pending = text.split(on: UInt8(ascii: "\n"))
            case let other:
                interruption = other
                return nil
            }
        }
        guard let line = expandHistory(pending.isEmpty ? Bytes() : pending.removeFirst()) else { return nil }
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

    /// The line with its `!` expanded, which is shown then; nil if it is not to be run.
    private func expandHistory(_ line: Bytes) -> Bytes? {
        guard usesTerminal, sh.context.options.contains(.histexpand), sh.context.options.contains(.history),
            let quote = openQuote
        else { return line }
        let earlier = lines.isEmpty ? Bytes() : lines.joined(by: "\n") + "\n"
        switch ReadlineHistory.expand(line, after: earlier, quote: quote, sh) {
        case .unchanged: return line
        case .expanded(let text):
            guard sh.context.shopt.contains(.histverify), !(source is PlainInput) else {
                sh.writeError(text + "\n")
                return text
            }
            // Lines that were entered with this one come after it.
            initial = ([text] + pending).joined(by: "\n")
            pending = []
            if !lines.isEmpty { return nextLine() }
        case .shown(let text):
            sh.writeError(text + "\n")
            sh.remember(text)
        case .failed(let message):
            sh.report(message)
            if sh.context.shopt.contains(.histreedit) { initial = line }
        }
        interruption = .refused
        return nil
    }

    /// The quotes that the lines so far leave open, 0 for none; nil in a here-document, whose text stays as it is.
    private var openQuote: UInt8? {
        guard !lines.isEmpty else { return 0 }
        let place = CursorContext.find(in: lines.joined(by: "\n") + "\n", options: sh.parserOptions())
        if place.role == .text { return nil }
        switch place.quotes {
        case .none: return 0
        case .single, .dollar: return UInt8(ascii: "'")
        case .double: return UInt8(ascii: "\"")
        }
    }

    /// Puts the command into the history, all its lines as one entry; each as its own with `shopt -u cmdhist`.
    private func remember() {
        let entry = lines.joined(by: "\n")
        guard !entry.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0A }), !isUnlogged(entry) else {
            sh.history.holdsCurrent = false
            return
        }
        if sh.context.shopt.contains(.cmdhist) { return sh.remember(entry) }
        for line in lines { sh.remember(line) }
    }

    /// With `set -o nolog` function definitions do not go into the history.
    private func isUnlogged(_ source: Bytes) -> Bool {
        guard sh.context.options.contains(.nolog), let list = try? Parser.parse(source, options: sh.parserOptions()),
            case .function = list.items.first?.first.commands.first
        else { return false }
        return true
    }
}
