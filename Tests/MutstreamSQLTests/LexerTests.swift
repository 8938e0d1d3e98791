import Testing

@testable import MutstreamSQL

@Suite struct LexerTests {
    private func texts(_ text: String) throws -> [String] {
        try Lexer.tokens(Array(text.utf8)).dropLast().map { "\($0.kind):\($0.text)" }
    }

    private func message(_ bytes: [UInt8]) -> (String, SourceRange)? {
        do throws(SQLError) {
            _ = try Lexer.tokens(bytes)
            return nil
        } catch { return (error.message, error.range) }
    }

    @Test(arguments: [
        ("SELECT Ab_1$", ["word:select", "word:ab_1$"]),
        ("\"Ab\"\"c\" `x``y`", ["quotedName:Ab\"c", "quotedName:x`y"]),
        ("'it''s' E'a\\n\\x41\\101\\u00e9\\'b'", ["string:it's", "string:a\nAAé'b"]),
        ("'a'\n 'b' 'c'", ["string:ab", "string:c"]),
        ("$$a'b$$ $t$a$$b$t$", ["string:a'b", "string:a$$b"]),
        (
            "1 1.5 .5 1e3 1.5E-3 1.",
            ["number:1", "number:1.5", "number:.5", "number:1e3", "number:1.5E-3", "number:1."]
        ),
        ("a -- note\nb", ["word:a", "word:b"]),
        ("a/*x/*y*/z*/b", ["word:a", "word:b"]),
        (
            "a::b<>c!=d||e<=f>=g=>h=-1",
            [
                "word:a", "symbol:::", "word:b", "symbol:<>", "word:c", "symbol:!=", "word:d", "symbol:||", "word:e",
                "symbol:<=", "word:f", "symbol:>=", "word:g", "symbol:=>", "word:h", "symbol:=", "symbol:-", "number:1",
            ]
        ),
        ("straße", ["word:straße"]),
        ("", []),
    ])
    func `tokens are cut by PostgreSQL's rules`(text: String, expected: [String]) throws {
        #expect(try texts(text) == expected)
    }

    @Test func `a comment may nest`() throws {
        #expect(try texts("/* a /* b */ c */ d") == ["word:d"])
    }

    @Test(arguments: [
        ("a 'b", 2), ("a \"b", 2), ("a `b", 2), ("a /* b", 2), ("a $x$ b", 2), ("a E'b\\", 2), ("a \"\"", 2),
        ("a \u{1}", 2),
        ("a \u{0}", 2), ("'\u{0}'", 1), ("'a\nb\u{0}'", 4), ("E'\\u12'", 2), ("E'\\uD800'", 2), ("E'\\xff'", 2),
        ("a $ b", 2), ("1 2e", 2), ("X'1f'", 0),
    ])
    func `what is wrong is reported where it begins`(text: String, offset: Int) {
        #expect(message(Array(text.utf8))?.1.start == offset)
    }

    @Test(
        arguments: [
            ([0x61, 0xFF], 1), ([0xC0, 0x80], 0), ([0xE2, 0x82], 0), ([0xED, 0xA0, 0x80], 0),
            ([0xF4, 0x90, 0x80, 0x80], 0),
            ([0x61, 0xE2, 0x82, 0x61], 1), ([0x80], 0),
        ] as [([UInt8], Int)])
    func `bytes that are not UTF-8 are found`(bytes: [UInt8], offset: Int) {
        #expect(firstInvalidUTF8(bytes) == offset)
        #expect(message(bytes)?.1 == SourceRange(offset, offset + 1))
    }

    @Test func `valid UTF-8 of each length passes`() {
        #expect(firstInvalidUTF8(Array("aé€𝄞\u{10FFFF}".utf8)) == nil)
    }

    @Test func `a text may have as many bytes as the limit and not one more`() {
        #expect(message(Array(repeating: 0x20, count: Lexer.textBytesMax)) == nil)
        #expect(message(Array(repeating: 0x20, count: Lexer.textBytesMax + 1)) != nil)
    }
}
