// The system calls of files and descriptors. System+Files.swift has those that take paths, System+Process.swift what
// concerns the process itself.
import Bytes
import CPlatform
import Glibc

/// System calls with interruptions by signals handled and errors thrown. Every descriptor made here is close-on-exec:
/// what a child gets is said by its `Launch` alone.
package enum System {
    // MARK: Reading and writing

    /// Reads at most as many bytes as `buffer` has; 0 at the end of the file.
    package static func read(_ fd: Int32, _ buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try retrying { Glibc.read(fd, buffer.baseAddress, buffer.count) }
    }

    /// Writes some of `buffer` and says how much. A closed pipe is an error (EPIPE) wherever SIGPIPE is ignored.
    package static func write(_ fd: Int32, _ buffer: UnsafeRawBufferPointer) throws(Errno) -> Int {
        try retrying { Glibc.write(fd, buffer.baseAddress, buffer.count) }
    }

    /// Writes all of `buffer`; waits where a non-blocking descriptor is full.
    package static func writeAll(_ fd: Int32, _ buffer: UnsafeRawBufferPointer) throws(Errno) {
        var rest = buffer
        while !rest.isEmpty {
            do throws(Errno) {
                let count = try write(fd, rest)
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } catch {
                guard error == .wouldBlock else { throw error }
                try waitUntilReady(fd, Int16(POLLOUT))
            }
        }
    }

    /// Writes all of `bytes`; waits where a non-blocking descriptor is full.
    package static func writeAll(_ fd: Int32, _ bytes: Bytes) throws(Errno) {
        try bytes.withUnsafeBytes { (buffer) throws(Errno) in try writeAll(fd, UnsafeRawBufferPointer(buffer)) }
    }

    /// Everything up to the end of the file.
    package static func readAll(_ fd: Int32) throws(Errno) -> Bytes {
        var result = Bytes()
        // A regular file says how much there is; one byte more sees its end without growing.
        if let status = try? status(of: fd), status.kind == .regular, status.size > 0 {
            result.reserveCapacity(Int(min(status.size, 1 << 30)) + 1)
        }
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 16)
        defer { chunk.deallocate() }
        while true {
            do throws(Errno) {
                let count = try read(fd, chunk)
                if count == 0 { return result }
                result.append(contentsOf: UnsafeRawBufferPointer(rebasing: chunk[..<count]).bindMemory(to: UInt8.self))
            } catch {
                guard error == .wouldBlock else { throw error }
                try waitUntilReady(fd, Int16(POLLIN))
            }
        }
    }

    /// Waits without end until `fd` can be read or written, is closed on the other side or has failed.
    package static func waitUntilReady(_ fd: Int32, _ events: Int16) throws(Errno) {
        var one = pollfd(fd: fd, events: events, revents: 0)
        _ = try retrying { Glibc.poll(&one, 1, -1) }
    }

    /// Waits for the events of `fds`, at most for the time given (-1: without end); the number of those ready, 0 at the
    /// end of the time. A signal does not end the wait: add `Signals.descriptor` to hear of one.
    package static func poll(_ fds: inout [pollfd], timeoutMilliseconds: Int32) throws(Errno) -> Int {
        let end = Clock.monotonicNanoseconds() &+ UInt64(max(timeoutMilliseconds, 0)) * 1_000_000
        var timeout = timeoutMilliseconds
        while true {
            let result = fds.withUnsafeMutableBufferPointer { Glibc.poll($0.baseAddress, nfds_t($0.count), timeout) }
            if result >= 0 { return Int(result) }
            let error = Errno.last
            guard error == .interrupted else { throw error }
            if timeoutMilliseconds > 0 {
                let now = Clock.monotonicNanoseconds()
                timeout = now >= end ? 0 : Int32(truncatingIfNeeded: (end - now + 999_999) / 1_000_000)
            }
        }
    }

    /// Like `poll`, until `deadline` of the monotonic clock, without end if that is nil.
    package static func poll(_ fds: inout [pollfd], until deadline: UInt64?) throws(Errno) -> Int {
        while true {
            var left: Int64 = -1
            if let deadline {
                let now = Clock.monotonicNanoseconds()
                left = deadline > now ? Int64(clamping: deadline - now) : 0
            }
            let result = fds.withUnsafeMutableBufferPointer { thresh_poll($0.baseAddress, $0.count, left) }
            if result >= 0 { return Int(result) }
            let error = Errno.last
            guard error == .interrupted else { throw error }
        }
    }

    /// How many bytes a read would give at once.
    package static func readableCount(_ fd: Int32) throws(Errno) -> Int {
        Int(try checking(thresh_readable_count(fd)))
    }

    // MARK: Descriptors

    /// Closes a descriptor. Errors are passed over, and it is never tried again: Linux has freed the number either way.
    package static func close(_ fd: Int32) {
        _ = Glibc.close(fd)
    }

    package static func pipe() throws(Errno) -> (read: Int32, write: Int32) {
        var ends: (Int32, Int32) = (-1, -1)
        let result = withUnsafeMutablePointer(to: &ends) {
            $0.withMemoryRebound(to: Int32.self, capacity: 2) { thresh_pipe($0) }
        }
        _ = try checking(result)
        return ends
    }

    /// A non-blocking eventfd: readable from when it is raised until it is cleared.
    package static func event() throws(Errno) -> Int32 { try checking(thresh_eventfd()) }

    package static func raise(event: Int32) {
        var one: UInt64 = 1
        _ = Glibc.write(event, &one, 8)
    }

    package static func clear(event: Int32) {
        var count: UInt64 = 0
        _ = Glibc.read(event, &count, 8)
    }

    /// Sets the capacity of a pipe; the kernel rounds up, and refuses (EPERM) what the user may not have.
    package static func setPipeCapacity(_ fd: Int32, _ bytes: Int) throws(Errno) {
        _ = try checking(thresh_set_pipe_size(fd, Int32(clamping: bytes)))
    }

    package static func pipeCapacity(_ fd: Int32) throws(Errno) -> Int {
        Int(try checking(thresh_get_pipe_size(fd)))
    }

    /// A second descriptor for the same open file, at the lowest free number from `atLeast`.
    package static func duplicate(_ fd: Int32, atLeast: Int32 = 0) throws(Errno) -> Int32 {
        try checking(fcntl(fd, F_DUPFD_CLOEXEC, atLeast))
    }

    /// dup3: makes `target` a close-on-exec duplicate of `source`, which must be another number.
    package static func duplicate(_ source: Int32, onto target: Int32) throws(Errno) {
        _ = try retrying { thresh_duplicate_onto(source, target) }
    }

    package static func setNonBlocking(_ fd: Int32, _ on: Bool) throws(Errno) {
        let flags = try checking(fcntl(fd, F_GETFL))
        let wanted = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK
        if wanted != flags { _ = try checking(fcntl(fd, F_SETFL, wanted)) }
    }

    package static func setCloseOnExec(_ fd: Int32, _ on: Bool) throws(Errno) {
        _ = try checking(fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0))
    }

    package static func isOpen(_ fd: Int32) -> Bool { fcntl(fd, F_GETFD) >= 0 }

    /// Whether `fd` is open and came with the process: without the close-on-exec flag that all of ours have.
    package static func isOpenAndInherited(_ fd: Int32) -> Bool {
        let flags = fcntl(fd, F_GETFD)
        return flags >= 0 && flags & FD_CLOEXEC == 0
    }

    /// The status flags of an open file (O_RDONLY, O_WRONLY, O_RDWR in O_ACCMODE; O_APPEND, O_NONBLOCK).
    package static func openFlags(_ fd: Int32) throws(Errno) -> Int32 {
        try checking(fcntl(fd, F_GETFL))
    }

    package static func isTerminal(_ fd: Int32) -> Bool { isatty(fd) == 1 }

    /// Moves the offset of an open file; ESPIPE for what has none. `whence` is SEEK_SET, SEEK_CUR or SEEK_END.
    @discardableResult
    package static func seek(_ fd: Int32, _ offset: Int64, _ whence: Int32) throws(Errno) -> Int64 {
        Int64(try checking(lseek(fd, off_t(offset), whence)))
    }

    package static func truncate(_ fd: Int32, to size: Int64) throws(Errno) {
        _ = try retrying { ftruncate(fd, off_t(size)) }
    }

    /// Copies from a regular file at its offset to any descriptor inside the kernel; the number of bytes, 0 at the end.
    package static func sendFile(from source: Int32, to target: Int32, count: Int) throws(Errno) -> Int {
        try retrying { thresh_send_file(target, source, count) }
    }

    /// Copies what lies in the pipe `source` into the pipe `target` and leaves it in `source`: a look ahead. 0 at the end of
    /// the input, EAGAIN if nothing is there yet, EINVAL for what is no pipe.
    package static func tee(from source: Int32, to target: Int32, count: Int) throws(Errno) -> Int {
        try retrying { thresh_tee(source, target, count) }
    }

    /// A new file in memory, close-on-exec, to be read from its start, that `seal` can make unchangeable. Where the limit of
    /// a file's size (`ulimit -f`) is lower than that it is a pipe, to which the limit doesn't apply.
    package static func memoryFile(
        _ name: Bytes, holding content: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
    ) throws(Errno) -> Int32 {
        if let limit = try? resourceLimit(Resource.fileSize), limit.soft < UInt64(content.count) {
            return try filledPipe(content)
        }
        let file = try name.withCString { (name) throws(Errno) in try checking(thresh_memory_file(name)) }
        do throws(Errno) {
            try writeAll(file, content)
            _ = try seek(file, 0, SEEK_SET)
            return file
        } catch {
            close(file)
            throw error
        }
    }

    /// The end for reading of a pipe that holds all of `content` and then ends; EFBIG if there can't be so large a one.
    private static func filledPipe(_ content: UnsafeRawBufferPointer) throws(Errno) -> Int32 {
        let ends = try pipe()
        defer { close(ends.write) }
        do throws(Errno) {
            if content.count > 1 << 16 {
                do throws(Errno) { try setPipeCapacity(ends.write, content.count) } catch { throw .fileTooLarge }
            }
            try writeAll(ends.write, content)
            return ends.read
        } catch {
            close(ends.read)
            throw error
        }
    }

    /// Forbids every further change of a memory file.
    package static func seal(_ fd: Int32) throws(Errno) {
        _ = try checking(thresh_seal(fd))
    }
}
