import Testing

@testable import MutstreamSQL

@Suite struct DiagnosticTests {
    private func print(_ text: String, _ range: SourceRange, hint: String? = nil) -> String {
        DiagnosticPrinter(SourceText(name: "p.sql", text: text)).text(SQLError("wrong", at: range, hint: hint))
    }

    @Test func `an error shows its line with a caret`() {
        let text = print("a\nSELECT sum(amout) FROM orders\n", SourceRange(13, 18), hint: "did you mean \"amount\"?")
        #expect(
            text == """
                error: wrong
                  --> p.sql:2:12
                   |
                 2 | SELECT sum(amout) FROM orders
                   |            ^^^^^ did you mean "amount"?

                """)
    }

    @Test func `tabs, wide and invisible characters keep the caret in place`() {
        #expect(
            print("\tab 'é' x", SourceRange(9, 10))
                == "error: wrong\n  --> p.sql:1:9\n   |\n 1 |     ab 'é' x\n   |            ^\n")
        #expect(print("'漢' x", SourceRange(6, 7)).hasSuffix(" 1 | '漢' x\n   |      ^\n"))
        #expect(print("a\u{1B}[2J", SourceRange(1, 2)).contains("a\u{FFFD}[2J"))
    }

    @Test func `a long line is cut round the place`() {
        let line = String(repeating: "a", count: 500) + " HERE " + String(repeating: "b", count: 500)
        let lines = print(line, SourceRange(501, 505)).split(separator: "\n")
        #expect(lines[3].hasPrefix(" 1 | …aaa") && lines[3].hasSuffix("bbb…"))
        #expect(lines[3].count < 5 + 200)
        let caret = lines[4].firstIndex(of: "^").map { lines[4].distance(from: lines[4].startIndex, to: $0) }
        #expect(lines[3].dropFirst(caret ?? 0).hasPrefix("HERE"))
    }

    @Test func `a place outside the text is at its end`() {
        #expect(print("ab", SourceRange(9, 12)).hasSuffix(" 1 | ab\n   |   ^\n"))
        #expect(print("", SourceRange(0, 0)).hasSuffix(" 1 |\n   | ^\n"))
        #expect(print("ab\r\ncd", SourceRange(0, 6)).hasSuffix(" 1 | ab\n   | ^^\n"))
    }

    @Test func `JSON is one escaped object`() {
        let printer = DiagnosticPrinter(SourceText(name: "a\"b", text: "x\ny"))
        #expect(
            printer.json(SQLError("no\n\u{1}", at: SourceRange(2, 3)), severity: .warning)
                == #"{"severity":"warning","file":"a\"b","line":2,"column":1,"message":"no\n\u0001","hint":null}"#)
    }

    @Test func `colours are only for terminals that know them`() {
        let source = SourceText(name: "p", text: "x")
        let error = SQLError("wrong", at: SourceRange(0, 1))
        #expect(!DiagnosticPrinter(source).text(error).contains("\u{1B}"))
        #expect(
            DiagnosticPrinter(source, usesColors: true).text(error, severity: .warning).hasPrefix("\u{1B}[1;33mwarning")
        )
    }

    @Test(
        arguments: [
            ("form", ["where", "from"], "from"), ("amout", ["amount", "about"], "about"), ("x", ["y", "z"], nil),
            ("Merchant", ["merchant"], "merchant"), ("banana", ["apple"], nil), ("", ["a"], nil),
            ("catgory", ["category"], "category"),
        ] as [(String, [String], String?)])
    func `a misspelt name suggests the nearest one`(name: String, candidates: [String], expected: String?) {
        #expect(suggestion(for: name, among: candidates) == expected)
        #expect(suggestion(for: name, among: candidates.reversed()) == expected)
    }
}
