// How much of the machine this process may use: processors by affinity and control group, load, memory.
//
// Files of the kernel that are missing or unreadable mean "no limit": the answers are then those of the whole machine.
import Bytes
import CPlatform
import Glibc

package enum Processors {
    /// How many processors this process can keep busy: those that its affinity allows, less what the quota of its control
    /// groups takes away; at least 1.
    package static var available: Int {
        let allowed = max(Int(thresh_processor_count()), 1)
        guard let quota = ControlGroup.processorQuota() else { return allowed }
        return max(1, min(allowed, Int(quota.rounded(.up))))
    }

    /// Whether two threads may run at the same time.
    package static let mayRunAtOnce = thresh_processor_count() != 1

    /// How many cores there are behind the processors that this process may run on; threads of a core count once.
    package static var cores: Int { countDistinct { "\($0)/\($1)" } }

    /// How many sockets those are on.
    package static var sockets: Int { countDistinct { socket, _ in "\(socket)" } }

    private static func countDistinct(_ key: (_ socket: Int, _ core: Int) -> String) -> Int {
        let root: Bytes = "/sys/devices/system/cpu"
        guard let names = try? System.listDirectory(root) else { return available }
        var seen: Set<String> = []
        for name in names where name.hasPrefix("cpu") {
            guard let index = name.dropFirst(3).decimal, thresh_may_use_processor(Int32(clamping: index)) != 0
            else { continue }
            let topology = root + "/" + name + "/topology/"
            guard let socket = number(in: topology + "physical_package_id"), let core = number(in: topology + "core_id")
            else { continue }
            seen.insert(key(Int(socket), Int(core)))
        }
        return seen.isEmpty ? available : seen.count
    }

    /// The number of processes that run or wait to, averaged over the last minute; 0 if unknown.
    package static func loadAverage() -> Double {
        var average = 0.0
        return getloadavg(&average, 1) == 1 ? average : 0
    }

    /// Bytes of memory that can be used without swapping, in the machine and in the control groups of this process.
    package static func availableMemory() -> UInt64 {
        let machine = memoryInformation("MemAvailable:") ?? UInt64.max
        return min(machine, ControlGroup.availableMemory() ?? UInt64.max)
    }

    /// Bytes of memory of the machine.
    package static func totalMemory() -> UInt64 { memoryInformation("MemTotal:") ?? 0 }

    private static func memoryInformation(_ name: Bytes) -> UInt64? {
        guard let text = try? System.readFile("/proc/meminfo") else { return nil }
        return labelledNumber(text, name).map { $0 &* 1024 }
    }

    // MARK: Reading the kernel's files

    /// The number that a file consists of.
    static func number(in path: Bytes) -> Int64? {
        guard let text = try? System.readFile(path) else { return nil }
        return firstNumber(text).map { Int64(clamping: $0) }
    }

    /// The first decimal number in a text.
    static func firstNumber(_ text: Bytes) -> UInt64? {
        var value: UInt64?
        for byte in text {
            let digit = byte &- 48
            if digit <= 9 {
                value = (value ?? 0) &* 10 &+ UInt64(digit)
            } else if value != nil {
                break
            } else if byte == UInt8(ascii: "-") {
                return nil
            }
        }
        return value
    }

    /// The number after `label` at the start of a line.
    static func labelledNumber(_ text: Bytes, _ label: Bytes) -> UInt64? {
        for line in text.split(on: UInt8(ascii: "\n")) where line.hasPrefix(label) {
            return firstNumber(line.suffix(from: label.count))
        }
        return nil
    }
}
