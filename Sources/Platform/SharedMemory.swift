// Memory that several processes have at the same time: a file in memory that each maps, locks in it that outlive who holds
// them, and event descriptors that wake who sleeps in another process.
import Bytes
import CPlatform
import Glibc

/// A part of a file in memory as this process sees it; what one writes there, all see.
///
/// Ownership: `unmap` is called by who has mapped it.
package struct SharedMapping {
    package let base: UnsafeMutableRawPointer
    package let count: Int

    /// Errors: ENOMEM where the address space is full or limited.
    package init(_ descriptor: Int32, offset: Int, count: Int) throws(Errno) {
        let address = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, off_t(offset))
        guard let address, address != MAP_FAILED else { throw .last }
        base = address
        self.count = count
    }

    package func unmap() { munmap(base, count) }
}

/// A lock in shared memory: one thread of all processes holds it. It lives in `SharedLock.size` bytes at the address.
package struct SharedLock {
    package static let size = Int(THRESH_LOCK_SIZE)

    package enum Taken {
        case taken
        /// It is held now, but who held it before has died: what it guards must be put right, then `repaired` called.
        case inherited
        /// Somebody held it for so long that who asks should look about.
        case busy
    }

    private let address: UnsafeMutableRawPointer

    package init(at address: UnsafeMutableRawPointer) { self.address = address }

    /// Makes the memory a lock that is free.
    package func make() throws(Errno) {
        let error = thresh_lock_make(address)
        if error != 0 { throw Errno(error) }
    }

    /// Takes the lock, or gives up after `nanoseconds`. Errors: ENOTRECOVERABLE, EINVAL if the memory is no lock.
    @inline(__always)
    package func take(spins: Int32, nanoseconds: Int64) throws(Errno) -> Taken {
        try meaning(of: thresh_lock_take(address, spins, nanoseconds))
    }

    /// Takes the lock if it is free.
    package func takeIfFree() throws(Errno) -> Taken { try meaning(of: thresh_lock_try(address)) }

    @inline(__always)
    private func meaning(of result: Int32) throws(Errno) -> Taken {
        if result == 0 { return .taken }
        switch result {
        case EOWNERDEAD: return .inherited
        case ETIMEDOUT, EBUSY: return .busy
        default: throw Errno(result)
        }
    }

    package func repaired() { _ = thresh_lock_repaired(address) }

    @inline(__always)
    package func give() { thresh_lock_give(address) }
}

extension System {
    /// Gives the processor a moment while shared memory is watched.
    @inline(__always)
    package static func relax() { thresh_relax() }

    /// Makes a file in memory real from `offset` on, so that no access there can fail; it grows if need be.
    ///
    /// Errors: ENOSPC and ENOMEM; EFBIG where the limit of a file's size is lower (the kernel would send SIGXFSZ).
    package static func reserve(_ fd: Int32, offset: Int, count: Int) throws(Errno) {
        let end = offset.addingReportingOverflow(count)
        if end.overflow { throw .fileTooLarge }
        if let limit = try? resourceLimit(Resource.fileSize), limit.soft < UInt64(end.partialValue) {
            throw .fileTooLarge
        }
        _ = try checking(thresh_file_reserve(fd, Int64(offset), Int64(count)))
    }

    /// Gives memory of a file in memory back. What is there later is zeros, and takes memory again.
    package static func release(_ fd: Int32, offset: Int, count: Int) {
        _ = thresh_file_release(fd, Int64(offset), Int64(count))
    }

    /// Forbids that a file in memory ever gets shorter, which would kill who has it mapped.
    package static func sealLength(_ fd: Int32) throws(Errno) { _ = try checking(thresh_seal_length(fd)) }
}
