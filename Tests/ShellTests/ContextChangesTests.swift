import Bytes
import Platform
import Testing

@testable import Shell

/// What a worker process of a pool is told of the shell since it was made.
@Suite struct ContextChangesTests {
    private func shell() -> Interpreter { Interpreter(name: "thresh", environment: ["PATH=/bin"], sourceName: "test") }

    private func run(_ source: Bytes, in sh: Interpreter) throws { _ = try sh.evaluate(source) }

    @Test func nothingChangedIsNothing() throws {
        let sh = shell()
        try run("x=1; f() { :; }; a=(1 2)", in: sh)
        let copy = Interpreter(copying: sh)
        #expect(sh.changes(since: copy).isEmpty)
        try run("x=1", in: sh)
        #expect(sh.changes(since: copy).isEmpty)
    }

    @Test func whatHasChangedIsTheSameAfterwards() throws {
        let sh = shell()
        try run("x=1; gone=1; f() { echo old; }; g() { :; }; a=(1 2)", in: sh)
        let other = Interpreter(copying: sh)
        let base = Interpreter(copying: sh)
        try run(
            "x=2; unset gone; f() { echo new; }; unset -f g; a=(1 '' [7]=z); declare -A m=([k]=v); export y=3; IFS=:; set -- p q",
            in: sh)
        other.apply(sh.changes(since: base))
        let expressions: [Bytes] = [
            "$x", "${gone-none}", "$(f)", "${a[*]}", "${!a[*]}", "${m[k]}", "$y", "$*", "${IFS}",
        ]
        for expression in expressions {
            let source: Bytes = "result=\"" + expression + "\""
            try run(source, in: sh)
            try run(source, in: other)
            #expect(other.variable("result") == sh.variable("result"))
        }
        #expect(other.context.functions["g"] == nil)
        #expect(other.changes(since: sh).isEmpty)
    }
}
