// Alias substitution (2.3.1). The value takes the place of the name in the text itself, and lexing goes on there, so that
// it may hold anything: operators, reserved words, half of a quoted string. A stack of `AliasSplice` knows which bytes
// come from which alias: an alias is not replaced within its own value, a value that ends in a blank makes the next word
// a candidate, and all of it has the place of the name.
//
// To put bytes into the middle of a long text moves its rest. So the rest is set aside once, and comes back in pieces
// (`fill`).

import Bytes

struct AliasSplice {
    var name: Bytes
    /// The index after the value.
    var end: Int
    /// Of the name.
    var position: Position
    /// Of the byte after the name.
    var following: Position
    var endsInBlank: Bool
}

extension Parser {
    private static let pieceSize = 1 << 16

    /// Replaces the alias that stands here, until none does; true if there was one. The parser then stands before the
    /// next token, blanks included.
    @discardableResult
    @inline(__always)
    mutating func substituteAliases() throws(Failure) -> Bool {
        guard options.aliases != nil else { return false }
        return try substituteAliasesSlowly()
    }

    private mutating func substituteAliasesSlowly() throws(Failure) -> Bool {
        checksNextWord = false
        var found = false
        while let (name, value) = aliasHere() {
            guard aliasesSuspended == 0 else {
                metSuspendedAlias = true
                return found
            }
            found = true
            splice(value, for: name)
            try skipBlanks()
        }
        return found
    }

    /// The alias whose name is the whole word here.
    private func aliasHere() -> (name: Bytes, value: Bytes)? {
        var index = pos
        while !ByteSet.plainWord.contains(source[index]) { index += 1 }
        guard index > pos, ByteSet.delimiters.contains(source[index]), reservedWord() == nil else { return nil }
        if hasPlaceholders {
            for start in pos..<index where placeholder(at: start) != nil { return nil }
        }
        let name = text(pos..<index)
        guard !splices.contains(where: { $0.name == name && pos < $0.end }), let value = options.aliases?(name),
            !value.contains(0)
        else { return nil }
        return (name, value)
    }

    private mutating func splice(_ value: Bytes, for name: Bytes) {
        deferRest()
        let stop = pos + name.count
        let last = value.isEmpty ? 0 : value[value.count - 1]
        let new = AliasSplice(
            name: name, end: pos + value.count, position: here, following: position(at: stop),
            endsInBlank: last == " " || last == "\t")
        for index in splices.indices { splices[index].end += value.count - name.count }
        value.withUnsafeBytes { source.replaceSubrange(pos..<stop, with: $0) }
        splices.append(new)
        straightenedTo = 0
        subscriptFailedTo = 0
        failedAttempts.removeAll()
        if nulIndex != nil { nulIndex = end }
        if value.find("\\\n") != nil { hasContinuations = true }
    }

    /// Ends the splices whose bytes are behind.
    mutating func popSplices() {
        while let last = splices.last, pos >= last.end {
            splices.removeLast()
            if last.endsInBlank { checksNextWord = true }
            guard splices.isEmpty else { continue }
            // Back in the text proper.
            failedAttempts.removeAll()
            base = Int(last.following.offset) - last.end
            line = Int(last.following.line)
            lineStart = last.end - Int(last.following.column) + 1
            let stop = pos
            pos = last.end
            advance(to: stop)
        }
    }

    /// Sets the text aside that is far ahead.
    private mutating func deferRest() {
        guard end - pos > 4 * Parser.pieceSize, let newline = find(UInt8(ascii: "\n"), from: pos + Parser.pieceSize),
            end - newline > Parser.pieceSize
        else { return }
        deferred.append(source[newline + 1..<end])
        source.removeSubrange(newline + 1..<end)
    }

    /// Takes the next piece of the text that was set aside.
    mutating func takeDeferred() {
        guard var rest = deferred.popLast() else { return }
        removePadding()
        // Whole lines, as `fill` promises.
        let newline = rest.withUnsafeBufferPointer { $0.find(UInt8(ascii: "\n"), from: Parser.pieceSize) }
        let stop = newline.map { rest.startIndex + $0 + 1 } ?? rest.endIndex
        source.append(contentsOf: rest[..<stop])
        appendPadding()
        rest = rest[stop...]
        if !rest.isEmpty { deferred.append(rest) }
    }
}
