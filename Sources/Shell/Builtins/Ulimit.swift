import Bytes
import Platform

extension Builtin {
    static let ulimit = Builtin(
        name: "ulimit", kind: .regular, synopsis: "ulimit [-HS] [-a | -cdefilmnqRrstuvx [limit]]",
        summary: "Show or set what the shell and the processes it starts may use.",
        details: Ulimit.details,
        examples: "ulimit -n 4096",
        completes: .candidates([Candidate("unlimited"), Candidate("hard"), Candidate("soft")]),
        options: Ulimit.options, run: Ulimit.run)
}

enum Ulimit {
    struct Kind {
        let letter: UInt8
        let resource: Int32
        /// Limits are shown and set in multiples of so many of the kernel's units.
        let unit: UInt64
        let name: StaticString
        let unitName: StaticString
    }

    @Sendable static func options() -> [Candidate] {
        let general: [Candidate] = [
            Candidate("-a", "show all limits"), Candidate("-H", "the hard limit, which can only be lowered"),
            Candidate("-S", "the soft limit, which is what counts"),
        ]
        return general
            + kinds.map { kind in
                var text: Bytes = "-"
                text.append(kind.letter)
                return Candidate(text, Bytes(stringLiteral: kind.name))
            }
    }

    static let kinds: [Kind] = [
        Kind(
            letter: 0x52, resource: Resource.realtimeMicroseconds, unit: 1, name: "real-time non-blocking time",
            unitName: "microseconds"),
        Kind(letter: 0x63, resource: Resource.core, unit: 512, name: "core file size", unitName: "blocks"),
        Kind(letter: 0x64, resource: Resource.data, unit: 1024, name: "data seg size", unitName: "kbytes"),
        Kind(letter: 0x65, resource: Resource.nice, unit: 1, name: "scheduling priority", unitName: ""),
        Kind(letter: 0x66, resource: Resource.fileSize, unit: 512, name: "file size", unitName: "blocks"),
        Kind(letter: 0x69, resource: Resource.pendingSignals, unit: 1, name: "pending signals", unitName: ""),
        Kind(letter: 0x6C, resource: Resource.lockedMemory, unit: 1024, name: "max locked memory", unitName: "kbytes"),
        Kind(letter: 0x6D, resource: Resource.residentSet, unit: 1024, name: "max memory size", unitName: "kbytes"),
        Kind(letter: 0x6E, resource: Resource.descriptors, unit: 1, name: "open files", unitName: ""),
        Kind(letter: 0x71, resource: Resource.messageQueues, unit: 1, name: "POSIX message queues", unitName: "bytes"),
        Kind(letter: 0x72, resource: Resource.realtimePriority, unit: 1, name: "real-time priority", unitName: ""),
        Kind(letter: 0x73, resource: Resource.stack, unit: 1024, name: "stack size", unitName: "kbytes"),
        Kind(letter: 0x74, resource: Resource.processorSeconds, unit: 1, name: "cpu time", unitName: "seconds"),
        Kind(letter: 0x75, resource: Resource.processes, unit: 1, name: "max user processes", unitName: ""),
        Kind(letter: 0x76, resource: Resource.addressSpace, unit: 1024, name: "virtual memory", unitName: "kbytes"),
        Kind(letter: 0x78, resource: Resource.fileLocks, unit: 1, name: "file locks", unitName: ""),
    ]

    static let details: Bytes = """
        -a  show all limits
        -H  the hard limit, which can only be lowered
        -S  the soft limit, which is what counts and can be raised up to the hard one

        Without -H and -S the soft limit is shown, and both are set. A limit is a number, or unlimited, hard or soft \
        (what the hard or soft limit is now). Without a letter, -f is meant: \
        -c core files and -f files (in 512 bytes), -d data, -s stack, -v virtual, -m resident and -l locked memory (in \
        KiB), -n open files, -t processor time (in seconds), -u processes, -e and -r priorities, -R real-time run \
        (in microseconds), -i pending signals, -q message queues (in bytes), -x locks.
        """

    static func run(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        var isHard = false
        var isSoft = false
        var showsAll = false
        var chosen: [Kind] = []
        var options = BuiltinOptions(args, "HSacdefilmnqRrstuvx")
        while let option = options.next(sh) {
            switch option {
            case UInt8(ascii: "H"): isHard = true
            case UInt8(ascii: "S"): isSoft = true
            case UInt8(ascii: "a"): showsAll = true
            default: if let kind = kinds.first(where: { $0.letter == option }) { chosen.append(kind) }
            }
        }
        if let status = options.failure { return status }
        let operands = args.count - options.operands
        guard operands <= 1, operands == 0 || (chosen.count <= 1 && !showsAll) else { return sh.usage(args[0]) }
        if showsAll { chosen = kinds }
        if chosen.isEmpty { chosen = kinds.filter { $0.letter == UInt8(ascii: "f") } }
        for kind in chosen {
            do throws(Errno) {
                var limit = try sh.resourceLimit(kind.resource)
                if operands == 0 {
                    let value = show(isHard && !isSoft ? limit.hard : limit.soft, kind)
                    sh.write(chosen.count > 1 ? label(kind) + value + "\n" : value + "\n")
                    continue
                }
                guard let value = parse(args[options.operands], kind, limit) else {
                    return sh.fail(args[0], args[options.operands], "not a limit", status: 2)
                }
                if isSoft || !isHard { limit.soft = value }
                if isHard || !isSoft { limit.hard = value }
                try sh.setResourceLimit(kind.resource, limit)
            } catch {
                return sh.fail(args[0], Bytes(stringLiteral: kind.name), error.message)
            }
        }
        return 0
    }

    private static func show(_ value: UInt64, _ kind: Kind) -> Bytes {
        value == ResourceLimit.unlimited ? "unlimited" : Bytes(decimal: value / kind.unit)
    }

    private static func label(_ kind: Kind) -> Bytes {
        func pad(_ count: Int) -> Bytes { Bytes(repeating: UInt8(ascii: " "), count: max(count, 0)) }
        let name = Bytes(stringLiteral: kind.name)
        var unit: Bytes = "("
        if kind.unitName.utf8CodeUnitCount > 0 {
            unit.append(kind.unitName)
            unit.append(", ")
        }
        unit.append("-")
        unit.append(kind.letter)
        unit.append(")")
        return name + pad(20 - name.count) + pad(20 - unit.count) + unit + " "
    }

    private static func parse(_ text: Bytes, _ kind: Kind, _ limit: ResourceLimit) -> UInt64? {
        switch text {
        case "unlimited": return ResourceLimit.unlimited
        case "hard": return limit.hard
        case "soft": return limit.soft
        default:
            guard let number = text.decimal, number >= 0, text[0] != UInt8(ascii: "+") else { return nil }
            let (value, overflow) = UInt64(number).multipliedReportingOverflow(by: kind.unit)
            return overflow ? nil : value
        }
    }
}

extension Interpreter {
    /// The limit that this context's children get.
    fileprivate func resourceLimit(_ resource: Int32) throws(Errno) -> ResourceLimit {
        if let own = context.limits[resource] { return own }
        return try System.resourceLimit(resource)
    }

    /// Sets a limit: of the process, if this is its shell and no subshell; else of what this context starts.
    fileprivate func setResourceLimit(_ resource: Int32, _ limit: ResourceLimit) throws(Errno) {
        if isMain && subshellDepth == 0 {
            try System.setResourceLimit(resource, limit)
            return
        }
        // What the kernel would say, now and not when a child is started.
        guard limit.soft <= limit.hard else { throw .invalidArgument }
        if limit.hard > (try resourceLimit(resource)).hard && System.effectiveUserID != 0 { throw .notPermitted }
        context.limits[resource] = limit
    }
}
