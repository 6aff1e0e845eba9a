// What it takes to start a process, as a value, and the one function that does it.
//
// The interpreter and the pool fill a `Launch`; `start` lays all of it out in one block of memory that the child can read
// without allocating, and hands it to the C code that runs between clone and exec (CPlatform/child.h says under which
// rules). A failure comes back with the step that failed, so that messages can say what to do about it.
import Bytes
import CPlatform
import Glibc

/// All that a child needs to know.
package struct Launch: Sendable {
    package enum ProcessGroup: Equatable, Sendable {
        case inherit
        /// The leader of a new one.
        case new
        /// A member of an existing one, given by the process id of its leader.
        case join(Int32)
    }

    /// The file to execute: absolute, or relative with a slash. PATH was searched before.
    package var path: Bytes
    /// All arguments, the name of the program at 0.
    package var arguments: [Bytes]
    package var environment: EnvironmentBlock
    /// Whether the environment gets `_`, the path of the program, which `environment` then has not.
    package var namesProgram = false
    /// An open directory to start in; nil: the process's own.
    package var directory: Int32?
    /// Which descriptors the child gets, in any order: `source` is duplicated to `target`, also where they overlap; -1
    /// closes `target`. What is not named is inherited if it is not close-on-exec.
    package var descriptors: [(target: Int32, source: Int32)]
    package var processGroup: ProcessGroup = .inherit
    /// A terminal whose foreground process group the child's group becomes.
    package var terminal: Int32?
    /// Whether the child leads a new session, without a controlling terminal.
    package var newSession = false
    /// Signals that the child ignores.
    package var ignoredSignals = SignalSet()
    /// Signals that the child has at their default, besides SIGPIPE and those that this process catches, which are never
    /// inherited. All others are inherited as they are.
    package var defaultSignals = SignalSet()
    package var umask: UInt16?
    package var limits: [(resource: Int32, soft: UInt64, hard: UInt64)] = []
    /// The niceness, from -20 to 19, as such and not as an increment.
    package var nice: Int32?
    /// Whom the child runs as; nil: as this process.
    package var credentials: Credentials?
    /// A signal for the child when the thread that starts it ends; 0: none. Only for threads that outlive the child.
    package var parentDeathSignal: Int32 = 0

    package init(
        path: Bytes, arguments: [Bytes], environment: EnvironmentBlock, directory: Int32? = nil,
        descriptors: [(target: Int32, source: Int32)] = []
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.descriptors = descriptors
    }
}

/// Starts a child process. Returns once it executes the program.
///
/// Thread: any; only the calling thread waits. The child must be waited for by the caller.
package func start(_ launch: borrowing Launch) throws(LaunchError) -> Child {
    var failure = thresh_failure()
    var pidfd: Int32 = -1
    let pid = launch.withLayout { thresh_start_child(&$0, &failure, &pidfd) }
    if pid < 0 { throw LaunchError(failure, of: launch) }
    return Child(pid: pid, pidfd: pidfd)
}

/// Executes the program in place of this process, with the same steps; returns only by an error.
///
/// After an error the descriptors and the directory of the process may be those that the program would have had; signals
/// are handled as before. A file that is missing or not executable is found before anything is changed.
package func replaceProcess(with launch: borrowing Launch) throws(LaunchError) -> Never {
    var failure = thresh_failure()
    let base = launch.directory ?? AT_FDCWD
    let reachable = launch.path.withCString { faccessat(base, $0, X_OK, AT_EACCESS) == 0 }
    if reachable {
        launch.withLayout { thresh_replace_process(&$0, &failure) }
    } else {
        failure.error = Errno.last.code
        failure.step = Int32(THRESH_STEP_EXECUTE.rawValue)
    }
    throw LaunchError(failure, of: launch)
}

extension Launch {
    /// Lays the launch out as the child reads it: pointers, descriptors, limits and strings in one block.
    fileprivate borrowing func withLayout<R>(_ body: (inout thresh_launch) -> R) -> R {
        // A NULL ends both lists.
        let variables = namesProgram ? environment.count + 2 : 0
        let pointerBytes = (arguments.count + 1 + variables) * MemoryLayout<UnsafeMutablePointer<CChar>?>.stride
        let limitBytes = limits.count * MemoryLayout<thresh_limit>.stride
        let descriptorBytes = descriptors.count * MemoryLayout<thresh_descriptor>.stride
        var textBytes = path.count + 1
        if namesProgram { textBytes += "_=".utf8.count }
        for argument in arguments { textBytes += argument.count + 1 }

        let groups = credentials?.groups ?? []
        let groupBytes = groups.count * MemoryLayout<gid_t>.stride
        let total = pointerBytes + limitBytes + descriptorBytes + groupBytes + textBytes
        return withUnsafeTemporaryAllocation(byteCount: total, alignment: 16) { block in
            guard let base = block.baseAddress else { preconditionFailure("a block is never empty") }
            let pointers = base.assumingMemoryBound(to: UnsafeMutablePointer<CChar>?.self)
            let limitList = (base + pointerBytes).assumingMemoryBound(to: thresh_limit.self)
            let descriptorList = (base + pointerBytes + limitBytes).assumingMemoryBound(to: thresh_descriptor.self)
            let groupList = (base + pointerBytes + limitBytes + descriptorBytes).assumingMemoryBound(to: gid_t.self)
            for index in groups.indices { groupList[index] = groups[index] }
            var text = (base + (total - textBytes)).assumingMemoryBound(to: CChar.self)

            var pathStart = text
            if namesProgram {
                pathStart[0] = CChar(UInt8(ascii: "_"))
                pathStart[1] = CChar(UInt8(ascii: "="))
                pathStart += 2
                text = pathStart
            }
            text.store(path)
            for index in arguments.indices {
                pointers[index] = text
                text.store(arguments[index])
            }
            pointers[arguments.count] = nil
            let variableList = pointers + (arguments.count + 1)
            if namesProgram {
                variableList.initialize(from: environment.pointers, count: environment.count)
                variableList[environment.count] = pathStart - 2
                variableList[environment.count + 1] = nil
            }
            for index in limits.indices {
                let limit = limits[index]
                limitList[index] = thresh_limit(resource: limit.resource, soft: limit.soft, hard: limit.hard)
            }
            for index in descriptors.indices {
                descriptorList[index] = thresh_descriptor(
                    target: descriptors[index].target, source: descriptors[index].source)
            }

            var layout = thresh_launch()
            layout.path = UnsafePointer(pathStart)
            layout.arguments = UnsafePointer(pointers)
            layout.environment = UnsafePointer(namesProgram ? variableList : environment.pointers)
            layout.descriptors = descriptorList
            layout.limits = UnsafePointer(limitList)
            layout.descriptor_count = Int32(truncatingIfNeeded: descriptors.count)
            layout.limit_count = Int32(truncatingIfNeeded: limits.count)
            layout.directory = directory ?? -1
            layout.terminal = terminal ?? -1
            switch processGroup {
            case .inherit: layout.group = -1
            case .new: layout.group = 0
            case .join(let leader): layout.group = leader
            }
            layout.mask = umask.map { Int32($0) } ?? -1
            layout.niceness = nice ?? Int32(THRESH_NICE_INHERIT)
            layout.death_signal = parentDeathSignal
            layout.new_session = newSession ? 1 : 0
            if let credentials {
                layout.changes_user = 1
                layout.uid = credentials.user
                layout.gid = credentials.group
                layout.groups = UnsafePointer(groupList)
                layout.group_count = Int32(truncatingIfNeeded: groups.count)
            }
            layout.ignored = ignoredSignals.bits
            layout.defaults = defaultSignals.bits
            return body(&layout)
        }
    }
}

extension UnsafeMutablePointer<CChar> {
    /// Writes the bytes and a NUL, and moves on behind them.
    mutating func store(_ bytes: Bytes) {
        bytes.withUnsafeBytes {
            if let source = $0.baseAddress {
                UnsafeMutableRawPointer(self).copyMemory(from: source, byteCount: $0.count)
            }
            self[$0.count] = 0
            self += $0.count + 1
        }
    }
}
