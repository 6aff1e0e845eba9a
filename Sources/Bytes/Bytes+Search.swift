#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@usableFromInline
func compareMemory(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Int32 {
    guard let x = a.baseAddress, let y = b.baseAddress else { return 0 }
    return memcmp(x, y, min(a.count, b.count))
}

extension UnsafeBufferPointer<UInt8> {
    /// The index of the first `byte` at or after `start`, by memchr.
    package func find(_ byte: UInt8, from start: Int = 0) -> Int? {
        guard let baseAddress, start < count, let found = memchr(baseAddress + start, Int32(byte), count - start)
        else { return nil }
        return UnsafeRawPointer(found) - UnsafeRawPointer(baseAddress)
    }
}

extension Bytes {
    /// All but the NULs, which no string of a program or a variable can have.
    package var withoutNULs: Bytes { Bytes(filter { $0 != 0 }) }

    /// The index of the first `byte` at or after `start`.
    package func find(_ byte: UInt8, from start: Int = 0) -> Int? {
        withUnsafeBytes { $0.find(byte, from: start) }
    }

    /// The index of the last `byte`.
    package func findLast(_ byte: UInt8) -> Int? {
        withUnsafeBytes { $0.lastIndex(of: byte) }
    }

    /// The index of the first occurrence of `other` at or after `start`; the empty string occurs everywhere.
    package func find(_ other: Bytes, from start: Int = 0) -> Int? {
        guard start <= count else { return nil }
        return withUnsafeBytes { hay in
            other.withUnsafeBytes { needle in
                guard let first = needle.first, let base = hay.baseAddress, let sought = needle.baseAddress else {
                    return start
                }
                var index = start
                while let found = hay.find(first, from: index), found + needle.count <= hay.count {
                    if memcmp(base + found, sought, needle.count) == 0 { return found }
                    index = found + 1
                }
                return nil
            }
        }
    }

    package func contains(_ byte: UInt8) -> Bool { find(byte) != nil }

    /// Without the newlines at its end.
    package var withoutTrailingNewlines: Bytes {
        var length = count
        while length > 0, self[length - 1] == UInt8(ascii: "\n") { length -= 1 }
        return prefix(length)
    }

    package func hasPrefix(_ other: Bytes) -> Bool {
        count >= other.count && withUnsafeBytes { a in other.withUnsafeBytes { b in compareMemory(a, b) == 0 } }
    }

    package func hasSuffix(_ other: Bytes) -> Bool {
        count >= other.count && self[(count - other.count)..<count] == other
    }

    /// The parts between occurrences of `separator`; always at least one.
    package func split(on separator: UInt8) -> [Bytes] {
        var parts: [Bytes] = []
        var start = 0
        while let index = find(separator, from: start) {
            parts.append(self[start..<index])
            start = index + 1
        }
        parts.append(self[start..<count])
        return parts
    }

    /// The string with every occurrence of `old` replaced by `new`.
    package func replacing(_ old: Bytes, with new: Bytes) -> Bytes {
        guard !old.isEmpty else { return self }
        var result = Bytes()
        var start = 0
        while let index = find(old, from: start) {
            result.append(self[start..<index])
            result.append(new)
            start = index + old.count
        }
        result.append(self[start..<count])
        return result
    }
}

extension [Bytes] {
    /// All elements with `separator` between them.
    package func joined(by separator: Bytes) -> Bytes {
        var result = Bytes()
        for (index, element) in enumerated() {
            if index > 0 { result.append(separator) }
            result.append(element)
        }
        return result
    }
}
