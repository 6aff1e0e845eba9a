// Cleanup that always runs: what `defer` has put off to the end of a scope, and the part after `always`.
//
// Whatever leaves a scope goes through the interpreter as an `Unwind`: `break`, `return`, `exit`, an error, the end of a cancelled
// job. So cleanup is something that is run on the way, and then the way is gone on. Signals are the exception: by default they end a
// process at once. From the first cleanup on, a shell that is not interactive therefore catches those that ask it to end; such a
// signal then is an `exit` after which the shell dies of the signal.
//
// While cleanup runs, what asked for the end is not asked again (`shieldDepth`), or the first command of the cleanup would be
// ended by it.

import Bytes
import Glibc
import Platform
import Syntax

/// A command that `defer` has put off.
struct Deferred: Sendable {
    enum Action: Sendable {
        /// A command with its arguments.
        case words([Bytes])
        /// Commands as text.
        case text(Bytes)
    }

    let action: Action
    /// How many functions and files were running: it belongs to the innermost.
    let depth: Int
    let position: Position
    let sourceName: Bytes

    /// As a command.
    var source: Bytes {
        switch action {
        case .words(let words): "defer " + words.map { Quoting.shell($0) }.joined(by: " ")
        case .text(let text): "defer " + (text.isEmpty ? "''" : Quoting.shell(text))
        }
    }
}

/// `{ list } always { cleanup }`
final class AlwaysNode: Node, @unchecked Sendable {
    let body: Node
    let cleanup: Node

    init(_ body: Node, cleanup: Node) {
        self.body = body
        self.cleanup = cleanup
    }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        try sh.checkStack()
        try sh.checkRecursion()
        sh.watchForEnd()
        let before = (sh.isBeyondCommand, sh.hasArithmeticFailed)
        sh.hasArithmeticFailed = false
        var unwind: Unwind?
        do throws(Unwind) { sh.context.status = try body.run(sh) } catch { unwind = error }
        let fault = sh.fault(unwind)
        if fault != .none, sh.context.status == 0 { sh.context.status = 1 }
        let status = sh.context.status
        let marks = (sh.isBeyondCommand, sh.hasArithmeticFailed)
        let signal = sh.endingSignal
        sh.endingSignal = nil
        let after = sh.runAlways(cleanup, fault)
        if fault == .error && !after.isError || fault == .interrupt && !after.isInterrupt {
            unwind = nil
        } else {
            sh.endingSignal = sh.endingSignal ?? signal
        }
        var isRaised = false
        if unwind == nil, after.isError {
            unwind = .error
            isRaised = true
        }
        if let second = after.unwind, second.rank >= unwind?.rank ?? 0 {
            // The status stays that of the commands, unless the cleanup ends the shell.
            if second.rank < Unwind.abandoned.rank { sh.context.status = status }
            throw second
        }
        sh.context.status = isRaised && status == 0 ? 1 : status
        guard let unwind else {
            (sh.isBeyondCommand, sh.hasArithmeticFailed) = before
            return status
        }
        if !isRaised { (sh.isBeyondCommand, sh.hasArithmeticFailed) = marks }
        throw unwind
    }
}

extension Unwind {
    /// Of two reasons to leave at the same time, the greater one counts.
    fileprivate var rank: Int {
        switch self {
        case .breakLoop, .continueLoop: 1
        case .returnFromFunction: 2
        case .abandoned: 3
        case .error: 4
        case .exit: 5
        case .cancelled: 6
        }
    }
}

extension Interpreter {
    /// What an `always` part may find out about the commands before it, and undo.
    enum Fault { case none, error, interrupt }

    fileprivate func fault(_ unwind: Unwind?) -> Fault {
        switch unwind {
        case nil, .breakLoop, .continueLoop, .returnFromFunction, .cancelled: .none
        case .abandoned: .error
        // Ctrl-C at the prompt.
        case .error: context.status == 128 + SIGINT ? .interrupt : .error
        case .exit: endingSignal == SIGINT ? .interrupt : leavesByFailure ? .error : .none
        }
    }

    /// Runs an `always` part; how it was left itself, and whether TRY_BLOCK_ERROR and TRY_BLOCK_INTERRUPT still tell of something.
    fileprivate func runAlways(_ cleanup: Node, _ fault: Fault) -> (unwind: Unwind?, isError: Bool, isInterrupt: Bool) {
        let names = [NameTable.intern("TRY_BLOCK_ERROR"), NameTable.intern("TRY_BLOCK_INTERRUPT")]
        let values = names.map { (id: $0, saved: takeOver($0)) }
        for value in values { temporaries.append((functionDepth, value.id, value.saved)) }
        defer { endTemporary(values.count) }
        _ = set(names[0], fault == .error ? "1" : "0")
        _ = set(names[1], fault == .interrupt ? "1" : "0")
        shieldDepth += 1
        defer { shieldDepth -= 1 }
        (isBeyondCommand, leavesByFailure) = (false, false)
        var unwind: Unwind?
        do throws(Unwind) { context.status = try cleanup.run(self) } catch { unwind = error }
        func tells(_ id: NameID) -> Bool { (value(id) ?? "0") != "0" }
        return (unwind, tells(names[0]), tells(names[1]))
    }

    // MARK: defer

    /// Puts a command off to the end of the innermost function, file or shell.
    func putOff(_ action: Deferred.Action) {
        watchForEnd()
        deferred.append(
            Deferred(action: action, depth: frames.count, position: position, sourceName: sourceName))
    }

    /// At the end of a function or file: runs what it has put off, the last first.
    ///
    /// - Parameter unwind: how the scope is left, if not by its end.
    @inline(never)
    func endScope(_ unwind: Unwind? = nil) throws(Unwind) { try runDeferred(from: frames.count, unwind) }

    /// At the end of a shell: runs what is left; the shell's status, which only an `exit` among it changes.
    @inline(never)
    func endShellScope(_ status: Int32) -> Int32 {
        context.status = status
        try? runDeferred(from: 0, .exit)
        return context.status
    }

    private func runDeferred(from depth: Int, _ unwind: Unwind?) throws(Unwind) {
        let status = context.status
        let marks = (isBeyondCommand, hasArithmeticFailed, leavesByFailure, position, sourceName)
        let jumps = (loopDepth, exitTrapStatus, endingSignal)
        var exitStatus: Int32?
        shieldDepth += 1
        (loopDepth, exitTrapStatus, endingSignal) = (0, status, nil)
        // What was put off is looked at by nobody: neither `set -e` nor the ERR trap.
        conditionDepth += 1
        while let last = deferred.last, last.depth >= depth {
            deferred.removeLast()
            (position, sourceName) = (last.position, last.sourceName)
            context.status = status
            isBeyondCommand = false
            do throws(Unwind) { try run(last.action) } catch {
                // What else may end it ends nothing more.
                if case .exit = error { exitStatus = context.status }
            }
        }
        conditionDepth -= 1
        shieldDepth -= 1
        (isBeyondCommand, hasArithmeticFailed, leavesByFailure, position, sourceName) = marks
        let laterSignal = endingSignal
        (loopDepth, exitTrapStatus, endingSignal) = jumps
        endingSignal = endingSignal ?? laterSignal
        context.status = exitStatus ?? status
        guard exitStatus != nil else { return }
        if case .cancelled? = unwind { return }
        throw .exit
    }

    private func run(_ action: Deferred.Action) throws(Unwind) {
        switch action {
        case .text(let text): context.status = try evaluate(text, line: Int(position.line))
        case .words(let words):
            try checkStack()
            let base = stack.count
            defer { stack.removeLast(stack.count - base) }
            for word in words { stack.append(word) }
            let arguments = Arguments(interpreter: self, base: base, count: words.count)
            if has(.xtrace) { trace(words.map { Quoting.traced($0) }) }
            var meaning = meaning(of: words[0])
            if case .external = meaning { meaning = externalMeaning(of: words[0]) }
            context.status = try dispatch(arguments, meaning)
            try checkSignals()
        }
    }

    // MARK: Signals

    /// What asks a shell to end, and by default ends it at once.
    private static let askingToEnd: [Int32] = [SIGINT, SIGTERM, SIGHUP]

    /// From now on the signals that ask this shell to end are caught, so that there is time for cleanup.
    func watchForEnd() {
        guard !watchesEnd, isMain, !has(.interactive), terminal == nil else { return }
        watchesEnd = true
        for signal in Interpreter.askingToEnd
        where context.traps[signal] == nil && !context.traps.ignoredOnEntry.contains(signal)
            && !Signals.dispositionIsIgnored(signal)
        {
            try? Signals.watch(signal)
        }
    }

    /// Whether a signal without a trap ends this shell by unwinding.
    func endsByUnwinding(_ signal: Int32) -> Bool {
        watchesEnd && !has(.interactive) && terminal == nil && Interpreter.askingToEnd.contains(signal)
    }

    /// Whether a signal waits that is to end this shell without waiting for its children. (Ctrl-C they get, too, and are waited for.)
    func mustEndNow() -> Bool {
        guard Signals.pending else { return false }
        let pending = Signals.takePending()
        defer { Signals.putBack(pending) }
        return pending.contains { $0 != SIGINT && endsByUnwinding($0) && context.traps[$0] == nil }
    }

    /// Waits until a child has ended, or a signal came that is to end this shell: then gives it.
    func waitForEndOrSignal(_ child: Child) -> Int32? {
        if let endingSignal { return endingSignal }
        var seen = SignalSet()
        defer { Signals.putBack(seen) }
        while true {
            var fds = [
                pollfd(fd: child.pidfd, events: Int16(POLLIN), revents: 0),
                pollfd(fd: Signals.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            for capture in captures {
                if let read = capture.readDescriptor { fds.append(pollfd(fd: read, events: Int16(POLLIN), revents: 0)) }
            }
            guard (try? poll(&fds)) != nil else { return nil }
            for capture in captures where capture.readDescriptor != nil { capture.drain() }
            if fds[0].revents != 0 { return nil }
            guard Signals.pending else { continue }
            seen.formUnion(Signals.takePending())
            for signal in seen where signal != SIGINT && endsByUnwinding(signal) && context.traps[signal] == nil {
                return signal
            }
        }
    }
}
