import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL
import TestSupport
import Testing

@testable import MutstreamEngine

/// A pipeline that is stepped by hand, and what leaves it.
final class SteppedPipeline {
    let loop: StepLoop
    private let pipeline: Pipeline
    private let definition: PipelineDefinition
    private let memory: Memory
    /// By sink: its rows, each with its ordinal.
    private(set) var rows: [String: [String]] = [:]
    /// The most rows that a sink got in one step.
    private(set) var most = 0
    /// Steps behind which operators were behind their watermarks.
    private(set) var unfinished = 0

    /// - Parameter closesMax: what closes in a step.
    init(_ text: String, closesMax: Int = Leaps.closesMax) throws {
        memory = Memory()
        definition = try PipelineDefinition(text, registry: memory.registry, baseDirectory: ".")
        pipeline = Pipeline(definition)
        loop = try StepLoop(definition, pipeline, clock: TickingClock())
        loop.stepper.admission.leaps = Leaps(loop.stepper.compiled, closesMax: closesMax)
    }

    private func inlet(_ source: String) -> (Inlet, DecoderSchema) {
        let index = definition.plan.sources.firstIndex { $0.name == source } ?? 0
        let source = definition.plan.sources[index]
        let fields = source.columns.map { DecoderSchema.Field($0.name, $0.type, notNull: $0.notNull) }
        return (pipeline.inlets[index], DecoderSchema(fields, projection: source.projection))
    }

    func offer(_ source: String, _ lines: String, _ completion: (@Sendable (ChunkOutcome) -> Void)? = nil) {
        let (inlet, schema) = inlet(source)
        #expect(inlet.offer(Memory.chunk(lines, schema, completion)) == .accepted)
    }

    func end(_ source: String) { inlet(source).0.end() }

    /// Runs a step, if there is anything to do.
    func turn() throws -> Bool {
        guard try loop.turn() == .step else { return false }
        if loop.stepper.compiled.circuit.isBehind { unfinished += 1 }
        for (sink, declared) in zip(loop.stepper.compiled.sinks, definition.plan.sinks) {
            let batch = loop.stepper.compiled.circuit.delta(sink.edge).batch
            most = max(most, batch.count)
            let writer = JSONRowWriter(schema: declared.fields)
            for row in 0..<batch.count {
                let scratch = ByteWriter()
                writer.writeObject(batch, row: row, to: scratch)
                rows[declared.name, default: []].append("\(batch.ordinals[row]) × \(batch.weight(row)) \(scratch.string)")
            }
        }
        return true
    }

    func run() throws { while try turn() {} }
}

/// Watermarks that leap over many windows.
@Suite struct LeapTests {
    private static func source(_ name: String, _ connector: String, lag: String = "'3' SECOND") -> String {
        """
        CREATE SOURCE \(name) (k TEXT, v BIGINT, at TIMESTAMP, WATERMARK FOR at AS at - INTERVAL \(lag))
          WITH (connector = '\(connector)');

        """
    }

    private static func line(_ key: Int, _ value: Int, _ second: Int) -> String {
        "{\"k\":\"k\(key)\",\"v\":\(value),\"at\":\"\(CardPipeline.time(second))\"}\n"
    }

    // MARK: Many windows

    private static let counted = """
        CREATE SINK out AS SELECT k, window_end, COUNT(*) AS n FROM TUMBLE(e, at, INTERVAL '10' SECOND)
          GROUP BY k, window_start, window_end EMIT ON WINDOW CLOSE WITH (connector = 'memory');
        """

    /// Rows in pieces, then one that passes all their windows and some behind it.
    private func leap(_ text: String, windows: Int, ends: Int, closesMax: Int) throws -> SteppedPipeline {
        // The watermark of these rows stays before all ends.
        let subject = try SteppedPipeline(LeapTests.source("e", "http", lag: "'10' HOUR") + text, closesMax: closesMax)
        for start in stride(from: 0, to: windows, by: 10_000) {
            let keys = start..<min(start + 10_000, windows)
            subject.offer("e", keys.map { LeapTests.line($0, $0, 3_600 + $0 % ends * 10) }.joined())
            try subject.run()
        }
        #expect(subject.rows.isEmpty)
        subject.offer(
            "e",
            LeapTests.line(1, 0, 3_600) + LeapTests.line(2, 0, 80_000) + LeapTests.line(3, 0, 80_000)
                + LeapTests.line(4, 0, 3_600))
        try subject.run()
        return subject
    }

    @Test(arguments: [1, 2_000]) func `a leap over many windows is spread over steps`(ends: Int) throws {
        let whole = try leap(LeapTests.counted, windows: 60_000, ends: ends, closesMax: .max)
        let spread = try leap(LeapTests.counted, windows: 60_000, ends: ends, closesMax: 7_000)
        // The last row on time has a window of its own where there are several.
        #expect(whole.most == (ends == 1 ? 60_000 : 60_001) && whole.unfinished == 0)
        #expect(spread.most == 7_000 && spread.unfinished == 8)
        #expect(spread.rows == whole.rows)
    }

    @Test func `the end of a source is spread as well, and views answer meanwhile`() throws {
        let text =
            LeapTests.source("e", "memory")
            + LeapTests.counted.replacing("CREATE SINK out AS", with: "CREATE MATERIALIZED VIEW kept AS")
            .replacing(" WITH (connector = 'memory');", with: ";")
            + "CREATE SINK out AS SELECT * FROM kept WITH (connector = 'memory');"
        let subject = try SteppedPipeline(text, closesMax: 50)
        subject.offer("e", (0..<1_000).map { LeapTests.line($0, 0, 100 + $0 % 3) }.joined())
        try subject.run()
        subject.end("e")
        var counts: [Int] = []
        while try subject.turn() { counts.append(subject.loop.snapshot(ofView: 0).count) }
        #expect(counts.dropLast().elementsEqual(stride(from: 50, through: 950, by: 50)) || counts.count >= 20)
        #expect(counts.last == 1_000 && subject.most == 50)
    }

    // MARK: Any division

    /// What closes in one way or another; each with whether it is spread.
    private static let views: [(name: String, text: String, isSpread: Bool)] = [
        ("tumble", closed("TUMBLE(e, at, INTERVAL '10' SECOND)", "COUNT(*) AS n, SUM(v) AS total"), true),
        ("hop", closed("HOP(e, at, INTERVAL '5' SECOND, INTERVAL '20' SECOND)", "COUNT(*) AS n, MAX(v) AS most"), true),
        ("hop of rows", closed("HOP(e, at, INTERVAL '5' SECOND, INTERVAL '20' SECOND)", "COUNT(DISTINCT v) AS n"), true),
        ("cumulate", closed("CUMULATE(e, at, INTERVAL '5' SECOND, INTERVAL '20' SECOND)", "SUM(v) AS n"), true),
        ("session", closed("SESSION(TABLE e PARTITION BY k, DESCRIPTOR(at), INTERVAL '8' SECOND)", "COUNT(*) AS n"), true),
        (
            "session of rows", closed("SESSION(TABLE e PARTITION BY k, DESCRIPTOR(at), INTERVAL '8' SECOND)", "SUM(v) AS n"),
            true
        ),
        (
            "sessions",
            """
            SELECT k, v, window_start, window_end FROM SESSION(TABLE e PARTITION BY k, DESCRIPTOR(at), INTERVAL '8' SECOND)
            EMIT ON WINDOW CLOSE
            """, true
        ),
        (
            "top",
            """
            SELECT k, v, window_end FROM (SELECT *, row_number() OVER (PARTITION BY window_start, window_end, k ORDER BY v DESC)
              AS n FROM TUMBLE(e, at, INTERVAL '10' SECOND)) WHERE n <= 2 EMIT ON WINDOW CLOSE
            """, true
        ),
        (
            "match",
            """
            SELECT k, few, many, at FROM e MATCH_RECOGNIZE (PARTITION BY k ORDER BY at
              MEASURES a.v AS few, LAST(b.v) AS many, a.at AS at PATTERN (a b+) WITHIN INTERVAL '30' SECOND
              DEFINE a AS v < 10, b AS b.v >= 5) AS m
            """, true
        ),
        (
            "window join",
            """
            SELECT l.k, l.v, r.v AS w, l.window_end FROM TUMBLE(e, at, INTERVAL '10' SECOND) l
              JOIN TUMBLE(r, at, INTERVAL '10' SECOND) r
              ON l.k = r.k AND l.window_start = r.window_start AND l.window_end = r.window_end EMIT ON WINDOW CLOSE
            """, true
        ),
        (
            "closed join",
            """
            SELECT l.k, l.n, r.n AS m, l.window_end FROM tumbled l JOIN tumbled_r r
              ON l.k = r.k AND l.window_end = r.window_end
            """, true
        ),
        ("union", "SELECT k, n FROM tumbled UNION ALL SELECT k, n FROM hopped", true),
        (
            "closed on closed",
            """
            SELECT window_end, COUNT(*) AS c, SUM(n) AS total FROM
              TUMBLE(started, at, INTERVAL '1' MINUTE)
              GROUP BY window_start, window_end EMIT ON WINDOW CLOSE
            """, true
        ),
        (
            "hop on closed",
            """
            SELECT k, window_end, SUM(n) AS total FROM
              HOP(started, at, INTERVAL '20' SECOND, INTERVAL '1' MINUTE)
              GROUP BY k, window_start, window_end EMIT ON WINDOW CLOSE
            """, true
        ),
        ("beside arrivals", "SELECT e.k, e.v, t.n, t.window_end FROM e JOIN tumbled t ON e.k = t.k EMIT ON ARRIVAL", true),
        (
            "arrivals", "SELECT t.k, t.n, l.v FROM tumbled t JOIN large l ON t.k = l.k EMIT ON ARRIVAL", false
        ),
        (
            "frames",
            """
            SELECT k, n, COUNT(*) OVER (PARTITION BY k ORDER BY window_end ROWS BETWEEN 20 PRECEDING AND CURRENT ROW) AS c,
              SUM(n) OVER (ORDER BY window_end RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW) AS total
              FROM tumbled EMIT ON ARRIVAL
            """, false
        ),
        (
            "order",
            """
            SELECT window_end, array_agg(n) AS all_n FROM (SELECT n, window_end FROM tumbled
              UNION ALL SELECT n, window_end FROM hopped) AS u GROUP BY window_end EMIT ON WINDOW CLOSE
            """, false
        ),
    ]

    private static func closed(_ window: String, _ calls: String) -> String {
        "SELECT k, window_start, window_end, \(calls) FROM \(window) GROUP BY k, window_start, window_end EMIT ON WINDOW CLOSE"
    }

    private static func pipeline(_ view: String, shards: Int) -> String {
        (shards > 1 ? "SET shards = \(shards);\n" : "") + source("e", "http") + source("r", "http") + """
            CREATE VIEW tumbled AS \(closed("TUMBLE(e, at, INTERVAL '10' SECOND)", "COUNT(*) AS n"));
            CREATE VIEW tumbled_r AS \(closed("TUMBLE(r, at, INTERVAL '10' SECOND)", "COUNT(*) AS n"));
            CREATE VIEW hopped AS
              \(closed("HOP(e, at, INTERVAL '5' SECOND, INTERVAL '10' SECOND)", "COUNT(*) AS n"));
            CREATE VIEW started AS SELECT k, n, window_start AS at FROM tumbled;
            CREATE VIEW large AS SELECT k, v FROM e WHERE v > 17;
            CREATE SINK out AS \(view) WITH (connector = 'memory', format = 'changelog_json');
            """
    }

    /// Rows of both sources, in the order in which they come; the last two close all.
    private static func rows(_ random: inout SplitMix64, count: Int) -> [(source: String, line: String)] {
        var second = 3_600
        var rows = (0..<count).map { _ in
            second += random.oneIn(40) ? random.below(90) : random.below(2)
            let time = max(0, second - (random.oneIn(9) ? random.below(12) : 0))
            return (source: random.oneIn(3) ? "r" : "e", line: line(random.below(12), random.below(20), time))
        }
        for source in ["r", "e"] { rows.append((source, line(0, 0, second + 5_000))) }
        return rows
    }

    /// All rows, handed over in pieces.
    private func run(
        _ view: String, _ input: [(source: String, line: String)], closesMax: Int, shards: Int = 1,
        cutBy random: inout SplitMix64
    ) throws -> SteppedPipeline {
        let subject = try SteppedPipeline(LeapTests.pipeline(view, shards: shards), closesMax: closesMax)
        let longest = [1, 3, 40][random.below(3)]
        var rest = input[...]
        while let source = rest.first?.source {
            let chunk = rest.prefix(1 + random.below(longest)).prefix { $0.source == source }
            subject.offer(source, chunk.map(\.line).joined())
            try subject.run()
            rest = rest.dropFirst(chunk.count)
        }
        return subject
    }

    /// Rows of one ordinal in the order of their texts.
    private static func unordered(_ rows: [String]?) -> [String] { (rows ?? []).sorted() }

    @Test(arguments: views.indices) func `any division and any limit gives the same rows`(_ index: Int) throws {
        let (name, view, isSpread) = LeapTests.views[index]
        let seed = testSeed()
        var random = SplitMix64(seed: seed &+ UInt64(index))
        for round in 0..<2 {
            let input = LeapTests.rows(&random, count: 250)
            let whole = try run(view, input, closesMax: .max, cutBy: &random)
            #expect(!(whole.rows["out"] ?? []).isEmpty, "\(name), seed \(seed)")
            for closesMax in [1, 3, 7] {
                let spread = try run(view, input, closesMax: closesMax, cutBy: &random)
                let what = "\(name), at most \(closesMax), seed \(seed), round \(round)"
                // Rows of several operators with one ordinal may come in another order.
                if name == "union" || name.hasSuffix("join") {
                    #expect(LeapTests.unordered(spread.rows["out"]) == LeapTests.unordered(whole.rows["out"]), "\(what)")
                } else {
                    #expect(spread.rows == whole.rows, "\(what)")
                }
                #expect((spread.unfinished > 0) == isSpread, "\(what): \(spread.unfinished) steps")
            }
            let shards = try run(view, input, closesMax: 7, shards: 4, cutBy: &random)
            if name != "order" {
                #expect(
                    LeapTests.unordered(shards.rows["out"]) == LeapTests.unordered(whole.rows["out"]),
                    "\(name), seed \(seed)")
            }
        }
    }

    // MARK: What waits

    @Test func `a post that leaps has its replies, and those before it`() throws {
        let text =
            LeapTests.source("e", "http") + """
                CREATE VIEW tumbled AS \(LeapTests.closed("TUMBLE(e, at, INTERVAL '10' SECOND)", "COUNT(*) AS n"));
                CREATE SINK seen AS SELECT e.k, COUNT(*) OVER (ORDER BY at RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND CURRENT ROW)
                  AS c FROM e EMIT ON ARRIVAL WITH (connector = 'reply', source = 'e');
                CREATE SINK closed AS SELECT k, n FROM tumbled WITH (connector = 'memory');
                """
        func replies(_ closesMax: Int) throws -> [[String]] {
            let subject = try SteppedPipeline(text, closesMax: closesMax)
            subject.offer("e", (0..<20).map { LeapTests.line($0, 0, 3_600) }.joined())
            try subject.run()
            let answers = Monitor<[[String]]>([])
            subject.offer("e", LeapTests.line(50, 0, 3_601) + LeapTests.line(51, 0, 4_000) + LeapTests.line(52, 0, 4_001)) {
                outcome in
                answers.signal {
                    $0 = (outcome.replies ?? []).map { slot in
                        guard case .rows(let rows) = slot else { return ["\(slot)"] }
                        return rows.map { String(decoding: $0, as: UTF8.self) }.sorted()
                    }
                }
            }
            // One that comes behind it.
            subject.offer("e", LeapTests.line(53, 0, 4_002))
            try subject.run()
            if closesMax < 20 { #expect(subject.unfinished > 2) }
            #expect(subject.rows["closed"]?.count == 21)
            return answers.withLock { $0 }
        }
        let (whole, spread) = (try replies(.max), try replies(4))
        #expect(whole.map { $0.joined() } == [21, 22, 23].map { "{\"k\":\"k\($0 + 29)\",\"c\":\($0)}" })
        #expect(spread == whole)
    }

    @Test func `a source that holds the watermark back does not cut the steps of others`() throws {
        let text =
            LeapTests.source("e", "http") + LeapTests.source("r", "http") + """
                CREATE VIEW both AS SELECT * FROM e UNION ALL SELECT * FROM r;
                CREATE SINK out AS \(LeapTests.closed("TUMBLE(both, at, INTERVAL '10' SECOND)", "COUNT(*) AS n"))
                  WITH (connector = 'memory');
                """
        let subject = try SteppedPipeline(text, closesMax: 5)
        subject.offer("r", LeapTests.line(0, 0, 3_600))
        try subject.run()
        let before = subject.loop.stepper.step
        for chunk in 0..<10 {
            subject.offer("e", (0..<100).map { LeapTests.line($0, 0, 3_700 + chunk * 100 + $0) }.joined())
            try subject.run()
        }
        #expect(subject.loop.stepper.step - before == 10 && subject.rows.isEmpty)
        subject.offer("r", LeapTests.line(0, 0, 5_000))
        try subject.run()
        #expect(subject.unfinished > 100)
        // All but the windows of the last ten seconds, and that of the other source.
        #expect(subject.rows["out"]?.count == 1_000 - 10 + 1)
    }
}
