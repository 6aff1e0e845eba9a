import Bytes
import Syntax

/// `select name in words`: shows the words with numbers, reads a line into REPLY, and runs the body with the word that was
/// chosen, until the input ends or the loop is left.
final class SelectNode: Node, @unchecked Sendable {
    let id: NameID
    let words: [WordNode]?
    let body: Node
    private let source: ForLoop

    init(id: NameID, words: [WordNode]?, body: Node, source: ForLoop) {
        self.id = id
        self.words = words
        self.body = body
        self.source = source
    }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        sh.position = source.position
        if sh.announces { try sh.announce(source.position) { source.head("select ") } }
        let base = sh.stack.count
        defer { sh.stack.removeLast(sh.stack.count - base) }
        if let words {
            for word in words { try word.pushFields(sh) }
        } else {
            sh.stack.append(contentsOf: sh.context.positional)
        }
        let choices = sh.stack.copy(base..<sh.stack.count)
        guard !choices.isEmpty else { return 0 }
        sh.loopDepth += 1
        defer { sh.loopDepth -= 1 }
        let menu = SelectMenu(choices, columns: sh.variable("COLUMNS")?.decimal ?? 80, encoding: sh.encoding)
        var showsMenu = true
        var status: Int32 = 0
        while true {
            do throws(Unwind) {
                try sh.checkSignals()
                guard let choice = try choose(menu, &showsMenu, sh) else { return 1 }
                guard sh.setLoopVariable(id, choice) else {
                    throw sh.assignmentFailed()
                }
                status = try body.run(sh)
                sh.context.status = status
            } catch {
                if try sh.leavesLoop(error) { return 0 }
                status = 0
            }
            showsMenu = sh.variable("REPLY")?.isEmpty ?? false
        }
    }

    /// The word that was chosen, empty for an answer that is no number of one; nil at the end of the input.
    private func choose(_ menu: SelectMenu, _ showsMenu: inout Bool, _ sh: Interpreter) throws(Unwind) -> Bytes? {
        while true {
            if showsMenu { sh.writeError(menu.text) }
            sh.writeError(sh.variable("PS3") ?? "#? ")
            let base = sh.stack.count
            sh.stack.append("read")
            defer { sh.stack.removeLast(sh.stack.count - base) }
            let status = try Read.run(sh, Arguments(interpreter: sh, base: base, count: 1))
            guard status == 0, let reply = sh.variable("REPLY") else {
                _ = sh.print("\n")
                return nil
            }
            if reply.isEmpty {
                showsMenu = true
                continue
            }
            let number = try? TestPrimary.integer(reply)
            guard let number, number >= 1, number <= menu.choices.count else { return "" }
            return menu.choices[number - 1]
        }
    }
}

/// The words of `select` with their numbers, in columns.
private struct SelectMenu {
    let choices: [Bytes]
    let text: Bytes

    init(_ choices: [Bytes], columns: Int, encoding: CharacterEncoding) {
        self.choices = choices
        let widths = choices.map { encoding.count($0) }
        let numberWidth = Bytes(decimal: choices.count).count
        let columnWidth = (widths.max() ?? 0) + numberWidth + 4
        var count = max(columns / columnWidth, 1)
        var rows = (choices.count + count - 1) / count
        count = (choices.count + rows - 1) / rows
        if rows == 1 { rows = count }
        let firstWidth = Bytes(decimal: rows).count
        var text = Bytes()
        for row in 0..<rows {
            var place = 0
            for index in stride(from: row, to: choices.count, by: rows) {
                if index > row {
                    // Up to the next column, by tabs where they fit.
                    let column = place / columnWidth * columnWidth + columnWidth
                    while place < column {
                        let next = (place / 8 + 1) * 8
                        text.append(next <= column ? UInt8(ascii: "\t") : UInt8(ascii: " "))
                        place = next <= column ? next : place + 1
                    }
                }
                let number = Bytes(decimal: index + 1)
                let width = index == row ? firstWidth : numberWidth
                text.append(Bytes(repeating: UInt8(ascii: " "), count: max(width - number.count, 0)))
                text.append(number)
                text.append(") ")
                text.append(choices[index])
                place += width + 2 + widths[index]
            }
            text.append("\n")
        }
        self.text = text
    }
}
