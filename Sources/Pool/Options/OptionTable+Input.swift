import Bytes

extension OptionTable {
    static let input: [Option] = [
        Option(
            ["arg-file"], "a", .required("FILE", .file), topic: .input,
            "take arguments from FILE; several make combinations",
            details: "A file is an input source, as after\n.Ql ::::\\& .\n.Ql \\-\nis standard input."
        ) { s, v in s.argumentFiles.append(v) },
        Option(["null"], "0", topic: .input, "arguments end in NUL instead of newline") { s, _ in
            s.input.delimiter = Bytes(byte: 0)
            s.hasDelimiter = true
        },
        Option(
            ["delimiter"], "d", .required("DELIM"), topic: .input,
            "arguments end in DELIM (a text; \\n \\t \\0 \\x1e work)",
            details: "Arguments after\n.Ql :::\\&\nare taken apart at it too."
        ) { (s, v) throws(OptionError) in
            s.input.delimiter = try OptionValue.delimiter(v)
            s.hasDelimiter = true
        },
        Option(
            ["colsep", "col-sep"], "C", .required("REGEXP"), topic: .input,
            "split each argument into columns {1} {2} at REGEXP",
            details: """
                The notation is Perl's, without look-around and back references; a single character stands for itself.
                Columns are trimmed unless
                .Fl Fl trim
                says otherwise.
                """
        ) { s, v in s.columnExpression = v },
        Option(
            ["csv"], topic: .input, "arguments are records of comma-separated values",
            details: "A field in double quotes may hold commas and newlines.\n.Fl C\nsets another separator."
        ) { s, _ in s.isCommaSeparated = true },
        Option(
            ["header"], "", .required("H"), topic: .input,
            "':': the first line names the columns, to be used as {name}",
            details: """
                Columns are separated by tabs unless
                .Fl C
                is given.
                A number skips as many lines, of which the first has the names.
                With 0 the names of the files after
                .Ql ::::\\&
                are the names.
                """
        ) { (s, v) throws(OptionError) in
            switch v {
            case ":", ".*\\n", ".*\n": s.input.header = .records(1)
            default:
                guard let number = v.decimal, number >= 0 else { throw .invalid(v, "':', 0 or a number of lines") }
                s.input.header = number == 0 ? .fileNames : .records(number)
            }
        },
        Option(["skip-first-line"], topic: .input, "leave out the first line of the input") { s, _ in
            s.input.skipsFirstLine = true
        },
        Option(
            ["max-args"], "n", .required("N"), topic: .input, "N arguments for each job",
            details: "Fewer if the command line would be too long, or at the end.\nWith 0, one is read and not used."
        ) { (s, v) throws(OptionError) in try s.setMaximumRecords(v) },
        Option(
            ["max-replace-args"], "N", .required("N"), topic: .input, "N arguments for each job, as {1} to {N}",
            details: "Like\n.Fl n ,\nbut a word with\n.Ql {}\nin it is repeated for each argument."
        ) { (s, v) throws(OptionError) in
            try s.setMaximumRecords(v)
            s.plurality = .cross
        },
        Option(
            [], "L", .required("N"), topic: .input, "N lines for each job; one that ends in a blank goes on in the next"
        ) { (s, v) throws(OptionError) in
            try s.setMaximumRecords(v)
            s.input.joinsContinued = true
            s.linesRepeatWords = true
        },
        Option(["max-lines"], "l", .optional("N"), topic: .input, "like -L, 1 line if N is missing") {
            (s, v) throws(OptionError) in
            try s.setMaximumRecords(v.isEmpty || v == "0" ? "1" : v)
            s.input.joinsContinued = true
        },
        Option(
            [], "X", topic: .input, "as many arguments as fit, spread over the slots; words with {} repeated",
            details: """
                .Ql pic{}.jpg
                becomes
                .Ql pica.jpg picb.jpg .
                """
        ) { s, _ in
            s.plurality = .cross
            if case .no = s.input.filling { s.input.filling = .spread }
        },
        Option([], "m", topic: .input, "as many arguments as fit, spread over the slots, where {} stands") { s, _ in
            if case .no = s.input.filling { s.input.filling = .spread }
            s.joinsArguments = true
        },
        Option(["xargs"], topic: .input, "as many arguments as fit, not spread") { s, _ in
            s.input.filling = .full
            s.joinsArguments = true
        },
        Option(
            ["max-chars"], "s", .required("N"), topic: .input, "at most N bytes of command line (131072 if not given)"
        ) {
            (s, v) throws(OptionError) in
            s.input.maximumLength = try OptionValue.count(v)
        },
        Option(["exit"], "x", topic: .input, "stop if -n arguments do not fit into -s bytes") { s, _ in
            s.input.requiresFit = true
        },
        Option(["link", "xapply"], topic: .input, "take one argument of each input source; shorter ones start anew") {
            s, _ in
            s.input.links = true
        },
        Option(["shuf"], topic: .input, "run the jobs in random order") { s, _ in s.input.shuffles = true },
        Option(
            ["trim"], "", .required("HOW", .choices(["n", "l", "r", "lr", "rl"])), topic: .input,
            "remove white space: n (no), l (left), r (right), lr or rl (both)"
        ) { (s, v) throws(OptionError) in
            switch v {
            case "n": s.trim = InputOptions.Trim.none
            case "l": s.trim = .left
            case "r": s.trim = .right
            case "lr", "rl": s.trim = .both
            default: throw .invalid(v, "one of n l r lr rl")
            }
        },
        Option(["no-run-if-empty"], "r", topic: .input, "leave out empty and blank arguments") { s, _ in
            s.input.skipsBlank = true
        },
        Option([], "E", .required("TEXT"), topic: .input, "an argument TEXT ends the input") { s, v in
            s.input.endMarker = v.isEmpty ? nil : v
        },
        Option(["eof"], "e", .optional("TEXT"), topic: .input, "like -E; without TEXT there is no end marker") { s, v in
            s.input.endMarker = v.isEmpty ? nil : v
        },
        Option(["arg-sep"], "", .required("TEXT"), topic: .input, "TEXT instead of ::: before arguments") { s, v in
            s.argumentSeparator = v
        },
        Option(["arg-file-sep"], "", .required("TEXT"), topic: .input, "TEXT instead of :::: before files of arguments")
        { s, v in
            s.fileSeparator = v
        },
    ]

    static let replacement: [Option] = [
        Option([], "I", .required("TEXT"), topic: .replacement, "TEXT instead of {}") { s, v in s.spellings.input = v },
        Option(["replace"], "i", .optional("TEXT"), topic: .replacement, "like -I; without TEXT it is {}") { s, v in
            s.spellings.input = v.isEmpty ? "{}" : v
        },
        Option(["extension-replace", "er"], "U", .required("TEXT"), topic: .replacement, "TEXT instead of {.}") {
            s, v in
            s.spellings.withoutExtension = v
        },
        Option(["basename-replace", "bnr"], "", .required("TEXT"), topic: .replacement, "TEXT instead of {/}") { s, v in
            s.spellings.baseName = v
        },
        Option(["dirname-replace", "dnr"], "", .required("TEXT"), topic: .replacement, "TEXT instead of {//}") { s, v in
            s.spellings.directory = v
        },
        Option(
            ["basename-extension-replace", "bner"], "", .required("TEXT"), topic: .replacement, "TEXT instead of {/.}"
        ) { s, v in
            s.spellings.baseNameWithoutExtension = v
        },
        Option(["seqreplace"], "", .required("TEXT"), topic: .replacement, "TEXT instead of {#}") { s, v in
            s.spellings.sequence = v
        },
        Option(["slotreplace"], "", .required("TEXT"), topic: .replacement, "TEXT instead of {%}") { s, v in
            s.spellings.slot = v
        },
        Option(
            ["plus"], topic: .replacement, "more: {..} {+/} {+.} {##} {%suffix} {#prefix} {/a/b} {:-text} {:2:3} {^^a}",
            details: """
                See
                .Sx REPLACEMENT STRINGS .
                """
        ) { s, _ in s.spellings.hasPlus = true },
        Option(["quote"], "q", topic: .replacement, "take the command's words as they are: no $, no *, no ; in them") {
            s, _ in
            s.quotesOperands = true
        },
        Option(["shell-quote"], topic: .replacement, "print the arguments quoted for a shell, run nothing") { s, _ in
            s.quotingLevel += 1
        },
    ]
}
