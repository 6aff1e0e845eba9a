import Bytes
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@testable import Syntax

@Suite struct PrinterTests {
    @Test(arguments: [
        ("a;b&c&&d||! e|f", "a\nb &\nc && d || ! e | f\n", "a; b & c && d || ! e | f"),
        (
            "if a;then b;elif c;then d;else e;fi>f",
            "if a; then\n    b\nelif c; then\n    d\nelse\n    e\nfi >f\n",
            "if a; then b; elif c; then d; else e; fi >f"
        ),
        ("while a;b;do c&done", "while a; b; do\n    c &\ndone\n", "while a; b; do c & done"),
        (
            "for x in a b;do c;done;for y do d;done",
            "for x in a b; do\n    c\ndone\nfor y; do\n    d\ndone\n", "for x in a b; do c; done; for y; do d; done"
        ),
        ("for((i=0;i<3;));do a;done", "for ((i=0; i<3; )); do\n    a\ndone\n", "for ((i=0; i<3; )); do a; done"),
        (
            "case $x in a|b) c;d;; *) ;& (esac) e;;& esac",
            "case $x in\na | b)\n    c\n    d\n    ;;\n*)\n    ;&\n(esac)\n    e\n    ;;&\nesac\n",
            "case $x in a | b) c; d ;; *) ;& (esac) e ;;& esac"
        ),
        (
            "pfor -j \"$n\" x in a b;{ c;};pfor y do d;done",
            "pfor -j \"$n\" x in a b; do\n    c\ndone\npfor y; do\n    d\ndone\n",
            "pfor -j \"$n\" x in a b; do c; done; pfor y; do d; done"
        ),
        ("pwhile -j 2 a;b;do c&done", "pwhile -j 2 a; b; do\n    c &\ndone\n", "pwhile -j 2 a; b; do c & done"),
        (
            "{ a;} always;{ b& }>f", "{\n    a\n} always {\n    b &\n} >f\n", "{ a; } always { b & } >f"
        ),
        ("f(){ a;}", "f() {\n    a\n}\n", "f() { a; }"),
        ("function a-b { c; }", "function a-b () {\n    c\n}\n", "function a-b () { c; }"),
        ("( (a);b)", "( (a); b)\n", "( (a); b)"),
        ("$((1+2)) $( (a)) `b`", "$((1+2)) $( (a)) $(b)\n", "$((1+2)) $( (a)) $(b)"),
        ("a <] $[", "a \\$[ <]\n", "a \\$[ <]"),
        ("$[1+(2)] $[(]", "$((1+(2))) $[(]\n", "$((1+(2))) $[(]"),
        ("a<b 2>&1 >>'c d' <(e) < <(f)", "a <(e) <b 2>&1 >>'c d' < <(f)\n", "a <(e) <b 2>&1 >>'c d' < <(f)"),
        (">f if", ">f if\n", ">f if"),
        (
            "${x}y $x ${x}[1] \"${x}y$z\" ${1}0", "${x}y $x ${x}[1] \"${x}y$z\" $10\n",
            "${x}y $x ${x}[1] \"${x}y$z\" $10"
        ),
        ("\"a\\$\\`\\\"\\\\\\x\"", "\"a\\$\\`\\\"\\\\\\\\x\"\n", "\"a\\$\\`\\\"\\\\\\\\x\""),
        ("a=1 b+=(c [d]=e) f[g]=", "a=1 b+=(c [d]=e) f[g]=\n", "a=1 b+=(c [d]=e) f[g]="),
        ("[[ ! -f a&&(b == c||d) ]]", "[[ ! -f a && ( b == c || d ) ]]\n", "[[ ! -f a && ( b == c || d ) ]]"),
        (
            "cat <<A <<-'B'|c;d\n$a\nA\n\tb\nB\n", "cat <<A <<-'B' | c\n$a\nA\nb\nB\nd\n",
            "cat <<A <<-'B' | c\n$a\nA\nb\nB\nd"
        ),
        ("if cat <<E;then b;fi\nx\nE\n", "if cat <<E\nx\nE\nthen\n    b\nfi\n", "if cat <<E\nx\nE\nthen b; fi"),
        ("a $(cat <<E\nx\nE\n) b", "a $(cat <<E\nx\nE\n) b\n", "a $(cat <<E\nx\nE\n) b"),
    ])
    func layouts(_ source: String, _ lines: String, _ line: String) throws {
        let list = try Parser.parse(Bytes(source))
        #expect("\(Printer.source(of: list))" == lines)
        #expect("\(Printer.oneLine(list))" == line)
    }

    @Test func partsOfATree() throws {
        let list = try Parser.parse("f() { echo \"$x\"; }")
        guard case .function(let definition) = list.items[0].first.commands[0] else { return #expect(Bool(false)) }
        #expect(Printer.source(of: definition) == "f() {\n    echo \"$x\"\n}\n")
        #expect(Printer.oneLine(definition.body) == "{ echo \"$x\"; }")
        #expect(Printer.oneLine(list.items[0].first) == "f() { echo \"$x\"; }")
    }

    // MARK: The round trip

    /// What is wrong with the printed forms of `list`, nil if parsing them gives it again.
    private func fault(_ list: List, _ options: ParserOptions = .init()) -> String? {
        for text in [Printer.source(of: list), Printer.oneLine(list)] {
            do throws(ParseError) {
                let again = try Parser.parse(text, options: options)
                if again != list { return "another tree:\n\(text)\n\(Sketch.of(list))\n\(Sketch.of(again))" }
            } catch {
                return "\(error.render(name: "printed"))\n\(text)"
            }
        }
        return nil
    }

    private func check(_ source: Bytes) {
        for isPosix in [false, true] {
            let options = ParserOptions(isPosix: isPosix)
            guard let list = try? Parser.parse(source, options: options), let fault = fault(list, options) else {
                continue
            }
            Issue.record("\(source)\n\(fault)")
        }
    }

    private static func files(under directory: String, named suffix: String) -> [String] {
        guard let handle = opendir(directory) else { return [] }
        defer { closedir(handle) }
        var found: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            let path = directory + "/" + name
            found += name.hasSuffix(suffix) ? [path] : files(under: path, named: suffix)
        }
        return found
    }

    private static func contents(_ path: String) -> Bytes {
        guard let file = fopen(path, "r") else { return Bytes() }
        defer { fclose(file) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { return Bytes(text) }
            text += buffer[0..<count]
        }
    }

    private static let tests: String = {
        let path = #filePath
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(2).joined(separator: "/")
    }()

    /// The scripts of all case files and the seeds of the fuzzer.
    private static let corpus: [Bytes] = {
        var scripts = files(under: tests + "/Fuzz/corpus", named: "").map(contents)
        for path in files(under: tests + "/Cases", named: ".test") {
            var section: Bytes?
            for line in contents(path).split(on: UInt8(ascii: "\n")) {
                if line.hasPrefix("--- ") || line.hasPrefix("=== ") {
                    if let section { scripts.append(section) }
                    section = line == "--- script" || line == "--- command" ? "" : nil
                } else {
                    section?.append(line.hasPrefix("\\---") || line.hasPrefix("\\===") ? line.dropFirst() : line)
                    section?.append("\n")
                }
            }
        }
        return scripts
    }()

    @Test func casesAndSeeds() {
        #expect(PrinterTests.corpus.count > 15)
        for script in PrinterTests.corpus { check(script) }
    }

    /// No construct miscounts lines or bytes: the command after it is where it is.
    @Test func placesAfterAnything() throws {
        for script in PrinterTests.corpus {
            let text = script + "\nlast x"
            guard let list = try? Parser.parse(text), let item = list.items.last, item.rest.isEmpty,
                case .simple(let command)? = item.first.commands.first, command.words.first?.parts == [.literal("last")]
            else { continue }
            #expect(command.position.offset == Int32(text.count - 6), "\(script)")
            #expect(command.position.line == Int32(text.split(on: UInt8(ascii: "\n")).count), "\(script)")
            #expect(command.position.column == 1, "\(script)")
        }
    }

    /// Pieces of the corpus put together at random: mostly wrong, and what is right must come back.
    @Test func mutations() {
        var random = SplitMix(state: 20_240_614)
        let pieces: [Bytes] = [
            "\n", " ", ";", "&", "|", "(", ")", "{ ", "}", "'", "\"", "`", "$", "${", "$(", "$((", "))", "\\", "\\\n",
            "#", "~",
            "<<E\n", "E\n", "<", ">", "=", "[", "]", "[[ ", " ]]", "if ", "then ", "fi ", "do ", "done ", "case x in ",
            "esac ",
            "a", "1", "{a,b}", "*", "!", "é", ";;", "<<-'E'\n", "-", ":", "/", "%",
        ]
        let seeds = PrinterTests.corpus.filter { $0.count < 600 }
        for _ in 0..<4000 {
            var text = seeds[random.next(below: seeds.count)]
            for _ in 0...random.next(below: 4) {
                let start = random.next(below: text.count + 1)
                let stop = min(text.count, start + random.next(below: 6) * random.next(below: 6))
                let other = seeds[random.next(below: seeds.count)]
                let from = random.next(below: other.count + 1)
                let piece =
                    random.next(below: 3) == 0
                    ? other[from..<min(other.count, from + 20)] : pieces[random.next(below: pieces.count)]
                text = text[0..<start] + piece + text[stop..<text.count]
            }
            check(text)
        }
    }

    /// Random trees, of which each printed form must parse to what was meant.
    @Test func randomTrees() {
        var maker = TreeMaker(random: SplitMix(state: 42))
        for _ in 0..<800 {
            let list = maker.list(depth: 4)
            if let fault = fault(list) { Issue.record("\(Sketch.of(list))\n\(fault)") }
        }
    }
}

struct SplitMix: Sendable {
    var state: UInt64

    mutating func next(below bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)) % UInt64(bound))
    }
}
