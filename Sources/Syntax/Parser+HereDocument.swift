import Bytes

/// A here-document whose operator was read and whose body begins after the next newline.
struct PendingHereDocument {
    var delimiter: Bytes
    var isQuoted: Bool
    var stripsTabs: Bool
    var position: Position
    var body: HereDocument.Body
}

extension Parser {
    /// After `<<`: the rest of the operator and the delimiter. The body comes later.
    mutating func parseHereDocumentOperand() throws(Failure) -> HereDocument {
        let stripsTabs = source[pos] == "-"
        if stripsTabs { pos += 1 }
        try skipBlanks()
        let place = here
        guard !ByteSet.delimiters.contains(source[pos]) else { throw expected("the delimiter of a here-document") }
        let level = openSite(.hereDelimiter)
        let (delimiter, isQuoted) = try parseDelimiter()
        closeSite(level)
        let document = HereDocument(
            delimiter: delimiter, isQuoted: isQuoted, stripsTabs: stripsTabs, body: Word([], position: place))
        pendingHereDocuments.append(
            PendingHereDocument(
                delimiter: delimiter, isQuoted: isQuoted, stripsTabs: stripsTabs, position: place,
                body: document.storage))
        return document
    }

    /// The word after quote removal, its expansions not parsed (2.7.4), and whether it was quoted.
    private mutating func parseDelimiter() throws(Failure) -> (Bytes, isQuoted: Bool) {
        var delimiter = Bytes()
        var isQuoted = false
        while true {
            let byte = source[pos]
            switch byte {
            case "\\":
                if source[pos + 1] == "\n" {
                    skipContinuation()
                    _ = try isAtEnd()
                    continue
                }
                isQuoted = true
                pos += 1
                if source[pos] != 0 {
                    delimiter.append(source[pos])
                    pos += 1
                }
            case "'":
                isQuoted = true
                let range = try scanSingleQuoted()
                delimiter.append(text(range))
            case "\"":
                isQuoted = true
                let open = here
                pos += 1
                while source[pos] != "\"" {
                    if source[pos] == 0 {
                        if try isAtEnd() { throw unterminated("double quote", from: open) }
                        continue
                    }
                    if source[pos] == "\\" {
                        if source[pos + 1] == "\n" {
                            skipContinuation()
                            continue
                        }
                        if ByteSet.doubleQuoted.contains(source[pos + 1]), source[pos + 1] != 0 { pos += 1 }
                    }
                    delimiter.append(source[pos])
                    if source[pos] == "\n" {
                        line += 1
                        lineStart = pos + 1
                    }
                    pos += 1
                }
                pos += 1
            case "$" where source[pos + 1] == "'":
                isQuoted = true
                for part in try parseDollarSingleQuoted() {
                    if case .dollarSingleQuoted(let text) = part { delimiter.append(text) }
                }
            default:
                if ByteSet.delimiters.contains(byte) { return (delimiter, isQuoted) }
                delimiter.append(byte)
                pos += 1
            }
        }
    }

    /// At the beginning of a line: the bodies of the here-documents whose operators came before.
    mutating func readHereDocuments() throws(Failure) {
        let documents = pendingHereDocuments
        pendingHereDocuments.removeAll()
        let level = openSite(.hereDocument)
        for document in documents { try read(document) }
        closeSite(level)
    }

    private mutating func read(_ document: PendingHereDocument) throws(Failure) {
        let start = pos
        let startPosition = here
        // The pieces of the body, when tabs are cut out between them.
        var pieces: [(range: Range<Int>, position: Position)] = []
        var bodyEnd = pos
        var metEnd = false
        while true {
            if try isAtEnd() {
                if options.wantsMoreLines && isOpenEnded { throw unterminated(document) }
                // Like other shells: the end of the input ends the body.
                bodyEnd = pos
                metEnd = true
                break
            }
            let lineBegin = pos
            if document.stripsTabs { try skipTabs(joined: !document.isQuoted) }
            let textBegin = pos
            let textPosition = here
            if try skipDelimiter(document.delimiter, isQuoted: document.isQuoted) {
                bodyEnd = lineBegin
                break
            }
            try skipLine(joined: !document.isQuoted)
            if document.stripsTabs { pieces.append((textBegin..<pos, textPosition)) }
        }
        if !document.stripsTabs { pieces = [(start..<bodyEnd, startPosition)] }
        var parts: [WordPart]
        if document.isQuoted {
            var builder = WordBuilder()
            for piece in pieces { appendWithPlaceholders(piece.range, piece.position, .other, to: &builder) }
            parts = builder.finish()
        } else {
            parts = try parseBody(pieces)
        }
        // A body is made of lines.
        if metEnd { endWithNewline(&parts) }
        document.body.word = Word(parts, position: startPosition)
    }

    /// Skips the tabs that `<<-` strips; `joined`: those after a line continuation too, if nothing else came before it.
    private mutating func skipTabs(joined: Bool) throws(Failure) {
        while true {
            while source[pos] == "\t" { pos += 1 }
            guard joined, source[pos] == "\\", source[pos + 1] == "\n" else { return }
            skipContinuation()
            if try isAtEnd() { return }
        }
    }

    mutating func unterminated(_ document: PendingHereDocument) -> Failure {
        var what: Bytes = "here-document (no line '"
        what.append(document.delimiter)
        what.append("')")
        return unterminated(what, from: document.position)
    }

    private func endWithNewline(_ parts: inout [WordPart]) {
        guard let last = parts.last else { return }
        if case .literal(var text) = last {
            guard !text.hasSuffix("\n") else { return }
            text.append("\n")
            parts[parts.count - 1] = .literal(text)
        } else {
            parts.append(.literal("\n"))
        }
    }

    /// Skips the line if it is the delimiter, which one with a newline in it never is.
    private mutating func skipDelimiter(_ delimiter: Bytes, isQuoted: Bool) throws(Failure) -> Bool {
        guard !delimiter.contains(UInt8(ascii: "\n")) else { return false }
        var index = pos
        var newlines = 0
        for offset in 0..<delimiter.count {
            if !isQuoted { try skipContinuations(&index, &newlines) }
            guard source[index] == delimiter[offset], source[index] != 0 else { return false }
            index += 1
        }
        if !isQuoted { try skipContinuations(&index, &newlines) }
        if source[index] == 0 {
            pos = index
            return true
        }
        guard source[index] == "\n" else { return false }
        pos = index + 1
        line += newlines + 1
        lineStart = pos
        return true
    }

    private mutating func skipContinuations(_ index: inout Int, _ newlines: inout Int) throws(Failure) {
        while source[index] == "\\", source[index + 1] == "\n" {
            index += 2
            newlines += 1
            if source[index] == 0 { _ = try fill() }
        }
    }

    /// To the beginning of the next line; `joined`: of the next that no backslash joins to this one.
    private mutating func skipLine(joined: Bool) throws(Failure) {
        while true {
            let begin = pos
            guard let newline = find(UInt8(ascii: "\n"), from: pos) else {
                pos = end
                return
            }
            pos = newline + 1
            line += 1
            lineStart = pos
            var backslashes = 0
            while newline - backslashes > begin, source[newline - backslashes - 1] == "\\" { backslashes += 1 }
            guard joined, backslashes % 2 == 1 else { return }
            if try isAtEnd() { return }
        }
    }

    private mutating func parseBody(_ pieces: [(range: Range<Int>, position: Position)]) throws(Failure) -> [WordPart] {
        var text: [UInt8] = []
        var map: [SourceSegment] = []
        for piece in pieces { append(piece.range, from: piece.position, to: &text, &map) }
        if !hasPlaceholders, !text.contains(where: { $0 == "\\" || $0 == "$" || $0 == "`" }) {
            return text.isEmpty ? [] : [.literal(Bytes(text))]
        }
        var nested = try nestedParser(text, map)
        nested.endDescription = "the end of the here-document"
        let result: [WordPart]
        do throws(Failure) {
            result = try nested.parseQuoted(.hereDocument)
        } catch {
            throw adopt(failureOf: nested)
        }
        absorb(nested)
        return result
    }

    // MARK: Nested parsers

    /// Appends a piece of the text, with the places of what is in it.
    func append(_ range: Range<Int>, from position: Position, to text: inout [UInt8], _ map: inout [SourceSegment]) {
        map.append(SourceSegment(start: text.count, position: position))
        if segments.isEmpty {
            var index = range.lowerBound
            var line = Int(position.line)
            while let newline = find(UInt8(ascii: "\n"), from: index), newline + 1 < range.upperBound {
                line += 1
                index = newline + 1
                let distance = index - range.lowerBound
                let place = Position(offset: Int(position.offset) + distance, line: line, column: 1)
                map.append(SourceSegment(start: text.count + distance, position: place))
            }
        } else {
            for segment in segments where segment.start > range.lowerBound && segment.start < range.upperBound {
                let start = text.count + segment.start - range.lowerBound
                map.append(SourceSegment(start: start, position: segment.position))
            }
        }
        text.append(contentsOf: source[range])
    }

    /// A parser for a text that was cut out of this one's.
    mutating func nestedParser(_ text: [UInt8], _ map: [SourceSegment]) throws(Failure) -> Parser {
        // Each holds a copy of what may be the rest of the whole text.
        if textDepth == 50 { throw tooDeep() }
        var nested = Parser(text: text, line: Int(map.first?.position.line ?? Int32(line)), options: options)
        nested.segments = map.isEmpty ? [SourceSegment(start: 0, position: here)] : map
        nested.textDepth = textDepth + 1
        nested.depth = depth
        nested.stack = stack
        nested.isOpenEnded = false
        nested.outerQuoting = outerQuoting
        nested.aliasesSuspended = aliasesSuspended
        nested.failedAttempts = failedAttempts
        return nested
    }

    /// Takes over what a nested parser found out on its way.
    mutating func absorb(_ nested: Parser) {
        placeholderUses += nested.placeholderUses
        metSuspendedAlias = metSuspendedAlias || nested.metSuspendedAlias
        failedAttempts = nested.failedAttempts
    }

    /// The error of a nested parser as one of this: with the line of this text, and more input would not help.
    mutating func adopt(failureOf nested: Parser) -> Failure {
        if nested.isTooDeep { isTooDeep = true }
        failedAttempts = nested.failedAttempts
        failure = nested.failure
        if var error = failure {
            error.sourceLine = sourceLine(at: error.position)
            error.isIncomplete = false
            failure = error
        }
        return Failure()
    }
}
