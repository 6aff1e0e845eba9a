import Bytes
import Platform
import Syntax

/// A parsed command, prepared for running many times; threads share it.
package final class Prepared: Sendable {
    let node: Node

    /// Running it changes nothing of a context but the status, so that it needs no copy.
    let leavesContext: Bool

    package init(_ list: List) {
        node = Preparation.list(list)
        leavesContext = ContextKeeper.leaves(node)
    }

    package enum Shape: Sendable {
        /// Only built-ins and functions made of them: it starts no process.
        case builtins
        /// One simple command, perhaps an external one.
        case single
        case general
    }

    /// What running it takes, with the functions that `sh` has now. A guess on the safe side: what is not seen to consist of
    /// built-ins is `.general`.
    package func shape(in sh: Interpreter) -> Shape {
        var visited: Set<NameID> = []
        if ShapeFinder.isBuiltins(node, sh, &visited) { return .builtins }
        if let command = node as? SimpleCommandNode, command.isPure { return .single }
        return .general
    }
}

/// Finds out whether a tree leaves the context alone: a command without assignments and expansions that assign, of
/// built-ins that only write.
private enum ContextKeeper {
    static let writers: Set<Bytes> = ["echo", "printf", "true", "false", ":", "test", "[", "pwd"]

    static func leaves(_ node: Node) -> Bool {
        guard let command = (node as? TestCommandNode)?.command ?? node as? SimpleCommandNode,
            command.builtin != nil, let name = command.constantName
        else {
            return false
        }
        return writers.contains(name) && command.assignments.isEmpty && command.redirections.isEmpty && command.isPure
    }
}

/// Finds out whether a tree runs built-ins only.
private enum ShapeFinder {
    /// Built-ins that may run others, wait, or change the process: never taken for cheap.
    static let excluded: Set<Bytes> = [
        ".", "source", "eval", "exec", "command", "wait", "fg", "bg", "read", "kill", "trap", "jobs",
    ]

    static func isBuiltins(_ node: Node, _ sh: Interpreter, _ visited: inout Set<NameID>) -> Bool {
        switch node {
        case let node as SequenceNode: return node.items.allSatisfy { isBuiltins($0, sh, &visited) }
        case let node as AndOrNode:
            return isBuiltins(node.first, sh, &visited) && node.rest.allSatisfy { isBuiltins($0.node, sh, &visited) }
        case let node as NotNode: return isBuiltins(node.body, sh, &visited)
        case let node as IfNode:
            return node.branches.allSatisfy {
                isBuiltins($0.condition, sh, &visited) && isBuiltins($0.body, sh, &visited)
            } && node.otherwise.map { isBuiltins($0, sh, &visited) } ?? true
        case let node as WhileNode:
            return isBuiltins(node.condition, sh, &visited) && isBuiltins(node.body, sh, &visited)
        case let node as ForNode:
            return areQuiet(node.words ?? []) && isBuiltins(node.body, sh, &visited)
        case let node as CaseNode:
            return areQuiet([node.subject]) && node.branches.allSatisfy { isBuiltins($0.body, sh, &visited) }
        case let node as SubshellNode: return isBuiltins(node.body, sh, &visited)
        case let node as AssignmentsNode:
            return areQuiet(node.assignments.all.map(\.value)) && node.redirections.isEmpty
        case let node as TestCommandNode: return isBuiltins(node.command, sh, &visited)
        case let node as SimpleCommandNode:
            guard areQuiet(node.words.all), areQuiet(node.assignments.map(\.value)), node.redirections.isEmpty,
                let name = node.constantName
            else { return false }
            if node.builtin?.kind != .special, let function = sh.context.functions[node.nameID] {
                // A function that calls itself was looked at already.
                guard visited.insert(node.nameID).inserted else { return true }
                return isBuiltins(function.body, sh, &visited)
            }
            // A primitive may wait for what another job does.
            guard let builtin = node.builtin, builtin.kind != .primitive else { return false }
            return !excluded.contains(name)
        default:
            return node is ArithmeticCommandNode || node is FunctionDefinitionNode
        }
    }

    /// Words whose expansion starts nothing.
    private static func areQuiet(_ words: [WordNode]) -> Bool {
        words.allSatisfy { word in
            switch word {
            case let word as CompositeWord: return word.parts.allSatisfy(isQuiet)
            case let word as ExpansionWord: return isQuiet(word.part)
            default: return true
            }
        }
    }

    private static func isQuiet(_ part: PartNode) -> Bool {
        switch part {
        case is CommandPart, is ProcessPart, is FilePart: return false
        case let part as DoubleQuotedPart: return part.parts.allSatisfy(isQuiet)
        case let part as ArithmeticPart: return (part.expression as? ArithmeticRoot).map { areQuiet([$0.text]) } ?? true
        case let part as ParameterPart:
            switch part.operation {
            case .value, .length, .transform, .names: return true
            case .removePrefix(let word, _), .removeSuffix(let word, _): return areQuiet([word])
            case .useDefault(let word, _), .assignDefault(let word, _), .useAlternative(let word, _):
                return areQuiet([word])
            case .replace(let pattern, let with, _): return areQuiet([pattern, with])
            default: return false
            }
        default: return true
        }
    }
}

extension Interpreter {
    /// What a single command turns out to be once its words are expanded.
    package enum Resolution {
        /// An external command: start this. Its descriptors 0, 1 and 2 are the context's.
        case launch(Launch)
        /// A built-in or a function after all: `run` it.
        case inProcess
        /// It cannot be started; the message is printed, this is its status.
        case failed(Int32)
    }

    /// Expands a command of shape `.single`.
    package func resolve(_ prepared: Prepared) -> Resolution {
        guard let command = prepared.node as? SimpleCommandNode else { return .inProcess }
        let base = stack.count
        defer { stack.removeLast(stack.count - base) }
        position = command.position
        let saved = context
        context.separate()
        defer { context = saved }
        do throws(Unwind) {
            try command.pushWords(self)
            let arguments = Arguments(interpreter: self, base: base, count: stack.count - base)
            guard arguments.count > 0, case .external = command.resolved(self, arguments) else { return .inProcess }
            if has(.xtrace) { trace(arguments.map { Quoting.shell($0) }) }
            guard try redirect(command.redirections) else { return .failed(1) }
            switch try launch(arguments, command.assignments) {
            case .failure(let status): return .failed(status)
            case .success(let launch):
                // The files that the redirections opened must live until the child is started.
                launchFiles = context.descriptors
                return .launch(launch)
            }
        } catch {
            return .failed(context.status == 0 ? 1 : context.status)
        }
    }

    /// Starts what `resolve` gave; on failure the message is printed and the status given.
    package func begin(_ launch: borrowing Launch) -> Result<Child, StartFailure> {
        defer { launchFiles = nil }
        switch start(launch) {
        case .success(let child): return .success(child)
        case .failure(let status): return .failure(StartFailure(status: status))
        }
    }

    /// Runs a command to its end as a subshell would: `exit`, errors and the EXIT trap end with it, and the context is
    /// afterwards what it was. The status is 0…255.
    package func run(_ prepared: Prepared) -> Int32 {
        if prepared.leavesContext, let command = prepared.node as? SimpleCommandNode,
            context.functions[command.nameID] == nil
        {
            return runToEnd(command)
        }
        let saved = (context, separators, encoding, jobs)
        defer { (context, separators, encoding, jobs) = saved }
        return runToEnd(prepared.node)
    }
}

/// A command that could not be started: its status, 126 or 127.
package struct StartFailure: Error {
    package let status: Int32

    package init(status: Int32) { self.status = status }
}
