import Bytes
import Platform
import Shell

/// The options of the runner that an open pool has, too.
package enum PoolOptions {
    /// How one is spelt, for the help and the parser of `pool open`.
    package struct Spelling: Sendable {
        package let letter: UInt8?
        package let name: Bytes
        /// What its value is called; empty if it has none.
        package let value: Bytes
        package let help: Bytes
    }

    private static let names: [Bytes] = [
        "jobs", "delay", "load", "memfree", "nice", "timeout", "workdir", "process-slot-var", "keep-order", "group",
        "line-buffer", "ungroup", "tag", "tagstring", "color", "ctag", "ctagstring", "color-failed", "tmpdir", "joblog",
        "results", "halt", "retries", "retry-delay", "termseq",
    ]

    package static var all: [Spelling] {
        let table = OptionTable()
        return names.compactMap { name in
            guard case .option(let option) = table.option(named: name) else { return nil }
            return Spelling(
                letter: option.letters.first, name: option.names[0], value: option.value.name ?? Bytes(),
                help: option.help)
        }
    }

    /// Reads options, each a word of its own with its value; the message if they make no sense.
    package static func parse(_ words: [Bytes], on sh: Interpreter) throws(OpenPool.Failure) -> RunOptions {
        // A command that is never run, since templates of results and tags need one.
        let line = ["--plain"] + words + ["--", ":", ":::"]
        switch parseCommandLine(line, calledAs: .thresh, environment: RunEnvironment(of: sh)) {
        case .run(let plan): return plan.options
        case .print(let text, _), .failure(let text):
            var message = text.hasPrefix("thresh: ") ? text.dropFirst(8) : text
            if let end = message.find(UInt8(ascii: "\n")) { message = message.prefix(end) }
            throw OpenPool.Failure(message: message)
        }
    }
}
