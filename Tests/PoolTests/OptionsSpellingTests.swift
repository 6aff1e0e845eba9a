import Testing

@testable import Pool

/// The ways to write options.
@Suite struct OptionsSpellingTests {
    static let spellingsCases: [(String, String)] = [
        ("-kj2 echo ::: a", "echo a\n"),
        ("-j 2 -k -j4 echo ::: a", "echo a\n"),
        ("--keep echo ::: a", "echo a\n"),
        ("--dryrun echo ::: a", "echo a\n"),
        ("--jobs=2 echo ::: a", "echo a\n"),
        ("--jobs 50% echo ::: a", "echo a\n"),
        ("-j+1 echo ::: a", "echo a\n"),
        ("-P2 echo ::: a", "echo a\n"),
        ("-kv echo ::: a", "echo a\n"),
        ("--max-args=2 echo ::: a b c", "echo a b\necho c\n"),
        ("--max-args 2 echo ::: a b c", "echo a b\necho c\n"),
        ("--max-replace-args 2 echo {2} ::: a b c", "echo b\necho \n"),
        ("--no-run-if-empty echo ::: a '' b", "echo a\necho b\n"),
        ("-k -- echo {} ::: a", "echo a\n"),
        ("-x echo ::: 1", "echo 1\n"),
        ("--halt now,fail=1 --delay 0.1s --timeout 200% --retries 3 --nice 5 --load 300% echo ::: a", "echo a\n"),
    ]

    @Test("options", arguments: spellingsCases)
    func spellings(_ line: String, _ expected: String) throws {
        #expect(try CommandLines.texts(line) == expected)
    }
}
