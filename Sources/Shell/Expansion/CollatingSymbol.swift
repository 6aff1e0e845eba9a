import Bytes

/// The names that XBD 6.1 gives the characters of the portable character set: `[[.hyphen.]]`.
enum CollatingSymbol {
    /// The code of the character `name`, which is no character itself.
    static func code(of name: Bytes) -> UInt32? {
        for (first, names) in runs {
            var code = first
            for alternatives in names.split(on: UInt8(ascii: " ")) {
                if alternatives.split(on: UInt8(ascii: "|")).contains(name) { return code }
                code += 1
            }
        }
        return nil
    }

    /// Names of characters with consecutive codes; a character may have several.
    private static let runs: [(first: UInt32, names: Bytes)] = [
        (
            0x00,
            "NUL SOH STX ETX EOT ENQ ACK alert|BEL backspace|BS tab|HT newline|LF vertical-tab|VT form-feed|FF "
                + "carriage-return|CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC IS4|FS IS3|GS IS2|RS IS1|US"
        ),
        (
            0x20,
            "space exclamation-mark quotation-mark number-sign dollar-sign percent-sign ampersand apostrophe "
                + "left-parenthesis right-parenthesis asterisk plus-sign comma hyphen|hyphen-minus period|full-stop "
                + "slash|solidus zero one two three four five six seven eight nine colon semicolon less-than-sign "
                + "equals-sign greater-than-sign question-mark commercial-at"
        ),
        (
            0x5B,
            "left-square-bracket backslash|reverse-solidus right-square-bracket circumflex|circumflex-accent "
                + "underscore|low-line grave-accent"
        ),
        (
            0x7B,
            "left-brace|left-curly-bracket vertical-line right-brace|right-curly-bracket tilde DEL"
        ),
    ]
}
