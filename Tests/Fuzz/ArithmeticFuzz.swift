// Evaluates any bytes as an arithmetic expression, in two ways that must agree: as text at run time, and as the source of
// `$(( ))`, which is prepared as a tree. A grammar writes expressions where mutated bytes are none.

import Bytes
import Glibc
import Platform
import Syntax

@testable import Shell

private let main = Interpreter(name: "fuzz", environment: ["LC_ALL=C.UTF-8"], sourceName: "fuzz")

private func interpreter() -> Interpreter {
    let sh = Interpreter(copying: main, cancellation: Cancellation())
    sh.context.descriptors[1] = OpenFile(memory: MemoryOutput())
    sh.context.descriptors[2] = OpenFile(memory: MemoryOutput())
    _ = sh.runScript("a=5 b=-3 c='a + 1' d= e=0x10 big=9223372036854775807 loop=loop self='self2 + 1' self2='self - 1'")
    return sh
}

private func asText(_ text: Bytes) -> Int64? { interpreter().evaluateArithmetic(text) }

private func asSource(_ text: Bytes) -> Int64? {
    let sh = interpreter()
    let output = MemoryOutput()
    sh.context.descriptors[1] = OpenFile(memory: output)
    guard sh.runScript("echo $((" + text + "))") == 0 else { return nil }
    return output.bytes.dropLast().decimal.map(Int64.init)
}

@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
    let text = Bytes(UnsafeBufferPointer(start: data, count: size)).withoutNULs
    let value = asText(text)
    // What the shell itself reads in it, and what depends on the time, may differ.
    let special = Bytes("$`\"'\\\n#;{}[]&<>|R@")
    guard !text.contains(where: { special.contains($0) || $0 >= 0x80 || $0 < 0x20 }) else { return 0 }
    let other = asSource(text)
    if value != other {
        fatalError("'\(text)' is \(String(describing: value)), as source \(String(describing: other))")
    }
    let isEmpty = text.allSatisfy { $0 == 0x20 }
    if let value, !isEmpty, asText("(" + text + ")") != value, !text.contains(UInt8(ascii: ")")) {
        fatalError("'\(text)' is something else in parentheses")
    }
    return 0
}

@_silgen_name("LLVMFuzzerMutate")
private func mutateBytes(_ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ maximum: Int) -> Int

@_cdecl("LLVMFuzzerCustomMutator")
func customMutator(_ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ maximum: Int, _ seed: UInt32) -> Int {
    guard seed % 2 != 0 else { return mutateBytes(data, size, maximum) }
    var grammar = Grammar(seed: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15, budget: 5 + Int(seed >> 8) % 30)
    let text = Array(grammar.arithmetic().utf8.prefix(maximum))
    for (index, byte) in text.enumerated() { data[index] = byte }
    return text.count
}
