import Bytes
import Syntax

/// What the word at the cursor could become.
package struct CompletionResult: Sendable {
    package enum Form: Equatable, Sendable {
        /// As it is.
        case words
        /// To be quoted as a file name; a directory gets a slash.
        case files
    }

    package var candidates: [Candidate] = []
    package var form = Form.words
    /// Where the replaced part of the line begins.
    package var start = 0
    /// The beginning of each candidate that stays in the line as it was typed, and what was typed for it.
    package var keptText = Bytes()
    package var keptSource = Bytes()
    package var quotes = CursorContext.Quotes.none
    package var isInBackquotes = false
    /// The directory of file names as the candidates begin with it, and what it really is.
    package var directory: (text: Bytes, path: Bytes)?
    /// What comes after the only candidate, but after directories: a blank, usually.
    package var ending: Bytes = " "
    package var isSorted = true
    /// Those that are file names have no quotes.
    package var quotesNames = true
    /// Ctrl-C came while commands were asked.
    package var wasInterrupted = false

    package init() {}
}

/// A line and the place of the cursor in it.
package struct CompletionLine: Sendable {
    package var text: Bytes
    package var point: Int
    /// Where the part begins that the line editor will replace: after the last of the characters that break words.
    package var anchor: Int
    /// What is looked for, if that is not for the grammar to say.
    package enum Kind: Sendable {
        case any, files, users, hosts, variables, commands
        /// Words of the commands entered.
        case history
        /// The files that the word matches as a pattern, or with something after it.
        case pattern, patternPrefix
    }

    package var kind = Kind.any
    /// COMP_TYPE and COMP_KEY.
    package var type = 9
    package var key = 9

    package init(_ text: Bytes, point: Int, anchor: Int) {
        self.text = text
        self.point = point
        self.anchor = anchor
    }
}
