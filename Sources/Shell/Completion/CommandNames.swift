import Bytes
import Glibc
import Platform

/// The names in the directories of PATH. A directory is read again when its time of change is another.
///
/// Thread: its interpreter's.
package final class CommandNames {
    private struct Directory {
        var seconds: Int64
        var nanoseconds: Int64
        var names: [Bytes]
    }

    private var directories: [Bytes: Directory] = [:]

    /// The names of the programs in `path` that `accepts` takes, each once, in no order.
    func names(in path: Bytes, at base: Int32, _ accepts: (Bytes) -> Bool) -> [Bytes] {
        var found: Set<Bytes> = []
        for entry in path.split(on: UInt8(ascii: ":")) {
            let directory: Bytes = entry.isEmpty ? "." : entry
            guard let status = try? System.status(directory, at: base), status.kind == .directory else { continue }
            let names = self.names(in: directory, status, at: base)
            for name in names where accepts(name) && !found.contains(name) {
                // A program may have become one, or none, without a change of the directory.
                let file = directory + "/" + name
                guard let status = try? System.status(file, at: base), status.kind == .regular,
                    status.mode & 0o111 == 0o111 || System.access(file, X_OK, at: base, effective: true)
                else { continue }
                found.insert(name)
            }
        }
        return Array(found)
    }

    /// All names in `path`, whether they can be run or not.
    func allNames(in path: Bytes, at base: Int32) -> [Bytes] {
        path.split(on: UInt8(ascii: ":")).flatMap { entry -> [Bytes] in
            let directory: Bytes = entry.isEmpty ? "." : entry
            guard let status = try? System.status(directory, at: base), status.kind == .directory else { return [] }
            return names(in: directory, status, at: base)
        }
    }

    private func names(in directory: Bytes, _ status: FileStatus, at base: Int32) -> [Bytes] {
        let isAbsolute = directory.first == UInt8(ascii: "/")
        let (seconds, nanoseconds) = status.modified
        if isAbsolute, let known = directories[directory], known.seconds == seconds, known.nanoseconds == nanoseconds {
            return known.names
        }
        var names: [Bytes] = []
        try? System.forEachEntry(of: directory, at: base) { name, kind in
            if kind != .directory { names.append(Bytes(name)) }
        }
        if isAbsolute {
            directories[directory] = Directory(seconds: seconds, nanoseconds: nanoseconds, names: names)
        }
        return names
    }
}
