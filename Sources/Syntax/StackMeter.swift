/// Measures how much stack a recursion has used since it began.
///
/// A count of levels alone could not bound it: levels differ in size, by a factor of ten between builds.
struct StackMeter {
    private let base: UInt
    private let limit: Int

    /// Begins at the caller's frame.
    init(limit: Int) {
        base = StackMeter.currentAddress()
        self.limit = limit
    }

    var remaining: Int { limit &- Int(bitPattern: base &- StackMeter.currentAddress()) }
    var isExhausted: Bool { remaining < 0 }

    @inline(never)
    private static func currentAddress() -> UInt {
        var local: UInt8 = 0
        return withUnsafeMutablePointer(to: &local) { UInt(bitPattern: $0) }
    }
}
