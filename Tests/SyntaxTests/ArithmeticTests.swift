import Bytes
import Syntax
import Testing

@Suite struct ArithmeticTests {
    private func parse(_ text: String) -> String {
        do throws(ParseError) {
            return Sketch.of(try ArithmeticParser.parse(Bytes(text)))
        } catch {
            return describe(error)
        }
    }

    @Test(arguments: [
        Case("1 + 2 * 3", "(add 1 (multiply 2 3))"),
        Case("1 - 2 - 3", "(subtract (subtract 1 2) 3)"),
        Case("2 ** 3 ** 4", "(power 2 (power 3 4))"),
        Case("-2 ** 2", "(power (minus 2) 2)"),
        Case("1 << 2 + 3 < 4 == 5", "(equal (less (shiftLeft 1 (add 2 3)) 4) 5)"),
        Case("a & b ^ c | d", "(bitOr (bitXor (bitAnd a b) c) d)"),
        Case("a && b || c && d", "(or (and a b) (and c d))"),
        Case("!a != ~b", "(notEqual (not a) (complement b))"),
        Case("a ? b : c ? d : e", "(? a b (? c d e))"),
        Case("a ? b = 1, c : d", "(? a (comma (set b 1) c) d)"),
        Case("a = b += c", "(set a (set add b c))"),
        Case("a <<= 1, b >>= 2, c |= d", "(comma (comma (set shiftLeft a 1) (set shiftRight b 2)) (set bitOr c d))"),
        Case("a *= 1, b /= 2", "(comma (set multiply a 1) (set divide b 2))"),
        Case("++a + b-- - --c", "(subtract (add (pre1 a) (post-1 b)) (pre-1 c))"),
        Case("1 - -1 + +2", "(add (subtract 1 (minus 1)) (plus 2))"),
        Case("--1 ++2", "(add (minus (minus 1)) (plus 2))"),
        Case("a[i + 1]++ + b[c[2]]", "(add (post1 a[(add i 1)]) b[c[2]])"),
        Case("a[1] = 2", "(set a[1] 2)"),
        Case("(1 + 2) * (3)", "(multiply (add 1 2) 3)"),
        Case("010 + 0x1F + 2#101 + 36#Zz + 64#@_", "(add (add (add (add 8 31) 5) 1295) 4031)"),
        Case("9223372036854775807", "9223372036854775807"),
        Case("9223372036854775808", "-9223372036854775808"),
        Case("0xFFFFFFFFFFFFFFFF", "-1"),
        Case("", "0"),
        Case(" \n ", "0"),
        Case("1 >= 2 <= 3 > 4", "(greater (lessOrEqual (greaterOrEqual 1 2) 3) 4)"),
        Case("5 % 3 / 2", "(divide (remainder 5 3) 2)"),
    ])
    func expressions(_ test: Case) { #expect(parse(test.source) == test.expected) }

    @Test(arguments: [
        Case("1 +", "1:4: expected an operand, found the end of the expression"),
        Case("1 2", "1:3: unexpected '2' in an arithmetic expression"),
        Case("a b", "1:3: unexpected 'b' in an arithmetic expression"),
        Case("08", "1:1: invalid number '08'"),
        Case("0x", "1:1: invalid number '0x'"),
        Case("1.5", "1:1: invalid number '1.5'"),
        Case("2#3", "1:1: invalid number '2#3'"),
        Case("65#1", "1:1: invalid number '65#1'"),
        Case("1a", "1:1: invalid number '1a'"),
        Case("(1", "1:1: '(' is not closed in an arithmetic expression"),
        Case("a[1", "1:2: '[' is not closed in an arithmetic expression"),
        Case("1)", "1:2: unexpected ')' in an arithmetic expression"),
        Case("1 = 2", "1:1: the left side of an assignment must be a variable"),
        Case("a + b = 2", "1:1: the left side of an assignment must be a variable"),
        Case("1 ? 2", "1:6: expected ':' after '?' and its operand"),
        Case("1 +\n @", "2:2: unexpected '@' in an arithmetic expression"),
        Case("$x", "1:1: unexpected '$' in an arithmetic expression"),
        Case("\u{1}", "1:1: unexpected '\u{1}' in an arithmetic expression"),
    ])
    func errors(_ test: Case) { #expect(parse(test.source) == test.expected) }

    /// The value of an expression of numbers and operators that wrap around.
    private func value(_ expression: ArithmeticExpression) -> Int64? {
        switch expression {
        case .number(let number): return number
        case .binary(let operation, let left, let right):
            guard let a = value(left), let b = value(right) else { return nil }
            switch operation {
            case .add: return a &+ b
            case .subtract: return a &- b
            case .multiply: return a &* b
            case .bitXor: return a ^ b
            default: return nil
            }
        default: return nil
        }
    }

    @Test func longChainsAreBalanced() throws {
        var text: Bytes = "0"
        var sum: Int64 = 0
        for number in 1...100_000 as ClosedRange<Int64> {
            let isPlus = number % 3 != 0
            text.append(isPlus ? "+" : "-")
            text.append(decimal: number)
            sum = isPlus ? sum + number : sum - number
        }
        let expression = try ArithmeticParser.parse(text)
        #expect(value(expression) == sum)
        #expect(value(try ArithmeticParser.parse([Bytes](repeating: "3", count: 1000).joined(by: "*"))) != nil)
        #expect(value(try ArithmeticParser.parse([Bytes](repeating: "5", count: 1001).joined(by: "^"))) == 5)
        #expect(throws: ParseError.self) {
            try ArithmeticParser.parse([Bytes](repeating: "1", count: 100_000).joined(by: "/"))
        }
    }

    @Test(arguments: ["(", "- ", "a=", "1?", "a[", "1**", "!"])
    func nestingIsBounded(_ piece: String) {
        let text = [Bytes](repeating: Bytes(piece), count: 100_000).joined(by: "")
        #expect(throws: ParseError.self) { try ArithmeticParser.parse(text) }
    }
}
