// All that POSIX says a subshell inherits (2.13), as one value.
//
// Copying a context costs some reference counts; the copies share their storage until one of them writes. So `( … )`,
// `$( … )`, the stages of a pipeline and the jobs of a pool run in a copy, with no process made for it.

import Bytes
import Platform

package struct Context: Sendable {
    package var variables = VariableTable()
    package var arrays = ArrayTable()
    package var functions = FunctionTable()
    /// The functions that are exported or read only.
    var functionAttributes: [NameID: Variable.Attributes] = [:]
    package var options = ShellOptions.initial
    package var shopt = ShoptOptions.initial
    package var aliases: [Bytes: Bytes] = [:]
    /// What `complete` was told.
    package var completions: [CompletionKey: CompletionSpec] = [:]
    /// `$0`
    package var name: Bytes
    /// `$1` and so on
    package var positional: [Bytes] = []
    package var traps = Traps()
    package var descriptors = DescriptorTable()
    package var workingDirectory: WorkingDirectory
    /// Below the working directory: what `pushd` remembers.
    var directoryStack: [Bytes] = []
    /// Built-ins that `enable -n` has switched off; each has a function in its place that runs the command of that name.
    var disabledBuiltins: [Bytes] = []
    /// The descriptor that BASH_XTRACEFD has named, which is closed when it is unset.
    var traceDescriptor: Int?
    package var umask: UInt16
    /// Limits that `ulimit` set in a subshell; the main context's are those of the process.
    package var limits: [Int32: ResourceLimit] = [:]
    /// `$?`
    package var status: Int32 = 0
    /// `$!`, once there was an asynchronous list.
    package var lastBackground: Int32?
    /// Where `getopts` is inside a group of letters: the argument's index and the place in it.
    package var getoptsPlace = 0
    /// Remembered places of utilities (`hash`); emptied when PATH changes.
    package var commandPaths: [Bytes: Bytes] = [:]
    /// How often each of these was run.
    package var commandUses: [Bytes: Int] = [:]
    /// What this context shares with other threads; nil, the usual case, if it is alone.
    package internal(set) var share: Share?
    /// What `threadlocal` has named.
    var threadLocals: Set<NameID> = []
    private var environmentBlock: EnvironmentBlock?

    package init(name: Bytes, workingDirectory: WorkingDirectory, umask: UInt16) {
        self.name = name
        self.workingDirectory = workingDirectory
        self.umask = umask
    }

    /// The environment for children, until an exported variable changes.
    var environment: EnvironmentBlock? {
        get {
            if let share, share.environmentVersion != share.sharing.environmentVersion { return nil }
            return environmentBlock
        }
        set {
            environmentBlock = newValue
            if newValue == nil { share?.sharing.environmentChanged() }
        }
    }

    /// A variable has changed that no other thread sees.
    mutating func forgetOwnEnvironment() { environmentBlock = nil }

    /// Takes copies of what threads share: what is changed from now on is this context's alone.
    mutating func separate() {
        guard share != nil else { return }
        environmentBlock = environment
        var table = arrays
        variables.unshare { table.add($0) }
        table.shared = nil
        arrays = table
        share = nil
    }

    /// Before that: copies of the variables that functions have put aside and that are shared.
    mutating func copyShared(in scopes: inout [[(id: NameID, saved: Variable)]]) {
        for level in scopes.indices {
            for place in scopes[level].indices {
                scopes[level][place].saved = copyOfShared(scopes[level][place].id, scopes[level][place].saved)
            }
        }
    }

    /// What is to be put back for a variable, if it is more than a mark, or a copy.
    mutating func copyOfShared(_ id: NameID, _ saved: Variable) -> Variable {
        guard saved.attributes.contains(.shared), let slots = variables.shared else { return saved }
        return slots.copy(saved.sharedNumber(id)) { arrays.add($0) }
    }

    /// What changes on the way into a subshell (2.13): traps with commands are reset.
    mutating func enterSubshell() {
        separate()
        traps.enterSubshell(options)
        options.remove([.interactive, .monitor])
    }
}
