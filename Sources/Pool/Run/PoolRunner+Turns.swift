// Turns of the condition of `pwhile`. The condition runs on the runner's thread, when there is room for a job; while it waits, the
// runner's loop goes on in its place, but starts no jobs.

import Bytes
import Glibc
import Platform
import Shell

/// A turn that waits.
struct Turn {
    /// What it waits for has come.
    var isReady = false
    var deadline: UInt64?
}

/// The jobs of `pwhile`: one for each turn of its condition that succeeds.
package final class TurnSource: JobSource {
    let condition: LoopCondition
    private let shell: Interpreter
    private var ready: Job?
    private(set) var given = 0

    init(_ condition: LoopCondition, on shell: Interpreter) {
        self.condition = condition
        self.shell = shell
    }

    package override func next() throws(InputError) -> NextJob {
        if let job = ready {
            ready = nil
            return .job(job)
        }
        return condition.isOver ? .end : .askFirst
    }

    package override func ask() {
        guard let state = condition.next(shell) else { return }
        given += 1
        var job = Job(sequence: given, arguments: [])
        job.state = state
        ready = job
    }
}

extension PoolRunner {
    /// Has the condition take a turn.
    func ask() throws(OutputError) {
        guard let source = input as? TurnSource else { return }
        var failure: OutputError?
        source.condition.serve = { [self] (descriptors, deadline) throws(Errno) in
            // What is there already needs no waiting.
            let ready = try System.poll(&descriptors, timeoutMilliseconds: 0)
            if ready > 0 || failure != nil { return ready }
            do throws(OutputError) { try wait(for: descriptors, until: deadline, source.condition) } catch {
                failure = error
                source.condition.isOver = true
            }
            return try System.poll(&descriptors, timeoutMilliseconds: 0)
        }
        input.ask()
        source.condition.serve = nil
        if let failure { throw failure }
        for signal in source.condition.takeSignals() { try act(on: signal) }
        // Jobs hold on to the state of the shell until their end is seen.
        if source.given % PoolRunner.turnsBetweenLooks == 0 {
            try collectBatches()
            try handOnReady()
        }
    }

    private static let turnsBetweenLooks = 256

    /// Goes on with the run until one of the descriptors is ready, or the deadline has passed, or no more turns are wanted.
    private func wait(
        for descriptors: [pollfd], until deadline: UInt64?, _ condition: LoopCondition
    ) throws(OutputError) {
        try submitFilling()
        turn = Turn(deadline: deadline)
        let watchesSignals = descriptors.contains { $0.fd == Signals.descriptor }
        var unseen = SignalSet()
        let others = descriptors.filter { ![Signals.descriptor, shell.cancellation.wakeDescriptor].contains($0.fd) }
        for descriptor in others { watch(descriptor) }
        defer {
            for descriptor in others { loop.remove(descriptor.fd) }
            turn = nil
            Signals.putBack(unseen)
        }
        while true {
            for signal in condition.takeSignals() { try act(on: signal) }
            try collectBatches()
            try handOnReady()
            if phase > .running || isNested && shell.checkInterrupt() {
                condition.isOver = true
                return
            }
            if turn?.isReady ?? true { return }
            if Signals.pending {
                if watchesSignals { return }
                // Who waits for a child looks at signals when that has ended.
                unseen.formUnion(Signals.takePending())
            }
            if let deadline, Clock.monotonicNanoseconds() >= deadline { return }
            try sleep()
        }
    }

    private func watch(_ descriptor: pollfd) {
        var interest: EventLoop.Interest = []
        if descriptor.events & Int16(POLLIN) != 0 { interest.insert(.readable) }
        if descriptor.events & Int16(POLLOUT) != 0 { interest.insert(.writable) }
        do throws(Errno) { try loop.add(descriptor.fd, interest, token: Token.turn) } catch {
            // What can't be watched is always ready; what is watched already is something that wakes the runner.
            if error != .exists { turn?.isReady = true }
        }
    }
}
