import Bytes
@preconcurrency import Glibc
import Platform
import Shell

/// Lines of standard input as they are, with the prompt on standard error: an interactive shell without a terminal, or with
/// neither `set -o emacs` nor `set -o vi`.
final class PlainInput: LineSource {
    private let sh: Interpreter
    private let input = LineInput(descriptor: 0, isShared: true)
    private var prompt = Bytes()

    init(_ sh: Interpreter) { self.sh = sh }

    func line(_ prompt: Bytes, initial: Bytes) -> LineResult {
        self.prompt = PromptText.visible(prompt)
        sh.writeError(self.prompt)
        // A terminal has whole lines; what else there is is read to its end without a look at anything else.
        if let descriptor = sh.context.descriptors.descriptor(0), System.isTerminal(descriptor) {
            let wait = PromptWait(sh)
            wait.begin()
            defer { wait.end() }
            switch wait.forInput(descriptor, source: self, deadline: PromptWait.deadline(sh)) {
            case .input: break
            case .interrupted:
                sh.writeError("\n")
                return .interrupted
            case .hungUp: return .end
            case .timedOut: return .timedOut
            case .unwound(let unwind): return .unwound(unwind)
            }
        }
        let line: Bytes
        do throws(Errno) { line = try input.next(sh) } catch {
            sh.report("cannot read commands: " + error.message)
            return .end
        }
        if line.isEmpty { return .end }
        let text = line.contains(0) ? line.withoutNULs : line
        return .text(text.last == UInt8(ascii: "\n") ? text.dropLast() : text)
    }

    func hide() { sh.writeError("\r\n") }

    func show() { sh.writeError(prompt) }

    func resize() {}
}
