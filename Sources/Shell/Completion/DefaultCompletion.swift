import Bytes

extension Interpreter {
    /// The candidates for a word of a command that has no specification, as far as the word alone says: `$name`, `~user`,
    /// `@host`, file names.
    func defaultCandidates(_ word: Bytes) -> [Bytes] {
        switch word.first {
        case UInt8(ascii: "$"):
            let isBraced = word.count > 1 && word[1] == UInt8(ascii: "{")
            let name = word.dropFirst(isBraced ? 2 : 1)
            let found = variableNames { _ in true }.filter { $0.hasPrefix(name) }
            return found.map { isBraced ? "${" + $0 + "}" : "$" + $0 }
        case UInt8(ascii: "~") where !word.contains(UInt8(ascii: "/")):
            return userNames(word.dropFirst()).map { "~" + $0 }
        case UInt8(ascii: "@"):
            let found = hostNames.filter { $0.hasPrefix(word.dropFirst()) }.map { "@" + $0 }
            if !found.isEmpty { return found }
        default: break
        }
        return fileNames(CompletionWords.dequoted(word), directoriesOnly: false)
    }
}
