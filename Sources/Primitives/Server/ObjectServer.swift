// The socket through which other processes reach this shell's objects: children made by `process`, capsules and what they start,
// programs in other languages by `thresh queue put …`. Its path is in THRESH_SOCKET.
//
// A process sends the words of its call; they run here, on an interpreter that stands for that thread of that process (a guest), and
// the result goes back. So a primitive is written once, and who asks from outside is one more thread to it: when the connection ends,
// the guest's wait is cancelled, and what it holds is left, as a thread's that ends.

import Bytes
import Glibc
import Platform
import Shell

/// The server of this process; it is started with the first object that others may want to reach.
package enum ObjectServer {
    private struct State: Sendable {
        var path: Bytes?
        var listener: UnixListener?
        /// The process that made the socket: no other removes it.
        var process: Int32 = 0
        var hasFailed = false
    }

    private static let state = Mutex(State())

    /// Starts the server, if it does not run, and tells the children of `sh` of it. A failure is reported once; the objects are
    /// then for the shell's own threads.
    package static func ensure(_ sh: Interpreter) {
        let known = state.withLock { $0.hasFailed ? Bytes() : $0.path }
        if let known {
            if !known.isEmpty { announce(known, sh) }
            return
        }
        let template = Interpreter(copying: sh, cancellation: Cancellation())
        let path: Bytes
        do throws(Errno) {
            path = try start(Guests(template))
        } catch {
            state.withLock { $0.hasFailed = true }
            sh.report("no other process can reach the shell's objects: " + error.message)
            return
        }
        announce(path, sh)
    }

    private static func announce(_ path: Bytes, _ sh: Interpreter) {
        guard sh.variable("THRESH_SOCKET") != path else { return }
        Upstream.remember(sh)
        sh.assign("THRESH_SOCKET", path, export: true)
    }

    /// Whether the path is that of this process's own server.
    static func isOwn(_ path: Bytes) -> Bool { state.withLock { $0.path == path } }

    /// The end of the process: removes the socket.
    package static func end() {
        state.withLock { state in
            guard let path = state.path, state.process == System.processID else { return }
            try? System.unlink(path)
            state.path = nil
        }
    }

    private static func start(_ guests: Guests) throws(Errno) -> Bytes {
        let directory = try RuntimeDirectory.make()
        removeStale(directory)
        let path = directory + "/" + Bytes(decimal: System.processID) + ".sock"
        try? System.unlink(path)
        let listener = try UnixListener(at: path)
        do throws(Errno) {
            try Threads.run { serve(listener, guests) }
        } catch {
            try? System.unlink(path)
            throw error
        }
        state.withLock {
            $0.listener = listener
            $0.path = path
            $0.process = System.processID
        }
        return path
    }

    /// Removes the sockets of processes that were killed.
    private static func removeStale(_ directory: Bytes) {
        for name in (try? System.listDirectory(directory)) ?? [] where name.hasSuffix(".sock") {
            guard let process = name.dropLast(5).decimal, process > 0 else { continue }
            do throws(Errno) {
                try System.kill(Int32(truncatingIfNeeded: process), 0)
            } catch {
                if error == .noSuchProcess { try? System.unlink(directory + "/" + name) }
            }
        }
    }

    private static func serve(_ listener: UnixListener, _ guests: Guests) {
        while true {
            do throws(Errno) {
                let socket = try listener.accept()
                guard let peer = try? socket.peer(), peer.user == System.effectiveUserID || peer.user == 0 else {
                    continue
                }
                try Threads.run { Connection(socket, process: peer.process, guests).run() }
            } catch {
                // Out of descriptors or threads: others may give some back.
                if error == .invalidArgument || error == .badDescriptor { return }
                usleep(10_000)
            }
        }
    }
}

/// Makes the interpreters that stand for threads of other processes.
///
/// Lock: `template`.
private final class Guests: Sendable {
    private let template: Mutex<Interpreter>

    init(_ template: Interpreter) { self.template = Mutex(template) }

    func make(_ socket: UnixSocket) -> Interpreter {
        let guest = template.withLock { Interpreter(copying: $0, cancellation: Cancellation()) }
        guest.peer = socket.descriptor
        return guest
    }
}

/// One thread of another process.
///
/// Thread: its own.
private final class Connection: @unchecked Sendable {
    private let socket: UnixSocket
    private let process: Int32
    private let guest: Interpreter

    init(_ socket: UnixSocket, process: Int32, _ guests: Guests) {
        self.socket = socket
        self.process = process
        guest = guests.make(socket)
    }

    func run() {
        while let received = try? socket.receive() {
            for descriptor in received.descriptors { System.close(descriptor) }
            // An empty message ends a wait; what it was for has come to an end by itself.
            if received.message.isEmpty { continue }
            guard let request = Request(received.message) else { return }
            let reply = answer(request)
            guard (try? socket.send(reply.message, passing: reply.descriptors)) != nil else { return }
        }
    }

    private func answer(_ request: Request) -> Reply {
        let reply = Reply()
        guard let name = request.words.first, let noun = Primitives.noun(name) else {
            reply.messages = ["unknown request"]
            reply.status = 2
            return reply
        }
        guest.threadName = "process " + Bytes(decimal: process)
        if request.thread != "MainThread" { guest.threadName += ", " + request.thread }
        let output = MemoryOutput()
        guest.context.descriptors[1] = OpenFile(memory: output)
        guest.context.descriptors[2] = OpenFile(memory: output)
        do throws(Unwind) {
            reply.status = try guest.withWords(request.words) { (words) throws(Unwind) in
                try noun.run(guest, words, reply: reply)
            }
        } catch {
            reply.status = guest.context.status == 0 ? 1 : guest.context.status
        }
        guest.flushOutput()
        reply.output = output.bytes
        return reply
    }
}
