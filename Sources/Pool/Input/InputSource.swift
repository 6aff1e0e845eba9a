// The jobs of a run, read lazily: `next` gives a job as soon as its arguments are there, and what stands between is
// never more than a block of each file, the values of the sources that are needed again, and one command line. Only
// --shuf and the replacement strings that show the number of jobs need all of them first.

import Bytes
import Glibc
import Platform

/// Thread: used by one at a time.
package final class InputSource: JobSource {
    private let sources: [ValueSource]
    private let options: InputOptions
    private var batcher: Batcher?
    private let combinations: Combinations
    private var columns: [Bytes] = []
    private var filters: [JobFilter] = []
    private var hasTemplate = true
    private var sequence = 0

    /// All jobs are read before the first is given.
    private var collects = false
    private var collected: [Job] = []
    private var given = 0
    private var hasCollected = false

    private let readsInput: Bool
    package override var usesStandardInput: Bool { readsInput }

    /// Opens the files of the input.
    init(_ options: InputOptions, environment: RunEnvironment) throws(InputError) {
        self.options = options
        var sources: [ValueSource] = []
        var readsInput = false
        var standardInput: RecordReader?
        for source in options.sources {
            switch source.kind {
            case .arguments(let values): sources.append(ValueSource(arguments: values, options: options))
            case .file("-"):
                readsInput = true
                // Several sources that are standard input share what comes.
                let reader =
                    standardInput
                    ?? InputSource.reader(environment.standardInput, "standard input", owned: false, options)
                standardInput = reader
                sources.append(ValueSource(reader, fileName: "-", options: options))
            case .file(let path):
                let descriptor: Int32
                do throws(Errno) {
                    descriptor = try System.open(path, flags: O_RDONLY, at: environment.directory)
                } catch {
                    var message: Bytes = "cannot open the input file "
                    message.append(path)
                    message.append(": ")
                    message.append(error.message)
                    throw InputError(message)
                }
                let reader = InputSource.reader(descriptor, path, owned: true, options)
                sources.append(ValueSource(reader, fileName: path, options: options))
            }
        }
        self.readsInput = readsInput
        self.sources = sources
        combinations = Combinations(sources, isLinked: options.sources.map(\.isLinked), links: options.links)
    }

    private static func reader(
        _ descriptor: Int32, _ name: Bytes, owned: Bool, _ options: InputOptions
    ) -> RecordReader {
        var isCommaSeparated = false
        if case .commaSeparated = options.columns { isCommaSeparated = true }
        return RecordReader(
            descriptor, name: name, ownsDescriptor: owned, delimiter: options.delimiter,
            respectsQuotes: isCommaSeparated && options.delimiter.count == 1)
    }

    // MARK: Before the first job

    /// Reads the headers, and waits for them; gives the names of the columns.
    func readHeader() throws(InputError) -> [Bytes] {
        if options.skipsFirstLine { _ = try waitForRow(of: sources.first) }
        switch options.header {
        case .none: break
        case .fileNames: columns = sources.map { $0.fileName ?? Bytes() }
        case .records(let count):
            for source in sources {
                for line in 0..<count {
                    guard let row = try waitForRow(of: source) else { break }
                    if line == 0 { columns += row }
                }
            }
        }
        return columns
    }

    private func waitForRow(of source: ValueSource?) throws(InputError) -> [Bytes]? {
        guard let source else { return nil }
        while true {
            switch try source.next() {
            case .row(let row): return row
            case .end: return nil
            case .blocked(let descriptor):
                do throws(Errno) { try System.waitUntilReady(descriptor, Int16(POLLIN)) } catch {
                    throw InputError("cannot wait for input: " + error.message)
                }
            }
        }
    }

    /// Says what the jobs are for; to be called once, before the first.
    ///
    /// - Parameters:
    ///   - template: nil if the input holds the commands.
    ///   - needsTotal: `Job.total` is wanted.
    func prepare(_ template: JobTemplate?, slots: Int, lengthLimit: Int, needsTotal: Bool) {
        batcher = Batcher(combinations, options: options, template: template, slots: slots, lengthLimit: lengthLimit)
        hasTemplate = template != nil
        filters = template?.filters ?? []
        collects = options.shuffles || needsTotal
    }

    // MARK: Jobs

    package override func next() throws(InputError) -> NextJob {
        if collects {
            if !hasCollected, let descriptor = try collect() { return .blocked(descriptor) }
            guard given < collected.count else { return .end }
            given += 1
            return .job(collected[given - 1])
        }
        return try nextJob()
    }

    private func nextJob() throws(InputError) -> NextJob {
        guard let batcher else { return .end }
        while true {
            switch try batcher.next() {
            case .arguments(let arguments, let lineNumber):
                if !filters.isEmpty, !filters.allSatisfy({ $0.accepts(arguments) }) { continue }
                sequence += 1
                var line: Bytes?
                if !hasTemplate { line = arguments.count == 1 ? arguments[0] : arguments.joined(by: " ") }
                return .job(Job(sequence: sequence, arguments: arguments, line: line, lineNumber: lineNumber))
            case .blocked(let descriptor): return .blocked(descriptor)
            case .end: return .end
            }
        }
    }

    /// Reads all jobs; gives the descriptor to wait for if they are not all there.
    private func collect() throws(InputError) -> Int32? {
        while true {
            switch try nextJob() {
            case .job(let job): collected.append(job)
            case .blocked(let descriptor): return descriptor
            case .end, .askFirst:
                if options.shuffles {
                    collected.shuffle()
                    for index in collected.indices { collected[index].sequence = index + 1 }
                }
                for index in collected.indices { collected[index].total = collected.count }
                hasCollected = true
                return nil
            }
        }
    }

    package override func columnName(at index: Int) -> Bytes {
        index < columns.count && !columns[index].isEmpty ? columns[index] : Bytes(decimal: index + 1)
    }
}
