// The themes under which `help` lists what there is, and what it says of the grammar's own words, which no built-in stands for.

import Bytes

/// A form of the grammar, for `help if` and the like.
struct GrammarTopic: Sendable {
    let names: [Bytes]
    let synopsis: Bytes
    let summary: Bytes
    var details: Bytes = ""
    var examples: Bytes = ""

    static let all: [GrammarTopic] = [
        GrammarTopic(
            names: ["if", "then", "elif", "else", "fi"],
            synopsis: "if commands; then commands; [elif commands; then commands;]… [else commands;] fi",
            summary: "Run the commands whose condition succeeds.",
            examples: "if grep -q root /etc/passwd; then echo there; else echo not there; fi"),
        GrammarTopic(
            names: ["for"],
            synopsis: """
                for name [in words…]; do commands; done
                for ((first; condition; next)); do commands; done
                """,
            summary: "Run commands for each of some words; without 'in', for each positional parameter.",
            examples: "for file in *.txt; do wc -l \"$file\"; done\nfor ((i = 0; i < 3; i++)); do echo $i; done"),
        GrammarTopic(
            names: ["while", "until", "do", "done"],
            synopsis: "while commands; do commands; done\nuntil commands; do commands; done",
            summary: "Run commands as long as others succeed, or until they do.",
            examples: "while read -r line; do echo \"<$line>\"; done <file"),
        GrammarTopic(
            names: ["case", "esac"],
            synopsis: "case word in [pattern[|pattern]…) commands;;]… esac",
            summary: "Run the commands beside the first pattern that matches the word.",
            details: """
                Instead of ';;', ';&' goes on with the next commands, and ';;&' with the next pattern that matches.
                """,
            examples: "case $1 in -h|--help) help;; -*) echo 'no such option';; *) echo \"$1\";; esac"),
        GrammarTopic(
            names: ["select"], synopsis: "select name [in words…]; do commands; done",
            summary: "Let the user choose among words by their number, again and again, until 'break'.",
            examples: "select file in *.txt; do break; done"),
        GrammarTopic(
            names: ["function"], synopsis: "name() compound-command\nfunction name [()] compound-command",
            summary: "Define a function: a command made of others, with arguments $1, $2 and so on.",
            examples: "up() { cd \"$(printf '../%.0s' $(seq \"${1:-1}\"))\"; }"),
        GrammarTopic(
            names: ["time"], synopsis: "time [-p] pipeline", summary: "Tell how long a pipeline takes.",
            details: "The variable TIMEFORMAT says in which form; -p is that of POSIX.",
            examples: "time sort big | uniq -c >counts"),
        GrammarTopic(
            names: ["coproc"], synopsis: "coproc [name] command",
            summary:
                "Run a command in the background with pipes to it: ${name[1]} to write to, ${name[0]} to read from.",
            examples: "coproc bc; echo '6*7' >&${COPROC[1]}; read -r answer <&${COPROC[0]}"),
        GrammarTopic(
            names: ["[[", "]]"], synopsis: "[[ expression ]]",
            summary: "Test strings, numbers and files; words are not split, and patterns match.",
            details: """
                == and != compare with a pattern, =~ with a regular expression; the rest is that of 'test', with && || ! ( ) \
                between.
                """,
            examples:
                "[[ $file == *.txt && -s $file ]] && echo text\n[[ $date =~ ^([0-9]+)-([0-9]+)$ ]] && echo \"${BASH_REMATCH[1]}\""
        ),
        GrammarTopic(
            names: ["(("], synopsis: "((expression))",
            summary: "Compute; the status is 0 if the result is not 0.",
            examples: "((count += 2)); ((count > 10)) && echo many"),
        GrammarTopic(
            names: ["{", "}"], synopsis: "{ commands; }", summary: "Group commands, for redirections and the like.",
            examples: "{ date; uname -a; } >info"),
        GrammarTopic(
            names: ["pfor"], synopsis: "pfor [option…] name [in words…]; do commands; done",
            summary: "Run commands for each of some words, several at a time, as jobs of a pool.",
            details: """
                Options and status are those of 'parallel', such as -j N and -k; see 'thresh --help'. Each job has the word in the \
                variable, in a copy of the shell's state. Its output is printed in one piece; its standard input is empty. 'break', \
                'continue', 'return' and 'exit' end an iteration.
                """,
            examples: "pfor -j 4 file in *.wav; do lame \"$file\"; done\npfor -k n in {1..9}; do echo $((n * n)); done"),
        GrammarTopic(
            names: ["pwhile"], synopsis: "pwhile [option…] condition; do commands; done",
            summary: "Run commands as jobs of a pool as long as a condition succeeds.",
            details: """
                The condition runs in the shell, a turn whenever there is room for a job; the job then runs in a copy of the shell's \
                state. Otherwise it is as 'pfor'. '--' ends the options.
                """,
            examples: "pwhile -j 8 read -r host port; do nc -z \"$host\" \"$port\" || echo \"$host\"; done <hosts"),
        GrammarTopic(
            names: ["always"], synopsis: "{ commands; } always { cleanup; }",
            summary: "Run the commands, and then the cleanup, whatever has ended them.",
            details: """
                After the cleanup goes on what was going on before it: an error, break, continue, return, exit; the status is that \
                of the commands. TRY_BLOCK_ERROR is 1 in the cleanup if an error, or a failure under 'set -e', has ended the \
                commands, else 0; setting it to 0 drops the error. TRY_BLOCK_INTERRUPT tells of Ctrl-C in the same way.
                """,
            examples: """
                { cd "$dir" && make; } always { rm -rf "$dir"; }
                { risky; } always { ((TRY_BLOCK_ERROR)) && { echo failed; TRY_BLOCK_ERROR=0; }; }
                """),
        GrammarTopic(
            names: ["("], synopsis: "(commands)",
            summary: "Run commands in a subshell: what they change stays inside.", examples: "(cd /tmp && ls)"),
        GrammarTopic(
            names: ["!"], synopsis: "! pipeline", summary: "Turn the status of a pipeline round.",
            examples: "if ! cd /srv; then echo 'no such place'; fi"),
    ]

    static func named(_ name: Bytes) -> GrammarTopic? { all.first { $0.names.contains(name) } }
}

enum HelpTopics {
    /// The themes with their built-ins, in the order of the list. What is missing here is listed at the end.
    static let all: [(title: Bytes, names: [Bytes])] = [
        ("Files and directories", ["cd", "pwd", "pushd", "popd", "dirs", "umask", "test", "["]),
        ("Text in and out", ["echo", "printf", "read", "mapfile", "readarray"]),
        (
            "Variables and options",
            [
                "declare", "typeset", "local", "export", "readonly", "unset", "set", "shopt", "shift", "getopts", "let",
            ]
        ),
        (
            "Running commands",
            [
                ".", "source", "eval", "exec", "command", "builtin", "enable", "type", "hash", "alias", "unalias",
                "caller",
                "help",
            ]
        ),
        ("Many at once", ["parallel", "jobs", "fg", "bg", "wait", "kill", "disown", "suspend"]),
        (
            "Processes, threads and what they share",
            [
                "process", "thread", "threadlocal", "pool", "daemon", "queue", "pipe", "lock", "semaphore", "event",
                "condition", "barrier", "compare",
            ]
        ),
        (
            "Flow and the process",
            [
                ":", "true", "false", "break", "continue", "return", "exit", "logout", "trap", "defer", "times",
                "ulimit",
            ]
        ),
        ("The prompt", ["history", "fc", "bind", "complete", "compgen", "compopt"]),
    ]
}
