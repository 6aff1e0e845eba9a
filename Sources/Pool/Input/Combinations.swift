// All combinations of the values of several input sources, in the order of nested loops: the last source varies
// fastest.
//
// Sources that are linked (`:::+`) form a group, whose rows go in step and end with its shortest source. With `--link`
// all sources are one group, and the shorter ones start anew until the longest ends. A source with no values at all
// counts as one with a single empty value; if none has any, there are no combinations.
//
// The rows of the first group are read as they are wanted and not kept; those of the others are kept, since they are
// needed again and again, but also read only when their turn comes.

import Bytes

/// Thread: used by one at a time.
final class Combinations {
    /// The sources of a group and its rows.
    private struct Group {
        var sources: [ValueSource]
        /// The rows are needed again.
        var isKept: Bool
        /// Shorter sources start anew.
        var wraps: Bool
        var rows: [[Bytes]] = []
        var count = 0
        var hasEnded = false
        /// What the sources have given for the row that is being read.
        var parts: [[Bytes]] = []
        /// For `wraps`: all values of each source, and which have ended.
        var values: [[[Bytes]]] = []
        var ended: [Bool] = []

        init(_ sources: [ValueSource], isKept: Bool, wraps: Bool) {
            self.sources = sources
            self.isKept = isKept
            self.wraps = wraps
            if wraps {
                values = Array(repeating: [], count: sources.count)
                ended = Array(repeating: false, count: sources.count)
            }
        }
    }

    private enum GroupRow {
        case row([Bytes])
        case blocked(Int32)
        case end
    }

    private var groups: [Group] = []
    /// The place of each group in its rows; empty before the first combination.
    private var indices: [Int] = []
    private var current: [[Bytes]] = []
    private var isEmpty = true
    private let single: ValueSource?
    private let first: ValueSource?

    /// - Parameter isLinked: for each source whether it goes with the one before it.
    init(_ sources: [ValueSource], isLinked: [Bool], links: Bool) {
        first = sources.first
        single = sources.count == 1 ? sources[0] : nil
        var clusters: [[ValueSource]] = []
        for (source, linked) in zip(sources, isLinked) {
            if !clusters.isEmpty, linked || links {
                clusters[clusters.count - 1].append(source)
            } else {
                clusters.append([source])
            }
        }
        for (index, cluster) in clusters.enumerated() {
            groups.append(Group(cluster, isKept: index > 0, wraps: links && cluster.count > 1))
        }
    }

    /// The line of the first source that the last row came from.
    var lineNumber: Int { first?.lineNumber ?? 0 }

    func next() throws(InputError) -> ValueSource.Next {
        if let single { return try single.next() }
        if indices.count < groups.count { return try start() }
        var group = groups.count - 1
        while group >= 0 {
            switch try row(of: group, at: indices[group] + 1) {
            case .row(let row):
                indices[group] += 1
                current[group] = row
                for later in group + 1..<groups.count {
                    indices[later] = 0
                    current[later] = groups[later].rows[0]
                }
                return .row(joined())
            case .blocked(let descriptor): return .blocked(descriptor)
            case .end: group -= 1
            }
        }
        return .end
    }

    /// The first rows of all groups.
    private func start() throws(InputError) -> ValueSource.Next {
        while indices.count < groups.count {
            let group = indices.count
            switch try row(of: group, at: 0) {
            case .row(let row):
                isEmpty = false
                current.append(row)
            case .blocked(let descriptor): return .blocked(descriptor)
            case .end:
                // What the sources before the empty one gave still counts, once.
                var parts = groups[group].parts
                if parts.contains(where: { !$0.isEmpty }) { isEmpty = false }
                while parts.count < groups[group].sources.count { parts.append([]) }
                let row = parts.flatMap { $0.isEmpty ? [Bytes()] : $0 }
                groups[group].rows = [row]
                groups[group].count = 1
                current.append(row)
            }
            indices.append(0)
        }
        return isEmpty ? .end : .row(joined())
    }

    private func joined() -> [Bytes] {
        var row: [Bytes] = []
        for part in current { row += part }
        return row
    }

    private func row(of index: Int, at place: Int) throws(InputError) -> GroupRow {
        if place < groups[index].count, groups[index].isKept { return .row(groups[index].rows[place]) }
        if groups[index].hasEnded { return .end }
        if groups[index].wraps { return try wrappedRow(of: index) }
        while groups[index].parts.count < groups[index].sources.count {
            switch try groups[index].sources[groups[index].parts.count].next() {
            case .row(let values): groups[index].parts.append(values)
            case .blocked(let descriptor): return .blocked(descriptor)
            case .end:
                groups[index].hasEnded = true
                return .end
            }
        }
        return .row(take(index, groups[index].parts.flatMap { $0 }))
    }

    /// The next row of sources that start anew until the longest ends.
    private func wrappedRow(of index: Int) throws(InputError) -> GroupRow {
        let place = groups[index].count
        for source in groups[index].sources.indices
        where !groups[index].ended[source] && groups[index].values[source].count == place {
            switch try groups[index].sources[source].next() {
            case .row(let values): groups[index].values[source].append(values)
            case .blocked(let descriptor): return .blocked(descriptor)
            case .end: groups[index].ended[source] = true
            }
        }
        if groups[index].ended.allSatisfy({ $0 }) {
            groups[index].hasEnded = true
            return .end
        }
        var row: [Bytes] = []
        for values in groups[index].values { row += values.isEmpty ? [Bytes()] : values[place % values.count] }
        return .row(take(index, row))
    }

    private func take(_ index: Int, _ row: [Bytes]) -> [Bytes] {
        groups[index].parts.removeAll(keepingCapacity: true)
        groups[index].count += 1
        if groups[index].isKept { groups[index].rows.append(row) }
        return row
    }
}
