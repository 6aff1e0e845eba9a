// Completion at the prompt: what could stand where the cursor is.
//
// `CursorContext` tells what the word is in the grammar. A command's argument is completed by what `complete` was told of the
// command, else by the built-in itself, else as a file name; everything else is known from the grammar. The result says which
// part of the line is meant and how it is quoted; what is inserted, and how the list looks, is the line editor's matter.

import Bytes
import Platform
import Syntax

/// What the word at the cursor could become.
package struct CompletionResult: Sendable {
    package enum Form: Equatable, Sendable {
        /// As it is.
        case words
        /// To be quoted as a file name; a directory gets a slash.
        case files
    }

    package var candidates: [Candidate] = []
    package var form = Form.words
    /// Where the replaced part of the line begins.
    package var start = 0
    /// The beginning of each candidate that stays in the line as it was typed, and what was typed for it.
    package var keptText = Bytes()
    package var keptSource = Bytes()
    package var quotes = CursorContext.Quotes.none
    package var isInBackquotes = false
    /// The directory of file names as the candidates begin with it, and what it really is.
    package var directory: (text: Bytes, path: Bytes)?
    /// What comes after the only candidate, but after directories: a blank, usually.
    package var ending: Bytes = " "
    package var isSorted = true
    /// Those that are file names have no quotes.
    package var quotesNames = true
    /// Ctrl-C came while commands were asked.
    package var wasInterrupted = false

    package init() {}
}

/// A line and the place of the cursor in it.
package struct CompletionLine: Sendable {
    package var text: Bytes
    package var point: Int
    /// Where the part begins that the line editor will replace: after the last of the characters that break words.
    package var anchor: Int
    /// COMP_TYPE and COMP_KEY.
    package var type = 9
    package var key = 9

    package init(_ text: Bytes, point: Int, anchor: Int) {
        self.text = text
        self.point = point
        self.anchor = anchor
    }
}

package struct CompletionEngine {
    let sh: Interpreter
    let line: CompletionLine
    let context: CursorContext

    /// What the word at the cursor could become; nothing if the commands that were asked failed.
    package static func complete(_ line: CompletionLine, _ sh: Interpreter) -> CompletionResult {
        var line = line
        line.point = min(max(line.point, 0), line.text.count)
        line.anchor = min(max(line.anchor, 0), line.point)
        let context = CursorContext.find(in: line.text[0..<line.point], options: sh.parserOptions())
        let engine = CompletionEngine(sh: sh, line: line, context: context)
        // Nothing of it is to be seen afterwards, and neither `set -e` nor traps act on what completion functions do.
        let saved = (sh.position, sh.context.status, sh.pipelineStatuses, sh.statusesAreCurrent)
        let depths = (sh.conditionDepth, sh.hookDepth, sh.jobControlPauses)
        let lastArgument = sh.stack.last
        sh.conditionDepth += 1
        sh.hookDepth += 1
        sh.jobControlPauses += 1
        defer {
            (sh.position, sh.context.status, sh.pipelineStatuses, sh.statusesAreCurrent) = saved
            (sh.conditionDepth, sh.hookDepth, sh.jobControlPauses) = depths
            sh.stack.last = lastArgument
        }
        do throws(Unwind) {
            var result = try engine.result()
            if result.form == .files {
                let ignored = sh.ignoredSuffixes
                result.candidates.removeAll { candidate in
                    ignored.contains { candidate.text.count > $0.count && candidate.text.hasSuffix($0) }
                }
            }
            return result
        } catch {
            let wasInterrupted = sh.context.status == 128 + 2
            sh.recover()
            var result = CompletionResult()
            result.wasInterrupted = wasInterrupted
            return result
        }
    }

    /// What `complete` was told, unless `shopt` says not to follow it.
    private var specifications: [CompletionKey: CompletionSpec] {
        sh.has(ShoptOptions.progcomp) ? sh.context.completions : [:]
    }

    /// What was typed of the word, as it stands in the line.
    private var source: Bytes { line.text[context.start..<line.point] }

    private func result() throws(Unwind) -> CompletionResult {
        if line.text.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0A }) {
            if let spec = specifications[.empty] {
                return finished(try run(spec, "", as: .empty, 0).result)
            }
            if sh.has(ShoptOptions.noEmptyCommandCompletion) { return CompletionResult() }
        }
        switch context.role {
        case .variable: return variables
        case .reserved(let words): return names(words.map { Candidate($0) })
        case .functionName: return names(sh.candidates(of: .function, source).map { Candidate($0) })
        case .command: return try command()
        case .argument: return try argument()
        case .pattern:
            let files = self.files()
            return files.candidates.isEmpty ? names([Candidate("esac")]) : files
        case .file, .descriptor, .assignment, .operand, .text: return plain()
        }
    }

    // MARK: Results

    /// Names in the place of the whole word.
    private func names(_ candidates: [Candidate]) -> CompletionResult {
        var result = CompletionResult()
        let text = CompletionWords.dequoted(source)
        result.start = context.start
        result.candidates = candidates.filter { sh.fileNameRules.matches($0.text, text) }
        return result
    }

    private var variables: CompletionResult {
        var result = CompletionResult()
        result.start = context.start
        let name = source
        result.candidates = sh.variableNames { _ in true }.filter { $0.hasPrefix(name) }.map { Candidate($0) }
        if context.isBraced {
            let isClosed = line.point < line.text.count && line.text[line.point] == UInt8(ascii: "}")
            result.ending = isClosed ? "" : "}"
        } else if context.quotes == .double {
            result.ending = ""
        }
        if result.candidates.count == 1, let value = sh.variable(result.candidates[0].text), !context.isBraced,
            context.start > 0, line.text[context.start - 1] == UInt8(ascii: "$"),
            (try? System.status(value, at: sh.context.workingDirectory.descriptor))?.kind == .directory
        {
            result.ending = "/"
        }
        return result
    }

    /// File names, and what the first character of the word may stand for.
    private func plain() -> CompletionResult {
        let text = CompletionWords.dequoted(source)
        if context.quotes == .none, text.first == UInt8(ascii: "~"), !text.contains(UInt8(ascii: "/")) {
            var result = names(sh.userNames(text.dropFirst()).map { Candidate("~" + $0) })
            result.ending = "/"
            if !result.candidates.isEmpty { return result }
        }
        let whole = files()
        if !whole.candidates.isEmpty { return whole }
        // After `=`, `:` and the like another name may begin.
        let start = breakStart
        guard start > context.start else { return matchingFiles ?? whole }
        if line.text[start - 1] == UInt8(ascii: "@"), sh.has(ShoptOptions.hostcomplete) {
            var result = CompletionResult()
            result.start = start
            let typed = line.text[start..<line.point]
            result.candidates = sh.hostNames.filter { $0.hasPrefix(typed) }.map { Candidate($0) }
            if !result.candidates.isEmpty { return result }
        }
        return files(from: start)
    }

    /// The word as a pattern, if it matches just one file.
    private var matchingFiles: CompletionResult? {
        let text = CompletionWords.dequoted(source)
        guard context.quotes == .none, Glob.hasSpecialBytes(source),
            case .found(let names) = Glob.search(
                [(text + (text.hasSuffix("*") ? "" : "*"), false)],
                directory: sh.context.workingDirectory.descriptor, encoding: sh.encoding),
            names.count == 1
        else { return nil }
        var result = CompletionResult()
        result.start = context.start
        result.form = .files
        result.candidates = names.map { Candidate($0) }
        return result
    }

    /// Where the last part of the word begins, parted by the characters of COMP_WORDBREAKS.
    private var breakStart: Int {
        if context.quotes != .none { return context.quoteStart }
        let breaks = wordBreaks
        var start = context.start
        while true {
            let end = CompletionWords.end(ofWordAt: start, in: line.text[0..<line.point]) { breaks.contains($0) }
            guard end < line.point else { return start }
            start = end + 1
        }
    }

    private var wordBreaks: Bytes { sh.variable("COMP_WORDBREAKS") ?? CompletionWords.standardBreaks }

    // MARK: Files

    private enum Kind { case any, directories, programs }

    /// The files that the word could name, or its part from `start` on.
    private func files(_ kind: Kind = .any, from start: Int? = nil) -> CompletionResult {
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
    private func expanded(_ source: Bytes, _ start: Int) -> Bytes {
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

    // MARK: Commands

    private func command() throws(Unwind) -> CompletionResult {
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

    private func argument() throws(Unwind) -> CompletionResult {
        guard let name = context.words.first else { return plain() }
        var names = [name]
        if let slash = name.findLast(UInt8(ascii: "/")) { names.append(name.suffix(from: slash + 1)) }
        // A function may load what it needs and ask for another try.
        for _ in 0..<32 {
            let key = names.lazy.map { CompletionKey.command($0) }.first { specifications[$0] != nil }
            if key == nil, sh.context.functions[name] == nil {
                if let builtin = sh.builtin(named: name) { return try completeBuiltin(OwnCompletion(builtin)) }
                if let program = sh.ownPrograms.first(where: { names.contains($0.name) }) {
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
    private func run(
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
    private var commandEnd: Int {
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
    private func finished(_ found: SpecResult, _ start: Int? = nil) -> CompletionResult {
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
    private func keepTyped(_ result: inout CompletionResult) {
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

    private func completeBuiltin(_ builtin: OwnCompletion) throws(Unwind) -> CompletionResult {
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
    private func commandOperand(_ query: CompletionQuery) throws(Unwind) -> CompletionResult {
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

    private func operands(of kind: OperandCompletion, _ query: CompletionQuery) -> CompletionResult {
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
    private func isDeclaration(_ name: Bytes) -> Bool {
        name == "export" || name == "readonly" || name == "declare" || name == "typeset" || name == "local"
    }

    /// Directories, for `cd` those in CDPATH too.
    private func directories(_ query: CompletionQuery) -> CompletionResult {
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
