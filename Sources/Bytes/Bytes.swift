// The byte string that carries all shell data.
//
// A `Bytes` is 24 bytes wide. Up to fifteen bytes live inside it, with no allocation and no reference count; more go to
// one tail-allocated buffer that is shared by copies and appended to in place while only one copy holds it.
//
//     inline   storage == nil, `low` and `high` are the bytes in memory order, the top byte of `high` is the count;
//              bytes past the count are zero, so that two inline strings are equal exactly if their words are
//     shared   storage != nil, `low` is the count, `high` is unused
//
// Bytes are not text. File names, variables, arguments and output that are not UTF-8 pass through unharmed;
// CharacterDecoding.swift decodes characters where the language asks for them.

import Glibc

/// The tail-allocated buffer of a long `Bytes`; its header is the capacity.
///
/// Thread: written only while uniquely referenced.
@usableFromInline
final class ByteStorage: ManagedBuffer<Int, UInt8> {
    @inlinable
    static func allocate(_ capacity: Int) -> ByteStorage {
        if capacity >= 1 << 24 { checkMemory(capacity) }
        let buffer = ByteStorage.create(minimumCapacity: capacity) { _ in capacity }
        return unsafeDowncast(buffer, to: ByteStorage.self)
    }

    /// Ends the process with a message where there is no room for so much: the allocation itself would only abort.
    /// The probe is a mapping, since the optimiser takes an allocation that is freed at once for one that succeeds.
    @usableFromInline
    @inline(never)
    static func checkMemory(_ capacity: Int) {
        let size = capacity + 1 << 16
        let probe = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        if let probe, probe != MAP_FAILED {
            munmap(probe, size)
            return
        }
        let message = "thresh: out of memory: cannot allocate \(capacity) bytes\n"
        _ = message.utf8.withContiguousStorageIfAvailable { write(2, $0.baseAddress, $0.count) }
        _exit(2)
    }

    @inlinable
    var pointer: UnsafeMutablePointer<UInt8> { withUnsafeMutablePointerToElements { $0 } }
}

/// A string of bytes: a value, cheap to copy, with no assumption about what the bytes mean.
///
/// Thread: sendable, since a buffer is written only while a single value holds it.
@usableFromInline
package struct Bytes: @unchecked Sendable {
    @usableFromInline var storage: ByteStorage?
    @usableFromInline var low: UInt64
    @usableFromInline var high: UInt64

    /// How many bytes fit without an allocation.
    @inlinable package static var inlineCapacity: Int { 15 }

    /// The empty string.
    @inlinable
    package init() {
        storage = nil
        low = 0
        high = 0
    }

    /// A copy of `buffer`.
    @inlinable
    package init(_ buffer: UnsafeBufferPointer<UInt8>) {
        self.init()
        append(contentsOf: buffer)
    }

    /// A copy of `buffer`.
    @inlinable
    package init(_ buffer: UnsafeRawBufferPointer) {
        self.init(buffer.bindMemory(to: UInt8.self))
    }

    /// The UTF-8 bytes of a Swift string; for messages and constants.
    @inlinable
    package init(_ string: String) {
        self.init()
        var string = string
        string.withUTF8 { append(contentsOf: $0) }
    }

    @inlinable
    package init(_ bytes: [UInt8]) {
        self.init()
        bytes.withUnsafeBufferPointer { append(contentsOf: $0) }
    }

    @inlinable
    package init(_ bytes: ArraySlice<UInt8>) {
        self.init()
        bytes.withUnsafeBufferPointer { append(contentsOf: $0) }
    }

    /// The bytes of any sequence.
    @inlinable
    package init<S: Sequence>(_ sequence: S) where S.Element == UInt8 {
        self.init()
        for byte in sequence { append(byte) }
    }

    @inlinable
    package init(byte: UInt8) {
        self.init()
        append(byte)
    }

    @inlinable
    package init(repeating byte: UInt8, count: Int) {
        guard count > Bytes.inlineCapacity else {
            self.init()
            for _ in 0..<Swift.max(count, 0) { append(byte) }
            return
        }
        self.init(capacity: count) { buffer in
            buffer.initializeMemory(as: UInt8.self, repeating: byte)
            return count
        }
    }

    /// The bytes of a C string up to its NUL.
    @inlinable
    package init(cString: UnsafePointer<CChar>) {
        var count = 0
        while cString[count] != 0 { count += 1 }
        self.init(UnsafeRawBufferPointer(start: UnsafeRawPointer(cString), count: count))
    }

    /// A string of at most `capacity` bytes that `body` writes; it returns how many it wrote.
    @inlinable
    package init<E: Error>(
        capacity: Int, _ body: (UnsafeMutableRawBufferPointer) throws(E) -> Int
    ) throws(E) {
        let storage = ByteStorage.allocate(Swift.max(capacity, 16))
        let count = try body(UnsafeMutableRawBufferPointer(start: storage.pointer, count: capacity))
        if count <= Bytes.inlineCapacity {
            self.init(UnsafeBufferPointer(start: storage.pointer, count: count))
        } else {
            self.init()
            self.storage = storage
            low = UInt64(truncatingIfNeeded: count)
            high = 0
        }
    }

    /// The number of bytes.
    @inlinable
    package var count: Int {
        @inline(__always) get { storage == nil ? Int(high >> 56) : Int(truncatingIfNeeded: low) }
    }

    @inlinable
    package var isEmpty: Bool {
        @inline(__always) get { storage == nil ? high >> 56 == 0 : low == 0 }
    }

    /// Gives `body` the bytes in memory; the pointer is good only during the call.
    @inlinable @inline(__always)
    package func withUnsafeBytes<R, E: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        if let storage {
            let count = Int(truncatingIfNeeded: low)
            defer { withExtendedLifetime(storage) {} }
            return try body(UnsafeBufferPointer(start: storage.pointer, count: count))
        }
        let words = (low, high)
        let count = Int(high >> 56)
        return try withUnsafePointer(to: words) { (pointer) throws(E) -> R in
            try body(
                UnsafeBufferPointer(
                    start: UnsafeRawPointer(pointer).assumingMemoryBound(to: UInt8.self), count: count))
        }
    }

    /// Gives `body` the bytes followed by a NUL, for a system call. Bytes after a NUL inside are lost on the callee.
    @inlinable
    package func withCString<R, E: Error>(_ body: (UnsafePointer<CChar>) throws(E) -> R) throws(E) -> R {
        if storage == nil {
            let words = (low, high & 0x00FF_FFFF_FFFF_FFFF)
            return try withUnsafePointer(to: words) { (pointer) throws(E) -> R in
                try body(UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
            }
        }
        var copy = self
        copy.append(0)
        return try copy.withUnsafeBytes { (buffer) throws(E) -> R in
            guard let base = buffer.baseAddress else { return try Bytes().withCString(body) }
            return try body(UnsafeRawPointer(base).assumingMemoryBound(to: CChar.self))
        }
    }

    // MARK: Changing

    @inlinable @inline(__always)
    package mutating func append(_ byte: UInt8) {
        if storage == nil {
            let count = high >> 56
            if count < 8 {
                low |= UInt64(byte) << (count &* 8)
                high = (count &+ 1) << 56
                return
            }
            if count < 15 {
                high = (high & 0x00FF_FFFF_FFFF_FFFF) | UInt64(byte) << ((count &- 8) &* 8) | (count &+ 1) << 56
                return
            }
        }
        appendSlow(byte)
    }

    @inlinable @inline(never)
    mutating func appendSlow(_ byte: UInt8) {
        let count = self.count
        let pointer = makeUnique(count &+ 1)
        pointer[count] = byte
        low = UInt64(truncatingIfNeeded: count &+ 1)
    }

    @inlinable
    package mutating func append(contentsOf other: UnsafeBufferPointer<UInt8>) {
        let added = other.count
        guard added > 0, let source = other.baseAddress else { return }
        let count = self.count
        if storage == nil && count &+ added <= Bytes.inlineCapacity {
            var words = (low, high & 0x00FF_FFFF_FFFF_FFFF)
            Swift.withUnsafeMutableBytes(of: &words) {
                $0.baseAddress.unsafelyUnwrapped.advanced(by: count).copyMemory(from: source, byteCount: added)
            }
            low = words.0
            high = words.1 | UInt64(count &+ added) << 56
            return
        }
        let pointer = makeUnique(count &+ added)
        UnsafeMutableRawPointer(pointer + count).copyMemory(from: source, byteCount: added)
        low = UInt64(truncatingIfNeeded: count &+ added)
    }

    // Disfavoured, so that a literal goes the way below, which never allocates.
    @inlinable @_disfavoredOverload
    package mutating func append(_ other: Bytes) {
        if isEmpty && storage == nil {
            self = other
            return
        }
        other.withUnsafeBytes { append(contentsOf: $0) }
    }

    @inlinable
    package mutating func append(_ string: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: string.utf8Start, count: string.utf8CodeUnitCount))
    }

    @inlinable
    package mutating func reserveCapacity(_ capacity: Int) {
        if capacity > Bytes.inlineCapacity && capacity > count {
            let count = self.count
            _ = makeUnique(capacity)
            low = UInt64(truncatingIfNeeded: count)
        }
    }

    /// Empties the string and keeps the buffer for the next use, if it is not shared.
    @inlinable
    package mutating func removeAll() {
        if storage != nil && isKnownUniquelyReferenced(&storage) {
            low = 0
        } else {
            self = Bytes()
        }
    }

    @inlinable
    package mutating func removeLast(_ n: Int = 1) {
        let kept = Swift.max(count - n, 0)
        if storage != nil {
            low = UInt64(truncatingIfNeeded: kept)
        } else {
            self = prefix(kept)
        }
    }

    @inlinable
    package mutating func removeFirst(_ n: Int = 1) {
        self = self[Swift.min(n, count)..<count]
    }

    /// Makes the storage a heap buffer of this string alone with room for `capacity` bytes; sets no count.
    @inlinable
    mutating func makeUnique(_ capacity: Int) -> UnsafeMutablePointer<UInt8> {
        // Asked first: a second reference to the buffer, held for the test of its size, would make it look shared.
        if isKnownUniquelyReferenced(&storage), let storage, storage.header >= capacity { return storage.pointer }
        return grow(capacity)
    }

    @usableFromInline @inline(never)
    mutating func grow(_ capacity: Int) -> UnsafeMutablePointer<UInt8> {
        let count = self.count
        let size = Swift.max(capacity, count &+ count >> 1, 32)
        let fresh = ByteStorage.allocate(size)
        withUnsafeBytes {
            if let source = $0.baseAddress, count > 0 {
                UnsafeMutableRawPointer(fresh.pointer).copyMemory(from: source, byteCount: count)
            }
        }
        storage = fresh
        low = UInt64(truncatingIfNeeded: count)
        high = 0
        return fresh.pointer
    }
}

// MARK: - As a collection

extension Bytes: RandomAccessCollection, ExpressibleByStringLiteral {
    @inlinable package var startIndex: Int { 0 }
    @inlinable package var endIndex: Int { count }

    /// The byte at `index`, which must be less than `count`.
    @inlinable
    package subscript(index: Int) -> UInt8 {
        @inline(__always) get {
            precondition(index >= 0 && index < count, "Bytes index out of range")
            if let storage { return storage.pointer[index] }
            return index < 8
                ? UInt8(truncatingIfNeeded: low >> (UInt64(truncatingIfNeeded: index) &* 8))
                : UInt8(truncatingIfNeeded: high >> (UInt64(truncatingIfNeeded: index &- 8) &* 8))
        }
    }

    /// A copy of the bytes in `range`.
    @inlinable
    package subscript(range: Range<Int>) -> Bytes {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "Bytes range out of bounds")
        if range.count == count { return self }
        return withUnsafeBytes { Bytes(UnsafeBufferPointer(rebasing: $0[range])) }
    }

    @inlinable package subscript(range: ClosedRange<Int>) -> Bytes { self[range.lowerBound..<(range.upperBound + 1)] }

    @inlinable package func prefix(_ n: Int) -> Bytes { self[0..<Swift.min(n, count)] }
    @inlinable package func suffix(from index: Int) -> Bytes { self[Swift.min(index, count)..<count] }
    @inlinable package func dropFirst(_ n: Int = 1) -> Bytes { self[Swift.min(n, count)..<count] }
    @inlinable package func dropLast(_ n: Int = 1) -> Bytes { self[0..<Swift.max(count - n, 0)] }

    @inlinable
    package init(stringLiteral value: StaticString) {
        self.init()
        append(value)
    }

    @inlinable
    package func withContiguousStorageIfAvailable<R>(
        _ body: (UnsafeBufferPointer<UInt8>) throws -> R
    ) rethrows -> R? {
        try withUnsafeBytes(body)
    }
}

extension Bytes: Hashable, Comparable {
    @inlinable
    package static func == (a: Bytes, b: Bytes) -> Bool {
        if a.storage == nil && b.storage == nil { return a.low == b.low && a.high == b.high }
        return equalSlow(a, b)
    }

    @usableFromInline @inline(never)
    static func equalSlow(_ a: Bytes, _ b: Bytes) -> Bool {
        guard a.count == b.count else { return false }
        return a.withUnsafeBytes { x in b.withUnsafeBytes { y in compareMemory(x, y) == 0 } }
    }

    /// By unsigned byte values, a prefix first: the order of `strcmp` in the C locale.
    @usableFromInline
    package static func < (a: Bytes, b: Bytes) -> Bool {
        a.withUnsafeBytes { x in
            b.withUnsafeBytes { y in
                let order = compareMemory(x, y)
                return order < 0 || (order == 0 && x.count < y.count)
            }
        }
    }

    @inlinable
    package func hash(into hasher: inout Hasher) {
        withUnsafeBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

/// Concatenation.
@inlinable
package func + (a: Bytes, b: Bytes) -> Bytes {
    var sum = a
    sum.append(b)
    return sum
}

@inlinable
package func += (a: inout Bytes, b: Bytes) {
    a.append(b)
}

extension Bytes: CustomStringConvertible, CustomDebugStringConvertible {
    /// As text, with U+FFFD for what is not UTF-8; for messages of Swift tools, never for data.
    @usableFromInline package var description: String { withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
    @usableFromInline package var debugDescription: String { description.debugDescription }
}
