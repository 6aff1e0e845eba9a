// What threads of one shell share beside variables: functions, aliases, options, the working directory, the umask.
//
// These change rarely and are looked at all the time. So each thread has them in its context as a shell without threads has, and reads
// them without a lock. A thread that has changed something merges what is different now into what all have, and tells the others; they
// take it over before their next command. Merging goes by what a thread itself has changed since it last looked: two threads may define
// two functions at the same time.

import Bytes
import Platform
import struct Synchronization.Atomic

/// The rarely changed things, as one value.
struct Commons: Sendable {
    var functions: FunctionTable
    var functionAttributes: [NameID: Variable.Attributes]
    var options: ShellOptions
    var shopt: ShoptOptions
    var aliases: [Bytes: Bytes]
    var completions: [CompletionKey: CompletionSpec]
    var workingDirectory: WorkingDirectory
    var directoryStack: [Bytes]
    var disabledBuiltins: [Bytes]
    var umask: UInt16
    var threadLocals: Set<NameID>
    /// How often a variable was changed that the shell itself acts on.
    var watched: [NameID: Int] = [:]

    /// These tell how the shell was started, and what a thread is not.
    static let ownOptions: ShellOptions = [.interactive, .monitor, .stdin, .commands, .onecmd]

    init(_ context: Context) {
        functions = context.functions
        functionAttributes = context.functionAttributes
        options = context.options
        shopt = context.shopt
        aliases = context.aliases
        completions = context.completions
        workingDirectory = context.workingDirectory
        directoryStack = context.directoryStack
        disabledBuiltins = context.disabledBuiltins
        umask = context.umask
        threadLocals = context.threadLocals
    }

    /// Takes over what is different in `new` from `old`; whether there is anything.
    mutating func merge(from old: Commons, to new: Commons) -> Bool {
        var isChanged = functions.merge(from: old.functions, to: new.functions)
        func take<Value: Equatable>(_ mine: inout Value, _ old: Value, _ new: Value) {
            if old != new { (mine, isChanged) = (new, true) }
        }
        func merge<Key: Hashable, Value>(
            _ mine: inout [Key: Value], _ old: [Key: Value], _ new: [Key: Value], _ isEqual: (Value, Value) -> Bool
        ) {
            for (key, value) in new {
                if let before = old[key], isEqual(before, value) { continue }
                (mine[key], isChanged) = (value, true)
            }
            for key in old.keys where new[key] == nil { (mine[key], isChanged) = (nil, true) }
        }
        merge(&functionAttributes, old.functionAttributes, new.functionAttributes, ==)
        merge(&aliases, old.aliases, new.aliases, ==)
        merge(&completions, old.completions, new.completions, ==)
        take(&directoryStack, old.directoryStack, new.directoryStack)
        take(&disabledBuiltins, old.disabledBuiltins, new.disabledBuiltins)
        take(&umask, old.umask, new.umask)
        let named = new.threadLocals.subtracting(threadLocals)
        if !named.isEmpty {
            threadLocals.formUnion(named)
            isChanged = true
        }
        if old.workingDirectory !== new.workingDirectory {
            (workingDirectory, isChanged) = (new.workingDirectory, true)
        }
        let options = old.options.symmetricDifference(new.options).subtracting(Commons.ownOptions)
        if !options.isEmpty {
            self.options = self.options.subtracting(options).union(new.options.intersection(options))
            isChanged = true
        }
        let shopt = old.shopt.symmetricDifference(new.shopt)
        if !shopt.isEmpty {
            self.shopt = self.shopt.subtracting(shopt).union(new.shopt.intersection(shopt))
            isChanged = true
        }
        for (id, count) in new.watched where old.watched[id] != count {
            watched[id, default: 0] += 1
            isChanged = true
        }
        return isChanged
    }
}

/// What the threads of a shell, or of a subshell, share.
///
/// Lock: `state`; the versions are atomics, the variables have locks of their own.
package final class Sharing: Sendable {
    /// Who is told of changes.
    enum Member: Sendable {
        /// Whoever acts on signals.
        case main
        case thread(Cancellation)

        func tell() {
            switch self {
            case .main: Signals.callAttention()
            case .thread(let cancellation): cancellation.tellOfChange()
            }
        }
    }

    private struct State: Sendable {
        var commons: Commons
        var version: UInt64 = 0
        var members: [(identity: UInt64, member: Member)] = []
        var threads: [ShellThread] = []
        var counter = 0
    }

    let variables = SharedVariables()
    /// Raised when the shell has ended that began it.
    let over = Event()
    private let state: Mutex<State>
    private let environment = Atomic<UInt64>(0)
    /// How many threads run, for who wants to share no more when there are none.
    private let running = Atomic<Int>(0)

    init(_ commons: Commons) { state = Mutex(State(commons: commons)) }

    /// The version of the environment for children that goes with the shared variables.
    var environmentVersion: UInt64 { environment.load(ordering: .acquiring) }

    func environmentChanged() { environment.wrappingAdd(1, ordering: .acquiringAndReleasing) }

    /// Merges what has changed from `base` to `own` and tells the others; what all have now.
    func merge(from base: Commons, to own: Commons, by identity: UInt64) -> Commons {
        state.withLock { state in
            if state.commons.merge(from: base, to: own) {
                state.version += 1
                for entry in state.members where entry.identity != identity { entry.member.tell() }
            }
            return state.commons
        }
    }

    // MARK: Threads

    func add(_ member: Member, _ identity: UInt64) {
        state.withLock { $0.members.append((identity, member)) }
    }

    /// Counts a thread that begins.
    func begin(_ thread: ShellThread) {
        running.add(1, ordering: .relaxed)
        state.withLock { state in
            state.members.append((thread.identity, .thread(thread.cancellation)))
            state.threads.append(thread)
        }
    }

    func end(_ thread: ShellThread) {
        state.withLock { state in
            state.members.removeAll { $0.identity == thread.identity }
            state.threads.removeAll { $0 === thread }
        }
        running.subtract(1, ordering: .releasing)
    }

    /// The threads that have not ended.
    package var threads: [ShellThread] { state.withLock { $0.threads } }

    var isAlone: Bool { running.load(ordering: .acquiring) == 0 }
}

/// One thread's part in what is shared.
///
/// Thread: its interpreter's.
package final class Share: @unchecked Sendable {
    package let sharing: Sharing
    /// What all had when this thread last looked.
    var base: Commons
    /// Of the environment that the context holds.
    var environmentVersion: UInt64 = 0
    /// On the monotonic clock.
    let began = Clock.monotonicNanoseconds()

    init(_ sharing: Sharing, _ base: Commons) {
        self.sharing = sharing
        self.base = base
        environmentVersion = sharing.environmentVersion
    }
}
