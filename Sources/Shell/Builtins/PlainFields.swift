import Bytes

/// The fields of a line in which no byte is quoted, where IFS has no character of several bytes: what `read` meets nearly
/// always, split in place.
struct PlainFields {
    private let text: UnsafeBufferPointer<UInt8>
    private let separators: FieldSeparators
    private var index = 0

    init(_ text: UnsafeBufferPointer<UInt8>, _ separators: FieldSeparators) {
        self.text = text
        self.separators = separators
        skipBlanks()
    }

    private mutating func skipBlanks() {
        while index < text.count && separators[text[index]] == 1 { index &+= 1 }
    }

    /// The next field, whose separator is skipped; empty after the last.
    mutating func next() -> Bytes {
        let start = index
        while index < text.count && separators[text[index]] == 0 { index &+= 1 }
        let field = UnsafeBufferPointer(rebasing: text[start..<index])
        skipBlanks()
        if index < text.count && separators[text[index]] == 2 {
            index &+= 1
            skipBlanks()
        }
        return Bytes(field)
    }

    /// All that is left: one field without its separator, or several with all separators but white space at the end.
    mutating func rest() -> Bytes {
        let start = index
        var end = text.count
        if !separators.isDefault {
            while index < text.count && separators[text[index]] == 0 { index &+= 1 }
            let fieldEnd = index
            skipBlanks()
            if index < text.count && separators[text[index]] == 2 {
                index &+= 1
                skipBlanks()
            }
            if index == text.count { end = fieldEnd }
        }
        while end > start && separators[text[end &- 1]] == 1 { end &-= 1 }
        return Bytes(UnsafeBufferPointer(rebasing: text[start..<end]))
    }
}
