import Bytes
import Glibc
import Platform
import Testing

@testable import Shell

/// A directory that is gone after the test.
final class Scratch {
    let path: Bytes
    let descriptor: Int32

    init() throws {
        var template = Array("/tmp/thresh-test.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno(EIO) }
        path = Bytes(cString: template)
        descriptor = try System.openDirectory(path)
    }

    deinit {
        System.close(descriptor)
        Scratch.remove(path)
    }

    private static func remove(_ path: Bytes) {
        for name in (try? System.listDirectory(path)) ?? [] {
            let child = path + "/" + name
            if (try? System.status(child, followLinks: false))?.kind == .directory {
                remove(child)
            } else {
                try? System.unlink(child)
            }
        }
        try? System.unlink(path, isDirectory: true)
    }

    func file(_ name: Bytes, _ text: Bytes = "") throws {
        let fd = try System.open(name, flags: O_WRONLY | O_CREAT | O_TRUNC, at: descriptor)
        try System.writeAll(fd, text)
        System.close(fd)
    }

    func directory(_ name: Bytes) throws { try System.makeDirectory(name, at: descriptor) }
}

@Suite struct GlobTests {
    private func expand(_ source: Bytes, _ scratch: Scratch) -> [Bytes]? {
        Glob.expand([(source, false)], directory: scratch.descriptor, encoding: .utf8)
    }

    @Test func names() throws {
        let scratch = try Scratch()
        for name: Bytes in ["b", "a", "ab", ".hidden", "a.c", "b.c", "[x]", "B", "é"] { try scratch.file(name) }
        #expect(expand("*", scratch) == ["B", "[x]", "a", "a.c", "ab", "b", "b.c", "é"])
        #expect(expand("*.c", scratch) == ["a.c", "b.c"])
        #expect(expand("?", scratch) == ["B", "a", "b", "é"])
        #expect(expand("[!a]", scratch) == ["B", "b", "é"])
        #expect(expand(".*", scratch) == [".hidden"])
        #expect(expand("[.]*", scratch) == nil)
        #expect(expand("?hidden", scratch) == nil)
        #expect(expand("*x*", scratch) == ["[x]"])
        #expect(expand("\\[*", scratch) == ["[x]"])
        #expect(expand("nothing*", scratch) == nil)
        #expect(expand("a", scratch) == nil)
        #expect(expand("[x", scratch) == nil)
        #expect(expand("", scratch) == nil)
        #expect(Glob.expand([("*", true)], directory: scratch.descriptor, encoding: .utf8) == nil)
        #expect(
            Glob.expand([("a", true), ("*", false)], directory: scratch.descriptor, encoding: .utf8) == [
                "a", "a.c", "ab",
            ])
    }

    @Test func paths() throws {
        let scratch = try Scratch()
        for name: Bytes in ["d1", "d2", ".d3", "d1/sub"] { try scratch.directory(name) }
        for name: Bytes in ["file", "d1/x", "d1/y", "d2/x", "d1/sub/z", ".d3/x"] { try scratch.file(name) }
        #expect(expand("*/x", scratch) == ["d1/x", "d2/x"])
        #expect(expand("d1/*", scratch) == ["d1/sub", "d1/x", "d1/y"])
        #expect(expand("*/", scratch) == ["d1/", "d2/"])
        #expect(expand("*/*/z", scratch) == ["d1/sub/z"])
        #expect(expand(".*/x", scratch) == [".d3/x"])
        #expect(expand("d?//x", scratch) == ["d1//x", "d2//x"])
        #expect(expand("./d*/x", scratch) == ["./d1/x", "./d2/x"])
        #expect(expand("d[1/]x", scratch) == nil)
        #expect(expand("*/../file", scratch) == ["d1/../file", "d2/../file"])
        #expect(expand("file/*", scratch) == nil)
        #expect(expand(scratch.path + "/f*", scratch) == [scratch.path + "/file"])
        #expect(expand("/*", scratch)?.contains("/tmp") == true)
        // A link to nowhere is a name like others.
        try #require(symlinkat("nowhere", scratch.descriptor, "link") == 0)
        #expect(expand("l*", scratch) == ["link"])
        #expect(expand("l*/", scratch) == nil)
    }

    @Test func manyFiles() throws {
        let scratch = try Scratch()
        for number in 0..<5_000 { try scratch.file("some-file-name-" + Bytes(decimal: number)) }
        let found = try #require(expand("*-name-*7", scratch))
        #expect(found.count == 500)
        #expect(found == found.sorted())
    }
}
