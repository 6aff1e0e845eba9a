// Specifications at work: what `complete` was told becomes candidates.
//
// The sources are asked in the order that bash has: actions, `-G`, `-W`, the function, the command; then `-X` takes some
// away, `-P` and `-S` are put around the rest, and directories come to it. A function learns of the line from the COMP_
// variables and answers with COMPREPLY.

import Bytes
import Platform
import Syntax

/// What is being completed, for a specification.
package struct CompletionRequest {
    /// The command's name, or what stands for it.
    package var command: Bytes
    /// The word up to the cursor, as it stands in the line, but without an open quote.
    package var word: Bytes
    /// The command's part of the line, and the place of the cursor in it.
    package var line = Bytes()
    package var point = 0
    /// The words of that part; nil for `compgen`, which has no line.
    package var words: CompletionWords?
    /// COMP_TYPE and COMP_KEY.
    package var type = 0
    package var key = 0
    /// There are quotes in the word, or open before it.
    var hasQuotes = false

    package init(command: Bytes, word: Bytes) {
        self.command = command
        self.word = word
    }

    var previousWord: Bytes {
        guard let words, words.current > 0 else { return Bytes() }
        return words.words[words.current - 1]
    }
}

/// What came of a specification.
package struct SpecResult {
    package var candidates: [Bytes] = []
    package var options: CompletionSpec.Options = []
    /// The function wants the search to begin anew: it has made another specification (status 124).
    package var wantsRetry = false
}

extension Interpreter {
    /// The candidates of a specification.
    func complete(_ spec: CompletionSpec, _ request: CompletionRequest) throws(Unwind) -> SpecResult {
        var result = SpecResult()
        let outer = completion
        // What `compgen` does within a completion is not the completion that `compopt` means.
        let isOwn = request.words != nil
        if isOwn { completion = CompletionState(options: spec.options, hasQuotes: request.hasQuotes) }
        defer { completion = outer }
        var text = CompletionWords.dequoted(request.word)
        if !isOwn, outer?.hasQuotes ?? false { text = CompletionWords.dequoted(text) }
        var found = candidates(of: spec.actions, text)
        if let glob = spec.glob { found += fileNames(matching: glob) }
        if let words = spec.words { found += try expandWordList(words).filter { $0.hasPrefix(text) } }
        if let name = spec.function {
            guard let function = context.functions[name] else {
                report("completion: function '" + name + "' not found")
                return result
            }
            let (reply, status) = try callCompletion(function, request)
            if status == 124 {
                result.wantsRetry = true
                return result
            }
            found += reply
        }
        if let command = spec.command { found += try runCompletionCommand(command, request) }
        if let filter = spec.filter { found = filtered(found, filter, request.word) }
        if let prefix = spec.prefix { found = found.map { prefix + $0 } }
        if let suffix = spec.suffix { found = found.map { $0 + suffix } }
        let options = isOwn ? completion?.options ?? spec.options : spec.options
        if options.contains(.plusdirs) || (options.contains(.dirnames) && found.isEmpty) {
            found += fileNames(text, directoriesOnly: true)
        }
        result.candidates = found
        result.options = options
        if !spec.actions.isDisjoint(with: [.file, .directory]) || spec.glob != nil
            || !options.isDisjoint(with: [.plusdirs, .dirnames])
        {
            result.options.insert(.filenames)
        }
        return result
    }

    /// `-G`
    private func fileNames(matching glob: Bytes) -> [Bytes] {
        var options: GlobOptions = has(ShoptOptions.extglob) ? .groups : []
        if has(ShoptOptions.dotglob) { options.insert(.hidden) }
        if has(ShoptOptions.globstar) { options.insert(.recursive) }
        if has(ShoptOptions.nocaseglob) { options.insert(.ignoresCase) }
        let pattern = expandTilde(glob)
        switch Glob.search(
            [(pattern, false)], directory: context.workingDirectory.descriptor, encoding: encoding, options: options)
        {
        case .found(let names): return names
        case .nothing: return []
        case .noPattern:
            return (try? System.status(pattern, at: context.workingDirectory.descriptor)) != nil ? [glob] : []
        }
    }

    /// The words of `-W`: split at the characters of IFS that are not quoted, then expanded as the words of a command are,
    /// but for file names.
    private func expandWordList(_ list: Bytes) throws(Unwind) -> [Bytes] {
        let ifs = value(NameTable.ifs) ?? " \t\n"
        let base = stack.count
        defer { stack.removeLast(stack.count - base) }
        let options = context.options
        context.options.insert(.noglob)
        defer { context.options = options }
        var index = 0
        while index < list.count {
            if ifs.contains(list[index]) {
                index += 1
                continue
            }
            let end = CompletionWords.end(ofWordAt: index, in: list) { ifs.contains($0) }
            let piece = list[index..<end]
            index = end
            guard piece.contains(where: { Interpreter.isExpanded($0) }) else {
                stack.append(expandTilde(piece))
                continue
            }
            guard let word = try? Parser.parseWholeWord(piece, options: parserOptions()) else {
                stack.append(piece)
                continue
            }
            for word in Preparation.expandBraces(word) { try word.pushFields(self) }
        }
        return stack.copy(base..<stack.count)
    }

    private static func isExpanded(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "$"), UInt8(ascii: "`"), UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""),
            UInt8(ascii: "{"):
            true
        default: false
        }
    }

    /// `-X`: without those that the pattern matches, or with a `!` in front only with them. `&` is the word.
    private func filtered(_ candidates: [Bytes], _ filter: Bytes, _ word: Bytes) -> [Bytes] {
        let keeps = filter.first == UInt8(ascii: "!")
        var text = Bytes()
        var index = keeps ? 1 : 0
        while index < filter.count {
            let byte = filter[index]
            index += 1
            if byte == UInt8(ascii: "&") {
                text.append(word)
            } else if byte == UInt8(ascii: "\\"), index < filter.count {
                if filter[index] != UInt8(ascii: "&") { text.append(byte) }
                text.append(filter[index])
                index += 1
            } else {
                text.append(byte)
            }
        }
        let pattern = Pattern([(text, false)], encoding: encoding, options: patternOptions(caseOption))
        return candidates.filter { pattern.matches($0) == keeps }
    }

    // MARK: Functions and commands

    private static let variables: [Bytes] = [
        "COMP_LINE", "COMP_POINT", "COMP_TYPE", "COMP_KEY", "COMP_WORDS", "COMP_CWORD",
    ]

    /// Calls a function with the line in the COMP_ variables; what it put into COMPREPLY, and its status.
    private func callCompletion(
        _ function: Function, _ request: CompletionRequest
    ) throws(Unwind) -> (reply: [Bytes], status: Int32) {
        bindVariables(request)
        _ = setArray("COMP_WORDS", request.words?.words ?? [])
        _ = assign("COMP_CWORD", Bytes(decimal: request.words?.current ?? -1))
        _ = unset("COMPREPLY")
        defer {
            for name in Interpreter.variables + ["COMPREPLY"] { _ = unset(name) }
        }
        let base = stack.count
        defer { stack.removeLast(stack.count - base) }
        for word in [function.definition.name, request.command, request.word, request.previousWord] {
            stack.append(word)
        }
        let outer = context.status
        let status = try call(function, Arguments(interpreter: self, base: base, count: 4))
        context.status = outer
        flushOutput()
        guard let id = NameTable.lookup("COMPREPLY"), context.variables.attributes(id).contains(.isSet) || isArray(id)
        else {
            return ([], status)
        }
        return (elements(id), status)
    }

    private func bindVariables(_ request: CompletionRequest) {
        let values: [(Bytes, Bytes)] = [
            ("COMP_LINE", request.line), ("COMP_POINT", Bytes(decimal: request.point)),
            ("COMP_TYPE", Bytes(decimal: request.type)), ("COMP_KEY", Bytes(decimal: request.key)),
        ]
        for (name, value) in values { _ = assign(name, value) }
    }

    /// The lines that a command prints, with the line in its environment.
    private func runCompletionCommand(_ command: Bytes, _ request: CompletionRequest) throws(Unwind) -> [Bytes] {
        bindVariables(request)
        defer { for name in Interpreter.variables { _ = unset(name) } }
        for name in Interpreter.variables.prefix(4) {
            if let id = NameTable.lookup(name) { context.variables[id].attributes.insert(.exported) }
        }
        context.environment = nil
        let words = [request.command, request.word, request.previousWord].map { Quoting.shell($0) }
        let source = command + " " + words.joined(by: " ")
        guard let list = try? Parser.parse(source, options: parserOptions()) else { return [] }
        let status = context.status
        defer { context.status = status }
        let output = try substitute(Preparation.list(list))
        if output.isEmpty { return [] }
        // A backslash before a newline keeps the line whole.
        var lines: [Bytes] = []
        for line in output.split(on: UInt8(ascii: "\n")) {
            if let last = lines.last, last.last == UInt8(ascii: "\\") {
                lines[lines.count - 1] = last.dropLast() + "\n" + line
            } else {
                lines.append(line)
            }
        }
        return lines
    }
}
