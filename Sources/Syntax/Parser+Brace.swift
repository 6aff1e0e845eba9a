// Brace expansion, as bash has it. The parts of the word are known when this begins, so that what is quoted, escaped or an
// expansion is out of the way: braces and commas that count are in literal parts. A first pass pairs them and decides what
// is a list, a range or mere text; the second builds the parts.

import Bytes

extension Parser {
    private struct BraceMark {
        enum Role { case text, list, range, separator, close }

        var part: Int
        var index: Int
        var role = Role.text
    }

    private struct OpenBrace {
        var mark: Int
        var separators: [Int] = []
    }

    private struct BraceFrame {
        var alternatives: [Word] = []
        var builder = WordBuilder()
    }

    mutating func parseBraces(_ parts: [WordPart]) throws(Failure) -> [WordPart] {
        var marks: [BraceMark] = []
        var open: [OpenBrace] = []
        for (partIndex, part) in parts.enumerated() {
            guard case .literal(let text) = part else { continue }
            for index in 0..<text.count {
                switch text[index] {
                case "{":
                    open.append(OpenBrace(mark: marks.count))
                case ",":
                    guard !open.isEmpty else { continue }
                    open[open.count - 1].separators.append(marks.count)
                case "}":
                    guard let opening = open.popLast() else { continue }
                    let first = marks[opening.mark]
                    if !opening.separators.isEmpty {
                        marks[opening.mark].role = .list
                        for separator in opening.separators { marks[separator].role = .separator }
                    } else if opening.mark == marks.count - 1, first.part == partIndex,
                        braceRange(text[first.index + 1..<index]) != nil
                    {
                        marks[opening.mark].role = .range
                    } else {
                        continue
                    }
                    marks.append(BraceMark(part: partIndex, index: index, role: .close))
                    continue
                default: continue
                }
                marks.append(BraceMark(part: partIndex, index: index))
            }
        }
        marks.removeAll { $0.role == .text }
        return marks.isEmpty ? parts : try build(parts, marks)
    }

    private mutating func build(_ parts: [WordPart], _ marks: [BraceMark]) throws(Failure) -> [WordPart] {
        var frames = [BraceFrame()]
        var next = 0
        for (partIndex, part) in parts.enumerated() {
            guard case .literal(let text) = part else {
                frames[frames.count - 1].builder.append(part)
                continue
            }
            var start = 0
            while next < marks.count, marks[next].part == partIndex {
                let mark = marks[next]
                next += 1
                frames[frames.count - 1].builder.append(text[start..<mark.index])
                start = mark.index + 1
                switch mark.role {
                case .list:
                    guard frames.count + depth <= options.maximumDepth else {
                        throw error("braces nested too deeply", at: here)
                    }
                    frames.append(BraceFrame())
                case .separator:
                    let alternative = Word(frames[frames.count - 1].builder.finish())
                    frames[frames.count - 1].alternatives.append(alternative)
                    frames[frames.count - 1].builder = WordBuilder()
                case .range:
                    let close = marks[next].index
                    next += 1
                    if let range = braceRange(text[start..<close]) { frames[frames.count - 1].builder.append(range) }
                    start = close + 1
                case .close, .text:
                    var frame = frames.removeLast()
                    frame.alternatives.append(Word(frame.builder.finish()))
                    frames[frames.count - 1].builder.append(.braceList(frame.alternatives))
                }
            }
            frames[frames.count - 1].builder.append(text[start..<text.count])
        }
        var result = frames[0].builder.finish()
        resolveTildes(&result)
        return result
    }

    /// `from..to` or `from..to..step`, of integers or of letters.
    private func braceRange(_ text: Bytes) -> WordPart? {
        guard let first = text.find("..") else { return nil }
        let from = text[0..<first]
        var to = text.suffix(from: first + 2)
        var step: Bytes?
        if let second = to.find("..") {
            step = to.suffix(from: second + 2)
            to = to[0..<second]
        }
        if let step, step.decimal == nil { return nil }
        let areNumbers = from.decimal != nil && to.decimal != nil
        guard areNumbers || (isLetter(from) && isLetter(to)) else { return nil }
        return .braceRange(from: from, to: to, step: step)
    }

    private func isLetter(_ text: Bytes) -> Bool {
        text.count == 1 && Names.isNameStart(text[0]) && text[0] != "_"
    }

    /// Alternatives at the start of a word can begin with a tilde-prefix: `{~/a,~user/b}`.
    private func resolveTildes(_ parts: inout [WordPart]) {
        guard case .braceList(var alternatives)? = parts.first else { return }
        var endsWord = parts.count == 1
        if parts.count > 1, case .literal(let text) = parts[1] { endsWord = text.hasPrefix("/") }
        for index in alternatives.indices {
            guard case .literal(let text)? = alternatives[index].parts.first, text.hasPrefix("~") else { continue }
            var length = 1
            while length < text.count, ByteSet.tildeNames.contains(text[length]) || text[length] >= 0x80 { length += 1 }
            let isWhole = length == text.count
            guard isWhole ? endsWord && alternatives[index].parts.count == 1 : text[length] == "/" else { continue }
            alternatives[index].parts[0] = .tilde(text[1..<length])
            if !isWhole { alternatives[index].parts.insert(.literal(text.suffix(from: length)), at: 1) }
        }
        parts[0] = .braceList(alternatives)
    }
}
