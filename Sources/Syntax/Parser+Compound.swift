import Bytes

extension Parser {
    /// The compound command that begins with the reserved word `word`, or with `(`, and its redirections.
    mutating func parseCompoundCommand(_ word: ReservedWord?) throws(Failure) -> Command {
        let start = here
        try enter()
        defer { leave() }
        let command = try parseCompoundBody(word, start)
        return .compound(command, redirections: try parseRedirections(), position: start)
    }

    @inline(never)
    private mutating func parseCompoundBody(
        _ word: ReservedWord?, _ start: Position
    ) throws(Failure) -> CompoundCommand {
        guard let word else { return try parseParentheses(start) }
        pos += word.text.count
        switch word {
        case .leftBrace: return try parseBraceGroup(start)
        case .ifWord: return .ifCommand(try parseIf(start))
        case .whileWord: return try parseWhile(Opener(text: "while", position: start), isUntil: false)
        case .until: return try parseWhile(Opener(text: "until", position: start), isUntil: true)
        case .forWord: return try parseFor(start)
        case .select:
            guard case .forLoop(let loop) = try parseFor(start, isSelect: true) else { throw unexpected() }
            return .select(loop)
        case .parallelFor, .parallelWhile: return try parseParallelLoop(word, start)
        case .caseWord: return .caseCommand(try parseCase(start))
        case .conditional: return .conditional(try parseConditional(Opener(text: "[[", position: start)))
        default: throw unexpected()
        }
    }

    // MARK: Groups

    /// `( list )` or `(( expression ))`
    private mutating func parseParentheses(_ start: Position) throws(Failure) -> CompoundCommand {
        if source[pos + 1] == "(", let text = try attemptArithmetic(skipping: 2) {
            return .arithmetic(arithmetic(text))
        }
        pos += 1
        let list = try parseNonEmptyList()
        guard source[pos] == ")" else { throw expected(")", toClose: Opener(text: "(", position: start)) }
        pos += 1
        return .subshell(list)
    }

    private mutating func parseBraceGroup(_ start: Position) throws(Failure) -> CompoundCommand {
        let list = try parseNonEmptyList()
        try expect(.rightBrace, toClose: Opener(text: "{", position: start))
        return options.isPosix ? .braceGroup(list) : try parseAfterGroup(list)
    }

    /// After the `}` of a group: its cleanup, if there is one. (Apart, so that nested groups take little of the stack.)
    @inline(never)
    private mutating func parseAfterGroup(_ list: List) throws(Failure) -> CompoundCommand {
        try skipBlanks()
        guard isAtAlways else {
            if isTraced, isAtLastWord {
                openSite(.expected(Parser.always))
                throw expected("'always'")
            }
            return .braceGroup(list)
        }
        return .always(list, cleanup: try parseCleanup())
    }

    private static let always: Bytes = "always"

    /// `always` is here. It is no reserved word: after a `}` no word can stand otherwise.
    private var isAtAlways: Bool {
        source[pos] == "a" && matches("always", at: pos)
            && ByteSet.delimiters.contains(source[pos + Parser.always.count])
    }

    /// The word here ends with the text: it is being typed.
    var isAtLastWord: Bool {
        var index = pos
        while !ByteSet.plainWord.contains(source[index]) { index += 1 }
        return index > pos && index == end
    }

    /// At `always`: it and the group that follows, with newlines or semicolons between them, as zsh takes them.
    private mutating func parseCleanup() throws(Failure) -> List {
        pos += Parser.always.count
        try skipNewlines()
        while source[pos] == ";" {
            pos += 1
            try skipNewlines()
        }
        guard reservedWord() == .leftBrace else {
            openSite(.expected(ReservedWord.leftBrace.text))
            throw expected("'{' after 'always'")
        }
        let brace = here
        pos += 1
        let list = try parseNonEmptyList()
        try expect(.rightBrace, toClose: Opener(text: "{", position: brace))
        return list
    }

    // MARK: if, while, until

    private mutating func parseIf(_ start: Position) throws(Failure) -> IfCommand {
        let opener = Opener(text: "if", position: start)
        var branches: [IfCommand.Branch] = []
        while true {
            let condition = try parseNonEmptyList()
            try expect(.then, toClose: opener)
            branches.append(IfCommand.Branch(condition: condition, body: try parseNonEmptyList()))
            guard reservedWord() == .elif else { break }
            pos += ReservedWord.elif.text.count
        }
        var otherwise: List?
        if reservedWord() == .elseWord {
            pos += ReservedWord.elseWord.text.count
            otherwise = try parseNonEmptyList()
        }
        try expect(.fi, toClose: opener)
        return IfCommand(branches: branches, otherwise: otherwise)
    }

    private mutating func parseWhile(_ opener: Opener, isUntil: Bool) throws(Failure) -> CompoundCommand {
        let condition = try parseNonEmptyList()
        let body = try parseDoGroup(opener)
        return isUntil ? .untilLoop(condition: condition, body: body) : .whileLoop(condition: condition, body: body)
    }

    /// `do list done`
    mutating func parseDoGroup(_ opener: Opener) throws(Failure) -> List {
        try skipNewlines()
        // No command can begin here, yet most shells take an alias for `do`.
        try substituteAliases()
        try expect(.doWord, toClose: opener)
        let body = try parseNonEmptyList()
        try expect(.done, toClose: opener)
        return body
    }

    // MARK: for

    /// - Parameter isSelect: it is `select`, which has the same form.
    private mutating func parseFor(_ start: Position, isSelect: Bool = false) throws(Failure) -> CompoundCommand {
        let opener = Opener(text: isSelect ? "select" : "for", position: start)
        let description: Bytes = isSelect ? "a name after 'select'" : "a name after 'for'"
        try skipBlanks()
        if source[pos] == "(", source[pos + 1] == "(", !isSelect {
            return .arithmeticFor(try parseArithmeticFor(opener))
        }
        guard isAtWord else { throw expected(description) }
        let place = here
        let level = openSite(.forName)
        let word = try parseWord(.plain)
        guard word.parts.count == 1, case .literal(let name) = word.parts[0], Names.isName(name) else {
            throw error("expected " + description, at: place)
        }
        closeSite(level)
        try skipBlanks()
        let words = try parseInWords(level)
        return .forLoop(ForLoop(name: name, words: words, body: try parseForBody(opener), position: start))
    }

    /// What stands between a loop's name and its body: `in` and words, or nothing, for the positional parameters.
    ///
    /// - Parameter level: of the completion's places, to which it goes back.
    mutating func parseInWords(_ level: Int) throws(Failure) -> [Word]? {
        openSite(.expected(ReservedWord.inWord.text))
        var words: [Word]?
        if source[pos] == ";" {
            pos += 1
        } else {
            try skipNewlines()
            if reservedWord() == .inWord {
                pos += ReservedWord.inWord.text.count
                closeSite(level)
                openSite(.operand)
                words = try parseForWords()
            }
        }
        if words != nil { closeSite(level) }
        return words
    }

    /// The words after `in`, and the `;` or newline after them.
    mutating func parseForWords() throws(Failure) -> [Word] {
        var words: [Word] = []
        while true {
            try skipBlanks()
            switch source[pos] {
            case ";":
                pos += 1
                return words
            case "\n":
                return words
            default:
                guard isAtWord else { throw expected("';' or a newline after the words of 'for'") }
                words.append(try parseWord(.command))
            }
        }
    }

    /// `do list done`, or `{ list }` as bash and others take it.
    mutating func parseForBody(_ opener: Opener) throws(Failure) -> List {
        try skipNewlines()
        guard reservedWord() == .leftBrace, !options.isPosix else { return try parseDoGroup(opener) }
        let brace = here
        pos += 1
        let body = try parseNonEmptyList()
        try expect(.rightBrace, toClose: Opener(text: "{", position: brace))
        return body
    }

    /// At the `((` of `for ((initial; condition; step))`.
    private mutating func parseArithmeticFor(_ opener: Opener) throws(Failure) -> ArithmeticFor {
        pos += 2
        let initial = try parseForExpression(endsWith: ";")
        let condition = try parseForExpression(endsWith: ";")
        let step = try parseForExpression(endsWith: ")")
        pos += 1
        try skipBlanks()
        if source[pos] == ";" { pos += 1 }
        return ArithmeticFor(
            initial: initial, condition: condition, step: step, body: try parseForBody(opener))
    }

    private mutating func parseForExpression(endsWith last: Unicode.Scalar) throws(Failure) -> Arithmetic? {
        // The blanks before it are no part of it; those after it are shown where it is, as in bash.
        while source[pos].isBlank { advance(to: pos + 1) }
        guard let text = try parseArithmeticText(.semicolon), source[pos] == last else {
            var what: Bytes = "'"
            what.append(last == ";" ? ";" : "))")
            what.append("' in 'for (('")
            throw expected(what)
        }
        pos += 1
        if text.parts.count == 1, case .literal(let literal) = text.parts[0], literal.allSatisfy(\.isBlank) {
            return nil
        }
        return text.parts.isEmpty ? nil : arithmetic(text)
    }

    // MARK: coproc

    /// `coproc command`, or `coproc NAME compound-command`.
    mutating func parseCoprocess() throws(Failure) -> Command {
        let start = here
        try enter()
        defer { leave() }
        pos += ReservedWord.coproc.text.count
        try skipBlanks()
        var name: Bytes = "COPROC"
        if Names.isNameStart(source[pos]), reservedWord() == nil {
            var stop = pos + 1
            while Names.isNameByte(source[stop]) { stop += 1 }
            let mark = self.mark()
            if source[stop] == " " || source[stop] == "\t" {
                let word = text(pos..<stop)
                pos = stop
                try skipBlanks()
                let next = reservedWord()
                if source[pos] == "(" || next.map({ !$0.isCloser && $0 != .bang && $0 != .inWord }) ?? false {
                    name = word
                } else {
                    reset(to: mark)
                }
            }
        }
        let body = try parseCommand()
        return .compound(.coprocess(name: name, body: body), redirections: [], position: start)
    }

    // MARK: case

    private mutating func parseCase(_ start: Position) throws(Failure) -> CaseCommand {
        let opener = Opener(text: "case", position: start)
        try skipBlanks()
        guard isAtWord else { throw expected("a word after 'case'") }
        let level = openSite(.operand)
        let subject = try parseWord(.plain)
        closeSite(level)
        try skipNewlines()
        guard reservedWord() == .inWord else {
            openSite(.expected(ReservedWord.inWord.text))
            throw expected("in", toClose: opener)
        }
        pos += ReservedWord.inWord.text.count
        var items: [CaseItem] = []
        while true {
            try skipNewlines()
            if reservedWord() == .esac {
                pos += ReservedWord.esac.text.count
                return CaseCommand(subject: subject, items: items)
            }
            let (item, isLast) = try parseCaseItem(opener)
            items.append(item)
            if isLast {
                try expect(.esac, toClose: opener)
                return CaseCommand(subject: subject, items: items)
            }
        }
    }

    /// One item, and whether it ended without a terminator, as only the last can.
    private mutating func parseCaseItem(_ opener: Opener) throws(Failure) -> (CaseItem, isLast: Bool) {
        if source[pos] == "(" {
            pos += 1
            try skipBlanks()
        }
        var patterns: [Word] = []
        while true {
            try skipBlanks()
            guard isAtWord else {
                throw source[pos] == 0 ? expected("esac", toClose: opener) : expected("a pattern")
            }
            let level = openSite(.pattern)
            patterns.append(try parseWord(.plain))
            closeSite(level)
            try skipBlanks()
            if source[pos] == ")" { break }
            guard source[pos] == "|" else { throw expected("')' or '|' after a pattern of 'case'") }
            pos += 1
        }
        pos += 1
        var item = CaseItem(patterns: patterns, body: try parseList())
        guard source[pos] == ";" else { return (item, true) }
        if source[pos + 1] == "&" {
            item.terminator = .fallThrough
            pos += 2
        } else if source[pos + 2] == "&" {
            item.terminator = .continueMatching
            pos += 3
        } else {
            pos += 2
        }
        return (item, false)
    }
}

extension UInt8 {
    var isBlank: Bool { self == " " || self == "\t" || self == "\n" }
}
