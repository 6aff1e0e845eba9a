import Bytes

extension Parser {
    /// Whether a declaration utility's operands follow, as far as the words so far say. (`command export` is one too.)
    private enum Declaration {
        case unknown, yes, no
        /// `alias`: its operands are no arrays.
        case alias
        /// `eval`: arrays are read as such, but are text to it.
        case eval

        mutating func see(_ word: Word) {
            guard self == .unknown else { return }
            guard let name = word.constantText else {
                self = .no
                return
            }
            switch name.count {
            case 4: self = name == "eval" ? .eval : .no
            case 5: self = name == "local" ? .yes : name == "alias" ? .alias : .no
            case 6: self = name == "export" ? .yes : .no
            case 7: self = name == "declare" || name == "typeset" ? .yes : name == "command" ? .unknown : .no
            case 8: self = name == "readonly" ? .yes : .no
            default: self = .no
            }
        }
    }

    /// Assignments, words and redirections, or the function definition that begins like them.
    mutating func parseSimpleCommand() throws(Failure) -> Command {
        var command = SimpleCommand(position: here)
        var declaration = Declaration.unknown
        while true {
            try skipBlanks()
            let byte = source[pos]
            switch byte {
            case 0, "\n", ";", "|", ")":
                return .simple(command)
            case "&":
                guard source[pos + 1] == ">", !options.isPosix else { return .simple(command) }
                command.redirections.append(try parseRedirection())
                continue
            case "(":
                guard command.words.count == 1, command.assignments.isEmpty, command.redirections.isEmpty else {
                    throw unexpected()
                }
                return try parseFunction(named: command.words[0], at: command.position)
            case "<", ">", "0"..."9", "{":
                if isRedirection {
                    command.redirections.append(try parseRedirection())
                    continue
                }
            default: break
            }
            if command.words.isEmpty {
                if let assignment = try parseAssignment() {
                    command.assignments.append(assignment)
                    continue
                }
                if try substituteAliases() { continue }
                command.words.reserveCapacity(4)
            } else {
                if checksNextWord, try substituteAliases() { continue }
                if declaration == .yes || declaration == .alias,
                    let operand = try parseDeclarationOperand(takesArrays: declaration == .yes)
                {
                    command.words.append(operand)
                    if isTraced { noteWord(operand) }
                    continue
                }
                if declaration == .eval, let operand = try parseArrayText() {
                    command.words.append(operand)
                    continue
                }
            }
            let word = try parseWord(.command)
            if declaration == .unknown { declaration.see(word) }
            command.words.append(word)
            if isTraced { noteWord(word) }
        }
    }

    // MARK: Assignments

    /// The end of the name at `pos` if one of `=`, `+=`, `[` follows that could make it an assignment.
    private func assignmentNameEnd() -> Int? {
        guard Names.isNameStart(source[pos]) else { return nil }
        var index = pos + 1
        while Names.isNameByte(source[index]) { index += 1 }
        switch source[index] {
        case "=", "[": break
        case "+": guard source[index + 1] == "=" else { return nil }
        default: return nil
        }
        if hasPlaceholders {
            for start in pos...index where placeholder(at: start) != nil { return nil }
        }
        return index
    }

    /// `name=value` and its kin, if the word here is one.
    private mutating func parseAssignment() throws(Failure) -> Assignment? {
        guard let nameEnd = assignmentNameEnd() else { return nil }
        let start = here
        let name = text(pos..<nameEnd)
        var index: Word?
        if source[nameEnd] == "[" {
            guard let subscripted = try attemptSubscript(from: nameEnd) else { return nil }
            index = subscripted
        } else {
            pos = nameEnd
        }
        let isAppending = source[pos] == "+"
        pos += isAppending ? 2 : 1
        let value: Assignment.Value =
            source[pos] == "(" && index == nil ? .array(try parseArray()) : .word(try parseWord(.assignment))
        return Assignment(name: name, index: index, isAppending: isAppending, value: value, position: start)
    }

    /// `[index]` at `open`, if `=` or `+=` follows it; then the parser stands at these, else where it stood.
    private mutating func attemptSubscript(from open: Int) throws(Failure) -> Word? {
        let key = attemptKey(open)
        guard open >= subscriptFailedTo, !failedAttempts.contains(key) else { return nil }
        let mark = self.mark()
        pos = open + 1
        aliasesSuspended += 1
        var index: Word?
        do throws(Failure) {
            index = try parseWord(.subscript)
        } catch {
            if isTooDeep { throw error }
        }
        aliasesSuspended -= 1
        if let index, source[pos] == "]", !index.parts.isEmpty {
            if hasContinuations { try straighten() }
            if source[pos + 1] == "=" || (source[pos + 1] == "+" && source[pos + 2] == "=") {
                pos += 1
                return index
            }
        } else if !source[(open + 1)..<max(pos, open + 1)].contains(UInt8(ascii: "[")) {
            subscriptFailedTo = pos
        }
        failedAttempts.insert(key)
        reset(to: mark)
        return nil
    }

    /// `name=value` as an operand of `export` and its kin: a word, but with the tildes of an assignment.
    private mutating func parseDeclarationOperand(takesArrays: Bool) throws(Failure) -> Word? {
        guard let nameEnd = assignmentNameEnd() else { return nil }
        let start = pos
        let place = here
        if source[nameEnd] == "[" {
            guard try attemptSubscript(from: nameEnd) != nil else { return nil }
        } else {
            pos = nameEnd
        }
        pos += source[pos] == "+" ? 2 : 1
        let prefix = text(start..<pos)
        guard source[pos] == "(", takesArrays else {
            var word = try parseWord(.assignment, prefix: prefix)
            word.position = place
            let hasBraces = word.parts.contains {
                if case .literal(let text) = $0 { text.contains(UInt8(ascii: "{")) } else { false }
            }
            // The operand as a whole, name and all: `export x={a,b}` is `export x=a x=b`, as in bash.
            if hasBraces, options.takesBraces, !options.isPosix { word.parts = try parseBraces(word.parts) }
            return word
        }
        return Word([.literal(prefix), .array(try parseArray())], position: place)
    }

    /// `name=(value …)` as an operand of `eval`: the text with its values expanded.
    @inline(never)
    private mutating func parseArrayText() throws(Failure) -> Word? {
        guard let nameEnd = assignmentNameEnd() else { return nil }
        let open = nameEnd + (source[nameEnd] == "+" ? 2 : 1)
        guard source[nameEnd] != "[", source[open] == "(" else { return nil }
        let place = here
        var parts: [WordPart] = [.literal(text(pos..<open) + "(")]
        pos = open
        for element in try parseArray() {
            if let index = element.index {
                parts.append(.literal("["))
                parts += index.parts
                parts.append(.literal(element.isAppending ? "]+=" : "]="))
            }
            parts += element.value.parts
            parts.append(.literal(" "))
        }
        parts.append(.literal(")"))
        return Word(parts, position: place)
    }

    /// `(value [index]=value …)`
    private mutating func parseArray() throws(Failure) -> [ArrayElement] {
        let opener = Opener(text: "(", position: here)
        let level = openSite(.operand)
        pos += 1
        var elements: [ArrayElement] = []
        while true {
            try skipNewlines()
            switch source[pos] {
            case ")":
                pos += 1
                closeSite(level)
                return elements
            case "[":
                if let index = try attemptSubscript(from: pos) {
                    let isAppending = source[pos] == "+"
                    pos += isAppending ? 2 : 1
                    elements.append(
                        ArrayElement(index: index, isAppending: isAppending, value: try parseWord(.assignment)))
                    continue
                }
            default: break
            }
            guard isAtWord else { throw expected(")", toClose: opener) }
            elements.append(ArrayElement(value: try parseWord(.command)))
        }
    }

    // MARK: Functions

    /// At the `(` after a function's name.
    private mutating func parseFunction(named word: Word, at start: Position) throws(Failure) -> Command {
        guard word.parts.count == 1, case .literal(let name) = word.parts[0] else { throw unexpected() }
        guard !options.isPosix || Names.isName(name) else {
            throw error(quote(name, "is no valid function name"), at: start)
        }
        pos += 1
        try skipBlanks()
        guard source[pos] == ")" else { throw expected("')' after the name of a function") }
        pos += 1
        return .function(try parseFunctionBody(name, start))
    }

    /// `function name [()] body`
    mutating func parseFunctionKeyword() throws(Failure) -> Command {
        let start = here
        pos += ReservedWord.function.text.count
        try skipBlanks()
        let place = here
        let level = openSite(.functionName)
        guard isAtWord, case let word = try parseWord(.plain), word.parts.count == 1,
            case .literal(let name) = word.parts[0]
        else {
            throw error("expected a name after 'function'", at: place, isIncomplete: source[pos] == 0 && isOpenEnded)
        }
        closeSite(level)
        try skipBlanks()
        if source[pos] == "(", isEmptyParentheses {
            pos += 1
            try skipBlanks()
            pos += 1
        }
        return .function(try parseFunctionBody(name, start))
    }

    /// `( )` follows, not the `(` of a subshell that is the body.
    private var isEmptyParentheses: Bool {
        var index = pos + 1
        while source[index] == " " || source[index] == "\t" { index += 1 }
        return source[index] == ")"
    }

    private mutating func parseFunctionBody(_ name: Bytes, _ start: Position) throws(Failure) -> FunctionDefinition {
        try skipNewlines()
        let word = reservedWord()
        guard
            source[pos] == "("
                || (word.map { !$0.isCloser && $0 != .bang && $0 != .inWord && $0 != .function } ?? false)
        else {
            var what: Bytes = "a compound command as the body of '"
            what.append(name)
            what.append("'")
            throw expected(what)
        }
        return FunctionDefinition(name: name, body: try parseCompoundCommand(word), position: start)
    }

    /// `'text' what`
    func quote(_ text: Bytes, _ what: StaticString) -> Bytes {
        var message: Bytes = "'"
        message.append(text)
        message.append("' ")
        message.append(what)
        return message
    }

    // MARK: Words that follow

    /// A word begins here.
    var isAtWord: Bool {
        !ByteSet.delimiters.contains(source[pos]) || isAtProcessSubstitution
    }

    var isAtProcessSubstitution: Bool {
        (source[pos] == "<" || source[pos] == ">") && source[pos + 1] == "("
    }

    // MARK: Trying

    /// A place to which the parser can go back.
    struct Mark {
        var pos: Int
        var line: Int
        var lineStart: Int
        var base: Int
        var depth: Int
        var hereDocuments: [PendingHereDocument]
        var placeholders: Int
        var splices: [AliasSplice]
        var sites: Int
    }

    func mark() -> Mark {
        Mark(
            pos: pos, line: line, lineStart: lineStart, base: base, depth: depth,
            hereDocuments: pendingHereDocuments, placeholders: placeholderUses.count, splices: splices,
            sites: sites.count)
    }

    mutating func reset(to mark: Mark) {
        pos = mark.pos
        line = mark.line
        lineStart = mark.lineStart
        base = mark.base
        depth = mark.depth
        pendingHereDocuments = mark.hereDocuments
        placeholderUses.removeSubrange(mark.placeholders...)
        splices = mark.splices
        closeSite(mark.sites)
    }
}
