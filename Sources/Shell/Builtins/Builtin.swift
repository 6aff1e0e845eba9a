import Bytes

/// A built-in utility: `help`, completion and the manual draw on the same value that runs it.
package final class Builtin: Sendable {
    package enum Kind: Sendable {
        /// POSIX 2.15: found before functions; its errors end a non-interactive shell; its assignments stay.
        case special
        /// A utility of POSIX that this shell has built in.
        case regular
        /// Beyond POSIX.
        case `extension`
        /// Beyond POSIX under a name that a program may have as well: not there with `set -o posix`.
        case primitive
    }

    package let name: Bytes
    package let kind: Kind
    /// The forms of the call, one a line: `cd [-L|-P] [directory]`.
    package var synopsis: Bytes { synopsisText() }
    /// One line: what it does.
    package var summary: Bytes { summaryText() }
    /// Options, operands and exit status, in paragraphs.
    package var details: Bytes { detailsText() }
    /// Calls as one would type them, one a line.
    package var examples: Bytes { examplesText() }
    // Texts are made when somebody asks for help, not at each start.
    private let synopsisText: @Sendable () -> Bytes
    private let summaryText: @Sendable () -> Bytes
    private let detailsText: @Sendable () -> Bytes
    private let examplesText: @Sendable () -> Bytes
    /// What its operands are, for completion.
    package let completes: OperandCompletion
    /// The options, where another table than the help's text has them.
    let ownOptions: (@Sendable () -> [Candidate])?
    package let run: @Sendable (Interpreter, Arguments) throws(Unwind) -> Int32

    package init(
        name: Bytes, kind: Kind, synopsis: @autoclosure @escaping @Sendable () -> Bytes,
        summary: @autoclosure @escaping @Sendable () -> Bytes,
        details: @autoclosure @escaping @Sendable () -> Bytes = "",
        examples: @autoclosure @escaping @Sendable () -> Bytes = "", completes: OperandCompletion = .files,
        options: (@Sendable () -> [Candidate])? = nil,
        run: @escaping @Sendable (Interpreter, Arguments) throws(Unwind) -> Int32
    ) {
        self.name = name
        self.kind = kind
        synopsisText = synopsis
        summaryText = summary
        detailsText = details
        examplesText = examples
        self.completes = completes
        ownOptions = options
        self.run = run
    }
}

/// The words of a command while it runs: a window of the interpreter's stack of arguments. `[0]` is the command's name.
package struct Arguments: RandomAccessCollection {
    unowned(unsafe) let interpreter: Interpreter
    let base: Int
    package let count: Int

    package var startIndex: Int { 0 }
    package var endIndex: Int { count }

    package subscript(index: Int) -> Bytes {
        precondition(index >= 0 && index < count, "argument index out of range")
        return interpreter.stack[base + index]
    }

    /// The arguments after the command's name, as a list of their own.
    var operands: [Bytes] { interpreter.stack.copy(base + 1..<base + count) }

    /// The arguments without the first `n`.
    package func droppingFirst(_ n: Int) -> Arguments {
        let dropped = Swift.min(n, count)
        return Arguments(interpreter: interpreter, base: base + dropped, count: count - dropped)
    }
}

extension Interpreter {
    /// Calls `body` with words as the arguments of a command.
    package func withWords<R>(
        _ words: [Bytes], _ body: (Arguments) throws(Unwind) -> R
    ) throws(Unwind) -> R {
        let base = stack.count
        defer { stack.removeLast(stack.count - base) }
        for word in words { stack.append(word) }
        return try body(Arguments(interpreter: self, base: base, count: words.count))
    }

    /// Runs a command whose words are expanded, a function, a built-in or a program; its status, which is `$?` too.
    package func run(_ words: [Bytes]) throws(Unwind) -> Int32 {
        guard let name = words.first else { return 0 }
        let meaning = meaning(of: name)
        let status = try withWords(words) { (arguments) throws(Unwind) in
            if case .external = meaning { return try dispatch(arguments, externalMeaning(of: name)) }
            return try dispatch(arguments, meaning)
        }
        context.status = status
        try checkSignals()
        return status
    }
}

/// Why the commands being run are left early.
package enum Unwind: Error {
    /// `break n`: how many loops are still to be left.
    case breakLoop(Int32)
    /// `continue n`
    case continueLoop(Int32)
    /// `return`; the status is the context's.
    case returnFromFunction
    /// `exit`, the end by `set -e`, or a signal; the status is the context's.
    case exit
    /// An error that ends a non-interactive shell and brings an interactive one back to its prompt (2.8.1); the message is
    /// printed, the status is the context's.
    case error
    /// The command that was read is given up, and a script goes on with the next: `shopt -s failglob`. The message is
    /// printed, the status is the context's.
    case abandoned
    /// The interpreter was cancelled: its job was killed.
    case cancelled
}
