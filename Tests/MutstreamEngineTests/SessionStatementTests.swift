import MutstreamColumnar
import MutstreamSQL
import Testing

@testable import MutstreamEngine

@Suite struct SessionStatementTests {
    private let session = Session()

    private func run(_ statements: String...) throws {
        for statement in statements { _ = try session.execute(statement) }
    }

    /// The rows of a query as texts, and what it says of rows that are missing.
    private func ask(_ query: String) throws -> (rows: [[String]], problems: [String]) {
        guard case .rows(let rows) = try session.execute(query) else { return ([], []) }
        let texts = (0..<rows.batch.count).map { row in
            zip(rows.batch.columns, rows.fields).map { column, field in
                column.value(at: row).isNull ? "NULL" : TextCodec.text(column.value(at: row), field.type)
            }
        }
        return (texts, rows.problems)
    }

    @Test func `a refused or explained replacement leaves no trace`() throws {
        try run(
            "CREATE TABLE t (i INT)", "CREATE VIEW base AS SELECT i FROM t",
            "CREATE VIEW top AS SELECT i + 1 AS j FROM base",
            "INSERT INTO t VALUES (1)")
        #expect(throws: SQLError.self) { try session.execute("CREATE OR REPLACE VIEW top AS SELECT nothing AS j FROM base") }
        _ = try? session.execute("EXPLAIN CREATE OR REPLACE VIEW top AS SELECT i + 100 AS j FROM base")
        _ = try? session.execute("EXPLAIN CREATE OR REPLACE MATERIALIZED VIEW top AS SELECT i + 100 AS j FROM base")
        // What depends on the replaced view is made anew from its own statement.
        try run("CREATE OR REPLACE VIEW base AS SELECT i * 10 AS i FROM t")
        #expect(try ask("SELECT j FROM top").rows == [["11"]])
    }

    @Test func `a table that could not be filled is not there`() throws {
        #expect(throws: SQLError.self) { try session.execute("CREATE TABLE y AS SELECT 1 / 0 AS z") }
        #expect(throws: SQLError.self) { try session.execute("SELECT * FROM y") }
        try run("CREATE TABLE y AS SELECT 1 AS z")
        #expect(try ask("SELECT z FROM y").rows == [["1"]])
    }

    @Test func `rows written before a failure are taken back`() throws {
        try run(
            "CREATE TABLE t (id INT PRIMARY KEY, n INT CHECK (n < 10))", "INSERT INTO t VALUES (1, 1)",
            "CREATE MATERIALIZED VIEW total AS SELECT sum(n) AS n FROM t")
        #expect(throws: SQLError.self) {
            try session.execute("INSERT INTO t VALUES (2, 2), (1, 20) ON CONFLICT (id) DO UPDATE SET n = excluded.n")
        }
        #expect(throws: SQLError.self) {
            try session.execute("INSERT INTO t VALUES (3, 3), (3, 4) ON CONFLICT (id) DO UPDATE SET n = excluded.n")
        }
        #expect(try ask("SELECT * FROM t").rows == [["1", "1"]])
        #expect(try ask("SELECT * FROM total").rows == [["1"]])
    }

    @Test func `failed rows of a materialized view are in its dead letter, and told`() throws {
        try run("CREATE TABLE t (i INT)", "CREATE MATERIALIZED VIEW q AS SELECT 100 / i AS x FROM t")
        #expect(session.problems.isEmpty)
        try run("INSERT INTO t VALUES (0), (5)")
        #expect(session.problems == ["q: division by zero"])
        let found = try ask("SELECT * FROM q")
        #expect(found.rows == [["20"]] && found.problems == ["q: division by zero"])
        #expect(try ask("SELECT reason, raw, view FROM q.dead_letter").rows == [["division by zero", "{\"i\":0}", "q"]])
        try run("CREATE MATERIALIZED VIEW bad AS SELECT count(*) AS n FROM q.dead_letter")
        #expect(try ask("SELECT n FROM bad").rows == [["1"]])
        try run("INSERT INTO t VALUES (0)")
        #expect(try ask("SELECT n FROM bad").rows == [["2"]])
        // The cause goes, and so does the failure.
        try run("UPDATE t SET i = 50 WHERE i = 0")
        #expect(session.problems.isEmpty)
        #expect(try ask("SELECT * FROM q.dead_letter").rows.isEmpty)
        #expect(try ask("SELECT n FROM bad").rows == [["0"]])
        #expect(try ask("SELECT * FROM q").problems.isEmpty)
        // A view over a dead letter holds it back from being dropped.
        #expect(throws: SQLError.self) { try session.execute("DROP MATERIALIZED VIEW q") }
    }

    @Test func `the statement that made an object is shown as SQL`() throws {
        try run("CREATE TABLE t (id INT PRIMARY KEY, s TEXT NOT NULL)")
        let shown = try ask("SHOW CREATE TABLE t").rows
        #expect(shown == [["CREATE TABLE t (id int, s text NOT NULL, PRIMARY KEY (id))"]])
    }

    @Test(arguments: [
        ("JSON_VALUE('{\"a\":\"7\"}', '$.a' RETURNING INT)", "7"),
        ("JSON_VALUE('{\"a\":\"x\"}', '$.a' RETURNING INT DEFAULT -1 ON ERROR)", "-1"),
        ("JSON_VALUE('{}', '$.a' DEFAULT 'none' ON EMPTY)", "none"), ("JSON_VALUE('{}', '$.a')", "NULL"),
        ("JSON_VALUE('{\"a\":[1]}', '$.a' DEFAULT 'list' ON ERROR)", "list"),
        ("JSON_VALUE('{\"a\":null}', '$.a' DEFAULT 'none' ON EMPTY)", "NULL"),
        ("JSON_VALUE('{', '$.a' DEFAULT 'broken' ON ERROR)", "broken"),
        ("JSON_QUERY('{\"a\":[1,2]}', '$.a[*]' WITH WRAPPER)", "[1, 2]"),
        ("JSON_QUERY('{\"a\":[1,2]}', '$.a' WITH CONDITIONAL WRAPPER)", "[1, 2]"),
        ("JSON_QUERY('{\"a\":1}', '$.b' EMPTY ARRAY ON EMPTY)", "[]"),
        ("JSON_QUERY('{\"a\":1}', '$.a' EMPTY OBJECT ON ERROR)", "{}"),
        ("JSON_EXISTS('{', '$.a' UNKNOWN ON ERROR)", "NULL"), ("JSON_EXISTS('{\"a\":1}', '$.a' ERROR ON ERROR)", "true"),
        ("'abc' LIKE ANY (ARRAY['x%', 'a%'])", "true"), ("'abc' LIKE ALL ('{a%,%b}')", "false"),
        ("'abc' NOT ILIKE ALL (ARRAY['x%', 'B%'])", "true"),
        ("(DATE '2024-01-01', INTERVAL '10 days') OVERLAPS (DATE '2024-01-05', INTERVAL '1 day')", "true"),
        ("(TIMESTAMP '2024-01-01', INTERVAL '1 day') OVERLAPS (TIMESTAMP '2024-01-02', TIMESTAMP '2024-01-03')", "false"),
    ])
    func `an expression with words of its own`(text: String, expected: String) throws {
        #expect(try ask("SELECT \(text)").rows == [[expected]])
    }

    @Test func `what JSON_VALUE is told to fail on fails`() throws {
        #expect(
            try ask("SELECT JSON_VALUE('{}', '$.a' ERROR ON EMPTY)").problems == [
                "no SQL/JSON item found for specified path"
            ])
        #expect(try ask("SELECT JSON_VALUE('[1,2]', '$[*]' ERROR ON ERROR)").problems.count == 1)
    }

    @Test func `QUALIFY knows the names of the select list`() throws {
        try run("CREATE TABLE t (k INT, i INT)", "INSERT INTO t VALUES (1, 5), (1, 7), (2, 1)")
        let rows = try ask(
            "SELECT k, i, row_number() OVER (PARTITION BY k ORDER BY i DESC) AS n FROM t QUALIFY n = 1 ORDER BY k"
        ).rows
        #expect(rows == [["1", "7", "1"], ["2", "1", "1"]])
    }

    @Test func `an array of several dimensions is refused by name`() throws {
        #expect {
            try session.execute("SELECT '{{1,2},{3,4}}'::INT[]")
        } throws: { error in
            ((error as? SQLError)?.message ?? "").hasPrefix("arrays of several dimensions")
        }
    }
}
