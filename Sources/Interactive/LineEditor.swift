import Bytes
@preconcurrency import CReadline
@preconcurrency import Glibc
import Platform
import Shell

/// The text that `LineEditor` begins with: readline's hooks carry no context.
///
/// Thread: the main thread only, as all of readline.
private nonisolated(unsafe) var initialText: Bytes?

/// A single line read from a terminal with readline's editing: `read -e`.
package enum LineEditor {
    /// The line; nil at the end of the input.
    ///
    /// - Parameter descriptor: the terminal.
    package static func read(_ descriptor: Int32, prompt: Bytes, initial: Bytes) -> Bytes? {
        guard let copy = try? System.duplicate(descriptor), let input = fdopen(copy, "r") else { return nil }
        let outer = (rl_instream, rl_outstream)
        defer {
            (rl_instream, rl_outstream) = outer
            rl_startup_hook = nil
            fclose(input)
        }
        rl_instream = input
        rl_outstream = stderr
        initialText = initial.isEmpty ? nil : initial
        rl_startup_hook = {
            if let text = initialText { _ = text.withCString { rl_insert_text($0) } }
            initialText = nil
            return 0
        }
        guard let line = prompt.withCString({ readline($0) }) else { return nil }
        defer { free(line) }
        return Bytes(cString: line)
    }
}
