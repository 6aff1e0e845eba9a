import Bytes
import CPlatform
import Glibc

/// A process that is perhaps no child of this one, for as long as it lives: its number can't come to mean another.
///
/// Ownership: closes its descriptor.
package final class ProcessReference: Sendable {
    package let pid: Int32
    /// Readable once the process has ended.
    package let descriptor: Int32

    /// Errors: ESRCH if there is no such process.
    package init(_ pid: Int32) throws(Errno) {
        self.pid = pid
        descriptor = try checking(thresh_pidfd_open(pid))
    }

    /// The process that had that number at that time; nil if it is gone.
    package convenience init?(_ pid: Int32, startedAt start: UInt64) {
        do throws(Errno) { try self.init(pid) } catch { return nil }
        if ProcessReference.facts(of: pid)?.start != start { return nil }
    }

    deinit { System.close(descriptor) }

    /// Sends a signal; ESRCH if it has ended.
    package func signal(_ signal: Int32) throws(Errno) { _ = try checking(thresh_pidfd_signal(descriptor, signal)) }

    /// What the kernel tells of a process.
    package struct Facts: Sendable {
        package var state: UInt8
        package var group: Int32
        package var session: Int32
        /// In clock ticks since the system was started.
        package var start: UInt64
    }

    package static func facts(of pid: Int32) -> Facts? {
        guard let text = try? System.readFile("/proc/" + Bytes(decimal: pid) + "/stat"),
            let end = text.findLast(UInt8(ascii: ")"))
        else { return nil }
        // After the name in parentheses, which may hold anything: the third field is the first here.
        let fields = text.dropFirst(end + 2).split(on: UInt8(ascii: " "))
        guard fields.count > 19, let state = fields[0].first, let group = fields[2].decimal,
            let session = fields[3].decimal, let start = fields[19].decimal
        else { return nil }
        return Facts(
            state: state, group: Int32(truncatingIfNeeded: group), session: Int32(truncatingIfNeeded: session),
            start: UInt64(truncatingIfNeeded: start))
    }

    /// The live processes of a session.
    package static func members(ofSession session: Int32) -> [Int32] {
        var members: [Int32] = []
        for name in (try? System.listDirectory("/proc")) ?? [] {
            guard let number = name.decimal, number > 0 else { continue }
            let pid = Int32(truncatingIfNeeded: number)
            if let facts = facts(of: pid), facts.session == session, facts.state != UInt8(ascii: "Z") {
                members.append(pid)
            }
        }
        return members
    }
}

/// Tells of changes in directories.
///
/// Ownership: closes its descriptor.
package final class DirectoryNotices: Sendable {
    /// Readable when something has changed.
    package let descriptor: Int32

    package init(of paths: [Bytes]) throws(Errno) {
        let notify = try checking(thresh_notify_create())
        descriptor = notify
        for path in paths {
            try path.withCString { (path) throws(Errno) in _ = try checking(thresh_notify_add(notify, path)) }
        }
    }

    deinit { System.close(descriptor) }

    /// Forgets what it has told.
    package func clear() {
        withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { buffer in
            while let count = try? System.read(descriptor, buffer), count > 0 {}
        }
    }
}
