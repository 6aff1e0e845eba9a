import Bytes
import Platform

/// Why output could not be kept or handed on; it ends the run, since a result would be lost otherwise.
struct OutputError: Error, Equatable {
    enum Place: Equatable {
        case standardOutput
        case standardError
        /// Output kept for later did not fit in memory, nor in this directory.
        case spill(directory: Bytes)
        case jobLog(Bytes)
        case results(Bytes)
    }

    var place: Place
    var errno: Errno

    /// The reader of standard output has gone away: no error, but the end.
    var isClosedPipe: Bool { place == .standardOutput && errno == Errno(32) }

    var message: Bytes {
        var text: Bytes
        switch place {
        case .standardOutput: text = "cannot write to standard output"
        case .standardError: text = "cannot write to standard error"
        case .spill(let directory):
            text = "cannot keep the output of a job in "
            text.append(directory)
        case .jobLog(let path):
            text = "cannot write to the job log "
            text.append(path)
        case .results(let path):
            text = "cannot write "
            text.append(path)
        }
        text.append(": ")
        text.append(errno.message)
        return text
    }
}
