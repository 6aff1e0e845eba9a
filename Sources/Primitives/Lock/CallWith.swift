import Bytes
import Shell

// `NOUN with`: a command between an acquire and a release.
extension Call {
    /// The command among the operands: its words, which `--` may stand before.
    func command(from index: Int) -> [Bytes] {
        let words = operands(from: index)
        return words.first == "--" ? Array(words.dropFirst()) : words
    }

    /// The status that -E asks for where the command is not run; nil if that option was not given.
    func elseStatus() -> (status: Int32?, isWrong: Bool) {
        guard let text = value("E") else { return (nil, false) }
        guard let status = text.decimal, status >= 0, status < 256 else { return (nil, true) }
        return (Int32(status), false)
    }

    /// Runs a command between acquire and release of an object of the shell above.
    ///
    /// - Parameter kept: what is acquired is given back, should this process end before that.
    func withElsewhere(
        _ words: [Bytes], _ refusal: Int32?, kept: Bool = false, among names: [Bytes]
    ) throws(Unwind) -> Int32 {
        let name = self[0]
        var acquire: [Bytes] = [noun, "acquire"]
        if kept { acquire.append("-k") }
        for (option, value) in options {
            guard let letter = option.letter, letter != UInt8(ascii: "E") else { continue }
            acquire.append(Bytes([UInt8(ascii: "-"), letter]))
            if !option.value.isEmpty { acquire.append(value) }
        }
        acquire += ["--", name]
        let release: [Bytes] = [noun, "release", "--", name]
        let answer: Reply?
        do throws(Unwind) {
            answer = try ask(acquire)
        } catch {
            // It may have been given all the same.
            _ = try? ask(release)
            throw error
        }
        guard let answer else { return nameUnknown(name, among: names) }
        var status = finish(answer)
        if status != 0 { return refusal ?? status }
        do throws(Unwind) {
            status = try sh.run(words)
        } catch {
            _ = try? ask(release)
            throw error
        }
        if let answer = try ask(release), answer.status != 0 { _ = finish(answer) }
        return status
    }

    /// Says something that is no error: to descriptor 2, or to the process that has asked.
    func tell(_ text: Bytes) -> Int32 {
        sh.write(text + "\n")
        return 0
    }
}
