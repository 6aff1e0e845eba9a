// bind: the keys of the line editor. What it lists comes from readline's own dumpers, which write to its stream; this is a
// memory for the while, so that the list goes where the output of the built-in goes.

import Bytes
@preconcurrency import CReadline
@preconcurrency import Glibc
import Platform
import Shell
import Syntax

extension Builtin {
    package static let bind = Builtin(
        name: "bind", kind: .extension,
        synopsis: """
            bind [-m keymap] [-lpsvPSVX]
            bind [-m keymap] [-f file] [-q function] [-u function] [-r keys] [-x keys:command]
            bind [-m keymap] keys:function | keys:"text" | "set variable value"
            """,
        summary: "Say what the keys do while a line is edited.",
        details: """
            -l  list the functions of the line editor
            -p  list them with their keys, as bind and an inputrc file take them; -P for reading
            -s  list the keys that insert a text, as bind takes them; -S for reading
            -v  list the variables and their values, as bind takes them; -V for reading
            -X  list the keys that run a command of the shell
            -q  tell which keys call a function
            -u  take all keys from a function
            -r  take the meaning from a sequence of keys
            -f  read key bindings from a file
            -m  for this keymap: emacs, emacs-standard, emacs-meta, emacs-ctlx, vi, vi-move, vi-command, vi-insert
            -x  run the command when the keys are typed. It finds the line in READLINE_LINE, the place of the cursor in \
            READLINE_POINT and that of the mark in READLINE_MARK, and may change them; a numeric argument is in READLINE_ARGUMENT.

            Keys are written as in inputrc: bind '"\\C-xh": backward-word'. Changes made in a subshell are lost with it.
            """,
        examples: """
            bind '"\\C-o": "ls\\n"'
            bind -x '"\\C-t": date'
            """,
        run: { (sh, args) throws(Unwind) in Bind.run(sh, args) })
}

private enum Bind {
    /// What is asked for, in the order in which it is done.
    private struct Request {
        var lists: [UInt8] = []
        var keymap: Bytes?
        var file: Bytes?
        var query: Bytes?
        var unbound: Bytes?
        var removed: Bytes?
        var command: Bytes?
        var operands: [Bytes] = []

        var changes: Bool {
            file != nil || unbound != nil || removed != nil || command != nil || !operands.isEmpty
        }
    }

    static func run(_ sh: Interpreter, _ args: Arguments) -> Int32 {
        var request = Request()
        var options = BuiltinOptions(args, "lpPsSvVXf:q:u:m:r:x:")
        while let letter = options.next(sh) {
            switch Unicode.Scalar(letter) {
            case "f": request.file = options.argument
            case "q": request.query = options.argument
            case "u": request.unbound = options.argument
            case "m": request.keymap = options.argument
            case "r": request.removed = options.argument
            case "x": request.command = options.argument
            default: request.lists.append(letter)
            }
        }
        if let status = options.failure { return status }
        request.operands = Array(args.droppingFirst(options.operands))
        // A subshell has the keys of its parent, and what it changes is lost with it.
        if request.changes && (sh.subshellDepth > 0 || !sh.isMain) { return 0 }
        return lock.withLock { _ in
            _ = Readline.editor(sh)
            return perform(request, sh, args[0])
        }
    }

    /// Held while readline is asked: the stages of a pipeline, which run while the main thread edits no line, may ask at once.
    private static let lock = Mutex(())

    private static func perform(_ request: Request, _ sh: Interpreter, _ name: Bytes) -> Int32 {
        let outer = rl_get_keymap()
        defer { if request.keymap != nil { rl_set_keymap(outer) } }
        if let keymap = request.keymap {
            guard let map = keymap.withCString({ rl_get_keymap_by_name($0) }) else {
                return sh.fail(name, keymap + ": no such keymap")
            }
            rl_set_keymap(map)
        }
        var status: Int32 = 0
        for letter in request.lists { list(letter, sh) }
        if let file = request.file {
            let code = file.withCString { rl_read_init_file($0) }
            if code != 0 { return sh.fail(name, file + ": " + Errno(code).message) }
        }
        if let query = request.query { status = self.query(query, sh, name) }
        if let function = request.unbound { status = unbind(function, sh, name) }
        if let keys = request.removed {
            let removal = keys.withCString { rl_bind_keyseq($0, nil) }
            if removal != 0 { status = sh.fail(name, keys + ": cannot be unbound") }
            if let key = self.key(keys) { ReadlineCommands.commands[key] = nil }
        }
        if let command = request.command { status = bind(command, sh, name) }
        for operand in request.operands {
            var text = Array(operand) + [0]
            let code = text.withUnsafeMutableBytes {
                rl_parse_and_bind($0.baseAddress?.assumingMemoryBound(to: CChar.self))
            }
            if code != 0 { status = 1 }
        }
        if request.changes { Readline.shared?.takeEditingMode(sh) }
        return status
    }

    // MARK: Lists

    private static func list(_ letter: UInt8, _ sh: Interpreter) {
        switch Unicode.Scalar(letter) {
        case "l": write(sh) { rl_list_funmap_names() }
        case "p": write(sh) { rl_function_dumper(1) }
        case "P": write(sh) { rl_function_dumper(0) }
        case "s": write(sh) { rl_macro_dumper(1) }
        case "S": write(sh) { rl_macro_dumper(0) }
        case "v": write(sh) { rl_variable_dumper(1) }
        case "V": write(sh) { rl_variable_dumper(0) }
        default: listCommands(sh)
        }
    }

    /// Writes what readline prints meanwhile.
    private static func write(_ sh: Interpreter, _ body: () -> Void) {
        var start: UnsafeMutablePointer<CChar>?
        var size = 0
        guard let memory = open_memstream(&start, &size) else { return }
        let outer = rl_outstream
        rl_outstream = memory
        body()
        rl_outstream = outer
        fclose(memory)
        guard let start else { return }
        sh.write(Bytes(UnsafeRawBufferPointer(start: start, count: size)))
        free(start)
    }

    private static func listCommands(_ sh: Interpreter) {
        let keymap = UInt(bitPattern: rl_get_keymap())
        let keys = ReadlineCommands.commands.filter { $0.key.keymap == keymap }.sorted {
            $0.key.sequence < $1.key.sequence
        }
        for (key, command) in keys {
            var line: Bytes = "\""
            line.append(spelling(key.sequence))
            line.append("\": \"")
            line.append(escaped(command))
            line.append("\"\n")
            sh.write(line)
        }
    }

    /// A sequence of keys as an inputrc file has it.
    private static func spelling(_ sequence: Bytes) -> Bytes {
        var text = Bytes()
        for byte in sequence {
            switch byte {
            case 0x1B: text.append("\\e")
            case 0x7F: text.append("\\C-?")
            case UInt8(ascii: "\\"), UInt8(ascii: "\""): text.append("\\" + Bytes(byte: byte))
            case 0..<0x20:
                text.append("\\C-")
                text.append(byte + (byte >= 1 && byte <= 26 ? 0x60 : 0x40))
            default: text.append(byte)
            }
        }
        return text
    }

    private static func escaped(_ text: Bytes) -> Bytes {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }

    private static func query(_ function: Bytes, _ sh: Interpreter, _ name: Bytes) -> Int32 {
        guard let pointer = function.withCString({ rl_named_function($0) }) else {
            return sh.fail(name, function + ": no such function of the line editor")
        }
        guard let sequences = rl_invoking_keyseqs(pointer) else {
            sh.write(function + " is not bound to any keys.\n")
            return 1
        }
        var keys: [Bytes] = []
        var index = 0
        while let sequence = sequences[index] {
            keys.append("\"" + Bytes(cString: sequence) + "\"")
            free(sequence)
            index += 1
        }
        free(sequences)
        var text = function + " can be invoked via "
        text.append(Array(keys.prefix(5)).joined(by: ", "))
        text.append(keys.count > 5 ? ", ...\n" : ".\n")
        sh.write(text)
        return 0
    }

    // MARK: Changes

    private static func unbind(_ function: Bytes, _ sh: Interpreter, _ name: Bytes) -> Int32 {
        guard let pointer = function.withCString({ rl_named_function($0) }) else {
            return sh.fail(name, function + ": no such function of the line editor")
        }
        rl_unbind_function_in_map(pointer, rl_get_keymap())
        return 0
    }

    /// `"\C-t": command`, for the keymap that is set.
    private static func bind(_ text: Bytes, _ sh: Interpreter, _ name: Bytes) -> Int32 {
        guard let (keys, command) = parts(text) else {
            return sh.fail(name, text + ": expected \"keys\": command")
        }
        let code = keys.withCString { rl_bind_keyseq_in_map($0, ReadlineCommands.runCommand, rl_get_keymap()) }
        guard code == 0, let key = key(keys) else { return sh.fail(name, keys + ": cannot be bound") }
        ReadlineCommands.commands[key] = command
        return 0
    }

    private static func key(_ keys: Bytes) -> ReadlineCommands.Key? {
        let capacity = 2 * keys.count + 1
        var count: Int32 = 0
        var buffer = [CChar](repeating: 0, count: capacity)
        guard keys.withCString({ rl_translate_keyseq($0, &buffer, &count) }) == 0 else { return nil }
        let sequence = Bytes(buffer.prefix(max(Int(count), 0)).map { UInt8(bitPattern: $0) })
        return ReadlineCommands.Key(keymap: UInt(bitPattern: rl_get_keymap()), sequence: sequence)
    }

    /// The keys between the quotes, and what follows the colon.
    private static func parts(_ text: Bytes) -> (keys: Bytes, command: Bytes)? {
        let blanks: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        let text = text.dropFirst(text.prefix { blanks($0) }.count)
        guard text.first == UInt8(ascii: "\"") else { return nil }
        var end = 1
        while end < text.count && text[end] != UInt8(ascii: "\"") { end += text[end] == UInt8(ascii: "\\") ? 2 : 1 }
        guard end < text.count else { return nil }
        let keys = text[1..<end]
        var rest = Bytes(text.suffix(from: end + 1))
        rest = rest.dropFirst(rest.prefix { blanks($0) }.count)
        guard rest.first == UInt8(ascii: ":") else { return nil }
        rest = rest.dropFirst()
        rest = rest.dropFirst(rest.prefix { blanks($0) }.count)
        if rest.count > 1, rest.first == UInt8(ascii: "\""), rest.last == UInt8(ascii: "\"") {
            rest = rest.dropFirst().dropLast().replacing("\\\"", with: "\"").replacing("\\\\", with: "\\")
        }
        return keys.isEmpty ? nil : (keys, rest)
    }
}
