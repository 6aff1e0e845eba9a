// Pathname expansion (POSIX.1-2024, 2.6.6 and 2.14.3).
//
// The pattern is cut at its slashes, quoted or not, since no special character ever matches one. Components without special
// characters are taken as they stand, so that a directory that can be searched but not read is no obstacle; a component
// with some is compared with the names in its directory. Names are resolved against a directory descriptor, for the
// working directory of a shell may differ from that of the process.

import Bytes
import Glibc
import Platform

/// What `shopt` changes of pathname expansion.
package struct GlobOptions: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Groups, `@(a|b)` and the like.
    package static let groups = GlobOptions(rawValue: 1)
    package static let ignoresCase = GlobOptions(rawValue: 2)
    /// Names with a leading period are names like others (dotglob).
    package static let hidden = GlobOptions(rawValue: 4)
    /// `**` stands for any number of directories (globstar).
    package static let recursive = GlobOptions(rawValue: 8)
    /// `.` and `..` are found by a pattern with a leading period (globskipdots is off).
    package static let dots = GlobOptions(rawValue: 16)
}

/// Pathname expansion.
package enum Glob {
    package enum Result {
        /// There is no special character in it.
        case noPattern
        /// No name matches.
        case nothing
        /// The names in the order of their bytes, at least one.
        case found([Bytes])
    }

    /// The pathnames that the pattern made of `pieces` matches, in the order of their bytes; nil if there are none or if
    /// the pattern has no special character: then the word stays as it is.
    package static func expand(
        _ pieces: [(text: Bytes, isQuoted: Bool)], directory: Int32, encoding: CharacterEncoding
    ) -> [Bytes]? {
        if case .found(let names) = search(pieces, directory: directory, encoding: encoding) { return names }
        return nil
    }

    /// The pathnames that the pattern made of `pieces` matches.
    ///
    /// A leading period is matched only by a period, and the names `.` and `..` are never found, but for the options that
    /// say otherwise. Directories that can't be read are taken as empty.
    ///
    /// - Parameter directory: where relative names start.
    package static func search(
        _ pieces: [(text: Bytes, isQuoted: Bool)], directory: Int32, encoding: CharacterEncoding,
        options: GlobOptions = []
    ) -> Result {
        let isSpecial = pieces.contains {
            !$0.isQuoted && (hasSpecialBytes($0.text) || (options.contains(.groups) && Pattern.hasGroup($0.text)))
        }
        guard isSpecial || options.contains(.groups) else { return .noPattern }
        let source = PatternSource(pieces)
        var walk = GlobWalk(directory: directory, options: options)
        guard walk.parse(source[...], encoding: encoding) else { return .noPattern }
        walk.visit(0, walk.root)
        guard !walk.found.isEmpty else { return .nothing }
        walk.found.sortByBytes()
        return .found(walk.found)
    }

    /// Whether unquoted `text` can make a word a pattern; a backslash alone can't.
    package static func hasSpecialBytes(_ text: Bytes) -> Bool {
        text.withUnsafeBytes { bytes in
            bytes.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[") }
        }
    }
}

private struct GlobWalk {
    enum Component {
        case literal(Bytes)
        case pattern(Pattern, findsHidden: Bool, findsDots: Bool)
        /// `**`
        case anyDirectories
    }

    let directory: Int32
    private let options: GlobOptions
    /// The slashes at the start.
    private(set) var root = Bytes()
    /// Each with the slashes after it.
    private var components: [(component: Component, slashes: Bytes)] = []
    var found: [Bytes] = []

    init(directory: Int32, options: GlobOptions) {
        self.directory = directory
        self.options = options
    }

    /// False if no component has a special character.
    mutating func parse(_ source: ArraySlice<PatternSource.Unit>, encoding: CharacterEncoding) -> Bool {
        let slash = UInt8(ascii: "/")
        func slashes(from index: Int) -> Bytes {
            Bytes(repeating: slash, count: source[index...].prefix { $0.byte == slash }.count)
        }
        var patternOptions: PatternOptions = options.contains(.groups) ? .groups : []
        if options.contains(.ignoresCase) { patternOptions.insert(.ignoresCase) }
        if !options.contains(.hidden) { patternOptions.insert(.guardsPeriod) }
        root = slashes(from: source.startIndex)
        var index = source.startIndex + root.count
        var isPattern = false
        while index < source.endIndex {
            let name = source[index...].prefix { $0.byte != slash }
            let after = slashes(from: name.endIndex)
            index = name.endIndex + after.count
            if options.contains(.recursive), name.count == 2,
                name.allSatisfy({ $0.byte == UInt8(ascii: "*") && !$0.isQuoted })
            {
                isPattern = true
                // Several in a row mean one.
                if case .anyDirectories? = components.last?.component { components.removeLast() }
                components.append((.anyDirectories, after))
                continue
            }
            let pattern = Pattern(name, encoding: encoding, options: patternOptions)
            if let literal = pattern.literal {
                components.append((.literal(literal), after))
            } else {
                isPattern = isPattern || pattern.isSpecial
                // A group says by itself which of its names begin with a period.
                let findsHidden =
                    options.contains(.hidden) || pattern.hasGroups || name.first?.byte == UInt8(ascii: ".")
                // `.` and `..` are found by a period only, whatever is found beside them.
                let findsDots = options.contains(.dots) && (pattern.hasGroups || name.first?.byte == UInt8(ascii: "."))
                components.append((.pattern(pattern, findsHidden: findsHidden, findsDots: findsDots), after))
            }
        }
        return isPattern
    }

    /// Adds what the components from `index` on match below `prefix`, which is empty or ends in a slash.
    mutating func visit(_ index: Int, _ prefix: Bytes) {
        let (component, slashes) = components[index]
        let isLast = index == components.count - 1
        switch component {
        case .literal(let name):
            let path = prefix + name + slashes
            if !isLast {
                visit(index + 1, path)
            } else if (try? System.status(path, at: directory, followLinks: false)) != nil {
                found.append(path)
            }
        case .pattern(let pattern, let findsHidden, let findsDots):
            let needsDirectory = !isLast || !slashes.isEmpty
            var names = entries(of: prefix, pattern, findsHidden: findsHidden, needsDirectory)
            if findsDots {
                for name in [".", ".."] as [Bytes] where pattern.matches(name) { names.append((name, .directory)) }
            }
            for (name, kind) in names {
                var path = prefix
                path.append(name)
                path.append(slashes)
                if !isLast {
                    visit(index + 1, path)
                } else if !needsDirectory || kind == .directory || isDirectory(path) {
                    found.append(path)
                }
            }
        case .anyDirectories:
            if !isLast {
                visit(index + 1, prefix)
            } else if !prefix.isEmpty && isDirectory(prefix) {
                found.append(prefix)
            }
            descend(index, prefix)
        }
    }

    /// What `**` finds below `prefix`: links to directories are found, but nothing behind them.
    private mutating func descend(_ index: Int, _ prefix: Bytes) {
        let (_, slashes) = components[index]
        let isLast = index == components.count - 1
        for (name, kind) in entries(of: prefix, nil, findsHidden: options.contains(.hidden), !isLast) {
            var path = prefix
            path.append(name)
            let isReal =
                kind == .directory
                || (kind == .unknown
                    && (try? System.status(path, at: directory, followLinks: false))?.kind == .directory)
            if isLast && slashes.isEmpty { found.append(path) }
            if isLast && !slashes.isEmpty && (isReal || isDirectory(path)) { found.append(path + slashes) }
            guard isReal else { continue }
            path.append("/")
            if !isLast { visit(index + 1, path) }
            descend(index, path)
        }
    }

    /// The names in a directory that match. Collected first, so that one directory is open at a time.
    private func entries(
        of prefix: Bytes, _ pattern: Pattern?, findsHidden: Bool, _ needsDirectory: Bool
    ) -> [(name: Bytes, kind: FileKind)] {
        var names: [(name: Bytes, kind: FileKind)] = []
        try? System.forEachEntry(of: prefix.isEmpty ? "." : prefix, at: directory) { name, kind in
            if name[0] == UInt8(ascii: ".") && !findsHidden { return }
            if needsDirectory && kind != .directory && kind != .link && kind != .unknown { return }
            let name = Bytes(name)
            if pattern?.matches(name) ?? true { names.append((name, kind)) }
        }
        return names
    }

    private func isDirectory(_ path: Bytes) -> Bool {
        (try? System.status(path, at: directory))?.kind == .directory
    }
}
