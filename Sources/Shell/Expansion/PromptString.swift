// The text of a prompt: first the escapes of bash that begin with a backslash, then, with `shopt -s promptvars`, parameter
// expansion, command substitution and arithmetic. PS0, PS1, PS2 and PS4 are read so, and `${x@P}`.
//
// What an escape gives (`\w`, a directory's name) is no source text: `$`, backquotes and backslashes in it are quoted for the
// expansion that follows.

import Bytes
import Glibc
import Platform
import Synchronization
import Syntax

extension Interpreter {
    /// The text of a prompt: the variable's value, expanded.
    package func prompt(_ name: Bytes, default text: Bytes) -> Bytes {
        expandPrompt(variable(name) ?? text, isPrimary: name == "PS1")
    }

    /// A text expanded as a prompt is.
    ///
    /// - Parameter isPrimary: with `set -o posix`, `!` is the number that the command will have in the history (2.5.3).
    package func expandPrompt(_ text: Bytes, isPrimary: Bool = false) -> Bytes {
        var text = text
        if isPrimary && has(.posix) && text.contains(UInt8(ascii: "!")) { text = withHistoryNumber(text) }
        if text.contains(UInt8(ascii: "\\")) { text = PromptDecoder(sh: self, text).decode() }
        return has(ShoptOptions.promptvars) ? expandParameters(text) : text
    }

    private func withHistoryNumber(_ text: Bytes) -> Bytes {
        let mark = UInt8(ascii: "!")
        var result = Bytes()
        var index = 0
        while index < text.count {
            if text[index] == mark && index + 1 < text.count && text[index + 1] == mark {
                result.append(mark)
                index += 1
            } else if text[index] == mark {
                result.append(decimal: history.nextNumber)
            } else if text[index] == UInt8(ascii: "\\") && index + 1 < text.count {
                result.append(text[index..<index + 2])
                index += 1
            } else {
                result.append(text[index])
            }
            index += 1
        }
        return result
    }

    /// Parameter expansion, command substitution and arithmetic, as in a here-document; `$?` stays what it was.
    package func expandParameters(_ text: Bytes) -> Bytes {
        guard text.contains(where: { $0 == UInt8(ascii: "$") || $0 == UInt8(ascii: "`") || $0 == UInt8(ascii: "\\") })
        else { return text }
        var source: Bytes = ": <<PROMPT_END\n"
        source.append(text)
        source.append("\nPROMPT_END\n")
        guard let list = try? Parser.parse(source, options: parserOptions()),
            case .simple(let command) = list.items.first?.first.commands.first,
            case .hereDocument(let document) = command.redirections.first?.target
        else { return text }
        let status = context.status
        defer { context.status = status }
        guard let expanded = try? Preparation.hereDocument(document).string(self) else { return text }
        return expanded.hasSuffix("\n") ? expanded.dropLast() : expanded
    }
}

/// Reads the escapes of a prompt.
private struct PromptDecoder {
    let sh: Interpreter
    let text: Bytes
    var index = 0
    var result = Bytes()
    /// When the prompt is shown; one time for all its escapes.
    lazy var now = Clock.realtimeMicroseconds() / 1_000_000

    init(sh: Interpreter, _ text: Bytes) {
        self.sh = sh
        self.text = text
    }

    func decode() -> Bytes {
        var copy = self
        while let backslash = text.find(UInt8(ascii: "\\"), from: copy.index) {
            copy.result.append(text[copy.index..<backslash])
            copy.index = backslash + 1
            copy.escape()
        }
        copy.result.append(text[copy.index..<text.count])
        return copy.result
    }

    private mutating func escape() {
        guard index < text.count else {
            put("\\")
            return
        }
        let letter = text[index]
        index += 1
        switch Unicode.Scalar(letter) {
        case "a": result.append(7)
        case "e": result.append(27)
        case "n": result.append("\n")
        case "r": result.append("\r")
        case "\\": put("\\")
        case "d": put(time("%a %b %d"))
        case "t": put(time("%H:%M:%S"))
        case "T": put(time("%I:%M:%S"))
        case "@": put(time("%I:%M %p"))
        case "A": put(time("%H:%M"))
        case "D":
            guard index < text.count, text[index] == UInt8(ascii: "{") else { return put("\\D") }
            let end = text.find(UInt8(ascii: "}"), from: index) ?? text.count
            let form = text[index + 1..<end]
            index = min(end + 1, text.count)
            put(time(form.isEmpty ? "%X" : form))
        case "h":
            let host = PromptFacts.host
            put(host.find(UInt8(ascii: ".")).map { host.prefix($0) } ?? host)
        case "H": put(PromptFacts.host)
        case "u": put(PromptFacts.user)
        case "l": put(PromptFacts.terminal)
        case "s": put(PromptDecoder.lastComponent(sh.context.name))
        case "v":
            put(Array((sh.variable("THRESH_VERSION") ?? "").split(on: UInt8(ascii: ".")).prefix(2)).joined(by: "."))
        case "V": put(sh.variable("THRESH_VERSION") ?? "")
        case "w": put(directory)
        case "W": put(lastDirectory)
        case "j": result.append(decimal: sh.jobs.jobs.count)
        case "P": result.append(decimal: sh.runningParallelJobs)
        case "!": result.append(decimal: sh.history.nextNumber)
        case "#": result.append(decimal: sh.commandNumber)
        case "$": put(System.effectiveUserID == 0 ? "#" : "$")
        case "?": if sh.context.status != 0 { put(" [" + Bytes(decimal: sh.context.status) + "]") }
        case "E": put(PromptDecoder.duration(sh.lastDuration))
        case "[": if sh.has(.interactive) { result.append(1) }
        case "]": if sh.has(.interactive) { result.append(2) }
        case "0", "1", "2", "3", "4", "5", "6", "7": octal()
        default: put("\\" + Bytes(byte: letter))
        }
    }

    /// Adds text that the expansion after this is to leave alone.
    private mutating func put(_ piece: Bytes) {
        guard sh.has(ShoptOptions.promptvars) else { return result.append(piece) }
        for byte in piece {
            if byte == UInt8(ascii: "$") || byte == UInt8(ascii: "`") || byte == UInt8(ascii: "\\") {
                result.append(UInt8(ascii: "\\"))
            }
            result.append(byte)
        }
    }

    /// `\nnn`: three octal digits, or what is left of the text.
    private mutating func octal() {
        let digits = text[index - 1..<min(index + 2, text.count)]
        guard digits.allSatisfy({ (0x30...0x37).contains($0) }) else {
            return put("\\" + Bytes(byte: text[index - 1]))
        }
        index += digits.count - 1
        let value = UInt8(truncatingIfNeeded: digits.reduce(0) { $0 * 8 + Int($1) - 0x30 })
        if value != 0 { put(Bytes(byte: value)) }
    }

    private mutating func time(_ form: Bytes) -> Bytes {
        CalendarTime.format(form, Int64(now), zone: sh.variable("TZ"))
    }

    // MARK: The directory

    /// `\w`: from the home directory on, and only the last PROMPT_DIRTRIM components of it.
    private var directory: Bytes {
        let path = abbreviated
        guard let limit = sh.variable("PROMPT_DIRTRIM").flatMap(\.decimal), limit > 0 else { return path }
        let isAtHome = path.first == UInt8(ascii: "~")
        let components = path.dropFirst().split(on: UInt8(ascii: "/")).filter { !$0.isEmpty }
        guard components.count > limit else { return path }
        let tail = Array(components.suffix(limit)).joined(by: "/")
        let head: Bytes = isAtHome ? "~/" : ""
        // Dots that are no shorter than what they stand for would only hide it.
        guard path.count - head.count - tail.count - 1 > 3 else { return path }
        return head + ".../" + tail
    }

    private var abbreviated: Bytes {
        let path = sh.context.workingDirectory.path
        guard let home = sh.variable("HOME"), home.count > 1, path.hasPrefix(home),
            path.count == home.count || path[home.count] == UInt8(ascii: "/")
        else { return path }
        return "~" + path.suffix(from: home.count)
    }

    /// `\W`
    private var lastDirectory: Bytes {
        let path = sh.context.workingDirectory.path
        return path == sh.variable("HOME") ? "~" : path == "/" ? path : PromptDecoder.lastComponent(path)
    }

    private static func lastComponent(_ path: Bytes) -> Bytes {
        let name = path.findLast(UInt8(ascii: "/")).map { path.suffix(from: $0 + 1) } ?? path
        return name.first == UInt8(ascii: "-") && name.count == path.count ? name.dropFirst() : name
    }

    /// ` [12s]`, ` [3m05s]`, ` [2h00m]`; nothing below five seconds.
    private static func duration(_ nanoseconds: UInt64) -> Bytes {
        let seconds = nanoseconds / 1_000_000_000
        guard seconds >= 5 else { return Bytes() }
        func two(_ number: UInt64) -> Bytes { (number < 10 ? "0" : "") + Bytes(decimal: number) }
        let text: Bytes
        if seconds < 60 {
            text = Bytes(decimal: seconds) + "s"
        } else if seconds < 3600 {
            text = Bytes(decimal: seconds / 60) + "m" + two(seconds % 60) + "s"
        } else {
            text = Bytes(decimal: seconds / 3600) + "h" + two(seconds / 60 % 60) + "m"
        }
        return " [" + text + "]"
    }
}

/// What prompts say again and again and does not change: found at the first time.
private enum PromptFacts {
    static let host = System.hostName
    static let user = System.userName ?? "I have no name!"
    /// The name of the terminal, without its directory.
    static let terminal: Bytes = {
        guard let path = try? System.readLink("/proc/self/fd/0"), System.isTerminal(0) else { return "tty" }
        return path.findLast(UInt8(ascii: "/")).map { path.suffix(from: $0 + 1) } ?? path
    }()
}
