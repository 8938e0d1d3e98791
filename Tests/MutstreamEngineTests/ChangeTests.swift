import MutstreamColumnar
import MutstreamSQL
import MutstreamStorage
import TestSupport
import Testing

@testable import MutstreamEngine

/// Another pipeline goes on with a data directory.
@Suite struct ChangeTests {
    private static let statements: [String] = CrashTests.pipelines.flatMap { pipeline in
        pipeline.split(separator: ";").map { $0.drop { $0.isWhitespace } + ";\n" }
    }

    private static func definition(_ text: String, _ stage: Simulation.Stage) throws -> PipelineDefinition {
        try PipelineDefinition(text, registry: Simulation.registry(stage), baseDirectory: ".")
    }

    private static func text(_ chosen: [String]) -> String {
        CrashTests.sources + chosen.joined().replacing("(connector = 'sim'", with: "(connector = 'file'")
    }

    private static func choice(_ random: inout SplitMix64, of count: Int) -> [String] {
        let chosen = statements.filter { _ in random.oneIn(2) }
        return chosen.isEmpty ? [statements[0]] : Array(chosen.shuffled(using: &random).prefix(count))
    }

    @Test func `with the whole log a changed pipeline is as if it had always been there`() throws {
        #expect(ChangeTests.statements.count == 14)
        for seed in UInt64(0)..<120 {
            var random = SplitMix64(seed: seed)
            let rows = CrashTests.rows(&random)
            // Rows that are logged as such lack the columns that no one read.
            let logging: Simulation.Logging = random.oneIn(2) ? .place : .bytes
            let stage = Simulation.Stage()
            // Each goes on with what the one before left.
            let texts = (0..<Int.random(in: 2...3, using: &random)).map { _ in
                ChangeTests.text(ChangeTests.choice(&random, of: 6))
            }
            let last = try ChangeTests.definition(texts[texts.count - 1], stage)
            let calm = Simulation(last, stage, rows: rows, seed: seed, logging: logging, durability: .async)
            try calm.start()
            try calm.work()
            let expected = CrashTests.result(calm)

            let first = try ChangeTests.definition(texts[0], stage)
            let changed = Simulation(first, stage, rows: rows, seed: seed &+ 1, logging: logging, durability: .async)
            for text in texts {
                changed.text = text
                changed.definition = try ChangeTests.definition(text, stage)
                try changed.start()
                try changed.work(steps: Int64.random(in: 1...30, using: &random))
                if text == texts.last { try changed.work() } else { try changed.end() }
            }
            let found = CrashTests.result(changed)
            for (name, rows) in expected { #expect(found[name] == rows, "seed \(seed), \(name), \(logging)\n\(texts)") }
        }
    }

    @Test func `without the log operators that are the same keep their state`() throws {
        var random = SplitMix64(seed: 20_261_123)
        for index in CrashTests.pipelines.indices {
            let rows = CrashTests.rows(&random)
            let stage = Simulation.Stage()
            let text = CrashTests.sources + CrashTests.pipelines[index]
            let calm = Simulation(
                try ChangeTests.definition(text, stage), stage, rows: rows, seed: 3, logging: .bytes, durability: .async)
            try calm.start()
            try calm.work()
            let expected = CrashTests.result(calm)

            let changed = Simulation(
                try ChangeTests.definition(text, stage), stage, rows: rows, seed: 4, logging: .bytes, durability: .async)
            changed.text = text
            try changed.start()
            try changed.work(steps: 9)
            try changed.end()
            for path in changed.files.paths where path.contains("log-") { try changed.files.remove(path) }
            // Another view that keeps nothing, and another order.
            let new =
                CrashTests.sources + "CREATE SINK all_cards AS SELECT card, owner FROM cards WITH (connector = 'sim', "
                + "format = 'changelog_json');\n" + CrashTests.pipelines[index]
            changed.text = new
            changed.definition = try ChangeTests.definition(new, stage)
            let plan = try #require(
                try PlannedChange.compare(dataDirectory: "data", with: changed.definition, files: changed.files))
            #expect(!plan.isLossy, "\(plan.items)")
            try changed.start()
            try changed.work()
            let found = CrashTests.result(changed)
            for (name, rows) in expected { #expect(found[name] == rows, "pipeline \(index), \(name)") }
        }
    }

    @Test func `what would be lost is refused, and accepted on demand`() throws {
        var random = SplitMix64(seed: 5)
        let stage = Simulation.Stage()
        let rows = CrashTests.rows(&random)
        func text(_ aggregate: String) -> String {
            CrashTests.sources + "CREATE MATERIALIZED VIEW v AS SELECT card, \(aggregate) AS x FROM payments GROUP BY card;"
        }
        let run = Simulation(
            try ChangeTests.definition(text("sum(amount)"), stage), stage, rows: rows, seed: 9, logging: .rows,
            durability: .async)
        run.text = text("sum(amount)")
        try run.start()
        try run.work()
        try run.end()
        let before = run.views
        for path in run.files.paths where path.contains("log-") { try run.files.remove(path) }
        run.text = text("max(amount)")
        run.definition = try ChangeTests.definition(text("max(amount)"), stage)
        #expect(throws: StartError.self) { try run.start() }
        let plan = try #require(try PlannedChange.compare(dataDirectory: "data", with: run.definition, files: run.files))
        #expect(plan.items.filter(\.isLossy).map(\.name) == ["v"])
        // What was refused has changed nothing.
        let old = try ChangeTests.definition(text("sum(amount)"), stage)
        (run.text, run.definition) = (text("sum(amount)"), old)
        try run.start()
        #expect(run.views == before)
        try run.end()
        (run.text, run.definition) = (text("max(amount)"), try ChangeTests.definition(text("max(amount)"), stage))
        run.acceptsLoss = true
        try run.start()
        #expect(run.views == ["v": []])
    }
}
