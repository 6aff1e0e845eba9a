// A queue in shared memory: the threads of the shell, its children and theirs put and get items with no system call and nobody
// in between, as long as nobody has to sleep.
//
// The memory is a file that exists in memory only. It begins with a header, of which each part that is written often has cache lines
// of its own, and goes on with the items: a ring (SharedQueue+Ring.swift) in a queue that gives first what came first, in
// which one may put while another gets; or blocks in a heap (SharedQueue+Heap.swift) in one that gives first what came last
// or has the highest priority, in which one does something at a time. The items' memory doubles when it is full and is given
// back when the queue is empty; each process maps more of it when the header says that there is more.
//
// Anybody may be killed anywhere in this. So whatever is done becomes valid by one store: a block is marked as used, or the number
// of a `Side`'s state goes up. Who dies before it has done nothing, who dies after it everything, save for waking others:
// the owner of the queue does that when it learns of the death (`wakeAll`). The lock of the dead is taken over by the next.

import Bytes
import Glibc
import Platform
import struct Synchronization.Atomic

/// What keeps a queue from doing what it is to.
enum QueueError: Error, Equatable {
    /// There is no memory for the item.
    case noMemory(Errno)
    /// The memory holds what no queue wrote.
    case isDamaged
}

/// Thread: any; `putSide` and its mapping are guarded by `putLock`, `getSide` and its mapping by `getLock`. A heap has the
/// put lock only. Who needs both takes the put lock first.
final class SharedQueue: @unchecked Sendable {
    enum Order: Int {
        case firstIn = 0
        case lastIn = 1
        case priority = 2
    }

    /// What becomes of an attempt to put or get.
    enum Outcome: Equatable {
        case done
        /// Nothing to get, or no room.
        case wouldWait
        case isClosed
        case isDeleted
        /// Somebody has had the lock for long: to be tried again, after a look whether that is still wanted.
        case isBusy
        /// The item holds NUL bytes and the caller wants none; it stays.
        case isBlock
    }

    /// How an attempt goes on where it must wait.
    enum Attempt {
        /// It doesn't.
        case once
        /// It says that it will sleep on the bell.
        case beforeSleep
        /// The same, and it has just been woken.
        case afterSleep
    }

    /// The descriptors with which another process joins.
    struct Descriptors: Equatable, Sendable {
        var memory: Int32
        var items: Int32
        var room: Int32
        var allDone: Int32

        var all: [Int32] { [memory, items, room, allDone] }
    }

    // The header, in bytes from its start. A line is 128 bytes, since processors fetch cache lines of 64 in pairs.
    private static let line = 128
    private static let mark = 0x7468_7265_7368_7131  // "threshq1"
    private static let orderPlace = 8
    private static let limitPlace = 16
    private static let capacityPlace = 24
    private static let stagePlace = 32
    private static let putLockPlace = line
    private static let putStatePlace = 2 * line
    private static let getLockPlace = 3 * line
    private static let getStatePlace = 4 * line
    private static let donePlace = 5 * line
    private static let itemsBellPlace = 6 * line
    private static let roomBellPlace = 7 * line
    private static let doneBellPlace = 8 * line
    static let heapPlace = 16 * line
    private static let usedHeaderSize = 1 << 12
    /// Where the items begin; a multiple of whatever a page has.
    static let headerSize = 1 << 16
    /// How much memory for items there is at first, and after it was given back.
    static let leastCapacity = 1 << 16
    /// Less than this is not given back.
    static let keptCapacity = 1 << 20

    static let isOpen = 0
    static let isClosed = 1
    static let isDeleted = 2

    let header: UnsafeMutableRawPointer
    private let headerMapping: SharedMapping
    let descriptors: Descriptors
    let order: Order
    /// At most so many items; 0 for any number.
    let limit: Int

    let putLock: SharedLock
    let getLock: SharedLock
    let putSide: Side
    let getSide: Side
    let itemsBell: Bell
    let roomBell: Bell
    private let doneBell: Bell
    var putMapping: SharedMapping?
    var getMapping: SharedMapping?
    /// What the one side has last seen of the other, guarded by the lock of the one.
    let getsSeen: UnsafeMutablePointer<Side.State>
    let putsSeen: UnsafeMutablePointer<Side.State>

    /// A new queue. Errors: of the system, where there is no memory or no descriptor.
    static func make(_ order: Order, limit: Int) throws(Errno) -> SharedQueue {
        var made: [Int32] = []
        do throws(Errno) {
            made.append(try System.memoryFile("queue"))
            for _ in 0..<3 { made.append(try System.event()) }
            try System.reserve(made[0], offset: 0, count: usedHeaderSize)
            try System.reserve(made[0], offset: headerSize, count: leastCapacity)
            try System.sealLength(made[0])
            let header = try SharedMapping(made[0], offset: 0, count: headerSize)
            defer { header.unmap() }
            try SharedLock(at: header.base + putLockPlace).make()
            try SharedLock(at: header.base + getLockPlace).make()
            header.base.storeBytes(of: order.rawValue, toByteOffset: orderPlace, as: Int.self)
            header.base.storeBytes(of: limit, toByteOffset: limitPlace, as: Int.self)
            word(header.base, capacityPlace).pointee.store(leastCapacity, ordering: .relaxed)
            SharedQueue.makeHeap(header.base)
            header.base.storeBytes(of: mark, as: Int.self)
            return try SharedQueue(
                Descriptors(memory: made[0], items: made[1], room: made[2], allDone: made[3]))
        } catch {
            for descriptor in made { System.close(descriptor) }
            throw error
        }
    }

    /// A queue that another process has made. It owns the descriptors from now on; those of an attempt that failed stay the
    /// caller's.
    ///
    /// Errors: EINVAL where the memory is none of a queue.
    init(_ descriptors: Descriptors) throws(Errno) {
        guard try System.status(of: descriptors.memory).size >= SharedQueue.headerSize else { throw .invalidArgument }
        headerMapping = try SharedMapping(descriptors.memory, offset: 0, count: SharedQueue.headerSize)
        header = headerMapping.base
        let limit = header.load(fromByteOffset: SharedQueue.limitPlace, as: Int.self)
        guard header.load(as: Int.self) == SharedQueue.mark, limit >= 0,
            let order = Order(rawValue: header.load(fromByteOffset: SharedQueue.orderPlace, as: Int.self))
        else {
            headerMapping.unmap()
            throw .invalidArgument
        }
        self.order = order
        self.limit = limit
        self.descriptors = descriptors
        putLock = SharedLock(at: header + SharedQueue.putLockPlace)
        getLock = SharedLock(at: header + SharedQueue.getLockPlace)
        putSide = Side(at: header + SharedQueue.putStatePlace)
        getSide = Side(at: header + SharedQueue.getStatePlace)
        let seenPlace = SharedLock.size
        getsSeen = (header + SharedQueue.putLockPlace + seenPlace).assumingMemoryBound(to: Side.State.self)
        putsSeen = (header + SharedQueue.getLockPlace + seenPlace).assumingMemoryBound(to: Side.State.self)
        itemsBell = Bell(SharedQueue.word(header, SharedQueue.itemsBellPlace), descriptors.items)
        roomBell = Bell(SharedQueue.word(header, SharedQueue.roomBellPlace), descriptors.room)
        doneBell = Bell(SharedQueue.word(header, SharedQueue.doneBellPlace), descriptors.allDone)
    }

    deinit {
        putMapping?.unmap()
        getMapping?.unmap()
        headerMapping.unmap()
        for descriptor in descriptors.all { System.close(descriptor) }
    }

    @inline(__always)
    static func word(_ base: UnsafeMutableRawPointer, _ place: Int) -> UnsafeMutablePointer<Atomic<Int>> {
        (base + place).assumingMemoryBound(to: Atomic<Int>.self)
    }

    /// How many bytes the items may take now. Changed by who has all locks.
    var capacity: UnsafeMutablePointer<Atomic<Int>> {
        @inline(__always) get { SharedQueue.word(header, SharedQueue.capacityPlace) }
    }

    /// Whether the queue is open, closed or deleted.
    var stage: UnsafeMutablePointer<Atomic<Int>> {
        @inline(__always) get { SharedQueue.word(header, SharedQueue.stagePlace) }
    }

    private var doneCount: UnsafeMutablePointer<Atomic<Int>> { SharedQueue.word(header, SharedQueue.donePlace) }

    // MARK: Putting and getting

    /// Adds an item. Where it can't because the queue is full, `.wouldWait`, and `roomBell` tells when to try again.
    ///
    /// - Parameters:
    ///   - priority: of a queue of that order; the lowest comes out first.
    ///   - isBlock: the item holds NUL bytes.
    @inline(__always)
    func put(
        _ item: UnsafeRawBufferPointer, priority: Int = 0, isBlock: Bool = false, _ attempt: Attempt = .once
    ) throws(QueueError) -> Outcome {
        if order == .firstIn { return try ringPut(item, isBlock: isBlock, attempt) }
        return try heapPut(item, priority: priority, isBlock: isBlock, attempt)
    }

    /// Takes an item out. Where there is none, `.wouldWait`, and `itemsBell` tells when to try again.
    @inline(__always)
    func get(
        into item: inout Bytes, allowsBlock: Bool = true, _ attempt: Attempt = .once
    ) throws(QueueError) -> Outcome {
        if order == .firstIn { return try ringGet(into: &item, allowsBlock: allowsBlock, attempt) }
        return try heapGet(into: &item, allowsBlock: allowsBlock, attempt)
    }

    /// Watches for a moment whether something comes, which is cheaper than to sleep where the other side runs at this time.
    func watchForItems() {
        for _ in 0..<SharedQueue.watchLength {
            if putSide.state().count != getSide.state().count || stage.pointee.load(ordering: .relaxed) != 0 { return }
            for _ in 0..<8 { System.relax() }
        }
    }

    /// Watches for a moment whether there is room.
    func watchForRoom() {
        for _ in 0..<SharedQueue.watchLength {
            if size < limit || stage.pointee.load(ordering: .relaxed) != 0 { return }
            for _ in 0..<8 { System.relax() }
        }
    }

    /// Another processor may be about to do what is waited for.
    private static let hasCompany = Processors.available > 1
    /// Some ten microseconds.
    private static let watchLength = hasCompany ? 60 : 0

    // MARK: What there is

    /// How many items there are: at some moment during the call.
    var size: Int {
        let gets = getSide.state().count
        return max(0, putSide.state().count - gets)
    }

    var isFull: Bool { limit > 0 && size >= limit }

    /// How many items were put and not yet marked as done.
    var unfinished: Int {
        let done = doneCount.pointee.load(ordering: .sequentiallyConsistent)
        return max(0, putSide.state().count - done)
    }

    /// One more item that was put is done with; false if all are.
    func markDone() -> Bool {
        var done = doneCount.pointee.load(ordering: .sequentiallyConsistent)
        while true {
            guard done < putSide.state().count else { return false }
            let result = doneCount.pointee.compareExchange(
                expected: done, desired: done + 1, ordering: .sequentiallyConsistent)
            if result.exchanged { break }
            done = result.original
        }
        if unfinished == 0 { doneBell.ring() }
        return true
    }

    /// Whether all items that were put are done with; `.wouldWait` if not, and `descriptors.allDone` tells when to ask again.
    func allDone(_ attempt: Attempt = .once) -> Outcome {
        if let outcome = doneOutcome { return outcome }
        if attempt == .once { return .wouldWait }
        let mustRing = doneBell.arm(isAwoken: attempt == .afterSleep)
        guard let outcome = doneOutcome else { return .wouldWait }
        if mustRing { doneBell.ringAlways() }
        return outcome
    }

    private var doneOutcome: Outcome? {
        if unfinished == 0 { return .done }
        return stage.pointee.load(ordering: .sequentiallyConsistent) == SharedQueue.isDeleted ? .isDeleted : nil
    }

    // MARK: The end

    /// Nothing can be put from now on; `.isBusy` if that must be tried again.
    func close() throws(QueueError) -> Outcome {
        guard try takePutLock() else { return .isBusy }
        _ = stage.pointee.compareExchange(
            expected: SharedQueue.isOpen, desired: SharedQueue.isClosed, ordering: .sequentiallyConsistent)
        putLock.give()
        wakeAll()
        return .done
    }

    /// Nothing can be done with the queue from now on, in no process. What it held is given back as soon as nobody is at it.
    func delete() {
        stage.pointee.store(SharedQueue.isDeleted, ordering: .sequentiallyConsistent)
        wakeAll()
        guard (try? takePutLock()) == true else { return }
        if (try? takeGetLock()) == true {
            System.release(
                descriptors.memory, offset: SharedQueue.headerSize, count: capacity.pointee.load(ordering: .relaxed))
            getLock.give()
        }
        putLock.give()
    }

    /// Lets all that wait look again: after the end, and where a process has died that may have owed somebody a ring.
    func wakeAll() {
        itemsBell.ringAlways()
        roomBell.ringAlways()
        doneBell.ringAlways()
    }

    // MARK: Locks and memory

    /// A holder needs less than a microsecond as a rule; after this long one looks about.
    private static let patience: Int64 = 50_000_000
    private static let spins: Int32 = hasCompany ? 40 : 0

    /// False if somebody else has had it for long.
    @inline(__always)
    func takePutLock() throws(QueueError) -> Bool {
        do throws(Errno) {
            switch try putLock.take(spins: SharedQueue.spins, nanoseconds: SharedQueue.patience) {
            case .taken: return true
            case .busy: return false
            case .inherited:
                // Nothing of a ring is invalid between two stores.
                if order != .firstIn { inheritHeap() }
                putLock.repaired()
                return true
            }
        } catch { throw .isDamaged }
    }

    @inline(__always)
    func takeGetLock() throws(QueueError) -> Bool {
        do throws(Errno) {
            switch try getLock.take(spins: SharedQueue.spins, nanoseconds: SharedQueue.patience) {
            case .taken: return true
            case .busy: return false
            case .inherited:
                getLock.repaired()
                return true
            }
        } catch { throw .isDamaged }
    }

    /// The items, all of them, as the holder of the lock may use them.
    @inline(__always)
    func items(_ mapping: inout SharedMapping?) throws(QueueError) -> UnsafeMutableRawPointer {
        let capacity = capacity.pointee.load(ordering: .acquiring)
        if let mapping, mapping.count >= capacity { return mapping.base }
        return try map(&mapping, capacity)
    }

    @inline(never)
    private func map(_ mapping: inout SharedMapping?, _ capacity: Int) throws(QueueError) -> UnsafeMutableRawPointer {
        do throws(Errno) {
            let new = try SharedMapping(descriptors.memory, offset: SharedQueue.headerSize, count: capacity)
            mapping?.unmap()
            mapping = new
            return new.base
        } catch { throw .noMemory(error) }
    }

    /// Makes memory real for `new` bytes of items. The capacity stays: who calls sets it when the items are where they belong.
    func reserve(_ new: Int) throws(QueueError) {
        let old = capacity.pointee.load(ordering: .relaxed)
        do throws(Errno) {
            try System.reserve(descriptors.memory, offset: SharedQueue.headerSize + old, count: new - old)
        } catch { throw .noMemory(error) }
    }

    /// Gives back the memory of a queue that is empty. All locks are held.
    func shrink() {
        let old = capacity.pointee.load(ordering: .relaxed)
        capacity.pointee.store(SharedQueue.leastCapacity, ordering: .releasing)
        System.release(
            descriptors.memory, offset: SharedQueue.headerSize + SharedQueue.leastCapacity,
            count: old - SharedQueue.leastCapacity)
    }
}

/// Where one end of a ring is, and how many items have passed it. It is changed by one thread at a time, and read by all with no
/// lock.
///
/// There are two states; the lowest bit of a number says which of them is valid. The other one is written and then made valid
/// by counting the number up. So both words of a state change at once, and who reads sees by the number whether the
/// state was exchanged meanwhile.
struct Side {
    struct State: Equatable {
        var position: Int
        var count: Int
    }

    private let base: UnsafeMutableRawPointer

    init(at base: UnsafeMutableRawPointer) { self.base = base }

    @inline(__always)
    private var number: UnsafeMutablePointer<Atomic<Int>> { SharedQueue.word(base, 0) }

    @inline(__always)
    private func position(_ number: Int) -> UnsafeMutablePointer<Atomic<Int>> {
        SharedQueue.word(base, 8 + (number & 1) * 16)
    }

    @inline(__always)
    private func count(_ number: Int) -> UnsafeMutablePointer<Atomic<Int>> {
        SharedQueue.word(base, 16 + (number & 1) * 16)
    }

    /// For the holder of the lock.
    @inline(__always)
    var own: State {
        let number = number.pointee.load(ordering: .relaxed)
        return State(
            position: position(number).pointee.load(ordering: .relaxed),
            count: count(number).pointee.load(ordering: .relaxed))
    }

    /// For all.
    @inline(__always)
    func state() -> State {
        var current = number.pointee.load(ordering: .sequentiallyConsistent)
        while true {
            let state = State(
                position: position(current).pointee.load(ordering: .acquiring),
                count: count(current).pointee.load(ordering: .acquiring))
            let after = number.pointee.load(ordering: .sequentiallyConsistent)
            if after == current { return state }
            current = after
        }
    }

    /// For the holder of the lock: all that was written before is valid from now on.
    @inline(__always)
    func set(_ state: State) {
        let next = number.pointee.load(ordering: .relaxed) &+ 1
        position(next).pointee.store(state.position, ordering: .releasing)
        count(next).pointee.store(state.count, ordering: .releasing)
        number.pointee.store(next, ordering: .sequentiallyConsistent)
    }
}
