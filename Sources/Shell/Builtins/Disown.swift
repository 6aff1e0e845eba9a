import Bytes
import Glibc
import Platform

extension Builtin {
    static let disown = Builtin(
        name: "disown", kind: .extension, synopsis: "disown [-ar] [-h] [%job… | pid…]",
        summary: "Forget jobs: the shell no longer waits for them or tells of their end.",
        details: """
            Without operands the current job.

            -a  all jobs
            -r  all that are running
            -h  don't forget them, only leave them alone when the terminal hangs up
            """,
        examples: "disown -h %1",
        completes: .ownProcesses, run: Disown.run)

    static let suspend = Builtin(
        name: "suspend", kind: .extension, synopsis: "suspend [-f]",
        summary: "Stop the shell until it gets SIGCONT.",
        details: "-f  though it be a login shell",
        completes: .nothing,
        run: { (sh, args) in
            var options = BuiltinOptions(args, "f")
            var isForced = false
            while options.next(sh) != nil { isForced = true }
            if let status = options.failure { return status }
            guard isForced || sh.has(.monitor) else { return sh.fail(args[0], "no job control") }
            guard isForced || !sh.has(ShoptOptions.loginShell) else {
                return sh.fail(args[0], "this is a login shell; -f does it anyway")
            }
            do throws(Errno) { try System.kill(System.processID, SIGSTOP) } catch {
                return sh.fail(args[0], error.message)
            }
            return 0
        })

    static let logout = Builtin(
        name: "logout", kind: .extension, synopsis: "logout [n]",
        summary: "End a login shell, with status n or that of the last command.",
        completes: .nothing,
        run: { (sh, args) throws(Unwind) in
            guard sh.has(ShoptOptions.loginShell) else {
                return sh.fail(args[0], "this is no login shell; use exit")
            }
            return try Builtin.exit.run(sh, args)
        })
}

enum Disown {
    static func run(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        var options = BuiltinOptions(args, "ahr")
        var (isAll, onlyRunning, stays) = (false, false, false)
        while let option = options.next(sh) {
            switch option {
            case UInt8(ascii: "a"): isAll = true
            case UInt8(ascii: "r"): onlyRunning = true
            default: stays = true
            }
        }
        if let status = options.failure { return status }
        sh.jobs.update()
        var numbers: [Int] = []
        if options.operands == args.count {
            if isAll || onlyRunning {
                numbers = sh.jobs.jobs.filter { !onlyRunning || (!$0.hasEnded && !$0.isStopped) }.map(\.number)
            } else {
                guard let current = sh.jobs.current else { return sh.fail(args[0], "no current job") }
                numbers = [sh.jobs[current].number]
            }
        }
        var status: Int32 = 0
        for operand in args[options.operands...] {
            let pid = operand.decimal.map { Int32(truncatingIfNeeded: $0) }
            let index = pid.flatMap { sh.jobs.index(ofProcess: $0) } ?? sh.jobs.index(ofSpecification: operand)
            guard let index else {
                status = sh.fail(args[0], operand, "no such job")
                continue
            }
            numbers.append(sh.jobs[index].number)
        }
        if stays {
            for number in numbers {
                guard let index = sh.jobs.jobs.firstIndex(where: { $0.number == number }) else { continue }
                sh.jobs[index].isSpared = true
            }
            return status
        }
        for number in numbers {
            guard let index = sh.jobs.jobs.firstIndex(where: { $0.number == number }) else { continue }
            // They are reaped as the processes of substitutions are.
            let job = sh.jobs.forget(index)
            sh.substitutedProcesses += job.processes.filter { $0.status == nil }.map(\.child)
        }
        return status
    }
}
