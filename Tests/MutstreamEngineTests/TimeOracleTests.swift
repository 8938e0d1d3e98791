import MutstreamColumnar
import MutstreamSQL
import TestSupport
import Testing

@testable import MutstreamEngine

/// Windows and joins in time over random streams out of order, against what plain Swift makes of the rows that are not late.
@Suite struct TimeOracleTests {
    private struct Row {
        var key: String
        var value: Int
        var second: Int
    }

    /// Lines as they come, and the rows on time.
    private static func stream(_ count: Int, _ random: inout SplitMix64) -> (lines: [String], rows: [Row]) {
        var (front, watermark) = (100, Int.min)
        var lines: [String] = []
        var rows: [Row] = []
        for value in 0..<count {
            front += random.oneIn(15) ? 20 : random.below(3)
            let row = Row(key: ["a", "b", "c"][random.below(3)], value: value, second: front - random.below(9))
            lines.append(WatermarkTests.line(row.key, row.value, row.second))
            if row.second < watermark { continue }
            watermark = max(watermark, row.second - 5)
            rows.append(row)
        }
        return (lines, rows)
    }

    /// Counts of the rows in each window, as `key start end count sum`.
    private static func windows(_ rows: [Row], _ of: (Int) -> [(Int, Int)]) -> Set<String> {
        var groups: [String: (count: Int, sum: Int)] = [:]
        for row in rows {
            for (start, end) in of(row.second) {
                let old = groups["\(row.key) \(start) \(end)"] ?? (0, 0)
                groups["\(row.key) \(start) \(end)"] = (old.count + 1, old.sum + row.value)
            }
        }
        return Set(groups.map { "\($0.key) \($0.value.count) \($0.value.sum)" })
    }

    /// The multiple of `size` plus `offset` before a time.
    private static func floor(_ time: Int, _ size: Int, _ offset: Int) -> Int {
        let rest = (time - offset) % size
        return time - (rest < 0 ? rest + size : rest)
    }

    private static let grouped: [(from: String, windows: @Sendable (Int) -> [(Int, Int)])] = [
        (
            "TUMBLE(e, at, INTERVAL '10' SECOND, INTERVAL '3' SECOND)",
            { time in
                let start = floor(time, 10, 3)
                return [(start, start + 10)]
            }
        ),
        (
            "HOP(e, at, INTERVAL '4' SECOND, INTERVAL '10' SECOND, INTERVAL '-1' SECOND)",
            { time in
                stride(from: floor(time, 4, -1), to: time - 10, by: -4).map { ($0, $0 + 10) }
            }
        ),
        (
            "HOP(e, at, INTERVAL '10' SECOND, INTERVAL '4' SECOND)",
            { time in
                let start = floor(time, 10, 0)
                return time < start + 4 ? [(start, start + 4)] : []
            }
        ),
        (
            "CUMULATE(e, at, INTERVAL '5' SECOND, INTERVAL '20' SECOND, INTERVAL '2' SECOND)",
            { time in
                let start = floor(time, 20, 2)
                return stride(from: 5, through: 20, by: 5).filter { start + $0 > time }.map { (start, start + $0) }
            }
        ),
    ]

    @Test(arguments: grouped.indices)
    func `windows hold the rows on time`(_ number: Int) throws {
        let seed = testSeed()
        var random = SplitMix64(seed: seed &+ UInt64(number))
        let query = """
            SELECT k, window_start, window_end, COUNT(*) AS n, SUM(v) AS s FROM \(Self.grouped[number].from)
            GROUP BY k, window_start, window_end
            """
        for round in 0..<5 {
            let (lines, rows) = Self.stream(150, &random)
            let memory = Memory(["e": cut(lines, &random)])
            try memory.run(
                WatermarkTests.declare(["e"])
                    + "CREATE SINK out AS \(query) EMIT ON WINDOW CLOSE WITH (connector = 'memory');")
            let found = memory.rows("out").map { TimeTests.short($0) }
            #expect(Set(found).count == found.count)
            #expect(Set(found) == Self.windows(rows, Self.grouped[number].windows), "seed \(seed), round \(round)")
        }
    }

    @Test func `windows over windows, first rows and pairs of windows are those of the rows on time`() throws {
        let seed = testSeed()
        var random = SplitMix64(seed: seed)
        let text =
            WatermarkTests.declare(["e", "r"])
                + """
                CREATE VIEW small AS SELECT k, window_start AS ws, window_end AS we, window_time AS wt, COUNT(*) AS n
                  FROM TUMBLE(e, at, INTERVAL '10' SECOND) GROUP BY k, window_start, window_end EMIT ON WINDOW CLOSE;
                CREATE SINK by_start AS SELECT k, window_start, window_end, COUNT(*) AS n, SUM(n) AS s
                  FROM TUMBLE(small, ws, INTERVAL '30' SECOND) GROUP BY k, window_start, window_end
                  EMIT ON WINDOW CLOSE WITH (connector = 'memory');
                CREATE SINK by_time AS SELECT k, window_start, window_end, COUNT(*) AS n, SUM(n) AS s
                  FROM TUMBLE(small, wt, INTERVAL '30' SECOND) GROUP BY k, window_start, window_end
                  EMIT ON WINDOW CLOSE WITH (connector = 'memory');
                CREATE SINK odd AS SELECT k, window_start, window_end, COUNT(*) AS n, SUM(n) AS s
                  FROM TUMBLE(small, ws, INTERVAL '15' SECOND) GROUP BY k, window_start, window_end
                  EMIT ON WINDOW CLOSE WITH (connector = 'memory');
                CREATE SINK top AS SELECT k, v, window_end FROM (
                  SELECT *, row_number() OVER (PARTITION BY window_start, window_end ORDER BY v DESC) AS place
                  FROM TUMBLE(e, at, INTERVAL '10' SECOND)) WHERE place <= 3 EMIT ON WINDOW CLOSE WITH (connector = 'memory');
                CREATE SINK pairs AS SELECT l.v, r.v AS w, l.window_end FROM TUMBLE(e, at, INTERVAL '10' SECOND) l
                  JOIN TUMBLE(r, at, INTERVAL '10' SECOND) r ON l.k = r.k AND l.window_end = r.window_end
                  EMIT ON WINDOW CLOSE WITH (connector = 'memory');
                CREATE SINK versions AS SELECT e.v, r.v AS w FROM e LEFT JOIN r FOR SYSTEM_TIME AS OF e.at ON e.k = r.k
                  WITH (connector = 'memory', format = 'changelog_json');
                """
        for round in 0..<4 {
            let (left, right) = (Self.stream(120, &random), Self.stream(60, &random))
            let memory = Memory(["e": cut(left.lines, &random), "r": cut(right.lines, &random)])
            try memory.run(text)
            let found = { (sink: String) in memory.rows(sink).map { TimeTests.short($0) }.sorted() }
            func nested(_ size: Int) -> [String] {
                var small: [String: Int] = [:]
                for row in left.rows { small["\(row.key) \(Self.floor(row.second, 10, 0))", default: 0] += 1 }
                let rows = small.map { key, count -> Row in
                    let parts = key.split(separator: " ")
                    return Row(key: String(parts[0]), value: count, second: Int(parts[1]) ?? 0)
                }
                return Self.windows(rows) { [(Self.floor($0, size, 0), Self.floor($0, size, 0) + size)] }.sorted()
            }
            #expect(found("by_start") == nested(30), "seed \(seed), round \(round)")
            #expect(found("by_time") == nested(30), "seed \(seed), round \(round)")
            #expect(found("odd") == nested(15), "seed \(seed), round \(round)")
            var top: [String] = []
            for (start, rows) in Dictionary(grouping: left.rows, by: { Self.floor($0.second, 10, 0) }) {
                for row in rows.sorted(by: { $0.value > $1.value }).prefix(3) {
                    top.append("\(row.key) \(row.value) \(start + 10)")
                }
            }
            #expect(found("top") == top.sorted(), "seed \(seed), round \(round)")
            var pairs: [String] = []
            var versions: [String] = []
            for row in left.rows {
                let start = Self.floor(row.second, 10, 0)
                for other in right.rows where other.key == row.key && Self.floor(other.second, 10, 0) == start {
                    pairs.append("\(row.value) \(other.value) \(start + 10)")
                }
                // Of one time the last that came.
                let known = right.rows.filter { $0.key == row.key && $0.second <= row.second }
                let last = known.max { ($0.second, $0.value) < ($1.second, $1.value) }
                versions.append("\(row.value) \(last.map { "\($0.value)" } ?? "null")")
            }
            #expect(found("pairs") == pairs.sorted(), "seed \(seed), round \(round)")
            let content = WatermarkTests.content(memory.rows("versions")).map { TimeTests.short($0) }.sorted()
            #expect(content == versions.sorted(), "seed \(seed), round \(round)")
        }
    }
}
