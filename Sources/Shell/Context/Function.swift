import Bytes
import Syntax

/// A function of the shell: what was parsed, for printing and for capsules, and what runs.
package final class Function: Sendable {
    package let definition: FunctionDefinition
    let body: Node
    /// The script that it was read from, for messages.
    let sourceName: Bytes
    /// It stands for no function of the user's: `enable -n` has put it before a built-in.
    let hidesBuiltin: Bool

    init(definition: FunctionDefinition, body: Node, sourceName: Bytes, hidesBuiltin: Bool = false) {
        self.hidesBuiltin = hidesBuiltin
        self.definition = definition
        self.body = body
        self.sourceName = sourceName
    }
}

/// The functions of a context, by the number of their name.
package struct FunctionTable: Sendable {
    private var functions: ContiguousArray<Function?> = []

    package init() {}

    var count: Int { functions.count }

    package subscript(id: NameID) -> Function? {
        get { id < functions.count ? functions[id] : nil }
        set {
            guard newValue != nil || id < functions.count else { return }
            while id >= functions.count { functions.append(nil) }
            functions[id] = newValue
        }
    }

    @inline(__always)
    func contains(_ id: NameID) -> Bool { id >= 0 && id < functions.count && functions[id] != nil }

    package subscript(name: Bytes) -> Function? {
        if functions.isEmpty { return nil }
        guard let id = NameTable.lookup(name) else { return nil }
        return self[id]
    }

    /// Takes over what is different in `new` from `old`; whether there is anything.
    mutating func merge(from old: FunctionTable, to new: FunctionTable) -> Bool {
        var isChanged = false
        for id in 0..<max(old.functions.count, new.functions.count) where old[id] !== new[id] {
            self[id] = new[id]
            isChanged = true
        }
        return isChanged
    }

    package var all: [Function] { functions.compactMap { $0 }.filter { !$0.hidesBuiltin } }
}
