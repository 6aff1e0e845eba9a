// Asynchronous lists (2.9.3): `… &`. `$!` is always a real process: an external command is started as it is, anything else in
// a capsule, a new thresh that gets a copy of the context.

import Bytes
import Glibc
import Platform
import Syntax

final class AsynchronousNode: Node, @unchecked Sendable {
    let body: Node
    /// What a capsule runs.
    let item: ListItem
    /// What `jobs` shows.
    private let shown: ListItem
    let position: Position

    init(body: Node, item: ListItem, shown: ListItem? = nil, position: Position) {
        self.body = body
        self.item = item
        self.shown = shown ?? item
        self.position = position
    }

    /// The list as source, without the `&`.
    private func source(_ placeholders: ((Int) -> Bytes)?) -> Bytes {
        var foreground = item
        foreground.isAsynchronous = false
        return Printer.oneLine(List([foreground]), placeholders: placeholders)
    }

    /// What the capsule runs: of `( … ) &` the inner list, since the process is the subshell.
    private func capsuleSource(_ sh: Interpreter) -> Bytes {
        if item.rest.isEmpty, !item.first.isNegated, item.first.timing == nil, item.first.commands.count == 1,
            case .compound(.subshell(let list), let redirections, _) = item.first.commands[0], redirections.isEmpty
        {
            return Printer.source(of: list, placeholders: sh.capsuleMarks)
        }
        return source(sh.capsuleMarks)
    }

    override func run(_ sh: Interpreter) throws(Unwind) -> Int32 { try start(sh) }

    /// - Parameters:
    ///   - input: descriptor 0 of a coprocess.
    ///   - output: descriptor 1 of a coprocess.
    func start(_ sh: Interpreter, input: OpenFile? = nil, output: OpenFile? = nil) throws(Unwind) -> Int32 {
        sh.position = position
        if !sh.output.isEmpty { sh.flushOutput() }
        sh.jobs.update()
        let isControlled = sh.controlsJobs
        let saved = sh.context
        sh.context.separate()
        defer {
            let pid = sh.context.lastBackground
            sh.context = saved
            sh.context.lastBackground = pid
        }
        var ignored: [Int32] = []
        if !isControlled {
            // Without job control it must not take the shell's input, nor end by Ctrl-C.
            ignored = [SIGINT, SIGQUIT]
            if input == nil, let null = try? System.open("/dev/null", flags: O_RDONLY) {
                sh.context.descriptors[0] = OpenFile(owning: null)
            }
        }
        if let input { sh.context.descriptors[0] = input }
        if let output { sh.context.descriptors[1] = output }
        var capsule: OpenFile?
        defer { withExtendedLifetime(capsule) {} }
        let failed: Int32
        do throws(Unwind) {
            switch try launch(sh, &capsule) {
            case .failure(let status): failed = status
            case .success(let launch):
                guard let status = start(launch, sh, ignored, isControlled) else { return 0 }
                failed = status
            }
        } catch {
            if case .cancelled = error { throw error }
            failed = sh.context.status
        }
        // The list could not be begun; the message is printed. Whoever waits for it is to learn its status all the same.
        guard let stand = sh.capsule(running: "exit " + Bytes(decimal: failed)) else { return failed }
        defer { withExtendedLifetime(stand.file) {} }
        return start(stand.launch, sh, ignored, isControlled) ?? 0
    }

    /// Starts the process and makes it a job; the status if it could not be started, which is said.
    private func start(_ launch: Launch, _ sh: Interpreter, _ ignored: [Int32], _ isControlled: Bool) -> Int32? {
        var launch = launch
        for signal in ignored { launch.ignoredSignals.insert(signal) }
        // What runs in the background may outlive the process that has started it.
        if !sh.cancellation.endsWithThresh { launch.parentDeathSignal = 0 }
        if isControlled { launch.processGroup = .new }
        switch sh.start(launch) {
        case .failure(let status): return status
        case .success(let child):
            sh.context.lastBackground = child.pid
            var shown = shown
            shown.isAsynchronous = false
            let text = sh.has(.posix) ? source(nil) : Printer.bashText(of: List([shown]))
            let number = sh.jobs.add([child], command: text, group: isControlled ? child.pid : nil)
            if sh.has(.interactive) {
                var notice: Bytes = "["
                notice.append(decimal: number)
                notice.append("] ")
                notice.append(decimal: child.pid)
                notice.append("\n")
                sh.writeError(notice)
            }
            return nil
        }
    }

    private func launch(_ sh: Interpreter, _ file: inout OpenFile?) throws(Unwind) -> Interpreter.Attempt<Launch> {
        if let command = body as? SimpleCommandNode, command.isPure, try !sh.mayBlock(command.redirections) {
            let base = sh.stack.count
            defer { sh.stack.removeLast(sh.stack.count - base) }
            try command.pushWords(sh)
            let arguments = Arguments(interpreter: sh, base: base, count: sh.stack.count - base)
            if arguments.count > 0, case .external = command.resolved(sh, arguments) {
                if sh.has(.xtrace) { sh.trace(arguments.map { Quoting.traced($0) }) }
                guard try sh.redirect(command.redirections) else { return .failure(1) }
                return try sh.launch(arguments, command.assignments)
            }
        }
        guard let capsule = sh.capsule(running: capsuleSource(sh)) else { return .failure(126) }
        file = capsule.file
        return .success(capsule.launch)
    }
}
