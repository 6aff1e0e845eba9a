// The primitives of processes and threads as built-ins. A new noun is added here, and dispatch, help, completion and the socket for
// other processes follow.

import Bytes
import Shell
import struct Synchronization.Atomic

package enum Primitives {
    /// The built-ins of the nouns, and those that have no verbs.
    package static let builtins: [BuiltinTable.Entry] = [
        .init("lock") { .lock }, .init("semaphore") { .semaphore }, .init("event") { .event },
        .init("barrier") { .barrier }, .init("condition") { .condition }, .init("process") { .process },
        .init("pool") { .pool }, .init("queue") { .queue }, .init("pipe") { .pipe }, .init("daemon") { .daemon },
        .init("thread") { .thread }, .init("threadlocal") { .threadlocal }, .init("compare") { .compare },
    ]

    /// What a process that the shell starts of itself gets of the objects of this one.
    package static let cargo = CapsuleCargo(
        give: {
            let (fields, files) = Pipes.inheritance()
            return (fields, files.map { (number: $0.number, keeper: $0) })
        }, take: { Pipes.inherit($0, $1) })

    static func noun(_ name: Bytes) -> Noun? {
        switch name {
        case "lock": .lock
        case "semaphore": .semaphore
        case "event": .event
        case "barrier": .barrier
        case "condition": .condition
        case "process": .process
        case "pool": PoolNoun.noun
        case "queue": .queue
        case "pipe": .pipe
        case "daemon": .daemon
        case "thread": ThreadNoun.noun
        default: nil
        }
    }

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

    /// Whether a verb was run in this process: else there are no objects.
    static let areUsed = Atomic(false)

    /// The end of the process.
    package static func end() {
        guard areUsed.load(ordering: .acquiring) else { return }
        PoolObject.finishAll()
        Processes.end()
        ObjectServer.end()
    }
}

extension Builtin {
    static let lock = primitive("lock", { .lock }, quick: { (sh, words) throws(Unwind) in QuickLock.run(sh, words) })
    static let semaphore = primitive("semaphore", { .semaphore })
    static let event = primitive("event", { .event })
    static let barrier = primitive("barrier", { .barrier })
    static let condition = primitive("condition", { .condition })
    static let process = primitive("process", { .process })
    static let pool = primitive("pool", { PoolNoun.noun })
    static let queue = primitive(
        "queue", { .queue }, quick: { (sh, words) throws(Unwind) in QuickQueue.run(sh, words) })
    static let pipe = primitive("pipe", { .pipe })
    static let daemon = primitive("daemon", { .daemon })
    static let thread = primitive("thread", { ThreadNoun.noun })
}
