// Reading a job log again, for `--resume`, `--resume-failed` and `--retry-failed`.

import Bytes
import Glibc
import Platform

/// A set of job numbers, as dense as they are: a bit each.
struct SequenceSet {
    private var words: [UInt64] = []
    private(set) var count = 0

    func contains(_ sequence: Int) -> Bool {
        let word = sequence >> 6
        return word >= 0 && word < words.count && words[word] & 1 << UInt64(sequence & 63) != 0
    }

    mutating func insert(_ sequence: Int) {
        guard sequence >= 0, sequence < 1 << 40, !contains(sequence) else { return }
        let word = sequence >> 6
        if word >= words.count { words.append(contentsOf: repeatElement(0, count: word - words.count + 1)) }
        words[word] |= 1 << UInt64(sequence & 63)
        count += 1
    }
}

/// What a job log says about the jobs of an earlier run.
struct JobLogReader {
    struct Failure: Error {
        var message: Bytes
    }

    /// The jobs that some line calls ended.
    private(set) var ended = SequenceSet()
    /// The jobs that some line calls successful.
    private(set) var succeeded = SequenceSet()
    /// For each job that no line calls successful, the command of its last line; by first appearance.
    private(set) var failed: [(sequence: Int, command: Bytes)] = []
    private var failedIndex: [Int: Int] = [:]

    /// Reads the log; one that does not exist says nothing. A last line that a crash has cut short is taken off the file,
    /// since the job that it speaks of is not acknowledged.
    init(_ path: Bytes, directory: Int32) throws(Failure) {
        let descriptor: Int32
        do throws(Errno) {
            descriptor = try System.open(path, flags: O_RDWR, at: directory)
        } catch {
            if error == .notFound { return }
            throw Failure(message: "cannot read the job log " + path + ": " + error.message)
        }
        defer { System.close(descriptor) }
        guard let text = try? System.readAll(descriptor) else {
            throw Failure(message: "cannot read the job log " + path)
        }
        let whole = (text.findLast(UInt8(ascii: "\n")) ?? -1) + 1
        if whole < text.count { try? System.truncate(descriptor, to: Int64(whole)) }
        try parse(text.prefix(whole), path)
    }

    /// Reads the text of a log, all of whose lines are complete.
    init(text: Bytes) throws(Failure) { try parse(text, "job log") }

    private mutating func parse(_ text: Bytes, _ path: Bytes) throws(Failure) {
        let wrong = text.withUnsafeBytes { bytes -> Int? in
            var start = 0
            var number = 0
            while start < bytes.count {
                let end = bytes.find(UInt8(ascii: "\n"), from: start) ?? bytes.count
                number += 1
                // The first line is the header, whatever it says.
                if number > 1 && !take(UnsafeBufferPointer(rebasing: bytes[start..<end])) { return number }
                start = end + 1
            }
            return nil
        }
        failed.removeAll { succeeded.contains($0.sequence) }
        guard let wrong else { return }
        var message = path
        message.append(":")
        message.append(decimal: wrong)
        message.append(": this is no line of a job log")
        throw Failure(message: message)
    }

    /// Takes one line; false if it has not the form of one.
    private mutating func take(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
        var fields: [Range<Int>] = []
        fields.reserveCapacity(8)
        var start = 0
        while fields.count < 8 {
            guard let tab = line.find(UInt8(ascii: "\t"), from: start) else { return false }
            fields.append(start..<tab)
            start = tab + 1
        }
        func number(_ index: Int) -> Int? { Bytes(UnsafeBufferPointer(rebasing: line[fields[index]])).decimal }
        guard let sequence = number(0), sequence > 0, let status = number(6), let signal = number(7) else {
            return false
        }
        ended.insert(sequence)
        if status == 0 && signal == 0 {
            succeeded.insert(sequence)
            return true
        }
        var command = Bytes()
        for byte in line[start...] { command.append(byte == 0 ? UInt8(ascii: "\n") : byte) }
        if let index = failedIndex[sequence] {
            failed[index].command = command
        } else {
            failedIndex[sequence] = failed.count
            failed.append((sequence, command))
        }
        return true
    }
}
