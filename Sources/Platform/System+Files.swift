import Bytes
import CPlatform
import Glibc

/// What kind of thing a name in a file system stands for.
package enum FileKind: Sendable {
    case regular, directory, link, fifo, socket, block, character, unknown

    init(mode: UInt32) {
        switch mode & UInt32(S_IFMT) {
        case UInt32(S_IFREG): self = .regular
        case UInt32(S_IFDIR): self = .directory
        case UInt32(S_IFLNK): self = .link
        case UInt32(S_IFIFO): self = .fifo
        case UInt32(S_IFSOCK): self = .socket
        case UInt32(S_IFBLK): self = .block
        case UInt32(S_IFCHR): self = .character
        default: self = .unknown
        }
    }

    /// From d_type of a directory entry, which some file systems leave at 0.
    init(entryType: UInt8) {
        self.init(mode: UInt32(entryType) << 12)
    }
}

/// What stat tells of a file.
package struct FileStatus: Sendable {
    package var kind: FileKind
    /// The permission bits, with set-user-ID, set-group-ID and sticky: 07777.
    package var mode: UInt32
    package var size: Int64
    package var uid: UInt32
    package var gid: UInt32
    package var device: UInt64
    package var inode: UInt64
    package var linkCount: UInt64
    package var modified: (seconds: Int64, nanoseconds: Int64)
    package var accessed: (seconds: Int64, nanoseconds: Int64)
    /// For a device file, the device that it stands for.
    package var specialDevice: UInt64

    init(_ info: stat) {
        kind = FileKind(mode: UInt32(info.st_mode))
        mode = UInt32(info.st_mode) & 0o7777
        size = Int64(info.st_size)
        uid = UInt32(info.st_uid)
        gid = UInt32(info.st_gid)
        device = UInt64(info.st_dev)
        inode = UInt64(info.st_ino)
        linkCount = UInt64(info.st_nlink)
        modified = (Int64(info.st_mtim.tv_sec), Int64(info.st_mtim.tv_nsec))
        accessed = (Int64(info.st_atim.tv_sec), Int64(info.st_atim.tv_nsec))
        specialDevice = UInt64(info.st_rdev)
    }

    /// Whether both are the same file, however it was named.
    package func isSameFile(as other: FileStatus) -> Bool { device == other.device && inode == other.inode }
}

// A relative path is resolved against `directory`, an open directory; AT_FDCWD is the process's own.
extension System {
    /// Opens a file close-on-exec. `mode` is what a new file gets, less the umask of the process.
    package static func open(
        _ path: Bytes, flags: Int32, mode: UInt16 = 0o666, at directory: Int32 = AT_FDCWD
    ) throws(Errno) -> Int32 {
        try path.withCString { (path) throws(Errno) in
            try retrying { openat(directory, path, flags | O_CLOEXEC, mode_t(mode)) }
        }
    }

    /// Opens a directory for use as the base of other calls; search permission alone is enough.
    package static func openDirectory(_ path: Bytes, at directory: Int32 = AT_FDCWD) throws(Errno) -> Int32 {
        try path.withCString { (path) throws(Errno) in try retrying { thresh_open_base(directory, path) } }
    }

    /// The contents of a file.
    package static func readFile(_ path: Bytes, at directory: Int32 = AT_FDCWD) throws(Errno) -> Bytes {
        let fd = try open(path, flags: O_RDONLY, at: directory)
        defer { close(fd) }
        return try readAll(fd)
    }

    package static func status(
        _ path: Bytes, at directory: Int32 = AT_FDCWD, followLinks: Bool = true
    ) throws(Errno) -> FileStatus {
        var info = stat()
        try path.withCString { (path) throws(Errno) in
            _ = try checking(fstatat(directory, path, &info, followLinks ? 0 : AT_SYMLINK_NOFOLLOW))
        }
        return FileStatus(info)
    }

    package static func status(of fd: Int32) throws(Errno) -> FileStatus {
        var info = stat()
        _ = try checking(fstat(fd, &info))
        return FileStatus(info)
    }

    /// Whether the file exists and may be used as `mode` says (F_OK, R_OK, W_OK, X_OK), by the effective user and group
    /// or by the real ones.
    package static func access(
        _ path: Bytes, _ mode: Int32, at directory: Int32 = AT_FDCWD, effective: Bool = true
    ) -> Bool {
        path.withCString { faccessat(directory, $0, mode, effective ? AT_EACCESS : 0) == 0 }
    }

    /// Where a symbolic link points.
    package static func readLink(_ path: Bytes, at directory: Int32 = AT_FDCWD) throws(Errno) -> Bytes {
        try path.withCString { (path) throws(Errno) in
            try Bytes(capacity: Int(PATH_MAX)) { (buffer) throws(Errno) in
                guard let start = buffer.baseAddress?.assumingMemoryBound(to: CChar.self) else { return 0 }
                return try checking(readlinkat(directory, path, start, buffer.count))
            }
        }
    }

    /// Removes a name; of a directory with `isDirectory`.
    package static func unlink(
        _ path: Bytes, at directory: Int32 = AT_FDCWD, isDirectory: Bool = false
    ) throws(Errno) {
        try path.withCString { (path) throws(Errno) in
            _ = try checking(unlinkat(directory, path, isDirectory ? AT_REMOVEDIR : 0))
        }
    }

    package static func rename(_ from: Bytes, to: Bytes, at directory: Int32 = AT_FDCWD) throws(Errno) {
        try from.withCString { (from) throws(Errno) in
            try to.withCString { (to) throws(Errno) in _ = try checking(renameat(directory, from, directory, to)) }
        }
    }

    package static func makeDirectory(
        _ path: Bytes, mode: UInt16 = 0o777, at directory: Int32 = AT_FDCWD
    ) throws(Errno) {
        try path.withCString { (path) throws(Errno) in _ = try checking(mkdirat(directory, path, mode_t(mode))) }
    }

    package static func makeFifo(_ path: Bytes, mode: UInt16 = 0o666, at directory: Int32 = AT_FDCWD) throws(Errno) {
        try path.withCString { (path) throws(Errno) in _ = try checking(mkfifoat(directory, path, mode_t(mode))) }
    }

    // MARK: Directories

    /// The absolute path of the process's working directory.
    package static func currentDirectory() throws(Errno) -> Bytes {
        guard let path = getcwd(nil, 0) else { throw Errno.last }
        defer { free(path) }
        return Bytes(cString: path)
    }

    /// Makes an open directory the process's working directory.
    package static func changeDirectory(_ fd: Int32) throws(Errno) {
        _ = try checking(fchdir(fd))
    }

    package static func changeDirectory(_ path: Bytes) throws(Errno) {
        _ = try path.withCString { (path) throws(Errno) in try checking(chdir(path)) }
    }

    /// The names in a directory, in no order, without `.` and `..`.
    package static func listDirectory(_ path: Bytes, at directory: Int32 = AT_FDCWD) throws(Errno) -> [Bytes] {
        let fd = try open(path, flags: O_RDONLY | O_DIRECTORY, at: directory)
        var names: [Bytes] = []
        try readEntries(takingOver: fd) { name, _ in names.append(Bytes(name)) }
        return names
    }

    /// The names in an open directory, in no order, without `.` and `..`. `fd` stays open, its offset is not used.
    package static func listDirectory(_ fd: Int32) throws(Errno) -> [Bytes] {
        try listDirectory(".", at: fd)
    }

    /// Gives `body` each name in a directory but `.` and `..`, and its kind as far as the directory itself tells
    /// (`.unknown` where it doesn't; a symbolic link is `.link`). No allocation for names that `body` doesn't keep.
    package static func forEachEntry(
        of path: Bytes, at directory: Int32 = AT_FDCWD, _ body: (UnsafeBufferPointer<UInt8>, FileKind) -> Void
    ) throws(Errno) {
        try readEntries(takingOver: open(path, flags: O_RDONLY | O_DIRECTORY, at: directory), body)
    }

    private static func readEntries(
        takingOver fd: Int32, _ body: (UnsafeBufferPointer<UInt8>, FileKind) -> Void
    ) throws(Errno) {
        guard let stream = fdopendir(fd) else {
            let error = Errno.last
            close(fd)
            throw error
        }
        defer { closedir(stream) }
        var type: UInt8 = 0
        while let name = thresh_next_entry(UnsafeMutableRawPointer(stream), &type) {
            let count = strlen(name)
            let bytes = UnsafeRawPointer(name).assumingMemoryBound(to: UInt8.self)
            if bytes[0] == UInt8(ascii: "."), count == 1 || (count == 2 && bytes[1] == UInt8(ascii: ".")) { continue }
            body(UnsafeBufferPointer(start: bytes, count: count), FileKind(entryType: type))
        }
        let error = Errno.last
        if error.code != 0 { throw error }
    }

    // MARK: Temporary files

    /// A new file without a name in `directory`, for reading and writing; it is gone when it is closed.
    package static func temporaryFile(in directory: Bytes) throws(Errno) -> Int32 {
        do throws(Errno) {
            return try directory.withCString { (path) throws(Errno) in try retrying { thresh_unnamed_file(path) } }
        } catch {
            // File systems without O_TMPFILE (and old kernels, which take it for O_DIRECTORY) refuse in these ways.
            guard error == .notSupported || error == .isDirectory || error == .invalidArgument else { throw error }
        }
        var template = directory
        template.append("/thresh.XXXXXX")
        template.append(0)
        var characters = template.map { CChar(bitPattern: $0) }
        let fd = thresh_temporary_file(&characters)
        if fd < 0 { throw Errno.last }
        Glibc.unlink(characters)
        return fd
    }
}
