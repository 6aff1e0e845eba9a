// How a template's source becomes its tree and the segments of its text.

import Bytes
import Syntax

extension JobTemplate {
    enum OperandPiece {
        case literal(Bytes)
        case value(ReplacementString)
    }

    /// Where a replacement string stands in the source.
    struct Use {
        var id: Int
        var range: Range<Int>
        var quoting: PlaceholderUse.Quoting
    }

    static func split(_ operand: Bytes, _ table: ReplacementTable) throws(ReplacementTable.Failure) -> [OperandPiece] {
        var pieces: [OperandPiece] = []
        var end = 0
        for (range, meaning) in try table.occurrences(in: operand) {
            if range.lowerBound > end { pieces.append(.literal(operand[end..<range.lowerBound])) }
            pieces.append(.value(meaning))
            end = range.upperBound
        }
        if end < operand.count { pieces.append(.literal(operand.suffix(from: end))) }
        return pieces
    }

    /// The simple command whose words are the operands, with nothing in them special.
    static func quoted(
        _ operands: [[OperandPiece]]
    ) -> (list: List, meanings: [ReplacementString], segments: [Segment]) {
        var meanings: [ReplacementString] = []
        var segments: [Segment] = []
        var words: [Word] = []
        for pieces in operands {
            var parts: [WordPart] = []
            var inner: [Segment] = []
            for piece in pieces {
                switch piece {
                case .literal(let text):
                    parts.append(.singleQuoted(text))
                    inner.append(.literal(text))
                case .value(let meaning):
                    let id = meanings.firstIndex(of: meaning) ?? meanings.count
                    if id == meanings.count { meanings.append(meaning) }
                    parts.append(.placeholder(id))
                    inner.append(.value(id, .none))
                }
            }
            if parts.isEmpty { parts.append(.singleQuoted("")) }
            words.append(Word(parts))
            segments.append(.operand(inner))
        }
        let command = Command.simple(SimpleCommand(words: words, position: .start))
        return (List([ListItem(first: Pipeline([command]))]), meanings, segments)
    }

    /// The tree of a template and the places of its replacement strings. No tree if the template is right only with
    /// values in their place.
    static func parse(
        _ text: Bytes, _ matcher: TemplateMatcher, _ found: [(range: Range<Int>, meaning: ReplacementString)],
        isForeign: Bool
    ) throws(ReplacementTable.Failure) -> (list: List?, uses: [Use]) {
        var parser = Parser(text, options: ParserOptions(placeholders: matcher))
        var list = List()
        do throws(ParseError) {
            while let command = try parser.nextCommand() { list.items += command.items }
        } catch {
            // Each job's text is then parsed by itself, if a text with values could ever be right.
            guard isForeign || isRightWithValues(text, found) else {
                throw ReplacementTable.Failure(message: message(error, text, isAppended: matcher.appendedAt != nil))
            }
            return (nil, plainUses(found, matcher.meanings))
        }
        if assignsByPlaceholder(list) { return (nil, plainUses(found, matcher.meanings)) }
        let uses = parser.placeholderUses.map {
            Use(id: $0.id, range: $0.offset..<$0.offset + $0.length, quoting: $0.quoting)
        }
        return (list, uses.sorted { $0.range.lowerBound < $1.range.lowerBound })
    }

    private static func plainUses(
        _ found: [(range: Range<Int>, meaning: ReplacementString)], _ meanings: [ReplacementString]
    ) -> [Use] {
        found.map { range, meaning in
            Use(id: meanings.firstIndex(of: meaning) ?? 0, range: range, quoting: .none)
        }
    }

    private static func isRightWithValues(
        _ text: Bytes, _ found: [(range: Range<Int>, meaning: ReplacementString)]
    ) -> Bool {
        var example = Bytes()
        var end = 0
        for (range, _) in found {
            example.append(text[end..<range.lowerBound])
            example.append("x")
            end = range.upperBound
        }
        example.append(text.suffix(from: end))
        return (try? Parser.parse(example)) != nil
    }

    private static func message(_ error: ParseError, _ text: Bytes, isAppended: Bool) -> Bytes {
        var message = error.render(name: "command")
        if message.last == UInt8(ascii: "\n") { message.removeLast() }
        if isAppended {
            message.append(
                "\n(no replacement string: the arguments are put after the command; to put them elsewhere, use {})")
        }
        return message
    }

    /// Whether `X{}=1` occurs where an assignment can stand: with the value in its place it would be one.
    private static func assignsByPlaceholder(_ list: List) -> Bool {
        list.items.contains { item in
            ([item.first] + item.rest.map(\.pipeline)).contains { pipeline in
                pipeline.commands.contains { command in
                    guard case .simple(let simple) = command, let word = simple.words.first else { return false }
                    var name = Bytes()
                    for (index, part) in word.parts.enumerated() {
                        switch part {
                        case .literal(let text):
                            if index > 0, let equals = text.find(UInt8(ascii: "=")) {
                                return Names.isName(name + text.prefix(equals))
                            }
                            name.append(text)
                        case .placeholder: name.append("_")
                        default: return false
                        }
                    }
                    return false
                }
            }
        }
    }

    /// The list with the quotes of words taken apart at replacement strings. A value is text whether quoted or not; but
    /// only a word that has it outside quotes is repeated for each argument, and `-X` shall repeat `"{}"` too.
    static func crossingQuotes(_ list: List) -> List {
        func word(_ word: Word) -> Word {
            var parts: [WordPart] = []
            for part in word.parts {
                guard case .doubleQuoted(let inner) = part else {
                    parts.append(part)
                    continue
                }
                var run: [WordPart] = []
                for part in inner {
                    if case .placeholder = part {
                        if !run.isEmpty { parts.append(.doubleQuoted(run)) }
                        run = []
                        parts.append(part)
                    } else {
                        run.append(part)
                    }
                }
                if !run.isEmpty || inner.isEmpty { parts.append(.doubleQuoted(run)) }
            }
            return Word(parts, position: word.position)
        }
        func pipeline(_ pipeline: Pipeline) -> Pipeline {
            var result = pipeline
            result.commands = pipeline.commands.map { command in
                guard case .simple(var simple) = command else { return command }
                simple.words = simple.words.map(word)
                return .simple(simple)
            }
            return result
        }
        return List(
            list.items.map { item in
                var result = item
                result.first = pipeline(item.first)
                result.rest = item.rest.map { AndOrPart(isAnd: $0.isAnd, pipeline: pipeline($0.pipeline)) }
                return result
            })
    }

    // MARK: Segments

    static func segments(
        _ text: Bytes, _ found: [(range: Range<Int>, meaning: ReplacementString)], _ meanings: [ReplacementString]
    ) -> [Segment] {
        segments(text, plainUses(found, meanings), crossing: false, meanings: meanings)
    }

    /// The text cut at the replacement strings; `crossing`, each word with an unquoted one that stands for all
    /// arguments is a segment by itself.
    static func segments(
        _ text: Bytes, _ uses: [Use], crossing: Bool, meanings: [ReplacementString]
    ) -> [Segment] {
        let words = crossing ? wordRanges(of: text) : []
        var result: [Segment] = []
        var end = 0
        var index = 0
        while index < uses.count {
            let use = uses[index]
            var range = use.range
            var count = 1
            var segment = Segment.value(use.id, use.quoting)
            if let word = words.first(where: { $0.contains(use.range.lowerBound) }) {
                let inside = uses[index...].prefix { word.contains($0.range.lowerBound) }
                if inside.contains(where: { $0.quoting != .other && meanings[$0.id].isPlural }) {
                    range = max(word.lowerBound, end)..<word.upperBound
                    count = inside.count
                    let shifted = inside.map { use in
                        let start = use.range.lowerBound - range.lowerBound
                        return Use(id: use.id, range: start..<start + use.range.count, quoting: use.quoting)
                    }
                    segment = .word(segments(text[range], shifted, crossing: false, meanings: meanings))
                }
            }
            if range.lowerBound > end { result.append(.literal(text[end..<range.lowerBound])) }
            result.append(segment)
            end = range.upperBound
            index += count
        }
        if end < text.count { result.append(.literal(text.suffix(from: end))) }
        return result
    }

    /// Where the words of a source text are: what stands between unquoted blanks and operators. Rough, for the text of
    /// `-X` only; the words that are run come from the parser.
    private static func wordRanges(of text: Bytes) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start: Int?
        var quote: UInt8 = 0
        var index = 0
        while index < text.count {
            let byte = text[index]
            if quote != 0 {
                if byte == quote {
                    quote = 0
                } else if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                    index += 1
                }
            } else {
                switch byte {
                case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: ";"), UInt8(ascii: "&"),
                    UInt8(ascii: "|"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "("), UInt8(ascii: ")"):
                    if let begin = start { ranges.append(begin..<index) }
                    start = nil
                    index += 1
                    continue
                case UInt8(ascii: "'"), UInt8(ascii: "\""): quote = byte
                case UInt8(ascii: "\\"):
                    start = start ?? index
                    index += 1
                default: break
                }
            }
            start = start ?? index
            index += 1
        }
        if let start { ranges.append(start..<text.count) }
        return ranges
    }
}
