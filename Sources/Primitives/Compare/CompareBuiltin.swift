import Bytes
import Platform
import Shell

/// Process against thread, shown by measurement.
extension Builtin {
    static let compare = Builtin.single(
        Verb(
            "compare", "[-j n] [-n runs] [-i] [--json] command [argument…]",
            "Run the same work one after the other, on threads and in processes, and tell what each takes.",
            options: [
                VerbOption("j", "jobs", value: "n", "how often the command runs in each measurement (the processors)"),
                VerbOption("n", "runs", value: "runs", "how many measurements of each there are (5)"),
                VerbOption("i", "ignore-failure", "go on where the command fails"),
                .json,
            ], completes: .command, run: Comparison.run), name: "compare",
        details: """
            Each way runs the command N times: in the shell, one after the other; on N threads that share the shell's \
            variables (see 'help thread'); in N processes (see 'help process'). They take turns, so that a machine that \
            is busy for a while is so for all. The command's output goes to /dev/null, and what it changes stays its own.

            The table has the median of the runs and half of the distance between the fastest and the slowest; the \
            processor time of all together; the memory beyond what the shell had before, of processes their own; the \
            time to start one that does nothing and to wait for its end; and the speed-up against the first way. What \
            comes of it depends on the machine's processors, and on whether the work computes or waits.

            The status is that of the command if it fails.
            """,
        examples: """
            sum() { local i s=0; for ((i = 0; i < $1; i++)); do ((s += i)); done; }; compare -j 4 sum 100000
            compare -n 3 sleep 0.2
            """)
}

extension Comparison {
    @Sendable fileprivate static func run(_ call: inout Call) throws(Unwind) -> Int32 {
        guard call.count > 0 else { return call.wrongUse("a command is missing") }
        guard let width = number(call.value("j"), Processors.available, 1...1_000) else {
            return call.wrongUse("'" + (call.value("j") ?? "") + "' is no number of times from 1 to 1000")
        }
        guard let runs = number(call.value("n"), 5, 1...10_000) else {
            return call.wrongUse("'" + (call.value("n") ?? "") + "' is no number of runs from 1 to 10000")
        }
        let words = call.operands()
        guard call.sh.findCommand(words[0]) != nil else { return call.fail(words[0] + ": not found", status: 127) }
        let comparison = Comparison(
            words: words, width: width, runs: runs, ignoresFailure: call.has("i"), shell: call.sh)
        switch try comparison.measure(for: call.sh) {
        case .table(let table):
            call.sh.write(call.has("json") ? table.json : table.text)
            return 0
        case .failed(let status, let way):
            return call.fail(
                words[0] + ": status " + Bytes(decimal: Int(status)) + " (" + way + "); -i goes on all the same",
                status: status)
        case .interrupted(let signal): return 128 + signal
        case .impossible(let error): return call.fail("cannot start: " + error.message)
        }
    }

    private static func number(_ text: Bytes?, _ usual: Int, _ range: ClosedRange<Int>) -> Int? {
        guard let text else { return usual }
        guard let number = text.decimal, range.contains(number) else { return nil }
        return number
    }
}
