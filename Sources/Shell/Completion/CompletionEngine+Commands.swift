import Bytes
import Platform
import Syntax

/// Commands and their arguments: what `complete` was told, what built-ins know of themselves.
extension CompletionEngine {
    func command() throws(Unwind) -> CompletionResult {
        if let spec = specifications[.initial], context.words.isEmpty {
            return finished(try run(spec, CompletionWords.dequoted(source), as: .initial, context.start).result)
        }
        let text = CompletionWords.dequoted(source)
        if text.contains(UInt8(ascii: "/")) { return files(.programs) }
        if text.first == UInt8(ascii: "~") { return plain() }
        var result = names(sh.commandNames(text).map { Candidate($0) })
        // What the shell itself knows is written as it is; a program's name may need quotes.
        result.candidates = result.candidates.map { candidate in
            let isOwn = candidate.text == "[" || Interpreter.reservedWords.contains(candidate.text)
            return isOwn ? candidate : Candidate(Quoting.backslashed(candidate.text), candidate.description)
        }
        return result
    }

    func argument() throws(Unwind) -> CompletionResult {
        guard let name = context.words.first else { return plain() }
        var names = [name]
        if let slash = name.findLast(UInt8(ascii: "/")) { names.append(name.suffix(from: slash + 1)) }
        // A function may load what it needs and ask for another try.
        for _ in 0..<32 {
            let key = names.lazy.map { CompletionKey.command($0) }.first { specifications[$0] != nil }
            if key == nil, sh.context.functions[name] == nil {
                if let builtin = sh.builtin(named: name) { return try completeBuiltin(OwnCompletion(builtin)) }
                if let program = sh.ownPrograms().first(where: { names.contains($0.name) }) {
                    return try completeBuiltin(program)
                }
            }
            var found = key ?? (specifications[.default] == nil ? nil : .default)
            if found == nil, sh.has(ShoptOptions.progcompAlias), let alias = sh.context.aliases[name] {
                let word = alias.split(on: UInt8(ascii: " "))[0]
                if specifications[.command(word)] != nil { found = .command(word) }
            }
            guard let found, let spec = specifications[found] else { return plain() }
            let (result, start) = try run(spec, name, as: found, breakStart)
            if result.wantsRetry { continue }
            return finished(result, start)
        }
        return plain()
    }

    /// What a specification finds, and where the word begins that it was asked about.
    func run(
        _ spec: CompletionSpec, _ name: Bytes, as key: CompletionKey, _ start: Int
    ) throws(Unwind) -> (result: SpecResult, start: Int) {
        let start = min(start, line.point)
        let commandStart = key == .empty ? 0 : min(context.commandStart, line.point)
        let end = max(commandEnd, line.point)
        var request = CompletionRequest(command: name, word: line.text[start..<line.point])
        request.line = line.text[commandStart..<end]
        request.point = line.point - commandStart
        request.words = CompletionWords(request.line, point: request.point, breaks: wordBreaks)
        request.type = line.type
        request.key = line.key
        request.hasQuotes = context.quotes != .none || request.word != CompletionWords.dequoted(request.word)
        return (try sh.complete(spec, request), start)
    }

    /// Where the command ends in which the cursor is.
    var commandEnd: Int {
        var start = context.start
        if context.quotes != .none { start = min(start, context.quoteStart - 1) }
        return CompletionWords.end(ofWordAt: max(start, 0), in: line.text) { byte in
            switch byte {
            case UInt8(ascii: ";"), UInt8(ascii: "|"), UInt8(ascii: "&"), UInt8(ascii: ")"), UInt8(ascii: "`"), 0x0A:
                true
            default: false
            }
        }
    }

    /// A specification's candidates as a result; without any, what its options say.
    func finished(_ found: SpecResult, _ start: Int? = nil) -> CompletionResult {
        let options = found.options
        if found.candidates.isEmpty {
            if options.contains(.bashdefault) {
                let result = plain()
                if !result.candidates.isEmpty { return result }
            }
            if options.contains(.default) { return plain() }
            return CompletionResult()
        }
        var result = CompletionResult()
        result.start = start ?? context.start
        result.candidates = found.candidates.map { Candidate($0) }
        result.quotes = context.quotes
        result.isInBackquotes = context.isInBackquotes
        if options.contains(.filenames) {
            result.form = .files
            result.quotesNames = !options.contains(.noquote)
            keepTyped(&result)
        }
        if options.contains(.nospace) { result.ending = "" }
        result.isSorted = !options.contains(.nosort)
        return result
    }

    /// The directory that was typed stays as it was where all candidates begin with it.
    func keepTyped(_ result: inout CompletionResult) {
        let typed = line.text[result.start..<line.point]
        guard let slash = typed.findLast(UInt8(ascii: "/")) else {
            if typed.first == UInt8(ascii: "~"), context.quotes == .none,
                result.candidates.allSatisfy({ $0.text.first == UInt8(ascii: "~") })
            {
                (result.keptSource, result.keptText) = ("~", "~")
            }
            return
        }
        let source = typed[0...slash]
        let text = CompletionWords.dequoted(source)
        guard result.candidates.allSatisfy({ $0.text.hasPrefix(text) }) else { return }
        result.keptSource = source
        result.keptText = text
        result.directory = (text, sh.expandedDirectory(text))
    }

    // MARK: Built-ins

    func completeBuiltin(_ builtin: OwnCompletion) throws(Unwind) -> CompletionResult {
        let query = CompletionQuery(words: context.words, text: CompletionWords.dequoted(source))
        let endsOptions = context.words.contains("--")
        if !endsOptions, let first = query.text.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
            let options = builtin.options()
            var result = names(options)
            if builtin.name == "kill" || builtin.name == "trap" || builtin.name == "set" || result.candidates.isEmpty {
                let others = operands(of: builtin.completes, query)
                result.candidates += others.candidates.filter { other in
                    !result.candidates.contains { $0.text == other.text }
                }
            }
            return result
        }
        switch builtin.completes {
        case .commands: return try commandOperand(query)
        default: return operands(of: builtin.completes, query)
        }
    }

    /// Completes `command x …` as `x …`.
    func commandOperand(_ query: CompletionQuery) throws(Unwind) -> CompletionResult {
        guard let first = context.words.dropFirst().firstIndex(where: { $0.first != UInt8(ascii: "-") }) else {
            return try command()
        }
        var inner = context
        inner.words = Array(context.words[first...])
        // The command begins with that word; where, only the line can tell.
        let name = inner.words[0]
        if let place = line.text.find(name, from: context.commandStart + 1), place < context.start {
            inner.commandStart = place
        }
        return try CompletionEngine(sh: sh, line: line, context: inner).argument()
    }

    func operands(of kind: OperandCompletion, _ query: CompletionQuery) -> CompletionResult {
        switch kind {
        case .files: return plain()
        case .directories: return directories(query)
        case .commands: return (try? commandOperand(query)) ?? CompletionResult()
        case .names(let actions):
            if actions.contains(.command) { return (try? command()) ?? CompletionResult() }
            var result = names(sh.candidates(of: actions, query.text).map { Candidate($0) })
            if actions == .variable, query.words.count > 0, isDeclaration(query.words[0]) { result.ending = "" }
            return result
        case .jobs: return names(sh.jobCandidates)
        case .signals: return names(sh.signalCandidates)
        case .candidates(let candidates): return names(candidates)
        case .nothing: return CompletionResult()
        case .by(let choose): return operands(of: choose(sh, query), query)
        }
    }

    /// `export name` may go on with `=`.
    func isDeclaration(_ name: Bytes) -> Bool {
        name == "export" || name == "readonly" || name == "declare" || name == "typeset" || name == "local"
    }

    /// Directories, for `cd` those in CDPATH too.
    func directories(_ query: CompletionQuery) -> CompletionResult {
        let text = query.text
        if context.quotes == .none, text.first == UInt8(ascii: "~"), !text.contains(UInt8(ascii: "/")) {
            return plain()
        }
        var result = files(.directories)
        if query.words.first == "cd", let first = text.first ?? 0x61 as UInt8?, first != UInt8(ascii: "/"),
            first != UInt8(ascii: "."), let path = sh.value(NameTable.cdpath)
        {
            for directory in path.split(on: UInt8(ascii: ":")) where !directory.isEmpty && directory != "." {
                let base = sh.expandTilde(directory) + "/"
                let end = text.findLast(UInt8(ascii: "/")).map { $0 + 1 } ?? 0
                let names = sh.fileNames(text, directory: base + text[0..<end]) { path, kind in
                    kind == .directory || (kind != .regular && (try? System.status(path))?.kind == .directory)
                }
                for name in names where !result.candidates.contains(where: { $0.text == name }) {
                    result.candidates.append(Candidate(name))
                }
            }
        }
        return result
    }
}
