import MutstreamColumnar
import MutstreamSQL
import TestSupport
import Testing

@testable import MutstreamEngine

/// Forms of other databases, and what `check` says of time and state.
@Suite struct TimeSpellingTests {
    private func rows(_ query: String, _ lines: [String], columns: String = "v BIGINT, at TIMESTAMP, WATERMARK FOR at")
        throws
        -> [String]
    {
        let memory = Memory(["e": lines])
        try memory.run(
            "CREATE SOURCE e (\(columns)) WITH (connector = 'memory');\n"
                + "CREATE SINK out AS \(query) WITH (connector = 'memory', format = 'changelog_json');")
        return memory.rows("out")
    }

    /// The rows that are left at the end, in order.
    private func left(_ query: String, _ lines: [String]) throws -> [String] {
        var net: [String: Int] = [:]
        for row in try rows(query, lines) {
            let isTaken = row.hasPrefix("-")
            net[TimeTests.short(isTaken ? String(row.dropFirst()) : row), default: 0] += isTaken ? -1 : 1
        }
        #expect(net.values.allSatisfy { $0 >= 0 })
        return net.flatMap { Array(repeating: $0.key, count: max($0.value, 0)) }.sorted()
    }

    private static func line(_ value: Int, _ second: Int) -> String {
        "{\"v\":\(value),\"at\":\"\(TimeTests.time(second))\"}\n"
    }

    @Test func `a watermark without AS follows its column, and a double equals sign is one`() throws {
        let lines = [Self.line(1, 3), Self.line(2, 12), Self.line(1, 11)]
        let query = """
            SELECT window_end, COUNT(*) AS n FROM TUMBLE(e, at, INTERVAL '10' SECOND) WHERE v == 1 GROUP BY window_start, window_end
            EMIT ON WINDOW CLOSE
            """
        // The third row is late.
        #expect(try rows(query, lines).map { TimeTests.short($0) } == ["10 1"])
    }

    @Test func `the time of a window is its last millisecond`() throws {
        let query = """
            SELECT window_start, window_time, COUNT(*) AS n FROM TUMBLE(e, at, INTERVAL '10' SECOND)
            GROUP BY window_start, window_end, window_time EMIT ON WINDOW CLOSE
            """
        let found = try rows(query, [Self.line(1, 3)])
        #expect(found.count == 1 && found.allSatisfy { $0.contains("00:00:09.999") }, "\(found)")
    }

    private static let spread = [line(1, 3), line(2, 4), line(2, 5), line(3, 12), line(1, 25), line(2, 26)]

    @Test(
        arguments: [
            (
                // A window is a value, ranks are within it.
                """
                SELECT w.end AS ended, v, n FROM (
                  SELECT *, row_number() OVER (PARTITION BY w ORDER BY n DESC, v DESC) AS place
                  FROM (SELECT v, tumble(INTERVAL '10' SECOND) AS w, count(*) AS n FROM e GROUP BY 1, 2)) WHERE place = 1
                """, ["10 2 2", "20 3 1", "30 2 1"]
            ),
            (
                // Windows over windows that the inner query does not show.
                """
                SELECT w.start AS began, many FROM (SELECT tumble(INTERVAL '10' SECOND) AS w, count(*) AS many
                  FROM (SELECT v, count(*) AS n FROM e GROUP BY v, tumble(INTERVAL '10' SECOND)) WHERE v < 3 GROUP BY w)
                """, ["0 2", "20 2"]
            ),
            (
                "SELECT (w).end AS ended, count(*) AS many, sum(n) AS n FROM "
                    + "(SELECT v, tumble(INTERVAL '10' SECOND) AS w, count(*) AS n FROM e GROUP BY v, w) GROUP BY w",
                ["10 2 3", "20 1 1", "30 2 2"]
            ),
            (
                """
                WITH counts AS (SELECT v, tumble(INTERVAL '10' SECOND) AS w, count(*) AS n FROM e GROUP BY v, w)
                SELECT a.w.start AS began, a.n, b.n AS m FROM counts a JOIN counts b ON a.w = b.w AND a.v = 1 AND b.v = 2
                """, ["0 1 2", "20 1 1"]
            ),
            (
                // Either side may be missing.
                """
                SELECT a.w.end AS ended, a.n, b.n AS m
                FROM (SELECT tumble(INTERVAL '10' SECOND) AS w, count(*) AS n FROM e WHERE v <> 2 GROUP BY 1) AS a
                FULL JOIN (SELECT tumble(INTERVAL '10' SECOND) AS w, count(*) AS n FROM e WHERE v <> 3 GROUP BY 1) AS b
                ON a.w = b.w
                """, ["10 1 3", "20 1 null", "30 1 2"]
            ),
            (
                """
                SELECT COALESCE(a.window_end, b.window_end) AS ended, a.n, b.n AS m
                FROM (SELECT window_end, count(*) AS n FROM TUMBLE(e, at, INTERVAL '10' SECOND) WHERE v = 1 GROUP BY 1) AS a
                FULL JOIN (SELECT window_end, count(*) AS n FROM TUMBLE(e, at, INTERVAL '10' SECOND) WHERE v = 3 GROUP BY 1) AS b
                ON a.window_end = b.window_end
                """, ["10 1 null", "20 null 1", "30 1 null"]
            ),
        ])
    func `a window as one value`(_ query: String, _ expected: [String]) throws {
        let found = try rows(query + " EMIT ON WINDOW CLOSE", Self.spread)
        #expect(found.map { TimeTests.short($0) } == expected)
        // Kept up to date, the same is left at the end.
        #expect(try left(query, Self.spread) == expected.sorted())
    }

    @Test func `a window that is selected does not show what stands behind it`() throws {
        let query =
            "SELECT * FROM (SELECT * FROM (SELECT tumble(INTERVAL '10' SECOND) AS w, count(*) AS n FROM e GROUP BY 1) x) y"
        let found = try rows(query, [Self.line(1, 3)])
        #expect(found == [#"{"w":{"start":"2024-05-01T00:00:00","end":"2024-05-01T00:00:10"},"n":1}"#])
        let row = try rows("SELECT to_jsonb(y) AS y, y.* FROM (\(query)) y", [Self.line(1, 3)])
        let json = #"{"n":1,"w":{"end":"2024-05-01T00:00:10","start":"2024-05-01T00:00:00"}}"#
        #expect(row.map { $0.replacing(" ", with: "") } == ["{\"y\":\(json)," + found[0].dropFirst()])
        #expect(throws: (any Error).self) { _ = try self.rows("SELECT w, n FROM (\(query)) AS t (w, n, a)", []) }
    }

    @Test func `windows of a date are windows of days`() throws {
        let query = """
            SELECT window_start, window_end, COUNT(*) AS n FROM TUMBLE(e, d, INTERVAL '7' DAY) GROUP BY window_start, window_end
            """
        let lines = ["{\"d\":\"2024-05-02\"}\n{\"d\":\"2024-05-08\"}\n{\"d\":\"2024-05-09\"}\n"]
        let found = try rows(query, lines, columns: "d DATE")
        #expect(found.count == 2 && found.contains { $0.contains("2024-05-02") && $0.contains("2024-05-09") }, "\(found)")
    }

    @Test func `a window may be as short as a microsecond`() throws {
        for window in [
            "HOP(e, at, INTERVAL '1' MICROSECOND, INTERVAL '3' MICROSECOND)",
            "CUMULATE(e, at, INTERVAL '1' MICROSECOND, INTERVAL '1' MICROSECOND)",
        ] {
            let query =
                "SELECT window_end, COUNT(*) AS n FROM \(window) GROUP BY window_start, window_end EMIT ON WINDOW CLOSE"
            #expect(try rows(query, [Self.line(1, 3)]).count == (window.hasPrefix("HOP") ? 3 : 1))
        }
    }

    @Test func `a time before Christ can be read again`() throws {
        let written = try rows(
            "SELECT TIMESTAMPTZ '4713-01-01 00:00:00+00 BC' AS t, v FROM e", [Self.line(1, 3)])
        #expect(written == ["{\"t\":\"4713-01-01T00:00:00Z BC\",\"v\":1}"])
        let read = try rows("SELECT t FROM e", [written[0] + "\n"], columns: "t TIMESTAMPTZ, v BIGINT")
        #expect(read == ["{\"t\":\"4713-01-01T00:00:00Z BC\"}"])
    }

    // MARK: What check says

    private static let sources = """
        CREATE SOURCE e (k TEXT, v BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND) WITH (connector = 'memory');
        CREATE SOURCE r (k TEXT, v BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND) WITH (connector = 'memory');

        """

    private func warnings(_ query: String, _ settings: String = "") throws -> [String] {
        try Compiler.optimized(
            settings + Self.sources
                + "CREATE SINK out AS \(query) WITH (connector = 'memory', format = 'changelog_json');"
        ).unboundedState
    }

    @Test(arguments: [
        "SELECT v, lag(v) OVER (PARTITION BY k ORDER BY at) AS p FROM e",
        "SELECT v, SUM(v) OVER (PARTITION BY k ORDER BY at ROWS 3 PRECEDING) AS p FROM e",
        "SELECT e.v, r.v AS w FROM e ASOF JOIN r ON e.k = r.k AND e.at >= r.at",
        "SELECT e.v, r.v AS w FROM e JOIN r FOR SYSTEM_TIME AS OF e.at ON e.k = r.k",
    ])
    func `what grows with the number of keys is named, if no state_ttl bounds it`(_ query: String) throws {
        let plain = try warnings(query)
        #expect(
            plain.count == 1 && plain.allSatisfy { $0.contains("number of keys") && !$0.contains("state_ttl") }, "\(plain)")
        #expect(try warnings(query, "SET state_ttl = '1 day';\n").isEmpty)
    }

    @Test(arguments: [
        "at TIMESTAMP LATENESS INTERVAL '-5' SECOND", "at TIMESTAMP, WATERMARK FOR at AS at + INTERVAL '5' SECOND",
    ])
    func `a watermark ahead of its rows is warned of`(_ columns: String) throws {
        let plan = try Compiler.optimized(
            "CREATE SOURCE e (v BIGINT, \(columns)) WITH (connector = 'memory');\n"
                + "CREATE SINK out AS SELECT v FROM e WITH (connector = 'memory');")
        #expect(plan.hastyWatermarks.count == 1 && plan.hastyWatermarks.allSatisfy { $0.contains("late") })
        let usual = try Compiler.optimized(Self.sources + "CREATE SINK out AS SELECT v FROM e WITH (connector = 'memory');")
        #expect(usual.hastyWatermarks.isEmpty)
    }
}
