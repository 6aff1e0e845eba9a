// Words outside quotes. What ends a word and what is special in it depends on where it stands (`WordMode`); quoting and
// expansions are the same everywhere.

import Bytes

/// Where an unquoted word stands.
enum WordMode {
    /// An operand of a simple command, of `for`, of an array: with brace expansion.
    case command
    /// A word that is one field: of a redirection, a pattern of `case`, in `[[ ]]`.
    case plain
    /// The value of an assignment: a tilde counts after each `:`.
    case assignment
    /// The word in `${x-word}` outside quotes, and patterns in `${…}`.
    case brace
    /// The pattern of `${x/pattern/word}`.
    case replacedPattern
    /// Between the brackets of `a[…]`.
    case `subscript`
    /// The right side of `==` in `[[ ]]`, where `@(a|b)` is part of the word.
    case pattern
    /// The right side of `=~`, where parentheses and `|` are.
    case regex

    var stops: ByteSet {
        switch self {
        case .command: .commandWord
        case .plain: .plainWord
        case .assignment: .assignmentWord
        case .brace: .braceWord
        case .replacedPattern: .replacedPattern
        case .subscript: .subscriptWord
        case .pattern, .regex: .conditionWord
        }
    }

    /// The word ends at a blank or operator, not at a bracket of its own.
    var isDelimited: Bool {
        switch self {
        case .command, .plain, .assignment, .pattern, .regex: true
        case .brace, .replacedPattern, .subscript: false
        }
    }

    var allowsTilde: Bool {
        switch self {
        case .command, .plain, .assignment, .brace, .pattern: true
        case .replacedPattern, .subscript, .regex: false
        }
    }
}

extension Parser {
    /// The word that stands here, perhaps without parts; ends at what ends it.
    ///
    /// - Parameter prefix: text that was read already and belongs to it.
    mutating func parseWord(_ mode: WordMode, prefix: Bytes = Bytes()) throws(Failure) -> Word {
        let start = here
        if mode.isDelimited && !hasPlaceholders && prefix.isEmpty && source[pos] != "~", let text = scanPlainWord(mode)
        {
            return Word([.literal(text)], position: start)
        }
        let level = openSite(.word(mode))
        var builder = WordBuilder()
        builder.append(prefix)
        let stops = mode.stops.union(placeholderStarts)
        // Open brackets of a subscript, parentheses of a regular expression or pattern.
        var openBrackets = 0
        var hasBraces = false
        if mode.allowsTilde, source[pos] == "~", let tilde = parseTilde(mode) { builder.append(tilde) }
        loop: while true {
            appendRun(until: stops, to: &builder)
            if hasPlaceholders, let part = takePlaceholder(.none) {
                builder.append(part)
                continue
            }
            let byte = source[pos]
            switch byte {
            case 0:
                if try isAtEnd() { break loop }
            case "\\":
                try parseBackslash(&builder)
            case "'":
                try appendSingleQuoted(to: &builder)
            case "\"":
                builder.append(try parseDoubleQuoted())
            case "$":
                try appendDollar(to: &builder)
            case "`":
                builder.append(try parseBackquotes(inDoubleQuotes: false))
            case "\n" where !mode.isDelimited || openBrackets > 0:
                builder.append(byte)
                advance(to: pos + 1)
            case "{", "}":
                if mode == .brace || mode == .replacedPattern { break loop }
                hasBraces = hasBraces || byte == "{"
                builder.append(byte)
                pos += 1
            case ":" where mode == .assignment:
                builder.append(byte)
                pos += 1
                if source[pos] == "~", let tilde = parseTilde(mode) { builder.append(tilde) }
            case "[" where mode == .subscript:
                openBrackets += 1
                builder.append(byte)
                pos += 1
            case "]" where mode == .subscript && openBrackets > 0:
                openBrackets -= 1
                builder.append(byte)
                pos += 1
            case "<", ">":
                guard openBrackets == 0 else {
                    builder.append(byte)
                    pos += 1
                    continue
                }
                guard isAtProcessSubstitution, mode != .regex else { break loop }
                builder.append(try parseProcessSubstitution())
            case "(" where mode == .regex || (takesGroups(mode) && (openBrackets > 0 || opensGroup(mode, builder))):
                openBrackets += 1
                builder.append(byte)
                pos += 1
            case ")" where openBrackets > 0 && mode != .subscript:
                openBrackets -= 1
                builder.append(byte)
                pos += 1
            case "|" where mode == .regex && !(openBrackets == 0 && source[pos + 1] == "|"):
                builder.append(byte)
                pos += 1
            default:
                // Else it only looked like a placeholder.
                if mode.stops.contains(byte), openBrackets == 0 || mode == .subscript { break loop }
                builder.append(byte)
                pos += 1
            }
        }
        if openBrackets > 0, mode != .subscript { throw unterminated("'('", from: start) }
        closeSite(level)
        var parts = builder.finish()
        if hasBraces, mode == .command, options.takesBraces, !options.isPosix { parts = try parseBraces(parts) }
        return Word(parts, position: start)
    }

    /// The usual word: a run of plain bytes up to a blank or operator.
    @inline(__always)
    private mutating func scanPlainWord(_ mode: WordMode) -> Bytes? {
        let stops = mode.stops
        let start = pos
        return source.withUnsafeBufferPointer { buffer in
            var index = start
            while !stops.contains(buffer[index]) { index += 1 }
            let byte = buffer[index]
            guard index > start, ByteSet.delimiters.contains(byte) else { return nil }
            // More of it might come; it might go on as `a<(…)`, `a(b)`.
            if byte == 0 ? refill != nil || nulIndex != nil : (byte == "<" || byte == ">" || byte == "(" || byte == "|")
            {
                if byte == 0 || mode == .pattern || mode == .regex || buffer[index + 1] == "(" { return nil }
                if byte == "(", ByteSet.groupOperators.contains(buffer[index - 1]), takesGroups(mode) { return nil }
            }
            pos = index
            return Bytes(UnsafeBufferPointer(rebasing: buffer[start..<index]))
        }
    }

    /// Groups of patterns, as ksh and bash's `extglob` have them, may stand in the word. Outside of `[[ ]]` POSIX has no
    /// use for a parenthesis within a word but that of a function's `name()`.
    private func takesGroups(_ mode: WordMode) -> Bool {
        switch mode {
        case .pattern: true
        case .command, .plain, .assignment: !options.isPosix || options.takesGroups
        case .brace, .replacedPattern, .subscript, .regex: false
        }
    }

    /// `(` after one of these is such a group.
    private func opensGroup(_ mode: WordMode, _ builder: WordBuilder) -> Bool {
        guard let last = builder.lastLiteralByte, ByteSet.groupOperators.contains(last) else { return false }
        return mode == .pattern || source[pos + 1] != ")"
    }

    /// Takes the bytes up to the first of `stops`.
    @inline(__always)
    mutating func appendRun(until stops: ByteSet, to builder: inout WordBuilder) {
        let start = pos
        pos = source.withUnsafeBufferPointer { buffer in
            var index = start
            while !stops.contains(buffer[index]) { index += 1 }
            if index > start { builder.append(UnsafeBufferPointer(rebasing: buffer[start..<index])) }
            return index
        }
    }

    /// At an unquoted backslash: the character after it is quoted.
    private mutating func parseBackslash(_ builder: inout WordBuilder) throws(Failure) {
        let next = source[pos + 1]
        if next == "\n" {
            skipContinuation()
            return
        }
        pos += 1
        if next == 0, try isAtEnd() {
            builder.appendEscaped(UInt8(ascii: "\\"))
            return
        }
        builder.appendEscaped(source[pos])
        pos += 1
        // The rest of a multibyte character.
        guard next >= 0xC0 else { return }
        var count = 0
        while count < 3, source[pos] & 0xC0 == 0x80 {
            builder.appendEscaped(source[pos])
            pos += 1
            count += 1
        }
    }

    /// At `~`: a tilde-prefix (2.6.1), if it is one.
    private mutating func parseTilde(_ mode: WordMode) -> WordPart? {
        var index = pos + 1
        while ByteSet.tildeNames.contains(source[index]) || source[index] >= 0x80 {
            if hasPlaceholders, placeholder(at: index) != nil { return nil }
            index += 1
        }
        let byte = source[index]
        guard placeholder(at: pos) == nil, placeholder(at: index) == nil else { return nil }
        switch byte {
        case "/": break
        case ":": guard mode == .assignment else { return nil }
        case "}": guard mode == .brace else { return nil }
        case "<", ">": guard mode.isDelimited, source[index + 1] != "(" else { return nil }
        case "(": guard mode != .pattern else { return nil }
        default: guard mode.isDelimited, ByteSet.delimiters.contains(byte) else { return nil }
        }
        let name = text(pos + 1..<index)
        pos = index
        return .tilde(name)
    }

    /// At `$` outside quotes.
    private mutating func appendDollar(to builder: inout WordBuilder) throws(Failure) {
        if hasContinuations { try straighten() }
        switch source[pos + 1] {
        case "'":
            guard placeholder(at: pos + 1) == nil else { break }
            for part in try parseDollarSingleQuoted() { builder.append(part) }
            return
        case "\"":
            guard placeholder(at: pos + 1) == nil else { break }
            // `$"…"` is for translation; POSIX leaves the `$` alone.
            if options.isPosix { builder.appendEscaped(UInt8(ascii: "$")) }
            pos += 1
            return
        case "`":
            builder.appendEscaped(UInt8(ascii: "$"))
            pos += 1
            return
        default:
            if let part = try parseDollar(inQuotes: false) {
                builder.append(part)
                return
            }
            // What follows when it is printed might close the bracket.
            if source[pos + 1] == "[", !options.isPosix {
                builder.appendEscaped(UInt8(ascii: "$"))
                pos += 1
                return
            }
        }
        builder.append(UInt8(ascii: "$"))
        pos += 1
    }

    /// At `<(` or `>(`.
    private mutating func parseProcessSubstitution() throws(Failure) -> WordPart {
        let isInput = source[pos] == "<"
        let opener = Opener(text: isInput ? "<(" : ">(", position: here)
        pos += 2
        return .process(try parseParenthesized(opener), isInput: isInput)
    }

    /// The list of a substitution and the `)` after it.
    mutating func parseParenthesized(_ opener: Opener) throws(Failure) -> List {
        try enter()
        defer { leave() }
        // Its here-documents are its own.
        let outerDocuments = pendingHereDocuments
        pendingHereDocuments = []
        let list = try parseList()
        guard source[pos] == ")" else { throw expected(")", toClose: opener) }
        pos += 1
        checksNextWord = false
        // The bodies that did not come before the parenthesis come after the line, as in bash.
        pendingHereDocuments = outerDocuments + pendingHereDocuments
        return list
    }

    // MARK: Placeholders

    /// The replacement string that begins at `index`.
    func placeholder(at index: Int) -> (id: Int, length: Int)? {
        guard hasPlaceholders, placeholderStarts.contains(source[index]) else { return nil }
        return source.withUnsafeBufferPointer {
            options.placeholders?.match(UnsafeBufferPointer(rebasing: $0.dropLast(Parser.padding)), at: index)
        }
    }

    /// The replacement string that stands here, if one does.
    mutating func takePlaceholder(_ quoting: PlaceholderUse.Quoting) -> WordPart? {
        guard let found = placeholder(at: pos) else { return nil }
        placeholderUses.append(
            PlaceholderUse(
                id: found.id, offset: Int(here.offset), length: found.length, quoting: outerQuoting ?? quoting))
        advance(to: pos + found.length)
        return .placeholder(found.id)
    }
}
