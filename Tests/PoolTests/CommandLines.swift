import Bytes
import Glibc
import Platform

@testable import Pool

/// Runs the front of the runner for tests: command lines in, texts of commands out.
enum CommandLines {
    struct Refused: Error {
        var message: Bytes
    }

    /// The files that the command lines of the tests read, in a directory of their own.
    static let directory: Int32 = {
        let files: [(Bytes, Bytes)] = [
            ("f12", "1\n2\n"), ("fabc", "a\nb\nc\n"), ("fempty", ""), ("fblank", "x\n\n y \nz"),
            ("ftsv", "A\tB\tC\na1\tb1\tc1\na2\tb2\tc2\n"), ("fcsv", "n1,n2\n1,2\n3, 4 \n"), ("fcrlf", "a\r\nb\r\n"),
            ("fcont", "a b \nc d\ne\n\n \nf \n"), ("f0", "a\0b\nc\0"), ("fcomma", "a,b,,c,\n"),
        ]
        var path: Bytes = "/tmp/thresh-tests-"
        path.append(decimal: getuid())
        _ = path.withCString { mkdir($0, 0o700) }
        for (name, text) in files {
            guard let file = try? System.open(path + "/" + name, flags: O_WRONLY | O_CREAT | O_TRUNC) else { continue }
            try? System.writeAll(file, text)
            System.close(file)
        }
        return (try? System.open(path, flags: O_RDONLY | O_DIRECTORY)) ?? AT_FDCWD
    }()

    static func environment(
        input: Int32 = -1, variables: [Bytes: Bytes] = [:], directory: Int32 = directory
    ) -> RunEnvironment {
        RunEnvironment(directory: directory, standardInput: input, environmentSize: 1000) { variables[$0] }
    }

    /// The words of a line, with quotes and backslashes as in a shell.
    static func words(_ line: String) -> [Bytes] { OptionValue.words(Bytes(line)) }

    static func plan(
        _ words: [Bytes], calledAs: CalledAs = .thresh, environment: RunEnvironment = environment()
    ) throws(Refused) -> RunPlan {
        switch parseCommandLine(words, calledAs: calledAs, environment: environment) {
        case .run(let plan): return plan
        case .print(let text, _): throw Refused(message: text)
        case .failure(let message): throw Refused(message: message)
        }
    }

    static func jobs(_ plan: RunPlan) throws -> [Job] {
        var jobs: [Job] = []
        while true {
            switch try plan.input.next() {
            case .job(let job): jobs.append(job)
            case .blocked(let descriptor): try System.waitUntilReady(descriptor, Int16(POLLIN))
            case .askFirst, .end: return jobs
            }
        }
    }

    /// The text of the command of each job, a line each.
    static func texts(_ plan: RunPlan) throws -> Bytes {
        var text = Bytes()
        for job in try jobs(plan) {
            if let template = plan.template {
                template.appendCommandText(for: job, slot: 1, to: &text)
            } else {
                text.append(job.line ?? "")
            }
            text.append("\n")
        }
        return text
    }

    static func texts(_ line: String) throws -> String {
        let text = try texts(try plan(words(line)))
        return String(decoding: Array(text), as: UTF8.self)
    }

    /// The message with which a command line is refused; nil if it is not.
    static func refusal(_ line: String, calledAs: CalledAs = .thresh) -> String? {
        do {
            _ = try texts(try plan(words(line), calledAs: calledAs))
            return nil
        } catch let error as Refused {
            return error.message.description
        } catch let error as InputError {
            return error.message.description
        } catch {
            return "\(error)"
        }
    }
}
