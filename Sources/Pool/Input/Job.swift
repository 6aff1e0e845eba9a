import Bytes
import Shell

/// A job as the input gives it: its number and its arguments.
package struct Job: Sendable {
    /// From 1, in the order of the input.
    package var sequence: Int
    /// The values of all its records, one after the other: `{1}` is the first.
    package var arguments: [Bytes]
    /// The command line, where there is no template and the input holds the commands themselves.
    package var line: Bytes?
    /// The line of the input that the job's first record began at, from 1; 0 if it does not come from a file.
    package var lineNumber: Int
    /// The number of all jobs; 0 unless the template asks for it.
    package var total = 0
    /// Its own command and state of the shell, where it was handed in to an open pool.
    package var task: JobTask?
    /// What the job finds, if that is not what all jobs of the run find.
    package var state: JobState?

    package init(
        sequence: Int, arguments: [Bytes], line: Bytes? = nil, lineNumber: Int = 0, total: Int = 0,
        task: JobTask? = nil
    ) {
        self.sequence = sequence
        self.arguments = arguments
        self.line = line
        self.lineNumber = lineNumber
        self.total = total
        self.task = task
    }
}

/// What an input source has to give.
package enum NextJob: Sendable {
    case job(Job)
    /// Nothing until this descriptor can be read.
    case blocked(Int32)
    /// The shell itself must first do something: `ask` has it done, and then there is more, or the end.
    case askFirst
    case end
}

/// Why the input can't be read or used. Its message has no newline at its end.
package struct InputError: Error, Equatable, Sendable {
    package var message: Bytes

    package init(_ message: Bytes) { self.message = message }
}
