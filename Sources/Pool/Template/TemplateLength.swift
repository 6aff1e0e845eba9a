import Bytes
import Syntax

/// How long the text of a command becomes, argument by argument, without making it: for `-X`, `-m` and `-s`.
struct TemplateLength: Sendable {
    /// A replacement string that stands for all arguments.
    private struct Use: Sendable {
        var edit: ValueEdit
        var isBare: Bool
    }

    /// What every command has.
    let base: Int
    /// What each argument adds beside its values: blanks, and the rest of the words that are repeated.
    private let perArgument: Int
    private let uses: [Use]
    /// `{1}` and its like.
    private let positions: [(position: Int, edit: ValueEdit)]

    /// Of a template; nil: the arguments are the command, joined with spaces.
    init(_ template: JobTemplate?) {
        var base = 0
        var perArgument = 0
        var uses: [Use] = []
        var positions: [(position: Int, edit: ValueEdit)] = []
        func add(_ segment: JobTemplate.Segment, _ template: JobTemplate, isRepeated: Bool) {
            switch segment {
            case .literal(let text):
                if isRepeated { perArgument += text.count } else { base += text.count }
            case .value(let id, let quoting):
                let meaning = template.meanings[id]
                switch meaning.source {
                case .arguments, .filter:
                    uses.append(Use(edit: meaning.edit, isBare: quoting != .none))
                    if !isRepeated {
                        perArgument += 1
                        base -= 1
                    }
                case .argument(let position): positions.append((position, meaning.edit))
                case .slotVariable: base += 19
                case .sequence, .slot, .total, .paddedSequence, .paddedSlot: base += 3
                }
            case .word(let parts):
                perArgument += 1
                base -= 1
                for part in parts { add(part, template, isRepeated: true) }
            case .operand(let parts):
                base += 1
                let isWord =
                    template.plurality == .cross
                    && parts.contains {
                        if case .value(let id, _) = $0 { template.meanings[id].isPlural } else { false }
                    }
                if isWord {
                    perArgument += 1
                    base -= 1
                }
                for part in parts { add(part, template, isRepeated: isWord) }
            }
        }
        if let template {
            for segment in template.segments { add(segment, template, isRepeated: false) }
        } else {
            base = -1
            perArgument = 1
            uses = [Use(edit: .none, isBare: true)]
        }
        self.base = base
        self.perArgument = perArgument
        self.uses = uses
        self.positions = positions
    }

    /// What `argument` adds as the one at `index` of its job.
    func cost(of argument: Bytes, at index: Int) -> Int {
        var sum = perArgument
        for use in uses {
            let value = use.edit.apply(to: argument)
            sum += use.isBare ? value.count : ShellQuoting.length(value)
        }
        for (position, edit) in positions where position == index + 1 || (position < 0 && index == 0) {
            sum += ShellQuoting.length(edit.apply(to: argument))
        }
        return sum
    }
}
