import Bytes

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
}
