import MutstreamColumnar
import MutstreamDataflow
import TestSupport
import Testing

private let types: [DataType] = [.text, .bigint, .double, .text]

private struct TopNCase: Sendable, CustomStringConvertible {
    var partition: [Int] = [0]
    var order: [SortItem] = [SortItem(column: 1)]
    var limit: Int?
    var offset = 0
    var withTies = false
    var rankColumn = false
    var appendOnly = false

    var description: String {
        "limit \(limit.map { "\($0)" } ?? "-") offset \(offset) ties \(withTies) rank \(rankColumn) append \(appendOnly)"
    }

    func make() -> TopN {
        TopN(
            types: types, partition: partition, order: order, limit: limit, offset: offset, withTies: withTies,
            rankColumn: rankColumn, appendOnly: appendOnly)
    }

    func expected(_ rows: [[Value]]) -> [[Value]: Int64] {
        var result: [[Value]: Int64] = [:]
        for sorted in OrderedOracle.partitions(rows, by: partition, order) {
            for (place, row) in sorted.enumerated() where place >= offset {
                if let limit, place >= offset + limit {
                    let edge = sorted[max(offset + limit - 1, 0)]
                    guard withTies, limit > 0, OrderedOracle.compare(row, edge, order) == 0 else { continue }
                }
                let exact = OrderedOracle.exact(row)
                result[exact + (rankColumn ? [.int64(Int64(place + 1))] : []), default: 0] += 1
            }
        }
        return result
    }
}

private func randomRow(_ random: inout SplitMix64, _ spread: Int) -> [Value] {
    [
        .text(["a", "b", "c"][random.below(3)]), random.oneIn(8) ? nil : .int64(Int64(random.below(spread))),
        random.oneIn(8) ? nil : .double([0.0, -0.0, 1.5, .infinity][random.below(4)]),
        .text(random.oneIn(3) ? "a rather long text \(random.below(3))" : "x"),
    ]
}

@Test(arguments: [
    TopNCase(limit: 3), TopNCase(limit: 1), TopNCase(limit: 0), TopNCase(limit: nil), TopNCase(limit: nil, offset: 4),
    TopNCase(order: [SortItem(column: 1, descending: true, nullsFirst: true)], limit: 5, offset: 3),
    TopNCase(partition: [], order: [SortItem(column: 2), SortItem(column: 1, descending: true)], limit: 20, offset: 10),
    TopNCase(limit: 4, withTies: true), TopNCase(limit: 2, offset: 3, withTies: true),
    TopNCase(limit: 4, rankColumn: true), TopNCase(limit: 4, offset: 2, rankColumn: true),
    TopNCase(partition: [], limit: nil, rankColumn: true), TopNCase(partition: [], order: [], limit: 7, offset: 1),
    TopNCase(limit: 3, appendOnly: true), TopNCase(limit: 2, offset: 2, withTies: true, appendOnly: true),
    TopNCase(limit: 3, offset: 1, rankColumn: true, appendOnly: true),
    TopNCase(partition: [1], order: [SortItem(column: 2, descending: true)], limit: 1, appendOnly: true),
])
private func topNEqualsBatch(_ test: TopNCase) {
    var random = SplitMix64(seed: testSeed())
    for round in 0..<5 {
        let subject = Runner(test.make(), inputs: [types], outputs: [test.rankColumn ? types + [.bigint] : types])
        var changes = RandomChanges()
        let spread = [2, 10, 1000][round % 3]
        for number in 0..<(round == 0 ? 500 : 160) {
            if !test.appendOnly, random.below(10) < (number > 120 ? 6 : 3) {
                changes.remove(&random)
            } else {
                changes.add(randomRow(&random, spread), weight: random.oneIn(9) ? Int64(1 + random.below(4)) : 1)
            }
        }
        var state = RandomChanges()
        for range in divisions(changes.events.map(\.ordinal), &random) {
            let out = subject.step(changes.events[range])
            for event in changes.events[range] {
                guard let row = event.row else { continue }
                if row.weight < 0 {
                    if let at = state.present.firstIndex(where: {
                        OrderedOracle.exact($0) == OrderedOracle.exact(row.values)
                    }) {
                        state.present.remove(at: at)
                    }
                } else {
                    state.add(row.values, weight: row.weight)
                }
            }
            // Nothing leaves and comes back in one step.
            let signs = Dictionary(grouping: out) { OrderedOracle.exact($0.values) }
            #expect(
                signs.values.allSatisfy { rows in rows.allSatisfy { $0.weight > 0 } || rows.allSatisfy { $0.weight < 0 } })
            let problem = difference(integratedExactly(subject.out), test.expected(state.present))
            #expect(problem == nil, "after step \(range)")
            if problem != nil { return }
        }
        if test.appendOnly, let limit = test.limit, !test.withTies {
            #expect(subject.subject.stateSize.rows <= (limit + test.offset) * 10_000)
        }
    }
}

@Test func retractionsMayComeFirst() {
    let subject = Runner(TopNCase(limit: 2).make(), inputs: [types], outputs: [types])
    let row: [Value] = ["a", 1, 1.5, "x"]
    subject.step([TestEvent(0, TestRow(row, weight: -1, ordinal: 0))])
    #expect(subject.out.isEmpty)
    subject.step([TestEvent(0, TestRow(row, ordinal: 1))])
    #expect(subject.out.isEmpty)
    subject.step([TestEvent(0, TestRow(row, ordinal: 2))])
    #expect(integrated(subject.out) == [row: 1])
    #expect(subject.subject.stateSize.rows == 1)
}

@Test func appendOnlyKeepsOnlyTheFirstRows() {
    let test = TopNCase(partition: [0], limit: 10, appendOnly: true)
    let subject = Runner(test.make(), inputs: [types], outputs: [types])
    var random = SplitMix64(seed: testSeed())
    var ordinal: Int64 = 0
    for _ in 0..<20 {
        subject.step(
            (0..<500).map { _ in
                ordinal += 1
                return TestEvent(0, TestRow(randomRow(&random, 100_000), ordinal: ordinal))
            })
        #expect(subject.subject.stateSize.rows <= 30)
    }
}
