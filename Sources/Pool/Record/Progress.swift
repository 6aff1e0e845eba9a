// What a run shows of itself on standard error: a line that is redrawn (`--progress`, `--eta`, `--bar`).
//
// It is drawn only on a terminal or when forced, at most ten times a second, and not at all if the run is over within
// half a second. Before anything else is written to the terminal the line is taken away, and it comes back later.

import Bytes
import Platform

/// Counts of a run, as far as they are known.
struct RunCounts {
    var started = 0
    var running = 0
    var done = 0
    var failed = 0
    /// Jobs that an earlier run has done.
    var skipped = 0
    /// All jobs of this run, once the input has been read to its end.
    var total: Int?
}

/// Thread: the runner's.
final class Progress {
    struct Style: OptionSet {
        let rawValue: UInt8
        static let counts = Style(rawValue: 1)
        static let timeLeft = Style(rawValue: 2)
        static let bar = Style(rawValue: 4)
    }

    private static let interval: UInt64 = 100_000_000
    private static let silence: UInt64 = 500_000_000

    private let style: Style
    private let destination: Destination
    private let width: () -> Int
    private let begin: UInt64
    private var nextDraw: UInt64
    private var isShown = false
    private var wasShown = false

    init(_ style: Style, destination: Destination, begin: UInt64, width: @escaping () -> Int) {
        self.style = style
        self.destination = destination
        self.begin = begin
        self.width = width
        nextDraw = begin + Progress.silence
    }

    /// When the line is to be drawn again.
    var due: UInt64 { nextDraw }

    func update(_ counts: RunCounts, at now: UInt64) throws(OutputError) {
        guard now >= nextDraw else { return }
        nextDraw = now + Progress.interval
        try draw(counts, at: now)
    }

    /// Something else has the terminal's line for now.
    func postpone(at now: UInt64) { if now >= nextDraw { nextDraw = now + Progress.interval } }

    private func draw(_ counts: RunCounts, at now: UInt64) throws(OutputError) {
        var line: Bytes = "\r"
        line.append(Progress.text(style, counts, elapsed: now - begin, width: max(width() - 1, 20)))
        line.append("\u{1B}[K")
        try destination.append(line)
        try destination.flush()
        isShown = true
        wasShown = true
    }

    /// Takes the line away, so that something else can be written.
    func hide() throws(OutputError) {
        guard isShown else { return }
        isShown = false
        try destination.append("\r\u{1B}[K")
        try destination.flush()
    }

    /// The run is over: the last state stays, on a line of its own.
    func finish(_ counts: RunCounts, at now: UInt64) throws(OutputError) {
        guard wasShown else { return }
        try draw(counts, at: now)
        try destination.append("\n")
        try destination.flush()
        isShown = false
    }

    // MARK: The text

    /// - Parameter elapsed: nanoseconds since the run began.
    static func text(_ style: Style, _ counts: RunCounts, elapsed: UInt64, width: Int) -> Bytes {
        var text = Bytes()
        text.append(decimal: counts.done)
        if let total = counts.total {
            text.append("/")
            text.append(decimal: total)
        }
        text.append(" done, ")
        text.append(decimal: counts.running)
        text.append(" running")
        if counts.failed > 0 {
            text.append(", ")
            text.append(decimal: counts.failed)
            text.append(" failed")
        }
        let seconds = Double(elapsed) / 1e9
        if counts.done > 0 && seconds > 0 {
            text.append(", ")
            text.append(rate(Double(counts.done) / seconds))
        }
        if !style.isDisjoint(with: [.timeLeft, .bar]), let total = counts.total, counts.done > 0, total >= counts.done {
            let left = seconds * Double(total - counts.done) / Double(counts.done)
            text.append(", ")
            text.append(duration(left))
            text.append(" left")
        }
        if style.contains(.bar) { text = bar(counts, width: width - text.count - 1) + text }
        return text.prefix(width)
    }

    private static func bar(_ counts: RunCounts, width: Int) -> Bytes {
        guard let total = counts.total, total > 0, width >= 16 else { return Bytes() }
        let share = min(Double(counts.done) / Double(total), 1)
        let cells = min(width, 60) - 8
        let filled = Int(share * Double(cells))
        var bar: Bytes = "["
        for cell in 0..<cells { bar.append(UInt8(ascii: cell < filled ? "#" : ".")) }
        bar.append("] ")
        let percent = Int(share * 100)
        if percent < 100 { bar.append(" ") }
        if percent < 10 { bar.append(" ") }
        bar.append(decimal: percent)
        bar.append("% ")
        return bar
    }

    /// `12.3/s`, `4567/s`, or `8.1/min` for slow jobs.
    private static func rate(_ perSecond: Double) -> Bytes {
        let slow = perSecond < 0.5
        let value = slow ? perSecond * 60 : perSecond
        var text = Bytes()
        if value >= 100 {
            text.append(decimal: Int(value.rounded()))
        } else {
            let tenths = Int((value * 10).rounded())
            text.append(decimal: tenths / 10)
            text.append(".")
            text.append(decimal: tenths % 10)
        }
        text.append(slow ? "/min" : "/s")
        return text
    }

    /// `45s`, `3m05s`, `2h07m`, `4d03h`.
    static func duration(_ seconds: Double) -> Bytes {
        let total = Int(min(seconds.rounded(.up), 1e9))
        var text = Bytes()
        func two(_ number: Int, _ unit: StaticString) {
            if number < 10 { text.append("0") }
            text.append(decimal: number)
            text.append(unit)
        }
        switch total {
        case ..<60:
            text.append(decimal: total)
            text.append("s")
        case ..<3600:
            text.append(decimal: total / 60)
            text.append("m")
            two(total % 60, "s")
        case ..<86400:
            text.append(decimal: total / 3600)
            text.append("h")
            two(total / 60 % 60, "m")
        default:
            text.append(decimal: total / 86400)
            text.append("d")
            two(total / 3600 % 24, "h")
        }
        return text
    }
}
