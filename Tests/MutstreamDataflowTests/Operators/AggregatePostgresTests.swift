import MutstreamColumnar
import TestSupport
import Testing

@testable import MutstreamDataflow

/// g INT, i INT, b BIGINT, d DECIMAL(12,2), x DOUBLE, y DOUBLE, s TEXT, v INTERVAL, s IS NOT NULL
private let types: [DataType] = [
    .int, .int, .bigint, .decimal(precision: 12, scale: 2), .double, .double, .text, .interval, .boolean,
]

private func span(_ months: Int32, _ days: Int32 = 0, seconds: Int64 = 0) -> Value {
    .interval(Interval(months: months, days: days, microseconds: seconds * 1_000_000))
}

private let content: [[Value]] = [
    [1, 3, 9_000_000_000_000_000_000, .decimal(125), 1_000_000_000.5, 2.5, "b", span(0, 1), true],
    [
        1, 3, 9_000_000_000_000_000_000, .decimal(-710), 1_000_000_001.5, -1.5, "a", span(1, 3, seconds: 14706), true,
    ],
    [1, -2, -5, .decimal(9999), 1_000_000_002.25, 4.0, nil, span(0, 0, seconds: -7200), false],
    [1, nil, 7, nil, nil, 4.0, "b", nil, true],
    [1, 40, 8, .decimal(1), 1_000_000_007.75, nil, "Z", span(0, 0, seconds: 1), true],
    [2, 5, 1, .decimal(1000), 0.1, 0.2, "x", span(3), true],
    [2, 5, 1, .decimal(1000), 0.1, 0.7, "x", span(0, 10), true],
    [3, nil, nil, nil, nil, nil, nil, nil, false],
    [4, 1, 1, .decimal(333), 1e200, 1e-200, "q", span(5), true],
    [4, 2, 3, .decimal(334), -1e200, 3e-200, "r", span(7, 1), true],
    [4, 4, 3, .decimal(334), 2e200, 3.5e-200, "", span(12), true],
]

@Suite struct AggregatePostgresTests {
    private func spec(_ one: Recorded) throws -> AggregateSpec {
        var arguments = one.columns.map { types[$0] }
        if one.name == "string_agg" { arguments.append(.text) }
        if one.within { arguments = one.isList ? [.array(.double)] : one.constants.map { _ in .double } }
        let order: DataType? = one.within ? types[one.columns[0]] : nil
        let signature = try AggregateFunction.resolve(name: one.name, arguments: arguments, order: order)
        return AggregateSpec(
            signature.function, columns: one.columns, isDistinct: one.distinct, order: one.order, filter: one.filter,
            constants: one.constants, resultType: signature.result)
    }

    private func agree(_ found: Value, _ expected: String?, _ type: DataType) -> Bool {
        guard let expected else { return found.isNull }
        if case .double(let found) = found, let expected = Double(expected) {
            return abs(found - expected) <= 1e-13 * max(abs(found), abs(expected))
        }
        return TextCodec.text(found, type) == expected
    }

    /// - Parameter noise: rows that come before the content and go after it.
    private func check(_ noise: [[Value]], appendOnly: Bool) throws {
        // Where PostgreSQL fails, the whole group has no result: it is compared for the other calls alone.
        try check(recordedAggregates, groups: 3, noise, appendOnly)
        try check(recordedAggregates.filter { !$0.results.contains("skip") }, groups: 4, noise, appendOnly)
    }

    private func check(_ calls: [Recorded], groups: Int, _ noise: [[Value]], _ appendOnly: Bool) throws {
        let specs = try calls.map { try spec($0) }
        let outputs = [[types[0]] + specs.map(\.resultType), types, [types[0], .text]]
        let subject = GroupAggregate(inputTypes: types, keys: [0], aggregates: specs, appendOnly: appendOnly)
        let runner = Runner(subject, inputs: [types], outputs: outputs)
        runner.step(noise.enumerated().map { TestEvent(0, TestRow($0.element, ordinal: Int64($0.offset))) })
        for (index, row) in content.enumerated() { runner.step([TestEvent(0, TestRow(row, ordinal: Int64(1000 + index)))]) }
        runner.step(
            noise.reversed().enumerated().map {
                TestEvent(0, TestRow($0.element, weight: -1, ordinal: Int64(2000 + $0.offset)))
            })
        // Rows with NaN are not equal to themselves here, so they are found by their key.
        var table: [Value: [Value]] = [:]
        for row in runner.out {
            #expect((table[row.values[0]] == nil) == (row.weight > 0))
            table[row.values[0]] = row.weight > 0 ? row.values : nil
        }
        #expect(table.count == groups)
        for row in table.values {
            guard case .int64(let group) = row[0] else { continue }
            for (index, one) in calls.enumerated() {
                let (value, expected) = (row[index + 1], one.results[Int(group) - 1])
                #expect(
                    agree(value, expected, specs[index].resultType),
                    "\(one.sql) of group \(group): \(TextCodec.text(value, specs[index].resultType)), not \(expected ?? "NULL")"
                )
            }
        }
    }

    @Test func `results are those of PostgreSQL`() throws { try check([], appendOnly: true) }

    @Test func `results are those of PostgreSQL when other rows have come and gone`() throws {
        var random = SplitMix64(seed: testSeed())
        let noise = (0..<60).map { _ -> [Value] in
            var row = content[random.below(content.count)]
            row[0] = .int64(Int64(random.below(4) + 1))
            for column in 1..<8 where random.oneIn(2) { row[column] = content[random.below(content.count)][column] }
            if random.oneIn(3) { row[4] = [.double(1e308), .double(.infinity), .double(3e-300)][random.below(3)] }
            row[8] = .bool(!row[6].isNull)
            return row
        }
        try check(noise, appendOnly: false)
    }
}
