import MutstreamColumnar
import MutstreamDataflow
import TestSupport
import Testing

@Suite struct ArrivalJoinTests {
    private static let types = JoinEvents.types

    private func runner(_ kind: ArrivalJoin.Kind, _ condition: OracleCondition, isChanging: Bool = false) -> Runner {
        let join = ArrivalJoin(
            kind, rightTypes: Self.types, leftKeys: condition.leftKeys, rightKeys: condition.rightKeys,
            nullSafe: condition.nullSafe, residual: condition.rest, changingTypes: isChanging ? Self.types : nil)
        let both = kind == .inner || kind == .left
        return Runner(join, inputs: [Self.types, Self.types], outputs: [both ? Self.types + Self.types : Self.types])
    }

    private static let conditions = [
        OracleCondition(leftKeys: [0], rightKeys: [0]), OracleCondition(leftKeys: [1], rightKeys: [1]),
        OracleCondition(leftKeys: [0, 1], rightKeys: [0, 1]), OracleCondition(leftKeys: [], rightKeys: []),
        OracleCondition(leftKeys: [0], rightKeys: [0], rest: LessThan(lhs: 1, rhs: 4)),
        OracleCondition(leftKeys: [], rightKeys: [], rest: LessThan(lhs: 1, rhs: 4)),
        OracleCondition(leftKeys: [0], rightKeys: [0], nullSafe: [true]),
        OracleCondition(leftKeys: [0, 1], rightKeys: [0, 1], nullSafe: [false, true]),
    ]

    @Test(arguments: [ArrivalJoin.Kind.inner, .left, .semi, .anti])
    func `each row sees the relation as it was when it came, however steps are divided`(kind: ArrivalJoin.Kind) {
        var random = SplitMix64(seed: testSeed())
        for condition in Self.conditions {
            for _ in 0..<6 {
                var source = JoinEvents(SplitMix64(seed: random.next()), isDriven: true)
                let events = source.make(1 + random.below(200))
                let expected = JoinOracle.arrival(kind, events, condition, rightCount: Self.types.count)
                for _ in 0..<3 {
                    let runner = runner(kind, condition)
                    runner.run(events, &random)
                    #expect(runner.out == expected)
                }
            }
        }
    }

    @Test(arguments: [ArrivalJoin.Kind.inner, .left, .semi, .anti])
    func `a row that is taken back takes back what it was answered, however steps are divided`(kind: ArrivalJoin.Kind) {
        var random = SplitMix64(seed: testSeed())
        for condition in Self.conditions {
            for _ in 0..<6 {
                var source = JoinEvents(SplitMix64(seed: random.next()), isDriven: false)
                let events = source.make(1 + random.below(200))
                let expected = JoinOracle.changing(kind, events, condition, rightCount: Self.types.count)
                for _ in 0..<3 {
                    let runner = runner(kind, condition, isChanging: true)
                    runner.run(events, &random)
                    #expect(runner.out == expected)
                }
            }
        }
    }

    @Test func `what was answered is forgotten with its row`() {
        let runner = runner(.left, Self.conditions[0], isChanging: true)
        runner.step([TestEvent(1, TestRow(["k", 1, "a note that lies in the heap"], ordinal: 1))])
        let rows = (0..<100).map { TestRow(["k", .int64(Int64($0)), "another note in the heap"], ordinal: 2) }
        runner.step(rows.map { TestEvent(0, $0) })
        #expect(runner.subject.stateSize.rows == 101)
        runner.step(rows.map { TestEvent(0, TestRow($0.values, weight: -1, ordinal: 3)) })
        #expect(runner.subject.stateSize.rows == 1)
        #expect(integrated(runner.out).isEmpty)
    }

    @Test func `a pair that failed is taken back with its row`() {
        let join = ArrivalJoin(
            .left, rightTypes: Self.types, leftKeys: [0], rightKeys: [0], residual: QuotientLess(lhs: 4, rhs: 1),
            changingTypes: Self.types)
        let types = Self.types + Self.types
        let runner = Runner(join, inputs: [Self.types, Self.types], outputs: [types, types + [.text]])
        let (zero, row): ([Value], [Value]) = (["m", 0, "zero"], ["m", 9, nil])
        runner.step([TestEvent(1, TestRow(zero, ordinal: 1)), TestEvent(0, TestRow(row, ordinal: 2))])
        let out = runner.step([
            TestEvent(1, TestRow(zero, weight: -1, ordinal: 3)), TestEvent(0, TestRow(row, weight: -1, ordinal: 4)),
        ])
        #expect(out == [TestRow(row + [nil, nil, nil], weight: -1, ordinal: 4)])
        let failure = TestRow(row + zero + ["division by zero"], weight: -1, ordinal: 4)
        #expect(rows(of: runner.last[1].batch) == [failure])
    }

    @Test(arguments: [0, 1, 63, 64, 65]) func `steps of any length are joined`(count: Int) {
        let runner = runner(.left, Self.conditions[1])
        runner.step((0..<40).map { TestEvent(1, TestRow(["k", .int64($0), "a note of the relation"], ordinal: $0)) })
        let rows = (0..<count).map { TestRow(["k", .int64(Int64($0)), nil], ordinal: 100 + Int64($0)) }
        let out = runner.step(rows.map { TestEvent(0, $0) })
        let expected = rows.enumerated().map { index, row in
            let match: [Value] = index < 40 ? ["k", .int64(Int64(index)), "a note of the relation"] : [nil, nil, nil]
            return TestRow(row.values + match, ordinal: row.ordinal)
        }
        #expect(out == expected)
    }

    @Test func `an update within a step is seen by the rows behind it only`() {
        let runner = runner(.left, Self.conditions[0])
        let (old, new): ([Value], [Value]) = (["m", 1, "old"], ["m", 2, "new"])
        let row: [Value] = ["m", 0, nil]
        runner.step([
            TestEvent(0, TestRow(row, ordinal: 1)), TestEvent(1, TestRow(old, ordinal: 2)),
            TestEvent(0, TestRow(row, ordinal: 3)),
            TestEvent(1, TestRow(old, weight: -1, ordinal: 4)), TestEvent(1, TestRow(new, ordinal: 4)),
            TestEvent(0, TestRow(row, ordinal: 4)), TestEvent(1, TestRow(new, weight: -1, ordinal: 5)),
            TestEvent(0, TestRow(row, ordinal: 6)),
        ])
        let expected = [
            TestRow(row + [nil, nil, nil], ordinal: 1), TestRow(row + old, ordinal: 3), TestRow(row + new, ordinal: 4),
            TestRow(row + [nil, nil, nil], ordinal: 6),
        ]
        #expect(runner.out == expected)
    }

    @Test func `candidates beyond one portion come in order`() {
        let runner = runner(.inner, Self.conditions[3])
        runner.step((0..<500).map { TestEvent(1, TestRow(["k", .int64($0), "n"], ordinal: $0)) })
        let out = runner.step((0..<200).map { TestEvent(0, TestRow(["l", .int64($0), nil], ordinal: 1000 + $0)) })
        #expect(out.count == 100_000)
        #expect(
            out.enumerated().allSatisfy { index, row in
                row.values[1] == .int64(Int64(index / 500)) && row.values[4] == .int64(Int64(index % 500))
            })
    }

    @Test func `progress is that of the driving input`() {
        let runner = runner(.inner, Self.conditions[0])
        runner.step([
            TestEvent(0, TestRow(["x", 1, nil], ordinal: 1), watermark: 50),
            TestEvent(1, TestRow(["y", 1, nil], ordinal: 2), watermark: 9),
        ])
        #expect(runner.last[0].progress.end == 50)
        #expect(runner.last[0].progress.ordinals == [1])
    }

    @Test func `updates of a relation do not make its state grow`() {
        let runner = runner(.inner, Self.conditions[1])
        var bytes = 0
        var ordinal: Int64 = 0
        func note(_ round: Int64) -> Value { .text("a note that lies in the heap, of round \(round % 10)") }
        for round in 0..<20 as Range<Int64> {
            var events: [TestEvent] = []
            for key in 0..<500 as Range<Int64> {
                ordinal += 1
                if round > 0 {
                    events.append(
                        TestEvent(1, TestRow(["k", .int64(key), note(round - 1)], weight: -1, ordinal: ordinal)))
                }
                events.append(TestEvent(1, TestRow(["k", .int64(key), note(round)], ordinal: ordinal)))
            }
            runner.step(events)
            if round == 1 { bytes = runner.subject.stateSize.bytes }
        }
        #expect(runner.subject.stateSize.rows == 500)
        #expect(runner.subject.stateSize.bytes == bytes)
    }

    @Test func `pairs whose condition fails are reported and do not match`() {
        let join = ArrivalJoin(
            .left, rightTypes: Self.types, leftKeys: [0], rightKeys: [0], residual: QuotientLess(lhs: 4, rhs: 1))
        let types = Self.types + Self.types
        let runner = Runner(join, inputs: [Self.types, Self.types], outputs: [types, types + [.text]])
        let (zero, row): ([Value], [Value]) = (["m", 0, "zero"], ["m", 9, nil])
        let out = runner.step([TestEvent(1, TestRow(zero, ordinal: 1)), TestEvent(0, TestRow(row, ordinal: 2))])
        #expect(out == [TestRow(row + [nil, nil, nil], ordinal: 2)])
        #expect(rows(of: runner.last[1].batch) == [TestRow(row + zero + ["division by zero"], ordinal: 2)])
    }
}
