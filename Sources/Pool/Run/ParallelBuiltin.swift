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
        examples: """
            parallel -j 4 gzip ::: *.log
            parallel -k 'convert {} {.}.png' ::: *.jpg
            """,
        completes: .by(parallelOperands), options: parallelOptions,
        run: { (sh, args) throws(Unwind) in
            sh.flushOutput()
            return runCommandLine(Array(args.dropFirst()), calledAs: .parallel, on: sh)
        })
}

/// Runs the runner's command line; the exit status.
///
/// - Parameter words: without the name.
package func runCommandLine(_ words: [Bytes], calledAs: CalledAs, on sh: Interpreter) -> Int32 {
    switch parseCommandLine(words, calledAs: calledAs, environment: RunEnvironment(of: sh)) {
    case .run(let plan):
        return runPool(plan, on: sh)
    case .print(let text, let status):
        return sh.print(text) ? status : 255
    case .failure(let message):
        sh.writeError(message)
        return 255
    }
}

extension RunEnvironment {
    /// Of a shell.
    init(of sh: Interpreter) {
        self.init(
            directory: sh.context.workingDirectory.descriptor,
            standardInput: sh.context.descriptors.descriptor(0) ?? -1, environmentSize: sh.environmentSize,
            variable: { sh.variable($0) })
    }
}

extension OwnCompletion {
    /// thresh(1) itself.
    package static let thresh = OwnCompletion(
        name: "thresh", options: { candidates(withShell: true) }, completes: .by(threshOperands))
}

/// The options of `parallel`, from their table.
@Sendable private func parallelOptions() -> [Candidate] { candidates(withShell: false) }

private func candidates(withShell: Bool) -> [Candidate] {
    var candidates: [Candidate] = []
    for option in OptionTable().options where option.isShown {
        if option.isShell && !withShell { continue }
        for name in option.names.prefix(1) { candidates.append(Candidate("--" + name, option.help)) }
        for letter in option.letters {
            var text: Bytes = "-"
            text.append(letter)
            candidates.append(Candidate(text, option.help))
        }
    }
    return candidates
}

/// The operands of `thresh`: a script, or with an option of the runner what `parallel` has.
@Sendable private func threshOperands(_ sh: Interpreter, _ query: CompletionQuery) -> OperandCompletion {
    let isRunner = query.words.dropFirst().contains { $0.hasPrefix("-j") || $0.hasPrefix("--") || $0.hasPrefix(":::") }
    return isRunner ? parallelOperands(sh, query) : .files
}

/// The operands of `parallel`: the value of the option before, a command with its arguments, then arguments.
@Sendable private func parallelOperands(_ sh: Interpreter, _ query: CompletionQuery) -> OperandCompletion {
    if query.words.dropFirst().contains(where: { $0.hasPrefix(":::") }) { return .files }
    let previous = query.previous
    guard query.words.count > 1, previous.first == UInt8(ascii: "-"), previous.count > 1 else { return .commands }
    let table = OptionTable()
    var found: Option?
    if previous.hasPrefix("--") {
        if case .option(let option) = table.option(named: previous.dropFirst(2)) { found = option }
    } else if let last = previous.last {
        found = table.option(letter: last)
    }
    guard case .required(_, let hint)? = found?.value else { return .commands }
    switch hint {
    case .choices(let choices): return .candidates(choices.map { Candidate($0) })
    case .directory: return .directories
    case .command: return .commands
    case .file: return .files
    case .none: return .nothing
    }
}
