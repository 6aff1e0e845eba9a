import Bytes
import Platform
import Testing

@testable import Shell

@Suite struct SharingTests {
    private static func shell() -> Interpreter { Interpreter(name: "thresh", environment: [], sourceName: "test") }

    @Test func variablesMoveAndComeBack() {
        let sh = Self.shell()
        #expect(sh.assign("x", "a value that does not fit into the variable"))
        #expect(sh.setArray("a", ["1", "2"]))
        let sharing = sh.beginSharing()
        #expect(sh.variable("x") == "a value that does not fit into the variable")
        #expect(sh.elements(ofVariable: "a") == ["1", "2"])
        #expect(sh.context.variables.sharedNumber(NameTable.intern("x")) == NameTable.intern("x"))
        let other = Interpreter(sharing: sharing, of: sh, name: "Thread-1")
        #expect(other.assign("x", "2"))
        #expect(other.assign("new", "3"))
        #expect(other.setElement(NameTable.intern("a"), .index(5), "six"))
        #expect(sh.variable("x") == "2")
        #expect(sh.variable("new") == "3")
        #expect(sh.elements(ofVariable: "a") == ["1", "2", "six"])
        sh.endSharing()
        #expect(sh.context.share == nil)
        #expect(sh.variable("x") == "2")
        #expect(sh.elements(ofVariable: "a") == ["1", "2", "six"])
    }

    @Test func aSubshellHasCopies() {
        let sh = Self.shell()
        #expect(sh.assign("x", "1"))
        let sharing = sh.beginSharing()
        let other = Interpreter(sharing: sharing, of: sh, name: "Thread-1")
        let copy = Interpreter(copying: other)
        #expect(copy.assign("x", "2"))
        #expect(other.assign("x", "3"))
        #expect(copy.variable("x") == "2")
        #expect(sh.variable("x") == "3")
    }

    @Test func resultsOfCommandsAreEachThreadsOwn() {
        let sh = Self.shell()
        #expect(sh.assign("REPLY", "main"))
        let sharing = sh.beginSharing()
        let other = Interpreter(sharing: sharing, of: sh, name: "Thread-1")
        #expect(other.variable("REPLY") == nil)
        #expect(other.assign("REPLY", "thread"))
        #expect(sh.variable("REPLY") == "main")
    }

    @Test func cellsAreGivenUpByTheLast() {
        let variables = SharedVariables()
        var variable = Variable()
        variable.assign("local", .isSet)
        let cell = variables.slots.addCell(variable, .free(next: 0), near: 3)
        variables.slots.retainCell(cell)
        variables.slots.releaseCell(cell)
        #expect(variables.slots.variable(cell).value == "local")
        variables.slots.releaseCell(cell)
        #expect(!variables.slots.variable(cell).isSet)
        #expect(variables.slots.addCell(variable, .free(next: 0), near: 3) == cell)
    }

    @Test func functionsOfSeveralThreadsAreMerged() {
        let sh = Self.shell()
        let sharing = sh.beginSharing()
        let other = Interpreter(sharing: sharing, of: sh, name: "Thread-1")
        sh.context.aliases["a"] = "1"
        other.context.aliases["b"] = "2"
        sh.synchronize()
        other.synchronize()
        sh.synchronize()
        #expect(sh.context.aliases == ["a": "1", "b": "2"])
        #expect(other.context.aliases == ["a": "1", "b": "2"])
        sh.context.aliases["a"] = nil
        sh.synchronize()
        other.synchronize()
        #expect(other.context.aliases == ["b": "2"])
    }
}
