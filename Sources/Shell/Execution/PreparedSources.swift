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

    private static let size = 128
    private static let longest = 256

    /// A text has two places, by its hash; a newer one takes the first if both are taken. Empty until the first is kept.
    private var entries: ContiguousArray<Entry?> = []

    /// Whether `source` is of the kind that is kept.
    static func keeps(_ source: Bytes, _ sh: Interpreter) -> Bool {
        source.count <= longest && sh.context.aliases.isEmpty && sh.capsulePlaceholders == nil
            && !sh.has(.verbose) && !sh.has(.noexec) && !sh.has(.onecmd) && !source.contains(UInt8(ascii: "\n"))
    }

    func node(for source: Bytes, line: Int, _ sh: Interpreter) -> Node? {
        if entries.isEmpty { return nil }
        let (first, second) = PreparedSources.places(of: source)
        guard let entry = entry(at: first, source) ?? entry(at: second, source),
            entry.line == line, entry.options == sh.context.options, entry.shopt == sh.context.shopt,
            entry.tracesCommands == Preparation.tracesCommands
        else { return nil }
        return entry.node
    }

    private func entry(at place: Int, _ source: Bytes) -> Entry? {
        guard let entry = entries[place], entry.source == source else { return nil }
        return entry
    }

    mutating func keep(_ node: Node, for source: Bytes, line: Int, _ sh: Interpreter) {
        if entries.isEmpty { entries = ContiguousArray(repeating: nil, count: PreparedSources.size) }
        let (first, second) = PreparedSources.places(of: source)
        let isSecond =
            entry(at: first, source) == nil && entries[first] != nil
            && (entries[second] == nil || entry(at: second, source) != nil)
        entries[isSecond ? second : first] = Entry(
            source: source, line: line, options: sh.context.options, shopt: sh.context.shopt,
            tracesCommands: Preparation.tracesCommands, node: node)
    }

    private static func places(of source: Bytes) -> (Int, Int) {
        let hash = NameTable.hash(source)
        return (hash & (size - 1), hash >> 16 & (size - 1))
    }
}
