import Bytes
import Platform
import struct Synchronization.Atomic

/// A command of the history: its text, which may have several lines, and when it was entered, in seconds since 1970; 0 if
/// nobody knows.
package struct HistoryEntry: Hashable, Sendable {
    package var command: Bytes
    package var time: Int64 = 0
}

/// The commands that were entered, oldest first, numbered as `history`, `fc` and `!` name them. This is the only list: that of
/// the line editor follows it. All copies of a shell have the same; a built-in that changes it in a subshell gets a copy.
///
/// Lock: `state`.
package final class CommandHistory: Sendable {
    private struct State {
        /// Those before `start` have been dropped: removing from the front of an array moves all the rest, so it is done for
        /// many at once.
        var entries: [HistoryEntry] = []
        var start = 0
        var firstNumber = 1
        /// Another with each change that is neither at the end nor a drop from the front, and never one that another list had.
        var revision = CommandHistory.newRevision()
        var limit: Int?
        var holdsCurrent = false
        /// How many of the last entries are in no file.
        var unsaved = 0

        var count: Int { entries.count - start }

        mutating func add(_ entry: HistoryEntry) {
            entries.append(entry)
            unsaved += 1
            dropFirst()
        }

        mutating func dropFirst() {
            guard let limit, count > limit else { return }
            firstNumber += count - limit
            start = entries.count - limit
            unsaved = min(unsaved, limit)
            if start > entries.count / 4 + 16 {
                entries.removeFirst(start)
                start = 0
            }
        }

        mutating func remove(_ place: Int) {
            if place >= count - unsaved { unsaved -= 1 }
            entries.remove(at: start + place)
            revision = CommandHistory.newRevision()
        }
    }

    private let state = Mutex(State())
    /// The file that the commands are appended to as they are entered.
    package let file = HistoryFile()

    private static let revisions = Atomic<Int>(0)

    private static func newRevision() -> Int { revisions.wrappingAdd(1, ordering: .relaxed).newValue }

    package init() {}

    /// A list for a subshell, whose changes are its own and go into no file.
    init(copying other: CommandHistory) {
        let copied = other.state.withLock { $0 }
        state.withLock {
            $0 = copied
            $0.revision = CommandHistory.newRevision()
        }
    }

    /// A state of the list.
    package struct Snapshot: Sendable {
        package let entries: ArraySlice<HistoryEntry>
        /// The number of the first entry.
        package let firstNumber: Int
        /// Between two states of one revision, entries were only added at the end and dropped from the front.
        package let revision: Int
        package var nextNumber: Int { firstNumber + entries.count }
    }

    package var snapshot: Snapshot {
        state.withLock {
            Snapshot(entries: $0.entries[$0.start...], firstNumber: $0.firstNumber, revision: $0.revision)
        }
    }

    /// The number that the next command will have.
    package var nextNumber: Int { state.withLock { $0.firstNumber + $0.count } }

    package var last: HistoryEntry? { state.withLock { $0.count > 0 ? $0.entries.last : nil } }

    /// The last entry is the command that runs now.
    package var holdsCurrent: Bool {
        get { state.withLock { $0.holdsCurrent } }
        set { state.withLock { $0.holdsCurrent = newValue } }
    }

    /// How many entries there may be; nil: any number.
    package func setLimit(_ limit: Int?) {
        state.withLock {
            $0.limit = limit
            $0.dropFirst()
        }
    }

    package func add(_ entry: HistoryEntry) { state.withLock { $0.add(entry) } }

    /// Adds what was read from a file.
    package func addSaved(_ entries: [HistoryEntry]) {
        state.withLock { state in
            // What is not saved stands behind what is.
            state.entries.insert(contentsOf: entries, at: state.entries.count - state.unsaved)
            if state.unsaved > 0 { state.revision = CommandHistory.newRevision() }
            state.holdsCurrent = state.holdsCurrent && state.unsaved > 0
            state.dropFirst()
        }
    }

    /// Takes the last entry away.
    package func removeLast() {
        state.withLock { state in
            if state.count > 0 { state.remove(state.count - 1) }
            state.holdsCurrent = false
        }
    }

    /// Takes away the entries of these numbers; false if there are none.
    package func remove(_ numbers: ClosedRange<Int>) -> Bool {
        state.withLock { state in
            let (lower, upper) = (numbers.lowerBound - state.firstNumber, numbers.upperBound - state.firstNumber)
            guard lower >= 0, upper < state.count else { return false }
            if upper == state.count - 1 { state.holdsCurrent = false }
            for place in (lower...upper).reversed() { state.remove(place) }
            return true
        }
    }

    /// Takes away all entries of that text.
    package func removeAll(_ command: Bytes) {
        state.withLock { state in
            for place in (0..<state.count).reversed() where state.entries[state.start + place].command == command {
                state.remove(place)
            }
        }
    }

    package func clear() {
        state.withLock { state in
            (state.entries, state.start, state.unsaved, state.firstNumber) = ([], 0, 0, 1)
            state.holdsCurrent = false
            state.revision = CommandHistory.newRevision()
        }
    }

    /// The entries that are in no file; they count as saved from now on.
    package func takeUnsaved() -> [HistoryEntry] {
        state.withLock { state in
            defer { state.unsaved = 0 }
            return Array(state.entries.suffix(state.unsaved))
        }
    }
}
