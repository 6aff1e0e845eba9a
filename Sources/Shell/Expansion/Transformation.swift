// `${x@Q}` and the other letters, and what variables look like as source text: `declare -p` prints them so, too.

import Bytes
import Syntax

extension Interpreter {
    func transform(_ value: Bytes, _ letter: UInt8, _ target: ParameterTarget) throws(Unwind) -> Bytes {
        switch Unicode.Scalar(letter) {
        case "Q", "K", "k": return Quoting.always(value)
        case "U": return CaseMapping.change(value, .upperAll, encoding)
        case "u": return CaseMapping.change(value, .upperFirst, encoding)
        case "L": return CaseMapping.change(value, .lowerAll, encoding)
        case "E": return expandEscapes(value)
        case "P": return expandPrompt(value)
        case "a": return target.id.map(attributeLetters) ?? Bytes()
        case "A":
            guard let id = target.id else { return Bytes() }
            let letters = attributeLetters(id)
            let assignment = NameTable.name(of: id) + "=" + Quoting.always(value)
            return letters.isEmpty ? assignment : "declare -" + letters + " " + assignment
        default:
            throw expansionError("${" + target.text + "@" + Bytes(byte: letter) + "}: bad substitution")
        }
    }

    /// The text as it would be in `$'…'`.
    private func expandEscapes(_ text: Bytes) -> Bytes {
        var source: Bytes = ": $'"
        var isEscaped = false
        for byte in text {
            if byte == UInt8(ascii: "'") && !isEscaped { source.append(UInt8(ascii: "\\")) }
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
            source.append(byte)
        }
        if isEscaped { source.append(UInt8(ascii: "\\")) }
        source.append("'")
        guard let list = try? Parser.parse(source), case .simple(let command) = list.items.first?.first.commands.first,
            command.words.count == 2
        else { return text }
        var result = Bytes()
        for case .dollarSingleQuoted(let part) in command.words[1].parts { result.append(part) }
        return result
    }

    /// `@a` and `@A` have something to say of a variable without a value, too.
    func transformUnset(_ id: NameID, _ letter: UInt8) -> Bytes {
        let letters = attributeLetters(id)
        if letter == UInt8(ascii: "a") || letters.isEmpty { return letters }
        return "declare -" + letters + " " + NameTable.name(of: id)
    }

    /// The letters that are about the array as a whole; nil for the others.
    func transformArray(_ id: NameID, _ letter: UInt8) -> [Bytes]? {
        switch Unicode.Scalar(letter) {
        case "A":
            guard isArray(id) else { return nil }
            let value = context.variables.attributes(id).contains(.isSet) ? "=" + arraySource(id) : Bytes()
            return ["declare", "-" + attributeLetters(id), NameTable.name(of: id) + value]
        case "K", "k":
            guard isArray(id) else { return nil }
            let isQuoting = letter == UInt8(ascii: "K")
            var words: [Bytes] = []
            for (key, value) in zip(keys(id), elements(id)) {
                words.append(isQuoting && isAssociative(id) ? Quoting.subscriptKey(key) : key)
                words.append(isQuoting ? Quoting.doubled(value) : value)
            }
            return words
        default: return nil
        }
    }

    /// The attributes in the letters of `declare`.
    func attributeLetters(_ id: NameID) -> Bytes {
        let attributes = context.variables.attributes(id)
        var letters = Bytes()
        for (attribute, letter) in Variable.Attributes.letters where attributes.contains(attribute) {
            letters.append(letter)
        }
        return letters
    }

    /// `([0]="x" [1]="y")`
    func arraySource(_ id: NameID) -> Bytes {
        var text: Bytes = "("
        if isAssociative(id) {
            for (key, value) in associativeArray(id)?.elements.map({ ($0.key, $0.value) }) ?? [] {
                text.append("[" + Quoting.subscriptKey(key) + "]=" + Quoting.doubled(value) + " ")
            }
        } else if let array = indexedArray(id) {
            for place in 0..<array.count {
                if place > 0 { text.append(" ") }
                text.append("[" + Bytes(decimal: array.index(at: place)) + "]=" + Quoting.doubled(array.values[place]))
            }
        }
        text.append(")")
        return text
    }

    /// A command that makes the variable what it is: `declare -ir x="5"`.
    func declaration(_ id: NameID) -> Bytes {
        let variable = context.variables[id]
        let letters = attributeLetters(id)
        var text: Bytes = "declare -"
        text.append(letters.isEmpty ? "-" : letters)
        text.append(" " + NameTable.name(of: id))
        guard variable.isSet else { return text }
        text.append("=")
        if variable.attributes.contains(.reference) {
            text.append(Quoting.doubled(variable.value))
        } else {
            text.append(isArray(id) ? arraySource(id) : Quoting.doubled(value(id) ?? Bytes()))
        }
        return text
    }
}

extension Variable.Attributes {
    /// In the order in which they are printed.
    static let letters: [(attribute: Variable.Attributes, letter: UInt8)] = [
        (.indexed, UInt8(ascii: "a")), (.associative, UInt8(ascii: "A")), (.integer, UInt8(ascii: "i")),
        (.reference, UInt8(ascii: "n")), (.readonly, UInt8(ascii: "r")), (.traced, UInt8(ascii: "t")),
        (.exported, UInt8(ascii: "x")), (.capitalized, UInt8(ascii: "c")), (.lowercase, UInt8(ascii: "l")),
        (.uppercase, UInt8(ascii: "u")),
    ]
}
