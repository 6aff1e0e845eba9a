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
    package private(set) var shopt = ShoptOptions.initial
    /// The options that were named, to be on or off.
    private var named: ShellOptions = []
    private var namedShopt: ShoptOptions = []
    package private(set) var isLogin = false
    private var hasNoProfile = false
    private var hasNoEnvironmentFile = false
    /// The file that `--rcfile` names instead of the user's own.
    package private(set) var interactiveFile: Bytes?
    /// A login shell runs the profiles first, unless `--noprofile` or `-p` says no.
    package var readsProfiles: Bool { isLogin && !hasNoProfile && !options.contains(.privileged) }
    /// An interactive shell runs the file that ENV names and the user's `rc` first, unless `--norc` or `-p` says no.
    package var readsEnvironmentFile: Bool {
        options.contains(.interactive) && !hasNoEnvironmentFile && !options.contains(.privileged)
    }
    /// Any other shell runs the file that BASH_ENV names, but one for POSIX and, by `-p`, one for others.
    package var readsBashEnvironmentFile: Bool {
        options.isDisjoint(with: [.interactive, .posix, .privileged])
    }
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
        if ShellCommandLine.shellName(name) == "sh" { options.insert(.posix) }
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
            if word.hasPrefix("--") {
                switch word {
                case "--login": isLogin = true
                case "--norc": hasNoEnvironmentFile = true
                case "--noprofile": hasNoProfile = true
                case "--rcfile", "--init-file":
                    guard index < words.count else { throw Failure(message: word + ": expected a file") }
                    interactiveFile = words[index]
                    index += 1
                case "--posix": options.insert(.posix)
                default: throw Failure(message: word + ": no such option; see 'thresh --help'")
                }
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
                case UInt8(ascii: "O"):
                    guard index < words.count, let option = ShoptOptions.named(words[index]) else {
                        throw Failure(
                            message: (index < words.count ? words[index] : "-O") + ": no such option of shopt")
                    }
                    index += 1
                    namedShopt.insert(option)
                    if turnsOn { shopt.insert(option) } else { shopt.remove(option) }
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
            options.insert(.commands)
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
        if isLogin { shopt.insert(.loginShell) }
        if endsPipelinesInSubshells(words.first ?? ""), !namedShopt.contains(.lastpipe) { shopt.remove(.lastpipe) }
        if options.contains(.interactive) { addInteractiveDefaults() }
    }

    /// A script for `sh`, dash or bash may rely on it that what the last command of a pipeline does stays there.
    private func endsPipelinesInSubshells(_ calledAs: Bytes) -> Bool {
        let name = ShellCommandLine.shellName(calledAs)
        return options.contains(.posix) || name == "bash" || name == "dash"
    }

    /// The shell's name by which thresh was called: it is no runner of jobs then, whatever the options look like.
    package static func shellName(_ word: Bytes) -> Bytes? {
        var name = word.findLast(UInt8(ascii: "/")).map { word.suffix(from: $0 + 1) } ?? word
        if name.first == UInt8(ascii: "-") { name = name.dropFirst() }
        return name == "sh" || name == "bash" || name == "dash" || name == "ksh" ? name : nil
    }

    /// A shell that reads commands from a terminal is interactive without being told.
    package mutating func makeInteractive() {
        options.insert(.interactive)
        addInteractiveDefaults()
    }

    private mutating func addInteractiveDefaults() {
        if !named.contains(.monitor) { options.insert(.monitor) }
        if named.isDisjoint(with: [.vi, .emacs]) { options.insert(.emacs) }
        if !named.contains(.history) { options.insert(.history) }
        if !named.contains(.histexpand) { options.insert(.histexpand) }
    }

    private mutating func set(_ option: ShellOptions, _ isOn: Bool) {
        named.insert(option)
        if isOn { options.insert(option) } else { options.remove(option) }
    }
}
