import Bytes
import Platform
import Shell

/// Where so many threads or processes wait for each other, round after round.
final class Barrier: Sendable {
    enum Outcome: Sendable {
        case passed
        case broken
    }

    /// One time that all come together.
    ///
    /// Lock: that of the barrier's state.
    final class Round: @unchecked Sendable {
        var outcome: Outcome?
    }

    struct State: Sendable {
        var round = Round()
        var waiting = 0
        var isBroken = false
    }

    let parties: Int
    let state = Monitor(State())

    init(parties: Int) { self.parties = parties }

    /// Waits for the others.
    ///
    /// - Returns: the place in the order of arrival; nil if the barrier is broken.
    func wait(_ sh: Interpreter, until deadline: UInt64?) throws(Unwind) -> Waited<Int?> {
        let joined = state.withLock { state -> (round: Round, place: Int)? in
            if state.isBroken { return nil }
            let (round, place) = (state.round, state.waiting)
            state.waiting += 1
            if state.waiting == parties {
                round.outcome = .passed
                (state.round, state.waiting) = (Round(), 0)
            }
            return (round, place)
        }
        guard let (round, place) = joined else { return .done(nil) }
        if place == parties - 1 {
            state.change { _ in }
            return .done(place)
        }
        let waited: Waited<Outcome>
        do throws(Unwind) {
            waited = try state.wait(sh, until: deadline) { (_: inout State) -> Outcome? in round.outcome }
        } catch {
            _ = giveUp(round)
            throw error
        }
        switch waited {
        case .done(.passed): return .done(place)
        case .done(.broken): return .done(nil)
        case .timedOut: return giveUp(round) ? .timedOut : .done(place)
        case .interrupted(let signal): return giveUp(round) ? .interrupted(signal) : .done(place)
        }
    }

    /// One that waits goes away, which breaks the barrier; false if all had come just then.
    private func giveUp(_ round: Round) -> Bool {
        state.change { state in
            if case .passed? = round.outcome { return false }
            if round === state.round { Barrier.break(&state) }
            return true
        }
    }

    func abort() { state.change { Barrier.break(&$0) } }

    private static func `break`(_ state: inout State) {
        state.round.outcome = .broken
        state.isBroken = true
        state.waiting = 0
    }

    /// Makes it as new; those who wait now find it broken.
    func reset() {
        state.change { state in
            if state.round.outcome == nil { state.round.outcome = .broken }
            state = State()
        }
    }
}

extension Noun {
    static let barrier = Noun(
        name: "barrier",
        summary: "wait until all have come so far",
        details: """
            Each of the parties waits at the barrier until all of them do; then they
            go on together, and the barrier serves for the next time.
            A party whose time is over, that is interrupted or cancelled breaks it:
            the others, and all who come later, find it broken until it is reset. The
            exit status of wait is 1 then, and 124 where the time of -t is over.
            """,
        examples: """
            barrier new -n 3 start
            barrier wait start
            barrier wait -v place start && [ "$place" = 0 ] && echo "I was the first"
            """,
        verbs: [
            Verb(
                "new", "-n parties name", "make a barrier",
                options: [VerbOption("n", "parties", value: "parties", "how many must come")], completes: .nothing
            ) { (call) throws(Unwind) in try BarrierVerbs.new(&call) },
            Verb(
                "wait", "[-t seconds] [-v variable] name", "wait until all parties have come",
                options: [
                    .timeout,
                    VerbOption("v", value: "variable", "put the place in the order of arrival there, from 0 on"),
                ]
            ) { (call) throws(Unwind) in try BarrierVerbs.wait(&call) },
            Verb("abort", "name", "break the barrier; who waits goes on with status 1") { (call) throws(Unwind) in
                try BarrierVerbs.change(&call) { $0.abort() }
            },
            Verb("reset", "name", "make it as new; who waits goes on with status 1") { (call) throws(Unwind) in
                try BarrierVerbs.change(&call) { $0.reset() }
            },
            Verb("parties", "[-v variable] name", "say how many must come", options: [.variable]) {
                (call) throws(Unwind) in try BarrierVerbs.tell(&call) { $0.parties }
            },
            Verb("waiting", "[-v variable] name", "say how many have come", options: [.variable]) {
                (call) throws(Unwind) in
                try BarrierVerbs.tell(&call) { barrier in barrier.state.withLock { $0.waiting } }
            },
            Verb("broken", "name", "the status is 0 if the barrier is broken, else 1") { (call) throws(Unwind) in
                try BarrierVerbs.broken(&call)
            },
            Verb("list", "[--json]", "show the barriers", options: [.json], completes: .nothing) {
                (call) throws(Unwind) in try BarrierVerbs.list(&call)
            },
            Verb("delete", "name", "delete a barrier at which nobody waits") { (call) throws(Unwind) in
                try BarrierVerbs.delete(&call)
            },
        ], names: { _ in BarrierVerbs.barriers.candidates })
}

enum BarrierVerbs {
    static let barriers = Registry<Barrier>()

    static func new(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard let text = call.value("n") else { return call.wrongUse("the number of parties is missing") }
        guard let parties = text.decimal, parties > 0 else {
            return call.wrongUse("'" + text + "' is no number of parties")
        }
        guard barriers.add(call[0], Barrier(parties: parties)) else { return call.nameUsed(call[0]) }
        ObjectServer.ensure(call.sh)
        return 0
    }

    static func wait(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard let barrier = barriers[call[0]] else { return try call.elsewhere(call[0], among: barriers.names) }
        let waited = try barrier.wait(call.sh, until: call.deadline)
        guard case .done(let place) = waited else { return call.status(of: waited) }
        guard let place else { return call.fail("barrier '" + call[0] + "' is broken") }
        return call.has("v") ? call.give(Bytes(decimal: place)) : 0
    }

    static func change(_ call: inout Call, _ body: (Barrier) -> Void) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard let barrier = barriers[call[0]] else { return try call.elsewhere(call[0], among: barriers.names) }
        body(barrier)
        return 0
    }

    static func tell(_ call: inout Call, _ number: (Barrier) -> Int) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard let barrier = barriers[call[0]] else { return try call.elsewhere(call[0], among: barriers.names) }
        return call.give(Bytes(decimal: number(barrier)))
    }

    static func broken(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard let barrier = barriers[call[0]] else { return try call.elsewhere(call[0], among: barriers.names) }
        return barrier.state.withLock { $0.isBroken } ? 0 : 1
    }

    static func list(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(0...0) { return status }
        if barriers.isEmpty, call.reply == nil, let status = try call.forward() { return status }
        var listing = Listing(["name", "parties", "waiting", "broken"])
        for (name, barrier) in barriers.all {
            let (waiting, isBroken) = barrier.state.withLock { ($0.waiting, $0.isBroken) }
            listing.add([.text(name), .number(barrier.parties), .number(waiting), .yes(isBroken)])
        }
        return call.show(listing)
    }

    static func delete(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard let barrier = barriers[call[0]] else { return try call.elsewhere(call[0], among: barriers.names) }
        if barrier.state.withLock({ $0.waiting }) > 0 { return call.waitedFor(call[0]) }
        barriers.remove(call[0])
        return 0
    }
}
