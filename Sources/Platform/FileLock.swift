import Bytes
import CPlatform
import Glibc

/// Locks of whole files that belong to the open file (fcntl(2), "Open file description locks"): two openings of a file exclude each
/// other, whoever made them, and the lock ends when the file is closed, however its process ends.
package enum FileLock {
    /// Locks an open file; false if another opening has it locked.
    package static func take(_ descriptor: Int32) throws(Errno) -> Bool {
        do throws(Errno) {
            _ = try retrying { thresh_lock_file(descriptor) }
            return true
        } catch {
            if error == .wouldBlock { return false }
            throw error
        }
    }

    package static func giveBack(_ descriptor: Int32) { _ = thresh_unlock_file(descriptor) }

    /// Whether another opening has the file locked.
    package static func isTaken(_ descriptor: Int32) throws(Errno) -> Bool {
        let holder = thresh_file_holder(descriptor)
        if holder == -2 { throw Errno.last }
        return holder != 0
    }

    /// Waits for the lock of an open file, beside the thread that asks.
    ///
    /// Thread: one at a time.
    package final class Wait {
        /// Readable when the wait has ended.
        package let descriptor: Int32
        private var wait: OpaquePointer?

        package init(for file: Int32) throws(Errno) {
            descriptor = try System.event()
            wait = thresh_file_wait_begin(file, descriptor)
            if wait == nil {
                let error = Errno.last
                System.close(descriptor)
                throw error
            }
        }

        deinit {
            if let wait { _ = thresh_file_wait_end(wait) }
            System.close(descriptor)
        }

        /// Ends the wait: whether the file is locked now.
        package func end() throws(Errno) -> Bool {
            guard let wait else { return false }
            self.wait = nil
            let error = thresh_file_wait_end(wait)
            if error == 0 { return true }
            if error == ECANCELED { return false }
            throw Errno(error)
        }
    }

    /// The processes that have the file locked, as far as this user may see them.
    package static func holders(of file: FileStatus) -> [Int32] {
        let inode = ":" + Bytes(decimal: file.inode) + " "
        var found: [Int32] = []
        for name in (try? System.listDirectory("/proc")) ?? [] {
            guard let process = name.decimal, process > 0 else { continue }
            let directory = "/proc/" + name + "/fdinfo"
            let holds = ((try? System.listDirectory(directory)) ?? []).contains { descriptor in
                guard let text = try? System.readFile(directory + "/" + descriptor) else { return false }
                return text.split(on: UInt8(ascii: "\n")).contains {
                    $0.hasPrefix("lock:") && $0.find(inode) != nil
                }
            }
            if holds { found.append(Int32(truncatingIfNeeded: process)) }
        }
        return found.sorted()
    }
}
