import Bytes

/// The elements of one array, or a free place for one.
enum ArrayElements: Sendable {
    case free(next: UInt32)
    case indexed(IndexedArray)
    case associative(AssociativeArray)

    var indexed: IndexedArray? {
        if case .indexed(let array) = self { array } else { nil }
    }

    var associative: AssociativeArray? {
        if case .associative(let array) = self { array } else { nil }
    }

    /// An element without a copy of the array, which somebody else could then not change in place.
    func element(_ index: Int) -> Bytes? {
        if case .indexed(let array) = self { array[index] } else { nil }
    }

    func element(_ key: Bytes) -> Bytes? {
        if case .associative(let array) = self { array[key] } else { nil }
    }

    var count: Int {
        switch self {
        case .free: 0
        case .indexed(let array): array.count
        case .associative(let array): array.count
        }
    }

    /// One past the highest index of an indexed array.
    var end: Int {
        if case .indexed(let array) = self { array.end } else { 0 }
    }

    /// Changes an array where it is.
    mutating func modifyIndexed(_ body: (inout IndexedArray) -> Void) {
        guard case .indexed(var array) = self else { return }
        self = .free(next: 0)
        body(&array)
        self = .indexed(array)
    }

    mutating func modifyAssociative(_ body: (inout AssociativeArray) -> Void) {
        guard case .associative(var array) = self else { return }
        self = .free(next: 0)
        body(&array)
        self = .associative(array)
    }
}

/// The arrays of a context, by number from 1. Numbers with the highest bit set are those of shared variables, with which the elements
/// are.
package struct ArrayTable: Sendable {
    private var slots: ContiguousArray<ArrayElements> = []
    private var firstFree: UInt32 = 0
    /// Where the elements of arrays are that threads share.
    var shared: SharedSlots?

    package init() {}

    mutating func add(_ elements: ArrayElements) -> UInt32 {
        guard firstFree > 0 else {
            slots.append(elements)
            return UInt32(truncatingIfNeeded: slots.count)
        }
        let number = firstFree
        if case .free(let next) = slots[Int(number) - 1] { firstFree = next }
        slots[Int(number) - 1] = elements
        return number
    }

    mutating func add(_ array: IndexedArray) -> UInt32 { add(.indexed(array)) }

    mutating func add(_ array: AssociativeArray) -> UInt32 { add(.associative(array)) }

    mutating func remove(_ number: UInt32) {
        guard number > 0, number <= slots.count else {
            shared?.modifyElements(number) { $0 = .free(next: 0) }
            return
        }
        slots[Int(number) - 1] = .free(next: firstFree)
        firstFree = number
    }

    /// Takes the elements out of the table.
    mutating func take(_ number: UInt32) -> ArrayElements {
        guard number > 0, number <= slots.count else { return .free(next: 0) }
        let elements = slots[Int(number) - 1]
        slots[Int(number) - 1] = .free(next: firstFree)
        firstFree = number
        return elements
    }

    func indexed(_ number: UInt32) -> IndexedArray? {
        guard number > 0, number <= slots.count else { return shared?.elements(number) { $0.indexed } }
        return slots[Int(number) - 1].indexed
    }

    func associative(_ number: UInt32) -> AssociativeArray? {
        guard number > 0, number <= slots.count else { return shared?.elements(number) { $0.associative } }
        return slots[Int(number) - 1].associative
    }

    func element(_ number: UInt32, _ index: Int) -> Bytes? {
        guard number > 0, number <= slots.count else { return shared?.elements(number) { $0.element(index) } }
        return slots[Int(number) - 1].element(index)
    }

    func element(_ number: UInt32, _ key: Bytes) -> Bytes? {
        guard number > 0, number <= slots.count else { return shared?.elements(number) { $0.element(key) } }
        return slots[Int(number) - 1].element(key)
    }

    /// How many elements there are.
    func count(_ number: UInt32) -> Int {
        guard number > 0, number <= slots.count else { return shared?.elements(number) { $0.count } ?? 0 }
        return slots[Int(number) - 1].count
    }

    /// One past the highest index.
    func end(_ number: UInt32) -> Int {
        guard number > 0, number <= slots.count else { return shared?.elements(number) { $0.end } ?? 0 }
        return slots[Int(number) - 1].end
    }

    /// Changes an array where it is, without a copy if it is this context's alone.
    mutating func modifyIndexed(_ number: UInt32, _ body: (inout IndexedArray) -> Void) {
        guard number > 0, number <= slots.count else {
            shared?.modifyElements(number) { $0.modifyIndexed(body) }
            return
        }
        slots[Int(number) - 1].modifyIndexed(body)
    }

    mutating func modifyAssociative(_ number: UInt32, _ body: (inout AssociativeArray) -> Void) {
        guard number > 0, number <= slots.count else {
            shared?.modifyElements(number) { $0.modifyAssociative(body) }
            return
        }
        slots[Int(number) - 1].modifyAssociative(body)
    }
}
