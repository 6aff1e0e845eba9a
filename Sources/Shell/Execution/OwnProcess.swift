import Bytes
import Synchronization
import Syntax

/// A subshell that asks for BASHPID, the number of its own process: it runs in one.
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
    /// How often BASHPID was met.
    private static let processMentions = Atomic<Int>(0)

    static func mentionProcess() { processMentions.add(1, ordering: .relaxed) }

    /// The body of a subshell, or a process of its own if the body asks for its number.
    static func subshell(_ list: List, _ make: (Node) -> Node) -> Node {
        let before = processMentions.load(ordering: .relaxed)
        let body = self.list(list)
        return processMentions.load(ordering: .relaxed) == before ? make(body) : OwnProcessNode(list)
    }
}
