import Bytes

extension Parser {
    /// A redirection begins here: an operator, or the descriptor or `{name}` before one.
    var isRedirection: Bool {
        switch source[pos] {
        case "<", ">":
            return source[pos + 1] != "("
        case "&":
            return source[pos + 1] == ">" && !options.isPosix
        case "0"..."9":
            var index = pos + 1
            while Names.isDigit(source[index]) { index += 1 }
            // No system has descriptors of ten digits: that is a word.
            return index - pos <= 9 && isOperator(at: index) && !startsPlaceholder(in: pos..<index)
        case "{":
            guard !options.isPosix, Names.isNameStart(source[pos + 1]) else { return false }
            var index = pos + 2
            while Names.isNameByte(source[index]) { index += 1 }
            if source[index] == "[" {
                // An element whose subscript is simple: a number, a name, a key.
                index += 1
                while Names.isNameByte(source[index]) || source[index] == "-" { index += 1 }
                guard source[index] == "]" else { return false }
                index += 1
            }
            return source[index] == "}" && isOperator(at: index + 1) && !startsPlaceholder(in: pos..<index)
        default:
            return false
        }
    }

    private func isOperator(at index: Int) -> Bool {
        (source[index] == "<" || source[index] == ">") && source[index + 1] != "("
    }

    private func startsPlaceholder(in range: Range<Int>) -> Bool {
        guard hasPlaceholders else { return false }
        for index in range where placeholder(at: index) != nil { return true }
        return false
    }

    /// The redirections after a compound command.
    mutating func parseRedirections() throws(Failure) -> [Redirection] {
        var redirections: [Redirection] = []
        try skipBlanks()
        while isRedirection {
            redirections.append(try parseRedirection())
            try skipBlanks()
        }
        return redirections
    }

    /// Where `isRedirection` is true.
    mutating func parseRedirection() throws(Failure) -> Redirection {
        let start = here
        var descriptor: Int?
        var variable: Bytes?
        if source[pos] == "{" {
            let close = find(UInt8(ascii: "}"), from: pos) ?? pos
            variable = text(pos + 1..<close)
            pos = close + 1
        } else if Names.isDigit(source[pos]) {
            var number = 0
            while Names.isDigit(source[pos]) {
                number = number * 10 + Int(source[pos] - 48)
                pos += 1
            }
            descriptor = number
        }
        let operatorStart = pos
        let kind = parseRedirectionOperator()
        let target: Redirection.Target
        if let kind {
            let name = text(operatorStart..<pos)
            try skipBlanks()
            guard isAtWord else { throw expectedWord(after: name) }
            let level = openSite(.redirection(kind))
            target = .file(kind, try parseWord(.plain))
            closeSite(level)
        } else {
            target = .hereDocument(try parseHereDocumentOperand())
        }
        return Redirection(descriptor: descriptor, variable: variable, target: target, position: start)
    }

    /// Skips the operator; nil for `<<`, which is left at its `-` if it has one.
    private mutating func parseRedirectionOperator() -> Redirection.Operator? {
        let first = source[pos]
        let second = source[pos + 1]
        pos += 2
        switch (first, second) {
        case ("<", "<"):
            guard source[pos] == "<" else { return nil }
            pos += 1
            return .hereString
        case ("<", "&"): return .duplicateInput
        case ("<", ">"): return .readWrite
        case (">", ">"): return .append
        case (">", "&"): return .duplicateOutput
        case (">", "|"): return .clobber
        case ("&", _):
            guard source[pos] == ">" else { return .outputBoth }
            pos += 1
            return .appendBoth
        default:
            pos -= 1
            return first == "<" ? .input : .output
        }
    }
}
