import Bytes
import Platform

/// Output of built-ins: collected while one runs, handed on when it ends, so that a built-in makes one write.
extension Interpreter {
    /// To descriptor 1. A write that fails is remembered and makes the built-in's status 1.
    @inline(__always)
    package func write(_ bytes: Bytes) {
        output.append(bytes)
        if output.count > 1 << 16 { flushOutput() }
    }

    package func write(_ text: StaticString) { output.append(text) }

    /// Hands on what was written; remembers an error.
    package func flushOutput() {
        guard !output.isEmpty else { return }
        output.withUnsafeBytes { buffer in
            guard let file = context.descriptors[1] else {
                outputError = outputError ?? Errno(9)
                return
            }
            if let memory = file.memory {
                memory.append(buffer)
            } else if let descriptor = file.descriptor {
                do throws(Errno) {
                    if !captures.isEmpty { try waitWritable(descriptor, buffer.count) }
                    try System.writeAll(descriptor, UnsafeRawBufferPointer(buffer))
                } catch {
                    outputError = outputError ?? error
                }
            } else {
                outputError = outputError ?? Errno(9)
            }
        }
        output.removeAll()
    }

    /// Writes and hands on at once; false, with the message printed, if that failed.
    package func print(_ text: Bytes) -> Bool {
        write(text)
        flushOutput()
        guard let error = outputError else { return true }
        outputError = nil
        writeError("thresh: write error: " + error.message + "\n")
        return false
    }

    /// Whether descriptor 1 leads to a command substitution around what runs.
    package var isCaptured: Bool {
        guard let memory = context.descriptors[1]?.memory else { return false }
        return captures.contains { $0 === memory }
    }

    /// To descriptor 2, at once; errors are of no use to anybody.
    package func writeError(_ bytes: Bytes, to number: Int = 2) {
        guard let file = context.descriptors[number] else { return }
        bytes.withUnsafeBytes { buffer in
            if let memory = file.memory {
                memory.append(buffer)
            } else if let descriptor = file.descriptor {
                try? System.writeAll(descriptor, UnsafeRawBufferPointer(buffer))
            }
        }
    }

    /// After a built-in: hands on its output and makes a failed write its status. A closed pipe ends the shell as SIGPIPE
    /// would (the process ignores that signal, so that one stage's end is not the end of all).
    func finishOutput(_ name: Bytes, _ status: Int32) throws(Unwind) -> Int32 {
        if !output.isEmpty { flushOutput() }
        guard let error = outputError else { return status }
        outputError = nil
        let isTrapped = context.traps[13] != nil || context.traps.ignoredOnEntry.contains(13)
        if error == .brokenPipe && !isTrapped {
            if isMain && subshellDepth == 0 && !has(.interactive) {
                Signals.raiseDefault(13)
            }
            context.status = 141
            throw .exit
        }
        var message: Bytes = "write error: "
        message.append(error.message)
        return fail(name, message, status: status == 0 ? 1 : status)
    }

    /// Reads from shell descriptor `number` into `buffer`, draining this interpreter's captures while it waits.
    package func read(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        if !captures.isEmpty { try waitReadable(descriptor) }
        return try System.read(descriptor, buffer)
    }
}
