import Bytes
import Platform
import Syntax

/// How file names are compared with what was typed: readline's variables.
package struct FileNameRules: Sendable {
    /// `completion-ignore-case`
    package var ignoresCase = false
    /// `completion-map-case`: then hyphens and underscores are the same too.
    package var mapsHyphens = false
    /// `match-hidden-files`: names with a period in front are found though none was typed.
    package var findsHidden = true

    package init() {}

    func matches(_ name: UnsafeBufferPointer<UInt8>, _ prefix: Bytes) -> Bool {
        guard name.count >= prefix.count else { return false }
        if prefix.isEmpty { return findsHidden || name.first != UInt8(ascii: ".") }
        return prefix.withUnsafeBytes { prefix in
            for index in 0..<prefix.count
            where name[index] != prefix[index]
                && !(ignoresCase && folded(name[index]) == folded(prefix[index]))
            {
                return false
            }
            return true
        }
    }

    /// Whether a name is one that what was typed could become.
    func matches(_ name: Bytes, _ typed: Bytes) -> Bool {
        guard ignoresCase else { return name.hasPrefix(typed) }
        var rules = self
        rules.findsHidden = true
        return name.withUnsafeBytes { rules.matches($0, typed) }
    }

    private func folded(_ byte: UInt8) -> UInt8 {
        if mapsHyphens && byte == UInt8(ascii: "_") { return UInt8(ascii: "-") }
        return byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte + 32 : byte
    }
}

extension Interpreter {
    /// The files whose path begins with `text`, which has no quotes; with the directory as it was typed.
    ///
    /// - Parameters:
    ///   - directory: what the directory in `text` really is, if that is not what it says.
    ///   - accepts: which of them, by their names and their paths.
    func fileNames(
        _ text: Bytes, directory: Bytes? = nil, accepts: (Bytes, FileKind) -> Bool
    ) -> [Bytes] {
        let slash = text.findLast(UInt8(ascii: "/"))
        let typed = slash.map { text[0...$0] } ?? Bytes()
        let prefix = slash.map { text.suffix(from: $0 + 1) } ?? text
        let path = directory ?? (completion == nil ? expandTilde(typed) : expandedDirectory(typed))
        var names: [Bytes] = []
        func take(_ name: Bytes, _ kind: FileKind) {
            if accepts(path + name, kind) { names.append(typed + name) }
        }
        let rules = fileNameRules
        let base = context.workingDirectory.descriptor
        try? System.forEachEntry(of: path.isEmpty ? "." : path, at: base) { name, kind in
            if rules.matches(name, prefix) { take(Bytes(name), kind) }
        }
        if prefix == "." { take(".", .directory) }
        if prefix == "." || prefix == ".." { take("..", .directory) }
        return names
    }

    /// The files that `compgen -f` and `-d` find.
    func fileNames(_ text: Bytes, directoriesOnly: Bool) -> [Bytes] {
        let base = context.workingDirectory.descriptor
        return fileNames(text) { path, kind in
            guard directoriesOnly, kind != .directory else { return true }
            return (kind == .link || kind == .unknown)
                && (try? System.status(path, at: base))?.kind == .directory
        }
    }

    /// Programs and directories whose path begins with `text`.
    func programs(_ text: Bytes, directory: Bytes? = nil) -> [Bytes] {
        let base = context.workingDirectory.descriptor
        return fileNames(text, directory: directory) { path, kind in
            kind == .directory || System.access(path, 1, at: base, effective: true)
        }
    }

    /// What a directory typed with a tilde or variables is; nothing is run to find it.
    func expandedDirectory(_ typed: Bytes) -> Bytes {
        let plain = expandTilde(typed)
        guard plain.contains(UInt8(ascii: "$")), let word = try? Parser.parseWholeWord(typed, options: parserOptions()),
            word.parts.allSatisfy(\.isQuiet), let value = try? Preparation.word(word).string(self)
        else { return plain }
        return value
    }

    /// `FIGNORE`: endings of names that completion at the prompt leaves out.
    var ignoredSuffixes: [Bytes] {
        guard let value = variable("FIGNORE"), !value.isEmpty else { return [] }
        return value.split(on: UInt8(ascii: ":")).filter { !$0.isEmpty }
    }

    /// A path with the home directory in the place of `~` or `~name`.
    package func expandTilde(_ path: Bytes) -> Bytes {
        guard path.first == UInt8(ascii: "~") else { return path }
        let end = path.find(UInt8(ascii: "/")) ?? path.count
        let name = path[1..<end]
        let home: Bytes?
        switch name {
        case "": home = value(NameTable.home) ?? System.user(id: System.effectiveUserID)?.home
        case "+": home = value(NameTable.pwd)
        case "-": home = value(NameTable.oldpwd)
        default: home = System.homeDirectory(of: name)
        }
        guard let home else { return path }
        return home + path.suffix(from: end)
    }
}

extension WordPart {
    /// Expanding it runs nothing and changes nothing.
    var isQuiet: Bool {
        switch self {
        case .literal, .escaped, .singleQuoted, .dollarSingleQuoted, .tilde: true
        case .doubleQuoted(let parts): parts.allSatisfy(\.isQuiet)
        case .parameter(let expansion):
            expansion.operation == .value && expansion.index == nil && !expansion.isIndirect
        default: false
        }
    }
}
