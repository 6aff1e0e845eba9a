import Bytes
import Glibc
import Platform
import Shell

/// The directory of sockets and of what lives longer than a shell: only its owner can enter it.
package enum RuntimeDirectory {
    /// The directory, made if it is not there: `thresh` in XDG_RUNTIME_DIR, else `/tmp/thresh-UID`.
    ///
    /// Errors: EPERM if something of that name belongs to somebody else or others may enter it.
    ///
    /// - Parameter base: what XDG_RUNTIME_DIR is; nil: as in the environment of this process.
    package static func make(base: Bytes? = nil) throws(Errno) -> Bytes {
        var failure = Errno.notFound
        for path in candidates(base) {
            do throws(Errno) {
                try makePrivate(path)
                return path
            } catch { failure = error }
        }
        throw failure
    }

    private static func candidates(_ wanted: Bytes?) -> [Bytes] {
        var paths: [Bytes] = []
        let user = System.effectiveUserID
        // The path of a socket must fit into 107 bytes.
        if let base = wanted ?? getenv("XDG_RUNTIME_DIR").map({ Bytes(cString: $0) }), base.first == UInt8(ascii: "/"),
            base.count < 60,
            let status = try? System.status(base), status.uid == user
        {
            paths.append(base + "/thresh")
        }
        paths.append("/tmp/thresh-" + Bytes(decimal: Int(user)))
        return paths
    }

    private static func makePrivate(_ path: Bytes) throws(Errno) {
        do throws(Errno) {
            try System.makeDirectory(path, mode: 0o700)
        } catch { if error != .exists { throw error } }
        let status = try System.status(path, followLinks: false)
        guard status.kind == .directory, status.uid == System.effectiveUserID, status.mode & 0o077 == 0 else {
            throw .notPermitted
        }
    }
}
