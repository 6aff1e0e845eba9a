// The built-in `process`: Python's multiprocessing.Process as verbs.

import Bytes
import Glibc
import Platform
import Shell
import Syntax

extension Noun {
    static let process = Noun(
        name: "process", summary: "Start commands in processes of their own, by name.",
        details: """
            A program is started as it is; a function or a built-in runs in a new process that has copies of the shell's \
            variables, arrays, functions and options, as after a fork: what it changes stays there. In it, $$ and BASHPID are its \
            own number and PPID is the shell's. Redirections of `process start` are those of the process; its input is \
            /dev/null unless they say otherwise.

            It has the name Process-1, Process-2 and so on, or that of -n. It is no job: jobs and wait do not know it, and $! \
            stays what it was. When it ends it is kept, though no zombie, until it is joined; its name can then be used \
            again, and until that is done, or a hundred others were joined, exitcode can be asked.

            It is in the shell's process group, so that Ctrl-C reaches it; where the shell has job control it is in a group \
            of its own, as a job in the background. It goes on when the shell ends, but with --daemon-with-parent, which ends it by \
            SIGTERM, also where the shell is killed.

            terminate and kill signal the process alone. When one that runs a function is gone, so is the program that it had in the \
            foreground (by SIGTERM); what was put in the background goes on.

            The status of join is that of the last process named, 128+n if signal n has ended it; without a name it joins \
            all, with the status 0. exitcode prints -n then, as in Python, with -s 128+n; its status is 1 while the process \
            runs.
            """,
        examples: """
            process start -n backup tar -czf backup.tgz docs >backup.log 2>&1
            process join backup || echo "status $?"
            f() { echo "child $$ of $PPID"; }; process start f; process join
            """,
        verbs: [
            Verb(
                "start", "[-n name] [--daemon-with-parent] [-v variable] command [argument…]",
                "run a command in a process of its own",
                options: [
                    VerbOption("n", "name", value: "name", "its name; Process-1 and so on without"),
                    VerbOption(nil, "daemon-with-parent", "it is ended when the shell ends"),
                    VerbOption("v", value: "variable", "put its name into that variable"),
                ], completes: .command
            ) { (call) throws(Unwind) in try ProcessVerbs.start(&call) },
            Verb(
                "join", "[-t seconds] [name…]", "wait for the end of processes, without a name of all",
                options: [.timeout]
            ) { (call) throws(Unwind) in try ProcessVerbs.join(&call) },
            Verb("terminate", "name…", "send SIGTERM; nothing to one that has ended") { (call) throws(Unwind) in
                try ProcessVerbs.signal(&call, SIGTERM)
            },
            Verb(
                "kill", "[-s signal] name…", "send SIGKILL, or another signal; nothing to one that has ended",
                options: [VerbOption("s", "signal", value: "signal", "the signal, by name or number")]
            ) { (call) throws(Unwind) in try ProcessVerbs.kill(&call) },
            Verb("alive", "name", "whether it runs: status 0 or 1") { (call) throws(Unwind) in
                try ProcessVerbs.ask(&call) { (process, call) in process.status == nil ? 0 : 1 }
            },
            Verb("pid", "[-v variable] name", "its process number", options: [.variable]) { (call) throws(Unwind) in
                try ProcessVerbs.ask(&call) { (process, call) in call.give(Bytes(decimal: process.pid)) }
            },
            Verb(
                "exitcode", "[-s] [-v variable] name", "how it ended; status 1 while it runs",
                options: [VerbOption("s", "shell", "128+n for a signal, as $? has it, and not -n"), .variable]
            ) { (call) throws(Unwind) in
                try ProcessVerbs.ask(&call) { (process, call) in
                    guard let status = process.status else { return 1 }
                    return call.give(Bytes(decimal: call.has("s") ? status.shellStatus : status.exitCode))
                }
            },
            Verb("list", "[--json]", "show the processes that were not joined", options: [.json], completes: .nothing) {
                (call) throws(Unwind) in
                ProcessVerbs.list(&call)
            },
        ],
        names: { _ in Processes.names.map { Candidate($0) } })
}

extension WaitStatus {
    /// As Python has it: the negative number of the signal that ended it.
    var exitCode: Int32 {
        if case .signaled(let signal, _) = self { return -signal }
        return shellStatus
    }
}

enum ProcessVerbs {
    static func start(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...) { return status }
        if call.reply != nil { return call.wrongUse("a process starts processes of its own") }
        let number = Processes.nextNumber()
        let name = call.value("n") ?? "Process-" + Bytes(decimal: number)
        if name.isEmpty { return call.wrongUse("a name is not empty") }
        if Processes.isUsed(name) { return call.nameUsed(name) }
        if let variable = call.value("v") {
            let status = call.assign(variable, name)
            if status != 0 { return status }
        }
        let words = call.operands()
        ObjectServer.ensure(call.sh)
        var own: OwnProcess
        switch try call.sh.ownProcess(of: words) {
        case .failure(let failure): return failure.status
        case .success(let found): own = found
        }
        let isDaemonic = call.has("daemon-with-parent")
        if isDaemonic { own.launch.parentDeathSignal = SIGTERM }
        switch call.sh.begin(own) {
        case .failure(let failure): return failure.status
        case .success(let child):
            let process = ManagedProcess(
                child, name: name, command: words.map(Quoting.dollar).joined(by: " "), number: number,
                isDaemonic: isDaemonic)
            if Processes.add(process) {
                process.watch()
                return 0
            }
            // Another thread has taken the name meanwhile.
            try? process.signal(SIGKILL)
            process.watch()
            return call.nameUsed(name)
        }
    }

    static func join(_ call: inout Call) throws(Unwind) -> Int32 {
        if call.count == 0 {
            for process in Processes.all {
                if let status = try wait(process, call) { return status }
            }
            return 0
        }
        for index in 0..<call.count where Processes.known(call[index]) == nil {
            // Those of the shell above are its business, all together.
            if !call.operands().contains(where: { Processes.known($0) != nil }) {
                return try call.elsewhere(call[index], among: Processes.names)
            }
            return call.nameUnknown(call[index], among: Processes.names)
        }
        var status: Int32 = 0
        for name in call.operands() {
            guard let process = Processes.known(name) else { continue }
            if let interruption = try wait(process, call) { return interruption }
            status = process.status?.shellStatus ?? 0
        }
        return status
    }

    /// Waits for the end of one; the status if something else has ended the wait.
    private static func wait(_ process: ManagedProcess, _ call: Call) throws(Unwind) -> Int32? {
        if let pidfd = process.beginWait() {
            defer { process.endWait() }
            sleeping: while true {
                var descriptors = [pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)]
                switch try call.sh.sleep(on: &descriptors, until: call.deadline) {
                case .ready: break sleeping
                case .timedOut: return 124
                case .interrupted(let signal): return 128 + signal
                }
            }
        }
        Processes.noteJoined(process)
        return nil
    }

    static func kill(_ call: inout Call) throws(Unwind) -> Int32 {
        var signal = SIGKILL
        if let text = call.value("s") {
            let number = text.decimal ?? Signals.number(named: text).map { Int($0) }
            guard let number, number >= 1, number <= 64 else { return call.wrongUse("no signal '" + text + "'") }
            signal = Int32(truncatingIfNeeded: number)
        }
        return try self.signal(&call, signal)
    }

    static func signal(_ call: inout Call, _ signal: Int32) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...) { return status }
        for index in 0..<call.count where Processes.known(call[index]) == nil {
            // Those of the shell above are its business, all together.
            if !call.operands().contains(where: { Processes.known($0) != nil }) {
                return try call.elsewhere(call[index], among: Processes.names)
            }
            return call.nameUnknown(call[index], among: Processes.names)
        }
        var status: Int32 = 0
        for name in call.operands() {
            guard let process = Processes.known(name) else { continue }
            do throws(Errno) { try process.signal(signal) } catch { status = call.fail(name + ": " + error.message) }
        }
        return status
    }

    static func ask(
        _ call: inout Call, _ answer: (ManagedProcess, Call) -> Int32
    ) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard let process = Processes.known(call[0]) else {
            return try call.elsewhere(call[0], among: Processes.names)
        }
        return answer(process, call)
    }

    static func list(_ call: inout Call) -> Int32 {
        if let status = call.checkCount(0...0) { return status }
        var listing = Listing(["name", "pid", "state", "exitcode", "started", "seconds", "command"])
        for process in Processes.all {
            let status = process.status
            listing.add([
                .text(process.name), .number(Int(process.pid)),
                .text(status != nil ? "ended" : process.isStopped ? "stopped" : "running"),
                status.map { .number(Int($0.exitCode)) } ?? .none,
                .text(call.sh.calendarTime(process.startMicroseconds)),
                .seconds(process.duration), .text(process.command),
            ])
        }
        return call.show(listing)
    }
}
