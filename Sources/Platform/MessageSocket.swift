// Pairs of sockets that carry messages whole, for any number of senders and receivers in any processes.
//
// A message is one datagram of a connected pair (SOCK_SEQPACKET), which the kernel neither splits nor mixes with others. What is
// too large for that travels in a file in memory, whose descriptor is the message. So no lock is needed between processes, and
// who is killed leaves no half of a message.
import Bytes
import CPlatform
import Glibc

package enum MessageSocket {
    private static let inline: UInt8 = 0
    private static let inFile: UInt8 = 1
    /// What is larger goes into a file.
    private static let inlineLimit = 32 << 10

    /// What there is to receive.
    package enum Prospect: Sendable {
        case something, nothing, end
    }

    package static func pair() throws(Errno) -> (Int32, Int32) { try pair(keepsMessages: true) }

    /// A pair that carries bytes.
    package static func streamPair() throws(Errno) -> (Int32, Int32) { try pair(keepsMessages: false) }

    private static func pair(keepsMessages: Bool) throws(Errno) -> (Int32, Int32) {
        var ends: (Int32, Int32) = (-1, -1)
        let result = withUnsafeMutablePointer(to: &ends) {
            $0.withMemoryRebound(to: Int32.self, capacity: 2) { thresh_socket_pair(keepsMessages ? 1 : 0, $0) }
        }
        _ = try checking(result)
        return ends
    }

    /// A message as it is sent; made once, whatever number of attempts it takes.
    package struct Parcel: ~Copyable {
        fileprivate let bytes: Bytes
        fileprivate let file: Int32

        package init(_ message: Bytes) throws(Errno) {
            var bytes = Bytes()
            if message.count <= MessageSocket.inlineLimit {
                bytes.append(MessageSocket.inline)
                bytes.append(message)
                file = -1
            } else {
                bytes.append(MessageSocket.inFile)
                file = try message.withUnsafeBytes { (content) throws(Errno) in
                    try System.memoryFile("message", holding: UnsafeRawBufferPointer(content))
                }
            }
            self.bytes = bytes
        }

        deinit { if file >= 0 { System.close(file) } }
    }

    /// Sends a message without waiting.
    ///
    /// Errors: EAGAIN if there is no room; EPIPE if nobody can receive it any more.
    package static func send(_ parcel: borrowing Parcel, on descriptor: Int32) throws(Errno) {
        let file = parcel.file
        try parcel.bytes.withUnsafeBytes { (bytes) throws(Errno) in
            _ = try retrying {
                withUnsafePointer(to: file) {
                    thresh_send_now(descriptor, bytes.baseAddress, bytes.count, $0, file >= 0 ? 1 : 0)
                }
            }
        }
    }

    /// Receives a message without waiting; nil at the end.
    ///
    /// Errors: EAGAIN if there is none.
    package static func receive(on descriptor: Int32) throws(Errno) -> Bytes? {
        var passed = [Int32](repeating: -1, count: Int(THRESH_PASSED_MAX))
        var found = 0
        let message = try Bytes(capacity: inlineLimit + 1) { (buffer) throws(Errno) in
            try retrying { thresh_receive_now(descriptor, buffer.baseAddress, buffer.count, &passed, &found) }
        }
        defer { for file in passed[..<found] { System.close(file) } }
        guard let kind = message.first else { return nil }
        if kind == inline { return message.dropFirst() }
        guard found > 0 else { throw .invalidArgument }
        // Whoever sent it has moved the file's offset to its start.
        _ = try? System.seek(passed[0], 0, SEEK_SET)
        return try System.readAll(passed[0])
    }

    package static func prospect(of descriptor: Int32) -> Prospect {
        do throws(Errno) {
            return try retrying { thresh_peek_now(descriptor) } == 0 ? .end : .something
        } catch { return error == .wouldBlock ? .nothing : .end }
    }

    /// Sends some of the bytes without waiting, on a pair that carries bytes; how many.
    package static func sendBytes(_ bytes: UnsafeRawBufferPointer, on descriptor: Int32) throws(Errno) -> Int {
        try retrying { thresh_send_now(descriptor, bytes.baseAddress, bytes.count, nil, 0) }
    }
}
