import HeapModule

/// The numbers under which jobs run at the same time, from 1: a job gets the lowest that is free, so that `{%}` names one
/// of `limit` places that no two running jobs share.
struct Slots {
    /// How many jobs may run at once; may change during a run.
    var limit: Int
    private(set) var used = 0
    private var free = Heap<Int>()
    private var fresh = 1

    init(limit: Int) { self.limit = max(limit, 1) }

    var isAvailable: Bool { used < limit }

    /// The number that `take` would give.
    var next: Int { free.min ?? fresh }

    mutating func take() -> Int? {
        guard used < limit else { return nil }
        used += 1
        if let number = free.popMin() { return number }
        defer { fresh += 1 }
        return fresh
    }

    mutating func release(_ number: Int) {
        used -= 1
        free.insert(number)
    }
}
