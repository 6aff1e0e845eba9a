import Bytes
import Platform

extension Interpreter {
    /// The child that `resolve` described has been started by the caller, or will not be: the files that its redirections
    /// opened are given up.
    package func releaseLaunchFiles() { launchFiles = nil }

    /// A launch of a process that runs `source` in a copy of this context: for commands that must be a process of their own,
    /// with their own number in `$$` if `shellProcess` is 0. The file must live until the start; nil, with the message printed, if
    /// there is no descriptor left for it.
    package func processLaunch(running source: Bytes) -> (launch: Launch, file: OpenFile)? { capsule(running: source) }
}
