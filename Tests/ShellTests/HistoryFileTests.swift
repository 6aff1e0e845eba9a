import Bytes
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
}
