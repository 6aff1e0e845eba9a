import Synchronization

// The thread sanitizer does not see how threads that had to wait for a `Synchronization.Mutex` follow each other, and takes what
// they do for races. `make check-tsan` builds with a mutex of pthread in its place.
#if THREAD_SANITIZER
    import Glibc

    /// A value that one thread at a time may touch.
    ///
    /// Lock: `mutex`, for `value`.
    package final class Mutex<Value: ~Copyable>: @unchecked Sendable {
        private let mutex: UnsafeMutablePointer<pthread_mutex_t>
        private var value: Value

        package init(_ value: consuming Value) {
            self.value = value
            mutex = .allocate(capacity: 1)
            mutex.initialize(to: pthread_mutex_t())
            pthread_mutex_init(mutex, nil)
        }

        deinit {
            pthread_mutex_destroy(mutex)
            mutex.deallocate()
        }

        package func withLock<R, E: Error>(_ body: (inout Value) throws(E) -> R) throws(E) -> R {
            pthread_mutex_lock(mutex)
            defer { pthread_mutex_unlock(mutex) }
            return try body(&value)
        }
    }
#else
    /// A value that one thread at a time may touch.
    package typealias Mutex<Value: ~Copyable> = Synchronization.Mutex<Value>
#endif
