import Bytes
import Glibc
import Platform
import Testing

extension PlatformTests {
    @Suite struct LaunchTests {
        @Test func argumentsArriveAsTheyAre() throws {
            var launch = Launch(
                path: "/usr/bin/printf", arguments: ["printf", "<%s>", "", "a  b", Bytes([0xFF, 0x01, 0x0A]), "$(x)"],
                environment: testEnvironment)
            launch.arguments.append(Bytes(repeating: UInt8(ascii: "x"), count: 100_000))
            var expected: Bytes = "<><a  b><"
            expected += Bytes([0xFF, 0x01, 0x0A])
            expected += "><$(x)><" + Bytes(repeating: UInt8(ascii: "x"), count: 100_000) + ">"
            #expect(try run(launch).output == expected)
        }

        @Test func environmentIsExactlyTheBlock() throws {
            let base = EnvironmentBlock(["A=1", "B=two words"])
            let launch = Launch(
                path: "/usr/bin/env", arguments: ["env"],
                environment: EnvironmentBlock(base, appending: ["SEQ=7", "E="]))
            #expect(try run(launch).lines == ["A=1", "B=two words", "SEQ=7", "E="])
            #expect(launch.environment.entries == ["A=1", "B=two words", "SEQ=7", "E="])
            #expect(base.entries == ["A=1", "B=two words"])
        }

        @Test func statusAndUsage() throws {
            #expect(try run(shell("exit 7")).status == .exited(7))
            let killed = try run(shell("kill -TERM $$"))
            #expect(killed.status == .signaled(SIGTERM, dumpedCore: false))
            #expect(killed.status.shellStatus == 143)
            #expect(killed.usage.maxResidentKiB > 0)
        }

        @Test func directoryMaskNicenessAndLimits() throws {
            let directory = try System.openDirectory("/usr/bin")
            defer { System.close(directory) }
            var launch = shell("pwd; umask; nice; ulimit -n; ulimit -Hn")
            launch.directory = directory
            launch.umask = 0o027
            launch.nice = 5
            launch.limits = [(Resource.descriptors, 50, 60)]
            #expect(try run(launch).lines == ["/usr/bin", "0027", "5", "50", "60"])
        }

        @Test func relativePathIsOfTheNewDirectory() throws {
            let place = try TemporaryDirectory()
            _ = try place.file("script", "#!/bin/sh\necho here\n")
            let directory = try System.openDirectory(place.path)
            defer { System.close(directory) }
            var launch = shell("")
            launch.path = "./script"
            launch.arguments = ["script"]
            launch.directory = directory
            #expect(try run(launch).output == "here\n")
        }

        // /proc/self/stat: pid (name) state ppid pgrp session …
        private static let whoAmI: Bytes = "read -r line </proc/$$/stat; set -- $line; echo $1 $5 $6"

        private func identity(_ launch: Launch) throws -> [Int32] {
            try run(launch).output.dropLast().split(on: UInt8(ascii: " ")).compactMap { $0.decimal.map { Int32($0) } }
        }

        @Test func processGroups() throws {
            let own = System.processGroup
            var launch = shell(Self.whoAmI)
            let inherited = try identity(launch)
            #expect(inherited[1] == own)
            launch.processGroup = .new
            let leader = try identity(launch)
            #expect(leader[1] == leader[0] && leader[2] == inherited[2])
            launch.processGroup = .inherit
            launch.newSession = true
            let session = try identity(launch)
            #expect(session[1] == session[0] && session[2] == session[0])
        }

        @Test func joiningAProcessGroup() throws {
            var sleeper = Launch(path: "/bin/sleep", arguments: ["sleep", "1000"], environment: testEnvironment)
            sleeper.processGroup = .new
            let leader = try start(sleeper)
            var launch = shell(Self.whoAmI)
            launch.processGroup = .join(leader.pid)
            #expect(try identity(launch)[1] == leader.pid)
            #expect(try System.processGroup(of: leader.pid) == leader.pid)
            try System.kill(-leader.pid, SIGKILL)
            #expect(try leader.wait().0 == .signaled(SIGKILL, dumpedCore: false))

            launch.processGroup = .join(leader.pid)
            let error = try failure(launch)
            #expect(error.step == .processGroup)
        }

        @Test func signalDispositionsAndMask() throws {
            try Signals.watch(SIGUSR2)
            defer { try? Signals.reset(SIGUSR2) }
            try Signals.ignore(SIGPIPE)
            try Signals.ignore(SIGQUIT)
            defer { try? Signals.reset(SIGQUIT) }
            @Sendable func masks(_ launch: Launch) throws -> (blocked: UInt64, ignored: UInt64, caught: UInt64) {
                var values: [UInt64] = []
                for line in try run(launch).lines {
                    values.append(UInt64(line.suffix(from: line.count - 16).description, radix: 16) ?? .max)
                }
                return (values[0], values[1], values[2])
            }
            var launch = Launch(
                path: "/bin/grep", arguments: ["grep", "-E", "^Sig(Blk|Ign|Cgt)", "/proc/self/status"],
                environment: testEnvironment)
            func bit(_ signal: Int32) -> UInt64 { SignalSet(signal).bits }
            let plain = try masks(launch)
            #expect(plain.blocked == 0)
            #expect(plain.ignored & (bit(SIGPIPE) | bit(SIGUSR2)) == 0)
            #expect(plain.ignored & bit(SIGQUIT) != 0)
            launch.ignoredSignals = SignalSet(SIGPIPE, SIGUSR2, SIGINT)
            launch.defaultSignals = SignalSet(SIGQUIT)
            let asked = try masks(launch)
            #expect(asked.ignored & (bit(SIGPIPE) | bit(SIGUSR2) | bit(SIGINT)) == launch.ignoredSignals.bits)
            #expect(asked.ignored & bit(SIGQUIT) == 0)

            // From a thread that blocks signals the child gets the mask of the process all the same.
            let done = Condition()
            nonisolated(unsafe) var blocked: UInt64?
            done.lock()
            let shared = launch
            try Threads.run {
                let seen = (try? masks(shared).blocked) ?? .max
                done.withLock { blocked = seen }
                done.signal()
            }
            while blocked == nil { done.wait() }
            done.unlock()
            #expect(blocked == 0)
        }

        @Test func childrenEndWithTheThreadThatStartedThem() throws {
            // A thread of its own, which ends: what Threads never does.
            nonisolated(unsafe) var child: Child?
            var thread = pthread_t()
            let body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { result in
                var launch = Launch(path: "/bin/sleep", arguments: ["sleep", "1000"], environment: testEnvironment)
                launch.parentDeathSignal = SIGKILL
                result?.assumingMemoryBound(to: Child?.self).pointee = try? start(launch)
                return nil
            }
            withUnsafeMutablePointer(to: &child) { result in
                pthread_create(&thread, nil, body, result)
                pthread_join(thread, nil)
            }
            let started = try #require(child)
            #expect(try started.wait().0 == .signaled(SIGKILL, dumpedCore: false))
        }

        @Test func startingMakesNoDescriptorStay() throws {
            _ = try run(shell(":"))
            let before = try System.listDirectory("/proc/self/fd").count
            let program = Launch(path: "/bin/true", arguments: ["true"], environment: testEnvironment)
            var broken = program
            broken.path = "/nonexistent/program"
            for index in 0..<500 {
                if index % 5 == 0 {
                    #expect(try failure(broken).errno == .notFound)
                } else {
                    #expect(try start(program).wait().0 == .exited(0))
                }
            }
            #expect(try System.listDirectory("/proc/self/fd").count == before)
        }

        @Test func manyThreadsStartAtOnce() throws {
            let done = Condition()
            nonisolated(unsafe) var ended = 0
            nonisolated(unsafe) var wrong = 0
            for _ in 0..<4 {
                try Threads.run {
                    for number in 0..<25 {
                        let output = try? run(shell("echo " + Bytes(decimal: number))).output
                        if output != Bytes(decimal: number) + "\n" { done.withLock { wrong += 1 } }
                    }
                    done.withLock { ended += 1 }
                    done.signal()
                }
            }
            done.lock()
            while ended < 4 { done.wait() }
            done.unlock()
            #expect(wrong == 0)
        }

        @Test func pollSeesStopContinueAndEnd() throws {
            let child = try start(
                Launch(path: "/bin/sleep", arguments: ["sleep", "1000"], environment: testEnvironment))
            #expect(try child.poll(stopped: true) == nil)
            try child.signal(SIGSTOP)
            #expect(try child.wait(orStop: true).0 == .stopped(SIGSTOP))
            #expect(try child.poll(stopped: true) == nil)
            try child.signal(SIGCONT)
            #expect(try child.poll(stopped: true)?.0 == .continued)
            try child.signal(SIGTERM)
            #expect(try child.wait().0 == .signaled(SIGTERM, dumpedCore: false))
            #expect(throws: Errno.self) { try child.signal(0) }
        }
    }
}
