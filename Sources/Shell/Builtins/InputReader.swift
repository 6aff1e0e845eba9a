// Input of `read`: not a byte past what was wanted may be taken, for the next command reads on from there.
//
// Byte by byte is the only way that works for everything, and costs a system call for each. So the reader looks ahead
// where it can, by what kind of file it is:
//
//     has an offset    reads a block, and at the end sets the offset back by what was not used
//     pipe             tee(2) copies what waits in the pipe into a pipe of ours without taking it; then exactly the wanted
//                      bytes are read
//     socket           recv(2) with MSG_PEEK, likewise
//     anything else    (terminals) a byte at a time

import Bytes
import Glibc
import Platform

/// Reads ahead and takes back.
struct InputReader: ~Copyable {
    private enum Kind { case seekable, pipe, socket, other }

    let descriptor: Int32
    private let sh: Interpreter
    /// When to give up, on the monotonic clock.
    private let deadline: UInt64?
    private var kind: Kind
    private var scratch: (read: Int32, write: Int32)?
    /// What was looked at: it lies in `buffer[start..<end]`.
    private let buffer: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0
    /// Lines are mostly short: the first look is, too.
    private var chunk = 256

    init(_ descriptor: Int32, _ sh: Interpreter, deadline: UInt64?) {
        self.descriptor = descriptor
        self.sh = sh
        self.deadline = deadline
        buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 8192, alignment: 8)
        kind = lseek(descriptor, 0, SEEK_CUR) >= 0 ? .seekable : .pipe
    }

    deinit {
        if kind == .seekable && start < end { _ = lseek(descriptor, off_t(start - end), SEEK_CUR) }
        if let scratch { ScratchPipes.give(scratch) }
        buffer.deallocate()
    }

    /// The next bytes, of which none is taken until `take`; none at the end of the input.
    mutating func look() throws(InputError) -> UnsafeRawBufferPointer {
        if start == end {
            start = 0
            end = 0
            end = try fill()
            chunk = min(chunk * 4, buffer.count)
        }
        return UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[start..<end])
    }

    /// Takes the first `count` of the bytes that `look` gave. Where another reader of the same pipe was faster these may be
    /// others, or fewer: what counts is what this gives.
    mutating func take(_ count: Int) throws(InputError) -> UnsafeRawBufferPointer {
        let bytes = UnsafeRawBufferPointer(buffer)
        switch kind {
        case .seekable, .other:
            defer { start += count }
            return UnsafeRawBufferPointer(rebasing: bytes[start..<start + count])
        case .pipe, .socket:
            start = 0
            end = 0
            let taken = count > 0 ? try read(descriptor, count) : 0
            return UnsafeRawBufferPointer(rebasing: bytes[..<taken])
        }
    }

    private mutating func fill() throws(InputError) -> Int {
        // An input that always has more, as /dev/zero, never makes the reader wait.
        do throws(Unwind) { try sh.checkSignals() } catch { throw .unwind(error) }
        while true {
            switch kind {
            case .seekable:
                return try read(descriptor, chunk)
            case .pipe:
                if scratch == nil { scratch = ScratchPipes.take() }
                guard let scratch else {
                    kind = .other
                    continue
                }
                do throws(Errno) {
                    let count = try System.tee(from: descriptor, to: scratch.write, count: chunk)
                    return count > 0 ? try System.read(scratch.read, part(count)) : 0
                } catch {
                    if error == .wouldBlock { try waitForInput() } else { kind = .socket }
                }
            case .socket:
                let count = recv(descriptor, buffer.baseAddress, chunk, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
                let error = errno
                if count >= 0 { return count }
                if error == EAGAIN { try waitForInput() } else if error != EINTR { kind = .other }
            case .other:
                try waitForInput()
                return try read(descriptor, 1)
            }
        }
    }

    private func part(_ count: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
    }

    /// Reads to the start of the buffer.
    private func read(_ descriptor: Int32, _ count: Int) throws(InputError) -> Int {
        do throws(Errno) {
            return try System.read(descriptor, part(count))
        } catch {
            throw .failed(error)
        }
    }

    private func waitForInput() throws(InputError) {
        try sh.waitForInput(descriptor, until: deadline)
    }
}

/// Why no input came.
enum InputError: Error {
    case failed(Errno)
    case timedOut
    /// A signal with a trap came; its action has run.
    case interrupted(Int32)
    /// The action, or the end of a cancelled job, leaves the built-in.
    case unwind(Unwind)
}

extension Interpreter {
    /// Waits until `descriptor` can be read; meanwhile what others write into this interpreter's captures is taken.
    func waitForInput(_ descriptor: Int32, until deadline: UInt64?) throws(InputError) {
        // Of a pipe that is open for writing alone nothing would ever be heard.
        if let flags = try? System.openFlags(descriptor), flags & O_ACCMODE == O_WRONLY {
            throw .failed(.badDescriptor)
        }
        while true {
            // As bash has it, who reads goes on after a trap's action, so that no line is lost by it; under POSIX the read ends.
            if let signal = try interruption(), has(.posix) { throw .interrupted(signal) }
            if let task, !task.isInFront, System.isTerminal(descriptor) {
                // As the kernel does with a process that reads in the background.
                do throws(Unwind) { try stopTask(by: SIGTTIN) } catch { throw .unwind(error) }
            }
            var descriptors = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
            // Signals are the main interpreter's; another one hears whether its job is still wanted.
            // (The end that cleanup comes before has been asked for already.)
            let isShielded = shieldDepth > 0 && cancellation.isCancelled
            let wake = actsOnSignals ? Signals.descriptor : isShielded ? -1 : cancellation.wakeDescriptor
            if wake >= 0 { descriptors.append(pollfd(fd: wake, events: Int16(POLLIN), revents: 0)) }
            for capture in captures {
                if let read = capture.readDescriptor {
                    descriptors.append(pollfd(fd: read, events: Int16(POLLIN), revents: 0))
                }
            }
            // Without a descriptor left for that it looks now and then.
            var end = deadline
            if wake < 0 && !actsOnSignals { end = min(end ?? .max, Clock.monotonicNanoseconds() + 100_000_000) }
            do throws(Errno) { _ = try poll(&descriptors, until: end) } catch { throw .failed(error) }
            for capture in captures where capture.readDescriptor != nil { capture.drain() }
            if descriptors[0].revents != 0 { return }
            if let deadline, Clock.monotonicNanoseconds() >= deadline { throw .timedOut }
        }
    }
}

extension Interpreter {
    /// Runs the actions of signals that came while a built-in waits; gives the first signal that has one.
    private func interruption() throws(InputError) -> Int32? {
        do throws(Unwind) {
            return try runPendingTraps()
        } catch {
            throw .unwind(error)
        }
    }
}

/// Empty pipes to look into other pipes with: one for each thread that does so at the same time.
///
/// Lock: `idle`.
enum ScratchPipes {
    private static let idle = Mutex<[(read: Int32, write: Int32)]>([])

    static func take() -> (read: Int32, write: Int32)? {
        idle.withLock { $0.popLast() } ?? (try? System.pipe())
    }

    static func give(_ pipe: (read: Int32, write: Int32)) {
        idle.withLock { $0.append(pipe) }
    }
}
