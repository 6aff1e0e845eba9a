import Bytes
import CPlatform
import Glibc

/// Processor time used, in microseconds.
package struct ProcessTimes: Sendable {
    package var user: Int64
    package var system: Int64
    /// Of the children that were waited for, and theirs.
    package var childrenUser: Int64
    package var childrenSystem: Int64
}

extension System {
    // MARK: Who this is

    package static var processID: Int32 { getpid() }
    package static var parentProcessID: Int32 { getppid() }
    package static var processGroup: Int32 { getpgrp() }
    package static var userID: UInt32 { getuid() }
    package static var effectiveUserID: UInt32 { geteuid() }
    package static var groupID: UInt32 { getgid() }
    package static var effectiveGroupID: UInt32 { getegid() }

    /// The process runs with the rights of who started it: it is no set-user-ID or set-group-ID program.
    package static var hasOwnIdentity: Bool { getuid() == geteuid() && getgid() == getegid() }

    /// The process group of a process (0: of this one).
    package static func processGroup(of pid: Int32) throws(Errno) -> Int32 { try checking(getpgid(pid)) }

    /// Moves a process into a group; both 0: this one into a group of its own.
    package static func setProcessGroup(_ pid: Int32, _ group: Int32) throws(Errno) {
        _ = try checking(setpgid(pid, group))
    }

    package static var hostName: Bytes {
        (try? Bytes(capacity: 256) { (buffer) throws(Errno) in
            guard let start = buffer.baseAddress?.assumingMemoryBound(to: CChar.self) else { return 0 }
            _ = try checking(gethostname(start, buffer.count - 1))
            return buffer.firstIndex(of: 0) ?? buffer.count
        }) ?? "localhost"
    }

    /// The environment that the process was started with, each as NAME=value.
    package static func getEnvironment() -> [Bytes] {
        strings(thresh_environment())
    }

    /// The arguments of this process, its name first, as the kernel gave them: bytes, not text.
    package static func getArguments() -> [Bytes] {
        strings(thresh_arguments())
    }

    /// The C strings of a list that ends with a null pointer.
    private static func strings(_ list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> [Bytes] {
        var result: [Bytes] = []
        guard let list else { return result }
        var count = 0
        while list[count] != nil { count += 1 }
        result.reserveCapacity(count)
        for index in 0..<count {
            if let text = list[index] { result.append(Bytes(cString: text)) }
        }
        return result
    }

    /// Processor time of this process and of its children.
    package static func times() -> ProcessTimes {
        var times = ProcessTimes(user: 0, system: 0, childrenUser: 0, childrenSystem: 0)
        thresh_times(&times.user, &times.system, &times.childrenUser, &times.childrenSystem)
        return times
    }

    // MARK: What it may and does

    /// Sends a signal to a process, to a process group (negative), or to all (-1); 0 only asks whether one may.
    package static func kill(_ pid: Int32, _ signal: Int32) throws(Errno) {
        _ = try checking(Glibc.kill(pid, signal))
    }

    /// The file mode creation mask of the process. Not for use while other threads create files: asking sets it for
    /// a moment.
    package static func creationMask() -> UInt16 {
        let mask = Glibc.umask(0o077)
        _ = Glibc.umask(mask)
        return UInt16(truncatingIfNeeded: mask)
    }

    /// Sets the file mode creation mask of the process and gives the one before.
    @discardableResult
    package static func setCreationMask(_ mask: UInt16) -> UInt16 {
        UInt16(truncatingIfNeeded: Glibc.umask(mode_t(mask)))
    }

    /// Ends the process at once, without what is registered to happen at its end.
    package static func exitImmediately(_ status: Int32) -> Never { _exit(status) }
}
