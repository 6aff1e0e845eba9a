import Bytes
@preconcurrency import CReadline

/// A prompt as readline takes it: what moves no cursor stands between two marks, as `\[` and `\]` have put them.
enum PromptText {
    // RL_PROMPT_START_IGNORE and RL_PROMPT_END_IGNORE.
    static let startOfInvisible = UInt8(0x01)
    static let endOfInvisible = UInt8(0x02)

    /// What is written where readline doesn't do it.
    static func visible(_ prompt: Bytes) -> Bytes {
        guard prompt.contains(startOfInvisible) || prompt.contains(endOfInvisible) else { return prompt }
        return Bytes(prompt.filter { $0 != startOfInvisible && $0 != endOfInvisible })
    }

    /// The width of a line of a prompt on the screen.
    static func width(_ line: Bytes, _ encoding: CharacterEncoding) -> Int {
        line.withUnsafeBytes { buffer in
            var width = 0
            var index = 0
            var isInvisible = false
            while index < buffer.count {
                let (code, length) = encoding.decode(buffer, at: index)
                index += length
                switch UInt8(truncatingIfNeeded: code) {
                case startOfInvisible where code < 0x80: isInvisible = true
                case endOfInvisible where code < 0x80: isInvisible = false
                default: if !isInvisible { width += Int(thresh_character_width(code)) }
                }
            }
            return width
        }
    }
}
