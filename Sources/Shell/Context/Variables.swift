import Bytes

/// A variable: its value and attributes.
package struct Variable: Sendable {
    package struct Attributes: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// It has a value. (`export x` makes a variable that is exported but not set.)
        package static let isSet = Attributes(rawValue: 1)
        package static let exported = Attributes(rawValue: 2)
        package static let readonly = Attributes(rawValue: 4)
        /// The shell acts on assignments to it (IFS, PATH, OPTIND, the locale).
        package static let watched = Attributes(rawValue: 8)
        /// Its value is computed when read (RANDOM, SECONDS).
        package static let computed = Attributes(rawValue: 16)
    }

    package var value = Bytes()
    package var attributes: Attributes = []

    package init() {}

    package var isSet: Bool { attributes.contains(.isSet) }
}

/// The variables of a context, by number, in pages of 64: copying a table costs a reference, the first write after a copy
/// one page.
package struct VariableTable: Sendable {
    private var pages: ContiguousArray<ContiguousArray<Variable>> = []

    package init() {}

    package subscript(id: NameID) -> Variable {
        get {
            let page = id >> 6
            guard page < pages.count, !pages[page].isEmpty else { return Variable() }
            return pages[page][id & 63]
        }
        _modify {
            let page = id >> 6
            while page >= pages.count { pages.append([]) }
            if pages[page].isEmpty { pages[page] = ContiguousArray(repeating: Variable(), count: 64) }
            yield &pages[page][id & 63]
        }
    }

    /// Calls `body` with every variable that has a value or an attribute.
    package func forEach(_ body: (NameID, Variable) -> Void) {
        for (page, slots) in pages.enumerated() {
            for (index, variable) in slots.enumerated()
            where !variable.attributes.isDisjoint(with: [.isSet, .exported, .readonly]) {
                body(page << 6 | index, variable)
            }
        }
    }
}
