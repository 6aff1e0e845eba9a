import Bytes
import Glibc
import Platform

/// The log of a daemon, as its supervisor writes it. With a limit it is renamed when it would grow past that, and the five
/// before it are kept: `log.1` is the last of them.
struct DaemonLog {
    static let kept = 5

    let path: Bytes
    /// In bytes; nil: no limit.
    let limit: Int?
    private(set) var file: Int32
    private var size: Int

    init(_ path: Bytes, limit: Int?) throws(Errno) {
        self.path = path
        self.limit = limit
        file = try DaemonLog.open(path)
        size = Int(truncatingIfNeeded: (try? System.status(of: file).size) ?? 0)
    }

    private static func open(_ path: Bytes) throws(Errno) -> Int32 {
        try System.open(path, flags: O_WRONLY | O_CREAT | O_APPEND, mode: 0o640)
    }

    /// Appends; an error, as of a full disk, loses what was to be written.
    mutating func append(_ bytes: Bytes) {
        if let limit, size > 0, size + bytes.count > limit { rotate() }
        if (try? System.writeAll(file, bytes)) != nil { size += bytes.count }
    }

    private mutating func rotate() {
        for number in (1..<DaemonLog.kept).reversed() {
            try? System.rename(DaemonLog.older(path, number), to: DaemonLog.older(path, number + 1))
        }
        try? System.rename(path, to: DaemonLog.older(path, 1))
        guard let new = try? DaemonLog.open(path) else { return }
        System.close(file)
        file = new
        size = 0
    }

    static func older(_ path: Bytes, _ number: Int) -> Bytes { path + "." + Bytes(decimal: number) }

    /// `10K`, `5M`, `1G` as a number of bytes; nil if it is none, or not above 0.
    static func size(_ text: Bytes) -> Int? {
        var digits = text
        var unit = 1
        switch text.last {
        case UInt8(ascii: "K"), UInt8(ascii: "k"): unit = 1 << 10
        case UInt8(ascii: "M"), UInt8(ascii: "m"): unit = 1 << 20
        case UInt8(ascii: "G"), UInt8(ascii: "g"): unit = 1 << 30
        default: break
        }
        if unit > 1 { digits = text.dropLast() }
        guard let number = digits.decimal, number > 0, number < 1 << 30 else { return nil }
        return number * unit
    }
}

/// Reads logs from their end.
enum LogReader {
    /// Where the last lines of a file begin, and how many these are; at most so many.
    static func start(_ file: Int32, lines wanted: Int) -> (offset: Int, lines: Int) {
        let size = Int(truncatingIfNeeded: (try? System.status(of: file).size) ?? 0)
        if wanted == 0 { return (size, 0) }
        var found = 0
        var end = size
        return withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
            while end > 0 {
                let begin = max(0, end - buffer.count)
                let count = pread(file, buffer.baseAddress, end - begin, off_t(begin))
                if count <= 0 { break }
                for index in (0..<count).reversed() where buffer[index] == UInt8(ascii: "\n") {
                    // The newline at the very end ends the last line.
                    if begin + index + 1 == size { continue }
                    found += 1
                    if found == wanted { return (begin + index + 1, found) }
                }
                end = begin
            }
            return (0, size > 0 ? found + 1 : 0)
        }
    }

    /// Hands on what a file has from an offset on; the offset after it.
    static func copy(_ file: Int32, from offset: Int, _ body: (Bytes) -> Void) -> Int {
        var offset = offset
        withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
            while true {
                let count = pread(file, buffer.baseAddress, buffer.count, off_t(offset))
                if count <= 0 { return }
                body(Bytes(UnsafeRawBufferPointer(rebasing: buffer[..<count]).bindMemory(to: UInt8.self)))
                offset += count
            }
        }
        return offset
    }
}
