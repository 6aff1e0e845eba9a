import Bytes
import Glibc
import Platform
import Testing

@testable import Shell

@Suite struct ReadTests {
    /// Input by one of the ways in which `read` looks ahead.
    enum Way: CaseIterable { case file, pipe, socket }

    /// A shell whose standard input holds `text`.
    private func shell(_ text: Bytes, _ way: Way) throws -> BuiltinTester {
        let tester = BuiltinTester()
        let input: Int32
        switch way {
        case .file:
            input = try System.memoryFile("input")
            try System.writeAll(input, text)
            try System.seek(input, 0, SEEK_SET)
        case .pipe:
            let ends = try System.pipe()
            try System.writeAll(ends.write, text)
            System.close(ends.write)
            input = ends.read
        case .socket:
            var ends: [Int32] = [-1, -1]
            try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
            try System.writeAll(ends[1], text)
            System.close(ends[1])
            input = ends[0]
        }
        tester.sh.context.descriptors[0] = OpenFile(owning: input)
        return tester
    }

    private func rest(_ tester: BuiltinTester) throws -> Bytes {
        try System.readAll(try #require(tester.sh.context.descriptors.descriptor(0)))
    }

    /// Reads one line into the variables; their values.
    private func fields(_ text: Bytes, ifs: Bytes? = nil, _ words: Bytes...) throws -> [Bytes] {
        let read = try shell(text, .file)
        if let ifs { _ = read.sh.assign("IFS", ifs) }
        #expect(read.run(["read"] + words).status == 0)
        return words.filter { $0.first != UInt8(ascii: "-") }.map { read.sh.variable($0) ?? "unset" }
    }

    @Test(arguments: Way.allCases) func takesNoByteTooMany(_ way: Way) throws {
        let long = Bytes(repeating: UInt8(ascii: "x"), count: 10_000)
        let read = try shell("one\n" + long + "\ntwo\\\nthree\nrest", way)
        #expect(read("read", "a").status == 0)
        #expect(read.sh.variable("a") == "one")
        #expect(read("read", "a").status == 0)
        #expect(read.sh.variable("a") == long)
        #expect(read("read", "a").status == 0)
        #expect(read.sh.variable("a") == "twothree")
        #expect(try rest(read) == "rest")
        #expect(read("read", "a").status == 1)
        #expect(read.sh.variable("a") == "")
    }

    @Test(arguments: Way.allCases) func counts(_ way: Way) throws {
        let read = try shell("éèabc\nxy\nz" + Bytes([0xC3]) + "b!", way)
        #expect(read("read", "-n", "3", "a").status == 0)
        #expect(read.sh.variable("a") == "éèa")
        #expect(read("read", "-n", "9", "a").status == 0)
        #expect(read.sh.variable("a") == "bc")
        #expect(read("read", "-N", "4", "a", "b").status == 0)
        #expect(read.sh.variable("a") == "xy\nz")
        #expect(read.sh.variable("b") == "")
        #expect(read("read", "-n", "1", "a").status == 0)
        #expect(read.sh.variable("a") == Bytes([0xC3]))
        #expect(try rest(read) == "b!")
    }

    @Test func splits() throws {
        #expect(try fields(" x y  z  \n", "a", "b") == ["x", "y  z"])
        #expect(try fields(" x:y : z : \n", ifs: ": ", "a", "b") == ["x", "y : z :"])
        #expect(try fields("1:2:\n", ifs: ":", "a", "b") == ["1", "2"])
        #expect(try fields("1:2:3:\n", ifs: ":", "a", "b") == ["1", "2:3:"])
        #expect(try fields("1::2\n", ifs: ":", "a", "b", "c") == ["1", "", "2"])
        #expect(try fields(":1:\n", ifs: ":", "a", "b") == ["", "1"])
        #expect(try fields(" 1 : \n", ifs: " :", "a") == ["1"])
        #expect(try fields("1::\n", ifs: ":", "a") == ["1::"])
        #expect(try fields(":\n", ifs: ":", "a") == [""])
        #expect(try fields("x : y : \n", ifs: " :", "a", "b") == ["x", "y"])
        #expect(try fields("  a  \n", ifs: "", "a") == ["  a  "])
        #expect(try fields("a b\n", "a", "b", "c") == ["a", "b", ""])
    }

    @Test func backslashes() throws {
        #expect(try fields("a\\ b c\n", "a", "b") == ["a b", "c"])
        #expect(try fields("a\\\nb c\n", "a", "b") == ["ab", "c"])
        #expect(try fields("a\\ b\\\n", "-r", "a") == ["a\\ b\\"])
        #expect(try fields("a\\ \n", "a") == ["a "])
        #expect(try fields("a\\:b:c\n", ifs: ":", "a", "b") == ["a:b", "c"])
    }

    @Test func delimiters() throws {
        let read = try shell("a\nb;c\0d", .pipe)
        #expect(read("read", "-d", ";", "a").status == 0)
        #expect(read.sh.variable("a") == "a\nb")
        #expect(read("read", "-r", "-d", "", "a").status == 0)
        #expect(read.sh.variable("a") == "c")
        #expect(read("read", "-d", "", "a").status == 1)
        #expect(read.sh.variable("a") == "d")
    }

    @Test func reply() throws {
        let read = try shell("  a b  \n", .pipe)
        #expect(read("read").status == 0)
        #expect(read.sh.variable("REPLY") == "  a b  ")
    }

    @Test func errors() throws {
        let read = try shell("x\n", .pipe)
        #expect(read("read", "1x").status == 1)
        #expect(read("read", "-z", "a").status == 2)
        #expect(read("read", "-u", "77", "a").status == 1)
        #expect(read("read", "-t", "x", "a").status == 1)
        #expect(read("read", "-t", "0", "a").status == 0)
        #expect(read("read", "a").status == 0)
    }

    @Test func timesOut() throws {
        let read = BuiltinTester()
        let ends = try System.pipe()
        defer { System.close(ends.write) }
        read.sh.context.descriptors[0] = OpenFile(owning: ends.read)
        try System.writeAll(ends.write, "part")
        #expect(read("read", "-t", "0.05", "a").status == 128 + SIGALRM)
        #expect(read.sh.variable("a") == "part")
        #expect(read("read", "-t", "0", "a").status == 1)
        #expect(Read.nanoseconds("1.25") == 1_250_000_000)
        #expect(Read.nanoseconds("") == nil)
        #expect(Read.nanoseconds(".") == nil)
        #expect(Read.nanoseconds("99999999999999999999") == 1 << 63)
    }
}
