import Bytes

/// The word or operator that opened what is to be closed, and where.
struct Opener {
    var text: StaticString
    var position: Position
}

/// What is thrown inside a parser: only the fact, since each `try` of a deep recursion would keep room for more. What is
/// wrong is kept by the parser.
struct Failure: Error {}

extension Parser {
    @inline(never)
    mutating func error(_ message: Bytes, at position: Position, isIncomplete: Bool = false) -> Failure {
        failure = ParseError(
            message: message, position: position, sourceLine: sourceLine(at: position), isIncomplete: isIncomplete)
        return Failure()
    }

    /// The whole line in which `position` lies.
    func sourceLine(at position: Position) -> Bytes {
        let index = min(max(Int(position.offset) - base, 0), end)
        var start = min(index, end)
        while start > 0, source[start - 1] != "\n" { start -= 1 }
        return text(start..<(find(UInt8(ascii: "\n"), from: index) ?? end))
    }

    /// An error about a quote or bracket that is open at the end of the text.
    @inline(never)
    mutating func unterminated(_ what: Bytes, from start: Position) -> Failure {
        var message: Bytes = "unterminated "
        message.append(what)
        message.append(" that starts on line ")
        message.append(decimal: start.line)
        return error(message, at: start, isIncomplete: true)
    }

    /// An error about the token that stands here, which nothing can begin with.
    @inline(never)
    mutating func unexpected() -> Failure {
        let found = describeToken()
        var message: Bytes = "unexpected "
        message.append(found.text)
        return error(message, at: here, isIncomplete: found.isEnd && isOpenEnded)
    }

    @inline(never)
    mutating func expected(_ what: Bytes) -> Failure {
        let found = describeToken()
        var message: Bytes = "expected "
        message.append(what)
        message.append(", found ")
        message.append(found.text)
        return error(message, at: here, isIncomplete: found.isEnd && isOpenEnded)
    }

    @inline(never)
    mutating func expected(_ word: Bytes, toClose opener: Opener) -> Failure {
        var what: Bytes = "'"
        what.append(word)
        what.append("' to close '")
        what.append(opener.text)
        what.append("' on line ")
        what.append(decimal: opener.position.line)
        return expected(what)
    }

    @inline(never)
    mutating func expectedWord(after name: Bytes) -> Failure {
        var what: Bytes = "a word after '"
        what.append(name)
        what.append("'")
        return expected(what)
    }

    /// The token that stands here, for a message.
    private func describeToken() -> (text: Bytes, isEnd: Bool) {
        var stop = pos
        switch source[pos] {
        case 0: return (endDescription, true)
        case "\n": return ("newline", false)
        case ";":
            stop += source[pos + 1] == "&" ? 2 : source[pos + 1] == ";" ? (source[pos + 2] == "&" ? 3 : 2) : 1
        case "&": stop += source[pos + 1] == "&" ? 2 : 1
        case "|": stop += source[pos + 1] == "|" || source[pos + 1] == "&" ? 2 : 1
        case "<", ">": stop += source[pos + 1] == "<" || source[pos + 1] == ">" || source[pos + 1] == "&" ? 2 : 1
        case "(", ")": stop += 1
        default:
            while stop < end, stop - pos < 40, !ByteSet.delimiters.contains(source[stop]) { stop += 1 }
            // Not in the middle of a character.
            if stop - pos == 40 { while source[stop] & 0xC0 == 0x80, stop - pos > 1 { stop -= 1 } }
        }
        var text: Bytes = "'"
        text.append(self.text(pos..<stop))
        text.append("'")
        return (text, false)
    }
}
