import Bytes
import Glibc
import Platform
import Shell

/// `thread`: threads of the shell itself, which share its variables, functions, directory and options.
enum ThreadNoun {
    /// The threads of this process that were not joined yet.
    private static let threads = Registry<ShellThread>()
    private static let counter = Mutex(0)

    static let noun = Noun(
        name: "thread",
        summary: "Run commands on threads that share the shell's state.",
        details: """
            A thread runs a command, a built-in or a function beside the shell, on a processor of its own if there is one. It shares \
            variables, arrays, functions, aliases, options, the working directory and the umask with the shell and the other threads; \
            the local variables of a function that starts a thread are shared with that thread too. Its own are redirections, \
            positional parameters, traps, jobs, $?, $!, its own functions' local variables, and what threadlocal names.
            An access to a variable is whole: no value is seen half written. But x=$((x+1)) is two of them, between which another \
            thread may come: see lock.
            exit ends the thread only; its status is what join gives. The shell waits for its threads before it ends, but ends those \
            that were started with --daemon.

            Exit status: 0; of join, that of the last thread named; 1 if a thread is not alive; 2 for wrong use; 124 when the time is over.
            """,
        examples: """
            thread start -n loop count_to 1000; thread join loop
            thread start -v one work a; thread start -v two work b; thread join "$one" "$two"
            """,
        verbs: [
            Verb(
                "start", "[-d] [-n name] [-v variable] command [argument…]", "start a thread that runs the command",
                options: [
                    VerbOption("n", "name", value: "name", "its name; else Thread-1, Thread-2 and so on"),
                    VerbOption("d", "daemon", "the shell does not wait for it, but ends it with itself"),
                    VerbOption("v", value: "variable", "put its name into that variable"),
                ], completes: .command, run: start),
            Verb(
                "join", "[-t seconds] [name…]", "wait for threads, or for all, and forget them", options: [.timeout],
                run: join),
            Verb("alive", "name", "whether the thread still runs", run: alive),
            Verb(
                "list", "[--json]", "the threads that were not joined", options: [.json], completes: .nothing, run: list
            ),
            Verb(
                "current", "[-v variable]", "the name of the thread that asks", options: [.variable],
                completes: .nothing,
                run: { (call) throws(Unwind) in call.checkCount(0...0) ?? call.give(call.sh.threadName) }),
            Verb("cancel", "name…", "end threads at their next command, or where they wait", run: cancel),
        ],
        names: { _ in threads.candidates })

    private static func start(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...) { return status }
        if let name = call.value("n"), name.isEmpty { return call.wrongUse("a name is empty") }
        let name = call.value("n") ?? nextName()
        if let former = threads[name] {
            guard former.isAbandoned, former.hasEnded else { return call.nameUsed(name) }
            threads.remove(name)
        }
        let thread: ShellThread
        do throws(Errno) {
            thread = try ShellThread.start(
                call.operands(), name: name, isDaemon: call.has("d"), by: call.sh,
                admit: { threads.add(name, $0) }, dismiss: { threads.remove(name) })
        } catch {
            if error.code == EEXIST { return call.nameUsed(name) }
            return call.fail("no thread can be started: " + error.message)
        }
        return call.value("v").map { call.assign($0, thread.name) } ?? 0
    }

    private static func nextName() -> Bytes {
        while true {
            let number = counter.withLock { number in
                number += 1
                return number
            }
            let name = "Thread-" + Bytes(decimal: number)
            if threads[name] == nil { return name }
        }
    }

    private static func join(_ call: inout Call) throws(Unwind) -> Int32 {
        if call.count == 0 {
            for (name, thread) in threads.all where thread.identity != call.sh.identity {
                if let interruption = try wait(thread, call) { return interruption }
                threads.remove(name)
            }
            call.sh.noteJoined()
            return 0
        }
        var status: Int32 = 0
        for name in call.operands() {
            guard let thread = threads[name] else { return try call.elsewhere(name, among: threads.names) }
            if thread.identity == call.sh.identity { return call.fail("a thread cannot wait for itself", status: 2) }
            if let interruption = try wait(thread, call) { return interruption }
            status = thread.status
            threads.remove(name)
        }
        call.sh.noteJoined()
        return status
    }

    /// Waits for the end of a thread; the status if something else has ended the wait.
    private static func wait(_ thread: ShellThread, _ call: Call) throws(Unwind) -> Int32? {
        while !thread.ended.spin(microseconds: Threads.spinTime) {
            var descriptors = [pollfd(fd: thread.ended.descriptor, events: Int16(POLLIN), revents: 0)]
            switch try call.sh.sleep(on: &descriptors, until: call.deadline) {
            case .ready: break
            case .timedOut: return 124
            case .interrupted(let signal): return 128 + signal
            }
        }
        return nil
    }

    private static func alive(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard let thread = threads[call[0]] else { return try call.elsewhere(call[0], among: threads.names) }
        return thread.hasEnded ? 1 : 0
    }

    private static func cancel(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...) { return status }
        for index in 0..<call.count {
            guard let thread = threads[call[index]] else {
                return try call.elsewhere(call[index], among: threads.names)
            }
            thread.cancel()
        }
        return 0
    }

    private static func list(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(0...0) { return status }
        var listing = Listing(["name", "state", "status", "daemon", "seconds", "command"])
        for (name, thread) in threads.all where !thread.isAbandoned || !thread.hasEnded {
            let hasEnded = thread.hasEnded
            listing.add([
                .text(name), .text(hasEnded ? "ended" : thread.isCancelled ? "cancelled" : "running"),
                hasEnded ? .number(Int(thread.status)) : .none, .yes(thread.isDaemon), .seconds(thread.duration),
                .text(thread.command),
            ])
        }
        return call.show(listing)
    }
}
