import MutstreamColumnar
import MutstreamDataflow
import TestSupport
import Testing

private let types: [DataType] = [.text, .bigint, .double, .text, .interval]

private func randomRow(_ random: inout SplitMix64, _ spread: Int) -> [Value] {
    [
        .text(["a", "b", "c"][random.below(3)]), random.oneIn(8) ? nil : .int64(Int64(random.below(spread))),
        random.oneIn(8) ? nil : .double([0.0, -0.0, 1.5, .infinity, .nan][random.below(5)]),
        .text(random.oneIn(3) ? "a rather long text \(random.below(3))" : "x"),
        .interval([Interval(months: 1), Interval(days: 30), Interval(microseconds: 5)][random.below(3)]),
    ]
}

/// A partition, and the order within it.
private let orders: [(partition: [Int], order: [SortItem])] = [
    ([0], [SortItem(column: 1)]), ([0], [SortItem(column: 1, descending: true, nullsFirst: true)]),
    ([], [SortItem(column: 2), SortItem(column: 1, descending: true)]), ([0, 1], [SortItem(column: 2, descending: true)]),
    ([1, 3], []), ([0], [SortItem(column: 3, descending: true), SortItem(column: 4)]),
    ([1], [SortItem(column: 4, descending: true)]),
]

@Test(arguments: orders.indices)
private func topRowIsTopNOfOne(_ index: Int) {
    var random = SplitMix64(seed: testSeed() &+ UInt64(index))
    let (partition, order) = orders[index]
    for round in 0..<4 {
        let subject = Runner(
            TopRow(types: types, partition: partition, order: order), inputs: [types], outputs: [types])
        let judge = Runner(
            TopN(types: types, partition: partition, order: order, limit: 1, appendOnly: true), inputs: [types],
            outputs: [types])
        var changes = RandomChanges()
        for _ in 0..<300 {
            changes.add(randomRow(&random, [2, 10, 1000][round % 3]), weight: random.oneIn(9) ? 3 : 1)
        }
        for range in divisions(changes.events.map(\.ordinal), &random) {
            let own = subject.step(changes.events[range])
            let other = judge.step(changes.events[range])
            let same = own.map { OrderedOracle.exact($0.values) } == other.map { OrderedOracle.exact($0.values) }
            #expect(same && own.map(\.weight) == other.map(\.weight), "after step \(range)")
            #expect(own.map(\.ordinal) == other.map(\.ordinal))
            if !same { return }
        }
        #expect(subject.subject.stateSize.rows == judge.subject.stateSize.rows)
    }
}

/// Row for row what ``TopN`` gives, in one order, with and without ranks.
@Test(arguments: orders.indices, [1, 2, 3, 7, 40])
private func topRowsAreTopN(_ index: Int, _ limit: Int) {
    var random = SplitMix64(seed: testSeed() &+ UInt64(index * 100 + limit))
    let (partition, order) = orders[index]
    for round in 0..<6 {
        let ranked = round % 2 == 0
        let outputs = [ranked ? types + [.bigint] : types]
        func make() -> TopRows {
            TopRows(types: types, partition: partition, order: order, limit: limit, rankColumn: ranked)
        }
        let subject = Runner(make(), inputs: [types], outputs: outputs)
        let judge = Runner(
            TopN(types: types, partition: partition, order: order, limit: limit, rankColumn: ranked, appendOnly: true),
            inputs: [types], outputs: outputs)
        var changes = RandomChanges()
        for _ in 0..<400 {
            let weight = round > 3 ? 1 : random.oneIn(9) ? Int64(1 + random.below(limit + 2)) : 1
            changes.add(randomRow(&random, [2, 10, 1000][round % 3]), weight: weight)
        }
        for range in divisions(changes.events.map(\.ordinal), &random) {
            let own = subject.step(changes.events[range])
            let other = judge.step(changes.events[range])
            let same = own.map { OrderedOracle.exact($0.values) } == other.map { OrderedOracle.exact($0.values) }
            #expect(same && own.map(\.weight) == other.map(\.weight), "limit \(limit), ranked \(ranked), step \(range)")
            #expect(own.map(\.ordinal) == other.map(\.ordinal))
            if !same { return }
            if random.oneIn(8) { subject.restart() }
        }
        #expect(subject.subject.stateSize.rows == judge.subject.stateSize.rows)
    }
}
