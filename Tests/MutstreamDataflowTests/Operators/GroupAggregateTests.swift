import MutstreamColumnar
import TestSupport
import Testing

@testable import MutstreamDataflow

/// key, window end, INT, BIGINT, DECIMAL(38,2), DOUBLE, TEXT, BOOLEAN
private let types: [DataType] = [
    .text, .timestamp, .int, .bigint, .decimal(precision: 38, scale: 2), .double, .text, .boolean,
]

private let invertible: [AggregateSpec] = [
    spec(.count, nil, types), spec(.count, 2, filter: 7, types), spec(.sum, 2, types), spec(.avg, 2, types),
    spec(.sum, 3, types), spec(.avg, 3, filter: 7, types), spec(.sum, 5, types), spec(.avg, 5, types),
]
private let everything =
    invertible + [spec(.min, 2, types), spec(.max, 5, filter: 7, types), spec(.min, 6, types), spec(.max, 6, types)]

private func makeRow(_ random: inout SplitMix64, end: Int64?) -> [Value] {
    [
        random.oneIn(8) ? .null : .text(["a", "b", "c", "a key longer than twelve bytes"][random.below(4)]),
        end.map { .int64($0) } ?? .null,
        random.oneIn(5) ? .null : .int64(Int64(random.below(201)) - 100),
        .int64(random.oneIn(6) ? .max : Int64(random.below(1000)) - 500),
        .decimal(Int128(random.below(1000))),
        random.oneIn(5) ? .null : .double(Double(random.below(4001) - 2000) / 8),
        random.oneIn(5) ? .null : .text(random.letters(random.below(18))),
        random.oneIn(5) ? .null : .bool(random.oneIn(2)),
    ]
}

/// GROUP BY from scratch, groups in the order of their first row.
private func grouped(_ rows: [[Value]], _ keys: [Int], _ aggregates: [AggregateSpec]) -> [[Value]] {
    var order: [[Value]] = keys.isEmpty ? [[]] : []
    var groups: [[Value]: [[Value]]] = [:]
    for row in rows {
        let key = keys.map { row[$0] }
        if groups[key] == nil, !keys.isEmpty { order.append(key) }
        groups[key, default: []].append(row)
    }
    return order.map { key in
        key + aggregates.map { spec in
            if case .value(let value) = AggregateOracle.answer(spec, groups[key] ?? [], types) { value } else { .null }
        }
    }
}

private func outputTypes(_ keys: [Int], _ aggregates: [AggregateSpec]) -> [[DataType]] {
    let keyTypes = keys.map { types[$0] }
    return [keyTypes + aggregates.map(\.resultType), types, keyTypes + [.text]]
}

@Suite struct GroupAggregateTests {
    /// Windows of ten; the watermark follows by random jumps, so that some rows are late.
    private func windowed(_ count: Int, _ random: inout SplitMix64) -> [TestEvent] {
        var (time, watermark) = (Int64(0), Int64(-100))
        var events: [TestEvent] = []
        for index in 0..<count {
            time += Int64(random.below(3))
            let at = time - Int64(random.below(25))
            let end = random.oneIn(30) ? nil : (at + 1000) / 10 * 10 - 990
            if random.oneIn(3) { watermark = max(watermark, time - Int64(random.below(20))) }
            let row = TestRow(makeRow(&random, end: end), ordinal: Int64(index * 2))
            events.append(TestEvent(0, row, watermark: index == count - 1 ? .max : watermark))
        }
        return events
    }

    @Test func `closed windows equal the batch query over the rows that were not late, in any division`() {
        var random = SplitMix64(seed: testSeed())
        for _ in 0..<15 {
            let events = windowed(200, &random)
            var expected: [TestRow] = []
            var (open, late): ([TestRow], [TestRow]) = ([], [])
            var watermark = Int64.min
            for event in events {
                guard let row = event.row else { continue }
                if case .int64(let end) = row.values[1], end > watermark { open.append(row) } else { late.append(row) }
                guard let risen = event.watermark, risen > watermark else { continue }
                watermark = risen
                func end(_ values: [Value]) -> Int64 { if case .int64(let end) = values[1] { end } else { .max } }
                let due = grouped(open.map(\.values).filter { end($0) <= watermark }, [0, 1], everything)
                for group in due.enumerated().sorted(by: { (end($0.1), $0.0) < (end($1.1), $1.0) }) {
                    expected.append(TestRow(group.element, ordinal: row.ordinal))
                }
                open.removeAll { end($0.values) <= watermark }
            }
            for _ in 0..<4 {
                let subject = GroupAggregate(inputTypes: types, keys: [0, 1], aggregates: everything, closeKey: 1)
                let runner = Runner(subject, inputs: [types], outputs: outputTypes([0, 1], everything))
                var lateRows: [TestRow] = []
                for range in divisions(events.map(\.ordinal), &random) {
                    runner.step(events[range])
                    lateRows += rows(of: runner.last[1].batch)
                }
                #expect(runner.out == expected)
                #expect(lateRows == late)
                #expect(subject.stateSize.rows == 0)
            }
        }
    }

    private func maintain(_ keys: [Int], _ aggregates: [AggregateSpec], appendOnly: Bool) {
        var random = SplitMix64(seed: testSeed())
        for _ in 0..<10 {
            let subject = GroupAggregate(
                inputTypes: types, keys: keys, aggregates: aggregates, appendOnly: appendOnly)
            let runner = Runner(subject, inputs: [types], outputs: outputTypes(keys, aggregates))
            var live: [[Value]] = []
            var ordinal: Int64 = 0
            for step in 0..<30 {
                var events: [TestEvent] = []
                for _ in 0..<(step == 0 && random.oneIn(2) ? 0 : random.below(8)) {
                    ordinal += Int64(random.below(2))
                    if !appendOnly, !live.isEmpty, random.oneIn(2) {
                        let gone = live.remove(at: random.below(live.count))
                        events.append(TestEvent(0, TestRow(gone, weight: -1, ordinal: ordinal)))
                    } else {
                        let row = makeRow(&random, end: 0)
                        let copies = random.oneIn(5) ? 3 : 1
                        live += repeatElement(row, count: copies)
                        events.append(TestEvent(0, TestRow(row, weight: Int64(copies), ordinal: ordinal)))
                    }
                }
                let changes = runner.step(events)
                let expected = grouped(live, keys, aggregates)
                #expect(integrated(runner.out) == Dictionary(uniqueKeysWithValues: expected.map { ($0, 1) }))
                #expect(integrated(changes).count == changes.count, "no row leaves and comes back")
                #expect(zip(changes, changes.dropFirst()).allSatisfy { $0.ordinal <= $1.ordinal })
                #expect(subject.stateSize.rows == expected.count)
            }
        }
    }

    @Test func `maintained groups equal the batch query after every step`() {
        maintain([0], invertible, appendOnly: false)
        maintain([0, 2], invertible, appendOnly: false)
    }

    @Test func `maintained groups of append-only input have extrema`() { maintain([0], everything, appendOnly: true) }

    @Test func `without keys there is always one row`() {
        maintain([], invertible, appendOnly: false)
        let subject = GroupAggregate(inputTypes: types, keys: [], aggregates: [spec(.count, nil, types)])
        let runner = Runner(subject, inputs: [types], outputs: outputTypes([], [spec(.count, nil, types)]))
        runner.step([])
        #expect(runner.out == [TestRow([.int64(0)])])
        runner.step([])
        #expect(runner.out.count == 1)
    }

    @Test func `a group whose sum leaves its type fails and comes back`() {
        let sum = [spec(.sum, 4, types)]
        let subject = GroupAggregate(inputTypes: types, keys: [0], aggregates: sum, appendOnly: false)
        let runner = Runner(subject, inputs: [types], outputs: outputTypes([0], sum))
        let huge = (0..<37).reduce(Int128(9)) { product, _ in product * 10 }
        func row(_ amount: Int128, _ weight: Int64, _ ordinal: Int64) -> TestEvent {
            TestEvent(0, TestRow([.text("a"), .null, .null, .null, .decimal(amount), .null, .null, .null], weight: weight, ordinal: ordinal))
        }
        runner.step([row(huge, 1, 1)])
        #expect(runner.step([row(huge, 1, 2)]) == [TestRow([.text("a"), .decimal(huge)], weight: -1, ordinal: 2)])
        let reason = Value.text("sum is out of range: it has more than 38 digits")
        #expect(rows(of: runner.last[2].batch) == [TestRow([.text("a"), reason], ordinal: 2)])
        #expect(runner.step([row(huge, 5, 3)]).isEmpty)
        #expect(runner.last[2].batch.isEmpty)
        #expect(runner.step([row(huge, -6, 4)]) == [TestRow([.text("a"), .decimal(huge)], ordinal: 4)])
        #expect(rows(of: runner.last[2].batch) == [TestRow([.text("a"), reason], weight: -1, ordinal: 4)])
    }

    @Test(arguments: [0, 1, 63, 64, 65]) func `groups of batches of any length`(count: Int) {
        var random = SplitMix64(seed: testSeed())
        let events = (0..<count).map { TestEvent(0, TestRow(makeRow(&random, end: 7), ordinal: Int64($0)), watermark: 3) }
        let subject = GroupAggregate(inputTypes: types, keys: [0, 1], aggregates: everything, closeKey: 1)
        let runner = Runner(subject, inputs: [types], outputs: outputTypes([0, 1], everything))
        runner.step(events)
        #expect(runner.out.isEmpty)
        runner.step([TestEvent(0, TestRow(makeRow(&random, end: nil), ordinal: 99), watermark: .max)])
        #expect(runner.out.map(\.values) == grouped(events.compactMap { $0.row?.values }, [0, 1], everything))
        #expect(runner.out.allSatisfy { $0.ordinal == 99 })
    }

    @Test func `averages are rounded half away from zero`() {
        #expect(WideDivision.divide(5, times: 1, by: 2) == 3)
        #expect(WideDivision.divide(-5, times: 1, by: 2) == -3)
        #expect(WideDivision.divide(1, times: 10, by: 3) == 3)
        let limit = Int128(WideDivision.limit) - 1
        #expect(WideDivision.divide(limit, times: 1, by: 1) == limit)
        #expect(WideDivision.divide(limit, times: 10, by: 10) == limit)
        #expect(WideDivision.divide(limit, times: 10, by: 9) == nil)
        #expect(WideDivision.divide(-limit, times: WideDivision.power(16), by: .max) != nil)
    }
}
