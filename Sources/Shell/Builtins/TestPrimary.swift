// The primaries of `test`, `[` and `[[`: what an operator says of its operands.

import Bytes
import Glibc
import Platform

/// An expression that means nothing.
struct TestError: Error {
    let message: Bytes

    init(_ subject: Bytes, _ reason: StaticString) {
        var message = subject
        message.append(reason)
        self.message = message
    }
}

/// The primaries by name, for `[[`. An operand that is no integer where one must be makes them false.
enum TestPrimary {
    /// Nil if there is no such operator.
    static func unary(_ name: Bytes, _ operand: Bytes, _ sh: Interpreter) -> Bool? {
        guard let primary = UnaryPrimary(name) else { return nil }
        return (try? primary.holds(operand, sh)) ?? false
    }

    /// Nil if there is no such operator.
    static func binary(_ name: Bytes, _ left: Bytes, _ right: Bytes, _ sh: Interpreter) -> Bool? {
        guard let primary = BinaryPrimary(name) else { return nil }
        return (try? primary.holds(left, right, sh)) ?? false
    }

    /// A decimal integer with blanks around it.
    static func integer(_ operand: Bytes) throws(TestError) -> Int {
        if let value = operand.decimal { return value }
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        var trimmed = operand
        while let last = trimmed.last, isBlank(last) { trimmed.removeLast() }
        if let value = Bytes(trimmed.drop(while: isBlank)).decimal { return value }
        throw TestError(operand, ": not an integer")
    }
}

enum UnaryPrimary {
    case notEmpty, empty, exists, link, notEmptyFile, ownedByUser, ownedByGroup, unread, terminal, variable, reference,
        option
    case kind(FileKind)
    case mode(UInt32)
    case access(Int32)

    init?(_ name: Bytes) {
        guard name.count == 2, name[0] == UInt8(ascii: "-") else { return nil }
        switch Unicode.Scalar(name[1]) {
        case "n": self = .notEmpty
        case "z": self = .empty
        case "e", "a": self = .exists
        case "f": self = .kind(.regular)
        case "d": self = .kind(.directory)
        case "p": self = .kind(.fifo)
        case "S": self = .kind(.socket)
        case "b": self = .kind(.block)
        case "c": self = .kind(.character)
        case "h", "L": self = .link
        case "s": self = .notEmptyFile
        case "u": self = .mode(0o4000)
        case "g": self = .mode(0o2000)
        case "k": self = .mode(0o1000)
        case "r": self = .access(R_OK)
        case "w": self = .access(W_OK)
        case "x": self = .access(X_OK)
        case "O": self = .ownedByUser
        case "G": self = .ownedByGroup
        case "N": self = .unread
        case "t": self = .terminal
        case "v": self = .variable
        case "R": self = .reference
        case "o": self = .option
        default: return nil
        }
    }

    func holds(_ operand: Bytes, _ sh: Interpreter) throws(TestError) -> Bool {
        switch self {
        case .notEmpty: return !operand.isEmpty
        case .empty: return operand.isEmpty
        case .exists: return sh.testStatus(operand) != nil
        case .kind(let kind): return sh.testStatus(operand)?.kind == kind
        case .link: return sh.testStatus(operand, followLinks: false)?.kind == .link
        case .notEmptyFile: return (sh.testStatus(operand)?.size ?? 0) > 0
        case .mode(let bits): return ((sh.testStatus(operand)?.mode ?? 0) & bits) != 0
        case .access(let mode):
            guard !operand.isEmpty else { return false }
            return System.access(
                sh.testPath(operand), mode, at: sh.context.workingDirectory.descriptor, effective: true)
        case .ownedByUser: return sh.testStatus(operand).map { $0.uid == geteuid() } ?? false
        case .ownedByGroup: return sh.testStatus(operand).map { $0.gid == getegid() } ?? false
        case .unread:
            guard let status = sh.testStatus(operand) else { return false }
            return (status.modified.seconds, status.modified.nanoseconds)
                > (status.accessed.seconds, status.accessed.nanoseconds)
        case .terminal:
            let number = try TestPrimary.integer(operand)
            guard number >= 0, let descriptor = sh.context.descriptors.descriptor(number) else { return false }
            return isatty(descriptor) == 1
        case .variable:
            if let number = operand.decimal { return number >= 0 && number <= sh.context.positional.count }
            return (try? sh.value(named: operand)) ?? nil != nil
        case .reference:
            guard let id = NameTable.lookup(operand) else { return false }
            return sh.context.variables.attributes(id).isSuperset(of: [.reference, .isSet])
        case .option: return ShellOptions.named(operand).map { sh.context.options.contains($0) } ?? false
        }
    }
}

enum BinaryPrimary: Equatable {
    enum Comparison {
        case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual

        func holds(_ a: Int, _ b: Int) -> Bool {
            switch self {
            case .equal: return a == b
            case .notEqual: return a != b
            case .less: return a < b
            case .lessOrEqual: return a <= b
            case .greater: return a > b
            case .greaterOrEqual: return a >= b
            }
        }
    }

    case equal, notEqual, before, after, newer, older, sameFile
    case integer(Comparison)

    init?(_ name: Bytes) {
        guard (1...3).contains(name.count) else { return nil }
        switch name {
        case "=", "==": self = .equal
        case "!=": self = .notEqual
        case "<": self = .before
        case ">": self = .after
        case "-eq": self = .integer(.equal)
        case "-ne": self = .integer(.notEqual)
        case "-lt": self = .integer(.less)
        case "-le": self = .integer(.lessOrEqual)
        case "-gt": self = .integer(.greater)
        case "-ge": self = .integer(.greaterOrEqual)
        case "-nt": self = .newer
        case "-ot": self = .older
        case "-ef": self = .sameFile
        default: return nil
        }
    }

    func holds(_ left: Bytes, _ right: Bytes, _ sh: Interpreter) throws(TestError) -> Bool {
        switch self {
        case .equal: return left == right
        case .notEqual: return left != right
        case .before: return left < right
        case .after: return left > right
        case .integer(let comparison):
            return comparison.holds(try TestPrimary.integer(left), try TestPrimary.integer(right))
        case .newer, .older:
            let a = sh.testStatus(left)?.modified
            let b = sh.testStatus(right)?.modified
            let (first, second) = self == .newer ? (a, b) : (b, a)
            guard let first else { return false }
            guard let second else { return true }
            return (first.seconds, first.nanoseconds) > (second.seconds, second.nanoseconds)
        case .sameFile:
            guard let a = sh.testStatus(left), let b = sh.testStatus(right) else { return false }
            return a.isSameFile(as: b)
        }
    }
}

extension Interpreter {
    /// The status of the file that a primary asks for; nil if there is none.
    fileprivate func testStatus(_ operand: Bytes, followLinks: Bool = true) -> FileStatus? {
        guard !operand.isEmpty else { return nil }
        return try? System.status(
            testPath(operand), at: context.workingDirectory.descriptor, followLinks: followLinks)
    }

    /// The shell's descriptors are not those of the process: their names in /dev are looked up in its table.
    fileprivate func testPath(_ operand: Bytes) -> Bytes {
        guard operand.hasPrefix("/dev/") else { return operand }
        let number: Int?
        switch operand.suffix(from: 5) {
        case "stdin": number = 0
        case "stdout": number = 1
        case "stderr": number = 2
        case let name where name.hasPrefix("fd/"): number = name.suffix(from: 3).decimal
        default: return operand
        }
        guard let number, number >= 0 else { return operand }
        var path: Bytes = "/proc/self/fd/"
        path.append(decimal: context.descriptors.descriptor(number) ?? -1)
        return path
    }
}
