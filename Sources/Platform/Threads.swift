import CPlatform
import Glibc
import struct Synchronization.Atomic

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

    /// How long it is worth while, in microseconds, to look again and again for what another thread is about to do; 0 where that one
    /// could not run meanwhile.
    package static let spinTime: UInt64 = Processors.available > 1 ? 30 : 0

    /// In a loop that waits for another thread to write.
    @inlinable
    package static func pause() { thresh_spin_pause() }

    /// How many bytes are left on this thread's stack.
    @inlinable
    package static func stackRemaining() -> Int { thresh_stack_remaining() }

    /// Runs the program's main function, on a stack of its own if a limit leaves too little for a shell; its exit status.
    package static func withEnoughStack(_ body: @convention(c) () -> Int32) -> Int32 { thresh_with_enough_stack(body) }

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
    /// There is a body, for who looks without the lock.
    private let hasBody = Atomic<Bool>(false)
    /// The last time there was soon something to do again: it is worth while to look for it before sleeping.
    private var isBusy = false

    init(stackSize: Int) { self.stackSize = stackSize }

    func start(_ first: @escaping @Sendable () -> Void) throws(Errno) {
        body = first
        hasBody.store(true, ordering: .relaxed)
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
        hasBody.store(true, ordering: .releasing)
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
        let start = Clock.monotonicNanoseconds()
        if isBusy { spin(until: start + Threads.spinTime * 1000) }
        condition.lock()
        while body == nil { condition.wait() }
        let current = body
        body = nil
        hasBody.store(false, ordering: .relaxed)
        condition.unlock()
        isBusy = Clock.monotonicNanoseconds() - start < Threads.spinTime * 2000
        current?()
    }

    private func spin(until end: UInt64) {
        repeat {
            for _ in 0..<32 {
                if hasBody.load(ordering: .acquiring) { return }
                Threads.pause()
            }
        } while Clock.monotonicNanoseconds() < end
    }
}
