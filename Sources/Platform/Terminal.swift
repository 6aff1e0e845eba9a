import Bytes
import CPlatform
import Glibc

/// The terminal behind a descriptor.
package enum Terminal {
    /// How a terminal treats input and output.
    package struct Modes: @unchecked Sendable {  // a plain C structure: a value
        var value: termios
    }

    /// Its size in characters; nil if it is no terminal or doesn't know.
    package static func size(of fd: Int32) -> (columns: Int, rows: Int)? {
        var columns: Int32 = 0
        var rows: Int32 = 0
        guard thresh_terminal_size(fd, &columns, &rows) == 0, columns > 0, rows > 0 else { return nil }
        return (Int(columns), Int(rows))
    }

    /// The process group in the foreground.
    package static func foregroundGroup(of fd: Int32) throws(Errno) -> Int32 { try checking(tcgetpgrp(fd)) }

    /// Puts a process group into the foreground, also from the background.
    package static func setForegroundGroup(of fd: Int32, _ group: Int32) throws(Errno) {
        _ = try retrying { thresh_set_foreground(fd, group) }
    }

    package static func modes(of fd: Int32) throws(Errno) -> Modes {
        var modes = Modes(value: termios())
        _ = try checking(tcgetattr(fd, &modes.value))
        return modes
    }

    /// Sets the modes once what was written has been sent.
    package static func setModes(_ modes: Modes, of fd: Int32) throws(Errno) {
        var value = modes.value
        _ = try retrying { tcsetattr(fd, TCSADRAIN, &value) }
    }

    /// The controlling terminal of the process, for reading and writing.
    package static func openControlling() throws(Errno) -> Int32 { try System.open("/dev/tty", flags: O_RDWR) }
}
