import Bytes
import Glibc
import Platform

extension Builtin {
    static let kill = Builtin(
        name: "kill", kind: .regular,
        synopsis: "kill [-s signal | -n number | -signal] process…\nkill -l [signal | status]…\nkill -L",
        summary: "Send a signal to processes or jobs; SIGTERM if none is named.",
        details: """
            A process is a process id, a negative number for a process group (after -- or a signal), or a job: %1, %%, \
            %name.

            -s  the signal by name, with or without SIG (TERM, SIGINT), or 0: only ask whether the processes exist
            -n  the signal by number
            -L  list all signals with their numbers
            -l  the same, or, in a POSIX shell, the names alone, one on a line; with operands, name the signal of a number, \
            or the one that a status tells of, or give the number of a name
            """,
        examples: """
            kill -HUP %1
            kill -l
            """,
        completes: .killTargets, run: Kill.run)
}

enum Kill {
    static func run(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        guard args.count > 1 else { return sh.usage(args[0]) }
        // A process that has ended is not there any more, though nobody has waited for it.
        sh.jobs.update()
        var signal: Int32 = 15
        var first = 1
        let word = args[1]
        if word == "-l" || word == "-L" { return list(sh, args) }
        if word == "--" {
            first = 2
        } else if word.count > 1 && word[0] == UInt8(ascii: "-") {
            var name = word.dropFirst()
            first = 2
            if word == "-s" || word == "-n" {
                guard args.count > 2 else { return sh.usage(args[0]) }
                name = args[2]
                first = 3
            } else if name[0] == UInt8(ascii: "s"), Signals.number(named: name) == nil {
                name.removeFirst()
            }
            guard let number = self.signal(name) else { return sh.fail(args[0], name, "not a signal") }
            signal = number
            if first < args.count && args[first] == "--" { first += 1 }
        }
        guard first < args.count else { return sh.usage(args[0]) }
        var status: Int32 = 0
        for operand in args[first...] {
            let processes: [Int32]
            if operand.first == UInt8(ascii: "%") {
                if let index = sh.jobs.index(ofSpecification: operand), let task = sh.jobs[index].task {
                    task.signal(signal)
                    continue
                }
                guard let found = sh.processes(forJobSpec: operand) else {
                    status = sh.fail(args[0], operand, sh.jobs.problem(with: operand))
                    continue
                }
                processes = found
            } else if let number = operand.decimal, let process = Int32(exactly: number) {
                processes = [process]
            } else {
                status = sh.fail(args[0], operand, "not a process or a job")
                continue
            }
            for process in processes {
                do throws(Errno) {
                    try sh.send(signal, to: process)
                    // A stopped job would not hear of its end before somebody lets it go on.
                    if operand.first == UInt8(ascii: "%") && (signal == SIGTERM || signal == SIGHUP) {
                        try? System.kill(process, SIGCONT)
                    }
                } catch {
                    status = sh.fail(args[0], operand, error.message)
                }
            }
        }
        return status
    }

    /// By name or number; 0 is no signal, but asks whether one could be sent.
    private static func signal(_ name: Bytes) -> Int32? {
        if let number = name.decimal { return number >= 0 && number <= 64 ? Int32(number) : nil }
        return Signals.number(named: name)
    }

    /// All signals with their numbers, five on a line.
    static var table: Bytes {
        var text = Bytes()
        for (index, signal) in Signals.all.enumerated() {
            guard let name = Signals.name(of: signal) else { continue }
            if signal < 10 { text.append(" ") }
            text.append(decimal: signal)
            text.append(") SIG")
            text.append(name)
            text.append(index % 5 == 4 || index == Signals.all.count - 1 ? "\n" : "\t")
        }
        return text
    }

    private static func list(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        if args.count == 2 && (args[1] == "-L" || !sh.has(.posix)) {
            sh.write(table)
            return 0
        }
        if args.count == 2 {
            for signal in Signals.all { if let name = Signals.name(of: signal) { sh.write(name + "\n") } }
            return 0
        }
        var status: Int32 = 0
        for operand in args[(args[2] == "--" ? 3 : 2)...] {
            if let number = operand.decimal {
                // 128 and more is what `$?` is after a signal; what lies above comes from other systems' shells.
                let signal = Int32(truncatingIfNeeded: number > 128 ? number - 128 : number)
                if number >= 0 && number < 384, let name = signal == 0 ? "EXIT" : Signals.name(of: signal) {
                    sh.write(name + "\n")
                    continue
                }
            } else if let number = operand == "EXIT" ? 0 : Signals.number(named: operand) {
                sh.write(Bytes(decimal: number) + "\n")
                continue
            }
            status = sh.fail(args[0], operand, "not a signal")
        }
        return status
    }
}

extension Interpreter {
    /// Sends a signal. This process's own death is put off while a subshell runs in it: that would be a process of its own, and
    /// outlive it.
    fileprivate func send(_ signal: Int32, to process: Int32) throws(Errno) {
        guard process == System.processID, isMain, !has(.interactive), isDeadly(signal) else {
            return try System.kill(process, signal)
        }
        if subshellDepth > ownDepth { subshellSignals.insert(signal) } else { Signals.raiseDefault(signal) }
    }

    /// Whether the signal would end this process. SIGPIPE, which the process ignores for its own sake, counts as if it did not.
    private func isDeadly(_ signal: Int32) -> Bool {
        switch signal {
        case 0, SIGCHLD, SIGCONT, SIGURG, SIGWINCH, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU: false
        case SIGPIPE: context.traps[signal] == nil && !context.traps.ignoredOnEntry.contains(signal)
        default: !Signals.isCaught(signal) && !Signals.dispositionIsIgnored(signal)
        }
    }
}
