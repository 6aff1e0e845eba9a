import Bytes

extension Builtin {
    /// The built-ins of the shell, by name.
    package static var all: [Builtin] { BuiltinTable.shared.all }
}

/// The built-ins of the shell by name. Each is made when it is first asked for: a start needs few of them.
package struct BuiltinTable: Sendable {
    package static let shared = BuiltinTable()

    package struct Entry: Sendable {
        let name: Bytes
        let builtin: @Sendable () -> Builtin

        /// - Parameter builtin: gives the same value each time.
        package init(_ name: Bytes, _ builtin: @escaping @Sendable () -> Builtin) {
            self.name = name
            self.builtin = builtin
        }
    }

    /// What `parallel` and other built-ins of higher modules add to the language.
    ///
    /// Thread: the executable adds to it at its start, before anything asks for `shared`.
    nonisolated(unsafe) package static var extensions: [Entry] = []

    private let entries: [Entry]
    /// Numbers into `entries`, plus 1, by the names' hashes; 0 where there is none. Never more than half full.
    private var slots: [UInt16]

    /// All, by name.
    package var all: [Builtin] { entries.sorted { $0.name < $1.name }.map { $0.builtin() } }

    package subscript(name: Bytes) -> Builtin? {
        let number = slots[place(name)]
        return number == 0 ? nil : entries[Int(number) - 1].builtin()
    }

    private init() {
        entries = BuiltinTable.own + BuiltinTable.extensions
        var size = 64
        while size < entries.count * 2 { size *= 2 }
        slots = [UInt16](repeating: 0, count: size)
        for (index, entry) in entries.enumerated() {
            slots[place(entry.name)] = UInt16(truncatingIfNeeded: index + 1)
        }
    }

    /// The slot of `name`, or the free one where it belongs.
    private func place(_ name: Bytes) -> Int {
        let mask = slots.count - 1
        var place = NameTable.hash(name) & mask
        while slots[place] != 0, entries[Int(slots[place]) - 1].name != name { place = (place + 1) & mask }
        return place
    }

    /// A new built-in is added here, and help, completion and the manual follow.
    private static let own: [Entry] = [
        // Special (2.15)
        Entry(":") { .colon }, Entry("break") { .break }, Entry("continue") { .continue }, Entry(".") { .dot },
        Entry("eval") { .eval }, Entry("exec") { .exec }, Entry("exit") { .exit }, Entry("export") { .export },
        Entry("readonly") { .readonly }, Entry("return") { .return }, Entry("set") { .set },
        Entry("shift") { .shift }, Entry("times") { .times }, Entry("trap") { .trap }, Entry("unset") { .unset },
        // Utilities of POSIX
        Entry("alias") { .alias }, Entry("bg") { .bg }, Entry("cd") { .cd }, Entry("command") { .command },
        Entry("echo") { .echo }, Entry("false") { .false }, Entry("fc") { .fc }, Entry("fg") { .fg },
        Entry("getopts") { .getopts }, Entry("hash") { .hash }, Entry("jobs") { .jobs }, Entry("kill") { .kill },
        Entry("printf") { .printf }, Entry("pwd") { .pwd }, Entry("read") { .read }, Entry("test") { .test },
        Entry("[") { .bracket }, Entry("true") { .true }, Entry("type") { .type }, Entry("ulimit") { .ulimit },
        Entry("umask") { .umask }, Entry("unalias") { .unalias }, Entry("wait") { .wait },
        // Beyond POSIX
        Entry("builtin") { .builtin }, Entry("caller") { .caller }, Entry("compgen") { .compgen },
        Entry("complete") { .complete }, Entry("compopt") { .compopt }, Entry("declare") { .declare },
        Entry("defer") { .defer }, Entry("dirs") { .dirs }, Entry("disown") { .disown }, Entry("enable") { .enable },
        Entry("help") { .help }, Entry("history") { .history }, Entry("let") { .let }, Entry("local") { .local },
        Entry("logout") { .logout }, Entry("mapfile") { .mapfile }, Entry("popd") { .popd },
        Entry("pushd") { .pushd }, Entry("readarray") { .readarray }, Entry("shopt") { .shopt },
        Entry("source") { .source }, Entry("suspend") { .suspend }, Entry("typeset") { .typeset },
    ]
}
