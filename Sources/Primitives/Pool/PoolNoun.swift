// `pool`: named pools that stay open between commands, run by the engine of `parallel`.

import Bytes
import Platform
import Pool
import Shell

enum PoolNoun {
    static let noun = Noun(
        name: "pool",
        summary: "Workers that stay and run what is handed in, as many at a time as the pool has slots.",
        details: """
            A job is a command with its arguments: an external command, a built-in or a function. It runs in a copy of the \
            shell as it was when the job was handed in, with its variables, functions and directory, and reads nothing. What it \
            prints comes out in one piece when it has ended, where the pool was opened; 'pool open' has the options of \
            'parallel' that change that. With -v, or as $(pool apply …), apply gives a ticket instead, and what the job prints is \
            kept for 'pool result'. A job whose output is redirected, as in 'pool apply p cmd >file', writes there itself.

            --process runs each job in a process, with a pid of its own; workers stay for the next job. --thread runs jobs on \
            threads of the shell; external commands are processes all the same. --auto, the default, chooses for each command \
            as 'parallel' does. --initializer is run once in each worker before its first job, whose context its jobs then \
            have, with what the shell has changed since the pool was opened.

            'parallel --pool NAME' feeds an open pool with all that 'parallel' can do, and 'pool map' is short for it: both \
            share the pool's slots with what was handed in. The name of a pool is 'pool' if none is given to open, and may \
            be left out of close, join and the like where there is only one.

            join waits for the end of a pool that was closed; before close it is an error, since it could never end. Its \
            status is that of 'parallel': 0, or the number of jobs that failed. At the end of the shell open pools are closed and \
            waited for, so that nothing is lost that was handed in; terminate ends them at once. A pool that was joined is \
            remembered, with its jobs and results, until its name is used again.
            """,
        examples: """
            pool open -j 4 p; for f in *.log; do pool apply p gzip "$f"; done; pool close p; pool join p
            pool apply -v t p curl -s "$url"; pool result -v page $t
            pool map p 'convert {} {.}.png' ::: *.jpg
            """,
        verbs: [
            Verb(
                "open", "[-j n] [--thread|--process|--auto] [option…] [name]", "open a pool", options: openOptions,
                completes: .nothing, run: open),
            Verb(
                "apply", "[-v variable] name command [argument…]", "hand in a job and go on",
                options: [
                    named,
                    VerbOption(
                        "v", value: "variable",
                        "put the ticket into that variable, and keep the output for 'pool result'"
                    ),
                ], completes: .nameThenCommand, run: apply),
            Verb(
                "map", "[--unordered] [--chunk n] name command [argument…] [::: argument…]…",
                "run a command for each argument, of ::: or of standard input, and print the results in their order",
                options: [
                    named, VerbOption(nil, "unordered", "print each result when it is there"),
                    VerbOption(nil, "chunk", value: "n", "give a worker n short jobs at a time"),
                ], completes: .nameThenCommand, run: map),
            Verb(
                "result", "[-t seconds] [-v variable] ticket",
                "wait for a job, print what it printed, once, and return its status",
                options: [.timeout, .variable], completes: .nothing, run: result),
            Verb(
                "wait", "[-t seconds] [name]", "wait until all jobs handed in have ended", options: [.timeout, named],
                run: wait),
            Verb("close", "[name]", "take no more jobs", options: [named], run: close),
            Verb(
                "join", "[-t seconds] [name]", "wait for the end of a closed pool", options: [.timeout, named],
                run: join),
            Verb(
                "terminate", "[name]", "end the jobs that run, by --termseq, and forget those that wait",
                options: [named], run: terminate),
            Verb("resize", "[name] n", "change the number of slots", options: [named], run: resize),
            Verb("pause", "[name]", "begin no more jobs; those that run go on", options: [named], run: pause),
            Verb("resume", "[name]", "begin jobs again", options: [named], run: resume),
            Verb(
                "status", "[--json] [name]", "show a pool and its jobs: state, pid, slot, start, seconds, status",
                options: [.json, named], run: status),
            Verb("list", "[--json]", "show the pools", options: [.json], completes: .nothing, run: list),
        ], names: { _ in PoolObject.registry.candidates })

    private static let named = VerbOption("n", "name", value: "name", "the pool; the same as the first operand")

    // MARK: Which pool

    /// A pool, or the status after a message.
    private enum Found {
        case pool(PoolObject)
        case none(Int32)
    }

    /// The pool of an operand or of -n; `next` is then the first operand after it.
    private static func pool(_ call: borrowing Call, _ next: inout Int) -> Found {
        if let name = call.value("n") { return named(name, call) }
        next = 1
        return named(call[0], call)
    }

    private static func named(_ name: Bytes, _ call: borrowing Call) -> Found {
        if let pool = PoolObject.registry[name] { return .pool(pool) }
        return .none(call.nameUnknown(name, among: PoolObject.registry.names))
    }

    /// The pool that the call names, or the only one there is; there are `count` operands after its name.
    private static func pool(_ call: borrowing Call, operandsAfter count: Int = 0) -> Found {
        if call.value("n") == nil, call.count > count {
            guard call.count == count + 1 else {
                return .none(call.wrongUse("too many operands: '" + call[count + 1] + "'"))
            }
            return named(call[0], call)
        }
        guard call.count == count else {
            return .none(
                call.wrongUse(call.count < count ? "an operand is missing" : "too many operands: '" + call[count] + "'")
            )
        }
        if let name = call.value("n") { return named(name, call) }
        let all = PoolObject.registry.all.map(\.object)
        let open = all.filter { $0.state.withLock { $0.phase != .over } }
        if open.count == 1 { return .pool(open[0]) }
        if open.isEmpty, all.count == 1 { return .pool(all[0]) }
        return .none(
            call.wrongUse(all.isEmpty ? "no pool is open" : "there are several pools; which one is meant?"))
    }

    // MARK: open

    private static var openOptions: [VerbOption] {
        [
            named,
            VerbOption(nil, "thread", "run jobs on threads of the shell"),
            VerbOption(nil, "process", "run jobs in processes"),
            VerbOption(nil, "auto", "choose for each job, as 'parallel' does; the default"),
            VerbOption(nil, "initializer", value: "command", "run this in each worker before its first job"),
            VerbOption(nil, "max-tasks-per-worker", value: "n", "replace a worker after so many jobs"),
        ]
            + PoolOptions.all.map { option in
                VerbOption(
                    option.letter.map { Unicode.Scalar($0) }, option.name, value: option.value, option.help)
            }
    }

    private static func open(_ call: inout Call) throws(Unwind) -> Int32 {
        if call.count > 1 { return call.wrongUse("too many operands: '" + call[1] + "'") }
        let name = call.value("n") ?? (call.count == 1 ? call[0] : "pool")
        guard call.value("n") == nil || call.count == 0 else {
            return call.wrongUse("too many operands: '" + call[0] + "'")
        }
        guard !name.isEmpty else { return call.wrongUse("the name is empty") }
        let own: [Bytes] = ["name", "thread", "process", "auto", "initializer", "max-tasks-per-worker"]
        var words: [Bytes] = []
        for (option, value) in call.options where !own.contains(option.name) {
            words.append("--" + option.name)
            if !option.value.isEmpty { words.append(value) }
        }
        var options: RunOptions
        do throws(OpenPool.Failure) { options = try PoolOptions.parse(words, on: call.sh) } catch {
            return call.wrongUse(error.message)
        }
        for (option, value) in call.options {
            switch option.name {
            case "thread": options.vehicle = .thread
            case "process": options.vehicle = .process
            case "auto": options.vehicle = .automatic
            case "initializer": options.initializer = value
            case "max-tasks-per-worker":
                guard let count = value.decimal, count > 0 else {
                    return call.wrongUse("'" + value + "' is no number of jobs")
                }
                options.tasksPerWorker = count
            default: break
            }
        }
        if let present = PoolObject.registry[name] {
            guard present.state.withLock({ $0.phase == .over }) else { return call.nameUsed(name) }
            PoolObject.registry.remove(name)
        }
        do throws(OpenPool.Failure) {
            let pool = try PoolObject(name, options, on: call.sh)
            guard PoolObject.registry.add(name, pool) else {
                pool.close()
                return call.nameUsed(name)
            }
            OpenPools[name] = pool.engine
        } catch {
            return call.fail(error.message)
        }
        return 0
    }

    // MARK: Jobs

    private static func apply(_ call: inout Call) throws(Unwind) -> Int32 {
        var next = 0
        if let status = call.checkCount((call.value("n") == nil ? 2 : 1)...) { return status }
        switch pool(call, &next) {
        case .none(let status): return status
        case .pool(let pool):
            let room = try pool.waitForRoom(call.sh)
            guard case .done = room else { return call.status(of: room) }
            // Who wants the ticket wants the output later.
            let givesTicket = call.value("v") != nil || call.sh.isCaptured
            guard let ticket = pool.apply(call.operands(from: next), keeps: givesTicket, on: call.sh) else {
                return call.fail(closed(pool))
            }
            return givesTicket ? call.give(pool.ticket(ticket)) : 0
        }
    }

    private static func closed(_ pool: PoolObject) -> Bytes {
        "'" + pool.name + "' "
            + (pool.state.withLock { $0.phase == .over } ? "has come to its end" : "is closed and takes no more jobs")
    }

    private static func map(_ call: inout Call) throws(Unwind) -> Int32 {
        var next = 0
        if let status = call.checkCount((call.value("n") == nil ? 2 : 1)...) { return status }
        var chunk: Int?
        if let text = call.value("chunk") {
            guard let count = text.decimal, count > 0 else {
                return call.wrongUse("'" + text + "' is no number of jobs")
            }
            chunk = count
        }
        switch pool(call, &next) {
        case .none(let status): return status
        case .pool(let pool):
            guard pool.state.withLock({ $0.phase == .open }) else { return call.fail(closed(pool)) }
            call.sh.flushOutput()
            return pool.engine.map(
                call.operands(from: next), keepsOrder: !call.has("unordered"), chunk: chunk, on: call.sh)
        }
    }

    private static func result(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        let ticket = call[0]
        guard let point = ticket.findLast(UInt8(ascii: ".")), let number = ticket.suffix(from: point + 1).decimal else {
            return call.wrongUse("'" + ticket + "' is no ticket")
        }
        let name = ticket.prefix(point)
        guard let pool = PoolObject.registry[name] else {
            return call.nameUnknown(name, among: PoolObject.registry.names)
        }
        guard let job = pool.state.withLock({ $0.jobs[number] }) else {
            return call.fail("no job has the ticket '" + ticket + "', or it is long past", status: 2)
        }
        let waited = try pool.state.wait(call.sh, until: call.deadline) { _ in
            job.present.phase == .ended ? true : nil
        }
        guard case .done = waited else { return call.status(of: waited) }
        let (output, errors) = job.takeOutput()
        if job.destination == .kept {
            pool.state.withLock { state in
                if !state.past.contains(number) { PoolObject.forgetLater(number, &state) }
            }
        }
        let status = job.present.outcome.shellStatus
        let isGiven = hand(output, errors, call)
        return isGiven == 0 ? status : isGiven
    }

    private static func hand(_ output: KeptOutput, _ errors: KeptOutput, _ call: borrowing Call) -> Int32 {
        let sh = call.sh
        do throws(Errno) {
            try errors.read { (piece) throws(Errno) in sh.writeError(Bytes(piece)) }
            guard let variable = call.value("v") else {
                try output.read { (piece) throws(Errno) in sh.write(Bytes(piece)) }
                return 0
            }
            var text = Bytes()
            try output.read { (piece) throws(Errno) in text.append(contentsOf: piece.bindMemory(to: UInt8.self)) }
            // As a command substitution would give it.
            while text.last == UInt8(ascii: "\n") { text.removeLast() }
            return call.assign(variable, text.contains(0) ? text.withoutNULs : text)
        } catch {
            return call.fail("cannot read what the job printed: " + error.message)
        }
    }

    // MARK: The pool

    private static func wait(_ call: inout Call) throws(Unwind) -> Int32 {
        switch pool(call) {
        case .none(let status): return status
        case .pool(let pool):
            let waited = try pool.state.wait(call.sh, until: call.deadline) { state in
                state.unfinished == 0 || state.phase == .over ? true : nil
            }
            return call.status(of: waited)
        }
    }

    private static func close(_ call: inout Call) throws(Unwind) -> Int32 {
        with(call) { pool in
            pool.close()
            return 0
        }
    }

    private static func join(_ call: inout Call) throws(Unwind) -> Int32 {
        switch pool(call) {
        case .none(let status): return status
        case .pool(let pool):
            guard pool.state.withLock({ $0.phase != .open }) else {
                return call.fail("'" + pool.name + "' is still open: close it before join, or terminate it", status: 2)
            }
            let waited = try pool.state.wait(call.sh, until: call.deadline) { $0.phase == .over ? $0.status : nil }
            if case .done(let status) = waited { return status }
            return call.status(of: waited)
        }
    }

    private static func terminate(_ call: inout Call) throws(Unwind) -> Int32 {
        with(call) { pool in
            pool.terminate()
            return 0
        }
    }

    private static func resize(_ call: inout Call) throws(Unwind) -> Int32 {
        switch pool(call, operandsAfter: 1) {
        case .none(let status): return status
        case .pool(let pool):
            let text = call[call.count - 1]
            guard let limit = OptionValue.jobLimit(text), let slots = limit.slots(processors: Processors.available)
            else {
                return call.wrongUse("'" + text + "' is no number of slots")
            }
            pool.engine.slots.resize(to: slots)
            return 0
        }
    }

    private static func pause(_ call: inout Call) throws(Unwind) -> Int32 {
        with(call) { pool in
            pool.engine.slots.pause(true)
            return 0
        }
    }

    private static func resume(_ call: inout Call) throws(Unwind) -> Int32 {
        with(call) { pool in
            pool.engine.slots.pause(false)
            return 0
        }
    }

    private static func with(_ call: borrowing Call, _ body: (PoolObject) -> Int32) -> Int32 {
        switch pool(call) {
        case .none(let status): status
        case .pool(let pool): body(pool)
        }
    }

    // MARK: What there is

    private static func status(_ call: inout Call) throws(Unwind) -> Int32 {
        let sh = call.sh
        let isJSON = call.has("json")
        return with(call) { pool in
            let status = PoolStatus(pool)
            sh.write(isJSON ? status.json : status.table(zone: sh.variable("TZ")))
            return 0
        }
    }

    private static func list(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(0...0) { return status }
        let pools = PoolObject.registry.all.map { PoolStatus($0.object) }
        call.sh.write(call.has("json") ? pools.map(\.jsonLine).joined(by: "") : PoolStatus.list(pools))
        return 0
    }
}
