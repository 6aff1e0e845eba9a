import Bytes

/// The patterns of GLOBIGNORE: pathname expansion leaves out the names that match one of them.
struct IgnoredNames {
    /// The components of each pattern: no special character matches a slash.
    private let patterns: [[Pattern]]

    /// Nil if there are none.
    init?(_ list: Bytes?, encoding: CharacterEncoding, hasGroups: Bool) {
        guard let list, !list.isEmpty else { return nil }
        patterns = IgnoredNames.split(list).map { text in
            text.split(on: UInt8(ascii: "/")).map { component in
                Pattern(
                    PatternSource([(component, false)])[...], encoding: encoding, options: hasGroups ? .groups : [])
            }
        }
    }

    func contains(_ name: Bytes) -> Bool {
        let components = name.split(on: UInt8(ascii: "/"))
        return patterns.contains { pattern in
            pattern.count == components.count && zip(pattern, components).allSatisfy { $0.matches($1) }
        }
    }

    /// At the colons that are not in brackets: `[[:alpha:]]*` is one pattern.
    static func split(_ list: Bytes) -> [Bytes] {
        var parts: [Bytes] = []
        var part = Bytes()
        var depth = 0
        for byte in list {
            if byte == UInt8(ascii: ":") && depth == 0 {
                if !part.isEmpty { parts.append(part) }
                part = Bytes()
                continue
            }
            if byte == UInt8(ascii: "[") { depth += 1 }
            if byte == UInt8(ascii: "]") && depth > 0 { depth -= 1 }
            part.append(byte)
        }
        if !part.isEmpty { parts.append(part) }
        return parts
    }
}
