// The target of `make fuzz`: any bytes at all go through the parser and the printer. Beside crashes, hangs and leaks it
// looks for broken promises:
//
// - what the printer prints parses again, to the same tree, in both layouts, with and without POSIX mode;
// - a tree in which aliases were substituted prints as a text that needs none of them;
// - a text that comes line by line gives the same tree or error as the whole text.
//
// See run.sh for how it is built and run.

import Bytes
import Syntax

/// `{}` and `{1}`, as job templates have them.
private final class Braces: PlaceholderMatcher {
    func canStart(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "{") }

    func match(_ source: UnsafeBufferPointer<UInt8>, at index: Int) -> (id: Int, length: Int)? {
        if index + 1 < source.count, source[index + 1] == UInt8(ascii: "}") { return (0, 2) }
        if index + 2 < source.count, source[index + 1] == UInt8(ascii: "1"), source[index + 2] == UInt8(ascii: "}") {
            return (1, 3)
        }
        return nil
    }

    static func text(_ id: Int) -> Bytes { id == 0 ? "{}" : "{1}" }
}

private func alias(_ name: Bytes) -> Bytes? {
    switch name {
    case "l": "ls -l "
    case "a": "b; a"
    case "i": "if x\nthen"
    case "q": "echo \"q "
    case "e": ""
    default: nil
    }
}

private func parse(_ text: Bytes, _ options: ParserOptions) -> Result<List, ParseError> {
    do throws(ParseError) {
        return .success(try Parser.parse(text, options: options))
    } catch {
        return .failure(error)
    }
}

private func parseByLine(_ text: Bytes, _ options: ParserOptions) -> Result<List, ParseError> {
    var next = 0
    var parser = Parser("", options: options) { buffer in
        guard next < text.count else { return false }
        let stop = text.find(UInt8(ascii: "\n"), from: next).map { $0 + 1 } ?? text.count
        buffer.append(contentsOf: text[next..<stop])
        next = stop
        return true
    }
    do throws(ParseError) {
        return .success(try parser.parseAll())
    } catch {
        return .failure(error)
    }
}

private func fail(_ what: String, _ text: Bytes, _ detail: Bytes) -> Never {
    fatalError("\(what)\n--- text\n\(text)\n--- detail\n\(detail)\n---")
}

private func checkPrinter(_ list: List, _ original: Bytes, _ options: ParserOptions) {
    for text in [
        Printer.source(of: list, placeholders: Braces.text), Printer.oneLine(list, placeholders: Braces.text),
    ] {
        switch parse(text, options) {
        case .success(let again):
            if again != list { fail("the printed text means something else", original, text) }
        case .failure(let error):
            fail("the printed text is wrong", original, text + "\n" + error.render(name: "printed"))
        }
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
    let text = Bytes(UnsafeBufferPointer(start: data, count: size))
    // Deeper nesting than this says nothing new, and the sanitizer's frames are large.
    var options = ParserOptions(maximumDepth: 100)
    for isPosix in [false, true] {
        options.isPosix = isPosix
        let whole = parse(text, options)
        switch (parseByLine(text, options), whole) {
        case (.success(let lines), .success(let list)) where lines == list: break
        // Which of two errors comes first may depend on when a NUL comes into sight.
        case (.failure(let late), .failure(let early)) where late == early || text.contains(0): break
        case (.failure(let late), .failure(let early)):
            fail("line by line the error is another", text, late.render(name: "line") + early.render(name: "whole"))
        default: fail("line by line it is another", text, "")
        }
        if case .success(let list) = whole { checkPrinter(list, text, options) }
    }
    options.isPosix = false
    options.placeholders = Braces()
    if case .success(let list) = parse(text, options) { checkPrinter(list, text, options) }
    options.placeholders = nil
    var aliased = options
    aliased.aliases = alias
    // What is wrong in backquotes stays as it was written, and may be right without the aliases.
    if case .success(let list) = parse(text, aliased), !Printer.oneLine(list).contains(UInt8(ascii: "`")) {
        checkPrinter(list, text, options)
    }
    _ = try? ArithmeticParser.parse(text, maximumDepth: 100)
    return 0
}
