// Capsules: where a real process is owed, thresh starts itself anew and hands it the context in a sealed memory file.
//
// A capsule is a sequence of fields, each a length and its bytes. Variables, functions (as source), options, parameters,
// aliases and ignored signals travel in it, and the command as source; the environment, the directory, the umask, the limits
// and the descriptors go the way they go to any child.

import Bytes
import Glibc
import Platform
import Syntax

/// The fields of a capsule, written and read in the same order.
struct CapsuleWriter {
    var bytes: Bytes = "thresh capsule 1\n"

    mutating func add(_ field: Bytes) {
        bytes.append(decimal: field.count)
        bytes.append("\n")
        bytes.append(field)
    }

    mutating func add(_ number: some FixedWidthInteger) { add(Bytes(decimal: number)) }

    mutating func add(_ list: [Bytes]) {
        add(list.count)
        for element in list { add(element) }
    }
}

struct CapsuleReader {
    let bytes: Bytes
    var index: Int

    init?(_ bytes: Bytes) {
        guard bytes.hasPrefix("thresh capsule 1\n") else { return nil }
        self.bytes = bytes
        index = 17
    }

    mutating func field() -> Bytes? {
        guard let end = bytes.find(UInt8(ascii: "\n"), from: index), let count = bytes[index..<end].decimal,
            count >= 0, end + 1 + count <= bytes.count
        else { return nil }
        index = end + 1 + count
        return bytes[(end + 1)..<index]
    }

    mutating func number() -> Int? { field()?.decimal }

    mutating func list() -> [Bytes]? {
        guard let count = number() else { return nil }
        var list: [Bytes] = []
        for _ in 0..<count {
            guard let element = field() else { return nil }
            list.append(element)
        }
        return list
    }

    mutating func placeholders() -> [PlaceholderValue]? {
        guard let count = number() else { return nil }
        var values: [PlaceholderValue] = []
        for _ in 0..<count {
            guard let fields = list(), let value = PlaceholderValue(fields: fields) else { return nil }
            values.append(value)
        }
        return values
    }
}

/// What goes with a capsule besides the context: what higher modules keep for the whole process.
package struct CapsuleCargo: Sendable {
    /// Fields that only `take` understands, and descriptors with what keeps them open.
    package let give: @Sendable () -> (fields: [Bytes], descriptors: [(number: Int32, keeper: AnyObject & Sendable)])
    /// In the new process: the same fields, and the descriptors that it has got.
    package let take: @Sendable ([Bytes], [Int32]) -> Void

    package init(
        give: @escaping @Sendable () -> (fields: [Bytes], descriptors: [(number: Int32, keeper: AnyObject & Sendable)]),
        take: @escaping @Sendable ([Bytes], [Int32]) -> Void
    ) {
        (self.give, self.take) = (give, take)
    }
}

extension Interpreter {
    /// Set by the executable at its start.
    nonisolated(unsafe) package static var capsuleCargo: CapsuleCargo?

    /// The option with which thresh is told to run a capsule; its value is a descriptor.
    package static let capsuleOption: Bytes = "--capsule="

    /// A launch of a new thresh that runs `source` in a copy of this context, and the file, which must live until the start;
    /// nil, with the message printed, if there is no descriptor left for it.
    ///
    /// - Parameter carriesCargo: what higher modules keep for the process goes with it.
    func capsule(running source: Bytes, carriesCargo: Bool = true) -> (launch: Launch, file: OpenFile)? {
        var writer = CapsuleWriter()
        writer.add(sourceName)
        writer.add(context.name)
        writer.add(context.options.rawValue)
        writer.add(context.shopt.rawValue)
        writer.add(shellProcess)
        writer.add(context.status)
        writer.add(context.lastBackground ?? 0)
        writer.add(context.positional)
        var variables: [Bytes] = []
        var elements: [Bytes] = []
        context.variables.forEach { id, variable in
            variables.append(NameTable.name(of: id))
            variables.append(Bytes(decimal: variable.attributes.rawValue))
            variables.append(variable.value)
            guard !variable.attributes.isDisjoint(with: .anyArray), !variable.attributes.contains(.computed) else {
                return
            }
            elements.append(NameTable.name(of: id))
            elements.append(Bytes(decimal: elementCount(id)))
            for (key, value) in zip(keys(id), self.elements(id)) { elements += [key, value] }
        }
        writer.add(variables)
        writer.add(elements)
        let marks = capsuleMarks
        writer.add(marks == nil ? Bytes() : CapsulePlaceholders.own.key)
        writer.add(placeholders.count)
        for value in placeholders { writer.add(value.fields) }
        writer.add(
            context.functions.all.flatMap {
                [$0.sourceName, Printer.source(of: .function($0.definition), placeholders: marks)]
            })
        writer.add(
            context.functionAttributes.flatMap { [NameTable.name(of: $0.key), Bytes(decimal: $0.value.rawValue)] })
        writer.add(context.aliases.flatMap { [$0.key, $0.value] })
        writer.add(
            context.traps.ignoredOnEntry.subtracting(context.traps.ignoredInBackground).map { Bytes(decimal: $0) })
        writer.add(
            (context.traps.inherited ?? context.traps.actions).flatMap { condition, action -> [Bytes] in
                if case .command(let text) = action { return [Bytes(decimal: condition), "c" + text] }
                return [Bytes(decimal: condition), "i"]
            })
        writer.add(conditionDepth)
        writer.add(sourceDepth)
        writer.add(functionDepth)
        writer.add(context.directoryStack)
        writer.add(context.disabledBuiltins)
        writer.add(position.line)
        let none: (fields: [Bytes], descriptors: [(number: Int32, keeper: AnyObject & Sendable)]) = ([], [])
        let cargo = carriesCargo ? Interpreter.capsuleCargo?.give() ?? none : none
        writer.add(cargo.fields)
        // The numbers are past all that the command's own descriptors can be.
        let limit = (try? System.resourceLimit(Resource.descriptors).soft) ?? .max
        var target = Int32(truncatingIfNeeded: max(context.descriptors.limit, 10))
        if UInt64(target) + UInt64(cargo.descriptors.count) >= limit {
            target = Int32(truncatingIfNeeded: context.descriptors.limit)
        }
        let cargoTargets = cargo.descriptors.indices.map { target + 1 + Int32(truncatingIfNeeded: $0) }
        writer.add(cargoTargets.map { Bytes(decimal: $0) })
        writer.add(source)

        var launch = launch(path: "/proc/self/exe", arguments: ["thresh"], environment: environment)
        launch.namesProgram = false
        let file: Int32
        do throws(Errno) {
            file = try writer.bytes.withUnsafeBytes { (content) throws(Errno) in
                try System.memoryFile("capsule", holding: UnsafeRawBufferPointer(content))
            }
        } catch {
            report("cannot start a process for the list: " + error.message)
            return nil
        }
        launch.descriptors.append((target, file))
        for (target, cargo) in zip(cargoTargets, cargo.descriptors) {
            launch.descriptors.append((target, cargo.number))
        }
        launch.arguments.append(Interpreter.capsuleOption + Bytes(decimal: target))
        return (launch, OpenFile(owning: file, keeping: cargo.descriptors.map { $0.keeper }))
    }

    /// Makes this shell what the capsule in `descriptor` says; the command to run, nil if the capsule is damaged.
    func openCapsule(_ descriptor: Int32) -> Bytes? {
        let bytes = try? System.readAll(descriptor)
        System.close(descriptor)
        guard let bytes, var reader = CapsuleReader(bytes) else { return nil }
        return restore(&reader)
    }

    /// Runs the capsule in `descriptor` as the whole life of this process; its exit status.
    package func runCapsule(_ descriptor: Int32) -> Int32 {
        guard let source = openCapsule(descriptor) else {
            report("the capsule is damaged")
            return 125
        }
        return runScript(source, line: Int(position.line))
    }

    /// Makes the context what the capsule says; the command to run, nil if the capsule is damaged.
    private func restore(_ reader: inout CapsuleReader) -> Bytes? {
        guard let sourceName = reader.field(), let name = reader.field(), let options = reader.number(),
            let shopt = reader.number(),
            let process = reader.number(), let status = reader.number(), let background = reader.number(),
            let positional = reader.list(), let variables = reader.list(), let elements = reader.list(),
            let key = reader.field(),
            let values = reader.placeholders(), let functions = reader.list(),
            let functionMarks = reader.list(),
            let aliases = reader.list(), let ignored = reader.list(), let traps = reader.list(),
            let conditionDepth = reader.number(), let sourceDepth = reader.number(), let depth = reader.number(),
            let directories = reader.list(), let disabled = reader.list(),
            let line = reader.number(), let cargo = reader.list(), let cargoDescriptors = reader.list(),
            let source = reader.field()
        else { return nil }
        if !cargo.isEmpty {
            Interpreter.capsuleCargo?.take(
                cargo, cargoDescriptors.map { Int32(truncatingIfNeeded: $0.decimal ?? -1) })
        }
        self.sourceName = sourceName
        context.name = name
        context.options = ShellOptions(rawValue: UInt32(truncatingIfNeeded: options))
        context.options.remove([.interactive, .monitor])
        context.shopt = ShoptOptions(rawValue: UInt64(truncatingIfNeeded: shopt))
        // 0: the command is to find the process's own number in `$$`.
        shellProcess = process <= 0 ? System.processID : Int32(truncatingIfNeeded: process)
        if process == Int(Interpreter.ownProcessMark) { Interpreter.isOwnProcess = true }
        context.lastBackground = background == 0 ? nil : Int32(truncatingIfNeeded: background)
        context.positional = positional
        for index in stride(from: 0, to: variables.count - 2, by: 3) {
            let id = NameTable.intern(variables[index])
            context.variables[id].value = variables[index + 2]
            context.variables[id].attributes = Variable.Attributes(
                rawValue: UInt16(truncatingIfNeeded: variables[index + 1].decimal ?? 0))
            if context.variables.attributes(id).contains(.watched) { watchedChanged(id) }
        }
        restoreElements(elements)
        if process <= 0 { context.variables[NameTable.ppid].value = Bytes(decimal: System.parentProcessID) }
        context.environment = nil
        placeholders = values
        if !values.isEmpty { capsulePlaceholders = CapsulePlaceholders(key: key) }
        var marks = ParserOptions()
        marks.placeholders = capsulePlaceholders
        for index in stride(from: 0, to: functions.count - 1, by: 2) {
            guard let list = try? Parser.parse(functions[index + 1], options: marks),
                case .function(let definition) = list.items.first?.first.commands.first
            else { return nil }
            define(definition, sourceName: functions[index])
        }
        for index in stride(from: 0, to: functionMarks.count - 1, by: 2) {
            context.functionAttributes[NameTable.intern(functionMarks[index])] = Variable.Attributes(
                rawValue: UInt16(truncatingIfNeeded: functionMarks[index + 1].decimal ?? 0))
        }
        for index in stride(from: 0, to: aliases.count - 1, by: 2) {
            context.aliases[aliases[index]] = aliases[index + 1]
        }
        context.traps.ignoredInBackground = SignalSet(
            bits: context.traps.ignoredOnEntry.bits & SignalSet(SIGINT, SIGQUIT).bits)
        for signal in ignored {
            guard let number = signal.decimal else { continue }
            context.traps.ignoredOnEntry.insert(Int32(truncatingIfNeeded: number))
            context.traps.ignoredInBackground.remove(Int32(truncatingIfNeeded: number))
        }
        context.directoryStack = directories
        for name in disabled { disableBuiltin(name) }
        context.traps.inherit(traps, ignored: ignored, context.options)
        (self.conditionDepth, self.sourceDepth) = (conditionDepth, sourceDepth)
        // A list in a function may declare local variables.
        if depth > 0 { localScopes.append([]) }
        functionDepth = depth
        localScopes = Array(repeating: [], count: max(0, min(depth, 1)))
        position.line = Int32(truncatingIfNeeded: line)
        subshellDepth = 1
        ownDepth = 1
        context.status = Int32(truncatingIfNeeded: status)
        return source
    }

    /// The arrays' elements: for each array its name, their number, and the subscript and value of each.
    func restoreElements(_ fields: [Bytes]) {
        var index = 0
        while index + 1 < fields.count, let count = fields[index + 1].decimal, index + 1 + count * 2 < fields.count {
            let id = NameTable.intern(fields[index])
            var indexed = IndexedArray()
            var associative = AssociativeArray()
            let isAssociative = isAssociative(id)
            for place in stride(from: index + 2, to: index + 2 + count * 2, by: 2) {
                if isAssociative {
                    associative.set(fields[place], fields[place + 1])
                } else {
                    indexed.set(fields[place].decimal ?? 0, fields[place + 1])
                }
            }
            context.variables[id].array =
                isAssociative ? context.arrays.add(associative) : context.arrays.add(indexed)
            index += 2 + count * 2
        }
    }
}
