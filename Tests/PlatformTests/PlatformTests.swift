import Bytes
import Glibc
import Platform
import Testing

/// All suites of this module run one after the other: they count descriptors and change what belongs to the process.
@Suite(.serialized) enum PlatformTests {}

/// What a child wrote and how it ended.
struct Outcome {
    var output: Bytes
    var status: WaitStatus
    var usage: ResourceUsage

    var lines: [Bytes] { output.split(on: UInt8(ascii: "\n")).filter { !$0.isEmpty } }
}

let testEnvironment = EnvironmentBlock(["PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C"])

/// A launch of `sh -c script`.
func shell(_ script: Bytes) -> Launch {
    Launch(path: "/bin/sh", arguments: ["sh", "-c", script], environment: testEnvironment)
}

/// Runs a launch to its end with standard output caught.
func run(_ launch: Launch) throws -> Outcome {
    let ends = try System.pipe()
    defer { System.close(ends.read) }
    var launch = launch
    launch.descriptors.append((1, ends.write))
    let child: Child
    do {
        child = try start(launch)
    } catch {
        System.close(ends.write)
        throw error
    }
    System.close(ends.write)
    let output = try System.readAll(ends.read)
    let (status, usage) = try child.wait()
    return Outcome(output: output, status: status, usage: usage)
}

/// The error of a launch that must fail.
func failure(_ launch: Launch) throws -> LaunchError {
    do throws(LaunchError) {
        let child = try start(launch)
        _ = try? child.signal(SIGKILL)
        _ = try? child.wait()
    } catch {
        return error
    }
    throw Errno.exists
}

/// A directory that is removed with all its files at the end.
final class TemporaryDirectory {
    let path: Bytes

    init() throws {
        var template: [CChar] = Array("/tmp/thresh-test.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno(errno) }
        path = Bytes(cString: template)
    }

    func file(_ name: Bytes, _ text: Bytes, mode: UInt16 = 0o755) throws -> Bytes {
        let file = path + "/" + name
        let fd = try System.open(file, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
        defer { System.close(fd) }
        try System.writeAll(fd, text)
        return file
    }

    deinit {
        _ = try? run(Launch(path: "/bin/rm", arguments: ["rm", "-rf", path], environment: testEnvironment))
    }
}

/// Waits until `condition` holds, for ten seconds at most.
func eventually(_ condition: () -> Bool) -> Bool {
    let end = Clock.monotonicNanoseconds() + 10_000_000_000
    while !condition() {
        if Clock.monotonicNanoseconds() > end { return false }
        usleep(2000)
    }
    return true
}
