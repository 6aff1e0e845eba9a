import Bytes
import Platform
import Shell

extension Noun {
    static let daemon = Noun(
        name: "daemon", summary: "Run commands that outlive the shell, watched over and known by name.",
        details: """
            A daemon runs in a session of its own, without a terminal: its input is /dev/null, its output goes to a log. It may be a \
            program, a built-in or a function, which gets copies of the shell's variables and functions as they are. Every thresh of \
            the user knows it by its name; there is one of each name at a time.

            A process of thresh watches over it: it starts the command again as --restart says, at first after the seconds of \
            --back-off (1), then after twice as many, up to a minute; --max restarts in a row are the last. A command that has \
            run for ten seconds begins anew with that. start returns when the command runs, or says why it does not, with the status \
            126 or 127.

            stop sends SIGTERM to all processes of the session, and SIGKILL after -t seconds (10). restart ends and starts it \
            in the same way. status is 0 if all that were named run, else 1; its states are running, waiting (to be started \
            again), stopping, stopped (by stop), ended (by itself), failed (restarted in vain), and killed: what watches over it was \
            killed. The command gets SIGTERM then, and start works again.

            The log is that of --log, else a file beside the daemon's state, in thresh/daemon of XDG_RUNTIME_DIR. With --rotate \
            SIZE (10K, 5M, 1G) it is renamed to NAME.1 before it grows past that, and five of these are kept. logs -f prints \
            what comes, until the daemon is over. Lines of thresh's own tell of starts and ends.
            """,
        examples: """
            daemon start -n web --restart on-failure --max 5 --log ~/web.log --rotate 10M ./server --port 8080
            daemon status web; daemon logs -n 20 -f web
            daemon stop -t 30 web
            """,
        verbs: [
            Verb(
                "start", "-n name [option…] command [argument…]", "start a daemon",
                options: DaemonVerbs.startOptions, completes: .command
            ) { (call) throws(Unwind) in try DaemonVerbs.start(&call) },
            Verb("status", "[--json] [name…]", "how daemons stand; status 1 if one does not run", options: [.json]) {
                (call) throws(Unwind) in
                DaemonVerbs.status(&call)
            },
            Verb(
                "stop", "[-t seconds] name…", "end daemons: SIGTERM, then SIGKILL", options: [DaemonVerbs.grace]
            ) { (call) throws(Unwind) in try DaemonVerbs.request(&call, "stop") },
            Verb(
                "restart", "[-t seconds] name…", "end the command and start it again", options: [DaemonVerbs.grace]
            ) { (call) throws(Unwind) in try DaemonVerbs.request(&call, "restart") },
            Verb(
                "logs", "[-f] [-n lines] name", "print the log",
                options: [
                    VerbOption("f", "follow", "and what comes, until the daemon is over"),
                    VerbOption("n", "lines", value: "lines", "only so many of the last lines"),
                ]
            ) { (call) throws(Unwind) in try DaemonVerbs.logs(&call) },
            Verb("list", "[--json]", "show all daemons of the user", options: [.json], completes: .nothing) {
                (call) throws(Unwind) in
                DaemonVerbs.list(&call)
            },
            // What `start` runs in the new session.
            Verb("supervise", "", "", options: DaemonVerbs.startOptions) { (call) throws(Unwind) in
                try DaemonVerbs.supervise(&call)
            },
        ],
        names: { DaemonPlace.names($0).map { Candidate($0) } })
}
