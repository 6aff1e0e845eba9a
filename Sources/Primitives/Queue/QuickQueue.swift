// The calls that loops consist of: `queue put NAME ITEM`, `queue get NAME VARIABLE` and `queue task-done NAME`, where there is nothing
// to wait for and nothing to report. Anything else is left to the verbs.
//
// Threads of the shell that put and get at the same time must not have more in common than the queue's memory: also a reference
// that both count is a cache line that goes to and fro. So an interpreter keeps a handle of its own for each queue, through which the
// queue is called without being counted.

import Bytes
import Platform
import Shell

/// An interpreter's own way to a queue.
///
/// Thread: that of its interpreter.
/// Ownership: keeps the queue.
final class QueueHandle {
    let entry: KnownQueues.Entry
    private let queue: Unmanaged<SharedQueue>
    /// The variable that was last got into, and its number.
    private var variable = Bytes()
    private var id: NameID = 0

    init(_ entry: KnownQueues.Entry) {
        self.entry = entry
        queue = Unmanaged.passUnretained(entry.queue)
    }

    var isDeleted: Bool {
        queue._withUnsafeGuaranteedRef { $0.stage.pointee.load(ordering: .relaxed) == SharedQueue.isDeleted }
    }

    @inline(__always)
    func put(_ item: Bytes) -> Bool {
        queue._withUnsafeGuaranteedRef { queue in
            item.withUnsafeBytes { bytes in
                let item = UnsafeRawBufferPointer(bytes)
                var outcome = try? queue.put(item)
                if outcome == .wouldWait {
                    queue.watchForRoom()
                    outcome = try? queue.put(item)
                }
                return outcome == .done
            }
        }
    }

    @inline(__always)
    func get(_ sh: Interpreter, into name: Bytes) -> Bool {
        if name != variable {
            guard Call.isName(name) else { return false }
            variable = name
            id = NameTable.intern(name)
        }
        guard sh.isAssignedPlainly(id) else { return false }
        var item = Bytes()
        let isDone = queue._withUnsafeGuaranteedRef { queue in
            var outcome = try? queue.get(into: &item, allowsBlock: false)
            if outcome == .wouldWait {
                queue.watchForItems()
                outcome = try? queue.get(into: &item, allowsBlock: false)
            }
            return outcome == .done
        }
        return isDone && sh.assign(id, item)
    }

    func markDone() -> Bool { queue._withUnsafeGuaranteedRef { $0.markDone() } }
}

enum QuickQueue {
    /// The status; nil: to be run by the verbs.
    static func run(_ sh: Interpreter, _ arguments: Arguments) -> Int32? {
        guard arguments.count > 2, let companion = sh.companion else { return nil }
        let name = arguments[2]
        let verb = arguments[1]
        if arguments.count == 4 {
            if verb == "put" {
                guard let handle = handle(companion, name) else { return nil }
                return handle.put(arguments[3]) ? 0 : nil
            }
            if verb == "get" {
                guard let handle = handle(companion, name) else { return nil }
                return handle.get(sh, into: arguments[3]) ? 0 : nil
            }
        } else if arguments.count == 3, verb == "task-done" {
            guard let handle = handle(companion, name) else { return nil }
            return handle.markDone() ? 0 : nil
        }
        return nil
    }

    /// Options are not known here, nor are queues whose names look like some.
    @inline(__always)
    private static func handle(_ companion: AnyObject, _ name: Bytes) -> QueueHandle? {
        if name.first == UInt8(ascii: "-") { return nil }
        return unsafeDowncast(companion, to: Companion.self).queues.known(name)
    }
}
