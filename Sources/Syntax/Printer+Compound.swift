import Bytes

extension Printer {
    mutating func print(_ command: CompoundCommand) {
        switch command {
        case .braceGroup(let list):
            out.append("{")
            printBlock(list)
            out.append("}")
        case .always(let list, let cleanup):
            out.append("{")
            printBlock(list)
            out.append("} always {")
            printBlock(cleanup)
            out.append("}")
        case .subshell(let list):
            out.append("(")
            printParenthesized(list)
            out.append(")")
        case .forLoop(let loop): print(loop, "for ")
        case .select(let loop): print(loop, "select ")
        case .parallelFor(let options, let loop):
            out.append("pfor ")
            for option in options {
                print(option)
                out.append(" ")
            }
            print(loop, "")
        case .parallelWhile(let options, let condition, let body):
            out.append("pwhile")
            for option in options {
                out.append(" ")
                print(option)
            }
            printCondition(condition)
            printDoGroup(body)
        case .arithmeticFor(let loop):
            out.append("for ((")
            printExpression(loop.initial)
            out.append("; ")
            printExpression(loop.condition)
            out.append("; ")
            printExpression(loop.step)
            out.append("))")
            separate(after: nil)
            printDoGroup(loop.body)
        case .caseCommand(let command): print(command)
        case .ifCommand(let command):
            for (index, branch) in command.branches.enumerated() {
                out.append(index == 0 ? "if" : "elif")
                printCondition(branch.condition)
                out.append("then")
                printBlock(branch.body)
            }
            if let otherwise = command.otherwise {
                out.append("else")
                printBlock(otherwise)
            }
            out.append("fi")
        case .whileLoop(let condition, let body):
            out.append("while")
            printCondition(condition)
            printDoGroup(body)
        case .untilLoop(let condition, let body):
            out.append("until")
            printCondition(condition)
            printDoGroup(body)
        case .conditional(let expression):
            out.append("[[ ")
            print(expression)
            out.append(" ]]")
        case .arithmetic(let arithmetic):
            out.append("((")
            print(arithmetic.text, in: .arithmetic)
            out.append("))")
        case .coprocess(let name, let body):
            out.append("coproc ")
            if case .compound = body {
                out.append(name)
                out.append(" ")
            }
            print(body)
        }
    }

    private mutating func print(_ loop: ForLoop, _ keyword: Bytes) {
        out.append(keyword)
        out.append(loop.name)
        if let words = loop.words {
            out.append(" in")
            for word in words {
                out.append(" ")
                print(word)
            }
        }
        separate(after: nil)
        printDoGroup(loop.body)
    }

    private mutating func printExpression(_ arithmetic: Arithmetic?) {
        if let arithmetic { print(arithmetic.text, in: .arithmetic) }
    }

    private mutating func printDoGroup(_ body: List) {
        out.append("do")
        printBlock(body)
        out.append("done")
    }

    private mutating func print(_ command: CaseCommand) {
        out.append("case ")
        print(command.subject)
        out.append(" in")
        for item in command.items {
            if isOneLine {
                out.append(" ")
            } else {
                newline()
                startLine()
            }
            print(item)
        }
        if isOneLine {
            if pending.isEmpty { out.append(" ") } else { newline() }
        } else {
            newline()
            startLine()
        }
        out.append("esac")
    }

    private mutating func print(_ item: CaseItem) {
        // `esac` would end the command.
        if case .literal("esac")? = item.patterns.first?.parts.first, item.patterns[0].parts.count == 1 {
            out.append("(")
        }
        for (index, pattern) in item.patterns.enumerated() {
            if index > 0 { out.append(" | ") }
            print(pattern)
        }
        out.append(")")
        if isOneLine {
            out.append(" ")
            printInline(item.body)
            if !pending.isEmpty { newline() } else if !item.body.items.isEmpty { out.append(" ") }
        } else {
            newline()
            indentation += 1
            printLines(item.body)
            startLine()
            indentation -= 1
        }
        switch item.terminator {
        case .end: out.append(";;")
        case .fallThrough: out.append(";&")
        case .continueMatching: out.append(";;&")
        }
    }

    private mutating func print(_ expression: ConditionalExpression) {
        switch expression {
        case .word(let word): print(word)
        case .unary(let name, let word):
            out.append(name)
            out.append(" ")
            print(word)
        case .binary(let name, let left, let right):
            print(left)
            out.append(" ")
            out.append(name)
            out.append(" ")
            print(right)
        case .not(let operand):
            out.append("! ")
            print(operand)
        case .and(let left, let right):
            print(left)
            out.append(" && ")
            print(right)
        case .or(let left, let right):
            print(left)
            out.append(" || ")
            print(right)
        case .group(let inside):
            out.append("( ")
            print(inside)
            out.append(" )")
        }
    }
}
