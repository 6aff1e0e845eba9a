// What the verbs of `pipe` do. A pipe that this process does not have is the business of the shell above, which is asked with the
// words of the call; what has to do with this process's own input, variables and descriptors is done here.

import Bytes
import Platform
import Shell

enum PipeVerbs {
    /// What a name says: a pipe, and of a duplex one perhaps which end.
    private struct Place {
        let pipe: Pipe
        /// nil: of a one-way pipe that for the direction, of a duplex one both.
        let end: PipeEnd?
    }

    private static func find(_ name: Bytes) -> Place? {
        if let pipe = Pipes[name] { return Place(pipe: pipe, end: nil) }
        guard name.count > 2, let pipe = Pipes[name.dropLast(2)], pipe.isDuplex else { return nil }
        if name.hasSuffix(".a") { return Place(pipe: pipe, end: pipe.first) }
        if name.hasSuffix(".b") { return Place(pipe: pipe, end: pipe.second) }
        return nil
    }

    /// The end that sends or receives, which is in use from now on, and whether the pipe is one of bytes; nil, with a message, if
    /// it is not said which of two.
    private static func use(_ place: Place, _ call: Call, sends: Bool) -> (end: PipeEnd, isBytes: Bool)? {
        let pipe = place.pipe
        guard let end = place.end ?? (pipe.isDuplex ? nil : sends ? pipe.second : pipe.first) else {
            _ = call.wrongUse("'" + pipe.name + "' has two ends: say " + pipe.name + ".a or " + pipe.name + ".b")
            return nil
        }
        let isBytes = pipe.settle()
        pipe.use(end)
        return (end, isBytes)
    }

    /// The status where nothing was sent or received.
    private static func status<T>(of result: PipeResult<T>, _ call: Call) -> Int32 {
        switch result {
        case .done: return 0
        case .end: return 1
        case .closed: return call.fail("'" + call[0] + "' is closed here", status: 2)
        case .timedOut: return 124
        case .interrupted(let signal): return 128 + signal
        case .failed(let error): return call.fail(call[0] + ": " + error.message)
        }
    }

    static func new(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        let name = call[0]
        if name.isEmpty { return call.wrongUse("a name is not empty") }
        if name.hasSuffix(".a") || name.hasSuffix(".b") {
            return call.wrongUse("names with .a or .b at their end are those of the ends of a duplex pipe")
        }
        ObjectServer.ensure(call.sh)
        do throws(Errno) {
            let pipe = try Pipe(name: name, isDuplex: call.has("d"), ofBytes: call.has("b"))
            return Pipes.add(pipe) ? 0 : call.nameUsed(name)
        } catch { return call.fail(error.message) }
    }

    // MARK: Messages

    static func send(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...) { return status }
        var messages = call.operands(from: 1)
        if call.has("0") {
            if !messages.isEmpty { return call.wrongUse("with -0 the message is standard input") }
            messages = ["-"]
        }
        if messages.isEmpty { return call.wrongUse("an operand is missing") }
        // What a process has sent is not to be read here.
        if call.reply == nil {
            for index in messages.indices where messages[index] == "-" {
                guard let descriptor = call.sh.context.descriptors.descriptor(0) else {
                    return call.fail("standard input is closed")
                }
                do throws(Errno) { messages[index] = try System.readAll(descriptor) } catch {
                    return call.fail("standard input: " + error.message)
                }
            }
        }
        guard let place = find(call[0]) else {
            let words: [Bytes] = ["pipe", "send"] + timeout(call) + ["--", call[0]]
            guard let answer = try call.ask(words + messages) else {
                return call.nameUnknown(call[0], among: Pipes.names)
            }
            return call.finish(answer)
        }
        guard let (end, isBytes) = use(place, call, sends: true) else { return 2 }
        for message in messages {
            let result =
                try isBytes
                ? end.sendLine(message + "\n", isSocket: place.pipe.isDuplex, call.sh, until: call.deadline)
                : send(message, end, call)
            switch result {
            case .done: continue
            case .end: return call.fail("nobody can receive from '" + call[0] + "' any more")
            default: return status(of: result, call)
            }
        }
        return 0
    }

    private static func send(_ message: Bytes, _ end: PipeEnd, _ call: Call) throws(Unwind) -> PipeResult<Void> {
        let parcel: MessageSocket.Parcel
        do throws(Errno) { parcel = try MessageSocket.Parcel(message) } catch { return .failed(error) }
        return try end.send(parcel, call.sh, until: call.deadline)
    }

    private static func timeout(_ call: Call) -> [Bytes] { call.value("t").map { ["-t", $0] } ?? [] }

    static func recv(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...2) { return status }
        let variable = call.count > 1 ? call[1] : call.value("v")
        if let variable, let status = call.checkVariable(variable) { return status }
        guard let place = find(call[0]) else {
            let words: [Bytes] = ["pipe", "recv"] + timeout(call) + ["--", call[0]]
            guard let answer = try call.ask(words) else { return call.nameUnknown(call[0], among: Pipes.names) }
            for message in answer.messages { _ = call.fail(message) }
            guard answer.status == 0, let message = answer.result else { return answer.status }
            return deliver(message, variable, call) ?? 1
        }
        guard let (end, isBytes) = use(place, call, sends: false) else { return 2 }
        let result =
            try isBytes
            ? end.receiveLine(call.sh, until: call.deadline) : end.receive(call.sh, until: call.deadline)
        guard case .done(let message) = result else { return status(of: result, call) }
        if let status = deliver(message, variable, call) { return status }
        end.putBack(message)
        return 1
    }

    /// Hands a message on; nil if it does not fit the variable, which is said.
    private static func deliver(_ message: Bytes, _ variable: Bytes?, _ call: Call) -> Int32? {
        if call.reply != nil { return call.give(message) }
        if let variable {
            if message.contains(0) {
                _ = call.fail("a message with NUL bytes does not fit a variable: use -0")
                return nil
            }
            return call.assign(variable, message)
        }
        if !call.has("0") { return call.give(message) }
        call.sh.write(message)
        return 0
    }

    static func poll(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...1) { return status }
        guard let place = find(call[0]) else { return try call.elsewhere(call[0], among: Pipes.names) }
        guard let (end, isBytes) = use(place, call, sends: false) else { return 2 }
        let result = try end.poll(isBytes: isBytes, call.sh, until: call.deadline ?? Clock.monotonicNanoseconds())
        if case .timedOut = result, call.deadline == nil { return 1 }
        return status(of: result, call)
    }

    // MARK: Descriptors

    static func fd(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...2) { return status }
        let direction = call.count > 1 ? call[1] : Bytes()
        if !direction.isEmpty, direction != "read", direction != "write" {
            return call.wrongUse("'" + direction + "' is neither read nor write")
        }
        if let variable = call.value("v"), let status = call.checkVariable(variable) { return status }
        if call.reply == nil, call.value("v") == nil, call.sh.isInSubshell {
            return call.wrongUse("in a subshell the descriptor would end with it: say -v variable")
        }
        guard let place = find(call[0]) else {
            let words: [Bytes] = ["pipe", "fd", "--"] + call.operands()
            guard let answer = try call.ask(words) else { return call.nameUnknown(call[0], among: Pipes.names) }
            for message in answer.messages { _ = call.fail(message) }
            guard answer.status == 0, let descriptor = answer.descriptors.first else { return answer.status }
            return call.give(Bytes(decimal: call.sh.addPrivate(descriptor)))
        }
        let end: PipeEnd
        if let found = place.end {
            end = found
        } else if place.pipe.isDuplex || direction.isEmpty {
            return place.pipe.isDuplex
                ? call.wrongUse("'" + call[0] + "' has two ends: say " + call[0] + ".a or " + call[0] + ".b")
                : call.wrongUse("say read or write")
        } else {
            end = direction == "read" ? place.pipe.first : place.pipe.second
        }
        do throws(Errno) {
            guard try place.pipe.settleOnBytes() else {
                return call.fail(
                    "'" + call[0]
                        + "' carries messages since its first use, or since another process has it; 'pipe new -b' "
                        + "makes one of bytes")
            }
            place.pipe.use(end)
            guard let descriptor = end.descriptor else { return status(of: PipeResult<Void>.closed, call) }
            if let reply = call.reply {
                // The reply is sent when this is over; the descriptor must live until then.
                reply.keep(descriptor)
                reply.descriptors = [descriptor.number]
                return 0
            }
            let number = call.sh.addPrivate(try System.duplicate(descriptor.number))
            if let file = call.sh.context.descriptors[number] { end.note(file) }
            return call.give(Bytes(decimal: number))
        } catch { return call.fail(error.message) }
    }

    static func close(_ call: inout Call) throws(Unwind) -> Int32 {
        if let status = call.checkCount(1...2) { return status }
        let direction = call.count > 1 ? call[1] : Bytes()
        guard let place = find(call[0]) else { return try call.elsewhere(call[0], among: Pipes.names) }
        let pipe = place.pipe
        switch direction {
        case "" where place.end == nil:
            pipe.first.close()
            pipe.second.close()
        case "": place.end?.close()
        case "read" where !pipe.isDuplex: pipe.first.close()
        case "write" where !pipe.isDuplex: pipe.second.close()
        case "read", "write": return call.wrongUse("an end of a duplex pipe is closed as a whole")
        default: return call.wrongUse("'" + direction + "' is neither read nor write")
        }
        if !pipe.first.isOpen && !pipe.second.isOpen { Pipes.remove(pipe) }
        return 0
    }

    static func list(_ call: inout Call) -> Int32 {
        if let status = call.checkCount(0...0) { return status }
        var listing = Listing(["name", "kind", "carries", "open"])
        for pipe in Pipes.all {
            let names: (Bytes, Bytes) = pipe.isDuplex ? ("a", "b") : ("read", "write")
            let open = [pipe.first.isOpen ? names.0 : "", pipe.second.isOpen ? names.1 : ""].filter { !$0.isEmpty }
            let content: Bytes =
                switch pipe.content {
                case .unsettled: "anything"
                case .messages: "messages"
                case .bytes: "bytes"
                }
            listing.add([
                .text(pipe.name), .text(pipe.isDuplex ? "duplex" : "one-way"), .text(content),
                .text(open.joined(by: ",")),
            ])
        }
        return call.show(listing)
    }
}
