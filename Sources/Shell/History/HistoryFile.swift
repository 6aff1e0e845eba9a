// The file of the history. Several shells have it open at the same time, and none may lose what another has written.
//
// A command is appended when it was entered, in one write to the end of the file, under a lock. A file that has become too
// long is written anew beside the old one and takes its name, under the lock of the old one; so whoever has waited for that
// lock must look whether the file still has its name. Whatever kills a shell, the file is whole.
//
// A line `#` and a number before each command says when it was entered, as in bash. It also says where a command begins, so
// that one of several lines stays one. A file without such lines has a command on each line.
//
// `history -n` reads what others have appended. For that the file's length when it was last read is kept, and where between
// then and now our own commands lie. If the file was meanwhile replaced, it is the times of the commands that tell.

import Bytes
import Glibc
import Platform
import struct Synchronization.Atomic

/// Lock: `place`, beside that of the file.
package final class HistoryFile: Sendable {
    /// What is known of the file that was read.
    private struct Place {
        var path: Bytes
        var file: FileStatus
        /// What is before was read.
        var seen: Int
        /// What this shell has written behind it.
        var own: [Range<Int>] = []
        /// When it was read, in seconds since 1970.
        var time: Int64
    }

    private let place = Mutex<Place?>(nil)
    private let active = Atomic<Bool>(false)

    /// Whether the commands are to be appended as they are entered.
    package var isActive: Bool {
        get { active.load(ordering: .relaxed) }
        set { active.store(newValue, ordering: .relaxed) }
    }

    // MARK: Reading

    /// All commands of the file.
    package func read(_ path: Bytes) throws(Errno) -> [HistoryEntry] {
        let (text, file) = try HistoryFile.locked(path, O_RDONLY) { (fd, file) throws(Errno) in
            (try System.readAll(fd), file)
        }
        note(path, file, seen: text.count)
        return HistoryFile.parse(text).map(\.entry)
    }

    /// All commands of the file, which loses the oldest if there are more than `limit`.
    package func readAndTrim(_ path: Bytes, to limit: Int?) throws(Errno) -> [HistoryEntry] {
        let entries = try read(path)
        guard let limit, entries.count > limit else { return entries }
        try? trim(path, to: limit)
        return Array(entries.suffix(limit))
    }

    /// The commands that others have appended since the file was last read.
    ///
    /// - Parameter known: what this shell has in its list.
    package func readNew(_ path: Bytes, known: some Sequence<HistoryEntry>) throws(Errno) -> [HistoryEntry] {
        let (text, file) = try HistoryFile.locked(path, O_RDONLY) { (fd, file) throws(Errno) in
            (try System.readAll(fd), file)
        }
        let before = place.withLock { $0 }
        note(path, file, seen: text.count)
        guard let before, before.path == path else { return HistoryFile.parse(text).map(\.entry) }
        if before.file.isSameFile(as: file), text.count >= before.seen {
            return HistoryFile.parse(text.suffix(from: before.seen)).filter { found in
                !before.own.contains { $0.contains(before.seen + found.start) }
            }.map(\.entry)
        }
        let known = Set(known)
        return HistoryFile.parse(text).map(\.entry).filter { $0.time >= before.time && !known.contains($0) }
    }

    private func note(_ path: Bytes, _ file: FileStatus, seen: Int) {
        place.withLock { $0 = Place(path: path, file: file, seen: seen, time: HistoryFile.now) }
    }

    private static var now: Int64 { Int64(Clock.realtimeMicroseconds() / 1_000_000) }

    // MARK: Writing

    /// Appends commands; the file and its directory are made if they are not there.
    ///
    /// - Parameter withTimes: each with the line that tells its time.
    package func append(_ entries: [HistoryEntry], to path: Bytes, withTimes: Bool = true) throws(Errno) {
        guard !entries.isEmpty else { return }
        try HistoryFile.makeDirectory(of: path)
        try HistoryFile.locked(path, O_RDWR | O_APPEND | O_CREAT) { (fd, file) throws(Errno) in
            var text = Bytes()
            // What was cut off in the middle must not join the next line.
            if file.size > 0, !HistoryFile.endsLine(fd, file.size) { text.append(UInt8(ascii: "\n")) }
            text.append(HistoryFile.text(of: entries, withTimes))
            try System.writeAll(fd, text)
            let start = Int(file.size)
            place.withLock { place in
                // Where there was no file to read, all that others write is new.
                if place == nil {
                    place = Place(path: path, file: file, seen: 0, time: HistoryFile.now)
                }
                if place?.path == path, place?.file.isSameFile(as: file) == true {
                    place?.own.append(start..<start + text.count)
                }
            }
        }
    }

    /// Takes back what was appended last, if nothing has come after it.
    package func retract(_ path: Bytes) {
        try? HistoryFile.locked(path, O_RDWR) { (fd, file) throws(Errno) in
            let start = place.withLock { place -> Int? in
                guard place?.path == path, place?.file.isSameFile(as: file) == true, let last = place?.own.last,
                    last.upperBound == Int(file.size)
                else { return nil }
                place?.own.removeLast()
                return last.lowerBound
            }
            if let start { try System.truncate(fd, to: Int64(start)) }
        }
    }

    /// Makes these commands the file's.
    package func write(
        _ entries: some Sequence<HistoryEntry>, to path: Bytes, withTimes: Bool = true
    ) throws(Errno) {
        try HistoryFile.makeDirectory(of: path)
        try HistoryFile.locked(path, O_RDWR | O_CREAT) { (fd, file) throws(Errno) in
            try replace(path, fd, file, with: HistoryFile.text(of: entries, withTimes))
        }
    }

    /// Drops the oldest commands of a file that has more than `limit`.
    package func trim(_ path: Bytes, to limit: Int) throws(Errno) {
        try HistoryFile.locked(path, O_RDWR) { (fd, file) throws(Errno) in
            guard file.kind == .regular else { return }
            let text = try System.readAll(fd)
            guard HistoryFile.hasMoreLines(text, than: limit) else { return }
            let found = HistoryFile.parse(text)
            guard found.count > limit else { return }
            let cut = limit > 0 ? found[found.count - limit].start : text.count
            let before = place.withLock { $0 }
            try replace(path, fd, file, with: text.suffix(from: cut))
            place.withLock { place in
                guard let before, before.path == path, before.file.isSameFile(as: file) else { return }
                place?.seen = max(before.seen - cut, 0)
                place?.own = before.own.filter { $0.lowerBound >= cut }.map {
                    $0.lowerBound - cut..<$0.upperBound - cut
                }
            }
        }
    }

    /// Puts a file with this text in the place of the one that is locked.
    private func replace(_ path: Bytes, _ fd: Int32, _ file: FileStatus, with text: Bytes) throws(Errno) {
        guard file.kind == .regular else { return try System.writeAll(fd, text) }
        let target = HistoryFile.resolved(path)
        let temporary = target + "." + Bytes(decimal: System.processID) + ".new"
        let new = try System.open(temporary, flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        defer { System.close(new) }
        do throws(Errno) {
            // Who may write another's file does not take it away from them.
            if fchown(new, file.uid, file.gid) != 0, file.uid != System.effectiveUserID { throw .notPermitted }
            _ = fchmod(new, mode_t(file.mode & 0o777))
            try System.writeAll(new, text)
            let made = try System.status(of: new)
            try System.rename(temporary, to: target)
            note(path, made, seen: text.count)
        } catch {
            try? System.unlink(temporary)
            throw error
        }
    }

    // MARK: The lock

    /// Opens the file and runs `body` with its lock. Only a file without a lock to be had, such as one on a broken server, is
    /// used without one, after a second.
    private static func locked<R>(
        _ path: Bytes, _ flags: Int32, _ body: (Int32, FileStatus) throws(Errno) -> R
    ) throws(Errno) -> R {
        // A FIFO would keep the shell waiting.
        if let status = try? System.status(path), status.kind != .regular, status.kind != .character {
            throw status.kind == .directory ? .isDirectory : .invalidArgument
        }
        for attempt in 0... {
            let fd = try System.open(path, flags: flags, mode: 0o600)
            defer { System.close(fd) }
            guard try System.status(of: fd).kind == .regular else { return try body(fd, System.status(of: fd)) }
            let end = Clock.monotonicNanoseconds() + 1_000_000_000
            while flock(fd, LOCK_EX | LOCK_NB) != 0, Clock.monotonicNanoseconds() < end {
                Clock.sleep(until: Clock.monotonicNanoseconds() + 1_000_000)
            }
            let file = try System.status(of: fd)
            // It may have been replaced while we waited.
            if attempt < 100, (try? System.status(path))?.isSameFile(as: file) != true { continue }
            return try body(fd, file)
        }
        throw .busy
    }

    private static func endsLine(_ fd: Int32, _ size: Int64) -> Bool {
        var last: UInt8 = 0
        return pread(fd, &last, 1, off_t(size - 1)) != 1 || last == UInt8(ascii: "\n")
    }

    private static func makeDirectory(of path: Bytes) throws(Errno) {
        guard let slash = path.findLast(UInt8(ascii: "/")), slash > 0 else { return }
        let directory = path.prefix(slash)
        if (try? System.status(directory)) != nil { return }
        try makeDirectory(of: directory)
        do throws(Errno) { try System.makeDirectory(directory, mode: 0o700) } catch {
            if error != .exists { throw error }
        }
    }

    /// The file behind symbolic links.
    private static func resolved(_ path: Bytes) -> Bytes {
        path.withCString { name in
            guard let real = realpath(name, nil) else { return path }
            defer { free(real) }
            return Bytes(cString: real)
        }
    }

    // MARK: The form

    private static func text(of entries: some Sequence<HistoryEntry>, _ withTimes: Bool) -> Bytes {
        var text = Bytes()
        for entry in entries {
            if withTimes {
                text.append(UInt8(ascii: "#"))
                text.append(decimal: entry.time)
                text.append(UInt8(ascii: "\n"))
            }
            text.append(entry.command)
            text.append(UInt8(ascii: "\n"))
        }
        return text
    }

    /// The commands in a file's text, each with the place where it begins, its time's line included.
    static func parse(_ text: Bytes) -> [(entry: HistoryEntry, start: Int)] {
        var found: [(entry: HistoryEntry, start: Int)] = []
        var time: Int64?
        var timeStart = 0
        var isComplete = true
        var start = 0
        while start < text.count {
            let end = text.find(UInt8(ascii: "\n"), from: start) ?? text.count
            let line = text[start..<end]
            if let stamp = timestamp(line) {
                (time, timeStart, isComplete) = (stamp, start, true)
            } else if let time, isComplete {
                found.append((HistoryEntry(command: line, time: time), timeStart))
                isComplete = false
            } else if time == nil {
                if !line.isEmpty { found.append((HistoryEntry(command: line), start)) }
            } else if !found.isEmpty {
                found[found.count - 1].entry.command += "\n" + line
            }
            start = end + 1
        }
        return found
    }

    /// Whether there may be more commands than that: each takes a line at least.
    private static func hasMoreLines(_ text: Bytes, than limit: Int) -> Bool {
        var (count, start) = (0, 0)
        while count <= limit, let end = text.find(UInt8(ascii: "\n"), from: start) {
            (count, start) = (count + 1, end + 1)
        }
        return count > limit || start < text.count
    }

    private static func timestamp(_ line: Bytes) -> Int64? {
        guard line.first == UInt8(ascii: "#"), line.count > 1, line[1] >= 0x30, line[1] <= 0x39 else { return nil }
        return line.dropFirst().decimal.map(Int64.init)
    }
}
