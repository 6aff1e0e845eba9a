// What has changed in a shell since another one was copied from it, in a form that can be sent to a process.
//
// A worker of a pool is a process that was made with the state of the shell at that time. A job that is handed in later is to see the
// shell as it is by then: the difference goes with it. It is found by comparing, page by page, so that a shell in which nothing
// has changed costs next to nothing.

import Bytes
import Platform
import Syntax

/// Variables, functions, parameters, options and the directory that differ; empty if nothing does.
package struct ContextChanges: Sendable {
    package let bytes: Bytes

    package init(_ bytes: Bytes = Bytes()) { self.bytes = bytes }

    package var isEmpty: Bool { bytes.isEmpty }
}

extension Interpreter {
    /// What is different here from `base`, of which this is a later copy, or another copy.
    package func changes(since base: Interpreter) -> ContextChanges {
        var writer = CapsuleWriter()
        var variables: [Bytes] = []
        context.variables.forEachDifference(from: base.context.variables) { id in
            let variable = context.variables[id]
            guard !variable.attributes.contains(.computed), differs(id, from: base) else { return }
            variables.append(NameTable.name(of: id))
            variables.append(Bytes(decimal: variable.attributes.rawValue))
            variables.append(variable.value)
            let isArray = !variable.attributes.isDisjoint(with: .anyArray)
            variables.append(Bytes(decimal: isArray ? elementCount(id) : 0))
            if isArray { for (key, value) in zip(keys(id), elements(id)) { variables += [key, value] } }
        }
        var functions: [Bytes] = []
        var removed: [Bytes] = []
        context.functions.forEachDifference(from: base.context.functions) { id, function in
            if let function {
                functions += [
                    function.sourceName, Printer.source(of: .function(function.definition), placeholders: nil),
                ]
            } else {
                removed.append(NameTable.name(of: id))
            }
        }
        // Each a list: empty where nothing differs.
        let others: [[Bytes]] = [
            context.positional == base.context.positional ? [] : ["p"] + context.positional,
            context.options == base.context.options ? [] : [Bytes(decimal: context.options.rawValue)],
            context.shopt == base.context.shopt ? [] : [Bytes(decimal: context.shopt.rawValue)],
            context.umask == base.context.umask ? [] : [Bytes(decimal: context.umask)],
            context.workingDirectory.path == base.context.workingDirectory.path ? [] : [context.workingDirectory.path],
            sourceName == base.sourceName ? [] : [sourceName],
            context.aliases == base.context.aliases ? [] : ["a"] + context.aliases.flatMap { [$0.key, $0.value] },
        ]
        guard !(variables.isEmpty && functions.isEmpty && removed.isEmpty && others.allSatisfy(\.isEmpty)) else {
            return ContextChanges()
        }
        writer.add(variables)
        writer.add(functions)
        writer.add(removed)
        for list in others { writer.add(list) }
        return ContextChanges(writer.bytes)
    }

    /// Runs an initializer in this shell, in which it stays; its status.
    package func initialize(_ source: Bytes) -> Int32 {
        do throws(Unwind) {
            let status = try evaluate(source)
            flushOutput()
            return status
        } catch {
            return context.status == 0 ? 1 : context.status
        }
    }

    package func sayInitializerFailed(_ status: Int32) {
        writeError("thresh: the initializer of the pool has failed with status " + Bytes(decimal: status) + "\n")
    }

    private func differs(_ id: NameID, from base: Interpreter) -> Bool {
        let mine = context.variables[id]
        let others = base.context.variables[id]
        guard mine.attributes == others.attributes, mine.value == others.value else { return true }
        guard !mine.attributes.isDisjoint(with: .anyArray) else { return false }
        return keys(id) != base.keys(id) || elements(id) != base.elements(id)
    }

    /// Makes this shell differ in the same way.
    package func apply(_ changes: ContextChanges) {
        guard !changes.isEmpty, var reader = CapsuleReader(changes.bytes), let variables = reader.list(),
            let functions = reader.list(), let removed = reader.list(), let positional = reader.list(),
            let options = reader.list(), let shopt = reader.list(), let umask = reader.list(),
            let directory = reader.list(), let source = reader.list(), let aliases = reader.list()
        else { return }
        var index = 0
        while index + 3 < variables.count, let count = variables[index + 3].decimal,
            index + 3 + count * 2 < variables.count
        {
            let id = NameTable.intern(variables[index])
            context.variables[id].value = variables[index + 2]
            context.variables[id].array = 0
            context.variables[id].attributes = Variable.Attributes(
                rawValue: UInt16(truncatingIfNeeded: variables[index + 1].decimal ?? 0))
            restoreElements([variables[index]] + variables[(index + 3)..<(index + 4 + count * 2)])
            if context.variables[id].attributes.contains(.watched) { watchedChanged(id) }
            index += 4 + count * 2
        }
        context.environment = nil
        for index in stride(from: 0, to: functions.count - 1, by: 2) {
            guard let list = try? Parser.parse(functions[index + 1]),
                case .function(let definition) = list.items.first?.first.commands.first
            else { continue }
            define(definition, sourceName: functions[index])
        }
        for name in removed { context.functions[NameTable.intern(name)] = nil }
        if !positional.isEmpty { context.positional = Array(positional.dropFirst()) }
        if let value = options.first?.decimal {
            context.options = ShellOptions(rawValue: UInt32(truncatingIfNeeded: value))
            context.options.remove([.interactive, .monitor])
        }
        if let value = shopt.first?.decimal {
            context.shopt = ShoptOptions(rawValue: UInt64(truncatingIfNeeded: value))
        }
        if let value = umask.first?.decimal { context.umask = UInt16(truncatingIfNeeded: value) }
        if let name = source.first { sourceName = name }
        if !aliases.isEmpty { context.aliases = [:] }
        for index in stride(from: 1, to: aliases.count - 1, by: 2) {
            context.aliases[aliases[index]] = aliases[index + 1]
        }
        if let path = directory.first { enter(path) }
    }

    /// Moves to a directory, if it is there.
    func enter(_ directory: Bytes) {
        guard directory != context.workingDirectory.path, let descriptor = try? System.openDirectory(directory) else {
            return
        }
        context.workingDirectory.hold()
        context.workingDirectory = WorkingDirectory(path: directory, owning: descriptor)
        _ = assign("PWD", directory)
    }
}

extension VariableTable {
    /// Calls `body` with the numbers of all variables whose pages are not the very same in both tables.
    fileprivate func forEachDifference(from other: VariableTable, _ body: (NameID) -> Void) {
        for page in 0..<max(pageCount, other.pageCount) where !hasSamePage(page, as: other) {
            for id in (page << 6)..<((page + 1) << 6) { body(id) }
        }
    }
}

extension FunctionTable {
    /// Calls `body` with each function that is another than in `other`, nil where there is none.
    fileprivate func forEachDifference(from other: FunctionTable, _ body: (NameID, Function?) -> Void) {
        for id in 0..<max(count, other.count) where self[id] !== other[id] {
            if let mine = self[id], let others = other[id], mine.definition == others.definition { continue }
            body(id, self[id])
        }
    }
}
