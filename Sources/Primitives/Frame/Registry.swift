import Bytes
import Platform
import Shell

/// The objects of one kind in this process, by name.
///
/// Lock: `objects`.
package final class Registry<Object: Sendable>: Sendable {
    private let objects = Mutex<[Bytes: Object]>([:])

    package init() {}

    /// Adds an object; false if the name is used.
    package func add(_ name: Bytes, _ object: Object) -> Bool {
        objects.withLock { table in
            guard table[name] == nil else { return false }
            table[name] = object
            return true
        }
    }

    package subscript(name: Bytes) -> Object? { objects.withLock { $0[name] } }

    @discardableResult
    package func remove(_ name: Bytes) -> Object? { objects.withLock { $0.removeValue(forKey: name) } }

    /// All, by name.
    package var all: [(name: Bytes, object: Object)] {
        objects.withLock { table in table.map { ($0.key, $0.value) } }.sorted { $0.0 < $1.0 }
    }

    package var names: [Bytes] { objects.withLock { Array($0.keys) }.sorted() }

    package var isEmpty: Bool { objects.withLock { $0.isEmpty } }

    /// The names as completion shows them.
    package var candidates: [Candidate] { names.map { Candidate($0) } }
}

extension Call {
    /// The status and message for a name that is used already.
    package func nameUsed(_ name: Bytes) -> Int32 {
        fail("there is a " + noun + " '" + name + "' already", status: 2)
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
