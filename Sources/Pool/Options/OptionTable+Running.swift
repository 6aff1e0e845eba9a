// The options of a run: slots, output, record, ending, and what is left. Each says in its closure what it changes in the
// settings; what options mean together is worked out once all are read (CommandLine.swift).

import Bytes

extension OptionTable {
    static let slots: [Option] = [
        Option(
            ["jobs", "max-procs"], "jP", .required("N"), topic: .slots,
            "run N jobs at a time (also 50%, +2, -1, 0: all, FILE)",
            details: """
                Relative to the number of processors that this process may use, which is also the default.
                A file is read again when it changes.
                """
        ) { (s, v) throws(OptionError) in
            s.run.jobs = OptionValue.jobLimit(v) ?? .file(v)
            s.hasJobs = true
        },
        Option(["delay"], "", .required("TIME"), topic: .slots, "wait TIME between two starts (0.1, 2m; 1sauto adapts)")
        {
            (s, v) throws(OptionError) in
            s.run.delayAdapts = v.hasSuffix("auto")
            guard let time = OptionValue.duration(s.run.delayAdapts ? v.dropLast(4) : v) else {
                throw .invalid(v, "a time, such as 0.5 or 1m30s")
            }
            s.run.delay = time
        },
        Option(["load"], "", .required("N"), topic: .slots, "start no job while the load average is above N (or 80%)") {
            (s, v) throws(OptionError) in
            guard let limit = OptionValue.jobLimit(v) else { throw .invalid(v, "a load, such as 4 or 80%") }
            s.run.load = limit
        },
        Option(
            ["memfree"], "", .required("SIZE"), topic: .slots, "start no job with less memory free (500M, 2G)",
            details: "With less than half of it free, the youngest job is ended and run again later."
        ) { (s, v) throws(OptionError) in
            guard let size = OptionValue.size(v) else { throw .invalid(v, "a size, such as 500M or 2G") }
            s.run.freeMemory = size
        },
        Option(["nice"], "", .required("N"), topic: .slots, "run jobs at niceness N") { (s, v) throws(OptionError) in
            guard let value = v.decimal, value >= -20, value <= 19 else { throw .invalid(v, "a niceness (-20 to 19)") }
            s.run.nice = Int32(value)
        },
        Option(
            ["timeout"], "", .required("TIME"), topic: .slots,
            "end a job after TIME (10, 1.5m) or 200% of the median time"
        ) {
            (s, v) throws(OptionError) in
            s.run.timeLimit = try OptionValue.timeLimit(v)
        },
        Option(
            ["pool"], "", .required("NAME"), topic: .slots, "take slots of the open pool NAME (see 'help pool')",
            details:
                "Only in a shell that has opened it.\nThe other options are as usual;\n.Fl j\nbounds this run's share."
        ) { s, v in s.run.pool = v },
        Option(
            ["workdir", "wd"], "", .required("DIR", .directory), topic: .slots,
            "run jobs in DIR, which may hold replacement strings",
            details: "It is made if it is not there.\n.Ql ...\nmakes a directory for each job."
        ) { s, v in s.workingDirectory = v },
        Option(["shell"], "", .required("PROGRAM", .command), topic: .slots, "let PROGRAM run each command, after -c") {
            s, v in
            s.run.shell = v
        },
        Option(["process-slot-var"], "", .required("NAME"), topic: .slots, "set the variable NAME to the slot, from 0")
        { s, v in
            s.run.slotVariable = v
        },
        Option(["use-cores-instead-of-threads"], topic: .slots, "count cores, not their threads, for -j") { s, _ in
            s.run.processorUnit = .cores
        },
        Option(["use-sockets-instead-of-threads", "use-cpus-instead-of-cores"], topic: .slots, "count sockets for -j") {
            s, _ in
            s.run.processorUnit = .sockets
        },
        Option(["tty"], topic: .slots, "give jobs the terminal; implies -j1 -u unless given") { s, _ in
            s.run.opensTerminal = true
            if !s.hasJobs { s.run.jobs = .count(1) }
            s.run.outputMode = .ungroup
        },
        Option(["open-tty"], "o", topic: .slots, "give jobs the terminal") { s, _ in s.run.opensTerminal = true },
        Option(["fg"], topic: .slots, "give standard input to the first job") { s, _ in s.run.givesStandardInput = true
        },
    ]

    static let output: [Option] = [
        Option(["keep-order"], "k", topic: .output, "print in the order of the input") { s, _ in s.run.keepsOrder = true
        },
        Option(["no-keep-order", "nok"], topic: .output, "print in the order of ending") { s, _ in
            s.run.keepsOrder = false
        },
        Option(["group"], topic: .output, "print the output of a job in one piece; the default") { s, _ in
            s.run.outputMode = .group
        },
        Option(["line-buffer", "lb"], topic: .output, "print whole lines as they come") { s, _ in
            s.run.outputMode = .line
        },
        Option(["ungroup"], "u", topic: .output, "let jobs write to the output themselves") { s, _ in
            s.run.outputMode = .ungroup
            s.run.givesStandardInput = true
        },
        Option(["tag"], topic: .output, "begin each line with the arguments and a tab") { s, _ in s.run.tag = .arguments
        },
        Option(
            ["tagstring", "tag-string"], "", .required("TEXT"), topic: .output, "begin each line with TEXT and a tab"
        ) { s, v in
            s.tagText = OptionValue.tag(v)
        },
        Option(["color", "colour"], topic: .output, "give each job's output a colour") { s, _ in s.run.color = .always
        },
        Option(["ctag"], topic: .output, "--color --tag") { s, _ in
            s.run.color = .always
            s.run.tag = .arguments
        },
        Option(["ctagstring", "ctag-string"], "", .required("TEXT"), topic: .output, "--color --tagstring TEXT") {
            s, v in
            s.run.color = .always
            s.tagText = OptionValue.tag(v)
        },
        Option(["color-failed", "cf"], topic: .output, "print the output of failed jobs white on red") { s, _ in
            s.run.colorsFailures = true
        },
        Option(["dry-run"], topic: .output, "print the commands instead of running them") { s, _ in
            s.run.isDryRun = true
        },
        Option([], "v", topic: .output, "print each command before its output") { s, _ in s.run.isVerbose = true },
        Option(["verbose"], "t", topic: .output, "print each command on standard error when it starts") { s, _ in
            s.run.isTraced = true
        },
        Option(["silent"], topic: .output, "take -v back") { s, _ in s.run.isVerbose = false },
        Option(["interactive"], "p", topic: .output, "ask on the terminal before each job; implies -t") { s, _ in
            s.run.isInteractive = true
            s.run.isTraced = true
        },
        Option(["files", "output-as-files"], topic: .output, "save output in files and print their names") { s, _ in
            s.run.keepsOutputFiles = true
        },
        Option(["tmpdir"], "", .required("DIR", .directory), topic: .output, "put temporary files into DIR ($TMPDIR)") {
            s, v in
            s.run.temporaryDirectory = v
        },
    ]

    static let record: [Option] = [
        Option(
            ["joblog", "jl"], "", .required("FILE", .file), topic: .record,
            "write a line for each ended job to FILE (+FILE: append)",
            details: """
                Nine columns with tabs between: number, host, start, seconds, bytes in, bytes out, exit status, signal,
                command.
                """
        ) { s, v in
            s.run.jobLogAppends = v.first == UInt8(ascii: "+")
            s.run.jobLog = s.run.jobLogAppends ? v.dropFirst() : v
        },
        Option(["resume"], topic: .record, "leave out the jobs that the job log has") { s, _ in s.run.resume = .resume
        },
        Option(["resume-failed"], topic: .record, "the same, but run those that failed again") { s, _ in
            s.run.resume = .resumeFailed
        },
        Option(["retry-failed"], topic: .record, "run the failed jobs of the job log again, with its commands") {
            s, _ in
            s.run.resume = .retryFailed
        },
        Option(
            ["results", "res"], "", .required("NAME", .file), topic: .record,
            "save output under NAME: a directory, a {}-name or a .csv",
            details: """
                Without replacement strings, NAME is a directory with
                .Pa 1/ARG/stdout
                and so on for each job; with them, the name of each job's file, or directory if it ends in a slash.
                A name in
                .Pa .csv ,
                .Pa .tsv
                or
                .Pa .json
                is a table of all jobs.
                """
        ) { s, v in s.results = v },
        Option(["bar"], "", .optional("always", .choices(["always"])), topic: .record, "show a bar of the progress") {
            (s, v) throws(OptionError) in
            s.run.progress.showsBar = true
            try s.forceProgress(v)
        },
        Option(
            ["progress"], "", .optional("always", .choices(["always"])), topic: .record,
            "show the jobs that run and those done"
        ) {
            (s, v) throws(OptionError) in
            s.run.progress.showsProgress = true
            try s.forceProgress(v)
        },
        Option(
            ["eta"], "", .optional("always", .choices(["always"])), topic: .record, "show the time that is left",
            details: "Progress is shown only on a terminal unless\n.Ql =always\nis added."
        ) { (s, v) throws(OptionError) in
            s.run.progress.showsTimeLeft = true
            try s.forceProgress(v)
        },
        Option(
            ["total-jobs", "total"], "", .required("N"), topic: .record,
            "how many jobs there will be, for the time left"
        ) {
            (s, v) throws(OptionError) in
            s.run.totalJobs = try OptionValue.count(v)
        },
    ]

    static let halt: [Option] = [
        Option(
            ["halt", "halt-on-error"], "", .required("WHEN"), topic: .halt,
            "stop early: now,fail=1  soon,fail=10%  now,success=1",
            details: """
                .Cm never
                (the default),
                .Cm soon
                (start no more jobs) or
                .Cm now
                (also end those that run), when a number or a share of the jobs has the outcome
                .Cm fail ,
                .Cm success
                or
                .Cm done .
                """
        ) { (s, v) throws(OptionError) in s.run.halt = try OptionValue.halt(v) },
        Option(["retries"], "", .required("N"), topic: .halt, "try a failing job N times in all; 0: until it succeeds")
        {
            (s, v) throws(OptionError) in
            let count = try OptionValue.count(v)
            s.run.retries = count == 0 ? Int.max : count
        },
        Option(
            ["retry-delay"], "", .required("TIME"), topic: .halt,
            "wait TIME before the second try, then twice as long each time",
            details: "Another factor comes after a comma:\n.Ql 1s,1.5 ."
        ) { (s, v) throws(OptionError) in
            let parts = v.split(on: UInt8(ascii: ","))
            let factor = parts.count == 2 ? OptionValue.number(parts[1]) : 2
            guard parts.count <= 2, let first = OptionValue.duration(parts[0]), let factor, factor >= 1 else {
                throw .invalid(v, "a time, or a time and a factor (1s,2)")
            }
            s.run.retryDelay = (first, factor)
        },
        Option(
            ["termseq", "term-seq"], "", .required("SEQ"), topic: .halt, "how jobs are ended: SIGNAL,MS,SIGNAL,MS,...",
            details: "The default is\n.Ql TERM,200,TERM,100,TERM,50,KILL,25 ."
        ) { (s, v) throws(OptionError) in s.run.terminationSequence = try OptionValue.terminationSequence(v) },
    ]

    static let other: [Option] = [
        Option(
            ["help"], "h", .optional("TOPIC"), topic: .other,
            "this help; topics: input replacement slots output record halt shell all"
        ) { s, v in
            s.request = .help(v)
        },
        Option(["version"], "V", topic: .other, "print the version") { s, _ in s.request = .version },
        Option(
            ["minversion", "min-version"], "", .required("N"), topic: .other,
            "succeed if GNU parallel of version N can be replaced"
        ) {
            (s, v) throws(OptionError) in
            s.request = .minimumVersion(try OptionValue.count(v))
        },
        Option(["profile"], "J", .required("NAME"), topic: .other, "take options from the file ~/.parallel/NAME") {
            s, v in
            s.profiles.append(v)
        },
        Option(["plain"], topic: .other, "ignore profiles and $PARALLEL") { s, _ in s.ignoresProfiles = true },
        Option(["env"], "", .required("NAME"), topic: .other, "accepted: jobs see all exported variables") { _, _ in },
        Option(["will-cite", "no-notice", "nonotice", "gnu"], topic: .other, "accepted: nothing is asked") { _, _ in },
        Option(["citation", "bibtex"], topic: .other, "accepted: nothing is printed") { s, _ in s.request = .nothing },
        Option(["number-of-threads"], topic: .other, "print the number of processors that may be used") { s, _ in
            s.request = .print(.threads)
        },
        Option(["number-of-cores", "number-of-cpus"], topic: .other, "print the number of cores") { s, _ in
            s.request = .print(.cores)
        },
        Option(["number-of-sockets"], topic: .other, "print the number of sockets") { s, _ in
            s.request = .print(.sockets)
        },
        Option(["max-line-length-allowed"], topic: .other, "print how long a command line may be") { s, _ in
            s.request = .print(.lengthLimit)
        },
        Option(["show-limits"], topic: .other, "print the limits of the command line") { s, _ in
            s.request = .print(.limits)
        },
        Option(
            ["shell-completion"], "", .required("SHELL", .choices(["bash", "zsh", "fish"])), topic: .other,
            "print the completion for SHELL"
        ) { s, v in s.request = .generated(v + "-completion") },
        Option(["print"], "", .required("WHAT"), topic: .other, "") { s, v in s.request = .generated(v) },
    ]
}

extension Settings {
    mutating func forceProgress(_ value: Bytes) throws(OptionError) {
        if value.isEmpty { return }
        guard value == "always" else { throw .invalid(value, "'always'") }
        run.progress.isForced = true
    }
}
