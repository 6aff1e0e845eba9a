import Bytes

/// What one run has taken.
struct Sample: Sendable {
    /// Seconds from the start of the first to the end of the last.
    var wall: Double
    /// Seconds of processor time, the system's included.
    var processor: Double
    /// What memory it took at the most beyond what was there before, in bytes.
    var memory: Int
}

/// What several runs of the same have taken.
struct Measurements: Sendable {
    private(set) var samples: [Sample] = []
    /// Seconds from the start of one that does nothing to its end.
    var startCost: Double?

    mutating func add(_ sample: Sample) { samples.append(sample) }

    var wall: Double { median(samples.map(\.wall)) }
    var processor: Double { median(samples.map(\.processor)) }
    var memory: Int { samples.map(\.memory).max() ?? 0 }

    /// Half of the distance between the fastest and the slowest, of the median.
    var spread: Double {
        let walls = samples.map(\.wall)
        guard let least = walls.min(), let most = walls.max(), wall > 0 else { return 0 }
        return (most - least) / 2 / wall
    }
}

/// The middle one of some numbers; of an even count the mean of the two in the middle.
func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return 0 }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
