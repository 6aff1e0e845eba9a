// Why a process could not be started, told by the step that failed, with what a user needs to do something about it:
// the sizes behind "argument list too long", the interpreter that a script names and that does not exist, which kind of
// limit is used up.
import Bytes
import CPlatform
import Glibc

/// A failed launch. No child is left.
package struct LaunchError: Error, Sendable {
    package enum Step: Sendable {
        case clone, session, processGroup, terminal, signals, limits, user, directory, descriptors, execute
    }

    /// A single string that is longer than the kernel takes.
    package enum OversizedString: Equatable, Sendable {
        case argument(index: Int, count: Int)
        case environment(name: Bytes, count: Int)
    }

    package var step: Step
    package var errno: Errno
    /// For E2BIG: the bytes of all arguments and the environment with their pointers, and what the kernel allows.
    package var argumentSize = 0
    package var argumentLimit = 0
    /// For E2BIG: the string to blame, if it is a single one; each may have `stringLimit` bytes.
    package var oversized: OversizedString?
    /// The program that the file names for running it, where that and not the file is missing or not executable.
    package var interpreter: Bytes?
    /// For the step `.descriptors`: which; for `.limits`: which resource; for `.signals`: which signal.
    package var detail: Int32 = 0

    /// How long one argument or one variable may be, its NUL not counted.
    package static let stringLimit = 32 * pageSize - 1

    private static var pageSize: Int { max(sysconf(Int32(_SC_PAGESIZE)), 4096) }

    init(_ failure: thresh_failure, of launch: borrowing Launch) {
        errno = Errno(failure.error)
        detail = failure.detail
        switch thresh_step(UInt32(failure.step)) {
        case THRESH_STEP_SESSION: step = .session
        case THRESH_STEP_GROUP: step = .processGroup
        case THRESH_STEP_TERMINAL: step = .terminal
        case THRESH_STEP_LIMITS: step = .limits
        case THRESH_STEP_USER: step = .user
        case THRESH_STEP_DIRECTORY: step = .directory
        case THRESH_STEP_DESCRIPTORS: step = .descriptors
        case THRESH_STEP_SIGNALS: step = .signals
        case THRESH_STEP_EXECUTE: step = .execute
        default: step = .clone
        }
        guard step == .execute else { return }
        switch errno {
        case .argumentsTooLong: measure(launch)
        case .notFound, .permissionDenied, .notDirectory, .symbolicLinkLoop, .nameTooLong: findInterpreter(of: launch)
        default: break
        }
    }

    /// 127 where the file was not found, 126 for any other reason: what a shell's command returns (POSIX, 2.8.2).
    package var exitStatus: Int32 {
        step == .execute && (errno == .notFound || errno == .notDirectory) ? 127 : 126
    }

    // MARK: Details

    private mutating func measure(_ launch: borrowing Launch) {
        let pointer = MemoryLayout<UnsafeRawPointer>.size
        argumentSize = launch.environment.textSize + (launch.arguments.count + launch.environment.count) * pointer
        for (index, argument) in launch.arguments.enumerated() {
            argumentSize += argument.count + 1
            if argument.count > Self.stringLimit { oversized = .argument(index: index, count: argument.count) }
        }
        let longest = launch.environment.longestEntry
        if oversized == nil && longest.count > Self.stringLimit {
            oversized = .environment(name: longest.name, count: longest.count)
        }
        argumentLimit = LaunchError.argumentLimit(stack: launch.limits.last { $0.resource == Resource.stack }?.soft)
    }

    /// How many bytes arguments and environment may take, pointers included: a quarter of the stack's limit, at least
    /// 128 KiB and at most 6 MiB. `stack` is the child's limit where it is not ours.
    package static func argumentLimit(stack: UInt64? = nil) -> Int {
        let limit = stack ?? (try? System.resourceLimit(Resource.stack).soft) ?? 8 << 20
        return max(min(Int(clamping: limit / 4), 6 << 20), 128 << 10)
    }

    private mutating func findInterpreter(of launch: borrowing Launch) {
        let base = launch.directory ?? AT_FDCWD
        // The file itself is at fault unless it is there and may be executed.
        guard let status = try? System.status(launch.path, at: base), status.kind == .regular,
            System.access(launch.path, X_OK, at: base),
            let fd = try? System.open(launch.path, flags: O_RDONLY, at: base)
        else { return }
        defer { System.close(fd) }
        interpreter = scriptInterpreter(fd) ?? elfInterpreter(fd)
    }
}

/// The first word after `#!` of a script, as the kernel reads it: within the first 256 bytes, ended by a blank or the line.
private func scriptInterpreter(_ fd: Int32) -> Bytes? {
    guard let head = readBlock(fd, at: 0, count: 256), head.count > 2, head[0] == UInt8(ascii: "#"),
        head[1] == UInt8(ascii: "!")
    else { return nil }
    func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    let line = head.dropFirst(2).prefix { $0 != UInt8(ascii: "\n") && $0 != 0 }
    let name = line.drop(while: isBlank).prefix { !isBlank($0) }
    return name.isEmpty ? nil : Bytes(name)
}

/// The dynamic loader that a 64-bit ELF program of this machine's byte order asks for.
private func elfInterpreter(_ fd: Int32) -> Bytes? {
    let magic: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2]
    guard let header = readBlock(fd, at: 0, count: 64), header.count == 64, header.starts(with: magic)
    else { return nil }
    func number(_ bytes: [UInt8], _ offset: Int, _ size: Int) -> Int {
        var value: UInt64 = 0
        for index in (0..<size).reversed() { value = value << 8 | UInt64(bytes[offset + index]) }
        return Int(truncatingIfNeeded: value & UInt64(Int.max))
    }
    let tableOffset = number(header, 32, 8)
    let entrySize = number(header, 54, 2)
    let entryCount = number(header, 56, 2)
    guard entrySize >= 56 else { return nil }
    for index in 0..<entryCount {
        guard let entry = readBlock(fd, at: tableOffset &+ index * entrySize, count: 56), entry.count == 56 else {
            return nil
        }
        let isInterpreter = number(entry, 0, 4) == 3
        guard isInterpreter else { continue }
        let name = readBlock(fd, at: number(entry, 8, 8), count: min(number(entry, 32, 8), Int(PATH_MAX)))
        return name.map { Bytes($0.prefix { $0 != 0 }) }
    }
    return nil
}

private func readBlock(_ fd: Int32, at offset: Int, count: Int) -> [UInt8]? {
    var block = [UInt8](repeating: 0, count: count)
    let read = block.withUnsafeMutableBytes { pread(fd, $0.baseAddress, $0.count, off_t(offset)) }
    guard read >= 0 else { return nil }
    return Array(block.prefix(read))
}
