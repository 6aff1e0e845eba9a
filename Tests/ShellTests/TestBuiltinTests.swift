import Bytes
import Glibc
import Platform
import Testing

@testable import Shell

@Suite struct TestBuiltinTests {
    private func status(_ words: Bytes...) -> Int32 { BuiltinTester().run(["test"] + words).status }

    @Test func byNumberOfArguments() {
        #expect(status() == 1)
        #expect(status("") == 1)
        #expect(status("-f") == 0)
        #expect(status("!") == 0)
        #expect(status("!", "") == 0)
        #expect(status("!", "x") == 1)
        #expect(status("-n", "") == 1)
        #expect(status("-z", "") == 0)
        #expect(status("!", "=", "!") == 0)
        #expect(status("(", "=", ")") == 1)
        #expect(status("(", "x", ")") == 0)
        #expect(status("-n", "=", "-n") == 0)
        #expect(status("a", "-a", "") == 1)
        #expect(status("a", "-o", "") == 0)
        #expect(status("!", "-n", "") == 0)
        #expect(status("!", "a", "=", "b") == 0)
        #expect(status("(", "-n", "x", ")") == 0)
        #expect(status("a", "b") == 2)
        #expect(status("a", "b", "c") == 2)
        #expect(status("a", "b", "c", "d") == 2)
    }

    @Test func stringsAndIntegers() {
        #expect(status("a", "=", "a") == 0)
        #expect(status("a", "==", "b") == 1)
        #expect(status("a", "!=", "b") == 0)
        #expect(status("a", "<", "b") == 0)
        #expect(status("a", ">", "b") == 1)
        #expect(status("010", "-eq", "10") == 0)
        #expect(status("-5", "-lt", "3") == 0)
        #expect(status(" 3 ", "-ge", "3") == 0)
        #expect(status("3", "-gt", "3") == 1)
        #expect(status("1", "-ne", "2") == 0)
        #expect(status("2", "-le", "1") == 1)
        #expect(status("x", "-eq", "1") == 2)
        #expect(status("", "-eq", "0") == 2)
        #expect(status("9223372036854775807", "-gt", "-9223372036854775808") == 0)
    }

    @Test func expressions() {
        #expect(status("a", "=", "a", "-a", "b", "=", "b") == 0)
        #expect(status("a", "=", "b", "-o", "b", "=", "b") == 0)
        #expect(status("a", "-o", "", "-a", "") == 0)
        #expect(status("(", "a", "-o", "", ")", "-a", "") == 1)
        #expect(status("!", "(", "a", "=", "b", ")") == 0)
        #expect(status("(", "=", "(", "-a", "!", "=", "!") == 0)
        #expect(status("-n", "x", "-a", "-z", "") == 0)
        #expect(status("!", "!", "!", "!", "x") == 0)
        #expect(status("(", "a", "-a", "b", "c") == 2)
        #expect(status("a", "=", "a", "-a", "b", "=") == 2)
    }

    @Test func bracket() {
        let bracket = BuiltinTester()
        #expect(bracket("[", "a", "]").status == 0)
        #expect(bracket("[", "]").status == 1)
        #expect(bracket("[", "a").status == 2)
        #expect(bracket("[").status == 2)
    }

    @Test func files() throws {
        let scratch = try Scratch()
        try scratch.file("file", "text")
        try scratch.file("empty")
        try scratch.directory("directory")
        try #require(symlinkat("nowhere", scratch.descriptor, "broken") == 0)
        try #require(symlinkat("file", scratch.descriptor, "link") == 0)
        try System.makeFifo("fifo", at: scratch.descriptor)
        let test = BuiltinTester()
        test.sh.context.workingDirectory = WorkingDirectory(
            path: scratch.path, owning: try System.duplicate(scratch.descriptor))
        func holds(_ words: Bytes...) -> Bool { test.run(["test"] + words).status == 0 }
        #expect(holds("-e", "file") && holds("-f", "file") && !holds("-d", "file") && holds("-s", "file"))
        #expect(!holds("-s", "empty") && holds("-d", "directory") && holds("-p", "fifo"))
        #expect(holds("-L", "link") && holds("-h", "broken") && !holds("-e", "broken") && holds("-f", "link"))
        #expect(!holds("-L", "file") && !holds("-e", "none") && !holds("-e", "") && !holds("-r", ""))
        #expect(holds("-r", "file") && !holds("-x", "file") && holds("-x", "directory"))
        #expect(holds("file", "-ef", "link") && !holds("file", "-ef", "empty") && !holds("none", "-ef", "none"))
        #expect(holds("file", "-nt", "none") && holds("none", "-ot", "file") && !holds("none", "-nt", "none"))
        #expect(holds("-O", "file") && holds("-G", "file"))
        #expect(holds("-c", "/dev/null") && !holds("-b", "/dev/null"))
        #expect(!holds("-u", "file") && !holds("-g", "file") && !holds("-k", "file"))
        var times = [timespec(tv_sec: 1000, tv_nsec: 5), timespec(tv_sec: 1000, tv_nsec: 5)]
        try #require(utimensat(scratch.descriptor, "empty", &times, 0) == 0)
        #expect(holds("file", "-nt", "empty") && holds("empty", "-ot", "file") && !holds("empty", "-nt", "file"))
    }

    @Test func shell() {
        let test = BuiltinTester()
        _ = test.sh.assign("set", "")
        #expect(test("test", "-v", "set").status == 0)
        #expect(test("test", "-v", "unset_name").status == 1)
        #expect(test("test", "-o", "errexit").status == 1)
        test.sh.context.options.insert(.errexit)
        #expect(test("test", "-o", "errexit").status == 0)
        #expect(test("test", "-t", "99").status == 1)
        #expect(test("test", "-t", "x").status == 2)
        // Descriptors are the shell's, not the process's.
        let (read, write) = (try? System.pipe()) ?? (-1, -1)
        test.sh.context.descriptors[0] = OpenFile(owning: read)
        System.close(write)
        #expect(test("test", "-p", "/dev/stdin").status == 0)
        #expect(test("test", "-e", "/dev/fd/77").status == 1)
    }
}
