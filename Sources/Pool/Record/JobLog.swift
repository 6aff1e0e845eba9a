// The job log (`--joblog`): a line for each ended job, in the nine columns of GNU parallel, so that the tools and scripts
// that read one read the other.
//
// A line goes out in one write to a descriptor opened for appending, and only after the job's output has been handed on
// in full: what the log acknowledges has been seen. A run that dies between the two runs the job again when it is resumed.

import Bytes
import Glibc
import Platform

/// What a job's line in the log says.
struct JobRecord {
    var sequence: Int
    /// Microseconds since 1970.
    var start: UInt64
    /// Microseconds.
    var runtime: UInt64
    /// Bytes of standard output.
    var received: Int
    var outcome: JobOutcome
    /// The command, with its arguments put in.
    var command: Bytes
}

extension Bytes {
    /// Seconds with three decimals, cut and not rounded, from microseconds.
    mutating func append(seconds microseconds: UInt64) {
        append(decimal: microseconds / 1_000_000)
        append(UInt8(ascii: "."))
        let rest = microseconds / 1000 % 1000
        append(UInt8(ascii: "0") + UInt8(rest / 100))
        append(UInt8(ascii: "0") + UInt8(rest / 10 % 10))
        append(UInt8(ascii: "0") + UInt8(rest % 10))
    }
}

/// An open job log.
///
/// Thread: the runner's.
final class JobLog {
    static let header: Bytes = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n"

    private let path: Bytes
    private let descriptor: Int32
    /// The log is the run's standard output (`--joblog -`).
    private let output: Destination?
    private var pending = Bytes()

    /// - Parameter appends: keep what the file has, and write the header only into an empty one.
    init(_ path: Bytes, appends: Bool, directory: Int32, output: Destination) throws(OutputError) {
        var name = path
        var appends = appends
        if name.first == UInt8(ascii: "+") {
            appends = true
            name.removeFirst()
        }
        self.path = name
        if name == "-" {
            self.output = output
            descriptor = -1
            try output.append(JobLog.header)
            return
        }
        self.output = nil
        let flags = O_WRONLY | O_CREAT | O_APPEND | (appends ? 0 : O_TRUNC)
        do throws(Errno) {
            descriptor = try System.open(name, flags: flags, at: directory)
        } catch {
            throw OutputError(place: .jobLog(name), errno: error)
        }
        let size = (try? System.status(of: descriptor))?.size ?? 0
        if size == 0 { pending = JobLog.header }
        try flush()
    }

    deinit { if descriptor >= 0 { System.close(descriptor) } }

    /// Adds a line; it is written by `flush`, which the runner calls after the output.
    func append(_ record: JobRecord) throws(OutputError) {
        JobLog.format(record, into: &pending)
        if let output {
            try output.append(pending)
            pending.removeAll()
        }
    }

    /// Enough is pending to be worth a write.
    var isFull: Bool { pending.count >= 64 << 10 }

    func flush() throws(OutputError) {
        guard !pending.isEmpty else { return }
        do throws(Errno) {
            try System.writeAll(descriptor, pending)
        } catch {
            throw OutputError(place: .jobLog(path), errno: error)
        }
        pending.removeAll()
    }

    /// The line of one job. Newlines in the command become NUL, so that a line stays a line.
    static func format(_ record: JobRecord, into line: inout Bytes) {
        line.append(decimal: record.sequence)
        line.append("\t:\t")
        line.append(seconds: record.start)
        line.append(UInt8(ascii: "\t"))
        var runtime = Bytes()
        runtime.append(seconds: record.runtime)
        for _ in 0..<max(10 - runtime.count, 0) { line.append(UInt8(ascii: " ")) }
        line.append(runtime)
        line.append("\t0\t")
        line.append(decimal: record.received)
        line.append(UInt8(ascii: "\t"))
        line.append(decimal: record.outcome.status)
        line.append(UInt8(ascii: "\t"))
        line.append(decimal: record.outcome.signal)
        line.append(UInt8(ascii: "\t"))
        if record.command.contains(UInt8(ascii: "\n")) {
            for byte in record.command { line.append(byte == UInt8(ascii: "\n") ? 0 : byte) }
        } else {
            line.append(record.command)
        }
        line.append(UInt8(ascii: "\n"))
    }
}
