import Bytes
import Glibc
import Platform
import Testing

extension PlatformTests {
    @Suite struct LaunchErrorTests {
        private func launch(_ path: Bytes, _ arguments: [Bytes] = []) -> Launch {
            Launch(path: path, arguments: [path] + arguments, environment: testEnvironment)
        }

        @Test func notFoundAndNotExecutable() throws {
            let place = try TemporaryDirectory()
            let missing = try failure(launch(place.path + "/missing"))
            #expect(missing.step == .execute && missing.errno == .notFound && missing.exitStatus == 127)
            #expect(missing.interpreter == nil)
            #expect(missing.message == "No such file or directory")

            let plain = try failure(launch(place.file("plain", "text", mode: 0o644)))
            #expect(plain.step == .execute && plain.errno == .permissionDenied && plain.exitStatus == 126)
            #expect(plain.interpreter == nil)
            #expect(try failure(launch(place.path)).exitStatus == 126)
            let under = try failure(launch(place.path + "/plain/below"))
            #expect(under.errno == .notDirectory && under.exitStatus == 127)
        }

        @Test func scriptsWithoutALineForTheKernel() throws {
            let place = try TemporaryDirectory()
            #expect(try failure(launch(place.file("script", "echo hello\n"))).errno == .notExecutable)
            #expect(try failure(launch(place.file("empty", ""))).errno == .notExecutable)
        }

        @Test func missingInterpreterIsNamed() throws {
            let place = try TemporaryDirectory()
            let missing = try failure(launch(place.file("a", "#! /no/such/interpreter -x\n:\n")))
            #expect(missing.errno == .notFound && missing.interpreter == "/no/such/interpreter")
            #expect(missing.exitStatus == 127)
            #expect(missing.message == "bad interpreter: /no/such/interpreter: No such file or directory")
            let dos = try failure(launch(place.file("b", "#!/bin/sh\r\n:\r\n")))
            #expect(dos.message == "bad interpreter: /bin/sh\\r: No such file or directory")
            let plain = try place.file("plain", "", mode: 0o644)
            let denied = try failure(launch(place.file("c", "#!" + plain + "\n")))
            #expect(denied.errno == .permissionDenied && denied.interpreter == plain)
        }

        @Test func missingLoaderIsNamed() throws {
            let place = try TemporaryDirectory()
            var program = try Array(System.readFile("/bin/true"))
            // The name of the loader stands once as text; change its first letters.
            let name = Array("/lib".utf8)
            let found = program.indices.first {
                $0 + 8 < program.count && $0 > 64 && Array(program[$0..<$0 + 4]) == name && program[$0 - 1] == 0
            }
            let index = try #require(found)
            program[index + 1] = UInt8(ascii: "X")
            let error = try failure(launch(place.file("program", Bytes(program))))
            #expect(error.errno == .notFound)
            #expect(error.interpreter?.hasPrefix("/Xib") == true)
        }

        @Test func tooManyArguments() throws {
            let long = Bytes(repeating: UInt8(ascii: "x"), count: LaunchError.stringLimit)
            #expect(try run(launch("/bin/echo", [long])).output.count == long.count + 1)
            let one = try failure(launch("/bin/true", ["a", long + "y"]))
            #expect(one.errno == .argumentsTooLong && one.exitStatus == 126)
            #expect(one.oversized == .argument(index: 2, count: long.count + 1))
            #expect(one.message.hasPrefix("argument list too long: argument 2 has 131072 bytes"))

            let many = try failure(launch("/bin/true", Array(repeating: long, count: 200)))
            #expect(many.oversized == nil)
            #expect(many.argumentSize > 200 * long.count && many.argumentSize > many.argumentLimit)
            #expect(many.argumentLimit == LaunchError.argumentLimit())

            var big = launch("/bin/true")
            big.environment = EnvironmentBlock(["A=1", "BIG=" + long])
            #expect(try failure(big).oversized == .environment(name: "BIG", count: long.count + 4))
        }

        @Test func theLimitIsTheKernels() throws {
            // As many strings as the computed limit takes, and some more than that.
            let limit = LaunchError.argumentLimit()
            let piece = Bytes(repeating: UInt8(ascii: "x"), count: 1000)
            let fitting = Array(repeating: piece, count: (limit - 8192) / (piece.count + 1 + 8))
            #expect(try start(launch("/bin/true", fitting)).wait().0 == .exited(0))
            let error = try failure(launch("/bin/true", fitting + Array(repeating: piece, count: 10)))
            #expect(error.argumentSize > error.argumentLimit)
        }

        @Test func badDescriptorDirectoryAndLimit() throws {
            var bad = launch("/bin/true")
            bad.descriptors = [(1, 999)]
            let descriptor = try failure(bad)
            #expect(descriptor.step == .descriptors && descriptor.errno == .badDescriptor && descriptor.detail == 999)
            #expect(descriptor.message == "cannot set up descriptor 999: Bad file descriptor")
            bad.descriptors = [(9, -1)]
            #expect(try start(bad).wait().0 == .exited(0))
            bad.descriptors = [(900, 901), (901, 900)]
            #expect(try failure(bad).step == .descriptors)

            bad.descriptors = []
            let file = try System.memoryFile("file")
            defer { System.close(file) }
            bad.directory = file
            let directory = try failure(bad)
            #expect(directory.step == .directory && directory.errno == .notDirectory)

            bad.directory = nil
            bad.limits = [(Resource.core, 10, 5)]
            let limit = try failure(bad)
            #expect(limit.step == .limits && limit.errno == .invalidArgument && limit.detail == Resource.core)
        }

        @Test func removedDirectory() throws {
            let place = try TemporaryDirectory()
            try System.makeDirectory(place.path + "/gone")
            let directory = try System.openDirectory(place.path + "/gone")
            defer { System.close(directory) }
            try System.unlink(place.path + "/gone", isDirectory: true)
            var relative = launch("./program")
            relative.directory = directory
            let error = try failure(relative)
            #expect(error.step == .execute && error.errno == .notFound && error.exitStatus == 127)
        }

        @Test func terminalThatIsNone() throws {
            var bad = launch("/bin/true")
            let null = try System.open("/dev/null", flags: O_RDWR)
            defer { System.close(null) }
            bad.processGroup = .new
            bad.terminal = null
            let error = try failure(bad)
            #expect(error.step == .terminal && error.errno == .notTerminal)
        }

        @Test func replacingThisProcessCanFail() throws {
            let place = try TemporaryDirectory()
            try Signals.watch(SIGUSR1)
            defer { try? Signals.reset(SIGUSR1) }
            #expect(throws: LaunchError.self) { try replaceProcess(with: launch(place.path + "/missing")) }
            let script = try place.file("script", "no program")
            do throws(LaunchError) {
                try replaceProcess(with: launch(script))
            } catch {
                #expect(error.step == .execute && error.errno == .notExecutable)
            }
            // The handler is in place again.
            try System.kill(System.processID, SIGUSR1)
            #expect(eventually { Signals.takePending().contains(SIGUSR1) })
        }
    }
}
