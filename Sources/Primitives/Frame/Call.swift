import Bytes
import Platform
import Shell

/// One call of a verb: who calls, with which options and operands, and where the result goes.
package struct Call {
    package let sh: Interpreter
    package let noun: Bytes
    package let verb: Verb
    /// All words of the command, the noun first.
    package let arguments: Arguments
    /// Where the operands begin.
    package private(set) var first: Int
    /// The options that were given, by their place in the verb's list, with their values, in the order of the command.
    private var given: [(index: Int, value: Bytes)] = []
    /// Where results and messages go that are for a process which has asked.
    package let reply: Reply?
    /// When `-t` ends the wait, on the monotonic clock.
    package private(set) var deadline: UInt64?

    init(sh: Interpreter, noun: Bytes, verb: Verb, arguments: Arguments, first: Int = 2, reply: Reply? = nil) {
        self.first = first
        self.reply = reply
        self.sh = sh
        self.noun = noun
        self.verb = verb
        self.arguments = arguments
    }

    // MARK: Operands and options

    /// How many operands there are.
    @inline(__always)
    package var count: Int { arguments.count - first }

    /// The operands; `[0]` is mostly a name.
    @inline(__always)
    package subscript(index: Int) -> Bytes { arguments[first + index] }

    /// The operands from the one at `index` on.
    package func operands(from index: Int = 0) -> [Bytes] { Array(arguments.droppingFirst(first + index)) }

    /// Whether an option was given: by its letter, or by its long name.
    package func has(_ option: Bytes) -> Bool { !given.isEmpty && given.contains { means($0.index, option) } }

    /// The value of an option; of several the last.
    package func value(_ option: Bytes) -> Bytes? {
        given.isEmpty ? nil : given.last { means($0.index, option) }?.value
    }

    private func means(_ index: Int, _ option: Bytes) -> Bool {
        let known = verb.options[index]
        return option.count == 1 ? known.letter == option[0] : known.name == option
    }

    /// The options as they were given, for who hands them on: spelling and value.
    package var options: [(option: VerbOption, value: Bytes)] { given.map { (verb.options[$0.index], $0.value) } }

    /// Reads the options; the status if they are wrong or ask for help.
    mutating func readOptions() throws(Unwind) -> Int32? {
        while first < arguments.count {
            let word = arguments[first]
            guard word.count > 1, word[0] == UInt8(ascii: "-") else { break }
            if word == "--" {
                first += 1
                break
            }
            // `-1` may be an operand.
            if word[1] >= UInt8(ascii: "0"), word[1] <= UInt8(ascii: "9"),
                !verb.options.contains(where: { $0.letter == word[1] })
            {
                break
            }
            if word[1] != UInt8(ascii: "-") {
                if let status = readLetters(word) { return status }
                continue
            }
            let equals = word.find(UInt8(ascii: "="))
            let name = word[2..<(equals ?? word.count)]
            if name == "help" {
                return sh.print("usage: " + use + "\n" + helpLines) ? 0 : 1
            }
            guard let index = verb.options.firstIndex(where: { $0.name == name && !$0.name.isEmpty }) else {
                let names = verb.options.flatMap(\.spellings)
                return wrongUse("unknown option " + word + sh.optionQuestion(word, among: names))
            }
            first += 1
            if verb.options[index].value.isEmpty {
                if equals != nil { return wrongUse("--" + name + " takes no value") }
                given.append((index, Bytes()))
            } else if let equals {
                given.append((index, word.suffix(from: equals + 1)))
            } else if first < arguments.count {
                given.append((index, arguments[first]))
                first += 1
            } else {
                return wrongUse("a value is missing after " + word)
            }
        }
        return readTimeout()
    }

    private mutating func readLetters(_ word: Bytes) -> Int32? {
        var place = 1
        first += 1
        while place < word.count {
            let letter = word[place]
            place += 1
            guard let index = verb.options.firstIndex(where: { $0.letter == letter }) else {
                return wrongUse("unknown option -" + Bytes([letter]))
            }
            if verb.options[index].value.isEmpty {
                given.append((index, Bytes()))
            } else if place < word.count {
                given.append((index, word.suffix(from: place)))
                return nil
            } else if first < arguments.count {
                given.append((index, arguments[first]))
                first += 1
            } else {
                return wrongUse("a value is missing after -" + Bytes([letter]))
            }
        }
        return nil
    }

    private mutating func readTimeout() -> Int32? {
        guard let text = value("t"), verb.options.contains(where: { $0.name == "timeout" }) else { return nil }
        guard let nanoseconds = Call.nanoseconds(text) else {
            return wrongUse("'" + text + "' is no number of seconds")
        }
        deadline = Clock.monotonicNanoseconds() &+ nanoseconds
        return nil
    }

    /// `1.5` as nanoseconds; nil if it is no number of seconds.
    package static func nanoseconds(_ text: Bytes) -> UInt64? {
        guard !text.isEmpty, text != "." else { return nil }
        let point = text.find(UInt8(ascii: "."))
        let whole = text[0..<(point ?? text.count)]
        guard whole.isEmpty || (whole.decimal.map { $0 >= 0 && $0 < 1 << 32 } ?? false) else { return nil }
        var nanoseconds = UInt64(whole.decimal ?? 0) * 1_000_000_000
        guard let point else { return nanoseconds }
        var unit: UInt64 = 100_000_000
        for byte in text.suffix(from: point + 1) {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            nanoseconds += UInt64(byte - UInt8(ascii: "0")) * unit
            unit /= 10
        }
        return nanoseconds
    }

    // MARK: Results and errors

    /// The result: into the variable of `-v`, else printed as a line. The status: 0, or 1 if the variable cannot be set.
    package func give(_ result: Bytes) -> Int32 {
        if let reply {
            reply.result = result
            return 0
        }
        if let name = value("v") { return assign(name, result) }
        sh.write(result)
        sh.write("\n" as Bytes)
        return 0
    }

    /// Puts a result into a variable; 1, with the message printed, if it cannot be set.
    package func assign(_ name: Bytes, _ result: Bytes) -> Int32 {
        guard Call.isName(name) else { return wrongUse("'" + name + "' is no name of a variable") }
        return sh.assign(name, result) ? 0 : 1
    }

    /// The status if nothing can be put into a variable of that name, for who must know before it takes something.
    package func checkVariable(_ name: Bytes) -> Int32? {
        if !Call.isName(name) { return wrongUse("'" + name + "' is no name of a variable") }
        return sh.isReadonly(name) ? fail(name + ": is read only") : nil
    }

    static func isName(_ name: Bytes) -> Bool {
        guard let first = name.first, !(first >= UInt8(ascii: "0") && first <= UInt8(ascii: "9")) else { return false }
        return name.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }

    /// `noun verb`; the built-in's name where it has no verbs.
    package var title: Bytes { noun.isEmpty ? verb.name : noun + " " + verb.name }

    /// How the verb is called.
    private var use: Bytes { noun.isEmpty ? verb.synopsis : noun + " " + verb.synopsis }

    /// `thresh: FILE:LINE:COL: noun verb: message`, and the status.
    package func fail(_ message: Bytes, status: Int32 = 1) -> Int32 {
        if let reply {
            reply.messages.append(message)
            return status
        }
        return sh.fail(title, message, status: status)
    }

    /// Wrong use: the message and how the verb is called; status 2.
    package func wrongUse(_ message: Bytes) -> Int32 {
        _ = fail(message)
        return fail("usage: " + use, status: 2)
    }

    /// The status of wrong use if there are not as many operands as the verb takes.
    package func checkCount(_ counts: ClosedRange<Int>) -> Int32? {
        if count < counts.lowerBound { return wrongUse("an operand is missing") }
        if count > counts.upperBound { return wrongUse("too many operands: '" + self[counts.upperBound] + "'") }
        return nil
    }

    package func checkCount(_ counts: PartialRangeFrom<Int>) -> Int32? {
        count < counts.lowerBound ? wrongUse("an operand is missing") : nil
    }

    private var helpLines: Bytes {
        verb.summary + "\n" + verb.options.map { "  " + $0.line }.joined(by: "")
    }
}
