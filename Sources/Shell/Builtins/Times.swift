import Bytes
import Platform

extension Builtin {
    static let times = Builtin(
        name: "times", kind: .special, synopsis: "times",
        summary: "Show the processor time used by the shell and by its children.",
        details: """
            The first line is the shell's time in user mode and in the system, the second line that of the children it has \
            waited for.
            """, completes: .nothing, run: Times.run)
}

enum Times {
    static func run(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        let times = System.times()
        var text = Bytes()
        append(times.user, times.system, to: &text)
        append(times.childrenUser, times.childrenSystem, to: &text)
        sh.write(text)
        return 0
    }

    private static func append(_ user: Int64, _ system: Int64, to text: inout Bytes) {
        append(user, to: &text)
        text.append(" ")
        append(system, to: &text)
        text.append("\n")
    }

    /// Microseconds as `1m2.345678s`.
    private static func append(_ microseconds: Int64, to text: inout Bytes) {
        text.append(decimal: microseconds / 60_000_000)
        text.append("m")
        text.append(decimal: microseconds / 1_000_000 % 60)
        text.append(".")
        let fraction = Bytes(decimal: microseconds % 1_000_000)
        text.append(Bytes(repeating: UInt8(ascii: "0"), count: 6 - fraction.count))
        text.append(fraction)
        text.append("s")
    }
}
