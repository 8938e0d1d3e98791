import MutstreamColumnar
import TestSupport
import Testing

@testable import MutstreamEngine

/// OVER frames from SQL to the sink, as they arrive and maintained, against a naive search.
@Suite struct RollingTests {
    private struct Event {
        var key: String
        var value: Int
        var second: Int
    }

    /// A frame in seconds: nil is UNBOUNDED.
    private struct Frame {
        var isRows = false
        var start: Int?
        var end: Int
    }

    /// Rows out of order by up to 8 seconds, of which those behind the watermark of 5 seconds are left out.
    private static func makeEvents(_ count: Int, _ random: inout SplitMix64) -> (lines: [String], kept: [Event]) {
        var (front, watermark) = (100, Int.min)
        var (lines, kept): ([String], [Event]) = ([], [])
        for _ in 0..<count {
            front += random.oneIn(15) ? 20 : random.below(3)
            let event = Event(
                key: ["a", "b", "c"][random.below(3)], value: random.below(9), second: front - random.below(8))
            lines.append(
                "{\"k\":\"\(event.key)\",\"v\":\(event.value),\"at\":\"\(TimeTests.time(event.second))\","
                    + "\"n\":\(event.second),\"i\":\(lines.count)}\n")
            if event.second < watermark { continue }
            watermark = max(watermark, event.second - 5)
            kept.append(event)
        }
        return (lines, kept)
    }

    private static func source(_ time: String) -> String {
        """
        CREATE SOURCE e (k TEXT, v BIGINT, at \(time), n BIGINT, i BIGINT,
          WATERMARK FOR at AS at - INTERVAL '5' SECOND) WITH (connector = 'memory');

        """
    }

    /// count, sum, minimum, maximum and distinct values of a row's frame over `rows`. Ties are broken by arrival, or by the
    /// row itself where that does not matter.
    private static func answer(_ rows: [Event], _ row: Int, _ frame: Frame, maintained: Bool = false) -> String {
        let own = rows.indices.filter { rows[$0].key == rows[row].key }
            .sorted {
                (rows[$0].second, maintained ? rows[$0].value : 0, $0)
                    < (rows[$1].second, maintained ? rows[$1].value : 0, $1)
            }
        let inside: [Int]
        if frame.isRows {
            let place = own.firstIndex(of: row) ?? 0
            let first = max(0, frame.start.map { place - $0 } ?? 0)
            inside = place - frame.end < first ? [] : Array(own[first...(place - frame.end)])
        } else {
            let now = rows[row].second
            inside = own.filter {
                rows[$0].second <= now - frame.end && frame.start.map { now - $0 } ?? .min <= rows[$0].second
            }
        }
        let values = inside.map { rows[$0].value }
        let sum = values.isEmpty ? "null" : "\(values.reduce(0, +))"
        let (least, most) = (values.min().map { "\($0)" } ?? "null", values.max().map { "\($0)" } ?? "null")
        return "\(values.count) \(sum) \(least) \(most) \(Set(values).count)"
    }

    private static let frames = [
        "day": Frame(start: 20, end: 0), "week": Frame(start: 60, end: 0), "late": Frame(start: 18, end: 8),
        "ever": Frame(start: nil, end: 12), "few": Frame(isRows: true, start: 4, end: 1),
    ]

    private static func calls(_ window: String) -> String {
        "COUNT(*) OVER \(window), SUM(v) OVER \(window), MIN(v) OVER \(window), MAX(v) OVER \(window), "
            + "COUNT(DISTINCT v) OVER \(window)"
    }

    private static func select(_ windows: [String], _ order: String, _ length: @escaping (Int) -> String) -> String {
        let names = ["n", "s", "l", "m", "d"]
        let list = windows.enumerated().map { place, window in
            zip(calls(window).split(separator: ", "), names).map { "\($0) AS \($1)\(place)" }.joined(separator: ", ")
        }
        let declared = windows.compactMap { window -> String? in
            guard let frame = frames[window] else { return nil }
            let bound = { (bound: Int) in frame.isRows ? "\(bound)" : length(bound) }
            let start = frame.start.map { "\(bound($0)) PRECEDING" } ?? "UNBOUNDED PRECEDING"
            let end = frame.end == 0 ? "CURRENT ROW" : "\(bound(frame.end)) PRECEDING"
            return
                "\(window) AS (PARTITION BY k ORDER BY \(order) \(frame.isRows ? "ROWS" : "RANGE") BETWEEN \(start) AND \(end))"
        }
        return "SELECT k, \(list.joined(separator: ", ")) FROM e WINDOW \(declared.joined(separator: ", "))"
    }

    private static let orders: [(time: String, order: String, length: @Sendable (Int) -> String)] = [
        ("TIMESTAMP", "at", { "INTERVAL '\($0)' SECOND" }), ("TIMESTAMPTZ", "at", { "INTERVAL '\($0) seconds'" }),
        ("TIMESTAMP", "n", { "\($0)" }), ("TIMESTAMPTZ", "n::INT", { "\($0)" }),
    ]

    @Test(arguments: 0..<4) func `each row as it arrives sees the rows before it`(_ number: Int) throws {
        let (time, order, length) = Self.orders[number]
        let seed = testSeed()
        var random = SplitMix64(seed: seed &+ UInt64(number))
        let (lines, kept) = Self.makeEvents(200, &random)
        let windows = ["day", "week", "late", "ever", "few"]
        let expected = kept.indices.map { row in
            let frames = windows.compactMap { Self.frames[$0] }
            return ([kept[row].key] + frames.map { Self.answer(Array(kept[...row]), row, $0) }).joined(separator: " ")
        }
        for shards in 1...3 {
            let memory = Memory(["e": shards == 1 ? [lines.joined()] : cut(lines, &random)])
            try memory.run(
                "SET shards = \(shards);" + Self.source(time)
                    + "CREATE SINK out AS \(Self.select(windows, order, length)) EMIT ON ARRIVAL WITH (connector = 'memory');"
            )
            #expect(memory.rows("out").map { TimeTests.short($0) } == expected, "seed \(seed), \(shards) shards")
        }
    }

    @Test func `frames over a DATE are of days`() throws {
        var random = SplitMix64(seed: testSeed())
        let (lines, kept) = Self.makeEvents(120, &random)
        let memory = Memory(["e": cut(lines, &random)])
        try memory.run(
            Self.source("TIMESTAMP") + """
                CREATE SINK out AS SELECT k, COUNT(*) OVER (PARTITION BY k ORDER BY DATE '2024-01-01' + (n / 10)::INT
                  RANGE BETWEEN INTERVAL '3 days' PRECEDING AND INTERVAL '1 day' PRECEDING) AS n
                  FROM e EMIT ON ARRIVAL WITH (connector = 'memory');
                """)
        let expected = kept.indices.map { row in
            let today = kept[row].second / 10
            let inside = kept[...row].filter {
                $0.key == kept[row].key && $0.second / 10 <= today - 1 && $0.second / 10 >= today - 3
            }
            return "\(kept[row].key) \(inside.count)"
        }
        #expect(memory.rows("out").map { TimeTests.short($0) } == expected)
    }

    @Test(arguments: 0..<4) func `maintained, late rows revise the frames they fall into`(_ number: Int) throws {
        let (time, order, length) = Self.orders[number]
        let seed = testSeed()
        var random = SplitMix64(seed: seed &+ UInt64(number) &+ 50)
        let (lines, kept) = Self.makeEvents(200, &random)
        // The first list has frames of bounded length, so that rows are forgotten where the order is event time.
        for windows in [["day", "week", "late", "few"], ["ever", "late"]] {
            let frames = windows.compactMap { Self.frames[$0] }
            let expected = kept.indices.map { row in
                ([kept[row].key] + frames.map { Self.answer(kept, row, $0, maintained: true) }).joined(separator: " ")
            }
            for shards in 1...3 {
                let memory = Memory(["e": shards == 1 ? [lines.joined()] : cut(lines, &random)])
                try memory.run(
                    "SET shards = \(shards);" + Self.source(time)
                        + "CREATE SINK out AS \(Self.select(windows, order, length)) "
                        + "WITH (connector = 'memory', format = 'changelog_json');")
                #expect(Self.net(memory.rows("out")) == expected.sorted(), "seed \(seed), \(shards) shards, \(windows)")
            }
        }
    }

    /// The rows that are left when all changes are made.
    private static func net(_ changes: [String]) -> [String] {
        var counts: [String: Int] = [:]
        for change in changes {
            let isDeletion = change.hasPrefix("-")
            counts[TimeTests.short(isDeletion ? String(change.dropFirst()) : change), default: 0] += isDeletion ? -1 : 1
        }
        return counts.flatMap { row, count in Array(repeating: row, count: max(count, 0)) }.sorted()
    }
}
