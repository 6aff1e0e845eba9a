import Bytes
import Platform
import Shell

extension Noun {
    static let pipe = Noun(
        name: "pipe", summary: "Send messages from one process or thread to another.",
        details: """
            What one send sends, one recv receives: messages of any size keep their boundaries, whoever else sends and receives at \
            the same time. A duplex pipe (-d) has two ends, NAME.a and NAME.b; what is sent at one is received at the other.

            Threads share the ends. A function of `process start`, an asynchronous list and the like are processes that \
            have copies of the ends that are open when they start; their first use of one end closes their copy of the other. \
            The status of recv is 1 when nothing is left and all others have closed the end for writing: so the shell closes \
            it, too, with `pipe close NAME write`, where only its processes are to write. send to a pipe that nobody can read from \
            is an error. Other children of the shell use its ends.

            As long as a pipe has not been used and no process has got it, `pipe fd` makes it one of bytes, as `new -b` does at \
            once: an ordinary pipe for programs. send then sends a line, and recv receives one. Programs get the \
            descriptor by a redirection only.

            send NAME - sends standard input as one message, NUL bytes included; recv -0 prints a message as it is, with no \
            newline after it. A message with NUL bytes does not fit a variable: the attempt fails and the message stays.
            """,
        examples: """
            pipe new p; f() { while pipe recv p line; do echo "$line"; done; }; process start f
            pipe send p one 'two words'; pipe close p; process join
            pipe new -b p; pipe fd -v out p write; make >&$out & pipe fd -v in p read; pipe close p write; cat <&$in
            """,
        verbs: [
            Verb(
                "new", "[-d] [-b] name", "make a pipe",
                options: [
                    VerbOption("d", "duplex", "with two ends, name.a and name.b, that both send and receive"),
                    VerbOption("b", "bytes", "of bytes, for programs; send and recv work by lines"),
                ], completes: .nothing
            ) { (call) throws(Unwind) in try PipeVerbs.new(&call) },
            Verb(
                "send", "[-t seconds] [-0] name message…",
                "send messages; - is standard input as one; wait while the pipe is full",
                options: [.timeout, VerbOption("0", "", "send standard input, with all bytes, as one message")]
            ) { (call) throws(Unwind) in try PipeVerbs.send(&call) },
            Verb(
                "recv", "[-t seconds] [-0] [-v variable] name [variable]",
                "receive a message; status 1 when there will be none",
                options: [.timeout, .variable, VerbOption("0", "", "print the message as it is, without a newline")]
            ) { (call) throws(Unwind) in try PipeVerbs.recv(&call) },
            Verb(
                "fd", "[-v variable] name [read | write]", "a descriptor for redirections, of a pipe of bytes",
                options: [.variable]
            ) { (call) throws(Unwind) in try PipeVerbs.fd(&call) },
            Verb(
                "poll", "[-t seconds] name", "whether there is something to receive; wait for it at most so long",
                options: [.timeout]
            ) { (call) throws(Unwind) in try PipeVerbs.poll(&call) },
            Verb("close", "name [read | write]", "close the ends that this process has, or one") {
                (call) throws(Unwind) in
                try PipeVerbs.close(&call)
            },
            Verb("list", "[--json]", "show the pipes", options: [.json], completes: .nothing) {
                (call) throws(Unwind) in
                PipeVerbs.list(&call)
            },
        ],
        names: { _ in Pipes.names.map { Candidate($0) } })
}
