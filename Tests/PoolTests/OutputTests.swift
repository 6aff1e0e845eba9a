import Bytes
import Glibc
import Platform
import Shell
import Testing

@testable import Pool

@Suite struct LineTaggerTests {
    private func tagged(_ pieces: Bytes..., suffix: Bytes = "") throws -> Bytes {
        let memory = MemoryOutput()
        let destination = Destination(OpenFile(memory: memory), place: .standardOutput)
        var tagger = LineTagger(tag: "T\t", suffix: suffix)
        for piece in pieces {
            try piece.withUnsafeBytes { (bytes) throws(OutputError) in
                try tagger.write(UnsafeRawBufferPointer(bytes), to: destination)
            }
        }
        try tagger.finish(destination)
        try destination.flush()
        return memory.bytes
    }

    @Test func everyLineGetsATag() throws {
        #expect(try tagged("a\nb\n") == "T\ta\nT\tb\n")
        #expect(try tagged("a\nb") == "T\ta\nT\tb")
        #expect(try tagged("\n\n") == "T\t\nT\t\n")
        #expect(try tagged("") == "")
    }

    @Test func piecesDoNotMatter() throws {
        #expect(try tagged("a", "b\n", "c") == "T\tab\nT\tc")
        #expect(try tagged("a\n", "", "\nb") == "T\ta\nT\t\nT\tb")
    }

    @Test func redrawnLinesGetTagsToo() throws {
        #expect(try tagged("a\rb\n") == "T\ta\rT\tb\n")
        #expect(try tagged("a\r\nb\r\n") == "T\ta\r\nT\tb\r\n")
        #expect(try tagged("a\r", "b\n") == "T\ta\rT\tb\n")
        #expect(try tagged("a\r", "\nb") == "T\ta\r\nT\tb")
    }

    @Test func colourEndsBeforeTheNewline() throws {
        #expect(try tagged("a\nb", suffix: "!") == "T\ta!\nT\tb!")
    }
}

@Suite struct JobOutputTests {
    private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 64)

    /// Writes `pieces` to a pipe that a job output collects, and gives what comes back.
    private func collected(_ total: Int, into output: inout JobOutput, _ pool: inout BufferPool) throws {
        let ends = try System.pipe()
        output.begin(ends.read)
        var sent = 0
        let line = Array(repeating: UInt8(ascii: "x"), count: 4095) + [10]
        while sent < total {
            let count = min(line.count, total - sent)
            try line.withUnsafeBytes { try System.writeAll(ends.write, UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            sent += count
            while case .some = try output.collect(&pool, scratch: scratch, directory: "/tmp") {}
        }
        System.close(ends.write)
        #expect(try output.collect(&pool, scratch: scratch, directory: "/tmp") == .end)
        output.close()
    }

    private func size(_ output: inout JobOutput, _ pool: inout BufferPool) throws -> Int {
        let memory = MemoryOutput()
        let destination = Destination(OpenFile(memory: memory), place: .standardOutput)
        try output.handOn(&pool) { (bytes) throws(OutputError) in
            try destination.append(bytes)
        } file: { (file, range) throws(OutputError) in
            try destination.append(file: file, range, scratch: scratch, directory: "/tmp")
        }
        try destination.flush()
        return memory.bytes.count
    }

    @Test(arguments: [0, 1, 4096, 16384, 100_000, 1_000_000, 3_000_001])
    func whatGoesInComesOut(_ total: Int) throws {
        var pool = BufferPool()
        var output = JobOutput()
        try collected(total, into: &output, &pool)
        #expect(output.received == total)
        #expect(output.isEmpty == (total == 0))
        #expect(output.isSpilled == (total > 1 << 20))
        #expect(try size(&output, &pool) == total)
        #expect(output.isEmpty)
    }

    @Test func compactOutputIsWhole() throws {
        var pool = BufferPool()
        var output = JobOutput()
        try collected(700, into: &output, &pool)
        output.makeCompact(&pool)
        #expect(try size(&output, &pool) == 700)
    }

    @Test func spillThatFailsIsTold() throws {
        var pool = BufferPool()
        var output = JobOutput()
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 << 20, alignment: 1)
        defer { piece.deallocate() }
        #expect(throws: OutputError(place: .spill(directory: "/nonexistent"), errno: .notFound)) {
            try output.append(UnsafeRawBufferPointer(piece), &pool, directory: "/nonexistent")
        }
    }
}

@Suite struct DestinationTests {
    @Test func fullDiskIsTold() throws {
        let full = try System.open("/dev/full", flags: O_WRONLY)
        let destination = Destination(OpenFile(owning: full), place: .standardOutput)
        try destination.append("text")
        #expect(throws: OutputError(place: .standardOutput, errno: .noSpace)) { try destination.flush() }
    }

    @Test func goneReaderIsTold() throws {
        signal(SIGPIPE, SIG_IGN)
        let ends = try System.pipe()
        System.close(ends.read)
        let destination = Destination(OpenFile(owning: ends.write), place: .standardOutput)
        try destination.append("text")
        do throws(OutputError) {
            try destination.flush()
            Issue.record("the write should have failed")
        } catch {
            #expect(error.isClosedPipe)
        }
    }

    @Test func closedOutputIsAnErrorOnlyIfThereIsSomethingToSay() throws {
        let destination = Destination(nil, place: .standardOutput)
        try destination.flush()
        try destination.append("text")
        #expect(throws: OutputError.self) { try destination.flush() }
    }

    @Test func fileGoesToADescriptorOpenedForAppending() throws {
        let (target, path) = try OutputFile.make(in: "/tmp")
        defer { try? System.unlink(path) }
        let source = try System.temporaryFile(in: "/tmp")
        try System.writeAll(source, "0123456789")
        let destination = Destination(OpenFile(owning: target), place: .standardOutput)
        try destination.append("<")
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 4, alignment: 1)
        defer { scratch.deallocate() }
        try destination.append(file: source, 2..<9, scratch: scratch, directory: "/tmp")
        try destination.append(">")
        try destination.flush()
        #expect(try System.readFile(path) == "<2345678>")
    }
}

@Suite struct BatchTests {
    @Test func jobsAreClaimedOnceByOwnerAndThief() {
        let batch = Batch()
        for number in 1...9 { batch.jobs.append(Job(sequence: number, arguments: [])) }
        batch.seal()
        #expect(batch.claim() == 0)
        #expect(batch.takeHalf() == 5..<9)
        #expect(batch.claim() == 1)
        #expect(batch.takeHalf() == 3..<5)
        #expect(batch.takeHalf() == 2..<3)
        #expect(batch.claim() == nil)
        #expect(batch.takeHalf() == nil)
        #expect(batch.ownedCount == 2)
    }

    @Test func spilledOutputIsReadInOrder() throws {
        var stream = BatchStream()
        var memory: Bytes = "0123456789"
        stream.spill(&memory, directory: "/tmp")
        stream.bytes = "abcdef"
        var read = Bytes()
        try stream.read(8..<13, directory: "/tmp") { (piece) throws(OutputError) in
            read.append(contentsOf: piece.bindMemory(to: UInt8.self))
        }
        #expect(read == "89abc")
        stream.reset()
        #expect(stream.isEmpty)
    }
}
