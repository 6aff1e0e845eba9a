// How an expression becomes a program: a parser by recursive descent makes a tree (`Node`), `emit` writes the instructions
// of each node. Groups are numbered but only the first is recorded; counted quantifiers repeat the program of what they
// count, within bounds that no user of a column separator comes near.

import Bytes

extension RegularExpression {
    /// Reads an expression and writes its program.
    struct Compiler {
        private let text: Bytes
        private var index = 0
        private var isLazy: Bool
        private var ignoresCase = false
        private var groups = 0
        private var depth = 0
        var program: [Instruction] = []

        /// Counted quantifiers repeat their program; this bounds what `(a{1000}){1000}` may make of that.
        private static let maximumRepeats = 1000
        private static let maximumSize = 20_000
        private static let maximumDepth = 100

        init(_ text: Bytes, isLazy: Bool) {
            self.text = text
            self.isLazy = isLazy
        }

        private var next: UInt8? { index < text.count ? text[index] : nil }

        private func failure(_ message: Bytes) -> Failure {
            var full: Bytes = "regular expression '"
            full.append(text)
            full.append("': ")
            full.append(message)
            return Failure(message: full)
        }

        mutating func parse() throws(Failure) -> Node {
            let node = try alternatives()
            guard index == text.count else { throw failure("')' without '('") }
            guard size(of: node) <= Compiler.maximumSize else { throw failure("too large") }
            return node
        }

        private mutating func alternatives() throws(Failure) -> Node {
            depth += 1
            defer { depth -= 1 }
            guard depth <= Compiler.maximumDepth else { throw failure("nested too deep") }
            var choices = [try sequence()]
            while next == UInt8(ascii: "|") {
                index += 1
                choices.append(try sequence())
            }
            return choices.count == 1 ? choices[0] : .alternatives(choices)
        }

        private mutating func sequence() throws(Failure) -> Node {
            var nodes: [Node] = []
            while let byte = next, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") {
                let node = try atom()
                nodes.append(try quantified(node))
            }
            return nodes.count == 1 ? nodes[0] : nodes.isEmpty ? .empty : .sequence(nodes)
        }

        private mutating func quantified(_ atom: Node) throws(Failure) -> Node {
            var minimum: Int
            var maximum: Int?
            switch next {
            case UInt8(ascii: "*"): (minimum, maximum) = (0, nil)
            case UInt8(ascii: "+"): (minimum, maximum) = (1, nil)
            case UInt8(ascii: "?"): (minimum, maximum) = (0, 1)
            case UInt8(ascii: "{"):
                guard let counts = counted() else { return atom }
                (minimum, maximum) = counts
                index -= 1
            default: return atom
            }
            index += 1
            if minimum > Compiler.maximumRepeats || (maximum ?? 0) > Compiler.maximumRepeats {
                throw failure("a count of more than 1000")
            }
            if let maximum, maximum < minimum { throw failure("{n,m} with m less than n") }
            var takesLittle = isLazy
            if next == UInt8(ascii: "?") {
                takesLittle.toggle()
                index += 1
            } else if next == UInt8(ascii: "+") {
                throw failure("possessive quantifiers are not supported")
            }
            if let byte = next, byte == UInt8(ascii: "*") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "?") {
                throw failure("two quantifiers in a row")
            }
            return .repeated(atom, minimum: minimum, maximum: maximum, isLazy: takesLittle)
        }

        /// `{n}`, `{n,}`, `{n,m}` at the place; anything else is a literal brace. Leaves the index after the brace.
        private mutating func counted() -> (Int, Int?)? {
            var place = index + 1
            func number() -> (Int, Int)? {
                var end = place
                var value = 0
                while end < text.count, text[end] >= UInt8(ascii: "0"), text[end] <= UInt8(ascii: "9"), end - place < 6
                {
                    value = value * 10 + Int(text[end] - UInt8(ascii: "0"))
                    end += 1
                }
                return end > place ? (value, end) : nil
            }
            guard let (minimum, end) = number() else { return nil }
            place = end
            var maximum: Int? = minimum
            if place < text.count, text[place] == UInt8(ascii: ",") {
                place += 1
                maximum = nil
                if let (value, end) = number() {
                    maximum = value
                    place = end
                }
            }
            guard place < text.count, text[place] == UInt8(ascii: "}") else { return nil }
            index = place + 1
            return (minimum, maximum)
        }

        private mutating func atom() throws(Failure) -> Node {
            let byte = text[index]
            index += 1
            switch byte {
            case UInt8(ascii: "."): return .set(ByteClass([10]).inverted)
            case UInt8(ascii: "^"): return .start
            case UInt8(ascii: "$"): return .end
            case UInt8(ascii: "["): return .set(try bracket())
            case UInt8(ascii: "("): return try group()
            case UInt8(ascii: "\\"): return try escape()
            case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"):
                throw failure("a quantifier with nothing before it")
            default: return literal(byte)
            }
        }

        private func literal(_ byte: UInt8) -> Node {
            let set = ByteClass(CollectionOfOne(byte))
            return .set(ignoresCase ? set.ignoringCase : set)
        }

        private mutating func group() throws(Failure) -> Node {
            var number: Int?
            let outerCase = ignoresCase
            if next == UInt8(ascii: "?") {
                index += 1
                if next == UInt8(ascii: "i") {
                    ignoresCase = true
                    index += 1
                    if next == UInt8(ascii: ")") {
                        // `(?i)` holds to the end of the group around it.
                        index += 1
                        return .empty
                    }
                }
                guard next == UInt8(ascii: ":") else { throw failure("'(?' is supported only as '(?:' and '(?i'") }
                index += 1
            } else {
                number = groups
                groups += 1
            }
            let inner = try alternatives()
            guard next == UInt8(ascii: ")") else { throw failure("'(' without ')'") }
            index += 1
            ignoresCase = outerCase
            return .group(inner, number)
        }

        private mutating func escape() throws(Failure) -> Node {
            guard let byte = next else { throw failure("a backslash at the end") }
            switch byte {
            case UInt8(ascii: "b"), UInt8(ascii: "B"):
                index += 1
                return .wordBoundary(byte == UInt8(ascii: "b"))
            case UInt8(ascii: "A"):
                index += 1
                return .start
            case UInt8(ascii: "z"), UInt8(ascii: "Z"):
                index += 1
                return .end
            case UInt8(ascii: "1")...UInt8(ascii: "9"): throw failure("back references are not supported")
            default: return .set(try escapedSet())
            }
        }

        /// What a backslash and the bytes after it stand for, in brackets and outside; the index is after the backslash.
        private mutating func escapedSet() throws(Failure) -> ByteClass {
            guard let byte = next else { throw failure("a backslash at the end") }
            index += 1
            switch byte {
            case UInt8(ascii: "d"): return .digits
            case UInt8(ascii: "D"): return ByteClass.digits.inverted
            case UInt8(ascii: "w"): return .wordBytes
            case UInt8(ascii: "W"): return ByteClass.wordBytes.inverted
            case UInt8(ascii: "s"): return .spaces
            case UInt8(ascii: "S"): return ByteClass.spaces.inverted
            case UInt8(ascii: "h"): return ByteClass([9, 32])
            case UInt8(ascii: "N"): return ByteClass([10]).inverted
            case UInt8(ascii: "t"): return ByteClass([9])
            case UInt8(ascii: "n"): return ByteClass([10])
            case UInt8(ascii: "r"): return ByteClass([13])
            case UInt8(ascii: "f"): return ByteClass([12])
            case UInt8(ascii: "a"): return ByteClass([7])
            case UInt8(ascii: "e"): return ByteClass([27])
            case UInt8(ascii: "0"): return ByteClass([try number(base: 8, digits: 2)])
            case UInt8(ascii: "x"):
                if next == UInt8(ascii: "{") {
                    index += 1
                    let value = try number(base: 16, digits: 2)
                    guard next == UInt8(ascii: "}") else { throw failure("\\x{…} takes one byte") }
                    index += 1
                    return ByteClass([value])
                }
                return ByteClass([try number(base: 16, digits: 2)])
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
                var message: Bytes = "\\"
                message.append(byte)
                message.append(" is not supported")
                throw failure(message)
            default:
                let set = ByteClass(CollectionOfOne(byte))
                return set
            }
        }

        private mutating func number(base: Int, digits: Int) throws(Failure) -> UInt8 {
            var value = 0
            var count = 0
            while count < digits, let byte = next, let digit = OptionValue.digit(byte, base: base) {
                value = value * base + digit
                index += 1
                count += 1
            }
            return UInt8(truncatingIfNeeded: value)
        }

        private mutating func bracket() throws(Failure) -> ByteClass {
            var set = ByteClass()
            var isInverted = false
            if next == UInt8(ascii: "^") {
                isInverted = true
                index += 1
            }
            var isFirst = true
            while let byte = next, byte != UInt8(ascii: "]") || isFirst {
                isFirst = false
                index += 1
                var low: UInt8?
                switch byte {
                case UInt8(ascii: "["):
                    if let named = try namedClass() {
                        set.formUnion(named)
                        continue
                    }
                    low = byte
                case UInt8(ascii: "\\"):
                    if next == UInt8(ascii: "b") {
                        index += 1
                        low = 8
                    } else {
                        let escaped = try escapedSet()
                        low = RegularExpression.only(escaped)
                        if low == nil { set.formUnion(escaped) }
                    }
                default: low = byte
                }
                guard let low else { continue }
                if next == UInt8(ascii: "-"), index + 1 < text.count, text[index + 1] != UInt8(ascii: "]") {
                    index += 1
                    var high = text[index]
                    index += 1
                    if high == UInt8(ascii: "\\") {
                        guard let only = RegularExpression.only(try escapedSet()) else {
                            throw failure("a class in a range")
                        }
                        high = only
                    }
                    guard low <= high else { throw failure("a range whose end comes before its start") }
                    set.formUnion(ByteClass(low...high))
                } else {
                    set.insert(low)
                }
            }
            guard next == UInt8(ascii: "]") else { throw failure("'[' without ']'") }
            index += 1
            if ignoresCase { set = set.ignoringCase }
            return isInverted ? set.inverted : set
        }

        /// `[:alpha:]` and the like; the index is after the inner bracket.
        private mutating func namedClass() throws(Failure) -> ByteClass? {
            guard next == UInt8(ascii: ":"), let end = text.find(":]", from: index + 1) else { return nil }
            let name = text[(index + 1)..<end]
            let ascii = UInt8(0)...127
            let set: ByteClass
            switch name {
            case "digit": set = .digits
            case "space": set = .spaces
            case "word": set = .wordBytes
            case "blank": set = ByteClass([9, 32])
            case "lower": set = ByteClass(UInt8(ascii: "a")...UInt8(ascii: "z"))
            case "upper": set = ByteClass(UInt8(ascii: "A")...UInt8(ascii: "Z"))
            case "alpha":
                set = ByteClass(ascii.filter { ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z") })
            case "alnum":
                set = ByteClass(ascii.filter { ByteClass.wordBytes.contains($0) && $0 != UInt8(ascii: "_") })
            case "punct":
                set = ByteClass(
                    ascii.filter {
                        $0 > 32 && $0 < 127 && (!ByteClass.wordBytes.contains($0) || $0 == UInt8(ascii: "_"))
                    })
            case "xdigit": set = ByteClass(ascii.filter { OptionValue.digit($0, base: 16) != nil })
            case "cntrl": set = ByteClass(ascii.filter { $0 < 32 || $0 == 127 })
            case "print": set = ByteClass(UInt8(32)...126)
            case "graph": set = ByteClass(UInt8(33)...126)
            default:
                var message: Bytes = "no class [:"
                message.append(name)
                message.append(":]")
                throw failure(message)
            }
            index = end + 2
            return set
        }

        // MARK: The program

        private func size(of node: Node) -> Int {
            switch node {
            case .empty: return 0
            case .set, .start, .end, .wordBoundary: return 1
            case .group(let inner, _): return size(of: inner) + 2
            case .sequence(let nodes), .alternatives(let nodes):
                return nodes.reduce(0) { min($0 + size(of: $1) + 2, Int.max / 4) }
            case .repeated(let inner, let minimum, let maximum, _):
                let count = max(minimum, maximum ?? minimum) + 1
                return min((size(of: inner) + 2).multipliedReportingOverflow(by: count).partialValue, Int.max / 4)
            }
        }

        mutating func emit(_ node: Node) {
            switch node {
            case .empty: break
            case .set(let set):
                program.append(RegularExpression.only(set).map { .byte($0) } ?? .any(set))
            case .start: program.append(.start)
            case .end: program.append(.end)
            case .wordBoundary(let wanted): program.append(.wordBoundary(wanted))
            case .sequence(let nodes):
                for node in nodes { emit(node) }
            case .group(let inner, let number):
                if let number { program.append(.save(number * 2)) }
                emit(inner)
                if let number { program.append(.save(number * 2 + 1)) }
            case .alternatives(let nodes):
                var exits: [Int] = []
                for (index, node) in nodes.enumerated() {
                    guard index < nodes.count - 1 else {
                        emit(node)
                        break
                    }
                    let split = program.count
                    program.append(.split(0, 0))
                    emit(node)
                    exits.append(program.count)
                    program.append(.jump(0))
                    program[split] = .split(split + 1, program.count)
                }
                for exit in exits { program[exit] = .jump(program.count) }
            case .repeated(let inner, let minimum, let maximum, let isLazy):
                for _ in 0..<minimum { emit(inner) }
                if let maximum {
                    var splits: [Int] = []
                    for _ in minimum..<max(maximum, minimum) {
                        splits.append(program.count)
                        program.append(.split(0, 0))
                        emit(inner)
                    }
                    for split in splits { program[split] = choice(split + 1, program.count, isLazy) }
                } else {
                    let split = program.count
                    program.append(.split(0, 0))
                    emit(inner)
                    program.append(.jump(split))
                    program[split] = choice(split + 1, program.count, isLazy)
                }
            }
        }

        private func choice(_ more: Int, _ leave: Int, _ isLazy: Bool) -> Instruction {
            isLazy ? .split(leave, more) : .split(more, leave)
        }
    }

    /// The one byte of a set that has just one.
    static func only(_ set: ByteClass) -> UInt8? {
        let words = set.words
        guard words.0.nonzeroBitCount + words.1.nonzeroBitCount + words.2.nonzeroBitCount + words.3.nonzeroBitCount == 1
        else { return nil }
        if words.0 != 0 { return UInt8(words.0.trailingZeroBitCount) }
        if words.1 != 0 { return UInt8(64 + words.1.trailingZeroBitCount) }
        if words.2 != 0 { return UInt8(128 + words.2.trailingZeroBitCount) }
        return UInt8(192 + words.3.trailingZeroBitCount)
    }
}
