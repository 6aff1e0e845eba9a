import Bytes

extension Builtin {
    static let caller = Builtin(
        name: "caller", kind: .extension, synopsis: "caller [n]",
        summary: "Tell where the function that runs was called.",
        details: """
            Prints the line and the file. With a number the line, the calling function and the file, of the call that is so \
            many levels further out. The status is 1 if there is no such call.
            """,
        completes: .nothing,
        run: { (sh, args) throws(Unwind) in
            var level = 0
            if args.count > 1 {
                guard let number = args[1].decimal, number >= 0 else {
                    return sh.fail(args[0], args[1], "not a number", status: 2)
                }
                level = number
            }
            if args.count == 1 && sh.frames.isEmpty && sh.isRunningFile {
                sh.write("0 NULL\n" as Bytes)
                return 0
            }
            guard level < sh.frames.count else { return 1 }
            let index = sh.frames.count - 1 - level
            let frame = sh.frames[index]
            var line = Bytes(decimal: frame.line)
            if args.count > 1 {
                // What was called from the command line itself has no caller with a name.
                guard index > 0 || sh.isRunningFile else { return 1 }
                line.append(" ")
                line.append(index > 0 ? sh.frames[index - 1].name : "main")
            }
            line.append(" ")
            line.append(sh.isRunningFile || index > 0 ? CallFrame.shown(frame.callerSource) : "NULL")
            line.append("\n")
            sh.write(line)
            return 0
        })
}
