import Bytes
import CPlatform
import Glibc

/// A port of a host that a socket can connect to.
package struct NetworkAddress: Equatable, Sendable {
    /// Numeric, of version 4 or 6.
    package var host: Bytes
    package var port: UInt16
    package var isStream: Bool

    /// Where a host, by name or number, and a service or port can be reached, in the order of preference; empty if one of
    /// them is not known. Names are asked of getent(1), as those of users are.
    package static func all(host: Bytes, service: Bytes, isStream: Bool) -> [NetworkAddress] {
        guard let port = port(of: service, isStream: isStream) else { return [] }
        return hosts(named: host, isStream: isStream).map {
            NetworkAddress(host: $0, port: port, isStream: isStream)
        }
    }

    private static func port(of service: Bytes, isStream: Bool) -> UInt16? {
        if let number = service.decimal { return UInt16(exactly: number) }
        // http 80/tcp www
        guard let line = System.askDatabase("services", for: service + (isStream ? "/tcp" : "/udp")) else { return nil }
        let fields = line.split(on: UInt8(ascii: " ")).filter { !$0.isEmpty }
        guard fields.count > 1, let number = fields[1].split(on: UInt8(ascii: "/"))[0].decimal else { return nil }
        return UInt16(exactly: number)
    }

    private static func hosts(named host: Bytes, isStream: Bool) -> [Bytes] {
        if isNumeric(host) { return [host] }
        // Lines such as "127.0.0.1 STREAM localhost", "127.0.0.1 DGRAM".
        guard !host.isEmpty, let answer = System.askDatabase("ahosts", for: host) else { return [] }
        return answer.split(on: UInt8(ascii: "\n")).compactMap { (line) -> Bytes? in
            let fields = line.split(on: UInt8(ascii: " ")).filter { !$0.isEmpty }
            guard fields.count > 1, fields[1] == (isStream ? "STREAM" : "DGRAM") else { return nil }
            return isNumeric(fields[0]) ? fields[0] : nil
        }
    }

    private static func isNumeric(_ host: Bytes) -> Bool {
        var address = in6_addr()
        return host.withCString { inet_pton(AF_INET, $0, &address) == 1 || inet_pton(AF_INET6, $0, &address) == 1 }
    }

    /// A socket that connects to it. It is connected when it has become writable and `finish` says so.
    package func beginConnecting() throws(Errno) -> Int32 {
        try host.withCString { (host) throws(Errno) in
            try checking(thresh_begin_connecting(host, port, isStream ? 1 : 0))
        }
    }

    /// Whether the connection was made. Reads and writes wait from then on.
    package static func finishConnecting(_ descriptor: Int32) throws(Errno) {
        _ = try checking(thresh_end_connecting(descriptor))
    }
}
