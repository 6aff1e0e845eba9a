// test and [ (POSIX.1-2024, XCU test). With one to four arguments the number of them says what they mean, so that no
// value can be taken for an operator. Beyond four, and where four have no such meaning, they are an expression with
// `-o` (weakest), `-a`, `!` and parentheses.

import Bytes
import Platform

extension Builtin {
    static let test = Builtin(
        name: "test", kind: .regular, synopsis: "test [expression]",
        summary: "Evaluate an expression: status 0 if it is true, 1 if it is false, 2 if it is wrong.",
        details: details,
        examples: "test -d /etc && [ \"$user\" != root ]",
        run: Test.run)

    static let bracket = Builtin(
        name: "[", kind: .regular, synopsis: "[ [expression] ]",
        summary: "Evaluate an expression, as test does; the last argument is ].",
        details: details, run: Test.run)

    private static let details: Bytes = """
        Files:     -e exists, -f regular file, -d directory, -h -L symbolic link, -p FIFO, -S socket, -b block and \
        -c character device, -s not empty, -r -w -x can be read, written, executed (searched), -u -g -k set-user-ID, \
        set-group-ID, sticky bit, -O -G owned by the effective user, group, -N changed since it was last read; \
        a -nt b, a -ot b newer, older (or the other doesn't exist), a -ef b the same file; -t n descriptor n is a terminal
        Strings:   -n s or s alone not empty, -z s empty, a = b, a == b, a != b, a < b, a > b (by bytes)
        Integers:  a -eq b, -ne, -lt, -le, -gt, -ge
        Shell:     -v name the variable is set, -o name the option is on
        Together:  ! e not, ( e ) grouping, e -a e and, e -o e or; && and || between two calls are safer

        The operators < > ( and ) mean something to the shell and must be quoted.
        """
}

enum Test {
    static func run(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        var end = args.count
        if args[0] == "[" {
            guard end > 1, args[end - 1] == "]" else { return sh.fail("[", "']' is missing at the end", status: 2) }
            end -= 1
        }
        var evaluator = TestEvaluator(sh: sh, args: args, end: end)
        do throws(TestError) {
            return try evaluator.evaluate() ? 0 : 1
        } catch {
            return sh.fail(args[0], error.message, status: 2)
        }
    }
}

private struct TestEvaluator {
    let sh: Interpreter
    let args: Arguments
    /// Past the last argument of the expression.
    let end: Int
    var index = 1

    init(sh: Interpreter, args: Arguments, end: Int) {
        self.sh = sh
        self.args = args
        self.end = end
    }

    // MARK: By the number of arguments

    mutating func evaluate() throws(TestError) -> Bool {
        switch end - 1 {
        case 0: return false
        case 1: return one(1)
        case 2: return try two(1)
        case 3: return try three(1)
        case 4:
            if args[1] == "!" { return try !three(2) }
            if args[1] == "(" && args[4] == ")" { return try two(2) }
        default: break
        }
        let result = try or()
        guard index == end else { throw TestError(args[index], ": expected -a, -o or the end") }
        return result
    }

    private func one(_ index: Int) -> Bool { !args[index].isEmpty }

    private func two(_ index: Int) throws(TestError) -> Bool {
        let name = args[index]
        if name == "!" { return !one(index + 1) }
        guard let primary = UnaryPrimary(name) else { throw TestError(name, ": not a unary operator") }
        return try primary.holds(args[index + 1], sh)
    }

    private func three(_ index: Int) throws(TestError) -> Bool {
        let name = args[index + 1]
        if let primary = BinaryPrimary(name) { return try primary.holds(args[index], args[index + 2], sh) }
        if name == "-a" { return one(index) && one(index + 2) }
        if name == "-o" { return one(index) || one(index + 2) }
        if args[index] == "!" { return try !two(index + 1) }
        if args[index] == "(" && args[index + 2] == ")" { return one(index + 1) }
        throw TestError(name, ": not a binary operator")
    }

    // MARK: By grammar

    private mutating func or() throws(TestError) -> Bool {
        var result = try and()
        while index < end && args[index] == "-o" {
            index += 1
            let right = try and()
            result = result || right
        }
        return result
    }

    private mutating func and() throws(TestError) -> Bool {
        var result = try term()
        while index < end && args[index] == "-a" {
            index += 1
            let right = try term()
            result = result && right
        }
        return result
    }

    private mutating func term() throws(TestError) -> Bool {
        var negated = false
        while !isBinary, index + 1 < end, args[index] == "!" {
            negated.toggle()
            index += 1
        }
        return try primary() != negated
    }

    /// What stands before a binary operator is an operand, whatever it looks like.
    private var isBinary: Bool { index + 2 < end && BinaryPrimary(args[index + 1]) != nil }

    private mutating func primary() throws(TestError) -> Bool {
        guard index < end else { throw TestError("", "an argument is missing at the end") }
        if index + 2 < end, let primary = BinaryPrimary(args[index + 1]) {
            index += 3
            return try primary.holds(args[index - 3], args[index - 1], sh)
        }
        let word = args[index]
        index += 1
        if word == "(" && index < end {
            guard Threads.stackRemaining() > Interpreter.stackReserve else { throw TestError("", "nested too deeply") }
            let result = try or()
            guard index < end, args[index] == ")" else { throw TestError("", "')' is missing") }
            index += 1
            return result
        }
        if index < end, let primary = UnaryPrimary(word) {
            index += 1
            return try primary.holds(args[index - 1], sh)
        }
        return !word.isEmpty
    }
}
