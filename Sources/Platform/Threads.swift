import CPlatform
import Glibc

/// Threads that are kept for the next use and never end before the process does: the kernel takes the end of a thread
/// for the death of the parent of the children that it started, and a hand-off is cheaper than a new thread.
package enum Threads {
    /// How much address space a thread's stack takes unless said otherwise; memory only as far as it is used.
    package static let defaultStackSize = 8 << 20

    /// Those that wait for something to do, the most recently used last, since its stack is warm.
    private static let idle = Mutex<[KeptThread]>([])

    /// Runs `body` on a kept thread, on a new one if none is idle.
    ///
    /// Asynchronous signals are blocked there: the main thread gets them.
    /// Errors: EAGAIN where no more threads may be made; `body` is then not run.
    package static func run(
        stackSize: Int = defaultStackSize, _ body: @escaping @Sendable () -> Void
    ) throws(Errno) {
        let thread = idle.withLock { list -> KeptThread? in
            guard let index = list.lastIndex(where: { $0.stackSize >= stackSize }) else { return nil }
            return list.remove(at: index)
        }
        if let thread {
            thread.hand(body)
        } else {
            try KeptThread(stackSize: stackSize).start(body)
        }
    }

    /// In a loop that waits for another thread to write.
    @inlinable
    package static func pause() { thresh_spin_pause() }

    /// How many bytes are left on this thread's stack.
    @inlinable
    package static func stackRemaining() -> Int { thresh_stack_remaining() }

    /// How many threads wait for something to do.
    static var idleCount: Int { idle.withLock { $0.count } }

    fileprivate static func becomeIdle(_ thread: KeptThread) {
        idle.withLock { $0.append(thread) }
    }
}

/// Thread: `body` is guarded by `condition`.
private final class KeptThread: @unchecked Sendable {
    let stackSize: Int
    private let condition = Condition()
    private var body: (@Sendable () -> Void)?

    init(stackSize: Int) { self.stackSize = stackSize }

    func start(_ first: @escaping @Sendable () -> Void) throws(Errno) {
        body = first
        let reference = Unmanaged.passRetained(self)
        let error = thresh_create_thread(
            stackSize,
            { argument in
                if let argument { Unmanaged<KeptThread>.fromOpaque(argument).takeRetainedValue().serve() }
                return nil
            }, reference.toOpaque())
        if error != 0 {
            reference.release()
            throw Errno(error)
        }
    }

    func hand(_ next: @escaping @Sendable () -> Void) {
        condition.lock()
        body = next
        condition.signal()
        condition.unlock()
    }

    private func serve() -> Never {
        while true {
            runOne()
            Threads.becomeIdle(self)
        }
    }

    // A function of its own, so that what the body holds is released before the thread counts as idle.
    @inline(never)
    private func runOne() {
        condition.lock()
        while body == nil { condition.wait() }
        let current = body
        body = nil
        condition.unlock()
        current?()
    }
}
