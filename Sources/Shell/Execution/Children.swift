// Containers for the interpreter's hot path, read without counting references: with arrays, half of the time of a loop of
// built-ins went into retain and release.

import Bytes

/// A node's children, in order.
///
/// Ownership: the node that holds it, immutable as all nodes are, calls `deallocate` when it ends; the children live as
/// long as the node, so whoever reads them while the node runs need not hold them.
struct Children<Child: AnyObject>: @unchecked Sendable {
    private let base: UnsafeMutablePointer<Unmanaged<Child>>
    let count: Int

    init(_ children: [Child]) {
        count = children.count
        base = .allocate(capacity: max(count, 1))
        for (index, child) in children.enumerated() {
            (base + index).initialize(to: Unmanaged.passRetained(child))
        }
    }

    func deallocate() {
        for index in 0..<count { base[index].release() }
        base.deallocate()
    }

    /// The child at `index`, which the caller has compared with `count`.
    @inline(__always)
    subscript(index: Int) -> Unmanaged<Child> { base[index] }

    /// The children as an array, for what is done once.
    var all: [Child] { (0..<count).map { base[$0].takeUnretainedValue() } }

    func allSatisfy(_ predicate: (Child) -> Bool) -> Bool { all.allSatisfy(predicate) }

    /// Calls `body` with each child.
    @inline(__always)
    func forEach(_ body: (Child) throws(Unwind) -> Void) throws(Unwind) {
        for index in 0..<count { try base[index].borrowed(body) }
    }
}

extension Unmanaged {
    /// Calls `body` with the object, which something else keeps alive meanwhile.
    @inline(__always)
    func borrowed<Result>(_ body: (Instance) throws(Unwind) -> Result) throws(Unwind) -> Result {
        let result: Swift.Result<Result, Unwind> = _withUnsafeGuaranteedRef { instance in
            do throws(Unwind) { return .success(try body(instance)) } catch { return .failure(error) }
        }
        switch result {
        case .success(let value): return value
        case .failure(let error): throw error
        }
    }
}

/// The words of the commands that run now, innermost last.
///
/// Ownership: belongs to one interpreter, which calls `deallocate` when it ends.
struct ArgumentStack {
    private var base: UnsafeMutablePointer<Bytes>
    private var capacity: Int
    private(set) var count = 0
    /// The last argument of the last command.
    var last = Bytes()

    init() {
        capacity = 64
        base = .allocate(capacity: capacity)
    }

    mutating func deallocate() {
        removeLast(count)
        base.deallocate()
    }

    subscript(index: Int) -> Bytes {
        @inline(__always) get {
            precondition(index >= 0 && index < count, "argument stack index out of range")
            return base[index]
        }
    }

    @inline(__always)
    mutating func append(_ word: Bytes) {
        if count == capacity { grow() }
        (base + count).initialize(to: word)
        count &+= 1
    }

    mutating func append(contentsOf words: some Sequence<Bytes>) {
        for word in words { append(word) }
    }

    @inline(__always)
    mutating func removeLast(_ n: Int) {
        precondition(n >= 0 && n <= count, "argument stack underflow")
        for _ in 0..<n {
            count &-= 1
            (base + count).deinitialize(count: 1)
        }
    }

    /// Removes the words of a command, from `base` on, and keeps the last of them for `$_`.
    @inline(__always)
    mutating func removeCommand(from base: Int) {
        precondition(base >= 0 && base <= count, "argument stack underflow")
        guard count > base else { return }
        count &-= 1
        last = (self.base + count).move()
        removeLast(count - base)
    }

    mutating func removeAll() { removeLast(count) }

    /// A copy of the words in `range`.
    func copy(_ range: Range<Int>) -> [Bytes] {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "argument stack index out of range")
        return Array(UnsafeBufferPointer(start: base + range.lowerBound, count: range.count))
    }

    @inline(never)
    private mutating func grow() {
        let larger = UnsafeMutablePointer<Bytes>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: base, count: count)
        base.deallocate()
        base = larger
        capacity *= 2
    }
}
