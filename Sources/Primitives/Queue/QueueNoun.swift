// The built-in `queue`: items go in at one end and come out at the other, each once, for threads and processes alike.

import Bytes
import Glibc
import Platform
import Shell

extension Noun {
    static let queue = Noun(
        name: "queue", summary: "Hand items from threads and processes to others, in order and each once.",
        details: """
            An item is a string of bytes. Items come out in the order in which they went in, with --lifo the last first, with \
            --priority that with the lowest number of -p first. Each comes out once, whoever is killed.

            put with no item puts each line of standard input; with -0 all of standard input, NUL bytes included, is one \
            item. get -0 prints an item as it is, without a newline after it. An item with NUL bytes doesn't fit a \
            variable: the attempt fails, and the item stays.

            put waits while the queue is full, get while it is empty; -n and try-put, try-get don't: the status is 1. After \
            close nothing can be put, and get has the status 1 once the queue is empty. join waits until task-done was \
            said for each item that was put.

            each runs a command for each item, which is put in the place of {} or after the other arguments, and says task-done; it \
            ends when the queue is closed and empty. With -j the commands run in copies of the shell, as in ( … ), so many \
            at a time, and the output of each comes in one piece. The status is the number of commands that failed, at \
            most 101.
            """,
        examples: """
            queue new -m 100 jobs; process start worker; queue put jobs *.png; queue close jobs
            while queue get jobs file; do convert "$file" "${file%.*}.jpg"; queue task-done jobs; done
            queue each -j 4 jobs gzip -9
            find . -name '*.log' | queue put logs
            """,
        verbs: [
            Verb(
                "new", "[-m max] [--lifo | --priority] name", "make a queue",
                options: [
                    VerbOption("m", "max", value: "max", "hold at most so many items; put waits then"),
                    VerbOption(nil, "lifo", "what went in last comes out first"),
                    VerbOption(nil, "priority", "what has the lowest priority number comes out first"),
                ], completes: .nothing
            ) { (call) throws(Unwind) in try QueueVerbs.new(&call) },
            Verb(
                "put", "[-n] [-t seconds] [-p number] [-0] name [item…]",
                "put items, or lines of standard input; wait while it is full",
                options: QueueVerbs.putOptions + [.noWait, .timeout]
            ) { (call) throws(Unwind) in try QueueVerbs.put(&call, waits: !call.has("n")) },
            Verb(
                "get", "[-n] [-t seconds] [-0] [-v variable] name [variable]",
                "take an item out; wait while it is empty",
                options: [.noWait, .timeout, .variable, QueueVerbs.blockOption]
            ) { (call) throws(Unwind) in try QueueVerbs.get(&call, waits: !call.has("n")) },
            Verb(
                "try-put", "[-p number] [-0] name [item…]", "put as long as there is room",
                options: QueueVerbs.putOptions
            ) { (call) throws(Unwind) in try QueueVerbs.put(&call, waits: false) },
            Verb(
                "try-get", "[-0] [-v variable] name [variable]", "take an item out if there is one",
                options: [.variable, QueueVerbs.blockOption]
            ) { (call) throws(Unwind) in try QueueVerbs.get(&call, waits: false) },
            Verb("size", "[-v variable] name", "how many items there are", options: [.variable]) {
                (call) throws(Unwind) in
                try QueueVerbs.tell(&call) { Bytes(decimal: $0.size) }
            },
            Verb("empty", "name", "whether it is empty: status 0 or 1") { (call) throws(Unwind) in
                try QueueVerbs.ask(&call) { $0.size == 0 }
            },
            Verb("full", "name", "whether it is full: status 0 or 1") { (call) throws(Unwind) in
                try QueueVerbs.ask(&call) { $0.isFull }
            },
            Verb("task-done", "name", "say that an item that was got is dealt with") { (call) throws(Unwind) in
                try QueueVerbs.taskDone(&call)
            },
            Verb(
                "join", "[-t seconds] name", "wait until task-done was said for each item", options: [.timeout]
            ) { (call) throws(Unwind) in try QueueVerbs.join(&call) },
            Verb("close", "name", "let nothing be put from now on") { (call) throws(Unwind) in
                try QueueVerbs.close(&call)
            },
            Verb(
                "each", "[-j jobs] [-t seconds] name command [argument…]",
                "run a command for each item until the queue is closed and empty",
                options: [
                    VerbOption("j", "jobs", value: "jobs", "run so many commands at a time, in copies of the shell"),
                    VerbOption("t", "timeout", value: "seconds", "end with status 124 when no item came for so long"),
                ], completes: .nameThenCommand
            ) { (call) throws(Unwind) in try QueueVerbs.each(&call) },
            Verb("list", "[--json]", "show the queues", options: [.json], completes: .nothing) {
                (call) throws(Unwind) in
                try QueueVerbs.list(&call)
            },
            Verb("delete", "name", "delete the queue with all that is in it; waits end") { (call) throws(Unwind) in
                try QueueVerbs.delete(&call)
            },
            Verb(Queues.shareVerb, "name", "") { (call) throws(Unwind) in try Queues.share(&call) },
        ], names: { _ in Queues.own.candidates })
}

extension VerbOption {
    static let noWait = VerbOption("n", "no-wait", "don't wait; the status is 1 then")
}

enum QueueVerbs {
    static let blockOption = VerbOption("0", "block", "one item of any bytes, of standard input or to standard output")
    static let putOptions = [
        VerbOption("p", "priority-number", value: "number", "the priority of the items; the lowest comes out first"),
        blockOption,
    ]

    static func new(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        var limit = 0
        if let text = call.value("m") {
            guard let number = text.decimal, number >= 0 else {
                return call.wrongUse("'" + text + "' is no number of items")
            }
            limit = number
        }
        if call.has("lifo") && call.has("priority") { return call.wrongUse("--lifo and --priority exclude each other") }
        let order: SharedQueue.Order = call.has("lifo") ? .lastIn : call.has("priority") ? .priority : .firstIn
        let name = call[0]
        if name.isEmpty { return call.wrongUse("a name is missing") }
        if Queues.own[name] != nil { return call.nameUsed(name) }
        do throws(Errno) {
            guard Queues.own.add(name, try SharedQueue.make(order, limit: limit)) else { return call.nameUsed(name) }
        } catch {
            return call.fail("cannot make a queue: " + error.message)
        }
        ObjectServer.ensure(call.sh)
        return 0
    }

    // MARK: Putting

    static func put(_ call: inout Call, waits: Bool) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...) { return status }
        var status: Int32 = 0
        guard let entry = try call.queue(call[0], &status) else { return status }
        var priority = 0
        if let text = call.value("p") {
            guard let number = text.decimal else { return call.wrongUse("'" + text + "' is no priority number") }
            guard entry.queue.order == .priority else {
                return call.fail("queue '" + entry.name + "' has no priorities", status: 2)
            }
            priority = number
        }
        let isBlock = call.has("0")
        if call.count == 1 { return try putInput(call, entry, priority, waits: waits, isBlock: isBlock) }
        if isBlock { return call.wrongUse("-0 is for standard input, not for items on the command line") }
        for index in 1..<call.count {
            let status = try put(call[index], call, entry, priority, waits: waits)
            if status != 0 { return status }
        }
        return 0
    }

    /// Puts one item; the status.
    static func put(
        _ item: Bytes, _ call: Call, _ entry: KnownQueues.Entry, _ priority: Int, waits: Bool, isBlock: Bool = false
    ) throws(Unwind) -> Int32 {
        var attempt = SharedQueue.Attempt.once
        while true {
            let outcome: SharedQueue.Outcome
            do throws(QueueError) {
                outcome = try item.withUnsafeBytes { (bytes) throws(QueueError) in
                    try entry.queue.put(UnsafeRawBufferPointer(bytes), priority: priority, isBlock: isBlock, attempt)
                }
            } catch {
                return failed(call, entry, error)
            }
            switch outcome {
            case .done: return 0
            case .isClosed: return call.fail("queue '" + entry.name + "' is closed")
            case .wouldWait:
                if !waits { return 1 }
                if attempt == .once {
                    entry.queue.watchForRoom()
                    attempt = .beforeSleep
                    continue
                }
                if let status = try sleep(call, entry, on: entry.queue.descriptors.room) { return status }
                attempt = .afterSleep
            case .isBusy: if let status = try lookAbout(call) { return status }
            case .isDeleted, .isBlock: return deleted(call, entry)
            }
        }
    }

    /// Puts what standard input holds.
    private static func putInput(
        _ call: Call, _ entry: KnownQueues.Entry, _ priority: Int, waits: Bool, isBlock: Bool
    ) throws(Unwind) -> Int32 {
        guard let descriptor = call.sh.context.descriptors.descriptor(0) else {
            return call.fail("standard input is closed")
        }
        var rest = Bytes()
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { chunk.deallocate() }
        while true {
            var descriptors = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
            switch try call.sh.sleep(on: &descriptors, until: call.deadline) {
            case .ready: break
            case .timedOut: return 124
            case .interrupted(let signal): return 128 + signal
            }
            let count: Int
            do throws(Errno) {
                count = try System.read(descriptor, chunk)
            } catch {
                if error == .wouldBlock { continue }
                return call.fail("standard input: " + error.message)
            }
            if count == 0 { break }
            let read = UnsafeRawBufferPointer(rebasing: chunk[..<count]).bindMemory(to: UInt8.self)
            guard !isBlock else {
                rest.append(contentsOf: read)
                continue
            }
            var start = 0
            while let end = read[start...].firstIndex(of: UInt8(ascii: "\n")) {
                rest.append(contentsOf: UnsafeBufferPointer(rebasing: read[start..<end]))
                let status = try put(rest, call, entry, priority, waits: waits, isBlock: rest.find(0) != nil)
                if status != 0 { return status }
                rest.removeAll()
                start = end + 1
            }
            rest.append(contentsOf: UnsafeBufferPointer(rebasing: read[start...]))
        }
        if !isBlock && rest.isEmpty { return 0 }
        return try put(rest, call, entry, priority, waits: waits, isBlock: rest.find(0) != nil)
    }

    // MARK: Getting

    static func get(_ call: inout Call, waits: Bool) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...2) { return status }
        let variable = call.count == 2 ? call[1] : call.value("v")
        let isBlock = call.has("0")
        if let variable {
            if isBlock { return call.wrongUse("-0 is for standard output, not for a variable") }
            // Before something is taken that could not be handed on.
            if let status = call.checkVariable(variable) { return status }
        }
        var status: Int32 = 0
        guard let entry = try call.queue(call[0], &status) else { return status }
        var item = Bytes()
        status = try get(into: &item, call, entry, until: call.deadline, waits: waits, allowsBlock: variable == nil)
        if status != 0 { return abs(status) }
        if let variable { return call.sh.assign(variable, item) ? 0 : 1 }
        call.sh.write(item)
        if !isBlock { call.sh.write("\n" as Bytes) }
        return 0
    }

    /// Takes one item out; the status, `hasEnded` where nothing comes any more.
    static func get(
        into item: inout Bytes, _ call: Call, _ entry: KnownQueues.Entry, until deadline: UInt64?, waits: Bool,
        allowsBlock: Bool
    ) throws(Unwind) -> Int32 {
        var attempt = SharedQueue.Attempt.once
        while true {
            let outcome: SharedQueue.Outcome
            do throws(QueueError) {
                outcome = try entry.queue.get(into: &item, allowsBlock: allowsBlock, attempt)
            } catch {
                return failed(call, entry, error)
            }
            switch outcome {
            case .done: return 0
            case .isClosed: return hasEnded
            case .wouldWait:
                if !waits { return 1 }
                if attempt == .once {
                    entry.queue.watchForItems()
                    attempt = .beforeSleep
                    continue
                }
                if let status = try sleep(call, entry, on: entry.queue.descriptors.items, until: deadline) {
                    return status
                }
                attempt = .afterSleep
            case .isBusy: if let status = try lookAbout(call) { return status }
            case .isDeleted: return deleted(call, entry)
            case .isBlock: return call.fail("the next item holds NUL bytes, which no variable can; use get -0")
            }
        }
    }

    /// What `get` gives of a queue that is closed and empty.
    static let hasEnded: Int32 = -1

    // MARK: Waiting

    private static func sleep(
        _ call: Call, _ entry: KnownQueues.Entry, on bell: Int32
    ) throws(Unwind) -> Int32? {
        try sleep(call, entry, on: bell, until: call.deadline)
    }

    /// Sleeps until the bell rings; the status if the wait is to end.
    private static func sleep(
        _ call: Call, _ entry: KnownQueues.Entry, on bell: Int32, until deadline: UInt64?
    ) throws(Unwind) -> Int32? {
        var descriptors = [pollfd(fd: bell, events: Int16(POLLIN), revents: 0)]
        if let foreign = entry.foreign { descriptors.append(pollfd(fd: foreign.owner, events: 0, revents: 0)) }
        switch try call.sh.sleep(on: &descriptors, until: deadline) {
        case .timedOut: return 124
        case .interrupted(let signal): return 128 + signal
        case .ready:
            guard descriptors.count > 1, descriptors[1].revents != 0, descriptors[0].revents == 0 else { return nil }
            return call.fail("the shell that has the queue '" + entry.name + "' is gone")
        }
    }

    /// A look whether the wait for a lock is still wanted; the status if it is to end.
    private static func lookAbout(_ call: Call) throws(Unwind) -> Int32? {
        var none: [pollfd] = []
        switch try call.sh.sleep(on: &none, until: 0) {
        case .ready, .timedOut:
            if let deadline = call.deadline, Clock.monotonicNanoseconds() >= deadline { return 124 }
            return nil
        case .interrupted(let signal): return 128 + signal
        }
    }

    private static func deleted(_ call: Call, _ entry: KnownQueues.Entry) -> Int32 {
        call.fail("queue '" + entry.name + "' was deleted", status: 2)
    }

    private static func failed(_ call: Call, _ entry: KnownQueues.Entry, _ error: QueueError) -> Int32 {
        switch error {
        case .noMemory(let errno): call.fail("queue '" + entry.name + "': no memory for it: " + errno.message)
        case .isDamaged: call.fail("queue '" + entry.name + "' is damaged")
        }
    }

    // MARK: What there is

    static func tell(_ call: inout Call, _ text: (SharedQueue) -> Bytes) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        var status: Int32 = 0
        guard let entry = try call.queue(call[0], &status) else { return status }
        return call.give(text(entry.queue))
    }

    static func ask(_ call: inout Call, _ question: (SharedQueue) -> Bool) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        var status: Int32 = 0
        guard let entry = try call.queue(call[0], &status) else { return status }
        return question(entry.queue) ? 0 : 1
    }

    static func taskDone(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        var status: Int32 = 0
        guard let entry = try call.queue(call[0], &status) else { return status }
        if entry.queue.markDone() { return 0 }
        return call.fail("it was said for all items of queue '" + entry.name + "' already", status: 2)
    }

    static func join(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        var status: Int32 = 0
        guard let entry = try call.queue(call[0], &status) else { return status }
        var attempt = SharedQueue.Attempt.beforeSleep
        while true {
            switch entry.queue.allDone(attempt) {
            case .done: return 0
            case .isDeleted: return deleted(call, entry)
            default: break
            }
            if let status = try sleep(call, entry, on: entry.queue.descriptors.allDone) { return status }
            attempt = .afterSleep
        }
    }

    static func close(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        var status: Int32 = 0
        guard let entry = try call.queue(call[0], &status) else { return status }
        while true {
            do throws(QueueError) {
                if try entry.queue.close() == .done { return 0 }
            } catch {
                return failed(call, entry, error)
            }
            if let status = try lookAbout(call) { return status }
        }
    }

    static func delete(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard let queue = Queues.own.remove(call[0]) else {
            return try call.elsewhere(call[0], among: Queues.own.names)
        }
        queue.delete()
        return 0
    }
}
