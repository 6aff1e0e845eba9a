// A lock of the shell: who has it is one word in memory, so that taking and giving back a lock that nobody else wants is two atomic
// operations. All that is not so easy lies in LockGraph.swift: who waits, for whom, and what happens when a holder ends.
//
// The word is the holder's number, shifted left by one, and a bit that says that somebody waits. While the bit is set the lock
// is given back under the graph's mutex only; so one who waits can look at the holder without it changing under the eyes.
//
// A holder that ends without giving the lock back leaves it abandoned: what the lock guards may be half done. Whoever wants it is
// told so, and by whom it was held, instead of waiting for ever.

import Bytes
import Platform
import Shell
import struct Synchronization.Atomic

/// Lock: `word` is an atomic; `depth` belongs to the holder; the variables below it to `LockGraph`.
final class Lock: @unchecked Sendable {
    /// What messages call it: `'name'`.
    let title: Bytes
    let isReentrant: Bool
    /// What keeps others out that are not of this shell.
    let file: LockFile?
    let word = Atomic<UInt64>(0)
    /// How often the holder has taken it again.
    var depth = 0
    /// Who sleeps, in the order in which they came.
    var waiters: [LockWaiter] = []
    /// One that was woken has not looked yet.
    var wakesOne = false
    /// When it was last kept for one that slept.
    var keptAt: UInt64 = 0
    /// Who held it when it ended.
    var abandonedBy: Bytes?
    /// How long looking again and again has paid, in rounds.
    private let patience = Atomic<Int>(20)

    static let waitBit: UInt64 = 1
    /// The holder of a lock that was deleted.
    static let nobody = UInt64.max >> 1

    init(title: Bytes, isReentrant: Bool = false, file: LockFile? = nil) {
        self.title = title
        self.isReentrant = isReentrant
        self.file = file
    }

    /// The number of who holds it; 0: it is free.
    var holder: UInt64 { word.load(ordering: .acquiring) >> 1 }

    /// Takes the lock for its own and not for others; what a claimant that waits can do for it is to be quick.
    @inline(__always)
    private func takeFree(_ claimant: Claimant) -> Bool {
        word.compareExchange(expected: 0, desired: claimant.id << 1, ordering: .acquiring).exchanged
    }

    /// Takes the lock if it is there for the taking; false: `acquire` may.
    @inline(__always)
    func acquireAtOnce(_ claimant: Claimant) -> Bool {
        guard file == nil, takeFree(claimant) else { return false }
        claimant.held.append(self)
        return true
    }

    /// Takes the lock, waiting for it.
    ///
    /// - Parameter waits: false: say that it is busy instead.
    @inline(__always)
    func acquire(
        _ claimant: Claimant, _ sh: Interpreter, waits: Bool = true, until deadline: UInt64? = nil,
        takesAbandoned: Bool = false
    ) throws(Unwind) -> Acquired {
        guard file == nil, takeFree(claimant) else {
            return try acquireSlow(claimant, sh, waits: waits, until: deadline, takesAbandoned: takesAbandoned)
        }
        claimant.held.append(self)
        return .done
    }

    @inline(never)
    private func acquireSlow(
        _ claimant: Claimant, _ sh: Interpreter, waits: Bool, until deadline: UInt64?, takesAbandoned: Bool
    ) throws(Unwind) -> Acquired {
        if holder == claimant.id {
            if isReentrant {
                depth += 1
                return .done
            }
            if !waits { return .busy }
            return .deadlock(
                "it would be a deadlock: " + claimant.name + " holds " + title
                    + " already, and it is not re-entrant")
        }
        var acquired = Acquired.done
        if !takeFree(claimant) && !(waits && look(claimant)) {
            acquired = try LockGraph.acquire(
                self, claimant, sh, waits: waits, until: deadline, takesAbandoned: takesAbandoned)
        }
        guard case .done = acquired else { return acquired }
        claimant.held.append(self)
        guard let file else { return .done }
        do throws(Unwind) {
            acquired = try file.lock(sh, waits: waits, until: deadline)
        } catch {
            release(claimant)
            throw error
        }
        if case .done = acquired { return acquired }
        release(claimant)
        return acquired
    }

    /// Looks again and again for a moment: on another processor the holder may be about to give it back, long before this
    /// thread could fall asleep and be woken.
    private func look(_ claimant: Claimant) -> Bool {
        guard Processors.mayRunAtOnce else { return false }
        let known = patience.load(ordering: .relaxed)
        let limit = min(2 * known + 10, 400)
        var rounds = 0
        var isTaken = false
        while rounds < limit && !isTaken {
            Threads.pause()
            rounds += 1
            let now = word.load(ordering: .relaxed)
            if now >> 1 == 0 {
                isTaken =
                    word.compareExchange(
                        expected: now, desired: claimant.id << 1 | now & Lock.waitBit, ordering: .acquiring
                    ).exchanged
            }
        }
        patience.store(known + (rounds - known) / 8, ordering: .relaxed)
        return isTaken
    }

    /// Gives the lock back; false if the claimant does not hold it.
    @inline(__always)
    @discardableResult
    func release(_ claimant: Claimant) -> Bool {
        guard word.load(ordering: .relaxed) >> 1 == claimant.id else { return false }
        if depth > 0 {
            depth -= 1
            return true
        }
        claimant.drop(self)
        file?.unlock()
        let isFree = word.compareExchange(expected: claimant.id << 1, desired: 0, ordering: .releasing).exchanged
        if !isFree { LockGraph.release(self) }
        return true
    }
}

/// What came of wanting a lock.
enum Acquired {
    case done
    /// Somebody has it, and waiting was not wanted.
    case busy
    /// Waiting would have been for ever, as the message says.
    case deadlock(Bytes)
    /// Its holder, of that name, has ended without giving it back.
    case abandoned(Bytes)
    case timedOut
    case interrupted(Int32)
    /// It was deleted meanwhile.
    case deleted
    /// The file cannot be locked.
    case failed(Bytes)
}

/// Who takes locks: a thread of the shell, a stage of a pipeline, a job on a thread, or a thread of another process.
///
/// Thread: that of its interpreter.
/// Ownership: the interpreter's; with its end what it holds is abandoned.
final class Claimant {
    let id: UInt64
    let name: Bytes
    /// What it holds, the last taken last.
    var held: [Lock] = []
    /// The locks that it has used last.
    var known = NameCache<Lock>()

    init(_ sh: Interpreter) {
        id = sh.identity
        // What asks for another process has its name, and no other is a copy with a name of its own.
        name = sh.isCopy && sh.peer < 0 ? sh.threadName + " (subshell)" : sh.threadName
        LockGraph.begin(self)
    }

    deinit { LockGraph.end(self) }

    @inline(__always)
    func drop(_ lock: Lock) {
        if let last = held.last, last === lock {
            held.removeLast()
        } else {
            held.removeAll { $0 === lock }
        }
    }
}

extension Interpreter {
    /// This interpreter as one that takes locks.
    @inline(__always)
    func claimant() throws(Unwind) -> Claimant {
        let companion = try companionOfPrimitives()
        if let claimant = companion.claimant { return claimant }
        let new = Claimant(self)
        companion.claimant = new
        return new
    }
}
