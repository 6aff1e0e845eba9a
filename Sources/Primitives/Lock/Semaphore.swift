import Bytes
import Platform
import Shell

/// A number of permits, of which each acquire takes one and each release gives back some.
final class Semaphore: Sendable {
    let permits: Monitor<Int>
    /// There can be no more permits than that.
    let limit: Int?

    init(_ count: Int, limit: Int?) {
        permits = Monitor(count)
        self.limit = limit
    }

    func acquire(_ sh: Interpreter, until deadline: UInt64?) throws(Unwind) -> Waited<Bool> {
        try permits.wait(sh, until: deadline) { (count: inout Int) -> Bool? in
            guard count > 0 else { return nil }
            count -= 1
            return true
        }
    }

    func tryAcquire() -> Bool {
        permits.withLock {
            guard $0 > 0 else { return false }
            $0 -= 1
            return true
        }
    }

    /// Gives permits back; false if there would be too many then.
    @discardableResult
    func release(_ number: Int = 1) -> Bool {
        permits.change(waking: number) {
            let (sum, isOverflow) = $0.addingReportingOverflow(number)
            guard !isOverflow, sum <= limit ?? .max else { return false }
            $0 = sum
            return true
        }
    }
}

/// Permits that are given back when who has them ends without doing so: of `with`, and of `acquire -k`.
///
/// Thread: that of the interpreter.
private final class KeptPermits {
    var semaphores: [Semaphore] = []

    deinit { for semaphore in semaphores { semaphore.release() } }

    func drop(_ semaphore: Semaphore) {
        if let index = semaphores.lastIndex(where: { $0 === semaphore }) { semaphores.remove(at: index) }
    }
}

extension Noun {
    static let semaphore = Noun(
        name: "semaphore",
        summary: "let so many threads and processes at a time do something",
        details: """
            A semaphore is a number. acquire waits until it is above 0 and lowers it
            by 1; release raises it. Any thread or process may release.
            with gives back what it has acquired, however the command ends, and also
            if the process that runs it is killed.
            The exit status of acquire is 1 if it would have to wait and -n was given,
            and 124 when the time of -t is over.
            """,
        examples: """
            semaphore new -n 3 downloads
            semaphore with downloads curl -O "$url" &
            semaphore acquire -t 10 downloads || echo "too busy"
            """,
        verbs: [
            Verb(
                "new", "[-n count] [-b] name", "make a semaphore",
                options: [
                    VerbOption("n", "count", value: "count", "what it is at the beginning; 1 if not given"),
                    VerbOption("b", "bounded", "a release that would raise it above that is an error"),
                ], completes: .nothing
            ) { (call) throws(Unwind) in try SemaphoreVerbs.new(&call) },
            Verb(
                "acquire", "[-n] [-k] [-t seconds] name", "lower the number, waiting until it is above 0",
                options: [
                    .atOnce, .timeout,
                    VerbOption("k", "kept", "give it back also if this thread or process ends without a release"),
                ]
            ) { (call) throws(Unwind) in try SemaphoreVerbs.acquire(&call) },
            Verb("release", "name [count]", "raise the number by count, or by 1") { (call) throws(Unwind) in
                try SemaphoreVerbs.release(&call)
            },
            Verb(
                "with", "[-n] [-t seconds] [-E status] name command [argument…]",
                "run a command between acquire and release; its exit status",
                options: [.atOnce, .timeout, .elseStatus], completes: .nameThenCommand
            ) { (call) throws(Unwind) in try SemaphoreVerbs.with(&call) },
            Verb("value", "[-v variable] name", "say what the number is", options: [.variable]) {
                (call) throws(Unwind) in try SemaphoreVerbs.value(&call)
            },
            Verb("list", "[--json]", "show the semaphores", options: [.json], completes: .nothing) {
                (call) throws(Unwind) in try SemaphoreVerbs.list(&call)
            },
            Verb("delete", "name", "delete a semaphore for which nobody waits") { (call) throws(Unwind) in
                try SemaphoreVerbs.delete(&call)
            },
        ], names: { _ in SemaphoreVerbs.semaphores.candidates })
}

enum SemaphoreVerbs {
    static let semaphores = Registry<Semaphore>()

    static func new(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        var count = 1
        if let text = call.value("n") {
            guard let number = text.decimal, number >= 0 else { return call.wrongUse("'" + text + "' is no count") }
            count = number
        }
        guard semaphores.add(call[0], Semaphore(count, limit: call.has("b") ? count : nil)) else {
            return call.nameUsed(call[0])
        }
        ObjectServer.ensure(call.sh)
        return 0
    }

    static func acquire(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard let semaphore = semaphores[call[0]] else { return try call.elsewhere(call[0], among: semaphores.names) }
        let status = try acquire(semaphore, call)
        if status == 0, call.has("k") {
            try call.sh.companionOfPrimitives().belonging { KeptPermits() }.semaphores.append(semaphore)
        }
        return status
    }

    private static func acquire(_ semaphore: Semaphore, _ call: Call) throws(Unwind) -> Int32 {
        if call.has("n") { return semaphore.tryAcquire() ? 0 : 1 }
        return call.status(of: try semaphore.acquire(call.sh, until: call.deadline))
    }

    static func release(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...2) { return status }
        guard let semaphore = semaphores[call[0]] else { return try call.elsewhere(call[0], among: semaphores.names) }
        var number = 1
        if call.count > 1 {
            guard let given = call[1].decimal, given > 0 else {
                return call.wrongUse("'" + call[1] + "' is no count")
            }
            number = given
        }
        guard semaphore.release(number) else {
            guard let limit = semaphore.limit else { return call.fail("the number would be too large") }
            return call.fail("the number would be above " + Bytes(decimal: limit))
        }
        if let companion = call.sh.companion as? Companion,
            let kept = companion.belongings[ObjectIdentifier(KeptPermits.self)] as? KeptPermits
        {
            for _ in 0..<min(number, kept.semaphores.count) { kept.drop(semaphore) }
        }
        return 0
    }

    static func with(_ call: inout Call) throws(Unwind) -> Int32 {
        let (refusal, isWrong) = call.elseStatus()
        if isWrong { return call.wrongUse("'" + (call.value("E") ?? "") + "' is no exit status") }
        if call.count == 0 { return call.wrongUse("an operand is missing") }
        let words = call.command(from: 1)
        if words.isEmpty { return call.wrongUse("a command is missing") }
        guard let semaphore = semaphores[call[0]] else {
            return try call.withElsewhere(words, refusal, kept: true, among: semaphores.names)
        }
        let status = try acquire(semaphore, call)
        if status != 0 { return refusal ?? status }
        defer { semaphore.release() }
        return try call.sh.run(words)
    }

    static func value(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard let semaphore = semaphores[call[0]] else { return try call.elsewhere(call[0], among: semaphores.names) }
        return call.give(Bytes(decimal: semaphore.permits.withLock { $0 }))
    }

    static func list(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(0...0) { return status }
        if semaphores.isEmpty, call.reply == nil, let status = try call.forward() { return status }
        var listing = Listing(["name", "value", "waiting", "limit"])
        for (name, semaphore) in semaphores.all {
            listing.add([
                .text(name), .number(semaphore.permits.withLock { $0 }), .number(semaphore.permits.sleeperCount),
                semaphore.limit.map { .number($0) } ?? .none,
            ])
        }
        return call.show(listing)
    }

    static func delete(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard let semaphore = semaphores[call[0]] else { return try call.elsewhere(call[0], among: semaphores.names) }
        if semaphore.permits.sleeperCount > 0 { return call.waitedFor(call[0]) }
        semaphores.remove(call[0])
        return 0
    }
}

extension Call {
    /// The status and message for what cannot be deleted.
    func waitedFor(_ name: Bytes) -> Int32 { fail(noun + " '" + name + "' is waited for") }
}
