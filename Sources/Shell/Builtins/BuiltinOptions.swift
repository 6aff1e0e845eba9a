import Bytes

/// The options of a built-in, read one by one after the Utility Syntax Guidelines (XBD 12.2): letters may be grouped, an
/// option's argument may stand with it or after it, `--` ends the options.
///
///     var options = BuiltinOptions(args, "LP")
///     while let letter = options.next(sh) { … }
///     if let status = options.failure { return status }
package struct BuiltinOptions {
    private let args: Arguments
    /// The letters; a colon after one means that it takes an argument.
    private let letters: Bytes
    /// The place in a group of letters; 0 outside of one.
    private var place = 0
    /// The index of the first operand, once `next` has given nil.
    package private(set) var operands = 1
    /// The argument of the option that `next` gave.
    package private(set) var argument = Bytes()
    /// The status to return if the options were wrong; the message is printed.
    package private(set) var failure: Int32?

    package init(_ args: Arguments, _ letters: Bytes) {
        self.args = args
        self.letters = letters
    }

    /// The next option's letter; nil after the last one and after an error.
    package mutating func next(_ sh: Interpreter) -> UInt8? {
        guard operands < args.count else { return nil }
        let word = args[operands]
        if place == 0 {
            guard word.count > 1, word[0] == UInt8(ascii: "-") else { return nil }
            if word == "--" {
                operands += 1
                return nil
            }
            place = 1
        }
        let letter = word[place]
        place += 1
        let isAtEnd = place == word.count
        guard letter != UInt8(ascii: ":"), let index = letters.find(letter) else {
            return fail(sh, "unknown option -", letter)
        }
        if index + 1 < letters.count && letters[index + 1] == UInt8(ascii: ":") {
            if !isAtEnd {
                argument = word.suffix(from: place)
            } else if operands + 1 < args.count {
                operands += 1
                argument = args[operands]
            } else {
                return fail(sh, "an argument is missing after -", letter)
            }
            endWord()
        } else if isAtEnd {
            endWord()
        }
        return letter
    }

    private mutating func endWord() {
        operands += 1
        place = 0
    }

    private mutating func fail(_ sh: Interpreter, _ message: StaticString, _ letter: UInt8) -> UInt8? {
        var text = Bytes()
        text.append(message)
        text.append(letter)
        _ = sh.fail(args[0], text)
        failure = sh.usage(args[0])
        return nil
    }
}

extension Interpreter {
    /// `name: subject: reason` on descriptor 2; gives the status.
    func fail(_ name: Bytes, _ subject: Bytes, _ reason: Bytes, status: Int32 = 1) -> Int32 {
        var text = subject
        text.append(": ")
        text.append(reason)
        return fail(name, text, status: status)
    }
}
