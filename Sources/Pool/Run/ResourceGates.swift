// What may keep a job from starting although a slot is free: `--delay`, `--load`, `--memfree`. And the number of slots
// itself, where `--jobs` names a file that may change.

import Bytes
import Glibc
import Platform

/// Reads what `--jobs` or `--load` asks for; a file is looked at once a second and read again when it has changed.
struct WatchedLimit {
    private(set) var limit: JobLimit
    private let path: Bytes?
    private let directory: Int32
    private var modified: (seconds: Int64, nanoseconds: Int64) = (-1, 0)
    private var nextLook: UInt64 = 0

    /// - Parameter directory: where a relative file name is looked up.
    init(_ limit: JobLimit, directory: Int32) {
        self.directory = directory
        if case .file(let path) = limit {
            self.path = path
            self.limit = .automatic
        } else {
            path = nil
            self.limit = limit
        }
    }

    var isFile: Bool { path != nil }

    /// Looks at the file; true if the limit has changed. A file that can't be read or makes no sense changes nothing.
    mutating func refresh(at now: UInt64) -> Bool {
        guard let path, now >= nextLook else { return false }
        nextLook = now + 1_000_000_000
        guard let status = try? System.status(path, at: directory), status.modified != modified,
            let text = try? System.readFile(path, at: directory), let value = OptionValue.jobLimit(trimmed(text))
        else { return false }
        modified = status.modified
        if case .file = value { return false }
        limit = value
        return true
    }

    private func trimmed(_ text: Bytes) -> Bytes {
        var start = 0
        var end = text.count
        while start < end, text[start] <= 0x20 { start += 1 }
        while end > start, text[end - 1] <= 0x20 { end -= 1 }
        return text[start..<end]
    }
}

/// Thread: the runner's.
struct ResourceGates {
    /// What a start must wait for.
    enum Verdict: Equatable {
        case open
        /// Ask again at this time of the monotonic clock.
        case closed(until: UInt64)
    }

    private var delay: UInt64
    private let delayAdapts: Bool
    private var load: WatchedLimit?
    private let freeMemory: UInt64?
    private let processors: Int
    private var lastStart: UInt64?
    private var nextLook: UInt64 = 0
    private static let interval: UInt64 = 100_000_000

    init(_ options: RunOptions, processors: Int, directory: Int32) {
        delay = options.delay
        delayAdapts = options.delayAdapts
        load = options.load.map { WatchedLimit($0, directory: directory) }
        freeMemory = options.freeMemory
        self.processors = processors
    }

    /// Nothing ever keeps a job from starting: no clock need be read.
    var isTrivial: Bool { delay == 0 && load == nil && freeMemory == nil }

    var watchesMemory: Bool { freeMemory != nil }

    mutating func ask(at now: UInt64) -> Verdict {
        if delay > 0, let lastStart, now < lastStart + delay { return .closed(until: lastStart + delay) }
        guard load != nil || freeMemory != nil else { return .open }
        if now < nextLook { return .closed(until: nextLook) }
        if isTooBusy(now) || isShortOfMemory() {
            nextLook = now + ResourceGates.interval
            return .closed(until: nextLook)
        }
        return .open
    }

    mutating func jobStarted(at now: UInt64) {
        lastStart = now
        // A job that has just started must have the time to show in the load before the next one is judged.
        if load != nil { nextLook = now + ResourceGates.interval / 2 }
    }

    /// `--delay 1sauto`
    mutating func jobEnded(_ outcome: JobOutcome) {
        if delayAdapts { delay = UInt64(Double(delay) * (outcome.isSuccess ? 0.9 : 1.3)) }
    }

    private mutating func isTooBusy(_ now: UInt64) -> Bool {
        guard load != nil else { return false }
        _ = load?.refresh(at: now)
        guard let bound = load?.limit.load(processors: processors) else { return false }
        return ResourceGates.runnableCount() >= bound
    }

    private func isShortOfMemory() -> Bool {
        guard let freeMemory else { return false }
        return Processors.availableMemory() < freeMemory
    }

    /// Less than half of what `--memfree` asks for is left: the youngest job is to be ended and run again.
    func mustFreeMemory() -> Bool {
        guard let freeMemory else { return false }
        return Processors.availableMemory() < freeMemory / 2
    }

    /// How many threads run or wait for a processor at this moment, this one not counted; an average of minutes would let
    /// too many start before it moves.
    static func runnableCount() -> Double {
        guard let text = try? System.readFile("/proc/loadavg") else { return Processors.loadAverage() }
        let fields = text.split(on: UInt8(ascii: " "))
        guard fields.count > 3, let running = fields[3].split(on: UInt8(ascii: "/"))[0].decimal else {
            return Processors.loadAverage()
        }
        return Double(max(running - 1, 0))
    }
}
