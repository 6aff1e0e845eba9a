// The limits of the control groups that this process is in, version 2 and version 1. A limit of any group on the way to
// the root counts, so the smallest one decides.
import Bytes

enum ControlGroup {
    /// How many processors' worth of time the process gets; nil: no limit.
    static func processorQuota() -> Double? {
        var smallest: Double?
        func note(_ quota: UInt64?, _ period: UInt64?) {
            guard let quota, let period, quota > 0, period > 0 else { return }
            smallest = min(smallest ?? .infinity, Double(quota) / Double(period))
        }
        forEachGroup(controller: "cpu") { directory, isUnified in
            if isUnified {
                guard let text = try? System.readFile(directory + "/cpu.max") else { return }
                let words = text.split(on: UInt8(ascii: " "))
                // The word "max" holds no number.
                if words.count == 2 { note(Processors.firstNumber(words[0]), Processors.firstNumber(words[1])) }
            } else {
                note(
                    Processors.number(in: directory + "/cpu.cfs_quota_us").map { UInt64(clamping: $0) },
                    Processors.number(in: directory + "/cpu.cfs_period_us").map { UInt64(clamping: $0) })
            }
        }
        return smallest
    }

    /// How many bytes are left until the limit, counting as free what the kernel can drop; nil: no limit.
    static func availableMemory() -> UInt64? {
        var smallest: UInt64?
        forEachGroup(controller: "memory") { directory, isUnified in
            let limitName: Bytes = isUnified ? "/memory.max" : "/memory.limit_in_bytes"
            let usageName: Bytes = isUnified ? "/memory.current" : "/memory.usage_in_bytes"
            let droppable: Bytes = isUnified ? "inactive_file " : "total_inactive_file "
            guard let limit = Processors.number(in: directory + limitName),
                let usage = Processors.number(in: directory + usageName)
            else { return }
            let statistics = (try? System.readFile(directory + "/memory.stat")) ?? ""
            let reclaimable = Processors.labelledNumber(statistics, droppable) ?? 0
            let used = UInt64(clamping: usage) &- min(UInt64(clamping: usage), reclaimable)
            let left = UInt64(clamping: limit) &- min(UInt64(clamping: limit), used)
            smallest = min(smallest ?? .max, left)
        }
        return smallest
    }

    /// Gives `body` the directory of the group that holds `controller` and of every group above it.
    private static func forEachGroup(controller: Bytes, _ body: (Bytes, _ isUnified: Bool) -> Void) {
        guard let text = try? System.readFile("/proc/self/cgroup") else { return }
        for line in text.split(on: UInt8(ascii: "\n")) {
            // hierarchy:controllers:path, of which only the path may contain colons.
            guard let first = line.find(UInt8(ascii: ":")), let second = line.find(UInt8(ascii: ":"), from: first + 1)
            else { continue }
            let controllers = line[(first + 1)..<second]
            let isUnified = controllers.isEmpty
            guard isUnified || controllers.split(on: UInt8(ascii: ",")).contains(controller) else { continue }
            let roots: [Bytes] =
                isUnified
                ? ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]
                : ["/sys/fs/cgroup/" + controllers, "/sys/fs/cgroup/" + controller]
            guard let root = roots.first(where: { System.access($0 + "/cgroup.procs", 0) }) else { continue }
            var path = line.suffix(from: second + 1)
            while true {
                // In a container the path may be that of the host, which is not there; its root is the group then.
                if path.count > 1 { body(root + path, isUnified) } else { break }
                path = path.prefix(path.findLast(UInt8(ascii: "/")) ?? 0)
            }
            body(root, isUnified)
        }
    }
}
