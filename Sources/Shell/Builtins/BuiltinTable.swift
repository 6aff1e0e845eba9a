import Bytes

extension Builtin {
    /// The built-ins of the shell, by name.
    package static var all: [Builtin] { BuiltinTable.shared.all }
}

/// The built-ins of the shell by name.
package struct BuiltinTable: Sendable {
    package static let shared = BuiltinTable()

    /// What `parallel` and other built-ins of higher modules add to the language.
    ///
    /// Thread: the executable adds to it at its start, before anything asks for `shared`.
    nonisolated(unsafe) package static var extensions: [Builtin] = []

    private let list: [Builtin]
    /// Numbers into `list`, plus 1, by the names' hashes; 0 where there is none. Never more than half full.
    private var slots: [UInt16]

    /// All, by name.
    package var all: [Builtin] { list.sorted { $0.name < $1.name } }

    package subscript(name: Bytes) -> Builtin? {
        let number = slots[place(name)]
        return number == 0 ? nil : list[Int(number) - 1]
    }

    private init() {
        list = BuiltinTable.ownList + BuiltinTable.extensions
        var size = 64
        while size < list.count * 2 { size *= 2 }
        slots = [UInt16](repeating: 0, count: size)
        for (index, builtin) in list.enumerated() {
            slots[place(builtin.name)] = UInt16(truncatingIfNeeded: index + 1)
        }
    }

    /// The slot of `name`, or the free one where it belongs.
    private func place(_ name: Bytes) -> Int {
        let mask = slots.count - 1
        var place = NameTable.hash(name) & mask
        while slots[place] != 0, list[Int(slots[place]) - 1].name != name { place = (place + 1) & mask }
        return place
    }

    /// A new built-in is added here, and help, completion and the manual follow.
    private static let ownList: [Builtin] = [
        // Special (2.15)
        .colon, .break, .continue, .dot, .eval, .exec, .exit, .export, .readonly, .return, .set, .shift, .times, .trap,
        .unset,
        // Utilities of POSIX
        .alias, .bg, .cd, .command, .echo, .false, .fc, .fg, .getopts, .hash, .jobs, .kill, .printf, .pwd, .read, .test,
        .bracket, .true, .type, .ulimit, .umask, .unalias, .wait,
        // Beyond POSIX
        .builtin, .caller, .compgen, .complete, .compopt, .declare, .defer, .dirs, .disown, .enable, .help, .history,
        .let,
        .local,
        .logout, .mapfile, .popd, .pushd,
        .readarray, .shopt, .source, .suspend, .typeset,
    ]
}
