import Bytes
import Glibc
import Platform
import Shell

/// One stream of a running or ended job: the read end of its pipe, and what was read and not handed on.
///
/// Output is kept in a recycled buffer up to `BufferPool.largestSize`; what is more goes to an unlinked file.
struct JobOutput {
    enum Progress {
        /// Something was read, and more may be there.
        case some
        /// The pipe is empty now, but somebody still holds its write end.
        case empty
        /// All write ends are closed; the read end is to be closed.
        case end
    }

    /// The read end, non-blocking; -1: none, or at its end.
    private(set) var descriptor: Int32 = -1
    /// How many bytes the job has written.
    private(set) var received = 0
    private var buffer: OutputBuffer?
    private var compact = Bytes()
    private var file: Int32 = -1
    private var fileSize = 0
    private var isWide = false
    /// When its first small buffer was full; of the monotonic clock.
    private(set) var fillingSince: UInt64 = 0

    init() {}

    var isOpen: Bool { descriptor >= 0 }
    var isEmpty: Bool { buffer == nil && compact.isEmpty && fileSize == 0 }
    /// The bytes are in a file: to be handed on from descriptor to descriptor.
    var isSpilled: Bool { file >= 0 }

    /// Starts collecting from a fresh pipe's read end, which becomes non-blocking and this value's to close.
    mutating func begin(_ descriptor: Int32) {
        self.descriptor = descriptor
        received = 0
        fillingSince = 0
        isWide = false
        _ = fcntl(descriptor, F_SETFL, O_RDONLY | O_NONBLOCK)
    }

    mutating func close() {
        if descriptor >= 0 { System.close(descriptor) }
        descriptor = -1
    }

    /// Its memory is full: what is read next goes to a file.
    func isFull(_ pool: BufferPool) -> Bool {
        guard file < 0, let buffer else { return false }
        return buffer.unused.isEmpty && !pool.canGrow(buffer)
    }

    /// Reads once into the buffer, or through `scratch` to the file.
    mutating func collect(
        _ pool: inout BufferPool, scratch: UnsafeMutableRawBufferPointer, directory: Bytes
    ) throws(OutputError) -> Progress {
        if file >= 0 {
            let (count, progress) = read(into: scratch)
            if count > 0 {
                try SpillFile.append(UnsafeRawBufferPointer(rebasing: scratch[..<count]), to: file, in: directory)
                fileSize += count
            }
            return progress
        }
        let target: OutputBuffer
        if let buffer {
            target = buffer
        } else {
            // The first read goes to the scratch buffer: a job that has printed nothing takes no memory.
            let (count, progress) = read(
                into: UnsafeMutableRawBufferPointer(rebasing: scratch[..<BufferPool.firstSize]))
            if count > 0 {
                let fresh = pool.take()
                fresh.unused.copyMemory(from: UnsafeRawBufferPointer(rebasing: scratch[..<count]))
                fresh.commit(count)
                buffer = fresh
            }
            return progress
        }
        if target.unused.isEmpty && fillingSince == 0 { fillingSince = Clock.monotonicNanoseconds() }
        if target.unused.isEmpty && !pool.grow(target) {
            try spill(&pool, directory: directory)
            return try collect(&pool, scratch: scratch, directory: directory)
        }
        let (count, progress) = read(into: target.unused)
        target.commit(count)
        return progress
    }

    /// Reads once into `scratch` and keeps nothing.
    mutating func read(into scratch: UnsafeMutableRawBufferPointer) -> (count: Int, progress: Progress) {
        guard descriptor >= 0 else { return (0, .end) }
        while true {
            let count = Glibc.read(descriptor, scratch.baseAddress, scratch.count)
            if count > 0 {
                received += count
                if count >= 65536 && !isWide { widen() }
                return (count, .some)
            }
            if count < 0 && Glibc.errno == EINTR { continue }
            return (0, count < 0 && Glibc.errno == EAGAIN ? .empty : .end)
        }
    }

    /// A pipe that was full once gets a larger buffer; the system may refuse (pipe-user-pages-soft), which costs speed only.
    private mutating func widen() {
        isWide = true
        try? System.setPipeCapacity(descriptor, 256 << 10)
    }

    /// Keeps bytes that came by another way than the pipe, as if the job had written them.
    mutating func append(_ bytes: UnsafeRawBufferPointer, _ pool: inout BufferPool, directory: Bytes)
        throws(OutputError)
    {
        received += bytes.count
        try keep(bytes, &pool, directory: directory)
    }

    /// Keeps bytes that `read` has given.
    mutating func keep(_ bytes: UnsafeRawBufferPointer, _ pool: inout BufferPool, directory: Bytes) throws(OutputError)
    {
        var rest = bytes
        if file < 0 {
            let target = buffer ?? pool.take()
            buffer = target
            while !rest.isEmpty && (!target.unused.isEmpty || pool.grow(target)) {
                let count = min(rest.count, target.unused.count)
                target.unused.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
                target.commit(count)
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
            if rest.isEmpty { return }
            try spill(&pool, directory: directory)
        }
        try SpillFile.append(rest, to: file, in: directory)
        fileSize += rest.count
    }

    private mutating func spill(_ pool: inout BufferPool, directory: Bytes) throws(OutputError) {
        file = try SpillFile.open(in: directory)
        if let buffer {
            try SpillFile.append(buffer.contents, to: file, in: directory)
            fileSize = buffer.count
            pool.give(back: buffer)
        }
        buffer = nil
    }

    /// The job has ended and must wait for its turn: gives a large buffer back for one of the right size.
    mutating func makeCompact(_ pool: inout BufferPool) {
        guard let held = buffer, held.count <= held.capacity / 2 else { return }
        compact = Bytes(held.contents)
        pool.give(back: held)
        buffer = nil
    }

    /// Hands on all that is kept, in order, and forgets it: memory through `bytes`, a file through `file` with the range.
    mutating func handOn(
        _ pool: inout BufferPool,
        bytes: (UnsafeRawBufferPointer) throws(OutputError) -> Void,
        file handFile: (Int32, Range<Int>) throws(OutputError) -> Void
    ) throws(OutputError) {
        if !compact.isEmpty {
            let held = compact
            compact = Bytes()
            try held.withUnsafeBytes { (span) throws(OutputError) in try bytes(UnsafeRawBufferPointer(span)) }
        }
        if let held = buffer {
            buffer = nil
            defer { pool.give(back: held) }
            try bytes(held.contents)
        }
        if file >= 0 {
            let range = 0..<fileSize
            defer { closeFile() }
            try handFile(file, range)
        }
    }

    /// Takes all that is kept, for later.
    mutating func take(_ pool: inout BufferPool) -> KeptOutput {
        var kept = KeptOutput()
        kept.bytes = compact
        compact = Bytes()
        if let held = buffer {
            kept.bytes.append(contentsOf: held.contents.bindMemory(to: UInt8.self))
            pool.give(back: held)
            buffer = nil
        }
        if file >= 0 {
            kept.file = OpenFile(owning: file)
            kept.fileSize = fileSize
        }
        file = -1
        fileSize = 0
        return kept
    }

    /// Forgets what is kept: a failed attempt that is retried, or a run that ends.
    mutating func discard(_ pool: inout BufferPool) {
        close()
        if let buffer { pool.give(back: buffer) }
        buffer = nil
        compact = Bytes()
        closeFile()
        received = 0
    }

    private mutating func closeFile() {
        if file >= 0 { System.close(file) }
        file = -1
        fileSize = 0
    }
}
