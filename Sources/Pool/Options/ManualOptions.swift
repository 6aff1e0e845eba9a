import Bytes

/// The options as a part of the manual page, in mdoc(7): a subsection for each topic.
enum ManualOptions {
    static func text(_ table: OptionTable) -> Bytes {
        var text: Bytes = ".\\\" Made by 'thresh --print mdoc-options'; edit Sources/Pool/Options/OptionTable*.swift.\n"
        for topic in Topic.allCases {
            text.append(".Ss ")
            text.append(escaped(topic.title))
            text.append("\n.Bl -tag -width Ds\n")
            for option in table.options where option.topic == topic && option.isShown { add(option, to: &text) }
            text.append(".El\n")
        }
        return text
    }

    private static func add(_ option: Option, to text: inout Bytes) {
        text.append(".It ")
        text.append(spellings(option).joined(by: " , "))
        text.append("\n")
        var help = option.help
        if let first = help.first, first >= UInt8(ascii: "a"), first <= UInt8(ascii: "z") {
            help = Bytes(byte: first ^ 0x20) + help.dropFirst()
        }
        addLine(escaped(help) + ".", to: &text)
        if !option.details.isEmpty {
            for line in option.details.split(on: UInt8(ascii: "\n")) { addLine(line, to: &text) }
        }
    }

    /// A line of the source, in pieces of less than 80 bytes; a macro's line stays whole.
    private static func addLine(_ line: Bytes, to text: inout Bytes) {
        var rest = line
        while rest.count > 78, rest[0] != UInt8(ascii: "."),
            let blank = rest.prefix(79).findLast(UInt8(ascii: " ")), blank + 1 < rest.count
        {
            text.append(rest.prefix(blank))
            text.append("\n")
            rest = rest.dropFirst(blank + 1)
            if rest.first == UInt8(ascii: ".") || rest.first == UInt8(ascii: "'") { text.append("\\&") }
        }
        text.append(rest)
        text.append("\n")
    }

    private static func spellings(_ option: Option) -> [Bytes] {
        var result: [Bytes] = []
        for letter in option.letters {
            var text: Bytes = "Fl "
            text.append(letter)
            if let name = option.value.name {
                text.append(option.value.isOptional ? " Ns Oo Ar " + name + " Oc" : " Ar " + name)
            }
            result.append(text)
        }
        for name in option.names {
            var text: Bytes = "Fl Fl "
            text.append(name)
            if let value = option.value.name {
                text.append(option.value.isOptional ? " Ns Oo = Ns Ar " + value + " Oc" : " Ar " + value)
            }
            result.append(text)
        }
        return result
    }

    /// Text as roff takes it literally; also a line that begins with a dot or a quote, and words that are macros.
    private static func escaped(_ text: Bytes) -> Bytes {
        var result = Bytes()
        for (index, byte) in text.enumerated() {
            switch byte {
            case UInt8(ascii: "\\"): result.append("\\e")
            case UInt8(ascii: "-"): result.append("\\-")
            case UInt8(ascii: "."), UInt8(ascii: "'"):
                if index == 0 { result.append("\\&") }
                result.append(byte)
            case UInt8(ascii: "^"): result.append("\\(ha")
            case UInt8(ascii: "~"): result.append("\\(ti")
            case UInt8(ascii: "`"): result.append("\\(ga")
            default: result.append(byte)
            }
        }
        return result
    }
}
