import Bytes
import Platform
import Shell

/// The runner as a built-in: with the shell's functions and variables, nothing exported.
extension Builtin {
    package static let parallel = Builtin(
        name: "parallel", kind: .extension,
        synopsis: "parallel [option…] [command [argument…]] [::: argument…]…",
        summary: "Run a command for each argument, several at a time.",
        details: """
            Options, replacement strings and exit status are those of the runner: see 'thresh --help' and thresh(1). A job \
            may be a function or a built-in; it sees the shell's variables, in a copy of its own.
            """,
        run: { (sh, args) throws(Unwind) in
            sh.flushOutput()
            return runCommandLine(Array(args.dropFirst()), calledAs: .parallel, on: sh)
        })
}

/// Runs the runner's command line; the exit status.
///
/// - Parameter words: without the name.
package func runCommandLine(_ words: [Bytes], calledAs: CalledAs, on sh: Interpreter) -> Int32 {
    let environment = RunEnvironment(
        directory: sh.context.workingDirectory.descriptor, standardInput: sh.context.descriptors.descriptor(0) ?? -1,
        environmentSize: sh.environmentSize, variable: { sh.variable($0) })
    switch parseCommandLine(words, calledAs: calledAs, environment: environment) {
    case .run(let plan):
        return runPool(plan, on: sh)
    case .print(let text, let status):
        return sh.print(text) ? status : 255
    case .failure(let message):
        sh.writeError(message)
        return 255
    }
}
