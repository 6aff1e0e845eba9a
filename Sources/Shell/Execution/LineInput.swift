import Bytes
import Glibc
import Platform

/// Lines of a descriptor for the parser. Shared with commands, no byte is read past the line: in blocks and a seek back where
/// that is possible, else byte by byte.
package final class LineInput {
    private var descriptor: Int32
    private let isShared: Bool
    private var isSeekable: Bool
    /// What was read, and how much of it was handed out.
    private var buffer = Bytes()
    private var offset = 0
    var error: Errno?

    package init(descriptor: Int32, isShared: Bool) {
        self.descriptor = descriptor
        self.isShared = isShared
        isSeekable = (try? System.seek(descriptor, 0, SEEK_CUR)) != nil
    }

    /// The next line with its newline; empty at the end.
    package func next(_ sh: Interpreter) throws(Errno) -> Bytes {
        if isShared { followStandardInput(sh) }
        if descriptor < 0 { return Bytes() }
        if isShared && !isSeekable { return try lineByBytes() }
        var line = Bytes()
        while true {
            if let newline = buffer.find(UInt8(ascii: "\n"), from: offset) {
                line.append(buffer[offset...newline])
                offset = newline + 1
                if isShared {
                    let excess = buffer.count - offset
                    if excess > 0 { _ = try System.seek(descriptor, Int64(-excess), SEEK_CUR) }
                    (buffer, offset) = (Bytes(), 0)
                }
                return line
            }
            line.append(buffer[offset..<buffer.count])
            (buffer, offset) = (Bytes(), 0)
            buffer = try Bytes(capacity: 32768) { (bytes) throws(Errno) -> Int in try System.read(descriptor, bytes) }
            if buffer.isEmpty { return line }
        }
    }

    /// After an `exec` with a redirection the commands come from where standard input leads then.
    private func followStandardInput(_ sh: Interpreter) {
        let now = sh.context.descriptors.descriptor(0) ?? -1
        guard now != descriptor else { return }
        descriptor = now
        isSeekable = (try? System.seek(now, 0, SEEK_CUR)) != nil
    }

    private func lineByBytes() throws(Errno) -> Bytes {
        var line = Bytes()
        while true {
            let byte = try Bytes(capacity: 1) { (buffer) throws(Errno) -> Int in try System.read(descriptor, buffer) }
            if byte.isEmpty { return line }
            line.append(byte)
            if byte[0] == UInt8(ascii: "\n") { return line }
        }
    }
}
