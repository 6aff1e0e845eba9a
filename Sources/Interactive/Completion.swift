// Completion in the line editor: readline asks for the matches of a word, and `CompletionEngine` knows them.
//
// Readline cuts the line into words by itself, by characters, and replaces the part of the line between the last of those
// (the anchor) and the cursor. The engine says what word the shell's grammar sees there. So what is inserted is made to fit:
// what stands between the anchor and the word's beginning is put before it, what stands between the beginning and the anchor is
// left out.
//
// File names are given to readline as they are, so that it can look at them and list them; when one is inserted, or what
// several have in common, our function for quoting makes of it what must stand in the line.

import Bytes
@preconcurrency import CReadline
@preconcurrency import Glibc
import Platform
import Shell

/// The completion of the one line that is being edited.
///
/// Thread: the main thread only, as all of readline.
private nonisolated(unsafe) var shared: Completion?
/// The line is no command but what `read -e` asks for.
private nonisolated(unsafe) var isForRead = false

/// All bytes: readline shall ask for quoting whatever is in a name.
private nonisolated(unsafe) let allBytes: UnsafeMutablePointer<CChar> = {
    let bytes = UnsafeMutablePointer<CChar>.allocate(capacity: 256)
    for index in 0..<255 { bytes[index] = CChar(bitPattern: UInt8(truncatingIfNeeded: index + 1)) }
    bytes[255] = 0
    return bytes
}()

final class Completion {
    private let sh: Interpreter
    /// The lines of the command that were entered before the one being edited, each with its newline.
    var earlierLines = Bytes()
    private var wordBreaks: UnsafeMutablePointer<CChar>?
    /// What the last search found.
    private var result = CompletionResult()
    /// What stands between the anchor and the word.
    private var lead = Bytes()
    /// How many bytes of the word stand before the anchor.
    private var skipped = 0
    private var descriptions: [Bytes: Bytes] = [:]
    /// What the next search looks for.
    private var kind = CompletionLine.Kind.any

    private init(_ sh: Interpreter) { self.sh = sh }

    /// Makes readline complete what `sh` knows.
    static func install(_ sh: Interpreter) {
        let completion = Completion(sh)
        shared = completion
        if sh.variable("COMP_WORDBREAKS") == nil {
            _ = sh.assign("COMP_WORDBREAKS", CompletionWords.standardBreaks)
        }
        sh.editorFunctions = { readlineFunctions() }
        CompletionCommands.install()
        rl_completer_quote_characters = UnsafePointer(strdup("'\""))
        rl_basic_quote_characters = UnsafePointer(strdup(""))
        rl_filename_quote_characters = UnsafePointer(allBytes)
        rl_attempted_completion_function = { _, start, end in
            rl_attempted_completion_over = 1
            thresh_readline_allow_questions(1)
            return shared?.matches(Int(start), Int(end))
        }
        rl_completion_word_break_hook = { shared?.takeWordBreaks() }
        rl_char_is_quoted_p = { line, index in
            guard let line else { return 0 }
            return CompletionWords.isQuoted(Bytes(cString: line), at: Int(index)) ? 1 : 0
        }
        rl_filename_quoting_function = { match, type, _ in
            guard let match, let shared else { return nil }
            return shared.source(of: Bytes(cString: match), isWhole: type == SINGLE_MATCH).withCString { strdup($0) }
        }
        rl_filename_stat_hook = { name in
            guard let name, let text = name.pointee, let shared else { return 0 }
            guard let path = shared.realPath(Bytes(cString: text)) else { return 0 }
            free(text)
            name.pointee = path.withCString { strdup($0) }
            return 1
        }
    }

    /// The lines of the command that were entered before.
    static func setEarlierLines(_ lines: [Bytes]) {
        shared?.earlierLines = lines.isEmpty ? Bytes() : lines.joined(by: "\n") + "\n"
    }

    /// Whether Ctrl-C came during the last search; says so once.
    static func takeInterruption() -> Bool {
        defer { shared?.result.wasInterrupted = false }
        return shared?.result.wasInterrupted ?? false
    }

    /// Runs a function of readline that completes, for things of one kind.
    static func search(_ kind: CompletionLine.Kind, _ body: () -> Int32) -> Int32 {
        shared?.kind = kind
        defer { shared?.kind = .any }
        return body()
    }

    /// While `body` edits a line that is no command, words of it are completed as file names.
    static func forRead<R>(_ body: () -> R) -> R {
        let outer = isForRead
        isForRead = true
        defer { isForRead = outer }
        return body()
    }

    /// Puts all file names that the word could become in its place, as `{a,b}` behind what they have in common.
    static func completeIntoBraces() -> Int32 {
        guard let shared else { return 1 }
        let text = Bytes(cString: rl_line_buffer)
        let point = min(shared.earlierLines.count + Int(rl_point), shared.earlierLines.count + text.count)
        var line = CompletionLine(shared.earlierLines + text, point: point, anchor: shared.earlierLines.count)
        line.kind = .files
        shared.result = CompletionEngine.complete(line, shared.sh)
        (shared.lead, shared.skipped) = ("", 0)
        let names = shared.result.candidates.map(\.text).sorted()
        guard let first = names.first, shared.result.quotes == .none, shared.result.start >= shared.earlierLines.count
        else {
            rl_ding()
            return 1
        }
        var source = shared.source(of: names.count == 1 ? first : shared.common(names), isWhole: names.count == 1)
        if names.count > 1 {
            let length = shared.common(names).count
            let rests = names.map { NameQuoting.quoted($0.dropFirst(length), in: .none, startsWord: false) }
            source.append("{" + rests.joined(by: ",") + "}")
        }
        let start = shared.result.start - shared.earlierLines.count
        rl_begin_undo_group()
        rl_delete_text(Int32(truncatingIfNeeded: start), rl_point)
        rl_point = Int32(truncatingIfNeeded: start)
        _ = source.withCString { rl_insert_text($0) }
        rl_end_undo_group()
        return 0
    }

    /// The names of readline's functions, for `compgen -A binding`.
    private static func readlineFunctions() -> [Bytes] {
        guard let list = rl_funmap_names() else { return [] }
        defer { free(list) }
        var names: [Bytes] = []
        var index = 0
        while let name = list[index] {
            names.append(Bytes(cString: name))
            index += 1
        }
        return names
    }

    private func takeWordBreaks() -> UnsafeMutablePointer<CChar>? {
        free(wordBreaks)
        wordBreaks = (sh.variable("COMP_WORDBREAKS") ?? CompletionWords.standardBreaks).withCString { strdup($0) }
        return wordBreaks
    }

    private static func isOn(_ variable: String) -> Bool {
        guard let value = rl_variable_value(variable) else { return false }
        return Bytes(cString: value) == "on"
    }

    // MARK: Matches

    /// The matches as readline wants them: what they have in common, then each, in memory that it will free.
    private func matches(_ start: Int, _ end: Int) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
        sh.fileNameRules.ignoresCase = Completion.isOn("completion-ignore-case")
        sh.fileNameRules.mapsHyphens = Completion.isOn("completion-map-case")
        sh.fileNameRules.findsHidden = Completion.isOn("match-hidden-files")
        let before = earlierLines.count
        let text = earlierLines + Bytes(cString: rl_line_buffer)
        // A NUL in the line ends what can be completed.
        let end = min(before + end, text.count)
        var line = CompletionLine(text, point: end, anchor: min(before + start, end))
        line.type = Int(rl_completion_type)
        line.key = Int(rl_completion_invoking_key)
        line.kind = kind == .any && isForRead ? .files : kind
        result = CompletionEngine.complete(line, sh)
        lead = result.start > line.anchor ? text[line.anchor..<min(result.start, line.point)] : Bytes()
        skipped = max(line.anchor - result.start, 0)
        let isFiles = result.form == .files
        var words: [Bytes] = []
        descriptions = [:]
        let unseen = isFiles ? Bytes() : text[min(result.start, line.anchor)..<line.anchor]
        var seen: Set<Bytes> = []
        for candidate in result.candidates where seen.insert(candidate.text).inserted {
            var word = candidate.text
            if !isFiles {
                guard sh.fileNameRules.ignoresCase || word.hasPrefix(unseen) else { continue }
                word = lead + word.dropFirst(skipped)
            }
            words.append(word)
            if !candidate.description.isEmpty { descriptions[word] = candidate.description }
        }
        guard !words.isEmpty else { return nil }
        rl_filename_completion_desired = isFiles ? 1 : 0
        rl_filename_quoting_desired = isFiles ? 1 : 0
        rl_sort_completion_matches = result.isSorted ? 1 : 0
        rl_completion_suppress_quote = isFiles || result.quotes == .none ? 1 : 0
        rl_completion_suppress_append = result.ending.isEmpty ? 1 : 0
        rl_completion_append_character = Int32(result.ending.first ?? 0)
        rl_completion_display_matches_hook = nil
        if !isFiles, !lead.isEmpty || (!descriptions.isEmpty && words.count < screenLines) {
            rl_completion_display_matches_hook = { matches, count, width in
                shared?.show(matches, Int(count), Int(width))
            }
        }
        let array = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: words.count + 2)
        array[0] = common(words).withCString { strdup($0) }
        if words.count == 1 {
            array[1] = nil
            return array
        }
        for (index, word) in words.enumerated() { array[index + 1] = word.withCString { strdup($0) } }
        array[words.count + 1] = nil
        return array
    }

    /// What all begin with.
    private func common(_ words: [Bytes]) -> Bytes {
        guard var common = words.first else { return Bytes() }
        let ignoresCase = sh.fileNameRules.ignoresCase
        for word in words.dropFirst() {
            var length = 0
            let end = min(common.count, word.count)
            while length < end,
                common[length] == word[length]
                    || (ignoresCase && Completion.lower(common[length]) == Completion.lower(word[length]))
            {
                length += 1
            }
            common = common[0..<length]
        }
        // Not in the middle of a character.
        if words.count > 1, let next = words.first(where: { $0.count > common.count }),
            next[common.count] & 0xC0 == 0x80
        {
            while let last = common.last, last & 0xC0 == 0x80 { common.removeLast() }
            if let last = common.last, last >= 0xC0 { common.removeLast() }
        }
        return common
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte + 32 : byte
    }

    // MARK: File names

    /// What stands in the line for a file name, or for its beginning.
    private func source(of match: Bytes, isWhole: Bool) -> Bytes {
        var text = lead
        if match.hasPrefix(result.keptText) {
            text.append(result.keptSource)
            text.append(quoted(match.dropFirst(result.keptText.count), isWhole: isWhole, match))
        } else {
            text.append(quoted(match, isWhole: isWhole, match))
        }
        return text.dropFirst(skipped)
    }

    private func quoted(_ name: Bytes, isWhole: Bool, _ path: Bytes) -> Bytes {
        guard result.quotesNames else { return name }
        var text = NameQuoting.quoted(name, in: result.quotes, startsWord: result.keptSource.isEmpty && lead.isEmpty)
        if result.isInBackquotes { text = NameQuoting.inBackquotes(text) }
        if isWhole && result.quotes != .none && !isDirectory(path) {
            text.append(result.quotes == .double ? UInt8(ascii: "\"") : UInt8(ascii: "'"))
        }
        return text
    }

    private func isDirectory(_ path: Bytes) -> Bool {
        (try? System.status(realPath(path) ?? sh.expandTilde(path), at: sh.context.workingDirectory.descriptor))?.kind
            == .directory
    }

    /// Where a file is whose directory was typed with variables.
    private func realPath(_ path: Bytes) -> Bytes? {
        guard let directory = result.directory, path.hasPrefix(directory.text) else { return nil }
        return directory.path + path.dropFirst(directory.text.count)
    }

    // MARK: The list

    private var screenLines: Int {
        var rows: Int32 = 0
        var columns: Int32 = 0
        rl_get_screen_size(&rows, &columns)
        return max(Int(rows) - 2, 1)
    }

    /// Lists the matches with what they are.
    private func show(_ matches: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int, _ width: Int) {
        guard let matches else { return }
        var rows: Int32 = 0
        var columns: Int32 = 0
        rl_get_screen_size(&rows, &columns)
        if descriptions.isEmpty {
            // Only the words, without what is in front of them in the line.
            for index in 0...count {
                guard let match = matches[index] else { continue }
                let word = Bytes(cString: match)
                if word.hasPrefix(lead) {
                    word.dropFirst(lead.count).withCString { _ = strcpy(match, $0) }
                }
            }
            rl_display_match_list(
                matches, Int32(truncatingIfNeeded: count), Int32(truncatingIfNeeded: max(width - lead.count, 1)))
        } else {
            rl_crlf()
            var text = Bytes()
            for index in 1...max(count, 1) {
                guard let match = matches[index] else { continue }
                let word = Bytes(cString: match)
                var line = word.dropFirst(lead.count)
                let description = descriptions[word] ?? ""
                if !description.isEmpty {
                    line.append(Bytes(repeating: 0x20, count: max(width - lead.count - line.count, 0) + 2))
                    line.append(description)
                }
                text.append(Completion.cut(line, Int(columns) - 1))
                text.append("\r\n")
            }
            sh.writeError(text)
        }
        rl_forced_update_display()
    }

    /// The first characters of a line.
    private static func cut(_ line: Bytes, _ width: Int) -> Bytes {
        var count = 0
        var index = 0
        while index < line.count {
            if line[index] & 0xC0 != 0x80 {
                if count == width { return line[0..<index] }
                count += 1
            }
            index += 1
        }
        return line
    }
}
