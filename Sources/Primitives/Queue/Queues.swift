// Which queues there are, and how a thread comes by one: those of this process from a table, those of the shell above by its
// socket, from which only descriptors come; what is done with the queue is done in the memory that both have.

import Bytes
import Platform
import Shell

/// The queues that this process has made.
enum Queues {
    static let own = Registry<SharedQueue>()
    /// Those of other processes that this one has, by the number of their memory, so that threads share one.
    private static let foreign = Mutex<[UInt64: WeakQueue]>([:])

    private struct WeakQueue {
        weak var queue: ForeignQueue?
    }

    /// Joins a queue with the descriptors that its owner has sent.
    static func join(_ descriptors: [Int32]) throws(Errno) -> ForeignQueue {
        guard descriptors.count == 5 else {
            for descriptor in descriptors { System.close(descriptor) }
            throw .invalidArgument
        }
        do throws(Errno) {
            let number = try System.status(of: descriptors[0]).inode
            if let known = foreign.withLock({ $0[number]?.queue }) {
                for descriptor in descriptors { System.close(descriptor) }
                return known
            }
            let queue = try SharedQueue(
                SharedQueue.Descriptors(
                    memory: descriptors[0], items: descriptors[1], room: descriptors[2], allDone: descriptors[3]))
            let joined = ForeignQueue(queue, owner: descriptors[4])
            foreign.withLock { table in
                table = table.filter { $0.value.queue != nil }
                table[number] = WeakQueue(queue: joined)
            }
            return joined
        } catch {
            for descriptor in descriptors { System.close(descriptor) }
            throw error
        }
    }

    /// A pipe that this process holds open as long as it lives: the end for reading tells others of its end.
    private static let life = Mutex<(read: Int32, write: Int32)?>(nil)

    static func lifeDescriptor() throws(Errno) -> Int32 {
        try life.withLock { (ends) throws(Errno) in
            if let ends { return ends.read }
            let new = try System.pipe()
            ends = new
            return new.read
        }
    }
}

/// A queue that another process has made.
///
/// Ownership: closes `owner`.
final class ForeignQueue: Sendable {
    let queue: SharedQueue
    /// Hangs up when the process ends that has made the queue.
    let owner: Int32

    init(_ queue: SharedQueue, owner: Int32) {
        self.queue = queue
        self.owner = owner
    }

    deinit { System.close(owner) }
}

/// The queues that an interpreter has to do with, looked up once.
///
/// Thread: that of its interpreter.
final class KnownQueues {
    struct Entry {
        let name: Bytes
        let queue: SharedQueue
        /// nil: it is this process's own.
        let foreign: ForeignQueue?
    }

    private var handles: [QueueHandle] = []
    /// The state of the table in which they were found.
    private var changes = 0
    /// Those that were given to the process for which this interpreter stands.
    private var served: [SharedQueue] = []

    init() {}

    // Whose end this is may have owed somebody a ring.
    deinit { for queue in served { queue.wakeAll() } }

    /// What is known under a name and not deleted.
    @inline(__always)
    func known(_ name: Bytes) -> QueueHandle? {
        if changes != Queues.own.changes { review() }
        for handle in handles where handle.entry.name == name {
            if !handle.isDeleted { return handle }
            handles.removeAll { $0.entry.name == name }
            return nil
        }
        return nil
    }

    @inline(never)
    private func review() {
        changes = Queues.own.changes
        handles.removeAll { handle in
            let entry = handle.entry
            let own = Queues.own[entry.name]
            // One of another process may have got a namesake here, too.
            return entry.foreign == nil ? own !== entry.queue : own != nil
        }
    }

    func add(_ entry: Entry) { handles.append(QueueHandle(entry)) }

    func serve(_ queue: SharedQueue) { if !served.contains(where: { $0 === queue }) { served.append(queue) } }
}

extension Call {
    /// The queue of that name; nil, with the message printed, if there is none: `status` is then the call's.
    func queue(_ name: Bytes, _ status: inout Int32) throws(Unwind) -> KnownQueues.Entry? {
        let queues = try sh.companionOfPrimitives().queues
        if let handle = queues.known(name) { return handle.entry }
        return try lookUp(name, queues, &status)
    }

    @inline(never)
    private func lookUp(_ name: Bytes, _ queues: KnownQueues, _ status: inout Int32) throws(Unwind) -> KnownQueues
        .Entry?
    {
        if let queue = Queues.own[name] {
            // It may have been made in a subshell, whose variables are gone.
            ObjectServer.ensure(sh)
            let entry = KnownQueues.Entry(name: name, queue: queue, foreign: nil)
            queues.add(entry)
            return entry
        }
        guard let answer = try ask(["queue", Queues.shareVerb, name]) else {
            status = nameUnknown(name, among: Queues.own.names)
            return nil
        }
        guard answer.status == 0 else {
            status = finish(answer)
            return nil
        }
        do throws(Errno) {
            let foreign = try Queues.join(answer.descriptors)
            let entry = KnownQueues.Entry(name: name, queue: foreign.queue, foreign: foreign)
            queues.add(entry)
            return entry
        } catch {
            status = fail("cannot join the queue '" + name + "': " + error.message)
            return nil
        }
    }
}

extension Queues {
    /// What a process asks the shell above for, to get a queue's descriptors.
    static let shareVerb: Bytes = "share"

    private static func owner(of entry: KnownQueues.Entry) throws(Errno) -> Int32 {
        if let foreign = entry.foreign { return foreign.owner }
        return try lifeDescriptor()
    }

    /// Hands a queue's descriptors to the process that asks.
    static func share(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard let reply = call.reply else { return call.wrongUse("it is for other processes") }
        var status: Int32 = 0
        guard let entry = try call.queue(call[0], &status) else { return status }
        do throws(Errno) {
            reply.descriptors = entry.queue.descriptors.all + [try owner(of: entry)]
        } catch {
            return call.fail("no descriptor for it: " + error.message)
        }
        try call.sh.companionOfPrimitives().queues.serve(entry.queue)
        return 0
    }
}
