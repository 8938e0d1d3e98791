import MutstreamColumnar
import MutstreamSQL
import MutstreamStorage
import TestSupport
import Testing

@testable import MutstreamEngine

/// What a plan says of a change is true: what it calls kept ends as in a pipeline that was always the new one, however much
/// of the log is left, and nothing goes without being called a loss.
@Suite struct ChangeStateTests {
    /// A version of a pipeline: its columns, tables, lanes and queries.
    private struct Version {
        var columns = ["id BIGINT", "card TEXT", "amount BIGINT", "at TIMESTAMP"]
        var kinds: [Int] = [1, 2, 3]
        var shards = 1
        var chosen: [Int] = []

        static let statements = [
            "CREATE MATERIALIZED VIEW totals AS SELECT card, count(*) AS n, sum(amount) AS total FROM payments GROUP BY card;",
            "CREATE SINK counts AS SELECT card, count(*) AS n FROM payments GROUP BY card HAVING count(*) > 1 WITH (connector = 'sim', format = 'changelog_json');",
            "CREATE SINK large AS SELECT id, amount * 2 AS twice FROM payments WHERE amount > 40 WITH (connector = 'sim');",
            "CREATE MATERIALIZED VIEW owned AS SELECT p.id, c.owner FROM payments p JOIN cards c ON p.card = c.card;",
            "CREATE SINK windows AS SELECT card, window_start, count(*) AS n, min(amount) AS least FROM TUMBLE(payments, at, INTERVAL '1' MINUTE) GROUP BY card, window_start, window_end EMIT ON WINDOW CLOSE WITH (connector = 'sim');",
            "CREATE SINK sliding AS SELECT card, window_end, count(*) AS n FROM HOP(payments, at, INTERVAL '10' SECOND, INTERVAL '1' MINUTE) GROUP BY card, window_start, window_end EMIT ON WINDOW CLOSE WITH (connector = 'sim');",
            "CREATE SINK rolling AS SELECT id, count(*) OVER w AS n, sum(amount) OVER w AS total FROM payments WINDOW w AS (PARTITION BY card ORDER BY at RANGE BETWEEN INTERVAL '1' MINUTE PRECEDING AND CURRENT ROW) EMIT ON ARRIVAL WITH (connector = 'sim');",
            "CREATE MATERIALIZED VIEW best AS SELECT id, amount FROM payments ORDER BY amount DESC, id LIMIT 5;",
            "CREATE SINK kinds_of AS SELECT k.kind, count(*) AS n FROM payments p JOIN kinds k ON p.card = k.card GROUP BY k.kind WITH (connector = 'sim', format = 'changelog_json');",
            "CREATE MATERIALIZED VIEW kind_counts AS SELECT kind, count(*) AS n FROM kinds GROUP BY kind;",
            "CREATE MATERIALIZED VIEW fees AS SELECT card, sum(fee) AS f, count(*) AS n FROM payments WHERE amount > 9 GROUP BY card;",
            "CREATE MATERIALIZED VIEW seen AS SELECT DISTINCT card FROM payments;",
            "CREATE MATERIALIZED VIEW owners AS SELECT owner, count(*) AS n FROM cards GROUP BY owner;",
            "CREATE MATERIALIZED VIEW card_count AS SELECT count(*) AS n FROM cards;",
            "CREATE MATERIALIZED VIEW ranks AS SELECT id, row_number() OVER (PARTITION BY card ORDER BY amount DESC, id) AS r FROM payments;",
            "CREATE SINK sessions AS SELECT card, window_start, window_end, count(*) AS n FROM SESSION(TABLE payments PARTITION BY card, DESCRIPTOR(at), INTERVAL '20' SECOND) GROUP BY card, window_start, window_end EMIT ON WINDOW CLOSE WITH (connector = 'sim');",
            "CREATE MATERIALIZED VIEW both AS SELECT card, amount FROM payments WHERE amount < 30 UNION ALL SELECT card, 0 FROM cards;",
            "CREATE MATERIALIZED VIEW missing AS SELECT DISTINCT card FROM payments p WHERE NOT EXISTS (SELECT 1 FROM cards c WHERE c.card = p.card);",
            "CREATE SINK maybe AS SELECT p.id, c.owner, p.amount FROM payments p LEFT JOIN cards c ON p.card = c.card WITH (connector = 'sim', format = 'changelog_json');",
            "CREATE MATERIALIZED VIEW others AS SELECT card FROM payments EXCEPT SELECT card FROM cards;",
            "CREATE MATERIALIZED VIEW pairs AS SELECT a.id, b.id AS other FROM payments a JOIN payments b ON a.card = b.card AND b.at BETWEEN a.at AND a.at + INTERVAL '10' SECOND AND a.id < b.id;",
            "CREATE MODEL risk INPUT (amount DOUBLE) OUTPUT (bad BOOLEAN) WITH (algorithm = 'logistic_regression'); INSERT INTO MODEL risk SELECT CAST(amount AS DOUBLE), amount > 50 FROM payments; CREATE SINK scored AS SELECT id, PREDICT(risk, CAST(amount AS DOUBLE)) AS score FROM payments WITH (connector = 'sim');",
            "CREATE VIEW small AS SELECT id, card, amount FROM payments WHERE amount < 50; CREATE MATERIALIZED VIEW most AS SELECT card, max(amount) AS m, count(DISTINCT id) AS n FROM small GROUP BY card;",
            "CREATE SINK rising AS SELECT card, f, l FROM payments MATCH_RECOGNIZE (PARTITION BY card ORDER BY at MEASURES FIRST(A.amount) AS f, LAST(B.amount) AS l PATTERN (A B) DEFINE B AS B.amount > A.amount) WITH (connector = 'sim');",
        ]

        func text() -> String {
            let fee = columns.contains { $0.hasPrefix("fee") } ? columns : columns + ["fee DECIMAL(10,2)"]
            let values = kinds.map { "('card number \($0 % 9)', 'kind \($0 % 4)')" }.joined(separator: ", ")
            return """
                SET shards = \(shards);
                CREATE SOURCE payments (\(fee.joined(separator: ", ")), WATERMARK FOR at AS at - INTERVAL '5' SECOND)
                  WITH (connector = 'sim');
                CREATE TABLE cards (card TEXT PRIMARY KEY, owner TEXT) WITH (connector = 'sim');
                CREATE TABLE kinds (card TEXT, kind TEXT);
                INSERT INTO kinds VALUES \(values);
                \(chosen.map { Version.statements[$0] }.joined(separator: "\n"))
                """
        }

        mutating func change(_ random: inout SplitMix64) {
            if random.oneIn(3) {
                columns.insert("extra\(columns.count) TEXT", at: Int.random(in: 0...columns.count, using: &random))
            }
            if random.oneIn(3) {
                columns.removeAll { $0.hasPrefix("fee") }
                columns.insert("fee DECIMAL(\(Int.random(in: 10...14, using: &random)),2)", at: 2)
            }
            if random.oneIn(3) {
                kinds = (0..<Int.random(in: 1...6, using: &random)).map { _ in Int.random(in: 0..<40, using: &random) }
            }
            if random.oneIn(8) { shards = 3 - shards }
            for index in Version.statements.indices where random.oneIn(5) {
                if let place = chosen.firstIndex(of: index) { chosen.remove(at: place) } else { chosen.append(index) }
            }
            chosen.shuffle(using: &random)
            if chosen.isEmpty { chosen = [0] }
        }
    }

    private static func definition(_ text: String, _ stage: Simulation.Stage) throws -> PipelineDefinition {
        try PipelineDefinition(text, registry: Simulation.registry(stage), baseDirectory: ".")
    }

    private static func rows(_ random: inout SplitMix64) -> [String: [String]] {
        CrashTests.rows(&random).mapValues { lines in lines.filter { !$0.contains("none") } }
    }

    /// What is left of the log: nothing, its end, all of it; or the process was killed.
    private enum Left: CaseIterable { case nothing, end, all, killed }

    private static func trim(_ left: Left, _ run: Simulation, _ random: inout SplitMix64) throws {
        let segments = run.files.paths.filter { $0.contains("log-") }.sorted()
        let gone =
            left == .nothing ? segments.count : left == .end ? Int.random(in: 0..<max(segments.count, 1), using: &random) : 0
        for path in segments.prefix(gone) { try run.files.remove(path) }
    }

    @Test func `what is called kept ends as if the pipeline had always been the new one`() throws {
        var (kept, lossy, unfinished) = (0, 0, 0)
        for seed in UInt64(0)..<100 {
            var random = SplitMix64(seed: seed)
            let rows = ChangeStateTests.rows(&random)
            let logging: Simulation.Logging = random.oneIn(2) ? .place : .bytes
            let stage = Simulation.Stage()
            var version = Version()
            version.chosen = Version.statements.indices.filter { _ in random.oneIn(2) }
            if version.chosen.isEmpty { version.chosen = [0] }
            let old = version
            version.change(&random)
            if random.oneIn(2) { version.change(&random) }

            let calm = Simulation(
                try ChangeStateTests.definition(version.text(), stage), stage, rows: rows, seed: seed, logging: logging,
                durability: .async)
            try calm.start()
            try calm.work()
            let expected = CrashTests.result(calm)

            let run = Simulation(
                try ChangeStateTests.definition(old.text(), stage), stage, rows: rows, seed: seed &+ 1, logging: logging,
                durability: .async)
            run.text = old.text()
            try run.start()
            try run.work(steps: Int64.random(in: 1...30, using: &random))
            let left = Left.allCases[Int.random(in: 0..<4, using: &random)]
            if left != .killed { try run.end() }
            try ChangeStateTests.trim(left, run, &random)

            run.text = version.text()
            run.definition = try ChangeStateTests.definition(version.text(), stage)
            let place = "seed \(seed), \(left), \(logging)\n\(old.text())\n→\n\(version.text())"
            guard let plan = try PlannedChange.compare(dataDirectory: "data", with: run.definition, files: run.files) else {
                continue
            }
            if plan.items.contains(where: { $0.kind == "log" }) { unfinished += 1 }
            if plan.isLossy {
                lossy += 1
                #expect(throws: StartError.self, "\(place)") { try run.start() }
                run.acceptsLoss = true
            }
            try run.start()
            try run.work()
            let found = CrashTests.result(run)
            for item in plan.items where item.outcome == .kept && (item.kind == "view" || item.kind == "sink") {
                let name = item.kind == "sink" ? "sink \(item.name)" : item.name
                guard let rows = expected[name] else { continue }
                kept += 1
                #expect(found[name] == rows, "\(name): \(item.reason), \(place)\n\(plan.items)")
            }
            if let kinds = plan.items.first(where: { $0.name == "kind_counts" && $0.outcome != .removed }) {
                #expect(!kinds.isLossy, "\(place)")
            }
            for view in ["kind_counts"] { #expect(found[view] == expected[view], "\(view), \(place)") }
        }
        #expect(kept > 200 && lossy > 10 && unfinished > 5, "\(kept) kept, \(lossy) lossy, \(unfinished) unfinished")
    }

    /// A pipeline that has run, with nothing left of its log.
    private static func trimmed(_ text: String, _ stage: Simulation.Stage) throws -> Simulation {
        var random = SplitMix64(seed: 11)
        let run = Simulation(
            try definition(text, stage), stage, rows: rows(&random), seed: 12, logging: .bytes, durability: .async)
        run.text = text
        try run.start()
        try run.work(steps: 12)
        try run.end()
        for path in run.files.paths where path.contains("log-") { try run.files.remove(path) }
        return run
    }

    private static func plan(_ text: String, _ run: Simulation, _ stage: Simulation.Stage) throws -> [String: PlanChange
        .Item]
    {
        let plan = try PlannedChange.compare(
            dataDirectory: "data", with: try definition(text, stage), files: run.files)
        let items = plan?.items ?? []
        return Dictionary(items.map { ($0.name, $0) }) { first, _ in first }
    }

    private static let counts =
        "CREATE SINK u AS SELECT card, count(*) AS n FROM payments GROUP BY card "
        + "WITH (connector = 'sim', format = 'changelog_json');\n"

    @Test func `one more column that is read elsewhere changes nothing, lanes do`() throws {
        let stage = Simulation.Stage()
        let run = try ChangeStateTests.trimmed(CrashTests.sources + ChangeStateTests.counts, stage)
        let other = "CREATE SINK other AS SELECT id, amount FROM payments WITH (connector = 'sim');"
        let wider = try ChangeStateTests.plan(CrashTests.sources + other + ChangeStateTests.counts, run, stage)
        #expect(wider["u"]?.outcome == .kept && wider.values.allSatisfy { !$0.isLossy }, "\(wider)")
        var all = Version()
        // Ties in the order of a window function are broken by the whole row.
        all.chosen = Version.statements.indices.filter { !Version.statements[$0].contains("row_number") }
        let many = try ChangeStateTests.trimmed(all.text(), stage)
        let added = all.text() + "\nCREATE SINK more AS SELECT at, fee FROM payments WITH (connector = 'sim');"
        let still = try ChangeStateTests.plan(added, many, stage)
        #expect(still.count > 20 && still.values.allSatisfy { !$0.isLossy }, "\(still.values.filter(\.isLossy))")
        let lanes = try ChangeStateTests.plan("SET shards = 2;\n" + CrashTests.sources + ChangeStateTests.counts, run, stage)
        #expect(lanes["u"]?.isLossy == true, "\(lanes)")
        #expect(lanes["u"]?.reason.contains("what it keeps begins anew: aggregate by card") == true, "\(lanes)")
    }

    @Test func `an aggregate that several share is called lost with the query that it was made for`() throws {
        let stage = Simulation.Stage()
        let shared =
            CrashTests.sources
            + "CREATE VIEW sums AS SELECT card, count(*) AS n, sum(amount) AS s FROM payments GROUP BY card;\n"
        let first = "CREATE SINK a AS SELECT card, n FROM sums WITH (connector = 'sim', format = 'changelog_json');\n"
        let second = "CREATE SINK b AS SELECT card, s FROM sums WITH (connector = 'sim', format = 'changelog_json');\n"
        let run = try ChangeStateTests.trimmed(shared + first + second, stage)
        let plan = try ChangeStateTests.plan(shared + first, run, stage)
        #expect(plan["a"]?.isLossy == true, "\(plan)")
        let windows =
            "CREATE SINK w AS SELECT window_start, count(*) AS n FROM TUMBLE(payments, at, INTERVAL '1' HOUR) "
            + "GROUP BY window_start, window_end EMIT ON WINDOW CLOSE WITH (connector = 'sim');\n"
        let open = try ChangeStateTests.trimmed(CrashTests.sources + windows, stage)
        let closing = windows.replacing("INTERVAL '1' HOUR", with: "INTERVAL '2' HOUR")
        #expect(try ChangeStateTests.plan(CrashTests.sources + closing, open, stage)["w"]?.isLossy == true)
    }

    @Test func `a source goes on with more columns, wider types and other ways to be read`() throws {
        let stage = Simulation.Stage()
        let run = try ChangeStateTests.trimmed(
            CrashTests.sources.replacing("amount BIGINT", with: "amount DECIMAL(10,2)") + ChangeStateTests.counts
                + "CREATE SINK all_of_them AS SELECT id, amount FROM payments WITH (connector = 'sim');\n", stage)
        for (what, with) in [
            ("amount DECIMAL(10,2)", "amount DECIMAL(12,2)"),
            ("amount DECIMAL(10,2), at", "amount DECIMAL(10,2), note TEXT, at"),
            ("'sim');\nCREATE TABLE", "'sim', idle_timeout = '5 seconds');\nCREATE TABLE"),
            ("card TEXT, amount", "card VARCHAR(20), amount"), ("(id BIGINT", "(first TEXT, id BIGINT"),
        ] {
            let text =
                CrashTests.sources.replacing("amount BIGINT", with: "amount DECIMAL(10,2)") + ChangeStateTests.counts
                + "CREATE SINK all_of_them AS SELECT id, amount FROM payments WITH (connector = 'sim');\n"
            let changed = text.replacing(what, with: with)
            #expect(changed != text)
            let plan = try ChangeStateTests.plan(changed, run, stage)
            #expect(plan.values.allSatisfy { $0.outcome == .kept && !$0.isLossy }, "\(with): \(plan)")
        }
        let narrower =
            CrashTests.sources.replacing("amount BIGINT", with: "amount DECIMAL(9,2)") + ChangeStateTests.counts
            + "CREATE SINK all_of_them AS SELECT id, amount FROM payments WITH (connector = 'sim');\n"
        #expect(try ChangeStateTests.plan(narrower, run, stage)["payments"]?.isLossy == true)
    }

    @Test func `tables of statements have what the new statements say`() throws {
        let stage = Simulation.Stage()
        func text(_ values: String, _ rest: String = "") -> String {
            CrashTests.sources + "CREATE TABLE kinds (card TEXT, kind TEXT);\nINSERT INTO kinds VALUES \(values);\n"
                + "CREATE MATERIALIZED VIEW k AS SELECT card, kind FROM kinds;\n" + rest + ChangeStateTests.counts
        }
        let run = try ChangeStateTests.trimmed(text("('a', 'x'), ('b', 'y')"), stage)
        let added =
            "CREATE TABLE names (name TEXT);\nINSERT INTO names VALUES ('n');\n"
            + "CREATE MATERIALIZED VIEW m AS SELECT name FROM names;\nCREATE MATERIALIZED VIEW again AS SELECT kind FROM kinds;\n"
        let new = text("('b', 'y'), ('c', 'z'), ('c', 'z')", added)
        #expect(try ChangeStateTests.plan(new, run, stage).values.allSatisfy { !$0.isLossy })
        run.text = new
        run.definition = try ChangeStateTests.definition(new, stage)
        try run.start()
        let rows = { (list: [(String, String)]) in list.map { "{\"card\":\"\($0.0)\",\"kind\":\"\($0.1)\"}" } }
        #expect(run.views["k"] == rows([("b", "y"), ("c", "z"), ("c", "z")]))
        #expect(run.views["m"] == ["{\"name\":\"n\"}"])
        #expect(run.views["again"] == ["{\"kind\":\"y\"}", "{\"kind\":\"z\"}", "{\"kind\":\"z\"}"])
        // What has been done is done: a crash changes nothing.
        try run.start()
        #expect(run.views["k"] == rows([("b", "y"), ("c", "z"), ("c", "z")]))
        #expect(run.views["m"] == ["{\"name\":\"n\"}"])
    }

    @Test func `a table with a primary key tells new queries what it holds`() throws {
        let stage = Simulation.Stage()
        let sources = CrashTests.sources.replacing("owner TEXT)", with: "owner TEXT, city TEXT)")
        let owners = "CREATE MATERIALIZED VIEW owners AS SELECT owner, count(*) AS n FROM cards GROUP BY owner;\n"
        let joined =
            "CREATE SINK joined AS SELECT p.id, c.owner FROM payments p JOIN cards c ON p.card = c.card "
            + "WITH (connector = 'sim', format = 'changelog_json');\n"
        let cities =
            "CREATE SINK cities AS SELECT card, city FROM cards WITH (connector = 'sim', format = 'changelog_json');\n"
        for seed in UInt64(0)..<20 {
            var random = SplitMix64(seed: seed)
            var rows = ChangeStateTests.rows(&random)
            rows["cards"] = rows["cards"]?.map { $0.replacing("}", with: ",\"city\":\"c\($0.count % 3)\"}") }
            let text = sources + owners + joined
            let again =
                "CREATE MATERIALIZED VIEW again AS SELECT card, owner FROM cards;\n"
                + "CREATE SINK told AS SELECT owner, count(*) AS n FROM cards GROUP BY owner "
                + "WITH (connector = 'sim', format = 'changelog_json');\n"
                + "CREATE SINK all_of_them AS SELECT card, owner FROM cards WITH (connector = 'sim', format = 'changelog_json');\n"
            // One column of the table is read no more, and another query reads it.
            let calm = Simulation(
                try ChangeStateTests.definition(text + again, stage), stage, rows: rows, seed: seed, logging: .bytes,
                durability: .async)
            try calm.start()
            try calm.work()
            let expected = CrashTests.result(calm)
            let run = Simulation(
                try ChangeStateTests.definition(text + cities, stage), stage, rows: rows, seed: seed &+ 1, logging: .bytes,
                durability: .async)
            run.text = text + cities
            try run.start()
            try run.work(steps: 9)
            try run.end()
            for path in run.files.paths where path.contains("log-") { try run.files.remove(path) }
            let plan = try ChangeStateTests.plan(text + again, run, stage)
            #expect(plan.values.allSatisfy { !$0.isLossy }, "seed \(seed), \(plan)")
            run.text = text + again
            run.definition = try ChangeStateTests.definition(text + again, stage)
            try run.start()
            try run.work()
            let found = CrashTests.result(run)
            for (name, rows) in expected { #expect(found[name] == rows, "seed \(seed), \(name)") }
            try run.end()
            for path in run.files.paths where path.contains("log-") { try run.files.remove(path) }
            let wider = try ChangeStateTests.plan(text + again + cities, run, stage)
            #expect(wider["cards"]?.isLossy == true && wider["cards"]?.reason.hasPrefix("city was not read before") == true)
            #expect(wider.values.filter(\.isLossy).count == 1, "\(wider)")
        }
    }
}
