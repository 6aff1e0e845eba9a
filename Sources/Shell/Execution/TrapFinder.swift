import Bytes
import Syntax

/// Finds out from the source whether a subshell sets traps for signals: it must then be a process that can be sent them. A trap
/// for EXIT alone needs none.
enum TrapFinder {
    static func finds(_ list: List) -> Bool {
        list.items.contains { item in
            finds(item.first) || item.rest.contains { finds($0.pipeline) }
        }
    }

    private static func finds(_ pipeline: Pipeline) -> Bool { pipeline.commands.contains { finds($0) } }

    static func finds(_ command: Command) -> Bool {
        switch command {
        case .simple(let simple): setsTrap(simple.words)
        case .compound(let compound, _, _): finds(compound)
        case .function: false
        }
    }

    private static func finds(_ compound: CompoundCommand) -> Bool {
        switch compound {
        case .braceGroup(let list): finds(list)
        case .always(let list, let cleanup): finds(list) || finds(cleanup)
        case .forLoop(let loop), .select(let loop): finds(loop.body)
        case .arithmeticFor(let loop): finds(loop.body)
        // The bodies are jobs, which are processes where they must be.
        case .parallelFor: false
        case .parallelWhile(_, let condition, _): finds(condition)
        case .caseCommand(let command): command.items.contains { finds($0.body) }
        case .ifCommand(let command):
            command.branches.contains { finds($0.condition) || finds($0.body) }
                || command.otherwise.map { finds($0) } ?? false
        case .whileLoop(let condition, let body), .untilLoop(let condition, let body):
            finds(condition) || finds(body)
        // A subshell inside is a process by itself, if it must be one.
        case .subshell, .conditional, .arithmetic, .coprocess: false
        }
    }

    private static func setsTrap(_ words: [Word]) -> Bool {
        let texts = words.prefix(2).map(constant)
        guard let place = texts.firstIndex(of: "trap"), place == 0 || texts[0] == "command" else { return false }
        // What is expanded may name any condition.
        let conditions = words.dropFirst(place + 1).filter { constant($0) != "--" }.dropFirst()
        return conditions.contains { ![Bytes("EXIT"), "0", "ERR", "DEBUG", "RETURN"].contains(constant($0)) }
    }

    private static func constant(_ word: Word) -> Bytes? {
        guard word.parts.count == 1 else { return nil }
        switch word.parts[0] {
        case .literal(let text), .singleQuoted(let text): return text
        default: return nil
        }
    }
}
