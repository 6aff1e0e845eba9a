import Bytes
import Glibc
import Platform
import Testing

extension PlatformTests {
    @Suite struct EventLoopTests {
        private func soon() -> UInt64 { Clock.monotonicNanoseconds() + 10_000_000_000 }

        @Test func pipesByToken() throws {
            let loop = try EventLoop()
            let first = try System.pipe()
            let second = try System.pipe()
            defer { for fd in [first.read, first.write, second.read, second.write] { System.close(fd) } }
            try loop.add(first.read, .readable, token: 1)
            try loop.add(second.read, .readable, token: 2)
            try loop.add(second.write, .writable, token: 3)
            var seen: [UInt64] = []
            try loop.wait(until: soon()) { token, _ in seen.append(token) }
            #expect(seen == [3])
            try loop.modify(second.write, [])
            try System.writeAll(second.write, "x")
            // Level-triggered: reported again as long as it is not read.
            for _ in 0..<2 {
                seen = []
                try loop.wait(until: soon()) { token, ready in
                    #expect(ready.contains(.readable))
                    seen.append(token)
                }
                #expect(seen == [2])
            }
            #expect(throws: Errno.exists) { try loop.add(first.read, .readable, token: 1) }
            let file = try System.open("/etc/passwd", flags: O_RDONLY)
            defer { System.close(file) }
            #expect(throws: Errno.notPermitted) { try loop.add(file, .readable, token: 9) }
        }

        @Test func removedDescriptorsGiveNoEventAnyMore() throws {
            let loop = try EventLoop()
            let first = try System.pipe()
            let second = try System.pipe()
            try loop.add(first.read, .readable, token: 1)
            try loop.add(second.read, .readable, token: 2)
            System.close(first.write)
            System.close(second.write)
            var seen = 0
            try loop.wait(until: soon()) { _, ready in
                #expect(ready.contains(.hungUp))
                seen += 1
                // Whichever comes first takes both away.
                loop.remove(first.read)
                loop.remove(second.read)
                System.close(first.read)
                System.close(second.read)
            }
            #expect(seen == 1)
            loop.remove(first.read)
            loop.remove(4000)
        }

        @Test func endsOfChildrenAndDeadlines() throws {
            let loop = try EventLoop()
            let child = try start(shell("sleep 0.05; exit 3"))
            try loop.add(child.pidfd, .readable, token: 7)
            var status: WaitStatus?
            while status == nil {
                try loop.wait(until: nil) { token, _ in
                    guard token == 7 else { return }
                    loop.remove(child.pidfd)
                    status = try? child.poll()?.0
                }
            }
            #expect(status == .exited(3))
            let deadline = Clock.monotonicNanoseconds() + 30_000_000
            while Clock.monotonicNanoseconds() < deadline { try loop.wait(until: deadline) { _, _ in } }
            try loop.wait(until: 0) { _, _ in }
        }

        @Test func wakeFromAnotherThread() throws {
            let loop = try EventLoop()
            let done = Condition()
            nonisolated(unsafe) var sent = 0
            try Threads.run {
                for _ in 0..<1000 {
                    done.withLock { sent += 1 }
                    loop.wake()
                }
            }
            // Every wait returns, and none is lost: the last one is seen without a deadline.
            while done.withLock({ sent }) < 1000 { try loop.wait(until: nil) { _, _ in Issue.record("no descriptor") } }
            loop.wake()
            loop.wake()
            try loop.wait(until: nil) { _, _ in }
        }
    }

    @Suite struct SignalTests {
        @Test func caughtSignalsShow() throws {
            try Signals.watch(SIGUSR1)
            try Signals.watch(SIGHUP)
            defer {
                try? Signals.reset(SIGUSR1)
                try? Signals.reset(SIGHUP)
            }
            _ = Signals.takePending()
            try System.kill(System.processID, SIGUSR1)
            try System.kill(System.processID, SIGHUP)
            var seen = SignalSet()
            #expect(
                eventually {
                    var fds = [pollfd(fd: Signals.descriptor, events: Int16(POLLIN), revents: 0)]
                    _ = try? System.poll(&fds, timeoutMilliseconds: 100)
                    seen.formUnion(Signals.takePending())
                    return seen == SignalSet(SIGUSR1, SIGHUP)
                })
            #expect(!Signals.pending)
            #expect(Array(seen) == [SIGHUP, SIGUSR1])
            #expect(!Signals.dispositionIsIgnored(SIGHUP))
        }

        @Test func namesAndNumbers() {
            #expect(Signals.name(of: SIGINT) == "INT" && Signals.name(of: SIGSYS) == "SYS")
            #expect(Signals.name(of: 0) == nil && Signals.name(of: 32) == nil && Signals.name(of: 65) == nil)
            for signal in Signals.all {
                let name = Signals.name(of: signal) ?? ""
                #expect(Signals.number(named: name) == signal)
                #expect(Signals.number(named: "SIG" + name) == signal)
            }
            #expect(Signals.number(named: "sigterm") == SIGTERM && Signals.number(named: "CLD") == SIGCHLD)
            #expect(Signals.number(named: "RTMIN+3") == 37 && Signals.number(named: "RTMAX-30") == 34)
            for wrong: Bytes in ["", "SIG", "RTMIN+", "RTMIN+31", "RTMIN--1", "RTMAX+1", "9", "FOO"] {
                #expect(Signals.number(named: wrong) == nil)
            }
            #expect(Signals.explanation(of: SIGTERM) == "Terminated")
        }
    }

    @Suite struct ThreadTests {
        @Test func threadsAreUsedAgain() throws {
            func count() throws -> Int { try System.listDirectory("/proc/self/task").count }
            let done = Condition()
            nonisolated(unsafe) var ended = 0
            func runOne() throws {
                let target = done.withLock { ended + 1 }
                try Threads.run {
                    done.withLock { ended += 1 }
                    done.signal()
                }
                done.lock()
                while ended < target { done.wait() }
                done.unlock()
            }
            for _ in 0..<20 { try runOne() }
            let before = try count()
            for _ in 0..<200 {
                try runOne()
                // Until the thread is idle again, the next run would rightly make another.
                usleep(200)
            }
            #expect(try count() <= before + 20)
        }

        @Test func stackIsMeasured() throws {
            let here = Threads.stackRemaining()
            #expect(here > 64 << 10)
            let done = Condition()
            nonisolated(unsafe) var found: (Int, Int, Int)?
            try Threads.run(stackSize: 2 << 20) {
                @inline(never) func deeper(_ depth: Int) -> Int {
                    let rest = Threads.stackRemaining()
                    return depth == 0 ? rest : min(rest, deeper(depth - 1))
                }
                // Down to the last 64 KiB, as the interpreter goes. Large frames: the thread sanitizer counts no more
                // than 65,536 of them.
                @inline(never) func levels() -> Int {
                    withUnsafeTemporaryAllocation(byteCount: 512, alignment: 8) { frame in
                        frame[0] = 1
                        return Threads.stackRemaining() < 64 << 10 ? 0 : Int(frame[0]) + levels()
                    }
                }
                let result = (Threads.stackRemaining(), deeper(100), levels())
                done.withLock { found = result }
                done.signal()
            }
            done.lock()
            while found == nil { done.wait() }
            done.unlock()
            let (top, below, levels) = try #require(found)
            #expect(top > 1 << 20 && top <= 9 << 20)
            #expect(below < top && levels > 500)
        }

        @Test func conditionsTimeOut() {
            let condition = Condition()
            condition.lock()
            let deadline = Clock.monotonicNanoseconds() + 20_000_000
            while condition.wait(until: deadline) {}
            condition.unlock()
            #expect(Clock.monotonicNanoseconds() >= deadline)
        }
    }
}
