// Arithmetic, as far as the shell's grammar goes: where the text of an expression ends. What it means is
// ArithmeticParser's matter.
//
// `$((` may also begin a command substitution with a subshell (2.6.4). It counts as arithmetic if its parentheses close
// with `))`; the place of each attempt that failed is remembered, lest nested ones be tried again and again.

import Bytes

/// What ends the text of an expression.
enum ArithmeticEnd {
    /// `))`, which is skipped
    case parentheses
    /// `;` or `))`, which are left: a part of `for ((…;…;…))`
    case semicolon
    /// `:` or `}`, which are left: the offset of `${x:offset:length}`
    case substring
    /// `]`, which is skipped: of `$[…]`, bash's first form of `$((…))`
    case bracket
}

extension Parser {
    func arithmetic(_ text: Word) -> Arithmetic {
        Arithmetic(
            text: text,
            expression: ArithmeticParser.expression(
                of: text, maximumDepth: max(options.maximumDepth - depth, 1), maximumStack: stack.remaining))
    }

    /// At `$((`; nil if it is a command substitution after all.
    @inline(never)
    mutating func parseArithmeticExpansion() throws(Failure) -> WordPart? {
        guard let text = try attemptArithmetic(skipping: 3) else { return nil }
        return .arithmetic(arithmetic(text))
    }

    /// At `$[`; nil if there is no `]` for it, and then the `$` stands for itself.
    @inline(never)
    mutating func parseBracketArithmetic() throws(Failure) -> WordPart? {
        guard let text = try attemptArithmetic(skipping: 2, until: .bracket) else { return nil }
        return .arithmetic(arithmetic(text))
    }

    /// What `failedAttempts` knows the place by: the offset in the outermost text, since the text can come by again in the
    /// body of a here-document.
    func attemptKey(_ index: Int) -> Int { segments.isEmpty ? base + index : Int(mappedPosition(index).offset) }

    /// The expression after the opening parentheses, if `))` closes it; else the parser stays where it is.
    mutating func attemptArithmetic(
        skipping count: Int, until end: ArithmeticEnd = .parentheses
    ) throws(Failure) -> Word? {
        guard !failedAttempts.contains(attemptKey(pos)) else { return nil }
        let mark = self.mark()
        // What an alias puts into the text could not be taken back.
        let outerMet = metSuspendedAlias
        metSuspendedAlias = false
        aliasesSuspended += 1
        arithmeticMetEnd = false
        let level = openSite(.arithmetic)
        pos += count
        var word: Word?
        do throws(Failure) {
            word = try parseArithmeticText(end)
        } catch {
            if isTooDeep { throw error }
            arithmeticMetEnd = arithmeticMetEnd || failure?.isIncomplete ?? false
        }
        closeSite(level)
        aliasesSuspended -= 1
        let metAlias = metSuspendedAlias
        metSuspendedAlias = outerMet || metAlias
        guard word != nil else {
            reset(to: mark)
            failedAttempts.insert(attemptKey(pos))
            return nil
        }
        if metAlias && aliasesSuspended == 0 {
            metSuspendedAlias = false
            reset(to: mark)
            pos += count
            word = try parseArithmeticText(end)
        }
        return word
    }

    /// The text of an expression, as inside double quotes; nil if it is not closed as it should be.
    mutating func parseArithmeticText(_ end: ArithmeticEnd) throws(Failure) -> Word? {
        try enter()
        defer { leave() }
        let start = here
        let stops = (end == .bracket ? ByteSet.bracketArithmetic : ByteSet.arithmetic).union(placeholderStarts)
        var builder = WordBuilder()
        var parentheses = 0
        var conditions = 0
        var brackets = 0
        while true {
            appendRun(until: stops, to: &builder)
            if hasPlaceholders, let part = takePlaceholder(.other) {
                builder.append(part)
                continue
            }
            let byte = source[pos]
            switch byte {
            case 0:
                if try isAtEnd() {
                    arithmeticMetEnd = true
                    return nil
                }
                continue
            case "\n":
                line += 1
                lineStart = pos + 1
            case "\\":
                if source[pos + 1] == "\n" {
                    skipContinuation()
                    continue
                }
                switch source[pos + 1] {
                case "$", "`", "\\", "\"": pos += 1
                default: break
                }
                builder.append(source[pos])
                pos += 1
                continue
            case "\"":
                // Quotes mean nothing in an expression. Where they hide a bracket, it is none.
                guard case .doubleQuoted(let parts) = try parseDoubleQuoted() else { return nil }
                for part in parts {
                    if case .literal(let text) = part, text.contains(where: { ByteSet.brackets.contains($0) }) {
                        return nil
                    }
                    builder.append(part)
                }
                continue
            case "$":
                if hasContinuations { try straighten() }
                if let part = try parseDollar(inQuotes: true) {
                    builder.append(part)
                    continue
                }
            case "`":
                builder.append(try parseBackquotes(inDoubleQuotes: true))
                continue
            case "(":
                parentheses += 1
                if parentheses > options.maximumDepth { throw tooDeep() }
            case ")":
                if parentheses > 0 {
                    parentheses -= 1
                } else if end == .bracket {
                    return nil
                } else if end != .substring {
                    if hasContinuations { try straighten() }
                    guard source[pos + 1] == ")" else { return nil }
                    if end == .parentheses { pos += 2 }
                    return Word(builder.finish(), position: start)
                }
            case "[" where end == .bracket:
                brackets += 1
            case "]" where end == .bracket:
                if brackets == 0 {
                    pos += 1
                    return Word(builder.finish(), position: start)
                }
                brackets -= 1
            case ";":
                if end == .semicolon && parentheses == 0 { return Word(builder.finish(), position: start) }
            case "?":
                conditions += 1
            case ":":
                if conditions > 0 {
                    conditions -= 1
                } else if end == .substring && parentheses == 0 {
                    return Word(builder.finish(), position: start)
                }
            case "}":
                if end == .substring && parentheses == 0 {
                    return Word(builder.finish(), position: start)
                }
            default: break
            }
            builder.append(byte)
            pos += 1
        }
    }
}
