import Bytes
import Glibc
import Platform
import Synchronization

/// A context's working directory: its path as the user went there, and a descriptor that holds it, whatever happens to the
/// path. Relative paths are resolved against the descriptor.
///
/// Thread: the descriptor is an atomic; `hold` is called by the thread whose interpreter moves the process.
package final class WorkingDirectory: Sendable {
    /// Absolute; may go through symbolic links (`cd -L`).
    package let path: Bytes
    private let held: Atomic<Int32>

    /// - Parameter descriptor: AT_FDCWD for the process's own.
    package init(path: Bytes, owning descriptor: Int32) {
        self.path = path
        held = Atomic(descriptor)
    }

    /// The directory where the process is, so that nothing need be open.
    package convenience init(ofProcess path: Bytes) { self.init(path: path, owning: AT_FDCWD) }

    /// Opened with O_PATH; AT_FDCWD for the process's own.
    package var descriptor: Int32 { held.load(ordering: .relaxed) }

    /// Opens the process's directory, so that this stays where it is when the process goes elsewhere.
    package func hold() {
        guard descriptor == AT_FDCWD, let opened = try? System.openDirectory(".") else { return }
        held.store(opened, ordering: .relaxed)
    }

    deinit { if descriptor >= 0 { System.close(descriptor) } }
}
