import Bytes
import Platform
import Syntax
import struct Synchronization.Atomic

/// A subshell that asks for the number of its own process, by BASHPID or by a program that looks at its parent's: it runs in one.
final class OwnProcessNode: Node, @unchecked Sendable {
    private let list: List

    init(_ list: List) { self.list = list }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        let status = try sh.runProcessSubshell(list)
        sh.context.status = status
        try sh.checkErrexit(status)
        return status
    }
}

extension Preparation {
    /// How often something was met that makes a subshell around it a process.
    private static let processMentions = Atomic<Int>(0)
    /// How often that was a program that looks at its parent.
    private static let parentMentions = Atomic<Int>(0)

    static func mentionProcess() { processMentions.add(1, ordering: .relaxed) }

    /// A program that is given `$PPID` as text, as in `sh -c 'kill $PPID'`, tells the shell's processes apart; so does a function
    /// that has such a command.
    static func noteParent(_ words: [Word]) {
        guard namesParent(words) || callsAskingFunction(words) else { return }
        mentionProcess()
        parentMentions.add(1, ordering: .relaxed)
    }

    /// The names of functions with such commands, once there are some. It does no harm if another function has got the name.
    private static let askingFunctions = Mutex<Set<Bytes>>([])
    private static let hasAskingFunctions = Atomic<Bool>(false)

    private static func callsAskingFunction(_ words: [Word]) -> Bool {
        guard hasAskingFunctions.load(ordering: .relaxed), let name = words.first?.constantText else { return false }
        return askingFunctions.withLock { $0.contains(name) }
    }

    /// The body of a function.
    static func functionBody(_ definition: FunctionDefinition) -> Node {
        let before = parentMentions.load(ordering: .relaxed)
        let body = command(definition.body)
        if parentMentions.load(ordering: .relaxed) != before {
            askingFunctions.withLock { _ = $0.insert(definition.name) }
            hasAskingFunctions.store(true, ordering: .relaxed)
        }
        return body
    }

    private static func namesParent(_ words: [Word]) -> Bool { words.dropFirst().contains { namesParent($0.parts) } }

    private static func namesParent(_ parts: [WordPart]) -> Bool {
        parts.contains { part in
            switch part {
            case .singleQuoted(let text): text.find("$PPID") != nil
            case .doubleQuoted(let inner):
                inner.contains { if case .literal(let text) = $0 { text.find("$PPID") != nil } else { false } }
            default: false
            }
        }
    }

    /// Whether a program that looks at its parent is all of a subshell. It takes the place of that: its parent is the shell.
    static func takesPlace(_ command: Command) -> Bool {
        if case .simple(let simple) = command { namesParent(simple.words) } else { false }
    }

    /// The body of a subshell, or a process of its own if the body asks for its number.
    static func subshell(_ list: List, _ make: (Node) -> Node) -> Node {
        let (body, asks) = asking { self.list(list) }
        guard asks else { return make(body) }
        if list.items.count == 1, list.items[0].rest.isEmpty, !list.items[0].isAsynchronous,
            list.items[0].first.commands.count == 1, takesPlace(list.items[0].first.commands[0])
        {
            return make(body)
        }
        return OwnProcessNode(list)
    }

    /// What is made, and whether it asks for the number of its process.
    static func asking<Made>(_ make: () -> Made) -> (Made, Bool) {
        let before = processMentions.load(ordering: .relaxed)
        let made = make()
        return (made, processMentions.load(ordering: .relaxed) != before)
    }
}
