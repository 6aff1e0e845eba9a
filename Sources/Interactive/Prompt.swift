import Bytes
@preconcurrency import Glibc
import Platform
import Shell
import Syntax

/// The interactive shell: reads commands (CommandReader.swift) and runs them.
package final class Prompt {
    private let sh: Interpreter
    private let reader: CommandReader

    package init(_ sh: Interpreter) {
        self.sh = sh
        sh.context.options.insert(.interactive)
        reader = CommandReader(sh)
    }

    /// Runs until the end of input or `exit`; the exit status of the shell.
    package func run() -> Int32 {
        if sh.variable("PS1") == nil { _ = sh.assign("PS1", System.effectiveUserID == 0 ? "# " : "$ ") }
        while true {
            sh.notifyJobs()
            switch reader.next() {
            case .nothing: continue
            case .list(let list):
                if let status = sh.runInteractively(list) { return end(status) }
                if sh.exitWarning > 0 { sh.exitWarning -= 1 }
            case .end:
                if System.isTerminal(0) {
                    if sh.ignoresEnd() { continue }
                    sh.writeError("\n")
                }
                return end(sh.context.status)
            case .unwound(let unwind):
                if case .exit = unwind { return end(sh.context.status) }
            }
        }
    }

    private func end(_ status: Int32) -> Int32 { sh.finish { (sh: Interpreter) throws(Unwind) -> Int32 in status } }
}
