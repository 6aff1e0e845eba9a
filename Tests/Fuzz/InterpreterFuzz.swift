// Runs any bytes as a script, in a sandbox: see Sandbox/sandbox.c. Beside crashes and what the address sanitizer finds it
// looks for descriptors that stay open and for an interpreter whose stacks are not as they were.
//
// Time is bounded: a second thread cancels a script that runs too long or takes too much memory, as a pool cancels a job.

import Bytes
import Glibc
import Platform
import Sandbox
import Synchronization
import Syntax

@testable import Shell

private final class Watch: Sendable {
    static let shared = Watch()

    /// When the script that runs now is to end, on the monotonic clock; 0: none runs.
    private let deadline = Atomic<UInt64>(0)
    /// How many pages the process may have meanwhile: threads that are kept, and what the sanitizer holds back, are not the
    /// script's.
    private let limit = Atomic<Int>(0)
    let cancellation = Cancellation()

    private init() {
        try? Threads.run { [self] in
            while true {
                usleep(3000)
                let end = deadline.load(ordering: .relaxed)
                guard end != 0 else { continue }
                if Clock.monotonicNanoseconds() > end || Watch.residentPages() > limit.load(ordering: .relaxed) {
                    cancellation.cancel()
                }
            }
        }
    }

    func begin() {
        cancellation.reset()
        limit.store(Watch.residentPages() + 300_000, ordering: .relaxed)
        deadline.store(Clock.monotonicNanoseconds() + 150_000_000, ordering: .relaxed)
    }

    func end() { deadline.store(0, ordering: .relaxed) }

    private static func residentPages() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, 128, file) != nil else { return 0 }
        var rest = line.firstIndex(of: 32) ?? 0
        var pages = 0
        rest += 1
        while rest < line.count, line[rest] >= 48 {
            pages = pages * 10 + Int(line[rest] - 48)
            rest += 1
        }
        return pages
    }
}

private func openDescriptors() -> [Int32] { (0..<200).filter { fcntl($0, F_GETFD) >= 0 } }

private let main: Interpreter = {
    let sh = Interpreter(
        name: "fuzz", environment: ["PATH=/nosuch", "LC_ALL=C.UTF-8", "HOME=."], sourceName: "fuzz")
    sandbox_close()
    return sh
}()

private func run(_ text: Bytes) {
    let parent = main
    let watch = Watch.shared
    watch.begin()
    defer { watch.end() }
    let sh = Interpreter(copying: parent, cancellation: watch.cancellation)
    let null = OpenFile(owning: (try? System.open("/dev/null", flags: O_RDWR)) ?? -1)
    for number in 0...2 { sh.context.descriptors[number] = null }
    sh.context.positional = ["one", "two words", "", "*"]
    _ = sh.runScript(text)
    precondition(sh.stack.count == 0, "words are left on the stack")
    precondition(sh.captures.isEmpty, "captures are left")
    precondition(sh.localScopes.isEmpty, "scopes of functions are left")
    precondition(
        sh.functionDepth == 0 && sh.loopDepth == 0 && sh.conditionDepth == 0 && sh.sourceDepth == 0, "depths are left")
}

/// Some are kept for the next time, and those of a thread are released a moment after it.
private func checkDescriptors() {
    for _ in 0..<20 {
        if openDescriptors().count < 40 { return }
        usleep(50_000)
    }
    fatalError("descriptors are left open: \(openDescriptors())")
}

/// Nothing ends a loop in a cleanup, as is promised.
private func mayNeverEnd(_ text: Bytes) -> Bool {
    func mentions(_ words: Bytes...) -> Bool { words.contains { text.find($0) != nil } }
    return mentions("always", "defer") && mentions("while", "until", "for", "select")
}

@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
    let text = Bytes(UnsafeBufferPointer(start: data, count: size)).withoutNULs
    guard !mayNeverEnd(text) else { return -1 }
    run(text)
    checkDescriptors()
    return 0
}

// MARK: Mutations

@_silgen_name("LLVMFuzzerMutate")
private func mutateBytes(_ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ maximum: Int) -> Int

@_cdecl("LLVMFuzzerCustomMutator")
func customMutator(_ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ maximum: Int, _ seed: UInt32) -> Int {
    guard seed % 3 != 0 else { return mutateBytes(data, size, maximum) }
    var grammar = Grammar(seed: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15, budget: 20 + Int(seed >> 8) % 60)
    let text = Array(grammar.script().utf8)
    var result = Array(UnsafeBufferPointer(start: data, count: size))
    switch seed % 4 {
    case 0: result = text
    case 1: result += [10] + text
    default:
        // At the beginning of a line, where a command may stand.
        let lines = result.indices.filter { result[$0] == 10 }
        let place = lines.isEmpty ? 0 : lines[Int(seed >> 4) % lines.count] + 1
        result.insert(contentsOf: text, at: place)
    }
    let count = min(result.count, maximum)
    for index in 0..<count { data[index] = result[index] }
    return count
}
