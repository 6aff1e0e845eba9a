import Bytes
import Platform

/// What a command line is read in: the process's own surroundings, or those of the shell whose built-in is called.
package struct RunEnvironment: Sendable {
    /// Relative names are looked up here.
    package var directory: Int32
    /// The descriptor that is standard input.
    package var standardInput: Int32
    /// An exported variable's value.
    package var variable: @Sendable (Bytes) -> Bytes?
    /// The bytes that the environment of a job takes up, with its pointers.
    package var environmentSize: Int

    package init(
        directory: Int32, standardInput: Int32, environmentSize: Int, variable: @escaping @Sendable (Bytes) -> Bytes?
    ) {
        self.directory = directory
        self.standardInput = standardInput
        self.environmentSize = environmentSize
        self.variable = variable
    }
}
