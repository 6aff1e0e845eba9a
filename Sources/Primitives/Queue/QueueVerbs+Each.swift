// `queue each`: a loop of a consumer, or several at a time.

import Bytes
import Glibc
import Platform
import Shell

extension QueueVerbs {
    /// What the consumers of one `each -j` have in common.
    ///
    /// Lock: `state` and `writer`, each for its own.
    private final class Crew: Sendable {
        private struct State {
            var running: Int
            var failed = 0
            /// The first status other than the end of the queue.
            var status: Int32 = 0
        }

        let event: Int32
        private let state: Mutex<State>
        private let writer: Mutex<Interpreter>

        init(_ count: Int, _ sh: Interpreter) throws(Errno) {
            state = Mutex(State(running: count))
            event = try System.event()
            writer = Mutex(Interpreter(copying: sh))
        }

        deinit { System.close(event) }

        /// One item is dealt with: its output goes out in one piece.
        func add(_ text: Bytes, failed: Bool) {
            writer.withLock { sh in
                sh.write(text)
                sh.flushOutput()
            }
            if failed { state.withLock { $0.failed += 1 } }
        }

        func leave(_ status: Int32) {
            let running = state.withLock { state in
                state.running -= 1
                if state.status == 0 { state.status = status }
                return state.running
            }
            if running == 0 { System.raise(event: event) }
        }

        var isRunning: Bool { state.withLock { $0.running > 0 } }
        var result: (failed: Int, status: Int32) { state.withLock { ($0.failed, $0.status) } }
    }

    static func each(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(2...) { return status }
        var jobs = 0
        if let text = call.value("j") {
            guard let number = text.decimal, number > 0, number <= 10_000 else {
                return call.wrongUse("'" + text + "' is no number of jobs")
            }
            jobs = number
        }
        var patience: UInt64?
        if let text = call.value("t") {
            guard let nanoseconds = Call.nanoseconds(text) else {
                return call.wrongUse("'" + text + "' is no number of seconds")
            }
            patience = nanoseconds
        }
        var status: Int32 = 0
        guard let entry = try call.queue(call[0], &status) else { return status }
        let command = call.operands(from: 1)
        if jobs > 0 { return try each(call, entry, command, patience, jobs: jobs) }
        var failed = 0
        while true {
            var item = Bytes()
            status = try next(into: &item, call, entry, patience)
            if status == hasEnded { return failures(failed) }
            if status != 0 { return status }
            if try call.sh.run(words(command, item)) != 0 { failed += 1 }
            _ = entry.queue.markDone()
        }
    }

    private static func next(
        into item: inout Bytes, _ call: Call, _ entry: KnownQueues.Entry, _ patience: UInt64?
    ) throws(Unwind) -> Int32 {
        let deadline = patience.map { Clock.monotonicNanoseconds() &+ $0 }
        return try get(into: &item, call, entry, until: deadline, waits: true, allowsBlock: false)
    }

    private static func failures(_ count: Int) -> Int32 { Int32(min(count, 101)) }

    /// The command for an item: it takes the place of `{}`, or stands after the arguments.
    private static func words(_ command: [Bytes], _ item: Bytes) -> [Bytes] {
        command.contains("{}") ? command.map { $0 == "{}" ? item : $0 } : command + [item]
    }

    // MARK: Several at a time

    private static func each(
        _ call: Call, _ entry: KnownQueues.Entry, _ command: [Bytes], _ patience: UInt64?, jobs: Int
    ) throws(Unwind) -> Int32 {
        let sh = call.sh
        sh.flushOutput()
        let crew: Crew
        do throws(Errno) {
            crew = try Crew(jobs, sh)
        } catch {
            return call.fail("no descriptor for it: " + error.message)
        }
        var cancellations: [Cancellation] = []
        for _ in 0..<jobs {
            let cancellation = Cancellation()
            cancellation.recordChildren()
            let consumer = Interpreter(copying: sh, cancellation: cancellation)
            consumer.givesProcessGroups = true
            let words = Array(call.arguments)
            do throws(Errno) {
                try Threads.run { serve(consumer, words, entry, command, patience, crew) }
                cancellations.append(cancellation)
            } catch {
                crew.leave(cancellations.isEmpty ? call.fail("no thread for it: " + error.message) : 0)
            }
        }
        var unwind: Unwind?
        var interruption: Int32 = 0
        while crew.isRunning {
            var descriptors = [pollfd(fd: crew.event, events: Int16(POLLIN), revents: 0)]
            do throws(Unwind) {
                if case .interrupted(let signal) = try sh.sleep(on: &descriptors, until: nil) {
                    interruption = interruption == 0 ? signal : interruption
                }
            } catch { unwind = error }
            guard interruption != 0 || unwind != nil else { continue }
            for cancellation in cancellations {
                cancellation.cancel()
                cancellation.signal(SIGTERM)
            }
            if unwind != nil { break }
        }
        if let unwind { throw unwind }
        if interruption != 0 { return 128 + interruption }
        let (failed, status) = crew.result
        return status != 0 ? status : failures(failed)
    }

    /// One of the consumers, on a thread of its own.
    private static func serve(
        _ sh: Interpreter, _ arguments: [Bytes], _ entry: KnownQueues.Entry, _ command: [Bytes], _ patience: UInt64?,
        _ crew: Crew
    ) {
        var status: Int32 = 0
        do throws(Unwind) {
            status = try sh.withWords(arguments) { (words) throws(Unwind) in
                guard let noun = Primitives.noun("queue"), let verb = noun.verb("each") else { return 1 }
                let call = Call(sh: sh, noun: noun.name, verb: verb, arguments: words)
                while true {
                    var item = Bytes()
                    let status = try next(into: &item, call, entry, patience)
                    if status == hasEnded { return 0 }
                    if status != 0 { return status }
                    let (output, result) = try sh.capture(QueueVerbs.words(command, item))
                    crew.add(output, failed: result != 0)
                    _ = entry.queue.markDone()
                }
            }
        } catch { status = 0 }
        sh.flushOutput()
        crew.leave(status)
    }
}

extension QueueVerbs {
    static func list(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(0...0) { return status }
        var listing = Listing(["name", "order", "size", "max", "unfinished", "closed"])
        for (name, queue) in Queues.own.all {
            let order: Bytes =
                switch queue.order {
                case .firstIn: "fifo"
                case .lastIn: "lifo"
                case .priority: "priority"
                }
            listing.add([
                .text(name), .text(order), .number(queue.size), queue.limit > 0 ? .number(queue.limit) : .none,
                .number(queue.unfinished),
                .yes(queue.stage.pointee.load(ordering: .relaxed) != SharedQueue.isOpen),
            ])
        }
        if Queues.own.isEmpty, let status = try call.forward() { return status }
        return call.show(listing)
    }
}
