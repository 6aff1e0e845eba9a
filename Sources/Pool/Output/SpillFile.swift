// Output that does not fit in memory: an unlinked file in $TMPDIR, which the system removes with its last descriptor,
// however the run ends.

import Bytes
import Glibc
import Platform

/// Where spilled output goes, and how it comes back.
enum SpillFile {
    /// $TMPDIR, or /tmp.
    static func directory(_ variable: Bytes?) -> Bytes {
        guard let variable, !variable.isEmpty else { return "/tmp" }
        return variable
    }

    static func open(in directory: Bytes) throws(OutputError) -> Int32 {
        do throws(Errno) {
            return try System.temporaryFile(in: directory)
        } catch {
            throw OutputError(place: .spill(directory: directory), errno: error)
        }
    }

    static func append(_ bytes: UnsafeRawBufferPointer, to file: Int32, in directory: Bytes) throws(OutputError) {
        do throws(Errno) {
            try System.writeAll(file, bytes)
        } catch {
            throw OutputError(place: .spill(directory: directory), errno: error)
        }
    }

    /// Calls `body` with the file's bytes from `start` to `end`, a piece at a time, in `scratch`.
    static func read(
        _ file: Int32, from start: Int, to end: Int, scratch: UnsafeMutableRawBufferPointer, directory: Bytes,
        _ body: (UnsafeRawBufferPointer) throws(OutputError) -> Void
    ) throws(OutputError) {
        var position = start
        while position < end {
            let count = pread(file, scratch.baseAddress, min(scratch.count, end - position), off_t(position))
            if count < 0 && Glibc.errno == EINTR { continue }
            guard count > 0 else {
                throw OutputError(place: .spill(directory: directory), errno: Errno(count < 0 ? Glibc.errno : EIO))
            }
            try body(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
            position += count
        }
    }
}
