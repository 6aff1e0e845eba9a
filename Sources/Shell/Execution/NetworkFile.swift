import Bytes
import Glibc
import Platform

/// What `/dev/tcp/HOST/PORT` and `/dev/udp/HOST/PORT` name in a redirection, as in bash: a connection.
struct NetworkFile {
    let host: Bytes
    let service: Bytes
    let isStream: Bool

    /// Nil for any other path.
    init?(path: Bytes) {
        let isStream = path.hasPrefix("/dev/tcp/")
        guard isStream || path.hasPrefix("/dev/udp/") else { return nil }
        let parts = path.dropFirst(9).split(on: UInt8(ascii: "/"))
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        (host, service, self.isStream) = (parts[0], parts[1], isStream)
    }
}

extension Interpreter {
    /// The connection that `path` names, nil for any other path. POSIX has no such files.
    func networkFile(_ path: Bytes) -> NetworkFile? { has(.posix) ? nil : NetworkFile(path: path) }

    /// Connects to the first of the host's addresses that answers. Signals get through while it waits.
    func connect(to file: NetworkFile) throws(Unwind) -> Result<Int32, Errno> {
        let addresses = NetworkAddress.all(host: file.host, service: file.service, isStream: file.isStream)
        var failure = Errno.invalidArgument
        for address in addresses {
            var descriptor: Int32 = -1
            do throws(Errno) { descriptor = try address.beginConnecting() } catch {
                failure = error
                continue
            }
            do throws(Unwind) { try waitUntilWritable(descriptor) } catch {
                System.close(descriptor)
                throw error
            }
            do throws(Errno) {
                try NetworkAddress.finishConnecting(descriptor)
                return .success(descriptor)
            } catch {
                System.close(descriptor)
                failure = error
            }
        }
        return .failure(failure)
    }

    private func waitUntilWritable(_ descriptor: Int32) throws(Unwind) {
        var descriptors = [pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)]
        while descriptors[0].revents == 0 { _ = try sleep(on: &descriptors, until: nil) }
    }
}
