import Bytes

extension Builtin {
    static let echo = Builtin(
        name: "echo", kind: .regular, synopsis: "echo [-neE] [string…]",
        summary: "Write the arguments, with blanks between them, and a newline.",
        details: """
            -n  no newline at the end
            -e  the escapes below mean what they say
            -E  no escape means anything (the default)

            A first word that isn't made of these letters alone is printed, and so is everything after it, even --. With -e: \
            \\a alert, \\b backspace, \\c no more output, \\e escape, \\f form feed, \\n newline, \\r carriage return, \
            \\t tab, \\v vertical tab, \\\\ backslash, \\0nnn the byte with the octal number nnn, \\xhh the byte with the \
            hexadecimal number hh, \\uhhhh and \\Uhhhhhhhh the character with that number.

            Shells differ in all of this. Where it matters use printf.
            """, run: Echo.run)
}

enum Echo {
    static func run(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        var first = 1
        var endsLine = true
        var decodes = sh.has(ShoptOptions.xpgEcho)
        while first < args.count, isOptions(args[first]) {
            for letter in args[first].dropFirst() {
                switch letter {
                case UInt8(ascii: "n"): endsLine = false
                case UInt8(ascii: "e"): decodes = true
                default: decodes = false
                }
            }
            first += 1
        }
        var text = Bytes()
        for index in first..<max(args.count, first) {
            if index > first { text.append(UInt8(ascii: " ")) }
            if !decodes {
                text.append(args[index])
            } else if !Escapes.decode(args[index], .echo, into: &text) {
                endsLine = false
                break
            }
        }
        if endsLine { text.append(UInt8(ascii: "\n")) }
        sh.write(text)
        return 0
    }

    @inline(__always)
    private static func isOptions(_ word: Bytes) -> Bool {
        guard word.count > 1, word[0] == UInt8(ascii: "-") else { return false }
        return word.dropFirst().allSatisfy {
            $0 == UInt8(ascii: "n") || $0 == UInt8(ascii: "e") || $0 == UInt8(ascii: "E")
        }
    }
}
