// Input that `read` has taken from a file beyond the line that it was asked for.
//
// Whoever reads after `read` goes on where its line ended, so a shell reads byte by byte, or sets the offset back after each
// line. But a file that the shell has opened itself is nobody else's until somebody asks for its descriptor: a child that
// inherits it, a copy, another built-in. Until then lines come from a buffer, with no system call for each; and the first who
// asks for the descriptor gets it with the offset put right, and ends the reading ahead (`OpenFile.descriptor`).
//
// Of a pipe between two stages nothing can be given back. There the bytes are copied with tee(2), without taking them, and taken
// when they are used up, or when somebody asks for the descriptor.
//
// A here-document needs no file at all while only `read` reads it.

import Bytes
import Glibc
import Platform
import struct Synchronization.Atomic

/// The bytes of a file between the offset that its readers should see and the one that it has.
///
/// Lock: `lock`, for everything else; `isOver` may be read without it.
final class ReadAhead: @unchecked Sendable {
    /// How often this process has opened a file for writing: it may have been the one that is being read.
    static let writersOpened = Atomic<Int>(0)

    private let lock = Mutex(())
    /// Somebody else has the descriptor: what follows must be read from there.
    private let isOver = Atomic(false)
    enum Kind: Sendable { case file, pipe, text }

    /// What a reader finds.
    enum Found: Sendable {
        case line, end
        /// Nothing yet: the descriptor is to be waited for.
        case nothing(Int32)
    }

    private let kind: Kind
    private var buffer = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var start = 0
    private var end = 0
    private var writersSeen = 0

    /// - Parameter kind: of a file, that it is a regular one is still to be seen.
    init(_ kind: Kind) { self.kind = kind }

    /// All that there is to be read.
    init(_ text: Bytes) {
        kind = .text
        allocate(text.count)
        text.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer($0)) }
        end = text.count
    }

    deinit { buffer.deallocate() }

    private func allocate(_ size: Int) {
        buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(size, 1), alignment: 8)
    }

    var isActive: Bool { !isOver.load(ordering: .relaxed) }

    /// Calls `body` while no other thread reads. Nil, without a call, if the file is no longer ours to read ahead, or of a
    /// kind that can't be. Nothing more is read from a negative descriptor.
    func reading(_ descriptor: Int32, _ body: () throws(Errno) -> Found) throws(Errno) -> Found? {
        try lock.withLock { (_) throws(Errno) -> Found? in
            guard isActive else { return nil }
            if buffer.baseAddress == nil {
                guard kind == .pipe || (try? System.status(of: descriptor))?.kind == .regular else {
                    isOver.store(true, ordering: .relaxed)
                    return nil
                }
                allocate(16384)
            }
            return try body()
        }
    }

    /// The next bytes; none at the end. To be called in `reading`.
    ///
    /// - Throws: `.wouldBlock` for a pipe that has nothing yet.
    func look(_ descriptor: Int32) throws(Errno) -> UnsafeRawBufferPointer {
        if kind == .pipe && start == end {
            takeFromPipe(descriptor)
            end = try copyFromPipe(descriptor)
        } else if kind == .file {
            let writers = ReadAhead.writersOpened.load(ordering: .relaxed)
            if writers != writersSeen {
                writersSeen = writers
                giveBack(descriptor)
            }
            if start == end {
                (start, end) = (0, 0)
                end = try System.read(descriptor, buffer)
            }
        }
        return UnsafeRawBufferPointer(rebasing: buffer[start..<end])
    }

    /// Takes the first of the bytes that `look` gave.
    func take(_ count: Int) { start += count }

    /// Takes from a pipe what was used.
    private func takeFromPipe(_ descriptor: Int32) {
        var left = start
        while left > 0 {
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<left])
            guard let count = try? System.read(descriptor, part), count > 0 else { break }
            left -= count
        }
        (start, end) = (0, 0)
    }

    private func copyFromPipe(_ descriptor: Int32) throws(Errno) -> Int {
        guard let scratch = ScratchPipes.take() else { throw .outOfDescriptors }
        defer { ScratchPipes.give(scratch) }
        let count = try System.tee(from: descriptor, to: scratch.write, count: buffer.count)
        return count > 0 ? try System.read(scratch.read, UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])) : 0
    }

    /// Sets the file's offset to where its readers should go on.
    private func giveBack(_ descriptor: Int32) {
        if start < end { _ = try? System.seek(descriptor, Int64(start - end), SEEK_CUR) }
        (start, end) = (0, 0)
    }

    /// Ends the reading ahead, once: the file is left as its next reader should find it. Text gets a file, whose descriptor
    /// this gives.
    func finish(_ descriptor: Int32) -> Int32? {
        lock.withLock { _ in
            guard isActive else { return nil }
            isOver.store(true, ordering: .relaxed)
            // Where this fails the descriptor is closed, and the command that wanted it says so.
            switch kind {
            case .text: return textFile()
            case .pipe: takeFromPipe(descriptor)
            case .file: giveBack(descriptor)
            }
            return nil
        }
    }

    private func textFile() -> Int32? {
        try? System.memoryFile("here-document", holding: UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
    }
}
