// read (POSIX.1-2024, XCU read): a line, or what -d, -n and -N ask for, split by IFS into variables. How the bytes are got
// without taking too many is in InputReader.swift.

import Bytes
import Glibc
import Platform
import Syntax

extension Builtin {
    static let read = Builtin(
        name: "read", kind: .regular,
        synopsis: """
            read [-ers] [-a array] [-d delimiter] [-i text] [-n count | -N count]
                 [-p prompt] [-t seconds] [-u descriptor] [name…]
            """,
        summary: "Read a line from standard input into variables.",
        details: """
            The line is split by IFS: a field for each variable, and to the last one all that is left. Without a name the \
            whole line goes to REPLY. A backslash quotes the next character, and before a newline joins two lines.

            -r  backslashes are ordinary characters (nearly always what is wanted: IFS= read -r line)
            -a  each field becomes an element of the array
            -e  edit the line with readline, if the input is a terminal; -i gives the text to begin with
            -d  the line ends at the first character of the delimiter; if it is empty, at a NUL byte
            -n  stop after so many characters
            -N  exactly so many characters, whatever they are, into the first variable, not split
            -p  write the prompt to standard error, if the input is a terminal
            -s  don't show what is typed
            -t  give up after so many seconds (1.5); with 0, only say by the status whether input waits
            -u  read from the descriptor

            The status is 0, 1 at the end of the input (what came before it is assigned), more than 128 after the time set, \
            and 1 for errors. Where the shell keeps to POSIX it is 2 for errors, and a signal with a trap ends the wait with \
            more than 128; else read goes on after the trap's action. TMOUT in seconds is the time for those that have no -t.
            """,
        examples: """
            read -r first rest <file
            read -rsp 'Password: ' password
            while IFS=: read -r user _ id _; do echo "$user $id"; done </etc/passwd
            """,
        completes: .variables(except: "dintNpu"), run: Read.run)
}

enum Read {
    static func run(_ sh: Interpreter, _ args: Arguments) throws(Unwind) -> Int32 {
        var request = ReadRequest()
        var prompt = Bytes()
        var isSilent = false
        var seconds: Bytes?
        var number = 0
        var array: Bytes?
        var isEdited = false
        var initial = Bytes()
        var options = BuiltinOptions(args, "era:sd:i:n:N:p:t:u:")
        while let option = options.next(sh) {
            switch Unicode.Scalar(option) {
            case "r": request.isRaw = true
            case "a": array = options.argument
            case "s": isSilent = true
            case "d": request.delimiter = options.argument.first ?? 0
            case "p": prompt = options.argument
            case "e": isEdited = true
            case "i": initial = options.argument
            case "t": seconds = options.argument
            case "u":
                guard let value = options.argument.decimal, value >= 0 else {
                    return sh.fail(args[0], options.argument, "not a descriptor", status: sh.readFailure)
                }
                number = value
            default:
                guard let value = options.argument.decimal, value >= 0 else {
                    return sh.fail(args[0], options.argument, "not a count", status: sh.readFailure)
                }
                request.count = value
                request.isExact = option == UInt8(ascii: "N")
            }
        }
        if let status = options.failure { return status }
        if seconds == nil { seconds = sh.readTimeout }
        let names = args.droppingFirst(options.operands)
        if let array, !Names.isName(array) {
            return sh.fail(args[0], array, "not a valid name", status: sh.readFailure)
        }
        for name in names where !VariableName.isReferable(name) {
            return sh.fail(args[0], name, "not a valid name", status: sh.readFailure)
        }
        var line = ReadLine(request, sh.encoding)
        if seconds == nil, let file = sh.context.descriptors[number] {
            do throws(InputError) {
                if let isWhole = try fill(&line, from: file, sh) {
                    return assign(line, to: names, array, sh, isSplit: !request.isExact)
                        ? isWhole ? 0 : 1 : sh.readFailure
                }
            } catch {
                guard let status = try Read.status(of: error, sh, args[0]) else { return sh.readFailure }
                return assign(line, to: names, array, sh, isSplit: !request.isExact) ? status : sh.readFailure
            }
        }
        guard let descriptor = sh.context.descriptors.descriptor(number) else {
            return sh.fail(args[0], Bytes(decimal: number), Errno.badDescriptor.message, status: sh.readFailure)
        }
        var deadline: UInt64?
        if seconds == nil, let limit = sh.variable("TMOUT")?.decimal, limit > 0 { seconds = Bytes(decimal: limit) }
        if let seconds {
            guard let wait = nanoseconds(seconds) else {
                return sh.fail(args[0], seconds, "not a time", status: sh.readFailure)
            }
            if wait == 0 { return hasInput(descriptor) ? 0 : 1 }
            deadline = Clock.monotonicNanoseconds() &+ wait
        }

        if isEdited, sh.isMain, System.isTerminal(descriptor), let edit = sh.lineEditor {
            var text: Bytes?
            var status: Int32 = 0
            while text == nil {
                let request = LineRequest(descriptor: descriptor, prompt: prompt, initial: initial, deadline: deadline)
                switch edit(sh, request) {
                case .line(let typed): text = typed
                case .end: (text, status) = (Bytes(), 1)
                case .timedOut(let typed): (text, status) = (typed, 128 + SIGALRM)
                case .interrupted(let typed):
                    if let signal = try sh.runPendingTraps() { return 128 + signal }
                    // It was stopped meanwhile.
                    initial = typed
                }
            }
            text?.withUnsafeBytes { line.add(UnsafeRawBufferPointer($0)) }
            line.end()
            return assign(line, to: names, array, sh, isSplit: true) ? status : sh.readFailure
        }
        let isTerminal = (isSilent || !prompt.isEmpty || request.count != nil) && System.isTerminal(descriptor)
        if isTerminal && !prompt.isEmpty { sh.writeError(prompt) }
        let modes = isTerminal ? TerminalInput(descriptor, isSilent: isSilent, byCharacter: request.count != nil) : nil
        defer { modes?.restore() }
        let status: Int32
        do throws(InputError) {
            status = try fill(&line, InputReader(descriptor, sh, deadline: deadline)) ? 0 : 1
        } catch {
            guard let found = try Read.status(of: error, sh, args[0]) else { return sh.readFailure }
            status = found
        }
        return assign(line, to: names, array, sh, isSplit: !request.isExact) ? status : sh.readFailure
    }

    /// The status that an interruption gives; nil, with the message printed, after an error.
    private static func status(of error: InputError, _ sh: Interpreter, _ name: Bytes) throws(Unwind) -> Int32? {
        switch error {
        case .failed(let errno):
            _ = sh.fail(name, errno.message)
            return nil
        case .timedOut: return 128 + SIGALRM
        case .interrupted(let signal): return 128 + signal
        case .unwind(let unwind): throw unwind
        }
    }

    /// From a file that nobody else reads; false at its end, nil if there can be no reading ahead.
    private static func fill(
        _ line: inout ReadLine, from file: OpenFile, _ sh: Interpreter
    ) throws(InputError) -> Bool? {
        while true {
            let found: ReadAhead.Found?
            do throws(Errno) {
                found = try file.readAhead { (input, descriptor) throws(Errno) in
                    try fill(&line, from: input, descriptor)
                }
            } catch {
                guard error == .outOfDescriptors else { throw .failed(error) }
                // Byte by byte needs none.
                _ = file.descriptor
                return nil
            }
            switch found {
            case .line: return true
            case .end: return false
            // The action of a trap may read too: nothing is locked meanwhile.
            case .nothing(let descriptor): try sh.waitForInput(descriptor, until: nil)
            case nil: return nil
            }
        }
    }

    private static func fill(
        _ line: inout ReadLine, from input: ReadAhead, _ descriptor: Int32
    ) throws(Errno) -> ReadAhead.Found {
        while !line.isComplete {
            let bytes: UnsafeRawBufferPointer
            do throws(Errno) { bytes = try input.look(descriptor) } catch {
                if error == .wouldBlock { return .nothing(descriptor) }
                throw error
            }
            guard !bytes.isEmpty else {
                line.end()
                return .end
            }
            let count = line.extent(in: bytes)
            line.add(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            input.take(count)
        }
        return .line
    }

    /// False at the end of the input.
    private static func fill(_ line: inout ReadLine, _ reader: consuming InputReader) throws(InputError) -> Bool {
        if line.isComplete { return true }
        while true {
            let bytes = try reader.look()
            guard !bytes.isEmpty else {
                line.end()
                return false
            }
            let count = line.extent(in: bytes)
            line.add(try reader.take(count))
            if line.isComplete { return true }
        }
    }

    /// Splits the line (2.6.5, as read has it) and assigns; false if a variable is readonly.
    private static func assign(
        _ line: ReadLine, to names: Arguments, _ array: Bytes?, _ sh: Interpreter, isSplit: Bool
    ) -> Bool {
        if let array {
            var fields = ReadFields(line, sh.separators)
            return sh.setArray(array, isSplit ? fields.all() : [line.text])
        }
        guard let last = names.last else { return sh.assign("REPLY", line.text) }
        if !isSplit {
            for (index, name) in names.enumerated()
            where !sh.assign(anyName: name, index == 0 ? line.text : "") { return false }
            return true
        }
        if line.protected.isEmpty && sh.separators[0xFF] != 3 {
            // The variables may be IFS itself: the line is split by what it was.
            let separators = sh.separators
            return line.text.withUnsafeBytes { text in
                var fields = PlainFields(text, separators)
                for name in names.dropLast() where !sh.assign(anyName: name, fields.next()) { return false }
                return sh.assign(anyName: last, fields.rest())
            }
        }
        var fields = ReadFields(line, sh.separators)
        for name in names.dropLast() where !sh.assign(anyName: name, fields.next()) { return false }
        return sh.assign(anyName: last, fields.rest())
    }

    private static func hasInput(_ descriptor: Int32) -> Bool {
        var one = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
        return ((try? System.poll(&one, timeoutMilliseconds: 0)) ?? 0) > 0
    }

    /// Seconds with a fraction, in nanoseconds.
    static func nanoseconds(_ text: Bytes) -> UInt64? {
        var value: UInt64 = 0
        var unit: UInt64 = 1_000_000_000
        var hasDigits = false
        var isFraction = false
        for byte in text {
            if byte == UInt8(ascii: ".") && !isFraction {
                isFraction = true
                continue
            }
            guard (0x30...0x39).contains(byte) else { return nil }
            hasDigits = true
            let digit = UInt64(byte - 0x30)
            if isFraction {
                unit /= 10
                value += digit * unit
            } else {
                let (product, overflow1) = value.multipliedReportingOverflow(by: 10)
                let (sum, overflow2) = product.addingReportingOverflow(digit * unit)
                // Three hundred years are long enough to stand for longer.
                if overflow1 || overflow2 || sum > 1 << 63 { return 1 << 63 }
                value = sum
            }
        }
        return hasDigits ? value : nil
    }
}

extension Interpreter {
    /// POSIX wants more than 1 for errors; in bash there is 1.
    fileprivate var readFailure: Int32 { has(.posix) ? 2 : 1 }

    /// The seconds that TMOUT allows, if that is more than none.
    fileprivate var readTimeout: Bytes? {
        guard let text = variable("TMOUT"), !has(.posix), let wait = Read.nanoseconds(text), wait > 0 else {
            return nil
        }
        return text
    }
}

/// How much is to be read.
struct ReadRequest {
    var isRaw = false
    var delimiter = UInt8(ascii: "\n")
    /// So many characters at most.
    var count: Int?
    /// The delimiter means nothing: `count` is exact.
    var isExact = false
}

/// The line as it grows.
struct ReadLine {
    private let request: ReadRequest
    private let encoding: CharacterEncoding
    private(set) var text = Bytes()
    /// Places in `text` of bytes that a backslash protects from being separators, in order.
    private(set) var protected: [Int] = []
    private(set) var isComplete: Bool
    private var followsBackslash = false
    /// Characters counted so far; the bytes that are still missing to the last one.
    private var characters = 0
    private var missing = 0

    init(_ request: ReadRequest, _ encoding: CharacterEncoding) {
        self.request = request
        self.encoding = encoding
        isComplete = request.count == 0
    }

    /// How many of the next bytes belong to the line for certain: up to a delimiter, whatever stands before that, and not
    /// more than there are characters wanted. More may follow.
    mutating func extent(in bytes: UnsafeRawBufferPointer) -> Int {
        let bytes = bytes.bindMemory(to: UInt8.self)
        if missing > 0 {
            if bytes[0] & 0xC0 == 0x80 { return 1 }
            // The character was broken off: what came of it counts as one.
            missing = 0
            count()
            if isComplete { return 0 }
        }
        var extent = bytes.count
        if let wanted = request.count { extent = min(extent, wanted - characters) }
        if request.isExact { return extent }
        return UnsafeBufferPointer(rebasing: bytes[..<extent]).find(request.delimiter).map { $0 + 1 } ?? extent
    }

    /// Adds bytes that were taken.
    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        let bytes = bytes.bindMemory(to: UInt8.self)
        if request.count == nil && !followsBackslash && bytes.find(0) == nil
            && (request.isRaw || bytes.find(UInt8(ascii: "\\")) == nil)
        {
            let end = bytes.find(request.delimiter) ?? bytes.count
            isComplete = end < bytes.count
            text.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[..<end]))
            return
        }
        for byte in bytes where !isComplete { add(byte) }
    }

    private mutating func add(_ byte: UInt8) {
        if followsBackslash {
            followsBackslash = false
            if byte == UInt8(ascii: "\n") { return }
            protected.append(text.count)
            append(byte)
        } else if byte == request.delimiter && !request.isExact {
            isComplete = true
        } else if byte == UInt8(ascii: "\\") && !request.isRaw {
            followsBackslash = true
        } else {
            append(byte)
        }
    }

    private mutating func append(_ byte: UInt8) {
        // A variable can't hold a NUL.
        if byte != 0 { text.append(byte) }
        guard request.count != nil else { return }
        if missing > 0 {
            missing -= 1
        } else if encoding == .utf8 {
            missing = byte < 0xC2 || byte > 0xF4 ? 0 : byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3
        }
        if missing == 0 { count() }
    }

    private mutating func count() {
        characters += 1
        if let wanted = request.count, characters >= wanted { isComplete = true }
    }

    /// The input has ended; a backslash that quoted nothing is dropped.
    mutating func end() { followsBackslash = false }
}

/// The fields of a line, one by one.
private struct ReadFields {
    private let text: Bytes
    private let protected: [Int]
    private let separators: FieldSeparators
    private var index = 0
    /// How many protected places lie before `index`.
    private var passed = 0

    init(_ line: ReadLine, _ separators: FieldSeparators) {
        text = line.text
        protected = line.protected
        self.separators = separators
        skipBlanks()
    }

    /// The class of the character at `index`: 0 if it doesn't separate, 1 for white space, 2 for another separator; and
    /// its length.
    private mutating func character(at index: Int) -> (kind: UInt8, length: Int) {
        while passed < protected.count && protected[passed] < index { passed += 1 }
        if passed < protected.count && protected[passed] == index { return (0, 1) }
        let kind = separators[text[index]]
        return kind == 3 ? separators.wideCharacter(in: text, at: index) : (kind, 1)
    }

    private mutating func skipBlanks() {
        while index < text.count && character(at: index).kind == 1 { index += 1 }
    }

    /// The next field, whose separator is skipped; empty after the last.
    mutating func next() -> Bytes {
        let start = index
        while index < text.count {
            let next = character(at: index)
            if next.kind != 0 { break }
            index += next.length
        }
        let field = text[start..<index]
        skipBlanks()
        if index < text.count {
            let separator = character(at: index)
            if separator.kind == 2 {
                index += separator.length
                skipBlanks()
            }
        }
        return field
    }

    /// All fields.
    mutating func all() -> [Bytes] {
        var fields: [Bytes] = []
        while index < text.count { fields.append(next()) }
        return fields
    }

    /// All that is left: one field without its separator, or several with all separators but white space at the end.
    mutating func rest() -> Bytes {
        let start = index
        let field = next()
        if index == text.count { return field }
        var end = text.count
        while end > start, separators[text[end - 1]] == 1, protected.last != end - 1 { end -= 1 }
        return text[start..<end]
    }
}

/// A terminal's input without echo, or character by character, until `restore`.
private struct TerminalInput {
    private let descriptor: Int32
    private var saved = termios()

    init?(_ descriptor: Int32, isSilent: Bool, byCharacter: Bool) {
        guard isSilent || byCharacter, tcgetattr(descriptor, &saved) == 0 else { return nil }
        self.descriptor = descriptor
        var modes = saved
        if isSilent { modes.c_lflag &= ~tcflag_t(ECHO) }
        if byCharacter { modes.c_lflag &= ~tcflag_t(ICANON) }
        tcsetattr(descriptor, TCSADRAIN, &modes)
    }

    func restore() {
        var modes = saved
        tcsetattr(descriptor, TCSADRAIN, &modes)
    }
}

extension Interpreter {
    /// Assigns to a variable or to an element of an array; false, with the message printed, if that can't be.
    func assign(anyName name: Bytes, _ value: Bytes) -> Bool {
        if name.last != UInt8(ascii: "]") { return assign(name, value) }
        return (try? assign(to: name, value)) ?? false
    }
}
