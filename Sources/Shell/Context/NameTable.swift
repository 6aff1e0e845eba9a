import Bytes
import Platform

/// A variable's or function's name, interned: an index into the slots of every context. Two equal names have one number.
package typealias NameID = Int

/// The names that the process has seen. Prepared commands refer to variables by number, so that running one costs an
/// index and no look-up.
///
/// Lock: `table`. The names with fixed numbers are there from the start and need none.
package enum NameTable {
    /// Open addressing with linear probing: the generic dictionary of the standard library costs a start-up its metadata.
    private struct Table: ~Copyable {
        var names: ContiguousArray<Bytes> = []
        /// The number of a name and 1, at the name's hash; 0 where there is none. Its size is a power of two.
        var slots = [Int](repeating: 0, count: 256)

        init() {
            names.reserveCapacity(128)
            for name in NameTable.fixed { _ = insert(name) }
        }

        /// The place of `name` in `slots`, or of the free slot where it belongs.
        private func place(_ name: Bytes) -> Int {
            let mask = slots.count - 1
            var place = NameTable.hash(name) & mask
            while slots[place] != 0, names[slots[place] - 1] != name { place = (place + 1) & mask }
            return place
        }

        func find(_ name: Bytes) -> NameID? {
            let number = slots[place(name)]
            return number == 0 ? nil : number - 1
        }

        mutating func insert(_ name: Bytes) -> NameID {
            if names.count * 2 >= slots.count {
                slots = [Int](repeating: 0, count: slots.count * 2)
                for (number, name) in names.enumerated() { slots[place(name)] = number + 1 }
            }
            let place = place(name)
            if slots[place] != 0 { return slots[place] - 1 }
            names.append(name)
            slots[place] = names.count
            return names.count - 1
        }
    }

    /// A number for tables of names: FNV-1a, folded, never negative.
    static func hash(_ name: Bytes) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        name.withUnsafeBytes { bytes in
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        }
        return Int(truncatingIfNeeded: (hash ^ hash >> 29) & 0x7FFF_FFFF_FFFF_FFFF)
    }

    /// The names that the shell itself knows; a name's place is its number.
    private static let fixed: [Bytes] = [
        "IFS", "PATH", "HOME", "PWD", "OLDPWD", "OPTIND", "OPTARG", "LINENO", "PS1", "PS2", "PS4", "ENV", "CDPATH",
        "LANG", "LC_ALL", "LC_CTYPE", "PPID", "REPLY", "_", "RANDOM", "SECONDS", "PIPESTATUS", "THRESH_SEQ",
        "THRESH_SLOT",
        "PARALLEL_SEQ", "PARALLEL_JOBSLOT",
        "BASHPID", "BASH_SUBSHELL", "EPOCHSECONDS", "EPOCHREALTIME", "SRANDOM", "UID", "EUID", "HOSTNAME", "GROUPS",
        "FUNCNAME", "BASH_SOURCE", "BASH_LINENO", "BASH_REMATCH", "DIRSTACK", "SHLVL", "OSTYPE", "MACHTYPE", "HOSTTYPE",
        "BASH_VERSION", "BASH_VERSINFO", "BASH", "SHELLOPTS", "MAPFILE", "THRESH_VERSION",
        "GLOBIGNORE", "BASHOPTS", "BASH_ALIASES", "BASH_CMDS", "BASH_ARGV0", "FUNCNEST", "OPTERR", "HISTCMD",
        "THREAD_NAME", "BASH_ARGC", "BASH_ARGV", "BASH_ENV", "BASH_XTRACEFD", "POSIXLY_CORRECT",
    ]

    package static let ifs: NameID = 0
    package static let path: NameID = 1
    package static let home: NameID = 2
    package static let pwd: NameID = 3
    package static let oldpwd: NameID = 4
    package static let optind: NameID = 5
    package static let optarg: NameID = 6
    package static let lineno: NameID = 7
    package static let ps1: NameID = 8
    package static let ps2: NameID = 9
    package static let ps4: NameID = 10
    package static let env: NameID = 11
    package static let cdpath: NameID = 12
    package static let lang: NameID = 13
    package static let lcAll: NameID = 14
    package static let lcCtype: NameID = 15
    package static let ppid: NameID = 16
    package static let reply: NameID = 17
    /// `$_`: the last argument of the command before.
    package static let underscore: NameID = 18
    package static let random: NameID = 19
    package static let seconds: NameID = 20
    package static let pipestatus: NameID = 21
    package static let threshSeq: NameID = 22
    package static let threshSlot: NameID = 23
    package static let parallelSeq: NameID = 24
    package static let parallelJobslot: NameID = 25
    package static let bashpid: NameID = 26
    package static let bashSubshell: NameID = 27
    package static let epochSeconds: NameID = 28
    package static let epochRealtime: NameID = 29
    package static let srandom: NameID = 30
    package static let uid: NameID = 31
    package static let euid: NameID = 32
    package static let hostname: NameID = 33
    package static let groups: NameID = 34
    package static let funcname: NameID = 35
    package static let bashSource: NameID = 36
    package static let bashLineno: NameID = 37
    package static let bashRematch: NameID = 38
    package static let dirstack: NameID = 39
    package static let shlvl: NameID = 40
    package static let ostype: NameID = 41
    package static let machtype: NameID = 42
    package static let hosttype: NameID = 43
    package static let bashVersion: NameID = 44
    package static let bashVersinfo: NameID = 45
    package static let bash: NameID = 46
    package static let shellopts: NameID = 47
    package static let mapfile: NameID = 48
    package static let threshVersion: NameID = 49
    package static let globignore: NameID = 50
    package static let bashopts: NameID = 51
    package static let bashAliases: NameID = 52
    package static let bashCmds: NameID = 53
    package static let bashArgv0: NameID = 54
    package static let funcnest: NameID = 55
    package static let opterr: NameID = 56
    package static let histcmd: NameID = 57
    package static let threadName: NameID = 58
    package static let bashArgc: NameID = 59
    package static let bashArgv: NameID = 60
    package static let bashEnv: NameID = 61
    package static let bashXtracefd: NameID = 62
    package static let posixlyCorrect: NameID = 63

    private static let table = Mutex(Table())

    /// The number of `name`, which gets one if it has none yet.
    package static func intern(_ name: Bytes) -> NameID {
        table.withLock { $0.insert(name) }
    }

    /// The number of `name`, if anything has used that name.
    package static func lookup(_ name: Bytes) -> NameID? {
        table.withLock { $0.find(name) }
    }

    package static func name(of id: NameID) -> Bytes {
        table.withLock { $0.names[id] }
    }
}
