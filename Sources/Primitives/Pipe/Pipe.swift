// Pipes by name, and how processes that the shell makes of itself get them.
//
// What a pipe carries is settled by its first use. As long as it has none it can become one of bytes, whose descriptors programs may
// have (`pipe fd`): an ordinary pipe, or a pair of stream sockets. Else it carries messages. It is settled also when another
// process gets it, since that could not be told of it later.
//
// A process that the shell starts of itself (a function of `process start`, an asynchronous list) has copies of the ends that are
// open, as after a fork: they go with its capsule. Such a process has no use for both ends; its first use of one closes
// its copy of the other, for who receives would else never see the end.

import Bytes
import Glibc
import Platform

/// Lock: `carries`.
final class Pipe: Sendable {
    enum Content: Sendable {
        case unsettled, messages, bytes
    }

    let name: Bytes
    let isDuplex: Bool
    /// It came from the process above.
    let isInherited: Bool
    /// The end to read from; of a duplex pipe NAME.a.
    let first: PipeEnd
    /// The end to write to; of a duplex pipe NAME.b.
    let second: PipeEnd
    private let carries: Mutex<Content>

    init(
        name: Bytes, isDuplex: Bool, isInherited: Bool, carries: Content, first: PipeEnd, second: PipeEnd
    ) {
        self.name = name
        self.isDuplex = isDuplex
        self.isInherited = isInherited
        self.first = first
        self.second = second
        self.carries = Mutex(carries)
    }

    /// A new pipe of messages, or of bytes.
    convenience init(name: Bytes, isDuplex: Bool, ofBytes: Bool) throws(Errno) {
        let ends = ofBytes ? try Pipe.byteEnds(isDuplex) : try MessageSocket.pair()
        self.init(
            name: name, isDuplex: isDuplex, isInherited: false, carries: ofBytes ? .bytes : .unsettled,
            first: PipeEnd(owning: ends.0), second: PipeEnd(owning: ends.1))
    }

    private static func byteEnds(_ isDuplex: Bool) throws(Errno) -> (Int32, Int32) {
        if isDuplex { return try MessageSocket.streamPair() }
        let ends = try System.pipe()
        return (ends.read, ends.write)
    }

    var content: Content { carries.withLock { $0 } }

    /// It carries messages from now on, if that is not settled; whether it carries bytes.
    func settle() -> Bool {
        carries.withLock { carries in
            if carries == .unsettled { carries = .messages }
            return carries == .bytes
        }
    }

    /// It carries bytes from now on, if that is not settled; false if it carries messages.
    func settleOnBytes() throws(Errno) -> Bool {
        try carries.withLock { (carries) throws(Errno) in
            guard carries == .unsettled else { return carries == .bytes }
            let ends = try Pipe.byteEnds(isDuplex)
            // An end that is closed already closes its new descriptor too.
            _ = first.replace(HeldDescriptor(owning: ends.0))
            _ = second.replace(HeldDescriptor(owning: ends.1))
            carries = .bytes
            return true
        }
    }

    /// A process that has got the pipe from above uses one end: it has no use for the other.
    func use(_ end: PipeEnd) {
        if isInherited, end.isOpen { (end === first ? second : first).close() }
    }
}

/// The pipes of this process.
///
/// Lock: `table`.
enum Pipes {
    private static let table = Mutex<[Bytes: Pipe]>([:])

    static func add(_ pipe: Pipe) -> Bool {
        table.withLock { table in
            guard table[pipe.name] == nil else { return false }
            table[pipe.name] = pipe
            return true
        }
    }

    static subscript(name: Bytes) -> Pipe? { table.withLock { $0[name] } }

    static func remove(_ pipe: Pipe) {
        table.withLock { if $0[pipe.name] === pipe { $0[pipe.name] = nil } }
    }

    static var all: [Pipe] { table.withLock { Array($0.values) }.sorted { $0.name < $1.name } }

    /// The names as verbs take them.
    static var names: [Bytes] {
        all.flatMap { $0.isDuplex ? [$0.name, $0.name + ".a", $0.name + ".b"] : [$0.name] }
    }

    // MARK: In capsules

    /// What a new process gets: three fields for each pipe, and the descriptors of their open ends.
    static func inheritance() -> (fields: [Bytes], files: [HeldDescriptor]) {
        var fields: [Bytes] = []
        var files: [HeldDescriptor] = []
        for pipe in all {
            let isBytes = pipe.settle()
            let ends = (pipe.first.descriptor, pipe.second.descriptor)
            if ends.0 == nil && ends.1 == nil { continue }
            fields += [
                pipe.name, (pipe.isDuplex ? "d" : "o") + (isBytes ? "b" : "m"),
                (ends.0 == nil ? "-" : "1") + (ends.1 == nil ? "-" : "2"),
            ]
            files += [ends.0, ends.1].compactMap { $0 }
        }
        return (fields, files)
    }

    /// Takes over what the process above gave.
    static func inherit(_ fields: [Bytes], _ descriptors: [Int32]) {
        for descriptor in descriptors { try? System.setCloseOnExec(descriptor, true) }
        var left = descriptors[...]
        for index in stride(from: 0, to: fields.count - 2, by: 3) {
            let (kind, open) = (fields[index + 1], fields[index + 2])
            guard kind.count == 2, open.count == 2 else { continue }
            func end(_ place: Int) -> PipeEnd {
                let isOpen = open[place] != UInt8(ascii: "-")
                let end = PipeEnd(owning: isOpen ? left.popFirst() ?? -1 : -1)
                if !isOpen { end.close() }
                return end
            }
            let first = end(0)
            let second = end(1)
            _ = add(
                Pipe(
                    name: fields[index], isDuplex: kind[0] == UInt8(ascii: "d"), isInherited: true,
                    carries: kind[1] == UInt8(ascii: "b") ? .bytes : .messages, first: first, second: second))
        }
    }
}
