import Bytes
import Glibc
import Platform
import Shell
import Syntax

enum DaemonVerbs {
    static let startOptions: [VerbOption] = [
        VerbOption("n", "name", value: "name", "its name"),
        VerbOption(nil, "restart", value: "when", "start it again: always, or on-failure"),
        VerbOption(nil, "max", value: "count", "at most so many restarts in a row"),
        VerbOption(nil, "back-off", value: "seconds", "wait so long before the first restart"),
        VerbOption(nil, "log", value: "file", "where its output goes"),
        VerbOption(nil, "rotate", value: "size", "rename the log before it grows past that: 10K, 5M, 1G"),
        VerbOption(nil, "pidfile", value: "file", "write its process number there"),
        VerbOption(nil, "cwd", value: "directory", "run it in that directory"),
        VerbOption(nil, "user", value: "user", "run it as that user; for root only"),
    ]
    static let grace = VerbOption("t", "grace", value: "seconds", "send SIGKILL after so long (10)")

    /// The place of a name; nil, with the message printed, if it can be none.
    private static func place(_ name: Bytes, _ call: Call) -> DaemonPlace? {
        guard DaemonPlace.isName(name) else {
            _ = call.fail("'" + name + "' is no name for a daemon")
            return nil
        }
        do throws(Errno) { return try DaemonPlace(name, call.sh) } catch {
            _ = call.fail("no directory for daemons: " + error.message)
            return nil
        }
    }

    private static func absolute(_ path: Bytes, _ call: Call) -> Bytes {
        path.first == UInt8(ascii: "/") ? path : call.sh.directoryPath + "/" + path
    }

    /// What the options ask for; nil, with the message printed, if they are wrong.
    private static func plan(_ call: Call, _ place: DaemonPlace) -> DaemonPlan? {
        let words = call.operands()
        var plan = DaemonPlan(
            words: words, log: call.value("log").map { absolute($0, call) } ?? place.log,
            shown: words.map(Quoting.dollar).joined(by: " "))
        if let text = call.value("restart") {
            guard let restart = DaemonPlan.Restart(rawValue: text), restart != .never else {
                return wrong(call, "--restart is always or on-failure, not '" + text + "'")
            }
            plan.restart = restart
        }
        if let text = call.value("max") {
            guard let limit = text.decimal, limit >= 0 else {
                return wrong(call, "'" + text + "' is no number of restarts")
            }
            plan.limit = limit
        }
        if let text = call.value("back-off") {
            guard let seconds = Call.nanoseconds(text) else {
                return wrong(call, "'" + text + "' is no number of seconds")
            }
            plan.backOff = seconds
        }
        if let text = call.value("rotate") {
            guard let limit = DaemonLog.size(text) else { return wrong(call, "'" + text + "' is no size of a log") }
            plan.logLimit = limit
        }
        if let path = call.value("pidfile") { plan.pidfile = absolute(path, call) }
        if let name = call.value("user") {
            guard System.effectiveUserID == 0 else { return wrong(call, "--user is for root only") }
            guard let user = System.user(named: name) else { return wrong(call, "no user '" + name + "'") }
            plan.credentials = Credentials(user)
        }
        return plan
    }

    private static func wrong(_ call: Call, _ message: Bytes) -> DaemonPlan? {
        _ = call.wrongUse(message)
        return nil
    }

    // MARK: Starting

    static func start(_ call: inout Call) throws(Unwind) -> Int32 {
        if call.reply != nil { return call.wrongUse("a process starts daemons of its own") }
        guard let name = call.value("n") else { return call.wrongUse("-n and a name are missing") }
        if let status = call.checkCount(1...) { return status }
        guard let place = place(name, call) else { return 2 }
        guard let plan = plan(call, place) else { return 2 }
        if place.isSupervised { return call.fail("'" + name + "' runs already", status: 2) }
        DaemonRecord(place)?.endLeftovers()
        do throws(Errno) {
            do throws(Errno) { try System.makeDirectory(place.directory, mode: 0o700) } catch {
                if error != .exists { throw error }
            }
            return try launch(plan, place, call)
        } catch { return call.fail(error.message) }
    }

    private static func launch(_ plan: DaemonPlan, _ place: DaemonPlace, _ call: Call) throws(Errno) -> Int32 {
        var words: [Bytes] = ["daemon", "supervise"]
        for (option, value) in call.options {
            var value = value
            switch option.name {
            case "log": value = plan.log
            case "pidfile": value = plan.pidfile
            case "cwd": value = absolute(value, call)
            default: break
            }
            words += ["--" + option.name, value]
        }
        words += ["--"] + plan.words
        let source = "\\unset THRESH_SOCKET; \\builtin " + words.map(Quoting.shell).joined(by: " ")
        let ready = try System.pipe()
        defer { System.close(ready.read) }
        let supervisor: ManagedProcess
        do {
            defer { System.close(ready.write) }
            guard let own = call.sh.detachedProcess(running: source, passing: ready.write) else { return 126 }
            switch call.sh.begin(own) {
            case .failure(let failure): return failure.status
            case .success(let child):
                supervisor = ManagedProcess(
                    child, name: place.name, command: "", number: 1 << 63 | UInt64(child.pid), isDaemonic: false)
                supervisor.watch()
            }
        }
        do throws(Unwind) { return try answer(on: ready.read, supervisor, call) } catch {
            try? supervisor.signal(SIGTERM)
            return call.sh.context.status == 0 ? 1 : call.sh.context.status
        }
    }

    /// Waits for what the supervisor says.
    private static func answer(on descriptor: Int32, _ supervisor: ManagedProcess, _ call: Call) throws(Unwind) -> Int32
    {
        var text = Bytes()
        while true {
            var descriptors = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
            if case .interrupted(let signal) = try call.sh.sleep(on: &descriptors, until: nil) {
                try? supervisor.signal(SIGTERM)
                return 128 + signal
            }
            var count = 0
            withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { buffer in
                count = (try? System.read(descriptor, buffer)) ?? 0
                text.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]).bindMemory(to: UInt8.self))
            }
            if count == 0 { break }
        }
        var reader = FieldReader(text)
        guard let status = reader.number(), let message = reader.field() else {
            return call.fail("what was to watch over it has ended")
        }
        if !message.isEmpty { call.sh.writeError(message) }
        return Int32(truncatingIfNeeded: status)
    }

    /// The life of the process that watches over a daemon.
    static func supervise(_ call: inout Call) throws(Unwind) -> Int32 {
        let sh = call.sh
        let messages = MemoryOutput()
        let errors = sh.context.descriptors[2]
        sh.context.descriptors[2] = OpenFile(memory: messages)
        // What `start` waits for; without it this is no process that start has made.
        guard sh.shellProcess == System.processID, let ready = sh.context.descriptors.descriptor(3),
            (try? System.setCloseOnExec(ready, true)) != nil, let name = call.value("n")
        else {
            sh.context.descriptors[2] = errors
            return call.wrongUse("'daemon start' does this")
        }
        func tell(_ status: Int32, _ message: Bytes) {
            var fields = Fields()
            fields.add(Int(status))
            fields.add(message)
            try? System.writeAll(ready, fields.bytes)
            System.close(ready)
            sh.context.descriptors[2] = errors
        }
        if let directory = call.value("cwd"), try sh.run(["cd", "--", directory]) != 0 {
            tell(1, messages.bytes)
            return 1
        }
        guard let place = place(name, call), let plan = plan(call, place) else {
            tell(2, messages.bytes)
            return 2
        }
        if let user = call.value("user").flatMap({ System.user(named: $0) }) {
            sh.assign("HOME", user.home, export: true)
            for variable in ["USER", "LOGNAME"] as [Bytes] { sh.assign(variable, user.name, export: true) }
        }
        do throws(Errno) {
            guard let supervisor = try Supervisor(plan, place, sh) else {
                _ = call.fail("'" + name + "' runs already")
                tell(2, messages.bytes)
                return 2
            }
            if let failure = supervisor.begin() {
                supervisor.giveUp()
                tell(failure.status, failure.message)
                return failure.status
            }
            tell(0, "")
            supervisor.run()
            return 0
        } catch {
            _ = call.fail(plan.log + ": " + error.message)
            tell(1, messages.bytes)
            return 1
        }
    }

    // MARK: Asking

    static func status(_ call: inout Call) -> Int32 {
        if call.count == 0 { return list(&call) }
        return show(call.operands(), call, isQuestion: true)
    }

    static func list(_ call: inout Call) -> Int32 {
        if let status = call.checkCount(0...0) { return status }
        return show(DaemonPlace.names(call.sh), call, isQuestion: false)
    }

    private static func show(_ names: [Bytes], _ call: Call, isQuestion: Bool) -> Int32 {
        var listing = Listing(["name", "state", "pid", "restarts", "exitcode", "since", "log", "command"])
        var doAllRun = true
        for name in names {
            guard let place = try? DaemonPlace(name, call.sh), let record = DaemonRecord(place) else {
                if isQuestion { return call.nameUnknown(name, among: DaemonPlace.names(call.sh)) }
                continue
            }
            if record.state != .running { doAllRun = false }
            listing.add([
                .text(name), .text(record.state.rawValue),
                record.pid > 0 && record.state.isActive ? .number(Int(record.pid)) : .none,
                .number(record.restarts), record.exitCode.map { .number(Int($0)) } ?? .none,
                .text(call.sh.calendarTime(record.since)), .text(record.log), .text(record.command),
            ])
        }
        _ = call.show(listing)
        return isQuestion && !doAllRun ? 1 : 0
    }

    /// `stop` and `restart`.
    static func request(_ call: inout Call, _ request: Bytes) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...) { return status }
        let grace = call.value("t") ?? "10"
        guard Call.nanoseconds(grace) != nil else { return call.wrongUse("'" + grace + "' is no number of seconds") }
        for name in call.operands() where (try? DaemonPlace(name, call.sh)).flatMap(DaemonRecord.init) == nil {
            return call.nameUnknown(name, among: DaemonPlace.names(call.sh))
        }
        var result: Int32 = 0
        for name in call.operands() {
            guard let place = try? DaemonPlace(name, call.sh) else { continue }
            let status = try self.request(request, grace, place, call)
            if status != 0 { result = status }
        }
        return result
    }

    private static func request(
        _ request: Bytes, _ grace: Bytes, _ place: DaemonPlace, _ call: Call
    ) throws(Unwind) -> Int32 {
        guard place.isSupervised, let socket = try? UnixSocket(connectingTo: place.socket) else {
            if let record = DaemonRecord(place), record.state == .killed {
                record.endLeftovers()
                var stopped = record
                (stopped.state, stopped.pid, stopped.since) = (.stopped, 0, Clock.realtimeMicroseconds())
                try? stopped.write(to: place)
                if request == "stop" { return 0 }
            }
            return call.fail("'" + place.name + "' does not run")
        }
        var fields = Fields()
        fields.add([request, grace])
        guard (try? socket.send(fields.bytes)) != nil else { return call.fail("'" + place.name + "' does not answer") }
        var descriptors = [pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)]
        if case .interrupted(let signal) = try call.sh.sleep(on: &descriptors, until: nil) { return 128 + signal }
        guard let received = try? socket.receive() else {
            return call.fail("what watches over '" + place.name + "' has ended")
        }
        var reader = FieldReader(received.message)
        guard let status = reader.number(), let message = reader.field() else { return 1 }
        if !message.isEmpty { call.sh.writeError(message) }
        return Int32(truncatingIfNeeded: status)
    }

    // MARK: Logs

    static func logs(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        var wanted = Int.max
        if let text = call.value("n") {
            guard let lines = text.decimal, lines >= 0 else {
                return call.wrongUse("'" + text + "' is no number of lines")
            }
            wanted = lines
        }
        guard let place = try? DaemonPlace(call[0], call.sh), let record = DaemonRecord(place) else {
            return call.nameUnknown(call[0], among: DaemonPlace.names(call.sh))
        }
        let sh = call.sh
        // Before anything is read, so that nothing which comes meanwhile is missed.
        let notices = call.has("f") ? try? DirectoryNotices(of: [directory(of: record.log), place.directory]) : nil
        let supervisor = record.supervisorProcess
        var file: Int32
        do throws(Errno) { file = try System.open(record.log, flags: O_RDONLY) } catch {
            return call.fail(record.log + ": " + error.message)
        }
        defer { System.close(file) }
        var (offset, lines) = LogReader.start(file, lines: wanted)
        var older: [(file: Int32, offset: Int)] = []
        defer { for (file, _) in older { System.close(file) } }
        for number in 1...DaemonLog.kept where lines < wanted {
            guard let file = try? System.open(DaemonLog.older(record.log, number), flags: O_RDONLY) else { break }
            let (offset, more) = LogReader.start(file, lines: wanted == .max ? wanted : wanted - lines)
            older.append((file, offset))
            lines += more
        }
        for (file, offset) in older.reversed() { _ = LogReader.copy(file, from: offset) { sh.write($0) } }
        offset = LogReader.copy(file, from: offset) { sh.write($0) }
        guard call.has("f") else { return 0 }
        guard let notices else { return call.fail("cannot follow the log") }
        while true {
            // Asked before the log is read: who has ended by then writes no more.
            var isOver = true
            if let supervisor {
                var one = [pollfd(fd: supervisor.descriptor, events: Int16(POLLIN), revents: 0)]
                isOver = (try? System.poll(&one, timeoutMilliseconds: 0)) != 0
            }
            notices.clear()
            offset = LogReader.copy(file, from: offset) { sh.write($0) }
            if let now = try? System.status(record.log), let own = try? System.status(of: file),
                !now.isSameFile(as: own),
                let next = try? System.open(record.log, flags: O_RDONLY)
            {
                offset = LogReader.copy(file, from: offset) { sh.write($0) }
                System.close(file)
                file = next
                offset = LogReader.copy(file, from: 0) { sh.write($0) }
            }
            if isOver { return 0 }
            var descriptors = [pollfd(fd: notices.descriptor, events: Int16(POLLIN), revents: 0)]
            if let supervisor {
                descriptors.append(pollfd(fd: supervisor.descriptor, events: Int16(POLLIN), revents: 0))
            }
            if case .interrupted(let signal) = try sh.sleep(on: &descriptors, until: nil) { return 128 + signal }
            if sh.outputError != nil { return 1 }
        }
    }

    private static func directory(of path: Bytes) -> Bytes {
        path.findLast(UInt8(ascii: "/")).map { $0 == 0 ? "/" : path[0..<$0] } ?? "."
    }
}
