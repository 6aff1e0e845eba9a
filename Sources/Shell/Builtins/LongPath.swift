import Bytes
import Glibc
import Platform

/// Directories whose paths are longer than a system call takes (PATH_MAX): gone to in pieces, and named by climbing up.
enum LongPath {
    /// A directory that one may go to: what is opened is its `.`, for which it must be searchable.
    static func openDirectory(_ path: Bytes, at directory: Int32) throws(Errno) -> Int32 {
        var base = directory
        var rest = path
        defer { if base != directory { System.close(base) } }
        while rest.count > Int(PATH_MAX) - 3 {
            // A name is 255 bytes at most, so there is a slash.
            guard let cut = rest.prefix(Int(PATH_MAX) - 3).lastIndex(of: UInt8(ascii: "/")), cut > 0 else {
                throw .nameTooLong
            }
            let next = try System.openDirectory(rest.prefix(cut), at: base)
            if base != directory { System.close(base) }
            base = next
            rest = Bytes(rest.suffix(from: cut).drop(while: { $0 == UInt8(ascii: "/") }))
        }
        if rest.isEmpty { return try System.openDirectory(".", at: base) }
        return try System.openDirectory(rest.last == UInt8(ascii: "/") ? rest + "." : rest + "/.", at: base)
    }

    /// Throws if the path is none of a directory.
    static func checkDirectory(_ path: Bytes) throws(Errno) {
        if path.count < Int(PATH_MAX) {
            guard try System.status(path).kind == .directory else { throw .notDirectory }
        } else {
            System.close(try openDirectory(path, at: AT_FDCWD))
        }
    }

    /// The path of an open directory, whose names are looked for from below in the directories above, up to one that the
    /// kernel can name. Nil if one of them can't be read or doesn't have it.
    static func of(_ descriptor: Int32) -> Bytes? {
        var names: [Bytes] = []
        var here = descriptor
        defer { if here != descriptor { System.close(here) } }
        while true {
            guard let status = try? System.status(".", at: here), let above = try? System.openDirectory("..", at: here),
                let name = try? name(of: status, in: above)
            else { return nil }
            names.append(name)
            if here != descriptor { System.close(here) }
            here = above
            var link: Bytes = "/proc/self/fd/"
            link.append(decimal: above)
            guard let path = try? System.readLink(link) else { continue }
            return path + (path == "/" ? "" : "/") + Array(names.reversed()).joined(by: "/")
        }
    }

    private static func name(of status: FileStatus, in directory: Int32) throws(Errno) -> Bytes? {
        try System.listDirectory(directory).first { name in
            (try? System.status(name, at: directory, followLinks: false))?.isSameFile(as: status) ?? false
        }
    }
}
