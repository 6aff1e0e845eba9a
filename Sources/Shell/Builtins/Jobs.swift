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
                status = sh.fail(args[0], operand + ": neither a process nor a job", status: 2)
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
                    sh.jobs.remove(place)
                    break
                }
                if let signal = try sh.waitForAnyJob() { return 128 + signal }
            }
        }
        if let variable, let waited, !sh.assign(variable, waited) { return 1 }
        return status
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
        name: "jobs", kind: .regular, synopsis: "jobs [-l|-p] [%job…]",
        summary: "List the asynchronous lists of this shell and what they do.",
        details: "-l  with process ids\n-p  process ids only",
        run: { (sh, args) throws(Unwind) in
            var index = 1
            var mode: UInt8 = 0
            while index < args.count, args[index].first == UInt8(ascii: "-") {
                let option = args[index]
                index += 1
                if option == "--" { break }
                guard option == "-l" || option == "-p" else { return sh.usage(args[0]) }
                mode = option[1]
            }
            sh.jobs.update()
            let own = sh.jobs
            defer { if own.isEmpty { sh.jobs = own } }
            sh.jobs = own.shown
            var selected: [Int] = []
            for operand in args.dropFirst(index) {
                guard let found = sh.jobs.index(ofSpecification: operand) else {
                    return sh.fail(args[0], operand + ": no such job")
                }
                selected.append(found)
            }
            if index == args.count { selected = Array(sh.jobs.jobs.indices) }
            for index in selected { sh.write(describe(sh, index, mode)) }
            guard !own.isEmpty else { return 0 }
            while let ended = sh.jobs.jobs.firstIndex(where: \.hasEnded) { sh.jobs.remove(ended) }
            return 0
        })

    /// A line of `jobs`, as POSIX has it.
    private static func describe(_ sh: Interpreter, _ index: Int, _ mode: UInt8) -> Bytes {
        let job = sh.jobs[index]
        if mode == UInt8(ascii: "p") { return Bytes(decimal: job.group ?? job.lastProcess) + "\n" }
        var line: Bytes = "["
        line.append(decimal: job.number)
        line.append("] ")
        line.append(
            index == sh.jobs.current
                ? UInt8(ascii: "+") : index == sh.jobs.previous ? UInt8(ascii: "-") : UInt8(ascii: " "))
        line.append(" ")
        if mode == UInt8(ascii: "l") {
            line.append(decimal: job.lastProcess)
            line.append(" ")
        }
        var state: Bytes
        if job.hasEnded {
            switch job.processes.last?.status {
            case .signaled(let signal, _): state = Bytes(cString: strsignal(signal))
            default: state = job.exitStatus == 0 ? "Done" : "Done(" + Bytes(decimal: job.exitStatus) + ")"
            }
        } else {
            state = job.isStopped ? "Stopped" : "Running"
        }
        line.append(state)
        line.append(Bytes(repeating: UInt8(ascii: " "), count: max(1, 12 - state.count)))
        line.append(job.command)
        line.append("\n")
        return line
    }

    static let fg = Builtin(
        name: "fg", kind: .regular, synopsis: "fg [%job]",
        summary: "Bring a job to the foreground and wait for it.",
        run: { (sh, args) throws(Unwind) in
            var options = BuiltinOptions(args, "")
            _ = options.next(sh)
            if let status = options.failure { return status }
            guard sh.has(.monitor) else { return sh.fail(args[0], "no job control") }
            guard let index = find(sh, args, options.operands) else { return sh.fail(args[0], "no such job") }
            sh.write(sh.jobs[index].command + "\n")
            sh.flushOutput()
            return try sh.continueInForeground(index)
        })

    static let bg = Builtin(
        name: "bg", kind: .regular, synopsis: "bg [%job…]",
        summary: "Let stopped jobs go on in the background.",
        run: { (sh, args) throws(Unwind) in
            var options = BuiltinOptions(args, "")
            _ = options.next(sh)
            if let status = options.failure { return status }
            guard sh.has(.monitor) else { return sh.fail(args[0], "no job control") }
            guard let index = find(sh, args, options.operands) else { return sh.fail(args[0], "no such job") }
            let job = sh.jobs[index]
            sh.write("[" + Bytes(decimal: job.number) + "] " + job.command + "\n")
            for process in job.processes.indices { sh.jobs[index].processes[process].isStopped = false }
            if let group = job.group { try? System.kill(-group, SIGCONT) }
            sh.context.lastBackground = job.lastProcess
            return 0
        })

    private static func find(_ sh: Interpreter, _ args: Arguments, _ operand: Int) -> Int? {
        sh.jobs.update()
        return args.count > operand ? sh.jobs.index(ofSpecification: args[operand]) : sh.jobs.current
    }
}

extension Interpreter {
    /// Waits until something has happened to a job, or a signal with a trap has come, whose number it gives.
    func waitForAnyJob() throws(Unwind) -> Int32? {
        var fds: [pollfd] = []
        if isMain { fds.append(pollfd(fd: Signals.descriptor, events: Int16(POLLIN), revents: 0)) }
        for job in jobs.jobs {
            for process in job.processes where process.status == nil {
                fds.append(pollfd(fd: process.child.pidfd, events: Int16(POLLIN), revents: 0))
            }
        }
        if cancellation.isCancelled { throw .cancelled }
        // A thread's interpreter looks from time to time whether it is cancelled; a stop shows in no pidfd.
        let timeout: Int32 = isMain && !has(.monitor) ? -1 : 200
        _ = try? System.poll(&fds, timeoutMilliseconds: timeout)
        return try runPendingTraps()
    }

    /// Gives a job the terminal, lets it go on, and waits until it ends or stops.
    func continueInForeground(_ index: Int) throws(Unwind) -> Int32 {
        let job = jobs[index]
        for process in job.processes.indices { jobs[index].processes[process].isStopped = false }
        let terminal = context.descriptors.descriptor(0)
        if let group = job.group {
            if let terminal { try? Terminal.setForegroundGroup(of: terminal, group) }
            try? System.kill(-group, SIGCONT)
        }
        defer { if let terminal { try? Terminal.setForegroundGroup(of: terminal, System.processGroup) } }
        while true {
            jobs.update(index)
            if jobs[index].hasEnded {
                let status = jobs[index].exitStatus
                jobs.remove(index)
                return status
            }
            if jobs[index].isStopped { return 128 + SIGTSTP }
            _ = try waitForAnyJob()
        }
    }

    /// The processes that a job specification names, for `kill`; a group is a negative number.
    package func processes(forJobSpec specification: Bytes) -> [Int32]? {
        guard let index = jobs.index(ofSpecification: specification) else { return nil }
        if let group = jobs[index].group { return [-group] }
        return jobs[index].processes.filter { $0.status == nil }.map(\.child.pid)
    }
}
