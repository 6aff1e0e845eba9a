// Completion at the prompt: what could stand where the cursor is.
//
// `CursorContext` tells what the word is in the grammar. A command's argument is completed by what `complete` was told of the
// command, else by the built-in itself, else as a file name; everything else is known from the grammar. The result says which
// part of the line is meant and how it is quoted; what is inserted, and how the list looks, is the line editor's matter.

import Bytes
import Platform
import Syntax

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
        let depths = (sh.conditionDepth, sh.hookDepth, sh.isDebugging, sh.jobControlPauses)
        let lastArgument = sh.stack.last
        sh.conditionDepth += 1
        sh.hookDepth += 1
        sh.isDebugging = true
        sh.jobControlPauses += 1
        defer {
            (sh.position, sh.context.status, sh.pipelineStatuses, sh.statusesAreCurrent) = saved
            (sh.conditionDepth, sh.hookDepth, sh.isDebugging, sh.jobControlPauses) = depths
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
    var specifications: [CompletionKey: CompletionSpec] {
        sh.has(ShoptOptions.progcomp) ? sh.context.completions : [:]
    }

    /// What was typed of the word, as it stands in the line.
    var source: Bytes { line.text[context.start..<line.point] }

    func result() throws(Unwind) -> CompletionResult {
        if line.kind != .any { return result(of: line.kind) }
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

    /// What a function of the line editor wants that looks for one kind of thing.
    func result(of kind: CompletionLine.Kind) -> CompletionResult {
        let text = CompletionWords.dequoted(source)
        switch kind {
        case .any, .files: return files()
        case .users:
            guard text.first == UInt8(ascii: "~") else { return names(sh.userNames(text).map { Candidate($0) }) }
            var result = names(sh.userNames(text.dropFirst()).map { Candidate("~" + $0) })
            result.ending = "/"
            return result
        case .hosts:
            var result = CompletionResult()
            result.start = source.findLast(UInt8(ascii: "@")).map { context.start + $0 + 1 } ?? context.start
            let typed = line.text[result.start..<line.point]
            result.candidates = sh.hostNames.filter { $0.hasPrefix(typed) }.map { Candidate($0) }
            return result
        case .variables:
            if context.role == .variable { return variables }
            return names(sh.variableNames { _ in true }.map { Candidate("$" + $0) }, typed: "$" + text)
        case .commands: return names(sh.commandNames(text).map { Candidate($0) })
        case .history:
            var words: Set<Bytes> = []
            for entry in sh.history.snapshot.entries {
                for word in CompletionWords(entry.command, point: 0, breaks: " \t\n;|&()<>").words {
                    words.insert(word)
                }
            }
            return names(words.filter { !$0.isEmpty && $0 != source }.map { Candidate($0) }, typed: source)
        case .pattern: return files(matching: "")
        case .patternPrefix: return files(matching: "*")
        }
    }

    // MARK: Results

    /// Names in the place of the whole word.
    func names(_ candidates: [Candidate], typed: Bytes? = nil) -> CompletionResult {
        var result = CompletionResult()
        let text = typed ?? CompletionWords.dequoted(source)
        result.start = context.start
        result.candidates = candidates.filter { sh.fileNameRules.matches($0.text, text) }
        return result
    }

    var variables: CompletionResult {
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
    func plain() -> CompletionResult {
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
    var matchingFiles: CompletionResult? {
        guard context.quotes == .none, Glob.hasSpecialBytes(source) else { return nil }
        let result = files(matching: "*")
        return result.candidates.count == 1 ? result : nil
    }

    /// The files that the word matches as a pattern, with that behind it.
    func files(matching suffix: Bytes) -> CompletionResult {
        let text = sh.expandTilde(CompletionWords.dequoted(source))
        var result = CompletionResult()
        guard
            case .found(let names) = Glob.search(
                [(text.hasSuffix(suffix) ? text : text + suffix, false)],
                directory: sh.context.workingDirectory.descriptor, encoding: sh.encoding)
        else { return result }
        result.start = context.start
        result.form = .files
        result.candidates = names.map { Candidate($0) }
        return result
    }

    /// Where the last part of the word begins, parted by the characters of COMP_WORDBREAKS.
    var breakStart: Int {
        if context.quotes != .none { return context.quoteStart }
        let breaks = wordBreaks
        var start = context.start
        while true {
            let end = CompletionWords.end(ofWordAt: start, in: line.text[0..<line.point]) { breaks.contains($0) }
            guard end < line.point else { return start }
            start = end + 1
        }
    }

    var wordBreaks: Bytes { sh.variable("COMP_WORDBREAKS") ?? CompletionWords.standardBreaks }
}
