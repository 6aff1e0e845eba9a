// The parser: a hand-written recursive descent over the bytes of the script, one function a rule of the grammar in
// POSIX.1-2024, Shell Command Language, 2.10.2.
//
// There is no separate stream of tokens. Whether `{`, `if` or `2` is an operator, a reserved word or a part of a word
// depends on where it stands, and the rule that is being parsed knows. So each rule skips what stands between tokens
// (Lexer.swift), looks at one byte and decides. This file holds the state and the lists, and-or lists and pipelines; the
// other rules are in the files beside it:
//
//     Parser+Simple       simple commands, assignments, function definitions
//     Parser+Compound     if, for, case, …
//     Parser+Conditional  [[ … ]]
//     Parser+Redirection, Parser+HereDocument
//     Parser+Word         words, unquoted text, braces in Parser+Brace
//     Parser+Quoted       what stands in quotes, backquotes
//     Parser+Parameter    ${…} and the other expansions
//     Parser+Arithmetic   the text of $((…)); its expression in ArithmeticParser
//     Parser+Alias        alias substitution

import Bytes

package struct ParserOptions: Sendable {
    /// The value of an alias.
    package var aliases: (@Sendable (Bytes) -> Bytes?)?
    package var placeholders: (any PlaceholderMatcher)?
    /// The extensions that give another meaning to what POSIX defines are off: brace expansion, `&>`, `$"…"`.
    package var isPosix: Bool
    /// Groups of patterns may stand in words even so, as `shopt -s extglob` says.
    package var takesGroups = false
    /// Brace expansion is on, but for `isPosix`.
    package var takesBraces = true
    /// For a prompt that asks for more lines: a text that ends in a here-document or in a line continuation is incomplete.
    /// Otherwise its end ends them.
    package var wantsMoreLines: Bool
    /// How deep commands, expansions and expressions may be nested, for those who walk the tree.
    package var maximumDepth: Int
    /// How many bytes of stack the parser may use. With less than some MiB, the nesting that fits is less than
    /// `maximumDepth`.
    package var maximumStack: Int
    /// The parser notes what is open at the end of the text (Parser+Cursor.swift).
    var tracesCursor = false

    package init(
        aliases: (@Sendable (Bytes) -> Bytes?)? = nil, placeholders: (any PlaceholderMatcher)? = nil,
        isPosix: Bool = false, wantsMoreLines: Bool = false, maximumDepth: Int = 1000,
        maximumStack: Int = 4 << 20
    ) {
        self.aliases = aliases
        self.placeholders = placeholders
        self.isPosix = isPosix
        self.wantsMoreLines = wantsMoreLines
        self.maximumDepth = maximumDepth
        self.maximumStack = maximumStack
    }
}

package struct Parser {
    // The text and the place in it (Lexer.swift).
    var source: [UInt8]
    var pos = 0
    var line: Int
    /// The index at which the line begins; negative if its beginning was dropped.
    var lineStart = 0
    /// Where the last command begins in the whole text.
    private var commandStart = 0
    /// The offset of the buffer's first byte in the whole text.
    var base = 0
    var nulIndex: Int?
    let refill: ((inout [UInt8]) -> Bool)?
    /// `refill` had no more, during this command.
    var inputEnded = false
    /// Text that comes after that in `source`, the last piece first (Parser+Alias.swift).
    var deferred: [ArraySlice<UInt8>] = []
    /// Some text has a line continuation; before `straightenedTo` no run of bytes has one.
    var hasContinuations = false
    var straightenedTo = 0
    /// The last line continuation, at the end of the text, is no longer there.
    var endsInContinuation = false

    package var options: ParserOptions
    var depth = 0
    var stack: StackMeter
    /// The error of the last `Failure`.
    var failure: ParseError?
    /// The last error was one of nesting: nothing else is to be tried.
    var isTooDeep = false

    let hasPlaceholders: Bool
    let placeholderStarts: ByteSet
    /// The replacement strings found so far, in the order of the text.
    package internal(set) var placeholderUses: [PlaceholderUse] = []

    // A parser of a part of another one's text: the inside of backquotes, the body of a here-document.

    /// How many texts are around this one.
    var textDepth = 0
    /// Which place each piece of the text had in the outer text.
    var segments: [SourceSegment] = []
    var endDescription: Bytes = "end of input"
    /// More input would come after the end of this text.
    var isOpenEnded = true
    /// What `PlaceholderUse.quoting` is, whatever the quoting here.
    var outerQuoting: PlaceholderUse.Quoting?

    var pendingHereDocuments: [PendingHereDocument] = []

    // Aliases (Parser+Alias.swift)
    var splices: [AliasSplice] = []
    var checksNextWord = false
    var aliasesSuspended = 0
    var metSuspendedAlias = false

    /// The places at which what looked like `((expression))`, a subscript or `${…}` proved to be something else. Without
    /// this, nested ones would be tried again at every level: exponentially often.
    var failedAttempts: Set<Int> = []
    /// The last of those attempts came to the end of the text.
    var arithmeticMetEnd = false
    /// No subscript that begins before this index is closed.
    var subscriptFailedTo = 0

    // What is open where the parser stands, for completion (Parser+Cursor.swift).
    let isTraced: Bool
    var sites: [CursorSite] = []
    /// What was open when the end of the text was first met.
    var cursorSites: [CursorSite]?

    /// A parser of `source`.
    ///
    /// - Parameters:
    ///   - line: the number of the first line.
    ///   - refill: appends the next lines, each with its newline, to the text when the parser needs more; false at the
    ///     end.
    package init(
        _ source: Bytes, line: Int = 1, options: ParserOptions = .init(), refill: ((inout [UInt8]) -> Bool)? = nil
    ) {
        var text: [UInt8] = []
        text.reserveCapacity(source.count + Parser.padding)
        source.withUnsafeBytes { text.append(contentsOf: $0) }
        self.init(text: text, line: line, options: options, refill: refill)
    }

    init(text: [UInt8], line: Int, options: ParserOptions, refill: ((inout [UInt8]) -> Bool)? = nil) {
        source = text
        self.line = line
        self.options = options
        self.refill = refill
        var starts = ByteSet()
        if let matcher = options.placeholders {
            for byte in UInt8.min...UInt8.max where matcher.canStart(byte) { starts.insert(byte) }
        }
        stack = StackMeter(limit: options.maximumStack)
        hasPlaceholders = options.placeholders != nil
        isTraced = options.tracesCursor
        placeholderStarts = starts
        prepare(from: 0)
    }

    /// The text of the last command, with all its lines: for the history.
    package var commandText: Bytes {
        let start = commandStart - base
        guard start >= 0, start <= pos, pos <= end else { return Bytes() }
        return Bytes(source[start..<pos])
    }

    /// The bytes of the text that the commands returned so far took, up to and with the newline.
    package var consumed: Int { base + pos }

    /// The whole of a text as one list.
    package static func parse(
        _ source: Bytes, line: Int = 1, options: ParserOptions = .init()
    ) throws(ParseError) -> List {
        var parser = Parser(source, line: line, options: options)
        return try parser.parseAll()
    }

    /// All commands that are left, as one list.
    package mutating func parseAll() throws(ParseError) -> List {
        guard var all = try nextCommand() else { return List() }
        while let next = try nextCommand() { all.items += next.items }
        return all
    }

    /// The next complete command: the and-or lists of one line, with all lines that its compound commands and
    /// here-documents take. An empty line is an empty list; nil is the end of the input.
    package mutating func nextCommand() throws(ParseError) -> List? {
        do throws(Failure) {
            return try parseCompleteCommand()
        } catch {
            throw failure ?? ParseError(message: "syntax error", position: here, sourceLine: "")
        }
    }

    private mutating func parseCompleteCommand() throws(Failure) -> List? {
        stack = StackMeter(limit: options.maximumStack)
        dropConsumed()
        commandStart = base + pos
        inputEnded = false
        try skipBlanks()
        try substituteAliases()
        if source[pos] == 0 {
            if options.wantsMoreLines { try checkEnd() }
            return nil
        }
        var items: [ListItem] = []
        while true {
            switch source[pos] {
            case 0:
                if options.wantsMoreLines { try checkEnd() }
                // Here-documents whose bodies would follow have none.
                pendingHereDocuments.removeAll()
                return List(items)
            case "\n":
                try consumeNewline()
                return List(items)
            default: break
            }
            var item = try parseAndOr()
            switch source[pos] {
            case ";" where source[pos + 1] != ";" && source[pos + 1] != "&": pos += 1
            case "&":
                item.isAsynchronous = true
                pos += 1
            case "\n", 0: break
            default: throw unexpected()
            }
            items.append(item)
            try skipBlanks()
            try substituteAliases()
        }
    }

    /// At the end of the text: whether it ends in the middle of something.
    private mutating func checkEnd() throws(Failure) {
        if let document = pendingHereDocuments.first { throw unterminated(document) }
        if endsInContinuation || (end > 1 && source[end - 1] == "\n" && source[end - 2] == "\\") {
            throw error("expected a line after the line continuation", at: here, isIncomplete: true)
        }
    }

    /// After an error: forgets what is left of the text that was read so far, for a prompt that asks anew.
    package mutating func discard() {
        pos = end
        advance(to: end)
        lineStart = pos
        deferred = []
        pendingHereDocuments = []
        splices = []
        depth = 0
        isTooDeep = false
        aliasesSuspended = 0
        checksNextWord = false
        failedAttempts = []
    }

    // MARK: Lists

    /// The list inside a compound command or substitution, perhaps empty: up to a reserved word that closes something,
    /// `)`, `;;`, the end, or what can't follow; the caller knows which it wants.
    mutating func parseList() throws(Failure) -> List {
        var items: [ListItem] = []
        while true {
            try skipNewlines()
            if try substituteAliases() { try skipNewlines() }
            if isAtListEnd { return List(items) }
            var item = try parseAndOr()
            switch source[pos] {
            case ";" where source[pos + 1] == ";" || source[pos + 1] == "&":
                items.append(item)
                return List(items)
            case ";": pos += 1
            case "&":
                item.isAsynchronous = true
                pos += 1
            case "\n": break
            default:
                items.append(item)
                return List(items)
            }
            items.append(item)
        }
    }

    private var isAtListEnd: Bool {
        switch source[pos] {
        case 0, ")": return true
        case ";": return source[pos + 1] == ";" || source[pos + 1] == "&"
        default: return reservedWord()?.isCloser ?? false
        }
    }

    /// A list that has a command.
    mutating func parseNonEmptyList() throws(Failure) -> List {
        let list = try parseList()
        if list.items.isEmpty { throw expected("a command") }
        return list
    }

    /// Afterwards the parser stands at the separator.
    private mutating func parseAndOr() throws(Failure) -> ListItem {
        var item = ListItem(first: try parsePipeline())
        while true {
            let byte = source[pos]
            guard byte == "&" || byte == "|", source[pos + 1] == byte else { return item }
            pos += 2
            try skipLinebreak()
            item.rest.append(AndOrPart(isAnd: byte == "&", pipeline: try parsePipeline()))
        }
    }

    private mutating func parsePipeline() throws(Failure) -> Pipeline {
        var isNegated = false
        var timing: Pipeline.Timing?
        while source[pos] == "!" || source[pos] == "t" {
            let word = reservedWord()
            if word == .bang {
                isNegated.toggle()
                pos += 1
                try skipBlanks()
            } else if word == .time {
                timing = try parseTime()
                if ByteSet.commandEnds.contains(source[pos]), source[pos] != "(" {
                    let nothing = SimpleCommand(position: here)
                    return Pipeline([.simple(nothing)], isNegated: isNegated, timing: timing)
                }
            } else {
                break
            }
        }
        var pipeline = Pipeline([try parseCommand()], isNegated: isNegated, timing: timing)
        while true {
            try skipBlanks()
            guard source[pos] == "|", source[pos + 1] != "|" else { return pipeline }
            pos += 1
            if source[pos] == "&" {
                let place = position(at: pos - 1)
                pos += 1
                let last = pipeline.commands.removeLast()
                pipeline.commands.append(withErrorsToPipe(last, place))
            }
            try skipLinebreak()
            pipeline.commands.append(try parseCommand())
        }
    }

    /// Skips newlines before a command, those at the start of an alias too.
    private mutating func skipLinebreak() throws(Failure) {
        try skipNewlines()
        if try substituteAliases() { try skipNewlines() }
    }

    /// At `time`: it, its option `-p`, and `--`.
    private mutating func parseTime() throws(Failure) -> Pipeline.Timing {
        var timing = Pipeline.Timing.formatted
        pos += ReservedWord.time.text.count
        try skipBlanks()
        if matches("-p", at: pos), ByteSet.delimiters.contains(source[pos + 2]) {
            timing = .posix
            pos += 2
            try skipBlanks()
        }
        if matches("--", at: pos), ByteSet.delimiters.contains(source[pos + 2]) {
            pos += 2
            try skipBlanks()
        }
        return timing
    }

    /// `command |&` is `command 2>&1 |`.
    private func withErrorsToPipe(_ command: Command, _ place: Position) -> Command {
        let redirection = Redirection(
            descriptor: 2, target: .file(.duplicateOutput, Word([.literal("1")], position: place)), position: place)
        switch command {
        case .simple(var simple):
            simple.redirections.append(redirection)
            return .simple(simple)
        case .compound(let body, let redirections, let position):
            return .compound(body, redirections: redirections + [redirection], position: position)
        case .function(let definition):
            // The definition, not the function.
            let group = CompoundCommand.braceGroup(List([ListItem(first: Pipeline([command]))]))
            return .compound(group, redirections: [redirection], position: definition.position)
        }
    }

    mutating func parseCommand() throws(Failure) -> Command {
        guard isTraced else { return try parseAnyCommand() }
        let level = openSite(.command)
        let command = try parseAnyCommand()
        closeSite(level)
        return command
    }

    private mutating func parseAnyCommand() throws(Failure) -> Command {
        if try substituteAliases() { try skipBlanks() }
        switch source[pos] {
        case 0, "\n", ";", "&", "|", ")":
            guard source[pos] == "&", source[pos + 1] == ">", !options.isPosix else { throw unexpectedCommand() }
            return try parseSimpleCommand()
        case "(":
            return try parseCompoundCommand(nil)
        default:
            guard let word = reservedWord() else { return try parseSimpleCommand() }
            switch word {
            case .function: return try parseFunctionKeyword()
            case .coproc:
                return options.isPosix ? try parseSimpleCommand() : try parseCoprocess()
            case .time:
                // After `|`: a pipeline of its own.
                let place = here
                let list = List([ListItem(first: try parsePipeline())])
                return .compound(.braceGroup(list), redirections: [], position: place)
            case .bang, .inWord: throw unexpected()
            default:
                if word.isCloser { throw unexpected() }
                return try parseCompoundCommand(word)
            }
        }
    }

    private mutating func unexpectedCommand() -> Failure {
        source[pos] == 0 || source[pos] == "\n" ? expected("a command") : unexpected()
    }
}

/// From `start` on, the text of a nested parser was at `position` in the outer text, byte for byte, up to the next.
struct SourceSegment {
    var start: Int
    var position: Position
}
