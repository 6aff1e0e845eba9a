import Bytes

package enum Version {
    package static let number: Bytes = "0.1.0"
    /// The version of GNU parallel whose command line is understood.
    static let parallel = 20_221_122

    package static var text: Bytes {
        var text: Bytes = "thresh "
        text.append(number)
        text.append("\nA POSIX shell with a process pool; takes the command lines of GNU parallel ")
        text.append(decimal: parallel)
        text.append(".\nLicense GPL-3.0-or-later. There is no warranty.\n")
        return text
    }
}
