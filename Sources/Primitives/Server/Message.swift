// What travels between a process and the shell that has the objects: lists of fields, each a length and its bytes.

import Bytes

/// The fields of a message.
struct Fields {
    private(set) var bytes = Bytes()

    mutating func add(_ field: Bytes) {
        bytes.append(decimal: field.count)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(field)
    }

    mutating func add(_ number: Int) { add(Bytes(decimal: number)) }

    mutating func add(_ list: [Bytes]) {
        add(list.count)
        for field in list { add(field) }
    }
}

/// Reads fields in the order in which they were added; nil where the message is damaged.
struct FieldReader {
    private let bytes: Bytes
    private var index = 0

    init(_ bytes: Bytes) { self.bytes = bytes }

    mutating func field() -> Bytes? {
        guard let colon = bytes.find(UInt8(ascii: ":"), from: index), let count = bytes[index..<colon].decimal,
            count >= 0, count <= bytes.count - colon - 1
        else { return nil }
        index = colon + 1 + count
        return bytes[(colon + 1)..<index]
    }

    mutating func number() -> Int? { field()?.decimal }

    mutating func list() -> [Bytes]? {
        guard let count = number(), count >= 0, count <= bytes.count else { return nil }
        var list: [Bytes] = []
        for _ in 0..<count {
            guard let field = field() else { return nil }
            list.append(field)
        }
        return list
    }
}

/// What a process asks: the words of a call, and who asks.
struct Request {
    /// The name of the thread that asks, for messages.
    var thread: Bytes
    /// NOUN VERB and so on.
    var words: [Bytes]

    var message: Bytes {
        var fields = Fields()
        fields.add(thread)
        fields.add(words)
        return fields.bytes
    }

    init(thread: Bytes, words: [Bytes]) {
        self.thread = thread
        self.words = words
    }

    init?(_ message: Bytes) {
        var reader = FieldReader(message)
        guard let thread = reader.field(), let words = reader.list() else { return nil }
        self.init(thread: thread, words: words)
    }
}

/// What came of a call that a process has asked for.
///
/// Thread: that of the connection.
package final class Reply {
    package var status: Int32 = 0
    /// What the call gave, for a variable or to be printed as a line.
    package var result: Bytes?
    /// What it reported.
    package var messages: [Bytes] = []
    /// What it printed.
    package var output = Bytes()
    /// Descriptors that the process gets duplicates of; they stay whose they are.
    package var descriptors: [Int32] = []
    /// What keeps them open until the reply is sent.
    private var keepers: [AnyObject] = []

    package init() {}

    func keep(_ object: AnyObject) { keepers.append(object) }

    var message: Bytes {
        var fields = Fields()
        fields.add(Int(status))
        fields.add(result == nil ? 0 : 1)
        fields.add(result ?? Bytes())
        fields.add(messages)
        fields.add(output)
        return fields.bytes
    }

    init?(_ message: Bytes, descriptors: [Int32]) {
        var reader = FieldReader(message)
        guard let status = reader.number(), let hasResult = reader.number(), let result = reader.field(),
            let messages = reader.list(), let output = reader.field()
        else { return nil }
        self.status = Int32(truncatingIfNeeded: status)
        self.result = hasResult == 1 ? result : nil
        self.messages = messages
        self.output = output
        self.descriptors = descriptors
    }
}
