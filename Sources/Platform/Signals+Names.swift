import Bytes
import CPlatform
import Glibc

extension Signals {
    /// All signals that exist for programs: libc keeps two of the numbers to itself.
    package static let all: [Int32] = Array(1...31) + Array(firstRealtime...lastRealtime)

    static var firstRealtime: Int32 { thresh_first_realtime_signal() }
    static var lastRealtime: Int32 { thresh_last_realtime_signal() }

    /// By number on all machines that thresh is built for (x86-64 and arm64 agree).
    private static let names: [StaticString] = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
        "TERM",
        "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH",
        "IO",
        "PWR", "SYS",
    ]

    /// The name without SIG: INT, RTMIN+3.
    package static func name(of signal: Int32) -> Bytes? {
        if signal >= 1 && signal <= 31 { return Bytes(stringLiteral: names[Int(signal) - 1]) }
        guard signal >= firstRealtime && signal <= lastRealtime else { return nil }
        if signal == firstRealtime { return "RTMIN" }
        if signal == lastRealtime { return "RTMAX" }
        let isLow = signal - firstRealtime <= (lastRealtime - firstRealtime) / 2
        var name: Bytes = isLow ? "RTMIN+" : "RTMAX-"
        name.append(decimal: isLow ? signal - firstRealtime : lastRealtime - signal)
        return name
    }

    /// The signal of a name, with or without SIG, in any case: INT, SIGINT, RTMIN+3, RTMAX-1. Not of a number.
    package static func number(named name: Bytes) -> Int32? {
        var upper = Bytes()
        for byte in name { upper.append(byte >= 0x61 && byte <= 0x7A ? byte - 0x20 : byte) }
        if upper.hasPrefix("SIG") { upper.removeFirst(3) }
        if let index = names.firstIndex(where: { Bytes(stringLiteral: $0) == upper }) { return Int32(index) + 1 }
        switch upper {
        case "IOT": return SIGABRT
        case "CLD": return SIGCHLD
        case "POLL": return SIGIO
        case "RTMIN": return firstRealtime
        case "RTMAX": return lastRealtime
        default: break
        }
        let number: Int32
        if upper.hasPrefix("RTMIN+"), let offset = offset(upper) {
            number = firstRealtime &+ offset
        } else if upper.hasPrefix("RTMAX-"), let offset = offset(upper) {
            number = lastRealtime &- offset
        } else {
            return nil
        }
        return number >= firstRealtime && number <= lastRealtime ? number : nil
    }

    private static func offset(_ name: Bytes) -> Int32? {
        let digits = name.dropFirst(6)
        guard let first = digits.first, first >= UInt8(ascii: "0"), first <= UInt8(ascii: "9") else { return nil }
        return digits.decimal.flatMap { Int32(exactly: $0) }.flatMap { $0 < 64 ? $0 : nil }
    }

    /// What a signal means, in English: "Terminated", "Segmentation fault".
    package static func explanation(of signal: Int32) -> Bytes? {
        guard let text = thresh_signal_text(signal) else { return nil }
        return Bytes(cString: text)
    }
}
