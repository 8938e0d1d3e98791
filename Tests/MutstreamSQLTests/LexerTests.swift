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
        (
            "1_000 0x1F 0b101 0o17 0xffff_ffff 1_0.5_0",
            ["number:1000", "number:31", "number:5", "number:15", "number:4294967295", "number:10.50"]
        ),
        ("$1 $23", ["parameter:1", "parameter:23"]),
        ("B'101' x'1F' n'ü'", ["bits:b101", "bits:x1F", "string:ü"]),
        ("U&'d\\0061t\\+000061' U&'d!0061' UESCAPE '!' u&\"\\0041b\"", ["string:data", "string:da", "quotedName:Ab"]),
        ("U&'\\D83D\\DE00' E'\\uD83D\\uDE00' U & 'a'", ["string:😀", "string:😀", "word:u", "symbol:&", "string:a"]),
        (
            "a->>'b'#>'{c}'#>>d#-e",
            ["word:a", "symbol:->>", "string:b", "symbol:#>", "string:{c}", "symbol:#>>", "word:d", "symbol:#-", "word:e"]
        ),
        (
            "a=-1*+2<-3@-4",
            [
                "word:a", "symbol:=", "symbol:-", "number:1", "symbol:*", "symbol:+", "number:2", "symbol:<", "symbol:-",
                "number:3", "symbol:@-", "number:4",
            ]
        ),
        ("a*/*x*/b--c", ["word:a", "symbol:*", "word:b"]),
        (
            "a?|b?&c ~* !~~* ^@ ||/ {:} :=",
            [
                "word:a", "symbol:?|", "word:b", "symbol:?&", "word:c", "symbol:~*", "symbol:!~~*", "symbol:^@",
                "symbol:||/", "symbol:{", "symbol::", "symbol:}", "symbol::=",
            ]
        ),
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
        ("a $ b", 2), ("1 2e", 2), ("X'1g'", 0),
        ("a B'2'", 2), ("0x", 0), ("1__0", 0), ("0x1_", 0), ("0x1FFFFFFFFFFFFFFFF", 0), ("$1a", 0), ("U&'\\12'", 0),
        ("U&'\\D83D'", 0), ("U&'a' UESCAPE 'bc'", 14), ("U&'a", 0), ("x'1", 0),
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
