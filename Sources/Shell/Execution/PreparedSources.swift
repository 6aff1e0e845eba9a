import Bytes
import Syntax

/// What short texts for `eval` and for traps were prepared to, for the next time: `eval "count_$word=…"` in a loop has the same
/// few texts again and again.
///
/// A text says the same again under the same options, where no alias changes it and where it is one line: what stands on a
/// later line may depend on what the lines before it did.
struct PreparedSources {
    private struct Entry {
        let source: Bytes
        let line: Int
        let options: ShellOptions
        let shopt: ShoptOptions
        let tracesCommands: Bool
        let node: Node
    }

    private static let size = 64
    private static let longest = 256

    /// By the hash of the source; a newer text takes the place of an older one. Empty until the first is kept.
    private var entries: ContiguousArray<Entry?> = []

    /// Whether `source` is of the kind that is kept.
    static func keeps(_ source: Bytes, _ sh: Interpreter) -> Bool {
        source.count <= longest && sh.context.aliases.isEmpty && sh.capsulePlaceholders == nil
            && !sh.has(.verbose) && !sh.has(.noexec) && !sh.has(.onecmd) && !source.contains(UInt8(ascii: "\n"))
    }

    func node(for source: Bytes, line: Int, _ sh: Interpreter) -> Node? {
        guard !entries.isEmpty, let entry = entries[PreparedSources.place(of: source)], entry.source == source,
            entry.line == line, entry.options == sh.context.options, entry.shopt == sh.context.shopt,
            entry.tracesCommands == Preparation.tracesCommands
        else { return nil }
        return entry.node
    }

    mutating func keep(_ node: Node, for source: Bytes, line: Int, _ sh: Interpreter) {
        if entries.isEmpty { entries = ContiguousArray(repeating: nil, count: PreparedSources.size) }
        entries[PreparedSources.place(of: source)] = Entry(
            source: source, line: line, options: sh.context.options, shopt: sh.context.shopt,
            tracesCommands: Preparation.tracesCommands, node: node)
    }

    private static func place(of source: Bytes) -> Int { NameTable.hash(source) & (size - 1) }
}
