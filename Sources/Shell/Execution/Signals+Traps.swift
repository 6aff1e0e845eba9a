// Traps (2.15, trap): actions for signals run between commands, in the main interpreter; the EXIT trap when a shell
// environment ends.

import Bytes
import Glibc
import Platform
import Syntax

extension Interpreter {
    /// Runs the actions of the signals that have come; gives the first signal that had one, for the built-ins whose wait it
    /// ends. On a thread it only looks whether the job was cancelled.
    @discardableResult
    func runPendingTraps() throws(Unwind) -> Int32? {
        guard actsOnSignals else {
            if cancellation.isCancelled && shieldDepth == 0 { throw .cancelled }
            if let loopCondition, loopCondition.isOver { throw .cancelled }
            if task != nil, cancellation.takeStop() { try stopTask(by: SIGTSTP) }
            if context.share != nil, cancellation.takeChange() { synchronize() }
            return nil
        }
        // A subshell shares nothing: the call is for the shell around it.
        if subshellDepth == ownDepth || context.share != nil {
            if context.share != nil {
                Signals.payAttention()
                synchronize()
            } else if !Signals.pending {
                Signals.payAttention()
            }
        }
        if let loopCondition, loopCondition.isOver { throw .cancelled }
        guard Signals.pending else { return nil }
        let pending = Signals.takePending()
        if subshellDepth > ownDepth { subshellSignals.formUnion(pending) }
        return try act(on: pending)
    }

    /// Runs the actions of signals that have come; gives the first that had one. One without an action that an interactive shell
    /// catches all the same ends the command, or the shell.
    @discardableResult
    package func act(on signals: SignalSet) throws(Unwind) -> Int32? {
        var first: Int32?
        if signals.contains(SIGTSTP) && context.traps[SIGTSTP] == nil && task != nil && loopCondition == nil {
            try stopTask(by: SIGTSTP)
        }
        for signal in signals {
            guard let trap = context.traps[signal] else {
                if let loopCondition, loopCondition.catches(signal) {
                    guard loopCondition.isEnding(signal) else { continue }
                    context.status = 128 + signal
                    throw .error
                }
                // A substitution in a command at the prompt: the command hears of it afterwards.
                if signal == SIGINT && terminal != nil && subshellDepth > ownDepth && !has(.interactive) {
                    context.status = 128 + SIGINT
                    throw .error
                }
                guard has(.interactive) else {
                    guard endsByUnwinding(signal) else { continue }
                    subshellSignals.remove(signal)
                    leavesByFailure = false
                    endingSignal = signal
                    statusBeforeEnd = context.status
                    context.status = 128 + signal
                    throw .exit
                }
                if signal == SIGINT {
                    // The terminal has shown ^C.
                    writeError("\n")
                    context.status = 128 + SIGINT
                    throw .error
                }
                if Interpreter.endingSignals.contains(signal) {
                    endingSignal = signal
                    context.status = 128 + signal
                    throw .exit
                }
                continue
            }
            guard case .command(let action) = trap, !action.isEmpty else { continue }
            first = first ?? signal
            try runTrap(action)
        }
        return first
    }

    /// The signals that end an interactive shell, which catches them so that the terminal is left as it was.
    static let endingSignals = SignalSet(
        SIGHUP, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGXFSZ, SIGIO, SIGSTKFLT, SIGPWR)

    /// Ends the process as the signal would have that ended the shell, if one did.
    package func dieOfEndingSignal() {
        if let signal = endingSignal { Signals.raiseDefault(signal) }
    }

    /// Runs a trap's action; `$?` is afterwards what it was before.
    func runTrap(_ action: Bytes) throws(Unwind) {
        let status = context.status
        let savedPosition = position
        let savedSource = sourceName
        defer {
            position = savedPosition
            sourceName = savedSource
        }
        sourceName = "trap"
        let isTraced = Preparation.tracesCommands
        if isTraced { hookDepth += 1 }
        defer { if isTraced { hookDepth -= 1 } }
        _ = try evaluate(action)
        context.status = status
    }

    /// Runs the EXIT trap, if one is set; gives the status with which the environment ends.
    func runExitTrap(_ status: Int32) throws(Unwind) -> Int32 {
        guard !context.traps.isEmpty, case .command(let action) = context.traps[0] else { return status }
        context.traps[0] = nil
        let isEndedBySignal = endingSignal != nil && !has(.interactive) && !has(.posix)
        context.status = isEndedBySignal ? statusBeforeEnd : status
        let outer = exitTrapStatus
        exitTrapStatus = status
        let isTraced = Preparation.tracesCommands
        if isTraced { hookDepth += 1 }
        defer {
            exitTrapStatus = outer
            if isTraced { hookDepth -= 1 }
        }
        do throws(Unwind) {
            _ = try evaluate(action)
            return status
        } catch {
            if case .cancelled = error { throw error }
            return context.status
        }
    }

    /// After a subshell on this thread: signals are handled as the shell around it has it, and it gets those that came.
    func leaveSubshellTraps(_ inner: Traps) {
        guard actsOnSignals else { return }
        for signal in inner.actions.keys where signal > 0 && inner[signal] != context.traps[signal] {
            trapChanged(signal)
        }
        if inner.inherited == nil {
            for signal in context.traps.actions.keys where signal > 0 && inner[signal] == nil { trapChanged(signal) }
        }
        guard subshellDepth == ownDepth, !subshellSignals.isEmpty else { return }
        let signals = subshellSignals
        subshellSignals = SignalSet()
        for signal in signals {
            if signal == SIGPIPE && context.traps[signal] == nil { Signals.raiseDefault(signal) }
            try? System.kill(System.processID, signal)
        }
    }

    /// What the kernel must be told when a trap changes.
    func trapChanged(_ signal: Int32) {
        guard isMain, signal > 0 else { return }
        switch context.traps[signal] {
        case nil:
            if ownIgnoredSignals.contains(signal) {
                try? Signals.ignore(signal)
            } else if has(.interactive) && (signal == SIGINT || Interpreter.endingSignals.contains(signal)) {
                try? Signals.watch(signal)
            } else if endsByUnwinding(signal) {
                try? Signals.watch(signal)
            } else {
                try? Signals.reset(signal)
            }
        case .ignore: try? Signals.ignore(signal)
        case .command:
            try? Signals.watch(signal)
            return
        }
        if signal == SIGPIPE { try? Signals.ignore(SIGPIPE) }
    }
}
