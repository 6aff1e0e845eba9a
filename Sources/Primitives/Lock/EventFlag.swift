import Bytes
import Platform
import Shell

/// Something that has happened or has not.
final class EventFlag: Sendable {
    struct State: Sendable {
        var isSet: Bool
        /// How often it was set: who waits must see it, also where it is cleared at once.
        var times = 0
    }

    let state: Monitor<State>

    init(isSet: Bool) { state = Monitor(State(isSet: isSet)) }

    func set() {
        state.change {
            if !$0.isSet { $0.times += 1 }
            $0.isSet = true
        }
    }

    func wait(_ sh: Interpreter, until deadline: UInt64?) throws(Unwind) -> Waited<Bool> {
        var begun: Int?
        return try state.wait(sh, until: deadline) { (state: inout State) -> Bool? in
            let first = begun ?? state.times
            begun = first
            return state.isSet || state.times != first ? true : nil
        }
    }
}

extension Noun {
    static let event = Noun(
        name: "event",
        summary: "wait until something has happened",
        details: """
            An event is set or not. wait returns when it is set, and at once if it is
            set already; all who wait go on.
            The exit status of wait is 124 when the time of -t is over; that of is-set
            is 1 if the event is not set.
            """,
        examples: """
            event new ready
            { prepare; event set ready; } &
            event wait -t 60 ready && go
            """,
        verbs: [
            Verb(
                "new", "[-s] name", "make an event that is not set",
                options: [VerbOption("s", "set", "it is set from the beginning")], completes: .nothing
            ) { (call) throws(Unwind) in try EventVerbs.new(&call) },
            Verb("set", "name", "set the event; who waits for it goes on") { (call) throws(Unwind) in
                try EventVerbs.change(&call) { $0.set() }
            },
            Verb("clear", "name", "make it not set again") { (call) throws(Unwind) in
                try EventVerbs.change(&call) { event in event.state.withLock { $0.isSet = false } }
            },
            Verb("wait", "[-t seconds] name", "wait until the event is set", options: [.timeout]) {
                (call) throws(Unwind) in try EventVerbs.wait(&call)
            },
            Verb("is-set", "name", "the status is 0 if the event is set, else 1") { (call) throws(Unwind) in
                try EventVerbs.isSet(&call)
            },
            Verb("list", "[--json]", "show the events", options: [.json], completes: .nothing) {
                (call) throws(Unwind) in try EventVerbs.list(&call)
            },
            Verb("delete", "name", "delete an event for which nobody waits") { (call) throws(Unwind) in
                try EventVerbs.delete(&call)
            },
        ], names: { _ in EventVerbs.events.candidates })
}

enum EventVerbs {
    static let events = Registry<EventFlag>()

    static func new(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard events.add(call[0], EventFlag(isSet: call.has("s"))) else { return call.nameUsed(call[0]) }
        ObjectServer.ensure(call.sh)
        return 0
    }

    static func change(_ call: inout Call, _ body: (EventFlag) -> Void) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard let event = events[call[0]] else { return try call.elsewhere(call[0], among: events.names) }
        body(event)
        return 0
    }

    static func wait(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard let event = events[call[0]] else { return try call.elsewhere(call[0], among: events.names) }
        return call.status(of: try event.wait(call.sh, until: call.deadline))
    }

    static func isSet(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard let event = events[call[0]] else { return try call.elsewhere(call[0], among: events.names) }
        return event.state.withLock { $0.isSet } ? 0 : 1
    }

    static func list(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(0...0) { return status }
        if events.isEmpty, call.reply == nil, let status = try call.forward() { return status }
        var listing = Listing(["name", "set", "waiting"])
        for (name, event) in events.all {
            listing.add([
                .text(name), .yes(event.state.withLock { $0.isSet }), .number(event.state.sleeperCount),
            ])
        }
        return call.show(listing)
    }

    static func delete(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard let event = events[call[0]] else { return try call.elsewhere(call[0], among: events.names) }
        if event.state.sleeperCount > 0 { return call.waitedFor(call[0]) }
        events.remove(call[0])
        return 0
    }
}
