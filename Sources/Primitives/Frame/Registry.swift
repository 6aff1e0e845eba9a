import Bytes
import Platform
import Shell
import struct Synchronization.Atomic

/// The objects of one kind in this process, by name.
///
/// Lock: `objects`; `generation` is an atomic.
package final class Registry<Object: Sendable>: Sendable {
    private let objects = Mutex<[Bytes: Object]>([:])
    /// Counts the changes, for who keeps what was found (`NameCache`).
    private let generation = Atomic<Int>(0)

    package init() {}

    /// Adds an object; false if the name is used.
    package func add(_ name: Bytes, _ object: Object) -> Bool {
        objects.withLock { table in
            guard table[name] == nil else { return false }
            table[name] = object
            generation.wrappingAdd(1, ordering: .releasing)
            return true
        }
    }

    package subscript(name: Bytes) -> Object? { objects.withLock { $0[name] } }

    @discardableResult
    package func remove(_ name: Bytes) -> Object? {
        objects.withLock { table in
            generation.wrappingAdd(1, ordering: .releasing)
            return table.removeValue(forKey: name)
        }
    }

    /// How often the table was changed.
    @inline(__always)
    var changes: Int { generation.load(ordering: .acquiring) }

    /// All, by name.
    package var all: [(name: Bytes, object: Object)] {
        objects.withLock { table in table.map { ($0.key, $0.value) } }.sorted { $0.0 < $1.0 }
    }

    package var names: [Bytes] { objects.withLock { Array($0.keys) }.sorted() }

    package var isEmpty: Bool { objects.withLock { $0.isEmpty } }

    /// The names as completion shows them.
    package var candidates: [Candidate] { names.map { Candidate($0) } }
}

/// The objects that a thread has found last, by name: what spares it the lock and the hash of the table.
///
/// Thread: its owner's.
struct NameCache<Object: AnyObject & Sendable> {
    private var changes = -1
    private var name = Bytes()
    private var object: Object?
    private var older: [(name: Bytes, object: Object)] = []

    /// How many it keeps beside the last.
    private static var limit: Int { 7 }

    @inline(__always)
    mutating func find(_ wanted: Bytes, in registry: Registry<Object>) -> Object? {
        if let object, changes == registry.changes, name == wanted { return object }
        return findSlow(wanted, in: registry)
    }

    @inline(never)
    private mutating func findSlow(_ wanted: Bytes, in registry: Registry<Object>) -> Object? {
        let now = registry.changes
        if changes != now {
            (object, older, changes) = (nil, [], now)
        }
        let found: Object
        if let index = older.firstIndex(where: { $0.name == wanted }) {
            found = older.remove(at: index).object
        } else if let object = registry[wanted] {
            found = object
            if older.count == NameCache.limit { older.removeFirst() }
        } else {
            return nil
        }
        if let object { older.append((name, object)) }
        (name, object) = (wanted, found)
        return found
    }
}

extension Call {
    /// The status and message for a name that is used already.
    package func nameUsed(_ name: Bytes) -> Int32 {
        fail("there is " + (noun == "event" ? "an " : "a ") + noun + " '" + name + "' already", status: 2)
    }

    /// For a name that is unknown in this process: the call goes to the shell above, if there is one; else the message, with the name
    /// that could be meant, and the status.
    package func elsewhere(_ name: Bytes, among names: [Bytes] = []) throws(Unwind) -> Int32 {
        try forward() ?? nameUnknown(name, among: names)
    }

    /// The status and message for a name that nobody knows, with the one that could be meant.
    package func nameUnknown(_ name: Bytes, among names: [Bytes] = []) -> Int32 {
        fail("no " + noun + " '" + name + "'" + sh.optionQuestion(name, among: names), status: 2)
    }
}
