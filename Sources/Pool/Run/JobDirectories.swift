import Bytes
import Glibc
import Platform
import Shell

/// The directories that jobs run in (`--wd`), made if they are not there.
///
/// `...` is a fresh one for each job, under `~/.parallel/tmp` as GNU parallel has it, and removed at the end if it is empty.
struct JobDirectories {
    private var known: [Bytes: WorkingDirectory] = [:]
    private var made: [Bytes] = []

    /// All jobs run in the same directory, the shell's own.
    func isCommon(_ options: RunOptions) -> Bool { options.workingDirectory == nil }

    /// The job's directory; nil: the shell's own.
    mutating func directory(for job: RunningJob, options: RunOptions, shell: Interpreter) -> WorkingDirectory? {
        guard let text = options.workingDirectory else { return nil }
        var path = text.text(for: job.job, slot: job.slot)
        if path == "..." { path = fresh(job.job.sequence, shell) }
        if path.hasPrefix("~/"), let home = shell.variable("HOME") { path = home + path.dropFirst(1) }
        if path.first != UInt8(ascii: "/") {
            path = path == "." ? shell.context.workingDirectory.path : shell.context.workingDirectory.path + "/" + path
        }
        while path.count > 1, path.last == UInt8(ascii: "/") { path.removeLast() }
        if let directory = known[path] { return directory }
        JobDirectories.make(path)
        guard let descriptor = try? System.openDirectory(path) else { return nil }
        let directory = WorkingDirectory(path: path, owning: descriptor)
        if known.count < 64 { known[path] = directory }
        return directory
    }

    private mutating func fresh(_ sequence: Int, _ shell: Interpreter) -> Bytes {
        var path = shell.variable("PARALLEL_HOME") ?? (shell.variable("HOME") ?? "") + "/.parallel"
        path.append("/tmp/")
        path.append(System.hostName)
        path.append("-")
        path.append(decimal: System.processID)
        path.append("-")
        path.append(decimal: sequence)
        made.append(path)
        return path
    }

    private static func make(_ path: Bytes) {
        var end = 0
        while end < path.count {
            end = path.find(UInt8(ascii: "/"), from: end + 1) ?? path.count
            _ = path.prefix(end).withCString { mkdir($0, 0o777) }
        }
    }

    /// The run is over: takes away the fresh directories in which nothing was left.
    mutating func removeEmpty() {
        for path in made { _ = path.withCString { rmdir($0) } }
        made.removeAll()
    }
}
