import MutstreamColumnar
import TestSupport
import Testing

@testable import MutstreamDataflow

private let types: [DataType] = [.int, .text, .double, .int, .array(.int)]

private func runner(_ specs: [AggregateSpec], appendOnly: Bool = false) -> Runner {
    Runner(
        GroupAggregate(inputTypes: types, keys: [0], aggregates: specs, appendOnly: appendOnly), inputs: [types],
        outputs: [[.int] + specs.map(\.resultType), types, [.int, .text]])
}

private func event(_ values: [Value], _ weight: Int64 = 1, _ ordinal: Int64) -> TestEvent {
    TestEvent(
        0, TestRow(values + [Value](repeating: nil, count: types.count - values.count), weight: weight, ordinal: ordinal))
}

@Suite struct AggregateListTests {
    @Test func `lists without an order follow the arrival, the newest of equal rows goes first`() {
        let specs = [
            AggregateSpec(.arrayAgg, columns: [1], resultType: .array(.text)),
            AggregateSpec(.jsonAgg, columns: [1], resultType: .json),
        ]
        let subject = runner(specs)
        subject.step([event([1, "b"], 1, 1), event([1, "a"], 2, 2), event([1, nil], 1, 3), event([1, "b"], 1, 4)])
        func last() -> [String] {
            guard let row = subject.out.last else { return [] }
            return zip(row.values.dropFirst(), specs).map { TextCodec.text($0, $1.resultType) }
        }
        #expect(last() == ["{b,a,a,NULL,b}", #"["b", "a", "a", null, "b"]"#])
        subject.step([event([1, "b"], -1, 5)])
        #expect(last() == ["{b,a,a,NULL}", #"["b", "a", "a", null]"#])
        subject.step([event([1, "a"], -1, 6), event([1, "b"], 1, 7)])
        #expect(last() == ["{b,a,NULL,b}", #"["b", "a", null, "b"]"#])
        // A row that is taken back before it comes.
        subject.step([event([1, "c"], -1, 8)])
        subject.step([event([1, "c"], 2, 9)])
        #expect(last() == ["{b,a,NULL,b,c}", #"["b", "a", null, "b", "c"]"#])
    }

    @Test func `the final table does not depend on the division into steps`() throws {
        var random = SplitMix64(seed: testSeed())
        let specs = [
            AggregateSpec(.arrayAgg, columns: [1], resultType: .array(.text)),
            AggregateSpec(.arrayAgg, columns: [4], order: [SortItem(column: 2)], resultType: .array(.array(.int))),
            AggregateSpec(.jsonbObjectAgg, columns: [1, 2], order: [SortItem(column: 3)], filter: nil, resultType: .json),
            AggregateSpec(.lastValue, columns: [1], resultType: .text),
            AggregateSpec(.sum, columns: [2], resultType: .double),
            AggregateSpec(.varSamp, columns: [2], resultType: .double),
            AggregateSpec(.max, columns: [1], resultType: .text),
        ]
        for _ in 0..<6 {
            var live: [[Value]] = []
            let events = (0..<200).map { index -> TestEvent in
                if !live.isEmpty, random.oneIn(3) {
                    return TestEvent(
                        0, TestRow(live.remove(at: random.below(live.count)), weight: -1, ordinal: Int64(index / 2)))
                }
                let row: [Value] = [
                    .int64(Int64(random.below(3))), .text(random.letters(1)), .double(Double(random.below(100)) / 3),
                    .int64(Int64(random.below(4))), CompositeCodec.array([.int64(Int64(random.below(3))), .null], of: .int),
                ]
                live.append(row)
                return TestEvent(0, TestRow(row, ordinal: Int64(index / 2)))
            }
            var tables: Set<[[Value]: Int64]> = []
            for _ in 0..<4 {
                let subject = runner(specs)
                subject.run(events, &random)
                tables.insert(integrated(subject.out))
            }
            #expect(tables.count == 1)
        }
    }

    @Test func `a key that is NULL fails its group until it is gone`() {
        let specs = [AggregateSpec(.jsonObjectAgg, columns: [1, 3], resultType: .json)]
        let subject = runner(specs)
        subject.step([event([1, "k", nil, 7], 1, 1), event([1, nil, nil, 8], 1, 2)])
        #expect(subject.out.isEmpty)
        let reason = Value.text("a key of json_object_agg is NULL, expected a value")
        #expect(rows(of: subject.last[2].batch) == [TestRow([1, reason], ordinal: 2)])
        subject.step([event([1, nil, nil, 8], -1, 3)])
        #expect(subject.out == [TestRow([1, #"{"k": 7}"#], ordinal: 3)])
        #expect(rows(of: subject.last[2].batch) == [TestRow([1, reason], weight: -1, ordinal: 3)])
    }

    @Test func `sums of doubles never round`() {
        let specs = [
            AggregateSpec(.sum, columns: [2], resultType: .double), AggregateSpec(.avg, columns: [2], resultType: .double),
            AggregateSpec(.varPop, columns: [2], resultType: .double),
        ]
        let subject = runner(specs)
        func last() -> [Value] { Array((subject.out.last?.values ?? []).dropFirst()) }
        subject.step([1e300, 1, 3, 1e-300].enumerated().map { event([1, nil, .double($0.element)], 1, Int64($0.offset)) })
        #expect(subject.out.isEmpty, "the variance is out of range")
        subject.step([event([1, nil, 1e300], -1, 10), event([1, nil, 1e-300], -1, 11)])
        #expect(last() == [4.0, 2.0, 1.0])
        // The sum leaves DOUBLE and comes back.
        subject.step([event([1, nil, .double(.greatestFiniteMagnitude)], 3, 12)])
        #expect(subject.last[2].batch.count == 1)
        subject.step([event([1, nil, .double(.greatestFiniteMagnitude)], -3, 13)])
        #expect(last() == [4.0, 2.0, 1.0])
        subject.step([event([1, nil, .double(.infinity)], 1, 14)])
        #expect(last()[0] == .double(.infinity))
        subject.step([event([1, nil, .double(.infinity)], -1, 15), event([1, nil, .double(.nan)], 1, 15)])
        #expect("\(last()[0])" == "double(nan)")
        subject.step([event([1, nil, .double(.nan)], -1, 16)])
        #expect(last() == [4.0, 2.0, 1.0])
    }

    @Test func `state is given up with its group`() {
        var random = SplitMix64(seed: testSeed())
        let specs = [
            AggregateSpec(.arrayAgg, columns: [1], resultType: .array(.text)),
            AggregateSpec(.count, columns: [1], isDistinct: true, resultType: .bigint),
            AggregateSpec(.varSamp, columns: [2], resultType: .double),
            AggregateSpec(.approxCountDistinct, columns: [1], resultType: .bigint),
        ]
        let subject = runner(specs)
        var most = 0
        for round in 0..<12 {
            let rows = (0..<200).map { index in
                [Value.int64(Int64(index % 7)), .text(random.letters(20)), .double(Double(random.below(1000)) / 7)]
            }
            subject.step(rows.map { event($0, 1, Int64(round * 2)) })
            if round < 2 { most = max(most, subject.subject.stateSize.bytes) }
            subject.step(rows.map { event($0, -1, Int64(round * 2 + 1)) })
            #expect(subject.subject.stateSize.rows == 0)
            #expect(subject.subject.stateSize.bytes <= most * 5 / 4)
        }
        #expect(integrated(subject.out).isEmpty)
    }
}
