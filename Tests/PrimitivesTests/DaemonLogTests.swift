import Bytes
import Glibc
import Platform
import Testing

@testable import Primitives

@Suite struct DaemonLogTests {
    private func withDirectory(_ body: (Bytes) throws -> Void) throws {
        let path: Bytes = "/tmp/thresh-log-" + Bytes(decimal: UInt64.random(in: 0 ... .max))
        try System.makeDirectory(path, mode: 0o700)
        defer {
            for name in (try? System.listDirectory(path)) ?? [] { try? System.unlink(path + "/" + name) }
            try? System.unlink(path, isDirectory: true)
        }
        try body(path)
    }

    @Test func sizes() {
        let sizes: [(Bytes, Int?)] = [
            ("1", 1), ("10K", 10240), ("5m", 5 << 20), ("1G", 1 << 30), ("0", nil), ("", nil), ("K", nil), ("1T", nil),
            ("-1", nil), ("1.5M", nil),
        ]
        for (text, size) in sizes { #expect(DaemonLog.size(text) == size, "\(text)") }
    }

    @Test func rotationKeepsFive() throws {
        try withDirectory { directory in
            var log = try DaemonLog(directory + "/log", limit: 10)
            defer { System.close(log.file) }
            for letter in "abcdefgh" { log.append(Bytes(repeating: letter.asciiValue ?? 0, count: 8)) }
            // One that is larger than the limit is not divided.
            log.append("0123456789abcdef")
            let names = try System.listDirectory(directory).sorted()
            #expect(names == ["log", "log.1", "log.2", "log.3", "log.4", "log.5"])
            #expect(try System.readFile(directory + "/log") == "0123456789abcdef")
            #expect(try System.readFile(directory + "/log.1") == "hhhhhhhh")
            #expect(try System.readFile(directory + "/log.5") == "dddddddd")
        }
    }

    @Test(arguments: [
        ("", 3, 0, 0), ("a\nb\nc\n", 2, 2, 2), ("a\nb\nc", 2, 2, 2), ("a\nb\n", 5, 0, 2), ("a\nb\n", 0, 4, 0),
        ("\n\n\n", 2, 1, 2),
    ])
    func lastLines(_ text: String, _ wanted: Int, _ offset: Int, _ lines: Int) throws {
        try withDirectory { directory in
            let file = try System.open(directory + "/f", flags: O_RDWR | O_CREAT)
            defer { System.close(file) }
            try System.writeAll(file, Bytes(text))
            let start = LogReader.start(file, lines: wanted)
            #expect(start.offset == offset)
            #expect(start.lines == lines)
        }
    }

    @Test func lastLinesOfALargeFile() throws {
        try withDirectory { directory in
            let file = try System.open(directory + "/f", flags: O_RDWR | O_CREAT)
            defer { System.close(file) }
            for number in 0..<50_000 { try System.writeAll(file, Bytes(decimal: number) + "\n") }
            let start = LogReader.start(file, lines: 20_000)
            #expect(start.lines == 20_000)
            var text = Bytes()
            _ = LogReader.copy(file, from: start.offset) { text.append($0) }
            #expect(text.hasPrefix("30000\n"))
            #expect(text.hasSuffix("\n49999\n"))
        }
    }

    @Test func recordsComeBackAsTheyWere() throws {
        var record = DaemonRecord()
        (record.state, record.command, record.restarts, record.exitCode) = (.failed, "a 'b c'\n", 3, -9)
        try withDirectory { directory in
            let place = DaemonPlace(name: "x", directory: directory)
            try record.write(to: place)
            let read = DaemonRecord(place)
            #expect(read?.state == .failed)
            #expect(read?.command == record.command)
            #expect(read?.restarts == 3)
            #expect(read?.exitCode == -9)
            #expect(read?.boot == DaemonRecord.currentBoot)
            record.exitCode = nil
            record.state = .running
            try record.write(to: place)
            #expect(DaemonRecord(place)?.exitCode == nil)
            #expect(DaemonRecord(place)?.state == .killed)
            let file = try System.open(place.record, flags: O_WRONLY | O_TRUNC)
            System.close(file)
            #expect(DaemonRecord(place) == nil)
        }
    }
}
