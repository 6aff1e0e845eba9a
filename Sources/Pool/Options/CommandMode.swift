import Bytes
import Platform

/// Whether a command line is for the runner or for the shell.
///
/// The letters of the shell's options and the runner's overlap (`-e -n -s -u -v -x …`), and both take a word as their
/// first operand. The first of these rules that applies decides:
///
/// 1. Called as `parallel`, thresh is the runner; as `sh`, `bash`, `dash` or `ksh` it is the shell, whatever follows.
///    Without any argument it is the shell.
/// 2. An option `-c` makes it the shell.
/// 3. An option that only the runner has makes it the runner: a long one (`--jobs 4`, `--keep-order`; also `--help` and
///    `--version`), or a letter that is none of sh's (`-0 -d -D -E -I -J -j -k -L -M -N -P -p -q -r -S -t -U -V -X`),
///    alone or together with others (`-kj4`), or a value attached to one of both (`-n2`, `-s1000`). It counts up to the
///    first operand or `--`; the word after `-a` or `-C` may be a value of the runner's and then is no operand.
/// 4. An operand `:::`, `::::`, `:::+` or `::::+`, anywhere, makes it the runner, unless the first operand is a file that
///    cannot be executed: that is a script and its arguments.
/// 5. If the first operand is not the name of a file, it is the runner if that operand has a blank in it or any operand
///    has a replacement string: `thresh 'gzip -9'`, `thresh gzip {}`.
/// 6. Otherwise it is the shell.
///
/// An executable script that is to get `:::` as an argument runs by `thresh -c '. script' name :::`.
package enum CommandMode: Sendable, Equatable {
    case runner
    case shell

    /// - Parameters:
    ///   - words: the arguments without the program's name.
    ///   - directory: where relative names are looked up.
    package static func choose(_ words: [Bytes], calledAs: CalledAs, directory: Int32) -> CommandMode {
        if calledAs == .parallel { return .runner }
        if words.isEmpty { return .shell }
        if words == ["-h"] { return .runner }
        var scan = Scan(words)
        if let decided = scan.options() { return decided }
        let operands = words[scan.firstOperand...]
        if words.contains(where: { $0 == ":::" || $0 == "::::" || $0 == ":::+" || $0 == "::::+" }) {
            return operands.first.map { isScript($0, directory) } ?? false ? .shell : .runner
        }
        guard let first = operands.first, !scan.readsInput else { return .shell }
        if (try? System.status(first, at: directory)) != nil { return .shell }
        if first.contains(where: { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\n") }) {
            return .runner
        }
        let table = ReplacementTable(ReplacementSpellings())
        let hasReplacement = operands.contains { operand in
            // Perl code in braces, which is refused later, is a replacement string too.
            guard let found = try? table.occurrences(in: operand) else { return true }
            return !found.isEmpty
        }
        return hasReplacement ? .runner : .shell
    }

    private static func isScript(_ path: Bytes, _ directory: Int32) -> Bool {
        (try? System.status(path, at: directory))?.kind == .regular
            && !System.access(path, 1, at: directory, effective: true)
    }

    /// Goes over the options as both could read them.
    private struct Scan {
        private let words: [Bytes]
        private(set) var firstOperand = 0
        /// `-s`: the operands are parameters, not a script.
        private(set) var readsInput = false

        init(_ words: [Bytes]) { self.words = words }

        private static let shellLetters: Bytes = "abCefhilmnoOsuvx"
        private static let runnerLetters: Bytes = "0dDEIJjkLMNPpqrStUVX"

        /// What the options decide, if anything.
        mutating func options() -> CommandMode? {
            var index = 0
            // The word after an option that takes a value only in the runner.
            var possibleValue: Int?
            while index < words.count {
                let word = words[index]
                if word == "--" {
                    firstOperand = possibleValue ?? index + 1
                    return nil
                }
                if word.count > 1, word[0] == UInt8(ascii: "+") {
                    index += 1
                    if word.last == UInt8(ascii: "o") || word.last == UInt8(ascii: "O") { index += 1 }
                    continue
                }
                guard word.count > 1, word[0] == UInt8(ascii: "-") else { break }
                if word[1] == UInt8(ascii: "-") {
                    return OptionTable.shell.contains { $0.names.contains(word.dropFirst(2)) } ? .shell : .runner
                }
                possibleValue = nil
                for place in 1..<word.count {
                    let letter = word[place]
                    if letter == UInt8(ascii: "c") { return .shell }
                    if Scan.runnerLetters.contains(letter) { return .runner }
                    // `-n2`, `-aFILE`, `-C,`: no letter of the shell, so a value of the runner's option before it.
                    if !Scan.shellLetters.contains(letter) { return place > 1 ? .runner : nil }
                    if letter == UInt8(ascii: "s") { readsInput = true }
                }
                index += 1
                guard index < words.count, let last = word.last else { break }
                switch last {
                case UInt8(ascii: "o"), UInt8(ascii: "O"):
                    // A name of a shell option.
                    if words[index].first != UInt8(ascii: "-") { index += 1 }
                case UInt8(ascii: "n"), UInt8(ascii: "s"):
                    if word.count == 2, words[index].decimal != nil { return .runner }
                case UInt8(ascii: "a"), UInt8(ascii: "C"):
                    if word.count == 2, words[index].first != UInt8(ascii: "-") {
                        possibleValue = index
                        index += 1
                        // Only more options tell that it was a value.
                        if index < words.count, words[index].first != UInt8(ascii: "-") {
                            firstOperand = index - 1
                            return nil
                        }
                    }
                default: break
                }
            }
            firstOperand = possibleValue ?? index
            return nil
        }
    }
}
