import Bytes
import Glibc
import Platform
import Shell
import Testing

@testable import Pool

@Suite struct JobLogTests {
    @Test func lineIsGNUParallelsByteForByte() {
        var line = Bytes()
        JobLog.format(
            JobRecord(
                sequence: 12, start: 1_795_357_119_062_999, runtime: 103_999, received: 2,
                outcome: JobOutcome(status: 1), command: "echo 1; exit 1"), into: &line)
        #expect(line == "12\t:\t1795357119.062\t     0.103\t0\t2\t1\t0\techo 1; exit 1\n")
        line = Bytes()
        JobLog.format(
            JobRecord(
                sequence: 1, start: 1_000_000, runtime: 123_456_789_012, received: 0, outcome: .timedOut(signal: 15),
                command: "a\nb"), into: &line)
        #expect(line == "1\t:\t1.000\t123456.789\t0\t0\t-1\t15\ta\0b\n")
    }

    private func temporary() throws -> Bytes {
        let (descriptor, path) = try OutputFile.make(in: "/tmp")
        System.close(descriptor)
        return path
    }

    private func sink() -> Destination { Destination(OpenFile(memory: MemoryOutput()), place: .standardOutput) }

    @Test func appendsOrTruncates() throws {
        let path = try temporary()
        defer { try? System.unlink(path) }
        let record = JobRecord(
            sequence: 1, start: 0, runtime: 0, received: 0, outcome: .success, command: "true")
        for (appends, count) in [(false, 1), (true, 2), (false, 1)] {
            let log = try JobLog(path, appends: appends, directory: AT_FDCWD, output: sink())
            try log.append(record)
            try log.flush()
            let lines = try System.readFile(path).split(on: UInt8(ascii: "\n"))
            #expect(lines.count == count + 2)
            #expect(lines[0] + "\n" == JobLog.header)
        }
    }

    @Test func failsWithTheFilesName() {
        #expect(throws: OutputError(place: .jobLog("/nonexistent/log"), errno: .notFound)) {
            _ = try JobLog("/nonexistent/log", appends: false, directory: AT_FDCWD, output: sink())
        }
    }

    @Test func fullDiskIsTold() throws {
        let log = try? JobLog("/dev/full", appends: false, directory: AT_FDCWD, output: sink())
        #expect(log == nil)
    }
}

@Suite struct JobLogReaderTests {
    private let log: Bytes =
        "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n"
        + "1\t:\t1.0\t     0.103\t0\t2\t0\t0\techo 0\n" + "2\t:\t1.0\t     0.1\t0\t2\t1\t0\tfirst\n"
        + "3\t:\t1.0\t     0.1\t0\t2\t0\t9\tkilled\0twice\n" + "2\t:\t1.0\t     0.1\t0\t2\t5\t0\tsecond\n"
        + "4\t:\t1.0\t     0.1\t0\t2\t1\t0\tlater good\n" + "4\t:\t1.0\t     0.1\t0\t2\t0\t0\tlater good\n"

    @Test func knowsWhatEndedAndHow() throws {
        let reader = try JobLogReader(text: log)
        #expect((0...6).filter(reader.ended.contains) == [1, 2, 3, 4])
        #expect((0...6).filter(reader.succeeded.contains) == [1, 4])
        #expect(reader.failed.map(\.sequence) == [2, 3])
        #expect(reader.failed.map(\.command) == ["second", "killed\ntwice"])
    }

    @Test func refusesWhatIsNoLog() {
        #expect(throws: JobLogReader.Failure.self) { try JobLogReader(text: log + "garbage\n") }
        #expect(throws: JobLogReader.Failure.self) { try JobLogReader(text: log + "x\t:\t1\t1\t0\t0\t0\t0\tc\n") }
    }

    @Test func takesATornLineOff() throws {
        let (descriptor, path) = try OutputFile.make(in: "/tmp")
        defer {
            System.close(descriptor)
            try? System.unlink(path)
        }
        try System.writeAll(descriptor, log + "5\t:\t1.0\t  ")
        let reader = try JobLogReader(path, directory: AT_FDCWD)
        #expect(!reader.ended.contains(5))
        #expect(try System.readFile(path) == log)
    }

    @Test func aMissingLogSaysNothing() throws {
        let reader = try JobLogReader("/nonexistent/log", directory: AT_FDCWD)
        #expect(!reader.ended.contains(1))
    }
}

@Suite struct ResultTests {
    @Test func treeIsLaidOutAsGNUParallelDoesIt() {
        let files = ResultFiles(result: "out/", isTemplate: false, arguments: ["a", "b/c\\d\te"]) {
            Bytes(decimal: $0 + 1)
        }
        #expect(files.standardOutput == "out/1/a/2/b\\_c\\\\d\\te/stdout")
        #expect(files.standardError == "out/1/a/2/b\\_c\\\\d\\te/stderr")
        #expect(files.sequence == "out/1/a/2/b\\_c\\\\d\\te/seq")
    }

    @Test func templatesNameFilesOrDirectories() {
        let file = ResultFiles(result: "r/a.txt", isTemplate: true, arguments: ["a"]) { _ in "" }
        #expect([file.standardOutput, file.standardError, file.sequence] == ["r/a.txt", "r/a.txt.err", "r/a.txt.seq"])
        let directory = ResultFiles(result: "r/a/", isTemplate: true, arguments: ["a"]) { _ in "" }
        #expect(directory.standardOutput == "r/a/stdout")
    }

    private let record = JobRecord(
        sequence: 3, start: 1_795_357_215_013_000, runtime: 2_000, received: 8, outcome: .success,
        command: "echo out 'd\"e'; echo err >&2")

    private func table(_ format: ResultTable.Format, _ name: Bytes) throws -> Bytes {
        let memory = MemoryOutput()
        let output = Destination(OpenFile(memory: memory), place: .standardOutput)
        let table = try ResultTable(
            name, format: format, columnName: { Bytes(decimal: $0 + 1) }, directory: AT_FDCWD, output: output)
        try table.append(record, arguments: ["d\"e"], standardOutput: "out d\"e\n", standardError: "")
        try output.flush()
        return memory.bytes
    }

    @Test func separatedValuesAreQuotedWhereNeeded() throws {
        let expected: Bytes =
            "Seq,Host,Starttime,JobRuntime,Send,Receive,Exitval,Signal,Command,V1,Stdout,Stderr\n"
            + "3,:,1795357215.013,0.002,0,8,0,0,\"echo out 'd\"\"e'; echo err >&2\",\"d\"\"e\",\"out d\"\"e\n\",\n"
        #expect(try table(.separated(UInt8(ascii: ",")), "-.csv") == expected)
    }

    @Test func objectsAreJSON() throws {
        let expected: Bytes =
            "{ \"Seq\": 3, \"Host\": \":\", \"Starttime\": 1795357215.013, \"JobRuntime\": 0.002, \"Send\": 0, "
            + "\"Receive\": 8, \"Exitval\": 0, \"Signal\": 0, \"Command\": \"echo out 'd\\\"e'; echo err >&2\", "
            + "\"V\": [ \"d\\\"e\" ], \"Stdout\": \"out d\\\"e\\u000a\", \"Stderr\": \"\" }\n"
        #expect(try table(.json, "-.json") == expected)
    }
}

@Suite struct ProgressTests {
    @Test func showsWhatIsKnown() {
        var counts = RunCounts(started: 12, running: 2, done: 10, failed: 1, skipped: 0, total: nil)
        #expect(
            Progress.text(.counts, counts, elapsed: 2_000_000_000, width: 80) == "10 done, 2 running, 1 failed, 5.0/s")
        counts.total = 40
        #expect(
            Progress.text([.counts, .timeLeft], counts, elapsed: 2_000_000_000, width: 80)
                == "10/40 done, 2 running, 1 failed, 5.0/s, 6s left")
        let bar = Progress.text(.bar, counts, elapsed: 2_000_000_000, width: 100)
        #expect(bar.hasPrefix("[#"))
        #expect(bar.find("25% 10/40 done") != nil)
        #expect(Progress.text(.bar, counts, elapsed: 2_000_000_000, width: 30).count <= 30)
    }

    @Test func durations() {
        #expect([5, 65, 7_620, 300_000].map { Progress.duration($0) } == ["5s", "1m05s", "2h07m", "3d11h"])
    }

    @Test func isSilentForShortRuns() throws {
        let memory = MemoryOutput()
        let progress = Progress(
            .counts, destination: Destination(OpenFile(memory: memory), place: .standardError), begin: 0, width: { 80 })
        try progress.update(RunCounts(), at: 400_000_000)
        try progress.finish(RunCounts(), at: 450_000_000)
        #expect(memory.bytes.isEmpty)
        try progress.update(RunCounts(), at: 500_000_000)
        let first = memory.bytes.count
        #expect(first > 0)
        try progress.update(RunCounts(), at: 550_000_000)
        #expect(memory.bytes.count == first)
    }
}
