// Redirections (2.7): they change the context's table of descriptors and nothing else, so that undoing them is putting the
// old table back.

import Bytes
import Glibc
import Platform
import Syntax

/// A redirection, prepared.
final class RedirectionNode: @unchecked Sendable {
    enum Target {
        case file(Redirection.Operator, WordNode)
        /// A here-document's or here-string's body; a here-string gets a newline.
        case text(WordNode, addsNewline: Bool)
    }

    let descriptor: Int?
    /// A name, perhaps with a subscript.
    let variable: Bytes?
    let target: Target
    let position: Position

    init(descriptor: Int?, variable: Bytes?, target: Target, position: Position) {
        self.descriptor = descriptor
        self.variable = variable
        self.target = target
        self.position = position
    }

    var isPure: Bool {
        switch target {
        case .file(_, let word), .text(let word, _): word.isPure
        }
    }
}

extension Interpreter {
    /// Performs redirections in order on the context's table. False, with the message printed, if one fails.
    func redirect(_ redirections: [RedirectionNode]) throws(Unwind) -> Bool {
        for redirection in redirections where try !redirect(redirection) { return false }
        return true
    }

    /// Opening the file of one of them may wait for another process: it is a FIFO. What runs beside the shell must do
    /// that beside the shell too.
    func mayBlock(_ redirections: [RedirectionNode]) throws(Unwind) -> Bool {
        for redirection in redirections {
            guard case .file(let operation, let word) = redirection.target else { continue }
            switch operation {
            case .input, .output, .append, .clobber, .outputBoth, .appendBoth:
                let name = try word.text(self)
                if networkFile(name) != nil { return true }
                if (try? System.status(name, at: context.workingDirectory.descriptor))?.kind == .fifo { return true }
            case .readWrite, .duplicateInput, .duplicateOutput, .hereString:
                continue
            }
        }
        return false
    }

    private func redirect(_ redirection: RedirectionNode) throws(Unwind) -> Bool {
        switch redirection.target {
        case .text(let word, let addsNewline):
            var text: Bytes
            do throws(Unwind) { text = addsNewline ? try word.string(self) : try word.text(self) } catch {
                // Other shells expand it where the file is made, so that an error in it is that of the redirection.
                guard case .error = error else { throw error }
                isBeyondCommand = false
                return false
            }
            if addsNewline { text.append(UInt8(ascii: "\n")) }
            return place(OpenFile(text: text), redirection, default: 0)
        case .file(let operation, let word):
            guard let name = try fileName(word, redirection) else { return false }
            switch operation {
            case .input: return try open(name, O_RDONLY, redirection, default: 0)
            case .readWrite: return try open(name, O_RDWR | O_CREAT, redirection, default: 0)
            case .append: return try open(name, O_WRONLY | O_CREAT | O_APPEND, redirection, default: 1)
            case .clobber: return try open(name, O_WRONLY | O_CREAT | O_TRUNC, redirection, default: 1)
            case .output: return try openOutput(name, redirection)
            case .duplicateInput: return duplicate(name, redirection, default: 0)
            case .duplicateOutput:
                // With no descriptor before it, `>& file` is both outputs, as in bash.
                if redirection.descriptor == nil && redirection.variable == nil && name != "-" && name.decimal == nil
                    && !has(.posix) && !(name.hasSuffix("-") && name.dropLast().decimal != nil)
                {
                    return try openOutput(name, redirection) && copyToError()
                }
                return duplicate(name, redirection, default: 1)
            case .outputBoth: return try openOutput(name, redirection) && copyToError()
            case .appendBoth:
                return try open(name, O_WRONLY | O_CREAT | O_APPEND, redirection, default: 1) && copyToError()
            case .hereString:
                return true
            }
        }
    }

    /// The word after the operator. In bash it is expanded to fields, which must be one.
    private func fileName(_ word: WordNode, _ redirection: RedirectionNode) throws(Unwind) -> Bytes? {
        if let constant = word.constant { return constant }
        if has(.posix) { return try word.text(self) }
        let base = stack.count
        defer { stack.removeLast(stack.count - base) }
        try word.pushFields(self)
        guard stack.count == base + 1 else {
            position = redirection.position
            report("a redirection to " + (stack.count == base ? "nothing" : "several names"))
            return nil
        }
        return stack[base]
    }

    /// Descriptor 2 becomes what 1 is.
    private func copyToError() -> Bool {
        context.descriptors[2] = context.descriptors[1]
        return true
    }

    /// `>`: with `set -C` a regular file that exists is not written over.
    private func openOutput(_ name: Bytes, _ redirection: RedirectionNode) throws(Unwind) -> Bool {
        guard has(.noclobber) else { return try open(name, O_WRONLY | O_CREAT | O_TRUNC, redirection, default: 1) }
        let directory = context.workingDirectory.descriptor
        if let status = try? System.status(name, at: directory) {
            if status.kind == .regular {
                position = redirection.position
                report(name + ": cannot overwrite existing file")
                return false
            }
            return try open(name, O_WRONLY, redirection, default: 1)
        }
        return try open(name, O_WRONLY | O_CREAT | O_EXCL, redirection, default: 1)
    }

    private func open(
        _ name: Bytes, _ flags: Int32, _ redirection: RedirectionNode, default number: Int
    ) throws(Unwind) -> Bool {
        // The names of descriptors mean the shell's descriptors, which are virtual.
        if let file = deviceFile(name) {
            guard let file, let descriptor = file.descriptor else { return redirectionFailed(name, Errno(ENOENT)) }
            if file.memory != nil { return place(file, redirection, default: number) }
            if let duplicate = try? System.duplicate(descriptor) {
                return place(OpenFile(owning: duplicate), redirection, default: number)
            }
        }
        if name.hasPrefix("/dev/"), let file = networkFile(name) {
            switch try connect(to: file) {
            case .success(let socket): return place(OpenFile(owning: socket), redirection, default: number)
            case .failure(let error):
                position = redirection.position
                return redirectionFailed(name, error)
            }
        }
        do throws(Errno) {
            // A FIFO or terminal may keep us waiting: a signal with a trap must get through, so EINTR is retried below.
            let file = try System.open(
                name, flags: flags | O_NOCTTY, mode: 0o666 & ~context.umask, at: context.workingDirectory.descriptor)
            if flags == O_RDONLY { return place(OpenFile(reading: file), redirection, default: number) }
            ReadAhead.writersOpened.add(1, ordering: .relaxed)
            return place(OpenFile(owning: file), redirection, default: number)
        } catch {
            position = redirection.position
            return redirectionFailed(name, error)
        }
    }

    /// Opens a file that the shell itself reads, by the rules of `<`.
    func openForReading(_ path: Bytes) throws(Errno) -> Int32 {
        if let file = deviceFile(path) {
            guard let descriptor = file?.descriptor else { throw Errno(ENOENT) }
            return try System.duplicate(descriptor)
        }
        return try System.open(path, flags: O_RDONLY, at: context.workingDirectory.descriptor)
    }

    /// The shell descriptor that `/dev/fd/N`, `/dev/stdin` and the like name; nil for any other path.
    private func deviceFile(_ name: Bytes) -> OpenFile?? {
        guard name.hasPrefix("/dev/") else { return nil }
        if name == "/dev/stdin" { return .some(context.descriptors[0]) }
        if name == "/dev/stdout" { return .some(context.descriptors[1]) }
        if name == "/dev/stderr" { return .some(context.descriptors[2]) }
        if name.hasPrefix("/dev/fd/"), let number = name.dropFirst(8).decimal, number >= 0, number < 1 << 20 {
            return .some(context.descriptors[number])
        }
        return nil
    }

    /// `<&` and `>&`
    private func duplicate(_ name: Bytes, _ redirection: RedirectionNode, default number: Int) -> Bool {
        if name == "-" {
            if let name = redirection.variable {
                let number = (try? value(named: name))?.flatMap(\.decimal)
                guard let number, number >= 0, number < 1 << 20 else {
                    report(name + ": expected the number of a descriptor in the variable")
                    return false
                }
                context.descriptors[number] = nil
            } else {
                context.descriptors[redirection.descriptor ?? number] = nil
            }
            return true
        }
        var source = name
        var closesSource = false
        if name.hasSuffix("-") && name.count > 1 {
            source = name.dropLast()
            closesSource = true
        }
        guard let from = source.decimal, from >= 0, from < 1 << 20 else {
            position = redirection.position
            report(name + ": expected a descriptor number or '-' after '&'")
            return false
        }
        guard let file = context.descriptors[from] else {
            position = redirection.position
            return redirectionFailed(name, Errno(EBADF))
        }
        guard place(file, redirection, default: number) else { return false }
        if closesSource { context.descriptors[from] = nil }
        return true
    }

    /// Puts a file at the descriptor that the redirection means; false if a variable can't have its number.
    private func place(_ file: OpenFile, _ redirection: RedirectionNode, default number: Int) -> Bool {
        guard let name = redirection.variable else {
            context.descriptors[redirection.descriptor ?? number] = file
            return true
        }
        var free = 10
        while context.descriptors[free] != nil { free += 1 }
        guard (try? assign(to: name, Bytes(decimal: free))) == true else { return false }
        context.descriptors[free] = file
        // It lasts longer than the command, as in bash.
        if !has(ShoptOptions.varredirClose) { lastingDescriptors.append((free, file)) }
        return true
    }

    /// After a command: the descriptors are what they were, but for those that a variable has got.
    @inline(__always)
    func restoreDescriptors(_ saved: DescriptorTable) {
        context.descriptors = saved
        if !lastingDescriptors.isEmpty { keepLastingDescriptors() }
    }

    @inline(never)
    private func keepLastingDescriptors() {
        for (number, file) in lastingDescriptors { context.descriptors[number] = file }
        lastingDescriptors = []
    }

    private func redirectionFailed(_ name: Bytes, _ error: Errno) -> Bool {
        var message = name
        message.append(": ")
        message.append(error.message)
        if error.code == EMFILE || error.code == ENFILE { message.append(" (no descriptors left)") }
        report(message)
        return false
    }
}
