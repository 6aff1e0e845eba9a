import Bytes
import Glibc
import Platform

/// Extended regular expressions of libc, for `[[ text =~ expression ]]`.
enum RegularExpression {
    enum Result {
        /// The whole match, then what each parenthesis matched; nil for one that took no part.
        case matched([Bytes?])
        case unmatched
        /// The expression means nothing; why.
        case invalid(Bytes)
    }

    /// Looks for a match of the expression made of `pieces`, whose quoted ones match themselves.
    static func match(
        _ text: Bytes, _ pieces: [(text: Bytes, isQuoted: Bool)], ignoresCase: Bool, encoding: CharacterEncoding
    ) -> Result {
        // Characters are those of the thread's locale, which is C.
        let outer = encoding == .utf8 ? utf8.map { uselocale($0.locale) } : nil
        defer { if let outer { _ = uselocale(outer) } }
        var expression = regex_t()
        let flags = REG_EXTENDED | (ignoresCase ? REG_ICASE : 0)
        let source = source(pieces)
        // The C library parses by recursion and has no limit of its own.
        guard nesting(of: source) < Threads.stackRemaining() / 2048 else { return .invalid("nested too deeply") }
        let error = source.withCString { regcomp(&expression, $0, flags) }
        guard error == 0 else {
            let message = Bytes(capacity: 256) { buffer in
                let size = regerror(
                    error, &expression, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
                return max(0, min(size, buffer.count) - 1)
            }
            return .invalid(message)
        }
        defer { regfree(&expression) }
        var places = [regmatch_t](repeating: regmatch_t(), count: expression.re_nsub + 1)
        let isMatch = text.withCString { text in
            places.withUnsafeMutableBufferPointer { regexec(&expression, text, $0.count, $0.baseAddress, 0) == 0 }
        }
        guard isMatch else { return .unmatched }
        return .matched(
            places.map { place in
                let (start, end) = (Int(place.rm_so), Int(place.rm_eo))
                return start >= 0 && start <= end && end <= text.count ? text[start..<end] : nil
            })
    }

    /// How deep parentheses stand in each other, at most.
    private static func nesting(of source: Bytes) -> Int {
        var (depth, deepest) = (0, 0)
        for byte in source {
            if byte == UInt8(ascii: "(") {
                depth += 1
                deepest = max(deepest, depth)
            } else if byte == UInt8(ascii: ")") {
                depth -= 1
            }
        }
        return deepest
    }

    /// In a bracket expression quotes take nothing away but themselves: nothing is special there but `]`.
    private static func source(_ pieces: [(text: Bytes, isQuoted: Bool)]) -> Bytes {
        var source = Bytes()
        // Whether a bracket expression is open, and how many of its bytes have come.
        var bracket: Int?
        for piece in pieces {
            var isEscaped = false
            for byte in piece.text {
                if let count = bracket {
                    let isNegation = count == 0 && byte == UInt8(ascii: "^")
                    source.append(byte)
                    if byte == UInt8(ascii: "]") && count > 0 && !piece.isQuoted {
                        bracket = nil
                    } else if !isNegation {
                        bracket = count + 1
                    }
                } else if piece.isQuoted {
                    if Bytes(".[]{}()*+?^$|\\").contains(byte) { source.append(UInt8(ascii: "\\")) }
                    source.append(byte)
                } else {
                    source.append(byte)
                    if byte == UInt8(ascii: "[") && !isEscaped { bracket = 0 }
                    isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
                }
            }
        }
        return source
    }

    /// Sendable: a locale is never changed.
    private struct Locale: @unchecked Sendable {
        let locale: locale_t
    }

    private static let utf8: Locale? = newlocale(LC_CTYPE_MASK, "C.UTF-8", nil).map(Locale.init)
}
