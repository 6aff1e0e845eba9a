import Bytes
import Platform
import Synchronization
import Testing

@testable import Shell

@Suite struct HistoryFileTests {
    private func commands(_ text: Bytes) -> [Bytes] { HistoryFile.parse(text).map(\.entry.command) }

    @Test func aLineIsACommandWithoutTimes() {
        #expect(commands("one\ntwo\n\nthree") == ["one", "two", "three"])
        #expect(commands("").isEmpty)
    }

    @Test func timesTellWhereCommandsBegin() {
        #expect(commands("#1\none\n#2\ntwo\n\nlines\n#3\n#4\n# no time\n") == ["one", "two\n\nlines", "# no time"])
        #expect(commands("old\n#1\none\nmore\n") == ["old", "one\nmore"])
        let found = HistoryFile.parse("#12\na\n#345\nb\n")
        #expect(found.map(\.entry.time) == [12, 345])
        #expect(found.map(\.start) == [0, 6])
    }

    @Test func numbersStayWhenEntriesAreDropped() {
        let history = CommandHistory()
        history.setLimit(3)
        for number in 1...100 { history.add(HistoryEntry(command: Bytes(decimal: number))) }
        let state = history.snapshot
        #expect(state.entries.map(\.command) == ["98", "99", "100"])
        #expect(state.firstNumber == 98)
        #expect(history.takeUnsaved().count == 3)
        #expect(history.takeUnsaved().isEmpty)
    }

    @Test func slipsOfTheFingers() {
        #expect(Suggestions.distance("gti", "git", limit: 2) == 1)
        #expect(Suggestions.distance("git", "git", limit: 2) == 0)
        #expect(Suggestions.distance("sytsemctl", "systemctl", limit: 2) == 1)
        #expect(Suggestions.distance("abc", "xyz", limit: 2) == nil)
        #expect(Suggestions.closest(to: "gti", among: ["gtk", "git", "tig", "cut"]) == ["git", "gtk"])
        #expect(Suggestions.closest(to: "x", among: ["y"]).isEmpty)
        #expect(Suggestions.question(["a", "b", "c"]) == "; did you mean 'a', 'b' or 'c'?")
    }

    /// Several shells append while others drop what is old, by a new file in the place of the other.
    @Test func nothingIsLostWhileTheFileIsTrimmed() throws {
        let path: Bytes = "/tmp/thresh-history-test." + Bytes(decimal: System.processID)
        defer { try? System.unlink(path) }
        let old = (1...300).map { HistoryEntry(command: "old " + Bytes(decimal: $0)) }
        try HistoryFile().write(old, to: path)
        let left = Atomic<Int>(4)
        for writer in 0..<4 {
            try Threads.run {
                let file = HistoryFile()
                for number in 0..<40 {
                    let command = Bytes(decimal: writer) + " " + Bytes(decimal: number) + "\nmore"
                    try? file.append([HistoryEntry(command: command, time: 1)], to: path)
                    if number % 4 == writer { try? file.trim(path, to: 200) }
                }
                left.subtract(1, ordering: .releasing)
            }
        }
        while left.load(ordering: .acquiring) > 0 { Clock.sleep(until: Clock.monotonicNanoseconds() + 1_000_000) }
        try HistoryFile().trim(path, to: 200)
        let found = try HistoryFile().read(path)
        #expect(found.count == 200)
        for writer in 0..<4 {
            let prefix = Bytes(decimal: writer) + " "
            let own = found.map(\.command).filter { $0.hasPrefix(prefix) }
            #expect(own == (0..<40).map { prefix + Bytes(decimal: $0) + "\nmore" })
        }
    }
}
