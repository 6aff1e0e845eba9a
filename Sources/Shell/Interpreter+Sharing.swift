// How a shell comes to share its state with threads, and how it ends doing so.
//
// A shell without threads has its variables in tables of its own, and pays nothing for there being threads. The first `thread start`
// moves them to where threads find them (Context/SharedVariables.swift), and a context then has a `Share`. When the last thread has
// ended they move back. A subshell shares nothing: it begins with copies.

import Bytes
import Glibc
import Platform

extension Interpreter {
    /// Moves to shared places what is not yet there, so that a new thread finds it.
    func beginSharing() -> Sharing {
        let sharing: Sharing
        if let share = context.share {
            sharing = share.sharing
        } else {
            context.workingDirectory.hold()
            let commons = Commons(context)
            sharing = Sharing(commons)
            sharing.add(actsOnSignals ? .main : .thread(cancellation), identity)
            context.share = Share(sharing, commons)
            shareVariables(sharing.variables.slots)
        }
        promoteLocals(sharing.variables.slots)
        return sharing
    }

    private func shareVariables(_ slots: SharedSlots) {
        var locals: Set<NameID> = []
        forEachSaved { id, saved in
            // The first is what the name means outside of all functions.
            guard locals.insert(id).inserted, !saved.attributes.contains(.threadLocal) else { return }
            if !saved.attributes.isEmpty { slots.put(id, saved, context.arrays.take(saved.array)) }
            saved = Variable(.shared)
        }
        var table = context.arrays
        context.arrays = ArrayTable()
        context.variables.share(in: slots, isOwn: { locals.contains($0) }, take: { table.take($0) })
        table.shared = slots
        context.arrays = table
    }

    /// Calls `body` with all variables that functions and commands have put aside, from the outermost on.
    private func forEachSaved(_ body: (NameID, inout Variable) -> Void) {
        var next = 0
        func passTemporaries(to depth: Int) {
            while next < temporaries.count, temporaries[next].depth <= depth {
                body(temporaries[next].id, &temporaries[next].saved)
                next += 1
            }
        }
        for level in localScopes.indices {
            passTemporaries(to: level)
            for place in localScopes[level].indices {
                body(localScopes[level][place].id, &localScopes[level][place].saved)
            }
        }
        passTemporaries(to: Int.max)
    }

    /// Moves the local variables that can be seen now to cells.
    private func promoteLocals(_ slots: SharedSlots) {
        guard !localScopes.isEmpty || !temporaries.isEmpty else { return }
        for id in context.variables.promotable {
            let own = context.variables[own: id]
            let cell = slots.addCell(own, context.arrays.take(own.array), near: id)
            var mark = Variable(.shared)
            mark.array = UInt32(truncatingIfNeeded: cell)
            context.variables[own: id] = mark
        }
    }

    /// After a thread was joined: where threads come and go all the time, sharing goes on for a while.
    package func noteJoined() {
        guard let share = context.share, share.sharing.isAlone,
            Clock.monotonicNanoseconds() &- share.began > 1_000_000
        else { return }
        endSharing()
    }

    /// Takes everything back, if no thread runs any more.
    package func endSharing() {
        guard let share = context.share, share.sharing.isAlone else { return }
        synchronize()
        context.copyShared(in: &localScopes)
        for place in temporaries.indices {
            temporaries[place].saved = context.copyOfShared(temporaries[place].id, temporaries[place].saved)
        }
        context.separate()
    }

    /// Tells other threads what this one has changed, and takes over what they have.
    @inline(__always)
    package func synchronize() {
        if context.share != nil { synchronizeShared(nil) }
    }

    /// A shared variable was assigned to that the shell acts on.
    @inline(never)
    func tellOfWatched(_ id: NameID) {
        if context.variables.sharedNumber(id) != nil { synchronizeShared(id) }
    }

    @inline(never)
    private func synchronizeShared(_ watched: NameID?) {
        guard let share = context.share else { return }
        let before = share.base
        var own = Commons(context)
        own.watched = before.watched
        if let watched { own.watched[watched, default: 0] += 1 }
        let all = share.sharing.merge(from: before, to: own, by: identity)
        share.base = all
        context.functions = all.functions
        context.functionAttributes = all.functionAttributes
        context.options = all.options.subtracting(Commons.ownOptions)
            .union(context.options.intersection(Commons.ownOptions))
        context.shopt = all.shopt
        context.aliases = all.aliases
        context.completions = all.completions
        context.directoryStack = all.directoryStack
        context.disabledBuiltins = all.disabledBuiltins
        if !all.functionAttributes.isEmpty { context.forgetOwnEnvironment() }
        if all.workingDirectory !== context.workingDirectory {
            context.workingDirectory = all.workingDirectory
            if isMain && subshellDepth == 0 { try? System.changeDirectory(all.workingDirectory.descriptor) }
        }
        for id in all.threadLocals where !context.threadLocals.contains(id) { becomeThreadLocal(id) }
        context.threadLocals = all.threadLocals
        if all.umask != context.umask { setCreationMask(all.umask) }
        for (id, count) in all.watched where before.watched[id] != count && id != watched { watchedChanged(id) }
    }

    // MARK: The end of a shell

    /// Before a shell or a subshell ends: waits for its threads, as a process of Python's does, and ends those that are marked as to
    /// be ended with it. What interrupts the wait ends them too.
    @inline(never)
    func finishThreads() {
        guard let share = context.share else { return }
        let threads = share.sharing.threads
        defer { share.sharing.over.raise() }
        for thread in threads where thread.isDaemon { thread.cancel() }
        var isInterrupted = false
        for thread in threads {
            while !thread.hasEnded {
                if isInterrupted { thread.cancel() }
                if !wait(for: thread, listens: !isInterrupted) { isInterrupted = true }
            }
        }
    }

    /// Has the threads of a shell or a subshell end that is itself cancelled.
    func cancelThreads() {
        guard let share = context.share else { return }
        for thread in share.sharing.threads { thread.cancel() }
    }

    /// Waits for a thread's end, and drains output in memory meanwhile; false if this interpreter is to end first.
    private func wait(for thread: ShellThread, listens: Bool) -> Bool {
        if thread.ended.spin(microseconds: Threads.spinTime) { return true }
        while !thread.hasEnded {
            var descriptors = [pollfd(fd: thread.ended.descriptor, events: Int16(POLLIN), revents: 0)]
            // Without a descriptor left there is nothing to sleep on but time; and what a cancelled thread still writes must go on.
            let isTimed = thread.ended.descriptor < 0 || !listens && !captures.isEmpty
            let deadline = isTimed ? Clock.monotonicNanoseconds() + 1_000_000 : nil
            if listens {
                do throws(Unwind) { _ = try sleep(on: &descriptors, until: deadline) } catch { return thread.hasEnded }
            } else {
                _ = try? System.poll(&descriptors, until: deadline)
                for capture in captures where capture.readDescriptor != nil { capture.drain() }
            }
        }
        return true
    }
}

extension Interpreter {
    /// An interpreter for a thread that shares the parent's state.
    convenience init(sharing share: Sharing, of parent: Interpreter, name: Bytes) {
        self.init(beside: parent)
        isMain = false
        actsOnSignals = false
        identity = Interpreter.nextIdentity()
        threadName = name
        parent.synchronize()
        context = parent.context
        context.variables = VariableTable(sharingWith: parent.context.variables)
        for cell in context.variables.cells { share.variables.slots.retainCell(cell) }
        context.arrays = ArrayTable()
        context.arrays.shared = share.variables.slots
        context.share = Share(share, parent.context.share?.base ?? Commons(parent.context))
        context.forgetOwnEnvironment()
        context.options.remove([.interactive, .monitor])
        context.traps = Traps()
        context.traps.ignoredOnEntry = parent.context.traps.ignoredOnEntry
        for (condition, action) in parent.context.traps.actions where action == .ignore {
            context.traps[condition] = .ignore
        }
        context.descriptors.materialize()
        context.lastBackground = nil
        context.getoptsPlace = 0
        context.variables[own: NameTable.optind].assign("1", .isSet)
        sourceName = parent.sourceName
        placeholders = parent.placeholders
        separators = parent.separators
        encoding = parent.encoding
        ownIgnoredSignals = parent.ownIgnoredSignals
        // At the prompt, Ctrl-C is for what is in front.
        givesProcessGroups = parent.givesProcessGroups || parent.terminal != nil
        (commandNumber, lastDuration) = (parent.commandNumber, parent.lastDuration)
        foreignEnvironment = parent.foreignEnvironment
        secondsStart = parent.secondsStart
        functionLimit = parent.functionLimit
        ignoredNames = parent.ignoredNames
        for id in [
            NameTable.ifs, NameTable.path, NameTable.lcAll, NameTable.lcCtype, NameTable.lang, NameTable.funcnest,
        ]
        where context.variables[own: id].attributes.contains(.threadLocal) { watchedChanged(id) }
        random.seed(UInt32.random(in: 0...UInt32.max), subshellDepth)
    }
}
