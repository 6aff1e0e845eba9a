import Bytes
import Glibc

/// The environment of children, laid out once as the kernel takes it and shared by all launches that need the same.
///
/// Thread: immutable, so any.
package final class EnvironmentBlock: @unchecked Sendable {
    /// The NULL-terminated array for execve.
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let text: UnsafeMutablePointer<CChar>
    /// Whose strings the first pointers point into.
    private let base: EnvironmentBlock?
    /// The number of entries.
    package let count: Int
    /// The bytes of all entries with their NULs.
    package let textSize: Int

    /// An environment of these entries, each NAME=value.
    package convenience init(_ entries: [Bytes]) {
        self.init(base: nil, entries)
    }

    /// `base` and more entries, whose names must not be in it (a program would see the first of two). The strings of
    /// `base` are not copied: this is made anew for each job of a pool.
    package convenience init(_ base: EnvironmentBlock, appending entries: [Bytes]) {
        self.init(base: base, entries)
    }

    private init(base: EnvironmentBlock?, _ entries: [Bytes]) {
        let inherited = base?.count ?? 0
        var size = 0
        for entry in entries { size += entry.count + 1 }
        pointers = .allocate(capacity: inherited + entries.count + 1)
        text = .allocate(capacity: max(size, 1))
        if let base { pointers.initialize(from: base.pointers, count: inherited) }
        var next = text
        for index in entries.indices {
            (pointers + inherited + index).initialize(to: next)
            next.store(entries[index])
        }
        (pointers + inherited + entries.count).initialize(to: nil)
        self.base = base
        count = inherited + entries.count
        textSize = size + (base?.textSize ?? 0)
    }

    deinit {
        pointers.deallocate()
        text.deallocate()
    }

    /// The entries, each NAME=value.
    package var entries: [Bytes] {
        (0..<count).compactMap { pointers[$0].map { Bytes(cString: $0) } }
    }

    /// The length of the longest entry without its NUL, and its name.
    var longestEntry: (name: Bytes, count: Int) {
        var longest: (name: Bytes, count: Int) = ("", 0)
        for index in 0..<count {
            guard let entry = pointers[index] else { continue }
            let length = strlen(entry)
            guard length > longest.count else { continue }
            var name = Bytes()
            for byte in UnsafeRawBufferPointer(start: entry, count: length) {
                if byte == UInt8(ascii: "=") { break }
                name.append(byte)
            }
            longest = (name, length)
        }
        return longest
    }
}
