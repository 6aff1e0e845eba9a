// `--results DIR`: the output of each job in files of its own, laid out as GNU parallel does it. The jobs write into the
// files themselves, so that one can watch them grow; nothing is printed.
//
//     DIR/1/VALUE/2/VALUE/stdout      a plain name: a directory for each input source (its header, or its number) and value
//     RESULT/stdout                   a name with replacement strings that ends in a slash, after they are put in
//     RESULT, RESULT.err, RESULT.seq  a name with replacement strings otherwise

import Bytes
import Glibc
import Platform

/// Where the output of one job goes.
struct ResultFiles {
    var standardOutput: Bytes
    var standardError: Bytes
    var sequence: Bytes

    /// - Parameters:
    ///   - result: the name after replacement strings were put in, or as it is.
    ///   - isTemplate: the name has replacement strings.
    ///   - columns: for each argument its source's header or number.
    init(result: Bytes, isTemplate: Bool, arguments: [Bytes], columns: (Int) -> Bytes) {
        var base = result
        if !isTemplate {
            while base.count > 1, base.last == UInt8(ascii: "/") { base.removeLast() }
            for (index, argument) in arguments.enumerated() {
                base.append("/")
                base.append(columns(index))
                base.append("/")
                base.append(ResultFiles.directoryName(argument))
            }
            base.append("/")
        }
        if base.last == UInt8(ascii: "/") {
            standardOutput = base + "stdout"
            standardError = base + "stderr"
            sequence = base + "seq"
        } else {
            standardOutput = base
            standardError = base + ".err"
            sequence = base + ".seq"
        }
    }

    /// An argument as the name of a directory: no slash, no more bytes than a name may have.
    static func directoryName(_ argument: Bytes) -> Bytes {
        var name = Bytes()
        for byte in argument {
            switch byte {
            case UInt8(ascii: "\\"): name.append("\\\\")
            case UInt8(ascii: "\t"): name.append("\\t")
            case UInt8(ascii: "/"): name.append("\\_")
            case 0: name.append("\\0")
            default: name.append(byte)
            }
        }
        return name.prefix(255)
    }

    /// The job has left its output in an earlier run.
    func exist(at directory: Int32) -> Bool {
        (try? System.status(standardOutput, at: directory)) != nil
    }

    /// Makes the directories, opens the files empty and writes the job's number.
    func open(sequence number: Int, at directory: Int32) throws(OutputError) -> (output: Int32, error: Int32) {
        if let slash = standardOutput.findLast(UInt8(ascii: "/")) {
            makeDirectories(standardOutput.prefix(slash), at: directory)
        }
        let numbers = try open(sequence, at: directory)
        defer { System.close(numbers) }
        do throws(Errno) {
            try System.writeAll(numbers, Bytes(decimal: number))
        } catch {
            throw OutputError(place: .results(sequence), errno: error)
        }
        let output = try open(standardOutput, at: directory)
        do throws(OutputError) {
            return (output, try open(standardError, at: directory))
        } catch {
            System.close(output)
            throw error
        }
    }

    private func open(_ path: Bytes, at directory: Int32) throws(OutputError) -> Int32 {
        do throws(Errno) {
            // Both streams append: a job may open /dev/stdout again and write in between.
            return try System.open(path, flags: O_RDWR | O_CREAT | O_TRUNC | O_APPEND, at: directory)
        } catch {
            throw OutputError(place: .results(path), errno: error)
        }
    }

    /// Errors show when the file is opened.
    private func makeDirectories(_ path: Bytes, at directory: Int32) {
        var end = 0
        while end < path.count {
            end = path.find(UInt8(ascii: "/"), from: end + 1) ?? path.count
            _ = path.prefix(end).withCString { mkdirat(directory, $0, 0o777) }
        }
    }
}
