// The items of a queue that gives first what came last, or what has the lowest number as its priority: blocks of memory, and a
// heap of those that are in use. One lock guards all.
//
// A block is in use when its first word says so: that word is the commit of a put and of a get. All else can be found again
// from the blocks: the heap, the lists of free blocks and the counts. Who inherits the lock from somebody who died does that.
//
// The heap is a skew heap: a tree in which a block comes out before its children, and the only operation is to merge two of them along
// their right edges, exchanging left and right on the way. That costs a logarithm on average, needs no memory beside the two
// links in each block; and where the newest always comes out first, the tree is a chain and the heap a stack.

import Bytes
import Glibc
import Platform
import struct Synchronization.Atomic

/// A block, by its place among the items: its size and whether it is in use, then what it holds.
private struct Block {
    static let headerSize = 48
    static let inUse = 1
    static let blockMark = Int.min

    let address: UnsafeMutableRawPointer

    @inline(__always)
    init(_ items: UnsafeMutableRawPointer, _ place: Int) { address = items + place }

    /// The size, and in the lowest bit whether it is used. All that was written before is valid once this is.
    @inline(__always)
    var word: UnsafeMutablePointer<Atomic<Int>> { SharedQueue.word(address, 0) }

    @inline(__always)
    private func field(_ place: Int) -> UnsafeMutablePointer<Int> {
        (address + place).assumingMemoryBound(to: Int.self)
    }

    var priority: UnsafeMutablePointer<Int> { @inline(__always) get { field(8) } }
    /// The how manieth item this was.
    var sequence: UnsafeMutablePointer<Int> { @inline(__always) get { field(16) } }
    /// The item's length, and in the highest bit whether it holds NUL bytes.
    var length: UnsafeMutablePointer<Int> { @inline(__always) get { field(24) } }
    /// The places of the children; of a free block the left one is the next in its list. 0 is none.
    var left: UnsafeMutablePointer<Int> { @inline(__always) get { field(32) } }
    var right: UnsafeMutablePointer<Int> { @inline(__always) get { field(40) } }
    var bytes: UnsafeMutableRawPointer { @inline(__always) get { address + Block.headerSize } }
}

/// The sizes that blocks have: 64 bytes, and four between each power of two and the next, so that at most a fifth is unused.
private struct BlockSize {
    static let count = 224

    let bytes: Int
    let number: Int

    /// Nil for what no machine has.
    init?(atLeast needed: Int) {
        if needed > Int.max / 4 { return nil }
        if needed <= 64 {
            (bytes, number) = (64, 0)
            return
        }
        let exponent = Int.bitWidth - 1 - (needed - 1).leadingZeroBitCount
        let step = 1 << (exponent - 2)
        let steps = (needed - (1 << exponent) + step - 1) / step
        bytes = 1 << exponent + steps * step
        number = (exponent - 6) * 4 + steps
    }
}

extension SharedQueue {
    private static let firstPlace = 64

    @inline(__always)
    private func heapField(_ number: Int) -> UnsafeMutablePointer<Int> {
        (header + SharedQueue.heapPlace).assumingMemoryBound(to: Int.self) + number
    }

    /// The block that comes out next; 0 if there is none.
    private var root: UnsafeMutablePointer<Int> { heapField(0) }
    /// Somebody died with the lock: `repairHeap` is due.
    private var isBroken: UnsafeMutablePointer<Int> { heapField(1) }
    /// Where what was never a block begins. Stored after the block before it was made one.
    private var end: UnsafeMutablePointer<Atomic<Int>> { SharedQueue.word(header, SharedQueue.heapPlace + 16) }
    /// The first free block of each size.
    private var free: UnsafeMutablePointer<Int> { heapField(8) }

    static func makeHeap(_ header: UnsafeMutableRawPointer) {
        word(header, heapPlace + 16).pointee.store(firstPlace, ordering: .relaxed)
    }

    func inheritHeap() { isBroken.pointee = 1 }

    func heapPut(
        _ item: UnsafeRawBufferPointer, priority: Int, isBlock: Bool, _ attempt: Attempt
    ) throws(QueueError) -> Outcome {
        guard try takePutLock() else { return .isBusy }
        let outcome: Outcome
        do throws(QueueError) {
            outcome = try lockedHeapPut(item, priority: priority, isBlock: isBlock, attempt)
        } catch {
            putLock.give()
            throw error
        }
        putLock.give()
        if outcome == .done { itemsBell.ring() }
        return outcome
    }

    private func lockedHeapPut(
        _ item: UnsafeRawBufferPointer, priority: Int, isBlock: Bool, _ attempt: Attempt
    ) throws(QueueError) -> Outcome {
        let stage = stage.pointee.load(ordering: .sequentiallyConsistent)
        if stage != SharedQueue.isOpen { return stage == SharedQueue.isClosed ? .isClosed : .isDeleted }
        if isBroken.pointee != 0 { try repairHeap() }
        let puts = putSide.own.count
        if limit > 0, puts - getSide.own.count >= limit {
            if attempt == .once { return .wouldWait }
            // Nobody gets anything while this has the lock.
            _ = roomBell.arm(isAwoken: attempt == .afterSleep)
            return afterArming(roomBell)
        }
        guard let size = BlockSize(atLeast: Block.headerSize + item.count) else { throw .noMemory(.outOfMemory) }
        let place = try takeBlock(size)
        let block = Block(try items(&putMapping), place)
        block.priority.pointee = priority
        block.sequence.pointee = puts
        block.length.pointee = item.count | (isBlock ? Block.blockMark : 0)
        if let source = item.baseAddress { memcpy(block.bytes, source, item.count) }
        block.word.pointee.store(size.bytes | Block.inUse, ordering: .releasing)
        link(place, block.address - place)
        putSide.set(Side.State(position: 0, count: puts + 1))
        return .done
    }

    func heapGet(into item: inout Bytes, allowsBlock: Bool, _ attempt: Attempt) throws(QueueError) -> Outcome {
        guard try takePutLock() else { return .isBusy }
        let outcome: Outcome
        do throws(QueueError) {
            outcome = try lockedHeapGet(into: &item, allowsBlock: allowsBlock, attempt)
        } catch {
            putLock.give()
            throw error
        }
        putLock.give()
        if outcome == .done && limit > 0 { roomBell.ring() }
        return outcome
    }

    private func lockedHeapGet(
        into item: inout Bytes, allowsBlock: Bool, _ attempt: Attempt
    ) throws(QueueError) -> Outcome {
        let stage = stage.pointee.load(ordering: .sequentiallyConsistent)
        if stage == SharedQueue.isDeleted { return .isDeleted }
        if isBroken.pointee != 0 { try repairHeap() }
        let place = root.pointee
        if place == 0 {
            if stage == SharedQueue.isClosed { return .isClosed }
            if attempt == .once { return .wouldWait }
            _ = itemsBell.arm(isAwoken: attempt == .afterSleep)
            return afterArming(itemsBell)
        }
        let items = try items(&putMapping)
        guard let block = usedBlock(items, place) else { throw .isDamaged }
        let length = block.length.pointee
        if length < 0 && !allowsBlock { return .isBlock }
        item = Bytes(UnsafeRawBufferPointer(start: block.bytes, count: length & ~Block.blockMark))
        let size = block.word.pointee.load(ordering: .relaxed) & ~Block.inUse
        block.word.pointee.store(size, ordering: .releasing)
        root.pointee = merge(block.left.pointee, block.right.pointee, items)
        if let size = BlockSize(atLeast: size) {
            block.left.pointee = free[size.number]
            free[size.number] = place
        }
        let gets = getSide.own.count + 1
        getSide.set(Side.State(position: 0, count: gets))
        if root.pointee == 0, capacity.pointee.load(ordering: .relaxed) > SharedQueue.keptCapacity {
            end.pointee.store(SharedQueue.firstPlace, ordering: .releasing)
            free.update(repeating: 0, count: BlockSize.count)
            shrink()
        }
        return .done
    }

    /// What who armed a bell with the lock held is to do: nothing but the queue's end can have come in between.
    private func afterArming(_ bell: Bell) -> Outcome {
        let stage = stage.pointee.load(ordering: .sequentiallyConsistent)
        if stage == SharedQueue.isOpen { return .wouldWait }
        bell.ringAlways()
        return stage == SharedQueue.isClosed ? .isClosed : .isDeleted
    }

    // MARK: Blocks

    /// The place of a free block.
    private func takeBlock(_ size: BlockSize) throws(QueueError) -> Int {
        let first = free[size.number]
        if first != 0 {
            let items = try items(&putMapping)
            guard first > 0, first + size.bytes <= end.pointee.load(ordering: .relaxed) else { throw .isDamaged }
            free[size.number] = Block(items, first).left.pointee
            return first
        }
        let place = end.pointee.load(ordering: .relaxed)
        let old = capacity.pointee.load(ordering: .relaxed)
        if place + size.bytes > old {
            var new = old
            while place + size.bytes > new { new *= 2 }
            try reserve(new)
            capacity.pointee.store(new, ordering: .releasing)
        }
        let block = Block(try items(&putMapping), place)
        block.word.pointee.store(size.bytes, ordering: .relaxed)
        end.pointee.store(place + size.bytes, ordering: .releasing)
        return place
    }

    private func usedBlock(_ items: UnsafeMutableRawPointer, _ place: Int) -> Block? {
        let end = end.pointee.load(ordering: .relaxed)
        guard place > 0, place + Block.headerSize <= end else { return nil }
        let block = Block(items, place)
        let word = block.word.pointee.load(ordering: .relaxed)
        let length = block.length.pointee & ~Block.blockMark
        guard word & Block.inUse != 0, word - Block.inUse <= end - place,
            length <= word - Block.inUse - Block.headerSize
        else { return nil }
        return block
    }

    // MARK: The heap

    @inline(__always)
    private func link(_ place: Int, _ items: UnsafeMutableRawPointer) {
        let block = Block(items, place)
        block.left.pointee = 0
        block.right.pointee = 0
        root.pointee = merge(root.pointee, place, items)
    }

    @inline(__always)
    private func isBefore(_ a: Block, _ b: Block) -> Bool {
        if order == .lastIn { return a.sequence.pointee > b.sequence.pointee }
        let (first, second) = (a.priority.pointee, b.priority.pointee)
        return first < second || (first == second && a.sequence.pointee < b.sequence.pointee)
    }

    /// The root of a heap of all that two heaps hold.
    private func merge(_ first: Int, _ second: Int, _ items: UnsafeMutableRawPointer) -> Int {
        if first == 0 { return second }
        if second == 0 { return first }
        var (upper, lower) = (first, second)
        if isBefore(Block(items, lower), Block(items, upper)) { swap(&upper, &lower) }
        let root = upper
        while true {
            // What is left of `upper`'s right edge is merged with `lower`, and becomes its left child.
            let block = Block(items, upper)
            let rest = block.right.pointee
            block.right.pointee = block.left.pointee
            if rest == 0 {
                block.left.pointee = lower
                return root
            }
            if isBefore(Block(items, lower), Block(items, rest)) {
                block.left.pointee = lower
                (upper, lower) = (lower, rest)
            } else {
                block.left.pointee = rest
                upper = rest
            }
        }
    }

    /// Finds the heap, the free blocks and the counts again from the blocks, with the lock held.
    @inline(never)
    private func repairHeap() throws(QueueError) {
        let items = try items(&putMapping)
        let end = end.pointee.load(ordering: .relaxed)
        guard end <= capacity.pointee.load(ordering: .relaxed) else { throw .isDamaged }
        root.pointee = 0
        free.update(repeating: 0, count: BlockSize.count)
        var used = 0
        var place = SharedQueue.firstPlace
        while place < end {
            let block = Block(items, place)
            let word = block.word.pointee.load(ordering: .relaxed)
            let bytes = word & ~Block.inUse
            guard bytes <= end - place, let size = BlockSize(atLeast: bytes), size.bytes == bytes else {
                throw .isDamaged
            }
            if word & Block.inUse != 0 {
                used += 1
                link(place, items)
            } else {
                block.left.pointee = free[size.number]
                free[size.number] = place
            }
            place += bytes
        }
        // At most one of the two was under way.
        let (puts, gets) = (putSide.own.count, getSide.own.count)
        if used > puts - gets {
            putSide.set(Side.State(position: 0, count: gets + used))
        } else if used < puts - gets {
            getSide.set(Side.State(position: 0, count: puts - used))
        }
        isBroken.pointee = 0
    }
}
