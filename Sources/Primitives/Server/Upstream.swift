import Bytes
import Glibc
import Platform
import Shell

/// The connection of one thread to the shell above, whose socket THRESH_SOCKET names.
///
/// Thread: that of its interpreter.
final class Upstream {
    /// The path with which this process was started, before its own server took the variable. Empty: none.
    private static let inherited = Mutex<Bytes?>(nil)

    private let socket: UnixSocket

    private init(_ socket: UnixSocket) { self.socket = socket }

    /// Keeps in mind where the shell above is, before the variable is changed.
    static func remember(_ sh: Interpreter) {
        inherited.withLock { if $0 == nil { $0 = sh.variable("THRESH_SOCKET") ?? Bytes() } }
    }

    /// The path of the socket of the shell above; nil if there is none.
    static func path(_ sh: Interpreter) -> Bytes? {
        let path = inherited.withLock { $0 } ?? sh.variable("THRESH_SOCKET") ?? Bytes()
        return path.isEmpty || ObjectServer.isOwn(path) ? nil : path
    }

    /// The connection of this interpreter's thread; nil if there is no shell above, or it is gone.
    static func connection(_ sh: Interpreter) throws(Unwind) -> Upstream? {
        let companion = try sh.companionOfPrimitives()
        if let upstream = companion.upstream { return upstream }
        guard let path = path(sh), let socket = try? UnixSocket(connectingTo: path), let peer = try? socket.peer(),
            peer.user == System.effectiveUserID || peer.user == 0
        else { return nil }
        let upstream = Upstream(socket)
        companion.upstream = upstream
        return upstream
    }

    /// Readable or hung up when the shell above has something to say or is gone; for waits elsewhere.
    var descriptor: Int32 { socket.descriptor }

    /// Has a call run there; nil, with the connection given up, if the shell above is gone.
    func ask(_ sh: Interpreter, _ words: [Bytes]) throws(Unwind) -> Reply? {
        do throws(Errno) {
            try socket.send(Request(thread: sh.threadName, words: words).message)
        } catch { return nil }
        var interruption: Waited<Never>?
        var unwind: Unwind?
        while interruption == nil && unwind == nil {
            var descriptors = [pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)]
            do throws(Unwind) {
                switch try sh.sleep(on: &descriptors, until: nil) {
                case .ready, .timedOut: return receive()
                case .interrupted(let signal): interruption = .interrupted(signal)
                }
            } catch { unwind = error }
        }
        // The call may have succeeded all the same, and what it gave must not be lost.
        try? socket.send(Bytes())
        guard let reply = receive() else { return nil }
        if let unwind {
            if reply.status != 0 || reply.result == nil { throw unwind }
            return reply
        }
        if case .interrupted(let signal)? = interruption, reply.status > 128 { reply.status = 128 + signal }
        return reply
    }

    private func receive() -> Reply? {
        guard let received = try? socket.receive() else { return nil }
        return Reply(received.message, descriptors: received.descriptors)
    }
}

extension Call {
    /// Has this call run by the shell above, and hands on what comes back; nil if there is no shell above.
    package func forward() throws(Unwind) -> Int32? {
        guard let reply = try ask([noun, verb.name] + Array(arguments.droppingFirst(2))) else { return nil }
        for descriptor in reply.descriptors { System.close(descriptor) }
        return finish(reply)
    }

    /// Has other words run by the shell above, for who goes on with what comes back; nil if there is no shell above.
    ///
    /// Ownership: the caller closes the reply's descriptors.
    package func ask(_ words: [Bytes]) throws(Unwind) -> Reply? {
        guard let upstream = try Upstream.connection(sh) else { return nil }
        if let answer = try upstream.ask(sh, words) { return answer }
        try sh.companionOfPrimitives().upstream = nil
        let gone = Reply()
        gone.status = 1
        gone.messages = ["the shell that has it is gone"]
        return gone
    }

    /// Prints what a call elsewhere has printed, reports what it reported, gives what it gave; its status.
    package func finish(_ answer: Reply) -> Int32 {
        if !answer.output.isEmpty { sh.write(answer.output) }
        for message in answer.messages { _ = fail(message) }
        guard answer.status == 0, let result = answer.result else { return answer.status }
        return give(result)
    }
}
