import Bytes
import Platform
import Syntax

/// `coproc [NAME] command`: an asynchronous command whose input and output are pipes to the shell. Their descriptors are in
/// the array NAME, first the one to read from; NAME_PID is its process.
final class CoprocessNode: Node, @unchecked Sendable {
    let name: Bytes
    let body: AsynchronousNode

    init(name: Bytes, body: AsynchronousNode) {
        self.name = name
        self.body = body
    }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 {
        sh.position = body.position
        let (input, output): ((read: Int32, write: Int32), (read: Int32, write: Int32))
        do throws(Errno) {
            input = try System.pipe()
            do throws(Errno) { output = try System.pipe() } catch {
                System.close(input.read)
                System.close(input.write)
                throw error
            }
        } catch {
            return sh.fail("coproc", "cannot make a pipe: " + error.message)
        }
        let theirs = (OpenFile(owning: input.read), OpenFile(owning: output.write))
        defer {
            theirs.0.close()
            theirs.1.close()
        }
        let before = sh.context.lastBackground
        sh.context.lastBackground = nil
        let status = try body.start(sh, input: theirs.0, output: theirs.1)
        guard status == 0, let pid = sh.context.lastBackground else {
            sh.context.lastBackground = before
            System.close(input.write)
            System.close(output.read)
            return status
        }
        let read = sh.addPrivate(output.read)
        let write = sh.addPrivate(input.write)
        guard sh.setArray(name, [Bytes(decimal: read), Bytes(decimal: write)]),
            sh.assign(name + "_PID", Bytes(decimal: pid))
        else { return 1 }
        sh.coprocesses.append(Coprocess(name: name, pid: pid, descriptors: (read, write)))
        return 0
    }
}

/// A coprocess that the shell has started.
struct Coprocess {
    let name: Bytes
    let pid: Int32
    let descriptors: (read: Int, write: Int)
}

extension Interpreter {
    /// Puts a file at a high number, for the shell's own use: its commands get it only by a redirection, else a coprocess
    /// would never see the end of its input.
    package func addPrivate(_ descriptor: Int32) -> Int {
        var number = 63
        while number > 10, let file = context.descriptors[number], !file.wasPrivate { number -= 1 }
        context.descriptors[number] = OpenFile(owning: descriptor, privateTo: number)
        return number
    }

    /// After a `wait`: of coprocesses that have ended, the descriptors are closed and the variables are gone.
    func forgetCoprocesses() {
        coprocesses.removeAll { coprocess in
            guard jobs.index(ofProcess: coprocess.pid) == nil else { return false }
            for number in [coprocess.descriptors.read, coprocess.descriptors.write]
            where context.descriptors[number]?.privateNumber == number {
                context.descriptors[number] = nil
            }
            if variable(coprocess.name + "_PID") == Bytes(decimal: coprocess.pid) {
                _ = unset(coprocess.name)
                _ = unset(coprocess.name + "_PID")
            }
            return true
        }
    }
}
