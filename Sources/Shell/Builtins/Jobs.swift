import Bytes
import Glibc
import Platform
import Syntax

/// `wait`, `jobs`, `fg`, `bg`: asynchronous lists.
extension Builtin {
    static let wait = Builtin(
        name: "wait", kind: .regular, synopsis: "wait [-fn] [-p name] [pid|%job…]",
        summary: "Wait for asynchronous lists to end.",
        details: """
            Without operands for all of them, status 0; else the status of the last that is named, 127 if it is no child of \
            this shell. A signal with a trap ends the wait with a status above 128.

            -n  wait for the next one to end, of those named or of all
            -p  the variable gets the process id of the one whose status is returned
            -f  wait until a job has ended, not only been stopped
            """,
        examples: """
            make & wait $!; echo $?
            wait -n
            """,
        completes: .ownProcesses,
        run: { (sh, args) throws(Unwind) in try waitForJobs(sh, args) })

    private static func waitForJobs(_ sh: Interpreter, _ args: Arguments) throws(Unwind) -> Int32 {
        var options = BuiltinOptions(args, "fnp:")
        var (isNext, untilEnd) = (false, false)
        var variable: Bytes?
        while let option = options.next(sh) {
            switch option {
            case UInt8(ascii: "n"): isNext = true
            case UInt8(ascii: "f"): untilEnd = true
            default: variable = options.argument
            }
        }
        if let status = options.failure { return status }
        let index = options.operands
        if let variable {
            guard Names.isName(variable) else { return sh.fail(args[0], variable, "not a valid name") }
            guard sh.unset(variable) else { return 1 }
        }
        if !sh.output.isEmpty { sh.flushOutput() }
        defer { if !sh.coprocesses.isEmpty { sh.forgetCoprocesses() } }
        sh.jobs.dropInherited()
        if isNext { return try waitForNext(sh, args[index...], variable) }
        if index == args.count {
            while !sh.jobs.isEmpty {
                sh.jobs.update()
                while let ended = sh.jobs.jobs.firstIndex(where: \.hasEnded) { sh.jobs.remove(ended) }
                if sh.jobs.isEmpty || (!untilEnd && sh.jobs.jobs.allSatisfy(\.isStopped)) { break }
                if let signal = try sh.waitForAnyJob() { return 128 + signal }
            }
            sh.jobs.forgetEnded()
            return 0
        }
        var status: Int32 = 0
        var waited: Bytes?
        for operand in args.dropFirst(index) {
            let found: Int?
            if operand.first == UInt8(ascii: "%") {
                found = sh.jobs.index(ofSpecification: operand)
            } else if let pid = operand.decimal {
                found = sh.jobs.index(ofProcess: Int32(truncatingIfNeeded: pid))
                if found == nil {
                    let remembered = sh.jobs.takeRemembered(Int32(truncatingIfNeeded: pid))
                    if remembered != nil { waited = operand }
                    status = remembered ?? 127
                    continue
                }
            } else {
                status = sh.fail(args[0], operand + ": neither a process nor a job")
                continue
            }
            guard let found else {
                status = 127
                continue
            }
            let number = sh.jobs[found].number
            while let place = sh.jobs.jobs.firstIndex(where: { $0.number == number }) {
                sh.jobs.update(place)
                if sh.jobs[place].hasEnded {
                    status = sh.jobs[place].exitStatus
                    waited = Bytes(decimal: sh.jobs[place].lastProcess)
                    announceEnd(of: sh.jobs[place], sh)
                    // POSIX mode forgets what was waited for; else it can be asked for once more, as in bash.
                    if sh.has(.posix) { _ = sh.jobs.forget(place) } else { sh.jobs.remove(place) }
                    break
                }
                if let signal = try sh.waitForAnyJob() { return 128 + signal }
            }
        }
        if let variable, let waited, !sh.assign(variable, waited) { return 1 }
        return status
    }

    /// Where no notice at a prompt tells of it: says that a signal ended a job that was asked for. SIGTERM is how scripts end
    /// what they have started.
    private static func announceEnd(of job: ShellJob, _ sh: Interpreter) {
        guard !sh.has(.interactive), case .signaled(let signal, let dumped)? = job.processes.last?.status,
            signal != SIGTERM
        else { return }
        sh.announce(signal, dumped, job.lastProcess) { job.command }
    }

    /// Waits for the first of the jobs that are named, or of all, to end.
    private static func waitForNext(
        _ sh: Interpreter, _ operands: Slice<Arguments>, _ variable: Bytes?
    ) throws(Unwind) -> Int32 {
        func isWanted(_ job: ShellJob) -> Bool {
            operands.isEmpty
                || operands.contains { operand in
                    if operand.first == UInt8(ascii: "%") {
                        return sh.jobs.index(ofSpecification: operand).map { sh.jobs[$0].number } == job.number
                    }
                    return job.processes.contains { Bytes(decimal: $0.child.pid) == operand }
                }
        }
        while sh.jobs.jobs.contains(where: isWanted) {
            sh.jobs.update()
            if let ended = sh.jobs.jobs.firstIndex(where: { $0.hasEnded && isWanted($0) }) {
                let job = sh.jobs[ended]
                sh.jobs.remove(ended)
                if let variable, !sh.assign(variable, Bytes(decimal: job.lastProcess)) { return 1 }
                return job.exitStatus
            }
            if let signal = try sh.waitForAnyJob() { return 128 + signal }
        }
        return 127
    }

    static let jobs = Builtin(
        name: "jobs", kind: .regular,
        synopsis: "jobs [-lnprs] [%job…]\njobs -x command [argument…]",
        summary: "List the asynchronous lists of this shell and what they do.",
        details: """
            -l  with process ids
            -p  process ids only
            -n  those of which something new is to be told
            -r  those that run
            -s  those that are stopped
            -x  run the command, with %job in its arguments replaced by the process id of that job's leader
            """,
        examples: "jobs -l",
        completes: .jobs,
        run: { (sh, args) throws(Unwind) in try listJobs(sh, args) })

    private static func listJobs(_ sh: Interpreter, _ args: Arguments) throws(Unwind) -> Int32 {
        var format = Interpreter.JobFormat.short
        var (onlyNews, onlyRunning, onlyStopped) = (false, false, false)
        var options = BuiltinOptions(args, "lpnrsx")
        while let option = options.next(sh) {
            switch option {
            case UInt8(ascii: "l"): format = .long
            case UInt8(ascii: "p"): format = .process
            case UInt8(ascii: "n"): onlyNews = true
            case UInt8(ascii: "r"): onlyRunning = true
            case UInt8(ascii: "s"): onlyStopped = true
            default: return try runWithJobs(sh, args.droppingFirst(options.operands))
            }
        }
        if let status = options.failure { return status }
        let index = options.operands
        let known = Set(jobsWithNews(sh).map { sh.jobs[$0].number })
        sh.jobs.update()
        var status: Int32 = 0
        var selected: [Int] = []
        for operand in args.dropFirst(index) {
            if let found = sh.jobs.index(ofSpecification: operand) {
                selected.append(found)
            } else {
                status = sh.fail(args[0], operand, sh.jobs.problem(with: operand))
            }
        }
        if index == args.count { selected = Array(sh.jobs.jobs.indices) }
        selected.removeAll { index in
            let job = sh.jobs[index]
            return onlyRunning && (job.hasEnded || job.isStopped) || onlyStopped && !job.isStopped
                || onlyNews && (known.contains(job.number) || !(job.hasEnded || job.isStopped))
        }
        for index in selected {
            sh.write(sh.describeJob(index, format))
            sh.jobs[index].isStopTold = sh.jobs[index].isStopped
        }
        guard !sh.jobs.isInherited, format != .process else { return status }
        for index in selected.sorted().reversed() where sh.jobs[index].hasEnded { sh.jobs.remove(index) }
        return status
    }

    /// The jobs that have ended or stopped, as far as the shell knows.
    private static func jobsWithNews(_ sh: Interpreter) -> [Int] {
        sh.jobs.jobs.indices.filter { sh.jobs[$0].hasEnded || sh.jobs[$0].isStopped }
    }

    /// `jobs -x`
    private static func runWithJobs(_ sh: Interpreter, _ words: Arguments) throws(Unwind) -> Int32 {
        guard words.count > 0 else { return 0 }
        let base = sh.stack.count
        defer { sh.stack.removeLast(sh.stack.count - base) }
        for word in words {
            if let index = sh.jobs.index(ofSpecification: word) {
                let job = sh.jobs[index]
                sh.stack.append(Bytes(decimal: job.group ?? job.processes.first?.child.pid ?? 0))
            } else {
                sh.stack.append(word)
            }
        }
        let arguments = Arguments(interpreter: sh, base: base, count: words.count)
        return try sh.dispatch(arguments, sh.meaning(of: arguments[0]))
    }

    static let fg = Builtin(
        name: "fg", kind: .regular, synopsis: "fg [%job]",
        summary: "Bring a job to the foreground and wait for it.",
        details: "Without an operand the current job: the last that was stopped or started.",
        examples: "fg %make",
        completes: .jobs,
        run: { (sh, args) throws(Unwind) in
            var options = BuiltinOptions(args, "")
            _ = options.next(sh)
            if let status = options.failure { return status }
            guard sh.has(.monitor) else { return sh.fail(args[0], "no job control") }
            guard let index = try find(sh, args[0], args.dropFirst(options.operands).first) else { return 1 }
            sh.write(sh.jobs[index].command + "\n")
            sh.flushOutput()
            return try sh.continueInForeground(index)
        })

    static let bg = Builtin(
        name: "bg", kind: .regular, synopsis: "bg [%job…]",
        summary: "Let stopped jobs go on in the background.",
        details: "Without an operand the current job: the last that was stopped or started.",
        examples: "bg %2",
        completes: .jobs,
        run: { (sh, args) throws(Unwind) in
            var options = BuiltinOptions(args, "")
            _ = options.next(sh)
            if let status = options.failure { return status }
            guard sh.has(.monitor) else { return sh.fail(args[0], "no job control") }
            let operands = Array(args.dropFirst(options.operands))
            var status: Int32 = 0
            for operand in operands.isEmpty ? [nil] : operands.map(Optional.some) {
                guard let index = try find(sh, args[0], operand) else {
                    status = 1
                    continue
                }
                let job = sh.jobs[index]
                sh.write("[" + Bytes(decimal: job.number) + "] " + job.command + "\n")
                sh.jobs[index].noteContinued()
                sh.signal(job, SIGCONT)
            }
            return status
        })

    /// The job that is meant, which has not ended; nil, with the message printed, if there is none. A job's number may stand without `%`.
    private static func find(_ sh: Interpreter, _ name: Bytes, _ operand: Bytes?) throws(Unwind) -> Int? {
        sh.jobs.update()
        let specification = operand.map { $0.first == UInt8(ascii: "%") ? $0 : "%" + $0 }
        guard !sh.jobs.isInherited,
            let index = specification.map({ sh.jobs.index(ofSpecification: $0) }) ?? sh.jobs.current
        else {
            _ = sh.fail(
                name, operand ?? "current job", specification.map { sh.jobs.problem(with: $0) } ?? "no such job")
            return nil
        }
        guard !sh.jobs[index].hasEnded else {
            _ = sh.fail(name, operand ?? "current job", "the job has ended")
            return nil
        }
        return index
    }
}

extension Interpreter {
    /// Waits until something has happened to a job, or a signal with a trap has come, whose number it gives.
    func waitForAnyJob() throws(Unwind) -> Int32? {
        var fds: [pollfd] = []
        let wake = actsOnSignals ? Signals.descriptor : cancellation.wakeDescriptor
        fds.append(pollfd(fd: wake, events: Int16(POLLIN), revents: 0))
        for job in jobs.jobs {
            for process in job.processes where process.status == nil {
                fds.append(pollfd(fd: process.child.pidfd, events: Int16(POLLIN), revents: 0))
            }
        }
        if cancellation.isCancelled && shieldDepth == 0 { throw .cancelled }
        // A stop shows in no pidfd.
        let timeout: Int32 = wake >= 0 && !has(.monitor) ? -1 : 200
        _ = try? System.poll(&fds, timeoutMilliseconds: timeout)
        return try runPendingTraps()
    }

    /// The processes that a job specification names, for `kill`; a group is a negative number.
    package func processes(forJobSpec specification: Bytes) -> [Int32]? {
        guard let index = jobs.index(ofSpecification: specification) else { return nil }
        if let group = jobs[index].group { return [-group] }
        return jobs[index].processes.filter { $0.status == nil }.map(\.child.pid)
    }
}
