// cd (POSIX.1-2024, XCU cd). The working directory is the context's: an open directory and the path by which the user came
// to it. The steps in comments are those of the standard's description.

import Bytes
import Glibc
import Platform

extension Builtin {
    static let cd = Builtin(
        name: "cd", kind: .regular, synopsis: "cd [-L | -P [-e]] [directory | -]",
        summary: "Change the working directory.",
        details: """
            Without a directory to $HOME, with - to the one before ($OLDPWD), which is then shown. A relative name that \
            doesn't begin with . or .. is looked for in the directories of $CDPATH first; if one of them has it, the new \
            directory is shown.

            -L  .. goes back in the path by which one came, symbolic links included (the default)
            -P  PWD becomes the path without symbolic links
            -e  with -P: status 1 if that path can't be found out, though the directory was changed
            """,
        examples: """
            cd /srv/www
            cd -
            """,
        completes: .directories, run: Cd.run)

    static let pwd = Builtin(
        name: "pwd", kind: .regular, synopsis: "pwd [-L | -P]",
        summary: "Show the path of the working directory.",
        details: """
            -L  as one came there, symbolic links included (the default)
            -P  without symbolic links
            """, completes: .nothing, run: Cd.runPwd)
}

enum Cd {
    static func run(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        var options = BuiltinOptions(args, "LPe")
        var isPhysical = sh.has(.physical)
        var needsPath = false
        while let option = options.next(sh) {
            switch option {
            case UInt8(ascii: "L"): isPhysical = false
            case UInt8(ascii: "P"): isPhysical = true
            default: needsPath = true
            }
        }
        if let status = options.failure { return status }
        // With -P and -e status 1 means that only the path is unknown.
        let failure: Int32 = isPhysical && needsPath ? 2 : 1
        guard args.count <= options.operands + 1 else { return sh.fail(args[0], "too many operands", status: failure) }

        var target: Bytes
        var isShown = false
        if options.operands == args.count {
            // Steps 1 and 2.
            guard let home = sh.value(NameTable.home) else {
                return sh.fail(args[0], "HOME is not set", status: failure)
            }
            // An empty one leaves us where we are, as in other shells.
            if home.isEmpty { return 0 }
            target = home
        } else if args[options.operands] == "-" {
            guard let old = sh.value(NameTable.oldpwd), !old.isEmpty else {
                return sh.fail(args[0], "OLDPWD is not set", status: failure)
            }
            target = old
            isShown = true
        } else {
            target = args[options.operands]
        }
        guard !target.isEmpty else { return sh.fail(args[0], "the name of the directory is empty", status: failure) }
        if let found = searchPath(target, sh) {
            target = found.path
            isShown = isShown || found.isShown
        } else if sh.has(ShoptOptions.cdableVars), let value = sh.variable(target), !value.isEmpty,
            (try? System.status(target, at: sh.context.workingDirectory.descriptor))?.kind != .directory
        {
            target = value
            isShown = true
        }

        let here = sh.context.workingDirectory
        let path: Bytes
        let descriptor: Int32
        var isKnown = true
        do throws(Errno) {
            // Where the path of here is not known, `..` can only be that of the directory itself.
            if isPhysical || here.path.isEmpty && target[0] != UInt8(ascii: "/") {
                descriptor = try enter(target, sh)
                if let found = physicalPath(of: descriptor) {
                    path = found
                } else {
                    path = absolute(target, here.path)
                    isKnown = false
                }
            } else {
                // Step 7 and 8.
                path = try canonical(target, from: here)
                descriptor = try enter(path, sh)
            }
        } catch {
            return sh.fail(args[0], target, error.message, status: failure)
        }
        sh.context.workingDirectory = WorkingDirectory(path: path, owning: descriptor)
        sh.synchronize()
        let isRecorded = sh.set(NameTable.oldpwd, here.path)
        guard sh.set(NameTable.pwd, path), isRecorded else { return failure }
        if isShown { sh.write(path + "\n") }
        return isKnown || !needsPath ? 0 : 1
    }

    static func runPwd(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        var options = BuiltinOptions(args, "LP")
        var isPhysical = sh.has(.physical)
        while let option = options.next(sh) { isPhysical = option == UInt8(ascii: "P") }
        if let status = options.failure { return status }
        var path = sh.context.workingDirectory.path
        if isPhysical || path.isEmpty || sh.has(.posix) && !isName(path, of: sh.context.workingDirectory.descriptor) {
            guard let found = physicalPath(of: sh.context.workingDirectory.descriptor) else {
                return sh.fail(
                    args[0], "the path of the working directory is unknown: it was removed, or can't be read")
            }
            path = found
        }
        sh.write(path + "\n")
        return 0
    }

    /// Whether `path` still leads to the working directory. It doesn't when that was renamed or removed.
    private static func isName(_ path: Bytes, of descriptor: Int32) -> Bool {
        guard let meant = try? System.status(".", at: descriptor) else { return false }
        do throws(Errno) {
            if path.count < Int(PATH_MAX) { return try System.status(path).isSameFile(as: meant) }
            let directory = try LongPath.openDirectory(path, at: AT_FDCWD)
            defer { System.close(directory) }
            return try System.status(of: directory).isSameFile(as: meant)
        } catch {
            // Where one may not look it is believed.
            return error == .notPermitted || error == .permissionDenied
        }
    }

    // MARK: Where to

    /// Steps 5 and 6: the place in CDPATH. Nil if `target` is to be taken as it is.
    private static func searchPath(_ target: Bytes, _ sh: Interpreter) -> (path: Bytes, isShown: Bool)? {
        guard let search = sh.value(NameTable.cdpath), target[0] != UInt8(ascii: "/") else { return nil }
        let first = target.split(on: UInt8(ascii: "/"))[0]
        guard first != "." && first != ".." else { return nil }
        for entry in search.split(on: UInt8(ascii: ":")) {
            var path = entry.isEmpty ? "." : entry
            if path.last != UInt8(ascii: "/") { path.append("/") }
            path.append(target)
            let status = try? System.status(path, at: sh.context.workingDirectory.descriptor)
            if status?.kind == .directory { return (path, !entry.isEmpty) }
        }
        return nil
    }

    private static func absolute(_ target: Bytes, _ here: Bytes) -> Bytes {
        if target[0] == UInt8(ascii: "/") { return target }
        var path = here
        if path.last != UInt8(ascii: "/") { path.append("/") }
        path.append(target)
        return path
    }

    /// Step 8: without `.`, without `..` and what stands before it (which must be a directory), without slashes that say
    /// nothing. Two slashes at the start may mean something, three don't. The directory where we are is one, even if it
    /// was removed: one must be able to leave it.
    private static func canonical(_ target: Bytes, from here: WorkingDirectory) throws(Errno) -> Bytes {
        let slash = UInt8(ascii: "/")
        let path = absolute(target, here.path)
        if isCanonical(path) { return path }
        var trusted = target[0] == slash ? 0 : here.path.split(on: slash).count(where: { !$0.isEmpty })
        let isDouble = path.hasPrefix("//") && !path.hasPrefix("///")
        let root: Bytes = isDouble ? "//" : "/"
        var kept: [Bytes] = []
        for name in path.split(on: slash) where !name.isEmpty && name != "." {
            if name == ".." {
                if kept.isEmpty { continue }
                if kept.count > trusted { try LongPath.checkDirectory(root + kept.joined(by: "/")) }
                kept.removeLast()
                trusted = min(trusted, kept.count)
            } else {
                kept.append(name)
            }
        }
        return root + kept.joined(by: "/")
    }

    /// An absolute path in which no name begins with a period, and no slash follows another or ends it.
    private static func isCanonical(_ path: Bytes) -> Bool {
        path.withUnsafeBytes { path in
            var follows = false
            for byte in path {
                if follows && (byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".")) { return false }
                follows = byte == UInt8(ascii: "/")
            }
            return !follows || path.count == 1
        }
    }

    /// Step 9 and 10: goes there. The main interpreter takes the process along, and its directory is the process's own
    /// (AT_FDCWD); others get an open directory.
    private static func enter(_ path: Bytes, _ sh: Interpreter) throws(Errno) -> Int32 {
        let here = sh.context.workingDirectory.descriptor
        guard sh.isMain && sh.subshellDepth == 0 else { return try LongPath.openDirectory(path, at: here) }
        if sh.context.share != nil {
            // Threads hold their directory by a descriptor, wherever the process goes.
            let descriptor = try LongPath.openDirectory(path, at: here)
            try? System.changeDirectory(descriptor)
            return descriptor
        }
        do throws(Errno) {
            try System.changeDirectory(path)
        } catch {
            guard error == .nameTooLong else { throw error }
            let descriptor = try LongPath.openDirectory(path, at: here)
            defer { System.close(descriptor) }
            try System.changeDirectory(descriptor)
        }
        return AT_FDCWD
    }

    /// The path of an open directory without symbolic links, nil if it has none any more.
    static func physicalPath(of descriptor: Int32) -> Bytes? {
        let isOwn = descriptor == AT_FDCWD
        var link: Bytes = "/proc/self/fd/"
        if isOwn { link = "/proc/self/cwd" } else { link.append(decimal: descriptor) }
        let path: Bytes
        do throws(Errno) { path = try System.readLink(link) } catch {
            return error == .nameTooLong ? LongPath.of(descriptor) : nil
        }
        guard path.first == UInt8(ascii: "/"), let named = try? System.status(path),
            let meant = try? System.status(isOwn ? "." : link), named.isSameFile(as: meant)
        else { return nil }
        return path
    }
}
