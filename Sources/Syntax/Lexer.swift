// The lowest layer of the parser: the text, the place in it, and what stands between tokens.
//
// The text lies in one array that ends with some NULs, so that a byte can be looked at, and some more behind it, without
// asking for the end. A NUL of the script itself is an error; the text is cut before the first. When the end is reached, `fill` asks for more: whole lines, so that no token but a quoted one spans the seam.
//
// A line continuation (a backslash and a newline) may stand anywhere, in the middle of `wh\<newline>ile` too. Within text
// each scanner drops it; for names, reserved words and operators `straighten` first moves the continuations of the run of
// bytes ahead to its front, which changes nothing of what the text means. Texts without any pay nothing for this.

import Bytes

extension Parser {
    // MARK: Places

    /// The place of the next byte.
    var here: Position { position(at: pos) }

    /// The place of a byte on the line on which the parser stands.
    func position(at index: Int) -> Position {
        // All that an alias stands for is where its name was.
        if let outermost = splices.first { return outermost.position }
        if !segments.isEmpty { return mappedPosition(index) }
        return Position(offset: base + index, line: line, column: max(index - lineStart + 1, 1))
    }

    func mappedPosition(_ index: Int) -> Position {
        var low = 0
        var high = segments.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if segments[middle].start <= index { low = middle } else { high = middle }
        }
        let segment = segments[low]
        let distance = max(index - segment.start, 0)
        return Position(
            offset: Int(segment.position.offset) + distance, line: Int(segment.position.line),
            column: Int(segment.position.column) + distance)
    }

    // MARK: Text

    /// How many NULs follow the text: no rule looks further ahead.
    static let padding = 4

    /// The index of the first NUL after the text.
    var end: Int { source.count - Parser.padding }

    mutating func appendPadding() {
        for _ in 0..<Parser.padding { source.append(0) }
    }

    mutating func removePadding() { source.removeLast(Parser.padding) }

    func text(_ range: Range<Int>) -> Bytes {
        precondition(range.upperBound <= end)
        return source.withUnsafeBufferPointer { Bytes(UnsafeBufferPointer(rebasing: $0[range])) }
    }

    /// The index of the next `byte` at or after `start`.
    func find(_ byte: UInt8, from start: Int) -> Int? {
        source.withUnsafeBufferPointer { $0.find(byte, from: start) }
    }

    func matches(_ string: StaticString, at index: Int) -> Bool {
        let count = string.utf8CodeUnitCount
        guard index + count <= end else { return false }
        let wanted = string.utf8Start
        for offset in 0..<count where source[index + offset] != wanted[offset] { return false }
        return true
    }

    /// Takes in a text, or a piece of one that follows, up to a NUL in it.
    mutating func prepare(from start: Int) {
        source.withUnsafeBufferPointer { buffer in
            if let nul = buffer.find(0, from: start) { nulIndex = nul }
            var index = start
            while !hasContinuations, let found = buffer.find(UInt8(ascii: "\\"), from: index) {
                if found + 1 < buffer.count, buffer[found + 1] == "\n" { hasContinuations = true }
                index = found + 1
            }
        }
        if let nulIndex { source.removeSubrange(nulIndex...) }
        appendPadding()
    }

    /// Gets more text after the end of what is there; false if there is none.
    mutating func fill() throws(Failure) -> Bool {
        if nulIndex != nil {
            advance(to: end)
            throw error("NUL byte in the script", at: here)
        }
        if !deferred.isEmpty {
            takeDeferred()
            return true
        }
        if isTraced, cursorSites == nil { cursorSites = sites }
        guard let refill, !inputEnded else { return false }
        removePadding()
        let before = source.count
        guard refill(&source), source.count > before else {
            inputEnded = true
            if source.count > before { source.removeSubrange(before...) }
            appendPadding()
            return false
        }
        prepare(from: before)
        return true
    }

    /// Whether the text ends here and nothing follows.
    mutating func isAtEnd() throws(Failure) -> Bool {
        while source[pos] == 0 {
            guard try fill() else { return true }
        }
        return false
    }

    /// Moves to `index`, over newlines too.
    mutating func advance(to index: Int) {
        while let newline = find(UInt8(ascii: "\n"), from: pos), newline < index {
            pos = newline + 1
            line += 1
            lineStart = pos
        }
        pos = index
    }

    /// Forgets the text of the commands that were given away, so that a long script read line by line takes no more
    /// memory than its longest command.
    mutating func dropConsumed() {
        guard pos > 1 << 16, splices.isEmpty, segments.isEmpty else { return }
        guard refill != nil || pos > end / 2 else { return }
        source.removeSubrange(0..<pos)
        base += pos
        lineStart -= pos
        pos = 0
        failedAttempts.removeAll()
        straightenedTo = 0
        subscriptFailedTo = 0
        // A NUL ends the text, wherever it is now.
        if nulIndex != nil { nulIndex = end }
    }

    // MARK: Between tokens

    /// Skips blanks, line continuations and a comment: the next byte begins a token, a newline or the end.
    mutating func skipBlanks() throws(Failure) {
        while true {
            switch source[pos] {
            case " ", "\t":
                pos += 1
            case "\\" where source[pos + 1] == "\n":
                skipContinuation()
            case "#" where placeholder(at: pos) == nil:
                pos = find(UInt8(ascii: "\n"), from: pos) ?? end
                if isTraced, pos == end { openSite(.comment) }
            case 0:
                if try isAtEnd() {
                    if !splices.isEmpty { popSplices() }
                    return
                }
            default:
                if !splices.isEmpty { popSplices() }
                guard hasContinuations else { return }
                try straighten()
                return
            }
        }
    }

    /// At a newline: the next line, after the bodies of the here-documents that are due.
    mutating func consumeNewline() throws(Failure) {
        pos += 1
        line += 1
        lineStart = pos
        if !pendingHereDocuments.isEmpty { try readHereDocuments() }
    }

    /// Skips blanks, comments and newlines.
    mutating func skipNewlines() throws(Failure) {
        try skipBlanks()
        while source[pos] == "\n" {
            try consumeNewline()
            try skipBlanks()
        }
    }

    mutating func skipContinuation() {
        pos += 2
        line += 1
        lineStart = pos
    }

    /// Moves the line continuations in the run of bytes ahead to its front and skips them.
    mutating func straighten() throws(Failure) {
        guard pos >= straightenedTo else { return }
        var index = pos
        var count = 0
        var last = 0
        // The last byte that is no part of a continuation.
        var previous: UInt8 = 0
        scan: while true {
            let byte = source[index]
            switch byte {
            case "\\":
                guard source[index + 1] == "\n" else { break scan }
                count += 1
                last = index + 2
                index += 2
                if source[index] == 0, try !fill() {
                    endsInContinuation = true
                    break scan
                }
            case "$" where index > pos:
                break scan
            case "#" where ByteSet.delimiters.contains(previous) && previous != 0:
                // A comment.
                break scan
            case _ where ByteSet.straightEnds.contains(byte):
                break scan
            case _ where placeholderStarts.contains(byte) && placeholder(at: index) != nil:
                break scan
            default:
                previous = byte
                index += 1
            }
        }
        straightenedTo = index
        guard count > 0 else { return }
        // From the last continuation backwards, every other byte moves to the right.
        var target = last
        var from = last
        while from > pos {
            if from - pos >= 2, source[from - 1] == "\n", source[from - 2] == "\\" {
                from -= 2
            } else {
                from -= 1
                target -= 1
                source[target] = source[from]
            }
        }
        while from < target {
            source[from] = UInt8(ascii: "\\")
            source[from + 1] = UInt8(ascii: "\n")
            from += 2
        }
        pos = target
        line += count
        lineStart = last
    }

    // MARK: Reserved words

    /// The reserved word that stands here, as a token of its own.
    func reservedWord() -> ReservedWord? {
        guard ByteSet.reservedStarts.contains(source[pos]) else { return nil }
        var index = pos + 1
        while ByteSet.reservedBytes.contains(source[index]), index - pos < 9 { index += 1 }
        guard ByteSet.delimiters.contains(source[index]), let word = ReservedWord(text(pos..<index)) else { return nil }
        if hasPlaceholders {
            for start in pos..<index where placeholder(at: start) != nil { return nil }
        }
        if word == .parallelFor || word == .parallelWhile, !beginsParallelLoop(index) { return nil }
        return word
    }

    /// Whether `pfor` or `pwhile`, which end before `index`, begin a loop. Commands and functions may be called so, too: alone,
    /// with redirections first, where they are defined, and always in POSIX mode.
    private func beginsParallelLoop(_ index: Int) -> Bool {
        var index = index
        guard !options.isPosix, source[index] == " " || source[index] == "\t" else { return false }
        while source[index] == " " || source[index] == "\t" { index += 1 }
        switch source[index] {
        case 0, "\n", "#", ";", "|", ")", "<", ">": return false
        case "&": return false
        case "0"..."9":
            while Names.isDigit(source[index]) { index += 1 }
            return source[index] != "<" && source[index] != ">"
        case "(":
            repeat { index += 1 } while source[index] == " " || source[index] == "\t"
            return source[index] != ")"
        default: return true
        }
    }

    /// Skips the reserved word `word`, or says what is missing.
    ///
    /// - Parameter opener: the word that began the command, with its line.
    mutating func expect(_ word: ReservedWord, toClose opener: Opener) throws(Failure) {
        try skipNewlines()
        guard reservedWord() == word else {
            openSite(.expected(word.text))
            throw expected(word.text, toClose: opener)
        }
        pos += word.text.count
    }

    // MARK: Nesting

    /// One level deeper; each is taken back with `leave`.
    mutating func enter() throws(Failure) {
        depth += 1
        if depth > options.maximumDepth || stack.isExhausted { throw tooDeep() }
    }

    mutating func leave() { depth -= 1 }

    mutating func tooDeep() -> Failure {
        isTooDeep = true
        return error("nested too deeply", at: here)
    }
}
