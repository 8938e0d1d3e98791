import MutstreamColumnar
import TestSupport
import Testing

@testable import MutstreamDataflow

/// key, BIGINT, DOUBLE, end of the pane
private let types: [DataType] = [.text, .bigint, .double, .timestamp]

@Suite struct SlidingAggregateTests {
    /// Of which one makes that rows are kept, and those that are added up by pane.
    private static let lists: [[AggregateSpec]] = {
        var distinct = spec(.count, 1, types)
        distinct.isDistinct = true
        let additive = [
            AggregateSpec(.count, columns: [], resultType: .bigint), spec(.sum, 1, types), spec(.avg, 1, types),
            spec(.sum, 2, types), spec(.avg, 2, types), spec(.stddevSamp, 1, types), spec(.varPop, 2, types),
        ]
        return [additive, additive + [spec(.min, 2, types), spec(.max, 1, types), distinct]]
    }()

    private static func end(ofPaneAt time: Int64, _ windows: SlidingWindows) -> Int64 {
        let passed = ((time - windows.offset) % windows.pane + windows.pane) % windows.pane
        return time - passed + windows.pane
    }

    private static func run(
        _ events: [TestEvent], _ windows: SlidingWindows, _ aggregates: [AggregateSpec], _ random: inout SplitMix64
    ) -> [TestRow] {
        let outputTypes = [.text, .timestamp, .timestamp] + aggregates.map(\.resultType)
        let runner = Runner(
            SlidingAggregate(
                inputTypes: types, keys: [0, 3, 3], paneEnd: 3, starts: [1], windows: windows, aggregates: aggregates),
            inputs: [types], outputs: [outputTypes, types, [.text, .timestamp, .timestamp, .text]])
        runner.run(events, &random)
        #expect(runner.second.isEmpty, "nothing is late")
        return runner.out
    }

    /// What GROUP BY says of some rows at once: the oracle knows no statistics, and its sums of DOUBLE round.
    private static func aggregated(_ call: AggregateSpec, _ rows: [[Value]]) -> Value {
        let runner = Runner(
            GroupAggregate(inputTypes: types, keys: [], aggregates: [call]), inputs: [types],
            outputs: [[call.resultType], types, [.text]])
        return runner.step(rows.map { TestEvent(0, TestRow($0)) }).last?.values.first ?? .null
    }

    @Test(arguments: [(2, 4, 10, 1), (5, 5, 20, 0), (1, 1, 30, 0), (3, 3, 6, -2)])
    func `windows that slide hold what a batch query over them says`(_ lengths: (Int64, Int64, Int64, Int64)) {
        let windows = SlidingWindows(pane: lengths.0, slide: lengths.1, size: lengths.2, offset: lengths.3)
        let seed = testSeed()
        var random = SplitMix64(seed: seed &+ UInt64(lengths.2))
        for round in 0..<8 {
            let aggregates = Self.lists[round % 2]
            var rows: [(time: Int64, values: [Value])] = []
            var events: [TestEvent] = []
            var (front, watermark) = (Int64(-20), Int64.min)
            for ordinal in 0..<160 {
                front += random.oneIn(25) ? 70 : Int64(random.below(3))
                let time = max(front - Int64(random.below(6)), watermark)
                let values: [Value] = [
                    random.oneIn(9) ? .null : .text(["a", "b", "c"][random.below(3)]),
                    random.oneIn(6) ? .null : .int64(Int64(random.below(7)) - 3),
                    random.oneIn(6) ? .null : .double([0.1, -7.25, 1e9, 1e-9, 3e100][random.below(round < 4 ? 4 : 5)]),
                    .int64(Self.end(ofPaneAt: time, windows)),
                ]
                rows.append((time, values))
                watermark = max(watermark, time - 6)
                events.append(TestEvent(0, TestRow(values, ordinal: Int64(ordinal)), watermark: watermark))
            }
            var expected: [TestRow] = []
            for end in Int64(-100)...watermark where (end - windows.size - windows.offset) % windows.slide == 0 {
                let inside = rows.filter { $0.time >= end - windows.size && $0.time < end }
                let closing = events.first { ($0.watermark ?? .min) >= end }?.ordinal ?? 0
                for key: Value in ["a", "b", "c", .null] {
                    let own = inside.map(\.values).filter { $0[0] == key }
                    if own.isEmpty { continue }
                    var row = [key, .int64(end - windows.size), .int64(end)]
                    for call in aggregates {
                        let isExact = call.resultType != .double || call.function == .min
                        if isExact, case .value(let value) = AggregateOracle.answer(call, own, types) {
                            row.append(value)
                        } else {
                            row.append(Self.aggregated(call, own))
                        }
                    }
                    expected.append(TestRow(row, ordinal: closing))
                }
            }
            let first = Self.run(events, windows, aggregates, &random)
            func sorted(_ rows: [TestRow]) -> [String] { rows.map { "\($0)" }.sorted() }
            #expect(sorted(first) == sorted(expected), "seed \(seed), round \(round)")
            for _ in 0..<3 {
                #expect(Self.run(events, windows, aggregates, &random) == first, "seed \(seed), round \(round)")
            }
        }
    }
}
