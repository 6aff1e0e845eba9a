import Bytes

/// The options of `set` and the command line.
package struct ShellOptions: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let allexport = ShellOptions(rawValue: 1 << 0)
    package static let errexit = ShellOptions(rawValue: 1 << 1)
    package static let noglob = ShellOptions(rawValue: 1 << 2)
    package static let noexec = ShellOptions(rawValue: 1 << 3)
    package static let nounset = ShellOptions(rawValue: 1 << 4)
    package static let verbose = ShellOptions(rawValue: 1 << 5)
    package static let xtrace = ShellOptions(rawValue: 1 << 6)
    package static let noclobber = ShellOptions(rawValue: 1 << 7)
    package static let pipefail = ShellOptions(rawValue: 1 << 8)
    package static let monitor = ShellOptions(rawValue: 1 << 9)
    package static let notify = ShellOptions(rawValue: 1 << 10)
    package static let interactive = ShellOptions(rawValue: 1 << 11)
    package static let stdin = ShellOptions(rawValue: 1 << 12)
    package static let posix = ShellOptions(rawValue: 1 << 13)
    package static let hashall = ShellOptions(rawValue: 1 << 14)
    package static let vi = ShellOptions(rawValue: 1 << 16)
    package static let emacs = ShellOptions(rawValue: 1 << 17)
    package static let ignoreeof = ShellOptions(rawValue: 1 << 18)
    package static let nolog = ShellOptions(rawValue: 1 << 19)
    package static let braceexpand = ShellOptions(rawValue: 1 << 24)
    package static let errtrace = ShellOptions(rawValue: 1 << 25)
    package static let functrace = ShellOptions(rawValue: 1 << 26)
    package static let physical = ShellOptions(rawValue: 1 << 27)
    package static let onecmd = ShellOptions(rawValue: 1 << 28)
    package static let privileged = ShellOptions(rawValue: 1 << 29)
    package static let commands = ShellOptions(rawValue: 1 << 30)

    package static let histexpand = ShellOptions(rawValue: 1 << 15)
    package static let history = ShellOptions(rawValue: 1 << 20)
    package static let interactiveComments = ShellOptions(rawValue: 1 << 21)
    package static let keyword = ShellOptions(rawValue: 1 << 22)

    /// What is on at the start.
    package static let initial: ShellOptions = [.braceexpand, .hashall, .interactiveComments]

    /// An option with its letter (0 if it has none) and its name for `set -o` (nil if it has none).
    package struct Entry: Sendable {
        package let option: ShellOptions
        package let letter: UInt8
        package let name: Bytes?
        /// `set` may change it; the others are of the command line only.
        package let isSettable: Bool
    }

    package static let table: [Entry] = [
        Entry(option: .braceexpand, letter: UInt8(ascii: "B"), name: "braceexpand", isSettable: true),
        Entry(option: .errtrace, letter: UInt8(ascii: "E"), name: "errtrace", isSettable: true),
        Entry(option: .functrace, letter: UInt8(ascii: "T"), name: "functrace", isSettable: true),
        Entry(option: .physical, letter: UInt8(ascii: "P"), name: "physical", isSettable: true),
        Entry(option: .onecmd, letter: UInt8(ascii: "t"), name: "onecmd", isSettable: true),
        Entry(option: .allexport, letter: UInt8(ascii: "a"), name: "allexport", isSettable: true),
        Entry(option: .notify, letter: UInt8(ascii: "b"), name: "notify", isSettable: true),
        Entry(option: .commands, letter: UInt8(ascii: "c"), name: nil, isSettable: false),
        Entry(option: .noclobber, letter: UInt8(ascii: "C"), name: "noclobber", isSettable: true),
        Entry(option: .emacs, letter: 0, name: "emacs", isSettable: true),
        Entry(option: .errexit, letter: UInt8(ascii: "e"), name: "errexit", isSettable: true),
        Entry(option: .noglob, letter: UInt8(ascii: "f"), name: "noglob", isSettable: true),
        Entry(option: .hashall, letter: UInt8(ascii: "h"), name: "hashall", isSettable: true),
        Entry(option: .histexpand, letter: UInt8(ascii: "H"), name: "histexpand", isSettable: true),
        Entry(option: .history, letter: 0, name: "history", isSettable: true),
        Entry(option: .interactiveComments, letter: 0, name: "interactive-comments", isSettable: true),
        Entry(option: .keyword, letter: UInt8(ascii: "k"), name: "keyword", isSettable: true),
        Entry(option: .ignoreeof, letter: 0, name: "ignoreeof", isSettable: true),
        Entry(option: .interactive, letter: UInt8(ascii: "i"), name: nil, isSettable: false),
        Entry(option: .monitor, letter: UInt8(ascii: "m"), name: "monitor", isSettable: true),
        Entry(option: .noexec, letter: UInt8(ascii: "n"), name: "noexec", isSettable: true),
        Entry(option: .nolog, letter: 0, name: "nolog", isSettable: true),
        Entry(option: .pipefail, letter: 0, name: "pipefail", isSettable: true),
        Entry(option: .posix, letter: 0, name: "posix", isSettable: true),
        Entry(option: .privileged, letter: UInt8(ascii: "p"), name: "privileged", isSettable: true),
        Entry(option: .stdin, letter: UInt8(ascii: "s"), name: nil, isSettable: false),
        Entry(option: .nounset, letter: UInt8(ascii: "u"), name: "nounset", isSettable: true),
        Entry(option: .verbose, letter: UInt8(ascii: "v"), name: "verbose", isSettable: true),
        Entry(option: .vi, letter: 0, name: "vi", isSettable: true),
        Entry(option: .xtrace, letter: UInt8(ascii: "x"), name: "xtrace", isSettable: true),
    ]

    package static func named(_ name: Bytes) -> ShellOptions? {
        table.first { $0.name == name }?.option
    }

    package static func lettered(_ letter: UInt8) -> ShellOptions? {
        table.first { $0.letter == letter && letter != 0 }?.option
    }

    /// The value of `$-`.
    package var letters: Bytes {
        var letters = ShellOptions.table.filter { $0.letter != 0 && contains($0.option) }.map(\.letter)
        // In the order of bash: small letters, capitals, then how the commands come.
        func rank(_ letter: UInt8) -> (Int, UInt8) {
            let isSource = letter == UInt8(ascii: "c") || letter == UInt8(ascii: "s")
            return (isSource ? 2 : letter >= UInt8(ascii: "a") ? 0 : 1, letter)
        }
        letters.sort { rank($0) < rank($1) }
        return Bytes(letters)
    }
}
