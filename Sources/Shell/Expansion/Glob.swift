// Pathname expansion (POSIX.1-2024, 2.6.6 and 2.14.3).
//
// The pattern is cut at its slashes, quoted or not, since no special character ever matches one. Components without special
// characters are taken as they stand, so that a directory that can be searched but not read is no obstacle; a component
// with some is compared with the names in its directory. Names are resolved against a directory descriptor, for the
// working directory of a shell may differ from that of the process.

import Bytes
import Glibc
import Platform

/// Pathname expansion.
package enum Glob {
    /// The pathnames that the pattern made of `pieces` matches, in the order of their bytes; nil if there are none or if
    /// the pattern has no special character: then the word stays as it is.
    ///
    /// A leading period is matched only by a period. The names `.` and `..` are never found. Directories that can't be
    /// read are taken as empty.
    ///
    /// - Parameter directory: where relative names start.
    package static func expand(
        _ pieces: [(text: Bytes, isQuoted: Bool)], directory: Int32, encoding: CharacterEncoding
    ) -> [Bytes]? {
        guard pieces.contains(where: { !$0.isQuoted && hasSpecialBytes($0.text) }) else { return nil }
        let source = PatternSource(pieces)
        var walk = GlobWalk(directory: directory)
        guard walk.parse(source[...], encoding: encoding) else { return nil }
        walk.visit(0, walk.root)
        guard !walk.found.isEmpty else { return nil }
        walk.found.sort()
        return walk.found
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
        case pattern(Pattern, findsHidden: Bool)
    }

    let directory: Int32
    /// The slashes at the start.
    private(set) var root = Bytes()
    /// Each with the slashes after it.
    private var components: [(component: Component, slashes: Bytes)] = []
    var found: [Bytes] = []

    init(directory: Int32) { self.directory = directory }

    /// False if no component has a special character.
    mutating func parse(_ source: ArraySlice<PatternSource.Unit>, encoding: CharacterEncoding) -> Bool {
        let slash = UInt8(ascii: "/")
        func slashes(from index: Int) -> Bytes {
            Bytes(repeating: slash, count: source[index...].prefix { $0.byte == slash }.count)
        }
        root = slashes(from: source.startIndex)
        var index = source.startIndex + root.count
        var isPattern = false
        while index < source.endIndex {
            let name = source[index...].prefix { $0.byte != slash }
            let after = slashes(from: name.endIndex)
            let pattern = Pattern(name, encoding: encoding)
            if let literal = pattern.literal {
                components.append((.literal(literal), after))
            } else {
                isPattern = true
                let findsHidden = name.first.map { $0.byte == UInt8(ascii: ".") } ?? false
                components.append((.pattern(pattern, findsHidden: findsHidden), after))
            }
            index = name.endIndex + after.count
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
        case .pattern(let pattern, let findsHidden):
            let needsDirectory = !isLast || !slashes.isEmpty
            // Collected first, so that one directory is open at a time.
            var names: [(name: Bytes, kind: FileKind)] = []
            try? System.forEachEntry(of: prefix.isEmpty ? "." : prefix, at: directory) { name, kind in
                if name[0] == UInt8(ascii: ".") && !findsHidden { return }
                if needsDirectory && kind != .directory && kind != .link && kind != .unknown { return }
                let name = Bytes(name)
                if pattern.matches(name) { names.append((name, kind)) }
            }
            found.reserveCapacity(found.count + names.count)
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
        }
    }

    private func isDirectory(_ path: Bytes) -> Bool {
        (try? System.status(path, at: directory))?.kind == .directory
    }
}
