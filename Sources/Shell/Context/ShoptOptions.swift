import Bytes

/// The options of `shopt`: those of bash that mean something in this shell. `set -o` has the others (ShellOptions.swift).
package struct ShoptOptions: OptionSet, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

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
    package static let extdebug = ShoptOptions(rawValue: 1 << 18)
    package static let varredirClose = ShoptOptions(rawValue: 1 << 19)
    package static let shiftVerbose = ShoptOptions(rawValue: 1 << 20)
    package static let progcomp = ShoptOptions(rawValue: 1 << 21)
    package static let progcompAlias = ShoptOptions(rawValue: 1 << 22)
    package static let hostcomplete = ShoptOptions(rawValue: 1 << 23)
    package static let noEmptyCommandCompletion = ShoptOptions(rawValue: 1 << 24)

    /// A name of bash's for what this shell does always or never, or does at the prompt only: a script may switch it.
    private static func remembered(_ number: UInt64) -> ShoptOptions { ShoptOptions(rawValue: 1 << (25 + number)) }
    package static let checkjobs = remembered(4)
    package static let checkwinsize = remembered(5)
    package static let cmdhist = remembered(6)
    package static let histreedit = remembered(22)
    package static let histverify = remembered(23)
    package static let huponexit = remembered(24)
    package static let localvarInherit = remembered(27)
    package static let localvarUnset = remembered(28)

    /// All names, in the order of bash.
    package static let table: [(name: Bytes, option: ShoptOptions)] = [
        ("autocd", remembered(0)), ("assoc_expand_once", remembered(1)), ("cdable_vars", .cdableVars),
        ("cdspell", remembered(2)), ("checkhash", remembered(3)), ("checkjobs", .checkjobs),
        ("checkwinsize", .checkwinsize), ("cmdhist", .cmdhist), ("compat31", remembered(7)),
        ("compat32", remembered(8)), ("compat40", remembered(9)), ("compat41", remembered(10)),
        ("compat42", remembered(11)), ("compat43", remembered(12)), ("compat44", remembered(13)),
        ("complete_fullquote", remembered(14)), ("direxpand", remembered(15)), ("dirspell", remembered(16)),
        ("dotglob", .dotglob), ("execfail", .execfail), ("expand_aliases", .expandAliases), ("extdebug", .extdebug),
        ("extglob", .extglob), ("extquote", remembered(17)), ("failglob", .failglob),
        ("force_fignore", remembered(18)), ("globasciiranges", remembered(19)), ("globskipdots", .globskipdots),
        ("globstar", .globstar), ("gnu_errfmt", remembered(20)), ("histappend", remembered(21)),
        ("histreedit", .histreedit), ("histverify", .histverify), ("hostcomplete", .hostcomplete),
        ("huponexit", .huponexit), ("inherit_errexit", .inheritErrexit), ("interactive_comments", remembered(25)),
        ("lastpipe", .lastpipe), ("lithist", remembered(26)), ("localvar_inherit", .localvarInherit),
        ("localvar_unset", .localvarUnset), ("login_shell", .loginShell), ("mailwarn", remembered(29)),
        ("no_empty_cmd_completion", .noEmptyCommandCompletion), ("nocaseglob", .nocaseglob),
        ("nocasematch", .nocasematch),
        ("noexpand_translation", remembered(30)), ("nullglob", .nullglob), ("patsub_replacement", .patsubReplacement),
        ("progcomp", .progcomp), ("progcomp_alias", .progcompAlias), ("promptvars", .promptvars),
        ("restricted_shell", remembered(31)), ("shift_verbose", .shiftVerbose), ("sourcepath", .sourcepath),
        ("varredir_close", .varredirClose), ("xpg_echo", .xpgEcho),
    ]

    /// What is on at the start. Unlike bash, `lastpipe` and `inherit_errexit` are: the one is how this shell does
    /// pipelines, the other what POSIX says of substitutions; aliases are expanded in scripts, as POSIX has it.
    package static let initial = ShoptOptions([
        .expandAliases, .globskipdots, .inheritErrexit, .lastpipe, .patsubReplacement, .promptvars, .sourcepath,
        .checkwinsize, .cmdhist, remembered(14), remembered(17), remembered(18), remembered(19), .hostcomplete,
        remembered(25), .progcomp,
    ])

    package static func named(_ name: Bytes) -> ShoptOptions? { table.first { $0.name == name }?.option }
}
