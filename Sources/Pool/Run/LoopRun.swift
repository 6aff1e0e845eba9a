import Bytes
import Platform
import Shell

/// The jobs of `pfor`: a word each.
private final class WordSource: JobSource {
    private let words: [Bytes]
    private var given = 0

    init(_ words: [Bytes]) { self.words = words }

    override func next() throws(InputError) -> NextJob {
        guard given < words.count else { return .end }
        given += 1
        return .job(Job(sequence: given, arguments: [words[given - 1]], total: words.count))
    }
}

/// Runs a loop whose bodies are jobs; the exit status is that of `runPool`.
@Sendable package func runLoop(_ loop: ParallelLoop, on sh: Interpreter) -> Int32 {
    do throws(OptionError) {
        // Standard input is nobody's: who asks for its descriptor would end that `read` reads ahead.
        let environment = RunEnvironment(
            directory: sh.context.workingDirectory.descriptor, standardInput: -1, environmentSize: sh.environmentSize,
            variable: { sh.variable($0) })
        let source: JobSource = loop.condition.map { TurnSource($0, on: sh) } ?? WordSource(loop.values)
        let result = try parseLoopOptions(
            loop, source: source, marks: sh.capsuleMarks, environment: environment)
        switch result {
        case .run(let plan): return runPool(plan, on: sh)
        case .print(let text, let status): return sh.print(text) ? status : 255
        case .failure(let message):
            sh.writeError(message)
            return 255
        }
    } catch {
        return sh.fail(loop.keyword, error.message, status: 255)
    }
}
