import Bytes
import Glibc
import Platform
import Synchronization
import Testing

@testable import Primitives

@Suite(.serialized) struct SharedQueueTests {
    @Test(arguments: [SharedQueue.Order.firstIn, .lastIn, .priority])
    func order(_ order: SharedQueue.Order) throws {
        let queue = try SharedQueue.make(order, limit: 0)
        let priorities = [3, 1, 2, 1, -5]
        for (index, priority) in priorities.enumerated() {
            #expect(try queue.put(Bytes(decimal: index), priority: priority) == .done)
        }
        #expect(queue.size == 5)
        var got: [Int] = []
        while let item = try queue.take() { got.append(item.decimal ?? -1) }
        switch order {
        case .firstIn: #expect(got == [0, 1, 2, 3, 4])
        case .lastIn: #expect(got == [4, 3, 2, 1, 0])
        case .priority: #expect(got == [4, 1, 3, 2, 0])
        }
        #expect(queue.size == 0)
    }

    /// Items of all lengths come out as they went in, however the memory grew and wherever its end cut them.
    @Test(arguments: [SharedQueue.Order.firstIn, .lastIn, .priority])
    func lengths(_ order: SharedQueue.Order) throws {
        let queue = try SharedQueue.make(order, limit: 0)
        var model: [Bytes] = []
        var random = TestRandom(seed: 7)
        for step in 0..<6000 {
            // Fuller at first, emptier then.
            if random.below(10) < (step < 3000 ? 6 : 3) {
                let count = random.below(20) == 0 ? random.below(90_000) : random.below(100)
                let item = Bytes(repeating: UInt8(truncatingIfNeeded: step), count: count) + Bytes(decimal: step)
                #expect(try queue.put(item, isBlock: step % 3 == 0) == .done)
                model.append(item)
            } else {
                let expected =
                    model.isEmpty ? nil : order == .lastIn ? model.removeLast() : model.removeFirst()
                let item = try queue.take()
                if item != expected {
                    Issue.record("step \(step): \(item?.count ?? -1) bytes, not \(expected?.count ?? -1)")
                    return
                }
            }
        }
        while !model.isEmpty {
            #expect(try queue.take() == (order == .lastIn ? model.removeLast() : model.removeFirst()))
        }
        #expect(try queue.take() == nil)
        #expect(queue.capacity.pointee.load(ordering: .relaxed) <= SharedQueue.keptCapacity)
    }

    @Test func emptyAndHugeItems() throws {
        for order in [SharedQueue.Order.firstIn, .lastIn] {
            let queue = try SharedQueue.make(order, limit: 0)
            let huge = Bytes(capacity: 100_000_000) { (buffer: UnsafeMutableRawBufferPointer) -> Int in
                buffer.initializeMemory(as: UInt8.self, repeating: 120)
                return buffer.count
            }
            for item in [Bytes(), "x", huge, Bytes(), huge] { #expect(try queue.put(item) == .done) }
            var items = [Bytes(), "x", huge, Bytes(), huge]
            if order == .lastIn { items.reverse() }
            for item in items { #expect(try queue.take() == item) }
            #expect(try queue.take() == nil)
            // The memory was given back.
            var status = stat()
            fstat(queue.descriptors.memory, &status)
            #expect(status.st_blocks * 512 < 1 << 20)
        }
    }

    @Test func limitAndEnd() throws {
        let queue = try SharedQueue.make(.firstIn, limit: 2)
        #expect(try queue.put("a") == .done)
        #expect(try queue.put("b") == .done)
        #expect(queue.isFull)
        #expect(try queue.put("c") == .wouldWait)
        #expect(try queue.take() == "a")
        #expect(try queue.put("c") == .done)
        #expect(try queue.close() == .done)
        #expect(try queue.put("d") == .isClosed)
        #expect(try queue.take() == "b")
        #expect(try queue.take() == "c")
        var item = Bytes()
        #expect(try queue.get(into: &item) == .isClosed)
        #expect(queue.unfinished == 3)
        #expect(queue.allDone() == .wouldWait)
        for _ in 0..<3 { #expect(queue.markDone()) }
        #expect(!queue.markDone())
        #expect(queue.allDone() == .done)
        queue.delete()
        #expect(try queue.get(into: &item) == .isDeleted)
        #expect(try queue.put("e") == .isDeleted)
    }

    @Test func blocks() throws {
        for order in [SharedQueue.Order.firstIn, .lastIn] {
            let queue = try SharedQueue.make(order, limit: 0)
            #expect(try queue.put(Bytes([1, 0, 2]), isBlock: true) == .done)
            var item = Bytes()
            #expect(try queue.get(into: &item, allowsBlock: false) == .isBlock)
            #expect(queue.size == 1)
            #expect(try queue.get(into: &item) == .done)
            #expect(item == Bytes([1, 0, 2]))
        }
    }

    /// What a thread that ended with the lock has left is taken over, as from a process that was killed.
    @Test func theLockOfTheDead() throws {
        for order in [SharedQueue.Order.firstIn, .lastIn, .priority] {
            let queue = try SharedQueue.make(order, limit: 0)
            for round in 0..<3 {
                for index in 0..<100 { #expect(try queue.put(Bytes(decimal: index)) == .done) }
                let thread = TestThread {
                    _ = try? queue.takePutLock()
                    if order == .firstIn { _ = try? queue.takeGetLock() }
                }
                thread.join()
                #expect(queue.size == 100, "round \(round)")
                var items: [Int] = []
                while let item = try queue.take() { items.append(item.decimal ?? -1) }
                #expect(items == (order == .lastIn ? (0..<100).reversed() : Array(0..<100)))
            }
        }
    }

    /// A second mapping of the same memory, as another process has it.
    @Test func seenFromElsewhere() throws {
        let queue = try SharedQueue.make(.firstIn, limit: 0)
        let other = try SharedQueue(queue.duplicatedDescriptors())
        for index in 0..<20_000 { #expect(try queue.put(Bytes(decimal: index)) == .done) }
        for index in 0..<20_000 { #expect(try other.take() == Bytes(decimal: index)) }
        #expect(try other.put("back") == .done)
        #expect(try queue.take() == "back")
        #expect(throws: Errno.invalidArgument) {
            let file = try System.memoryFile("none")
            defer { System.close(file) }
            _ = try SharedQueue(SharedQueue.Descriptors(memory: file, items: -1, room: -1, allDone: -1))
        }
    }

    @Test func noMemory() throws {
        let queue = try SharedQueue.make(.firstIn, limit: 0)
        let limit = try System.resourceLimit(Resource.fileSize)
        try System.setResourceLimit(Resource.fileSize, ResourceLimit(soft: 1 << 20, hard: limit.hard))
        defer { try? System.setResourceLimit(Resource.fileSize, limit) }
        #expect(throws: QueueError.noMemory(.fileTooLarge)) {
            _ = try queue.put(Bytes(repeating: 0, count: 2_000_000))
        }
        #expect(try queue.put("still works") == .done)
        #expect(try queue.take() == "still works")
    }

    /// 64 threads, up to 100,000 operations each: every item comes out once, and of each producer in its order. Half of the threads see
    /// the queue as another process would.
    @Test(arguments: [
        (SharedQueue.Order.firstIn, 0, 100_000), (.firstIn, 50, 10_000), (.lastIn, 0, 10_000), (.priority, 500, 10_000),
    ])
    func manyThreads(_ order: SharedQueue.Order, _ limit: Int, _ each: Int) throws {
        let queue = try SharedQueue.make(order, limit: limit)
        let other = try SharedQueue(queue.duplicatedDescriptors())
        let pairs = 32
        let sum = Atomic(0)
        let count = Atomic(0)
        let disorder = Atomic(0)
        let failures = Atomic(0)
        var producers: [TestThread] = []
        var consumers: [TestThread] = []
        for number in 0..<pairs {
            let mine = number % 2 == 0 ? queue : other
            producers.append(
                TestThread {
                    for index in 0..<each where !mine.putWaiting(Bytes(decimal: number * each + index)) {
                        failures.add(1, ordering: .relaxed)
                    }
                })
            consumers.append(
                TestThread {
                    var last = [Int](repeating: -1, count: pairs)
                    while let item = mine.takeWaiting() {
                        let value = item.decimal ?? 0
                        if value % each <= last[value / each] { disorder.add(1, ordering: .relaxed) }
                        last[value / each] = value % each
                        sum.add(value, ordering: .relaxed)
                        count.add(1, ordering: .relaxed)
                        if !mine.markDone() { failures.add(1, ordering: .relaxed) }
                    }
                })
        }
        for thread in producers { thread.join() }
        #expect(try queue.close() == .done)
        for thread in consumers { thread.join() }
        let total = pairs * each
        #expect(count.load(ordering: .relaxed) == total)
        #expect(sum.load(ordering: .relaxed) == total * (total - 1) / 2)
        #expect(failures.load(ordering: .relaxed) == 0)
        if order == .firstIn { #expect(disorder.load(ordering: .relaxed) == 0) }
        #expect(queue.unfinished == 0)
    }
}

extension SharedQueue {
    func put(_ item: Bytes, priority: Int = 0, isBlock: Bool = false, _ attempt: Attempt = .once) throws -> Outcome {
        try item.withUnsafeBytes {
            try put(UnsafeRawBufferPointer($0), priority: priority, isBlock: isBlock, attempt)
        }
    }

    /// Nil if there is nothing.
    func take() throws -> Bytes? {
        var item = Bytes()
        return try get(into: &item) == .done ? item : nil
    }

    func putWaiting(_ item: Bytes) -> Bool {
        var attempt = Attempt.once
        while true {
            switch try? put(item, attempt) {
            case .done: return true
            case .isBusy: break
            case .wouldWait:
                if attempt != .once {
                    try? System.waitUntilReady(descriptors.room, Int16(POLLIN))
                    attempt = .afterSleep
                } else {
                    watchForRoom()
                    attempt = .beforeSleep
                }
            default: return false
            }
        }
    }

    func takeWaiting() -> Bytes? {
        var attempt = Attempt.once
        var item = Bytes()
        while true {
            switch try? get(into: &item, attempt) {
            case .done: return item
            case .isBusy: break
            case .wouldWait:
                if attempt != .once {
                    try? System.waitUntilReady(descriptors.items, Int16(POLLIN))
                    attempt = .afterSleep
                } else {
                    watchForItems()
                    attempt = .beforeSleep
                }
            default: return nil
            }
        }
    }

    func duplicatedDescriptors() throws -> Descriptors {
        let all = try descriptors.all.map { try System.duplicate($0) }
        return Descriptors(memory: all[0], items: all[1], room: all[2], allDone: all[3])
    }
}

struct TestRandom {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }
}

/// A thread that ends when its body does.
final class TestThread: @unchecked Sendable {
    private var thread = pthread_t()
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
        pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<TestThread>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
    }

    func join() { pthread_join(thread, nil) }
}
