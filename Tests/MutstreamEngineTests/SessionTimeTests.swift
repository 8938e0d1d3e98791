import MutstreamColumnar
import MutstreamSQL
import TestSupport
import Testing

@testable import MutstreamEngine

/// Event time and the clock in a session.
@Suite struct SessionTimeTests {
    private let clock = SimulatedClock()
    private let session: Session

    init() { session = Session(clock: clock) }

    private func run(_ statements: String...) throws {
        for statement in statements { _ = try session.execute(statement) }
    }

    private func ask(_ query: String) throws -> [String] {
        guard case .rows(let rows) = try session.execute(query) else { return [] }
        return (0..<rows.batch.count).map { row in
            zip(rows.batch.columns, rows.fields).map { column, field in
                column.value(at: row).isNull ? "NULL" : TextCodec.text(column.value(at: row), field.type)
            }.joined(separator: " ")
        }.sorted()
    }

    @Test func `rows leave a view when the clock has passed, before a statement looks`() throws {
        try run(
            "CREATE TABLE t (k INT, at TIMESTAMP DEFAULT now())",
            "CREATE MATERIALIZED VIEW fresh AS SELECT k, at FROM t WHERE at > NOW() - INTERVAL '10' SECOND",
            "CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM fresh",
            "INSERT INTO t (k) VALUES (1)")
        clock.advance(5_000_000)
        try run("INSERT INTO t (k) VALUES (2)")
        #expect(try ask("SELECT k FROM fresh") == ["1", "2"])
        clock.advance(5_000_000)
        #expect(try ask("SELECT n FROM counted") == ["1"])
        #expect(try ask("SELECT k, at = now() - INTERVAL '5' SECOND AS is_five FROM fresh") == ["2 true"])
        // A view that is made behind the rows takes those of the present.
        try run("CREATE VIEW plain AS SELECT k FROM t WHERE at > NOW() - INTERVAL '7' SECOND")
        #expect(try ask("SELECT * FROM plain") == ["2"])
        clock.advance(1_000_000_000)
        #expect(try ask("SELECT n FROM counted") == ["0"])
        #expect(try ask("SELECT * FROM plain").isEmpty)
        #expect(try ask("SELECT count(*) FROM t WHERE at < now()") == ["2"])
    }

    @Test func `more rows than a step takes away are gone before a statement looks`() throws {
        try run(
            "CREATE TABLE t (at TIMESTAMP)",
            "CREATE MATERIALIZED VIEW fresh AS SELECT at FROM t WHERE at > NOW() - INTERVAL '10' SECOND",
            "INSERT INTO t SELECT now() FROM generate_series(1, 20000)")
        #expect(try ask("SELECT count(*) FROM fresh") == ["20000"])
        clock.advance(10_000_000)
        #expect(try ask("SELECT count(*) FROM fresh") == ["0"])
        try run("CREATE MATERIALIZED VIEW again AS SELECT at FROM t WHERE at > NOW() - INTERVAL '10' SECOND")
        #expect(try ask("SELECT count(*) FROM again") == ["0"])
    }

    @Test func `NOW() is refused where it would have to go on by itself`() throws {
        try run("CREATE TABLE t (at TIMESTAMP)")
        #expect(throws: SQLError.self) { try session.execute("CREATE MATERIALIZED VIEW v AS SELECT now() AS n FROM t") }
        #expect(throws: SQLError.self) { try Session().execute("SELECT now()") }
    }

    @Test func `a statement that fails leaves event time where it was`() throws {
        try run(
            "CREATE TABLE t (k INT PRIMARY KEY, at TIMESTAMP, WATERMARK FOR at AS at) APPEND ONLY",
            "CREATE MATERIALIZED VIEW m AS SELECT count(*) AS n, window_end FROM TUMBLE(t, at, INTERVAL '1' HOUR) "
                + "GROUP BY window_end EMIT ON WINDOW CLOSE",
            "INSERT INTO t VALUES (1, '2024-01-01 10:00')")
        for key in ["2 / 0", "1", "NULL"] {
            #expect(throws: SQLError.self) {
                try session.execute("INSERT INTO t VALUES (7, '2024-01-02 09:00'), (\(key), '2024-01-02 10:00')")
            }
        }
        #expect(try ask("SELECT n FROM m").isEmpty)
        try run("INSERT INTO t VALUES (3, '2024-01-01 10:30'), (4, '2024-01-01 10:15')")
        #expect(session.notices == ["1 row was late, see t.late"])
        #expect(try ask("SELECT k FROM t.late") == ["4"])
        try run("INSERT INTO t VALUES (5, '2024-01-01 11:00')")
        #expect(try ask("SELECT n FROM m") == ["2"])
        #expect(throws: SQLError.self) { try session.execute("DROP TABLE t") }
        try run("DROP TABLE t CASCADE", "CREATE TABLE t (k INT, at TIMESTAMP, WATERMARK FOR at AS at)")
        // It begins anew.
        try run("INSERT INTO t VALUES (1, '2020-01-01 10:00')")
        #expect(try ask("SELECT k FROM t") == ["1"])
        #expect(try ask("SELECT k FROM t.late").isEmpty)
    }

    @Test func `a row without a time fails once, and no other row sees it`() throws {
        try run(
            "CREATE TABLE t (id INT, at TIMESTAMP, WATERMARK FOR at AS at)",
            "CREATE MATERIALIZED VIEW v AS SELECT id, lead(id) OVER (ORDER BY at) AS next FROM t EMIT ON WINDOW CLOSE",
            "INSERT INTO t VALUES (1, '2024-01-01 10:00')", "INSERT INTO t VALUES (2, NULL)")
        #expect(session.problems == ["v: window time is NULL"])
        for id in 3..<6 {
            try run("INSERT INTO t VALUES (\(id), '2024-01-01 10:0\(id)')")
            #expect(session.problems.isEmpty)
        }
        #expect(try ask("SELECT * FROM v") == ["1 3", "3 4"])
        #expect(try ask("SELECT reason FROM v.dead_letter") == ["window time is NULL"])
    }

    /// Views made before, amid and after the rows, over random rows out of order, hold what closed views of one INSERT hold.
    @Test func `how rows are divided into statements does not matter`() throws {
        let seed = testSeed()
        var random = SplitMix64(seed: seed)
        let views = [
            "SELECT window_end, count(*) AS n, sum(v) AS s FROM HOP(t, at, INTERVAL '5' SECOND, INTERVAL '10' SECOND) "
                + "GROUP BY window_end",
            "SELECT k, v, lead(v) OVER (PARTITION BY k ORDER BY at, v) AS next, rank() OVER (PARTITION BY k ORDER BY at) AS r "
                + "FROM t",
            "SELECT a.v, b.v AS w, a.at FROM t a JOIN t b ON a.k = b.k AND b.at BETWEEN a.at AND a.at + INTERVAL '3' SECOND",
            "SELECT k, window_end, count(*) AS n FROM SESSION(TABLE t PARTITION BY k, DESCRIPTOR(at), INTERVAL '4' SECOND) "
                + "GROUP BY k, window_start, window_end",
        ]
        for round in 0..<3 {
            var second = 100
            let rows = (0..<80).map { value -> String in
                second += random.oneIn(10) ? 12 : random.below(3)
                let time = "TIMESTAMP '2024-05-01 00:00:00' + INTERVAL '\(second - random.below(8)) seconds'"
                return "(\(random.below(3)), \(value), \(time))"
            }
            let whole = Session(clock: clock)
            let divided = Session(clock: clock)
            for one in [whole, divided] {
                _ = try one.execute(
                    "CREATE TABLE t (k INT, v INT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)")
            }
            for (number, view) in views.enumerated() where number % 2 == 0 {
                _ = try divided.execute("CREATE MATERIALIZED VIEW v\(number) AS \(view) EMIT ON WINDOW CLOSE")
            }
            _ = try whole.execute("INSERT INTO t VALUES \(rows.joined(separator: ", "))")
            let cuts = cut(rows.map { $0 + "," }, &random).map { $0.dropLast() }
            for (number, rows) in cuts.enumerated() {
                _ = try divided.execute("INSERT INTO t VALUES \(rows)")
                if number != cuts.count / 2 { continue }
                _ = try divided.execute("CREATE MATERIALIZED VIEW v1 AS \(views[1]) EMIT ON WINDOW CLOSE")
                try divided.restartViews()
            }
            _ = try divided.execute("CREATE MATERIALIZED VIEW v3 AS \(views[3]) EMIT ON WINDOW CLOSE")
            for (number, view) in views.enumerated() {
                let expected = try SessionTimeTests.rows(whole, "\(view) EMIT ON WINDOW CLOSE")
                #expect(!expected.isEmpty)
                #expect(
                    try SessionTimeTests.rows(divided, "SELECT * FROM v\(number)") == expected,
                    "view \(number), seed \(seed), round \(round)")
            }
        }
    }

    private static func rows(_ session: Session, _ query: String) throws -> [String] {
        guard case .rows(let rows) = try session.execute(query) else { return [] }
        return (0..<rows.batch.count).map { row in
            rows.batch.columns.map { "\($0.value(at: row))" }.joined(separator: " ")
        }.sorted()
    }
}
