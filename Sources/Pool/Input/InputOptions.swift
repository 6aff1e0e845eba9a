import Bytes

/// Where arguments come from and how they are put together to jobs.
struct InputOptions: Sendable {
    /// One `:::`, `::::` operand or `-a`.
    struct Source: Sendable {
        enum Kind: Sendable {
            case arguments([Bytes])
            /// A file's name; `-` is standard input.
            case file(Bytes)
        }

        var kind: Kind
        /// `:::+`, `::::+`: goes with the source before it.
        var isLinked = false
    }

    enum Trim: Sendable { case none, left, right, both }

    enum Columns: Sendable {
        case none
        /// `--colsep`
        case expression(RegularExpression)
        /// `--csv`
        case commaSeparated(delimiter: UInt8)
    }

    enum Header: Sendable {
        case none
        /// The first record of each source has the names of its columns: `--header :` is 1; more are skipped.
        case records(Int)
        /// `--header 0`: the names of the files are the names.
        case fileNames
    }

    /// How many arguments a job gets.
    enum Filling: Sendable {
        /// As many as `maximumRecords` says, or one.
        case no
        /// `--xargs`: as many as the length of a command line permits.
        case full
        /// `-m`, `-X`: the same, but the last ones are spread over the slots.
        case spread
    }

    var sources: [Source] = []
    /// What ends a record; one byte or more.
    var delimiter: Bytes = "\n"
    /// The arguments after `:::` are taken apart at the delimiter too: with `-d`, and as GNU parallel does it.
    var splitsArguments = false
    /// `-E`
    var endMarker: Bytes?
    /// `-r`
    var skipsBlank = false
    var trim: Trim = .none
    var columns: Columns = .none
    var header: Header = .none
    /// `--skip-first-line`
    var skipsFirstLine = false
    /// `--link`
    var links = false
    var shuffles = false

    /// `-n`, `-N`, `-L`
    var maximumRecords: Int?
    /// `-n 0`: a record for each job, none of its values in the command.
    var dropsArguments = false
    /// `-L`: a record that ends in a blank goes on in the next.
    var joinsContinued = false
    var filling: Filling = .no
    /// `-s`
    var maximumLength: Int?
    /// `-x`: fewer arguments than asked for, because of the length, are an error.
    var requiresFit = false
}
