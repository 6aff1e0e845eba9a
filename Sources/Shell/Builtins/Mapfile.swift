import Bytes
import Glibc
import Platform
import Syntax

/// `mapfile` and `readarray`: the lines of the input as an array.
extension Builtin {
    static let mapfile = Builtin(
        name: "mapfile", kind: .extension, synopsis: Mapfile.synopsis("mapfile"),
        summary: "Read lines from standard input into an array.", details: Mapfile.details,
        examples: "mapfile -t lines <file; echo ${#lines[@]}",
        completes: .variables(except: "duCcnOs"), run: Mapfile.run)

    static let readarray = Builtin(
        name: "readarray", kind: .extension, synopsis: Mapfile.synopsis("readarray"),
        summary: "Read lines from standard input into an array: another name of mapfile.", details: Mapfile.details,
        completes: .variables(except: "duCcnOs"),
        run: Mapfile.run)
}

enum Mapfile {
    static func synopsis(_ name: Bytes) -> Bytes {
        name + " [-t] [-d delimiter] [-n count] [-O origin] [-s count] [-u descriptor]"
            + "\n        [-C callback] [-c quantum] [array]"
    }

    static let details: Bytes = """
        Without a name the array is MAPFILE. It is emptied before, unless there is a -O.

        -t  without the delimiters at the ends of the lines
        -d  lines end at the first character of the delimiter; if it is empty, at a NUL byte
        -n  at most so many lines; 0: all
        -O  the first line becomes the element of that index
        -s  pass over so many lines first
        -u  read from the descriptor
        -C  run the command after every so many lines as -c says, with the index and the line as arguments, before the \
        line is assigned
        -c  how many lines lie between the calls of the command: 5000
        """

    private struct Request {
        var trims = false
        var delimiter = UInt8(ascii: "\n")
        var limit = 0
        var origin: Int?
        var skipped = 0
        var descriptor = 0
        var callback: Bytes?
        var quantum = 5000
    }

    static func run(_ sh: Interpreter, _ args: Arguments) throws(Unwind) -> Int32 {
        var request = Request()
        var options = BuiltinOptions(args, "td:n:O:s:u:C:c:")
        while let option = options.next(sh) {
            let argument = options.argument
            switch Unicode.Scalar(option) {
            case "t": request.trims = true
            case "d": request.delimiter = argument.first ?? 0
            case "C": request.callback = argument
            default:
                guard let number = argument.decimal, number >= (option == UInt8(ascii: "c") ? 1 : 0),
                    number <= Int(Int32.max)
                else { return sh.fail(args[0], argument, "not a number that can be here") }
                switch Unicode.Scalar(option) {
                case "n": request.limit = number
                case "O": request.origin = number
                case "s": request.skipped = number
                case "u": request.descriptor = number
                default: request.quantum = number
                }
            }
        }
        if let status = options.failure { return status }
        let name = options.operands < args.count ? args[options.operands] : "MAPFILE"
        guard Names.isName(name), case .variable(let id) = sh.target(of: NameTable.intern(name)) else {
            return sh.fail(args[0], Quoting.shell(name), "not a valid name")
        }
        guard let descriptor = sh.context.descriptors.descriptor(request.descriptor) else {
            return sh.fail(args[0], Bytes(decimal: request.descriptor), Errno.badDescriptor.message)
        }
        guard !sh.isAssociative(id) else { return sh.fail(args[0], name, "is an associative array") }
        guard sh.makeArray(id, isAssociative: false) else { return 1 }
        if request.origin == nil { _ = sh.setArray(id, IndexedArray()) }
        sh.context.variables[id].attributes.insert(.isSet)
        do throws(InputError) {
            try read(request, into: id, InputReader(descriptor, sh, deadline: nil), sh)
            return 0
        } catch {
            switch error {
            case .failed(let errno): return sh.fail(args[0], errno.message)
            case .timedOut: return 1
            case .interrupted(let signal): return 128 + signal
            case .unwind(let unwind): throw unwind
            }
        }
    }

    private static func read(
        _ request: Request, into id: NameID, _ reader: consuming InputReader, _ sh: Interpreter
    ) throws(InputError) {
        var line = Bytes()
        var skipped = 0
        var count = 0
        let origin = request.origin ?? 0
        while request.limit == 0 || count < request.limit {
            let bytes = try reader.look()
            let isAtEnd = bytes.isEmpty
            if isAtEnd && line.isEmpty { return }
            var isComplete = isAtEnd
            if !isAtEnd {
                let end = bytes.bindMemory(to: UInt8.self).find(request.delimiter)
                let taken = try reader.take(end.map { $0 + 1 } ?? bytes.count)
                line.append(contentsOf: taken.bindMemory(to: UInt8.self))
                isComplete = line.last == request.delimiter
            }
            guard isComplete else { continue }
            if skipped < request.skipped {
                skipped += 1
            } else {
                // A variable can't hold a NUL.
                if line.last == request.delimiter && (request.trims || request.delimiter == 0) { line.removeLast() }
                if line.contains(0) { line = Bytes(line.filter { $0 != 0 }) }
                if let callback = request.callback, (count + 1) % request.quantum == 0 {
                    try call(callback, origin + count, line, sh)
                }
                guard sh.setElement(id, .index(origin + count), line) else { return }
                count += 1
            }
            if isAtEnd { return }
            line = Bytes()
        }
    }

    private static func call(
        _ callback: Bytes, _ index: Int, _ line: Bytes, _ sh: Interpreter
    ) throws(InputError) {
        do throws(Unwind) {
            _ = try sh.evaluate(callback + " " + Bytes(decimal: index) + " " + Quoting.shell(line))
        } catch {
            throw .unwind(error)
        }
    }
}
