import Bytes
import Glibc
import Platform
import Testing

extension PlatformTests {
    @Suite struct SystemTests {
        @Test func writeAllWaitsForASlowReader() throws {
            let ends = try System.pipe()
            try System.setNonBlocking(ends.write, true)
            let text = Bytes([UInt8](repeating: UInt8(ascii: "z"), count: 1 << 20))
            let done = Condition()
            nonisolated(unsafe) var received: Int?
            try Threads.run {
                var total = 0
                let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 30000, alignment: 1)
                defer { buffer.deallocate() }
                while let count = try? System.read(ends.read, buffer), count > 0 {
                    total += count
                    usleep(500)
                }
                done.withLock { received = total }
                done.signal()
            }
            try System.writeAll(ends.write, text)
            System.close(ends.write)
            done.lock()
            while received == nil { done.wait() }
            done.unlock()
            System.close(ends.read)
            #expect(received == text.count)
        }

        @Test func readAllWaitsForASlowWriter() throws {
            let ends = try System.pipe()
            try System.setNonBlocking(ends.read, true)
            let child = try start(
                {
                    var launch = shell("sleep 0.1; echo late")
                    launch.descriptors = [(1, ends.write)]
                    return launch
                }())
            System.close(ends.write)
            #expect(try System.readAll(ends.read) == "late\n")
            System.close(ends.read)
            _ = try child.wait()
        }

        @Test func errorsOfWriting() throws {
            let full = try System.open("/dev/full", flags: O_WRONLY)
            defer { System.close(full) }
            #expect(throws: Errno.noSpace) { try System.writeAll(full, "text") }
            try Signals.ignore(SIGPIPE)
            let ends = try System.pipe()
            System.close(ends.read)
            #expect(throws: Errno.brokenPipe) { try System.writeAll(ends.write, "text") }
            System.close(ends.write)
            #expect(throws: Errno.badDescriptor) { try System.writeAll(999, "text") }
        }

        @Test func filesAndTheirStatus() throws {
            let place = try TemporaryDirectory()
            let file = try place.file("a", "12345", mode: 0o640)
            let status = try System.status(file)
            #expect(status.kind == .regular && status.size == 5 && status.linkCount == 1)
            #expect(status.uid == System.effectiveUserID)
            #expect(try System.readFile(file) == "12345")
            #expect(throws: Errno.notFound) { try System.status(place.path + "/b") }
            symlink("a", (place.path + "/l").description)
            #expect(try System.status(place.path + "/l", followLinks: false).kind == .link)
            #expect(try System.status(place.path + "/l").isSameFile(as: status))
            #expect(try System.readLink(place.path + "/l") == "a")
            try System.makeFifo(place.path + "/f")
            #expect(try System.status(place.path + "/f").kind == .fifo)

            let directory = try System.openDirectory(place.path)
            defer { System.close(directory) }
            #expect(try System.listDirectory(directory).sorted() == ["a", "f", "l"])
            #expect(try System.status("a", at: directory).size == 5)
            #expect(System.access("a", R_OK, at: directory))
            #expect(!System.access("nothing", F_OK, at: directory))
            var kinds: [Bytes: FileKind] = [:]
            try System.forEachEntry(of: place.path) { kinds[Bytes($0)] = $1 }
            #expect(kinds["a"] == .regular && kinds["l"] == .link && kinds.count == 3)
            #expect(throws: Errno.notDirectory) { try System.listDirectory(file) }
            #expect(try System.status("/dev/null").kind == .character)
        }

        @Test func temporaryAndMemoryFiles() throws {
            let place = try TemporaryDirectory()
            let file = try System.temporaryFile(in: place.path)
            defer { System.close(file) }
            try System.writeAll(file, "kept")
            try System.seek(file, 0, SEEK_SET)
            #expect(try System.readAll(file) == "kept")
            #expect(try System.listDirectory(place.path).isEmpty)
            #expect(throws: Errno.notFound) { try System.temporaryFile(in: place.path + "/missing") }

            let memory = try System.memoryFile("text")
            defer { System.close(memory) }
            try System.writeAll(memory, "sealed")
            try System.seal(memory)
            #expect(throws: Errno.notPermitted) { try System.writeAll(memory, "x") }
        }

        @Test func usersByNameAndNumber() throws {
            #expect(System.homeDirectory(of: "root") == "/root")
            #expect(System.user(id: 0)?.name == "root")
            #expect(System.homeDirectory(of: "no-such-user-here") == nil)
            #expect(System.homeDirectory(of: "0") == nil)
            #expect(System.homeDirectory(of: "-x") == nil)
            #expect(System.homeDirectory(of: "") == nil)
            #expect(System.homeDirectory(of: "root:x") == nil)
        }

        @Test func theProcess() throws {
            #expect(System.getEnvironment().contains { $0.hasPrefix("PATH=") })
            #expect(!System.hostName.isEmpty)
            let mask = System.creationMask()
            #expect(System.setCreationMask(0o012) == mask)
            #expect(System.creationMask() == 0o012)
            System.setCreationMask(mask)
            #expect(try System.currentDirectory().hasPrefix("/"))
            #expect(Errno(ENOENT).message == "No such file or directory")
            #expect(Errno(4242).message == "Unknown error 4242")
            #expect(throws: Errno.noSuchProcess) { try System.kill(999_999_999, 0) }
        }

        @Test func processorsFollowAffinity() throws {
            #expect(Processors.available >= 1)
            #expect(Processors.cores >= 1 && Processors.sockets >= 1 && Processors.sockets <= Processors.cores)
            #expect(Processors.availableMemory() > 0 && Processors.availableMemory() <= Processors.totalMemory())
            #expect(Processors.loadAverage() >= 0)
            // Affinity is that of a thread; one of our own is used, and left as it was.
            let done = Condition()
            nonisolated(unsafe) var counts: [Int] = []
            try Threads.run {
                let thread = (try? System.readLink("/proc/thread-self")) ?? ""
                let number = thread.suffix(from: (thread.findLast(UInt8(ascii: "/")) ?? 0) + 1)
                func taskset(_ mask: Bytes) {
                    _ = try? run(
                        Launch(
                            path: "/usr/bin/taskset", arguments: ["taskset", "-p", mask, number],
                            environment: testEnvironment))
                }
                taskset("1")
                let one = Processors.available
                taskset("ffffffff")
                let all = Processors.available
                done.withLock { counts = [one, all] }
                done.signal()
            }
            done.lock()
            while counts.isEmpty { done.wait() }
            done.unlock()
            #expect(counts == [1, Processors.available])
        }
    }
}
