import Testing

@testable import MutstreamSQL

@Suite struct ParserTests {
    private func error(_ text: String) -> SQLError? {
        do throws(SQLError) {
            _ = try Parser.parse(text)
            return nil
        } catch { return error }
    }

    @Test(arguments: [
        ("a OR b AND NOT c", "a OR b AND NOT c"),
        ("(a OR b) AND c", "(a OR b) AND c"),
        ("((a + b)) * c", "(a + b) * c"),
        ("a - (b - c)", "a - (b - c)"),
        ("(a - b) - c", "a - b - c"),
        ("-(-a)", "- -a"),
        ("NOT (a = b)", "NOT a = b"),
        ("(NOT a) = b", "(NOT a) = b"),
        ("(a = b) = c", "(a = b) = c"),
        ("a::int[]", "CAST(a AS int[])"),
        ("x IN (1,2) OR y not between 1 and 2", "x IN (1, 2) OR y NOT BETWEEN 1 AND 2"),
        ("(a AND b) IS NOT TRUE", "(a AND b) IS NOT TRUE"),
        ("timestamp(3) with time zone '1'", "timestamp(3) with time zone '1'"),
        ("\"A\".b", "\"A\".b"),
    ])
    func `an expression is written with the parentheses it needs`(text: String, expected: String) throws {
        #expect(sql(try Parser.parseExpression(text)) == expected)
    }

    @Test(arguments: ["design", "queries", "expressions"])
    func `a written query reads as the same tree`(name: String) throws {
        for statement in try Parser.parse(try Golden.read(name + ".sql")) {
            guard case .createView(var view) = statement.kind else { continue }
            let before = dump([statement])
            view.query = try Parser.parseQuery(sql(view.query))
            #expect(dump([Statement(.createView(view), range: statement.range)]) == before)
        }
    }

    @Test func `empty statements are skipped`() throws {
        #expect(try Parser.parse(" ;; -- nothing\n;").isEmpty)
        #expect(try Parser.parse("SET a = 1;;SET b = 2").count == 2)
    }

    @Test func `a statement's range ends before its semicolon`() throws {
        #expect(try Parser.parse("  SET a = 1 ; ")[0].range == SourceRange(2, 11))
    }

    @Test(arguments: [
        "emit", "qualify", "window", "asof", "match_recognize", "limit", "fetch", "natural", "lateral", "tablesample",
    ])
    func `a reserved word is no bare alias`(word: String) {
        #expect(error("CREATE VIEW v AS SELECT a \(word)") != nil)
        #expect(error("CREATE VIEW v AS SELECT a AS \(word)") == nil)
        #expect(error("CREATE VIEW v AS SELECT t.\(word) FROM t") == nil)
    }

    // MARK: Limits

    private static func view(_ expression: String) -> String { "CREATE VIEW v AS SELECT " + expression }

    private static func nested(_ open: String, _ inner: String, _ close: String, _ count: Int) -> String {
        String(repeating: open, count: count) + inner + String(repeating: close, count: count)
    }

    @Test(arguments: [
        nested("(", "1", ")", 100_000), nested("NOT ", "a", "", 100_000), nested("- ", "a", "", 100_000),
        nested("f(", "1", ")", 10_000), nested("(SELECT ", "1", ")", 10_000),
        nested("CASE WHEN ", "a", " THEN 1 END", 10_000),
        nested("", "a", " + a", 10_000), nested("", "a", " AND a", 5_000), nested("", "a", "::int", 5_000),
        nested("EXISTS (SELECT ", "1", ")", 5_000), nested("(", "1", "", 10_000),
        nested("", "a", " UNION SELECT 1", 5_000), nested("", "1 FROM t", " CROSS JOIN t", 5_000),
        "1 FROM " + nested("(", "a JOIN b ON TRUE", ")", 5_000),
        "1 FROM " + nested("(SELECT * FROM ", "t", ") x", 5_000),
        nested("", "a", " IS NULL = a", 5_000), nested("CAST(", "a", " AS int)", 5_000),
        nested("a IN (", "1", ")", 5_000), nested("ARRAY[", "1", "]", 5_000), nested("a[", "1", "]", 5_000),
        "ARRAY" + nested("[", "1", "]", 5_000), nested("ROW(", "1", ")", 5_000), nested("", "a", "[1]", 5_000),
        nested("", "f(a)", ".b", 5_000), nested("MAP {1: ", "1", "}", 5_000), nested("", "a", " COLLATE c", 5_000),
        nested("", "a", " AT TIME ZONE 'x'", 5_000), nested("", "a", " ~~ a", 5_000), nested("@ ", "a", "", 100_000),
        nested("", "a", " -> 'b'", 5_000), nested("ARRAY(SELECT ", "1", ")", 5_000),
        "a::" + nested("ARRAY<", "INT", "> ", 5_000), "a::" + nested("STRUCT<a ", "INT", "> ", 5_000),
        "1 GROUP BY " + nested("GROUPING SETS (", "a", ")", 5_000), nested("a = ANY (", "b", ")", 5_000),
        "1 FROM a" + nested(" JOIN a", "", "", 5_000), nested("", "a", " = ANY (b)", 5_000),
        nested("OPERATOR(pg_catalog.-) ", "a", "", 5_000), nested("a BETWEEN (", "1", ") AND 2", 5_000),
        "1 FROM t FOR SYSTEM_TIME AS OF " + nested("(", "1", ")", 5_000), nested("JSON_VALUE(", "a", ", 'x')", 5_000),
    ])
    func `what nests too deeply is refused on a small stack`(expression: String) async {
        let message = await onSmallStack { () -> String? in
            do throws(SQLError) {
                _ = try Parser.parse(ParserTests.view(expression))
                return nil
            } catch { return error.message }
        }
        #expect(message?.hasPrefix("nested too deeply") == true)
    }

    @Test(arguments: [
        nested("(", "1", ")", 30), nested("NOT ", "a", "", 60), nested("", "a", " + a", 998),
        nested("", "a", " AND a = b", 997), nested("f(", "1", ")", 20), nested("(SELECT ", "1", ")", 14),
        nested("", "a", "::int", 62), nested("", "a", " IS NULL = a", 58), nested("", "a", " UNION ALL SELECT 1", 99),
        nested("", "1 FROM t", " CROSS JOIN t", 99), nested("CASE WHEN ", "a", " THEN 1 END", 20),
        "1 FROM " + nested("(SELECT * FROM ", "t", ") x", 14),
        "1 FROM " + nested("(", "a JOIN b ON TRUE", " JOIN c ON TRUE)", 20).dropFirst().dropLast(),
        nested("EXISTS (SELECT a FROM t WHERE ", "a", ")", 10), nested("CAST(", "a", " AS int)", 30),
        nested("a IN (", "1", ")", 30), nested("ARRAY[", "1", "]", 20), nested("a[", "1", "]", 20),
        "ARRAY" + nested("[", "1", "]", 50), nested("ROW(", "1", ")", 20), nested("", "a", "[1]", 60),
        nested("", "f(a)", ".b", 60), nested("MAP {1: ", "1", "}", 20), nested("", "a", " COLLATE c", 60),
        nested("", "a", " AT TIME ZONE 'x'", 58), nested("", "a", " ~~ a", 60), nested("@ ", "a", "", 60),
        nested("", "a", " -> 'b'", 990), nested("ARRAY(SELECT ", "1", ")", 10),
        "a::" + nested("ARRAY<", "INT", ">", 30), "1 GROUP BY " + nested("GROUPING SETS (", "a", ")", 60),
        nested("a = ANY (", "b", ")", 20), nested("", "a", " = ANY (b)", 60), nested("a BETWEEN (", "1", ") AND 2", 15),
    ])
    func `what nests to the limit is read, written and freed on a small stack`(expression: String) async {
        let failure = await onSmallStack { () -> String? in
            do throws(SQLError) {
                let statements = try Parser.parse(ParserTests.view(expression))
                guard !dump(statements).isEmpty, case .createView(let view) = statements[0].kind else { return "empty" }
                return sql(view.query).isEmpty ? "empty" : nil
            } catch { return error.message }
        }
        #expect(failure == nil)
    }
}
