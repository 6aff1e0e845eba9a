import Bytes
import Shell

/// The calls that loops consist of, `lock acquire NAME` and `lock release NAME`, where the lock is free or held. Anything else is left to
/// the verbs.
enum QuickLock {
    /// The status; nil: to be run by the verbs.
    static func run(_ sh: Interpreter, _ arguments: Arguments) -> Int32? {
        guard arguments.count == 3, let companion = sh.companion,
            let claimant = unsafeDowncast(companion, to: Companion.self).claimant
        else { return nil }
        let name = arguments[2]
        let verb = arguments[1]
        // Options are not known here, nor are locks whose names look like some.
        if name.first == UInt8(ascii: "-") { return nil }
        if verb == "acquire" {
            guard let lock = claimant.known.find(name, in: LockVerbs.locks) else { return nil }
            return lock.acquireAtOnce(claimant) ? 0 : nil
        }
        if verb == "release" {
            guard let lock = claimant.known.find(name, in: LockVerbs.locks) else { return nil }
            return lock.release(claimant) ? 0 : nil
        }
        return nil
    }
}
