// The primitives of processes and threads as built-ins. A new noun is added to `nouns`, and dispatch, help, completion and the socket for
// other processes follow.

import Bytes
import Shell

package enum Primitives {
    /// All nouns: a name, and the value that is made when it is first used.
    private static let nouns: [(name: Bytes, noun: @Sendable () -> Noun)] = [
        ("lock", { .lock }),
        ("semaphore", { .semaphore }),
        ("event", { .event }),
        ("barrier", { .barrier }),
        ("condition", { .condition }),
        ("process", { .process }),
        ("pool", { PoolNoun.noun }),
        ("queue", { .queue }),
        ("pipe", { .pipe }),
        ("daemon", { .daemon }),
        ("thread", { ThreadNoun.noun }),
    ]

    /// The built-ins of the nouns.
    package static var builtins: [Builtin] {
        nouns.map { Builtin.primitive($0.name, $0.noun, quick: quick($0.name)) } + [.threadlocal, .compare]
    }

    /// What runs the most frequent calls of a noun without its verbs.
    private static func quick(_ noun: Bytes) -> (@Sendable (Interpreter, Arguments) throws(Unwind) -> Int32?)? {
        switch noun {
        case "lock": { (sh, arguments) throws(Unwind) in QuickLock.run(sh, arguments) }
        case "queue": { (sh, arguments) throws(Unwind) in QuickQueue.run(sh, arguments) }
        default: nil
        }
    }

    /// What a process that the shell starts of itself gets of the objects of this one.
    package static let cargo = CapsuleCargo(
        give: {
            let (fields, files) = Pipes.inheritance()
            return (fields, files.map { (number: $0.number, keeper: $0) })
        }, take: { Pipes.inherit($0, $1) })

    static func noun(_ name: Bytes) -> Noun? { nouns.first { $0.name == name }?.noun() }

    /// Whether these words, after the program's own name, are a call of a primitive: `thresh queue put …`.
    package static func isCall(_ words: [Bytes]) -> Bool {
        guard words.count > 1, let noun = noun(words[0]) else { return false }
        return noun.verb(words[1]) != nil || words[1] == "--help"
    }

    /// Runs a call of a primitive as the whole of the program; the exit status.
    package static func run(_ words: [Bytes], _ sh: Interpreter) -> Int32 {
        guard let name = words.first, let noun = noun(name) else { return 2 }
        return sh.finish { (sh: Interpreter) throws(Unwind) -> Int32 in
            try sh.withWords(words) { (words) throws(Unwind) in
                let status = try noun.run(sh, words)
                sh.flushOutput()
                return status
            }
        }
    }

    /// The end of the process.
    package static func end() {
        PoolObject.finishAll()
        Processes.end()
        ObjectServer.end()
    }
}
