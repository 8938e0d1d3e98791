import MutstreamColumnar
import TestSupport
import Testing

@testable import MutstreamDataflow

/// key, INT, BIGINT, DECIMAL(12,2), DOUBLE, TEXT, BOOLEAN, INTERVAL, DOUBLE
private let types: [DataType] = [
    .text, .int, .bigint, .decimal(precision: 12, scale: 2), .double, .text, .boolean, .interval, .double,
]

private func call(
    _ name: String, _ columns: [Int], distinct: Bool = false, order: [SortItem] = [], within: SortItem? = nil,
    filter: Int? = nil, constants: [Value] = []
) throws -> AggregateSpec {
    let function = try #require(AggregateFunction.named(name))
    var arguments = columns.map { types[$0] }
    if function == .stringAgg, arguments.count == 1 { arguments.append(.text) }
    if within != nil { arguments = constants.map { _ in .double } }
    let signature = try AggregateFunction.resolve(
        name: name, arguments: arguments, isStar: columns.isEmpty && within == nil, order: within.map { types[$0.column] })
    return AggregateSpec(
        function, columns: within.map { [$0.column] } ?? columns, isDistinct: distinct, order: within.map { [$0] } ?? order,
        filter: filter, constants: constants, resultType: signature.result)
}

private func cheap() throws -> [AggregateSpec] {
    try [
        call("count", []), call("count", [1], filter: 6), call("sum", [1]), call("avg", [1]), call("sum", [2]),
        call("avg", [3]), call("sum", [4]), call("avg", [4]), call("sum", [7]),
        call("count", [5], distinct: true), call("sum", [1], distinct: true), call("avg", [3], distinct: true),
        call("count", [1], distinct: true, filter: 6),
        call("bool_and", [6]), call("every", [6]), call("bool_or", [6]), call("bit_and", [1]), call("bit_or", [2]),
        call("bit_xor", [2]), call("bit_xor", [1], distinct: true),
    ]
}

private func ordered() throws -> [AggregateSpec] {
    let (up, down) = (SortItem(column: 4), SortItem(column: 4, descending: true, nullsFirst: true))
    return try [
        call("min", [1]), call("max", [1]), call("min", [5]), call("max", [5], filter: 6), call("min", [7]),
        call("max", [6]), call("min", [3]), call("max", [4], distinct: true),
        call("string_agg", [5], constants: ["; "]), call("string_agg", [5], order: [up], constants: [","]),
        call("string_agg", [5], distinct: true, constants: ["-"]), call("string_agg", [5, 5], order: [down]),
        call("first", [1]), call("last", [1]), call("first_value", [5], order: [down]), call("last", [5], order: [up]),
        call("any_value", [5]), call("single_value", [4]), call("max_by", [5, 4]), call("arg_min", [1, 3]),
        call("mode", [], within: SortItem(column: 1)), call("mode", [], within: SortItem(column: 5, descending: true)),
        call("percentile_cont", [], within: SortItem(column: 4), constants: [0.5]),
        call("percentile_cont", [], within: down, constants: [0.25]),
        call("percentile_disc", [], within: SortItem(column: 5), constants: [0.9]),
        call("percentile_disc", [], within: SortItem(column: 1, descending: true), constants: [0.0]),
    ]
}

private func statistics() throws -> [AggregateSpec] {
    try [
        "corr", "covar_pop", "covar_samp", "regr_avgx", "regr_avgy", "regr_count", "regr_intercept", "regr_r2", "regr_slope",
        "regr_sxx", "regr_sxy", "regr_syy",
    ].map { try call($0, [4, 8]) }
        + ["stddev", "stddev_pop", "var_samp", "variance", "var_pop"].flatMap { name in
            try [call(name, [1]), call(name, [3]), call(name, [4]), call(name, [8], distinct: true)]
        }
}

private func makeRow(_ random: inout SplitMix64) -> [Value] {
    func maybe(_ value: Value) -> Value { random.oneIn(6) ? .null : value }
    let interval = Interval(months: Int32(random.below(2)), days: Int32(random.below(3)) * 15, microseconds: 7)
    return [
        random.oneIn(8) ? .null : .text(["a", "b", "a key longer than twelve bytes"][random.below(3)]),
        maybe(.int64(Int64(random.below(9)) - 4)), maybe(.int64(Int64(random.below(7)) * 1_000_000_007)),
        maybe(.decimal(Int128(random.below(9)) * 125)), maybe(.double(Double(random.below(11) - 5) / 8)),
        maybe(.text(String(random.letters(18).prefix([0, 1, 1, 17][random.below(4)])))),
        maybe(.bool(random.oneIn(2))), maybe(.interval(interval)), maybe(.double(Double(random.below(5)) * 1.1)),
    ]
}

@Suite struct RetractionTests {
    /// Inserts and deletes at random; after every step the integrated output is that of the oracle.
    private func run(_ specs: [AggregateSpec], keys: [Int], deletes: Bool, appendOnly: Bool, rounds: Int) {
        var random = SplitMix64(seed: testSeed())
        for _ in 0..<rounds {
            let subject = GroupAggregate(inputTypes: types, keys: keys, aggregates: specs, appendOnly: appendOnly)
            let runner = Runner(
                subject, inputs: [types],
                outputs: [keys.map { types[$0] } + specs.map(\.resultType), types, keys.map { types[$0] } + [.text]])
            var history: [[Value]: [TestRow]] = keys.isEmpty ? [[]: []] : [:]
            var live: [[Value]] = []
            var ordinal: Int64 = 0
            let longest = [1, 4, 20][random.below(3)]
            for _ in 0..<24 {
                var events: [TestEvent] = []
                for _ in 0..<random.below(longest + 1) {
                    ordinal += Int64(random.below(2))
                    var row: TestRow
                    if deletes, !live.isEmpty, random.below(5) < 2 {
                        row = TestRow(live[random.below(live.count)], weight: -1, ordinal: ordinal)
                        let equal = live.count { $0 == row.values }
                        if random.oneIn(3) { row.weight = -Int64(equal) }
                        for _ in 0..<(-row.weight) { live.remove(at: live.firstIndex(of: row.values) ?? 0) }
                    } else {
                        let values = !live.isEmpty && random.oneIn(4) ? live[random.below(live.count)] : makeRow(&random)
                        row = TestRow(values, weight: random.oneIn(5) ? 3 : 1, ordinal: ordinal)
                        live += repeatElement(row.values, count: Int(row.weight))
                    }
                    events.append(TestEvent(0, row))
                    history[keys.map { row.values[$0] }, default: []].append(row)
                }
                let changes = runner.step(events)
                #expect(integrated(changes).count == changes.count, "no row leaves and comes back")
                #expect(zip(changes, changes.dropFirst()).allSatisfy { $0.ordinal <= $1.ordinal })
                check(runner, specs, keys, history, live)
                #expect(subject.stateSize.rows == (keys.isEmpty ? 1 : Set(live.map { row in keys.map { row[$0] } }).count))
            }
        }
    }

    private func check(
        _ runner: Runner, _ specs: [AggregateSpec], _ keys: [Int], _ history: [[Value]: [TestRow]], _ live: [[Value]]
    ) {
        let found = integrated(runner.out)
        let present = history.filter { key, _ in keys.isEmpty || live.contains { row in keys.map { row[$0] } == key } }
        #expect(found.count == present.count)
        for (row, weight) in found {
            #expect(weight == 1)
            let changes = history[Array(row.prefix(keys.count))] ?? []
            for (index, spec) in specs.enumerated() {
                let value = row[keys.count + index]
                let expected = RetractionOracle.answer(spec, changes, types)
                #expect(
                    RetractionOracle.agree(value, expected, spec.resultType),
                    "\(spec.function.rawValue)(\(spec.columns)) distinct \(spec.isDistinct) gives \(value), not \(expected)")
            }
        }
    }

    @Test func `sums, flags and DISTINCT follow what comes and goes`() throws {
        run(try cheap(), keys: [0], deletes: true, appendOnly: false, rounds: 12)
        run(try cheap(), keys: [], deletes: true, appendOnly: false, rounds: 4)
        run(try cheap(), keys: [0], deletes: false, appendOnly: true, rounds: 4)
    }

    @Test func `ordered aggregates follow what comes and goes`() throws {
        run(try ordered(), keys: [0], deletes: true, appendOnly: false, rounds: 12)
        run(try ordered(), keys: [], deletes: true, appendOnly: false, rounds: 4)
    }

    @Test func `ordered aggregates of append-only input are the same`() throws {
        run(try ordered(), keys: [0], deletes: false, appendOnly: true, rounds: 6)
    }

    @Test func `statistics follow what comes and goes`() throws {
        run(try statistics(), keys: [0], deletes: true, appendOnly: false, rounds: 8)
    }
}
