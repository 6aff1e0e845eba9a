import Bytes

/// All options, in the order of the help. Adding one here adds it to the parser, to `--help TOPIC`, to the manual page
/// and to the completions.
struct OptionTable: Sendable {
    let options: [Option]

    init() {
        options =
            OptionTable.input + OptionTable.replacement + OptionTable.slots + OptionTable.output + OptionTable.record
            + OptionTable.halt + OptionTable.other + OptionTable.shell + OptionTable.refused
    }

    /// The option with a letter, apart from those of the shell.
    func option(letter: UInt8) -> Option? {
        options.first { option in
            if case .shell = option.effect { return false }
            return option.letters.contains(letter)
        }
    }

    enum Found {
        case option(Option)
        case none
        case ambiguous([Bytes])
    }

    /// The option whose long name is `name` or begins with it. Hyphens count for nothing: `--dryrun` is `--dry-run`.
    func option(named name: Bytes) -> Found {
        let sought = OptionTable.bare(name)
        guard !sought.isEmpty else { return .none }
        var matches: [(option: Option, name: Bytes)] = []
        for option in options {
            if case .shell = option.effect { continue }
            var best: Bytes?
            for candidate in option.names {
                let bare = OptionTable.bare(candidate)
                if bare == sought { return .option(option) }
                if best == nil, bare.hasPrefix(sought) { best = candidate }
            }
            if let best { matches.append((option, best)) }
        }
        switch matches.count {
        case 0: return .none
        case 1: return .option(matches[0].option)
        default: return .ambiguous(matches.map(\.name))
        }
    }

    private static func bare(_ name: Bytes) -> Bytes {
        Bytes(name.lazy.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "_") })
    }
}
