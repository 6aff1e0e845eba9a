import Bytes

/// The command line of the shell: `thresh [options] [script [argument…]]`, `-c commands [name [argument…]]`,
/// `-s [argument…]` (POSIX, sh).
package struct ShellCommandLine {
    package enum Source {
        case commands(Bytes)
        case file(Bytes)
        case standardInput
    }

    package private(set) var source = Source.standardInput
    package private(set) var options = ShellOptions.initial
    package private(set) var isLogin = false
    package private(set) var name: Bytes
    package private(set) var arguments: [Bytes] = []

    /// What is wrong with a command line.
    package struct Failure: Error {
        package let message: Bytes
    }

    /// - Parameter words: all arguments, the program's name first.
    package init(_ words: [Bytes]) throws(Failure) {
        name = words.first ?? "thresh"
        isLogin = name.first == UInt8(ascii: "-")
        if (name.findLast(UInt8(ascii: "/")).map { name.suffix(from: $0 + 1) } ?? name) == "sh" {
            options.insert(.posix)
        }
        var index = 1
        var takesCommands = false
        var readsInput = false
        while index < words.count {
            let word = words[index]
            guard word.count > 1, word[0] == UInt8(ascii: "-") || word[0] == UInt8(ascii: "+") else {
                if word == "-" { index += 1 }
                break
            }
            index += 1
            if word == "--" { break }
            if word == "--login" {
                isLogin = true
                continue
            }
            let turnsOn = word[0] == UInt8(ascii: "-")
            for letter in word.dropFirst() {
                switch letter {
                case UInt8(ascii: "c"): takesCommands = true
                case UInt8(ascii: "s"): readsInput = true
                case UInt8(ascii: "i"): options.insert(.interactive)
                case UInt8(ascii: "l"): isLogin = true
                case UInt8(ascii: "o"):
                    guard index < words.count, let option = ShellOptions.named(words[index]) else {
                        throw Failure(message: (index < words.count ? words[index] : "-o") + ": no such option")
                    }
                    index += 1
                    set(option, turnsOn)
                default:
                    guard let option = ShellOptions.lettered(letter) else {
                        throw Failure(
                            message: Bytes(byte: word[0]) + Bytes(byte: letter)
                                + ": no such option; see 'thresh --help'")
                    }
                    set(option, turnsOn)
                }
            }
        }
        if takesCommands {
            guard index < words.count else { throw Failure(message: "-c: expected commands") }
            source = .commands(words[index])
            index += 1
            if index < words.count {
                name = words[index]
                index += 1
            }
        } else if index < words.count && !readsInput {
            source = .file(words[index])
            name = words[index]
            index += 1
        } else {
            options.insert(.stdin)
        }
        arguments = Array(words.dropFirst(index))
    }

    /// A shell that reads commands from a terminal is interactive without being told.
    package mutating func makeInteractive() { options.insert(.interactive) }

    private mutating func set(_ option: ShellOptions, _ isOn: Bool) {
        if isOn { options.insert(option) } else { options.remove(option) }
    }
}
