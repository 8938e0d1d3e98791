import MutstreamColumnar
import MutstreamSQL
import TestSupport
import Testing

@testable import MutstreamEngine

/// Windows, sessions, watermarks and joins in time, from SQL to the sink.
@Suite struct TimeTests {
    private static let events = """
        CREATE SOURCE e (k TEXT, v BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
          WITH (connector = 'memory');

        """

    static func time(_ second: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "2024-05-01 \(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))"
    }

    private static func line(_ key: String, _ value: Int, _ second: Int) -> String {
        "{\"k\":\"\(key)\",\"v\":\(value),\"at\":\"\(time(second))\"}\n"
    }

    /// Rows of key and second, a chunk a word: `"a1 b3 a9"`.
    private static func chunks(_ diagram: String) -> [String] {
        diagram.split(separator: " ").enumerated().map { place, token in
            line(String(token.prefix(1)), place, Int(token.dropFirst()) ?? 0)
        }
    }

    /// What a sink over `e` gets; columns of times as seconds of the day.
    private func rows(_ query: String, _ diagram: String, format: String = "") throws -> [String] {
        let memory = Memory(["e": Self.chunks(diagram)])
        try memory.run(
            Self.events + "CREATE SINK out AS \(query) WITH (connector = 'memory'\(format));")
        return memory.rows("out").map { TimeTests.short($0) }
    }

    /// A JSON row as `a 0 10 3`: times as seconds of the day.
    static func short(_ row: String) -> String {
        row.dropFirst().dropLast().split(separator: ",").map { field in
            let value = field.split(separator: ":", maxSplits: 1)[1]
            guard value.contains("2024-05-01") else { return value.replacing("\"", with: "") }
            let clock = value.split(whereSeparator: { $0 == " " || $0 == "T" }).last?.prefix(8) ?? ""
            let parts = clock.split(separator: ":").map { Int($0) ?? 0 } + [0, 0, 0]
            return "\(parts[0] * 3600 + parts[1] * 60 + parts[2])"
        }.joined(separator: " ")
    }

    // MARK: Windows

    @Test(arguments: [
        "FROM HOP(e, at, INTERVAL '5' SECOND, INTERVAL '10' SECOND) GROUP BY k, window_start, window_end",
        "FROM TABLE(HOP(TABLE e, DESCRIPTOR(at), INTERVAL '5' SECOND, INTERVAL '10' SECOND)) GROUP BY k, window_start, window_end",
        """
        FROM TABLE(HOP(DATA => TABLE e, TIMECOL => DESCRIPTOR(at), SIZE => INTERVAL '10' SECOND, SLIDE => INTERVAL '5' SECOND))
        GROUP BY k, window_start, window_end
        """,
        "FROM HOP(e, at, INTERVAL '5' SECOND, INTERVAL '10' SECOND, INTERVAL '-5' SECOND) GROUP BY k, window_start, window_end",
        """
        FROM HOP((WITH own AS (SELECT k, v, at AS moment FROM e) SELECT * FROM own WHERE v >= 0), moment, INTERVAL '5' SECOND,
          INTERVAL '10' SECOND) GROUP BY k, window_start, window_end
        """,
        """
        FROM TABLE(HOP(TABLE (SELECT k, v, at FROM e), DESCRIPTOR(at), INTERVAL '5' SECOND, INTERVAL '10' SECOND)) AS t
          GROUP BY t.k, t.window_start, t.window_end
        """,
    ])
    func `a hopping window in every spelling`(_ from: String) throws {
        let expected = ["a 0 10 1", "a 5 15 2", "b 5 15 1", "a 10 20 1", "b 10 20 1"]
        let query = "SELECT k, window_start, window_end, COUNT(*) AS n \(from) EMIT ON WINDOW CLOSE"
        #expect(try rows(query, "a7 a12 b12 z60").filter { !$0.hasPrefix("z") } == expected)
    }

    @Test(arguments: [
        (
            "SELECT k, HOP_START(at, INTERVAL '5' SECOND, INTERVAL '10' SECOND) AS s, "
                + "HOP_END(at, INTERVAL '5' SECOND, INTERVAL '10' SECOND) AS f, COUNT(*) AS n",
            "GROUP BY k, HOP(at, INTERVAL '5' SECOND, INTERVAL '10' SECOND)"
        ),
        (
            "SELECT k, (w).start AS s, (w).end AS f, n FROM (SELECT k, hop(INTERVAL '5 seconds', INTERVAL '10 seconds') AS w, "
                + "COUNT(*) AS n", "GROUP BY k, w)"
        ),
    ])
    func `a hopping window as a function of GROUP BY`(_ query: (String, String)) throws {
        let expected = ["a 0 10 1", "a 5 15 2", "b 5 15 1", "a 10 20 1", "b 10 20 1"]
        let text = "\(query.0) FROM e \(query.1) EMIT ON WINDOW CLOSE"
        #expect(try rows(text, "a7 a12 b12 z60").filter { !$0.hasPrefix("z") } == expected)
    }

    @Test func `tumbling windows as functions of GROUP BY`() throws {
        let query = """
            SELECT TUMBLE_START(at, INTERVAL '10' SECOND) AS s, TUMBLE_END(at, INTERVAL '10' SECOND) AS f, COUNT(*) AS n
            FROM e GROUP BY TUMBLE(at, INTERVAL '10' SECOND) EMIT ON WINDOW CLOSE
            """
        #expect(try rows(query, "a1 b9 a12 z40") == ["0 10 2", "10 20 1", "40 50 1"])
    }

    @Test func `a cumulating window grows by its step`() throws {
        let query = """
            SELECT window_start, window_end, COUNT(*) AS n FROM CUMULATE(e, at, INTERVAL '5' SECOND, INTERVAL '15' SECOND)
            GROUP BY window_start, window_end EMIT ON WINDOW CLOSE
            """
        #expect(
            try rows(query, "a1 a6 a7 z29") == ["0 5 1", "0 10 3", "0 15 3", "15 30 1"])
    }

    @Test(arguments: [
        "FROM SESSION(TABLE e PARTITION BY k, DESCRIPTOR(at), INTERVAL '10' SECOND) GROUP BY k, window_start, window_end",
        "FROM SESSION(e, at, INTERVAL '10' SECOND) GROUP BY k, window_start, window_end",
        "FROM TABLE(SESSION(DATA => TABLE e PARTITION BY k, TIMECOL => DESCRIPTOR(at), GAP => INTERVAL '10' SECOND)) "
            + "GROUP BY k, window_start, window_end",
    ])
    func `a session of each key in every spelling`(_ from: String) throws {
        let query = "SELECT k, window_start, window_end, COUNT(*) AS n \(from)"
        let expected = ["b 2 12 1", "a 1 19 2", "a 20 30 1", "z 60 70 1"]
        #expect(try rows(query + " EMIT ON WINDOW CLOSE", "a1 b2 a9 a20 z60") == expected)
        let memory = Memory(["e": Self.chunks("a1 b2 a9 a20 z60")])
        let definition = try PipelineDefinition(
            Self.events + "CREATE MATERIALIZED VIEW v AS \(query);", registry: memory.registry, baseDirectory: ".")
        let loop = try StepLoop(definition, Pipeline(definition), clock: TickingClock())
        _ = try loop.run()
        let content = loop.snapshot(ofView: 0)
        #expect(content.count == 4)
    }

    @Test func `a session as a function of GROUP BY`() throws {
        let query = """
            SELECT k, SESSION_START(at, INTERVAL '10' SECOND) AS s, SESSION_END(at, INTERVAL '10' SECOND) AS f, SUM(v) AS n
            FROM e GROUP BY k, SESSION(at, INTERVAL '10' SECOND) EMIT ON WINDOW CLOSE
            """
        #expect(try rows(query, "a1 b2 a9 a20 z60") == ["b 2 12 1", "a 1 19 2", "a 20 30 3", "z 60 70 4"])
        let arroyo = """
            SELECT k, (w).start AS s, (w).end AS f, n FROM (
              SELECT k, session(INTERVAL '10 seconds') AS w, SUM(v) AS n FROM e GROUP BY k, 2) EMIT ON WINDOW CLOSE
            """
        #expect(try rows(arroyo, "a1 b2 a9 a20 z60") == ["b 2 12 1", "a 1 19 2", "a 20 30 3", "z 60 70 4"])
    }

    @Test func `windows over windows close in their turn`() throws {
        let query = """
            SELECT window_start, window_end, COUNT(*) AS windows, SUM(n) AS n FROM TUMBLE(v, inner_start, INTERVAL '20' SECOND)
            GROUP BY window_start, window_end EMIT ON WINDOW CLOSE
            """
        let memory = Memory(["e": Self.chunks("a1 a2 a11 a12 a13 a25 z90")])
        let counters = try memory.run(
            Self.events + """
                CREATE VIEW v AS SELECT window_start AS inner_start, window_end AS inner_end, COUNT(*) AS n
                  FROM TUMBLE(e, at, INTERVAL '10' SECOND) GROUP BY window_start, window_end EMIT ON WINDOW CLOSE;
                CREATE SINK out AS \(query) WITH (connector = 'memory');
                """)
        #expect(memory.rows("out").map { Self.short($0) } == ["0 20 2 5", "20 40 1 1", "80 100 1 1"])
        #expect(counters.lateInWindows == 0)
    }

    @Test func `windows and sessions of random rows are those of a naive search, however steps are divided`() throws {
        let seed = testSeed()
        var random = SplitMix64(seed: seed)
        let pipeline =
            Self.events + """
                CREATE SINK hop AS SELECT k, window_start, window_end, COUNT(*) AS n, SUM(v) AS total
                  FROM HOP(e, at, INTERVAL '4' SECOND, INTERVAL '10' SECOND) GROUP BY k, window_start, window_end
                  EMIT ON WINDOW CLOSE WITH (connector = 'memory');
                CREATE SINK rows AS SELECT k, window_start, window_end, SUM(v::DOUBLE / 8) AS total, COUNT(DISTINCT v % 4) AS d
                  FROM HOP(e, at, INTERVAL '4' SECOND, INTERVAL '10' SECOND) GROUP BY k, window_start, window_end
                  EMIT ON WINDOW CLOSE WITH (connector = 'memory');
                CREATE SINK session AS SELECT k, window_start, window_end, COUNT(*) AS n, SUM(v) AS total
                  FROM SESSION(TABLE e PARTITION BY k, DESCRIPTOR(at), INTERVAL '6' SECOND)
                  GROUP BY k, window_start, window_end EMIT ON WINDOW CLOSE WITH (connector = 'memory');
                CREATE SINK late AS SELECT v FROM e.late WITH (connector = 'memory');
                """
        for round in 0..<6 {
            var rows: [(key: String, value: Int, second: Int)] = []
            var (front, watermark) = (100, Int.min)
            var lines: [String] = []
            for value in 0..<150 {
                front += random.oneIn(15) ? 20 : random.below(3)
                let row = (key: ["a", "b", "c"][random.below(3)], value: value, second: front - random.below(9))
                lines.append(Self.line(row.key, row.value, row.second))
                if row.second < watermark { continue }
                watermark = max(watermark, row.second - 5)
                rows.append(row)
            }
            var expected: [Set<String>] = [[], [], []]
            for key in ["a", "b", "c"] {
                let own = rows.filter { $0.key == key }
                for start in stride(from: 0, through: 2000, by: 4) {
                    let inside = own.filter { $0.second >= start && $0.second < start + 10 }
                    if inside.isEmpty { continue }
                    let total = inside.reduce(0) { $0 + $1.value }
                    expected[0].insert("\(key) \(start) \(start + 10) \(inside.count) \(total)")
                    let distinct = Set(inside.map { $0.value % 4 }).count
                    let eighths = total % 8 == 0 ? "\(total / 8)" : "\(Double(total) / 8)"
                    expected[2].insert("\(key) \(start) \(start + 10) \(eighths) \(distinct)")
                }
                var session: [(key: String, value: Int, second: Int)] = []
                for row in own.sorted(by: { $0.second < $1.second }) + [(key, 0, Int.max)] {
                    if let first = session.first, let last = session.last, row.second - last.second >= 6 {
                        let total = session.reduce(0) { $0 + $1.value }
                        expected[1].insert("\(key) \(first.second) \(last.second + 6) \(session.count) \(total)")
                        session = []
                    }
                    session.append(row)
                }
            }
            var first: [[String]] = []
            for division in 0..<4 {
                let memory = Memory(["e": division == 0 ? [lines.joined()] : cut(lines, &random)])
                try memory.run(pipeline)
                let found = ["hop", "session", "rows"].map { memory.rows($0).map { Self.short($0) } }
                if division == 0 { first = found }
                #expect(found == first, "seed \(seed), round \(round)")
                #expect(found.map(Set.init) == expected, "seed \(seed), round \(round)")
                #expect(memory.rows("late").count == 150 - rows.count)
            }
        }
    }

    // MARK: Watermarks

    private static let pair = """
        CREATE SOURCE a (v BIGINT, at TIMESTAMP LATENESS INTERVAL '0' SECOND) WITH (connector = 'http');
        CREATE SOURCE b (v BIGINT, at TIMESTAMP LATENESS INTERVAL '0' SECOND) WITH (connector = 'http', idle_timeout = '20 s');
        CREATE VIEW both AS SELECT * FROM a UNION ALL SELECT * FROM b;
        CREATE MATERIALIZED VIEW closed AS SELECT window_start, COUNT(*) AS n FROM TUMBLE(both, at, INTERVAL '10' SECOND)
          GROUP BY window_start, window_end EMIT ON WINDOW CLOSE;
        CREATE MATERIALIZED VIEW late AS SELECT v FROM b.late;
        CREATE SINK answers AS SELECT v FROM a WITH (connector = 'reply', source = 'a');
        CREATE SINK others AS SELECT v FROM b WITH (connector = 'reply', source = 'b');
        """

    private func waitFor(_ live: LivePipeline, _ view: String, _ count: Int) -> [String] {
        let pause = Monitor(())
        for _ in 0..<2000 {
            if let rows = live.view(view), rows.count >= count { return rows }
            _ = pause.wait(microseconds: 5_000) { _ -> Bool? in nil }
        }
        return live.view(view) ?? []
    }

    @Test func `a source that brings nothing holds the others back until it is idle, and comes back`() throws {
        let memory = Memory()
        let live = try LivePipeline(Self.pair, memory)
        func post(_ source: String, _ value: Int, _ second: Int) -> [ReplySlot]? {
            memory.post(source, "{\"v\":\(value),\"at\":\"\(Self.time(second))\"}\n")?.replies
        }
        _ = post("b", 1, 5)
        _ = post("a", 2, 6)
        _ = post("a", 3, 35)
        // The clock of the test goes on by a second whenever it is looked at, so b is idle soon.
        let closed = waitFor(live, "closed", 1)
        #expect(closed.map { Self.short($0) } == ["0 2"])
        // What b brings now is judged by the watermark that it was given.
        if case .failure(let error, _)? = post("b", 4, 20)?.first {
            #expect(error == "late")
        } else {
            Issue.record("not late")
        }
        if case .rows(let rows)? = post("b", 5, 36)?.first { #expect(rows.count == 1) } else { Issue.record("not answered") }
        #expect(waitFor(live, "late", 1).count == 1)
        let counters = try #require(live.stop()?.result)
        #expect(counters.sources.map(\.late) == [0, 1])
        #expect(counters.sources.allSatisfy { $0.watermark != nil })
    }

    @Test func `a row that leaps ahead of the clock goes to the dead letter and moves nothing`() throws {
        let memory = Memory([
            "e": [
                "{\"v\":1,\"at\":\"1970-01-01 00:00:05\"}\n{\"v\":2,\"at\":\"2030-01-01 00:00:00\"}\n",
                "{\"v\":3,\"at\":\"1970-01-01 00:00:04\"}\n",
            ]
        ])
        let counters = try memory.run(
            """
            CREATE SOURCE e (v BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '2' SECOND)
              WITH (connector = 'memory', max_ahead = '1 day');
            CREATE SINK out AS SELECT v FROM e WITH (connector = 'memory');
            CREATE SINK dead AS SELECT reason, raw FROM e.dead_letter WITH (connector = 'memory');
            """)
        #expect(memory.rows("out") == ["{\"v\":1}", "{\"v\":3}"])
        let dead = memory.rows("dead")
        #expect(dead.count == 1 && dead.allSatisfy { $0.contains("max_ahead") && $0.contains("2030") })
        #expect(counters.rejected == 1 && counters.late == 0)
    }

    @Test func `options of time need event time`() throws {
        let memory = Memory()
        for option in ["idle_timeout", "max_ahead"] {
            let text =
                "CREATE SOURCE e (v INT) WITH (connector = 'memory', \(option) = '1 s'); "
                + "CREATE SINK s AS SELECT v FROM e WITH (connector = 'memory');"
            #expect(throws: SQLError.self) {
                try PipelineDefinition(text, registry: memory.registry, baseDirectory: ".")
            }
        }
    }

    @Test func `who holds back is counted`() throws {
        let memory = Memory()
        let live = try LivePipeline(Self.pair.replacing(", idle_timeout = '20 s'", with: ""), memory)
        _ = memory.post("a", "{\"v\":1,\"at\":\"\(Self.time(50))\"}\n")
        _ = memory.post("b", "{\"v\":1,\"at\":\"\(Self.time(20))\"}\n")
        let counters = try #require(live.stop()?.result)
        #expect(counters.sources.map(\.holdsBack) == [false, true])
        #expect(counters.prometheus.contains("mutstream_watermark_holds_back{source=\"b\"} 1"))
        #expect(counters.prometheus.contains("mutstream_watermark_seconds{source=\"a\"}"))
    }

    // MARK: State

    /// Rows of state at the end of a long run, and of one ten times as long.
    private func state(_ views: String, sources: [String] = ["e"]) throws -> (short: Int, long: Int) {
        func run(_ rows: Int) throws -> Int {
            var random = SplitMix64(seed: 7)
            var chunks: [String: [String]] = [:]
            for source in sources {
                let lines = (0..<rows).map { Self.line("k\($0 % 5)x\(random.below(1000))", $0, $0 + random.below(4)) }
                chunks[source] = stride(from: 0, to: rows, by: 50).map { lines[$0..<min($0 + 50, rows)].joined() }
            }
            // Sources that do not end, so that nothing is closed by an end.
            let declarations = sources.map {
                "CREATE SOURCE \($0) (k TEXT, v BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND) "
                    + "WITH (connector = 'http');\n"
            }
            let memory = Memory(chunks)
            let live = try LivePipeline(declarations.joined() + views, memory)
            let pause = Monitor(())
            for _ in 0..<4000 {
                let handed = memory.state.withLock { $0.handedOver.count }
                if handed == sources.count { break }
                _ = pause.wait(microseconds: 5_000) { _ -> Bool? in nil }
            }
            return try #require(live.stop()?.result).stateRows
        }
        return (try run(300), try run(3000))
    }

    @Test(arguments: [
        "SELECT k, window_start, COUNT(*) AS n FROM TUMBLE(e, at, INTERVAL '10' SECOND) GROUP BY k, window_start, window_end",
        "SELECT k, window_end, COUNT(*) AS n FROM HOP(e, at, INTERVAL '5' SECOND, INTERVAL '10' SECOND) GROUP BY k, window_end",
        "SELECT k, window_start, window_end, SUM(v) AS n FROM SESSION(TABLE e PARTITION BY k, DESCRIPTOR(at), INTERVAL '5' SECOND) "
            + "GROUP BY k, window_start, window_end",
        "SELECT DISTINCT window_end, k FROM TUMBLE(e, at, INTERVAL '10' SECOND)",
        """
        SELECT v, COUNT(*) OVER w AS n, COUNT(DISTINCT k) OVER w AS k, lag(v) OVER w AS before
          FROM e WINDOW w AS (ORDER BY at RANGE BETWEEN INTERVAL '20' SECOND PRECEDING AND INTERVAL '5' SECOND PRECEDING)
        """,
        "SELECT k, SUM(v) OVER (PARTITION BY k ORDER BY at RANGE INTERVAL '10' SECOND PRECEDING) AS s FROM e",
        """
        SELECT v, lead(v, 2) OVER w AS next, lag(v, 3) OVER w AS before, COUNT(*) OVER (w RANGE BETWEEN INTERVAL '10' SECOND PRECEDING
          AND INTERVAL '10' SECOND FOLLOWING) AS n FROM e WINDOW w AS (ORDER BY at)
        """,
        """
        SELECT v, lead(v, 2) OVER w AS next, COUNT(DISTINCT v) OVER (w ROWS BETWEEN 3 PRECEDING AND 1 FOLLOWING) AS n
          FROM e WINDOW w AS (ORDER BY at)
        """,
        """
        SELECT v, lead(v, 2) OVER w AS next, COUNT(DISTINCT v) OVER (w ROWS BETWEEN 3 PRECEDING AND 1 FOLLOWING) AS n
          FROM e WINDOW w AS (ORDER BY at) EMIT ON WINDOW CLOSE
        """,
        "SELECT k, v, at FROM e EMIT ON WINDOW CLOSE",
        """
        WITH rolling AS
            (SELECT at, SUM(v) OVER (ORDER BY at ROWS BETWEEN 3 PRECEDING AND CURRENT ROW) AS s FROM e)
          SELECT window_start, window_end, COUNT(*) AS n, SUM(s) AS s FROM TUMBLE(rolling, at, INTERVAL '10' SECOND)
          GROUP BY window_start, window_end
        """,
        """
        SELECT * FROM (SELECT k, v, window_end, row_number() OVER (PARTITION BY window_end ORDER BY v DESC) AS n
          FROM TUMBLE(e, at, INTERVAL '10' SECOND)) WHERE n <= 3
        """,
        """
        SELECT DISTINCT ON (window_start, window_end, k) k, v, window_start, window_end
          FROM TUMBLE(e, at, INTERVAL '10' SECOND) ORDER BY window_start, window_end, k, v
        """,
        """
        SELECT a.k, a.n, b.m FROM
          (SELECT k, window_start, window_end, COUNT(*) AS n FROM TUMBLE(e, at, INTERVAL '10' SECOND)
            GROUP BY k, window_start, window_end) a
          JOIN (SELECT k, window_start, window_end, SUM(v) AS m FROM TUMBLE(e, at, INTERVAL '10' SECOND)
            GROUP BY k, window_start, window_end) b
          ON a.k = b.k AND a.window_start = b.window_start AND a.window_end = b.window_end
        """,
        // A window as one value, whose partitions and groups go by its end.
        """
        SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY w ORDER BY n DESC) AS place
          FROM (SELECT k, tumble(INTERVAL '10' SECOND) AS w, COUNT(*) AS n FROM e GROUP BY k, w)) WHERE place <= 3
        """,
        "SELECT w, SUM(n) AS n FROM (SELECT k, tumble(INTERVAL '10' SECOND) AS w, COUNT(*) AS n FROM e GROUP BY k, w) GROUP BY w",
    ])
    func `state stays flat over ten times the span of a window`(_ query: String) throws {
        let (short, long) = try state("CREATE SINK out AS \(query) WITH (connector = 'memory', format = 'changelog_json');")
        #expect(short > 0 && long < short * 2 + 50, "\(short) rows, then \(long)")
    }

    @Test(arguments: [
        // The keys of these joins are never hit again.
        "SELECT l.v FROM l JOIN r ON l.k = r.k AND r.at BETWEEN l.at AND l.at + INTERVAL '10' SECOND",
        "SELECT l.v, r.v AS w FROM l LEFT JOIN r ON l.k = r.k AND r.at BETWEEN l.at AND l.at + INTERVAL '10' SECOND",
        """
        SELECT l.v, r.v AS w FROM TUMBLE(l, at, INTERVAL '10' SECOND) l JOIN TUMBLE(r, at, INTERVAL '10' SECOND) r
          ON l.k = r.k AND l.window_start = r.window_start
        """,
        """
        SELECT l.v, r.v AS w FROM TUMBLE(l, at, INTERVAL '10' SECOND) l LEFT JOIN TUMBLE(r, at, INTERVAL '10' SECOND) r
          ON l.k = r.k AND l.window_end = r.window_end
        """,
        """
        SELECT l.w.end, r.n FROM (SELECT k, tumble(INTERVAL '10' SECOND) AS w, COUNT(*) AS n FROM l GROUP BY k, w) l
          FULL JOIN (SELECT k, tumble(INTERVAL '10' SECOND) AS w, COUNT(*) AS n FROM r GROUP BY k, w) r
          ON l.k = r.k AND l.w = r.w EMIT ON WINDOW CLOSE
        """,
    ])
    func `joins forget what can meet no partner`(_ query: String) throws {
        let (short, long) = try state(
            "CREATE SINK out AS \(query) WITH (connector = 'memory', format = 'changelog_json');", sources: ["l", "r"])
        #expect(short > 0 && long < short * 2 + 50, "\(short) rows, then \(long)")
    }

    // MARK: Joins in time

    @Test(arguments: [
        "SELECT l.v, r.v AS w FROM l ASOF JOIN r ON l.k = r.k AND l.at >= r.at",
        "SELECT l.v, r.v AS w FROM l ASOF JOIN r USING (k, at)",
        "SELECT l.v, r.v AS w FROM l ASOF JOIN r MATCH_CONDITION (l.at >= r.at) ON l.k = r.k",
        "SELECT l.v, r.v AS w FROM l JOIN r FOR SYSTEM_TIME AS OF l.at ON l.k = r.k",
    ])
    func `a row meets the last one before it, in every spelling`(_ query: String) throws {
        let memory = Memory([
            "l": [Self.line("a", 1, 10), Self.line("b", 2, 11), Self.line("a", 3, 20)],
            "r": [Self.line("a", 100, 5), Self.line("a", 101, 15), Self.line("b", 102, 30)],
        ])
        let declare = { (name: String) in
            "CREATE SOURCE \(name) (k TEXT, v BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND) "
                + "WITH (connector = 'memory');\n"
        }
        let definition = try PipelineDefinition(
            declare("l") + declare("r") + "CREATE MATERIALIZED VIEW v AS \(query);", registry: memory.registry,
            baseDirectory: ".")
        let loop = try StepLoop(definition, Pipeline(definition), clock: TickingClock())
        _ = try loop.run()
        let content = loop.snapshot(ofView: 0)
        let found = (0..<content.count).map { row in content.columns.map { $0.value(at: row) } }
        #expect(found.sorted { "\($0)" < "\($1)" } == [[1, 100], [3, 101]])
    }

    @Test func `a table by its versions and as it is`() throws {
        let memory = Memory([
            "l": [Self.line("a", 1, 10), Self.line("a", 2, 20), Self.line("b", 3, 20)],
            "rates": [
                "{\"k\":\"a\",\"rate\":7,\"since\":\"\(Self.time(5))\"}\n{\"k\":\"a\",\"rate\":8,\"since\":\"\(Self.time(15))\"}\n"
            ],
        ])
        let tables = """
            CREATE SOURCE l (k TEXT, v BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
              WITH (connector = 'memory');
            CREATE TABLE rates (k TEXT PRIMARY KEY, rate BIGINT, since TIMESTAMP) WITH (connector = 'memory');
            CREATE SINK then_ AS SELECT v, rate FROM l LEFT JOIN rates FOR SYSTEM_TIME AS OF l.at AS r ON l.k = r.k
              EMIT ON ARRIVAL WITH (connector = 'memory');
            CREATE SINK now_ AS SELECT v, rate FROM l JOIN rates FOR SYSTEM_TIME AS OF PROCTIME() AS r ON l.k = r.k
              WITH (connector = 'memory');
            """
        try memory.run(tables)
        #expect(memory.rows("then_").map { Self.short($0) } == ["1 7", "2 8", "3 null"])
        #expect(memory.rows("now_").map { Self.short($0) } == ["1 8", "2 8"])
    }

    // MARK: The clock

    @Test func `rows leave a view when the clock has passed`() throws {
        let memory = Memory()
        let live = try LivePipeline(
            """
            CREATE SOURCE e (v BIGINT, at TIMESTAMP) WITH (connector = 'http');
            CREATE MATERIALIZED VIEW recent AS SELECT COUNT(*) AS n FROM e WHERE at > NOW() - INTERVAL '5 minutes';
            CREATE SINK clock AS SELECT v, PROCTIME() AS now FROM e WITH (connector = 'memory');
            CREATE SINK answers AS SELECT v FROM e WITH (connector = 'reply', source = 'e');
            """, memory)
        // The clock of the test begins in 1970 and goes on by a second whenever it is looked at.
        _ = memory.post("e", "{\"v\":1,\"at\":\"1970-01-01 00:00:10\"}\n{\"v\":2,\"at\":\"1969-12-31 00:00:00\"}\n")
        let pause = Monitor(())
        var seen: [String] = []
        for _ in 0..<4000 where seen.last != "{\"n\":0}" {
            let now = live.view("recent") ?? []
            if let row = now.first, seen.last != row { seen.append(row) }
            if seen.isEmpty { continue }
            _ = pause.wait(microseconds: 2_000) { _ -> Bool? in nil }
        }
        #expect(seen == ["{\"n\":1}", "{\"n\":0}"])
        #expect(live.stop()?.failure == nil)
        #expect(memory.rows("clock").count == 2 && memory.rows("clock").allSatisfy { $0.contains("1970-01-01") })
    }
}
