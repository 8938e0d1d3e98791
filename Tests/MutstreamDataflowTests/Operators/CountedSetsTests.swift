import MutstreamColumnar
import TestSupport
import Testing

@testable import MutstreamDataflow

private let types: [DataType] = [.text, .int, .decimal(precision: 10, scale: 2)]

@Suite struct CountedSetsTests {
    /// What a batch query says of how often a row is in the result.
    private func expected(_ kind: CountedSets.Kind, _ left: Int64, _ right: Int64) -> Int64 {
        let (l, r) = (max(left, 0), max(right, 0))
        switch kind {
        case .distinct: return l == 0 ? 0 : 1
        case .intersect: return l == 0 || r == 0 ? 0 : 1
        case .intersectAll: return l < r ? l : r
        case .except: return l != 0 && r == 0 ? 1 : 0
        case .exceptAll: return l > r ? l - r : 0
        }
    }

    private func row(_ random: inout SplitMix64) -> [Value] {
        [
            random.oneIn(5) ? nil : .text(["a", "", "a text longer than twelve"][random.below(3)]),
            random.oneIn(4) ? nil : .int64(Int64(random.below(2))), random.oneIn(4) ? nil : .decimal(5),
        ]
    }

    @Test(arguments: [CountedSets.Kind.distinct, .intersect, .intersectAll, .except, .exceptAll])
    func `the integrated output is the batch query after every step`(kind: CountedSets.Kind) {
        var random = SplitMix64(seed: testSeed())
        for _ in 0..<20 {
            let subject = CountedSets(types: types, kind: kind)
            let runner = Runner(
                subject, inputs: [[DataType]](repeating: types, count: kind.inputs), outputs: [types])
            var counts: [[Value]: [Int64]] = [:]
            var ordinal: Int64 = 0
            for _ in 0..<40 {
                var events: [TestEvent] = []
                for _ in 0..<random.below(9) {
                    ordinal += Int64(random.below(2))
                    let (side, values) = (random.below(kind.inputs), row(&random))
                    // Some rows are taken back before they come.
                    let weight = [-2, -1, 1, 1, 1, 3][random.below(6)] as Int64
                    counts[values, default: [0, 0]][side] += weight
                    events.append(TestEvent(side, TestRow(values, weight: weight, ordinal: ordinal)))
                }
                let changes = runner.step(events)
                #expect(integrated(changes).count == changes.count, "one change a row")
                #expect(zip(changes, changes.dropFirst()).allSatisfy { $0.ordinal <= $1.ordinal })
                let result = counts.mapValues { expected(kind, $0[0], $0[1]) }.filter { $0.value != 0 }
                #expect(integrated(runner.out) == result)
                #expect(subject.stateSize.rows == counts.values.count { $0 != [0, 0] })
            }
        }
    }

    @Test func `the final table does not depend on the division into steps`() {
        var random = SplitMix64(seed: testSeed())
        for kind in [CountedSets.Kind.distinct, .intersectAll, .exceptAll] {
            let events = (0..<300).map { index in
                TestEvent(
                    random.below(kind.inputs),
                    TestRow(row(&random), weight: random.oneIn(3) ? -1 : 1, ordinal: Int64(index)))
            }
            var tables: Set<[[Value]: Int64]> = []
            for _ in 0..<5 {
                let runner = Runner(
                    CountedSets(types: types, kind: kind), inputs: [[DataType]](repeating: types, count: kind.inputs),
                    outputs: [types])
                runner.run(events, &random)
                tables.insert(integrated(runner.out))
            }
            #expect(tables.count == 1)
        }
    }

    @Test func `equal numbers of another look are one row`() {
        let numbers: [DataType] = [.double, .interval]
        let runner = Runner(CountedSets(types: numbers, kind: .distinct), inputs: [numbers], outputs: [numbers])
        let month = Value.interval(Interval(months: 1))
        let days = Value.interval(Interval(days: 30))
        #expect(
            runner.step([
                TestEvent(0, TestRow([0.0, month], ordinal: 1)), TestEvent(0, TestRow([-0.0, days], ordinal: 2)),
            ]) == [TestRow([0.0, month], ordinal: 2)])
        #expect(runner.step([TestEvent(0, TestRow([0.0, month], weight: -1, ordinal: 3))]).isEmpty)
        #expect(
            runner.step([TestEvent(0, TestRow([0.0, days], weight: -1, ordinal: 4))])
                == [TestRow([0.0, month], weight: -1, ordinal: 4)])
    }
}
