import Foundation
import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL
import TestSupport
import Testing

@testable import MutstreamEngine

/// Money moves between accounts and none is made: whatever a step brings, all views speak of the same transfers.
///
/// `MUTSTREAM_TRANSFERS=1000000` takes more of them than the tests of every day do.
@Suite struct InternalConsistencyTests {
    private static let text = """
        CREATE SOURCE transfers (id BIGINT, sender BIGINT, receiver BIGINT, amount BIGINT, at TIMESTAMP,
          WATERMARK FOR at AS at - INTERVAL '10' SECOND) WITH (connector = 'memory');
        CREATE MATERIALIZED VIEW credits AS SELECT receiver AS account, SUM(amount) AS amount FROM transfers GROUP BY receiver;
        CREATE MATERIALIZED VIEW debits AS SELECT sender AS account, SUM(amount) AS amount FROM transfers GROUP BY sender;
        CREATE MATERIALIZED VIEW balance AS
          SELECT COALESCE(c.account, d.account) AS account, COALESCE(c.amount, 0) - COALESCE(d.amount, 0) AS amount
          FROM credits c FULL JOIN debits d ON c.account = d.account;
        CREATE MATERIALIZED VIEW total AS SELECT SUM(amount) AS total, COUNT(*) AS accounts FROM balance;
        CREATE MATERIALIZED VIEW lonely AS
          SELECT COUNT(*) AS n FROM transfers a LEFT JOIN transfers b ON a.id = b.id WHERE b.id IS NULL;
        """
    private static let types: [DataType] = [.bigint, .bigint, .bigint, .bigint, .timestamp]
    private static let accounts = 100

    /// Transfers out of order by up to some seconds.
    private static func transfers(_ rows: Range<Int>, _ random: inout SplitMix64) -> Batch {
        let builders = types.map { ColumnBuilder($0, capacity: rows.count) }
        for row in rows {
            let values = [
                row, random.below(accounts), random.below(accounts), random.below(1_000),
                (row * 1_000) + random.below(5_000_000),
            ]
            for (builder, value) in zip(builders, values) { builder.append(.int64(Int64(value))) }
        }
        return Batch(
            columns: builders.map { $0.finish() }, count: rows.count, ordinals: Ordinals(first: Int64(rows.lowerBound + 1)))
    }

    @Test(arguments: [1, 4]) func `the total is 0 in every published change, and no partner is missing`(shards: Int) throws {
        let seed = testSeed()
        var random = SplitMix64(seed: seed)
        let count = ProcessInfo.processInfo.environment["MUTSTREAM_TRANSFERS"].flatMap { Int($0) } ?? 20_000
        let plan = try Compiler.optimized("SET shards = \(shards);\n" + Self.text)
        let compiled = try Compiler.circuit(plan)
        if shards > 1 { compiled.circuit.runner = LaneThreads(lanes: shards) }
        let input = try #require(compiled.sources[0].rows)
        let projection = plan.sources[0].projection
        let total = try #require(compiled.views.first { $0.name == "total" })
        let lonely = try #require(compiled.views.first { $0.name == "lonely" })
        let longest = [1, 50, 5_000]
        var (start, step, published) = (0, Int64(0), 0)
        while start < count {
            let end = min(count, start + 1 + random.below(longest[Int(step) % longest.count]))
            let rows = Self.transfers(start..<end, &random)
            let batch = rows.with(columns: projection.map { rows.columns[$0] })
            compiled.circuit.step([(input, Delta(batch))], StepContext(step: step, clock: 0))
            for row in TestSupport.rows(of: compiled.circuit.delta(total.edge).batch) where row.weight > 0 {
                #expect(row.values[0] == .decimal(0), "seed \(seed), step \(step)")
                published += 1
            }
            let seen = total.rows.snapshot()
            #expect(seen.count == 1 && seen.columns[0].value(at: 0) == .decimal(0), "seed \(seed), step \(step)")
            #expect(values(of: lonely.rows.snapshot()) == [[0]], "seed \(seed), step \(step)")
            (start, step) = (end, step + 1)
        }
        #expect(published > 0 && values(of: total.rows.snapshot()) == [[.decimal(0), .int64(Int64(Self.accounts))]])
        let moved = values(of: try #require(compiled.views.first { $0.name == "credits" }).rows.snapshot())
        #expect(moved.count == Self.accounts)
    }
}
