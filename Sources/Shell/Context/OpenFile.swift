import Bytes
import Platform
import Synchronization

/// What a shell descriptor refers to: a real descriptor, output that is kept in memory, or text to be read.
///
/// Ownership: an owning one closes its descriptor when the last table that holds it is gone, or at once by `close`.
/// Thread: the descriptor is an atomic, since a stage on another thread may close while a table copy still refers to it.
package final class OpenFile: Sendable {
    private let real: Atomic<Int32>
    private let isOwning: Bool
    /// Output collected in memory: the standard output of a command substitution or of a job of built-ins.
    package let memory: MemoryOutput?
    /// What `read` has taken of a file that the shell opened for reading, as long as only `read` uses it.
    private let ahead: ReadAhead?
    /// The shell descriptor under which children don't get it.
    let privateNumber: Int?
    /// What must live as long as this.
    private let kept: [AnyObject & Sendable]

    /// What a table holds for a descriptor that was closed by `n>&-`.
    package static let closed = OpenFile(borrowing: -1)

    private init(
        _ descriptor: Int32, isOwning: Bool, memory: MemoryOutput? = nil, ahead: ReadAhead? = nil,
        privateNumber: Int? = nil, kept: [AnyObject & Sendable] = []
    ) {
        real = Atomic(descriptor)
        self.isOwning = isOwning
        self.memory = memory
        self.ahead = ahead
        self.privateNumber = privateNumber
        self.kept = kept
    }

    package convenience init(owning descriptor: Int32) { self.init(descriptor, isOwning: true) }

    convenience init(owning descriptor: Int32, keeping kept: [AnyObject & Sendable]) {
        self.init(descriptor, isOwning: true, kept: kept)
    }

    /// A file that was opened for reading, and to which nothing else refers.
    convenience init(reading descriptor: Int32) { self.init(descriptor, isOwning: true, ahead: ReadAhead(.file)) }

    /// The end of a pipe that nobody else reads.
    convenience init(readingPipe descriptor: Int32) { self.init(descriptor, isOwning: true, ahead: ReadAhead(.pipe)) }

    /// Text to be read: a file without a name is made of it when somebody asks for a descriptor.
    convenience init(text: Bytes) { self.init(-1, isOwning: true, ahead: ReadAhead(text)) }

    /// A descriptor that somebody else closes.
    package convenience init(borrowing descriptor: Int32) { self.init(descriptor, isOwning: false) }

    package convenience init(memory: MemoryOutput) { self.init(-1, isOwning: false, memory: memory) }

    /// A file that children get only under other numbers than this.
    convenience init(owning descriptor: Int32, privateTo number: Int) {
        self.init(descriptor, isOwning: true, privateNumber: number)
    }

    deinit { close() }

    /// The real descriptor for a child or a system call; output in memory gets a pipe now. Nil if it is closed.
    package var descriptor: Int32? {
        if let ahead, ahead.isActive, let file = ahead.finish(real.load(ordering: .relaxed)) {
            real.store(file, ordering: .relaxed)
        }
        if let memory { return memory.pipeDescriptor() }
        let descriptor = real.load(ordering: .relaxed)
        return descriptor >= 0 ? descriptor : nil
    }

    /// Closes an owned descriptor now; a second call does nothing.
    package func close() {
        guard isOwning else { return }
        let descriptor = real.exchange(-1, ordering: .relaxed)
        if descriptor >= 0 { System.close(descriptor) }
    }

    /// It was for the shell's own use, and is closed.
    var wasPrivate: Bool { privateNumber != nil && real.load(ordering: .relaxed) < 0 }

    /// Reads by way of the input read ahead, which `body` gets with the descriptor to go on reading from. Nil, without a call,
    /// if there can be none.
    func readAhead(
        _ body: (ReadAhead, Int32) throws(Errno) -> ReadAhead.Found
    ) throws(Errno) -> ReadAhead.Found? {
        guard let ahead, ahead.isActive else { return nil }
        let descriptor = real.load(ordering: .relaxed)
        return try ahead.reading(descriptor) { () throws(Errno) in try body(ahead, descriptor) }
    }
}

/// Output in memory. Built-ins append to it; when a child needs a real descriptor for it, it grows a pipe, which the
/// owner drains while it waits for anything.
///
/// Thread: used by one interpreter's thread; only the pipe's write end goes to others.
package final class MemoryOutput: @unchecked Sendable {
    package var bytes = Bytes()
    private var pipe: (read: Int32, write: Int32)?
    /// Called when `bytes` has grown past `limit`; it takes what is there.
    package var onFull: ((MemoryOutput) -> Void)?
    package var limit = Int.max

    package init() {}

    deinit { closePipe() }

    package var readDescriptor: Int32? { pipe?.read }

    @inline(__always)
    package func append(_ buffer: UnsafeBufferPointer<UInt8>) {
        if pipe != nil { drain() }
        bytes.append(contentsOf: buffer)
        if bytes.count > limit { onFull?(self) }
    }

    /// The write end of the pipe, made at the first call; nil if there are no descriptors left.
    func pipeDescriptor() -> Int32? {
        if pipe == nil {
            guard let fresh = try? System.pipe() else { return nil }
            try? System.setNonBlocking(fresh.read, true)
            pipe = fresh
        }
        return pipe?.write
    }

    // The buffers of these two are on the stack while they run, and not while the commands run whose output it is.

    /// Takes what the pipe holds now, without waiting.
    @inline(never)
    package func drain() {
        guard let read = pipe?.read else { return }
        withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 16) { buffer in
            while let count = try? System.read(read, buffer), count > 0 {
                bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]).bindMemory(to: UInt8.self))
                if bytes.count > limit { onFull?(self) }
                if count < buffer.count { return }
            }
        }
    }

    /// Closes the write end and takes everything until all others have closed theirs.
    package func finish() {
        guard let ends = pipe else { return }
        takeRest(ends)
    }

    @inline(never)
    private func takeRest(_ ends: (read: Int32, write: Int32)) {
        System.close(ends.write)
        pipe = (ends.read, -1)
        try? System.setNonBlocking(ends.read, false)
        withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 16) { buffer in
            while let count = try? System.read(ends.read, buffer), count > 0 {
                bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]).bindMemory(to: UInt8.self))
                if bytes.count > limit { onFull?(self) }
            }
        }
        closePipe()
    }

    private func closePipe() {
        guard let ends = pipe else { return }
        if ends.write >= 0 { System.close(ends.write) }
        System.close(ends.read)
        pipe = nil
    }
}
