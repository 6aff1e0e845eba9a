import Bytes
import Glibc
import Platform

/// The question of `--interactive`, asked where the user is, whatever standard input is.
enum TerminalQuestion {
    /// Reads a line from the terminal: yes if it begins with `y`. No terminal means no.
    static func answerIsYes() -> Bool {
        guard let terminal = try? System.open("/dev/tty", flags: O_RDONLY) else { return false }
        defer { System.close(terminal) }
        var answer = Bytes()
        return withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { byte in
            while let count = try? System.read(terminal, byte), count == 1, byte[0] != UInt8(ascii: "\n") {
                if byte[0] > 0x20 || !answer.isEmpty { answer.append(byte[0]) }
            }
            return answer.first == UInt8(ascii: "y") || answer.first == UInt8(ascii: "Y")
        }
    }
}
