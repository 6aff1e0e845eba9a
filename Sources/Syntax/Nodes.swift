// The syntax tree: commands. (Words and expansions are in Nodes+Word.swift, expressions in Nodes+Arithmetic.swift.)
//
// A tree is a pure value that says what a source text means, after POSIX.1-2024, Shell Command Language, 2.10, with the
// additions that people know from bash. The parser makes it, the printer turns it back into source, the interpreter
// prepares it once for execution. What is only another spelling has no node of its own: `a |& b` is `a 2>&1 | b`.

import Bytes

/// A list: and-or lists in sequence, each ended by `;`, `&` or a newline.
package struct List: Hashable, Sendable {
    package var items: [ListItem]

    package init(_ items: [ListItem] = []) { self.items = items }
}

/// An and-or list and whether it runs asynchronously (`&`).
package struct ListItem: Hashable, Sendable {
    package var first: Pipeline
    package var rest: [AndOrPart]
    package var isAsynchronous: Bool

    package init(first: Pipeline, rest: [AndOrPart] = [], isAsynchronous: Bool = false) {
        self.first = first
        self.rest = rest
        self.isAsynchronous = isAsynchronous
    }
}

/// `&& pipeline` or `|| pipeline`.
package struct AndOrPart: Hashable, Sendable {
    package var isAnd: Bool
    package var pipeline: Pipeline

    package init(isAnd: Bool, pipeline: Pipeline) {
        self.isAnd = isAnd
        self.pipeline = pipeline
    }
}

/// One or more commands connected by `|`, and whether the status is negated by `!`.
package struct Pipeline: Hashable, Sendable {
    /// `time` before the pipeline: its times are shown after it.
    package enum Timing: Hashable, Sendable {
        /// As TIMEFORMAT says.
        case formatted
        /// `time -p`: in the format of POSIX.
        case posix
    }

    package var commands: [Command]
    package var isNegated: Bool
    package var timing: Timing?

    package init(_ commands: [Command], isNegated: Bool = false, timing: Timing? = nil) {
        self.commands = commands
        self.isNegated = isNegated
        self.timing = timing
    }
}

package enum Command: Hashable, Sendable {
    case simple(SimpleCommand)
    indirect case compound(CompoundCommand, redirections: [Redirection], position: Position)
    indirect case function(FunctionDefinition)
}

/// Assignments, words and redirections, in source order within each kind. At least one of them is there, except after
/// `time` alone.
package struct SimpleCommand: Hashable, Sendable {
    package var assignments: [Assignment]
    package var words: [Word]
    package var redirections: [Redirection]
    package var position: Position

    package init(
        assignments: [Assignment] = [], words: [Word] = [], redirections: [Redirection] = [], position: Position
    ) {
        self.assignments = assignments
        self.words = words
        self.redirections = redirections
        self.position = position
    }
}

/// `name=value`, `name+=value`, `name[index]=value`, `name=(…)`.
package struct Assignment: Hashable, Sendable {
    package enum Value: Hashable, Sendable {
        case word(Word)
        case array([ArrayElement])
    }

    package var name: Bytes
    package var index: Word?
    package var isAppending: Bool
    package var value: Value
    package var position: Position

    package init(name: Bytes, index: Word? = nil, isAppending: Bool = false, value: Value, position: Position) {
        self.name = name
        self.index = index
        self.isAppending = isAppending
        self.value = value
        self.position = position
    }
}

/// An element of `name=(…)`: `value`, `[index]=value` or `[index]+=value`.
package struct ArrayElement: Hashable, Sendable {
    package var index: Word?
    package var isAppending: Bool
    package var value: Word

    package init(index: Word? = nil, isAppending: Bool = false, value: Word) {
        self.index = index
        self.isAppending = isAppending
        self.value = value
    }
}

package indirect enum CompoundCommand: Hashable, Sendable {
    case braceGroup(List)
    /// `{ list } always { cleanup }`, as in zsh
    case always(List, cleanup: List)
    case subshell(List)
    case forLoop(ForLoop)
    case arithmeticFor(ArithmeticFor)
    /// `select name in words; do body; done`
    case select(ForLoop)
    case caseCommand(CaseCommand)
    case ifCommand(IfCommand)
    case whileLoop(condition: List, body: List)
    case untilLoop(condition: List, body: List)
    /// `pfor options name in words; do body; done`
    case parallelFor(options: [Word], ForLoop)
    /// `pwhile options condition; do body; done`
    case parallelWhile(options: [Word], condition: List, body: List)
    /// `[[ … ]]`
    case conditional(ConditionalExpression)
    /// `(( … ))`
    case arithmetic(Arithmetic)
    /// `coproc [NAME] command`; a simple command's name is always COPROC.
    case coprocess(name: Bytes, body: Command)
}

/// `for name in words; do body; done`. Without `in`, `words` is nil: the positional parameters.
package struct ForLoop: Hashable, Sendable {
    package var name: Bytes
    package var words: [Word]?
    package var body: List
    package var position: Position

    package init(name: Bytes, words: [Word]?, body: List, position: Position) {
        self.name = name
        self.words = words
        self.body = body
        self.position = position
    }
}

/// `for (( initial; condition; step )); do body; done`; an empty expression is nil.
package struct ArithmeticFor: Hashable, Sendable {
    package var initial: Arithmetic?
    package var condition: Arithmetic?
    package var step: Arithmetic?
    package var body: List

    package init(initial: Arithmetic?, condition: Arithmetic?, step: Arithmetic?, body: List) {
        self.initial = initial
        self.condition = condition
        self.step = step
        self.body = body
    }
}

package struct CaseCommand: Hashable, Sendable {
    package var subject: Word
    package var items: [CaseItem]

    package init(subject: Word, items: [CaseItem]) {
        self.subject = subject
        self.items = items
    }
}

package struct CaseItem: Hashable, Sendable {
    package enum Terminator: Hashable, Sendable {
        /// `;;`, also where the last item has none
        case end
        /// `;&`: go on with the next item's commands
        case fallThrough
        /// `;;&`: go on with the next item that matches (bash)
        case continueMatching
    }

    package var patterns: [Word]
    package var body: List
    package var terminator: Terminator

    package init(patterns: [Word], body: List, terminator: Terminator = .end) {
        self.patterns = patterns
        self.body = body
        self.terminator = terminator
    }
}

/// `if … then … elif … then … else … fi`: at least one branch.
package struct IfCommand: Hashable, Sendable {
    package struct Branch: Hashable, Sendable {
        package var condition: List
        package var body: List

        package init(condition: List, body: List) {
            self.condition = condition
            self.body = body
        }
    }

    package var branches: [Branch]
    package var otherwise: List?

    package init(branches: [Branch], otherwise: List?) {
        self.branches = branches
        self.otherwise = otherwise
    }
}

/// `name() compound-command [redirections]`, also written `function name { … }`.
package struct FunctionDefinition: Hashable, Sendable {
    package var name: Bytes
    /// Always `.compound`; its redirections take effect at each call.
    package var body: Command
    package var position: Position

    package init(name: Bytes, body: Command, position: Position) {
        self.name = name
        self.body = body
        self.position = position
    }
}

/// The expression of `[[ … ]]`.
package indirect enum ConditionalExpression: Hashable, Sendable {
    /// A word alone: true if it is not empty.
    case word(Word)
    /// `-f word` and the like; the operator with its hyphen.
    case unary(Bytes, Word)
    /// `=`, `==`, `!=`, `<`, `>`, `=~`, `-eq`, `-nt` and the like. The right side of the first three is a pattern, that
    /// of `=~` an extended regular expression.
    case binary(Bytes, Word, Word)
    case not(ConditionalExpression)
    case and(ConditionalExpression, ConditionalExpression)
    case or(ConditionalExpression, ConditionalExpression)
    case group(ConditionalExpression)
}

/// A redirection, POSIX 2.7.
package struct Redirection: Hashable, Sendable {
    package enum Operator: Hashable, Sendable, CaseIterable {
        /// `<`
        case input
        /// `>`
        case output
        /// `>>`
        case append
        /// `>|`
        case clobber
        /// `<>`
        case readWrite
        /// `<&`
        case duplicateInput
        /// `>&`; with no descriptor before it and a word that is neither a number nor `-`, it means `&>`
        case duplicateOutput
        /// `<<<`
        case hereString
        /// `&>`
        case outputBoth
        /// `&>>`
        case appendBoth
    }

    package enum Target: Hashable, Sendable {
        case file(Operator, Word)
        case hereDocument(HereDocument)
    }

    /// The descriptor before the operator; nil means the operator's own (0 for input, 1 for output).
    package var descriptor: Int?
    /// `{name}` before the operator: a fresh descriptor whose number the variable gets.
    package var variable: Bytes?
    package var target: Target
    package var position: Position

    package init(descriptor: Int? = nil, variable: Bytes? = nil, target: Target, position: Position) {
        self.descriptor = descriptor
        self.variable = variable
        self.target = target
        self.position = position
    }
}

/// `<<delimiter` or `<<-delimiter`.
package struct HereDocument: Hashable, Sendable {
    /// The body of a here-document is read after the command that has it is parsed: the parser keeps a reference to this
    /// and fills it in.
    ///
    /// Thread: sendable, since only the parser writes to it, before it gives the tree away.
    final class Body: @unchecked Sendable {
        var word: Word

        init(_ word: Word) { self.word = word }
    }

    /// The delimiter after quote removal. It takes no part in equality: any other would do.
    package var delimiter: Bytes
    /// Some part of the delimiter was quoted: the body is one literal.
    package var isQuoted: Bool
    /// `<<-`: the leading tabs of the body are gone already.
    package var stripsTabs: Bool
    let storage: Body

    /// The body, parsed as inside double quotes (2.7.4) unless quoted; its parts are those of `.doubleQuoted`.
    package var body: Word { storage.word }

    package init(delimiter: Bytes, isQuoted: Bool, stripsTabs: Bool, body: Word) {
        self.delimiter = delimiter
        self.isQuoted = isQuoted
        self.stripsTabs = stripsTabs
        storage = Body(body)
    }

    package static func == (a: HereDocument, b: HereDocument) -> Bool {
        a.isQuoted == b.isQuoted && a.stripsTabs == b.stripsTabs && a.body == b.body
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(body) }
}
