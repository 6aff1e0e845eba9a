// Users by name and by number.
//
// /etc/passwd is read here; users that only a directory service knows are asked of getent(1). The functions of libc
// would load the service's modules into this process, which a static binary can't do without crashing.
import Bytes
import Glibc

/// What the user database tells of a user.
package struct User: Equatable, Sendable {
    package var name: Bytes
    package var uid: UInt32
    package var gid: UInt32
    package var home: Bytes
    package var shell: Bytes

    /// From a line of /etc/passwd: name:password:uid:gid:comment:home:shell.
    init?(line: Bytes) {
        let fields = line.split(on: UInt8(ascii: ":"))
        guard fields.count >= 6, let uid = fields[2].decimal, let gid = fields[3].decimal else { return nil }
        name = fields[0]
        self.uid = UInt32(truncatingIfNeeded: uid)
        self.gid = UInt32(truncatingIfNeeded: gid)
        home = fields[5]
        shell = fields.count > 6 ? fields[6] : ""
    }
}

/// Whom a process runs as.
package struct Credentials: Equatable, Sendable {
    package var user: UInt32
    package var group: UInt32
    /// All groups, `group` among them.
    package var groups: [UInt32]

    /// Those of a user, with the groups that /etc/group names for it.
    package init(_ user: User) {
        self.user = user.uid
        group = user.gid
        groups = [user.gid]
        guard let text = try? System.readFile("/etc/group") else { return }
        for line in text.split(on: UInt8(ascii: "\n")) {
            // name:password:gid:member,member
            let fields = line.split(on: UInt8(ascii: ":"))
            guard fields.count >= 4, fields[3].split(on: UInt8(ascii: ",")).contains(user.name),
                let number = fields[2].decimal
            else { continue }
            let gid = UInt32(truncatingIfNeeded: number)
            if !groups.contains(gid) { groups.append(gid) }
        }
    }
}

extension System {
    /// The home directory of a user; nil if there is no such user.
    package static func homeDirectory(of name: Bytes) -> Bytes? { user(named: name)?.home }

    package static func user(named name: Bytes) -> User? {
        guard !name.isEmpty, !name.contains(where: { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "\n") }) else {
            return nil
        }
        return user(key: name) { $0.name == name }
    }

    package static func user(id: UInt32) -> User? { user(key: Bytes(decimal: id)) { $0.uid == id } }

    /// The name of the effective user.
    package static var userName: Bytes? { user(id: effectiveUserID)?.name }

    private static func user(key: Bytes, _ matches: (User) -> Bool) -> User? {
        if let file = try? readFile("/etc/passwd"), let found = firstUser(in: file, matches) { return found }
        guard let answer = askDatabase("passwd", for: key) else { return nil }
        // getent takes a number for a name as well; what doesn't match was not asked for.
        return firstUser(in: answer, matches)
    }

    private static func firstUser(in text: Bytes, _ matches: (User) -> Bool) -> User? {
        var start = 0
        while start < text.count {
            let end = text.find(UInt8(ascii: "\n"), from: start) ?? text.count
            if let user = User(line: text[start..<end]), matches(user) { return user }
            start = end + 1
        }
        return nil
    }

    /// What getent(1) says of `key` in one of the system's databases; nil if there is nothing.
    static func askDatabase(_ database: Bytes, for key: Bytes) -> Bytes? {
        let candidates: [Bytes] = ["/usr/bin/getent", "/bin/getent"]
        guard let path = candidates.first(where: { access($0, X_OK) }), let ends = try? pipe() else { return nil }
        defer { close(ends.read) }
        let null = (try? open("/dev/null", flags: O_RDWR)) ?? -1
        var launch = Launch(
            path: path, arguments: ["getent", database, "--", key], environment: EnvironmentBlock(getEnvironment()),
            descriptors: [(0, null), (1, ends.write), (2, null)])
        launch.defaultSignals = SignalSet(SIGINT, SIGQUIT)
        let child = try? start(launch)
        close(ends.write)
        if null >= 0 { close(null) }
        guard let child else { return nil }
        let answer = try? readAll(ends.read)
        guard let (status, _) = try? child.wait(), status == .exited(0) else { return nil }
        return answer
    }
}
