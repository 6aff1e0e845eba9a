// Assignments to arrays: `name[subscript]=value` and `name=( … )`.

import Bytes
import Syntax

/// `( … )` in an assignment, prepared.
final class ArrayLiteral: @unchecked Sendable {
    enum Element {
        /// The words of an element without a subscript: they are expanded as those of a command.
        case words([WordNode], text: WordNode)
        case subscripted(SubscriptNode, isAppending: Bool, value: WordNode)
    }

    let elements: [Element]
    private let syntax: [ArrayElement]

    init(_ elements: [Element], _ syntax: [ArrayElement]) {
        self.elements = elements
        self.syntax = syntax
    }

    /// As it was written.
    var source: Bytes { Printer.source(of: Word([.array(syntax)])) }

    /// An element with everything expanded; what its subscript means may depend on the elements before.
    private enum Expanded {
        case next(Bytes)
        case at(Bytes, isAppending: Bool, Bytes)
    }

    /// As `set -x` shows it before a declaration: expanded, but for what must be expanded once only.
    func traced(_ sh: Interpreter) throws(Unwind) -> Bytes {
        let isPure = elements.allSatisfy {
            switch $0 {
            case .words(let words, _): words.allSatisfy(\.isPure)
            case .subscripted(let index, _, let value): index.isPure && value.isPure
            }
        }
        guard isPure else { return source }
        let texts = try expand(sh).map { element in
            switch element {
            case .next(let value): Quoting.single(value)
            case .at(let index, let isAppending, let value):
                "[" + Quoting.single(index) + (isAppending ? "]+=" : "]=") + Quoting.single(value)
            }
        }
        return "(" + texts.joined(by: " ") + ")"
    }

    /// Assigns to the variable, which must not be a reference; false, with the message printed, if that can't be.
    func assign(to id: NameID, isAppending: Bool, _ sh: Interpreter) throws(Unwind) -> Bool {
        if sh.isAssociative(id) { return try assignAssociative(id, isAppending, sh) }
        if elements.allSatisfy({ if case .words = $0 { true } else { false } }) {
            return try assignWords(id, isAppending, sh)
        }
        let expanded = try expand(sh)
        guard sh.makeArray(id, isAssociative: false) else { return false }
        let number = sh.context.variables[id].array
        var next = 0
        if isAppending {
            next = sh.context.arrays.end(number)
        } else {
            sh.modifyIndexed(id) { $0 = IndexedArray() }
        }
        for element in expanded {
            switch element {
            case .next(let value):
                guard next >= 0 else {
                    sh.reportNoIndexLeft(id)
                    return false
                }
                guard sh.setElement(id, .index(next), value) else { return false }
            case .at(let text, let isAppending, let value):
                next = Int(try sh.evaluateText(text))
                guard sh.setElement(id, .index(next), value, isAppending: isAppending) else { return false }
                if next < 0 { next = next &+ sh.context.arrays.end(number) }
            }
            next = next &+ 1
        }
        sh.context.variables[id].attributes.insert(.isSet)
        return true
    }

    /// The usual case: no subscripts.
    private func assignWords(_ id: NameID, _ isAppending: Bool, _ sh: Interpreter) throws(Unwind) -> Bool {
        let base = sh.stack.count
        defer { sh.stack.removeLast(sh.stack.count - base) }
        for case .words(let words, _) in elements {
            for word in words { try word.pushFields(sh) }
        }
        guard sh.makeArray(id, isAssociative: false) else { return false }
        var values = sh.stack.copy(base..<sh.stack.count)
        let attributes = sh.context.variables.attributes(id)
        if !attributes.isDisjoint(with: .convertsCase.union(.integer)) {
            for index in values.indices {
                guard let value = sh.converted(values[index], attributes) else { return false }
                values[index] = value
            }
        }
        var hasRoom = true
        sh.modifyIndexed(id) {
            if isAppending {
                hasRoom = $0.hasRoom(for: values.count)
                $0.append(contentsOf: values)
            } else {
                $0 = IndexedArray(values)
            }
        }
        if !hasRoom { sh.reportNoIndexLeft(id) }
        return hasRoom
    }

    private func expand(_ sh: Interpreter) throws(Unwind) -> [Expanded] {
        var expanded: [Expanded] = []
        let base = sh.stack.count
        defer { sh.stack.removeLast(sh.stack.count - base) }
        for element in elements {
            switch element {
            case .words(let words, _):
                for word in words { try word.pushFields(sh) }
                for place in base..<sh.stack.count { expanded.append(.next(sh.stack[place])) }
                sh.stack.removeLast(sh.stack.count - base)
            case .subscripted(let index, let isAppending, let value):
                expanded.append(.at(try index.text(sh), isAppending: isAppending, try value.string(sh)))
            }
        }
        return expanded
    }

    /// Elements with keys, or keys and values in turn if the first has no subscript; these are not split.
    private func assignAssociative(_ id: NameID, _ isAppending: Bool, _ sh: Interpreter) throws(Unwind) -> Bool {
        var pairs: [(key: Bytes, isAppending: Bool, value: Bytes)] = []
        if case .words = elements.first {
            var texts: [Bytes] = []
            for element in elements {
                switch element {
                case .words(_, let text): texts.append(try text.string(sh))
                case .subscripted(let index, let isAppending, let value):
                    texts.append("[" + (try index.text(sh)) + (isAppending ? "]+=" : "]=") + (try value.string(sh)))
                }
            }
            for index in stride(from: 0, to: texts.count, by: 2) {
                pairs.append((texts[index], false, index + 1 < texts.count ? texts[index + 1] : Bytes()))
            }
        } else {
            for element in elements {
                switch element {
                case .words(_, let text):
                    sh.report(
                        NameTable.name(of: id) + ": " + Quoting.shell(try text.string(sh))
                            + ": an element of an associative array needs a subscript")
                case .subscripted(let index, let isAppending, let value):
                    pairs.append((try index.text(sh), isAppending, try value.string(sh)))
                }
            }
        }
        guard sh.makeArray(id, isAssociative: true) else { return false }
        if !isAppending {
            sh.context.arrays.modifyAssociative(sh.context.variables[id].array) { $0 = AssociativeArray() }
        }
        for pair in pairs {
            guard !pair.key.isEmpty else {
                sh.report(NameTable.name(of: id) + "[]: bad array subscript")
                continue
            }
            guard sh.setElement(id, .key(pair.key), pair.value, isAppending: pair.isAppending) else { return false }
        }
        sh.context.variables[id].attributes.insert(.isSet)
        return true
    }
}

/// What an assignment does that is none to a plain variable.
final class ArrayAssignment: @unchecked Sendable {
    enum Value {
        case element(SubscriptNode, WordNode)
        case literal(ArrayLiteral)
        /// `a[1]=( … )`, which the grammar takes.
        case nothing
    }

    let id: NameID
    let isAppending: Bool
    let value: Value

    init(id: NameID, isAppending: Bool, value: Value) {
        self.id = id
        self.isAppending = isAppending
        self.value = value
    }

    func assign(_ sh: Interpreter) throws(Unwind) {
        let isDone: Bool
        switch (value, sh.target(of: id)) {
        case (.element(let index, let word), .variable(let id)):
            let text = try word.string(sh)
            let key = try index.keyOrAbandon(sh, of: id)
            if sh.has(.xtrace) { trace(try index.text(sh), text, sh) }
            isDone = sh.setElement(id, key, text, isAppending: isAppending)
        case (.literal(let literal), .variable(let id)):
            if sh.has(.xtrace) { sh.trace([NameTable.name(of: self.id) + (isAppending ? "+=" : "=") + literal.source]) }
            isDone = try literal.assign(to: id, isAppending: isAppending, sh)
        case (.nothing, _):
            sh.report(NameTable.name(of: id) + "[…]: a list cannot be assigned to an element")
            isDone = false
        default:
            sh.report(NameTable.name(of: id) + ": not an array")
            isDone = false
        }
        guard isDone else {
            sh.context.status = 1
            throw .abandoned
        }
    }

    private func trace(_ index: Bytes, _ text: Bytes, _ sh: Interpreter) {
        sh.trace([
            NameTable.name(of: id) + "[" + index + (isAppending ? "]+=" : "]=")
                + (text.isEmpty ? "" : Quoting.traced(text))
        ])
    }
}

/// `name=( … )` as an operand of `declare` and its kin. The command gets `name=`, and finds the list beside it.
final class ArrayOperandWord: WordNode, @unchecked Sendable {
    let prefix: Bytes
    let literal: ArrayLiteral

    init(prefix: Bytes, literal: ArrayLiteral) {
        self.prefix = prefix
        self.literal = literal
    }

    override func pushFields(_ sh: Interpreter) throws(Unwind) {
        sh.arrayOperands.append((sh.stack.count, literal))
        sh.stack.append(prefix)
    }

    override func string(_ sh: Interpreter) throws(Unwind) -> Bytes { prefix }
    override var isPure: Bool { false }
}

/// A command with such operands: their lists are known as long as it runs.
final class ArrayDeclarationNode: Node, @unchecked Sendable {
    let command: Node
    init(_ command: Node) { self.command = command }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        let outer = sh.arrayOperands
        sh.arrayOperands = []
        defer { sh.arrayOperands = outer }
        return try command.run(sh)
    }
}
