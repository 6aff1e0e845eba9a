import Bytes
import Platform
import Syntax

/// Jobs of one template, for a worker process in one message. It answers each by a message of its own, so that it is known which job it
/// was that took the worker with it.
package struct BatchRequest: Sendable {
    package var changes: ContextChanges
    package var slot: Int
    /// A variable that gets the slot, counted from 0; empty: none.
    package var slotVariable: Bytes
    package var template: MarkedSource
    package var jobs: [(sequence: Int, values: [PlaceholderValue])] = []

    package init(changes: ContextChanges, slot: Int, slotVariable: Bytes, template: MarkedSource) {
        self.changes = changes
        self.slot = slot
        self.slotVariable = slotVariable
        self.template = template
    }

    package var message: Bytes {
        var writer = CapsuleWriter()
        writer.add(changes.bytes)
        writer.add(slot)
        writer.add(slotVariable)
        writer.add(template.source)
        writer.add(template.key)
        writer.add(jobs.count)
        for (sequence, values) in jobs {
            writer.add(sequence)
            writer.add(values.count)
            for value in values { writer.add(value.fields) }
        }
        return writer.bytes
    }

    init?(_ message: Bytes) {
        guard var reader = CapsuleReader(message), let changes = reader.field(), let slot = reader.number(),
            let slotVariable = reader.field(), let source = reader.field(), let key = reader.field(),
            let count = reader.number()
        else { return nil }
        self.init(
            changes: ContextChanges(changes), slot: slot, slotVariable: slotVariable,
            template: MarkedSource(source: source, key: key))
        for _ in 0..<count {
            guard let sequence = reader.number(), let values = reader.placeholders() else { return nil }
            jobs.append((sequence, values))
        }
    }
}

/// The source of a template, with a mark for each replacement string.
package struct MarkedSource: Sendable, Equatable {
    let source: Bytes
    let key: Bytes

    init(source: Bytes, key: Bytes) {
        self.source = source
        self.key = key
    }

    package init(_ list: List) {
        self.init(
            source: Printer.source(of: list, placeholders: { CapsulePlaceholders.own.mark($0) }),
            key: CapsulePlaceholders.own.key)
    }
}

/// How one job of a batch ended, and what it printed.
package struct BatchReply: Sendable {
    package let status: Int32
    /// Microseconds since 1970, and microseconds.
    package let started: UInt64
    package let runtime: UInt64
    package let output: Bytes
    package let errors: Bytes

    var message: Bytes {
        var writer = CapsuleWriter()
        writer.add(status)
        writer.add(started)
        writer.add(runtime)
        writer.add(output)
        writer.add(errors)
        return writer.bytes
    }

    init(status: Int32, started: UInt64, runtime: UInt64, output: Bytes, errors: Bytes) {
        (self.status, self.started, self.runtime) = (status, started, runtime)
        (self.output, self.errors) = (output, errors)
    }

    package init?(_ message: Bytes) {
        guard var reader = CapsuleReader(message), let status = reader.number(), let started = reader.number(),
            let runtime = reader.number(), let output = reader.field(), let errors = reader.field()
        else { return nil }
        self.init(
            status: Int32(truncatingIfNeeded: status), started: UInt64(max(started, 0)),
            runtime: UInt64(max(runtime, 0)),
            output: output, errors: errors)
    }
}
