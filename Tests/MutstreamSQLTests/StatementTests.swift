import Testing

@testable import MutstreamSQL

@Suite struct StatementTests {
    private func error(_ text: String) -> SQLError? {
        do throws(SQLError) {
            _ = try Parser.parse(text)
            return nil
        } catch { return error }
    }

    /// What parts of the grammar must read and must refuse, one text a line.
    @Test func `each line of accept is read and each line of refuse is not`() throws {
        let accepted = try Golden.read("accept.sql").split(separator: "\n").map(String.init)
        let refused = try Golden.read("refuse.sql").split(separator: "\n").map(String.init)
        #expect(accepted.count > 100 && refused.count > 100)
        for text in accepted {
            let message = error(text)?.message
            #expect(message == nil, "\(text)")
        }
        for text in refused { #expect(error(text) != nil, "\(text)") }
    }

    /// The trees, or the refusal, are those of PostgreSQL 15's own grammar for random rows of operators and operands.
    @Test func `operators group as in PostgreSQL`() throws {
        let lines = try Golden.read("grouping.txt").split(separator: "\n").map { $0.split(separator: "\t") }
        #expect(lines.count > 500)
        for line in lines where line.count == 2 {
            let text = "SELECT " + line[0]
            let tree = (try? Parser.parse(text)).map(dump)
            let item = tree?.split(separator: "\n").dropFirst(2).first?.drop { $0 == " " }.dropFirst("item ".count)
            #expect((item ?? "refused") == line[1], "\(text)")
        }
    }

    // MARK: Splitting

    @Test(arguments: [
        ("SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]),
        (" ;; SELECT ';' ;-- ;\n", ["SELECT ';'"]),
        (
            "CREATE FUNCTION f() AS $$ SELECT 1; $$; SELECT /* ; */ \";\"",
            [
                "CREATE FUNCTION f() AS $$ SELECT 1; $$", "SELECT /* ; */ \";\"",
            ]
        ),
        ("SELEKT x; SELECT 1", ["SELEKT x", "SELECT 1"]),
        ("SELECT 1; SELECT 'a; SELECT 2", ["SELECT 1", "SELECT 'a; SELECT 2"]),
        ("SELECT 1;  'a", ["SELECT 1", "'a"]),
        ("", []), ("-- nothing", []), ("SELECT é; SELECT 2;", ["SELECT é", "SELECT 2"]),
    ])
    func `a text is cut into its statements`(text: String, expected: [String]) {
        let bytes = Array(text.utf8)
        let parts = Parser.statements(in: text).map { String(decoding: bytes[$0.start..<$0.end], as: UTF8.self) }
        #expect(parts == expected)
    }

    @Test func `the ranges of the pieces are those of the statements`() throws {
        for name in ["design", "tables", "queries", "expressions", "dialects", "statements"] {
            let text = try Golden.read(name + ".sql")
            #expect(Parser.statements(in: text) == (try Parser.parse(text).map(\.range)))
        }
    }

    @Test(arguments: [
        ("SELECT 1;", true), ("SELECT 1", false), ("SELECT (1;", false), ("SELECT (1);", true), ("SELECT 'a;", false),
        ("SELECT 'a';", true), ("SELECT $$a;", false), ("SELECT \"a;", false), ("SELECT 1; /* ;", false),
        ("SELECT 1; -- ;", true), ("SELECT 1 -- ;", false), ("", false), ("SELECT 1);", true), ("SELECT 1abc", true),
        ("SELECT ';'", false), ("SELECT 1; SELECT 2", false), ("SELECT E'a\\", false), ("SELECT `a;", false),
        ("SELECT B'1;", false),
    ])
    func `a prompt knows when a text is complete`(text: String, expected: Bool) {
        #expect(Parser.isComplete(text) == expected)
    }

    // MARK: Places

    @Test func `an error in the text of a function is at its place`() {
        let text = "CREATE FUNCTION f(a INT) AS $x$ SELECT a + + $x$"
        #expect(error(text)?.range == SourceRange(44, 44))
        #expect(error("CREATE FUNCTION f(a INT) AS 'a b'")?.range == SourceRange(31, 32))
        #expect(error("CREATE FUNCTION f(a INT) AS 'a ''b'' c'")?.range == SourceRange(28, 39))
        #expect(error("CREATE FUNCTION f(a INT) AS E'a \\x62'")?.range == SourceRange(28, 37))
        #expect(error("CREATE FUNCTION f(a INT) AS ' '' '")?.range == SourceRange(28, 34))
    }

    @Test func `long runs of operators and options take no quadratic time`() {
        let clock = ContinuousClock()
        let short = "SELECT " + String(repeating: "+", count: 100_000)
        let options = (0..<20_000).map { "o\($0) = 1" }.joined(separator: ", ")
        let time = clock.measure {
            #expect(error(short) != nil)
            #expect(error("CREATE SOURCE s (a INT) WITH (\(options))") == nil)
            #expect(error("SELECT a" + String(repeating: "[", count: 100_000)) != nil)
            #expect(Parser.statements(in: String(repeating: ";", count: 100_000)).isEmpty)
        }
        #expect(time < .seconds(60))
    }
}
