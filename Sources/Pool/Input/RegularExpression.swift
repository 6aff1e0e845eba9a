// Regular expressions in Perl's notation, as `--colsep` and the replacement strings of `--plus` take them.
//
// libc's expressions know no `\d`, no `*?` and prefer the longest alternative to the first, so users of GNU parallel,
// which hands these to Perl, would get other columns. This is the part of Perl's notation that has a use there:
// literals, `.`, classes, `\d \w \s \b` and their opposites, anchors, groups, alternatives, greedy and lazy
// quantifiers, `(?i)`. What is left out (look-around, back references) is an error, not a surprise.
//
// An expression is compiled to a program for a backtracking machine. Each pair of instruction and place is tried once
// only, which changes no result without back references and makes the time linear in the text.

import Bytes

/// A compiled regular expression over bytes. Equality is that of the source text and of its laziness.
struct RegularExpression: Hashable, Sendable {
    struct Failure: Error, Sendable {
        var message: Bytes
    }

    /// A set of byte values.
    struct ByteClass: Hashable, Sendable {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

        static func == (a: ByteClass, b: ByteClass) -> Bool { a.words == b.words }
        func hash(into hasher: inout Hasher) { hasher.combine(words.0 ^ words.1 ^ words.2 ^ words.3) }

        func contains(_ byte: UInt8) -> Bool {
            let bit = UInt64(1) << UInt64(byte & 63)
            switch byte >> 6 {
            case 0: return words.0 & bit != 0
            case 1: return words.1 & bit != 0
            case 2: return words.2 & bit != 0
            default: return words.3 & bit != 0
            }
        }

        mutating func insert(_ byte: UInt8) {
            let bit = UInt64(1) << UInt64(byte & 63)
            switch byte >> 6 {
            case 0: words.0 |= bit
            case 1: words.1 |= bit
            case 2: words.2 |= bit
            default: words.3 |= bit
            }
        }

        mutating func formUnion(_ other: ByteClass) {
            words.0 |= other.words.0
            words.1 |= other.words.1
            words.2 |= other.words.2
            words.3 |= other.words.3
        }

        var inverted: ByteClass {
            var result = self
            result.words = (~words.0, ~words.1, ~words.2, ~words.3)
            return result
        }

        /// With the other case of each letter.
        var ignoringCase: ByteClass {
            var result = self
            for byte in UInt8(ascii: "a")...UInt8(ascii: "z") where contains(byte) || contains(byte ^ 0x20) {
                result.insert(byte)
                result.insert(byte ^ 0x20)
            }
            return result
        }

        init() {}

        init(_ bytes: some Sequence<UInt8>) {
            for byte in bytes { insert(byte) }
        }

        static let digits = ByteClass(UInt8(ascii: "0")...UInt8(ascii: "9"))
        static let spaces = ByteClass([9, 10, 11, 12, 13, 32])
        static let wordBytes: ByteClass = {
            var result = digits
            for byte in UInt8(ascii: "a")...UInt8(ascii: "z") {
                result.insert(byte)
                result.insert(byte ^ 0x20)
            }
            result.insert(UInt8(ascii: "_"))
            return result
        }()
    }

    enum Instruction: Sendable {
        case byte(UInt8)
        case any(ByteClass)
        /// Try the first, then the second.
        case split(Int, Int)
        case jump(Int)
        case save(Int)
        case start
        case end
        case wordBoundary(Bool)
        case match
    }

    let source: Bytes
    let isLazy: Bool
    let program: [Instruction]
    /// The bytes with which a match can begin; nil if it can be empty or begins with an assertion.
    let firstBytes: ByteClass?
    /// The whole expression is this one byte.
    let literalByte: UInt8?

    static func == (a: RegularExpression, b: RegularExpression) -> Bool {
        a.source == b.source && a.isLazy == b.isLazy
    }
    func hash(into hasher: inout Hasher) { hasher.combine(source) }

    /// Compiles `source`.
    ///
    /// - Parameter isLazy: quantifiers take as little as they can, those with `?` as much.
    init(_ source: Bytes, isLazy: Bool = false) throws(Failure) {
        self.source = source
        self.isLazy = isLazy
        if source.count == 1, source[0] != UInt8(ascii: ".") {
            // Also `|`, which as an alternative of nothing and nothing would be of no use to anyone.
            literalByte = source[0]
            program = [.byte(source[0]), .match]
            firstBytes = ByteClass(source)
            return
        }
        var compiler = Compiler(source, isLazy: isLazy)
        let node = try compiler.parse()
        compiler.emit(node)
        compiler.program.append(.match)
        program = compiler.program
        if case .set(let set) = node, let only = RegularExpression.only(set) {
            literalByte = only
        } else {
            literalByte = nil
        }
        firstBytes = RegularExpression.first(of: node)
    }

    // MARK: Matching

    struct Match {
        var range: Range<Int>
        /// What the first group holds.
        var group: Range<Int>?
    }

    /// The first match that begins at or after `start`.
    func firstMatch(in text: UnsafeBufferPointer<UInt8>, from start: Int = 0) -> Match? {
        if let literalByte {
            return text.find(literalByte, from: start).map { Match(range: $0..<$0 + 1) }
        }
        var index = start
        var machine = Machine(program: program, text: text)
        while index <= text.count {
            if let firstBytes {
                while index < text.count, !firstBytes.contains(text[index]) { index += 1 }
                if index == text.count { return nil }
            }
            if let match = machine.run(at: index) { return match }
            index += 1
        }
        return nil
    }

    /// The match that begins at `index`, if there is one.
    func match(in text: UnsafeBufferPointer<UInt8>, at index: Int) -> Match? {
        var machine = Machine(program: program, text: text)
        return machine.run(at: index)
    }

    /// Whether all of the text from `index` on is a match.
    func matchesAll(of text: UnsafeBufferPointer<UInt8>, from index: Int) -> Bool {
        var machine = Machine(program: program, text: text, mustReachEnd: true)
        return machine.run(at: index) != nil
    }

    private struct Machine {
        let program: [Instruction]
        let text: UnsafeBufferPointer<UInt8>
        let mustReachEnd: Bool
        /// Pairs of instruction and place that led to nothing, over all the starts: where a match begins does not
        /// matter to what follows.
        private var visited: [UInt64]
        private var stack: [(pc: Int, index: Int, group: (Int, Int))] = []

        init(program: [Instruction], text: UnsafeBufferPointer<UInt8>, mustReachEnd: Bool = false) {
            self.program = program
            self.text = text
            self.mustReachEnd = mustReachEnd
            visited = [UInt64](repeating: 0, count: (program.count * (text.count + 1) + 63) / 64)
        }

        mutating func run(at start: Int) -> Match? {
            stack.removeAll(keepingCapacity: true)
            stack.append((0, start, (-1, -1)))
            while let (pc0, index0, group0) = stack.popLast() {
                var pc = pc0
                var index = index0
                var group = group0
                thread: while true {
                    let bit = pc * (text.count + 1) + index
                    if visited[bit >> 6] & 1 << UInt64(bit & 63) != 0 { break }
                    visited[bit >> 6] |= 1 << UInt64(bit & 63)
                    switch program[pc] {
                    case .byte(let byte):
                        guard index < text.count, text[index] == byte else { break thread }
                        index += 1
                        pc += 1
                    case .any(let set):
                        guard index < text.count, set.contains(text[index]) else { break thread }
                        index += 1
                        pc += 1
                    case .split(let first, let second):
                        stack.append((second, index, group))
                        pc = first
                    case .jump(let target):
                        pc = target
                    case .save(let slot):
                        if slot == 0 { group.0 = index } else if slot == 1 { group.1 = index }
                        pc += 1
                    case .start:
                        guard index == 0 else { break thread }
                        pc += 1
                    case .end:
                        guard index == text.count || (index == text.count - 1 && text[index] == UInt8(ascii: "\n"))
                        else {
                            break thread
                        }
                        pc += 1
                    case .wordBoundary(let wanted):
                        let before = index > 0 && ByteClass.wordBytes.contains(text[index - 1])
                        let after = index < text.count && ByteClass.wordBytes.contains(text[index])
                        guard (before != after) == wanted else { break thread }
                        pc += 1
                    case .match:
                        guard !mustReachEnd || index == text.count else { break thread }
                        return Match(range: start..<index, group: group.1 >= 0 ? group.0..<group.1 : nil)
                    }
                }
            }
            return nil
        }
    }

    // MARK: What a match can begin with

    private static func first(of node: Node) -> ByteClass? {
        switch node {
        case .empty, .start, .end, .wordBoundary: return nil
        case .set(let set): return set
        case .group(let inner, _): return first(of: inner)
        case .sequence(let nodes): return nodes.first.flatMap(first)
        case .alternatives(let nodes):
            var union = ByteClass()
            for node in nodes {
                guard let set = first(of: node) else { return nil }
                union.formUnion(set)
            }
            return union
        case .repeated(let inner, let minimum, _, _): return minimum > 0 ? first(of: inner) : nil
        }
    }

    indirect enum Node {
        case empty
        case set(ByteClass)
        case sequence([Node])
        case alternatives([Node])
        /// The number of the group that captures; nil for `(?:…)`.
        case group(Node, Int?)
        case repeated(Node, minimum: Int, maximum: Int?, isLazy: Bool)
        case start
        case end
        case wordBoundary(Bool)
    }
}
