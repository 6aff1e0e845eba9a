// What stands in quotes: '…', "…", $'…', the bodies of here-documents, the words of ${…} inside double quotes; and the
// backquotes, whose inside is a text of its own.

import Bytes

/// What surrounds text that is read as inside double quotes.
enum QuotedMode {
    /// `"…"`; ends at the closing quote.
    case doubleQuotes
    /// The body of a here-document; ends with the text.
    case hereDocument
    /// The word of `${x-word}` inside either; ends at the brace.
    case braceWord

    var stops: ByteSet {
        switch self {
        case .doubleQuotes: .doubleQuoted
        case .hereDocument: .hereDocument
        case .braceWord: .quotedBraceWord
        }
    }
}

extension Parser {
    // MARK: Single quotes

    /// At `'`: the range of the text between the quotes; the parser goes behind them.
    mutating func scanSingleQuoted() throws(Failure) -> Range<Int> {
        let open = here
        let start = pos + 1
        var from = start
        let level = openSite(.singleQuotes)
        while true {
            if let close = find(UInt8(ascii: "'"), from: from) {
                advance(to: close + 1)
                closeSite(level)
                return start..<close
            }
            from = end
            guard try fill() else { throw unterminated("single quote", from: open) }
        }
    }

    mutating func appendSingleQuoted(to builder: inout WordBuilder) throws(Failure) {
        let position = position(at: pos + 1)
        let range = try scanSingleQuoted()
        guard hasPlaceholders else {
            builder.append(.singleQuoted(text(range)))
            return
        }
        var inside = WordBuilder()
        appendWithPlaceholders(range, position, .single, to: &inside)
        let parts = inside.finish()
        if parts.isEmpty { builder.append(.singleQuoted(Bytes())) }
        for part in parts { builder.append(quoted(part, WordPart.singleQuoted)) }
    }

    /// A literal as a part that is quoted; a placeholder among such parts is quoted too.
    private func quoted(_ part: WordPart, _ make: (Bytes) -> WordPart) -> WordPart {
        switch part {
        case .literal(let text): make(text)
        case .placeholder: .doubleQuoted([part])
        default: part
        }
    }

    /// Text in which only replacement strings count.
    mutating func appendWithPlaceholders(
        _ range: Range<Int>, _ position: Position, _ quoting: PlaceholderUse.Quoting, to builder: inout WordBuilder
    ) {
        var start = range.lowerBound
        if hasPlaceholders {
            var index = start
            while index < range.upperBound {
                guard let found = placeholder(at: index), index + found.length <= range.upperBound else {
                    index += 1
                    continue
                }
                builder.append(text(start..<index))
                builder.append(.placeholder(found.id))
                let offset =
                    segments.isEmpty
                    ? Int(position.offset) + index - range.lowerBound : Int(self.position(at: index).offset)
                placeholderUses.append(
                    PlaceholderUse(
                        id: found.id, offset: offset, length: found.length, quoting: outerQuoting ?? quoting))
                index += found.length
                start = index
            }
        }
        builder.append(text(start..<range.upperBound))
    }

    // MARK: $'…'

    /// At `$'`: its parts; a placeholder in it is a part of its own.
    mutating func parseDollarSingleQuoted() throws(Failure) -> [WordPart] {
        let open = here
        let level = openSite(.dollarQuotes)
        pos += 2
        var decoded = Bytes()
        var parts: [WordPart] = []
        // A NUL ends the string, not the quotes.
        var isCut = false
        while true {
            if hasPlaceholders, let part = takePlaceholder(.other) {
                if !decoded.isEmpty { parts.append(.dollarSingleQuoted(decoded)) }
                decoded = Bytes()
                parts.append(.doubleQuoted([part]))
                continue
            }
            let byte = source[pos]
            switch byte {
            case "'":
                pos += 1
                closeSite(level)
                if !decoded.isEmpty || parts.isEmpty { parts.append(.dollarSingleQuoted(decoded)) }
                return parts
            case 0:
                if try isAtEnd() { throw unterminated("$'", from: open) }
            case "\\":
                pos += 1
                if source[pos] == 0, try isAtEnd() { throw unterminated("$'", from: open) }
                var escape = Bytes()
                if !parseEscape(&escape) { isCut = true }
                if !isCut { decoded.append(escape) }
            default:
                if !isCut { decoded.append(byte) }
                advance(to: pos + 1)
            }
        }
    }

    /// After the backslash of an escape sequence in `$'…'`; false if it is a NUL.
    private mutating func parseEscape(_ decoded: inout Bytes) -> Bool {
        let byte = source[pos]
        advance(to: pos + 1)
        switch byte {
        case "a": decoded.append(7)
        case "b": decoded.append(8)
        case "e", "E": decoded.append(27)
        case "f": decoded.append(12)
        case "n": decoded.append(10)
        case "r": decoded.append(13)
        case "t": decoded.append(9)
        case "v": decoded.append(11)
        case "\\", "'", "\"", "?": decoded.append(byte)
        case "c":
            let control = source[pos]
            guard control != 0, control != "'" else {
                decoded.append("\\c")
                return true
            }
            pos += 1
            // `\c\\` is the control character of a backslash.
            if control == "\\", source[pos] == "\\" { pos += 1 }
            let code = control == "?" ? 127 : control & 0x1F
            if code == 0 { return false }
            decoded.append(code)
        case "0"..."7":
            var value = UInt32(byte - 48)
            var count = 1
            while count < 3, source[pos] >= UInt8(ascii: "0"), source[pos] <= UInt8(ascii: "7") {
                value = value * 8 + UInt32(source[pos] - 48)
                pos += 1
                count += 1
            }
            guard value & 0xFF != 0 else { return false }
            decoded.append(UInt8(truncatingIfNeeded: value))
        case "x" where source[pos] == "{":
            pos += 1
            let value = parseHexadecimal(atMost: 16) ?? 0
            if source[pos] == "}" { pos += 1 }
            guard value & 0xFF != 0 else { return false }
            decoded.append(UInt8(truncatingIfNeeded: value))
        case "x", "u", "U":
            guard let value = parseHexadecimal(atMost: byte == "x" ? 2 : byte == "u" ? 4 : 8) else {
                decoded.append(UInt8(ascii: "\\"))
                decoded.append(byte)
                return true
            }
            if value == 0 { return false }
            if byte == "x" { decoded.append(UInt8(truncatingIfNeeded: value)) } else { decoded.append(utf8: value) }
        default:
            decoded.append(UInt8(ascii: "\\"))
            decoded.append(byte)
        }
        return true
    }

    private mutating func parseHexadecimal(atMost limit: Int) -> UInt32? {
        var value: UInt32 = 0
        var count = 0
        while count < limit {
            let byte = source[pos]
            switch byte {
            case "0"..."9": value = value << 4 | UInt32(byte - 48)
            case "a"..."f", "A"..."F": value = value << 4 | UInt32((byte | 0x20) - 87)
            default: return count > 0 ? value : nil
            }
            pos += 1
            count += 1
        }
        return value
    }

    // MARK: Double quotes

    /// At `"`.
    mutating func parseDoubleQuoted() throws(Failure) -> WordPart {
        let open = here
        let level = openSite(.doubleQuotes)
        pos += 1
        let parts = try parseQuoted(.doubleQuotes)
        guard source[pos] == "\"" else { throw unterminated("double quote", from: open) }
        pos += 1
        closeSite(level)
        return .doubleQuoted(parts)
    }

    /// Text in which `$`, backquotes and some backslashes count, up to what ends it, or the end of the text.
    mutating func parseQuoted(_ mode: QuotedMode) throws(Failure) -> [WordPart] {
        var builder = WordBuilder()
        let stops = mode.stops.union(placeholderStarts)
        let quoting: PlaceholderUse.Quoting = mode == .hereDocument ? .other : .double
        var innerQuote: Position?
        while true {
            appendRun(until: stops, to: &builder)
            if hasPlaceholders, let part = takePlaceholder(quoting) {
                builder.append(part)
                continue
            }
            let byte = source[pos]
            switch byte {
            case 0:
                if try isAtEnd() {
                    if let innerQuote { throw unterminated("double quote", from: innerQuote) }
                    return builder.finish()
                }
            case "\n":
                builder.append(byte)
                pos += 1
                line += 1
                lineStart = pos
            case "\\":
                parseQuotedBackslash(mode, &builder)
                if source[pos] == 0 { _ = try isAtEnd() }
            case "$":
                if hasContinuations { try straighten() }
                if mode == .braceWord, innerQuote == nil, source[pos + 1] == "'", !options.isPosix {
                    // As in bash, and as in the pattern of `"${x#$'…'}"`.
                    for part in try parseDollarSingleQuoted() { builder.append(part) }
                } else if let part = try parseDollar(inQuotes: true) {
                    builder.append(part)
                } else {
                    builder.append(byte)
                    pos += 1
                }
            case "`":
                builder.append(try parseBackquotes(inDoubleQuotes: mode != .hereDocument))
            case "\"" where mode == .doubleQuotes:
                return builder.finish()
            case "\"" where mode == .braceWord:
                // Quotes within quotes: only a brace in between is hidden by them.
                innerQuote = innerQuote == nil ? here : nil
                pos += 1
            case "}" where mode == .braceWord && innerQuote == nil:
                return builder.finish()
            default:
                builder.append(byte)
                pos += 1
            }
        }
    }

    /// At a backslash inside double quotes (2.2.3) or a here-document.
    private mutating func parseQuotedBackslash(_ mode: QuotedMode, _ builder: inout WordBuilder) {
        let next = source[pos + 1]
        switch next {
        case "\n":
            skipContinuation()
            return
        case "$", "`", "\\": break
        case "\"" where mode != .hereDocument: break
        case "}" where mode == .braceWord: break
        default:
            builder.append(UInt8(ascii: "\\"))
            pos += 1
            return
        }
        builder.append(next)
        pos += 2
    }

    // MARK: Backquotes

    /// At a backquote: the text up to the next, its backslashes resolved (2.6.3), is parsed by itself.
    mutating func parseBackquotes(inDoubleQuotes: Bool) throws(Failure) -> WordPart {
        let open = here
        try enter()
        defer { leave() }
        let level = openSite(.backquotes)
        var inside: [UInt8] = []
        var map: [SourceSegment] = []
        pos += 1
        let start = pos
        var runStart = pos
        var runPosition = here
        while source[pos] != "`" {
            switch source[pos] {
            case 0:
                if try isAtEnd() { throw unterminated("backquote", from: open) }
            case "\\":
                let next = source[pos + 1]
                if next == "$" || next == "`" || next == "\\" || (next == "\"" && inDoubleQuotes) {
                    append(runStart..<pos, from: runPosition, to: &inside, &map)
                    pos += 1
                    runStart = pos
                    runPosition = here
                    pos += 1
                } else if next == "\n" {
                    // All shells join lines here already, so that quotes inside don't keep the two characters.
                    append(runStart..<pos, from: runPosition, to: &inside, &map)
                    advance(to: pos + 2)
                    runStart = pos
                    runPosition = here
                } else {
                    pos += 1
                    if source[pos] != 0 { advance(to: pos + 1) }
                }
            default:
                advance(to: pos + 1)
            }
        }
        closeSite(level)
        append(runStart..<pos, from: runPosition, to: &inside, &map)
        let text = text(start..<pos)
        pos += 1
        var nested = try nestedParser(inside, map)
        nested.endDescription = "the closing backquote"
        nested.outerQuoting = .other
        do throws(Failure) {
            let list = try nested.parseList()
            guard nested.source[nested.pos] == 0 else { throw nested.unexpected() }
            absorb(nested)
            return .command(list, position: open)
        } catch {
            let failure = adopt(failureOf: nested)
            guard !isTooDeep, let error = self.failure else { throw failure }
            // The text around it is right all the same, and runs up to here, as in other shells.
            return .invalidCommand(text, Misreading(error))
        }
    }
}

extension Bytes {
    /// Appends the character `code` in UTF-8; what is no character, in the same scheme.
    mutating func append(utf8 code: UInt32) {
        func continuation(_ shift: UInt32) -> UInt8 { 0x80 | UInt8(truncatingIfNeeded: code >> shift & 0x3F) }
        switch code {
        case 0..<0x80: append(UInt8(truncatingIfNeeded: code))
        case 0x80..<0x800:
            append(0xC0 | UInt8(truncatingIfNeeded: code >> 6))
            append(continuation(0))
        case 0x800..<0x10000:
            append(0xE0 | UInt8(truncatingIfNeeded: code >> 12))
            append(continuation(6))
            append(continuation(0))
        default:
            append(0xF0 | UInt8(truncatingIfNeeded: code >> 18 & 0x07))
            append(continuation(12))
            append(continuation(6))
            append(continuation(0))
        }
    }
}
