// How `compare` measures: on a thread of its own, in a copy of the shell, so that the shell's own thread can be interrupted and
// nothing that the command changes stays.

import Bytes
import Glibc
import Platform
import Shell

/// The same work in three ways.
///
/// Thread: made and asked by the shell's thread; the measuring is on another, which alone touches `copy` then.
final class Comparison: @unchecked Sendable {
    enum Outcome {
        case table(ComparisonTable)
        /// The command failed, in this way of running it.
        case failed(Int32, Bytes)
        case interrupted(Int32)
        case impossible(Errno)
    }

    private enum Way: CaseIterable {
        case sequential, threads, processes

        var name: Bytes {
            switch self {
            case .sequential: "sequential"
            case .threads: "threads"
            case .processes: "processes"
            }
        }
    }

    private enum Failure: Error {
        case status(Int32, Bytes)
        case system(Errno)
        case unwound(Unwind)
    }

    private let words: [Bytes]
    private let width: Int
    private let runs: Int
    private let ignoresFailure: Bool
    private let copy: Interpreter
    /// The command is a program, which is its own process in every way.
    private let isProgram: Bool

    init(words: [Bytes], width: Int, runs: Int, ignoresFailure: Bool, shell: Interpreter) {
        self.words = words
        self.width = width
        self.runs = runs
        self.ignoresFailure = ignoresFailure
        copy = Interpreter(copying: shell, cancellation: Cancellation())
        if case .external = shell.findCommand(words[0]) { isProgram = true } else { isProgram = false }
        for (number, flags) in [(0, O_RDONLY), (1, O_WRONLY)] {
            if let null = try? System.open("/dev/null", flags: flags) {
                copy.context.descriptors[number] = OpenFile(owning: null)
            }
        }
    }

    /// Measures while `sh` waits, which a signal with a trap or Ctrl-C ends.
    func measure(for sh: Interpreter) throws(Unwind) -> Outcome {
        let monitor = Monitor<Result<ComparisonTable, Failure>?>(nil)
        do throws(Errno) {
            try Threads.run { [self] in
                let result = compare()
                monitor.change { $0 = result }
            }
        } catch { return .impossible(error) }
        var interruption: Int32?
        do throws(Unwind) {
            switch try monitor.wait(sh, { $0 }) {
            case .done(.success(let table)): return .table(table)
            case .done(.failure(.status(let status, let way))): return .failed(status, way)
            case .done(.failure(.system(let error))): return .impossible(error)
            case .done(.failure(.unwound)): return .failed(1, Way.sequential.name)
            case .timedOut: break
            case .interrupted(let signal): interruption = signal
            }
        } catch {
            stop(monitor)
            throw error
        }
        stop(monitor)
        return .interrupted(interruption ?? SIGINT)
    }

    /// Ends what runs, and waits for that.
    private func stop(_ monitor: Monitor<Result<ComparisonTable, Failure>?>) {
        copy.cancellation.cancel()
        copy.cancellation.signal(SIGTERM)
        while monitor.withLock({ $0 == nil }) { usleep(1000) }
    }

    // MARK: On the measuring thread

    private func compare() -> Result<ComparisonTable, Failure> {
        var measurements = [Measurements](repeating: Measurements(), count: Way.allCases.count)
        do throws(Failure) {
            for _ in 0..<runs {
                for (index, way) in Way.allCases.enumerated() { measurements[index].add(try sample(way)) }
            }
            measurements[1].startCost = try startCost { () throws(Failure) in try runThreads([":"], 1) }
            let nothing = isProgram ? copy.findExecutable("true") ?? ":" : ":"
            measurements[2].startCost = try startCost { () throws(Failure) in _ = try runProcesses([nothing], 1) }
        } catch { return .failure(error) }
        return .success(
            ComparisonTable(
                command: words.joined(by: " "), width: width, processors: Processors.available,
                rows: zip(Way.allCases, measurements).map { ComparisonRow(name: $0.name, measurements: $1) }))
    }

    /// The median time of some starts of what does nothing, each waited for.
    private func startCost(_ start: () throws(Failure) -> Void) throws(Failure) -> Double {
        var times: [Double] = []
        for _ in 0..<20 {
            let before = Clock.monotonicNanoseconds()
            try start()
            times.append(Double(Clock.monotonicNanoseconds() - before) / 1e9)
        }
        return median(times)
    }

    private func sample(_ way: Way) throws(Failure) -> Sample {
        Memory.forgetPeak()
        let memory = Memory.now
        let processor = Comparison.processorMicroseconds
        let start = Clock.monotonicNanoseconds()
        var children = 0
        switch way {
        case .sequential:
            if isProgram {
                for _ in 0..<width { children = max(children, try runProcesses(words, 1)) }
            } else {
                for _ in 0..<width { try runHere() }
            }
        case .threads: try runThreads(words, width)
        case .processes: children = try runProcesses(words, width)
        }
        let wall = Double(Clock.monotonicNanoseconds() - start) / 1e9
        let spent = Double(Comparison.processorMicroseconds - processor) / 1e6
        return Sample(wall: wall, processor: spent, memory: max(Memory.peak - memory, 0) + children)
    }

    /// Of this process and of its children that have ended.
    private static var processorMicroseconds: Int64 {
        let times = System.times()
        return times.user + times.system + times.childrenUser + times.childrenSystem
    }

    private func check(_ status: Int32, _ way: Way) throws(Failure) {
        if status != 0 && !ignoresFailure { throw .status(status, way.name) }
    }

    private func runHere() throws(Failure) {
        do throws(Unwind) {
            let status = try copy.run(words)
            copy.flushOutput()
            if status != 0 && !ignoresFailure { throw .exit }
        } catch {
            if case .cancelled = error { throw .unwound(error) }
            try check(copy.context.status, .sequential)
        }
    }

    private func runThreads(_ words: [Bytes], _ count: Int) throws(Failure) {
        var threads: [ShellThread] = []
        // The next way is to be without what sharing costs.
        defer { copy.endSharing() }
        do throws(Errno) {
            for number in 0..<count {
                threads.append(
                    try ShellThread.start(
                        words, name: "compare-" + Bytes(decimal: number), isDaemon: false, by: copy,
                        admit: { _ in true }, dismiss: {}))
            }
        } catch {
            for thread in threads { thread.cancel() }
            for thread in threads { try? wait(thread.ended.descriptor) { thread.hasEnded } }
            throw .system(error)
        }
        var failure: Failure?
        for thread in threads {
            do throws(Failure) {
                if !thread.ended.spin(microseconds: 20) {
                    try wait(thread.ended.descriptor) { thread.hasEnded }
                }
                try check(thread.status, .threads)
            } catch {
                failure = failure ?? error
                for thread in threads { thread.cancel() }
            }
        }
        while threads.contains(where: { !$0.hasEnded }) { usleep(1000) }
        if let failure { throw failure }
    }

    /// Runs processes beside each other; the memory of all, in bytes.
    private func runProcesses(_ words: [Bytes], _ count: Int) throws(Failure) -> Int {
        var children: [Child] = []
        var failure: Failure?
        for _ in 0..<count where failure == nil {
            do throws(Unwind) {
                switch try copy.ownProcess(of: words) {
                case .failure(let stopped): failure = .status(stopped.status, Way.processes.name)
                case .success(let process):
                    switch copy.begin(process) {
                    case .success(let child): children.append(child)
                    case .failure(let stopped): failure = .status(stopped.status, Way.processes.name)
                    }
                }
            } catch { failure = .unwound(error) }
        }
        var memory = 0
        for child in children {
            do throws(Failure) {
                if failure != nil { try? child.signal(SIGTERM) }
                try wait(child.pidfd) { false }
            } catch {
                failure = failure ?? error
                try? child.signal(SIGTERM)
            }
            guard let (status, usage) = try? child.wait() else { continue }
            memory += Int(usage.maxResidentKiB) << 10
            do throws(Failure) {
                try check(status.exitStatus, .processes)
            } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
        return memory
    }

    /// Sleeps until a descriptor is readable or `hasEnded` says that there is nothing to wait for.
    private func wait(_ descriptor: Int32, _ hasEnded: () -> Bool) throws(Failure) {
        var descriptors = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
        do throws(Unwind) {
            while !hasEnded() {
                if case .ready = try copy.sleep(on: &descriptors, until: nil) { return }
            }
        } catch { throw .unwound(error) }
    }
}

/// The memory of this process, in bytes.
private enum Memory {
    /// What it has now.
    static var now: Int { line("VmRSS:") }

    /// The most since `forgetPeak`.
    static var peak: Int { line("VmHWM:") }

    static func forgetPeak() {
        guard let file = try? System.open("/proc/self/clear_refs", flags: O_WRONLY) else { return }
        defer { System.close(file) }
        ("5" as Bytes).withUnsafeBytes { try? System.writeAll(file, UnsafeRawBufferPointer($0)) }
    }

    private static func line(_ name: Bytes) -> Int {
        guard let text = try? System.readFile("/proc/self/status"), let place = text.find(name) else { return 0 }
        let digits = text.suffix(from: place + name.count).drop { !($0 >= 0x30 && $0 <= 0x39) }
            .prefix { $0 >= 0x30 && $0 <= 0x39 }
        return (Bytes(digits).decimal ?? 0) << 10
    }
}
