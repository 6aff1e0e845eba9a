// One of the two places to which a run's output goes: a descriptor, or the memory of a command substitution around the
// built-in. Small outputs gather in a buffer and go out in large writes; the runner flushes before it waits, so that
// nothing is held back from one who watches.

import Bytes
import Glibc
import Platform
import Shell

/// Standard output or standard error of the run.
///
/// Thread: the runner's.
final class Destination {
    private static let bufferSize = 256 << 10

    let place: OutputError.Place
    /// Keeps the descriptor open.
    private let file: OpenFile?
    private let descriptor: Int32
    private let memory: MemoryOutput?
    private let buffer: UnsafeMutableRawBufferPointer
    private var count = 0
    /// Called when a write was interrupted by a signal, so that a run whose reader has stalled can still be ended.
    var onInterrupt: () -> Void = {}
    /// What may stand on the terminal for the moment, and is taken away before anything is written.
    var progress: Progress?
    /// What was written so far ends with a whole line.
    private(set) var isAtLineStart = true

    init(_ file: OpenFile?, place: OutputError.Place) {
        self.place = place
        self.file = file
        memory = file?.memory
        descriptor = memory == nil ? file?.descriptor ?? -1 : -1
        buffer = .allocate(byteCount: Destination.bufferSize, alignment: 64)
    }

    deinit { buffer.deallocate() }

    /// The descriptor, if it is one: what an ungrouped job inherits.
    var inheritable: Int32? { descriptor >= 0 ? descriptor : nil }

    @inline(__always)
    func append(_ bytes: UnsafeRawBufferPointer) throws(OutputError) {
        if bytes.count <= buffer.count - count, let source = bytes.baseAddress {
            memcpy(buffer.baseAddress.unsafelyUnwrapped + count, source, bytes.count)
            count += bytes.count
            return
        }
        try appendLarge(bytes)
    }

    @inline(never)
    private func appendLarge(_ bytes: UnsafeRawBufferPointer) throws(OutputError) {
        guard !bytes.isEmpty else { return }
        try flush()
        // What fills half the buffer gains nothing from being copied once more.
        if bytes.count >= buffer.count / 2 { return try write(bytes) }
        buffer.copyMemory(from: bytes)
        count = bytes.count
    }

    func append(_ bytes: Bytes) throws(OutputError) {
        try bytes.withUnsafeBytes { (span) throws(OutputError) in try append(UnsafeRawBufferPointer(span)) }
    }

    func flush() throws(OutputError) {
        guard count > 0 else { return }
        let pending = count
        count = 0
        try write(UnsafeRawBufferPointer(rebasing: buffer[..<pending]))
    }

    /// Forgets what has not been written: after an error nothing more can be.
    func abandon() { count = 0 }

    private func write(_ bytes: UnsafeRawBufferPointer) throws(OutputError) {
        if let memory {
            memory.append(bytes.bindMemory(to: UInt8.self))
            return
        }
        guard descriptor >= 0 else { throw OutputError(place: place, errno: Errno(EBADF)) }
        if let progress, let last = bytes.last {
            try progress.hide()
            isAtLineStart = last == UInt8(ascii: "\n")
        }
        var rest = bytes
        while !rest.isEmpty {
            let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if written >= 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[written...])
                if !rest.isEmpty { onInterrupt() }
            } else {
                try recover(from: Glibc.errno)
            }
        }
    }

    /// Hands on a range of a file, from descriptor to descriptor where the system can.
    func append(
        file: Int32, _ range: Range<Int>, scratch: UnsafeMutableRawBufferPointer, directory: Bytes
    ) throws(OutputError) {
        try flush()
        try progress?.hide()
        // A roomier pipe saves its reader and us most of the turns; where it is none, or may not be, nothing is lost.
        if descriptor >= 0 && range.count > 1 << 20 { try? System.setPipeCapacity(descriptor, 1 << 20) }
        var position = off_t(range.lowerBound)
        while descriptor >= 0, position < range.upperBound {
            let sent = sendfile(descriptor, file, &position, range.upperBound - Int(position))
            if sent > 0 {
                onInterrupt()
                continue
            }
            // A descriptor opened for appending, or of an odd kind: by way of memory.
            if sent < 0 && (Glibc.errno == EINVAL || Glibc.errno == ENOSYS) { break }
            if sent == 0 { break }
            try recover(from: Glibc.errno)
        }
        guard position < range.upperBound else { return }
        try SpillFile.read(file, from: Int(position), to: range.upperBound, scratch: scratch, directory: directory) {
            (piece) throws(OutputError) in try write(piece)
        }
    }

    private func recover(from code: Int32) throws(OutputError) {
        switch code {
        case EINTR:
            onInterrupt()
        case EAGAIN:
            var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = poll(&ready, 1, 1000)
            onInterrupt()
        default:
            throw OutputError(place: place, errno: Errno(code))
        }
    }
}
