import Bytes
import Platform
import Shell

/// What the primitives keep with an interpreter: where its thread sleeps, and its connection to the shell that has the objects.
///
/// Thread: that of its interpreter, but for `waker`.
/// Ownership: goes with the interpreter, at the end of its thread, job or subshell on a thread.
package final class Companion {
    /// Where this interpreter's thread sleeps until another thread wakes it.
    package let waker: Waker
    /// The connection to the shell above, once something was asked of it.
    var upstream: Upstream?
    /// The queues that were looked up.
    let queues = KnownQueues()
    /// What takes locks, once this interpreter has asked for one.
    var claimant: Claimant?
    /// What the primitives keep of their own, by their kind: what is held, what was looked up. Each is told by its deinit that
    /// the interpreter has ended.
    package var belongings: [ObjectIdentifier: AnyObject] = [:]

    init() throws(Errno) { waker = try Waker() }

    /// What a primitive keeps with the interpreter, made when first asked for.
    package func belonging<T: AnyObject>(_ make: () -> T) -> T {
        if let found = belongings[ObjectIdentifier(T.self)] { return unsafeDowncast(found, to: T.self) }
        let new = make()
        belongings[ObjectIdentifier(T.self)] = new
        return new
    }
}

/// An eventfd on which one thread sleeps.
///
/// Thread: any.
package final class Waker: Sendable {
    package let descriptor: Int32

    init() throws(Errno) { descriptor = try System.event() }

    deinit { System.close(descriptor) }

    /// Ends the sleep of the thread, or the next one.
    package func wake() { System.raise(event: descriptor) }

    /// Forgets what it was woken for.
    package func clear() { System.clear(event: descriptor) }
}

extension Interpreter {
    /// What the primitives keep with this interpreter.
    ///
    /// Errors: no descriptor is left; the message is printed.
    package func companionOfPrimitives() throws(Unwind) -> Companion {
        if let companion { return unsafeDowncast(companion, to: Companion.self) }
        do throws(Errno) {
            let new = try Companion()
            companion = new
            return new
        } catch {
            report("no descriptor for it: " + error.message)
            context.status = 1
            throw .error
        }
    }
}
