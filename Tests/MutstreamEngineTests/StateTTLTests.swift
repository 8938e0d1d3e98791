import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL
import TestSupport
import Testing

/// `state_ttl`: what is forgotten, what is taken back for it, and that memory stays flat.
@Suite struct StateTTLTests {
    private static let sources = """
        CREATE SOURCE l (k TEXT, v BIGINT) WITH (connector = 'memory');
        CREATE SOURCE r (k TEXT, v BIGINT) WITH (connector = 'memory');

        """
    private static let types: [DataType] = [.text, .bigint]

    /// A pipeline whose clock the test turns; milliseconds.
    private final class Clocked {
        private(set) var compiled: CompiledPipeline
        private let plan: PipelinePlan
        private var step: Int64 = 0
        private var ordinal: Int64 = 0
        private(set) var content: [[Value]: Int64] = [:]

        init(_ text: String) throws {
            plan = try Compiler.optimized(StateTTLTests.sources + text)
            compiled = try Compiler.circuit(plan)
        }

        /// One step with rows of the two sources.
        func step(_ clock: Int64, _ rows: [(source: Int, row: [Value])] = []) {
            step += 1
            let numbered = rows.map { row in
                ordinal += 1
                return (row.source, TestRow(row.row, ordinal: ordinal))
            }
            var deltas: [(input: Int, delta: Delta)] = []
            for source in 0..<2 {
                guard let input = compiled.sources[source].rows else { continue }
                let own = numbered.filter { $0.0 == source }.map { row in
                    TestRow(plan.sources[source].projection.map { row.1.values[$0] }, ordinal: row.1.ordinal)
                }
                let types = plan.sources[source].readFields.map(\.type)
                deltas.append((input, Delta(batch(types, own))))
            }
            compiled.circuit.step(deltas, StepContext(step: step, clock: clock * 1000))
            for row in TestSupport.rows(of: compiled.circuit.delta(compiled.views[0].edge).batch) {
                let sum = content[row.values, default: 0] + row.weight
                content[row.values] = sum == 0 ? nil : sum
            }
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

    /// What each query holds, row by row, by the rows of the keys that live.
    private struct Model {
        static let queries: [String: String] = [
            "groups": "SELECT k, COUNT(*) AS n, CAST(SUM(v) AS BIGINT) AS s, MIN(v) AS m FROM l GROUP BY k",
            "distinct": "SELECT DISTINCT k FROM l",
            "first": "SELECT k, v FROM (SELECT *, row_number() OVER (PARTITION BY k ORDER BY v) AS rn FROM l) WHERE rn <= 2",
            "one": "SELECT DISTINCT ON (k) k, v FROM l ORDER BY k, v",
            "windows": "SELECT k, v, CAST(SUM(v) OVER (PARTITION BY k) AS BIGINT) AS s FROM l",
            "running": "SELECT k, v, CAST(SUM(v) OVER (PARTITION BY k) AS BIGINT) AS s FROM l EMIT ON ARRIVAL",
            "inner": "SELECT l.k, l.v, r.v AS w FROM l JOIN r ON l.k = r.k",
            "left": "SELECT l.k, l.v, r.v AS w FROM l LEFT JOIN r ON l.k = r.k",
            "full": "SELECT l.k, l.v, r.k AS rk, r.v AS w FROM l FULL JOIN r ON l.k = r.k",
            "semi": "SELECT k, v FROM l WHERE EXISTS (SELECT 1 FROM r WHERE r.k = l.k)",
            "anti": "SELECT k, v FROM l WHERE NOT EXISTS (SELECT 1 FROM r WHERE r.k = l.k)",
            "arrival": "SELECT l.k, l.v, r.v AS w FROM l JOIN r ON l.k = r.k EMIT ON ARRIVAL",
            "above": """
            SELECT k, COUNT(*) AS n, COUNT(w) AS m
            FROM (SELECT l.k, l.v, r.v AS w FROM l LEFT JOIN r ON l.k = r.k) j GROUP BY k
            """,
        ]
        let query: String
        let ttl: Int64
        var left: [String: [Int64]] = [:]
        var right: [String: [Int64]] = [:]
        var touched: [String: Int64] = [:]
        /// Of queries whose rows are never taken back.
        var given: [[Value]: Int64] = [:]

        init(_ query: String, ttl: Int64) {
            self.query = query
            self.ttl = ttl
        }

        private var isJoin: Bool { ["inner", "left", "full", "semi", "anti", "arrival", "above"].contains(query) }

        mutating func advance(_ clock: Int64) {
            for (key, time) in touched where time + ttl <= clock {
                (left[key], right[key], touched[key]) = (nil, nil, nil)
            }
        }

        mutating func add(_ source: Int, _ key: String, _ value: Int64, _ clock: Int64) {
            if source == 1, !isJoin { return }
            touched[key] = clock
            switch (query, source) {
            case ("distinct", _) where left[key] == nil: given[[.text(key)], default: 0] += 1
            case ("running", _):
                let sum = (left[key] ?? []).reduce(value, +)
                given[[.text(key), .int64(value), .int64(sum)], default: 0] += 1
            case ("inner", 0), ("arrival", 0):
                for other in right[key] ?? [] { given[[.text(key), .int64(value), .int64(other)], default: 0] += 1 }
            case ("inner", 1):
                for other in left[key] ?? [] { given[[.text(key), .int64(other), .int64(value)], default: 0] += 1 }
            case ("semi", 0) where right[key] != nil: given[[.text(key), .int64(value)], default: 0] += 1
            case ("semi", 1) where right[key] == nil:
                for other in left[key] ?? [] { given[[.text(key), .int64(other)], default: 0] += 1 }
            default: break
            }
            if source == 0 { left[key, default: []].append(value) } else { right[key, default: []].append(value) }
        }

        var content: [[Value]: Int64] {
            if ["distinct", "running", "inner", "arrival", "semi"].contains(query) { return given }
            var rows: [[Value]: Int64] = [:]
            func show(_ row: Value...) { rows[row, default: 0] += 1 }
            for key in touched.keys {
                let (own, other) = (left[key] ?? [], right[key] ?? [])
                let sum = Value.int64(own.reduce(0, +))
                switch query {
                case "groups": show(.text(key), .int64(Int64(own.count)), sum, .int64(own.min() ?? 0))
                case "first": for value in own.sorted().prefix(2) { show(.text(key), .int64(value)) }
                case "one": show(.text(key), .int64(own.min() ?? 0))
                case "windows": for value in own { show(.text(key), .int64(value), sum) }
                case "anti": if other.isEmpty { for value in own { show(.text(key), .int64(value)) } }
                case "above":
                    if own.isEmpty { break }
                    let count = Int64(own.count * max(other.count, 1))
                    show(.text(key), .int64(count), .int64(other.isEmpty ? 0 : count))
                case "full":
                    for value in own {
                        if other.isEmpty { show(.text(key), .int64(value), .null, .null) }
                        for partner in other { show(.text(key), .int64(value), .text(key), .int64(partner)) }
                    }
                    if own.isEmpty { for value in other { show(.null, .null, .text(key), .int64(value)) } }
                default:
                    for value in own {
                        if other.isEmpty { show(.text(key), .int64(value), .null) }
                        for partner in other { show(.text(key), .int64(value), .int64(partner)) }
                    }
                }
            }
            return rows
        }
    }

    @Test(arguments: Model.queries.keys.sorted(), [1, 3])
    func `keys that nothing touches are forgotten`(name: String, shards: Int) throws {
        let seed = testSeed()
        var random = SplitMix64(seed: seed &+ UInt64(shards))
        for round in 0..<6 {
            let run = try Clocked(
                "SET shards = \(shards); SET state_ttl = '100 milliseconds';"
                    + "CREATE MATERIALIZED VIEW out AS \(Model.queries[name] ?? "");")
            var model = Model(name, ttl: 100)
            var clock: Int64 = 1_000
            for step in 0..<150 {
                clock += random.oneIn(12) ? 130 : Int64(random.below(25))
                var rows: [(source: Int, row: [Value])] = []
                model.advance(clock)
                for _ in 0..<random.below(5) {
                    let (source, key) = (random.below(2), "k\(random.below(round + 2))")
                    let value = Int64(random.below(5))
                    rows.append((source, [.text(key), .int64(value)]))
                    model.add(source, key, value, clock)
                }
                run.step(clock, rows)
                if random.oneIn(20) { try run.restart() }
                try #require(run.content == model.content, "seed \(seed), round \(round), step \(step)")
            }
            // Nothing is left when nothing comes, and the circuit asks for the steps that it takes.
            while let time = run.wakesAt { run.step(time) }
            model.advance(.max - 1)
            #expect(run.content == model.content)
        }
    }

    @Test func `more keys than a step forgets go in the next, but for those that a row touches`() throws {
        let run = try Clocked(
            "SET state_ttl = '100 milliseconds'; CREATE MATERIALIZED VIEW out AS SELECT k, COUNT(*) AS n FROM l GROUP BY k;")
        let count = IdleKeys.takenMax * 2 + 10
        let last = Value.text("k\(count - 1)")
        run.step(0, (0..<count).map { (0, [.text("k\($0)"), 1]) })
        #expect(run.content.count == count && run.wakesAt == 100)
        run.step(100, [(0, [last, 1]), (0, [last, 1])])
        #expect(run.content.count == count - IdleKeys.takenMax)
        #expect(run.content[[last, 2]] == 1 && run.content[[last, 1]] == nil)
        run.step(100)
        run.step(100)
        #expect(run.content == [[last, 2]: 1] && run.wakesAt == 200)
    }

    @Test func `a view's own time to live goes before the pipeline's, and 0 is for ever`() throws {
        let view = { (ttl: String) in
            "SET state_ttl = '10 ms'; CREATE MATERIALIZED VIEW v WITH (state_ttl = '\(ttl)') AS "
                + "SELECT k, COUNT(*) AS n FROM l GROUP BY k;"
        }
        for (ttl, rows) in [("1 hour", 1), ("0", 1), ("5 ms", 0)] {
            let run = try Clocked(view(ttl))
            run.step(0, [(0, ["a", 1])])
            run.step(20)
            #expect(run.content.count == rows, "\(ttl)")
        }
    }

    @Test func `tables stay, and what they have given is taken back with the stream's row`() throws {
        let text = """
            CREATE SOURCE l (k TEXT, v BIGINT) WITH (connector = 'memory');
            CREATE TABLE r (k TEXT PRIMARY KEY, v BIGINT) WITH (connector = 'memory');
            CREATE MATERIALIZED VIEW out WITH (state_ttl = '1 second') AS
              SELECT l.k, l.v, r.v AS w FROM l JOIN r ON l.k = r.k;
            """
        let plan = try Compiler.optimized(text)
        #expect(plan.unboundedState.isEmpty)
        let compiled = try Compiler.circuit(plan)
        var ordinal: Int64 = 0
        func step(_ clock: Int64, _ source: Int?) -> [Int64] {
            ordinal += 1
            let rows = [TestRow(["a", 1], ordinal: ordinal)]
            let input = source.flatMap { compiled.sources[$0].rows }
            compiled.circuit.step(
                input.map { [($0, Delta(batch(Self.types, rows)))] } ?? [], StepContext(step: ordinal, clock: clock))
            return TestSupport.rows(of: compiled.circuit.delta(compiled.views[0].edge).batch).map(\.weight)
        }
        #expect(step(0, 1).isEmpty)
        #expect(step(0, 0) == [1])
        #expect(step(1_000_000, nil) == [-1])
        #expect(step(9_000_000, 0) == [1])
    }

    @Test func `memory stays flat over ten times the span`() throws {
        let queries = Model.queries.keys.sorted().filter { Model.queries[$0]?.contains("EMIT") == false }
        for name in queries + ["running", "arrival"] {
            let run = try Clocked(
                "SET state_ttl = '1 second'; CREATE VIEW v AS \(Model.queries[name] ?? "");"
                    + "CREATE SINK out AS SELECT * FROM v WITH (connector = 'memory', format = 'changelog_json');"
                    + "CREATE MATERIALIZED VIEW n AS SELECT COUNT(*) AS n FROM v;")
            var sizes: [(rows: Int, bytes: Int)] = []
            for step in 0..<220 {
                let rows = (0..<60).map { number in
                    (number % 2, [Value.text("key \(step) \(number / 4)"), .int64(Int64(number))])
                }
                run.step(Int64(step) * 50, rows)
                if step % 20 == 19 { sizes.append((run.stateRows, run.stateBytes)) }
            }
            // The first span fills, the second lets the tables find their size.
            #expect(sizes.dropFirst(2).allSatisfy { $0.rows <= sizes[1].rows }, "\(name): \(sizes)")
            #expect((sizes.last?.bytes ?? 0) <= sizes[2].bytes * 11 / 10, "\(name): \(sizes)")
        }
    }

    @Test func `check and explain say what bounds the state`() throws {
        let view = "CREATE MATERIALIZED VIEW v AS SELECT k, COUNT(*) AS n FROM l GROUP BY k;"
        #expect(try Compiler.optimized(Self.sources + view).unboundedState.count == 1)
        let bounded = try Compiler.optimized(Self.sources + "SET state_ttl = '1 day';" + view)
        #expect(bounded.unboundedState.isEmpty)
        #expect(
            PlanPrinter.print(bounded, showsProperties: true)
                .contains("keeps a group for each key until nothing has touched their key for 24:00:00"))
        // It holds for what stands before it too.
        #expect(try Compiler.optimized(Self.sources + view + "SET state_ttl = '1 day';").unboundedState.isEmpty)
        for (text, found) in [("SET state_ttl = 'soon'", "found soon"), ("SET state_ttl = '1 month'", "found 1 month")] {
            do {
                _ = try Compiler.plan(text + ";")
                Issue.record("\(text) is accepted")
            } catch { #expect(error.message.contains(found)) }
        }
    }
}
