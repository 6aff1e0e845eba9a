import Bytes

extension OptionTable {
    /// The shell's own options, which it reads by itself: for help, manual and completion.
    static let shell: [Option] = [
        shellOption("c", .required("COMMANDS"), "run COMMANDS; $0 and $1... are the operands"),
        shellOption("s", .none, "read commands from standard input; $1... are the operands"),
        shellOption("i", .none, "be interactive"),
        shellOption("l", .none, "be a login shell", ["login"]),
        shellOption("a", .none, "export all variables that are assigned"),
        shellOption("b", .none, "tell of ended jobs at once"),
        shellOption("C", .none, "> does not overwrite files"),
        shellOption("e", .none, "exit when a command fails"),
        shellOption("f", .none, "no pathname expansion"),
        shellOption("h", .none, "remember commands of functions when they are defined"),
        shellOption("m", .none, "job control"),
        shellOption("n", .none, "read commands, run none"),
        shellOption("o", .required("OPTION"), "set an option by its name (pipefail, noglob, ...); + unsets it"),
        shellOption("u", .none, "unset variables are errors"),
        shellOption("v", .none, "print the input as it is read"),
        shellOption("x", .none, "print commands before they run"),
        shellOption("O", .required("OPTION"), "set an option of shopt by its name; +O unsets it"),
        shellOption("", .none, "do as POSIX says where bash does not", ["posix"]),
        shellOption("", .none, "run neither the file that ENV names nor the user's rc", ["norc"]),
        shellOption("", .required("FILE"), "run FILE in the place of the user's rc", ["rcfile", "init-file"]),
        shellOption("", .none, "run no profiles", ["noprofile"]),
    ]

    private static func shellOption(
        _ letter: Bytes, _ value: Option.Value, _ help: Bytes, _ names: [Bytes] = []
    ) -> Option {
        Option(names, letter, value, topic: .shell, help, effect: .shell)
    }

    /// What GNU parallel has and thresh has not (yet): an error that says so, never silence.
    static let refused: [Option] =
        refuse(
            "thresh does not split standard input into blocks yet; it takes lines as arguments, or -a FILE",
            without: [
                ["pipe", "spreadstdin"], ["pipe-part"], ["round-robin", "round"], ["tee"], ["cat"], ["fifo"],
                ["regexp"],
                ["remove-rec-sep", "rrs"],
            ],
            with: [
                ["block", "block-size"], ["recstart"], ["recend"], ["block-timeout", "bt"], ["group-by"], ["bin"],
                ["shard"],
            ])
        + refuse(
            "thresh runs jobs on this machine only, so far",
            without: [
                ["onall"], ["nonall"], ["filter-hosts"], ["hostgroups", "hgrp"], ["transfer"], ["cleanup"],
            ],
            with: [
                ["sshloginfile", "slf"], ["ssh"], ["ssh-delay"], ["basefile", "bf"], ["transferfile", "tf"],
                ["return"], ["trc"], ["rsync-opts"],
            ])
        + [
            Option(["sshlogin"], "S", .required("HOST"), topic: .other, "") { (_, v) throws(OptionError) in
                // `:` is this machine.
                if v != ":" { throw OptionError("thresh runs jobs on this machine only, so far") }
            },
            refused(["controlmaster"], "M", "thresh runs jobs on this machine only, so far"),
            refused(["debug"], "D", "thresh has no debug output; see -t and --joblog", .required("VALUE")),
        ]
        + refuse(
            "thresh has no semaphore of this name; flock(1) is one",
            without: [["semaphore"], ["bg"], ["wait"]], with: [["semaphore-name", "id"], ["semaphore-timeout", "st"]])
        + refuse("thresh prints to its own terminal, not through tmux", without: [["tmux"], ["tmuxpane"]], with: [])
        + refuse(
            "thresh keeps no jobs in a database yet; --joblog and --results do without one", without: [],
            with: [["sql"], ["sql-master"], ["sql-worker"], ["sql-and-worker"]])
        + refuse(
            "thresh has no Perl in it; use the replacement strings of --plus, or let the command do it", without: [],
            with: [["rpl"], ["parens"], ["filter"]])
        + refuse(
            "temporary files are not compressed; they have no name and are gone with the job", without: [["compress"]],
            with: [["compress-program"], ["decompress-program"]])
        + refuse(
            "jobs are limited by --memfree, --load and -j", without: [["noswap"]], with: [["memsuspend"], ["limit"]])
        + refuse("use --line-buffer", without: [["latest-line", "ll"]], with: [])
        + refuse(
            "thresh has no such mode",
            without: [
                ["embed"], ["record-env"], ["session"], ["shebang", "hashbang"], ["shebang-wrap"],
            ],
            with: [["template", "tmpl"], ["parset"]])

    private static func refused(_ names: [Bytes], _ letter: Bytes, _ reason: Bytes, _ value: Option.Value = .none)
        -> Option
    {
        Option(names, letter, value, topic: .other, "", effect: .refused(reason))
    }

    private static func refuse(_ reason: Bytes, without: [[Bytes]], with: [[Bytes]]) -> [Option] {
        without.map { refused($0, "", reason) } + with.map { refused($0, "", reason, .required("VALUE")) }
    }
}
