// The terminal's side of a run: what jobs print goes to the run's standard output and standard error, tagged and coloured
// as asked, as a whole for each job, line by line, or live for the job whose turn it is.

import Bytes
import Glibc
import Platform
import Shell

/// Thread: the runner's.
final class OutputSink {
    let output: Destination
    let errors: Destination
    /// For reads of pipes, whoever's turn it is.
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)
    /// For copies of files, which may come while `scratch` still holds what was read.
    private let copies = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)
    var pool = BufferPool()
    /// Where output goes that memory does not hold.
    let directory: Bytes
    var progress: Progress? {
        didSet { output.progress = progress }
    }

    init(output: Destination, errors: Destination, directory: Bytes) {
        self.output = output
        self.errors = errors
        self.directory = directory
    }

    deinit {
        scratch.deallocate()
        copies.deallocate()
    }

    // MARK: A job that has ended

    /// Hands on all that is kept of a job, standard output first.
    func handOn(_ job: RunningJob, taggers: () -> (output: LineTagger, error: LineTagger)) throws(OutputError) {
        if !job.standardOutput.isEmpty || job.outputTagger != nil {
            var tagger = job.outputTagger ?? taggers().output
            try handOn(&job.standardOutput, &tagger, to: output)
            try tagger.finish(output)
        }
        if !job.standardError.isEmpty || job.errorTagger != nil {
            var tagger = job.errorTagger ?? taggers().error
            try output.flush()
            try progress?.hide()
            try handOn(&job.standardError, &tagger, to: errors)
            try tagger.finish(errors)
            try errors.flush()
        }
    }

    /// Hands on what a running job has printed so far: its turn has come.
    func handOnSoFar(_ job: RunningJob, withErrors: Bool) throws(OutputError) {
        if var tagger = job.outputTagger {
            defer { job.outputTagger = tagger }
            try handOn(&job.standardOutput, &tagger, to: output)
        }
        guard withErrors, !job.standardError.isEmpty, var tagger = job.errorTagger else { return }
        defer { job.errorTagger = tagger }
        try output.flush()
        try progress?.hide()
        try handOn(&job.standardError, &tagger, to: errors)
    }

    private func handOn(
        _ stream: inout JobOutput, _ tagger: inout LineTagger, to destination: Destination
    ) throws(OutputError) {
        var copy = tagger
        defer { tagger = copy }
        try stream.handOn(&pool) { (bytes) throws(OutputError) in
            try copy.write(bytes, to: destination)
        } file: { (file, range) throws(OutputError) in
            if copy.isTransparent {
                try destination.append(file: file, range, scratch: copies, directory: directory)
            } else {
                try SpillFile.read(
                    file, from: range.lowerBound, to: range.upperBound, scratch: copies, directory: directory
                ) {
                    (piece) throws(OutputError) in try copy.write(piece, to: destination)
                }
            }
        }
    }

    /// Everything that is kept of a stream, in memory: for a table of results.
    func take(_ stream: inout JobOutput, into bytes: inout Bytes) throws(OutputError) {
        var all = Bytes()
        try stream.handOn(&pool) { (piece) throws(OutputError) in
            all.append(contentsOf: piece.bindMemory(to: UInt8.self))
        } file: { (file, range) throws(OutputError) in
            try SpillFile.read(
                file, from: range.lowerBound, to: range.upperBound, scratch: copies, directory: directory
            ) {
                (piece) throws(OutputError) in all.append(contentsOf: piece.bindMemory(to: UInt8.self))
            }
        }
        bytes = all
    }

    // MARK: A job that runs

    /// Reads a stream once and hands the bytes on at once: the job whose turn it is with `-k`.
    func stream(
        _ stream: inout JobOutput, _ tagger: inout LineTagger, to destination: Destination
    ) throws(OutputError) -> JobOutput.Progress {
        let (count, progress) = stream.read(into: scratch)
        if count > 0 { try tagger.write(UnsafeRawBufferPointer(rebasing: scratch[..<count]), to: destination) }
        return progress
    }

    /// Reads a stream once and hands on the lines that are complete; the rest stays until its newline comes.
    func streamLines(
        _ stream: inout JobOutput, _ tagger: inout LineTagger, to destination: Destination
    ) throws(OutputError) -> JobOutput.Progress {
        let (count, progress) = stream.read(into: scratch)
        guard count > 0 else { return progress }
        let bytes = UnsafeRawBufferPointer(rebasing: scratch[..<count])
        guard let end = OutputSink.endOfLines(bytes) else {
            try stream.keep(bytes, &pool, directory: directory)
            return progress
        }
        if destination === errors {
            try output.flush()
        } else {
            try errors.flush()
        }
        try self.progress?.hide()
        try handOn(&stream, &tagger, to: destination)
        try tagger.write(UnsafeRawBufferPointer(rebasing: bytes[..<end]), to: destination)
        if end < count {
            try stream.keep(UnsafeRawBufferPointer(rebasing: bytes[end...]), &pool, directory: directory)
        }
        return progress
    }

    /// One past the last newline; where there is none, past the last carriage return, with which a program redraws a line.
    private static func endOfLines(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var index = bytes.count
        var lastReturn: Int?
        while index > 0 {
            if bytes[index - 1] == 0x0A { return index }
            if bytes[index - 1] == 0x0D && lastReturn == nil { lastReturn = index }
            index -= 1
        }
        return lastReturn
    }

    // MARK: Other text

    /// A line of the runner itself, on standard error.
    func message(_ text: Bytes) throws(OutputError) {
        try output.flush()
        try progress?.hide()
        try errors.append(text)
        try errors.flush()
    }

    func flush() throws(OutputError) {
        try output.flush()
        try errors.flush()
    }

    /// After an error: nothing more can be handed on.
    func abandon() {
        output.abandon()
        errors.abandon()
    }
}
