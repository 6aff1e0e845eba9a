// The elements of arrays.
//
// A variable that is an array holds a number, and the context's `ArrayTable` has the elements under it. So a scalar costs
// nothing more for there being arrays, and a variable that is saved and put back, as a function's locals are, takes its
// elements along without a copy. All of it are values with copy-on-write storage, as the context is.

import Bytes

/// An indexed array: elements by numbers from 0, with holes.
package struct IndexedArray: Sendable {
    private(set) var values: [Bytes] = []
    /// The elements' indices, ascending; empty while there are no holes, since an element's place is its index then.
    private var indices: ContiguousArray<Int> = []
    private var isSparse = false

    init() {}

    init(_ values: [Bytes]) { self.values = values }

    var count: Int { values.count }

    /// One past the highest index.
    var end: Int { isSparse ? (indices.last.map { $0 &+ 1 } ?? 0) : values.count }

    /// The index of the element at `place`.
    func index(at place: Int) -> Int { isSparse ? indices[place] : place }

    /// The indices of all elements.
    var allIndices: [Int] { isSparse ? Array(indices) : Array(0..<values.count) }

    /// The place of the first element whose index is not less than `index`.
    func place(from index: Int) -> Int {
        guard isSparse else { return min(max(index, 0), values.count) }
        var low = 0
        var high = indices.count
        while low < high {
            let middle = (low + high) / 2
            if indices[middle] < index { low = middle + 1 } else { high = middle }
        }
        return low
    }

    subscript(index: Int) -> Bytes? {
        guard isSparse else { return index >= 0 && index < values.count ? values[index] : nil }
        let place = place(from: index)
        return place < indices.count && indices[place] == index ? values[place] : nil
    }

    mutating func set(_ index: Int, _ value: Bytes) {
        if !isSparse {
            if index < values.count {
                values[index] = value
                return
            }
            if index == values.count {
                values.append(value)
                return
            }
            makeSparse()
        }
        let place = place(from: index)
        if place < indices.count && indices[place] == index {
            values[place] = value
        } else {
            indices.insert(index, at: place)
            values.insert(value, at: place)
        }
    }

    /// Appends to an element in place.
    mutating func append(_ index: Int, _ value: Bytes) {
        let place = place(from: index)
        if place < values.count && self.index(at: place) == index {
            values[place].append(value)
        } else {
            set(index, value)
        }
    }

    /// Whether there are indices for so many elements after the last one.
    func hasRoom(for count: Int) -> Bool { end >= 0 && count <= Int.max - end || count == 0 }

    /// Adds elements after the last one, for which there must be room.
    mutating func append(contentsOf new: [Bytes]) {
        guard hasRoom(for: new.count) else { return }
        if isSparse { indices.append(contentsOf: end..<(end + new.count)) }
        values.append(contentsOf: new)
    }

    mutating func remove(_ index: Int) {
        if !isSparse {
            guard index >= 0, index < values.count else { return }
            if index == values.count - 1 {
                values.removeLast()
                return
            }
            makeSparse()
        }
        let place = place(from: index)
        guard place < indices.count, indices[place] == index else { return }
        indices.remove(at: place)
        values.remove(at: place)
        if values.isEmpty { isSparse = false }
    }

    private mutating func makeSparse() {
        indices = ContiguousArray(0..<values.count)
        isSparse = true
    }
}

/// An associative array: elements by text.
///
/// They are listed in bash's order, so that a script prints what it always printed: by the chains of a hash table of 1,024
/// places, four times as many whenever there are two elements a place, the newest first in a chain.
package struct AssociativeArray: Sendable {
    /// The elements; one that was removed leaves a gap until there are many.
    private var entries: ContiguousArray<(key: Bytes, value: Bytes)?> = []
    private var places: [Bytes: Int] = [:]

    init() {}

    var count: Int { places.count }

    var elements: [(key: Bytes, value: Bytes)] {
        var size: UInt32 = 1024
        while count >= Int(size) * 2 { size *= 4 }
        var order: [(chain: UInt32, place: Int)] = []
        order.reserveCapacity(count)
        for (place, entry) in entries.enumerated() {
            if let entry { order.append((AssociativeArray.hash(entry.key) & (size - 1), place)) }
        }
        order.sort { $0.chain != $1.chain ? $0.chain < $1.chain : $0.place > $1.place }
        return order.compactMap { entries[$0.place] }
    }

    /// FNV-1, in 32 bits.
    static func hash(_ key: Bytes) -> UInt32 {
        key.withUnsafeBytes { bytes in
            var hash: UInt32 = 2_166_136_261
            for byte in bytes { hash = hash &* 16_777_619 ^ UInt32(byte) }
            return hash
        }
    }

    subscript(key: Bytes) -> Bytes? {
        guard let place = places[key] else { return nil }
        return entries[place]?.value
    }

    mutating func set(_ key: Bytes, _ value: Bytes) {
        if let place = places[key] {
            entries[place] = (key, value)
        } else {
            places[key] = entries.count
            entries.append((key, value))
        }
    }

    /// Appends to an element in place.
    mutating func append(_ key: Bytes, _ value: Bytes) {
        guard let place = places[key] else { return set(key, value) }
        entries[place]?.value.append(value)
    }

    mutating func remove(_ key: Bytes) {
        guard let place = places.removeValue(forKey: key) else { return }
        entries[place] = nil
        guard entries.count > 32, places.count * 2 < entries.count else { return }
        entries = ContiguousArray(entries.lazy.filter { $0 != nil })
        for (place, entry) in entries.enumerated() {
            if let entry { places[entry.key] = place }
        }
    }
}
