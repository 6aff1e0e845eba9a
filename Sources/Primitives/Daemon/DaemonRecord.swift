// What is known of a daemon: a directory with a lock, a record, a socket and, unless --log says otherwise, its log.
//
// The lock is held by the supervisor as long as it lives, however it ends: so whether a daemon is supervised is never a
// guess. The record says how things stood when it was last written, whole or not at all (it is renamed into place); of a
// supervisor that was killed it says what was running then. Numbers of processes count only together with the time at which
// the process was started and with the boot of the system.

import Bytes
import Glibc
import Platform
import Shell

/// The directory of a daemon.
struct DaemonPlace {
    let name: Bytes
    let directory: Bytes

    init(name: Bytes, directory: Bytes) {
        self.name = name
        self.directory = directory
    }

    /// Errors: EINVAL if the name can't be that of a directory, ENAMETOOLONG if the path of its socket would be too long.
    init(_ name: Bytes, _ sh: Interpreter) throws(Errno) {
        guard DaemonPlace.isName(name) else { throw .invalidArgument }
        self.name = name
        directory = try DaemonPlace.base(sh) + "/" + name
        if socket.count > 107 { throw .nameTooLong }
    }

    var record: Bytes { directory + "/state" }
    var lock: Bytes { directory + "/lock" }
    var socket: Bytes { directory + "/control" }
    var log: Bytes { directory + "/log" }

    static func isName(_ name: Bytes) -> Bool {
        guard !name.isEmpty, name.count <= 64, name[0] != UInt8(ascii: "."), name[0] != UInt8(ascii: "-") else {
            return false
        }
        return !name.contains { $0 <= 0x20 || $0 == UInt8(ascii: "/") || $0 == 0x7F }
    }

    private static func base(_ sh: Interpreter) throws(Errno) -> Bytes {
        let directory = try RuntimeDirectory.make(base: sh.variable("XDG_RUNTIME_DIR")) + "/daemon"
        do throws(Errno) { try System.makeDirectory(directory, mode: 0o700) } catch {
            if error != .exists { throw error }
        }
        return directory
    }

    /// The names of all daemons of the user.
    static func names(_ sh: Interpreter) -> [Bytes] {
        guard let base = try? base(sh) else { return [] }
        return ((try? System.listDirectory(base)) ?? []).filter {
            isName($0) && (try? System.status(base + "/" + $0 + "/state")) != nil
        }.sorted()
    }

    /// Whether a supervisor lives.
    var isSupervised: Bool {
        guard let file = try? System.open(lock, flags: O_RDWR) else { return false }
        defer { System.close(file) }
        return (try? FileLock.isTaken(file)) ?? false
    }
}

/// How a daemon stands.
struct DaemonRecord {
    enum State: Bytes {
        case running, waiting, stopping
        /// By `daemon stop`.
        case stopped
        /// By itself.
        case ended
        /// It ended more often than --max allows, or could not be started again.
        case failed
        /// Its supervisor is gone and did not say so.
        case killed

        var isActive: Bool { self == .running || self == .waiting || self == .stopping }
    }

    var state = State.waiting
    var command = Bytes()
    var log = Bytes()
    var pidfile = Bytes()
    var boot = DaemonRecord.currentBoot
    var supervisor: Int32 = 0
    var supervisorStart: UInt64 = 0
    /// 0: none runs.
    var pid: Int32 = 0
    var pidStart: UInt64 = 0
    var restarts = 0
    /// As Python has it; nil before the first end.
    var exitCode: Int32?
    /// When that state began, in microseconds since 1970.
    var since: UInt64 = Clock.realtimeMicroseconds()

    static var currentBoot: Bytes {
        ((try? System.readFile("/proc/sys/kernel/random/boot_id")) ?? Bytes()).split(on: UInt8(ascii: "\n")).first ?? ""
    }

    init() {}

    /// As it is now; nil if there is none, or it is damaged.
    init?(_ place: DaemonPlace) {
        guard let text = try? System.readFile(place.record) else { return nil }
        var reader = FieldReader(text)
        guard let fields = reader.list(), fields.count == 12, let state = State(rawValue: fields[0]) else { return nil }
        self.state = state
        command = fields[1]
        log = fields[2]
        pidfile = fields[3]
        boot = fields[4]
        supervisor = Int32(truncatingIfNeeded: fields[5].decimal ?? 0)
        supervisorStart = UInt64(truncatingIfNeeded: fields[6].decimal ?? 0)
        pid = Int32(truncatingIfNeeded: fields[7].decimal ?? 0)
        pidStart = UInt64(truncatingIfNeeded: fields[8].decimal ?? 0)
        restarts = fields[9].decimal ?? 0
        exitCode = fields[10].decimal.map { Int32(truncatingIfNeeded: $0) }
        since = UInt64(truncatingIfNeeded: fields[11].decimal ?? 0)
        if state.isActive, !place.isSupervised { self.state = .killed }
    }

    func write(to place: DaemonPlace) throws(Errno) {
        var fields = Fields()
        fields.add([
            state.rawValue, command, log, pidfile, boot, Bytes(decimal: supervisor), Bytes(decimal: supervisorStart),
            Bytes(decimal: pid), Bytes(decimal: pidStart), Bytes(decimal: restarts),
            exitCode.map { Bytes(decimal: $0) } ?? "", Bytes(decimal: since),
        ])
        let new = place.record + ".new"
        let file = try System.open(new, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
        defer { System.close(file) }
        try System.writeAll(file, fields.bytes)
        try System.rename(new, to: place.record)
    }

    /// The supervisor, if it lives.
    var supervisorProcess: ProcessReference? {
        boot == DaemonRecord.currentBoot && supervisor > 0
            ? ProcessReference(supervisor, startedAt: supervisorStart) : nil
    }

    /// The command's process, if it lives.
    var process: ProcessReference? {
        boot == DaemonRecord.currentBoot && pid > 0 ? ProcessReference(pid, startedAt: pidStart) : nil
    }

    /// Ends what a supervisor that was killed has left.
    func endLeftovers() {
        guard boot == DaemonRecord.currentBoot, let process else { return }
        for member in ProcessReference.members(ofSession: supervisor) { try? System.kill(member, SIGKILL) }
        try? process.signal(SIGKILL)
    }
}
