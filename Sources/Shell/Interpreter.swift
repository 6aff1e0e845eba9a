// The interpreter: runs prepared commands in a context.
//
// An interpreter belongs to one thread at a time. It holds the context (a value; a subshell saves it and puts it back) and
// what is not inherited: the stack of arguments, the functions' local variables, the children it waits for. Commands that
// must run beside others get an interpreter of their own, on another thread, with a copy of the context. What is the shell's and
// neither in the context nor set once is named in `exchangeState` (JobControl/ShellTask.swift) too.

import Bytes
import Platform
import Syntax
import struct Synchronization.Atomic

package final class Interpreter: @unchecked Sendable {
    // Sendable: handed to one thread at a time; `cancellation` is what others may touch.

    package var context: Context

    /// Tells this interpreter from all others of the process: who holds a lock, who waits. What runs for the prompt on a thread of
    /// its own is the prompt's.
    package internal(set) var identity = Interpreter.nextIdentity()
    /// Whose commands these are, for messages and as `$THREAD_NAME`.
    package var threadName: Bytes = "MainThread"
    /// It is a copy of that thread's that runs beside it: a stage of a pipeline, a job.
    package private(set) var isCopy = false
    /// The words of the commands that run now, innermost last.
    var stack = ArgumentStack()
    /// The lists `( … )` among the arguments of the declaration that runs, by their places on the stack.
    var arrayOperands: [(place: Int, literal: ArrayLiteral)] = []
    /// Saved values of local variables, a level for each function call.
    var localScopes: [[(id: NameID, saved: Variable)]] = []
    /// The functions and files that run now, innermost last.
    var frames: [CallFrame] = []
    /// Above 0 where `set -e` does not act: in conditions, before `&&` and `||`, after `!`.
    var conditionDepth = 0
    /// The redirections of `command exec` stay, as those of `exec` do.
    var commandKeepsRedirections = false
    var loopDepth: Int32 = 0
    var functionDepth = 0
    var sourceDepth = 0
    /// How many texts are evaluated inside of each other, by `eval` and the like.
    var evaluationDepth = 0
    /// How many functions and files were running at the last syntax error.
    var syntaxErrorDepth = 0
    /// What `{name}>file` of the command that runs has opened, to stay after it.
    var lastingDescriptors: [(number: Int, file: OpenFile)] = []
    /// `set` has changed the positional parameters since a file with arguments of its own was begun.
    var hasSetParameters = false
    /// The positional parameters that the shell was started with, for BASH_ARGV.
    package var scriptArguments: [Bytes] = []
    /// How many substitutions, `eval`s and read files are around the command, for `set -x`.
    var traceLevel = 0
    /// How deep in functions a stage of a pipeline runs that is a simple command: its failure is that of the pipeline for the ERR trap.
    var quietStageDepth = -1
    /// The next command was already shown by `set -x`: this is a stage of a pipeline, and the stages' lines come in their order.
    var hasTracedAhead = false
    /// Above 0 inside `( … )` and `$( … )`.
    package internal(set) var subshellDepth = 0
    /// The process's own shell, which acts on signals and moves the process's directory; not a copy on another thread.
    package internal(set) var isMain: Bool
    /// Traps run here, and what the terminal sends is meant for it: the process's own shell, or its command that was brought to
    /// the front.
    package internal(set) var actsOnSignals: Bool
    /// The command at the prompt that this interpreter runs, where that can be stopped.
    var task: ShellTask?
    /// Variables that are set for as long as a command lasts, with their values from before and the depth of functions.
    var temporaries: [(depth: Int, id: NameID, saved: Variable)] = []
    /// Where the command being run stands, for messages and LINENO.
    var position = Position.start
    /// The script's name for messages: its path, `-c`, `stdin`.
    package var sourceName: Bytes
    /// The status of the last command substitution in the words being expanded, for commands with no name.
    var substitutionStatus: Int32?
    /// Short texts that `eval` has prepared.
    var preparedSources = PreparedSources()
    /// Replacement strings' values, by number, set before each job.
    package var placeholders: [PlaceholderValue] = []
    /// How the source of the capsule that this process runs has them.
    var capsulePlaceholders: CapsulePlaceholders?
    /// The job that this interpreter runs, for THRESH_SEQ and THRESH_SLOT; both 0 outside of a pool.
    package private(set) var jobSequence = 0
    package private(set) var jobSlot = 0
    /// Outputs in memory of the substitutions that run now; their pipes are drained while anything is waited for.
    var captures: [MemoryOutput] = []
    /// What a built-in has written and not yet handed on.
    var output = Bytes()
    /// The error of a failed write, until the built-in that wrote is told.
    package internal(set) var outputError: Errno?
    /// What was entered at the prompt; all copies have the same.
    package internal(set) var history: CommandHistory
    /// The terminal, in a shell with job control.
    var terminal: ShellTerminal?
    /// What the shell ignores and its children do not.
    package internal(set) var ownIgnoredSignals = SignalSet()
    /// The process group of the pipeline that is being started in the foreground; nil outside of one, 0 before its first process.
    var startingGroup: Int32?
    /// Above 0 where nothing that is started becomes a job: in a pipeline whose last stage is the shell itself.
    var jobControlPauses = 0
    /// Above 0 just after `exit` was refused because of stopped jobs.
    package var exitWarning = 0
    /// How many commands were run at the prompt, and the next: `\#` of prompts.
    package internal(set) var commandNumber = 1
    /// How long the last of them took, in nanoseconds.
    package internal(set) var lastDuration: UInt64 = 0
    /// An error or Ctrl-C has ended what ran at the prompt.
    package var wasAbandoned = false
    /// The signal that ends this interactive shell, once what is owed before is done.
    package internal(set) var endingSignal: Int32?
    /// `$?` when that signal came: what the EXIT trap finds, as in bash.
    var statusBeforeEnd: Int32 = 0
    /// The asynchronous lists of this shell.
    package var jobs = JobTable()
    /// The statuses of the last pipeline's commands.
    var pipelineStatuses: [Int32] = []
    /// No other command has ended since that pipeline.
    var statusesAreCurrent = false
    /// Bytes that separate fields, by class; follows IFS.
    var separators = FieldSeparators()
    /// What they were before IFS changed.
    var formerSeparators: FieldSeparators
    package internal(set) var encoding: CharacterEncoding = .bytes
    /// The process id that `$$` gives; a capsule has its parent's.
    package var shellProcess: Int32
    /// Children get process groups of their own, which `cancellation` knows: set for a job's interpreter on a thread.
    package var givesProcessGroups = false
    /// A command named with a slash is not looked at before it is started: set by who starts commands itself and comes back to
    /// the interpreter for the message where that fails.
    package var trustsPaths = false
    package let cancellation: Cancellation
    /// The functions were prepared anew since commands are traced.
    var hasTracedFunctions = false
    /// The error that is on its way is none of those that `command` holds up: see `expansionError`.
    var isBeyondCommand = false
    /// The last message was about arithmetic.
    var hasArithmeticFailed = false
    /// Above 0 while a trap runs: those for ERR and RETURN don't interrupt it.
    var hookDepth = 0
    /// A DEBUG trap runs.
    var isDebugging = false
    /// Above 0 in the last stage of a pipeline: the ERR trap is not for what fails there, but for the pipeline.
    var lastStageDepth = 0
    /// How many stages of pipelines, each on a thread, this one lies in.
    var stageNesting = 0
    /// How many runs of a pool it lies in, and what these share.
    var runNesting = 0
    var runGuard: RunGuard?
    /// The values from which RANDOM and SECONDS are computed.
    var random = RandomSequence()
    var secondsStart: UInt64 = Clock.monotonicNanoseconds()
    /// When the shell was started, since 1970.
    private(set) var startSeconds: Int64 = Int64(Clock.realtimeMicroseconds() / 1_000_000)
    /// What `defer` has put off in this shell, the last last.
    var deferred: [Deferred] = []
    /// Above 0 while cleanup runs: the end that it comes before is not asked for again.
    var shieldDepth = 0
    /// The last `exit` was that of `set -e`.
    var leavesByFailure = false
    /// Signals that ask for the end unwind this shell, instead of ending the process.
    var watchesEnd = false
    /// The condition of `pwhile` that runs now.
    var loopCondition: LoopCondition?
    /// While the EXIT trap runs: the status with which the shell was to end, for an `exit` without one.
    var exitTrapStatus: Int32?
    /// Signals that came while a subshell ran on this thread: the shell around it gets them when it has ended.
    var subshellSignals = SignalSet()
    /// How deep functions may call each other, by FUNCNEST.
    var functionLimit = Int.max
    /// What GLOBIGNORE says.
    var ignoredNames: IgnoredNames?
    /// The depth at which this process is a shell of its own: 1 in a capsule.
    var ownDepth = 0
    /// Reads a line from a terminal with editing, for `read -e`. Set once by the executable.
    package var lineEditor: (@Sendable (Interpreter, LineRequest) -> LineAnswer)?
    /// Expands `!` in a line, by the line editor's library. Set once by the executable.
    package var historyExpander: (@Sendable (Bytes, Interpreter) -> HistoryExpansion)?
    /// The completion that runs now: what `compopt` changes.
    var completion: CompletionState?
    /// The names of the programs in PATH, for completion.
    lazy var programNames = CommandNames()
    /// Programs that the shell completes without being told; set once by the executable.
    package var ownPrograms: @Sendable () -> [OwnCompletion] = { [] }
    /// How completion compares file names; the prompt takes it from readline's variables.
    package var fileNameRules = FileNameRules()
    /// The names of readline's functions, where there is readline.
    package var editorFunctions: (@Sendable () -> [Bytes])?
    /// What the primitives keep with this interpreter: its connections and what it holds.
    package var companion: AnyObject?
    /// The connection of the process for which this interpreter runs a primitive: the wait ends when that goes. -1: none.
    package var peer: Int32 = -1
    /// What the environment held under names that no variable can have; children get it unchanged.
    var foreignEnvironment: [Bytes] = []
    /// The coprocesses that this shell has started.
    var coprocesses: [Coprocess] = []
    /// The processes of `<(…)` that the command being run has been given; waited for with it.
    var substitutedProcesses: [Child] = []
    /// What the redirections of a resolved command opened, until it is started.
    var launchFiles: DescriptorTable?
    var expandedOperands = ExpandedOperands()
    /// The expression depth of arithmetic that refers to variables that hold expressions.
    var arithmeticDepth = 0

    /// The process's main interpreter.
    package init(name: Bytes, environment: [Bytes], sourceName: Bytes) {
        isMain = true
        formerSeparators = separators
        actsOnSignals = true
        cancellation = Cancellation()
        history = CommandHistory()
        shellProcess = System.processID
        self.sourceName = sourceName
        let directory = (try? System.currentDirectory()) ?? Bytes()
        context = Context(
            name: name, workingDirectory: WorkingDirectory(ofProcess: directory), umask: System.creationMask())
        reserveStandardDescriptors()
        importEnvironment(environment)
    }

    deinit { stack.deallocate() }

    private static let lastIdentity = Atomic<UInt64>(0)

    static func nextIdentity() -> UInt64 { lastIdentity.wrappingAdd(1, ordering: .relaxed).newValue }

    /// Standard descriptors that were closed at the start stay so for the shell, and no file of its own takes their numbers.
    private func reserveStandardDescriptors() {
        for number in 0...2 where !System.isOpen(Int32(number)) {
            _ = try? System.open("/dev/null", flags: number == 0 ? 1 : 0)
            context.descriptors[number] = nil
        }
    }

    /// An interpreter for what the prompt's runs on another thread; it stands for the shell and has no state yet.
    init(beside prompt: Interpreter) {
        isMain = true
        formerSeparators = separators
        actsOnSignals = true
        cancellation = Cancellation()
        history = prompt.history
        identity = prompt.identity
        threadName = prompt.threadName
        shellProcess = prompt.shellProcess
        sourceName = prompt.sourceName
        context = Context(
            name: prompt.context.name, workingDirectory: prompt.context.workingDirectory, umask: prompt.context.umask)
        position = prompt.position
        subshellDepth = prompt.subshellDepth
        ownDepth = prompt.ownDepth
        lineEditor = prompt.lineEditor
        historyExpander = prompt.historyExpander
        ownPrograms = prompt.ownPrograms
        fileNameRules = prompt.fileNameRules
        editorFunctions = prompt.editorFunctions
        startSeconds = prompt.startSeconds
    }

    /// An interpreter for another thread, with a copy of the parent's context as a subshell gets it. Without a `cancellation`
    /// of its own it ends with the parent.
    package init(copying parent: Interpreter, cancellation: Cancellation? = nil) {
        isMain = false
        isCopy = true
        formerSeparators = separators
        actsOnSignals = false
        self.cancellation = cancellation ?? parent.cancellation
        history = parent.history
        threadName = parent.threadName
        givesProcessGroups = parent.givesProcessGroups
        parent.context.workingDirectory.hold()
        context = parent.context
        localScopes = parent.localScopes
        if context.share != nil { context.copyShared(in: &localScopes) }
        context.enterSubshell()
        if !parent.jobs.isEmpty { parent.jobs.update() }
        jobs = JobTable(inside: parent.jobs)
        context.descriptors.materialize()
        conditionDepth = parent.conditionDepth
        functionDepth = parent.functionDepth
        sourceDepth = parent.sourceDepth
        stageNesting = parent.stageNesting
        (runNesting, runGuard) = (parent.runNesting, parent.runGuard)
        traceLevel = parent.traceLevel
        subshellDepth = parent.subshellDepth + 1
        position = parent.position
        sourceName = parent.sourceName
        frames = parent.frames
        scriptArguments = parent.scriptArguments
        pipelineStatuses = parent.pipelineStatuses
        statusesAreCurrent = parent.statusesAreCurrent
        placeholders = parent.placeholders
        separators = parent.separators
        encoding = parent.encoding
        shellProcess = parent.shellProcess
        ownIgnoredSignals = parent.ownIgnoredSignals
        historyExpander = parent.historyExpander
        (commandNumber, lastDuration) = (parent.commandNumber, parent.lastDuration)
        foreignEnvironment = parent.foreignEnvironment
        secondsStart = parent.secondsStart
        startSeconds = parent.startSeconds
        jobSequence = parent.jobSequence
        jobSlot = parent.jobSlot
        random = parent.random
        functionLimit = parent.functionLimit
        ignoredNames = parent.ignoredNames
    }

    /// Says which job of a pool runs next: THRESH_SEQ, THRESH_SLOT and their names in GNU parallel are computed from it.
    package func setJob(sequence: Int, slot: Int) {
        if jobSequence == 0 {
            for id in NameTable.threshSeq...NameTable.parallelJobslot {
                context.variables[id].attributes = [.isSet, .computed]
            }
        }
        jobSequence = sequence
        jobSlot = slot
    }

    // MARK: Options and errors

    @inline(__always)
    func has(_ option: ShellOptions) -> Bool { context.options.contains(option) }

    @inline(__always)
    func has(_ option: ShoptOptions) -> Bool { context.shopt.contains(option) }

    /// Runs the ERR trap and ends the shell, if these are set, where a command has failed.
    @inline(__always)
    func checkErrexit(_ status: Int32) throws(Unwind) {
        if status != 0 && conditionDepth == 0 { try commandFailed(status) }
    }

    /// `thresh: FILE:LINE:COL: message` on descriptor 2.
    package func report(_ message: Bytes) {
        hasArithmeticFailed = false
        var text: Bytes = "thresh: "
        if !has(.interactive) {
            text.append(sourceName)
            text.append(":")
            text.append(decimal: position.line)
            text.append(":")
            text.append(decimal: position.column)
            text.append(": ")
        }
        text.append(message)
        text.append("\n")
        writeError(text)
    }

    /// Reports `name: message` and gives the status that the built-in returns.
    package func fail(_ name: Bytes, _ message: Bytes, status: Int32 = 1) -> Int32 {
        var text = name
        text.append(": ")
        text.append(message)
        report(text)
        return status
    }

    /// Reports the right use of a built-in; status 2.
    package func usage(_ name: Bytes) -> Int32 {
        var text: Bytes = "usage: "
        text.append(builtin(named: name)?.synopsis.replacing("\n", with: "\n       ") ?? name)
        return fail(name, text, status: 2)
    }

    /// An error that ends a non-interactive shell (2.8.1): reported, and to be thrown.
    func fatal(_ message: Bytes, status: Int32 = 1) -> Unwind {
        report(message)
        context.status = status
        isBeyondCommand = false
        return .error
    }

    /// An error in an expansion: it ends the shell also from inside `command eval` and `command .`, where those of the special
    /// built-ins themselves don't (2.8.1).
    func expansionError(_ message: Bytes, status: Int32 = 1) -> Unwind {
        let error = fatal(message, status: status)
        isBeyondCommand = true
        return error
    }

    /// A variable could not be assigned to, as the message has said: the error that ends the shell (2.8.1). Its status is
    /// bash's, under `set -o posix` that of the other shells.
    func assignmentFailed() -> Unwind {
        context.status = has(.posix) ? 2 : 1
        isBeyondCommand = false
        return .error
    }

    /// An error of what POSIX does not know, as bash has it: the command that was read is given up.
    func abandon(_ message: Bytes) -> Unwind {
        report(message)
        context.status = 1
        return .abandoned
    }

    /// The built-in of that name.
    package func builtin(named name: Bytes) -> Builtin? {
        guard let builtin = BuiltinTable.shared[name], builtin.kind != .primitive || !has(.posix) else { return nil }
        return builtin
    }

    /// All built-ins that there are, by name.
    package var builtins: [Builtin] { BuiltinTable.shared.all.filter { $0.kind != .primitive || !has(.posix) } }

    // MARK: Interruption

    /// Between commands: acts on signals with traps, and ends a cancelled job.
    @inline(__always)
    func checkSignals() throws(Unwind) {
        if actsOnSignals {
            if Signals.wantsAttention { try runPendingTraps() }
        } else if cancellation.isAsked {
            try runPendingTraps()
        }
    }

    /// True if a built-in that waits must stop: a signal with a trap is pending, or the job was cancelled.
    package func checkInterrupt() -> Bool {
        actsOnSignals ? Signals.pending : cancellation.isCancelled && shieldDepth == 0
    }
}

/// A line to be read from a terminal with editing.
package struct LineRequest: Sendable {
    package let descriptor: Int32
    package let prompt: Bytes
    /// What the line begins with, to be edited.
    package let initial: Bytes
    /// When the wait ends, on the monotonic clock; nil: never.
    package let deadline: UInt64?
}

/// What came of it.
package enum LineAnswer: Sendable {
    case line(Bytes)
    case end
    /// The time is over; what was typed until then.
    case timedOut(Bytes)
    /// A signal waits to be acted upon; what was typed until then.
    case interrupted(Bytes)
}
