import Bytes
import Shell

extension Noun {
    static let lock = Noun(
        name: "lock",
        summary: "let one thread or process at a time into what must not be done by two",
        details: """
            A lock belongs to the thread that has acquired it, or to the process: only
            that one can release it. 'with' is the safe way to use one: the lock is
            released however the command ends, by an error, 'return', 'break', 'exit',
            a signal or 'thread cancel'.
            A lock of a file is one between processes that know nothing of each other,
            as that of flock(1); it needs no 'new': 'lock with --file path command'.
            The file is made if it is not there, and nothing is written into it.
            An acquire that would wait for ever, since the threads that hold the locks
            wait for each other, fails and says who holds what.
            A holder that ends without releasing leaves the lock abandoned: what it
            guards may be half done. Who wants it is told so, and 'lock break' makes
            it free again. The lock of a file is free when the process that holds it
            has ended.

            The exit status of acquire, and that of with where the command was not
            run:
            0  the lock is held
            1  somebody holds it, and -n was given
            2  wrong use, or there is no such lock
            3  waiting for it would be a deadlock
            4  it was abandoned
            124  the time of -t is over
            128+n  signal n has ended the wait
            """,
        examples: """
            lock new l
            lock with l update_balance
            lock with --file /tmp/backup.lock -n backup || echo "it runs already"
            lock acquire -t 5 l && { work; lock release l; }
            """,
        verbs: [
            Verb(
                "new", "[-r] [--file path] name", "make a lock",
                options: [
                    VerbOption("r", "reentrant", "its holder may acquire it again, and releases it as often"),
                    .lockFile,
                ], completes: .nothing
            ) { (call) throws(Unwind) in try LockVerbs.new(&call) },
            Verb(
                "acquire", "[-n] [-a] [-t seconds] name", "take the lock, waiting for it",
                options: [.atOnce, .abandonedToo, .timeout]
            ) { (call) throws(Unwind) in try LockVerbs.acquire(&call) },
            Verb("release", "name", "give the lock back") { (call) throws(Unwind) in try LockVerbs.release(&call) },
            Verb(
                "with", "[-n] [-a] [-t seconds] [-E status] {name | --file path} command [argument…]",
                "run a command with the lock held; its exit status",
                options: [.atOnce, .abandonedToo, .timeout, .lockFile, .elseStatus], completes: .nameThenCommand
            ) { (call) throws(Unwind) in try LockVerbs.with(&call) },
            Verb(
                "holder", "[-v variable] {name | --file path}",
                "say which thread or process holds the lock; the status is 1 if it is free",
                options: [.variable, .lockFile]
            ) { (call) throws(Unwind) in try LockVerbs.holder(&call) },
            Verb("locked", "name", "the status is 0 if somebody holds the lock, 1 if it is free") {
                (call) throws(Unwind) in try LockVerbs.locked(&call)
            },
            Verb("break", "name", "make a lock free whose holder has ended without releasing it") {
                (call) throws(Unwind) in try LockVerbs.breakAbandoned(&call)
            },
            Verb("list", "[--json]", "show the locks", options: [.json], completes: .nothing) {
                (call) throws(Unwind) in try LockVerbs.list(&call)
            },
            Verb("delete", "name", "delete a lock that is free") { (call) throws(Unwind) in
                try LockVerbs.delete(&call)
            },
        ], names: { _ in LockVerbs.locks.candidates })
}

extension VerbOption {
    static let atOnce = VerbOption("n", "no-wait", "don't wait; the status is 1 then")
    static let abandonedToo = VerbOption("a", "abandoned-ok", "take it over also if its holder has ended")
    static let lockFile = VerbOption(nil, "file", value: "path", "the lock of that file, for all processes")
    static let elseStatus = VerbOption("E", "else", value: "status", "the status if the command was not run")
}
