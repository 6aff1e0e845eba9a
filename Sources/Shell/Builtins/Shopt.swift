import Bytes

extension Builtin {
    static let shopt = Builtin(
        name: "shopt", kind: .extension, synopsis: "shopt [-pqsu] [-o] [option…]",
        summary: "Show or change the options that bash has beside those of 'set -o'.",
        details: """
            -s  switch the options on; without options: show those that are on
            -u  switch them off; without options: show those that are off
            -p  show them as commands that can be read back
            -q  show nothing: the status says whether all of them are on
            -o  the options of 'set -o' are meant

            cdable_vars         cd to a variable's value if there is no directory of that name
            checkjobs           the end of an interactive shell while jobs run is asked for twice, not only while some are stopped
            huponexit           jobs get SIGHUP when a login shell ends
            checkwinsize        LINES and COLUMNS follow the size of the terminal (on at the start)
            cmdhist             a command of several lines is one entry of the history (on)
            dotglob             * and ? match a leading period in a file name
            execfail            a shell goes on if exec can't run the command
            expand_aliases      aliases are expanded (on, in scripts too)
            extglob             ?( ) *( ) +( ) @( ) !( ) in patterns that come out of expansions and in ${x#pattern}; where \
            they stand in the words of a script they are always understood
            failglob            a pattern that matches no file is an error
            globskipdots        patterns never match . and .. (on)
            globstar            ** stands for any number of directories
            histreedit          a line whose expansion of ! has failed can be edited again
            histverify          a line in which ! was expanded can be edited before it runs
            hostcomplete        completion offers hosts after @ (on)
            inherit_errexit     command substitutions inherit set -e (on, as POSIX has it)
            lastpipe            the last command of a pipeline runs in the shell itself (on)
            login_shell         this is a login shell (can't be changed)
            no_empty_cmd_completion  completion offers nothing on an empty line
            nocaseglob          file names are matched without regard to case
            nocasematch         case, [[ ]] and ${x/pattern/} match without regard to case
            nullglob            a pattern that matches no file becomes nothing
            patsub_replacement  & in the replacement of ${x/pattern/&} is what was matched (on)
            progcomp            completion does what 'complete' was told (on)
            progcomp_alias      completion does for an alias what 'complete' was told of its command
            promptvars          prompts are expanded (on)
            sourcepath          . and source look in PATH (on)
            xpg_echo            echo understands backslashes without -e
            extdebug            declare -F tells where functions are; a DEBUG trap that fails skips the command
            shift_verbose       shift of more parameters than there are says so (always with posix)
            varredir_close      a descriptor from {name}>file is closed after its command

            The other names of bash are known and can be switched, but what they stand for is as it is: it belongs to the \
            prompt, or to older versions of bash.

            The status is 1 if one of the options shown is off, or is none.
            """,
        examples: "shopt -s globstar nullglob",
        completes: .shoptNames, run: Shopt.run)
}

enum Shopt {
    static func run(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        var options = BuiltinOptions(args, "pqsuo")
        var chosen: [UInt8: Bool] = [:]
        while let option = options.next(sh) { chosen[option] = true }
        if let status = options.failure { return status }
        let sets = chosen[UInt8(ascii: "s")] != nil
        let unsets = chosen[UInt8(ascii: "u")] != nil
        let isQuiet = chosen[UInt8(ascii: "q")] != nil
        let isCommand = chosen[UInt8(ascii: "p")] != nil
        let isOfSet = chosen[UInt8(ascii: "o")] != nil
        if sets && unsets { return sh.fail(args[0], "-s and -u exclude each other") }
        let names = args[options.operands...]
        if names.isEmpty {
            for (name, isOn) in all(sh, isOfSet) where !isQuiet && (sets ? isOn : unsets ? !isOn : true) {
                sh.write(isCommand ? command(name, isOn, isOfSet) : line(name, isOn))
            }
            return 0
        }
        var status: Int32 = 0
        for name in names {
            if sets || unsets {
                if !change(name, sets, sh, isOfSet) { status = unknown(name, sh, args, isOfSet) }
            } else if let isOn = state(name, sh, isOfSet) {
                if !isOn { status = 1 }
                if !isQuiet { sh.write(isCommand ? command(name, isOn, isOfSet) : line(name, isOn)) }
            } else {
                status = unknown(name, sh, args, isOfSet)
            }
        }
        return status
    }

    private static func unknown(_ name: Bytes, _ sh: Interpreter, _ args: Arguments, _ isOfSet: Bool) -> Int32 {
        let question = sh.optionQuestion(name, among: all(sh, isOfSet).map(\.name))
        return sh.fail(
            args[0], name, "no such option" + (question.isEmpty ? "; 'help shopt' lists them" : question))
    }

    private static func all(_ sh: Interpreter, _ isOfSet: Bool) -> [(name: Bytes, isOn: Bool)] {
        isOfSet ? sh.namedOptions : ShoptOptions.table.map { ($0.name, sh.context.shopt.contains($0.option)) }
    }

    private static func state(_ name: Bytes, _ sh: Interpreter, _ isOfSet: Bool) -> Bool? {
        isOfSet
            ? ShellOptions.named(name).map { sh.context.options.contains($0) }
            : ShoptOptions.named(name).map { sh.context.shopt.contains($0) }
    }

    /// False if there is no option of that name.
    private static func change(_ name: Bytes, _ isOn: Bool, _ sh: Interpreter, _ isOfSet: Bool) -> Bool {
        if isOfSet {
            guard let option = ShellOptions.named(name) else { return false }
            sh.setOption(option, isOn)
            return true
        }
        guard let option = ShoptOptions.named(name) else { return false }
        if option == .loginShell { return true }
        // What debuggers want comes together.
        if option == .extdebug {
            sh.setOption(.functrace, isOn)
            sh.setOption(.errtrace, isOn)
        }
        if isOn { sh.context.shopt.insert(option) } else { sh.context.shopt.remove(option) }
        sh.synchronize()
        return true
    }

    private static func command(_ name: Bytes, _ isOn: Bool, _ isOfSet: Bool) -> Bytes {
        let start: Bytes = isOfSet ? (isOn ? "set -o " : "set +o ") : (isOn ? "shopt -s " : "shopt -u ")
        return start + name + "\n"
    }

    /// `name           on`, the names in a column.
    static func line(_ name: Bytes, _ isOn: Bool) -> Bytes {
        var line = name
        line.append(Bytes(repeating: UInt8(ascii: " "), count: max(15 - name.count, 0)))
        line.append(isOn ? "\ton\n" : "\toff\n")
        return line
    }
}
