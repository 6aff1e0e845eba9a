// Waiting, with a lock held, for what somebody else changes under the same lock. wait gives the lock back while it sleeps and has it again when
// it returns. Notifying wakes those who have waited longest; a notification that comes just when its waiter goes away is passed on.

import Bytes
import Glibc
import Platform
import Shell

/// A condition of something that a lock guards.
///
/// Lock: `sleepers`.
final class LockCondition: Sendable {
    /// One that sleeps until it is notified.
    ///
    /// Lock: that of the list.
    private final class Sleeper: @unchecked Sendable {
        let waker: Waker
        var isNotified = false

        init(_ waker: Waker) { self.waker = waker }
    }

    let title: Bytes
    let lock: Lock
    /// The lock is the condition's own, of no other name.
    let ownsLock: Bool
    private let sleepers = Mutex<[Sleeper]>([])

    init(title: Bytes, lock: Lock?) {
        self.title = title
        self.lock = lock ?? Lock(title: title, isReentrant: true)
        ownsLock = lock == nil
    }

    var waiterCount: Int { sleepers.withLock { $0.count } }

    /// Notifies so many of those that sleep, those that came first.
    func notify(_ count: Int) {
        let woken = sleepers.withLock { list -> [Sleeper] in
            let woken = Array(list.prefix(count))
            list.removeFirst(woken.count)
            for sleeper in woken { sleeper.isNotified = true }
            return woken
        }
        for sleeper in woken { sleeper.waker.wake() }
    }

    /// Gives the lock back, sleeps until notified, and takes the lock again; the claimant holds it.
    ///
    /// - Returns: what ended the sleep, and what came of taking the lock again: it is not held if that failed.
    func wait(
        _ claimant: Claimant, _ sh: Interpreter, until deadline: UInt64?
    ) throws(Unwind) -> (Waited<Bool>, again: Acquired) {
        let waker = try sh.companionOfPrimitives().waker
        let sleeper = Sleeper(waker)
        sleepers.withLock { $0.append(sleeper) }
        let depth = lock.depth
        lock.depth = 0
        lock.release(claimant)
        let waited: Waited<Bool>
        do throws(Unwind) {
            waited = try sleep(sleeper, sh, until: deadline)
        } catch {
            // Who is cancelled or leaves for a trap's sake does not wait for the lock.
            if isNotified(sleeper) { notify(1) }
            throw error
        }
        while true {
            let again = try lock.acquire(claimant, sh)
            if case .interrupted = again { continue }
            if case .done = again { lock.depth = depth }
            return (waited, again)
        }
    }

    private func sleep(
        _ sleeper: Sleeper, _ sh: Interpreter, until deadline: UInt64?
    ) throws(Unwind) -> Waited<Bool> {
        while true {
            sleeper.waker.clear()
            if sleepers.withLock({ _ in sleeper.isNotified }) { return .done(true) }
            var descriptors = [pollfd(fd: sleeper.waker.descriptor, events: Int16(POLLIN), revents: 0)]
            switch try sh.sleep(on: &descriptors, until: deadline) {
            case .ready: break
            case .timedOut: return isNotified(sleeper) ? .done(true) : .timedOut
            case .interrupted(let signal): return isNotified(sleeper) ? .done(true) : .interrupted(signal)
            }
        }
    }

    /// The sleeper goes away; whether it was notified before that.
    private func isNotified(_ sleeper: Sleeper) -> Bool {
        sleepers.withLock { list in
            list.removeAll { $0 === sleeper }
            return sleeper.isNotified
        }
    }
}

extension Noun {
    static let condition = Noun(
        name: "condition",
        summary: "wait for what another thread or process changes under a lock",
        details: """
            A condition has a lock, its own, which is re-entrant, or one made by 'lock
            new'. Who waits must hold it: wait gives it back while it sleeps, and has
            it again when it returns. Waking up does not mean that what one waits for
            is so: wait in a loop, or with wait-for, which runs a command again and
            again until it succeeds, asleep between.
            The exit status of wait is 124 when the time of -t is over; that of
            acquire is that of lock acquire.
            """,
        examples: """
            condition new c
            condition with c condition wait-for c test -s results
            condition with c append_result; condition notify-all c
            """,
        verbs: [
            Verb(
                "new", "[--lock lock] name", "make a condition",
                options: [VerbOption(nil, "lock", value: "lock", "a lock that there is, instead of one of its own")],
                completes: .nothing
            ) { (call) throws(Unwind) in try ConditionVerbs.new(&call) },
            Verb(
                "acquire", "[-n] [-a] [-t seconds] name", "take the lock, waiting for it",
                options: [.atOnce, .abandonedToo, .timeout]
            ) { (call) throws(Unwind) in try ConditionVerbs.acquire(&call) },
            Verb("release", "name", "give the lock back") { (call) throws(Unwind) in
                try ConditionVerbs.release(&call)
            },
            Verb(
                "with", "[-n] [-a] [-t seconds] [-E status] name command [argument…]",
                "run a command with the lock held; its exit status",
                options: [.atOnce, .abandonedToo, .timeout, .elseStatus], completes: .nameThenCommand
            ) { (call) throws(Unwind) in try ConditionVerbs.with(&call) },
            Verb(
                "wait", "[-t seconds] name", "give the lock back, wait for a notification, take the lock again",
                options: [.timeout]
            ) { (call) throws(Unwind) in try ConditionVerbs.wait(&call) },
            Verb(
                "wait-for", "[-t seconds] name command [argument…]", "wait until the command succeeds",
                options: [.timeout], completes: .nameThenCommand
            ) { (call) throws(Unwind) in try ConditionVerbs.waitFor(&call) },
            Verb(
                "notify", "[-n count] name", "wake the one who has waited longest, or so many",
                options: [VerbOption("n", "count", value: "count", "wake so many")]
            ) { (call) throws(Unwind) in try ConditionVerbs.notify(&call) },
            Verb("notify-all", "name", "wake all who wait") { (call) throws(Unwind) in
                try ConditionVerbs.notifyAll(&call)
            },
            Verb("break", "name", "make the lock free if its holder has ended without releasing it") {
                (call) throws(Unwind) in try ConditionVerbs.breakAbandoned(&call)
            },
            Verb("list", "[--json]", "show the conditions", options: [.json], completes: .nothing) {
                (call) throws(Unwind) in try ConditionVerbs.list(&call)
            },
            Verb("delete", "name", "delete a condition for which nobody waits") { (call) throws(Unwind) in
                try ConditionVerbs.delete(&call)
            },
        ], names: { _ in ConditionVerbs.conditions.candidates })
}
