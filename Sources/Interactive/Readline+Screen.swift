import Bytes
@preconcurrency import CReadline
@preconcurrency import Glibc
import Platform
import Shell

/// The line on the screen: taken away for what appears above it, and shown again.
extension Readline: LineSource {
    func line(_ prompt: Bytes, initial: Bytes) -> LineResult {
        let outcome = edit(
            for: sh, prompt, initial: initial, input: stdin, descriptor: 0, deadline: PromptWait.deadline(sh),
            wait: PromptWait(sh))
        switch outcome {
        case .line(let text): return .text(text)
        case .end: return .end
        case .interrupted: return .interrupted
        case .timedOut: return .timedOut
        case .unwound(let unwind): return .unwound(unwind)
        }
    }

    func hide() {
        guard let up = rl_get_termcap("up"), up.pointee != 0 else {
            fputs("\r\n", rl_outstream)
            fflush(rl_outstream)
            return
        }
        rl_clear_visible_line()
        // The lines of the prompt before its last one are not readline's to move over.
        for _ in 0..<prefixRows {
            thresh_readline_put(up)
            if let clear = rl_get_termcap("ce"), clear.pointee != 0 { thresh_readline_put(clear) }
        }
        fflush(rl_outstream)
    }

    func show() {
        if resume() {
            rl_redisplay()
            fflush(rl_outstream)
            return
        }
        // While it searches, readline has put aside the prompt with these lines.
        if rl_display_prompt != rl_prompt, let prefix {
            PromptText.visible(prefix).withCString { _ = fputs($0, rl_outstream) }
            fputs("\r\n", rl_outstream)
        }
        rl_forced_update_display()
        fflush(rl_outstream)
    }

    func resize() {
        rl_resize_terminal()
        fflush(rl_outstream)
    }

    /// How many lines of the screen the prompt takes before its last line.
    private var prefixRows: Int {
        guard let prefix else { return 0 }
        var rows: Int32 = 0
        var columns: Int32 = 0
        rl_get_screen_size(&rows, &columns)
        return prefix.split(on: UInt8(ascii: "\n")).reduce(0) { count, line in
            let width = PromptText.width(line, sh.encoding)
            return count + max(1, (width + Int(columns) - 1) / max(Int(columns), 1))
        }
    }
}
