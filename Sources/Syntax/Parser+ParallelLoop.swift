import Bytes

/// `pfor` and `pwhile`: loops whose bodies are jobs of a pool.
extension Parser {
    @inline(never)
    mutating func parseParallelLoop(_ word: ReservedWord, _ start: Position) throws(Failure) -> CompoundCommand {
        word == .parallelFor ? try parseParallelFor(start) : try parseParallelWhile(start)
    }

    /// `pfor [option…] name [in words]; do list; done`. The name is the word before `in`, `do`, or the end of the line; what stands
    /// before it are options, which may be expansions.
    private mutating func parseParallelFor(_ start: Position) throws(Failure) -> CompoundCommand {
        let opener = Opener(text: "pfor", position: start)
        var options: [Word] = []
        var name: Bytes?
        var place = here
        /// An `in` that might be the one after a name.
        var strayIn: Position?
        let level = openSite(.forName)
        loop: while true {
            try skipBlanks()
            switch source[pos] {
            case ";", "\n", 0: break loop
            default:
                if name != nil {
                    if let word = reservedWord(), word == .inWord || word == .doWord { break loop }
                    if isTraced, isAtLastWord { break loop }
                }
                guard isAtWord else { throw expected("a name after 'pfor'") }
                if name != nil, options.count == 1, !Parser.mayBeOption(options[0]) {
                    throw expected("'in' or 'do' after the name of 'pfor'")
                }
                place = here
                if !options.isEmpty, reservedWord() == .inWord { strayIn = strayIn ?? place }
                let word = try parseWord(.command)
                options.append(word)
                name = word.constantText.flatMap { Names.isName($0) ? $0 : nil }
                closeSite(level)
                if name == nil { openSite(.forName) }
            }
        }
        guard let name else {
            throw options.isEmpty
                ? expected("a name after 'pfor'") : error("expected a name before 'in' of 'pfor'", at: place)
        }
        options.removeLast()
        if let strayIn, reservedWord() != .inWord, strayIn.offset != place.offset {
            throw error("expected a name before 'in' of 'pfor'", at: strayIn)
        }
        let words = try parseInWords(level)
        let body = try parseForBody(opener)
        return .parallelFor(options: options, ForLoop(name: name, words: words, body: body, position: start))
    }

    /// What `options[0]` must be if it is not the name: an option, or something that expands to some.
    private static func mayBeOption(_ word: Word) -> Bool {
        guard let text = word.constantText else { return true }
        return text.first == UInt8(ascii: "-")
    }

    /// `pwhile [option…] list; do list; done`. Where the options end and the first command begins, their own spelling must show.
    private mutating func parseParallelWhile(_ start: Position) throws(Failure) -> CompoundCommand {
        let opener = Opener(text: "pwhile", position: start)
        var options: [Word] = []
        var takesValue = false
        try skipBlanks()
        while isAtWord, takesValue || source[pos] == "-" {
            let level = openSite(.operand)
            let word = try parseWord(.command)
            closeSite(level)
            options.append(word)
            try skipBlanks()
            if takesValue {
                takesValue = false
            } else {
                let text = word.constantText
                if text == "--" { break }
                takesValue = text.map(LoopOptions.takesNextWord) ?? false
            }
        }
        if takesValue { throw expected("the value of an option of 'pwhile'") }
        let condition = try parseNonEmptyList()
        return .parallelWhile(options: options, condition: condition, body: try parseDoGroup(opener))
    }
}

/// What the grammar must know of the options of the pool: which take the next word as their value. (A test compares this with
/// the table of all options.)
package enum LoopOptions {
    package static let lettersWithValue: Set<UInt8> = [UInt8(ascii: "j"), UInt8(ascii: "P"), UInt8(ascii: "J")]

    /// Without their hyphens.
    package static let namesWithValue: Set<Bytes> = [
        "jobs", "maxprocs", "delay", "load", "memfree", "nice", "timeout", "workdir", "wd", "processslotvar",
        "tagstring",
        "ctagstring", "tmpdir", "joblog", "jl", "results", "res", "totaljobs", "total", "halt", "haltonerror",
        "retries",
        "retrydelay", "termseq", "profile", "env", "minversion", "pool", "shellcompletion",
    ]

    /// Whether the value of the option `word` stands in the next word.
    static func takesNextWord(_ word: Bytes) -> Bool {
        guard word.hasPrefix("--") else {
            // Of letters in a row the first that takes a value has the rest.
            guard let index = word.dropFirst().firstIndex(where: { lettersWithValue.contains($0) }) else {
                return false
            }
            return word.dropFirst().index(after: index) == word.dropFirst().endIndex
        }
        guard !word.contains(UInt8(ascii: "=")) else { return false }
        return namesWithValue.contains(Bytes(word.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "_") }))
    }
}
