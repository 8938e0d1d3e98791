import MutstreamColumnar
import MutstreamDataflow
import TestSupport
import Testing

private let types: [DataType] = [.text, .bigint, .double, .text]

private func randomRow(_ random: inout SplitMix64) -> [Value] {
    [
        .text(["a", "b", "c"][random.below(3)]), random.oneIn(8) ? nil : .int64(Int64(random.below(6))),
        random.oneIn(8) ? nil : .double([0.0, -0.0, 1.5, .nan][random.below(4)]),
        .text(random.oneIn(3) ? "a rather long text \(random.below(4))" : "x"),
    ]
}

/// A partition of the pairs, and the order within it.
private let orders: [(partition: [Int], order: [SortItem])] = [
    ([0], [SortItem(column: 5, descending: true)]), ([4, 1], [SortItem(column: 2), SortItem(column: 7)]), ([], []),
    ([6], [SortItem(column: 2, descending: true, nullsFirst: true)]), ([3], []),
]

@Test(arguments: orders.indices)
private func firstRowsOfPairsAreWhatTheyWere(_ index: Int) {
    let seed = testSeed() &+ UInt64(index)
    var random = SplitMix64(seed: seed)
    let (partition, order) = orders[index]
    let pairTypes = types + types
    func runner(_ first: FirstPairs?) -> Runner {
        let join = MaintainedJoin(
            leftTypes: types, rightTypes: types, leftKeys: [0], rightKeys: [0], residual: LessThan(lhs: 1, rhs: 5),
            firstPairs: first)
        return Runner(join, inputs: [types, types], outputs: [pairTypes])
    }
    func top() -> Runner {
        Runner(TopRow(types: pairTypes, partition: partition, order: order), inputs: [pairTypes], outputs: [pairTypes])
    }
    for _ in 0..<6 {
        let some = runner(FirstPairs(types: pairTypes, partition: partition, order: order))
        let (all, firstOfSome, firstOfAll) = (runner(nil), top(), top())
        let events = (0..<160).map { number in
            let weight = random.oneIn(9) ? Int64(1 + random.below(3)) : 1
            return TestEvent(random.below(2), TestRow(randomRow(&random), weight: weight, ordinal: Int64(number)))
        }
        for range in divisions(events.map(\.ordinal), &random) {
            let own = firstOfSome.step(some.step(events[range]).map { TestEvent(0, $0) })
            let other = firstOfAll.step(all.step(events[range]).map { TestEvent(0, $0) })
            let same = own.map { OrderedOracle.exact($0.values) } == other.map { OrderedOracle.exact($0.values) }
            #expect(same && own.map(\.weight) == other.map(\.weight), "seed \(seed), step \(range)")
            #expect(own.map(\.ordinal) == other.map(\.ordinal), "seed \(seed), step \(range)")
            if !same { return }
        }
        #expect(some.out.count <= all.out.count, "seed \(seed)")
    }
}
