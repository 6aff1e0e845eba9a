import Bytes

extension Builtin {
    /// The built-ins of the shell, by name.
    package static var all: [Builtin] { BuiltinTable.shared.all }
}

/// The built-ins of the shell by name.
package struct BuiltinTable: Sendable {
    package static let shared = BuiltinTable()

    /// All, by name.
    package let all: [Builtin]

    package subscript(name: Bytes) -> Builtin? {
        var low = 0
        var high = all.count
        while low < high {
            let middle = (low + high) / 2
            if all[middle].name == name { return all[middle] }
            if all[middle].name < name { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    private init() { all = BuiltinTable.list.sorted { $0.name < $1.name } }

    /// A new built-in is added here, and help, completion and the manual follow.
    private static let list: [Builtin] = [
        // Special (2.15)
        .colon, .break, .continue, .dot, .eval, .exec, .exit, .export, .readonly, .return, .set, .shift, .times, .trap,
        .unset,
        // Utilities of POSIX
        .alias, .bg, .cd, .command, .echo, .false, .fg, .getopts, .hash, .jobs, .kill, .printf, .pwd, .read, .test,
        .bracket, .true, .type, .ulimit, .umask, .unalias, .wait,
        // Beyond POSIX
        .builtin, .dirs, .disown, .enable, .help, .let, .local, .logout, .popd, .pushd, .shopt, .source, .suspend,
    ]
}
