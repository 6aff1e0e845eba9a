// Puts a word's expansions together to fields: field splitting (2.6.5), and what pathname expansion must know (2.6.6).
//
// The parts of a word append to a builder: quoted text as it is, the results of unquoted expansions through the separators.
// The builder remembers which ranges of a field were quoted, so that a pattern can be made of the field if it holds an
// unquoted `*`, `?` or `[`; most fields hold none and cost no more than their bytes.

import Bytes

/// The classes of bytes for field splitting, from IFS.
struct FieldSeparators {
    /// The value of IFS, nil if it is unset, and how it was read.
    let ifs: Bytes?
    let encoding: CharacterEncoding
    /// 0: no separator; 1: white space; 2: another separator; 3: perhaps one of `wide`.
    private var classes: [UInt8]
    /// The bytes that separate, may do so, or are special in patterns: a bit for each.
    private var active: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    /// The separators that are no ASCII, in UTF-8.
    private var wide: [Bytes] = []
    /// The character that joins `"$*"`; empty where IFS is.
    private(set) var joiner = Bytes()
    /// IFS is its default, so that only blank, tab and newline separate.
    private(set) var isDefault: Bool

    init(ifs: Bytes? = " \t\n", encoding: CharacterEncoding = .utf8) {
        self.ifs = ifs
        self.encoding = encoding
        self.classes = []
        var classes = [UInt8](repeating: 0, count: 256)
        let characters = ifs ?? " \t\n"
        isDefault = characters == " \t\n"
        activate(UInt8(ascii: "*"))
        activate(UInt8(ascii: "?"))
        activate(UInt8(ascii: "["))
        activate(UInt8(ascii: "\\"))
        var index = 0
        while index < characters.count {
            let byte = characters[index]
            activate(byte)
            var length = 1
            if byte < 0x80 || encoding == .bytes {
                classes[Int(byte)] = byte == 0x20 || byte == 0x09 || byte == 0x0A ? 1 : 2
            } else {
                length = characters.withUnsafeBytes { encoding.decode($0, at: index).length }
                wide.append(characters[index..<(index + length)])
            }
            if index == 0 { joiner = characters[0..<length] }
            index += length
        }
        if !wide.isEmpty {
            for byte in 0x80..<0x100 { classes[byte] = 3 }
            (active.2, active.3) = (.max, .max)
        }
        self.classes = classes
    }

    private mutating func activate(_ byte: UInt8) {
        let bit: UInt64 = 1 << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: active.0 |= bit
        case 1: active.1 |= bit
        case 2: active.2 |= bit
        default: active.3 |= bit
        }
    }

    /// The byte separates fields, or is special in patterns.
    @inline(__always)
    func isActive(_ byte: UInt8) -> Bool {
        let word =
            switch byte >> 6 {
            case 0: active.0
            case 1: active.1
            case 2: active.2
            default: active.3
            }
        return word >> UInt64(byte & 63) & 1 != 0
    }

    @inline(__always)
    subscript(byte: UInt8) -> UInt8 { classes[Int(byte)] }

    /// The character that joins is white space.
    var joinsByBlank: Bool { joiner.first.map { self[$0] == 1 } ?? false }

    /// The class of the character at `index`, whose first byte is of class 3, and its length.
    func wideCharacter(in text: Bytes, at index: Int) -> (kind: UInt8, length: Int) {
        let length = text.withUnsafeBytes { CharacterEncoding.utf8.decode($0, at: index).length }
        return (wide.contains(text[index..<(index + length)]) ? 2 : 0, length)
    }
}

/// The field being built, and where finished fields go.
struct FieldBuilder {
    /// The field so far.
    var text = Bytes()
    /// A field has begun: some text, or quotes around nothing.
    var isStarted = false
    /// An unquoted `*`, `?` or `[` is in it.
    var isPattern = false
    /// The word itself has a group, `@(a|b)` or the like.
    var hasGroup = false
    /// The quoted ranges of `text`, in order.
    var quoted: [Range<Int>] = []
    /// White space has ended a field: a separator that is no white space now belongs to that end.
    private var endedByBlank = false
    /// Fields are made: what unquoted expansions give is split.
    let splits: Bool
    /// Where no fields are made: `$@` is joined by the first character of IFS, if there is one, instead of a blank.
    var joinsByIFS = false

    init(splits: Bool) { self.splits = splits }

    @inline(__always)
    mutating func appendQuoted(_ bytes: Bytes) {
        isStarted = true
        guard splits else {
            text.append(bytes)
            return
        }
        let start = text.count
        text.append(bytes)
        if text.count > start { quoted.append(start..<text.count) }
        endedByBlank = false
    }

    /// Unquoted text of the word itself: never split, but may be a pattern.
    @inline(__always)
    mutating func appendLiteral(_ bytes: Bytes, isPattern: Bool) {
        isStarted = true
        text.append(bytes)
        if isPattern { self.isPattern = true }
        endedByBlank = false
    }

    /// The result of an unquoted expansion: split by the separators, where fields are made.
    mutating func appendExpansion(_ bytes: Bytes, _ sh: Interpreter) throws(Unwind) {
        guard splits else {
            text.append(bytes)
            isStarted = true
            return
        }
        let count = bytes.count
        if FieldBuilder.isPlain(bytes, sh.separators) {
            if count > 0 {
                text.append(bytes)
                isStarted = true
                endedByBlank = false
            }
            return
        }
        var index = 0
        while index < count {
            let byte = bytes[index]
            var kind = sh.separators[byte]
            var length = 1
            if kind == 3 { (kind, length) = sh.separators.wideCharacter(in: bytes, at: index) }
            switch kind {
            case 0:
                if length == 1 { text.append(byte) } else { text.append(bytes[index..<(index + length)]) }
                if FieldBuilder.isSpecial(byte) { isPattern = true }
                isStarted = true
                endedByBlank = false
            case 1:
                try finishByBlank(sh)
            default:
                if endedByBlank && !isStarted {
                    endedByBlank = false
                } else {
                    isStarted = true
                    try finish(sh)
                    endedByBlank = false
                }
            }
            index += length
        }
    }

    /// Nothing in the result of an expansion separates fields or matches: the common case.
    static func isPlain(_ bytes: Bytes, _ separators: borrowing FieldSeparators) -> Bool {
        bytes.withUnsafeBytes { buffer in
            for byte in buffer where separators.isActive(byte) { return false }
            return true
        }
    }

    @inline(__always)
    static func isSpecial(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "[")
            || byte == UInt8(ascii: "\\")
    }

    /// Ends the field, if one has begun, as white space that separates does.
    mutating func finishByBlank(_ sh: Interpreter) throws(Unwind) {
        guard isStarted else { return }
        try finish(sh)
        endedByBlank = true
    }

    /// Ends the field: it goes to the interpreter's stack, after pathname expansion.
    mutating func finish(_ sh: Interpreter) throws(Unwind) {
        guard isStarted else { return }
        if (isPattern || (sh.has(ShoptOptions.extglob) && Pattern.hasGroup(text))) && !sh.has(.noglob) {
            try sh.expandPathnames(self)
        } else {
            sh.stack.append(text)
        }
        text = Bytes()
        isStarted = false
        isPattern = false
        hasGroup = false
        if !quoted.isEmpty { quoted.removeAll(keepingCapacity: true) }
    }

    /// The field as the pieces of a pattern.
    var pieces: [(text: Bytes, isQuoted: Bool)] {
        var pieces: [(text: Bytes, isQuoted: Bool)] = []
        var start = 0
        for range in quoted {
            if range.lowerBound > start { pieces.append((text[start..<range.lowerBound], false)) }
            pieces.append((text[range], true))
            start = range.upperBound
        }
        if start < text.count { pieces.append((text[start..<text.count], false)) }
        return pieces
    }
}

extension Interpreter {
    /// Pushes the fields of the result of an unquoted expansion that is a word by itself.
    @inline(__always)
    func pushSplit(_ value: Bytes) throws(Unwind) {
        if FieldBuilder.isPlain(value, separators) && !has(ShoptOptions.extglob) {
            if !value.isEmpty { stack.append(value) }
        } else {
            var builder = FieldBuilder(splits: true)
            try builder.appendExpansion(value, self)
            try builder.finish(self)
        }
    }

    /// Pathname expansion of a finished field: the names that match, or the field itself if none does.
    func expandPathnames(_ field: FieldBuilder) throws(Unwind) {
        var options: GlobOptions = field.hasGroup || has(ShoptOptions.extglob) ? .groups : []
        if has(ShoptOptions.dotglob) { options.insert(.hidden) }
        if has(ShoptOptions.globstar) { options.insert(.recursive) }
        if has(ShoptOptions.nocaseglob) { options.insert(.ignoresCase) }
        if !has(ShoptOptions.globskipdots) { options.insert(.dots) }
        var result = Glob.search(
            field.pieces, directory: context.workingDirectory.descriptor, encoding: encoding, options: options)
        if let ignoredNames, case .found(let names) = result {
            let others = names.filter { !ignoredNames.contains($0) }
            result = others.isEmpty ? .nothing : .found(others)
        }
        switch result {
        case .noPattern:
            stack.append(field.text)
        case .found(let names):
            stack.append(contentsOf: names)
        case .nothing:
            if has(ShoptOptions.failglob) {
                report("no match: " + field.text)
                context.status = 1
                throw .abandoned
            }
            if !has(ShoptOptions.nullglob) { stack.append(field.text) }
        }
    }
}
