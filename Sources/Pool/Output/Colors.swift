import Bytes

/// The escape sequences for tags and failed jobs.
enum Colors {
    static let reset: Bytes = "\u{1B}[m"
    /// The tag of a failed job: bold, red.
    static let failedTag: Bytes = "\u{1B}[1;31m"
    /// A line of a failed job (`--color-failed`): white on red to the end of the line.
    static let failure: Bytes = "\u{1B}[48;5;196;38;5;231m\u{1B}[K"

    /// A colour for a job's tag; neighbours differ. Red is kept for failures.
    static func tag(_ sequence: Int) -> Bytes {
        let colors: [Bytes] = ["\u{1B}[36m", "\u{1B}[33m", "\u{1B}[32m", "\u{1B}[35m", "\u{1B}[34m"]
        return colors[(sequence - 1) % colors.count]
    }
}
