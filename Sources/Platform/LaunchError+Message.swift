import Bytes
import Glibc

extension LaunchError {
    /// What to tell the user after the name of the command: "No such file or directory", "bad interpreter: /bin/foo: …".
    package var message: Bytes {
        var text = Bytes()
        switch step {
        case .clone: appendCloneFailure(to: &text)
        case .session: return "cannot start a session: " + errno.message
        case .processGroup: return "cannot set the process group: " + errno.message
        case .terminal: return "cannot give the terminal to the process group: " + errno.message
        case .signals: return "cannot set up signals: " + errno.message
        case .limits: return "cannot set the resource limits: " + errno.message
        case .user: return "cannot become that user: " + errno.message
        case .directory: return "cannot enter the working directory: " + errno.message
        case .descriptors:
            text.append("cannot set up descriptor ")
            text.append(decimal: detail)
            text.append(": ")
            text.append(errno.message)
        case .execute:
            if errno == .argumentsTooLong {
                appendSizes(to: &text)
            } else if let interpreter {
                text.append("bad interpreter: ")
                // A line of a DOS file ends in a carriage return that no terminal shows.
                text.append(interpreter.replacing("\r", with: "\\r"))
                text.append(": ")
                text.append(errno.message)
            } else {
                return errno.message
            }
        }
        return text
    }

    private func appendCloneFailure(to text: inout Bytes) {
        text.append("cannot start a process: ")
        switch errno {
        case .wouldBlock:
            text.append("too many processes (see 'ulimit -u', and the limit of the control group)")
        case .outOfDescriptors:
            text.append("no descriptors left")
            if let limit = try? System.resourceLimit(Resource.descriptors).soft {
                text.append(" ('ulimit -n' is ")
                text.append(decimal: limit)
                text.append(")")
            }
        case .systemOutOfDescriptors: text.append("no descriptors left in the whole system")
        case .notImplemented: text.append("the kernel is too old (Linux 5.4 is needed)")
        default: text.append(errno.message)
        }
    }

    private func appendSizes(to text: inout Bytes) {
        text.append("argument list too long: ")
        switch oversized {
        case .argument(let index, let count):
            text.append("argument ")
            text.append(decimal: index)
            text.append(" has ")
            text.append(decimal: count)
        case .environment(let name, let count):
            text.append("the variable ")
            text.append(name)
            text.append(" has ")
            text.append(decimal: count)
        case nil:
            text.append("arguments and environment have ")
            text.append(decimal: argumentSize)
            text.append(" bytes, the limit is ")
            text.append(decimal: argumentLimit)
            return
        }
        text.append(" bytes, the limit for one is ")
        text.append(decimal: Self.stringLimit)
    }
}
