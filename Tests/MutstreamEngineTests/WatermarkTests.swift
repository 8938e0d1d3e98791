import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL
import TestSupport
import Testing

@testable import MutstreamEngine

/// What watermarks say above each operator, and what may wait for them.
@Suite struct WatermarkTests {
    static func declare(_ names: [String], connector: String = "memory", lateness: Int = 5) -> String {
        names.map {
            "CREATE SOURCE \($0) (k TEXT, v BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '\(lateness)' SECOND) "
                + "WITH (connector = '\(connector)');\n"
        }.joined()
    }

    static func line(_ key: String, _ value: Int, _ second: Int) -> String {
        "{\"k\":\"\(key)\",\"v\":\(value),\"at\":\"\(TimeTests.time(second))\"}\n"
    }

    /// Rows out of order, a few of them late.
    static func stream(_ count: Int, _ random: inout SplitMix64, keys: Int = 3) -> [String] {
        var front = 200
        return (0..<count).map { value in
            front += random.oneIn(20) ? 15 : random.below(3)
            return line("k\(random.below(keys))", value, front - random.below(8))
        }
    }

    // MARK: The end of the input

    @Test(arguments: [
        "SELECT v, lag(v) OVER (ORDER BY at) AS p FROM e",
        "SELECT v, sum(v) OVER (ORDER BY at ROWS 1 PRECEDING) AS p FROM e",
        """
        SELECT v, sum(v) OVER (ORDER BY at RANGE BETWEEN INTERVAL '400' DAY PRECEDING AND INTERVAL '1' DAY PRECEDING) AS p
          FROM e
        """,
    ])
    func `rows that nothing frees end with the input`(_ query: String) throws {
        let memory = Memory([
            "e": [
                "{\"v\":1,\"at\":\"2024-05-01 00:00:01\"}\n{\"v\":2,\"at\":null}\n",
                "{\"v\":3,\"at\":\"294245-12-31 23:59:59\"}\n",
            ]
        ])
        try memory.run(
            Self.declare(["e"])
                + "CREATE SINK o AS \(query) WITH (connector = 'memory', format = 'changelog_json');")
        #expect(memory.rows("o").filter { !$0.hasPrefix("-") }.count >= 3)
    }

    // MARK: Windows of times that follow from event times

    /// Relations `x` with a time `t`.
    private static let relations = [
        "SELECT e.k, e.v, e.at AS t FROM e JOIN r ON e.k = r.k AND r.at BETWEEN e.at - INTERVAL '3' SECOND AND e.at + INTERVAL '4' SECOND",
        "SELECT e.k, e.v, r.at AS t FROM e JOIN r ON e.k = r.k AND r.at BETWEEN e.at - INTERVAL '3' SECOND AND e.at + INTERVAL '4' SECOND",
        "SELECT e.k, e.v, e.at AS t FROM e SEMI JOIN r ON e.k = r.k AND r.at BETWEEN e.at AND e.at + INTERVAL '4' SECOND",
        "SELECT k, v, at AS t FROM e WHERE EXISTS (SELECT 1 FROM r WHERE r.k = e.k AND r.at > e.at - INTERVAL '2' SECOND "
            + "AND r.at < e.at + INTERVAL '2' SECOND)",
        "SELECT e.k, e.v, r.at AS t FROM e JOIN r ON e.k = r.k AND e.at = r.at",
        """
        SELECT l.k, l.v, l.at AS t FROM TUMBLE(e, at, INTERVAL '10' SECOND) l JOIN TUMBLE(r, at, INTERVAL '10' SECOND) s
          ON l.k = s.k AND l.window_start = s.window_start AND l.window_end = s.window_end
        """,
        """
        SELECT l.k, l.v, s.at AS t FROM TUMBLE(e, at, INTERVAL '10' SECOND) l JOIN TUMBLE(r, at, INTERVAL '10' SECOND) s
          ON l.k = s.k AND l.window_start = s.window_start AND l.window_end = s.window_end
        """,
        "SELECT k, v, at + INTERVAL '7' SECOND AS t FROM e",
        "SELECT k, v, at - INTERVAL '90' SECOND AS t FROM e",
        "SELECT k, v, date_trunc('minute', at) AS t FROM e",
        "SELECT k, v, date_trunc('hour', at) AS t FROM e",
        "SELECT k, v, CASE WHEN v % 2 = 0 THEN at ELSE at - INTERVAL '20' SECOND END AS t FROM e",
        "SELECT k, v, COALESCE(at - INTERVAL '3' SECOND, at) AS t FROM e",
        "SELECT k, v, at AS t FROM e UNION ALL SELECT k, v, at - INTERVAL '30' SECOND AS t FROM r",
        "SELECT k, v, window_start AS t FROM HOP(e, at, INTERVAL '5' SECOND, INTERVAL '15' SECOND)",
        "SELECT k, v, window_start AS t FROM TUMBLE(e, at, INTERVAL '15' SECOND)",
        "SELECT k, v, window_start AS t FROM CUMULATE(e, at, INTERVAL '5' SECOND, INTERVAL '15' SECOND)",
        """
        SELECT k, v, t FROM e MATCH_RECOGNIZE (PARTITION BY k ORDER BY at MEASURES a.v AS v, a.at AS t
          PATTERN (a b+) WITHIN INTERVAL '8' SECOND DEFINE b AS b.v % 3 > 0)
        """,
        """
        SELECT k, v, t FROM e MATCH_RECOGNIZE (PARTITION BY k ORDER BY at MEASURES a.v AS v, LAST(b.at) AS t
          PATTERN (a b+) WITHIN INTERVAL '8' SECOND DEFINE b AS b.v % 3 > 0)
        """,
        "SELECT 'k' AS k, n AS v, window_end AS t FROM (SELECT window_end, COUNT(*) AS n FROM TUMBLE(e, at, INTERVAL '10' SECOND) "
            + "GROUP BY window_start, window_end EMIT ON WINDOW CLOSE)",
        "SELECT 'k' AS k, n AS v, window_start AS t FROM (SELECT window_start, COUNT(*) AS n "
            + "FROM HOP(e, at, INTERVAL '4' SECOND, INTERVAL '10' SECOND) GROUP BY window_start, window_end EMIT ON WINDOW CLOSE)",
        "SELECT 'k' AS k, n AS v, window_start AS t FROM (SELECT window_start, window_end, COUNT(*) AS n FROM "
            + "TUMBLE((SELECT at - INTERVAL '13' SECOND AS at FROM e), at, INTERVAL '10' SECOND) "
            + "GROUP BY window_start, window_end EMIT ON WINDOW CLOSE)",
    ]

    /// Closed windows of `x` and the same windows maintained, which are right when all input has come.
    private static func windows(_ relation: String, kept: Bool = true) -> String {
        let relation =
            relation.contains("TUMBLE((SELECT")
            ? (
                "CREATE VIEW shifted AS SELECT at - INTERVAL '13' SECOND AS at FROM e;\n",
                relation.replacing("(SELECT at - INTERVAL '13' SECOND AS at FROM e)", with: "shifted")
            ) : ("", relation)
        let query = """
            SELECT k, window_start, window_end, COUNT(*) AS n, SUM(v) AS s FROM TUMBLE(x, t, INTERVAL '12' SECOND)
            GROUP BY k, window_start, window_end
            """
        return relation.0 + "CREATE VIEW x AS \(relation.1);\n"
            + "CREATE SINK closed AS \(query) EMIT ON WINDOW CLOSE WITH (connector = 'memory');\n"
            + (kept ? "CREATE SINK kept AS \(query) WITH (connector = 'memory', format = 'changelog_json');\n" : "")
    }

    /// What is left of changes.
    static func content(_ changes: [String]) -> [String] {
        var counts: [String: Int] = [:]
        for change in changes {
            let isGone = change.hasPrefix("-")
            counts[isGone ? String(change.dropFirst()) : change, default: 0] += isGone ? -1 : 1
        }
        return counts.flatMap { row, count in [String](repeating: row, count: max(count, 0)) }.sorted()
    }

    /// The rows of two sources, whole or cut anywhere.
    private func memory(_ left: [String], _ right: [String], _ division: Int, _ random: inout SplitMix64) -> Memory {
        Memory([
            "e": division == 0 ? [left.joined()] : cut(left, &random),
            "r": division == 0 ? [right.joined()] : cut(right, &random),
        ])
    }

    @Test(arguments: relations.indices)
    func `windows close over times that follow from event times and miss no row`(_ number: Int) throws {
        let seed = testSeed()
        var random = SplitMix64(seed: seed &+ UInt64(number))
        for round in 0..<4 {
            let (left, right) = (Self.stream(120, &random), Self.stream(120, &random))
            var first: [String] = []
            for division in 0..<3 {
                let memory = memory(left, right, division, &random)
                let counters = try memory.run(Self.declare(["e", "r"]) + Self.windows(Self.relations[number]))
                let closed = memory.rows("closed")
                if division == 0 { first = closed }
                #expect(closed == first, "seed \(seed), round \(round)")
                #expect(closed.sorted() == Self.content(memory.rows("kept")), "seed \(seed), round \(round)")
                #expect(counters.lateInWindows == 0, "seed \(seed), round \(round)")
            }
        }
    }

    @Test(arguments: relations.indices)
    func `such windows close before the end of the input, and their state goes`(_ number: Int) throws {
        func run(_ rows: Int) throws -> (closed: Int, state: Int) {
            var random = SplitMix64(seed: 11)
            let names = ["e", "r"]
            var chunks: [String: [String]] = [:]
            for name in names {
                let lines = (0..<rows).map { Self.line("k\($0 % 3)", $0, $0 + random.below(4)) }
                chunks[name] = stride(from: 0, to: rows, by: 20).map { lines[$0..<min($0 + 20, rows)].joined() }
            }
            let memory = Memory(chunks)
            let live = try LivePipeline(
                Self.declare(names, connector: "http") + Self.windows(Self.relations[number], kept: false), memory)
            let pause = Monitor(())
            for _ in 0..<4000 where memory.state.withLock({ $0.handedOver.count }) < names.count {
                _ = pause.wait(microseconds: 5_000) { _ -> Bool? in nil }
            }
            let counters = try #require(live.stop()?.result)
            return (memory.rows("closed").count, counters.stateRows)
        }
        // Hours take longer to close.
        if Self.relations[number].contains("'hour'") { return }
        let (short, long) = (try run(300), try run(3000))
        #expect(short.closed > 0 && long.closed > short.closed * 5, "\(short), \(long)")
        #expect(long.state < short.state * 2 + 60, "\(short), \(long)")
    }

    @Test(arguments: [
        // The start of a session may be any time ago.
        "SELECT k, v, window_start AS t FROM SESSION(TABLE e PARTITION BY k, DESCRIPTOR(at), INTERVAL '5' SECOND) EMIT ON WINDOW CLOSE",
        "SELECT e.k, e.v, e.at AS t FROM e JOIN r ON e.k = r.k AND r.at > e.at",
        "SELECT e.k, e.v, e.at AS t FROM e JOIN r ON e.k = r.k",
        "SELECT k, v, CASE WHEN v > 0 THEN at ELSE TIMESTAMP '2024-05-01 00:00:00' END AS t FROM e",
        """
        SELECT k, v, t FROM e MATCH_RECOGNIZE (PARTITION BY k ORDER BY at MEASURES a.v AS v, a.at AS t
          PATTERN (a b+ c) DEFINE b AS b.v > 3, c AS c.v < 3)
        """,
    ])
    func `where a time may be any time ago no window closes`(_ relation: String) {
        let text =
            Self.declare(["e", "r"]) + "CREATE VIEW x AS \(relation);\n"
            + "CREATE SINK closed AS SELECT window_end, COUNT(*) AS n FROM TUMBLE(x, t, INTERVAL '12' SECOND) "
            + "GROUP BY window_start, window_end EMIT ON WINDOW CLOSE WITH (connector = 'memory');"
        #expect(throws: SQLError.self) {
            try PipelineDefinition(text, registry: Memory().registry, baseDirectory: ".")
        }
    }

    // MARK: Rows of windows that leave once

    private static let closing = [
        "SELECT k, v, at FROM e WHERE v > 3",
        "SELECT e.k, e.v, e.at, r.v AS w FROM e LEFT JOIN r ON e.k = r.k AND r.at BETWEEN e.at AND e.at + INTERVAL '5' SECOND",
        """
        SELECT k, v, row_number() OVER w AS n, rank() OVER w AS r, lag(v, 2, 0) OVER w AS back, lead(v, 2) OVER w AS ahead,
          SUM(v) OVER (w ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS three, first_value(v) OVER w AS first
          FROM e WINDOW w AS (PARTITION BY k ORDER BY at)
        """,
        """
        SELECT k, v, COUNT(*) OVER near AS n, MAX(v) OVER (PARTITION BY k ORDER BY at ROWS 2 PRECEDING) AS most,
          lead(v) OVER (ORDER BY at, v) AS next, COUNT(*) OVER (PARTITION BY k, window_end) AS of_window
          FROM TUMBLE(e, at, INTERVAL '10' SECOND)
          WINDOW near AS (PARTITION BY k ORDER BY at RANGE BETWEEN INTERVAL '4' SECOND PRECEDING AND INTERVAL '6' SECOND FOLLOWING)
        """,
        """
        SELECT k, n, lag(n) OVER (PARTITION BY k ORDER BY window_end) AS before, window_end FROM (
          SELECT k, window_end, COUNT(*) AS n FROM TUMBLE(e, at, INTERVAL '10' SECOND) GROUP BY k, window_start, window_end)
        """,
        """
        SELECT k, v, at FROM (SELECT *, row_number() OVER (PARTITION BY k, v % 5 ORDER BY at, v) AS n FROM e) WHERE n <= 2
        """,
        """
        SELECT window_start, window_end, k, COUNT(*) AS n, SUM(v) AS s FROM TUMBLE(e, at, INTERVAL '10' SECOND)
          GROUP BY window_start, window_end, ROLLUP (k)
        """,
        """
        SELECT window_start, k, v % 3 AS r, COUNT(*) AS n FROM HOP(e, at, INTERVAL '5' SECOND, INTERVAL '10' SECOND)
          GROUP BY GROUPING SETS ((window_start, k), (window_start, 3))
        """,
        """
        SELECT k, v, window_end, n FROM (SELECT *, row_number() OVER (PARTITION BY window_start, window_end, k ORDER BY v DESC) AS n
          FROM TUMBLE(e, at, INTERVAL '10' SECOND)) WHERE n <= 2
        """,
        """
        SELECT k, v, window_start, window_end FROM (SELECT *, row_number() OVER (PARTITION BY window_start, window_end, k ORDER BY at, v) AS n
          FROM HOP(e, at, INTERVAL '5' SECOND, INTERVAL '10' SECOND)) WHERE n = 1
        """,
        "SELECT DISTINCT k, window_end FROM TUMBLE(e, at, INTERVAL '10' SECOND)",
        """
        SELECT l.k, l.v, r.v AS w, l.window_end FROM TUMBLE(e, at, INTERVAL '10' SECOND) l
          JOIN TUMBLE(r, at, INTERVAL '10' SECOND) r ON l.k = r.k AND l.window_end = r.window_end
        """,
        """
        SELECT l.k, l.v, r.v AS w, l.window_end FROM TUMBLE(e, at, INTERVAL '10' SECOND) l
          LEFT JOIN TUMBLE(r, at, INTERVAL '10' SECOND) r ON l.v = r.v AND l.window_end = r.window_end
        """,
        """
        SELECT l.k, l.v, l.window_end FROM TUMBLE(e, at, INTERVAL '10' SECOND) l WHERE NOT EXISTS (
          SELECT 1 FROM TUMBLE(r, at, INTERVAL '10' SECOND) r WHERE l.k = r.k AND l.window_start = r.window_start
          AND l.window_end = r.window_end)
        """,
        """
        SELECT k, n, window_end, place FROM (SELECT *, row_number() OVER (PARTITION BY window_end ORDER BY n DESC, k) AS place FROM (
          SELECT k, window_start, window_end, COUNT(*) AS n FROM CUMULATE(e, at, INTERVAL '5' SECOND, INTERVAL '10' SECOND)
          GROUP BY k, window_start, window_end)) WHERE place <= 2
        """,
    ]

    @Test(arguments: closing.indices)
    func `rows of windows leave once and are those that the window held`(_ number: Int) throws {
        let seed = testSeed()
        var random = SplitMix64(seed: seed &+ UInt64(number))
        let query = Self.closing[number]
        let text =
            Self.declare(["e", "r"])
            + "CREATE SINK closed AS \(query) EMIT ON WINDOW CLOSE WITH (connector = 'memory');\n"
            + "CREATE SINK kept AS \(query) WITH (connector = 'memory', format = 'changelog_json');\n"
        for round in 0..<4 {
            let (left, right) = (Self.stream(120, &random), Self.stream(120, &random))
            var first: [String] = []
            for division in 0..<3 {
                let memory = memory(left, right, division, &random)
                try memory.run(text)
                let closed = memory.rows("closed")
                if division == 0 { first = closed }
                #expect(!closed.isEmpty && closed == first, "seed \(seed), round \(round)")
                #expect(closed.sorted() == Self.content(memory.rows("kept")), "seed \(seed), round \(round)")
            }
        }
    }

    @Test(arguments: [
        "SELECT k, v FROM e",
        "SELECT DISTINCT k FROM e",
        "SELECT DISTINCT k, v FROM TUMBLE(e, at, INTERVAL '10' SECOND)",
        "SELECT k, ntile(3) OVER (PARTITION BY k ORDER BY at) AS n, at FROM e",
        "SELECT k, rank() OVER (PARTITION BY k ORDER BY v) AS n, at FROM e",
        "SELECT k, rank() OVER (PARTITION BY k ORDER BY at DESC) AS n, at FROM e",
        "SELECT k, last_value(v) OVER (PARTITION BY k ORDER BY at ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS n, at FROM e",
        "SELECT k, lead(v, v) OVER (PARTITION BY k ORDER BY at) AS n, at FROM e",
        "SELECT k, COUNT(*) AS n FROM TUMBLE(e, at, INTERVAL '10' SECOND) GROUP BY ROLLUP (window_end, k)",
    ])
    func `without a window's end nothing says when rows leave`(_ query: String) {
        let text = Self.declare(["e"]) + "CREATE SINK s AS \(query) EMIT ON WINDOW CLOSE WITH (connector = 'memory');"
        #expect(throws: SQLError.self) {
            try PipelineDefinition(text, registry: Memory().registry, baseDirectory: ".")
        }
    }

    // MARK: Sources that never meet

    @Test func `an idle source follows only those whose rows it meets`() throws {
        let memory = Memory()
        let live = try LivePipeline(
            """
            CREATE SOURCE live (v BIGINT, at TIMESTAMP LATENESS INTERVAL '0' SECOND) WITH (connector = 'http');
            CREATE SOURCE old (v BIGINT, at TIMESTAMP LATENESS INTERVAL '0' SECOND) WITH (connector = 'http', idle_timeout = '2 s');
            CREATE SOURCE silent (v BIGINT, at TIMESTAMP LATENESS INTERVAL '0' SECOND) WITH (connector = 'http');
            CREATE VIEW both AS SELECT v, at FROM live UNION ALL SELECT v, at FROM silent;
            CREATE MATERIALIZED VIEW a AS SELECT COUNT(*) AS n FROM both;
            CREATE MATERIALIZED VIEW b AS SELECT COUNT(*) AS n FROM old;
            """, memory)
        _ = memory.post("old", "{\"v\":1,\"at\":\"2024-05-01 00:00:00\"}\n")
        _ = memory.post("live", "{\"v\":1,\"at\":\"2024-05-02 00:00:00\"}\n")
        let pause = Monitor(())
        for second in 1..<20 {
            // The clock of the test goes on by a second whenever it is looked at.
            _ = pause.wait(microseconds: 20_000) { _ -> Bool? in nil }
            _ = live.view("b")
            _ = memory.post("live", "{\"v\":1,\"at\":\"2024-05-02 00:00:\(second + 10)\"}\n")
        }
        _ = memory.post("old", "{\"v\":2,\"at\":\"2024-05-01 00:00:01\"}\n{\"v\":3,\"at\":\"2024-05-01 00:00:02\"}\n")
        let counters = try #require(live.stop()?.result)
        #expect(counters.sources.map(\.late) == [0, 0, 0])
        // The source that never sent a row is the one that the others of its group wait for.
        #expect(counters.sources.map(\.holdsBack) == [false, false, true])
        #expect(counters.prometheus.contains("mutstream_watermark_holds_back{source=\"silent\"} 1"))
    }

    // MARK: Watermarks that fail

    @Test func `a watermark that cannot be computed is told, and its row stays`() throws {
        let memory = Memory([
            "e": [
                "{\"d\":1,\"at\":\"2024-05-01 00:00:10\"}\n{\"d\":1,\"at\":\"2024-05-01 00:00:01\"}\n{\"d\":0,\"at\":\"2024-05-01 00:00:30\"}\n",
                "{\"d\":1,\"at\":\"2024-05-01 00:00:12\"}\n",
            ]
        ])
        let counters = try memory.run(
            """
            CREATE SOURCE e (d BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '1' SECOND * (1 / d)) WITH (connector = 'memory');
            CREATE SINK out AS SELECT d, at FROM e WITH (connector = 'memory');
            CREATE SINK dead AS SELECT reason, raw FROM e.dead_letter WITH (connector = 'memory');
            """)
        // The third row moves nothing, so the fourth is not late.
        #expect(memory.rows("out").count == 3 && counters.late == 1)
        let dead = memory.rows("dead")
        #expect(dead.count == 1 && dead.allSatisfy { $0.contains("watermark") && $0.contains("00:00:30") }, "\(dead)")
    }

    // MARK: EXISTS with bounds in time

    @Test(arguments: [
        "SELECT l.v FROM l WHERE EXISTS (SELECT 1 FROM r WHERE l.k = r.k AND r.at BETWEEN l.at AND l.at + INTERVAL '5' SECOND)",
        "SELECT l.v FROM l WHERE NOT EXISTS (SELECT 1 FROM r WHERE l.k = r.k AND r.at BETWEEN l.at AND l.at + INTERVAL '5' SECOND)",
        "SELECT l.v FROM l WHERE l.k IN (SELECT k FROM r WHERE r.at BETWEEN l.at - INTERVAL '5' SECOND AND l.at)",
        """
        SELECT l.v FROM TUMBLE(l, at, INTERVAL '10' SECOND) l WHERE l.k IN (SELECT k FROM TUMBLE(r, at, INTERVAL '10' SECOND) r
          WHERE l.window_start = r.window_start AND l.window_end = r.window_end)
        """,
        "SELECT l.v FROM l JOIN r ON l.k = r.k AND l.at = r.at",
        "SELECT l.v FROM l WHERE EXISTS (SELECT 1 FROM r WHERE l.k = r.k AND l.at = r.at)",
        "SELECT l.v, r.v AS w FROM l JOIN r FOR SYSTEM_TIME AS OF l.at ON substring(l.k FROM 1 FOR 2) = substring(r.k FROM 1 FOR 2)",
    ])
    func `joins in time and EXISTS with their conditions forget what can meet no partner`(_ query: String) throws {
        func run(_ rows: Int) throws -> Int {
            var random = SplitMix64(seed: 7)
            var chunks: [String: [String]] = [:]
            for source in ["l", "r"] {
                let lines = (0..<rows).map { Self.line("k\($0 % 5)x\(random.below(1000))", $0, $0 + random.below(4)) }
                chunks[source] = stride(from: 0, to: rows, by: 50).map { lines[$0..<min($0 + 50, rows)].joined() }
            }
            let memory = Memory(chunks)
            let live = try LivePipeline(
                Self.declare(["l", "r"], connector: "http")
                    + "CREATE SINK out AS \(query) WITH (connector = 'memory', format = 'changelog_json');", memory)
            let pause = Monitor(())
            for _ in 0..<4000 where memory.state.withLock({ $0.handedOver.count }) < 2 {
                _ = pause.wait(microseconds: 5_000) { _ -> Bool? in nil }
            }
            return try #require(live.stop()?.result).stateRows
        }
        let (short, long) = (try run(300), try run(3000))
        #expect(short > 0 && long < short * 2 + 50, "\(short) rows, then \(long)")
        if query.contains("SYSTEM_TIME") { return }
        let plan = try Compiler.optimized(
            Self.declare(["l", "r"])
                + "CREATE SINK out AS \(query) WITH (connector = 'memory', format = 'changelog_json');")
        #expect(plan.unboundedState.isEmpty, "\(plan.unboundedState)")
    }

    @Test func `EXISTS with bounds in time is the semi or anti join with these bounds`() throws {
        let seed = testSeed()
        var random = SplitMix64(seed: seed)
        let condition = "l.k = r.k AND r.at BETWEEN l.at AND l.at + INTERVAL '5' SECOND AND r.v <> l.v"
        let text =
            Self.declare(["l", "r"])
            + [
                "a": "SELECT l.v FROM l WHERE EXISTS (SELECT 1 FROM r WHERE \(condition))",
                "b": "SELECT l.v FROM l SEMI JOIN r ON \(condition)",
                "c": "SELECT l.v FROM l WHERE NOT EXISTS (SELECT 1 FROM r WHERE \(condition))",
                "d": "SELECT l.v FROM l ANTI JOIN r ON \(condition)",
            ].map { "CREATE SINK \($0) AS \($1) WITH (connector = 'memory', format = 'changelog_json');\n" }.joined()
        for _ in 0..<5 {
            let memory = Memory(["l": cut(Self.stream(150, &random), &random), "r": cut(Self.stream(150, &random), &random)])
            try memory.run(text)
            let found = ["a", "b", "c", "d"].map { Self.content(memory.rows($0)) }
            #expect(found[0] == found[1] && found[2] == found[3] && !found[0].isEmpty && !found[2].isEmpty, "seed \(seed)")
        }
    }
}
