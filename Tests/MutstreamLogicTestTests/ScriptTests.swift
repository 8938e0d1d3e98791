import Testing

@testable import MutstreamLogicTest

@Suite struct ScriptTests {
    @Test func `statements, queries and conditions become records`() throws {
        let script = Script.parse(
            """
            # a comment
            hash-threshold 8

            statement ok
            CREATE TABLE t (a INT,
              b INT)

            skipif postgresql
            statement ok
            INSERT INTO t VALUES (1, 2)

            onlyif mysql # no
            query I nosort
            SELECT DIV(1, 2)
            ----
            0

            query IT rowsort label-1
            SELECT a, b FROM t
            ----
            1
            (empty)

            query I valuesort
            SELECT a FROM t
            ----
            30 values hashing to 3c13dee48d9356ae19af2515e05e6b54

            statement error
            SELECT x

            halt

            statement ok
            never
            """, dialect: .sqlite)
        #expect(script.records.map(\.place.line) == [4, 18, 24, 29, 32])
        #expect(script.records[0].sql == "CREATE TABLE t (a INT,\n  b INT)")
        guard case .query(let query) = script.records[1].kind, case .lines(let lines) = query.result else {
            Issue.record("no lines")
            return
        }
        #expect(query.types == "IT" && query.sort == .rows && lines == ["1", "(empty)"] && query.resultLines == 21..<23)
        guard case .query(let hashed) = script.records[2].kind, case .hash(30, let digest) = hashed.result else {
            Issue.record("no hash")
            return
        }
        #expect(digest.hasPrefix("3c13") && hashed.sort == .values)
        guard case .halt(nil) = script.records[4].kind else {
            Issue.record("no halt")
            return
        }
    }

    @Test func `lines may end as on Windows`() {
        let script = Script.parse(
            "statement ok\r\nSELECT 1\r\n\r\nquery I\r\nSELECT 2\r\n----\r\n2\r\n\r\n", dialect: .sqlite)
        #expect(script.records.map(\.sql) == ["SELECT 1", "SELECT 2"])
        guard case .query(let query)? = script.records.last?.kind, case .lines(["2"]) = query.result else {
            Issue.record("no lines")
            return
        }
    }

    @Test func `loops are unrolled with their conditions`() {
        let script = Script.parse(
            """
            loop i 0 3

            foreach type int <signed> !hugeint

            onlyif i=1
            statement ok
            SELECT ${i}::${type}

            endloop

            endloop
            """, dialect: .duckdb)
        #expect(
            script.records.map(\.sql)
                == ["int", "tinyint", "smallint", "integer", "bigint"].map { "SELECT 1::\($0)" })
    }

    @Test func `errors have patterns on their line or behind the rule`() {
        let script = Script.parse(
            """
            statement error no .* column
            SELECT x

            query error
            SELECT y
            ----
            db error: first

            Caused by:
              second


            statement count 3
            DELETE FROM t

            mode skip

            statement ok
            hidden

            mode unskip

            require parquet

            statement ok
            never
            """, dialect: .risingwave)
        #expect(script.records.map(\.sql) == ["SELECT x", "SELECT y", "DELETE FROM t", ""])
        guard case .statement(.error(.regex(let pattern)?)) = script.records[0].kind,
            case .query(let query) = script.records[1].kind, case .error(.text(let text)?) = query.result,
            case .statement(.count(3)) = script.records[2].kind, case .halt(let reason?) = script.records[3].kind
        else {
            Issue.record("other kinds: \(script.records)")
            return
        }
        #expect(pattern == "no .* column")
        #expect(text == "db error: first\n\nCaused by:\n  second")
        #expect(reason == "it requires parquet")
        #expect(ErrorPattern.regex(pattern).matches("there is no such column"))
        #expect(!ErrorPattern.regex(pattern).matches("there is no table"))
        #expect(ErrorPattern.regex("f(").matches("in f(1)"))
    }

    @Test func `a loop without end and a limit do not hang`() {
        let endless = Script.parse("loop i 0 1000000000\n\nstatement ok\nSELECT 1\n\nendloop\n", dialect: .duckdb, limit: 50)
        #expect(endless.records.count <= 51)
        let open = Script.parse("foreach x a b\n\nstatement ok\nSELECT '${x}'\n", dialect: .duckdb)
        #expect(open.records.map(\.sql) == ["SELECT 'a'", "SELECT 'b'"])
    }

    @Test func `words of SQL are found between quotes and comments`() {
        let words = SQLWords("SELECT 'a;b', \"T 1\".x /* ; */ FROM $q$ ; $q$ -- ;\n; INSERT INTO u")
        #expect(words.statements.count == 2)
        #expect(words.statements[1] == "INSERT INTO u")
        #expect(words.names.isSuperset(of: ["t 1", "x", "u"]))
        #expect(!words.names.contains("b"))
        #expect(SQLWords("SELECT 'open").isOpen)
    }

    @Test(
        arguments: [
            ("SELECT a FROM t ORDER BY a", "SELECT a FROM t "),
            ("SELECT a FROM t ORDER BY a LIMIT 3", nil),
            ("SELECT sum(a) OVER (ORDER BY b) FROM t", nil),
            ("SELECT DISTINCT ON (a) a FROM t ORDER BY a", nil),
            (
                "SELECT a FROM (SELECT a FROM t ORDER BY a LIMIT 2) s ORDER BY 1 DESC",
                "SELECT a FROM (SELECT a FROM t ORDER BY a LIMIT 2) s "
            ),
        ] as [(String, String?)])
    func `an order that decides nothing can be left out`(sql: String, expected: String?) {
        #expect(SQLWords(sql).withoutOrder == expected)
    }
}
