import Bytes
@preconcurrency import CReadline
@preconcurrency import Glibc
import Platform
import Shell

/// A single line read from a terminal with editing: `read -e`.
package enum LineEditor {
    /// Gives the main interpreter of the process its line editor: for `read -e`, and `bind`; and the expansion of `!`.
    package static func attach(to sh: Interpreter) {
        Readline.owner = sh
        sh.lineEditor = { read($1, $0) }
        sh.historyExpander = { line, sh in ReadlineHistory.expand(line, sh) }
    }

    private static func read(_ request: LineRequest, _ sh: Interpreter) -> LineAnswer {
        guard let copy = try? System.duplicate(request.descriptor), let input = fdopen(copy, "r") else { return .end }
        let outer = rl_instream
        defer {
            rl_instream = outer
            fclose(input)
        }
        let editor = Readline.editor(sh)
        var initial = request.initial
        while true {
            let wait = PromptWait(sh, .command)
            let outcome = Completion.forRead {
                editor.edit(
                    for: sh, request.prompt, initial: initial, input: input, descriptor: copy,
                    deadline: request.deadline, wait: wait)
            }
            guard case .interrupted(let typed) = outcome, let signal = wait.fatalSignal else { return answer(outcome) }
            // Ends the process, or stops it until somebody lets it go on, with the line that was being typed.
            Signals.raiseDefault(signal)
            initial = typed
        }
    }

    private static func answer(_ outcome: Readline.Outcome) -> LineAnswer {
        switch outcome {
        case .line(let text): return .line(text)
        case .timedOut(let text): return .timedOut(text)
        case .interrupted(let text): return .interrupted(text)
        case .unwound: return .interrupted(Bytes())
        case .end: return .end
        }
    }
}
