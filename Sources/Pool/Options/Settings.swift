import Bytes

/// What the options of a command line say, before the parts of a run are made of it.
struct Settings: Sendable {
    /// What to do instead of running jobs.
    enum Request: Sendable {
        case help(Bytes)
        case version
        case minimumVersion(Int)
        case print(PrintedFact)
        /// A completion or the options of the manual page, by name.
        case generated(Bytes)
        case nothing
    }

    enum PrintedFact: Sendable { case threads, cores, sockets, lengthLimit, limits }

    var run = RunOptions()
    var input = InputOptions()
    var spellings = ReplacementSpellings()
    var request: Request?

    var quotesOperands = false
    /// `--shell-quote`, how often.
    var quotingLevel = 0
    var plurality: JobTemplate.Plurality = .spread
    /// `-L` repeats words as `-X` does, unless `-m` or `--xargs` says otherwise.
    var linesRepeatWords = false
    var joinsArguments = false
    var argumentSeparator: Bytes = ":::"
    var fileSeparator: Bytes = "::::"
    var argumentFiles: [Bytes] = []
    var columnExpression: Bytes?
    var isCommaSeparated = false
    var trim: InputOptions.Trim?
    var hasDelimiter = false
    var hasJobs = false

    var tagText: Bytes?
    var workingDirectory: Bytes?
    var results: Bytes?

    var profiles: [Bytes] = []
    /// `--plain`
    var ignoresProfiles = false

    /// As `-n`, `-N` and `-L` set it; 0 takes a record and leaves its values out.
    mutating func setMaximumRecords(_ text: Bytes) throws(OptionError) {
        let count = try OptionValue.count(text)
        input.maximumRecords = max(count, 1)
        input.dropsArguments = count == 0
    }
}
