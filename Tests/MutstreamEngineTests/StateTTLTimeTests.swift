import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL
import TestSupport
import Testing

/// `state_ttl` of operators that follow event time: joins by time, MATCH_RECOGNIZE, last rows of each key.
///
/// A key that is forgotten begins anew, so the rows are those of a pipeline without `state_ttl` to which each life of a key
/// is a key of its own.
@Suite struct StateTTLTimeTests {
    private static let timed = """
        CREATE SOURCE l (k TEXT, v BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '3 ms') WITH (connector = 'memory');
        CREATE SOURCE r (k TEXT, v BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '3 ms') WITH (connector = 'memory');

        """
    private static let untimed = """
        CREATE SOURCE l (k TEXT, v BIGINT, at TIMESTAMP) WITH (connector = 'memory');
        CREATE SOURCE r (k TEXT, v BIGINT, at TIMESTAMP) WITH (connector = 'memory');

        """

    /// What becomes of the rows that a key has given.
    private enum Fate {
        case stays, isTakenBack
        /// An open match leaves with its key.
        case ends
    }

    private struct Case {
        var query: String
        var isTimed = true
        var fate = Fate.stays
        /// Whether rows that the watermark has yet to pass keep their key.
        var waits = false
        var isJoin: Bool { query.contains(" r ") }
    }

    private static func asof(_ condition: String, _ more: String = "") -> String {
        "SELECT l.k, l.v, r.v AS w FROM l ASOF \(more.isEmpty ? "LEFT " : "")JOIN r ON l.k = r.k AND \(condition)\(more)"
    }

    private static let match = """
        SELECT k, n, a, b FROM l MATCH_RECOGNIZE (PARTITION BY k ORDER BY at
          MEASURES MATCH_NUMBER() AS n, FIRST(up.v) AS a, LAST(up.v) AS b AFTER MATCH SKIP PAST LAST ROW
          PATTERN (low up+) DEFINE low AS low.v < 3, up AS up.v >= PREV(up.v)) AS m
        """

    private static let cases: [String: Case] = [
        "asof": Case(query: asof("l.at >= r.at")),
        "version": Case(query: "SELECT l.k, l.v, r.v AS w FROM l LEFT JOIN r FOR SYSTEM_TIME AS OF l.at ON l.k = r.k"),
        "asof without watermark": Case(query: asof("l.at > r.at"), isTimed: false, fate: .isTakenBack),
        "asof ahead": Case(query: asof("l.at <= r.at"), fate: .isTakenBack),
        "asof on arrival": Case(query: asof("l.at >= r.at", " EMIT ON ARRIVAL")),
        "asof ahead on arrival": Case(query: asof("l.at < r.at", " EMIT ON ARRIVAL"), isTimed: false),
        "lag": Case(query: "SELECT k, v, lag(v) OVER (PARTITION BY k ORDER BY at) AS p FROM l"),
        "rows": Case(
            query: """
                SELECT k, v, CAST(SUM(v) OVER w AS BIGINT) AS s, COUNT(*) OVER (PARTITION BY k ORDER BY at RANGE
                  BETWEEN INTERVAL '20 ms' PRECEDING AND CURRENT ROW) AS n, COUNT(DISTINCT v) OVER w AS d
                FROM l WINDOW w AS (PARTITION BY k ORDER BY at ROWS 3 PRECEDING)
                """),
        "number": Case(query: "SELECT k, v, row_number() OVER (PARTITION BY k ORDER BY at) AS n FROM l", fate: .isTakenBack),
        "match": Case(query: match, fate: .ends, waits: true),
        "match within": Case(
            query: match.replacing(") DEFINE", with: ") WITHIN INTERVAL '300 ms' DEFINE"), fate: .ends, waits: true),
        "match without watermark": Case(query: match, isTimed: false, fate: .isTakenBack),
    ]

    /// A pipeline whose clock and watermarks the test turns; milliseconds.
    private final class Run {
        private(set) var compiled: CompiledPipeline
        private let plan: PipelinePlan
        private var number: Int64 = 0
        private var watermarks: [Int64] = [.min, .min]
        private(set) var content: [[Value]: Int64] = [:]

        init(_ text: String) throws {
            plan = try Compiler.optimized(text)
            compiled = try Compiler.circuit(plan)
        }

        var warnings: [String] { plan.unboundedState }

        func step(
            _ clock: Int64, _ rows: [(source: Int, row: TestRow)] = [], watermarks rise: [Int64]? = nil, _ last: Int64 = 0
        ) {
            number += 1
            var deltas: [(input: Int, delta: Delta)] = []
            for source in plan.sources.indices {
                guard let input = compiled.sources[source].rows else { continue }
                let own = rows.filter { $0.source == source }.map { row in
                    TestRow(plan.sources[source].projection.map { row.row.values[$0] }, ordinal: row.row.ordinal)
                }
                var progress = Progress.none
                if plan.sources[source].watermark != nil {
                    progress = Progress(start: watermarks[source])
                    if let rise, rise[source] > watermarks[source] {
                        progress = Progress(start: watermarks[source], ordinals: [last], values: [rise[source]])
                        watermarks[source] = rise[source]
                    }
                }
                deltas.append((input, Delta(batch(plan.sources[source].readFields.map(\.type), own), progress)))
            }
            compiled.circuit.step(deltas, StepContext(step: number, clock: clock * 1000))
            guard let view = compiled.views.first else { return }
            for row in TestSupport.rows(of: compiled.circuit.delta(view.edge).batch) {
                // A life of a key is `key#life`.
                let values = row.values.map { value in
                    if case .text(let text) = value, let end = text.firstIndex(of: "#") {
                        Value.text(String(text[..<end]))
                    } else {
                        value
                    }
                }
                change(values, row.weight)
                if case .text(let key)? = row.values.first { lives[key, default: []].append((values, row.weight)) }
            }
        }

        private func change(_ values: [Value], _ weight: Int64) {
            let sum = content[values, default: 0] + weight
            content[values] = sum == 0 ? nil : sum
        }

        /// By key, or life of a key: what it has given.
        private var lives: [String: [(values: [Value], weight: Int64)]] = [:]

        func takeBack(_ life: String) {
            for (values, weight) in lives[life] ?? [] { change(values, 0 - weight) }
            lives[life] = nil
        }

        func restart() throws {
            let former = compiled.circuit
            compiled = try Compiler.circuit(plan)
            try compiled.circuit.follow(former)
        }

        var stateRows: Int { compiled.circuit.describe.reduce(0) { $0 + $1.state.rows } }
        var stateBytes: Int { compiled.circuit.describe.reduce(0) { $0 + $1.state.bytes } }
        var wakesAt: Int64? { compiled.circuit.wakesAt.map { $0 / 1000 } }
    }

    /// Which life each key is in.
    private struct Lives {
        let ttl: Int64
        let waits: Bool
        private var touched: [String: Int64] = [:]
        private var numbers: [String: Int] = [:]
        private var waiting: [String: [Int64]] = [:]

        init(ttl: Int64, waits: Bool) {
            self.ttl = ttl
            self.waits = waits
        }

        /// The lives that end.
        mutating func advance(_ clock: Int64) -> [String] {
            var ended: [String] = []
            for (key, time) in touched where time + ttl <= clock && (waiting[key] ?? []).isEmpty {
                ended.append(life(key))
                touched[key] = nil
                numbers[key, default: 0] += 1
            }
            return ended
        }

        mutating func touch(_ key: String, _ clock: Int64, _ time: Int64) {
            touched[key] = clock
            if waits { waiting[key, default: []].append(time) }
        }

        mutating func pass(_ watermark: Int64, _ clock: Int64) {
            for (key, times) in waiting where times.contains(where: { $0 < watermark }) {
                touched[key] = clock
                waiting[key] = times.filter { $0 >= watermark }
            }
        }

        func life(_ key: String) -> String { "\(key)#\(numbers[key, default: 0])" }
    }

    @Test(arguments: cases.keys.sorted(), [1, 3])
    func `a key that nothing touches begins anew`(name: String, shards: Int) throws {
        let test = try #require(Self.cases[name])
        let seed = testSeed()
        var random = SplitMix64(seed: seed &+ UInt64(shards))
        let text = (test.isTimed ? Self.timed : Self.untimed) + "CREATE MATERIALIZED VIEW out AS \(test.query);"
        for round in 0..<6 {
            let run = try Run("SET shards = \(shards); SET state_ttl = '100 ms';" + text)
            let other = try Run(text)
            var lives = Lives(ttl: 100, waits: test.waits)
            var (clock, ordinal): (Int64, Int64) = (1_000, 0)
            var watermarks: [Int64] = [.min, .min]
            for step in 0..<150 {
                clock += random.oneIn(12) ? 130 : Int64(random.below(25))
                let ended = lives.advance(clock)
                if test.fate == .isTakenBack { for life in ended { other.takeBack(life) } }
                var rows: [(source: Int, row: TestRow)] = []
                var renamed = rows
                for _ in 0..<random.below(5) {
                    let source = test.isJoin ? random.below(2) : 0
                    let key = "k\(random.below(round + 2))"
                    // Rows come out of order, but not behind the watermark.
                    let time = max(clock * 1000 + Int64(random.below(20)) * 500 - 5_000, watermarks[source])
                    let value = Value.int64(Int64(random.below(6)))
                    ordinal += 1
                    rows.append((source, TestRow([.text(key), value, .int64(time)], ordinal: ordinal)))
                    renamed.append((source, TestRow([.text(lives.life(key)), value, .int64(time)], ordinal: ordinal)))
                    lives.touch(key, clock, time)
                }
                if test.isTimed, !rows.isEmpty {
                    for source in 0..<2 where !random.oneIn(4) {
                        watermarks[source] = max(watermarks[source], (clock - 4) * 1000)
                    }
                    lives.pass(watermarks[0], clock)
                }
                run.step(clock, rows, watermarks: watermarks, ordinal)
                other.step(clock, renamed, watermarks: watermarks, ordinal)
                if random.oneIn(20) { try run.restart() }
                if test.fate == .ends {
                    let isThere = other.content.allSatisfy { run.content[$0.key, default: 0] >= $0.value }
                    try #require(isThere, "seed \(seed), round \(round), step \(step)")
                } else {
                    try #require(run.content == other.content, "seed \(seed), round \(round), step \(step)")
                }
            }
            // The watermarks pass all rows, and nothing more comes.
            run.step(clock, watermarks: [clock * 1000 + 60_000, clock * 1000 + 60_000], ordinal)
            other.step(clock, watermarks: [clock * 1000 + 60_000, clock * 1000 + 60_000], ordinal)
            while let time = run.wakesAt { run.step(time) }
            if test.fate == .isTakenBack {
                #expect(run.content.isEmpty && run.stateRows == 0)
                continue
            }
            other.step(clock, watermarks: [.max, .max], ordinal)
            #expect(run.content == other.content, "seed \(seed), round \(round)")
            #expect(!run.content.isEmpty)
            // The view keeps its rows, no operator does.
            #expect(run.stateRows == run.content.count || test.fate == .ends)
        }
    }

    @Test(arguments: cases.keys.sorted())
    func `memory stays flat over ten times the span`(name: String) throws {
        let test = try #require(Self.cases[name])
        let run = try Run(
            (test.isTimed ? Self.timed : Self.untimed) + "SET state_ttl = '1 second'; CREATE VIEW v AS \(test.query);"
                + "CREATE SINK out AS SELECT * FROM v WITH (connector = 'memory', format = 'changelog_json');"
                + "CREATE MATERIALIZED VIEW n AS SELECT COUNT(*) AS n FROM v;")
        #expect(run.warnings.isEmpty)
        var sizes: [(rows: Int, bytes: Int)] = []
        var ordinal: Int64 = 0
        for step in 0..<220 {
            let clock = Int64(step) * 50
            let rows = (0..<60).map { number in
                ordinal += 1
                let values: [Value] = [
                    .text("key \(step) \(number / 6)"), .int64(Int64(number)), .int64(clock * 1000 + Int64(number)),
                ]
                return (test.isJoin ? number % 2 : 0, TestRow(values, ordinal: ordinal))
            }
            run.step(clock, rows, watermarks: [clock * 1000 - 3_000, clock * 1000 - 3_000], ordinal)
            if step % 20 == 19 { sizes.append((run.stateRows, run.stateBytes)) }
        }
        // Joins by time let rows go by the second, which shows as a saw.
        #expect(sizes.dropFirst(2).allSatisfy { $0.rows <= sizes[0].rows * 5 / 4 }, "\(sizes)")
        #expect((sizes.last?.bytes ?? 0) <= sizes[2].bytes * 11 / 10, "\(sizes)")
    }

    @Test func `tables stay when a join by time forgets`() throws {
        let table = "CREATE TABLE r (k TEXT PRIMARY KEY, v BIGINT, at TIMESTAMP) WITH (connector = 'memory');"
        let stream = "CREATE SOURCE l (k TEXT, v BIGINT, at TIMESTAMP) WITH (connector = 'memory');"
        let row = { (source: Int, value: Int64, ordinal: Int64) in
            (source, TestRow(["a", .int64(value), .int64(5_000)], ordinal: ordinal))
        }
        let view = "CREATE MATERIALIZED VIEW out WITH (state_ttl = '1 second') AS "
        let versions = try Run(
            stream + table + view
                + "SELECT l.v, r.v AS w FROM l JOIN r FOR SYSTEM_TIME AS OF l.at ON l.k = r.k;")
        versions.step(0, [row(0, 1, 1), row(1, 2, 2)])
        #expect(versions.content == [[1, 2]: 1])
        versions.step(1_000)
        #expect(versions.content.isEmpty)
        versions.step(9_000, [row(0, 3, 3)])
        #expect(versions.content == [[3, 2]: 1])
        // The other way round the table's row stays, without a partner.
        let left = try Run(
            stream + table + view + "SELECT r.v, l.v AS w FROM r ASOF LEFT JOIN l ON l.k = r.k AND r.at >= l.at;")
        left.step(0, [row(0, 1, 1), row(1, 2, 2)])
        #expect(left.content == [[2, 1]: 1])
        left.step(1_000)
        #expect(left.content == [[2, .null]: 1])
        left.step(2_000, [row(0, 7, 3)])
        #expect(left.content == [[2, 7]: 1])
    }

    @Test(arguments: [
        (asof("l.at <= r.at").replacing("l.k = r.k AND ", with: ""), "it has no key"),
        (match.replacing("PARTITION BY k", with: "").replacing("SELECT k, n", with: "SELECT n"), "it has no key"),
        (
            "SELECT a.k, a.at, b.at AS w FROM newest a ASOF JOIN newest b ON a.k = b.k AND a.at > b.at",
            "its rows can be taken back"
        ),
    ])
    func `check says where it does not act, and why`(_ query: String, _ reason: String) throws {
        let run = try Run(
            "SET state_ttl = '1 day';" + Self.timed
                + "CREATE VIEW newest WITH (state_ttl = '0') AS SELECT k, MAX(at) AS at FROM l GROUP BY k;"
                + "CREATE SINK out AS \(query) WITH (connector = 'memory', format = 'changelog_json');")
        #expect(run.warnings.contains { $0.hasSuffix("; state_ttl does not act there: \(reason)") }, "\(run.warnings)")
    }
}
