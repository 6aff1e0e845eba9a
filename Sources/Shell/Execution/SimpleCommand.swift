// Simple commands (2.9.1): expand the words, find what the name means, redirect, assign, run.

import Bytes
import Platform
import Syntax

/// An assignment before a command or alone.
final class AssignmentNodeOfCommand: @unchecked Sendable {
    let id: NameID
    let isAppending: Bool
    let value: WordNode
    /// What to do if it is one to an array; the value is nothing then.
    let array: ArrayAssignment?

    init(id: NameID, isAppending: Bool, value: WordNode, array: ArrayAssignment? = nil) {
        self.id = id
        self.isAppending = isAppending
        self.value = value
        self.array = array
    }

    func evaluate(_ sh: Interpreter) throws(Unwind) -> Bytes { try completed(value.string(sh), sh) }

    /// `+=` appends to what the variable holds.
    private func completed(_ value: Bytes, _ sh: Interpreter) throws(Unwind) -> Bytes {
        guard isAppending else { return value }
        guard let sum = sh.appended(id, value) else {
            throw sh.assignmentFailed()
        }
        return sum
    }

    /// Evaluates, and shows it for `set -x`.
    func evaluateTraced(_ sh: Interpreter) throws(Unwind) -> Bytes {
        let text = try value.string(sh)
        sh.trace([traced(text)])
        return try completed(text, sh)
    }

    func traced(_ value: Bytes) -> Bytes {
        NameTable.name(of: id) + (isAppending ? "+=" : "=") + (value.isEmpty ? "" : Quoting.traced(value))
    }
}

/// `name=value …` with no command: the assignments last.
final class AssignmentsNode: Node, @unchecked Sendable {
    let assignments: Children<AssignmentNodeOfCommand>
    let redirections: [RedirectionNode]
    let position: Position

    init(_ assignments: [AssignmentNodeOfCommand], redirections: [RedirectionNode], position: Position) {
        self.assignments = Children(assignments)
        self.redirections = redirections
        self.position = position
    }

    deinit { assignments.deallocate() }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        sh.position = position
        sh.substitutionStatus = nil
        return try runAfterWords(sh)
    }

    /// The status of a substitution in words that came to nothing counts too.
    func runAfterWords(_ sh: Interpreter) throws(Unwind) -> Int32 {
        if !redirections.isEmpty {
            let saved = sh.context.descriptors
            defer { sh.restoreDescriptors(saved) }
            guard try sh.redirect(redirections) else {
                try sh.checkErrexit(1)
                return 1
            }
        }
        try assignments.forEach { (assignment) throws(Unwind) in
            if let array = assignment.array { return try array.assign(sh) }
            let value = sh.has(.xtrace) ? try assignment.evaluateTraced(sh) : try assignment.evaluate(sh)
            // Appending in place where nothing else holds the value is what makes `s=$s…x` cheap; see set(_:_:).
            guard sh.set(assignment.id, value) else {
                throw sh.assignmentFailed()
            }
        }
        let status = sh.substitutionStatus ?? 0
        sh.statusesAreCurrent = false
        if sh.actsOnSignals && Signals.wantsAttention || !sh.actsOnSignals { try sh.checkSignals() }
        try sh.checkErrexit(status)
        return status
    }
}

final class SimpleCommandNode: Node, @unchecked Sendable {
    let assignments: [AssignmentNodeOfCommand]
    let words: Children<WordNode>
    let redirections: [RedirectionNode]
    let position: Position
    /// The name, where the first word is a constant: what it may mean is looked up once.
    let constantName: Bytes?
    let nameID: NameID
    let builtin: Builtin?
    /// A word is `<(…)`: its pipe lasts as long as the command.
    let hasProcess: Bool
    /// Expanding it waits for nothing and changes nothing but by the expansions' own assignments.
    let isPure: Bool

    init(
        assignments: [AssignmentNodeOfCommand], words: [WordNode], redirections: [RedirectionNode], position: Position
    ) {
        self.assignments = assignments
        self.words = Children(words)
        self.redirections = redirections
        self.position = position
        constantName = words.first?.constant
        nameID = constantName.map(NameTable.intern) ?? -1
        builtin = constantName.flatMap { BuiltinTable.shared[$0] }
        hasProcess = words.contains(where: \.hasProcess)
        isPure =
            words.allSatisfy(\.isPure) && assignments.allSatisfy { $0.array == nil && $0.value.isPure }
            && redirections.allSatisfy(\.isPure)
    }

    deinit { words.deallocate() }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        sh.position = position
        let base = sh.stack.count
        defer { sh.stack.removeCommand(from: base) }
        sh.substitutionStatus = nil
        guard hasProcess else { return try runExpanded(sh, base) }
        let saved = sh.context.descriptors
        defer {
            sh.context.descriptors = saved
            sh.reapSubstituted()
        }
        return try runExpanded(sh, base)
    }

    private func runExpanded(_ sh: Interpreter, _ base: Int) throws(Unwind) -> Int32 {
        try pushWords(sh)
        return try runWords(sh, base)
    }

    @inline(__always)
    func pushWords(_ sh: Interpreter) throws(Unwind) {
        for index in 0..<words.count {
            try words[index].borrowed { (word) throws(Unwind) in try word.pushFields(sh) }
        }
    }

    /// Runs the command whose words are on the stack from `base`.
    func runWords(_ sh: Interpreter, _ base: Int) throws(Unwind) -> Int32 {
        if sh.has(.keyword), let node = withKeywords(sh, base) { return try node.runWords(sh, base) }
        let count = sh.stack.count - base
        let status: Int32
        if count == 0 {
            // All words expanded to nothing: what remains are assignments and redirections.
            return try AssignmentsNode(assignments, redirections: redirections, position: position).runAfterWords(sh)
        }
        if sh.has(.xtrace) {
            if sh.hasTracedAhead { sh.hasTracedAhead = false } else { try traceCommand(sh, base) }
        }
        let arguments = Arguments(interpreter: sh, base: base, count: count)
        status = try sh.dispatch(
            arguments, resolved(sh, arguments), assignments: assignments, redirections: redirections)
        sh.context.status = status
        sh.statusesAreCurrent = false
        try sh.checkSignals()
        // A function may have moved on to other places.
        if status != 0 { sh.position = position }
        try sh.checkErrexit(status)
        return status
    }

    /// With `set -k` the assignments among the arguments count as those before the command: it with these, if there are some.
    private func withKeywords(_ sh: Interpreter, _ base: Int) -> SimpleCommandNode? {
        var found: [AssignmentNodeOfCommand] = []
        let words = sh.stack.copy(base..<sh.stack.count)
        sh.stack.removeLast(words.count)
        for word in words {
            if let end = word.find(UInt8(ascii: "=")), Names.isName(word[0..<end]) {
                let value = ConstantWord(word.suffix(from: end + 1))
                found.append(
                    AssignmentNodeOfCommand(id: NameTable.intern(word[0..<end]), isAppending: false, value: value))
            } else {
                sh.stack.append(word)
            }
        }
        if found.isEmpty { return nil }
        return SimpleCommandNode(
            assignments: assignments + found, words: [], redirections: redirections, position: position)
    }

    /// What the name means now.
    @inline(__always)
    func resolved(_ sh: Interpreter, _ arguments: Arguments) -> CommandMeaning {
        if constantName != nil {
            if let builtin, builtin.kind == .special { return .builtin(builtin) }
            if let function = sh.context.functions[nameID] { return .function(function) }
            if let builtin, builtin.kind != .primitive || !sh.has(.posix) { return .builtin(builtin) }
        }
        let meaning = sh.meaning(of: arguments[0])
        guard case .external = meaning, !assignments.contains(where: { $0.id == NameTable.path }) else {
            return meaning
        }
        return sh.externalMeaning(of: arguments[0])
    }
}

/// What a command name stands for (2.9.1.4), aliases and reserved words aside.
enum CommandMeaning {
    case function(Function)
    case builtin(Builtin)
    case external
    /// There is no such command, and this is the user's function for that case: `command_not_found_handle`, as in bash.
    case missing(Function)
}

extension Interpreter {
    func meaning(of name: Bytes) -> CommandMeaning {
        if let builtin = builtin(named: name) {
            if builtin.kind != .special, let function = context.functions[name] { return .function(function) }
            return .builtin(builtin)
        }
        if let function = context.functions[name] { return .function(function) }
        return .external
    }

    /// What a name stands for that is neither a function nor a built-in.
    func externalMeaning(of name: Bytes) -> CommandMeaning {
        guard let handler = context.functions["command_not_found_handle"], !name.contains(UInt8(ascii: "/")),
            findExecutable(name) == nil
        else { return .external }
        return .missing(handler)
    }

    /// Runs a command whose words are expanded.
    func dispatch(
        _ arguments: Arguments, _ meaning: CommandMeaning,
        assignments: [AssignmentNodeOfCommand] = [], redirections: [RedirectionNode] = [],
        isCommandUtility: Bool = false
    ) throws(Unwind) -> Int32 {
        switch meaning {
        case .builtin(let builtin):
            return try runBuiltin(
                builtin, arguments, assignments, redirections, isSpecial: builtin.kind == .special && !isCommandUtility)
        case .function(let function):
            let saved = context.descriptors
            if !redirections.isEmpty {
                guard try redirect(redirections) else {
                    context.descriptors = saved
                    return 1
                }
            }
            defer { if !redirections.isEmpty { restoreDescriptors(saved) } }
            if assignments.isEmpty { return try call(function, arguments) }
            let count = try assignTemporarily(assignments, export: true)
            defer { endTemporary(count) }
            return try call(function, arguments)
        case .external:
            return try runExternal(arguments, assignments, redirections)
        case .missing(let handler):
            // The function gets the command's name, too, and is apart from the shell as the command would have been.
            return try runSubshell { (sh: Interpreter) throws(Unwind) -> Int32 in
                let base = sh.stack.count
                defer { sh.stack.removeLast(sh.stack.count - base) }
                sh.stack.append(handler.definition.name)
                for word in arguments { sh.stack.append(word) }
                let words = Arguments(interpreter: sh, base: base, count: arguments.count + 1)
                return try sh.dispatch(
                    words, .function(handler), assignments: assignments, redirections: redirections)
            }
        }
    }

    private func runBuiltin(
        _ builtin: Builtin, _ arguments: Arguments, _ assignments: [AssignmentNodeOfCommand],
        _ redirections: [RedirectionNode], isSpecial: Bool
    ) throws(Unwind) -> Int32 {
        let outer = takeOutput()
        defer { if let outer { output = outer } }
        if redirections.isEmpty && assignments.isEmpty {
            return try finishOutput(builtin.name, try builtin.run(self, arguments))
        }
        let saved = context.descriptors
        var keepsRedirections = false
        defer {
            if keepsRedirections {
                lastingDescriptors = []
            } else {
                restoreDescriptors(saved)
            }
        }
        guard try redirect(redirections) else {
            if isSpecial && !has(.interactive) {
                context.status = 1
                isBeyondCommand = has(.posix)
                throw .error
            }
            return 1
        }
        if isSpecial {
            for assignment in assignments {
                if let array = assignment.array {
                    try array.assign(self)
                    continue
                }
                let value = try assignment.evaluate(self)
                if has(.xtrace) { traceImpure(assignment, value) }
                guard set(assignment.id, value) else {
                    throw assignmentFailed()
                }
            }
            // The command that takes the shell's place gets them in its environment.
            if builtin.name == "exec" && arguments.count > 1 && !assignments.isEmpty {
                for assignment in assignments { context.variables[assignment.id].attributes.insert(.exported) }
                context.environment = nil
            }
            let status = try finishOutput(builtin.name, try builtin.run(self, arguments))
            // The redirections of an `exec` without a command stay.
            if builtin.name == "exec" { keepsRedirections = true }
            return status
        }
        let count = try assignTemporarily(assignments, export: false)
        defer { endTemporary(count) }
        let status = try builtin.run(self, arguments)
        if commandKeepsRedirections {
            (keepsRedirections, commandKeepsRedirections) = (builtin.name == "command", false)
        }
        return try finishOutput(builtin.name, status)
    }

    /// Sets aside what an outer built-in (such as `eval`) has written, so that the inner one's output goes out by itself;
    /// nil, the usual case, if there is nothing.
    private func takeOutput() -> Bytes? {
        guard !output.isEmpty else { return nil }
        flushOutput()
        return nil
    }

    /// Shows an assignment before a command that `traceCommand` has left out.
    private func traceImpure(_ assignment: AssignmentNodeOfCommand, _ value: Bytes) {
        if !assignment.value.isPure { trace([assignment.traced(value)]) }
    }

    /// Puts back the variables that the last `count` temporary assignments have changed.
    func endTemporary(_ count: Int) {
        for _ in 0..<count {
            guard let last = temporaries.popLast() else { return }
            restore(last.id, last.saved)
        }
    }

    /// Assignments that last as long as a command; gives how many there are to put back.
    func assignTemporarily(_ assignments: [AssignmentNodeOfCommand], export: Bool) throws(Unwind) -> Int {
        var values: [(id: NameID, saved: Variable)] = []
        for assignment in assignments {
            let value: Bytes
            let id = assignedVariable(assignment.id)
            do throws(Unwind) {
                if let array = assignment.array {
                    values.append((id, hide(id)))
                    try array.assign(self)
                    continue
                }
                value = try assignment.evaluate(self)
                if has(.xtrace) { traceImpure(assignment, value) }
            } catch {
                for value in values.reversed() { restore(value.id, value.saved) }
                throw error
            }
            let isArray = !context.variables.attributes(id).isDisjoint(with: .anyArray)
            let saved = isArray ? hide(id) : takeOver(id)
            guard set(id, value) else {
                if saved.attributes.contains(.shared) { restore(id, saved) }
                for value in values.reversed() { restore(value.id, value.saved) }
                throw assignmentFailed()
            }
            values.append((id, saved))
            if export {
                context.variables[id].attributes.insert(.exported)
                context.forgetOwnEnvironment()
            }
        }
        for value in values { temporaries.append((functionDepth, value.id, value.saved)) }
        return values.count
    }

    /// The variable that an assignment to that name changes: one that it refers to, or itself.
    private func assignedVariable(_ id: NameID) -> NameID {
        guard context.variables.attributes(id).contains(.reference), case .variable(let target)? = target(of: id) else {
            return id
        }
        return target
    }

    /// Calls a function (2.9.5).
    func call(_ function: Function, _ arguments: Arguments) throws(Unwind) -> Int32 {
        if Threads.stackRemaining() < Interpreter.stackReserve { throw tooDeep(function.definition.name) }
        if functionDepth >= functionLimit {
            report(function.definition.name + ": functions call each other deeper than FUNCNEST allows")
            context.status = 1
            throw .abandoned
        }
        let savedParameters = context.positional
        context.positional = arguments.operands
        let savedHasSet = hasSetParameters
        let savedLoopDepth = loopDepth
        let savedSource = sourceName
        let savedPlace = context.getoptsPlace
        loopDepth = 0
        functionDepth += 1
        sourceName = function.sourceName
        localScopes.append([])
        frames.append(CallFrame(function: function, line: position.line, callerSource: savedSource))
        if has(ShoptOptions.extdebug) { frames[frames.count - 1].arguments = context.positional }
        defer {
            if let options = frames.removeLast().savedOptions {
                context.options = options
                synchronize()
            }
            for local in localScopes.removeLast().reversed() { restore(local.id, local.saved) }
            context.positional = savedParameters
            hasSetParameters = savedHasSet
            context.getoptsPlace = savedPlace
            loopDepth = savedLoopDepth
            functionDepth -= 1
            sourceName = savedSource
        }
        do throws(Unwind) {
            guard context.traps.isEmpty else { return try runBodyWithTraps(function) }
            let status = try function.body.run(self)
            if !deferred.isEmpty {
                context.status = status
                try endScope()
            }
            return context.traps.isEmpty ? status : try runOwnReturnTrap(status)
        } catch {
            if !deferred.isEmpty { try endScope(error) }
            guard case .returnFromFunction = error else { throw error }
            return context.traps.isEmpty ? context.status : try runOwnReturnTrap(context.status)
        }
    }
}
