// Readline's history library: its list follows that of the shell (CommandHistory), so that the keys find what `history` and `fc`
// show, and the same library expands `!`.

import Bytes
@preconcurrency import CReadline
@preconcurrency import Glibc
import Platform
import Shell
import struct Synchronization.Atomic
import Syntax

/// Lock: `known`, for the expansions that a stage of a pipeline asks for while the main thread waits. While a line is being
/// edited the list belongs to the main thread.
enum ReadlineHistory {
    /// The state of the shell's list that readline's shows.
    private struct Known {
        var firstNumber = 1
        var nextNumber = 1
        var revision = -1
    }

    private static let known = Mutex(Known())
    /// A line is being edited.
    static let isInUse = Atomic<Bool>(false)

    /// Brings readline's list up to the shell's.
    static func follow(_ history: CommandHistory) {
        known.withLock { follow(history, &$0) }
    }

    private static func follow(_ history: CommandHistory, _ known: inout Known) {
        let state = history.snapshot
        if known.revision < 0 { using_history() }
        if state.revision != known.revision || state.firstNumber > known.nextNumber {
            clear_history()
            (known.firstNumber, known.nextNumber) = (state.firstNumber, state.firstNumber)
        }
        while known.firstNumber < state.firstNumber {
            if let entry = remove_history(0) { free_history_entry(entry) }
            known.firstNumber += 1
        }
        for entry in state.entries.dropFirst(known.nextNumber - state.firstNumber) {
            entry.command.withCString { add_history($0) }
        }
        (known.nextNumber, known.revision) = (state.nextNumber, state.revision)
        history_base = Int32(clamping: state.firstNumber)
    }

    // MARK: Expansion

    /// Expands `!` in a line.
    ///
    /// - Parameters:
    ///   - earlier: the lines of the command before this one, with their newlines.
    ///   - quote: the quotes that they leave open, 0 if there are none.
    static func expand(
        _ line: Bytes, after earlier: Bytes = "", quote: UInt8 = 0, _ sh: Interpreter
    ) -> HistoryExpansion {
        guard sh === Readline.owner || !isInUse.load(ordering: .acquiring) else {
            return .failed(line + ": the list is in use by the line editor")
        }
        return known.withLock { known in
            takeCharacters(sh)
            guard history_expansion_char != 0, needsExpansion(line) else { return .unchanged }
            follow(sh.history, &known)
            using_history()
            history_quotes_inhibit_expansion = 1
            history_quoting_state = Int32(quote)
            surroundings = (earlier, sh.parserOptions())
            history_inhibit_expansion_function = { line, index in
                guard let line else { return 0 }
                return ReadlineHistory.isOrdinary(Bytes(cString: line), Int(index)) ? 1 : 0
            }
            var output: UnsafeMutablePointer<CChar>?
            var copy = line.map { CChar(bitPattern: $0) } + [0]
            let outcome = history_expand(&copy, &output)
            history_quoting_state = 0
            surroundings = (Bytes(), ParserOptions())
            let text = output.map { Bytes(cString: $0) } ?? Bytes()
            free(output)
            switch outcome {
            case 0: return .unchanged
            case 1: return .expanded(text)
            case 2: return .shown(text)
            default: return .failed(text)
            }
        }
    }

    /// The characters that mean something, by the variable `histchars`.
    private static func takeCharacters(_ sh: Interpreter) {
        let characters = sh.variable("histchars") ?? "!^#"
        func character(_ index: Int) -> CChar {
            index < characters.count ? CChar(bitPattern: characters[index]) : 0
        }
        history_expansion_char = character(0)
        history_subst_char = characters.count > 1 ? character(1) : CChar(bitPattern: UInt8(ascii: "^"))
        history_comment_char = character(2)
        if history_search_delimiter_chars == nil || !hasDelimiters {
            history_search_delimiter_chars = strdup(";&()|<>")
            hasDelimiters = true
        }
    }

    /// What stands before the line that is being expanded. Under the lock of `known`.
    private nonisolated(unsafe) static var surroundings: (earlier: Bytes, options: ParserOptions) = (
        "", ParserOptions()
    )

    // Under the lock of `known`.
    private nonisolated(unsafe) static var hasDelimiters = false

    private static func needsExpansion(_ line: Bytes) -> Bool {
        line.contains(UInt8(bitPattern: history_expansion_char))
            || line.first == UInt8(bitPattern: history_subst_char)
    }

    /// Whether a `!` belongs to the shell's language, as bash sees it: `[!a]`, `${!x}`, `$!`, `!(a|b)`; or stands within single
    /// quotes, which the library knows only of the outermost ones, or in a comment.
    private static func isOrdinary(_ line: Bytes, _ index: Int) -> Bool {
        guard index >= 0, index < line.count else { return false }
        let rest = line.suffix(from: index + 1)
        if rest.first == UInt8(ascii: "("), rest.contains(UInt8(ascii: ")")) { return true }
        guard index > 0 else { return false }
        switch line[index - 1] {
        case UInt8(ascii: "[") where rest.contains(UInt8(ascii: "]")): return true
        case UInt8(ascii: "$"): return true
        case UInt8(ascii: "{") where index > 1 && line[index - 2] == UInt8(ascii: "$"):
            if rest.contains(UInt8(ascii: "}")) { return true }
        default: break
        }
        let place = CursorContext.find(in: surroundings.earlier + line.prefix(index), options: surroundings.options)
        return place.role == .text || place.quotes == .single || place.quotes == .dollar
    }
}
