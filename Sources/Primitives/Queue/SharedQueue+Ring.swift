// The items of a queue that gives first what came first: a ring of records. A record is a word, the item's length and in the
// highest bit whether it holds NUL bytes, and the item, filled up to whole words. Positions are counted from the queue's beginning
// and never go back; the place in the memory is the position modulo the capacity, a power of two. A record's first word is
// therefore never cut by the end of the memory, its bytes may be.

import Bytes
import Glibc
import Platform

extension SharedQueue {
    private static let blockMark = Int.min
    private static let wordSize = 8

    /// How much of the ring an item takes.
    @inline(__always)
    private static func recordSize(_ count: Int) -> Int { wordSize + (count + wordSize - 1) & ~(wordSize - 1) }

    @inline(__always)
    func ringPut(_ item: UnsafeRawBufferPointer, isBlock: Bool, _ attempt: Attempt) throws(QueueError) -> Outcome {
        guard try takePutLock() else { return .isBusy }
        let outcome: Outcome
        do throws(QueueError) {
            outcome = try lockedRingPut(item, isBlock: isBlock, attempt)
        } catch {
            putLock.give()
            throw error
        }
        putLock.give()
        if outcome == .done { itemsBell.ring() }
        return outcome
    }

    @inline(__always)
    private func lockedRingPut(
        _ item: UnsafeRawBufferPointer, isBlock: Bool, _ attempt: Attempt
    ) throws(QueueError) -> Outcome {
        let stage = stage.pointee.load(ordering: .sequentiallyConsistent)
        if stage != SharedQueue.isOpen { return stage == SharedQueue.isClosed ? .isClosed : .isDeleted }
        let tail = putSide.own
        if limit > 0, tail.count - getsSeen.pointee.count >= limit {
            getsSeen.pointee = getSide.state()
            if tail.count - getsSeen.pointee.count >= limit, let outcome = waitForRoom(tail.count, attempt) {
                return outcome
            }
        }
        let size = SharedQueue.recordSize(item.count)
        if tail.position + size - getsSeen.pointee.position > capacity.pointee.load(ordering: .relaxed) {
            getsSeen.pointee = getSide.state()
            if tail.position + size - getsSeen.pointee.position > capacity.pointee.load(ordering: .relaxed) {
                guard try growRing(tail, by: size) else { return .isBusy }
            }
        }
        let items = try items(&putMapping)
        let capacity = capacity.pointee.load(ordering: .relaxed)
        let place = tail.position & (capacity - 1)
        items.storeBytes(
            of: item.count | (isBlock ? SharedQueue.blockMark : 0), toByteOffset: place, as: Int.self)
        if let source = item.baseAddress, !item.isEmpty {
            let start = (place + SharedQueue.wordSize) & (capacity - 1)
            let first = min(item.count, capacity - start)
            memcpy(items + start, source, first)
            if first < item.count { memcpy(items, source + first, item.count - first) }
        }
        putSide.set(Side.State(position: tail.position + size, count: tail.count + 1))
        return .done
    }

    /// Nil if there is room after all.
    @inline(never)
    private func waitForRoom(_ puts: Int, _ attempt: Attempt) -> Outcome? {
        if attempt == .once { return .wouldWait }
        let mustRing = roomBell.arm(isAwoken: attempt == .afterSleep)
        getsSeen.pointee = getSide.state()
        let stage = stage.pointee.load(ordering: .sequentiallyConsistent)
        if stage == SharedQueue.isOpen && puts - getsSeen.pointee.count >= limit { return .wouldWait }
        if mustRing { roomBell.ringAlways() }
        if stage == SharedQueue.isOpen { return nil }
        return stage == SharedQueue.isClosed ? .isClosed : .isDeleted
    }

    @inline(__always)
    func ringGet(into item: inout Bytes, allowsBlock: Bool, _ attempt: Attempt) throws(QueueError) -> Outcome {
        guard try takeGetLock() else { return .isBusy }
        let outcome: Outcome
        do throws(QueueError) {
            outcome = try lockedRingGet(into: &item, allowsBlock: allowsBlock, attempt)
        } catch {
            getLock.give()
            throw error
        }
        getLock.give()
        if outcome == .done && limit > 0 { roomBell.ring() }
        return outcome
    }

    @inline(__always)
    private func lockedRingGet(
        into item: inout Bytes, allowsBlock: Bool, _ attempt: Attempt
    ) throws(QueueError) -> Outcome {
        let head = getSide.own
        if head.position == putsSeen.pointee.position, let outcome = waitForItems(head, attempt) { return outcome }
        // An item that is here stays until the queue is deleted.
        if stage.pointee.load(ordering: .relaxed) == SharedQueue.isDeleted { return .isDeleted }
        let items = try items(&getMapping)
        let capacity = capacity.pointee.load(ordering: .relaxed)
        let place = head.position & (capacity - 1)
        let word = items.load(fromByteOffset: place, as: Int.self)
        let count = word & ~SharedQueue.blockMark
        guard count <= putsSeen.pointee.position - head.position - SharedQueue.wordSize, count <= capacity else {
            throw .isDamaged
        }
        if word < 0 && !allowsBlock { return .isBlock }
        let start = (place + SharedQueue.wordSize) & (capacity - 1)
        let first = min(count, capacity - start)
        item = Bytes(UnsafeRawBufferPointer(start: items + start, count: first))
        if first < count {
            item.reserveCapacity(count)
            item.append(
                contentsOf: UnsafeBufferPointer(
                    start: items.assumingMemoryBound(to: UInt8.self), count: count - first))
        }
        getSide.set(Side.State(position: head.position + SharedQueue.recordSize(count), count: head.count + 1))
        return .done
    }

    /// Nil if there is something after all.
    private func waitForItems(_ head: Side.State, _ attempt: Attempt) -> Outcome? {
        if look(head.position) { return nil }
        let stage = stage.pointee.load(ordering: .sequentiallyConsistent)
        if stage != SharedQueue.isOpen {
            // What was put just before it was closed.
            if look(head.position) { return nil }
            return stage == SharedQueue.isClosed ? .isClosed : .isDeleted
        }
        if capacity.pointee.load(ordering: .relaxed) > SharedQueue.keptCapacity { shrinkRing() }
        if attempt == .once { return .wouldWait }
        let mustRing = itemsBell.arm(isAwoken: attempt == .afterSleep)
        let after = self.stage.pointee.load(ordering: .sequentiallyConsistent)
        if look(head.position) {
            if mustRing { itemsBell.ringAlways() }
            return nil
        }
        if after == SharedQueue.isOpen { return .wouldWait }
        if mustRing { itemsBell.ringAlways() }
        return after == SharedQueue.isClosed ? .isClosed : .isDeleted
    }

    /// Whether something lies at `position`, the head.
    private func look(_ position: Int) -> Bool {
        putsSeen.pointee = putSide.state()
        return putsSeen.pointee.position != position
    }

    // MARK: Memory

    /// Makes room for `size` bytes more, with the put lock held; false if the get lock can't be had soon.
    ///
    /// The new capacity is a multiple of the old one. A position's new place is then either the old one or in the new memory:
    /// records are copied out of the way of nothing, and become valid in their new places with the new capacity.
    @inline(never)
    private func growRing(_ tail: Side.State, by size: Int) throws(QueueError) -> Bool {
        guard try takeGetLock() else { return false }
        defer { getLock.give() }
        let head = getSide.own
        getsSeen.pointee = head
        let old = capacity.pointee.load(ordering: .relaxed)
        var new = old
        while tail.position + size - head.position > new {
            if new > Int.max / 4 { throw .noMemory(.outOfMemory) }
            new *= 2
        }
        if new == old { return true }
        try reserve(new)
        let mapping: SharedMapping
        do throws(Errno) {
            mapping = try SharedMapping(descriptors.memory, offset: SharedQueue.headerSize, count: new)
        } catch { throw .noMemory(error) }
        putMapping?.unmap()
        putMapping = mapping
        var position = head.position
        while position < tail.position {
            let from = position & (old - 1)
            let to = position & (new - 1)
            let count = min(tail.position - position, old - from)
            if from != to { memcpy(mapping.base + to, mapping.base + from, count) }
            position += count
        }
        capacity.pointee.store(new, ordering: .releasing)
        return true
    }

    /// Gives memory back, with the get lock held, if the queue is empty and nobody puts.
    @inline(never)
    private func shrinkRing() {
        // The order of the locks is the other one: it is taken only if it is free.
        guard let taken = try? putLock.takeIfFree(), taken != .busy else { return }
        if taken == .inherited { putLock.repaired() }
        if putSide.own.position == getSide.own.position { shrink() }
        putLock.give()
    }
}
