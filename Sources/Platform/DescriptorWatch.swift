import CPlatform
import Glibc

/// Descriptors that are waited for by one thread, while others add and remove some.
///
/// Ownership: never closes what is added; the owner removes a descriptor before closing it.
/// Thread: `wait` for one at a time, the rest any.
package final class DescriptorWatch: Sendable {
    private let epoll: Int32

    package init() throws(Errno) { epoll = try checking(thresh_epoll_create()) }

    deinit { System.close(epoll) }

    /// Reports `fd` by `token` from now on, whenever it is readable.
    package func add(_ fd: Int32, token: UInt64) throws(Errno) {
        _ = try checking(thresh_epoll_add(epoll, fd, UInt32(THRESH_READABLE), token))
    }

    /// Ends the reports about `fd`; one that was fetched already may still come.
    package func remove(_ fd: Int32) { _ = thresh_epoll_remove(epoll, fd) }

    /// Waits until some are readable, and hands out their tokens.
    package func wait(_ body: (UInt64) -> Void) throws(Errno) {
        let capacity = 64
        try withUnsafeTemporaryAllocation(of: thresh_event.self, capacity: capacity) { (events) throws(Errno) in
            let count = try retrying {
                Int(thresh_epoll_wait(epoll, events.baseAddress, Int32(capacity), -1))
            }
            for index in 0..<count { body(events[index].token) }
        }
    }
}
