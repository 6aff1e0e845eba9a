import Bytes
import Glibc
import Platform

/// A file that a job's output stays in, under a name that is printed (`--files`).
enum OutputFile {
    /// Makes `DIRECTORY/parXXXXX.par`, opened for reading and writing.
    static func make(in directory: Bytes) throws(OutputError) -> (descriptor: Int32, path: Bytes) {
        var random = SystemRandomNumberGenerator()
        let letters: Bytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
        while true {
            var path = directory + "/par"
            for _ in 0..<5 { path.append(letters[Int.random(in: letters.indices, using: &random)]) }
            path.append(".par")
            do throws(Errno) {
                let flags = O_RDWR | O_CREAT | O_EXCL | O_APPEND
                return (try System.open(path, flags: flags, mode: 0o600), path)
            } catch {
                if error != .exists { throw OutputError(place: .spill(directory: directory), errno: error) }
            }
        }
    }
}
