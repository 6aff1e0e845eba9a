import Bytes
import Shell

extension Builtin {
    /// A built-in of the common form that has no verbs: NAME [options] [operands].
    static func single(
        _ verb: @autoclosure @escaping @Sendable () -> Verb, name: Bytes,
        details: @autoclosure @escaping @Sendable () -> Bytes,
        examples: @autoclosure @escaping @Sendable () -> Bytes
    ) -> Builtin {
        Builtin(
            name: name, kind: .primitive, synopsis: verb().synopsis, summary: verb().summary,
            details: verb().options.map(\.line).joined(by: "") + "\n" + details(), examples: examples(),
            completes: .commands,
            run: { (sh, arguments) throws(Unwind) in
                var call = Call(sh: sh, noun: "", verb: verb(), arguments: arguments, first: 1)
                if let status = try call.readOptions() { return status }
                return try call.verb.run(&call)
            })
    }
}
