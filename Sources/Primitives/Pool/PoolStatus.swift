import Bytes
import Platform
import Pool
import Shell

/// What a pool and its jobs are at this moment, as a table or as JSON.
struct PoolStatus {
    private let pool: PoolObject
    private let state: PoolObject.State
    private let jobs: [(ticket: Bytes, job: JobTask, state: JobTask.State)]

    init(_ pool: PoolObject) {
        self.pool = pool
        state = pool.state.withLock { $0 }
        jobs = state.jobs.sorted { $0.key < $1.key }.map { (pool.ticket($0.key), $0.value, $0.value.present) }
    }

    private var phase: Bytes {
        switch state.phase {
        case .open: pool.engine.slots.isPaused ? "paused" : "open"
        case .closed: "closed"
        case .terminated: "terminated"
        case .over: "over"
        }
    }

    private var mode: Bytes {
        switch pool.engine.options.vehicle {
        case .automatic: "auto"
        case .thread: "thread"
        case .process: "process"
        }
    }

    /// Jobs in each state; those that run take in what `parallel --pool` runs.
    private var counts: [(name: Bytes, value: Int)] {
        let running = jobs.count { $0.state.phase == .running }
        let waiting = state.unfinished - running
        return [
            ("slots", pool.engine.slots.limit), ("running", running), ("waiting", max(waiting, 0)),
            ("done", state.done), ("failed", state.failed),
        ]
    }

    // MARK: Tables

    func table(zone: Bytes?) -> Bytes {
        var text = pool.name + ": " + phase + ", " + mode
        for (name, value) in counts { text.append(", " + Bytes(decimal: value) + " " + name) }
        text.append("\n")
        guard !jobs.isEmpty else { return text }
        var rows: [[Bytes]] = [["TICKET", "STATE", "PID", "SLOT", "START", "SECONDS", "STATUS", "COMMAND"]]
        for (ticket, job, state) in jobs {
            rows.append([
                ticket, PoolStatus.name(of: state.phase), PoolStatus.number(state.pid), PoolStatus.number(state.slot),
                state.started == 0
                    ? "-" : CalendarTime.format("%H:%M:%S", Int64(state.started / 1_000_000), zone: zone),
                state.started == 0 ? "-" : PoolStatus.seconds(PoolStatus.runtime(state)),
                state.phase == .ended ? Bytes(decimal: state.outcome.shellStatus) : "-",
                job.text.replacing("\n", with: " "),
            ])
        }
        text.append(PoolStatus.aligned(rows))
        return text
    }

    static func list(_ pools: [PoolStatus]) -> Bytes {
        guard let first = pools.first else { return Bytes() }
        var rows = [["NAME", "STATE", "MODE"] + first.counts.map { Bytes($0.name.map { $0 & 0xDF }) }]
        for pool in pools {
            rows.append([pool.pool.name, pool.phase, pool.mode] + pool.counts.map { Bytes(decimal: $0.value) })
        }
        return aligned(rows)
    }

    /// Columns of equal width, two blanks between them; the last is as long as it is.
    private static func aligned(_ rows: [[Bytes]]) -> Bytes {
        var widths: [Int] = []
        for row in rows {
            for (column, cell) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], cell.count)
            }
        }
        var text = Bytes()
        for row in rows {
            for (column, cell) in row.enumerated() {
                text.append(cell)
                guard column < row.count - 1 else { continue }
                for _ in cell.count..<widths[column] + 2 { text.append(UInt8(ascii: " ")) }
            }
            text.append("\n")
        }
        return text
    }

    private static func name(of phase: JobTask.Phase) -> Bytes {
        switch phase {
        case .waiting: "waiting"
        case .running: "running"
        case .ended: "done"
        }
    }

    private static func number(_ number: some BinaryInteger) -> Bytes {
        number == 0 ? "-" : Bytes(decimal: Int(number))
    }

    /// Microseconds, until now for a job that runs.
    private static func runtime(_ state: JobTask.State) -> UInt64 {
        guard state.phase == .running else { return state.runtime }
        let now = Clock.realtimeMicroseconds()
        return now > state.started ? now - state.started : 0
    }

    private static func seconds(_ microseconds: UInt64) -> Bytes {
        let rest = Bytes(decimal: 1000 + microseconds / 1000 % 1000)
        return Bytes(decimal: microseconds / 1_000_000) + "." + rest.suffix(from: 1)
    }

    // MARK: JSON

    /// The pool, on a line.
    var jsonLine: Bytes { "{" + fields + "}\n" }

    /// The pool with its jobs, on a line.
    var json: Bytes { "{" + fields + ",\"jobs\":[" + jobs.map(PoolStatus.json).joined(by: ",") + "]}\n" }

    private var fields: Bytes {
        var text: Bytes = "\"name\":"
        text.append(json: pool.name)
        text.append(",\"state\":")
        text.append(json: phase)
        text.append(",\"mode\":")
        text.append(json: mode)
        for (name, value) in counts { text.append(",\"" + name + "\":" + Bytes(decimal: value)) }
        return text
    }

    private static func json(_ ticket: Bytes, _ job: JobTask, _ state: JobTask.State) -> Bytes {
        var text: Bytes = "{\"ticket\":"
        text.append(json: ticket)
        text.append(",\"state\":")
        text.append(json: name(of: state.phase))
        if state.pid != 0 { text.append(",\"pid\":" + Bytes(decimal: state.pid)) }
        if state.started != 0 {
            text.append(",\"slot\":" + Bytes(decimal: state.slot))
            text.append(",\"start\":" + seconds(state.started))
            text.append(",\"seconds\":" + seconds(runtime(state)))
        }
        if state.phase == .ended {
            text.append(",\"status\":" + Bytes(decimal: state.outcome.status))
            text.append(",\"signal\":" + Bytes(decimal: state.outcome.signal))
        }
        text.append(",\"command\":")
        text.append(json: job.text)
        text.append("}")
        return text
    }
}
