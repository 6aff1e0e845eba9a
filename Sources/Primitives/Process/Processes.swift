import Bytes
import Glibc
import Platform
import struct Synchronization.Atomic

/// The processes that this one has started, by name.
enum Processes {
    private static let registry = Registry<ManagedProcess>()
    private static let count = Atomic<UInt64>(0)
    /// Those that were joined last: they can still be asked how they ended.
    ///
    /// Lock: itself.
    private static let joined = Mutex<[ManagedProcess]>([])
    private static let joinedLimit = 100

    /// The number of the next one; its default name has it, as in Python's multiprocessing.
    static func nextNumber() -> UInt64 { count.wrappingAdd(1, ordering: .relaxed).newValue }

    static func add(_ process: ManagedProcess) -> Bool {
        guard registry.add(process.name, process) else { return false }
        joined.withLock { list in list.removeAll { $0.name == process.name } }
        return true
    }

    static func isUsed(_ name: Bytes) -> Bool { registry[name] != nil }

    /// One that was not joined yet.
    static subscript(name: Bytes) -> ManagedProcess? { registry[name] }

    /// One that was perhaps joined already.
    static func known(_ name: Bytes) -> ManagedProcess? {
        registry[name] ?? joined.withLock { list in list.last { $0.name == name } }
    }

    /// In the order of their starts.
    static var all: [ManagedProcess] { registry.all.map(\.object).sorted { $0.number < $1.number } }

    static var names: [Bytes] { registry.names }

    /// Its name can be used again.
    static func noteJoined(_ process: ManagedProcess) {
        guard let present = registry[process.name], present === process else { return }
        registry.remove(process.name)
        joined.withLock { list in
            if list.count >= joinedLimit { list.removeFirst(list.count - joinedLimit + 1) }
            list.append(process)
        }
    }

    /// The end of the shell: of those that end with it.
    static func end() {
        if registry.isEmpty { return }
        for process in registry.all where process.object.isDaemonic { try? process.object.signal(SIGTERM) }
    }
}
