import MutstreamColumnar
import MutstreamDataflow
import TestSupport
import Testing

private enum Col {
    static let group = 0, int = 1, double = 2, time = 3, decimal = 4, span = 5, date = 6
    static let value = 7, float = 8, text = 9, flag = 10, small = 11
    static let types: [DataType] = [
        .text, .bigint, .double, .timestamp, .decimal(precision: 20, scale: 2), .interval, .date, .bigint, .double, .text,
        .boolean, .int,
    ]
}

private func randomRow(_ random: inout SplitMix64, _ spread: Int) -> [Value] {
    func or(_ value: Value) -> Value { random.oneIn(7) ? .null : value }
    let n = Int64(random.below(spread))
    return [
        .text(["a", "b", "c"][random.below(3)]), or(.int64(n - 3)),
        or(.double([Double(n) / 4, -0.0, 0.0][random.below(3)])),
        or(.int64((n * 9 - 4) * 86_400_000_000 + Int64(random.below(3)))), or(.decimal(Int128(n) * 25)),
        or(.interval(random.oneIn(2) ? Interval(days: Int32(n)) : Interval(months: Int32(n / 30), days: Int32(n % 30)))),
        or(.int64(n * 3)), or(.int64(Int64(random.below(9)) - 4)), or(.double(Double(random.below(64)) / 8 - 3)),
        or(.text(random.oneIn(4) ? "a longer piece of text" : random.letters(1 + random.below(2)))),
        or(.bool(random.oneIn(2))), or(.int64(Int64(random.below(4)))),
    ]
}

private struct WindowCase {
    var partition: [Int]
    var order: [SortItem]
    var calls: [WindowCall]

    init(_ random: inout SplitMix64) {
        partition = random.oneIn(3) ? [] : [Col.group]
        func item(_ column: Int) -> SortItem {
            SortItem(column: column, descending: random.oneIn(3), nullsFirst: random.oneIn(3))
        }
        switch random.below(6) {
        case 0: order = []
        case 1: order = [item(Col.small), item(Col.int)]
        default: order = [item(Col.int + random.below(6))]
        }
        calls = []
        let count = 1 + random.below(8)
        while calls.count < count { calls.append(WindowCase.call(&random, order)) }
    }

    private static func offset(_ random: inout SplitMix64, _ order: [SortItem], _ unit: WindowFrameSpec.Unit) -> Value {
        let n = Int64(random.below(4))
        if unit != .range { return .int64(random.oneIn(20) ? .max : n) }
        switch order.first?.column ?? 0 {
        case Col.double: return .double([0, 0.5, 1, .infinity][random.below(4)])
        case Col.time, Col.date:
            if order[0].column == Col.date, random.oneIn(2) { return .int64(n * 3) }
            return .interval(
                [Interval(), Interval(days: 9), Interval(months: 1), Interval(days: 20, microseconds: 5)][random.below(4)])
        case Col.span: return .interval(Interval(days: Int32(n)))
        case Col.decimal: return .decimal(Int128(n) * 30)
        default: return .int64(n)
        }
    }

    private static func frame(_ random: inout SplitMix64, _ order: [SortItem]) -> WindowFrameSpec {
        let units: [WindowFrameSpec.Unit] = [.rows, .range, .groups]
        while true {
            let unit = units[random.below(3)]
            func bound(_ isStart: Bool) -> WindowFrameSpec.Bound {
                switch random.below(5) {
                case 0: return isStart ? .unboundedPreceding : .unboundedFollowing
                case 1: return .currentRow
                case 2, 3:
                    return isStart ? .preceding(offset(&random, order, unit)) : .following(offset(&random, order, unit))
                default: return isStart ? .following(offset(&random, order, unit)) : .preceding(offset(&random, order, unit))
                }
            }
            let (start, end) = (bound(true), bound(false))
            let exclusions: [WindowFrameSpec.Exclusion] = [.noOthers, .noOthers, .noOthers, .currentRow, .group, .ties]
            let spec = WindowFrameSpec(unit: unit, start: start, end: end, exclusion: exclusions[random.below(6)])
            let hasOffset = [start, end].contains {
                switch $0 {
                case .preceding, .following: true
                default: false
                }
            }
            if unit == .range, hasOffset, order.count != 1 { continue }
            return spec
        }
    }

    private static func call(_ random: inout SplitMix64, _ order: [SortItem]) -> WindowCall {
        let known = WindowFunction.allCases.prefix { $0 != .arrayAgg }
        let function = known[random.below(known.count)]
        var (columns, constants): ([Int], [Value]) = ([], [])
        switch function {
        case .rowNumber, .rank, .denseRank, .percentRank, .cumeDist: break
        case .ntile: constants = [.int64(Int64(1 + random.below(5)))]
        case .lag, .lead:
            columns = [[Col.value, Col.text, Col.span][random.below(3)]]
            if random.oneIn(4) { columns.append(Col.small) }
            if columns.count == 1, random.oneIn(2) { constants = [.int64(Int64(random.below(6)) - 2)] }
            if columns.count + constants.count == 2, random.oneIn(2) {
                if columns.count == 2, random.oneIn(2) {
                    columns.append(columns[0])
                } else {
                    let defaults: [Int: Value] = [
                        Col.value: 99, Col.text: "none of them", Col.span: .interval(Interval(days: 1)),
                    ]
                    constants.append(defaults[columns[0]] ?? .null)
                }
            }
        case .firstValue, .lastValue: columns = [[Col.value, Col.text, Col.flag][random.below(3)]]
        case .nthValue:
            columns = [Col.value]
            constants = [random.oneIn(8) ? .null : .int64(Int64(1 + random.below(4)))]
        case .count: columns = random.oneIn(3) ? [] : [[Col.text, Col.value, Col.double, Col.flag][random.below(4)]]
        case .sum, .avg:
            columns = [[Col.value, Col.small, Col.float, Col.decimal, Col.span][random.below(function == .avg ? 4 : 5)]]
        case .min, .max: columns = [1 + random.below(10)]
        case .boolAnd, .boolOr: columns = [Col.flag]
        case .bitAnd, .bitOr, .bitXor: columns = [random.oneIn(2) ? Col.value : Col.small]
        default:
            columns = random.oneIn(2) ? [Col.text] : [Col.text, Col.text]
            if columns.count == 1 { constants = [", "] }
        }
        var types = columns.map { Col.types[$0] }
        for _ in constants { types.append(types.count == 2 || function == .stringAgg ? types[0] : .int) }
        guard let resolved = try? WindowFunction.resolve(name: function.rawValue, arguments: types) else {
            Issue.record("\(function) does not take \(types)")
            return WindowCall(.rowNumber, resultType: .bigint)
        }
        let frame = frame(&random, order)
        return WindowCall(
            function, columns: columns, constants: constants,
            filter: function.isAggregate && random.oneIn(4) ? Col.flag : nil,
            ignoreNulls: function.takesNullTreatment && random.oneIn(3), frame: frame,
            resultType: resolved.result,
            isDistinct: function == .count && !columns.isEmpty && frame.exclusion == .noOthers && random.below(4) > 0)
    }
}

/// Runs random changes and compares with the oracle after steps.
private func check(_ test: WindowCase, _ changes: RandomChanges, _ random: inout SplitMix64, every: Int = 1) {
    let types = Col.types
    let subject = Runner(
        WindowFunctions(inputTypes: types, partition: test.partition, order: test.order, calls: test.calls),
        inputs: [types], outputs: [types + test.calls.map(\.resultType), types + [.text]])
    let oracle = WindowOracle(types: types, partition: test.partition, order: test.order, calls: test.calls)
    var present: [[Value]] = []
    var place = 0
    for range in divisions(changes.events.map(\.ordinal), &random) {
        let out = subject.step(changes.events[range])
        for event in changes.events[range] {
            guard let row = event.row else { continue }
            let exact = OrderedOracle.exact(row.values)
            if row.weight > 0 {
                for _ in 0..<row.weight { present.append(row.values) }
            } else if let at = present.firstIndex(where: { OrderedOracle.exact($0) == exact }) {
                present.remove(at: at)
            }
        }
        // Nothing leaves and comes back in one step.
        let signs = Dictionary(grouping: out) { OrderedOracle.exact($0.values) }
        #expect(signs.values.allSatisfy { rows in rows.allSatisfy { $0.weight > 0 } || rows.allSatisfy { $0.weight < 0 } })
        place += 1
        if place % every != 0, range.upperBound < changes.events.count { continue }
        let problem = difference(integratedExactly(subject.out), oracle.evaluate(present))
        #expect(problem == nil, "after step \(range) of \(test.order) \(test.calls)")
        if problem != nil { return }
    }
}

@Test(arguments: 0..<30)
func windowFunctionsEqualBatch(round: Int) {
    var random = SplitMix64(seed: testSeed() &+ UInt64(round) &* 7919)
    let test = WindowCase(&random)
    var changes = RandomChanges()
    let spread = [3, 12, 60][round % 3]
    for number in 0..<70 {
        if random.below(10) < (number > 35 ? 5 : 2) {
            changes.remove(&random)
        } else {
            changes.add(randomRow(&random, spread), weight: random.oneIn(12) ? Int64(1 + random.below(3)) : 1)
        }
    }
    check(test, changes, &random)
}

/// Partitions of many nodes, whose summaries are made, used and made anew.
@Test(arguments: 0..<6)
func longPartitionsEqualBatch(round: Int) {
    var random = SplitMix64(seed: testSeed() &+ UInt64(round) &* 104_729)
    var test = WindowCase(&random)
    test.partition = []
    test.order = [SortItem(column: Col.int)]
    let frames = [
        WindowFrameSpec(unit: .rows, start: .preceding(100), end: .currentRow),
        WindowFrameSpec(unit: .rows, start: .preceding(150), end: .following(80), exclusion: .group),
        WindowFrameSpec(unit: .range, start: .preceding(90), end: .following(20)),
        WindowFrameSpec(unit: .rows, start: .unboundedPreceding, end: .preceding(2)), .standard,
        WindowFrameSpec(unit: .rows, start: .unboundedPreceding, end: .unboundedFollowing),
    ]
    test.calls = [
        WindowCall(.sum, columns: [Col.value], frame: frames[round], resultType: .decimal(precision: 38, scale: 0)),
        WindowCall(.avg, columns: [Col.float], frame: frames[(round + 1) % 6], resultType: .double),
        WindowCall(.min, columns: [Col.text], filter: Col.flag, frame: frames[(round + 2) % 6], resultType: .text),
        WindowCall(.count, columns: [Col.text], frame: frames[(round + 3) % 6], resultType: .bigint),
        WindowCall(
            .count, columns: [Col.small], frame: frames[round == 3 ? 0 : (round + 4) % 6], resultType: .bigint,
            isDistinct: true),
        WindowCall(.bitOr, columns: [Col.small], frame: frames[(round + 4) % 6], resultType: .int),
        WindowCall(.max, columns: [Col.span], frame: frames[(round + 5) % 6], resultType: .interval),
        WindowCall(.denseRank, resultType: .bigint),
    ]
    var changes = RandomChanges()
    for _ in 0..<240 { changes.add(randomRow(&random, 300)) }
    for _ in 0..<40 { if random.oneIn(2) { changes.add(randomRow(&random, 300)) } else { changes.remove(&random) } }
    check(test, changes, &random, every: 60)
}

/// A sum that rounds must not depend on what was in the frame before.
@Test func sumsOfDoublesAreExact() {
    let types: [DataType] = [.bigint, .double]
    let frame = WindowFrameSpec(unit: .rows, start: .preceding(1), end: .currentRow)
    let calls = [
        WindowCall(.sum, columns: [1], frame: frame, resultType: .double),
        WindowCall(.sum, columns: [1], resultType: .double),
    ]
    let subject = Runner(
        WindowFunctions(inputTypes: types, partition: [], order: [SortItem(column: 0)], calls: calls), inputs: [types],
        outputs: [types + [.double, .double], types + [.text]])
    let values = [1e300, 1, 1e-300, -1e300, 0.1, 3]
    subject.step(values.indices.map { TestEvent(0, TestRow([.int64(Int64($0)), .double(values[$0])], ordinal: Int64($0))) })
    let results = subject.out.sorted { OrderedOracle.compare($0.values[0], $1.values[0]) < 0 }
    #expect(results.map { $0.values[2] } == [1e300, 1e300, 1.0, -1e300, -1e300, 3.1])
    #expect(results.map { $0.values[3] } == [1e300, 1e300, 1e300, 1.0, 1.1, 4.1])
}

@Test func failuresComeAndGo() {
    let types: [DataType] = [.bigint, .decimal(precision: 38, scale: 0)]
    let huge = Value.decimal(Int128("99999999999999999999999999999999999999") ?? 0)
    let calls = [WindowCall(.sum, columns: [1], resultType: .decimal(precision: 38, scale: 0))]
    let subject = Runner(
        WindowFunctions(inputTypes: types, partition: [], order: [SortItem(column: 0)], calls: calls), inputs: [types],
        outputs: [types + [.decimal(precision: 38, scale: 0)], types + [.text]])
    subject.step([TestEvent(0, TestRow([1, huge], ordinal: 0)), TestEvent(0, TestRow([2, huge], ordinal: 1))])
    #expect(integrated(subject.out) == [[1, huge, huge]: 1])
    #expect(rows(of: subject.last[1].batch).map(\.weight) == [1])
    subject.step([TestEvent(0, TestRow([1, huge], weight: -1, ordinal: 2))])
    #expect(integrated(subject.out) == [[2, huge, huge]: 1])
    #expect(rows(of: subject.last[1].batch).map(\.weight) == [-1])
}

@Test func framesThatCannotBeAreRefused() throws {
    func message(
        _ unit: WindowFrameSpec.Unit, _ start: WindowFrameSpec.Bound, _ end: WindowFrameSpec.Bound, _ types: [DataType]
    )
        -> String?
    {
        do throws(TypeError) {
            try WindowFrameSpec(unit: unit, start: start, end: end).validate(orderTypes: types)
            return nil
        } catch {
            return error.message
        }
    }
    #expect(message(.rows, .preceding(2), .currentRow, []) == nil)
    #expect(message(.range, .preceding(.interval(Interval(days: 1))), .currentRow, [.timestamp]) == nil)
    #expect(message(.rows, .currentRow, .preceding(1), []) == "a frame that starts at the current row cannot end before it")
    #expect(message(.rows, .preceding(-1), .currentRow, []) == "the offset of a frame must not be negative")
    #expect(message(.rows, .preceding(.null), .currentRow, []) == "the offset of a frame must not be NULL")
    #expect(message(.groups, .preceding(1), .currentRow, []) == "GROUPS needs an ORDER BY")
    #expect(
        message(.range, .preceding(1), .currentRow, [.int, .int])
            == "RANGE with an offset needs exactly one ORDER BY column, found 2")
    #expect(
        message(.range, .preceding(1), .currentRow, [.text])
            == "RANGE with an offset does not fit an ORDER BY column of type TEXT")
    #expect(message(.rows, .unboundedFollowing, .unboundedFollowing, []) == "frame start cannot be UNBOUNDED FOLLOWING")
}
