// pushd, popd and dirs: a stack of directories, of which the working directory is the top.

import Bytes

extension Builtin {
    static let pushd = Builtin(
        name: "pushd", kind: .extension, synopsis: "pushd [-n] [directory | +n | -n]",
        summary: "Change the working directory and remember the one before.",
        details: """
            The directories that are remembered form a stack, with the working directory on top ('dirs' shows it). Without \
            operand the two on top change places. +n rotates the stack so that its n-th directory, from 0, comes on top; \
            -n the n-th from its end.

            -n  don't change the working directory, only the stack below it
            """,
        examples: "pushd /etc; ls; popd",
        completes: .directories, run: { (sh, args) throws(Unwind) in DirectoryStack.push(sh, args) })

    static let popd = Builtin(
        name: "popd", kind: .extension, synopsis: "popd [-n] [+n | -n]",
        summary: "Go back to the directory remembered last, or forget one.",
        details: """
            +n forgets the n-th directory of the stack, from 0, -n the n-th from its end. If that is the one on top, the \
            working directory becomes the next.

            -n  don't change the working directory, only the stack below it
            """, completes: .nothing, run: { (sh, args) throws(Unwind) in DirectoryStack.pop(sh, args) })

    static let dirs = Builtin(
        name: "dirs", kind: .extension, synopsis: "dirs [-clpv] [+n | -n]",
        summary: "Show the directories that pushd has remembered.",
        details: """
            +n shows the n-th, from 0, -n the n-th from the end.

            -c  forget them
            -l  with the home directory spelt out, not as ~
            -p  one a line
            -v  one a line, with numbers
            """, completes: .nothing, run: { (sh, args) throws(Unwind) in DirectoryStack.show(sh, args) })
}

enum DirectoryStack {
    /// All directories, the working directory first.
    static func all(_ sh: Interpreter) -> [Bytes] { [sh.context.workingDirectory.path] + sh.context.directoryStack }

    /// The index that `+n` or `-n` means; nil if the operand is something else.
    static func index(_ operand: Bytes, _ count: Int) -> Int? {
        guard operand.count > 1, let sign = operand.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
            let number = operand.dropFirst().decimal, number >= 0
        else { return nil }
        return sign == UInt8(ascii: "+") ? number : count - 1 - number
    }

    /// The `-n` that may come first, and the operand; nil, with the message printed, if there are more.
    private static func operands(_ sh: Interpreter, _ args: Arguments) -> (staysHere: Bool, operand: Bytes?)? {
        var first = 1
        var staysHere = false
        while first < args.count, args[first] == "-n" {
            staysHere = true
            first += 1
        }
        let isLiteral = first < args.count && args[first] == "--"
        if isLiteral { first += 1 }
        guard args.count <= first + 1 else {
            _ = sh.fail(args[0], "too many operands")
            return nil
        }
        return (staysHere, first < args.count ? args[first] : nil)
    }

    static func push(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        guard let (staysHere, operand) = operands(sh, args) else { return 1 }
        var stack = all(sh)
        guard let operand else {
            guard stack.count > 1 else { return sh.fail(args[0], "no other directory") }
            stack.swapAt(0, 1)
            return arrive(stack, staysHere, sh, args)
        }
        if operand == "-" {
            guard let old = sh.variable("OLDPWD"), !old.isEmpty else { return sh.fail(args[0], "OLDPWD is not set") }
            sh.write(old + "\n")
            return arrive([old] + stack, staysHere, sh, args)
        }
        if operand.first == UInt8(ascii: "+") || operand.first == UInt8(ascii: "-") {
            guard let place = index(operand, stack.count) else {
                _ = sh.fail(args[0], operand, "not a number")
                return sh.usage(args[0])
            }
            guard stack.indices.contains(place) else { return outOfRange(operand, stack, sh, args) }
            return arrive(Array(stack[place...] + stack[..<place]), staysHere, sh, args)
        }
        if staysHere {
            sh.context.directoryStack.insert(operand, at: 0)
            sh.synchronize()
            return list(sh)
        }
        stack.insert(operand, at: 0)
        return arrive(stack, false, sh, args)
    }

    static func pop(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        guard let (staysHere, operand) = operands(sh, args) else { return 1 }
        var stack = all(sh)
        var place = staysHere ? 1 : 0
        if let operand {
            guard let index = index(operand, stack.count) else {
                _ = sh.fail(args[0], operand, "not a number")
                return sh.usage(args[0])
            }
            place = index
        }
        guard stack.count > 1, stack.indices.contains(place) else {
            return outOfRange(operand ?? "", stack, sh, args)
        }
        stack.remove(at: place)
        if place > 0 || staysHere {
            sh.context.directoryStack = Array(stack.dropFirst())
            sh.synchronize()
            return list(sh)
        }
        return arrive(stack, false, sh, args)
    }

    static func show(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        var (isLong, isPerLine, isNumbered, clears) = (false, false, false, false)
        var selected: Int?
        let stack = all(sh)
        for argument in args.dropFirst() where argument != "--" {
            if let place = index(argument, stack.count) {
                guard stack.indices.contains(place) else { return outOfRange(argument, stack, sh, args) }
                selected = place
                continue
            }
            guard argument.count > 1, argument[0] == UInt8(ascii: "-") else { return sh.usage(args[0]) }
            for letter in argument.dropFirst() {
                switch letter {
                case UInt8(ascii: "c"): clears = true
                case UInt8(ascii: "l"): isLong = true
                case UInt8(ascii: "p"): isPerLine = true
                case UInt8(ascii: "v"): isNumbered = true
                default:
                    _ = sh.fail(args[0], argument, "no such option")
                    return sh.usage(args[0])
                }
            }
        }
        if clears {
            sh.context.directoryStack = []
            sh.synchronize()
            return 0
        }
        let shown = selected.map { [$0] } ?? Array(stack.indices)
        var text = Bytes()
        for (count, place) in shown.enumerated() {
            if count > 0 { text.append(isPerLine || isNumbered ? "\n" : " ") }
            if isNumbered {
                if place < 10 { text.append(" ") }
                text.append(decimal: place)
                text.append("  ")
            }
            text.append(isLong ? stack[place] : abbreviated(stack[place], sh))
        }
        sh.write(text + "\n")
        return 0
    }

    /// Goes to the first directory of `stack`, which becomes the stack.
    private static func arrive(_ stack: [Bytes], _ staysHere: Bool, _ sh: Interpreter, _ args: Arguments) -> Int32 {
        if !staysHere {
            let base = sh.stack.count
            sh.stack.append(args[0])
            sh.stack.append("--")
            sh.stack.append(stack[0])
            defer { sh.stack.removeLast(sh.stack.count - base) }
            let status = Cd.run(sh, Arguments(interpreter: sh, base: base, count: 3))
            if status != 0 { return status }
        }
        sh.context.directoryStack = Array(stack.dropFirst())
        sh.synchronize()
        return list(sh)
    }

    private static func list(_ sh: Interpreter) -> Int32 {
        sh.write(all(sh).map { abbreviated($0, sh) }.joined(by: " ") + "\n")
        return 0
    }

    private static func outOfRange(_ operand: Bytes, _ stack: [Bytes], _ sh: Interpreter, _ args: Arguments) -> Int32 {
        if stack.count == 1 { return sh.fail(args[0], "the directory stack is empty") }
        return sh.fail(args[0], operand, "the directory stack is not that deep")
    }

    /// With `~` for the home directory.
    private static func abbreviated(_ path: Bytes, _ sh: Interpreter) -> Bytes {
        guard let home = sh.variable("HOME"), home.count > 1, path.hasPrefix(home) else { return path }
        if path.count == home.count { return "~" }
        return path[home.count] == UInt8(ascii: "/") ? "~" + path.suffix(from: home.count) : path
    }
}
