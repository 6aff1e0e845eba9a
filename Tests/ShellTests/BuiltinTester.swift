import Bytes
import Platform
import Testing

@testable import Shell

/// Calls built-ins by themselves, without a parsed command.
struct BuiltinTester {
    let sh: Interpreter

    init(environment: [Bytes] = ["PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"]) {
        sh = Interpreter(name: "test", environment: environment, sourceName: "test")
        sh.context.descriptors[2] = OpenFile(memory: MemoryOutput())
    }

    /// Runs a built-in with the words; its status and what it wrote.
    func callAsFunction(_ words: Bytes...) -> (status: Int32, output: Bytes) {
        run(words)
    }

    func run(_ words: [Bytes]) -> (status: Int32, output: Bytes) {
        guard let builtin = sh.builtin(named: words[0]) else { return (127, "") }
        let memory = MemoryOutput()
        let saved = sh.context.descriptors
        sh.context.descriptors[1] = OpenFile(memory: memory)
        let base = sh.stack.count
        sh.stack.append(contentsOf: words)
        defer {
            sh.stack.removeLast(sh.stack.count - base)
            sh.context.descriptors = saved
        }
        do {
            let status = try builtin.run(sh, Arguments(interpreter: sh, base: base, count: words.count))
            sh.flushOutput()
            return (status, memory.bytes)
        } catch {
            return (-1, memory.bytes)
        }
    }

    /// What was written to standard error so far.
    var errors: Bytes { sh.context.descriptors[2]?.memory?.bytes ?? "" }
}
