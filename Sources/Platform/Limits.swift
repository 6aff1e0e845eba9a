import Bytes
import CPlatform
import Glibc

/// A soft and a hard resource limit, in the kernel's units (bytes, seconds or a number).
package struct ResourceLimit: Equatable, Sendable {
    package var soft: UInt64
    package var hard: UInt64

    package init(soft: UInt64, hard: UInt64) {
        self.soft = soft
        self.hard = hard
    }

    /// No limit.
    package static let unlimited = UInt64.max
}

/// The numbers of the resources that a process may be limited in.
package enum Resource {
    package static let processorSeconds = Int32(RLIMIT_CPU.rawValue)
    package static let fileSize = Int32(RLIMIT_FSIZE.rawValue)
    package static let data = Int32(RLIMIT_DATA.rawValue)
    package static let stack = Int32(RLIMIT_STACK.rawValue)
    package static let core = Int32(RLIMIT_CORE.rawValue)
    package static let residentSet = Int32(5)
    package static let processes = Int32(6)
    package static let descriptors = Int32(RLIMIT_NOFILE.rawValue)
    package static let lockedMemory = Int32(8)
    package static let addressSpace = Int32(RLIMIT_AS.rawValue)
    package static let fileLocks = Int32(10)
    package static let pendingSignals = Int32(11)
    package static let messageQueues = Int32(12)
    package static let nice = Int32(13)
    package static let realtimePriority = Int32(14)
    package static let realtimeMicroseconds = Int32(15)
}

extension System {
    package static func resourceLimit(_ resource: Int32) throws(Errno) -> ResourceLimit {
        var limit = ResourceLimit(soft: 0, hard: 0)
        _ = try checking(thresh_get_limit(resource, &limit.soft, &limit.hard))
        return limit
    }

    package static func setResourceLimit(_ resource: Int32, _ limit: ResourceLimit) throws(Errno) {
        _ = try checking(thresh_set_limit(resource, limit.soft, limit.hard))
    }
}
