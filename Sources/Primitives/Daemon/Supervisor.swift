// The process that starts a daemon's command, again and again where that is wanted, and ends it when it is told to.
//
// It leads a session of its own, in which the command has a process group. It sleeps at one place: at the pidfd of the command, at
// its socket, where `daemon stop` and `restart` ask, at the pipe of the command's output where the log is rotated, at the
// descriptor of signals, and until a time. When the command is to end, all members of the session get SIGTERM, and SIGKILL after
// the time that was given for it. If the supervisor is killed, the command gets SIGTERM from the kernel.

import Bytes
import Glibc
import Platform
import Shell

/// What a daemon is to be.
struct DaemonPlan {
    enum Restart: Bytes {
        case never, always
        case onFailure = "on-failure"
    }

    var words: [Bytes]
    var restart = Restart.never
    /// How many restarts in a row; nil: any number.
    var limit: Int?
    /// The time before the first restart, in nanoseconds; it doubles from one to the next.
    var backOff: UInt64 = 1_000_000_000
    var log: Bytes
    var logLimit: Int?
    var pidfile = Bytes()
    var credentials: Credentials?
    var shown: Bytes
}

/// Thread: the main one of its process.
final class Supervisor {
    /// A command that has run so long is no failure at its start: the back-off begins anew.
    private static let healthyTime: UInt64 = 10_000_000_000
    private static let longestBackOff: UInt64 = 60_000_000_000
    private static let defaultGrace: UInt64 = 10_000_000_000

    /// How the command is being ended.
    private struct Stopping {
        var restarts: Bool
        var isKilling = false
        var members: [ProcessReference] = []
    }

    private let sh: Interpreter
    private let place: DaemonPlace
    private let plan: DaemonPlan
    private let lock: Int32
    private let listener: UnixListener
    private var log: DaemonLog
    /// What the command writes to, where the log is rotated.
    private let output: (read: Int32, write: Int32)?
    private var record = DaemonRecord()
    private var child: Child?
    private var startTime: UInt64 = 0
    /// Restarts in a row, and the time before the next.
    private var attempts = 0
    private var delay: UInt64
    private var deadline: UInt64?
    private var stopping: Stopping?
    /// Those that have connected and not asked, and those that wait for an answer.
    private var callers: [UnixSocket] = []
    private var waiting: [UnixSocket] = []
    private var isOver = false

    /// Takes the lock of the daemon and makes its socket and log ready.
    ///
    /// - Returns: nil if it runs already.
    init?(_ plan: DaemonPlan, _ place: DaemonPlace, _ sh: Interpreter) throws(Errno) {
        (self.plan, self.place, self.sh) = (plan, place, sh)
        delay = plan.backOff
        let lock = try System.open(place.lock, flags: O_RDWR | O_CREAT, mode: 0o600)
        self.lock = lock
        guard try FileLock.take(lock) else {
            System.close(lock)
            return nil
        }
        try? System.unlink(place.socket)
        listener = try UnixListener(at: place.socket)
        log = try DaemonLog(plan.log, limit: plan.logLimit)
        output = plan.logLimit == nil ? nil : try System.pipe()
        if let output { try System.setNonBlocking(output.read, true) }
        for signal in [SIGTERM, SIGINT, SIGHUP] { try Signals.watch(signal) }
        record.command = plan.shown
        record.log = plan.log
        record.pidfile = plan.pidfile
        record.supervisor = System.processID
        record.supervisorStart = ProcessReference.facts(of: System.processID)?.start ?? 0
    }

    // MARK: The command

    /// Starts the command; what is wrong if it can't be.
    func begin() -> (status: Int32, message: Bytes)? {
        let messages = MemoryOutput()
        let saved = sh.context.descriptors
        defer { sh.context.descriptors = saved }
        sh.context.descriptors[2] = OpenFile(memory: messages)
        let status: Int32
        do throws(Unwind) {
            switch try sh.ownProcess(of: plan.words) {
            case .failure(let failure): status = failure.status
            case .success(var own):
                own.launch.descriptors.removeAll { $0.target == 1 || $0.target == 2 }
                let target = output?.write ?? log.file
                own.launch.descriptors += [(1, target), (2, target)]
                own.launch.processGroup = .new
                own.launch.parentDeathSignal = SIGTERM
                own.launch.credentials = plan.credentials
                switch sh.begin(own) {
                case .failure(let failure): status = failure.status
                case .success(let child):
                    note(child)
                    return nil
                }
            }
        } catch { status = 126 }
        return (status, messages.bytes)
    }

    private func note(_ child: Child) {
        self.child = child
        startTime = Clock.monotonicNanoseconds()
        deadline = nil
        record.pid = child.pid
        record.pidStart = ProcessReference.facts(of: child.pid)?.start ?? 0
        enter(.running)
        if !plan.pidfile.isEmpty,
            let file = try? System.open(plan.pidfile, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        {
            try? System.writeAll(file, Bytes(decimal: child.pid) + "\n")
            System.close(file)
        }
        remark("started as process " + Bytes(decimal: child.pid))
    }

    private func enter(_ state: DaemonRecord.State) {
        record.state = state
        record.since = Clock.realtimeMicroseconds()
        do throws(Errno) { try record.write(to: place) } catch { remark("cannot write its state: " + error.message) }
    }

    /// A line of the supervisor's own in the log.
    private func remark(_ text: Bytes) {
        log.append(
            sh.calendarTime(Clock.realtimeMicroseconds()) + " thresh daemon " + place.name + ": " + text + "\n")
    }

    /// The other members of the session.
    private func members() -> [ProcessReference] {
        let own = System.processID
        return ProcessReference.members(ofSession: own).filter { $0 != own }.compactMap { try? ProcessReference($0) }
    }

    private func ended(_ status: WaitStatus) {
        child = nil
        record.pid = 0
        record.exitCode = status.exitCode
        takeOutput()
        switch status {
        case .signaled(let signal, _): remark("ended by signal " + Bytes(decimal: signal))
        default: remark("ended with status " + Bytes(decimal: status.shellStatus))
        }
        guard stopping == nil else { return }
        for member in members() { try? member.signal(SIGTERM) }
        if Clock.monotonicNanoseconds() &- startTime >= Supervisor.healthyTime {
            attempts = 0
            delay = plan.backOff
        }
        switch plan.restart {
        case .never: return finish(.ended)
        case .onFailure where status == .exited(0): return finish(.ended)
        case .onFailure, .always: break
        }
        if let limit = plan.limit, attempts >= limit {
            remark("not started again: " + Bytes(decimal: attempts) + " restarts were not enough")
            return finish(.failed)
        }
        attempts += 1
        deadline = Clock.monotonicNanoseconds() &+ delay
        delay = min(delay * 2, max(Supervisor.longestBackOff, plan.backOff))
        enter(.waiting)
    }

    private func startAgain() {
        record.restarts += 1
        guard let failure = begin() else { return }
        remark("cannot be started again: " + failure.message)
        finish(.failed, status: failure.status, message: failure.message)
    }

    // MARK: Its end

    private func stop(after grace: UInt64, restarts: Bool) {
        if stopping != nil {
            // Who wants it to end for good is heard, and the shorter time counts.
            if !restarts { stopping?.restarts = false }
            deadline = min(deadline ?? .max, Clock.monotonicNanoseconds() &+ grace)
            return
        }
        stopping = Stopping(restarts: restarts)
        deadline = Clock.monotonicNanoseconds() &+ grace
        if child != nil { enter(.stopping) }
        signalMembers()
        checkStop()
    }

    private func signalMembers() {
        guard let current = stopping else { return }
        let members = members()
        for member in members {
            try? member.signal(current.isKilling ? SIGKILL : SIGTERM)
            if !current.isKilling { try? member.signal(SIGCONT) }
        }
        stopping?.members = members
    }

    /// Goes on when all have ended.
    private func checkStop() {
        guard let current = stopping, child == nil, current.members.isEmpty else { return }
        let left = members()
        if !left.isEmpty {
            signalMembers()
            return
        }
        stopping = nil
        deadline = nil
        guard current.restarts else { return finish(.stopped) }
        attempts = 0
        delay = plan.backOff
        startAgain()
        if !isOver { answer(0, "") }
    }

    private func finish(_ state: DaemonRecord.State, status: Int32 = 0, message: Bytes = "") {
        isOver = true
        takeOutput()
        if !plan.pidfile.isEmpty { try? System.unlink(plan.pidfile) }
        try? System.unlink(place.socket)
        enter(state)
        System.close(lock)
        answer(status, message)
    }

    /// The first start has failed, which is told in another way.
    func giveUp() {
        finish(.failed)
        // Nothing of a daemon that never was is to be seen.
        try? System.unlink(place.record)
    }

    private func answer(_ status: Int32, _ message: Bytes) {
        var fields = Fields()
        fields.add(Int(status))
        fields.add(message)
        for caller in waiting { try? caller.send(fields.bytes) }
        waiting = []
    }

    // MARK: Waiting

    /// Runs until the daemon is over.
    func run() {
        while !isOver {
            var descriptors = [
                pollfd(fd: Signals.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: listener.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: child?.pidfd ?? -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: output?.read ?? -1, events: Int16(POLLIN), revents: 0),
            ]
            let fixed = descriptors.count
            let others = callers.map(\.descriptor) + (stopping?.members.map(\.descriptor) ?? [])
            for other in others { descriptors.append(pollfd(fd: other, events: Int16(POLLIN), revents: 0)) }
            do throws(Errno) {
                if try System.poll(&descriptors, until: deadline) == 0 { timeIsOver() }
            } catch {
                remark("cannot wait: " + error.message)
                return finish(.failed)
            }
            if descriptors[3].revents != 0 { takeOutput() }
            if descriptors[2].revents != 0, let (status, _) = try? child?.poll() { ended(status) }
            let ready = Set(descriptors[fixed...].filter { $0.revents != 0 }.map(\.fd))
            if let members = stopping?.members {
                stopping?.members = members.filter { !ready.contains($0.descriptor) }
                checkStop()
            }
            for caller in callers where ready.contains(caller.descriptor) { hear(caller) }
            if descriptors[1].revents != 0 { accept() }
            if descriptors[0].revents != 0 { takeSignals() }
        }
    }

    private func timeIsOver() {
        deadline = nil
        if stopping != nil {
            stopping?.isKilling = true
            signalMembers()
            checkStop()
        } else if child == nil {
            startAgain()
        }
    }

    private func takeSignals() {
        let signals = Signals.takePending()
        if isOver { return }
        if signals.contains(SIGTERM) || signals.contains(SIGINT) {
            stop(after: Supervisor.defaultGrace, restarts: false)
        }
    }

    private func accept() {
        guard !isOver, let caller = try? listener.accept(), let peer = try? caller.peer(),
            peer.user == System.effectiveUserID || peer.user == 0
        else { return }
        callers.append(caller)
    }

    /// `stop` or `restart`, and the seconds until SIGKILL.
    private func hear(_ caller: UnixSocket) {
        callers.removeAll { $0 === caller }
        guard !isOver, let received = try? caller.receive() else { return }
        var reader = FieldReader(received.message)
        guard let words = reader.list(), words.count == 2 else { return }
        let grace = Call.nanoseconds(words[1]) ?? Supervisor.defaultGrace
        waiting.append(caller)
        stop(after: grace, restarts: words[0] == "restart")
    }

    /// Writes to the log what the command has written.
    private func takeOutput() {
        guard let output else { return }
        withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
            while let count = try? System.read(output.read, buffer), count > 0 {
                log.append(Bytes(UnsafeRawBufferPointer(rebasing: buffer[..<count]).bindMemory(to: UInt8.self)))
            }
        }
    }
}
