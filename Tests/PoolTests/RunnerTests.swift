import Bytes
import Glibc
import Platform
import Shell
import Testing

@testable import Pool

/// Whole runs, by their command lines, with the output in memory.
@Suite(.serialized) struct RunnerTests {
    struct Result {
        var status: Int32
        var output: Bytes
        var errors: Bytes

        var lines: [Bytes] { output.split(on: UInt8(ascii: "\n")).dropLast() }
    }

    private func run(_ words: Bytes...) -> Result { run(words) }

    private func run(_ words: [Bytes]) -> Result {
        signal(SIGPIPE, SIG_IGN)
        let sh = Interpreter(name: "test", environment: ["PATH=/usr/bin:/bin", "HOME=/tmp"], sourceName: "test")
        let output = MemoryOutput()
        let errors = MemoryOutput()
        sh.context.descriptors[1] = OpenFile(memory: output)
        sh.context.descriptors[2] = OpenFile(memory: errors)
        let status = runCommandLine(words, calledAs: .thresh, on: sh)
        return Result(status: status, output: output.bytes, errors: errors.bytes)
    }

    private func temporary() throws -> Bytes {
        let (descriptor, path) = try OutputFile.make(in: "/tmp")
        System.close(descriptor)
        return path
    }

    @Test(arguments: ["echo {}", "/bin/echo {}", "/bin/echo {}; :", "x={}; echo \"$x\""] as [Bytes])
    func everyVehiclePrintsInOrder(_ command: Bytes) {
        let result = run("-k", "-j3", command, ":::", "a", "b  c", "$(d)", "e")
        #expect(result.status == 0)
        #expect(result.lines == ["a", "b  c", "$(d)", "e"])
        #expect(result.errors.isEmpty)
    }

    @Test func countsWhatFails() {
        #expect(run("-j2", "exit {}", ":::", "0", "3", "4").status == 2)
        #expect(run("-j2", "/bin/false {}; true", ":::", "1").status == 0)
        let digits: [Bytes] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
        #expect(run(["-j2", "false {1}{2}", ":::", "x"] + digits + [":::"] + digits).status == 101)
        #expect(run(["-j2", "false {1}{2}", ":::"] + digits + [":::"] + digits).status == 100)
    }

    @Test func aBuiltInIsAsMuchOfAJobAsAProcess() {
        let result = run("-k", "-j4", "test {} != 2 && /bin/echo {} || echo two", ":::", "1", "2", "3")
        #expect(result.lines == ["1", "two", "3"])
    }

    @Test func triesAgainAndPrintsTheLastAttempt() throws {
        let path = try temporary()
        defer { try? System.unlink(path) }
        let result = run("-j2", "--retries", "3", "echo {} >>" + path + "; echo out; test {} = a", ":::", "a", "b")
        #expect(result.status == 1)
        #expect(result.lines == ["out", "out"])
        #expect(try System.readFile(path).count == 8)
    }

    @Test func haltsAtOnceAndLeavesNothingBehind() {
        let begin = Clock.monotonicNanoseconds()
        let result = run("-j3", "--halt", "now,fail=1", "sleep {}; exit 3", ":::", "0.1", "60.125", "60.125")
        #expect(result.status == 3)
        #expect(Clock.monotonicNanoseconds() - begin < 5_000_000_000)
        #expect(result.output.isEmpty)
        #expect(run("-j1", "pgrep -f 'sleep 60.12[5]' {} | wc -l", ":::", "").output == "0\n")
    }

    @Test func timesOut() throws {
        let path = try temporary()
        defer { try? System.unlink(path) }
        let result = run("-j2", "--timeout", "0.2", "--joblog", path, "echo {}; sleep {}", ":::", "0", "60")
        #expect(result.status == 1)
        #expect(result.lines.sorted() == ["0", "60"])
        let lines = try System.readFile(path).split(on: UInt8(ascii: "\n"))
        let last = lines[lines.count - 2].split(on: UInt8(ascii: "\t"))
        #expect(last[6] == "-1")
        #expect(last[7] == "15")
    }

    @Test func resumesWhereItWas() throws {
        let path = try temporary()
        defer { try? System.unlink(path) }
        #expect(run("-j1", "--joblog", path, "exit {}", ":::", "0", "1").status == 1)
        #expect(run("-j1", "--joblog", path, "--resume", "echo {}", ":::", "0", "1", "2").output == "2\n")
        #expect(run("-j1", "--joblog", path, "--resume-failed", "echo {}", ":::", "0", "1", "2").output == "1\n")
    }

    @Test func tagsBothStreams() {
        let result = run("-k", "-j2", "--tag", "echo o{}; echo e{} >&2", ":::", "1", "2")
        #expect(result.output == "1\to1\n2\to2\n")
        #expect(result.errors == "1\te1\n2\te2\n")
    }

    @Test func largeOutputIsNeitherMixedNorCut() {
        let result = run("-j3", "yes {} | head -c 3000000", ":::", "a", "b", "c")
        #expect(result.output.count == 9_000_000)
        var changes = 0
        result.output.withUnsafeBytes { bytes in
            for index in stride(from: 2, to: bytes.count, by: 2) where bytes[index] != bytes[index - 2] { changes += 1 }
        }
        #expect(changes == 2)
    }

    @Test func manyJobsOfBuiltInsKeepTheirOrder() {
        let numbers = run(
            "-k", "-j4", "i={}; while [ $i -gt 0 ]; do i=$((i-1)); done; echo {}", ":::", "1", "5000", "2", "20000",
            "3",
            "1", "1")
        #expect(numbers.lines == ["1", "5000", "2", "20000", "3", "1", "1"])
    }

    @Test func aLineThatIsNoCommandFailsAlone() {
        let result = run("-k", "-j2", "{}", ":::", "echo a", "echo (", "echo b")
        #expect(result.status == 1)
        #expect(result.lines == ["a", "b"])
        #expect(!result.errors.isEmpty)
    }

    @Test func jobsKnowThemselves() {
        #expect(
            run("-j1", "echo $THRESH_SEQ $THRESH_SLOT $PARALLEL_SEQ", ":::", "a", "b").lines == ["1 1 1 a", "2 1 2 b"])
        #expect(run("-j1", "/usr/bin/env", ":::", "A=1").output.find("\nPARALLEL_JOBSLOT=1\n") != nil)
    }

    @Test func aDaemonHoldsNoJob() {
        let begin = Clock.monotonicNanoseconds()
        #expect(run("-j1", "sh -c 'sleep 3 & echo {}'", ":::", "a", "b").lines == ["a", "b"])
        #expect(Clock.monotonicNanoseconds() - begin < 2_000_000_000)
    }

    /// More than memory takes, as fast as it can be read: the jobs get the floor in turn, and are never mixed.
    @Test func fastPrintersAreNotMixed() {
        let result = run("-j3", "yes {} | head -c 8000000", ":::", "a", "b", "c")
        #expect(result.status == 0)
        #expect(result.output.count == 24_000_000)
        var changes = 0
        result.output.withUnsafeBytes { bytes in
            for index in stride(from: 2, to: bytes.count, by: 2) where bytes[index] != bytes[index - 2] { changes += 1 }
        }
        #expect(changes == 2)
    }

    @Test func outputThatCannotBeKeptEndsTheRun() {
        // The first job has the floor and says nothing, so that the second's output has to go to a file.
        let result = run(
            "-k", "-j2", "--tmpdir", "/nonexistent", "[ {} = b ] || sleep 2; yes {} | head -c 3000000", ":::", "a", "b")
        #expect(result.status == 255)
        #expect(result.errors.find("/nonexistent") != nil)
    }
}
