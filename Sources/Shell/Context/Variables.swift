import Bytes

/// A variable: its value and attributes.
package struct Variable: Sendable {
    package struct Attributes: OptionSet, Sendable {
        package let rawValue: UInt16
        package init(rawValue: UInt16) { self.rawValue = rawValue }

        /// It has a value. (`export x` makes a variable that is exported but not set.)
        package static let isSet = Attributes(rawValue: 1)
        package static let exported = Attributes(rawValue: 2)
        package static let readonly = Attributes(rawValue: 4)
        /// The shell acts on assignments to it (IFS, PATH, OPTIND, the locale).
        package static let watched = Attributes(rawValue: 8)
        /// Its value is computed when read (RANDOM, SECONDS).
        package static let computed = Attributes(rawValue: 16)
        /// An array; its elements are in the context's `ArrayTable`, under the variable's `array`.
        package static let indexed = Attributes(rawValue: 32)
        package static let associative = Attributes(rawValue: 64)
        /// `declare -n`: its value is the name of the variable meant.
        package static let reference = Attributes(rawValue: 128)
        /// `declare -i`: what is assigned is evaluated.
        package static let integer = Attributes(rawValue: 256)
        /// `declare -l`, `-u`, `-c`: what is assigned changes its case.
        package static let lowercase = Attributes(rawValue: 512)
        package static let uppercase = Attributes(rawValue: 1024)
        package static let capitalized = Attributes(rawValue: 2048)
        /// `declare -t`
        package static let traced = Attributes(rawValue: 4096)
        /// `declare x`: known, though it has neither value nor another attribute.
        package static let declared = Attributes(rawValue: 8192)

        static let anyArray: Attributes = [.indexed, .associative]
        static let convertsCase: Attributes = [.lowercase, .uppercase, .capitalized]
        /// The value of such a variable is not what its slot holds.
        static let readSlowly: Attributes = [.computed, .indexed, .associative, .reference]
        /// Assigning to such a variable is more than writing to its slot.
        static let assignedSlowly: Attributes = [
            .exported, .readonly, .watched, .computed, .indexed, .associative, .reference, .integer, .lowercase,
            .uppercase, .capitalized,
        ]
        /// The ones among them that POSIX doesn't know.
        static let assignedBeyondPosix: Attributes = [
            .indexed, .associative, .reference, .integer, .lowercase, .uppercase, .capitalized,
        ]
        /// What a function can have.
        static let ofFunctions: Attributes = [.exported, .readonly, .traced]
        /// What `unset` and `local` leave.
        static let ofTheName: Attributes = .watched
    }

    package var value = Bytes()
    package var attributes: Attributes = []
    /// An array's number in the context's `ArrayTable`. It goes where the variable goes: saving and restoring a variable
    /// saves and restores its elements. 0: no elements yet.
    var array: UInt32 = 0

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

    var pageCount: Int { pages.count }

    /// Whether a page is the very same memory in both tables.
    func hasSamePage(_ page: Int, as other: VariableTable) -> Bool {
        guard page < pages.count, page < other.pages.count else { return false }
        return pages[page].withUnsafeBufferPointer { mine in
            other.pages[page].withUnsafeBufferPointer { mine.baseAddress == $0.baseAddress }
        }
    }

    /// Calls `body` with every variable that has a value or an attribute.
    package func forEach(_ body: (NameID, Variable) -> Void) {
        for (page, slots) in pages.enumerated() {
            for (index, variable) in slots.enumerated() where !variable.attributes.subtracting(.watched).isEmpty {
                body(page << 6 | index, variable)
            }
        }
    }
}
