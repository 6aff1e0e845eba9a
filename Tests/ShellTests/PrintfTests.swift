import Bytes
import Testing

@testable import Shell

@Suite struct PrintfTests {
    private func output(_ words: Bytes...) -> Bytes {
        let result = BuiltinTester().run(["printf"] + words)
        #expect(result.status == 0, "\(words)")
        return result.output
    }

    @Test func text() {
        #expect(output("%s\\n", "a  b") == "a  b\n")
        #expect(output("%s %s\\n", "a", "b", "c") == "a b\nc \n")
        #expect(output("[%5s|%-5s|%.2s]", "ab", "ab", "abc") == "[   ab|ab   |ab]")
        #expect(output("[%*s|%-*s|%.*s]", "4", "a", "4", "b", "1", "cd") == "[   a|b   |c]")
        #expect(output("[%*s]", "-4", "a") == "[a   ]")
        #expect(output("[%.*s]", "-1", "abc") == "[abc]")
        #expect(output("%%|%c|%c", "xyz", "") == Bytes([0x25, 0x7C, 0x78, 0x7C, 0]))
        #expect(output("plain", "ignored") == "plain")
        #expect(output("%s") == "")
        #expect(output("--", "x") == "x")
        #expect(output("--", "-%s", "x") == "-x")
        let bytes = Bytes([1, 0x80, 0xFF, 0xC3])
        #expect(output("%s", bytes) == bytes)
    }

    @Test func escapes() {
        #expect(output("a\\tb\\101\\0101\\x41\\\\\\\"\\q\\") == "a\tbA\u{8}1A\\\"\\q\\")
        #expect(output("\\u00e9\\U0001F600") == "é😀")
        #expect(output("%b|", "a\\tb", "\\0101\\101") == "a\tb|AA|")
        #expect(output("%b|never", "ab\\cde", "x") == "ab")
        #expect(output("[%6b]", "a\\tb") == "[   a\tb]")
        #expect(output("\\c") == "\\c")
    }

    @Test func integers() {
        #expect(output("%d %i", "42", "-7") == "42 -7")
        #expect(output("%d %d %d", "0x1f", "010", "+5") == "31 8 5")
        #expect(output("%5d|%-5d|%05d|%+d|% d", "1", "2", "3", "4", "5") == "    1|2    |00003|+4| 5")
        #expect(output("%5.2d|%.0d|%05.3d", "1", "0", "7") == "   01||  007")
        #expect(
            output("%o %#o %x %X %#x %#X %#x", "8", "8", "255", "255", "255", "255", "0") == "10 010 ff FF 0xff 0XFF 0")
        #expect(output("%u %x", "-1", "-1") == "18446744073709551615 ffffffffffffffff")
        #expect(output("%d", "-9223372036854775808") == "-9223372036854775808")
        #expect(output("%d %d %d", "'A", "\"é", "'") == "65 233 0")
        #expect(output("%d|%d", "") == "0|0")
        #expect(output("%ld %hhx", "5", "255") == "5 ff")
        #expect(output("%d", " 5") == "5")
    }

    @Test func floats() {
        #expect(
            output("%f %.2f %e %g %G", "1.5", "2.345", "1500", "0.0001", "1e-10")
                == "1.500000 2.35 1.500000e+03 0.0001 1E-10")
        #expect(
            output("%8.3f|%-8.1f|%+f|%08.2f", "3.14159", "2.5", "1", "-1.5") == "   3.142|2.5     |+1.000000|-0001.50")
        #expect(output("%f %F", "inf", "nan") == "inf NAN")
        #expect(output("%.0f %#.0f", "2", "2") == "2 2.")
        #expect(output("%f", "'a") == "97.000000")
        #expect(output("%f") == "0.000000")
    }

    @Test func errors() {
        let printf = BuiltinTester()
        #expect(printf("printf", "%d|", "12x", "7") == (1, "12|7|"))
        #expect(printf("printf", "%d|", "abc") == (1, "0|"))
        #expect(printf("printf", "%d", "99999999999999999999") == (1, "9223372036854775807"))
        #expect(printf("printf", "%u", "99999999999999999999") == (1, "18446744073709551615"))
        #expect(printf("printf", "%d", "08") == (1, "0"))
        #expect(printf("printf", "%f", "1.5x") == (1, "1.500000"))
        #expect(printf("printf", "a%yb") == (1, "a"))
        #expect(printf("printf", "a%") == (1, "a"))
        #expect(printf("printf", "%5%") == (1, ""))
        #expect(printf("printf").status == 2)
        #expect(printf("printf", "%1048577f", "1").status == 1)
    }

    @Test func intoVariable() {
        let printf = BuiltinTester()
        #expect(printf("printf", "-v", "x", "%03d", "7") == (0, ""))
        #expect(printf.sh.variable("x") == "007")
    }

    @Test func wide() {
        #expect(output("%100000s", "x").count == 100_000)
        #expect(output("%0100000d", "1").count == 100_000)
    }
}
