// External commands: finding them, starting them, waiting for them.

import Bytes
import Glibc
import Platform
import Syntax

extension Interpreter {
    /// What a name would run, for `type`, `command -v` and the like.
    package enum CommandKind {
        case reserved
        case alias(Bytes)
        case special(Builtin)
        case function(Function)
        case builtin(Builtin)
        case external(Bytes)
    }

    static let reservedWords: Set<Bytes> = [
        "!", "{", "}", "case", "do", "done", "elif", "else", "esac", "fi", "for", "if", "in", "then", "until", "while",
        "[[", "]]", "function", "select", "time", "coproc", "pfor", "pwhile",
    ]

    /// The first thing that `name` means in the order of 2.9.1.4; nil if nothing.
    package func findCommand(_ name: Bytes) -> CommandKind? {
        if let alias = context.aliases[name] { return .alias(alias) }
        if Interpreter.reservedWords.contains(name) { return .reserved }
        switch meaning(of: name) {
        case .function(let function):
            return function.hidesBuiltin ? findExecutable(name).map { .external($0) } : .function(function)
        case .builtin(let builtin): return builtin.kind == .special ? .special(builtin) : .builtin(builtin)
        case .external, .missing: return findExecutable(name).map { .external($0) }
        }
    }

    /// The path of an external command: `name` itself if it has a slash, else the first executable file of that name in
    /// PATH (or in `path`). A relative path stays relative.
    package func findExecutable(_ name: Bytes, path: Bytes? = nil) -> Bytes? {
        let directory = context.workingDirectory.descriptor
        if name.contains(UInt8(ascii: "/")) {
            return isExecutableFile(name, directory) ? name : nil
        }
        if path == nil, has(.hashall), let known = context.commandPaths[name] { return known }
        guard !name.isEmpty else { return nil }
        for entry in (path ?? value(NameTable.path) ?? Bytes()).split(on: UInt8(ascii: ":")) {
            var candidate: Bytes = entry.isEmpty ? "." : entry
            candidate.append("/")
            candidate.append(name)
            if isExecutableFile(candidate, directory) {
                if path == nil && has(.hashall) && candidate.first == UInt8(ascii: "/") {
                    context.commandPaths[name] = candidate
                }
                return candidate
            }
        }
        return nil
    }

    private func isExecutableFile(_ path: Bytes, _ directory: Int32) -> Bool {
        guard System.access(path, X_OK, at: directory, effective: true) else { return false }
        return (try? System.status(path, at: directory))?.kind == .regular
    }

    /// Runs an external command in the foreground.
    func runExternal(
        _ arguments: Arguments, _ assignments: [AssignmentNodeOfCommand], _ redirections: [RedirectionNode]
    ) throws(Unwind) -> Int32 {
        let saved = context.descriptors
        defer { if !redirections.isEmpty { restoreDescriptors(saved) } }
        guard try redirect(redirections) else { return 1 }
        switch try launch(arguments, assignments) {
        case .failure(let status):
            return status
        case .success(var launch):
            if !output.isEmpty { flushOutput() }
            if controlsJobs { lendTerminal(to: &launch) }
            switch start(launch) {
            case .failure(let status): return status
            case .success(let child): return try waitForeground(child, command: { arguments.joined() })
            }
        }
    }

    enum Attempt<Value> {
        case success(Value)
        /// The message is printed; this is the command's status.
        case failure(Int32)
    }

    /// Everything needed to start the command, from the context.
    func launch(_ arguments: Arguments, _ assignments: [AssignmentNodeOfCommand]) throws(Unwind) -> Attempt<Launch> {
        let assigned = assignments.isEmpty ? 0 : try assignTemporarily(assignments, export: true)
        let environment = self.environment
        let name = arguments[0]
        let path = trustsPaths && name.contains(UInt8(ascii: "/")) ? name : findExecutable(name)
        // What is told of a missing command is told of the PATH that was searched.
        let missing = path == nil ? reportMissing(name) : 0
        if assigned > 0 { endTemporary(assigned) }
        guard let path else { return .failure(missing) }
        if context.commandPaths[name] != nil { context.commandUses[name, default: 0] += 1 }
        guard context.descriptors.areOpen else {
            return .failure(fail(name, "cannot make a pipe for its output: no descriptors left", status: 126))
        }
        return .success(launch(path: path, arguments: Array(arguments), environment: environment))
    }

    /// A launch with what a child inherits from the context.
    func launch(path: Bytes, arguments: [Bytes], environment: EnvironmentBlock) -> Launch {
        var launch = Launch(path: path, arguments: arguments, environment: environment)
        launch.namesProgram = true
        launch.directory = context.workingDirectory.descriptor
        launch.descriptors = context.descriptors.forChild()
        launch.umask = context.umask
        launch.limits = context.limits.map { ($0.key, $0.value.soft, $0.value.hard) }
        for (condition, action) in context.traps.actions where condition > 0 && action == .ignore {
            launch.ignoredSignals.insert(condition)
        }
        for signal in context.traps.ignoredOnEntry { launch.ignoredSignals.insert(signal) }
        if givesProcessGroups { launch.processGroup = .new }
        if !ownIgnoredSignals.isEmpty {
            launch.defaultSignals = ownIgnoredSignals
            // What runs in the shell's own group must not stop: nobody could let it go on.
            if !controlsJobs && ownIgnoredSignals.contains(SIGTSTP) {
                launch.defaultSignals.remove(SIGTSTP)
                launch.ignoredSignals.insert(SIGTSTP)
            }
        }
        if Interpreter.isOwnProcess { launch.parentDeathSignal = SIGTERM }
        if cancellation.endsWithThresh { launch.parentDeathSignal = SIGKILL }
        return launch
    }

    /// 127 if there is no such command, 126 if there is and it cannot be run.
    private func reportMissing(_ name: Bytes) -> Int32 {
        let directory = context.workingDirectory.descriptor
        if name.contains(UInt8(ascii: "/")) {
            do throws(Errno) {
                let status = try System.status(name, at: directory)
                return fail(
                    name, status.kind == .directory ? "is a directory" : "permission denied (it is not executable)",
                    status: 126)
            } catch {
                return fail(
                    name, error == .notFound ? "not found" : error.message,
                    status: error == .permissionDenied ? 126 : 127)
            }
        }
        if let file = findUnexecutable(name) { return fail(name, file + " is not executable", status: 126) }
        return fail(name, "not found" + commandQuestion(name), status: 127)
    }

    /// The first file of that name in PATH, for a name that no executable file there has.
    func findUnexecutable(_ name: Bytes) -> Bytes? {
        guard !name.isEmpty, !name.contains(UInt8(ascii: "/")) else { return nil }
        let directory = context.workingDirectory.descriptor
        for entry in (value(NameTable.path) ?? Bytes()).split(on: UInt8(ascii: ":")) {
            let candidate = (entry.isEmpty ? "." : entry) + "/" + name
            if (try? System.status(candidate, at: directory))?.kind == .regular { return candidate }
        }
        return nil
    }

    /// Starts a child and reports what went wrong if it can't be.
    func start(_ launch: borrowing Launch) -> Attempt<Child> {
        do throws(LaunchError) {
            let child = try Platform.start(launch)
            cancellation.add(child.pid)
            return .success(child)
        } catch {
            // Where the command was found before it is no more: it may be elsewhere.
            if error.step == .execute && error.errno == .notFound && error.interpreter == nil,
                let name = launch.arguments.first, context.commandPaths[name] == launch.path
            {
                context.commandPaths[name] = nil
                if let path = findExecutable(name) {
                    var again = copy launch
                    again.path = path
                    return start(again)
                }
            }
            // A file without `#!` is a script for the shell itself (2.9.1.4).
            if error.step == .execute && error.errno.code == ENOEXEC { return startAsScript(launch) }
            return .failure(report(error, launch.arguments.first ?? launch.path, launch.path))
        }
    }

    private func startAsScript(_ launch: borrowing Launch) -> Attempt<Child> {
        var script = copy launch
        let path = launch.path
        // A binary for another machine is not a script.
        if let head = try? System.open(path, flags: O_RDONLY, at: context.workingDirectory.descriptor) {
            defer { System.close(head) }
            if Scripts.isBinary(head) {
                return .failure(fail(launch.arguments.first ?? path, "cannot execute binary file", status: 126))
            }
        }
        script.path = "/proc/self/exe"
        script.arguments = ["thresh", path] + launch.arguments.dropFirst()
        do throws(LaunchError) {
            let child = try Platform.start(script)
            cancellation.add(child.pid)
            return .success(child)
        } catch {
            return .failure(report(error, launch.arguments.first ?? path, path))
        }
    }

    func report(_ error: LaunchError, _ name: Bytes, _ path: Bytes) -> Int32 {
        fail(
            name,
            error.step == .execute && error.errno == .notFound && error.interpreter == nil
                ? "not found" : error.message, status: error.exitStatus)
    }

    // MARK: Waiting

    /// Waits for a child in the foreground; its status is 128 and the signal's number if a signal ended it.
    func waitForeground(_ child: Child, command: () -> Bytes) throws(Unwind) -> Int32 {
        if controlsJobs { return try waitForegroundJob([child], command: command).last ?? 0 }
        let status = waitForEnd(child)
        // Ctrl-C that ended the child is meant for the script too (the shell gets the signal itself as well).
        if case .signaled(let signal, let dumped) = status { announce(signal, dumped, child.pid, command) }
        try checkSignals()
        return status.exitStatus
    }

    /// Waits until the child has ended, draining captures meanwhile, and reaps it.
    func waitForEnd(_ child: Child) -> WaitStatus {
        if task != nil { waitStoppable(child) }
        if watchesEnd, actsOnSignals, let signal = waitForEndOrSignal(child) { return .exited(128 + signal) }
        if captures.contains(where: { $0.readDescriptor != nil }) {
            drainCaptures(until: child.pidfd)
        }
        if loopCondition != nil { serve(until: child) }
        defer {
            cancellation.remove(child.pid)
            if !substitutedProcesses.isEmpty { reapSubstituted() }
            // Scripts ask with `kill -0` or ps(1) whether a job is there still.
            if !jobs.jobs.isEmpty { jobs.update() }
        }
        guard let (status, _) = try? child.wait() else { return .exited(127) }
        return status
    }

    /// Waits until a child of the command at the prompt has ended that is in the shell's own group: Ctrl-Z then is the
    /// shell's, and stops both.
    private func waitStoppable(_ child: Child) {
        while actsOnSignals {
            var fds = [
                pollfd(fd: child.pidfd, events: Int16(POLLIN), revents: 0),
                pollfd(fd: Signals.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            for capture in captures {
                guard let read = capture.readDescriptor else { continue }
                fds.append(pollfd(fd: read, events: Int16(POLLIN), revents: 0))
            }
            guard (try? poll(&fds)) != nil else { return }
            for capture in captures where capture.readDescriptor != nil { capture.drain() }
            if fds[0].revents != 0 { return }
            guard fds[1].revents != 0 else { continue }
            // Another signal, as that of Ctrl-C, the child has got itself.
            guard Signals.take(SIGTSTP) else { return }
            try? child.signal(SIGSTOP)
            let goesOn = pauseTask(by: SIGTSTP)
            try? child.signal(SIGCONT)
            if !goesOn { try? child.signal(cancellation.signal) }
        }
    }

    /// Drains the captures' pipes until `descriptor` is readable (a pidfd: the child has ended).
    private func drainCaptures(until descriptor: Int32, events: Int32 = POLLIN) {
        while true {
            var fds = [pollfd(fd: descriptor, events: Int16(events), revents: 0)]
            for capture in captures {
                if let read = capture.readDescriptor { fds.append(pollfd(fd: read, events: Int16(POLLIN), revents: 0)) }
            }
            guard fds.count > 1, (try? poll(&fds)) != nil else { return }
            for capture in captures where capture.readDescriptor != nil { capture.drain() }
            if fds[0].revents != 0 { return }
        }
    }

    /// Before a read that may block: drains captures while waiting.
    func waitReadable(_ descriptor: Int32) throws(Errno) {
        if captures.contains(where: { $0.readDescriptor != nil }) { drainCaptures(until: descriptor) }
    }

    func waitWritable(_ descriptor: Int32, _ count: Int) throws(Errno) {
        if captures.contains(where: { $0.readDescriptor != nil }) {
            drainCaptures(until: descriptor, events: POLLOUT)
        }
    }

    /// Says that a signal ended a command, as shells do: not for SIGINT and SIGPIPE, and in a subshell not for SIGTERM, which
    /// the subshell itself then gets as a rule.
    func announce(_ signal: Int32, _ dumpedCore: Bool, _ pid: Int32, _ command: () -> Bytes) {
        guard signal != SIGINT && signal != SIGPIPE && !givesProcessGroups,
            signal != SIGTERM || subshellDepth == 0, !cancellation.isCancelled,
            task?.isInFront ?? true
        else { return }
        var message = Bytes(cString: strsignal(signal))
        if dumpedCore { message.append(" (core dumped)") }
        message.append(": ")
        message.append(command())
        report(message)
    }
}

extension WaitStatus {
    /// As `$?` has it (2.8.2).
    package var exitStatus: Int32 {
        switch self {
        case .exited(let status): status
        case .signaled(let signal, _): 128 + signal
        case .stopped(let signal): 128 + signal
        case .continued: 0
        }
    }
}

extension Arguments {
    /// The words, quoted where they need it, with blanks between: for messages and the list of jobs.
    func joined() -> Bytes { map(Quoting.shell).joined(by: " ") }
}
