import Bytes
import Glibc
import Platform
import Syntax

/// `name=value` as an operand of a declaration utility: one field, with no splitting and no pathname expansion.
final class AssignmentWord: WordNode, @unchecked Sendable {
    let word: WordNode
    init(_ word: WordNode) { self.word = word }

    override func pushFields(_ sh: Interpreter) throws(Unwind) { sh.stack.append(try word.string(sh)) }
    override func string(_ sh: Interpreter) throws(Unwind) -> Bytes { try word.string(sh) }
    override var isPure: Bool { word.isPure }
}

/// `$(<file)`: the file's contents, with no command run.
final class FilePart: ExpansionPart, @unchecked Sendable {
    let file: WordNode

    init(file: WordNode, isQuoted: Bool) {
        self.file = file
        super.init(isQuoted: isQuoted)
    }

    override var isPure: Bool { false }

    override func value(_ sh: Interpreter) throws(Unwind) -> Bytes {
        let name = try file.string(sh)
        sh.substitutionStatus = 0
        do throws(Errno) {
            let descriptor = try System.open(name, flags: O_RDONLY, at: sh.context.workingDirectory.descriptor)
            defer { System.close(descriptor) }
            var bytes = try System.readAll(descriptor)
            var count = bytes.count
            while count > 0 && bytes[count - 1] == UInt8(ascii: "\n") { count -= 1 }
            bytes.removeLast(bytes.count - count)
            return bytes.contains(0) ? bytes.withoutNULs : bytes
        } catch {
            sh.report(name + ": " + error.message)
            sh.substitutionStatus = 1
            return Bytes()
        }
    }
}

/// `<(…)` and `>(…)`: a capsule at the other end of a pipe, whose name in /dev/fd is the word. The pipe stays until the
/// command that got the name has ended.
final class ProcessPart: ExpansionPart, @unchecked Sendable {
    let list: List
    let isInput: Bool

    init(list: List, isInput: Bool) {
        self.list = list
        self.isInput = isInput
        super.init(isQuoted: true)
    }

    override var isPure: Bool { false }

    override func value(_ sh: Interpreter) throws(Unwind) -> Bytes {
        let ends: (read: Int32, write: Int32)
        do throws(Errno) { ends = try System.pipe() } catch {
            throw sh.expansionError("cannot make a pipe: " + error.message)
        }
        let ours = OpenFile(owning: isInput ? ends.read : ends.write)
        let theirs = OpenFile(owning: isInput ? ends.write : ends.read)
        let saved = sh.context
        sh.context.descriptors[isInput ? 1 : 0] = theirs
        let capsule = sh.capsule(running: Printer.oneLine(list, placeholders: sh.capsuleMarks))
        sh.context = saved
        guard let capsule, case .success(let child) = sh.start(capsule.launch) else { return "/dev/null" }
        withExtendedLifetime(capsule.file) {}
        theirs.close()
        sh.substitutedProcesses.append(child)
        // A number that the command's own redirections hardly use.
        var number = 63
        while number > 10, sh.context.descriptors[number] != nil { number -= 1 }
        sh.context.descriptors[number] = ours
        return "/dev/fd/" + Bytes(decimal: number)
    }
}

extension Interpreter {
    /// Reaps the processes of `<(…)` that have ended; the others are looked at again after the next.
    func reapSubstituted() {
        substitutedProcesses.removeAll { child in
            guard let end = try? child.poll(stopped: false) else { return false }
            cancellation.remove(child.pid)
            _ = end
            return true
        }
    }
}

/// Syntax that the grammar takes and the language has no meaning for: an error when it is reached.
final class FailingPart: PartNode, @unchecked Sendable {
    let message: Bytes
    init(_ message: Bytes) { self.message = message }

    override var isPure: Bool { false }
    override func append(to builder: inout FieldBuilder, _ sh: Interpreter) throws(Unwind) {
        throw sh.expansionError(message)
    }
    override func append(to builder: inout PatternBuilder, _ sh: Interpreter) throws(Unwind) {
        throw sh.expansionError(message)
    }
}

/// The inside of backquotes that is no command.
final class InvalidCommandNode: Node, @unchecked Sendable {
    let error: ParseError
    init(_ error: ParseError) { self.error = error }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        sh.reportSyntax(error)
        sh.context.status = 2
        throw .error
    }
}

final class FailingOperand: ArithmeticNode, @unchecked Sendable {
    let message: Bytes
    init(_ message: Bytes) { self.message = message }
    override func evaluate(_ sh: Interpreter) throws(Unwind) -> Int64 { throw sh.expansionError(message) }
}
