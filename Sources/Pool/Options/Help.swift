import Bytes

/// The texts of `--help`.
enum Help {
    /// The help of a topic; of no topic, the page that shows the most used options. nil if there is no such topic.
    static func text(_ topic: Bytes, _ table: OptionTable) -> Bytes? {
        if topic.isEmpty { return overview }
        if topic == "all" { return Topic.allCases.map { chapter($0, table) }.joined(by: "\n") }
        guard let topic = Topic.allCases.first(where: { $0.name == topic }) else { return nil }
        return chapter(topic, table)
    }

    static var topics: Bytes { (Topic.allCases.map(\.name) + ["all"]).joined(by: " ") }

    static let overview: Bytes = """
        Usage: thresh [OPTION...] 'COMMAND {}' [::: ARGUMENT...]    run jobs in parallel
               thresh [OPTION...] < COMMANDS                        every line is a job
               thresh SCRIPT [ARGUMENT...]  |  -c COMMANDS  |  -s   be a POSIX shell

          thresh -j 4 < commands.txt                     4 jobs at a time
          thresh gzip ::: *.log                          a job for each file
          find . -name '*.png' | thresh 'convert {} {.}.jpg'
          thresh -k 'echo {1}-{2}' ::: a b ::: 1 2 3     all combinations, in order
          thresh --tag --timeout 9 -a hosts ssh {} uptime
          tail -f queue | thresh -j 2 --lb ./work        jobs start as lines come
          thresh -N 2 -q mv {1} {2} ::: old1 new1 old2 new2
          thresh --joblog log --resume --retries 3 ./run < parameters

          -j N, 50%, +1   so many jobs at a time     -k        output in order of input
          -a FILE         arguments from FILE        --tag     mark lines by argument
          -0, -d DELIM    arguments end so           --lb, -u  by line, unbuffered
          -C REGEXP       split into {1} {2}         -t, -v    print the commands
          -n N, -N N      N arguments a job          --dry-run run nothing
          -X, -m          as many as fit             --bar     show progress
          --halt now,fail=1, --timeout TIME, --retries N, --joblog FILE, --results DIR

          {} argument {.} no extension {/} base name {//} directory {#} number {%} slot

        More: thresh --help TOPIC: input, replacement, slots, output, record, halt,
        other, shell or all; man thresh.

        """

    private static func chapter(_ topic: Topic, _ table: OptionTable) -> Bytes {
        var text = topic.title
        text.append("\n\n")
        if topic == .replacement {
            text.append(replacementStrings)
            text.append("\n")
        }
        for option in table.options where option.topic == topic && option.isShown {
            let usage = option.usage
            text.append("  ")
            text.append(usage)
            if usage.count > 26 {
                text.append("\n" + Bytes(repeating: 32, count: 30))
            } else {
                text.append(Bytes(repeating: 32, count: 28 - usage.count))
            }
            text.append(option.help)
            text.append("\n")
        }
        return text
    }

    private static let replacementStrings: Bytes = """
          {}    the argument            a/b.c.d      {1}    the first argument or column
          {.}   without extension       a/b.c        {-1}   the last one
          {/}   base name               b.c.d        {2/.}  and so on for each of these
          {//}  directory               a            {name} a column named by --header
          {/.}  base name without ext.  b.c          {#}    the job's number
                                                     {%}    the job's slot
        With --plus also:
          {..} {...}   without 2, 3 extensions       {##}     the number of all jobs
          {/..}        base name of these            {0#}     the job's number, 007
          {+/}         what {/} leaves out           {0%}     the job's slot, 07
          {+.} {+..}   what {.} {..} leave out       {uniq}   no value twice
          {%RE} {%%RE} without a suffix              {choose_k}  values ascending
          {#RE} {##RE} without a prefix              {:-TEXT} TEXT if empty
          {/RE/TEXT}   the first RE replaced         {:2} {:2:3}  without 2 bytes; 3 of the rest
          {//RE/TEXT}  all replaced                  {^RE} {^^RE} {,RE} {,,RE}  upper, lower case

        """
}
