import Bytes

/// The options of `shopt`: those of bash that mean something in this shell. `set -o` has the others (ShellOptions.swift).
package struct ShoptOptions: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let cdableVars = ShoptOptions(rawValue: 1 << 0)
    package static let dotglob = ShoptOptions(rawValue: 1 << 1)
    package static let execfail = ShoptOptions(rawValue: 1 << 2)
    package static let expandAliases = ShoptOptions(rawValue: 1 << 3)
    package static let extglob = ShoptOptions(rawValue: 1 << 4)
    package static let failglob = ShoptOptions(rawValue: 1 << 5)
    package static let globskipdots = ShoptOptions(rawValue: 1 << 6)
    package static let globstar = ShoptOptions(rawValue: 1 << 7)
    package static let inheritErrexit = ShoptOptions(rawValue: 1 << 8)
    package static let lastpipe = ShoptOptions(rawValue: 1 << 9)
    package static let nocaseglob = ShoptOptions(rawValue: 1 << 10)
    package static let nocasematch = ShoptOptions(rawValue: 1 << 11)
    package static let nullglob = ShoptOptions(rawValue: 1 << 12)
    package static let patsubReplacement = ShoptOptions(rawValue: 1 << 13)
    package static let promptvars = ShoptOptions(rawValue: 1 << 14)
    package static let sourcepath = ShoptOptions(rawValue: 1 << 15)
    package static let xpgEcho = ShoptOptions(rawValue: 1 << 16)
    package static let loginShell = ShoptOptions(rawValue: 1 << 17)

    package static let progcomp = ShoptOptions(rawValue: 1 << 24)
    package static let progcompAlias = ShoptOptions(rawValue: 1 << 25)
    package static let hostcomplete = ShoptOptions(rawValue: 1 << 26)
    package static let noEmptyCommandCompletion = ShoptOptions(rawValue: 1 << 27)

    /// All names, sorted.
    package static let table: [(name: Bytes, option: ShoptOptions)] = [
        ("cdable_vars", .cdableVars), ("dotglob", .dotglob), ("execfail", .execfail),
        ("expand_aliases", .expandAliases), ("extglob", .extglob), ("failglob", .failglob),
        ("globskipdots", .globskipdots), ("globstar", .globstar), ("hostcomplete", .hostcomplete),
        ("inherit_errexit", .inheritErrexit),
        ("lastpipe", .lastpipe), ("login_shell", .loginShell), ("nocaseglob", .nocaseglob),
        ("no_empty_cmd_completion", .noEmptyCommandCompletion), ("nocasematch", .nocasematch), ("nullglob", .nullglob),
        ("patsub_replacement", .patsubReplacement),
        ("progcomp", .progcomp), ("progcomp_alias", .progcompAlias), ("promptvars", .promptvars),
        ("sourcepath", .sourcepath), ("xpg_echo", .xpgEcho),
    ]

    /// What is on at the start. Unlike bash, `lastpipe` and `inherit_errexit` are: the one is how this shell does
    /// pipelines, the other what POSIX says of substitutions; aliases are expanded in scripts, as POSIX has it.
    package static let initial: ShoptOptions = [
        .expandAliases, .globskipdots, .hostcomplete, .inheritErrexit, .lastpipe, .patsubReplacement, .progcomp,
        .promptvars, .sourcepath,
    ]

    package static func named(_ name: Bytes) -> ShoptOptions? { table.first { $0.name == name }?.option }
}
