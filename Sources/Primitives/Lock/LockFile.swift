// What keeps processes from each other that know nothing of each other: a lock of an open file. Whoever locks the file at that path is
// the one; nothing is written into it, and the kernel gives it back when the process that has it ends, however that comes about.
//
// Within a shell there is one `Lock` for a file, under whichever path it is asked for, so that the shell's own threads queue up for it and
// their deadlocks are seen.

import Bytes
import Glibc
import Platform
import Shell

/// Ownership: closes its descriptor.
/// Thread: who has the `Lock` around it.
final class LockFile: @unchecked Sendable {
    let path: Bytes
    private var descriptor: Int32 = -1

    init(path: Bytes) { self.path = path }

    deinit { if descriptor >= 0 { System.close(descriptor) } }

    static func open(_ path: Bytes, _ sh: Interpreter) throws(Errno) -> Int32 {
        try System.open(path, flags: O_RDWR | O_CREAT | O_NOCTTY, mode: 0o666 & ~sh.context.umask)
    }

    func lock(_ sh: Interpreter, waits: Bool, until deadline: UInt64?) throws(Unwind) -> Acquired {
        while true {
            let wait: FileLock.Wait
            do throws(Errno) {
                if try take(sh) { return .done }
                if !waits { return .busy }
                wait = try FileLock.Wait(for: descriptor)
            } catch {
                return .failed(path + ": " + error.message)
            }
            var descriptors = [pollfd(fd: wait.descriptor, events: Int16(POLLIN), revents: 0)]
            let awakening: Awakening
            do throws(Unwind) {
                awakening = try sh.sleep(on: &descriptors, until: deadline)
            } catch {
                _ = try? wait.end()
                unlock()
                throw error
            }
            if (try? wait.end()) ?? false {
                if isCurrent { return .done }
                continue
            }
            // It may have come just when the wait was ended.
            unlock()
            switch awakening {
            case .ready: continue
            case .timedOut: return .timedOut
            case .interrupted(let signal): return .interrupted(signal)
            }
        }
    }

    /// Locks the file if nobody has.
    private func take(_ sh: Interpreter) throws(Errno) -> Bool {
        while true {
            if descriptor < 0 { descriptor = try LockFile.open(path, sh) }
            guard try FileLock.take(descriptor) else { return false }
            if isCurrent { return true }
        }
    }

    /// Whether what is locked is the file at the path. It may have been removed, and another made in its place: then this lock
    /// keeps nobody out, and is given up.
    private var isCurrent: Bool {
        if let own = try? System.status(of: descriptor), let present = try? System.status(path),
            own.isSameFile(as: present)
        {
            return true
        }
        System.close(descriptor)
        descriptor = -1
        return false
    }

    func unlock() { if descriptor >= 0 { FileLock.giveBack(descriptor) } }
}

/// The locks of files that this shell uses.
///
/// Lock: `locks`.
enum LockFiles {
    private struct Key: Hashable, Sendable {
        let device: UInt64
        let inode: UInt64
    }

    /// Lock: that of the table.
    private final class Entry: @unchecked Sendable {
        weak var lock: Lock?
        init(_ lock: Lock) { self.lock = lock }
    }

    private static let locks = Mutex<[Key: Entry]>([:])

    /// The path from the root.
    static func path(_ path: Bytes, _ sh: Interpreter) -> Bytes {
        path.first == UInt8(ascii: "/") ? path : sh.context.workingDirectory.path + "/" + path
    }

    /// The lock of the file at that path, which is made if need be, and whether it is a new one.
    ///
    /// - Parameter make: makes it, where there is none.
    static func lock(
        _ path: Bytes, _ sh: Interpreter, _ make: (LockFile) -> Lock
    ) throws(Errno) -> (lock: Lock, isNew: Bool) {
        let descriptor = try LockFile.open(path, sh)
        defer { System.close(descriptor) }
        let status = try System.status(of: descriptor)
        let key = Key(device: UInt64(status.device), inode: UInt64(status.inode))
        return locks.withLock { table in
            if let present = table[key]?.lock { return (present, false) }
            table = table.filter { $0.value.lock != nil }
            let new = make(LockFile(path: path))
            table[key] = Entry(new)
            return (new, true)
        }
    }

    static func isLocked(_ path: Bytes) -> Bool {
        guard let descriptor = try? System.open(path, flags: O_RDWR | O_NOCTTY) else { return false }
        defer { System.close(descriptor) }
        return (try? FileLock.isTaken(descriptor)) ?? false
    }

    /// The processes that have the file locked; nil if nobody has.
    static func holders(_ path: Bytes) throws(Errno) -> [Int32]? {
        let descriptor = try System.open(path, flags: O_RDWR | O_NOCTTY)
        defer { System.close(descriptor) }
        guard try FileLock.isTaken(descriptor) else { return nil }
        return FileLock.holders(of: try System.status(of: descriptor))
    }
}
