import Glibc

/// Memory in which the output of a job is collected. It comes from a `BufferPool` and goes back to it, so that a million
/// jobs use the buffers of a few.
///
/// Thread: the runner's.
final class OutputBuffer {
    private(set) var base: UnsafeMutableRawPointer
    private(set) var capacity: Int
    fileprivate(set) var count = 0

    fileprivate init(capacity: Int) {
        self.capacity = capacity
        base = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 64)
    }

    deinit { base.deallocate() }

    var contents: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }
    var unused: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: base + count, count: capacity - count)
    }

    /// `bytes` more were put into `unused`.
    func commit(_ bytes: Int) { count += bytes }

    func removeAll() { count = 0 }

    /// Moves to a larger place.
    fileprivate func grow(to size: Int) {
        let larger = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
        larger.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = larger
        capacity = size
    }
}

/// The buffers of a run, and how much memory they take together.
struct BufferPool {
    static let firstSize = 16 << 10
    /// One stream of one job keeps at most this in memory.
    static let largestSize = 1 << 20
    /// All streams together grow past `firstSize` only up to this; then they go to files.
    static let budget = 48 << 20

    private var spare: [OutputBuffer] = []
    private var total = 0

    mutating func take() -> OutputBuffer {
        if let buffer = spare.popLast() { return buffer }
        total += Self.firstSize
        return OutputBuffer(capacity: Self.firstSize)
    }

    mutating func give(back buffer: OutputBuffer) {
        // Large buffers are freed: what one job needed must not stay for a thousand small ones.
        if buffer.capacity > Self.firstSize || spare.count >= 64 {
            total -= buffer.capacity
            return
        }
        buffer.removeAll()
        spare.append(buffer)
    }

    func canGrow(_ buffer: OutputBuffer) -> Bool {
        let size = buffer.capacity * 4
        return size <= Self.largestSize && total + size - buffer.capacity <= Self.budget
    }

    /// Makes room in a full buffer; false if it has reached its bound.
    mutating func grow(_ buffer: OutputBuffer) -> Bool {
        let size = buffer.capacity * 4
        guard canGrow(buffer) else { return false }
        total += size - buffer.capacity
        buffer.grow(to: size)
        return true
    }
}
