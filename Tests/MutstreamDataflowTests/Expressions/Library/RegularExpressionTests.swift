import MutstreamColumnar
import TestSupport
import Testing

@testable import MutstreamDataflow

@Suite struct RegularExpressionTests {
    static func matches(_ pattern: String, _ text: [UInt8], _ flags: String = "") throws -> Bool {
        let expression = try RegularExpression(pattern.utf8, RegexOptions(flags: flags.utf8))
        return text.withUnsafeBytes { expression.matches($0) }
    }

    /// The places of the first match and its groups.
    static func find(_ pattern: String, _ text: [UInt8]) throws -> [Int]? {
        let expression = try RegularExpression(pattern.utf8, RegexOptions())
        var match = expression.makeMatch()
        return text.withUnsafeBytes { text in
            expression.prepare(text)
            return expression.find(text, from: 0, &match) && !expression.meter.isExhausted ? match.places : nil
        }
    }

    @Test(arguments: [
        ("(a*)*b", 20), ("(a|aa)+$", 20), ("(x+x+)+y", 20), ("(a|a?)+b", 17), ("(.*)(.*)(.*)(.*)(.*)[^a]", 17),
        ("((a{1,100}){1,10})?b", 17),
    ])
    func `no pattern blows up on a long text`(_ pattern: String, bits: Int) throws {
        let text = [UInt8](repeating: pattern.contains("x") ? 0x78 : 0x61, count: 1 << bits)
        let expected = pattern == "(a|aa)+$"
        #expect(try RegularExpressionTests.matches(pattern, text) == expected)
        #expect((try RegularExpressionTests.find(pattern, text) != nil) == expected)
    }

    @Test func `groups of a long text are found`() throws {
        let count = 1 << 16
        let text = [UInt8](repeating: 0x61, count: count) + [0x62]
        #expect(try RegularExpressionTests.find("(a|aa)+(b)", text) == [0, count + 1, count - 1, count, count, count + 1])
        #expect(try RegularExpressionTests.find("(a*?)(a*)b", text) == [0, count + 1, 0, 0, 0, count])
        #expect(try RegularExpressionTests.find("(a*)(a*)b", text) == [0, count + 1, 0, count, count, count])
    }

    @Test func `what would take quadratic time is given up with an error`() throws {
        // Each of many iterations looks to the end of the text.
        let text = Expression.literal(.text(String(repeating: "a", count: 1 << 13)), .text)
        let call = try Typing.call("regexp_match", [text, .string("^(a|a.*z)*$")])
        let (lifted, batch) = PostgresTests.overColumns(call)
        let evaluated = Evaluator(lifted).evaluate(batch)
        #expect(evaluated.failures.map(\.failure.message) == ["regular expression is too complex for this text"])
    }

    @Test func `states are forgotten beyond a bound`() throws {
        // The 14th character from the end decides: the automaton has 2^14 states, more than are kept.
        var random = SplitMix64(seed: 11)
        let expression = try RegularExpression("^(?:a|b)*a(?:a|b){13}$".utf8, RegexOptions())
        for _ in 0..<20 {
            let text = (0..<3000).map { _ in UInt8(random.next() & 1) + 0x61 }
            let found = text.withUnsafeBytes { expression.matches($0) }
            #expect(found == (text[text.count - 14] == 0x61))
        }
    }

    @Test func `back references and look-around are refused`() {
        for pattern in [#"(a)\1"#, "a(?=b)", "a(?!b)", "(?<=a)b", "(?<!a)b"] {
            #expect(throws: RegexError.self) { try RegularExpression(pattern.utf8, RegexOptions()) }
        }
        #expect {
            try Typing.binary("~", .column(0, .text), .string(#"(a)\1"#))
        } throws: { error in
            (error as? TypeError)?.message.contains("back references are not supported") ?? false
        }
    }

    @Test func `programs are bounded`() {
        for pattern in ["((a{255}){255}){255}", String(repeating: "(", count: 200) + String(repeating: ")", count: 200)] {
            #expect(throws: RegexError.tooComplex) { try RegularExpression(pattern.utf8, RegexOptions()) }
        }
        let many = String(repeating: "a*?b*", count: 3000)
        #expect(throws: RegexError.tooComplex) { try RegularExpression(many.utf8, RegexOptions()) }
    }

    @Test func `random bytes are no trap`() {
        var random = SplitMix64(seed: 5)
        let alphabet = Array("ab()[]{}*+?|\\^$.,-:=!<>dDwWsSmMyY0129xux \n".utf8) + [0xc3, 0xa4, 0xff]
        for _ in 0..<4000 {
            let pattern = (0..<Int(random.next() % 12)).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] }
            guard let expression = try? RegularExpression(pattern, RegexOptions()) else { continue }
            var match = expression.makeMatch()
            let text = (0..<Int(random.next() % 20)).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] }
            text.withUnsafeBytes { text in
                let found = expression.matches(text)
                expression.prepare(text)
                #expect(expression.find(text, from: 0, &match) == found)
                if found { #expect(match.start >= 0 && match.start <= match.end && match.end <= text.count) }
            }
        }
    }
}
