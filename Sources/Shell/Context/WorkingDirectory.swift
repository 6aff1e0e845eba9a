import Bytes
import Platform

/// A context's working directory: its path as the user went there, and a descriptor that holds it, whatever happens to the
/// path. Relative paths are resolved against the descriptor.
package final class WorkingDirectory: Sendable {
    /// Absolute; may go through symbolic links (`cd -L`).
    package let path: Bytes
    /// Opened with O_PATH; AT_FDCWD (-100) if the directory could not be opened at start.
    package let descriptor: Int32

    package init(path: Bytes, owning descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit { if descriptor >= 0 { System.close(descriptor) } }
}
