import Bytes
import Platform
import Syntax

/// File names, quoted as they are typed.
extension CompletionEngine {
    enum Kind { case any, directories, programs }

    /// The files that the word could name, or its part from `start` on.
    func files(_ kind: Kind = .any, from start: Int? = nil) -> CompletionResult {
        let start = start ?? context.start
        let typed = line.text[start..<line.point]
        let directoryEnd = typed.findLast(UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        var result = CompletionResult()
        result.form = .files
        result.start = start
        result.quotes = context.quotes
        result.isInBackquotes = context.isInBackquotes
        // What stays as it is: the directory, what stands before an open quote or before the part to be replaced.
        var kept = directoryEnd
        if context.quotes != .none { kept = max(kept, context.quoteStart - start) }
        kept = min(max(kept, line.anchor - start), typed.count)
        result.keptSource = typed[0..<kept]
        result.keptText = CompletionWords.dequoted(result.keptSource)
        let text = CompletionWords.dequoted(typed)
        let directory = directoryEnd > 0 ? expanded(typed[0..<directoryEnd], start) : nil
        if let directory { result.directory = (CompletionWords.dequoted(typed[0..<directoryEnd]), directory) }
        let names: [Bytes]
        switch kind {
        case .programs: names = sh.programs(text, directory: directory)
        case .directories, .any:
            let base = sh.context.workingDirectory.descriptor
            names = sh.fileNames(text, directory: directory) { path, fileKind in
                guard kind == .directories, fileKind != .directory else { return true }
                return (fileKind == .link || fileKind == .unknown)
                    && (try? System.status(path, at: base))?.kind == .directory
            }
        }
        result.candidates = names.map { Candidate($0) }
        return result
    }

    /// What the directory in a word is: its tilde and its variables expanded.
    func expanded(_ source: Bytes, _ start: Int) -> Bytes {
        var text = source
        if context.quotes != .none, context.quoteStart - start <= source.count {
            text.append(context.quotes == .double ? UInt8(ascii: "\"") : UInt8(ascii: "'"))
        }
        let plain = sh.expandTilde(CompletionWords.dequoted(source))
        guard text.contains(UInt8(ascii: "$")),
            let word = try? Parser.parseWholeWord(text, options: sh.parserOptions()),
            word.parts.allSatisfy(\.isQuiet), let value = try? Preparation.word(word).string(sh)
        else { return plain }
        return value
    }
}
