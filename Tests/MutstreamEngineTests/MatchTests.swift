import MutstreamColumnar
import MutstreamSQL
import TestSupport
import Testing

@testable import MutstreamEngine

/// MATCH_RECOGNIZE from SQL to the sink.
@Suite struct MatchTests {
    private static let source = """
        CREATE SOURCE e (k TEXT, kind TEXT, v BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '5' SECOND)
          WITH (connector = 'memory');

        """

    private static func line(_ key: String, _ kind: String, _ value: Int, _ second: Int) -> String {
        "{\"k\":\"\(key)\",\"kind\":\"\(kind)\",\"v\":\(value),\"at\":\"\(TimeTests.time(second))\"}\n"
    }

    /// Rows as `"u fail 0 10"`: key, kind, value, second.
    private func run(_ query: String, _ rows: [String], settings: String = "", table: Bool = false) throws -> [String] {
        let lines = rows.map { row -> String in
            let cells = row.split(separator: " ").map(String.init)
            return Self.line(cells[0], cells[1], Int(cells[2]) ?? 0, Int(cells[3]) ?? 0)
        }
        let memory = Memory(["e": lines])
        let source = table ? Self.source.replacing(", WATERMARK FOR at AS at - INTERVAL '5' SECOND", with: "") : Self.source
        let format = table ? ", format = 'changelog_json'" : ""
        try memory.run(settings + source + "CREATE SINK out AS \(query) WITH (connector = 'memory'\(format));")
        return memory.rows("out").map { $0.hasPrefix("-") ? "-" + TimeTests.short(String($0.dropFirst())) : TimeTests.short($0)
        }
    }

    @Test func `three failed logins and then one that succeeds`() throws {
        let query = """
            SELECT * FROM e MATCH_RECOGNIZE (
              PARTITION BY k ORDER BY at
              MEASURES FIRST(f.at) AS began, s.at AS ended, COUNT(f.kind) AS failures, MATCH_NUMBER() AS n
              PATTERN (f{3,} s) WITHIN INTERVAL '1' MINUTE
              DEFINE f AS f.kind = 'fail', s AS s.kind = 'ok') AS m
            """
        let rows = [
            "u fail 0 10", "w fail 0 11", "u fail 0 14", "u fail 0 12", "u ok 0 16", "w ok 0 18", "u fail 0 30", "u fail 0 40",
            "u fail 0 50", "u ok 0 95", "w fail 0 100",
        ]
        #expect(try run(query, rows) == ["u 10 16 3 1"])
    }

    @Test func `a small payment and then a large one within ten minutes`() throws {
        let query = """
            SELECT k, first, amount FROM e MATCH_RECOGNIZE (
              PARTITION BY k ORDER BY at
              MEASURES small.v AS first, large.v AS amount
              PATTERN (small large) WITHIN INTERVAL '10' MINUTE
              DEFINE small AS v < 10, large AS large.v > 20 * small.v) AS m
            """
        let rows = ["c pay 5 10", "d pay 5 10", "c pay 500 100", "d pay 60 200", "d pay 5 300", "d pay 400 950", "z pay 0 2000"]
        #expect(try run(query, rows) == ["c 5 500"])
    }

    @Test func `ambiguous patterns over many rows end`() throws {
        let query = """
            SELECT * FROM e MATCH_RECOGNIZE (PARTITION BY k ORDER BY at MEASURES z.v AS v PATTERN ((a|b)+ z)
              WITHIN INTERVAL '1' HOUR DEFINE a AS SUM(a.v) < 100000, b AS SUM(b.v) < 100000, z AS z.kind = 'z') AS m
            """
        let rows = (0..<20).map { "c x \($0 * 7 % 31 + 1) \($0)" } + ["d x 1 70", "d z 2 71"]
        #expect(try run(query, rows) == ["d 2"])
    }

    @Test func `windows that a condition begins and ends`() throws {
        let query = """
            SELECT * FROM e MATCH_RECOGNIZE (
              PARTITION BY k ORDER BY at
              MEASURES b.at AS began, s.at AS ended, COUNT(*) AS n, MAX(o.v) AS most, AVG(o.v) AS mean
              PATTERN (b o*? s) WITHIN INTERVAL '1' HOUR
              DEFINE b AS b.kind = 'start', s AS s.kind = 'stop') AS m
            """
        let rows = ["m start 0 1", "m x 4 3", "m x 7 2", "m stop 0 8", "m x 9 9", "m start 0 10", "m stop 0 12", "z x 0 90"]
        #expect(
            try run(query, rows) == ["m 1 8 4 7 5.5000000000000000", "m 10 12 2 null null"])
    }

    private static let turns = """
        SELECT * FROM e MATCH_RECOGNIZE (
          PARTITION BY k ORDER BY at, v
          MEASURES strt.v AS v, LAST(down.v) AS bottom, LAST(up.v) AS top, MATCH_ROWTIME() AS ended
          AFTER MATCH SKIP TO LAST up
          PATTERN (strt down+ up+)
          DEFINE down AS down.v < LAST(down.v, 1) OR LAST(down.v, 1) IS NULL AND down.v < strt.v,
                 up AS up.v > PREV(up.v)) AS m
        """

    private static func prices(_ count: Int, _ random: inout SplitMix64) -> [String] {
        (0..<count).map { "\(["a", "b", "c", "d", "f"][random.below(5)]) x \(random.below(30)) \($0 + 10 - random.below(5))" }
    }

    @Test func `every number of shards gives the same matches`() throws {
        var random = SplitMix64(seed: testSeed())
        let rows = Self.prices(400, &random)
        let one = try run(Self.turns, rows).sorted()
        #expect(one.count > 20)
        for shards in [2, 3, 7] {
            #expect(try run(Self.turns, rows, settings: "SET shards = \(shards);\n").sorted() == one)
        }
    }

    @Test func `a source without a watermark has in the end the matches of the stream`() throws {
        var random = SplitMix64(seed: testSeed())
        let rows = Self.prices(120, &random)
        var net: [String: Int] = [:]
        for row in try run(Self.turns, rows, table: true) {
            let isGone = row.hasPrefix("-")
            let (text, _) = (String(row.dropFirst(isGone ? 1 : 0)), 0)
            net[text, default: 0] += isGone ? -1 : 1
        }
        let present = net.filter { $0.value != 0 }
        let stream = try run(Self.turns, rows)
        var expected: [String: Int] = [:]
        for row in stream { expected[row, default: 0] += 1 }
        #expect(present == expected)
    }

    @Test func `a row for which a condition fails goes to the dead letter once`() throws {
        let memory = Memory(["e": (0..<6).map { Self.line("a", "x", $0 % 3, $0) }])
        try memory.run(
            Self.source + """
                CREATE VIEW m AS SELECT * FROM e MATCH_RECOGNIZE (ORDER BY at MEASURES b.v AS v PATTERN (a b)
                  DEFINE b AS 10 / b.v > 4);
                CREATE SINK out AS SELECT v FROM m WITH (connector = 'memory');
                CREATE SINK failed AS SELECT reason FROM m.dead_letter WITH (connector = 'memory');
                """)
        #expect(memory.rows("out") == ["{\"v\":1}", "{\"v\":1}"])
        #expect(memory.rows("failed") == ["{\"reason\":\"division by zero\"}"])
    }

    @Test func `conditions on the keys go below, others stay above`() throws {
        let query = Self.turns + " WHERE k = 'a' AND top > 20"
        var random = SplitMix64(seed: testSeed())
        let rows = Self.prices(200, &random)
        let all = try run(Self.turns, rows).filter { row in
            let cells = row.split(separator: " ")
            return cells[0] == "a" && (Int(cells[3]) ?? 0) > 20
        }
        #expect(try run(query, rows) == all)
    }
}
