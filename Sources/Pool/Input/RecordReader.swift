import Bytes
import Glibc
import Platform

/// Reads records that end in a delimiter from a descriptor, never more ahead than a block, and never waits: what is not
/// there yet is said to be.
///
/// Thread: used by one at a time.
final class RecordReader {
    enum Next {
        case record(Bytes)
        /// Nothing more until the descriptor can be read.
        case blocked
        case end
    }

    let descriptor: Int32
    private let name: Bytes
    private let ownsDescriptor: Bool
    /// Reading can wait: a pipe, a terminal, a socket.
    private let canBlock: Bool
    private let delimiter: Bytes
    private let lastByte: UInt8
    /// Delimiters between double quotes are part of the record (CSV).
    private let respectsQuotes: Bool

    private var buffer: UnsafeMutableRawBufferPointer
    /// The bytes not handed out are `start..<end`; there is no delimiter in `start..<searched`.
    private var start = 0
    private var end = 0
    private var searched = 0
    private var isInQuotes = false
    private var isAtEnd = false

    static let blockSize = 1 << 16

    /// - Parameter ownsDescriptor: it is closed with the reader.
    init(_ descriptor: Int32, name: Bytes, ownsDescriptor: Bool, delimiter: Bytes, respectsQuotes: Bool = false) {
        self.descriptor = descriptor
        self.name = name
        self.ownsDescriptor = ownsDescriptor
        self.delimiter = delimiter
        self.respectsQuotes = respectsQuotes
        lastByte = delimiter.last ?? UInt8(ascii: "\n")
        let kind = (try? System.status(of: descriptor))?.kind
        canBlock = kind != .regular && kind != .directory
        buffer = .allocate(byteCount: RecordReader.blockSize, alignment: 16)
    }

    deinit {
        buffer.deallocate()
        if ownsDescriptor { System.close(descriptor) }
    }

    /// The next record, without its delimiter. The last may lack it.
    func next() throws(InputError) -> Next {
        while true {
            if let record = takeRecord() { return .record(record) }
            if isAtEnd {
                guard start < end else { return .end }
                let record = bytes(start..<end)
                start = end
                return .record(record)
            }
            guard try fill() else { return .blocked }
        }
    }

    private func bytes(_ range: Range<Int>) -> Bytes {
        Bytes(UnsafeRawBufferPointer(rebasing: buffer[range]))
    }

    private func takeRecord() -> Bytes? {
        guard let base = buffer.baseAddress else { return nil }
        if respectsQuotes {
            let quote = UInt8(ascii: "\"")
            while searched < end {
                let byte = buffer[searched]
                searched += 1
                if byte == quote { isInQuotes.toggle() }
                if byte == lastByte, !isInQuotes { return take(endingAt: searched) }
            }
            return nil
        }
        while searched < end, let found = memchr(base + searched, Int32(lastByte), end - searched) {
            let index = UnsafeRawPointer(found) - UnsafeRawPointer(base)
            searched = index + 1
            if delimiter.count == 1 || hasDelimiter(endingAt: searched) { return take(endingAt: searched) }
        }
        searched = end
        return nil
    }

    private func hasDelimiter(endingAt index: Int) -> Bool {
        guard index - start >= delimiter.count else { return false }
        for (offset, byte) in delimiter.enumerated() where buffer[index - delimiter.count + offset] != byte {
            return false
        }
        return true
    }

    private func take(endingAt index: Int) -> Bytes {
        let record = bytes(start..<index - (respectsQuotes ? 1 : delimiter.count))
        start = index
        return record
    }

    /// Reads another block; false if that would have to wait.
    private func fill() throws(InputError) -> Bool {
        if start > 0 {
            if start < end, let base = buffer.baseAddress { memmove(base, base + start, end - start) }
            end -= start
            searched -= start
            start = 0
        }
        if end == buffer.count { grow() }
        do throws(Errno) {
            if canBlock {
                var one = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
                if try System.poll(&one, timeoutMilliseconds: 0) == 0 { return false }
            }
            let count = try System.read(descriptor, UnsafeMutableRawBufferPointer(rebasing: buffer[end...]))
            if count == 0 { isAtEnd = true }
            end += count
            return true
        } catch {
            if error == .wouldBlock { return false }
            var message: Bytes = "cannot read "
            message.append(name)
            message.append(": ")
            message.append(error.message)
            throw InputError(message)
        }
    }

    private func grow() {
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: buffer.count * 2, alignment: 16)
        larger.copyMemory(from: UnsafeRawBufferPointer(buffer))
        buffer.deallocate()
        buffer = larger
    }
}
