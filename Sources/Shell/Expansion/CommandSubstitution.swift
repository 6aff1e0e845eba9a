import Bytes
import Glibc
import Platform

/// Command substitution (2.6.3): the commands run in a copy of the context, on this thread, and their output goes to memory.
extension Interpreter {
    /// The output of `body` without its last newlines; the status is in `substitutionStatus`. `$?` stays what it was, for
    /// that is a pipeline's of this environment (2.5.2); if there is no command but this, the status becomes the command's.
    func substitute(_ body: Node) throws(Unwind) -> Bytes {
        try checkStack()
        // What a built-in of the outer level has written so far must not end up in the substitution.
        let outerOutput = output
        output = Bytes()
        let memory = MemoryOutput()
        captures.append(memory)
        traceLevel += 1
        defer {
            output = outerOutput
            traceLevel -= 1
        }
        let status: Int32
        let outerLoopDepth = loopDepth
        do throws(Unwind) {
            status = try runSubshell { (sh: Interpreter) throws(Unwind) -> Int32 in
                // As in dash and bash, `break` knows of the loops around a substitution, and ends the substitution.
                sh.loopDepth = outerLoopDepth
                sh.context.descriptors[1] = OpenFile(memory: memory)
                if !sh.has(ShoptOptions.inheritErrexit) { sh.context.options.remove(.errexit) }
                return try body.run(sh)
            }
        } catch {
            captures.removeLast()
            throw error
        }
        if !output.isEmpty { output.withUnsafeBytes { memory.append($0) } }
        captures.removeLast()
        memory.finish()
        substitutionStatus = status
        var bytes = memory.bytes
        var count = bytes.count
        while count > 0 && bytes[count - 1] == UInt8(ascii: "\n") { count -= 1 }
        if count < bytes.count { bytes.removeLast(bytes.count - count) }
        return bytes.contains(0) ? bytes.withoutNULs : bytes
    }

    /// Runs a command whose words are expanded as a subshell on this thread; what it printed, and its status.
    package func capture(_ words: [Bytes]) throws(Unwind) -> (output: Bytes, status: Int32) {
        let outerOutput = output
        output = Bytes()
        let memory = MemoryOutput()
        captures.append(memory)
        defer {
            captures.removeLast()
            output = outerOutput
        }
        let status = try runSubshell { (sh: Interpreter) throws(Unwind) -> Int32 in
            sh.context.descriptors[1] = OpenFile(memory: memory)
            return try sh.run(words)
        }
        if !output.isEmpty { output.withUnsafeBytes { memory.append($0) } }
        memory.finish()
        return (memory.bytes, status)
    }

    /// Runs `body` as a subshell on this thread: with a copy of the context, which is dropped at the end. What ends a shell
    /// ends only the subshell; only cancellation goes through.
    func runSubshell(_ body: (Interpreter) throws(Unwind) -> Int32) throws(Unwind) -> Int32 {
        let saved = context
        let savedScopes = localScopes
        let savedFrames = frames
        if !jobs.isEmpty { jobs.update() }
        let savedJobs = jobs
        let savedArgument = stack.last
        let savedDepths = (loopDepth, functionDepth, sourceDepth, lastStageDepth)
        let savedDeferred = deferred
        deferred = []
        let savedSeparators = separators
        let savedEncoding = encoding
        if context.share != nil { context.copyShared(in: &localScopes) }
        context.enterSubshell()
        jobs = JobTable(inside: jobs)
        subshellDepth += 1
        (loopDepth, lastStageDepth) = (0, 0)
        defer {
            subshellDepth -= 1
            if isMain && context.umask != saved.umask { _ = System.setCreationMask(saved.umask) }
            let inner = context.traps
            context = saved
            localScopes = savedScopes
            frames = savedFrames
            jobs = savedJobs
            deferred = savedDeferred
            stack.last = savedArgument
            (loopDepth, functionDepth, sourceDepth, lastStageDepth) = savedDepths
            separators = savedSeparators
            encoding = savedEncoding
            if !inner.isEmpty || !saved.traps.isEmpty || !subshellSignals.isEmpty {
                leaveSubshellTraps(inner)
                // Elsewhere a subshell is a child, whose end a trap is told of.
                if actsOnSignals, case .command? = saved.traps[SIGCHLD] { try? System.kill(System.processID, SIGCHLD) }
            }
        }
        var status: Int32
        do throws(Unwind) {
            status = try body(self)
            context.status = status
        } catch {
            if case .cancelled = error {
                if !deferred.isEmpty { _ = endShellScope(context.status) }
                cancelThreads()
                throw error
            }
            isBeyondCommand = false
            try checkRecursion()
            if case .breakLoop = error { context.status = 0 }
            if case .continueLoop = error { context.status = 0 }
            status = context.status
        }
        if !deferred.isEmpty { status = endShellScope(status) }
        if context.share != nil { finishThreads() }
        status = try runExitTrap(status)
        // A signal that ends the process ends all that is in it.
        if watchesEnd, endingSignal != nil {
            context.status = status
            throw .exit
        }
        return status
    }
}
