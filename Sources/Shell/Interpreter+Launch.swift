import Bytes
import Glibc
import Platform
import Syntax
import struct Synchronization.Atomic

/// A process that is to run a command beside the shell, and the files that must live until it is started.
package struct OwnProcess {
    package var launch: Launch
    fileprivate let files: [OpenFile]
}

extension Interpreter {
    /// The child that `resolve` described has been started by the caller, or will not be: the files that its redirections
    /// opened are given up.
    package func releaseLaunchFiles() { launchFiles = nil }

    /// A launch of a process that runs `source` in a copy of this context: for commands that must be a process of their own,
    /// with their own number in `$$` if `shellProcess` is 0. The file must live until the start; nil, with the message printed, if
    /// there is no descriptor left for it.
    package func processLaunch(running source: Bytes) -> (launch: Launch, file: OpenFile)? { capsule(running: source) }

    /// In place of `shellProcess` in a capsule: the process has its own number, and what it runs in the foreground ends with it.
    static let ownProcessMark: Int32 = -1

    /// Whether what runs now is within a subshell of this process, whose descriptors end with it.
    package var isInSubshell: Bool { subshellDepth > ownDepth }

    private static let ownProcess = Atomic<Bool>(false)

    /// Whether this process runs one command for another shell: what it runs in the foreground ends with it then.
    static var isOwnProcess: Bool {
        get { ownProcess.load(ordering: .relaxed) }
        set { ownProcess.store(newValue, ordering: .relaxed) }
    }

    /// What it takes to run a command, whose words are expanded, as a process that is neither a job nor waited for by the shell: a
    /// program is started directly, a built-in or a function in a new thresh with a copy of this context, in which `$$` is its own
    /// number. Its input is /dev/null where it would be the shell's own, as for an asynchronous list.
    ///
    /// - Returns: the status, with the message printed, if there is no such command.
    package func ownProcess(of words: [Bytes]) throws(Unwind) -> Result<OwnProcess, StartFailure> {
        guard let name = words.first else { return .failure(StartFailure(status: 2)) }
        if !output.isEmpty { flushOutput() }
        let input = context.descriptors[0]
        defer { context.descriptors[0] = input }
        if input?.descriptor == 0, let null = try? System.open("/dev/null", flags: O_RDONLY) {
            context.descriptors[0] = OpenFile(owning: null)
        }
        var files = [context.descriptors[0]].compactMap { $0 }
        var launch: Launch
        if case .external = meaning(of: name), case .external = externalMeaning(of: name) {
            let attempt = try withWords(words) { (words) throws(Unwind) in try self.launch(words, []) }
            guard case .success(let found) = attempt else {
                if case .failure(let status) = attempt { return .failure(StartFailure(status: status)) }
                return .failure(StartFailure(status: 126))
            }
            launch = found
        } else {
            let saved = (shellProcess, conditionDepth, sourceDepth, functionDepth)
            defer { (shellProcess, conditionDepth, sourceDepth, functionDepth) = saved }
            (shellProcess, conditionDepth, sourceDepth, functionDepth) = (
                Interpreter.ownProcessMark, 0, 0, 0
            )
            // Quoted, the first word is neither an alias nor a reserved word.
            let quoted = Quoting.shell(name)
            let source = ([quoted == name ? "\\" + name : quoted] + words.dropFirst().map(Quoting.shell)).joined(
                by: " ")
            guard let capsule = capsule(running: source) else {
                return .failure(StartFailure(status: 126))
            }
            launch = capsule.launch
            files.append(capsule.file)
        }
        launch.parentDeathSignal = 0
        if controlsJobs { launch.processGroup = .new }
        return .success(OwnProcess(launch: launch, files: files))
    }

    /// Starts it; on failure the message is printed and the status given. The caller waits for the child.
    package func begin(_ process: OwnProcess) -> Result<Child, StartFailure> {
        defer { withExtendedLifetime(process.files) {} }
        switch start(process.launch) {
        case .success(let child):
            cancellation.remove(child.pid)
            return .success(child)
        case .failure(let status): return .failure(StartFailure(status: status))
        }
    }

    /// A launch of a process that is to outlive this shell, in a session of its own and with a copy of this context: its
    /// descriptors 0, 1 and 2 are /dev/null, of others it gets only `descriptor`, as shell descriptor 3. Nil, with the message
    /// printed, if there are no descriptors left.
    package func detachedProcess(running source: Bytes, passing descriptor: Int32) -> OwnProcess? {
        let saved = (shellProcess, conditionDepth, sourceDepth, functionDepth, context.descriptors)
        defer { (shellProcess, conditionDepth, sourceDepth, functionDepth, context.descriptors) = saved }
        (shellProcess, conditionDepth, sourceDepth, functionDepth) = (0, 0, 0, 0)
        guard let opened = try? System.open("/dev/null", flags: O_RDWR) else {
            report("cannot open /dev/null")
            return nil
        }
        let null = OpenFile(owning: opened)
        context.descriptors = DescriptorTable()
        for number in 0...2 { context.descriptors[number] = null }
        guard let capsule = capsule(running: source, carriesCargo: false) else { return nil }
        var launch = capsule.launch
        launch.descriptors.append((3, descriptor))
        // What this process was given by who started it would else go on to who outlives it.
        for name in (try? System.listDirectory("/proc/self/fd")) ?? [] {
            guard let number = name.decimal.map({ Int32(truncatingIfNeeded: $0) }),
                !launch.descriptors.contains(where: { $0.target == number }), System.isOpenAndInherited(number)
            else { continue }
            launch.descriptors.append((number, -1))
        }
        launch.processGroup = .inherit
        launch.newSession = true
        launch.parentDeathSignal = 0
        return OwnProcess(launch: launch, files: [capsule.file, null])
    }

    /// The directory in which commands run, as the user went there.
    package var directoryPath: Bytes { context.workingDirectory.path }
}
