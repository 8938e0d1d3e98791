import MutstreamColumnar
import MutstreamSQL
import TestSupport
import Testing

@testable import MutstreamEngine

/// A watermark for each partition of a source.
@Suite struct PartitionTests {
    private static let types: [DataType] = [.text, .timestamp]

    /// Feeds rows `key time` to the partitions, each with its time as its mark.
    private static func feed(_ partitions: Partitions, _ rows: [(String?, Int64)], clock: Int64) {
        let own = batch(types, rows.map { [$0.0.map { .text($0) } ?? .null, .int64($0.1)] })
        partitions.locate(own, column: 0, clock: clock)
        for (row, value) in rows.enumerated() {
            partitions.meet(row)
            partitions.raise(partitions.groups[row], to: value.1)
        }
    }

    @Test func `the least of all numbers`() {
        let seed = testSeed()
        var random = SplitMix64(seed: seed)
        for _ in 0..<50 {
            var tree = MinimumTree()
            var model = [Int64](repeating: .max, count: 200)
            for _ in 0..<400 {
                let (at, value) = (random.below(200), random.oneIn(5) ? Int64.max : Int64(random.below(1_000)) - 500)
                tree.set(at, value)
                model[at] = value
                #expect(tree.least == model.min() && tree[at] == value, "seed \(seed)")
            }
        }
    }

    @Test func `the hindmost partition holds the source back until it is silent for too long`() {
        let partitions = Partitions(column: 0, type: .text, rule: Partitions.Rule(idleTimeout: 100))
        Self.feed(partitions, [("a", 50), ("b", 10), (nil, 30)], clock: 0)
        #expect(partitions.least == 10)
        #expect(partitions.report(max: 2).map(\.name) == ["b", "NULL"])
        Self.feed(partitions, [("a", 70), (nil, 60)], clock: 60)
        #expect(partitions.least == 10 && partitions.idlesAt == 100)
        partitions.forgetIdle(clock: 99)
        #expect(partitions.least == 10)
        partitions.forgetIdle(clock: 100)
        #expect(partitions.least == 60 && partitions.count == 2 && partitions.idlesAt == 160)
        // It comes back as a new one.
        Self.feed(partitions, [("b", 65)], clock: 120)
        #expect(partitions.least == 60 && partitions.count == 3)
        Self.feed(partitions, [(nil, 90), ("a", 80)], clock: 130)
        #expect(partitions.least == 65)
    }

    @Test func `partitions that are expected are waited for`() {
        let endless = Partitions(column: 0, type: .text, rule: Partitions.Rule(expected: 3))
        Self.feed(endless, [("a", 5), ("b", 7)], clock: 0)
        #expect(endless.least == .min && endless.idlesAt == nil)
        Self.feed(endless, [("c", 9)], clock: 1_000)
        #expect(endless.least == 5)
        let patient = Partitions(column: 0, type: .text, rule: Partitions.Rule(idleTimeout: 10, expected: 3))
        Self.feed(patient, [("a", 5)], clock: 0)
        Self.feed(patient, [("a", 6)], clock: 8)
        #expect(patient.least == .min && patient.idlesAt == 10)
        patient.forgetIdle(clock: 10)
        #expect(patient.least == 6)
    }

    /// Runs the rows `key second` in their order; late rows as `key second`.
    private func run(
        _ rows: [(String, Int)], _ options: String, chunkRows: Int = 1
    ) throws -> (late: [String], counts: [String]) {
        let lines = rows.map { "{\"k\":\"\($0.0)\",\"at\":\"\(TimeTests.time($0.1))\"}\n" }
        let chunks = stride(from: 0, to: lines.count, by: chunkRows).map { start in
            lines[start..<min(start + chunkRows, lines.count)].joined()
        }
        let memory = Memory(["e": chunks])
        try memory.run(
            """
            CREATE SOURCE e (k TEXT, at TIMESTAMP, WATERMARK FOR at AS at) WITH (connector = 'memory'\(options));
            CREATE SINK late AS SELECT k, at FROM e.late WITH (connector = 'memory');
            CREATE SINK closed AS SELECT window_start, COUNT(*) AS n FROM TUMBLE(e, at, INTERVAL '1' MINUTE)
              GROUP BY window_start, window_end EMIT ON WINDOW CLOSE WITH (connector = 'memory');
            """)
        return (memory.rows("late").map { TimeTests.short($0) }, memory.rows("closed").map { TimeTests.short($0) })
    }

    @Test func `a partition that is behind is not late, and windows wait for it`() throws {
        var rows: [(String, Int)] = [("a", 0), ("b", 0)]
        for second in 1..<300 { rows.append(("a", second)) }
        for second in 1..<300 { rows.append(("b", second)) }
        let one = try run(rows, "")
        #expect(one.late.count == 298)
        let parted = try run(rows, ", partition_by = 'K'")
        #expect(parted.late.isEmpty)
        #expect(parted.counts == ["0 120", "60 120", "120 120", "180 120", "240 120"])
        // Each is judged by the watermark of all.
        #expect(try run(rows + [("a", 298), ("c", 10), ("a", 299)], ", partition_by = 'k'").late == ["a 298", "c 10"])
        // Before the second partition has come nothing is late.
        let apart = rows.dropFirst(2).map { $0 }
        #expect(try run(apart, ", partition_by = 'k'").late.count == 298)
        #expect(try run(apart, ", partition_by = 'k', partitions = 2").late.isEmpty)
    }

    @Test func `a partition that begins amid a chunk is not known before`() throws {
        let seed = testSeed()
        var random = SplitMix64(seed: seed)
        for round in 0..<20 {
            let rows = (0..<60).map { place in
                (["a", "b", "c", "d"][random.below(1 + place / 16)], place + random.below(20))
            }
            let options = ", partition_by = 'k', partitions = \(1 + random.below(3))"
            let single = try run(rows, options)
            #expect(try run(rows, options, chunkRows: 60) == single, "seed \(seed), round \(round)")
            #expect(try run(rows, options, chunkRows: 7) == single, "seed \(seed), round \(round)")
        }
    }

    @Test(arguments: [
        (", partition_by = 'x'", "has no column"), (", partitions = 2", "needs partition_by"),
    ])
    func `what has no partitions is refused`(_ options: String, _ message: String) {
        do {
            _ = try run([], options)
            Issue.record("accepted: \(options)")
        } catch {
            #expect("\(error)".contains(message), "\(error)")
        }
    }
}
