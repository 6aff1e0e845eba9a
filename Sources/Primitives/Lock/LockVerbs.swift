import Bytes
import Platform
import Shell

enum LockVerbs {
    static let locks = Registry<Lock>()

    @inline(__always)
    private static func known(_ name: Bytes, _ claimant: Claimant) -> Lock? { claimant.known.find(name, in: locks) }

    static func new(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        let name = call[0]
        if locks[name] != nil { return call.nameUsed(name) }
        let isReentrant = call.has("r")
        let lock: Lock
        if let given = call.value("file") {
            let path = LockFiles.path(given, call.sh)
            do throws(Errno) {
                let found = try LockFiles.lock(path, call.sh) {
                    Lock(title: quoted(name), isReentrant: isReentrant, file: $0)
                }
                guard found.isNew else {
                    return call.fail("the file is that of lock " + found.lock.title + " already", status: 2)
                }
                lock = found.lock
            } catch {
                return call.fail(given + ": " + error.message)
            }
        } else {
            lock = Lock(title: quoted(name), isReentrant: isReentrant)
        }
        guard locks.add(name, lock) else { return call.nameUsed(name) }
        ObjectServer.ensure(call.sh)
        return 0
    }

    static func quoted(_ name: Bytes) -> Bytes { "'" + name + "'" }

    static func acquire(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        let claimant = try call.sh.claimant()
        guard let lock = known(call[0], claimant) else { return try call.elsewhere(call[0], among: locks.names) }
        return call.report(try call.acquire(lock, claimant), lock)
    }

    static func release(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        let claimant = try call.sh.claimant()
        guard let lock = known(call[0], claimant) else { return try call.elsewhere(call[0], among: locks.names) }
        return lock.release(claimant) ? 0 : call.notHeld(lock, claimant)
    }

    static func with(_ call: inout Call) throws(Unwind) -> Int32 {
        let (refusal, isWrong) = call.elseStatus()
        if isWrong { return call.wrongUse("'" + (call.value("E") ?? "") + "' is no exit status") }
        if let path = call.value("file") {
            let words = call.command(from: 0)
            if words.isEmpty { return call.wrongUse("a command is missing") }
            let lock: Lock
            do throws(Errno) {
                lock = try LockFiles.lock(LockFiles.path(path, call.sh), call.sh) {
                    Lock(title: quoted(path), file: $0)
                }.lock
            } catch {
                return call.fail(path + ": " + error.message, status: refusal ?? 1)
            }
            return try call.with(lock, words, refusal)
        }
        if call.count == 0 { return call.wrongUse("an operand is missing") }
        let words = call.command(from: 1)
        if words.isEmpty { return call.wrongUse("a command is missing") }
        guard let lock = known(call[0], try call.sh.claimant()) else {
            return try call.withElsewhere(words, refusal, among: locks.names)
        }
        return try call.with(lock, words, refusal)
    }

    static func holder(_ call: inout Call) throws(Unwind) -> Int32 {
        if let path = call.value("file") {
            if let status = call.checkCount(0...0) { return status }
            do throws(Errno) {
                guard let holders = try LockFiles.holders(LockFiles.path(path, call.sh)) else { return 1 }
                return call.give(processes(holders))
            } catch {
                return error == .notFound ? 1 : call.fail(path + ": " + error.message)
            }
        }
        if let status = call.checkCount(1...1) { return status }
        guard let lock = locks[call[0]] else { return try call.elsewhere(call[0], among: locks.names) }
        if let holder = LockGraph.holder(of: lock) {
            if holder.isAbandoned { return call.abandoned(lock, holder.name, status: 1) }
            return call.give(holder.name)
        }
        guard let file = lock.file, let holders = (try? LockFiles.holders(file.path)) ?? nil else { return 1 }
        return call.give(processes(holders))
    }

    private static func processes(_ processes: [Int32]) -> Bytes {
        processes.isEmpty ? "another process" : processes.map { "process " + Bytes(decimal: $0) }.joined(by: ", ")
    }

    static func locked(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard let lock = locks[call[0]] else { return try call.elsewhere(call[0], among: locks.names) }
        if lock.holder != 0 { return 0 }
        return lock.file.map { LockFiles.isLocked($0.path) } ?? false ? 0 : 1
    }

    static func breakAbandoned(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard let lock = locks[call[0]] else { return try call.elsewhere(call[0], among: locks.names) }
        return call.breakAbandoned(lock)
    }

    static func list(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(0...0) { return status }
        if locks.isEmpty, call.reply == nil, let status = try call.forward() { return status }
        var listing = Listing(["name", "state", "holder", "waiting", "reentrant", "file"])
        for (name, lock) in locks.all {
            let holder = LockGraph.holder(of: lock)
            let state: Bytes = holder == nil ? "free" : holder?.isAbandoned == true ? "abandoned" : "held"
            listing.add([
                .text(name), .text(state), holder.map { .text($0.name) } ?? .none,
                .number(LockGraph.waiterCount(of: lock)), .yes(lock.isReentrant),
                lock.file.map { .text($0.path) } ?? .none,
            ])
        }
        return call.show(listing)
    }

    static func delete(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard let lock = locks[call[0]] else { return try call.elsewhere(call[0], among: locks.names) }
        guard LockGraph.retire(lock) else { return call.inUse(lock) }
        locks.remove(call[0])
        return 0
    }
}

// What `condition` has in common with `lock`.
extension Call {
    /// Takes a lock as the options say.
    @inline(__always)
    func acquire(_ lock: Lock, _ claimant: Claimant) throws(Unwind) -> Acquired {
        try lock.acquire(
            claimant, sh, waits: !has("n"), until: deadline, takesAbandoned: has("a"))
    }

    /// The status of what came of wanting a lock, with the message.
    @inline(__always)
    func report(_ acquired: Acquired, _ lock: Lock) -> Int32 {
        if case .done = acquired { return 0 }
        return refusal(acquired, lock)
    }

    @inline(never)
    private func refusal(_ acquired: Acquired, _ lock: Lock) -> Int32 {
        switch acquired {
        case .done: 0
        case .busy: 1
        case .deadlock(let message): fail(message, status: 3)
        case .abandoned(let name): abandoned(lock, name, status: 4)
        case .timedOut: 124
        case .interrupted(let signal): 128 + signal
        case .deleted: fail("no " + noun + " " + lock.title, status: 2)
        case .failed(let message): fail(message)
        }
    }

    func abandoned(_ lock: Lock, _ name: Bytes, status: Int32) -> Int32 {
        fail(
            lock.title + " was abandoned: " + name + " held it when it ended; '" + noun
                + " break' makes it free, 'acquire -a' takes it over", status: status)
    }

    func notHeld(_ lock: Lock, _ claimant: Claimant) -> Int32 {
        guard let holder = LockGraph.holder(of: lock) else { return fail("nobody holds " + lock.title) }
        if holder.isAbandoned { return abandoned(lock, holder.name, status: 1) }
        return fail(holder.name + " holds " + lock.title + ", not " + claimant.name)
    }

    /// Takes an abandoned lock away from who held it, and says so.
    func breakAbandoned(_ lock: Lock) -> Int32 {
        if let name = LockGraph.breakAbandoned(lock) {
            return tell(lock.title + " is free again; " + name + " held it when it ended")
        }
        guard let holder = LockGraph.holder(of: lock) else { return fail("nobody holds " + lock.title) }
        return fail(holder.name + " holds " + lock.title + " and has not ended")
    }

    /// The status and message for a lock that cannot be deleted.
    func inUse(_ lock: Lock) -> Int32 {
        let holder = LockGraph.holder(of: lock)?.name
        return fail(lock.title + " is in use" + (holder.map { "; " + $0 + " holds it" } ?? ""))
    }

    /// Runs a command with the lock held.
    func with(_ lock: Lock, _ words: [Bytes], _ refusal: Int32?) throws(Unwind) -> Int32 {
        // Kept by who has taken it, also where the command's rest goes on in another interpreter.
        let claimant = try sh.claimant()
        let status = report(try acquire(lock, claimant), lock)
        if status != 0 { return refusal ?? status }
        defer { lock.release(claimant) }
        return try sh.run(words)
    }
}
