import Bytes
import Shell

/// Reads options as GNU parallel does (Getopt::Long with bundling): they end at the first word that is none, or at
/// `--`; short ones may stand together, with a value attached or in the next word; long ones may be shortened.
struct OptionParser {
    let table: OptionTable
    /// The options are those of a loop, whose jobs are neither read from an input nor made from a command's words.
    var isForLoop = false

    /// Carries the options of `words` into `settings`; gives the words after them.
    func parse(_ words: [Bytes], into settings: inout Settings) throws(OptionError) -> ArraySlice<Bytes> {
        var index = 0
        while index < words.count {
            let word = words[index]
            guard word.count > 1, word[0] == UInt8(ascii: "-") else { break }
            index += 1
            if word == "--" { break }
            if word[1] == UInt8(ascii: "-") {
                try parseLong(word, words, &index, &settings)
            } else {
                try parseLetters(word, words, &index, &settings)
            }
        }
        return words[index...]
    }

    private func parseLong(
        _ word: Bytes, _ words: [Bytes], _ index: inout Int, _ settings: inout Settings
    ) throws(OptionError) {
        let equals = word.find(UInt8(ascii: "="))
        let name = word[2..<(equals ?? word.count)]
        let shown: Bytes = "--" + name
        let option: Option
        switch table.option(named: name) {
        case .option(let found): option = found
        case .none:
            let close = Suggestions.closest(to: name, among: table.options.lazy.flatMap(\.names)).map { "--" + $0 }
            throw OptionError(shown + ": no such option" + Suggestions.question(close), pointsToHelp: true)
        case .ambiguous(let names):
            throw OptionError(
                shown + " could be " + names.map { "--" + $0 }.joined(by: ", "), pointsToHelp: true)
        }
        let attached = equals.map { word.dropFirst($0 + 1) }
        switch option.value {
        case .none:
            if attached != nil { throw OptionError(shown + " takes no value", pointsToHelp: true) }
            try apply(option, "", shown, &settings)
        case .required:
            let value: Bytes
            if let attached { value = attached } else { value = try nextWord(words, &index, shown) }
            try apply(option, value, shown, &settings)
        case .optional:
            try apply(option, attached ?? detached(option, words, &index), shown, &settings)
        }
    }

    private func parseLetters(
        _ word: Bytes, _ words: [Bytes], _ index: inout Int, _ settings: inout Settings
    ) throws(OptionError) {
        var place = 1
        while place < word.count {
            let letter = word[place]
            place += 1
            var shown: Bytes = "-"
            shown.append(letter)
            guard let option = table.option(letter: letter) else {
                throw OptionError(shown + ": no such option", pointsToHelp: true)
            }
            switch option.value {
            case .none:
                try apply(option, "", shown, &settings)
                continue
            case .required:
                let value = place < word.count ? word.suffix(from: place) : try nextWord(words, &index, shown)
                try apply(option, value, shown, &settings)
            case .optional:
                // A number may be left out in `-lk`.
                if option.value.name == "N", place < word.count, OptionValue.digit(word[place], base: 10) == nil {
                    try apply(option, "", shown, &settings)
                    continue
                }
                let value = place < word.count ? word.suffix(from: place) : detached(option, words, &index)
                try apply(option, value, shown, &settings)
            }
            return
        }
    }

    private func nextWord(_ words: [Bytes], _ index: inout Int, _ shown: Bytes) throws(OptionError) -> Bytes {
        guard index < words.count else { throw OptionError(shown + " needs a value", pointsToHelp: true) }
        index += 1
        return words[index - 1]
    }

    /// The next word, where it can only be meant as the value of an option that may lack one: a number for `-l`; for
    /// `-i` a text that occurs later in the command; a topic for `--help`. GNU parallel takes any word, and so `echo`
    /// of `-i echo {}`.
    private func detached(_ option: Option, _ words: [Bytes], _ index: inout Int) -> Bytes {
        guard index < words.count else { return "" }
        let word = words[index]
        let isMeant: Bool
        switch option.value.name {
        case "N": isMeant = !word.isEmpty && OptionValue.size(word) != nil
        case "TOPIC": isMeant = word == "all" || Topic.allCases.contains { $0.name == word }
        case "TEXT":
            isMeant =
                option.letters == [UInt8(ascii: "i")] && !word.isEmpty && word[0] != UInt8(ascii: "-")
                && words[(index + 1)...].prefix { !$0.hasPrefix(":::") }.contains { $0.find(word) != nil }
        default: isMeant = false
        }
        guard isMeant else { return "" }
        index += 1
        return word
    }

    private func apply(
        _ option: Option, _ value: Bytes, _ shown: Bytes, _ settings: inout Settings
    ) throws(OptionError) {
        if isForLoop, option.topic == .input || option.topic == .replacement || option.names.contains("shell") {
            throw OptionError(shown + " is not for loops")
        }
        switch option.effect {
        case .run(let action):
            do throws(OptionError) {
                try action(&settings, value)
            } catch {
                throw OptionError(shown + ": " + error.message)
            }
        case .refused(let reason): throw OptionError(shown + " is not supported: " + reason)
        case .shell: break
        }
    }
}
