// Unix stream sockets that carry messages, each with its length before it, and descriptors with them.
import Bytes
import CPlatform
import Glibc

/// A connection that carries messages.
///
/// Ownership: closes its descriptor.
/// Thread: one sends and one receives at a time.
package final class UnixSocket: Sendable {
    package let descriptor: Int32

    /// A message that is larger is taken for a mistake of the other side.
    private static let largestMessage = 1 << 31

    package init(owning descriptor: Int32) { self.descriptor = descriptor }

    deinit { System.close(descriptor) }

    /// Two ends that are connected, one of them for another process.
    package static func pair() throws(Errno) -> (own: UnixSocket, other: Int32) {
        var ends: [Int32] = [-1, -1]
        _ = try checking(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends))
        return (UnixSocket(owning: ends[0]), ends[1])
    }

    /// The other side finds the connection at its end.
    package func shutDown() { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Connects to the socket at `path`.
    package convenience init(connectingTo path: Bytes) throws(Errno) {
        let descriptor = try path.withCString { (path) throws(Errno) in try retrying { thresh_connect(path) } }
        self.init(owning: descriptor)
    }

    /// Who was at the other end when it connected.
    package func peer() throws(Errno) -> (process: Int32, user: UInt32) {
        var process: Int32 = 0
        var user: UInt32 = 0
        _ = try checking(thresh_peer(descriptor, &process, &user))
        return (process, user)
    }

    /// Sends a message, and descriptors, of which the receiver gets duplicates.
    package func send(_ message: Bytes, passing descriptors: [Int32] = []) throws(Errno) {
        var frame = Bytes()
        frame.reserveCapacity(message.count + 4)
        let count = UInt32(truncatingIfNeeded: message.count)
        for shift in [0, 8, 16, 24] as [UInt32] { frame.append(UInt8(truncatingIfNeeded: count >> shift)) }
        frame.append(message)
        try frame.withUnsafeBytes { (bytes) throws(Errno) in
            var sent = 0
            while sent < bytes.count {
                let rest = UnsafeBufferPointer(rebasing: bytes[sent...])
                let passed = sent == 0 ? descriptors.count : 0
                sent += try retrying { thresh_send(descriptor, rest.baseAddress, rest.count, descriptors, passed) }
            }
        }
    }

    /// Receives a message, waiting for it; nil at the end of the connection.
    package func receive() throws(Errno) -> (message: Bytes, descriptors: [Int32])? {
        var passed: [Int32] = []
        var header = Bytes()
        do throws(Errno) {
            guard try receive(4, into: &header, &passed) else { return nil }
            var count = 0
            for (index, byte) in header.enumerated() { count |= Int(byte) << (8 * index) }
            guard count <= UnixSocket.largestMessage else { throw .invalidArgument }
            var message = Bytes()
            guard try receive(count, into: &message, &passed) else { throw .brokenPipe }
            return (message, passed)
        } catch {
            for descriptor in passed { System.close(descriptor) }
            throw error
        }
    }

    /// Receives so many bytes; false if the connection ended before the first.
    private func receive(_ count: Int, into bytes: inout Bytes, _ passed: inout [Int32]) throws(Errno) -> Bool {
        let size = min(count, 1 << 16)
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: max(size, 1), alignment: 8)
        defer { chunk.deallocate() }
        var descriptors = [Int32](repeating: -1, count: Int(THRESH_PASSED_MAX))
        while bytes.count < count {
            var found = 0
            let wanted = min(size, count - bytes.count)
            let received = try retrying {
                thresh_receive(descriptor, chunk.baseAddress, wanted, &descriptors, &found)
            }
            passed += descriptors[..<found]
            if received == 0 {
                if bytes.isEmpty { return false }
                throw .brokenPipe
            }
            bytes.append(
                contentsOf: UnsafeRawBufferPointer(rebasing: chunk[..<received]).bindMemory(to: UInt8.self))
        }
        return true
    }
}

/// A socket at which others connect.
///
/// Ownership: closes its descriptor; the path is the owner's to remove.
package final class UnixListener: Sendable {
    package let descriptor: Int32
    package let path: Bytes

    /// Listens at `path`, which must not exist.
    package init(at path: Bytes) throws(Errno) {
        self.path = path
        descriptor = try path.withCString { (path) throws(Errno) in try checking(thresh_listen(path)) }
    }

    deinit { System.close(descriptor) }

    /// The next who connects, waiting for it.
    package func accept() throws(Errno) -> UnixSocket {
        UnixSocket(owning: try retrying { thresh_accept(descriptor) })
    }
}
