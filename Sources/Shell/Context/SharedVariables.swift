// The variables that threads share.
//
// They lie in 64 shards, each with a lock that is held for some nanoseconds: for copying a variable out, for writing one, for
// an element of an array. A variable's shard is the low bits of its number, so that a script's variables, which were numbered one
// after the other, are hardly ever in each other's way. Each access by itself is whole: nobody sees a value half written, or an array
// between two states. What a script does in several steps, such as reading a counter and writing it, others may come in between:
// that is what the built-in `lock` is for.
//
// A local variable of a function that starts a thread is seen by that thread. It then moves to a cell, which has a number beyond
// those of names; the function's table and the thread's refer to it, and the last who does gives it up.

import Bytes
import Platform

/// A shared variable with the elements, if it is an array.
struct SharedSlot {
    /// The first, so that a slot's place is its variable's.
    var variable = Variable()
    var elements = ArrayElements.free(next: 0)

    var isArray: Bool {
        if case .free = elements { false } else { true }
    }

    /// A copy for a table whose arrays `add` takes.
    func copy(_ add: (ArrayElements) -> UInt32) -> Variable {
        var copy = variable
        copy.array = isArray ? add(elements) : 0
        return copy
    }

    /// Makes it an indexed or an associative array if it is neither: a scalar's value becomes its first element.
    mutating func becomeArray(_ kind: Variable.Attributes, _ number: Int) {
        if !isArray {
            if kind == .associative {
                var array = AssociativeArray()
                if variable.isSet, variable.attributes.isDisjoint(with: .anyArray) { array.set("0", variable.value) }
                elements = .associative(array)
            } else {
                let isScalar = variable.isSet && variable.attributes.isDisjoint(with: .anyArray)
                elements = .indexed(IndexedArray(isScalar ? [variable.value] : []))
            }
            variable.value = Bytes()
        }
        variable.array = SharedSlots.arrayBit | UInt32(truncatingIfNeeded: number)
        variable.attributes.insert(kind)
    }
}

/// Lock: each shard's own.
final class SharedVariables: Sendable {
    let slots = SharedSlots()

    deinit { slots.deallocate() }
}

/// Access to shared variables, without counting references: those counts would be what threads wait for each other at.
///
/// Ownership: a `SharedVariables`, which whoever has this sees to living long enough.
struct SharedSlots: @unchecked Sendable {
    // Sendable: what it leads to is locked.

    /// Elements of the array with that bit in its number are with the variable of the rest of the number.
    static let arrayBit: UInt32 = 1 << 31
    /// Cells have numbers from here.
    static let firstCell = 1 << 30
    private static let count = 64
    /// A lock and the places of the arrays it guards, on two cache lines of their own.
    private static let stride = 128

    /// Variables side by side, which are moved only to make room for more.
    struct Row {
        private(set) var count = 0
        private var base: UnsafeMutablePointer<SharedSlot>?

        @inline(__always)
        subscript(place: Int) -> UnsafeMutablePointer<SharedSlot> {
            mutating get {
                if place < count, let base { return base + place }
                return grow(to: place)
            }
        }

        @inline(never)
        private mutating func grow(to place: Int) -> UnsafeMutablePointer<SharedSlot> {
            let wanted = (place + 4) & ~3
            let larger = UnsafeMutablePointer<SharedSlot>.allocate(capacity: wanted)
            if let base {
                larger.moveInitialize(from: base, count: count)
                base.deallocate()
            }
            (larger + count).initialize(repeating: SharedSlot(), count: wanted - count)
            (base, count) = (larger, wanted)
            return larger + place
        }

        func deallocate() {
            base?.deinitialize(count: count)
            base?.deallocate()
        }
    }

    private struct Shard {
        var slots = Row()
        var cells = Row()
        /// How many tables refer to a cell; by the cell's place.
        var references: [Int32] = []
        var freeCells: [Int] = []
    }

    private let base: UnsafeMutableRawPointer

    init() {
        base = .allocate(byteCount: SharedSlots.count * SharedSlots.stride, alignment: SharedSlots.stride)
        for index in 0..<SharedSlots.count {
            lock(of: index).prepare()
            (base + index * SharedSlots.stride + 8).initializeMemory(as: Shard.self, to: Shard())
        }
    }

    func deallocate() {
        for index in 0..<SharedSlots.count {
            shard(index).pointee.slots.deallocate()
            shard(index).pointee.cells.deallocate()
            shard(index).deinitialize(count: 1)
        }
        base.deallocate()
    }

    @inline(__always)
    private func lock(of shard: Int) -> AdaptiveLock { AdaptiveLock(at: base + shard * SharedSlots.stride) }

    @inline(__always)
    private func shard(_ index: Int) -> UnsafeMutablePointer<Shard> {
        (base + index * SharedSlots.stride + 8).assumingMemoryBound(to: Shard.self)
    }

    /// Takes the lock of the variable's shard; where the variable is.
    @inline(__always)
    func lock(_ number: Int) -> UnsafeMutablePointer<SharedSlot> {
        lock(of: number & 63).lock()
        let shard = shard(number & 63)
        if number >= SharedSlots.firstCell { return shard.pointee.cells[(number - SharedSlots.firstCell) >> 6] }
        return shard.pointee.slots[number >> 6]
    }

    @inline(__always)
    func unlock(_ number: Int) { lock(of: number & 63).unlock() }

    // Where most variables are not shared, the code of locking would only be in the way.
    @inline(never)
    func unlockOutlined(_ number: Int) { unlock(number) }

    /// Runs `body` with the variable locked.
    @inline(__always)
    func withSlot<Result>(_ number: Int, _ body: (inout SharedSlot) -> Result) -> Result {
        let slot = lock(number)
        defer { unlock(number) }
        return body(&slot.pointee)
    }

    @inline(__always)
    func variable(_ number: Int) -> Variable { withSlot(number) { $0.variable } }

    /// One past the highest number of a name.
    var limit: Int {
        var limit = 0
        for index in 0..<SharedSlots.count { withShard(index) { limit = max(limit, $0.count << 6) } }
        return limit
    }

    /// Runs `body` with the variables of a shard, those with the numbers `index`, `index` + 64 and so on.
    func withShard(_ index: Int, _ body: (inout Row) -> Void) {
        lock(of: index).lock()
        defer { lock(of: index).unlock() }
        body(&shard(index).pointee.slots)
    }

    // MARK: Variables

    /// Assigns to a plain variable; false, with nothing done, if it is not plain.
    @inline(never)
    func assign(_ number: Int, _ value: Bytes) -> Bool {
        let slot = lock(number)
        defer { unlock(number) }
        guard slot.pointee.variable.attributes.isDisjoint(with: .assignedSlowly) else { return false }
        slot.pointee.variable.value = value
        slot.pointee.variable.attributes.insert(.isSet)
        return true
    }

    /// Moves a variable here.
    func put(_ number: Int, _ variable: Variable, _ elements: ArrayElements) {
        withSlot(number) { slot in
            slot.variable = variable
            slot.elements = elements
            slot.variable.array = slot.isArray ? SharedSlots.arrayBit | UInt32(truncatingIfNeeded: number) : 0
        }
    }

    func copy(_ number: Int, _ add: (ArrayElements) -> UInt32) -> Variable { withSlot(number) { $0.copy(add) } }

    // MARK: Elements

    /// What `body` takes of the elements of the array with that number; nil if it is no shared one.
    @inline(never)
    func elements<Result>(_ array: UInt32, _ body: (ArrayElements) -> Result?) -> Result? {
        guard array & SharedSlots.arrayBit != 0 else { return nil }
        let number = Int(array & ~SharedSlots.arrayBit)
        let slot = lock(number)
        defer { unlock(number) }
        return body(slot.pointee.elements)
    }

    func modifyElements(_ array: UInt32, _ body: (inout ArrayElements) -> Void) {
        guard array & SharedSlots.arrayBit != 0 else { return }
        withSlot(Int(array & ~SharedSlots.arrayBit)) { body(&$0.elements) }
    }

    enum ElementChange {
        case done
        /// The variable is not what it was any more.
        case changed
        /// A negative index before the first element.
        case badSubscript
    }

    /// Assigns to an element of a variable that still has these attributes, and makes it an array if it is none.
    func setElement(
        _ number: Int, _ key: ElementKey, _ value: Bytes, isAppending: Bool, expecting attributes: Variable.Attributes
    ) -> ElementChange {
        withSlot(number) { slot in
            guard slot.variable.attributes == attributes else { return .changed }
            switch key {
            case .index(var index):
                slot.becomeArray(.indexed, number)
                if index < 0 {
                    index = index &+ slot.elements.end
                    guard index >= 0 else { return .badSubscript }
                }
                slot.elements.modifyIndexed {
                    if isAppending { $0.append(index, value) } else { $0.set(index, value) }
                }
            case .key(let key):
                slot.becomeArray(.associative, number)
                slot.elements.modifyAssociative {
                    if isAppending { $0.append(key, value) } else { $0.set(key, value) }
                }
            }
            slot.variable.attributes.insert(.isSet)
            return .done
        }
    }

    /// Changes an indexed array, which the variable becomes if it is none; false if it is an associative one.
    func modifyIndexed(_ number: Int, _ body: (inout IndexedArray) -> Void) -> Bool {
        withSlot(number) { slot in
            guard !slot.variable.attributes.contains(.associative) else { return false }
            slot.becomeArray(.indexed, number)
            slot.elements.modifyIndexed(body)
            slot.variable.attributes.insert(.isSet)
            return true
        }
    }

    /// Takes value, elements and attributes from the variable, but for what belongs to the name.
    func clear(_ number: Int) {
        withSlot(number) { slot in
            let attributes = slot.variable.attributes.intersection(.ofTheName)
            slot = SharedSlot()
            slot.variable.attributes = attributes
        }
    }

    func dropElements(_ number: Int) {
        withSlot(number) { slot in
            slot.elements = .free(next: 0)
            slot.variable.array = 0
        }
    }

    // MARK: Cells

    /// A cell for a variable that was one table's own.
    func addCell(_ variable: Variable, _ elements: ArrayElements, near id: NameID) -> Int {
        let index = id & 63
        lock(of: index).lock()
        let shard = shard(index)
        let place: Int
        if let free = shard.pointee.freeCells.popLast() {
            place = free
        } else {
            place = shard.pointee.references.count
            shard.pointee.references.append(0)
        }
        shard.pointee.references[place] = 1
        lock(of: index).unlock()
        let number = SharedSlots.firstCell + place << 6 + index
        put(number, variable, elements)
        return number
    }

    /// Another table refers to the cell.
    func retainCell(_ number: Int) { changeReferences(number, by: 1) }

    func releaseCell(_ number: Int) { changeReferences(number, by: -1) }

    private func changeReferences(_ number: Int, by change: Int32) {
        guard number >= SharedSlots.firstCell else { return }
        let index = number & 63
        let place = (number - SharedSlots.firstCell) >> 6
        lock(of: index).lock()
        defer { lock(of: index).unlock() }
        let shard = shard(index)
        guard place < shard.pointee.references.count else { return }
        shard.pointee.references[place] += change
        guard shard.pointee.references[place] == 0 else { return }
        shard.pointee.cells[place].pointee = SharedSlot()
        shard.pointee.freeCells.append(place)
    }
}
