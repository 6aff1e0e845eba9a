import Bytes
import Glibc
import Interactive
import Platform
import Pool
import Primitives
import Shell

/// The program: reads the command line, chooses the mode, puts the parts together.
enum Program {
    static func run() -> Int32 {
        // A built-in that writes to a closed pipe must hear of it as an error: other parts of the process go on.
        try? Signals.ignore(SIGPIPE)
        let words = System.getArguments()
        // Scripts for other shells mean programs by those names.
        let isOtherShell = ShellCommandLine.shellName(words.first ?? "") != nil
        BuiltinTable.extensions =
            [.init("parallel") { .parallel }, .init("bind") { .bind }] + (isOtherShell ? [] : Primitives.builtins)
        Interpreter.capsuleCargo = Primitives.cargo
        ParallelLoop.run = runLoop
        let sh = Interpreter(
            name: words.first ?? "thresh", environment: System.getEnvironment(), sourceName: "thresh")
        defer {
            Primitives.end()
            sh.dieOfEndingSignal()
        }
        for signal in 1...Int32(31) where Signals.wasIgnoredAtStart(signal) {
            sh.context.traps.ignoredOnEntry.insert(signal)
        }
        if words.count >= 2, words[1].hasPrefix(Interpreter.capsuleOption),
            let descriptor = words[1].dropFirst(Interpreter.capsuleOption.count).decimal
        {
            let capsule = Int32(truncatingIfNeeded: descriptor)
            if words.count == 2 { return sh.runCapsule(capsule) }
            if words.count == 3, words[2].hasPrefix(Interpreter.serverOption),
                let socket = words[2].dropFirst(Interpreter.serverOption.count).decimal
            {
                return sh.serveJobs(capsule: capsule, socket: Int32(truncatingIfNeeded: socket))
            }
        }
        sh.ownPrograms = { [.thresh] }
        LineEditor.attach(to: sh)
        let calledAs: CalledAs = lastComponent(words.first ?? "") == "parallel" ? .parallel : .thresh
        let rest = Array(words.dropFirst())
        if ShellCommandLine.shellName(words.first ?? "") != nil, rest != ["--help"], rest != ["--version"] {
            return runShell(words, sh)
        }
        if calledAs == .thresh, Primitives.isCall(rest) { return Primitives.run(rest, sh) }
        switch CommandMode.choose(rest, calledAs: calledAs, directory: sh.context.workingDirectory.descriptor) {
        case .runner:
            // Nobody types the commands of a run without a prompt.
            if calledAs == .thresh, let width = widthAlone(rest), System.isTerminal(0) && System.isTerminal(2) {
                _ = sh.assign("THRESH_JOBS", width)
                return runShell(Array(words.prefix(1)), sh)
            }
            return runCommandLine(rest, calledAs: calledAs, on: sh)
        case .shell: return runShell(words, sh)
        }
    }

    /// The value of `-j`, where that is all of the command line.
    private static func widthAlone(_ words: [Bytes]) -> Bytes? {
        let width: Bytes
        switch words.count {
        case 1 where words[0].hasPrefix("-j"): width = words[0].dropFirst(2)
        case 1 where words[0].hasPrefix("--jobs="): width = words[0].dropFirst(7)
        case 2 where words[0] == "-j" || words[0] == "--jobs": width = words[1]
        default: return nil
        }
        guard let limit = OptionValue.jobLimit(width) else { return nil }
        if case .file = limit { return nil }
        return width
    }

    private static func lastComponent(_ path: Bytes) -> Bytes {
        path.findLast(UInt8(ascii: "/")).map { path.suffix(from: $0 + 1) } ?? path
    }

    private static func runShell(_ words: [Bytes], _ sh: Interpreter) -> Int32 {
        var line: ShellCommandLine
        do throws(ShellCommandLine.Failure) { line = try ShellCommandLine(words) } catch {
            sh.writeError("thresh: " + error.message + "\n")
            return 2
        }
        if case .standardInput = line.source, System.isTerminal(0) && System.isTerminal(2) {
            line.makeInteractive()
        }
        sh.context.options = line.options
        _ = sh.assign("THRESH_VERSION", Version.number)
        if line.options.contains(.posix) { sh.forgetBash() }
        if sh.variable("POSIXLY_CORRECT") != nil { sh.context.options.insert(.posix) }
        sh.context.shopt = line.shopt
        sh.context.name = line.name
        sh.context.positional = line.arguments
        sh.scriptArguments = line.arguments
        if line.options.contains(.interactive) || line.options.contains(.monitor) { sh.beginInteraction() }
        var hasHistory = false
        if case .standardInput = line.source { hasHistory = line.options.contains(.interactive) }
        // What no user types goes into a file only if one is named.
        if hasHistory { sh.beginHistory(hasFile: System.isTerminal(0) && System.isTerminal(2)) }
        if line.readsProfiles || line.readsEnvironmentFile,
            let status = sh.runStartFiles(
                profiles: line.readsProfiles, environmentFile: line.readsEnvironmentFile,
                interactiveFile: line.interactiveFile)
        {
            return sh.finish { (sh: Interpreter) throws(Unwind) -> Int32 in status }
        }
        if line.readsBashEnvironmentFile, let status = sh.runBashEnvironmentFile() {
            return sh.finish { (sh: Interpreter) throws(Unwind) -> Int32 in status }
        }
        switch line.source {
        case .commands(let source):
            sh.sourceName = "-c"
            if !line.options.contains(.posix) { _ = sh.assign("BASH_EXECUTION_STRING", source) }
            return sh.runScript(source)
        case .file(let path):
            return runFile(path, sh)
        case .standardInput:
            if line.options.contains(.interactive) {
                if hasHistory { sh.loadHistory() }
                defer { if hasHistory { sh.trimHistory() } }
                return Prompt(sh).run()
            }
            sh.sourceName = "stdin"
            return sh.runFile(0, isShared: true)
        }
    }

    private static func runFile(_ path: Bytes, _ sh: Interpreter) -> Int32 {
        sh.sourceName = path
        do throws(Errno) {
            let opened = try System.open(scriptPath(path, sh), flags: O_RDONLY)
            if try System.status(of: opened).kind == .directory { throw .isDirectory }
            if Scripts.isBinary(opened) {
                sh.writeError("thresh: " + path + ": cannot execute binary file\n")
                return 126
            }
            // Out of the way of the numbers that scripts use, if there are others.
            guard let descriptor = try? System.duplicate(opened, atLeast: 10) else {
                return sh.runFile(opened, isShared: false)
            }
            System.close(opened)
            return sh.runFile(descriptor, isShared: false)
        } catch {
            sh.writeError("thresh: " + path + ": " + error.message + "\n")
            return error == .notFound ? 127 : 126
        }
    }

    /// A script's name without a slash is looked for in the working directory, then in PATH.
    private static func scriptPath(_ path: Bytes, _ sh: Interpreter) -> Bytes {
        if path.contains(UInt8(ascii: "/")) || (try? System.status(path)) != nil { return path }
        return sh.findExecutable(path) ?? path
    }
}
