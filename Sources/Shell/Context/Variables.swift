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
        /// Each thread has its own.
        package static let threadLocal = Attributes(rawValue: 16384)
        /// A mark in a table: the variable is where all threads find it, under its own number or that of a cell in `array`.
        static let shared = Attributes(rawValue: 32768)

        static let anyArray: Attributes = [.indexed, .associative]
        static let convertsCase: Attributes = [.lowercase, .uppercase, .capitalized]
        /// The value of such a variable is not what its slot holds.
        static let readSlowly: Attributes = [.computed, .indexed, .associative, .reference, .shared]
        /// Assigning to such a variable is more than writing to its slot.
        static let assignedSlowly: Attributes = [
            .exported, .readonly, .watched, .computed, .indexed, .associative, .reference, .integer, .lowercase,
            .uppercase, .capitalized, .shared,
        ]
        /// The ones among them that POSIX doesn't know.
        static let assignedBeyondPosix: Attributes = [
            .indexed, .associative, .reference, .integer, .lowercase, .uppercase, .capitalized,
        ]
        /// What a function can have.
        static let ofFunctions: Attributes = [.exported, .readonly, .traced]
        /// What `unset` and `local` leave.
        static let ofTheName: Attributes = [.watched, .threadLocal]

        /// There is more than what belongs to the name.
        var isMore: Bool { !subtracting(.ofTheName).isEmpty }
    }

    package var value = Bytes()
    package var attributes: Attributes = []
    /// An array's number in the context's `ArrayTable`. It goes where the variable goes: saving and restoring a variable
    /// saves and restores its elements. 0: no elements yet.
    var array: UInt32 = 0

    package init() {}

    init(_ attributes: Attributes) { self.attributes = attributes }

    /// A value and what goes with it, in one.
    mutating func assign(_ value: Bytes, _ added: Attributes) {
        self.value = value
        attributes.formUnion(added)
    }

    /// Of a mark: where the variable with that number is.
    @inline(__always)
    func sharedNumber(_ id: NameID) -> Int { array == 0 ? id : Int(array) }

    package var isSet: Bool { attributes.contains(.isSet) }
}

/// The variables of a context, by number, in pages of 64: copying a table costs a reference, the first write after a copy
/// one page.
///
/// While threads share them, a slot of the table that is marked as shared only says where the variable is; who reads a slot by
/// `own` finds the mark, who reads it without finds the variable.
package struct VariableTable: Sendable {
    private var pages: ContiguousArray<ContiguousArray<Variable>> = []
    /// What a slot without a page has: the mark, while variables are shared.
    private var absent: Variable.Attributes = []
    private(set) var shared: SharedSlots?

    package init() {}

    /// What the table itself has under the number.
    @inline(__always)
    subscript(own id: NameID) -> Variable {
        get {
            let page = id >> 6
            guard page < pages.count, !pages[page].isEmpty else { return Variable(absent) }
            return pages[page][id & 63]
        }
        _modify {
            let page = id >> 6
            while page >= pages.count { pages.append([]) }
            if pages[page].isEmpty { pages[page] = ContiguousArray(repeating: Variable(absent), count: 64) }
            yield &pages[page][id & 63]
        }
    }

    var pageCount: Int { limit >> 6 }

    /// Whether a page is the very same memory in both tables.
    func hasSamePage(_ page: Int, as other: VariableTable) -> Bool {
        guard page < pages.count, page < other.pages.count else { return false }
        return pages[page].withUnsafeBufferPointer { mine in
            other.pages[page].withUnsafeBufferPointer { mine.baseAddress == $0.baseAddress }
        }
    }

    /// The variable. One that is shared is locked while it is changed: what is assigned must be there before.
    package subscript(id: NameID) -> Variable {
        @inline(__always)
        get {
            let own = self[own: id]
            return own.attributes.contains(.shared) ? sharedVariable(id) : own
        }
        // One place to yield: with two of them the compiler would make calls of it.
        @inline(__always)
        _modify {
            let number = sharedNumber(id)
            let slot = number == nil ? ownSlot(id) : lockedSlot(number)
            defer { if let number { shared?.unlockOutlined(number) } }
            yield &slot.pointee
        }
    }

    /// The variable's attributes.
    @inline(__always)
    func attributes(_ id: NameID) -> Variable.Attributes {
        let attributes = self[own: id].attributes
        return attributes.contains(.shared) ? sharedVariable(id).attributes : attributes
    }

    /// Attributes and the number of the elements, without a copy of the value.
    @inline(__always)
    func head(_ id: NameID) -> (attributes: Variable.Attributes, array: UInt32) {
        let attributes = self[own: id].attributes
        return attributes.contains(.shared) ? sharedHead(id) : (attributes, self[own: id].array)
    }

    @inline(never)
    private func sharedHead(_ id: NameID) -> (attributes: Variable.Attributes, array: UInt32) {
        let variable = sharedVariable(id)
        return (variable.attributes, variable.array)
    }

    /// Where the slot is as long as nothing else is done with the table.
    @inline(__always)
    private mutating func ownSlot(_ id: NameID) -> UnsafeMutablePointer<Variable> {
        withUnsafeMutablePointer(to: &self[own: id]) { $0 }
    }

    @inline(never)
    private func lockedSlot(_ number: Int?) -> UnsafeMutablePointer<Variable> {
        let slot = shared.unsafelyUnwrapped.lock(number.unsafelyUnwrapped)
        return UnsafeMutableRawPointer(slot).assumingMemoryBound(to: Variable.self)
    }

    @inline(never)
    private func sharedVariable(_ id: NameID) -> Variable {
        shared?.variable(self[own: id].sharedNumber(id)) ?? Variable()
    }

    /// Where the variable is among the shared ones; nil if it is the table's own.
    @inline(__always)
    func sharedNumber(_ id: NameID) -> Int? { shared == nil ? nil : numberIfShared(id) }

    @inline(never)
    private func numberIfShared(_ id: NameID) -> Int? {
        let own = self[own: id]
        return own.attributes.contains(.shared) ? own.sharedNumber(id) : nil
    }

    /// One past the highest number that a variable can have.
    var limit: NameID { max(pages.count << 6, shared?.limit ?? 0) }

    /// Calls `body` with every variable that has a value or an attribute.
    package func forEach(_ body: (NameID, Variable) -> Void) {
        guard shared == nil else {
            for id in 0..<limit {
                let variable = self[id]
                if variable.attributes.isMore { body(id, variable) }
            }
            return
        }
        for (page, slots) in pages.enumerated() {
            for (index, variable) in slots.enumerated() where variable.attributes.isMore {
                body(page << 6 | index, variable)
            }
        }
    }

    // MARK: Sharing

    /// Begins to share: all slots but those that `isOwn` says go to where the others find them; `take` gives an array's elements.
    mutating func share(
        in slots: SharedSlots, isOwn: (NameID) -> Bool, take: (UInt32) -> ArrayElements
    ) {
        absent = .shared
        shared = slots
        for page in pages.indices {
            for index in pages[page].indices {
                let id = page << 6 | index
                if isOwn(id) || pages[page][index].attributes.contains(.threadLocal) { continue }
                let variable = pages[page][index]
                pages[page][index] = Variable(.shared)
                if !variable.attributes.isEmpty { slots.put(id, variable, take(variable.array)) }
            }
        }
    }

    /// A thread's table: all is shared but what is each thread's own, which begins without a value.
    init(sharingWith other: VariableTable) {
        absent = .shared
        shared = other.shared
        pages = other.pages
        for page in pages.indices {
            for index in pages[page].indices {
                let own = pages[page][index]
                if own.attributes.contains(.shared) { continue }
                var fresh = Variable(.shared)
                if own.attributes.contains(.threadLocal) {
                    fresh.attributes = own.attributes.subtracting([.isSet, .readonly])
                }
                pages[page][index] = fresh
            }
        }
    }

    /// The numbers of the variables that are this table's own and that a new thread is to see.
    var promotable: [NameID] {
        var found: [NameID] = []
        for page in pages.indices {
            for index in pages[page].indices
            where pages[page][index].attributes.isDisjoint(with: [.shared, .threadLocal]) {
                found.append(page << 6 | index)
            }
        }
        return found
    }

    /// The variables that each thread has of its own.
    var threadLocals: [NameID] {
        var found: [NameID] = []
        for page in pages.indices {
            for index in pages[page].indices where pages[page][index].attributes.contains(.threadLocal) {
                found.append(page << 6 | index)
            }
        }
        return found
    }

    /// The numbers of the cells that slots of this table refer to.
    var cells: [Int] {
        var found: [Int] = []
        for page in pages.indices {
            for own in pages[page] where own.attributes.contains(.shared) && own.array != 0 {
                found.append(Int(own.array))
            }
        }
        return found
    }

    /// Ends sharing: takes copies of all, with `add` for the elements of arrays.
    mutating func unshare(_ add: (ArrayElements) -> UInt32) {
        guard let slots = shared else { return }
        let limit = self.limit
        while pages.count << 6 < limit { pages.append([]) }
        for page in pages.indices where pages[page].isEmpty {
            pages[page] = ContiguousArray(repeating: Variable(.shared), count: 64)
        }
        (shared, absent) = (nil, [])
        for page in pages.indices {
            for index in pages[page].indices
            where pages[page][index].attributes.contains(.shared) && pages[page][index].array != 0 {
                pages[page][index] = slots.copy(Int(pages[page][index].array), add)
            }
        }
        for index in 0..<64 {
            slots.withShard(index) { shared in
                for page in pages.indices where pages[page][index].attributes.contains(.shared) {
                    if page < shared.count {
                        pages[page][index] = shared[page].pointee.copy(add)
                    } else {
                        pages[page][index] = Variable()
                    }
                }
            }
        }
    }
}
