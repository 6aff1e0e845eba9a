// The variables whose values the shell makes when they are asked for: RANDOM, SECONDS, PIPESTATUS, the call stack.
//
// They are marked as computed. An assignment sets RANDOM's and SECONDS's start, is ignored by those that tell of the shell,
// and after `unset` a name is that of a plain variable.

import Bytes
import Glibc
import Platform

/// A function or a file that is being run, and where from.
struct CallFrame {
    /// Nil for a file.
    let function: Function?
    private let file: Bytes
    /// Where it was called.
    let line: Int32
    let callerSource: Bytes
    /// What BASH_ARGV tells of the call; nil: nothing.
    var arguments: [Bytes]?
    /// What `local -` is to put back.
    var savedOptions: ShellOptions?

    init(function: Function, line: Int32, callerSource: Bytes) {
        self.function = function
        file = Bytes()
        self.line = line
        self.callerSource = callerSource
    }

    init(file: Bytes, line: Int32, callerSource: Bytes) {
        function = nil
        self.file = file
        self.line = line
        self.callerSource = callerSource
    }

    /// As FUNCNAME has it.
    var name: Bytes { function?.definition.name ?? "source" }

    /// The file that the function comes from, or that is read.
    var source: Bytes { CallFrame.shown(function?.sourceName ?? file) }

    /// The name of the source as BASH_SOURCE has it: functions of `-c` are from nowhere, those of standard input from the main program.
    static func shown(_ source: Bytes) -> Bytes {
        switch source {
        case "-c": "environment"
        case "stdin": "main"
        default: source
        }
    }
}

/// The numbers of RANDOM: those of Park and Miller's generator, as bash folds them to 15 bits, so that a seed gives the same
/// ones in both.
struct RandomSequence {
    private var state: Int32 = 0
    private var last: Int32 = 0
    /// The depth of subshells at which it was seeded: one further in has numbers of its own.
    private var depth = 0

    mutating func seed(_ seed: UInt32, _ depth: Int) {
        state = Int32(bitPattern: seed)
        last = 0
        self.depth = depth
    }

    mutating func next(_ depth: Int) -> Int32 {
        guard depth == self.depth else { return Int32.random(in: 0...0x7FFF) }
        var value: Int32
        repeat {
            if state == 0 { state = 123_459_876 }
            let high = state / 127_773
            let low = state &- 127_773 &* high
            state = 16_807 &* low &- 2_836 &* high
            if state < 0 { state &+= Int32.max }
            value = (state >> 16 ^ state & 0xFFFF) & 0x7FFF
        } while value == last
        last = value
        return value
    }
}

extension Interpreter {
    /// The version of bash whose language is understood, for scripts that ask.
    private static let bashVersion: [Bytes] = ["5", "2", "15", "1", "release", "x86_64-pc-linux-gnu"]

    func declareDynamicVariables() {
        for id in [NameTable.random, NameTable.seconds, NameTable.bashpid, NameTable.srandom, NameTable.histcmd] {
            context.variables[id].attributes = [.isSet, .computed, .integer]
        }
        for id in [NameTable.uid, NameTable.euid] {
            context.variables[id].attributes = [.isSet, .computed, .integer, .readonly]
        }
        for id in [NameTable.shellopts, NameTable.bashopts] {
            context.variables[id].attributes = [.isSet, .computed, .readonly]
        }
        for id in [
            NameTable.lineno, NameTable.bashSubshell, NameTable.epochSeconds, NameTable.epochRealtime,
            NameTable.hostname, NameTable.ostype, NameTable.machtype, NameTable.hosttype, NameTable.bash,
            NameTable.bashVersion, NameTable.underscore, NameTable.bashArgv0, NameTable.threadName,
        ] { context.variables[id].attributes = [.isSet, .computed] }
        for id in [
            NameTable.pipestatus, NameTable.groups, NameTable.funcname, NameTable.bashSource, NameTable.bashLineno,
            NameTable.dirstack, NameTable.bashArgc, NameTable.bashArgv,
        ] { context.variables[id].attributes = [.isSet, .computed, .indexed] }
        context.variables[NameTable.bashVersinfo].attributes = [.isSet, .computed, .indexed, .readonly]
        for id in [NameTable.bashAliases, NameTable.bashCmds] {
            context.variables[id].attributes = [.isSet, .computed, .associative]
        }
    }

    /// What tells scripts that this is bash's language, which it is not where it keeps to POSIX.
    package func forgetBash() {
        for id in [
            NameTable.bash, NameTable.bashVersion, NameTable.bashVersinfo, NameTable.bashopts, NameTable.bashAliases,
            NameTable.bashCmds, NameTable.bashArgv0, NameTable.bashArgc, NameTable.bashArgv,
        ] { context.variables[id] = Variable() }
        // To a script for sh these are names like others.
        for id in [NameTable.uid, NameTable.euid, NameTable.shellopts, NameTable.ppid] {
            context.variables[id].attributes.subtract([.readonly, .integer])
        }
    }

    func computedValue(_ id: NameID) -> Bytes? {
        switch id {
        case NameTable.random:
            return Bytes(decimal: random.next(subshellDepth))
        case NameTable.srandom: return Bytes(decimal: UInt32.random(in: 0...UInt32.max))
        case NameTable.seconds:
            return Bytes(decimal: Int64(bitPattern: Clock.monotonicNanoseconds() &- secondsStart) / 1_000_000_000)
        case NameTable.epochSeconds: return Bytes(decimal: Clock.realtimeMicroseconds() / 1_000_000)
        case NameTable.epochRealtime:
            let now = Clock.realtimeMicroseconds()
            let fraction = Bytes(decimal: now % 1_000_000 + 1_000_000).dropFirst()
            return Bytes(decimal: now / 1_000_000) + "." + fraction
        case NameTable.threshSeq, NameTable.parallelSeq:
            return Bytes(decimal: jobSequence)
        case NameTable.threshSlot, NameTable.parallelJobslot:
            return Bytes(decimal: jobSlot)
        case NameTable.lineno: return Bytes(decimal: position.line)
        case NameTable.uid: return Bytes(decimal: getuid())
        case NameTable.euid: return Bytes(decimal: geteuid())
        case NameTable.bashpid: return Bytes(decimal: System.processID)
        case NameTable.bashSubshell: return Bytes(decimal: subshellDepth)
        case NameTable.hostname: return System.hostName
        case NameTable.ostype: return "linux-gnu"
        case NameTable.machtype: return Interpreter.machine + "-pc-linux-gnu"
        case NameTable.hosttype: return Interpreter.machine
        case NameTable.bash: return (try? System.readLink("/proc/self/exe")) ?? "/bin/thresh"
        case NameTable.bashVersion:
            let parts = Interpreter.bashVersion
            return parts[0..<3].map { $0 }.joined(by: ".") + "(" + parts[3] + ")-" + parts[4]
        case NameTable.underscore: return stack.last
        case NameTable.shellopts:
            return ShellOptions.table.filter { $0.name != nil && context.options.contains($0.option) }
                .map { $0.name ?? Bytes() }.sorted().joined(by: ":")
        case NameTable.bashopts:
            return ShoptOptions.table.filter { context.shopt.contains($0.option) }.map(\.name).joined(by: ":")
        case NameTable.bashArgv0: return context.name
        case NameTable.threadName: return threadName
        case NameTable.histcmd:
            return has(.history) ? Bytes(decimal: history.nextNumber - (history.holdsCurrent ? 1 : 0)) : "0"
        default:
            return context.variables[id].value
        }
    }

    /// The elements of an associative array that is computed.
    func computedAssociativeArray(_ id: NameID) -> AssociativeArray? {
        var array = AssociativeArray()
        for (key, value) in id == NameTable.bashAliases ? context.aliases : context.commandPaths {
            array.set(key, value)
        }
        return array
    }

    /// Assigns to an element of an array that the shell looks into itself; false if it is no such array.
    func setComputedElement(_ id: NameID, _ key: ElementKey, _ value: Bytes) -> Bool {
        switch (id, key) {
        case (NameTable.bashAliases, .key(let name)): context.aliases[name] = value
        case (NameTable.bashCmds, .key(let name)): context.commandPaths[name] = value
        case (NameTable.dirstack, .index(let index)):
            // The first is the working directory, which only `cd` changes.
            if index > 0, index <= context.directoryStack.count { context.directoryStack[index - 1] = value }
        default: return false
        }
        synchronize()
        return true
    }

    /// The elements of an array that is computed.
    func computedArray(_ id: NameID) -> IndexedArray? {
        switch id {
        case NameTable.pipestatus:
            let statuses = statusesAreCurrent ? pipelineStatuses : [context.status]
            return IndexedArray(statuses.map { Bytes(decimal: $0) })
        case NameTable.groups:
            var groups = [gid_t](repeating: 0, count: Int(max(getgroups(0, nil), 0)))
            let count = Int(getgroups(Int32(truncatingIfNeeded: groups.count), &groups))
            let own = getgid()
            let others = groups.prefix(max(count, 0)).filter { $0 != own }
            return IndexedArray(([own] + others).map { Bytes(decimal: $0) })
        case NameTable.funcname:
            guard frames.contains(where: { $0.function != nil }) else { return nil }
            return IndexedArray(frames.reversed().map(\.name) + (isRunningFile ? ["main"] : []))
        case NameTable.bashSource:
            let main = frames.first?.callerSource ?? sourceName
            return IndexedArray(frames.reversed().map(\.source) + (isRunningFile ? [main] : []))
        case NameTable.bashLineno:
            return IndexedArray(frames.reversed().map { Bytes(decimal: $0.line) } + (isRunningFile ? ["0"] : []))
        case NameTable.bashArgc: return IndexedArray(argumentLists.map { Bytes(decimal: $0.count) })
        case NameTable.bashArgv: return IndexedArray(argumentLists.flatMap { $0.reversed() })
        case NameTable.dirstack: return IndexedArray(DirectoryStack.all(self))
        case NameTable.bashVersinfo:
            return IndexedArray(Interpreter.bashVersion)
        default:
            return context.arrays.indexed(context.variables[id].array)
        }
    }

    /// The arguments of the calls that told theirs, the innermost first, and of the script.
    private var argumentLists: [[Bytes]] { frames.reversed().compactMap(\.arguments) + [scriptArguments] }

    /// The commands come from a script, not from `-c` or standard input.
    var isRunningFile: Bool {
        let main = frames.first?.callerSource ?? sourceName
        return main != "-c" && main != "stdin" && main != "thresh"
    }

    private static let machine: Bytes = {
        var name = utsname()
        guard uname(&name) == 0 else { return "unknown" }
        return withUnsafeBytes(of: &name.machine) { bytes in
            Bytes(UnsafeRawBufferPointer(rebasing: bytes.prefix { $0 != 0 }))
        }
    }()

    /// Takes a value from the environment, where it makes no variable like others of a computed one; else false.
    func importComputed(_ id: NameID, _ value: Bytes) -> Bool {
        switch id {
        case NameTable.underscore:
            // The path of this shell, as the one who started it has it.
            stack.last = value
            return true
        case NameTable.seconds: setComputed(id, value)
        case NameTable.random, NameTable.srandom, NameTable.lineno, NameTable.bashpid, NameTable.bashSubshell,
            NameTable.epochSeconds, NameTable.epochRealtime, NameTable.histcmd, NameTable.bash, NameTable.bashVersion:
            break
        default: return false
        }
        context.variables[id].attributes.insert(.exported)
        return true
    }

    func setComputed(_ id: NameID, _ value: Bytes) {
        switch id {
        case NameTable.random:
            random.seed(UInt32(truncatingIfNeeded: evaluateArithmetic(value) ?? 0), subshellDepth)
        case NameTable.bashArgv0:
            context.name = value
        case NameTable.seconds:
            let seconds = evaluateArithmetic(value) ?? 0
            secondsStart = Clock.monotonicNanoseconds() &- UInt64(bitPattern: seconds &* 1_000_000_000)
        case NameTable.lineno, NameTable.hostname, NameTable.ostype, NameTable.machtype, NameTable.hosttype,
            NameTable.uid, NameTable.euid, NameTable.threadName:
            // From now on it is what it was set to.
            context.variables[id].attributes.remove(.computed)
        default:
            if (NameTable.threshSeq...NameTable.parallelJobslot).contains(id) {
                context.variables[id].attributes.remove(.computed)
            }
        }
    }
}
