// From the words of a command line to a run: options, profiles, input sources, template.

import Bytes
import Glibc
import Platform
import Shell

/// All that a run is made of.
package struct RunPlan {
    package var options: RunOptions
    /// nil: the input holds the commands (`Job.line`).
    package var template: JobTemplate?
    /// The template's command, if that is prepared already.
    package var prepared: Prepared?
    package var input: JobSource
}

package enum CommandLineResult {
    case run(RunPlan)
    /// Print this and exit with the status.
    case print(Bytes, status: Int32)
    /// The message is complete, with its newline; the status is 255.
    case failure(Bytes)
}

/// The name under which the runner was called.
package enum CalledAs: Sendable, Equatable {
    case thresh
    /// Profiles and `$PARALLEL` are read; arguments after `:::` are taken apart at newlines.
    case parallel
}

/// Reads the command line of the runner and opens its input. With `--header` this waits for the first line.
///
/// - Parameter words: without the name of the program.
package func parseCommandLine(
    _ words: [Bytes], calledAs: CalledAs, environment: RunEnvironment
) -> CommandLineResult {
    do throws(OptionError) {
        var reader = CommandLineReader(calledAs: calledAs, environment: environment)
        return try reader.read(words)
    } catch {
        var message: Bytes = calledAs == .parallel ? "parallel: " : "thresh: "
        message.append(error.message)
        message.append("\n")
        if error.pointsToHelp { message.append("Try 'thresh --help'.\n") }
        return .failure(message)
    }
}

/// Reads the options of a loop.
///
/// - Parameter source: where its jobs come from.
func parseLoopOptions(
    _ loop: ParallelLoop, source: JobSource, marks: ((Int) -> Bytes)?, environment: RunEnvironment
) throws(OptionError) -> CommandLineResult {
    var reader = CommandLineReader(calledAs: .thresh, environment: environment)
    return try reader.read(loop, source, marks)
}

private struct CommandLineReader {
    let calledAs: CalledAs
    let environment: RunEnvironment
    private var parser = OptionParser(table: OptionTable())
    private var settings = Settings()

    init(calledAs: CalledAs, environment: RunEnvironment) {
        self.calledAs = calledAs
        self.environment = environment
        if let text = environment.variable("THRESH_JOBS"), let limit = OptionValue.jobLimit(text) {
            settings.run.jobs = limit
        }
    }

    mutating func read(_ words: [Bytes]) throws(OptionError) -> CommandLineResult {
        var asked = Settings()
        _ = try parser.parse(words, into: &asked)
        if let request = asked.request { return try answer(request, asked) }
        var operands: [Bytes] = []
        if !asked.ignoresProfiles {
            for profile in try profiles(asked.profiles) { operands += try parser.parse(profile, into: &settings) }
        }
        operands += try parser.parse(words, into: &settings)
        let command = takeSources(operands)
        try check(command)
        do throws(InputError) {
            return .run(try plan(command))
        } catch {
            throw OptionError(error.message)
        }
    }

    mutating func read(
        _ loop: ParallelLoop, _ source: JobSource, _ marks: ((Int) -> Bytes)?
    ) throws(OptionError) -> CommandLineResult {
        parser.isForLoop = true
        var asked = Settings()
        _ = try parser.parse(loop.options, into: &asked)
        if let request = asked.request { return try answer(request, asked) }
        for profile in try profiles(asked.profiles) { _ = try parser.parse(profile, into: &settings) }
        if let word = try parser.parse(loop.options, into: &settings).first {
            throw OptionError("'" + word + "' is no option")
        }
        if loop.condition != nil, settings.run.pool != nil { throw OptionError("--pool is not for " + loop.keyword) }
        try check([])
        var options = settings.run
        let slots = self.slots
        let table = ReplacementTable(settings.spellings, columns: [])
        do throws(ReplacementTable.Failure) { try makeTexts(&options, table, slots) } catch {
            throw OptionError(error.message)
        }
        let template = JobTemplate(body: loop.body, variable: loop.variable, marks: marks, slots: slots)
        return .run(RunPlan(options: options, template: template, prepared: loop.prepared, input: source))
    }

    /// The texts in options that have replacement strings.
    private func makeTexts(
        _ options: inout RunOptions, _ table: ReplacementTable, _ slots: Int
    ) throws(ReplacementTable.Failure) {
        if let text = settings.tagText {
            options.tag = .template(try TextTemplate(text, table: table, slots: slots))
        }
        if let text = settings.workingDirectory {
            options.workingDirectory = try TextTemplate(text, table: table, slots: slots)
        }
        if let text = settings.results { options.results = try TextTemplate(text, table: table, slots: slots) }
    }

    // MARK: Profiles

    private func profiles(_ names: [Bytes]) throws(OptionError) -> [[Bytes]] {
        var texts: [Bytes] = []
        for name in names {
            let path = name.hasPrefix("/") || name.hasPrefix("./") ? name : home + "/" + name
            guard let text = contents(path) else { throw OptionError("cannot read the profile " + path) }
            texts.append(text)
        }
        if calledAs == .parallel {
            if names.isEmpty {
                for path in ["/etc/parallel/config", home + "/config"] {
                    if let text = contents(path) { texts.append(text) }
                }
            }
            if let text = environment.variable("PARALLEL") { texts.append(text) }
        }
        return texts.map(OptionValue.words)
    }

    private var home: Bytes {
        if let directory = environment.variable("PARALLEL_HOME"), !directory.isEmpty { return directory }
        return (environment.variable("HOME") ?? "") + "/.parallel"
    }

    private func contents(_ path: Bytes) -> Bytes? {
        guard let file = try? System.open(path, flags: O_RDONLY, at: environment.directory) else { return nil }
        defer { System.close(file) }
        return try? System.readAll(file)
    }

    // MARK: Sources

    /// Takes the input sources out of the words after the options; gives the command.
    private mutating func takeSources(_ words: [Bytes]) -> [Bytes] {
        var sources = settings.argumentFiles.map { InputOptions.Source(kind: .file($0)) }
        var command: [Bytes] = []
        let files = settings.fileSeparator
        let arguments = settings.argumentSeparator
        var values: [Bytes] = []
        enum Place { case command, arguments, files }
        var place = Place.command
        var isLinked = false

        func finish() {
            if place == .arguments {
                sources.append(InputOptions.Source(kind: .arguments(values), isLinked: isLinked))
            }
            values = []
        }
        for word in words {
            switch word {
            case files, files + "+":
                finish()
                place = .files
                isLinked = word != files
            case arguments, arguments + "+":
                finish()
                place = .arguments
                isLinked = word != arguments
            default:
                switch place {
                case .command: command.append(word)
                case .arguments: values.append(word)
                case .files: sources.append(InputOptions.Source(kind: .file(word), isLinked: isLinked))
                }
            }
        }
        finish()
        if sources.isEmpty, place == .command { sources = [InputOptions.Source(kind: .file("-"))] }
        settings.input.sources = sources
        return command
    }

    /// What options ask of each other.
    private mutating func check(_ command: [Bytes]) throws(OptionError) {
        var input = settings.input
        // GNU parallel hands arguments on through a file of lines. That is kept where its name is used, and where a
        // delimiter is asked for; otherwise a newline in an argument is as good as any byte.
        input.splitsArguments = settings.hasDelimiter || calledAs == .parallel
        if settings.isCommaSeparated {
            let delimiter = settings.columnExpression ?? ","
            guard delimiter.count == 1 else { throw OptionError("--csv: the separator of -C must be one character") }
            input.columns = .commaSeparated(delimiter: delimiter[0])
        } else if let expression = settings.columnExpression ?? impliedColumns {
            do throws(RegularExpression.Failure) {
                input.columns = .expression(try RegularExpression(expression))
            } catch {
                throw OptionError("--colsep: " + error.message)
            }
        }
        input.trim = settings.trim ?? (settings.columnExpression != nil || settings.isCommaSeparated ? .both : .none)
        settings.input = input
        if settings.linesRepeatWords, !settings.joinsArguments { settings.plurality = .cross }
        if settings.run.resume != .no, settings.run.jobLog == nil {
            guard settings.run.resume != .retryFailed, settings.results != nil else {
                throw OptionError("--resume and its like need --joblog FILE")
            }
        }
        if case .file(let path) = settings.run.jobs {
            guard let text = contents(path) else {
                throw OptionError("-j: '" + path + "' is neither a number of jobs nor a file that can be read")
            }
            guard OptionValue.jobLimit(text) != nil else {
                throw OptionError("-j: no number of jobs in the file " + path)
            }
        }
        if settings.run.keepsOutputFiles, settings.run.outputMode == .ungroup {
            throw OptionError("--files and --ungroup exclude each other")
        }
    }

    /// `--header` makes columns at tabs.
    private var impliedColumns: Bytes? {
        if case .records = settings.input.header { return "\t" }
        return nil
    }

    // MARK: The plan

    private func plan(_ command: [Bytes]) throws(InputError) -> RunPlan {
        var options = settings.run
        let input = try InputSource(settings.input, environment: environment)
        let slots = self.slots
        let table = ReplacementTable(settings.spellings, columns: try input.readHeader())
        let template: JobTemplate?
        do throws(ReplacementTable.Failure) {
            try makeTexts(&options, table, slots)
        } catch {
            throw InputError(error.message)
        }
        do throws(JobTemplate.Failure) {
            template = try self.template(command, table, slots)
        } catch {
            throw InputError(error.message)
        }
        if settings.quotingLevel > 0 { options.isDryRun = true }
        var needsTotal = template?.needsTotal ?? false
        for text in [options.results, options.workingDirectory] where text?.needsTotal == true { needsTotal = true }
        if case .template(let text) = options.tag, text.needsTotal { needsTotal = true }
        input.prepare(template, slots: slots, lengthLimit: lengthLimit, needsTotal: needsTotal)
        return RunPlan(options: options, template: template, input: input)
    }

    private func template(
        _ command: [Bytes], _ table: ReplacementTable, _ slots: Int
    ) throws(JobTemplate.Failure) -> JobTemplate? {
        var operands = command
        if operands.isEmpty {
            // The input holds the commands, unless they are to be quoted first.
            guard settings.quotesOperands || settings.quotingLevel > 0 else { return nil }
            operands = [settings.spellings.input]
        }
        return try JobTemplate(
            operands: operands, table: table, plurality: settings.plurality,
            quotesOperands: settings.quotesOperands, isForeign: settings.run.shell != nil,
            quotingLevel: settings.quotingLevel, slots: slots)
    }

    private var slots: Int {
        var limit = settings.run.jobs
        if case .file(let path) = limit { limit = contents(path).flatMap(OptionValue.jobLimit) ?? .automatic }
        return limit.slots(processors: processors) ?? processors
    }

    private var processors: Int {
        switch settings.run.processorUnit {
        case .threads: Processors.available
        case .cores: Processors.cores
        case .sockets: Processors.sockets
        }
    }

    /// The longest command line that exec takes beside the environment; a shell gets it as one argument, for which
    /// Linux has another limit.
    private var lengthLimit: Int {
        let all = sysconf(Int32(_SC_ARG_MAX))
        let limit = max((all > 0 ? all : 131_072) - environment.environmentSize - 4096, 4096)
        return settings.run.shell == nil ? limit : min(limit, Batcher.defaultLength)
    }

    // MARK: Requests

    private func answer(_ request: Settings.Request, _ asked: Settings) throws(OptionError) -> CommandLineResult {
        switch request {
        case .help(let topic):
            guard let text = Help.text(topic, parser.table) else {
                throw OptionError("--help: no topic '" + topic + "'; there are " + Help.topics)
            }
            return .print(text, status: 0)
        case .version: return .print(Version.text, status: 0)
        case .minimumVersion(let number):
            let text = Bytes(decimal: Version.parallel) + "\n"
            return .print(text, status: number <= Version.parallel ? 0 : 255)
        case .print(let fact): return .print(text(of: fact), status: 0)
        case .generated(let name):
            guard let text = Generated.text(name, parser.table) else {
                throw OptionError("'" + name + "' is nothing that can be printed")
            }
            return .print(text, status: 0)
        case .nothing: return .print("", status: 0)
        }
    }

    private func text(of fact: Settings.PrintedFact) -> Bytes {
        switch fact {
        case .threads: return Bytes(decimal: Processors.available) + "\n"
        case .cores: return Bytes(decimal: Processors.cores) + "\n"
        case .sockets: return Bytes(decimal: Processors.sockets) + "\n"
        case .lengthLimit: return Bytes(decimal: min(lengthLimit, Batcher.defaultLength - 1)) + "\n"
        case .limits:
            var text: Bytes = "Longest command line with -X, -m and --xargs: "
            text.append(decimal: min(lengthLimit, Batcher.defaultLength - 1))
            text.append(" bytes\nLongest that -s may ask for: ")
            text.append(decimal: lengthLimit)
            text.append(" bytes\n")
            return text
        }
    }
}
