// Arithmetic expressions: those of C without the comma-separated declarations, `sizeof` and casts, with `**` as in bash,
// over 64-bit integers that wrap around (2.6.4, and 6.5 of the C standard). Precedence climbing over the flat text.
//
// The text of `$((…))` can have expansions in it. Each stands in the flat text as one byte, `marker`, and is an operand if
// it stands alone where an operand can; otherwise (`1$x`, `$a$b`, `$x $op 2`) the text has no expression before the values
// are known.

import Bytes

package struct ArithmeticParser {
    private static let marker: UInt8 = 1
    /// So many operators of equal rank make a left-deep tree; more, a balanced one.
    private static let longestChain = 128

    /// Ends with some NULs, so that a byte behind any can be looked at.
    private let text: [UInt8]
    private let end: Int
    private var pos = 0
    /// What the markers stand for, in their order, and how many were met.
    private let expansions: [WordPart]
    private var expansionsMet = 0
    private var depth = 0
    private let maximumDepth: Int
    private let stack: StackMeter
    /// The error of the last `Failure`.
    private var failure: ParseError?

    private init(_ text: [UInt8], _ expansions: [WordPart], maximumDepth: Int, maximumStack: Int) {
        self.text = text + [0, 0, 0]
        end = text.count
        self.expansions = expansions
        self.maximumDepth = maximumDepth
        stack = StackMeter(limit: maximumStack)
    }

    /// The expression that `text` is; an empty text is 0.
    package static func parse(
        _ text: Bytes, maximumDepth: Int = 1000, maximumStack: Int = 2 << 20
    ) throws(ParseError) -> ArithmeticExpression {
        var parser = ArithmeticParser(Array(text), [], maximumDepth: maximumDepth, maximumStack: maximumStack)
        do throws(Failure) {
            return try parser.parseWhole()
        } catch {
            throw parser.failure ?? ParseError(message: "syntax error", position: .start, sourceLine: text)
        }
    }

    /// A word that is an expression, or can be one once it is expanded; nil if it can't be told before.
    package static func arithmetic(of word: Word) -> Arithmetic? {
        guard let expression = expression(of: word, maximumDepth: 100, maximumStack: 1 << 18) else { return nil }
        return Arithmetic(text: word, expression: expression)
    }

    /// The expression of a text before its expansions are known; nil if it can't be told, or is none.
    static func expression(of word: Word, maximumDepth: Int, maximumStack: Int = 2 << 20) -> ArithmeticExpression? {
        var text: [UInt8] = []
        var expansions: [WordPart] = []
        for part in word.parts {
            if case .literal(let literal) = part {
                guard !literal.contains(marker) else { return nil }
                literal.withUnsafeBytes { text.append(contentsOf: $0) }
                continue
            }
            // Next to another operand's bytes it is a part of that.
            if let last = text.last, Names.isNameByte(last) || last == marker || last == "#" { return nil }
            text.append(marker)
            expansions.append(part)
        }
        var parser = ArithmeticParser(text, expansions, maximumDepth: maximumDepth, maximumStack: maximumStack)
        return try? parser.parseWhole()
    }

    private mutating func parseWhole() throws(Failure) -> ArithmeticExpression {
        skipBlanks()
        if pos == end { return .number(0) }
        let expression = try parseComma()
        guard pos == end else { throw unexpected() }
        return expression
    }

    // MARK: Errors

    private mutating func error(_ message: Bytes, at index: Int) -> Failure {
        let line = text[0..<index].reduce(1) { $1 == "\n" ? $0 + 1 : $0 }
        let start = text[0..<index].lastIndex { $0 == "\n" }.map { $0 + 1 } ?? 0
        let stop = text[index...].firstIndex { $0 == "\n" || $0 == 0 } ?? index
        failure = ParseError(
            message: message, position: Position(offset: index, line: line, column: index - start + 1),
            sourceLine: Bytes(text[start..<stop]))
        return Failure()
    }

    private mutating func unexpected() -> Failure {
        guard pos < end else { return error("expected an operand, found the end of the expression", at: pos) }
        var stop = pos + 1
        if Names.isNameByte(text[pos]) { while Names.isNameByte(text[stop]) { stop += 1 } }
        var message: Bytes = "unexpected '"
        message.append(Bytes(text[pos..<stop]))
        message.append("' in an arithmetic expression")
        return error(message, at: pos)
    }

    private mutating func enter() throws(Failure) {
        depth += 1
        if depth > maximumDepth || stack.isExhausted { throw error("arithmetic expression nested too deeply", at: pos) }
    }

    // MARK: Tokens

    private mutating func skipBlanks() {
        while true {
            switch text[pos] {
            case " ", "\t", "\n", "\r": pos += 1
            default: return
            }
        }
    }

    /// The binary operator that stands here, its rank and its length; not one of assignment.
    private func binaryOperator() -> (ArithmeticExpression.BinaryOperator, rank: Int, length: Int)? {
        let byte = text[pos]
        guard byte != 0 else { return nil }
        let next = text[pos + 1]
        switch byte {
        case "|":
            if next == "|" { return (.or, 1, 2) }
            return next == "=" ? nil : (.bitOr, 3, 1)
        case "&":
            if next == "&" { return (.and, 2, 2) }
            return next == "=" ? nil : (.bitAnd, 5, 1)
        case "^": return next == "=" ? nil : (.bitXor, 4, 1)
        case "=": return next == "=" ? (.equal, 6, 2) : nil
        case "!": return next == "=" ? (.notEqual, 6, 2) : nil
        case "<", ">":
            if next == byte {
                return text[pos + 2] == "=" ? nil : (byte == "<" ? .shiftLeft : .shiftRight, 8, 2)
            }
            if next == "=" { return (byte == "<" ? .lessOrEqual : .greaterOrEqual, 7, 2) }
            return (byte == "<" ? .less : .greater, 7, 1)
        case "+": return next == "=" ? nil : (.add, 9, 1)
        case "-": return next == "=" ? nil : (.subtract, 9, 1)
        case "*":
            if next == "*" { return (.power, 11, 2) }
            return next == "=" ? nil : (.multiply, 10, 1)
        case "/": return next == "=" ? nil : (.divide, 10, 1)
        case "%": return next == "=" ? nil : (.remainder, 10, 1)
        default: return nil
        }
    }

    /// The assignment operator that stands here: the operation before its `=`, and its length.
    private func assignmentOperator() -> (ArithmeticExpression.BinaryOperator?, length: Int)? {
        let byte = text[pos]
        guard byte != 0 else { return nil }
        let next = text[pos + 1]
        if byte == "=" { return next == "=" ? nil : (nil, 1) }
        if next == byte, byte == "<" || byte == ">", text[pos + 2] == "=" {
            return (byte == "<" ? .shiftLeft : .shiftRight, 3)
        }
        guard next == "=" else { return nil }
        switch byte {
        case "*": return (.multiply, 2)
        case "/": return (.divide, 2)
        case "%": return (.remainder, 2)
        case "+": return (.add, 2)
        case "-": return (.subtract, 2)
        case "&": return (.bitAnd, 2)
        case "^": return (.bitXor, 2)
        case "|": return (.bitOr, 2)
        default: return nil
        }
    }

    // MARK: The grammar

    private mutating func parseComma() throws(Failure) -> ArithmeticExpression {
        var items = [try parseAssignment()]
        while text[pos] == "," {
            pos += 1
            skipBlanks()
            items.append(try parseAssignment())
        }
        return ArithmeticParser.joinCommas(items[...])
    }

    private static func joinCommas(_ items: ArraySlice<ArithmeticExpression>) -> ArithmeticExpression {
        if items.count > longestChain {
            let middle = items.startIndex + items.count / 2
            return .comma(joinCommas(items[..<middle]), joinCommas(items[middle...]))
        }
        return items.dropFirst().reduce(items[items.startIndex]) { .comma($0, $1) }
    }

    private mutating func parseAssignment() throws(Failure) -> ArithmeticExpression {
        let start = pos
        let target = try parseConditional()
        guard let (operation, length) = assignmentOperator() else { return target }
        switch target {
        case .variable, .element: break
        default: throw error("the left side of an assignment must be a variable", at: start)
        }
        pos += length
        skipBlanks()
        try enter()
        defer { depth -= 1 }
        return .assignment(target: target, operation: operation, value: try parseAssignment())
    }

    private mutating func parseConditional() throws(Failure) -> ArithmeticExpression {
        let condition = try parseBinary(1)
        guard text[pos] == "?" else { return condition }
        pos += 1
        skipBlanks()
        try enter()
        defer { depth -= 1 }
        let then = try parseComma()
        guard text[pos] == ":" else { throw error("expected ':' after '?' and its operand", at: pos) }
        pos += 1
        skipBlanks()
        return .conditional(condition, then: then, otherwise: try parseConditional())
    }

    /// Operands joined by operators of `rank` or higher.
    private mutating func parseBinary(_ rank: Int) throws(Failure) -> ArithmeticExpression {
        var left = try parseUnary()
        while let (_, next, _) = binaryOperator(), next >= rank {
            left = try parseChain(from: left, rank: next)
        }
        return left
    }

    /// `left` and all operands that operators of just `rank` join to it.
    private mutating func parseChain(
        from left: ArithmeticExpression, rank: Int
    ) throws(Failure) -> ArithmeticExpression {
        var operands = [left]
        // The operator before each operand; that of the first is of no account.
        var operators: [ArithmeticExpression.BinaryOperator] = [.add]
        while let (operation, next, length) = binaryOperator(), next == rank {
            pos += length
            skipBlanks()
            try enter()
            defer { depth -= 1 }
            // `**` groups to the right.
            operands.append(try parseBinary(operation == .power ? rank : rank + 1))
            operators.append(operation)
        }
        if operands.count > ArithmeticParser.longestChain {
            let isSum = rank == 9
            let isAssociative = isSum || operators.dropFirst().allSatisfy { $0 == operators[1] && $0.isAssociative }
            if isAssociative { return balanced(operands, operators, 0..<operands.count, isNegated: false) }
            guard operands.count <= maximumDepth else {
                throw error("too many operators in an arithmetic expression", at: pos)
            }
        }
        var result = left
        for index in 1..<operands.count { result = .binary(operators[index], result, operands[index]) }
        return result
    }

    /// A chain as a tree of logarithmic depth: sums and products that wrap around are associative. `a - b - c` becomes
    /// `a - (b + c)`.
    private func balanced(
        _ operands: [ArithmeticExpression], _ operators: [ArithmeticExpression.BinaryOperator], _ range: Range<Int>,
        isNegated: Bool
    ) -> ArithmeticExpression {
        if range.count == 1 { return operands[range.lowerBound] }
        let middle = range.lowerBound + range.count / 2
        var operation = operators[middle]
        if isNegated { operation = operation == .add ? .subtract : .add }
        let isRightNegated = operation == .subtract ? !isNegated : isNegated
        return .binary(
            operation, balanced(operands, operators, range.lowerBound..<middle, isNegated: isNegated),
            balanced(operands, operators, middle..<range.upperBound, isNegated: isRightNegated))
    }

    private mutating func parseUnary() throws(Failure) -> ArithmeticExpression {
        let byte = text[pos]
        let operation: ArithmeticExpression.UnaryOperator
        switch byte {
        case "!": operation = .not
        case "~": operation = .complement
        case "+", "-":
            if text[pos + 1] == byte {
                var index = pos + 2
                while text[index] == " " || text[index] == "\t" || text[index] == "\n" || text[index] == "\r" {
                    index += 1
                }
                // Before anything but a name they are two signs.
                if Names.isNameStart(text[index]) {
                    pos = index
                    let target = try parseVariable()
                    return .increment(target: target, by: byte == "+" ? 1 : -1, isPrefix: true)
                }
            }
            operation = byte == "+" ? .plus : .minus
        default: return try parsePostfix()
        }
        pos += 1
        skipBlanks()
        try enter()
        defer { depth -= 1 }
        return .unary(operation, try parseUnary())
    }

    private mutating func parsePostfix() throws(Failure) -> ArithmeticExpression {
        let operand = try parseOperand()
        switch operand {
        case .variable, .element: break
        default: return operand
        }
        let byte = text[pos]
        guard byte == "+" || byte == "-", text[pos + 1] == byte else { return operand }
        pos += 2
        skipBlanks()
        return .increment(target: operand, by: byte == "+" ? 1 : -1, isPrefix: false)
    }

    private mutating func parseOperand() throws(Failure) -> ArithmeticExpression {
        let byte = text[pos]
        if Names.isNameStart(byte) { return try parseVariable() }
        if Names.isDigit(byte) { return try parseNumber() }
        if byte == "(" {
            let open = pos
            pos += 1
            skipBlanks()
            try enter()
            defer { depth -= 1 }
            let inside = try parseComma()
            guard text[pos] == ")" else {
                throw text[pos] == 0 ? error("'(' is not closed in an arithmetic expression", at: open) : unexpected()
            }
            pos += 1
            skipBlanks()
            return inside
        }
        if byte == ArithmeticParser.marker, expansionsMet < expansions.count {
            guard !Names.isNameByte(text[pos + 1]), text[pos + 1] != "#" else { throw unexpected() }
            pos += 1
            expansionsMet += 1
            skipBlanks()
            return .expansion(expansions[expansionsMet - 1])
        }
        throw unexpected()
    }

    private mutating func parseVariable() throws(Failure) -> ArithmeticExpression {
        let start = pos
        while Names.isNameByte(text[pos]) { pos += 1 }
        guard text[pos] != ArithmeticParser.marker else { throw unexpected() }
        let name = Bytes(text[start..<pos])
        guard text[pos] == "[" else {
            skipBlanks()
            return .variable(name)
        }
        try enter()
        defer { depth -= 1 }
        return .element(name, try parseSubscript())
    }

    /// At `[`: what stands up to its `]`. Quotes in it quote brackets, and are no part of a key.
    private mutating func parseSubscript() throws(Failure) -> Arithmetic {
        let open = pos
        pos += 1
        var parts: [WordPart] = []
        var key = Bytes()
        var flat: [UInt8] = []
        let firstExpansion = expansionsMet
        var brackets = 0
        var quote: UInt8 = 0
        loop: while true {
            let byte = text[pos]
            switch byte {
            case 0 where pos >= end:
                throw error("'[' is not closed in an arithmetic expression", at: open)
            case "[" where quote == 0: brackets += 1
            case "]" where quote == 0:
                if brackets == 0 { break loop }
                brackets -= 1
            case ArithmeticParser.marker where expansionsMet < expansions.count:
                if !key.isEmpty { parts.append(.literal(key)) }
                key = Bytes()
                parts.append(expansions[expansionsMet])
                expansionsMet += 1
                flat.append(byte)
                pos += 1
                continue
            case "'", "\"":
                if byte == quote || (quote == 0 && text[(pos + 1)..<end].contains(byte)) {
                    quote = byte == quote ? 0 : byte
                    pos += 1
                    continue
                }
            default: break
            }
            key.append(byte)
            flat.append(byte)
            pos += 1
        }
        guard pos > open + 1 else { throw unexpected() }
        if !key.isEmpty { parts.append(.literal(key)) }
        var inner = ArithmeticParser(
            flat, Array(expansions[firstExpansion..<expansionsMet]), maximumDepth: max(maximumDepth - depth, 1),
            maximumStack: stack.remaining)
        let expression = try? inner.parseWhole()
        pos += 1
        skipBlanks()
        return Arithmetic(text: Word(parts), expression: expression)
    }

    // MARK: Numbers

    /// Decimal, `0` octal, `0x` hexadecimal, `base#digits`.
    private mutating func parseNumber() throws(Failure) -> ArithmeticExpression {
        let start = pos
        var base: UInt64 = 10
        if text[pos] == "0" {
            if text[pos + 1] | 0x20 == "x" {
                base = 16
                pos += 2
            } else {
                base = 8
            }
        } else {
            var index = pos
            var number: UInt64 = 0
            while Names.isDigit(text[index]), number <= 64 {
                number = number * 10 + UInt64(text[index] - 48)
                index += 1
            }
            if text[index] == "#" {
                guard (2...64).contains(number) else { throw invalidNumber(from: start) }
                base = number
                pos = index + 1
            }
        }
        let digits = pos
        var value: UInt64 = 0
        while let digit = digitValue(text[pos], base) {
            guard digit < base else { throw invalidNumber(from: start) }
            value = value &* base &+ digit
            pos += 1
        }
        guard pos > digits, text[pos] != ArithmeticParser.marker, text[pos] != "#", text[pos] != "." else {
            throw invalidNumber(from: start)
        }
        skipBlanks()
        return .number(Int64(bitPattern: value))
    }

    /// 0–9, a–z, A–Z, `@`, `_`; up to base 36 a letter's case does not matter.
    private func digitValue(_ byte: UInt8, _ base: UInt64) -> UInt64? {
        switch byte {
        case "0"..."9": UInt64(byte - 48)
        case "a"..."z": UInt64(byte - 87)
        case "A"..."Z": UInt64(byte) - (base <= 36 ? 55 : 29)
        case "@": base > 36 ? 62 : nil
        case "_": 63
        default: nil
        }
    }

    private mutating func invalidNumber(from start: Int) -> Failure {
        var stop = start
        while Names.isNameByte(text[stop]) || text[stop] == "#" || text[stop] == "." { stop += 1 }
        var message: Bytes = "invalid number '"
        message.append(Bytes(text[start..<stop]))
        message.append("'")
        return error(message, at: start)
    }
}

extension ArithmeticExpression.BinaryOperator {
    fileprivate var isAssociative: Bool {
        switch self {
        case .add, .multiply, .bitAnd, .bitOr, .bitXor, .and, .or: true
        default: false
        }
    }
}
