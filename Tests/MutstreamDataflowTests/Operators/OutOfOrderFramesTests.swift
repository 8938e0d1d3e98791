import MutstreamColumnar
import TestSupport
import Testing

@testable import MutstreamDataflow

/// Rows far out of the order of time: what they cost, as entries looked at, and what is kept for them.
@Suite struct OutOfOrderFramesTests {
    private static let types: [DataType] = [.bigint, .timestamp, .int]
    private static let frames: [ArrivalFrame] = [
        .range(preceding: 1_000), .range(preceding: 100_000), .range(preceding: 1_000_000), .range(preceding: nil),
        .rows(preceding: 5_000), .range(preceding: 200_000, end: 90_000), .range(preceding: nil, end: 70_000),
        .rows(preceding: 9_000, end: 2_000),
    ]

    private func runner() -> (subject: ArrivalFrames, runner: Runner) {
        let functions: [AggregateFunction] = [.sum, .max]
        let aggregates = Self.frames.indices.flatMap { frame in functions.map { spec($0, 2, frame: frame, Self.types) } }
        let subject = ArrivalFrames(
            inputTypes: Self.types, partition: [0], order: 1, frames: Self.frames, aggregates: aggregates)
        return (
            subject,
            Runner(
                subject, inputs: [Self.types],
                outputs: [Self.types + aggregates.map(\.resultType), Self.types + [.text]])
        )
    }

    private func events(_ times: [Int64], from ordinal: Int64, _ random: inout SplitMix64, watermark: Int64? = nil)
        -> [TestEvent]
    {
        times.enumerated().map { index, time in
            let values: [Value] = [1, .int64(time), .int64(Int64(random.below(1_000_000)))]
            return TestEvent(0, TestRow(values, ordinal: ordinal + Int64(index)), watermark: watermark)
        }
    }

    /// Entries looked at for each of 200 rows at random places among `count` others.
    private func cost(_ count: Int) -> Int {
        var random = SplitMix64(seed: testSeed())
        let (subject, runner) = runner()
        runner.step(events((0..<Int64(count)).map { $0 * 10 }, from: 0, &random))
        #expect(subject.outOfOrderVisits == 0)
        // The first one makes the index.
        runner.step(events([5], from: Int64(count), &random))
        let before = subject.outOfOrderVisits
        runner.step(events((0..<200).map { _ in Int64(random.below(count * 10)) }, from: Int64(count) + 1, &random))
        return (subject.outOfOrderVisits - before) / 200
    }

    @Test func `a row far out of order costs the logarithm of the rows of its key`() {
        let (few, many) = (cost(2_000), cost(32_000))
        // Eight frames of which each may look at two leaves and two nodes of each level.
        #expect(few < 4_000, "\(few)")
        #expect(many < few * 2, "\(few) with 2,000 rows, \(many) with 32,000")
    }

    @Test func `a shuffled stream costs no more a row as it gets longer`() {
        func cost(_ count: Int) -> Int {
            var random = SplitMix64(seed: testSeed())
            var times = (0..<Int64(count)).map { $0 * 10 }
            for index in times.indices { times.swapAt(index, random.below(index + 1)) }
            let (subject, runner) = runner()
            runner.step(events(times, from: 0, &random))
            return subject.outOfOrderVisits / count
        }
        let (few, many) = (cost(1_000), cost(8_000))
        #expect(many < few * 2, "\(few) with 1,000 rows, \(many) with 8,000")
    }

    @Test func `a row near its place is found without an index`() {
        var random = SplitMix64(seed: testSeed())
        let aggregates = [spec(.sum, 2, Self.types), spec(.avg, 2, frame: 1, Self.types)]
        let subject = ArrivalFrames(
            inputTypes: Self.types, partition: [0], order: 1, frames: [.range(preceding: 9_000), .range(preceding: 30_000)],
            aggregates: aggregates)
        let runner = Runner(
            subject, inputs: [Self.types], outputs: [Self.types + aggregates.map(\.resultType), Self.types + [.text]])
        runner.step(events((0..<4_000).map { Int64($0 ^ 7) * 10 }, from: 0, &random))
        #expect(subject.outOfOrderVisits > 0)
        #expect(subject.index.last(0) == 0)
    }

    @Test func `the index goes as its rows go, and a restart leaves it out`() {
        var random = SplitMix64(seed: testSeed())
        let types = Self.types
        let aggregates = [spec(.max, 2, types), spec(.count, nil, types)]
        let make = {
            ArrivalFrames(
                inputTypes: types, partition: [0], order: 1, frames: [.range(preceding: 5_000)], aggregates: aggregates)
        }
        let outputs = [types + aggregates.map(\.resultType), types + [.text]]
        let (subject, other) = (make(), make())
        let (runner, restarting) = (
            Runner(subject, inputs: [types], outputs: outputs), Runner(other, inputs: [types], outputs: outputs)
        )
        var bytes: [Int] = []
        for step in 0..<60 {
            let latest = Int64(step) * 1_000
            let rows = events(
                (0..<300).map { _ in max(0, latest - Int64(random.below(4_000))) }, from: latest, &random,
                watermark: latest - 4_000)
            runner.step(rows)
            restarting.step(rows)
            if step % 7 == 3 { restarting.restart() }
            if step % 20 == 19 { bytes.append(subject.index.bytes) }
        }
        #expect(restarting.out == runner.out)
        #expect(bytes[0] > 10_000 && bytes[2] <= bytes[0] * 2, "\(bytes)")
        // Rows in the order of time do not use it.
        let visits = subject.outOfOrderVisits
        runner.step(events((0..<2_000).map { 100_000 + $0 * 10 }, from: 100_000, &random, watermark: 90_000))
        #expect(subject.outOfOrderVisits == visits)
    }
}
