import MutstreamColumnar
import MutstreamDataflow
import TestSupport
import Testing

@Suite struct OuterJoinTests {
    private static let types = JoinEvents.types
    private static let kinds: [MaintainedJoin.Kind] = [.inner, .left, .full, .semi, .anti]
    private static let conditions = [
        OracleCondition(leftKeys: [0], rightKeys: [0]), OracleCondition(leftKeys: [1], rightKeys: [1]),
        OracleCondition(leftKeys: [1, 0], rightKeys: [1, 0]), OracleCondition(leftKeys: [], rightKeys: []),
        OracleCondition(leftKeys: [0], rightKeys: [0], nullSafe: [true]),
        OracleCondition(leftKeys: [1, 0], rightKeys: [1, 0], nullSafe: [true, false]),
        OracleCondition(leftKeys: [0], rightKeys: [0], rest: LessThan(lhs: 1, rhs: 4)),
        OracleCondition(leftKeys: [0], rightKeys: [0], nullSafe: [true], rest: LessThan(lhs: 4, rhs: 1)),
        OracleCondition(leftKeys: [], rightKeys: [], rest: LessThan(lhs: 1, rhs: 4)),
        OracleCondition(leftKeys: [0], rightKeys: [0], rest: QuotientLess(lhs: 1, rhs: 4)),
    ]

    private func runner(
        _ kind: MaintainedJoin.Kind, _ condition: OracleCondition, _ types: [DataType] = JoinEvents.types
    ) -> Runner {
        let join = MaintainedJoin(
            kind, leftTypes: types, rightTypes: types, leftKeys: condition.leftKeys, rightKeys: condition.rightKeys,
            nullSafe: condition.nullSafe, bounds: condition.bounds, residual: condition.rest)
        let hasPairs = kind != .semi && kind != .anti
        return Runner(
            join, inputs: [types, types], outputs: [hasPairs ? types + types : types, types + types + [.text]])
    }

    @Test(arguments: kinds) func `after each step the output is the batch join of the input`(kind: MaintainedJoin.Kind) {
        var random = SplitMix64(seed: testSeed())
        for condition in Self.conditions {
            for round in 0..<3 {
                var source = JoinEvents(SplitMix64(seed: random.next()), isDriven: round == 0)
                let events = source.make(1 + random.below(100))
                let runner = runner(kind, condition)
                for range in divisions(events.map(\.ordinal), &random) {
                    runner.step(events[range])
                    #expect(integrated(runner.out) == JoinOracle.batch(kind, events[..<range.upperBound], condition))
                }
            }
        }
    }

    @Test(arguments: kinds) func `any division gives the same rows`(kind: MaintainedJoin.Kind) {
        var random = SplitMix64(seed: testSeed())
        for condition in Self.conditions {
            var source = JoinEvents(SplitMix64(seed: random.next()), isDriven: false)
            let events = source.make(120)
            let whole = runner(kind, condition)
            whole.step(events)
            #expect(integrated(whole.out) == JoinOracle.batch(kind, events, condition))
            for _ in 0..<3 {
                let runner = runner(kind, condition)
                runner.run(events, &random)
                #expect(runner.out == whole.out)
            }
        }
    }

    @Test(arguments: kinds) func `everything retracted leaves no state`(kind: MaintainedJoin.Kind) {
        var random = SplitMix64(seed: testSeed())
        for condition in Self.conditions {
            var source = JoinEvents(SplitMix64(seed: random.next()), isDriven: false)
            let events = source.make(120)
            let runner = runner(kind, condition)
            runner.run(events, &random)
            var ordinal = events[events.count - 1].ordinal
            for input in 0..<2 {
                for (values, weight) in integrated(events.compactMap { $0.input == input ? $0.row : nil }) {
                    ordinal += 1
                    runner.step([TestEvent(input, TestRow(values, weight: -weight, ordinal: ordinal))])
                }
            }
            #expect(integrated(runner.out).isEmpty)
            #expect(runner.subject.stateSize.rows == 0)
        }
    }

    @Test(arguments: kinds) func `rows of a long chain are retracted one by one`(kind: MaintainedJoin.Kind) {
        var random = SplitMix64(seed: testSeed())
        for condition in [Self.conditions[0], Self.conditions[6]] {
            // Two keys; of the 800 rows of a side every third is there more than once.
            var rows: [[[Value]]] = [[], []]
            var events: [TestEvent] = []
            for ordinal in 0..<1600 as Range<Int64> {
                let input = Int(ordinal % 2)
                let key: Value = ordinal % 200 < 150 ? "a" : "b"
                let note: Value = .text("note \(ordinal % 3 == 0 ? ordinal % 30 : ordinal)")
                rows[input].append([key, .int64(input == 0 ? 1 : ordinal < 1580 ? 0 : 5), note])
                events.append(TestEvent(input, TestRow(rows[input][rows[input].count - 1], ordinal: ordinal)))
            }
            var ordinal: Int64 = 1600
            for input in 0..<2 {
                for values in rows[input].shuffled(using: &random).dropLast(40) {
                    events.append(TestEvent(input, TestRow(values, weight: -1, ordinal: ordinal)))
                    ordinal += 1
                }
            }
            // The side with matches goes first, so that results stay few.
            let runner = runner(kind, condition)
            runner.step(events.filter { $0.input == 1 && $0.ordinal < 1600 })
            runner.step(events.filter { $0.input == 1 && $0.ordinal >= 1600 })
            runner.step(events.filter { $0.input == 0 && $0.ordinal < 1600 })
            runner.step(events.filter { $0.input == 0 && $0.ordinal >= 1600 })
            #expect(integrated(runner.out) == JoinOracle.batch(kind, events, condition))
            let again = rows[1].map { TestEvent(1, TestRow($0, ordinal: ordinal)) }
            runner.step(again)
            #expect(integrated(runner.out) == JoinOracle.batch(kind, events + again, condition))
        }
    }

    @Test(arguments: [0, 1, 63, 64, 65]) func `steps of any length are joined`(count: Int) {
        for kind in Self.kinds {
            for condition in [Self.conditions[1], Self.conditions[8]] {
                let events = (0..<count).map { index -> TestEvent in
                    let row: [Value] = [nil, .int64(Int64(index % 50)), "a note longer than twelve"]
                    return TestEvent(index % 2, TestRow(row, ordinal: Int64(index)))
                }
                let runner = runner(kind, condition)
                runner.step(events)
                #expect(integrated(runner.out) == JoinOracle.batch(kind, events, condition))
            }
        }
    }

    @Test func `an update of the partner does not show the row without it`() {
        for condition in [Self.conditions[0], Self.conditions[6]] {
            let (row, old, new): ([Value], [Value], [Value]) = (["k", 1, nil], ["k", 5, "old"], ["k", 6, "new"])
            let runner = runner(.left, condition)
            runner.step([TestEvent(0, TestRow(row, ordinal: 1)), TestEvent(1, TestRow(old, ordinal: 2))])
            let out = runner.step([
                TestEvent(1, TestRow(old, weight: -1, ordinal: 3)), TestEvent(1, TestRow(new, ordinal: 3)),
            ])
            #expect(out == [TestRow(row + old, weight: -1, ordinal: 3), TestRow(row + new, ordinal: 3)])
            let gone = runner.step([TestEvent(1, TestRow(new, weight: -1, ordinal: 4))])
            #expect(gone == [TestRow(row + new, weight: -1, ordinal: 4), TestRow(row + [nil, nil, nil], ordinal: 4)])
            let back = runner.step([TestEvent(1, TestRow(new, ordinal: 5))])
            #expect(back == [TestRow(row + [nil, nil, nil], weight: -1, ordinal: 5), TestRow(row + new, ordinal: 5)])
        }
    }

    @Test(arguments: [MaintainedJoin.Kind.left, .full, .semi, .anti])
    func `a stream joined with itself never misses its partner`(kind: MaintainedJoin.Kind) {
        var random = SplitMix64(seed: testSeed())
        let same = OracleCondition(leftKeys: [0, 1], rightKeys: [0, 1], nullSafe: [true, true])
        var conditions = [same]
        conditions.append(OracleCondition(leftKeys: [0], rightKeys: [0], nullSafe: [true], rest: SameValue(lhs: 1, rhs: 4)))
        for condition in conditions {
            for _ in 0..<6 {
                var source = JoinEvents(SplitMix64(seed: random.next()), isDriven: false)
                // Without retractions of rows that are not there.
                var counts: [[Value]: Int64] = [:]
                var events: [TestEvent] = []
                for event in source.make(150) {
                    guard let row = event.row else { continue }
                    // A row of NULL alone would look like a missing one.
                    if isNull(row.values[...]) || counts[row.values, default: 0] + row.weight < 0 { continue }
                    counts[row.values, default: 0] += row.weight
                    events.append(TestEvent(0, row))
                    events.append(TestEvent(1, row))
                }
                let runner = runner(kind, condition)
                runner.run(events, &random)
                #expect(integrated(runner.out) == JoinOracle.batch(kind, events, condition))
                if kind == .semi { continue }
                // A row that comes and goes at one ordinal comes to nothing there.
                for (_, rows) in Dictionary(grouping: runner.out, by: \.ordinal) {
                    let net = integrated(rows).keys
                    #expect(kind != .anti || net.isEmpty)
                    #expect(kind == .anti || !net.contains { isNull($0[..<3]) != isNull($0[3...]) })
                }
            }
        }
    }

    private func isNull(_ values: ArraySlice<Value>) -> Bool { values.allSatisfy(\.isNull) }

    @Test(arguments: kinds) func `pairs whose condition fails are reported and taken back`(kind: MaintainedJoin.Kind) {
        var random = SplitMix64(seed: testSeed())
        let condition = OracleCondition(leftKeys: [0], rightKeys: [0], rest: QuotientLess(lhs: 4, rhs: 1))
        var failed: [TestRow] = []
        var source = JoinEvents(SplitMix64(seed: random.next()), isDriven: false)
        let events = source.make(200)
        let runner = runner(kind, condition)
        for range in divisions(events.map(\.ordinal), &random) {
            runner.step(events[range])
            failed += rows(of: runner.last[1].batch)
            #expect(integrated(failed) == JoinOracle.failures(events[..<range.upperBound], condition))
        }
        #expect(!failed.isEmpty)
    }
}

/// Two columns cannot be told apart.
struct SameValue: TestPredicate {
    var lhs: Int
    var rhs: Int

    func holds(_ row: [Value]) -> Bool { row[lhs] == row[rhs] }
}
