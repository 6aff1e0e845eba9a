import Bytes

extension Parser {
    /// After `[[`: the expression and the `]]`.
    mutating func parseConditional(_ opener: Opener) throws(Failure) -> ConditionalExpression {
        let level = openSite(.operand)
        let expression = try parseConditionalOr()
        closeSite(level)
        try skipNewlines()
        guard isAtConditionalEnd else { throw expected("]]", toClose: opener) }
        pos += 2
        return expression
    }

    private var isAtConditionalEnd: Bool {
        source[pos] == "]" && source[pos + 1] == "]" && ByteSet.delimiters.contains(source[pos + 2])
    }

    private mutating func parseConditionalOr() throws(Failure) -> ConditionalExpression {
        var left = try parseConditionalAnd()
        var count = 0
        while true {
            try skipNewlines()
            guard source[pos] == "|", source[pos + 1] == "|" else { return left }
            pos += 2
            count += 1
            if count > options.maximumDepth { throw tooDeep() }
            left = .or(left, try parseConditionalAnd())
        }
    }

    private mutating func parseConditionalAnd() throws(Failure) -> ConditionalExpression {
        var left = try parseConditionalTerm()
        var count = 0
        while true {
            try skipNewlines()
            guard source[pos] == "&", source[pos + 1] == "&" else { return left }
            pos += 2
            count += 1
            if count > options.maximumDepth { throw tooDeep() }
            left = .and(left, try parseConditionalTerm())
        }
    }

    @inline(never)
    private mutating func parseConditionalTerm() throws(Failure) -> ConditionalExpression {
        try enter()
        defer { leave() }
        try skipNewlines()
        if source[pos] == "!", ByteSet.delimiters.contains(source[pos + 1]), placeholder(at: pos) == nil {
            pos += 1
            return .not(try parseConditionalTerm())
        }
        if source[pos] == "(" {
            let opener = Opener(text: "(", position: here)
            pos += 1
            let inside = try parseConditionalOr()
            try skipNewlines()
            guard source[pos] == ")" else { throw expected(")", toClose: opener) }
            pos += 1
            return .group(inside)
        }
        guard isAtWord, !isAtConditionalEnd else { throw expected("an expression") }
        let first = try parseWord(.plain)
        try skipBlanks()
        if let name = unaryOperator(first) {
            try skipNewlines()
            guard isAtWord, !isAtConditionalEnd else {
                throw expectedWord(after: name)
            }
            return .unary(name, try parseWord(.plain))
        }
        guard let name = takeBinaryOperator() else { return .word(first) }
        try skipBlanks()
        // A regular expression may begin with a parenthesis.
        guard isAtWord && !isAtConditionalEnd || (name == "=~" && source[pos] == "(") else {
            throw expectedWord(after: name)
        }
        let mode: WordMode =
            name == "=~" ? .regex : name == "=" || name == "==" || name == "!=" ? .pattern : .plain
        return .binary(name, first, try parseWord(mode))
    }

    private func unaryOperator(_ word: Word) -> Bytes? {
        guard word.parts.count == 1, case .literal(let name) = word.parts[0], name.count == 2, name[0] == "-" else {
            return nil
        }
        let letters: Bytes = "abcdefghknoprstuvwxzGLNORS"
        return letters.contains(name[1]) ? name : nil
    }

    /// Skips and gives the binary operator that stands here.
    private mutating func takeBinaryOperator() -> Bytes? {
        let byte = source[pos]
        var length = 0
        switch byte {
        case "<", ">": length = source[pos + 1] == "(" ? 0 : 1
        case "=": length = source[pos + 1] == "=" || source[pos + 1] == "~" ? 2 : 1
        case "!": length = source[pos + 1] == "=" ? 2 : 0
        case "-":
            for name in ["-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"] as [StaticString]
            where matches(name, at: pos) {
                length = 3
            }
        default: break
        }
        guard length > 0 else { return nil }
        let stop = pos + length
        if byte != "<", byte != ">", !ByteSet.delimiters.contains(source[stop]) { return nil }
        let name = text(pos..<stop)
        pos = stop
        return name
    }
}
