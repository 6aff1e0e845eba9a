// What stands at the end of an unfinished text: for completion.
//
// The parser itself finds out. While it goes through the text it keeps a stack of what is open: the command whose words are
// being read, a redirection's target, quotes, the braces of `${`. What is complete is taken from the stack, and when the end
// of the text is met for the first time, the stack is what a word typed there would be part of. A letter is put after the text
// first, so that there is always a word, and no reserved word is complete that might still become something else.
//
// An error before the end is no obstacle: the search begins anew behind it.

import Bytes

/// Something that is open while its inside is parsed.
struct CursorSite {
    enum Kind: Equatable {
        /// A command; its words are noted as they are read.
        case command
        case word(WordMode)
        case redirection(Redirection.Operator)
        /// Words that are neither a command's name nor its arguments: after `for x in`, `case`, in `[[ ]]`, in an array.
        case operand
        /// A pattern of `case`, or the `esac` instead.
        case pattern
        case forName, functionName
        case singleQuotes, doubleQuotes, dollarQuotes, backquotes
        /// `${`
        case parameter
        case arithmetic
        case hereDocument, hereDelimiter
        case comment
        /// Nothing but this reserved word can come here.
        case expected(Bytes)
    }

    var kind: Kind
    /// The offset in the text.
    var start: Int
    var words: [Word] = []
}

extension Parser {
    /// Notes that something is open from here on; gives what `closeSite` takes.
    @discardableResult
    @inline(__always)
    mutating func openSite(_ kind: @autoclosure () -> CursorSite.Kind) -> Int {
        guard isTraced else { return 0 }
        sites.append(CursorSite(kind: kind(), start: base + pos))
        return sites.count - 1
    }

    @inline(__always)
    mutating func closeSite(_ level: Int) {
        if isTraced, level < sites.count { sites.removeSubrange(level...) }
    }

    /// A word of the innermost command is complete.
    mutating func noteWord(_ word: Word) {
        guard let index = sites.lastIndex(where: { $0.kind == .command }) else { return }
        sites[index].words.append(word)
    }
}

/// What is being typed at the end of a text.
package struct CursorContext: Equatable, Sendable {
    package enum Role: Equatable, Sendable {
        /// A command's name, a reserved word, an assignment.
        case command
        case argument
        /// The target of a redirection that opens a file.
        case file
        /// A descriptor's number after `<&` or `>&`.
        case descriptor
        /// The value of an assignment: a list of paths, perhaps.
        case assignment
        /// A word that may be anything: of `for`, `case`, `[[ ]]`, an array.
        case operand
        /// A pattern of `case`.
        case pattern
        /// The name of a variable: after `$`, `${`, `for`, in arithmetic.
        case variable
        case functionName
        /// One of these reserved words, nothing else.
        case reserved([Bytes])
        /// Text: the body of a here-document, a comment.
        case text
    }

    package enum Quotes: Equatable, Sendable {
        case none, single, double, dollar
    }

    package var role = Role.command
    /// Where the word begins. Of a variable: its name, without `$` and `${`.
    package var start = 0
    package var quotes = Quotes.none
    /// The offset after the opening quote.
    package var quoteStart = 0
    /// `${name`, which wants a closing brace.
    package var isBraced = false
    /// Where the command begins whose argument or name this is: at its name.
    package var commandStart = 0
    /// The words before, the command's name first; of one that is more than text, its source.
    package var words: [Bytes] = []
    /// The word is inside backquotes, within which backslashes are doubled.
    package var isInBackquotes = false

    package init() {}
}

extension CursorContext {
    /// What is being typed at the end of `text`.
    package static func find(in text: Bytes, options: ParserOptions = .init()) -> CursorContext {
        var options = options
        options.tracesCursor = true
        options.aliases = nil
        options.placeholders = nil
        var start = 0
        // Behind an error the rest is looked at by itself.
        for _ in 0..<16 {
            let rest = text.suffix(from: start)
            var parser = Parser(rest + "Z", options: options, refill: { _ in false })
            var failure: ParseError?
            do throws(ParseError) {
                while parser.cursorSites == nil, try parser.nextCommand() != nil {}
            } catch {
                failure = error
            }
            let place = min(max(failure.map { Int($0.position.offset) } ?? rest.count, 0), rest.count)
            // What is being typed may be the reserved word that is missing.
            var isReserved = false
            if case .expected? = parser.sites.last?.kind {
                isReserved = !rest[place..<rest.count].contains { ByteSet.delimiters.contains($0) }
            }
            if parser.cursorSites == nil, let failure, !failure.isIncomplete, place < rest.count, !isReserved {
                // The token that can't stand there is skipped.
                start += place + 1
                continue
            }
            return CursorReading(text: rest, sites: parser.cursorSites ?? parser.sites).context(options)
                .shifted(by: start)
        }
        return CursorReading(text: text, sites: []).context(options)
    }

    fileprivate func shifted(by distance: Int) -> CursorContext {
        var shifted = self
        shifted.start += distance
        shifted.quoteStart += distance
        shifted.commandStart += distance
        return shifted
    }
}

/// Makes a context of what is open at the end of `text`.
private struct CursorReading {
    let text: Bytes
    let sites: [CursorSite]

    func context(_ options: ParserOptions) -> CursorContext {
        var context = CursorContext()
        context.start = text.count
        context.commandStart = text.count
        var index = sites.count - 1
        var isKnown = false
        var hasStart = false
        if let site = sites.last, site.kind == .backquotes { return inBackquotes(site, options) }
        while index >= 0, !isKnown {
            let site = sites[index]
            index -= 1
            switch site.kind {
            case .singleQuotes: quote(&context, .single, site.start + 1)
            case .dollarQuotes: quote(&context, .dollar, site.start + 2)
            case .doubleQuotes: quote(&context, .double, site.start + 1)
            case .parameter:
                if readParameter(site, &context) {
                    if sites[...max(index, -1)].last?.kind == .doubleQuotes { context.quotes = .double }
                    return context
                }
            case .arithmetic:
                context.role = .variable
                context.start = nameStart
                return context
            case .hereDocument, .hereDelimiter, .comment:
                context.role = .text
                context.start = wordStart
                isKnown = true
            case .word(.subscript):
                context.role = .variable
                context.start = nameStart
                return context
            case .word(let mode):
                // The innermost word counts, as the one in the braces of `${x:-word`.
                if !hasStart { context.start = site.start }
                hasStart = true
                if mode == .assignment {
                    context.role = .assignment
                    isKnown = true
                }
            case .redirection(let kind):
                context.role = kind == .duplicateInput || kind == .duplicateOutput ? .descriptor : .file
                isKnown = true
            case .operand:
                context.role = .operand
                isKnown = true
            case .pattern:
                context.role = .pattern
                isKnown = true
            case .forName:
                context.role = .variable
                isKnown = true
            case .functionName:
                context.role = .functionName
                isKnown = true
            case .expected:
                var words: [Bytes] = []
                var next = index + 1
                while next >= 0, case .expected(let word) = sites[next].kind {
                    words.append(word)
                    next -= 1
                }
                context.role = .reserved(words)
                context.start = wordStart
                isKnown = true
            case .command:
                context.role = site.words.isEmpty ? .command : .argument
                isKnown = true
                index += 1
            case .backquotes: break
            }
        }
        if let command = sites[...max(index, -1)].last(where: { $0.kind == .command }) {
            context.words = command.words.map(plain)
            context.commandStart = command.words.first.map { Int($0.position.offset) } ?? context.start
        }
        readDollar(&context)
        return context
    }

    private func quote(_ context: inout CursorContext, _ quotes: CursorContext.Quotes, _ start: Int) {
        guard context.quotes == .none else { return }
        context.quotes = quotes
        context.quoteStart = min(start, text.count)
    }

    /// The text of backquotes is a text of its own, once its backslashes are resolved.
    private func inBackquotes(_ site: CursorSite, _ options: ParserOptions) -> CursorContext {
        var inside = Bytes()
        // The place in the whole text of each byte.
        var places: [Int] = []
        var index = site.start + 1
        while index < text.count {
            if text[index] == "\\", index + 1 < text.count, [0x24, 0x60, 0x5C].contains(text[index + 1]) { index += 1 }
            inside.append(text[index])
            places.append(index)
            index += 1
        }
        places.append(text.count)
        var context = CursorContext.find(in: inside, options: options)
        func outer(_ place: Int) -> Int { place < places.count ? places[place] : text.count }
        context.start = outer(context.start)
        context.quoteStart = outer(context.quoteStart)
        context.commandStart = outer(context.commandStart)
        context.isInBackquotes = true
        return context
    }

    /// At `${`: true if it is the name that is being typed.
    private func readParameter(_ site: CursorSite, _ context: inout CursorContext) -> Bool {
        var index = min(site.start + 2, text.count)
        if index < text.count, text[index] == "!" || text[index] == "#" { index += 1 }
        let start = index
        while index < text.count, Names.isNameByte(text[index]) { index += 1 }
        guard index == text.count, start == text.count || !Names.isDigit(text[start]) else { return false }
        context.role = .variable
        context.start = start
        context.isBraced = true
        return true
    }

    /// `$name` at the end of a word.
    private func readDollar(_ context: inout CursorContext) {
        guard context.quotes != .single, context.quotes != .dollar else { return }
        let start = nameStart
        guard start > 0, start - 1 >= context.start, text[start - 1] == "$",
            start == text.count || !Names.isDigit(text[start])
        else { return }
        var backslashes = 0
        while start - 2 - backslashes >= 0, text[start - 2 - backslashes] == "\\" { backslashes += 1 }
        guard backslashes % 2 == 0 else { return }
        context.role = .variable
        context.start = start
    }

    /// Where the name at the end of the text begins.
    private var nameStart: Int {
        var start = text.count
        while start > 0, Names.isNameByte(text[start - 1]) { start -= 1 }
        return start
    }

    /// Where the word at the end of the text begins, quotes not regarded.
    private var wordStart: Int {
        var start = text.count
        while start > 0, !ByteSet.delimiters.contains(text[start - 1]) { start -= 1 }
        return start
    }

    /// The text of a word, or what stands in its place.
    private func plain(_ word: Word) -> Bytes {
        var plain = Bytes()
        for part in word.parts {
            switch part {
            case .literal(let text), .escaped(let text), .singleQuoted(let text), .dollarSingleQuoted(let text):
                plain.append(text)
            case .doubleQuoted(let parts):
                for part in parts {
                    guard case .literal(let text) = part else { return Printer.source(of: word) }
                    plain.append(text)
                }
            case .tilde(let name): plain.append("~" + name)
            default: return Printer.source(of: word)
            }
        }
        return plain
    }
}

extension Parser {
    /// The whole of `text` as one word, blanks and operators in it as they are.
    package static func parseWholeWord(_ text: Bytes, options: ParserOptions = .init()) throws(ParseError) -> Word {
        var parser = Parser(text, options: options)
        var parts: [WordPart] = []
        do throws(Failure) {
            while true {
                parts += try parser.parseWord(.brace).parts
                guard parser.pos < parser.end else {
                    return Word(options.takesBraces ? try parser.parseBraces(parts) : parts)
                }
                // A closing brace, which means nothing here.
                parts.append(.literal(Bytes(byte: parser.source[parser.pos])))
                parser.pos += 1
            }
        } catch {
            throw parser.failure ?? ParseError(message: "syntax error", position: parser.here, sourceLine: "")
        }
    }
}
