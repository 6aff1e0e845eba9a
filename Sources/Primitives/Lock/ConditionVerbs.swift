import Bytes
import Platform
import Shell

enum ConditionVerbs {
    static let conditions = Registry<LockCondition>()

    static func new(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        var lock: Lock?
        if let name = call.value("lock") {
            lock = LockVerbs.locks[name]
            if lock == nil { return call.fail("no lock '" + name + "'", status: 2) }
        }
        let condition = LockCondition(title: LockVerbs.quoted(call[0]), lock: lock)
        guard conditions.add(call[0], condition) else { return call.nameUsed(call[0]) }
        ObjectServer.ensure(call.sh)
        return 0
    }

    static func acquire(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard let condition = conditions[call[0]] else { return try call.elsewhere(call[0], among: conditions.names) }
        return call.report(try call.acquire(condition.lock, try call.sh.claimant()), condition.lock)
    }

    static func release(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard let condition = conditions[call[0]] else { return try call.elsewhere(call[0], among: conditions.names) }
        let claimant = try call.sh.claimant()
        return condition.lock.release(claimant) ? 0 : call.notHeld(condition.lock, claimant)
    }

    static func with(_ call: inout Call) throws(Unwind) -> Int32 {
        let (refusal, isWrong) = call.elseStatus()
        if isWrong { return call.wrongUse("'" + (call.value("E") ?? "") + "' is no exit status") }
        if call.count == 0 { return call.wrongUse("an operand is missing") }
        let words = call.command(from: 1)
        if words.isEmpty { return call.wrongUse("a command is missing") }
        guard let condition = conditions[call[0]] else {
            return try call.withElsewhere(words, refusal, among: conditions.names)
        }
        return try call.with(condition.lock, words, refusal)
    }

    static func wait(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard let condition = conditions[call[0]] else { return try call.elsewhere(call[0], among: conditions.names) }
        return try wait(condition, call)
    }

    private static func wait(_ condition: LockCondition, _ call: Call) throws(Unwind) -> Int32 {
        let claimant = try call.sh.claimant()
        guard condition.lock.holder == claimant.id else {
            return call.fail(
                "to wait, one must hold its lock; " + claimant.name + " does not hold " + condition.lock.title)
        }
        let (waited, again) = try condition.wait(claimant, call.sh, until: call.deadline)
        let status = call.report(again, condition.lock)
        return status != 0 ? status : call.status(of: waited)
    }

    static func waitFor(_ call: inout Call) throws(Unwind) -> Int32 {
        if call.count == 0 { return call.wrongUse("an operand is missing") }
        let words = call.command(from: 1)
        if words.isEmpty { return call.wrongUse("a command is missing") }
        let condition = conditions[call[0]]
        while try call.sh.run(words) != 0 {
            let status: Int32
            if let condition {
                status = try wait(condition, call)
            } else {
                var wait: [Bytes] = [call.noun, "wait"]
                if let deadline = call.deadline {
                    let now = Clock.monotonicNanoseconds()
                    let left = deadline > now ? deadline - now : 0
                    let fraction = Bytes(decimal: left % 1_000_000_000)
                    let zeros = Bytes(repeating: UInt8(ascii: "0"), count: 9 - fraction.count)
                    wait += ["-t", Bytes(decimal: left / 1_000_000_000) + "." + zeros + fraction]
                }
                guard let answer = try call.ask(wait + ["--", call[0]]) else {
                    return call.nameUnknown(call[0], among: conditions.names)
                }
                status = call.finish(answer)
            }
            if status != 0 { return status }
        }
        return 0
    }

    static func notify(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        var count = 1
        if let text = call.value("n") {
            guard let number = text.decimal, number > 0 else { return call.wrongUse("'" + text + "' is no count") }
            count = number
        }
        guard let condition = conditions[call[0]] else { return try call.elsewhere(call[0], among: conditions.names) }
        condition.notify(count)
        return 0
    }

    static func notifyAll(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard let condition = conditions[call[0]] else { return try call.elsewhere(call[0], among: conditions.names) }
        condition.notify(.max)
        return 0
    }

    static func breakAbandoned(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard let condition = conditions[call[0]] else { return try call.elsewhere(call[0], among: conditions.names) }
        return call.breakAbandoned(condition.lock)
    }

    static func list(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(0...0) { return status }
        if conditions.isEmpty, call.reply == nil, let status = try call.forward() { return status }
        var listing = Listing(["name", "lock", "holder", "waiting"])
        for (name, condition) in conditions.all {
            let lock = LockVerbs.locks.all.first { $0.object === condition.lock }
            listing.add([
                .text(name), lock.map { .text($0.name) } ?? .none,
                LockGraph.holder(of: condition.lock).map { .text($0.name) } ?? .none, .number(condition.waiterCount),
            ])
        }
        return call.show(listing)
    }

    static func delete(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard let condition = conditions[call[0]] else { return try call.elsewhere(call[0], among: conditions.names) }
        if condition.waiterCount > 0 { return call.waitedFor(call[0]) }
        if condition.ownsLock, !LockGraph.retire(condition.lock) { return call.inUse(condition.lock) }
        conditions.remove(call[0])
        return 0
    }
}
