// "Did you mean": names that differ from a mistyped one by a slip of the fingers.

import Bytes
import Glibc
import Platform

package enum Suggestions {
    /// The closest of the names, at most three: one or two slips away, none for very short names.
    ///
    /// - Parameter isThere: whether a name is to be offered; asked of few.
    package static func closest(
        to word: Bytes, among names: some Sequence<Bytes>, where isThere: (Bytes) -> Bool = { _ in true }
    ) -> [Bytes] {
        let limit = word.count < 3 ? (word.count == 2 ? 1 : 0) : word.count < 6 ? 1 : 2
        guard limit > 0 else { return [] }
        var found: [(name: Bytes, distance: Int)] = []
        var seen: Set<Bytes> = []
        for name in names where abs(name.count - word.count) <= limit {
            guard let distance = distance(word, name, limit: limit), distance > 0, seen.insert(name).inserted else {
                continue
            }
            found.append((name, distance))
        }
        found.sort { a, b in
            // Who errs has mostly the first letter right.
            let (aFirst, bFirst) = (a.name.first == word.first ? 0 : 1, b.name.first == word.first ? 0 : 1)
            return (a.distance, aFirst, a.name) < (b.distance, bFirst, b.name)
        }
        var best: [(name: Bytes, distance: Int)] = []
        for each in found where best.count < 3 && each.distance <= best.first?.distance ?? limit && isThere(each.name) {
            best.append(each)
        }
        return best.map(\.name)
    }

    /// `; did you mean 'a', 'b' or 'c'?`; nothing without names.
    package static func question(_ names: [Bytes]) -> Bytes {
        guard let last = names.last else { return Bytes() }
        let quoted = names.map { "'" + $0 + "'" }
        let first = quoted.dropLast()
        return "; did you mean " + (first.isEmpty ? Bytes() : Array(first).joined(by: ", ") + " or ") + "'" + last
            + "'?"
    }

    /// How many letters must be put in, left out, changed or swapped with the next (the distance of Damerau and
    /// Levenshtein, where no letter is changed twice); nil if more than `limit`.
    static func distance(_ a: Bytes, _ b: Bytes, limit: Int) -> Int? {
        let (from, to) = (Array(a), Array(b))
        var beforeLast: [Int] = []
        var last = Array(0...to.count)
        for i in 0..<from.count {
            var row = [i + 1]
            row.reserveCapacity(to.count + 1)
            var least = i + 1
            for j in 0..<to.count {
                var best = min(last[j + 1] + 1, row[j] + 1, last[j] + (from[i] == to[j] ? 0 : 1))
                if i > 0, j > 0, from[i] == to[j - 1], from[i - 1] == to[j] { best = min(best, beforeLast[j - 1] + 1) }
                row.append(best)
                least = min(least, best)
            }
            // Swapped letters reach back one row more.
            if least > limit + 1 { return nil }
            (beforeLast, last) = (last, row)
        }
        return last[to.count] <= limit ? last[to.count] : nil
    }
}

extension Interpreter {
    /// What is added to the message about a command that was not found, at the prompt.
    func commandQuestion(_ name: Bytes) -> Bytes {
        guard has(.interactive), isMain, name.count > 1 else { return Bytes() }
        var names = builtins.map(\.name)
        names += context.aliases.keys
        names += Interpreter.reservedWords
        names += context.functions.all.map(\.definition.name)
        let path = value(NameTable.path) ?? Bytes()
        let directory = context.workingDirectory.descriptor
        names += programNames.allNames(in: path, at: directory)
        let found = Suggestions.closest(to: name, among: names) { findCommand($0) != nil }
        return Suggestions.question(found)
    }

    /// What is added to the message about a name that is none of an option, at the prompt.
    package func optionQuestion(_ name: Bytes, among names: [Bytes]) -> Bytes {
        guard has(.interactive) else { return Bytes() }
        return Suggestions.question(Suggestions.closest(to: name, among: names))
    }
}
