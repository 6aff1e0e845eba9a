// One thread's loop over descriptors, ends of children (pidfds) and time.
//
// Level-triggered: what is not read to its end is reported again. Each descriptor carries a token that its owner
// chooses; events come as tokens. A descriptor that is removed while events are being handed out gives none any more,
// even if its event had already been fetched, so a handler may close whatever it likes, if it removes it first.
import Bytes
import CPlatform
import Glibc
import Synchronization

/// An epoll instance with a way to wake it.
///
/// Thread: all but `wake` is for the thread that owns the loop.
/// Ownership: the loop never closes what is added; the owner removes a descriptor before closing it.
package final class EventLoop: @unchecked Sendable {
    /// What to wait for, and what has come.
    package struct Interest: OptionSet, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        /// There is something to read, or its end.
        package static let readable = Interest(rawValue: UInt32(THRESH_READABLE))
        /// A write would not block, or would fail at once.
        package static let writable = Interest(rawValue: UInt32(THRESH_WRITABLE))
        /// Comes unasked, together with what was asked for: the other side is gone.
        package static let hungUp = Interest(rawValue: UInt32(THRESH_HUNG_UP))
        /// Comes unasked, together with what was asked for: the descriptor has failed, or nobody reads the pipe.
        package static let failed = Interest(rawValue: UInt32(THRESH_FAILED))
    }

    private struct Registration {
        var token: UInt64
        var interest: Interest
        var isActive: Bool
    }

    private static let capacity = 64
    private static let wakeToken = UInt64.max
    private static let removedToken = UInt64.max - 1

    private let epoll: Int32
    private let wakeDescriptor: Int32
    private let isWoken = Atomic(false)
    private let events: UnsafeMutablePointer<thresh_event>
    /// Events fetched, and the one that is being handed out.
    private var eventCount = 0
    private var eventIndex = 0
    /// By descriptor.
    private var registrations: [Registration] = []

    package init() throws(Errno) {
        let epoll = try checking(thresh_epoll_create())
        let wake: Int32
        do throws(Errno) {
            wake = try checking(thresh_eventfd())
        } catch {
            System.close(epoll)
            throw error
        }
        self.epoll = epoll
        wakeDescriptor = wake
        events = .allocate(capacity: Self.capacity)
        events.initialize(repeating: thresh_event(), count: Self.capacity)
        _ = try checking(thresh_epoll_add(epoll, wake, Interest.readable.rawValue, Self.wakeToken))
    }

    deinit {
        System.close(epoll)
        System.close(wakeDescriptor)
        events.deallocate()
    }

    // MARK: What to wait for

    /// Begins to report `fd` by `token` (any but the two highest numbers).
    ///
    /// Errors: EPERM for regular files and directories, which are always ready; EEXIST if it is there already.
    package func add(_ fd: Int32, _ interest: Interest, token: UInt64) throws(Errno) {
        _ = try checking(thresh_epoll_add(epoll, fd, interest.rawValue, token))
        while registrations.count <= Int(fd) {
            registrations.append(Registration(token: Self.removedToken, interest: [], isActive: false))
        }
        registrations[Int(fd)] = Registration(token: token, interest: interest, isActive: true)
    }

    /// Changes what `fd` is waited for, and its token if one is given. With an empty interest only its hanging up and
    /// failing are reported.
    package func modify(_ fd: Int32, _ interest: Interest, token: UInt64? = nil) throws(Errno) {
        guard registrations.indices.contains(Int(fd)), registrations[Int(fd)].isActive else { throw .notFound }
        let token = token ?? registrations[Int(fd)].token
        _ = try checking(thresh_epoll_modify(epoll, fd, interest.rawValue, token))
        registrations[Int(fd)].token = token
        registrations[Int(fd)].interest = interest
    }

    /// Ends reports about `fd`, also those already fetched. One that was never added or is closed is passed over.
    package func remove(_ fd: Int32) {
        guard registrations.indices.contains(Int(fd)), registrations[Int(fd)].isActive else { return }
        _ = thresh_epoll_remove(epoll, fd)
        let token = registrations[Int(fd)].token
        registrations[Int(fd)].isActive = false
        for index in eventIndex..<max(eventCount, eventIndex) where events[index].token == token {
            events[index].token = Self.removedToken
        }
    }

    // MARK: Waiting

    /// Waits until something is ready, `wake` is called, a signal arrives or `deadline` (of the monotonic clock; nil: none)
    /// passes, and hands out what is ready; that may be nothing. `body` may add, modify and remove.
    package func wait(
        until deadline: UInt64?, _ body: (_ token: UInt64, _ ready: Interest) -> Void
    ) throws(Errno) {
        var nanoseconds: Int64 = -1
        if let deadline {
            let now = Clock.monotonicNanoseconds()
            nanoseconds = deadline > now ? Int64(clamping: deadline - now) : 0
        }
        let count = thresh_epoll_wait(epoll, events, Int32(Self.capacity), nanoseconds)
        if count < 0 {
            let error = Errno.last
            if error == .interrupted { return }
            throw error
        }
        eventCount = Int(count)
        eventIndex = 0
        while eventIndex < eventCount {
            let event = events[eventIndex]
            eventIndex += 1
            if event.token == Self.wakeToken {
                takeWake()
            } else if event.token != Self.removedToken {
                body(event.token, Interest(rawValue: event.events))
            }
        }
        eventCount = 0
        eventIndex = 0
    }

    private func takeWake() {
        // First emptied, then marked: a wake in between finds the mark and need not write, since this very wait is about
        // to return to the owner, who looks for what it was woken for.
        var counter: UInt64 = 0
        _ = Glibc.read(wakeDescriptor, &counter, 8)
        _ = isWoken.exchange(false, ordering: .acquiringAndReleasing)
    }

    /// Makes the wait that runs, or the next one, return.
    ///
    /// Thread: any.
    package func wake() {
        if isWoken.exchange(true, ordering: .acquiringAndReleasing) { return }
        var one: UInt64 = 1
        _ = Glibc.write(wakeDescriptor, &one, 8)
    }
}
