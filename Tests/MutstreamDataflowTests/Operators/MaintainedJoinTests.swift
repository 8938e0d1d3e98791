import MutstreamColumnar
import MutstreamDataflow
import TestSupport
import Testing

@Suite struct MaintainedJoinTests {
    private static let types = JoinEvents.types
    private static let conditions = [
        OracleCondition(leftKeys: [0], rightKeys: [0]), OracleCondition(leftKeys: [1], rightKeys: [1]),
        OracleCondition(leftKeys: [1, 0], rightKeys: [1, 0]), OracleCondition(leftKeys: [], rightKeys: []),
        OracleCondition(leftKeys: [0], rightKeys: [0], rest: LessThan(lhs: 1, rhs: 4)),
    ]

    private func runner(
        _ condition: OracleCondition, _ types: [DataType] = JoinEvents.types, _ kind: MaintainedJoin.Kind = .inner
    ) -> Runner {
        let join = MaintainedJoin(
            kind, leftTypes: types, rightTypes: types, leftKeys: condition.leftKeys, rightKeys: condition.rightKeys,
            bounds: condition.bounds, residual: condition.rest)
        let hasPairs = kind != .semi && kind != .anti
        return Runner(join, inputs: [types, types], outputs: [hasPairs ? types + types : types])
    }

    @Test func `each pair is made once, by its later row, however steps are divided`() {
        var random = SplitMix64(seed: testSeed())
        for condition in Self.conditions {
            for round in 0..<12 {
                var source = JoinEvents(SplitMix64(seed: random.next()), isDriven: round % 3 == 0)
                let events = source.make(1 + random.below(200))
                let expected = JoinOracle.maintained(events, condition)
                for _ in 0..<3 {
                    let runner = runner(condition)
                    runner.run(events, &random)
                    #expect(runner.out == expected)
                }
            }
        }
    }

    @Test func `after each step the output is the batch join of the input`() {
        var random = SplitMix64(seed: testSeed())
        for condition in Self.conditions {
            var source = JoinEvents(SplitMix64(seed: random.next()), isDriven: false)
            let events = source.make(150)
            let runner = runner(condition)
            for range in divisions(events.map(\.ordinal), &random) {
                runner.step(events[range])
                #expect(integrated(runner.out) == JoinOracle.batch(.inner, events[..<range.upperBound], condition))
            }
        }
    }

    @Test(arguments: [0, 1, 63, 64, 65]) func `steps of any length are joined`(count: Int) {
        let condition = Self.conditions[1]
        let events = (0..<count).flatMap { index -> [TestEvent] in
            let row: [Value] = [nil, .int64(Int64(index % 50)), "a note longer than twelve"]
            return [TestEvent(index % 2, TestRow(row, ordinal: Int64(index)))]
        }
        let runner = runner(condition)
        #expect(runner.step(events) == JoinOracle.maintained(events, condition))
    }

    @Test func `everything retracted leaves no state`() {
        var random = SplitMix64(seed: testSeed())
        var source = JoinEvents(SplitMix64(seed: random.next()), isDriven: false)
        let events = source.make(300)
        let runner = runner(Self.conditions[0])
        runner.run(events, &random)
        var ordinal = events[events.count - 1].ordinal
        for input in 0..<2 {
            let rest = integrated(events.compactMap { $0.input == input ? $0.row : nil })
            for (values, weight) in rest {
                ordinal += 1
                runner.step([TestEvent(input, TestRow(values, weight: -weight, ordinal: ordinal))])
            }
        }
        #expect(integrated(runner.out).isEmpty)
        #expect(runner.subject.stateSize.rows == 0)
    }

    // MARK: Interval joins

    private static let timed: [DataType] = [.text, .timestamp]
    private static let bounds: [IntervalBounds] = [
        IntervalBounds(leftTime: 1, rightTime: 1, lower: 0, upper: 20_000),
        IntervalBounds(leftTime: 1, rightTime: 1, lower: -10_000, upper: 5_000),
        IntervalBounds(leftTime: 1, rightTime: 1, lower: 5_000, upper: 9_000),
        IntervalBounds(leftTime: 1, rightTime: 1, lower: -9_000, upper: nil),
        IntervalBounds(leftTime: 1, rightTime: 1, lower: nil, upper: 9_000),
    ]

    /// Changes of two streams whose time moves on by about `pace` a row, never behind their watermarks but for one row
    /// in `lateOneIn`.
    private func events(_ count: Int, pace: Int, lateOneIn: Int? = nil, _ random: inout SplitMix64) -> [TestEvent] {
        var marks: [Int64] = [.min, .min]
        var clock: Int64 = 1_000_000
        var kept: [[[Value]]] = [[], []]
        var result: [TestEvent] = []
        for ordinal in 0..<Int64(count) {
            let input = random.below(2)
            clock += Int64(random.below(pace * 2))
            if random.oneIn(8), let values = kept[input].popLast(), case .int64(let time) = values[1],
                time >= marks[input]
            {
                result.append(TestEvent(input, TestRow(values, weight: -1, ordinal: ordinal)))
                continue
            }
            var time = max(clock - Int64(random.below(4000)), marks[input])
            if let lateOneIn, random.oneIn(lateOneIn) { time = clock - 15_000 }
            let key: Value = random.oneIn(20) ? nil : .text("card number \(random.below(4))")
            let values: [Value] = [key, random.oneIn(20) ? nil : .int64(time)]
            kept[input].append(values)
            if clock - 4000 > marks[input], random.oneIn(3) { marks[input] = clock - 4000 }
            result.append(
                TestEvent(
                    input, TestRow(values, ordinal: ordinal), watermark: marks[input] == .min ? nil : marks[input]))
        }
        return result
    }

    @Test func `an interval join equals the join that keeps everything`() {
        var random = SplitMix64(seed: testSeed())
        for bounds in Self.bounds {
            let condition = OracleCondition(leftKeys: [0], rightKeys: [0], bounds: bounds)
            for _ in 0..<6 {
                let events = events(400, pace: 500, &random)
                let expected = JoinOracle.maintained(events, condition)
                for _ in 0..<3 {
                    let runner = runner(condition, Self.timed)
                    runner.run(events, &random)
                    #expect(runner.out == expected)
                }
            }
        }
    }

    @Test func `rows behind the watermark do not show how steps were divided`() {
        var random = SplitMix64(seed: testSeed())
        for bounds in Self.bounds {
            let condition = OracleCondition(leftKeys: [0], rightKeys: [0], bounds: bounds)
            for _ in 0..<6 {
                let events = events(300, pace: 500, lateOneIn: 6, &random)
                let whole = runner(condition, Self.timed)
                whole.step(events)
                for _ in 0..<4 {
                    let runner = runner(condition, Self.timed)
                    runner.run(events, &random)
                    #expect(runner.out == whole.out)
                }
            }
        }
    }

    @Test(arguments: [MaintainedJoin.Kind.left, .full, .semi, .anti])
    func `an outer interval join equals the batch join after each step`(kind: MaintainedJoin.Kind) {
        var random = SplitMix64(seed: testSeed())
        for bounds in Self.bounds {
            for rest: LessThan? in [nil, LessThan(lhs: 1, rhs: 3)] {
                let condition = OracleCondition(leftKeys: [0], rightKeys: [0], bounds: bounds, rest: rest)
                for round in 0..<2 {
                    let events = events(round == 0 ? 80 : 250, pace: 500, &random)
                    let runner = runner(condition, Self.timed, kind)
                    for range in divisions(events.map(\.ordinal), &random) {
                        runner.step(events[range])
                        if round > 0, range.upperBound < events.count { continue }
                        let expected = JoinOracle.batch(
                            kind, events[..<range.upperBound], condition, leftCount: 2, rightCount: 2)
                        #expect(integrated(runner.out) == expected)
                    }
                }
            }
        }
    }

    @Test(arguments: [MaintainedJoin.Kind.left, .full, .semi, .anti])
    func `late rows and freed rows do not show in an outer join's division into steps`(kind: MaintainedJoin.Kind) {
        var random = SplitMix64(seed: testSeed())
        for bounds in Self.bounds {
            let condition = OracleCondition(leftKeys: [0], rightKeys: [0], bounds: bounds)
            for _ in 0..<2 {
                let events = events(200, pace: 500, lateOneIn: 6, &random)
                let whole = runner(condition, Self.timed, kind)
                whole.step(events)
                for _ in 0..<2 {
                    let runner = runner(condition, Self.timed, kind)
                    runner.run(events, &random)
                    #expect(runner.out == whole.out)
                }
            }
        }
    }

    @Test(arguments: [MaintainedJoin.Kind.inner, .left, .full, .semi, .anti])
    func `memory is flat once the watermark has moved over the interval`(kind: MaintainedJoin.Kind) {
        var random = SplitMix64(seed: testSeed())
        let condition = OracleCondition(
            leftKeys: [0], rightKeys: [0],
            bounds: IntervalBounds(leftTime: 1, rightTime: 1, lower: -100_000, upper: 100_000))
        let runner = runner(condition, Self.timed, kind)
        var most = 0
        var later = 0
        var rows = 0
        // 30 times the interval; rows of unlike keys, so that pairs are few.
        for step in 0..<300 as Range<Int64> {
            var events: [TestEvent] = []
            for index in 0..<20 as Range<Int64> {
                let time = step * 20_000 + index * 1000 - Int64(random.below(500))
                let key: Value = .text("a card with a long number \(step % 100)-\(index)")
                let row = TestRow([key, .int64(time)], ordinal: step * 20 + index)
                events.append(TestEvent(Int(index % 2), row, watermark: time - 1000))
            }
            runner.step(events)
            let size = runner.subject.stateSize
            if step < 30 { most = max(most, size.bytes) } else { later = max(later, size.bytes) }
            rows = max(rows, size.rows)
        }
        // Parts of a table grow when chance fills them: a twentieth is allowed for it.
        #expect(later <= most + most / 20)
        #expect(rows < 20 * 10)
    }

    @Test func `progress is the least of both inputs`() {
        let runner = runner(Self.conditions[0])
        runner.step([
            TestEvent(0, TestRow(["x", 1, nil], ordinal: 1), watermark: 50),
            TestEvent(1, TestRow(["y", 1, nil], ordinal: 2), watermark: 9),
        ])
        #expect(runner.last[0].progress.end == 9)
        #expect(runner.last[0].progress.ordinals == [2])
    }
}
