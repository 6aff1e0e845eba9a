import Bytes
import Testing

@testable import Shell

@Suite struct ShellTaskTests {
    /// What an interpreter has and `exchangeState` leaves alone: it belongs to the command that runs, or is the same for all.
    private static let ofTheCommand: Set<String> = [
        "stack", "arrayOperands", "localScopes", "temporaries", "frames", "conditionDepth", "commandKeepsRedirections",
        "loopDepth", "functionDepth", "sourceDepth", "lastStageDepth", "stageNesting", "evaluationDepth",
        "subshellDepth", "isMain",
        "actsOnSignals", "task", "position", "sourceName", "substitutionStatus", "placeholders", "capsulePlaceholders",
        "identity", "threadName", "isCopy", "jobSequence", "jobSlot", "captures", "output", "outputError", "history",
        "startingGroup", "jobControlPauses",
        "shellProcess", "givesProcessGroups", "trustsPaths", "cancellation", "hasArithmeticFailed", "hookDepth",
        "isDebugging",
        "startSeconds", "exitTrapStatus", "ownDepth", "lineEditor", "completion", "$__lazy_storage_$_programNames",
        "fileNameRules", "editorFunctions", "peer", "launchFiles", "expandedOperands", "arithmeticDepth",
        "syntaxErrorDepth", "lastingDescriptors", "hasSetParameters", "traceLevel", "hasTracedAhead", "quietStageDepth",
        "isBeyondCommand",
        "commandNumber", "lastDuration", "countParallelJobs", "ownPrograms", "historyExpander", "shieldDepth",
        "leavesByFailure", "watchesEnd", "loopCondition", "scriptArguments", "runNesting",
        "runGuard",
    ]
    private static let exchanged: Set<String> = [
        "context", "jobs", "terminal", "ownIgnoredSignals", "exitWarning", "pipelineStatuses", "statusesAreCurrent",
        "separators", "formerSeparators", "encoding", "random", "functionLimit", "ignoredNames", "secondsStart",
        "coprocesses", "substitutedProcesses", "preparedSources", "hasTracedFunctions", "foreignEnvironment",
        "subshellSignals", "wasAbandoned", "endingSignal", "statusBeforeEnd", "companion", "deferred",
    ]

    /// Whoever adds a property must decide whether a command at the prompt takes it over: in `exchangeState`, or here.
    @Test func everyPropertyIsDecidedOn() {
        let sh = Interpreter(name: "thresh", environment: [], sourceName: "test")
        let names = Set(Mirror(reflecting: sh).children.compactMap(\.label))
        #expect(names.subtracting(Self.ofTheCommand).subtracting(Self.exchanged) == [])
    }
}
