import Bytes

extension Builtin {
    static let umask = Builtin(
        name: "umask", kind: .regular, synopsis: "umask [-pS] [mask]",
        summary: "Show or set the permissions that new files don't get.",
        details: """
            -S  show what is allowed, as u=rwx,g=rx,o=rx
            -p  show it as a command that sets it

            The mask is an octal number, or says in chmod's symbols what is to be allowed: u=rwx,g-w,o=. One that begins with a \
            minus comes after --.
            """,
        examples: """
            umask 077
            umask -S
            """,
        completes: .nothing, run: Umask.run)
}

enum Umask {
    static func run(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        var options = BuiltinOptions(args, "pS")
        var isSymbolic = false
        var isCommand = false
        while let letter = options.next(sh) {
            if letter == UInt8(ascii: "S") { isSymbolic = true } else { isCommand = true }
        }
        if let status = options.failure { return status }
        let first = options.operands
        if first == args.count {
            var text: Bytes = isCommand ? (isSymbolic ? "umask -S " : "umask ") : ""
            text.append(isSymbolic ? symbols(sh.context.umask) : octal(sh.context.umask))
            text.append("\n")
            sh.write(text)
            return 0
        }
        let operand = args[first]
        if let digit = operand.first, (0x30...0x39).contains(digit) {
            guard let mask = parseOctal(operand) else {
                return sh.fail(args[0], operand, "not an octal number of permissions")
            }
            sh.setCreationMask(mask)
        } else {
            guard let mask = parseSymbols(operand, sh.context.umask) else {
                return sh.fail(args[0], operand, "not a symbolic mode")
            }
            sh.setCreationMask(mask)
        }
        sh.synchronize()
        // As bash does it; POSIX has no output where a mask is set.
        if isSymbolic && !sh.has(.posix) { sh.write(symbols(sh.context.umask) + "\n") }
        return 0
    }

    private static func octal(_ mask: UInt16) -> Bytes {
        var text: Bytes = "0"
        for shift: UInt16 in [6, 3, 0] { text.append(UInt8(ascii: "0") + UInt8(mask >> shift & 7)) }
        return text
    }

    private static func symbols(_ mask: UInt16) -> Bytes {
        var text = Bytes()
        for (who, shift): (UInt8, UInt16) in [(0x75, 6), (0x67, 3), (0x6F, 0)] {
            if !text.isEmpty { text.append(",") }
            text.append(who)
            text.append("=")
            let allowed = ~mask >> shift & 7
            if allowed & 4 != 0 { text.append("r") }
            if allowed & 2 != 0 { text.append("w") }
            if allowed & 1 != 0 { text.append("x") }
        }
        return text
    }

    /// What a mode may hold beyond permissions (07000) means nothing in a mask.
    private static func parseOctal(_ text: Bytes) -> UInt16? {
        var mask: UInt16 = 0
        for byte in text {
            guard (0x30...0x37).contains(byte), mask <= 0o777 else { return nil }
            mask = mask << 3 | UInt16(byte - 0x30)
        }
        return mask & 0o777
    }

    /// The mask that the clauses of a symbolic mode (XCU chmod) make of `mask`. They speak of what is allowed: of the mask's
    /// complement. `s` and `t` are no permissions of a mask and change nothing.
    private static func parseSymbols(_ text: Bytes, _ mask: UInt16) -> UInt16? {
        let classes: [Unicode.Scalar: UInt16] = ["u": 0o700, "g": 0o070, "o": 0o007, "a": 0o777]
        var allowed = ~mask & 0o777
        for clause in text.split(on: UInt8(ascii: ",")) {
            var index = 0
            func byte() -> Unicode.Scalar? { index < clause.count ? Unicode.Scalar(clause[index]) : nil }
            var who: UInt16 = 0
            while let letter = byte(), let bits = classes[letter] {
                who |= bits
                index += 1
            }
            if who == 0 { who = 0o777 }
            guard index < clause.count else { return nil }
            while let operation = byte() {
                guard operation == "+" || operation == "-" || operation == "=" else { return nil }
                index += 1
                guard let permissions = permissions(clause, &index, allowed) else { return nil }
                switch operation {
                case "+": allowed |= permissions & who
                case "-": allowed &= ~(permissions & who)
                default: allowed = allowed & ~who | permissions & who
                }
            }
        }
        return ~allowed & 0o777
    }

    /// What `rwx`, or a `u`, `g` or `o` to be copied, means for all three.
    private static func permissions(_ clause: Bytes, _ index: inout Int, _ allowed: UInt16) -> UInt16? {
        var bits: UInt16 = 0
        var isCopy = false
        let start = index
        while index < clause.count {
            switch Unicode.Scalar(clause[index]) {
            case "+", "-", "=": return bits
            case "r": bits |= 0o444
            case "w": bits |= 0o222
            case "x": bits |= 0o111
            case "X": if allowed & 0o111 != 0 { bits |= 0o111 }
            case "s", "t": break
            case "u", "g", "o":
                guard index == start else { return nil }
                let shift: UInt16 = clause[index] == 0x75 ? 6 : clause[index] == 0x67 ? 3 : 0
                bits = (allowed >> shift & 7) * 0o111
                isCopy = true
            default: return nil
            }
            if isCopy && index > start { return nil }
            index += 1
        }
        return bits
    }
}
