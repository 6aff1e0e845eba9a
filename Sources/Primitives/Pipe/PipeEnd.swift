// One end of a pipe, as this process has it.
//
// Threads that wait at an end hold its descriptor, and lie on their own eventfd beside it: who closes the end wakes them, and the
// descriptor goes when the last of them has left. So no number of a descriptor is used that means something else by then.

import Bytes
import Glibc
import Platform
import Shell

/// A descriptor that is closed when nobody holds it any more.
final class HeldDescriptor: Sendable {
    let number: Int32

    init(owning number: Int32) { self.number = number }

    deinit { System.close(number) }
}

/// What came of an attempt at an end.
enum PipeResult<Value> {
    case done(Value)
    /// Closed at the other side.
    case end
    /// Closed here, perhaps meanwhile.
    case closed
    case timedOut
    case interrupted(Int32)
    case failed(Errno)
}

/// Lock: `state`.
final class PipeEnd: Sendable {
    private struct Given: @unchecked Sendable {
        // Sendable: the file is; the reference is touched under the lock only.
        weak var file: OpenFile?
    }

    private struct State: Sendable {
        var descriptor: HeldDescriptor?
        /// Who sleeps here.
        var sleepers: [Waker] = []
        /// The shell descriptors that were made of it.
        var given: [Given] = []
        /// A message that was received and could not be delivered.
        var pending: Bytes?
        /// The beginning of a line that has no end yet.
        var partial = Bytes()
    }

    private let state: Mutex<State>
    /// Held by who reads a line, byte by byte.
    private let isReading = Monitor(false)

    init(owning descriptor: Int32) { state = Mutex(State(descriptor: HeldDescriptor(owning: descriptor))) }

    var descriptor: HeldDescriptor? { state.withLock { $0.descriptor } }

    var isOpen: Bool { state.withLock { $0.descriptor != nil } }

    /// Another descriptor in place of this one; false if the end is closed.
    func replace(_ descriptor: HeldDescriptor) -> Bool {
        state.withLock { state in
            guard state.descriptor != nil else { return false }
            state.descriptor = descriptor
            return true
        }
    }

    /// Closes it with the shell descriptors that were made of it, and wakes who waits here.
    func close() {
        let (descriptor, files, sleepers) = state.withLock { state -> (HeldDescriptor?, [OpenFile], [Waker]) in
            let found = (state.descriptor, state.given.compactMap(\.file), state.sleepers)
            state.descriptor = nil
            state.given = []
            return found
        }
        for file in files { file.close() }
        for sleeper in sleepers { sleeper.wake() }
        withExtendedLifetime(descriptor) {}
    }

    /// A shell descriptor was made of it.
    func note(_ file: OpenFile) {
        state.withLock { state in
            state.given.removeAll { $0.file == nil }
            state.given.append(Given(file: file))
        }
    }

    /// Keeps a message for the next who receives.
    func putBack(_ message: Bytes) { state.withLock { $0.pending = message } }

    // MARK: Waiting

    /// Calls `attempt` with the descriptor until it does not throw EAGAIN.
    private func wait<Value>(
        _ sh: Interpreter, for events: Int32, until deadline: UInt64?, sleepsFirst: Bool = false,
        _ attempt: (Int32) throws(Errno) -> PipeResult<Value>
    ) throws(Unwind) -> PipeResult<Value> {
        var sleeps = sleepsFirst
        while true {
            guard let descriptor = descriptor else { return .closed }
            if !sleeps {
                do throws(Errno) { return try attempt(descriptor.number) } catch {
                    if error == .brokenPipe { return .end }
                    if error != .wouldBlock { return .failed(error) }
                }
            }
            sleeps = false
            let waker = try sh.companionOfPrimitives().waker
            waker.clear()
            let isOpen = state.withLock { state in
                guard state.descriptor != nil else { return false }
                state.sleepers.append(waker)
                return true
            }
            guard isOpen else { return .closed }
            defer {
                state.withLock { state in
                    if let index = state.sleepers.firstIndex(where: { $0 === waker }) {
                        state.sleepers.remove(at: index)
                    }
                }
            }
            var descriptors = [
                pollfd(fd: descriptor.number, events: Int16(events), revents: 0),
                pollfd(fd: waker.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            switch try sh.sleep(on: &descriptors, until: deadline) {
            case .ready: break
            case .timedOut: return .timedOut
            case .interrupted(let signal): return .interrupted(signal)
            }
        }
    }

    // MARK: Messages

    func send(
        _ parcel: borrowing MessageSocket.Parcel, _ sh: Interpreter, until deadline: UInt64?
    ) throws(Unwind) -> PipeResult<Void> {
        while true {
            // A borrowed value can't be used in the closure of `wait`: what that does with it is done here.
            guard let descriptor = descriptor else { return .closed }
            do throws(Errno) {
                try MessageSocket.send(parcel, on: descriptor.number)
                return .done(())
            } catch {
                if error == .brokenPipe || error.code == ECONNRESET { return .end }
                if error != .wouldBlock { return .failed(error) }
            }
            switch try awaitRoom(sh, until: deadline) {
            case .done: continue
            case let other: return other
            }
        }
    }

    private func awaitRoom(_ sh: Interpreter, until deadline: UInt64?) throws(Unwind) -> PipeResult<Void> {
        try wait(sh, for: POLLOUT, until: deadline, sleepsFirst: true) { (_) throws(Errno) in .done(()) }
    }

    func receive(_ sh: Interpreter, until deadline: UInt64?) throws(Unwind) -> PipeResult<Bytes> {
        let pending = state.withLock { state in
            defer { state.pending = nil }
            return state.pending
        }
        if let pending { return .done(pending) }
        return try wait(sh, for: POLLIN, until: deadline) { (descriptor) throws(Errno) in
            guard let message = try MessageSocket.receive(on: descriptor) else { return .end }
            return .done(message)
        }
    }

    // MARK: Bytes

    /// Sends a line.
    func sendLine(
        _ line: Bytes, isSocket: Bool, _ sh: Interpreter, until deadline: UInt64?
    ) throws(Unwind) -> PipeResult<Void> {
        var sent = 0
        // A pipe that is writable takes that much at once.
        let atomic = 4096
        while sent < line.count {
            let begin = sent
            let result = try wait(sh, for: POLLOUT, until: deadline, sleepsFirst: !isSocket) {
                (descriptor) throws(Errno) -> PipeResult<Int> in
                .done(
                    try line.withUnsafeBytes { (bytes) throws(Errno) in
                        let rest = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[begin...]))
                        if isSocket { return try MessageSocket.sendBytes(rest, on: descriptor) }
                        return try System.write(descriptor, UnsafeRawBufferPointer(rebasing: rest.prefix(atomic)))
                    })
            }
            switch result {
            case .done(let count): sent += count
            case .end: return .end
            case .closed: return .closed
            case .timedOut: return .timedOut
            case .interrupted(let signal): return .interrupted(signal)
            case .failed(let error): return .failed(error)
            }
        }
        return .done(())
    }

    /// Receives a line, without its newline. It is read byte by byte, so that what follows is there for others that read from
    /// the descriptor.
    func receiveLine(_ sh: Interpreter, until deadline: UInt64?) throws(Unwind) -> PipeResult<Bytes> {
        let turn = try isReading.wait(sh, until: deadline) { isReading -> Bool? in
            if isReading { return nil }
            isReading = true
            return true
        }
        switch turn {
        case .done: break
        case .timedOut: return .timedOut
        case .interrupted(let signal): return .interrupted(signal)
        }
        defer { isReading.change(waking: 1) { $0 = false } }
        while true {
            let result = try wait(sh, for: POLLIN, until: deadline, sleepsFirst: true) {
                (descriptor) throws(Errno) -> PipeResult<Bytes> in
                var available = max(try System.readableCount(descriptor), 1)
                while available > 0 {
                    available -= 1
                    var byte: UInt8 = 0
                    let count = try withUnsafeMutableBytes(of: &byte) { (buffer) throws(Errno) in
                        try System.read(descriptor, buffer)
                    }
                    let line = self.state.withLock { state -> Bytes? in
                        if count == 1, byte != UInt8(ascii: "\n") {
                            state.partial.append(byte)
                            return nil
                        }
                        defer { state.partial = Bytes() }
                        return state.partial
                    }
                    if let line { return count == 0 && line.isEmpty ? .end : .done(line) }
                }
                throw .wouldBlock
            }
            return result
        }
    }

    /// Whether there is something to receive.
    func poll(isBytes: Bool, _ sh: Interpreter, until deadline: UInt64) throws(Unwind) -> PipeResult<Void> {
        if state.withLock({ $0.pending != nil || !$0.partial.isEmpty }) { return .done(()) }
        return try wait(sh, for: POLLIN, until: deadline) { (descriptor) throws(Errno) in
            if !isBytes {
                switch MessageSocket.prospect(of: descriptor) {
                case .something: return .done(())
                case .end: return .end
                case .nothing: throw .wouldBlock
                }
            }
            if try System.readableCount(descriptor) > 0 { return .done(()) }
            var one = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
            _ = try System.poll(&one, timeoutMilliseconds: 0)
            if one[0].revents != 0, try System.readableCount(descriptor) == 0 { return .end }
            throw .wouldBlock
        }
    }
}
