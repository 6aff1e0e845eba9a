import Bytes
import Syntax

extension Builtin {
    static let getopts = Builtin(
        name: "getopts", kind: .regular, synopsis: "getopts letters name [argument…]",
        summary: "Take the next option from the positional parameters, or from the arguments.",
        details: """
            At each call the next option's letter goes to the variable, its argument to OPTARG, and to OPTIND the number of \
            the parameter to look at next. A letter followed by a colon takes an argument. At the end of the options the \
            status is 1. To begin anew, set OPTIND to 1.

            For an unknown option the variable becomes ?; where an argument is missing, too; and a message is printed, unless \
            OPTERR is 0. If the letters begin with a colon there is no message: OPTARG is the letter, and the variable is : \
            if an argument is missing.

                while getopts ab:v option; do
                    case $option in
                        a) all=1 ;;
                        b) value=$OPTARG ;;
                        v) verbose=1 ;;
                        *) exit 2 ;;
                    esac
                done
                shift $((OPTIND - 1))
            """,
        examples: "getopts a:bc option -b -c value",
        completes: .names(.variable), run: Getopts.run)
}

enum Getopts {
    static func run(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        let start = args.count > 1 && args[1] == "--" ? 2 : 1
        guard args.count >= start + 2 else { return sh.usage(args[0]) }
        let name = args[start + 1]
        guard Names.isName(name) else { return sh.fail(args[0], name, "not a valid name", status: 2) }
        var letters = args[start]
        let isSilent = letters.first == UInt8(ascii: ":")
        if isSilent { letters.removeFirst() }
        let words = args.count > start + 2 ? args[(start + 2)...].map { $0 } : sh.context.positional

        // An OPTIND that is no number of a parameter means the start, as after `unset OPTIND`.
        var index = max(sh.variable("OPTIND")?.decimal ?? 1, 1)
        // Where in a group of letters the last call stopped. An assignment to OPTIND sets it to 0.
        var place = sh.context.getoptsPlace
        if place > 0 && (index > words.count || place >= words[index - 1].count) { place = 0 }

        if place == 0 {
            if index <= words.count {
                let word = words[index - 1]
                if word == "--" {
                    index += 1
                } else if word.count > 1 && word[0] == UInt8(ascii: "-") {
                    place = 1
                }
            }
            if place == 0 {
                _ = finish(sh, name, "?", index: index, place: 0, value: nil)
                return 1
            }
        }
        let word = words[index - 1]
        let option = word[place]
        place += 1
        let known = option == UInt8(ascii: ":") ? nil : letters.find(option)
        var value: Bytes?
        var result = Bytes(byte: option)
        if let known, known + 1 < letters.count, letters[known + 1] == UInt8(ascii: ":") {
            if place < word.count {
                value = word.suffix(from: place)
                index += 1
            } else if index < words.count {
                value = words[index]
                index += 2
            } else {
                index += 1
                result = isSilent ? ":" : "?"
                value = isSilent ? Bytes(byte: option) : nil
                if !isSilent { complain(sh, "option requires an argument -- ", option) }
            }
            place = 0
        } else {
            if known == nil {
                result = "?"
                value = isSilent ? Bytes(byte: option) : nil
                if !isSilent { complain(sh, "illegal option -- ", option) }
            }
            if place == word.count {
                index += 1
                place = 0
            }
        }
        return finish(sh, name, result, index: index, place: place, value: value) ? 0 : 2
    }

    /// Sets the variables; false if one is readonly.
    private static func finish(
        _ sh: Interpreter, _ name: Bytes, _ result: Bytes, index: Int, place: Int, value: Bytes?
    ) -> Bool {
        guard sh.assign("OPTIND", Bytes(decimal: index)) else { return false }
        sh.context.getoptsPlace = place
        let isDone = if let value { sh.assign("OPTARG", value) } else { sh.unset("OPTARG") }
        return isDone && sh.assign(name, result)
    }

    /// In the form that the option parsers of all utilities have, with the script's name.
    private static func complain(_ sh: Interpreter, _ message: StaticString, _ letter: UInt8) {
        if sh.variable("OPTERR") == "0" { return }
        var text = sh.context.name
        text.append(": ")
        text.append(message)
        text.append(letter)
        text.append("\n")
        sh.writeError(text)
    }
}
