import Bytes
import Platform
import Testing

@testable import Shell

/// `fc` on a history, whose last command is the `fc` itself.
@Suite struct FcTests {
    private func tester(_ commands: Bytes...) -> BuiltinTester {
        let tester = BuiltinTester()
        for command in commands { tester.sh.history.add(HistoryEntry(command: command)) }
        enter("fc", tester)
        return tester
    }

    /// The command that runs.
    private func enter(_ command: Bytes, _ tester: BuiltinTester) {
        tester.sh.history.add(HistoryEntry(command: command))
        tester.sh.history.holdsCurrent = true
    }

    private func history(_ tester: BuiltinTester) -> [Bytes] { tester.sh.history.snapshot.entries.map(\.command) }

    @Test func listsTheLastSixteen() {
        let tester = BuiltinTester()
        for number in 1...20 { enter("echo " + Bytes(decimal: number), tester) }
        enter("fc -l", tester)
        let lines = tester("fc", "-l").output.split(on: UInt8(ascii: "\n"))
        #expect(lines.count == 17)
        #expect(lines.first == "5\techo 5")
        #expect(lines[15] == "20\techo 20")
    }

    @Test func listsRanges() {
        let fc = tester("echo a", "ls", "echo b", "pwd")
        #expect(fc("fc", "-l", "2", "3").output == "2\tls\n3\techo b\n")
        #expect(fc("fc", "-l", "3").output == "3\techo b\n4\tpwd\n")
        #expect(fc("fc", "-l", "-1").output == "4\tpwd\n")
        #expect(fc("fc", "-l", "-3", "-2").output == "2\tls\n3\techo b\n")
        #expect(fc("fc", "-l", "3", "2").output == "3\techo b\n2\tls\n")
        #expect(fc("fc", "-lr", "2", "3").output == "3\techo b\n2\tls\n")
        #expect(fc("fc", "-lr", "3", "2").output == "2\tls\n3\techo b\n")
        #expect(fc("fc", "-ln", "2", "3").output == "\tls\n\techo b\n")
        #expect(fc("fc", "-l", "echo").output == "3\techo b\n4\tpwd\n")
        #expect(fc("fc", "-l", "echo a", "ls").output == "1\techo a\n2\tls\n")
        #expect(fc("fc", "-l", "-100", "1").output == "1\techo a\n")
        #expect(fc("fc", "-l", "4", "100").output == "4\tpwd\n")
        #expect(fc("fc", "-l", "--", "-1").output == "4\tpwd\n")
        #expect(fc("fc", "-l", "cat").status == 1)
    }

    @Test func aCommandOfSeveralLines() {
        let fc = tester("for i in 1 2\ndo\n:\ndone")
        #expect(fc("fc", "-l").output == "1\tfor i in 1 2\n\tdo\n\t:\n\tdone\n")
    }

    @Test func runsAgain() {
        let fc = tester("echo a", "echo b c", "true")
        #expect(fc("fc", "-s", "echo").output == "b c\n")
        #expect(history(fc) == ["echo a", "echo b c", "true", "echo b c"])
        enter("fc", fc)
        #expect(fc("fc", "-s", "b=x", "echo b").output == "x c\n")
        enter("fc", fc)
        #expect(fc("fc", "-s", "1").output == "a\n")
        enter("fc", fc)
        #expect(fc("fc", "-s", "a=b").output == "b\n")
        enter("fc", fc)
        #expect(fc("fc", "-s", "no=b", "1").status == 1)
        #expect(fc("fc", "-s", "ls").status == 1)
        #expect(fc("fc", "-s", "1", "2").status == 2)
    }

    @Test func edits() {
        let fc = tester("echo a", "echo b")
        #expect(fc("fc", "-e", "true").output == "b\n")
        #expect(history(fc) == ["echo a", "echo b", "echo b"])
        enter("fc", fc)
        #expect(fc("fc", "-e", "sed -i s/echo/printf/", "1", "2").output == "ab")
        #expect(history(fc).last == "printf a\nprintf b")
        enter("fc", fc)
        #expect(fc("fc", "-e", "false", "1").status == 1)
        #expect(fc("fc", "-r", "-e", "true", "1", "2").output == "b\na\n")
        enter("fc", fc)
        _ = fc.sh.assign("FCEDIT", "sed -i s/a/z/")
        #expect(fc("fc", "1").output == "z\n")
    }

    @Test func withoutAHistory() {
        let fc = BuiltinTester()
        #expect(fc("fc", "-l").status == 0)
        #expect(fc("fc", "-l", "5").status == 0)
        #expect(fc("fc", "-s").status == 1)
        #expect(fc("fc").status == 1)
        #expect(fc("fc", "-z").status == 2)
        #expect(fc("fc", "-e").status == 2)
        #expect(fc("fc", "1", "2", "3").status == 2)
    }

    @Test func theOldestCommandsGo() {
        let history = CommandHistory()
        history.setLimit(8)
        for number in 1...10 { history.add(HistoryEntry(command: Bytes(decimal: number))) }
        #expect(history.snapshot.entries.first?.command == "3")
        #expect(history.snapshot.firstNumber == 3)
    }
}
