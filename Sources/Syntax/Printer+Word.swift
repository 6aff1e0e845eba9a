import Bytes

extension Printer {
    /// What surrounds a word, which decides how its text is escaped.
    enum Surroundings {
        case none, doubleQuotes, hereDocument, arithmetic
        /// The word of `${x-word}` inside double quotes or a here-document.
        case quotedBraces

        /// The bytes that need a backslash.
        var special: ByteSet {
            switch self {
            case .none: ByteSet()
            case .doubleQuotes, .arithmetic: ByteSet("$`\"\\")
            case .hereDocument: ByteSet("$`\\")
            case .quotedBraces: ByteSet("$`\"\\}")
            }
        }

        var isQuoted: Bool { self != .none }
    }

    mutating func print(_ word: Word, in surroundings: Surroundings = .none) {
        print(word.parts, in: surroundings)
    }

    private mutating func print(_ parts: [WordPart], in surroundings: Surroundings) {
        for (index, part) in parts.enumerated() {
            print(part, in: surroundings, next: index + 1 < parts.count ? parts[index + 1] : nil)
        }
    }

    private mutating func print(_ part: WordPart, in surroundings: Surroundings, next: WordPart?) {
        switch part {
        case .literal(let text):
            if surroundings.isQuoted { printEscaping(text, surroundings.special) } else { out.append(text) }
        case .escaped(let text): printEscaped(text)
        case .singleQuoted(let text):
            out.append("'")
            out.append(text)
            out.append("'")
        case .dollarSingleQuoted(let text):
            out.append(Quoting.escaped(text))
        case .doubleQuoted(let parts):
            out.append("\"")
            print(parts, in: .doubleQuotes)
            out.append("\"")
        case .parameter(let expansion):
            print(expansion, in: surroundings, needsBraces: continuesName(next))
        case .command(let list, _):
            out.append("$(")
            printSubstitution(list)
        case .invalidCommand(let text, _):
            out.append("`")
            out.append(text)
            out.append("`")
        case .arithmetic(let arithmetic):
            // Parentheses that don't pair, an error when it runs, can only have stood in `$[…]`.
            let isPaired = arithmetic.text.pairsParentheses
            out.append(isPaired ? "$((" : "$[")
            print(arithmetic.text, in: .arithmetic)
            out.append(isPaired ? "))" : "]")
        case .tilde(let name):
            out.append("~")
            out.append(name)
        case .process(let list, let isInput):
            out.append(isInput ? "<(" : ">(")
            printSubstitution(list)
        case .braceList(let words):
            out.append("{")
            for (index, word) in words.enumerated() {
                if index > 0 { out.append(",") }
                print(word)
            }
            out.append("}")
        case .braceRange(let from, let to, let step):
            out.append("{")
            out.append(from)
            out.append("..")
            out.append(to)
            if let step {
                out.append("..")
                out.append(step)
            }
            out.append("}")
        case .array(let elements): print(elements)
        case .placeholder(let id): printPlaceholder(id)
        }
    }

    /// What follows would be taken for a part of a name, or of a subscript.
    private func continuesName(_ next: WordPart?) -> Bool {
        switch next {
        case .literal(let text): !text.isEmpty && (Names.isNameByte(text[0]) || text[0] == "[")
        case .placeholder: true
        default: false
        }
    }

    private mutating func printEscaping(_ text: Bytes, _ special: ByteSet) {
        for byte in text {
            if special.contains(byte) { out.append(UInt8(ascii: "\\")) }
            out.append(byte)
        }
    }

    /// With a backslash before each character.
    private mutating func printEscaped(_ text: Bytes) {
        // How many bytes more a multibyte character may have.
        var rest = 0
        for byte in text {
            if rest > 0, byte & 0xC0 == 0x80 {
                rest -= 1
            } else {
                out.append(UInt8(ascii: "\\"))
                rest = byte >= 0xC0 ? 3 : 0
            }
            out.append(byte)
        }
    }

    // MARK: Parameters

    private mutating func print(
        _ expansion: ParameterExpansion, in surroundings: Surroundings, needsBraces: Bool
    ) {
        let isBare = expansion.operation == .value && expansion.index == nil && !expansion.isIndirect
        let canBeBare =
            switch expansion.parameter {
            // Braces that were written may hold the name apart from a brace expansion.
            case .variable: expansion.isBare && !needsBraces
            // Only one digit is read.
            case .positional(let number): number < 10
            case .special: true
            }
        if isBare && canBeBare {
            out.append("$")
            print(expansion.parameter)
            return
        }
        out.append("${")
        if case .invalid(let text) = expansion.operation {
            out.append(text)
            out.append("}")
            return
        }
        switch expansion.operation {
        case .length: out.append("#")
        case .names, .keys: out.append("!")
        default: if expansion.isIndirect { out.append("!") }
        }
        print(expansion.parameter)
        switch expansion.index {
        case .all: out.append("[@]")
        case .joined: out.append("[*]")
        case .index(let word):
            out.append("[")
            print(word)
            out.append("]")
        case nil: break
        }
        let word = surroundings.isQuoted ? Surroundings.quotedBraces : .none
        print(expansion.operation, in: word, isCount: expansion.parameter == .special(UInt8(ascii: "#")))
        out.append("}")
    }

    private mutating func print(_ parameter: ParameterExpansion.Parameter) {
        switch parameter {
        case .variable(let name): out.append(name)
        case .positional(let number): out.append(decimal: number)
        case .special(let byte): out.append(byte)
        }
    }

    private mutating func print(_ operation: ParameterOperation, in surroundings: Surroundings, isCount: Bool) {
        func printOperator(_ character: StaticString, _ word: Word?, _ orNull: Bool, _ printer: inout Printer) {
            if orNull { printer.out.append(":") }
            printer.out.append(character)
            if let word { printer.print(word, in: surroundings) }
            // `${#-}` would be the length of `$-`.
            if isCount, !orNull, word?.parts.isEmpty ?? true { printer.out.append("\"\"") }
        }
        switch operation {
        case .value, .length, .invalid: break
        case .useDefault(let word, let orNull): printOperator("-", word, orNull, &self)
        case .assignDefault(let word, let orNull): printOperator("=", word, orNull, &self)
        case .indicateError(let word, let orNull): printOperator("?", word, orNull, &self)
        case .useAlternative(let word, let orNull): printOperator("+", word, orNull, &self)
        case .removePrefix(let word, let isLongest):
            out.append(isLongest ? "##" : "#")
            print(word)
        case .removeSuffix(let word, let isLongest):
            out.append(isLongest ? "%%" : "%")
            print(word)
        case .replace(let pattern, let replacement, let kind):
            switch kind {
            case .first: out.append("/")
            case .all: out.append("//")
            case .prefix: out.append("/#")
            case .suffix: out.append("/%")
            }
            print(pattern)
            if !replacement.parts.isEmpty {
                out.append("/")
                print(replacement)
            }
        case .substring(let offset, let length):
            out.append(":")
            // `${x:-1}` is another operation, and `${x:}` is none.
            if offset.text.parts.isEmpty {
                out.append(" ")
            } else if case .literal(let text)? = offset.text.parts.first, let first = text.first,
                first == "-" || first == "=" || first == "?" || first == "+"
            {
                out.append(" ")
            }
            print(offset.text, in: .arithmetic)
            if let length {
                out.append(":")
                print(length.text, in: .arithmetic)
            }
        case .changeCase(let kind, let pattern):
            switch kind {
            case .upperFirst: out.append("^")
            case .upperAll: out.append("^^")
            case .lowerFirst: out.append(",")
            case .lowerAll: out.append(",,")
            case .toggleFirst: out.append("~")
            case .toggleAll: out.append("~~")
            }
            if let pattern { print(pattern) }
        case .transform(let letter):
            out.append("@")
            out.append(letter)
        case .names(let isJoined): out.append(isJoined ? "*" : "@")
        case .keys(let isJoined): out.append(isJoined ? "[*]" : "[@]")
        }
    }
}

extension Word {
    /// As many parentheses are opened as closed in what is no expansion.
    fileprivate var pairsParentheses: Bool {
        var open = 0
        for case .literal(let text) in parts {
            for byte in text {
                if byte == "(" { open += 1 } else if byte == ")" { open -= 1 }
            }
        }
        return open == 0
    }
}
