import Foundation
import MutstreamColumnar
import MutstreamSQL
import TestSupport
import Testing

@testable import MutstreamEngine

/// Whatever strikes and whenever, a pipeline with a data directory ends as one that was never struck: the process dies, the
/// power fails and takes what was not synced, the disk is full, it cannot be read, a bit of what was written turns.
///
/// `MUTSTREAM_SIMULATIONS` says how many seeds run, `MUTSTREAM_SEED` which one.
@Suite struct CrashTests {
    /// Pipelines over payments and cards; their append-only sinks do not depend on the division into steps.
    static let pipelines = [
        """
        CREATE MATERIALIZED VIEW totals AS SELECT card, count(*) AS n, sum(amount) AS total FROM payments GROUP BY card;
        CREATE SINK large AS SELECT id, card, amount * 2 AS twice FROM payments WHERE amount > 40 WITH (connector = 'sim');
        """,
        """
        CREATE MATERIALIZED VIEW owned AS SELECT p.id, p.amount, c.owner FROM payments p JOIN cards c ON p.card = c.card;
        CREATE MATERIALIZED VIEW missing AS SELECT DISTINCT card FROM payments p
          WHERE NOT EXISTS (SELECT 1 FROM cards c WHERE c.card = p.card);
        CREATE SINK joined AS SELECT p.id, c.owner FROM payments p JOIN cards c ON p.card = c.card
          WITH (connector = 'sim', format = 'changelog_json');
        """,
        """
        CREATE SINK windows AS SELECT card, window_start, count(*) AS n, min(amount) AS least
          FROM TUMBLE(payments, at, INTERVAL '1' MINUTE) GROUP BY card, window_start, window_end
          EMIT ON WINDOW CLOSE WITH (connector = 'sim');
        CREATE SINK sliding AS SELECT card, window_end, count(*) AS n, max(amount) AS most, avg(amount) AS mean
          FROM HOP(payments, at, INTERVAL '10' SECOND, INTERVAL '1' MINUTE) GROUP BY card, window_start, window_end
          EMIT ON WINDOW CLOSE WITH (connector = 'sim');
        CREATE SINK least AS SELECT card, id, window_end FROM (SELECT *, row_number() OVER (PARTITION BY window_start, window_end
          ORDER BY amount, id) AS n FROM TUMBLE(payments, at, INTERVAL '1' MINUTE)) AS ranked WHERE n <= 4
          EMIT ON WINDOW CLOSE WITH (connector = 'sim');
        CREATE MATERIALIZED VIEW top AS SELECT id, amount FROM payments ORDER BY amount DESC, id LIMIT 5;
        CREATE SINK late AS SELECT * FROM payments.late WITH (connector = 'sim');
        """,
        """
        CREATE MATERIALIZED VIEW ranks AS SELECT id, card,
          row_number() OVER (PARTITION BY card ORDER BY amount DESC, id) AS r FROM payments;
        CREATE SINK rolling AS SELECT id, count(*) OVER w AS n, sum(amount) OVER w AS total FROM payments
          WINDOW w AS (PARTITION BY card ORDER BY at RANGE BETWEEN INTERVAL '1' MINUTE PRECEDING AND CURRENT ROW)
          EMIT ON ARRIVAL WITH (connector = 'sim');
        CREATE SINK sessions AS SELECT card, window_start, window_end, sum(amount) AS n
          FROM SESSION(TABLE payments PARTITION BY card, DESCRIPTOR(at), INTERVAL '20' SECOND)
          GROUP BY card, window_start, window_end EMIT ON WINDOW CLOSE WITH (connector = 'sim');
        CREATE SINK refused AS SELECT raw FROM payments.dead_letter WITH (connector = 'sim');
        """,
    ]

    static let sources = """
        CREATE SOURCE payments (id BIGINT, card TEXT, amount BIGINT, at TIMESTAMP,
          WATERMARK FOR at AS at - INTERVAL '5' SECOND) WITH (connector = 'sim');
        CREATE TABLE cards (card TEXT PRIMARY KEY, owner TEXT) WITH (connector = 'sim');

        """

    private struct Case: Sendable {
        let definition: PipelineDefinition
        let stage: Simulation.Stage

        init(_ index: Int) throws {
            stage = Simulation.Stage()
            definition = try PipelineDefinition(
                CrashTests.sources + CrashTests.pipelines[index], registry: Simulation.registry(stage), baseDirectory: ".")
        }
    }

    static func rows(_ random: inout SplitMix64) -> [String: [String]] {
        var seconds = 0
        let payments = (0..<Int.random(in: 20...120, using: &random)).map { id in
            seconds += Int.random(in: 0...9, using: &random)
            if random.oneIn(30) { return "{\"id\":\"none\"}" }
            let at = seconds - (random.oneIn(10) ? Int.random(in: 0...20, using: &random) : 0)
            let time = "2026-01-01T\(two(at / 3600 + 1)):\(two(max(at, 0) / 60 % 60)):\(two(max(at, 0) % 60))"
            let card = Int.random(in: 0..<9, using: &random)
            return
                "{\"id\":\(id),\"card\":\"card number \(card)\",\"amount\":\(Int.random(in: 1...99, using: &random)),\"at\":\"\(time)\"}"
        }
        let cards = (0..<Int.random(in: 0...20, using: &random)).map { turn in
            "{\"card\":\"card number \(Int.random(in: 0..<9, using: &random))\",\"owner\":\"owner \(turn)\"}"
        }
        return ["payments": payments, "cards": cards]
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// What must be the same: views, and the net rows of each sink.
    static func result(_ simulation: Simulation) -> [String: [String]] {
        var result = simulation.views
        for sink in simulation.definition.plan.sinks {
            var net: [String: Int] = [:]
            for line in simulation.sinkText(sink.name).split(separator: "\n") {
                // {"weight":1,…
                let weight = line.dropFirst(10).prefix { $0 != "," }
                net[String(line.dropFirst(10 + weight.count)), default: 0] += Int(weight) ?? 1_000_000
            }
            result["sink " + sink.name] = net.filter { $0.value != 0 }.map { "\($0.value) × \($0.key)" }.sorted()
        }
        return result
    }

    private struct Tally {
        /// How often a pipeline was started.
        var lives = 0
        /// How often a bit turned, and how often the start was refused for it.
        var (damages, refusals) = (0, 0)
        /// How often a state was compared with the one that a restart brings back.
        var comparisons = 0
    }

    private static func run(_ cases: [Case], seed: UInt64, _ tally: inout Tally) throws {
        var random = SplitMix64(seed: seed)
        let subject = cases[Int.random(in: 0..<cases.count, using: &random)]
        let rows = rows(&random)
        let logging = Simulation.Logging.allCases[Int.random(in: 0..<3, using: &random)]
        let calm = Simulation(
            subject.definition, subject.stage, rows: rows, seed: seed, logging: logging, durability: .async)
        calm.closesMax = .max
        try calm.start()
        try calm.work()
        let expected = result(calm)
        try calm.end()

        // What is promised of async holds for the end of the process only.
        let durability: Durability = random.oneIn(2) ? .sync : .async
        let strikes: [SimulatedFiles.Strike] =
            [.kill, .fullDisk, .failedReads] + (durability == .sync ? [.powerLoss] : [])
        let struck = Simulation(
            subject.definition, subject.stage, rows: rows, seed: seed &+ 1, logging: logging, durability: durability)
        struck.closesMax = [1, 3, .max][Int(seed % 3)]
        var strikesLeft = Int.random(in: 1...4, using: &random)
        var turned: (path: String, bit: Int)?
        while true {
            if strikesLeft > 0 {
                let strike = strikes[Int.random(in: 0..<strikes.count, using: &random)]
                struck.files.arm(strike, after: Int.random(in: 0...Int.random(in: 10...200, using: &random), using: &random))
                strikesLeft -= 1
            }
            do {
                try struck.start()
                try struck.work()
                if random.oneIn(2) {
                    try struck.end()
                } else if turned == nil, !struck.files.isStruck {
                    let state = try struck.state()
                    struck.files.restart()
                    try struck.start()
                    #expect(try struck.state() == state, "seed \(seed): the state after a restart")
                    tally.comparisons += 1
                    try struck.work()
                }
                if strikesLeft == 0 { break }
            } catch {
                // Only a strike stops it, or a bit that turned: then the folder is put back from a copy.
                if let (path, bit) = turned, !struck.files.isStruck {
                    #expect("\(error)".contains("damaged") || "\(error)".contains("version"), "seed \(seed): \(error)")
                    struck.files.flip(path, bit: bit)
                    turned = nil
                    tally.refusals += 1
                } else if !struck.files.isStruck {
                    throw error
                }
            }
            struck.files.restart()
            if turned == nil, random.oneIn(5) { turned = turnBit(struck.files, &random) }
            if turned != nil { tally.damages += 1 }
        }
        let found = result(struck)
        for (name, rows) in expected {
            #expect(found[name] == rows, "seed \(seed), \(name), \(logging), \(durability), \(struck.lives) lives")
        }
        tally.lives += struck.lives
    }

    /// Turns a bit of the log or of a checkpoint.
    private static func turnBit(_ files: SimulatedFiles, _ random: inout SplitMix64) -> (path: String, bit: Int)? {
        let paths = files.paths.filter { $0.contains("/log/") || $0.contains("/checkpoint-") }
        guard !paths.isEmpty else { return nil }
        let path = paths[random.below(paths.count)]
        let bit = random.below(max(files.content(path)?.count ?? 1, 1) * 8)
        files.flip(path, bit: bit)
        return (path, bit)
    }

    /// Half of the seeds each, side by side.
    @Test(arguments: [UInt64(0), 1]) func `a pipeline that is struck ends as one that is not`(_ half: UInt64) throws {
        let cases = try CrashTests.pipelines.indices.map { try Case($0) }
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["MUTSTREAM_SEED"].flatMap({ UInt64($0) }) {
            var tally = Tally()
            return half == 0 ? try CrashTests.run(cases, seed: seed, &tally) : ()
        }
        let count = (environment["MUTSTREAM_SIMULATIONS"].flatMap { UInt64($0) } ?? 400) / 2
        var tally = Tally()
        for seed in half * count..<(half + 1) * count {
            do { try CrashTests.run(cases, seed: seed, &tally) } catch {
                Issue.record("seed \(seed): \(error)")
                return
            }
        }
        #expect(tally.lives > Int(count) * 2, "\(tally): the strikes miss")
        #expect(tally.comparisons > Int(count) / 3, "\(tally)")
        #expect(tally.damages > tally.refusals && tally.refusals > Int(count) / 50, "\(tally)")
    }

    @Test func `a replay of the whole log gives the same bytes of state and sinks`() throws {
        for index in CrashTests.pipelines.indices {
            let subject = try Case(index)
            var random = SplitMix64(seed: UInt64(index))
            let run = Simulation(
                subject.definition, subject.stage, rows: CrashTests.rows(&random), seed: 7, logging: .bytes,
                durability: .async)
            run.checkpointsKept = .max
            try run.start()
            try run.work()
            let (state, result) = (try run.state(), CrashTests.result(run))
            // Without the checkpoints but the first, all steps are repeated.
            for path in run.files.paths where path.contains("checkpoint-") && !path.hasSuffix("0000000000") {
                try run.files.remove(path)
            }
            try run.start()
            #expect(run.loop?.stepper.step ?? 0 > 5)
            #expect(try run.state() == state)
            #expect(CrashTests.result(run) == result)
        }
    }
}
