import Bytes

/// A word: parts side by side. No parts (only in assignments and patterns): the empty word.
package struct Word: Hashable, Sendable {
    package var parts: [WordPart]
    package var position: Position

    package init(_ parts: [WordPart], position: Position = .start) {
        self.parts = parts
        self.position = position
    }

    /// The text after quote removal, if there is nothing to expand in the word.
    package var constantText: Bytes? {
        if parts.count == 1, case .literal(let text) = parts[0] { return text }
        return Word.constantText(parts)
    }

    private static func constantText(_ parts: [WordPart]) -> Bytes? {
        var text = Bytes()
        for part in parts {
            switch part {
            case .literal(let piece), .escaped(let piece), .singleQuoted(let piece), .dollarSingleQuoted(let piece):
                text.append(piece)
            case .doubleQuoted(let inner):
                guard let piece = constantText(inner) else { return nil }
                text.append(piece)
            default:
                return nil
            }
        }
        return text
    }
}

package enum WordPart: Hashable, Sendable {
    /// Unquoted text as it stands; `*?[` in it are active in patterns. Inside `.doubleQuoted`: quoted text, unescaped.
    case literal(Bytes)
    /// Text after unquoted backslashes: quoted, as if in single quotes.
    case escaped(Bytes)
    case singleQuoted(Bytes)
    /// `$'…'`, decoded.
    case dollarSingleQuoted(Bytes)
    /// Its parts are `.literal`, `.parameter`, `.command`, `.arithmetic` and `.placeholder` only.
    case doubleQuoted([WordPart])
    indirect case parameter(ParameterExpansion)
    /// `$(…)`, or backquotes, which mean the same after their backslashes are resolved.
    case command(List, position: Position)
    /// Backquotes around what is no command: an error when it is reached. The text is that between the backquotes.
    indirect case invalidCommand(Bytes, Misreading)
    /// `$((…))`
    indirect case arithmetic(Arithmetic)
    /// `~` or `~name` at the start of a word (2.6.1), in assignments also after `:`; the name may be empty.
    case tilde(Bytes)
    /// `<(…)` or `>(…)`
    case process(List, isInput: Bool)
    /// `{a,b}`: alternatives, each a word. Expanded before everything else.
    case braceList([Word])
    /// `{1..9}`, `{a..e}`, `{1..9..2}`: the texts between the dots.
    indirect case braceRange(from: Bytes, to: Bytes, step: Bytes?)
    /// `name=(…)` as an operand of `declare`, `export`, `local`, `readonly`, `typeset`: the last part, after a literal
    /// that ends in `=`.
    case array([ArrayElement])
    /// A replacement string of a job template: the number that the parser's `PlaceholderMatcher` gave it.
    case placeholder(Int)
}

/// `$name`, `${name}` and all the forms in braces (2.6.2).
package struct ParameterExpansion: Hashable, Sendable {
    package enum Parameter: Hashable, Sendable {
        case variable(Bytes)
        /// `$1`, `${10}`; from 1
        case positional(Int)
        /// One of `@*#?-$!0`
        case special(UInt8)
    }

    package enum Subscript: Hashable, Sendable {
        /// `[@]`
        case all
        /// `[*]`
        case joined
        case index(Word)
    }

    package var parameter: Parameter
    package var index: Subscript?
    /// `${!x}`: the value of x is the name of the parameter meant.
    package var isIndirect: Bool
    package var operation: ParameterOperation
    /// `$name`: a name that what follows could make longer.
    package var isBare: Bool
    package var position: Position

    package init(
        _ parameter: Parameter, index: Subscript? = nil, isIndirect: Bool = false,
        operation: ParameterOperation = .value, isBare: Bool = false, position: Position = .start
    ) {
        self.parameter = parameter
        self.index = index
        self.isIndirect = isIndirect
        self.operation = operation
        self.isBare = isBare
        self.position = position
    }

    /// `$x` and `${x}` are the same parameter.
    package static func == (a: ParameterExpansion, b: ParameterExpansion) -> Bool {
        a.parameter == b.parameter && a.index == b.index && a.isIndirect == b.isIndirect && a.operation == b.operation
            && a.position == b.position
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(parameter)
        hasher.combine(index)
        hasher.combine(isIndirect)
        hasher.combine(operation)
        hasher.combine(position)
    }
}

package indirect enum ParameterOperation: Hashable, Sendable {
    case value
    /// `${#x}`; with index `.all` or `.joined` the number of elements
    case length
    /// `${x-word}`; with `orNull` `${x:-word}`; so for the next three
    case useDefault(Word, orNull: Bool)
    /// `${x=word}`
    case assignDefault(Word, orNull: Bool)
    /// `${x?word}`; no word: nil
    case indicateError(Word?, orNull: Bool)
    /// `${x+word}`
    case useAlternative(Word, orNull: Bool)
    /// `${x#pattern}`, `${x##pattern}`
    case removePrefix(Word, longest: Bool)
    /// `${x%pattern}`, `${x%%pattern}`
    case removeSuffix(Word, longest: Bool)
    /// `${x/pattern/word}`, `//`, `/#`, `/%`
    case replace(pattern: Word, with: Word, ReplaceKind)
    /// `${x:offset:length}`
    case substring(offset: Arithmetic, length: Arithmetic?)
    /// `${x^pattern}`, `^^`, `,`, `,,`, `~`, `~~`; no pattern: nil
    case changeCase(CaseKind, pattern: Word?)
    /// `${x@Q}` and the other letters
    case transform(UInt8)
    /// `${!prefix*}`, `${!prefix@}`: the names of variables; the parameter is the prefix
    case names(joined: Bool)
    /// `${!a[@]}`, `${!a[*]}`: the indices of an array
    case keys(joined: Bool)
    /// What stands between `${` and `}` is no expansion of this language (`${(%):-x}` of another shell's users). An error
    /// only if it is expanded: scripts ask first which shell runs them. The parameter is without meaning.
    case invalid(Bytes)

    package enum ReplaceKind: Hashable, Sendable { case first, all, prefix, suffix }
    package enum CaseKind: Hashable, Sendable {
        case upperFirst, upperAll, lowerFirst, lowerAll, toggleFirst, toggleAll
    }
}

/// Why the text of a word's part is no command. It follows from the text and from where that stands, so that two trees are the
/// same whatever it says.
package struct Misreading: Hashable, Sendable {
    package let error: ParseError

    package init(_ error: ParseError) { self.error = error }

    package static func == (a: Misreading, b: Misreading) -> Bool { true }
    package func hash(into hasher: inout Hasher) {}
}
