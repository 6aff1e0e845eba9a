import Bytes
import CPlatform
import Glibc

/// The error of a system call.
package struct Errno: Error, Equatable, Hashable, Sendable {
    package var code: Int32

    package init(_ code: Int32) { self.code = code }

    /// What the system calls it, in English: "No such file or directory".
    package var message: Bytes {
        if let text = thresh_error_text(code) { return Bytes(cString: text) }
        var unknown: Bytes = "Unknown error "
        unknown.append(decimal: code)
        return unknown
    }

    /// errno, to be read at once after the call that failed.
    @inline(__always)
    package static var last: Errno { Errno(Glibc.errno) }
}

extension Errno {
    package static let notPermitted = Errno(EPERM)
    package static let notFound = Errno(ENOENT)
    package static let noSuchProcess = Errno(ESRCH)
    package static let interrupted = Errno(EINTR)
    package static let inputOutput = Errno(EIO)
    package static let argumentsTooLong = Errno(E2BIG)
    package static let notExecutable = Errno(ENOEXEC)
    package static let badDescriptor = Errno(EBADF)
    package static let noChild = Errno(ECHILD)
    package static let wouldBlock = Errno(EAGAIN)
    package static let outOfMemory = Errno(ENOMEM)
    package static let permissionDenied = Errno(EACCES)
    package static let busy = Errno(EBUSY)
    package static let exists = Errno(EEXIST)
    package static let notDirectory = Errno(ENOTDIR)
    package static let isDirectory = Errno(EISDIR)
    package static let invalidArgument = Errno(EINVAL)
    package static let systemOutOfDescriptors = Errno(ENFILE)
    package static let outOfDescriptors = Errno(EMFILE)
    package static let notTerminal = Errno(ENOTTY)
    package static let textBusy = Errno(ETXTBSY)
    package static let fileTooLarge = Errno(EFBIG)
    package static let noSpace = Errno(ENOSPC)
    package static let illegalSeek = Errno(ESPIPE)
    package static let readOnlyFileSystem = Errno(EROFS)
    package static let brokenPipe = Errno(EPIPE)
    package static let outOfRange = Errno(ERANGE)
    package static let nameTooLong = Errno(ENAMETOOLONG)
    package static let notImplemented = Errno(ENOSYS)
    package static let symbolicLinkLoop = Errno(ELOOP)
    package static let notSupported = Errno(EOPNOTSUPP)
    package static let timedOut = Errno(ETIMEDOUT)
    package static let quotaExceeded = Errno(EDQUOT)
}

extension Errno: CustomStringConvertible {
    package var description: String { message.description }
}

/// Repeats `call` while a signal interrupts it; a negative result is thrown as the errno.
@inline(__always)
func retrying<R: SignedInteger>(_ call: () -> R) throws(Errno) -> R {
    while true {
        let result = call()
        if result >= 0 { return result }
        let error = Errno.last
        if error != .interrupted { throw error }
    }
}

/// Like `retrying`, for calls that must not be repeated or are never interrupted.
@inline(__always)
func checking<R: SignedInteger>(_ result: R) throws(Errno) -> R {
    if result >= 0 { return result }
    throw Errno.last
}
