import MutstreamColumnar
import TestSupport
import Testing

@testable import MutstreamEngine

@Suite struct FlowTests {
    private func time(_ second: Int) -> String {
        let (hour, minute) = (second / 3600, second / 60 % 60)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "2024-05-01 \(two(hour)):\(two(minute)):\(two(second % 60))"
    }

    @Test func `sources with an end are merged by event time, ties in the order of declaration`() throws {
        let seed = testSeed()
        var random = SplitMix64(seed: seed)
        for round in 0..<20 {
            var (chunks, queues): ([String: [String]], [[(id: Int, second: Int?)]]) = ([:], [])
            for (index, name) in ["a", "b", "c"].enumerated() {
                var second = random.below(5)
                var rows: [(id: Int, second: Int?)] = []
                for row in 0..<random.below(60) {
                    second = max(0, second + random.below(4) - 1)
                    rows.append((index * 1000 + row, random.oneIn(15) ? nil : second))
                }
                queues.append(rows)
                chunks[name] = cut(
                    rows.map { "{\"id\":\($0.id),\"at\":\($0.second.map { "\"\(time($0))\"" } ?? "null")}\n" }, &random)
            }
            let declarations = ["a", "b", "c"].map {
                "CREATE SOURCE \($0) (id BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '1' HOUR) WITH (connector = 'memory');"
            }
            let memory = Memory(chunks)
            try memory.run(
                declarations.joined() + """
                    CREATE SINK merged AS SELECT id FROM a UNION ALL SELECT id FROM b UNION ALL SELECT id FROM c
                      WITH (connector = 'memory');
                    """)
            #expect(memory.rows("merged") == merge(queues).map { "{\"id\":\($0)}" }, "seed \(seed), round \(round)")
        }
    }

    /// Always the source with the least next time; a row without one goes with the row before it.
    private func merge(_ queues: [[(id: Int, second: Int?)]]) -> [Int] {
        var times = queues.map { rows -> [Int] in
            var last = Int.min
            return rows.map { row in
                last = row.second ?? last
                return last
            }
        }
        var ids = queues.map { $0.map(\.id) }
        var result: [Int] = []
        while let next = times.indices.filter({ !times[$0].isEmpty }).min(by: { (times[$0][0], $0) < (times[$1][0], $1) }) {
            result.append(ids[next].removeFirst())
            times[next].removeFirst()
        }
        return result
    }

    @Test func `a table is complete before the first row of a stream`() throws {
        let rows = (0..<500).map { "{\"k\":\($0),\"v\":\"v\($0)\"}\n" }
        let asked = (0..<500).map { "{\"k\":\(499 - $0)}\n" }
        // The table begins only when the stream has handed over all its rows.
        let memory = Memory(
            ["lookup": rows.map { $0 }, "questions": [asked.joined()]], after: ["lookup": "questions"])
        try memory.run(
            """
            CREATE SOURCE questions (k BIGINT) WITH (connector = 'memory');
            CREATE TABLE lookup (k BIGINT PRIMARY KEY, v TEXT) WITH (connector = 'memory');
            CREATE SINK found AS SELECT q.k, l.v FROM questions q LEFT JOIN lookup l ON q.k = l.k EMIT ON ARRIVAL
              WITH (connector = 'memory');
            """)
        #expect(memory.rows("found") == (0..<500).map { "{\"k\":\(499 - $0),\"v\":\"v\(499 - $0)\"}" })
    }

    @Test func `rows that are refused, fail or come late leave their neighbours unharmed`() throws {
        let lines = [
            "{\"id\":1,\"n\":10,\"d\":2,\"at\":\"\(time(100))\"}", "{\"id\":2,\"n\":1,\"d\":0,\"at\":\"\(time(101))\"}",
            "{\"id\":\"x\"}", "{\"id\":3,\"n\":9,\"d\":3,\"at\":\"\(time(10))\"}", "\u{0}\u{0}",
            "{\"id\":4,\"n\":9,\"d\":3,\"at\":\"\(time(102))\"}", "{\"id\":5,\"n\":null,\"d\":0,\"at\":\"\(time(103))\"}",
        ]
        for size in 1...lines.count {
            let chunks = stride(from: 0, to: lines.count, by: size).map { start in
                lines[start..<min(start + size, lines.count)].map { $0 + "\n" }.joined()
            }
            let memory = Memory(["s": chunks])
            let counters = try memory.run(
                """
                CREATE SOURCE s (id BIGINT, n BIGINT, d BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
                  WITH (connector = 'memory');
                CREATE VIEW shares AS SELECT id, n / d AS share FROM s;
                CREATE SINK good AS SELECT * FROM shares WITH (connector = 'memory');
                CREATE SINK failed AS SELECT reason, raw FROM shares.dead_letter WITH (connector = 'memory');
                CREATE SINK refused AS SELECT raw, length FROM s.dead_letter WITH (connector = 'memory');
                CREATE SINK late AS SELECT id, n FROM s.late WITH (connector = 'memory');
                """)
            #expect(
                memory.rows("good") == [#"{"id":1,"share":5}"#, #"{"id":4,"share":3}"#, #"{"id":5,"share":null}"#],
                "chunks of \(size)")
            #expect(memory.rows("failed").count == 1)
            #expect(memory.rows("failed").first?.contains("division by zero") == true)
            #expect(memory.rows("refused").count == 2)
            #expect(memory.rows("refused").first == #"{"raw":"{\"id\":\"x\"}","length":10}"#)
            #expect(memory.rows("late") == [#"{"id":3,"n":9}"#])
            #expect(counters.failed.map(\.rows) == [1])
        }
    }

    @Test func `a failure that is taken back has been counted once`() throws {
        let memory = Memory(["t": ["{\"id\":1,\"d\":0}\n", "{\"id\":1,\"d\":5}\n"]])
        let counters = try memory.run(
            """
            CREATE TABLE t (id INT PRIMARY KEY, d INT) WITH (connector = 'memory');
            CREATE MATERIALIZED VIEW shares AS SELECT id, 10 / d AS share FROM t;
            """)
        #expect(counters.failed.map(\.rows) == [1])
    }

    @Test func `a file of which every row is refused comes to its end`() throws {
        let memory = Memory(["s": ["{\"id\":\"x\"}\n", "nonsense\n"], "t": ["{\"id\":1,\"at\":\"\(time(1))\"}\n"]])
        let counters = try memory.run(
            """
            CREATE SOURCE s (id BIGINT, at TIMESTAMP, WATERMARK FOR at AS at) WITH (connector = 'memory');
            CREATE SOURCE t (id BIGINT, at TIMESTAMP, WATERMARK FOR at AS at) WITH (connector = 'memory');
            CREATE SINK rows_of_both AS SELECT id FROM s UNION ALL SELECT id FROM t WITH (connector = 'memory');
            """)
        #expect(memory.rows("rows_of_both") == [#"{"id":1}"#])
        #expect(counters.sources.map(\.rejected) == [2, 0])
    }

    @Test func `a source that breaks ends the run with its error, after the rows before it`() throws {
        let memory = Memory(["s": ["{\"id\":1}\n{\"id\":2}\n"]], failures: ["s": "the cable is cut"])
        #expect(throws: ConnectorError("the cable is cut")) {
            try memory.run(
                """
                CREATE SOURCE s (id BIGINT) WITH (connector = 'memory');
                CREATE SINK out AS SELECT id FROM s WITH (connector = 'memory');
                """)
        }
        #expect(memory.rows("out") == [#"{"id":1}"#, #"{"id":2}"#])
    }

    @Test func `a feedback lesson is seen from the next step on and the run still ends`() throws {
        let text = """
            CREATE SOURCE s (id BIGINT, x DOUBLE) WITH (connector = 'http');
            CREATE MODEL m INPUT (x DOUBLE) OUTPUT (y BOOLEAN) WITH (algorithm = 'logistic_regression');
            CREATE VIEW scored AS SELECT id, x, PREDICT(m, x) AS p FROM s;
            CREATE SINK out AS SELECT p FROM scored WITH (connector = 'reply', source = 's');
            INSERT INTO MODEL m SELECT x, p >= 0.5 FROM scored;
            """
        let memory = Memory()
        let live = try LivePipeline(text, memory)
        func answers(_ body: String) -> [String] {
            (memory.post("s", body)?.replies ?? []).map { slot in
                if case .rows(let rows) = slot {
                    rows.map { String(decoding: $0, as: UTF8.self) }.joined()
                } else {
                    "failed"
                }
            }
        }
        let first = answers("{\"id\":1,\"x\":1}\n{\"id\":2,\"x\":1}\n{\"id\":3,\"x\":1}\n")
        #expect(first == [String](repeating: #"{"p":0.5}"#, count: 3))
        let second = answers("{\"id\":4,\"x\":1}\n")
        #expect(second.count == 1 && second != [#"{"p":0.5}"#])
        let end = try #require(live.stop())
        #expect(end.result?.models.map(\.lessons) == [4])
    }

    @Test func `lessons that carry no answer teach before the next row of the same step`() throws {
        let memory = Memory(["s": [(0..<50).map { "{\"x\":1,\"y\":\($0 % 5 != 0)}\n" }.joined()]])
        let counters = try memory.run(
            """
            CREATE SOURCE s (x DOUBLE, y BOOLEAN) WITH (connector = 'memory');
            CREATE MODEL m INPUT (x DOUBLE) OUTPUT (y BOOLEAN) WITH (algorithm = 'logistic_regression');
            CREATE SINK out AS SELECT PREDICT(m, x) AS p FROM s WITH (connector = 'memory');
            INSERT INTO MODEL m SELECT x, y FROM s;
            """)
        let rows = memory.rows("out")
        #expect(rows.count == 50)
        #expect(rows[0] == #"{"p":0.5}"#)
        #expect(Set(rows).count > 40)
        #expect(counters.models.map(\.lessons) == [50])
    }
}

/// Lines in chunks of random lengths.
func cut(_ lines: [String], _ random: inout SplitMix64) -> [String] {
    let longest = [1, 2, 7, 50, 1000][random.below(5)]
    var (result, start): ([String], Int) = ([], 0)
    while start < lines.count {
        let end = min(lines.count, start + 1 + random.below(longest))
        result.append(lines[start..<end].joined())
        start = end
    }
    return result
}
