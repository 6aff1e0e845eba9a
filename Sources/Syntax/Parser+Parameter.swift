import Bytes

extension Parser {
    /// At `$`: the expansion that begins here; nil if the `$` stands for itself, and then nothing is consumed.
    mutating func parseDollar(inQuotes: Bool) throws(Failure) -> WordPart? {
        let byte = source[pos + 1]
        if hasPlaceholders, placeholder(at: pos + 1) != nil { return nil }
        switch byte {
        case "{":
            return .parameter(try parseBraced(inQuotes: inQuotes))
        case "(":
            if source[pos + 2] == "(", let arithmetic = try parseArithmeticExpansion() { return arithmetic }
            return try parseCommandSubstitution()
        case "0":
            return simpleParameter(.special(byte))
        case "1"..."9":
            return simpleParameter(.positional(Int(byte - 48)))
        case _ where Names.isNameStart(byte):
            let start = here
            var index = pos + 2
            while Names.isNameByte(source[index]) { index += 1 }
            let name = text(pos + 1..<index)
            pos = index
            return .parameter(ParameterExpansion(.variable(name), isBare: true, position: start))
        case _ where ByteSet.specialParameters.contains(byte):
            return simpleParameter(.special(byte))
        case "[" where !options.isPosix:
            return try parseBracketArithmetic()
        default:
            return nil
        }
    }

    private mutating func simpleParameter(_ parameter: ParameterExpansion.Parameter) -> WordPart {
        let start = here
        pos += 2
        return .parameter(ParameterExpansion(parameter, position: start))
    }

    // Apart from its caller, so that the frames of nested substitutions hold only what they need.
    @inline(never)
    private mutating func parseCommandSubstitution() throws(Failure) -> WordPart {
        let opener = Opener(text: "$(", position: here)
        let attemptMetEnd = failedAttempts.contains(attemptKey(pos)) && arithmeticMetEnd
        pos += 2
        do throws(Failure) {
            return .command(try parseParenthesized(opener), position: opener.position)
        } catch {
            // Then it was meant as the arithmetic expansion that it looks like.
            guard attemptMetEnd, failure?.isIncomplete ?? false, !isTooDeep else { throw error }
            throw unterminated("'$(('", from: opener.position)
        }
    }

    // MARK: ${…}

    @inline(never)
    private mutating func parseBraced(inQuotes: Bool) throws(Failure) -> ParameterExpansion {
        let start = here
        try enter()
        let level = openSite(.parameter)
        defer { leave() }
        let key = attemptKey(pos)
        pos += 2
        guard !failedAttempts.contains(key) else { return try skipInvalid(start, inQuotes: inQuotes) }
        let inside = mark()
        // What an alias puts into the text could not be taken back.
        let outerMet = metSuspendedAlias
        metSuspendedAlias = false
        aliasesSuspended += 1
        var expansion: ParameterExpansion?
        do throws(Failure) {
            expansion = try parseClosedParameter(inQuotes: inQuotes)
        } catch {
            // Another reading may be free of the error; if not, it comes again.
            if isTooDeep { throw error }
        }
        aliasesSuspended -= 1
        let metAlias = metSuspendedAlias
        metSuspendedAlias = outerMet || metAlias
        if metAlias && aliasesSuspended == 0 {
            metSuspendedAlias = false
            reset(to: inside)
            // What failed may have done so for want of the alias.
            failedAttempts.removeAll()
            expansion = try parseClosedParameter(inQuotes: inQuotes)
            if expansion == nil { throw unexpected() }
        }
        if var expansion {
            closeSite(level)
            expansion.position = start
            return expansion
        }
        reset(to: inside)
        failedAttempts.insert(key)
        return try skipInvalid(start, inQuotes: inQuotes)
    }

    /// The inside of the braces and the brace that closes them; nil if it is not one.
    private mutating func parseClosedParameter(inQuotes: Bool) throws(Failure) -> ParameterExpansion? {
        guard let expansion = try parseBracedParameter(inQuotes: inQuotes), try !isAtEnd(), source[pos] == "}" else {
            return nil
        }
        pos += 1
        return expansion
    }

    /// What no rule fits, up to the brace.
    private mutating func skipInvalid(_ start: Position, inQuotes: Bool) throws(Failure) -> ParameterExpansion {
        let mark = self.mark()
        let outerMet = metSuspendedAlias
        aliasesSuspended += 1
        defer {
            aliasesSuspended -= 1
            metSuspendedAlias = outerMet
        }
        _ = try parseOperand(inQuotes: inQuotes)
        guard source[pos] == "}" else { throw unterminated("'${'", from: start) }
        if isTraced, let level = sites.lastIndex(where: { $0.kind == .parameter }) { closeSite(level) }
        let raw = text(mark.pos..<pos)
        pos += 1
        placeholderUses.removeSubrange(mark.placeholders...)
        return ParameterExpansion(.special(UInt8(ascii: "!")), operation: .invalid(raw), position: start)
    }

    /// The inside of the braces; nil if it is not one. The caller looks whether `}` follows.
    private mutating func parseBracedParameter(inQuotes: Bool) throws(Failure) -> ParameterExpansion? {
        switch source[pos] {
        case "#":
            if let length = try parseLength() { return length }
        case "!":
            if let indirect = try parseIndirect(inQuotes: inQuotes) { return indirect }
        default: break
        }
        guard let parameter = try parseParameter() else { return nil }
        var expansion = ParameterExpansion(parameter)
        expansion.index = try parseIndex(of: parameter)
        guard let operation = try parseOperation(inQuotes: inQuotes) else { return nil }
        expansion.operation = operation
        return expansion
    }

    /// A name, a number, or the character of a special parameter.
    private mutating func parseParameter() throws(Failure) -> ParameterExpansion.Parameter? {
        let byte = source[pos]
        var index = pos + 1
        if Names.isNameStart(byte) {
            while Names.isNameByte(source[index]) { index += 1 }
            let name = text(pos..<index)
            pos = index
            return .variable(name)
        }
        if Names.isDigit(byte) {
            while Names.isDigit(source[index]) { index += 1 }
            // No shell has so many parameters as no Int could count.
            let number = text(pos..<index).decimal ?? Int.max
            pos = index
            return number == 0 ? .special(UInt8(ascii: "0")) : .positional(number)
        }
        guard ByteSet.specialParameters.contains(byte) else { return nil }
        pos = index
        // A `$` ended the run of bytes that was looked through.
        if hasContinuations, byte == "$" { try straighten() }
        return .special(byte)
    }

    private mutating func parseIndex(
        of parameter: ParameterExpansion.Parameter
    ) throws(Failure) -> ParameterExpansion.Subscript? {
        guard source[pos] == "[", case .variable = parameter else { return nil }
        if source[pos + 2] == "]" {
            let byte = source[pos + 1]
            if byte == "@" || byte == "*" {
                pos += 3
                return byte == "@" ? .all : .joined
            }
        }
        let open = pos
        pos += 1
        let index = try parseWord(.subscript)
        guard source[pos] == "]", !index.parts.isEmpty else {
            // `parseOperation` makes nothing of it.
            if source[pos] != 0 { pos = open }
            return nil
        }
        pos += 1
        // What ended the run of bytes from the `$` on may have been in the subscript.
        if hasContinuations { try straighten() }
        return .index(index)
    }

    /// `${#parameter}`; nil if the `#` is the parameter itself.
    private mutating func parseLength() throws(Failure) -> ParameterExpansion? {
        guard source[pos + 1] != "}" else { return nil }
        let mark = self.mark()
        pos += 1
        if let parameter = try parseParameter() {
            let index = try parseIndex(of: parameter)
            if source[pos] == "}" { return ParameterExpansion(parameter, index: index, operation: .length) }
        }
        reset(to: mark)
        return nil
    }

    /// `${!name…}`; nil if the `!` is the parameter itself.
    private mutating func parseIndirect(inQuotes: Bool) throws(Failure) -> ParameterExpansion? {
        let next = source[pos + 1]
        let isSpecial = next == "#" || next == "@" || next == "*"
        guard Names.isNameByte(next) || (isSpecial && source[pos + 2] == "}") else { return nil }
        pos += 1
        guard let parameter = try parseParameter() else { return nil }
        if case .variable = parameter, source[pos + 1] == "}", source[pos] == "*" || source[pos] == "@" {
            pos += 1
            return ParameterExpansion(parameter, operation: .names(joined: source[pos - 1] == "*"))
        }
        let index = try parseIndex(of: parameter)
        if source[pos] == "}" {
            if index == .all { return ParameterExpansion(parameter, operation: .keys(joined: false)) }
            if index == .joined { return ParameterExpansion(parameter, operation: .keys(joined: true)) }
        }
        guard let operation = try parseOperation(inQuotes: inQuotes) else { return nil }
        return ParameterExpansion(parameter, index: index, isIndirect: true, operation: operation)
    }

    // MARK: Operations

    private mutating func parseOperation(inQuotes: Bool) throws(Failure) -> ParameterOperation? {
        let byte = source[pos]
        let next = byte == 0 ? 0 : source[pos + 1]
        switch byte {
        case "}": return .value
        case ":":
            if next == "-" || next == "=" || next == "?" || next == "+" {
                pos += 1
                return try parseDefault(orNull: true, inQuotes: inQuotes)
            }
            return try parseSubstring()
        case "-", "=", "?", "+":
            return try parseDefault(orNull: false, inQuotes: inQuotes)
        case "#", "%":
            let isLongest = next == byte
            pos += isLongest ? 2 : 1
            // Quotes inside are quotes, even if the whole is in double quotes (2.2.3).
            let pattern = try parseWord(.brace)
            return byte == "#" ? .removePrefix(pattern, longest: isLongest) : .removeSuffix(pattern, longest: isLongest)
        case "/":
            return try parseReplacement(inQuotes: inQuotes)
        case "^", ",", "~":
            let isAll = next == byte
            pos += isAll ? 2 : 1
            let pattern = try parseWord(.brace)
            let kind: ParameterOperation.CaseKind
            switch byte {
            case "^": kind = isAll ? .upperAll : .upperFirst
            case ",": kind = isAll ? .lowerAll : .lowerFirst
            default: kind = isAll ? .toggleAll : .toggleFirst
            }
            return .changeCase(kind, pattern: pattern.parts.isEmpty ? nil : pattern)
        case "@":
            guard Names.isNameStart(next), next != "_" else { return nil }
            pos += 2
            return .transform(next)
        default:
            return nil
        }
    }

    /// A word after an operator, up to the brace.
    private mutating func parseOperand(inQuotes: Bool) throws(Failure) -> Word {
        guard inQuotes else { return try parseWord(.brace) }
        let start = here
        return Word(try parseQuoted(.braceWord), position: start)
    }

    private mutating func parseDefault(orNull: Bool, inQuotes: Bool) throws(Failure) -> ParameterOperation {
        let byte = source[pos]
        pos += 1
        let word = try parseOperand(inQuotes: inQuotes)
        switch byte {
        case "-": return .useDefault(word, orNull: orNull)
        case "=": return .assignDefault(word, orNull: orNull)
        case "+": return .useAlternative(word, orNull: orNull)
        default: return .indicateError(word.parts.isEmpty ? nil : word, orNull: orNull)
        }
    }

    private mutating func parseReplacement(inQuotes: Bool) throws(Failure) -> ParameterOperation {
        pos += 1
        var kind = ParameterOperation.ReplaceKind.first
        switch source[pos] {
        case "/": kind = .all
        case "#": kind = .prefix
        case "%": kind = .suffix
        default: break
        }
        if kind != .first { pos += 1 }
        // The pattern after `//` can begin with a slash: `${x////-}`.
        var prefix = Bytes()
        if kind == .all, source[pos] == "/" {
            prefix.append(source[pos])
            pos += 1
        }
        let pattern = try parseWord(.replacedPattern, prefix: prefix)
        var replacement = Word([], position: here)
        if source[pos] == "/" {
            pos += 1
            // Outside the quotes of the whole, as bash does since 4.3.
            replacement = try parseWord(.brace)
        }
        return .replace(pattern: pattern, with: replacement, kind)
    }

    private mutating func parseSubstring() throws(Failure) -> ParameterOperation? {
        pos += 1
        // A blank keeps `${x: -1}` apart from `${x:-1}`; it is no part of the expression.
        let hasBlank = source[pos] == " "
        while source[pos] == " " { pos += 1 }
        guard var offset = try parseArithmeticText(.substring) else { return nil }
        // What held a line continuation alone is as empty as without it.
        if offset.parts.allSatisfy({ if case .literal(let text) = $0 { text.isEmpty } else { false } }) {
            offset.parts = []
        }
        guard hasBlank || !offset.parts.isEmpty || source[pos] == ":" else { return nil }
        var length: Arithmetic?
        if source[pos] == ":" {
            pos += 1
            guard let text = try parseArithmeticText(.substring), source[pos] != ":" else { return nil }
            length = arithmetic(text)
        }
        return .substring(offset: arithmetic(offset), length: length)
    }
}
