import MutstreamColumnar
import TestSupport
import Testing

@testable import MutstreamDataflow

/// key, at, INT, BIGINT, DECIMAL(38,2), DOUBLE, TEXT, BOOLEAN, DECIMAL(12,2), INTERVAL
private let types: [DataType] = [
    .text, .timestamp, .int, .bigint, .decimal(precision: 38, scale: 2), .double, .text, .boolean,
    .decimal(precision: 12, scale: 2), .interval,
]

private func outputTypes(_ aggregates: [AggregateSpec]) -> [[DataType]] {
    [types + aggregates.map(\.resultType), types + [.text]]
}

/// Random rows of few keys, many ties, out of order by at most `disorder`, never late.
private func makeEvents(
    _ count: Int, _ random: inout SplitMix64, disorder: Int, nullTimes: Bool, shared: Bool
) -> [TestEvent] {
    var events: [TestEvent] = []
    var (ordinal, latest) = (Int64(0), Int64(0))
    for _ in 0..<count {
        if !shared || !random.oneIn(4) { ordinal += 1 + Int64(random.below(3)) }
        latest += Int64(random.below(4))
        let time = latest - Int64(disorder == 0 ? 0 : random.oneIn(2) ? 0 : random.below(disorder))
        let huge = (0..<37).reduce(Int128(9)) { product, _ in product * 10 }
        let row: [Value] = [
            random.oneIn(10) ? .null : .text(["a", "b", "a key longer than twelve bytes"][random.below(3)]),
            nullTimes && random.oneIn(8) ? .null : .int64(time),
            random.oneIn(5) ? .null : .int64(Int64(random.below(2001)) - 1000),
            random.oneIn(6) ? .int64(random.oneIn(2) ? .max : .min) : .int64(Int64(random.below(100)) - 50),
            random.oneIn(9) ? .decimal(random.oneIn(2) ? huge : -huge) : .decimal(Int128(random.below(1000))),
            random.oneIn(7) ? .null : .double(Double(random.below(4001) - 2000) / 8),
            random.oneIn(5) ? .null : .text(random.letters(random.below(16))),
            random.oneIn(5) ? .null : .bool(random.oneIn(2)),
            .decimal(Int128(random.below(200_001)) - 100_000),
            .interval(Interval(months: Int32(random.below(2)), days: Int32(random.below(29)), microseconds: 0)),
        ]
        let watermark: Int64? = disorder == .max ? nil : latest - Int64(disorder)
        events.append(TestEvent(0, TestRow(row, ordinal: ordinal), watermark: watermark))
    }
    return events
}

/// Each row answered over its prefix, from scratch: output 0, then output 1 without the reasons.
private func oracle(
    _ events: [TestEvent], _ frames: [ArrivalFrame], _ aggregates: [AggregateSpec]
) -> (out: [TestRow], failed: [TestRow]) {
    let all = events.compactMap(\.row)
    var (out, failed): ([TestRow], [TestRow]) = ([], [])
    for (index, row) in all.enumerated() {
        let prefix = all.indices.filter { all[$0].ordinal <= row.ordinal && all[$0].values[0] == row.values[0] }
        func time(_ index: Int) -> Int64? { if case .int64(let time) = all[index].values[1] { time } else { nil } }
        let sorted = prefix.sorted { ((time($0) ?? .max), $0) < ((time($1) ?? .max), $1) }
        var answers: [AggregateOracle.Answer] = []
        for spec in aggregates {
            let inFrame: [Int]
            switch (frames[spec.frame], time(index)) {
            case (.range(nil, _), nil): inFrame = sorted
            case (.range(nil, let end), let now?):
                inFrame = sorted.filter { time($0).map { $0 <= now - end } ?? false }
            case (.range, nil): inFrame = sorted.filter { time($0) == nil }
            case (.range(let preceding?, let end), let now?):
                inFrame = sorted.filter { time($0).map { $0 <= now - end && $0 >= now - preceding } ?? false }
            case (.rows(let preceding, let end), _):
                let place = sorted.firstIndex(of: index) ?? 0
                let first = max(0, preceding.map { place - $0 } ?? 0)
                inFrame = place - end < first ? [] : Array(sorted[first...(place - end)])
            }
            answers.append(AggregateOracle.answer(spec, inFrame.map { all[$0].values }, types))
        }
        var row = row
        if answers.contains(.failure) {
            failed.append(row)
            continue
        }
        for case .value(let value) in answers { row.values.append(value) }
        out.append(row)
    }
    return (out, failed)
}

private func run(
    _ events: [TestEvent], _ frames: [ArrivalFrame], _ aggregates: [AggregateSpec], _ random: inout SplitMix64,
    watched: Bool = true, nearMax: Int = ArrivalFrames.nearMax
) -> (out: [TestRow], failed: [TestRow]) {
    let runner = Runner(
        ArrivalFrames(
            inputTypes: types, partition: [0], order: 1, frames: frames, aggregates: aggregates, orderIsEventTime: watched,
            nearMax: nearMax),
        inputs: [types], outputs: outputTypes(aggregates))
    var failed: [TestRow] = []
    for range in divisions(events.map(\.ordinal), &random) {
        runner.step(events[range])
        if random.oneIn(8) { runner.restart() }
        failed += rows(of: runner.last[1].batch).map { TestRow(Array($0.values.dropLast()), ordinal: $0.ordinal) }
    }
    return (runner.out, failed)
}

@Suite struct ArrivalFramesTests {
    private static let everything: [(AggregateFunction, Int?)] = [
        (.count, nil), (.count, 2), (.sum, 2), (.avg, 2), (.min, 2), (.max, 2), (.sum, 3), (.avg, 3), (.max, 3),
        (.sum, 5), (.avg, 5), (.min, 5), (.max, 5), (.min, 6), (.max, 6), (.min, 7), (.sum, 8), (.avg, 8), (.max, 8),
        (.min, 9),
    ]

    private func compare(
        _ frames: [ArrivalFrame], disorder: Int, nullTimes: Bool = false, shared: Bool = false, extra: [AggregateSpec] = [],
        distinct: Bool = false
    ) {
        var random = SplitMix64(seed: testSeed())
        for _ in 0..<8 {
            var aggregates = extra
            for _ in 0..<7 {
                let (function, column) = Self.everything[random.below(Self.everything.count)]
                let filter = random.oneIn(4) ? 7 : nil
                aggregates.append(spec(function, column, filter: filter, frame: random.below(frames.count), types))
                guard distinct else { continue }
                // Few values, texts and doubles.
                var counted = spec(
                    .count, [0, 5, 6, 7, 9][random.below(5)], filter: filter, frame: random.below(frames.count), types)
                counted.isDistinct = true
                aggregates.append(counted)
            }
            let events = makeEvents(160, &random, disorder: disorder, nullTimes: nullTimes, shared: shared)
            let expected = oracle(events, frames, aggregates)
            // Entries one by one, the index alone, and both.
            for nearMax in [ArrivalFrames.nearMax, 0, 5] {
                let actual = run(events, frames, aggregates, &random, nearMax: nearMax)
                #expect(actual.out == expected.out, "\(aggregates)")
                #expect(actual.failed == expected.failed)
            }
        }
    }

    @Test func `rows in the order of time see what a batch query sees`() {
        compare([.range(preceding: 0), .range(preceding: 10), .range(preceding: 60)], disorder: 0)
    }

    @Test func `rows out of order see what a batch query sees`() {
        compare([.range(preceding: 5), .range(preceding: 25), .range(preceding: 100)], disorder: 20)
    }

    @Test func `frames that end before the row`() {
        compare([.range(preceding: 20, end: 8), .range(preceding: 30, end: 8), .range(preceding: 9)], disorder: 0)
        compare([.range(preceding: 20, end: 8), .range(preceding: 8, end: 8), .range(preceding: 40, end: 21)], disorder: 15)
        compare([.range(preceding: nil, end: 6), .range(preceding: 4, end: 1)], disorder: 9, nullTimes: true, shared: true)
        compare([.rows(preceding: 9, end: 3), .rows(preceding: 3, end: 3), .rows(preceding: 1)], disorder: 7)
        compare([.rows(preceding: nil, end: 4), .rows(preceding: 6, end: 1)], disorder: 12, shared: true)
        compare([.rows(preceding: 2, end: 5), .range(preceding: 3, end: 7), .range(preceding: 12, end: 3)], disorder: 10)
    }

    @Test func `distinct values are counted`() {
        compare([.range(preceding: 10), .range(preceding: 60)], disorder: 0, distinct: true)
        compare([.range(preceding: 5), .range(preceding: 25), .range(preceding: nil)], disorder: 20, distinct: true)
        compare([.range(preceding: 20, end: 8), .range(preceding: 40, end: 8)], disorder: 15, shared: true, distinct: true)
        compare([.range(preceding: nil, end: 5), .range(preceding: 9, end: 2)], disorder: 12, distinct: true)
        compare(
            [.rows(preceding: 6), .rows(preceding: 12, end: 3), .rows(preceding: nil, end: 2)], disorder: 9, distinct: true)
    }

    @Test func `values are forgotten with their rows`() {
        let types: [DataType] = [.bigint, .timestamp, .text]
        var aggregates = [spec(.count, 2, types)]
        aggregates[0].isDistinct = true
        let subject = ArrivalFrames(
            inputTypes: types, partition: [0], order: 1, frames: [.range(preceding: 500, end: 100)], aggregates: aggregates)
        let runner = Runner(subject, inputs: [types], outputs: [types + [.bigint], types + [.text]])
        var random = SplitMix64(seed: testSeed())
        for step in 0..<100 {
            let events = (0..<100).map { index in
                let time = Int64(step * 100 + index)
                return TestEvent(
                    0, TestRow([.int64(time % 7), .int64(time), .text(random.letters(30))], ordinal: time), watermark: time)
            }
            runner.step(events)
        }
        #expect(subject.values[0].count < 2000, "\(subject.values[0].count)")
        #expect(subject.stateSize.rows < 2000)
    }

    @Test func `rows of one ordinal see each other`() {
        compare([.range(preceding: 5), .range(preceding: 25), .rows(preceding: 3)], disorder: 9, shared: true)
    }

    @Test func `unbounded frames see all rows before`() {
        compare([.range(preceding: nil), .range(preceding: 8)], disorder: 12)
    }

    @Test func `a NULL time has its peers, and NULLS LAST in unbounded frames`() {
        compare([.range(preceding: nil), .range(preceding: 15)], disorder: 12, nullTimes: true, shared: true)
    }

    @Test func `frames of rows count rows`() {
        compare([.rows(preceding: 0), .rows(preceding: 4), .rows(preceding: 19)], disorder: 6)
        compare([.rows(preceding: 2), .range(preceding: 7)], disorder: 30)
    }

    @Test func `a sum that leaves its type fails its row, which counts for others`() {
        let sums = [spec(.sum, 4, frame: 0, types), spec(.max, 4, frame: 1, types)]
        compare([.range(preceding: 6), .range(preceding: 30)], disorder: 8, extra: sums)
    }

    @Test func `without an order all rows so far are in the frame`() {
        var random = SplitMix64(seed: testSeed())
        let events = makeEvents(100, &random, disorder: 0, nullTimes: false, shared: false)
        let aggregates = Self.everything.map { spec($0.0, $0.1, types) }
        let subject = ArrivalFrames(
            inputTypes: types, partition: [0], order: -1, frames: [.range(preceding: nil)], aggregates: aggregates)
        let runner = Runner(subject, inputs: [types], outputs: outputTypes(aggregates))
        runner.run(events, &random)
        let expected = oracle(events, [.range(preceding: nil)], aggregates)
        #expect(runner.out == expected.out)
    }

    @Test(arguments: [0, 1, 63, 64, 65]) func `batches of any length`(count: Int) {
        var random = SplitMix64(seed: testSeed())
        let events = makeEvents(count, &random, disorder: 3, nullTimes: true, shared: false)
        let aggregates = Self.everything.map { spec($0.0, $0.1, types) }
        let subject = ArrivalFrames(
            inputTypes: types, partition: [0], order: 1, frames: [.range(preceding: 9)], aggregates: aggregates)
        let runner = Runner(subject, inputs: [types], outputs: outputTypes(aggregates))
        runner.step(events)
        #expect(runner.out == oracle(events, [.range(preceding: 9)], aggregates).out)
        #expect(runner.last[0].batch.columns.count == types.count + aggregates.count)
    }

    @Test func `a row long gone leaves no trace in a sum of doubles`() {
        let types: [DataType] = [.timestamp, .double]
        let aggregates = [spec(.sum, 1, types), spec(.avg, 1, types)]
        let subject = ArrivalFrames(
            inputTypes: types, partition: [], order: 0, frames: [.range(preceding: 3)], aggregates: aggregates)
        let runner = Runner(subject, inputs: [types], outputs: [types + [.double, .double], types + [.text]])
        let values = [1e300, 1e150, -3e222, 1.5, .infinity, 0.25, .nan, 1e-9, 1e-30, 0.1, 0.2, 0.3, -0.3, 7, 9]
        for (index, value) in values.enumerated() {
            let time = Int64(index)
            runner.step([TestEvent(0, TestRow([.int64(time), .double(value)], ordinal: time), watermark: time - 9)])
            guard case .double(let sum)? = runner.out.last?.values[2] else { Issue.record("no sum"); return }
            let frame = values[max(0, index - 3)...index]
            let exact = frame.sorted { abs($0) < abs($1) }.reduce(0, +)
            if exact.isNaN { #expect(sum.isNaN) } else { #expect(sum == exact || abs(sum - exact) <= 1e-12 * abs(exact)) }
        }
    }

    @Test func `memory is bounded by the longest frame, for keys that never come again`() {
        let types: [DataType] = [.bigint, .timestamp, .text]
        let aggregates = [spec(.max, 2, types), spec(.count, nil, types)]
        let subject = ArrivalFrames(
            inputTypes: types, partition: [0], order: 1, frames: [.range(preceding: 1000)], aggregates: aggregates)
        let runner = Runner(subject, inputs: [types], outputs: [types + [.text, .bigint], types + [.text]])
        var random = SplitMix64(seed: testSeed())
        var (early, peak, bytes) = (0, 0, 0)
        for step in 0..<200 {
            let events = (0..<100).map { index in
                let time = Int64(step * 100 + index)
                return TestEvent(
                    0, TestRow([.int64(time), .int64(time), .text(random.letters(30))], ordinal: time), watermark: time - 5)
            }
            runner.step(events)
            if step == 40 { (early, bytes) = (subject.keyCount, subject.stateSize.bytes) }
            peak = max(peak, subject.keyCount)
        }
        #expect(early < 4000 && peak < 4000, "\(early) \(peak)")
        #expect(subject.stateSize.rows < 4000)
        #expect(subject.stateSize.bytes <= bytes * 2)
    }

    @Test func `a late row sees the same in any division`() {
        var random = SplitMix64(seed: testSeed())
        let aggregates = Self.everything.map { spec($0.0, $0.1, frame: random.below(3), types) }
        let frames: [ArrivalFrame] = [.range(preceding: 5), .range(preceding: 12), .range(preceding: nil)]
        var events = makeEvents(300, &random, disorder: 40, nullTimes: true, shared: true)
        for index in events.indices { events[index].watermark = events[index].watermark.map { $0 + 36 } }
        let whole = run(events, frames, aggregates, &random)
        for round in 0..<8 {
            let other = run(events, frames, aggregates, &random, nearMax: round % 2 == 0 ? ArrivalFrames.nearMax : 0)
            #expect(other.out == whole.out)
        }
    }
}
