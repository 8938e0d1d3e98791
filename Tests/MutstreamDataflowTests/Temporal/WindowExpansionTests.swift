import MutstreamColumnar
import TestSupport
import Testing

@testable import MutstreamDataflow

@Suite struct WindowExpansionTests {
    private static let types: [DataType] = [.text, .timestamp, .timestamp]

    /// The windows of a row at a time, whose last aligned start is given.
    private func windows(_ rule: WindowExpansion.Rule, at time: Int64, start: Int64) -> [[Int64]] {
        let runner = Runner(
            WindowExpansion(start: 2, time: 1, rule: rule), inputs: [Self.types],
            outputs: [Self.types + [.timestamp, .timestamp]])
        let rows = runner.step([TestEvent(0, TestRow(["a", .int64(time), .int64(start)], ordinal: 1))])
        return rows.map { row in
            row.values.suffix(2).map { value in if case .int64(let number) = value { number } else { .min } }
        }
    }

    @Test func `a hopping window that is as long as three slides holds a row three times`() {
        #expect(windows(.hop(slide: 2, size: 6), at: 7, start: 6) == [[2, 8], [4, 10], [6, 12]])
        #expect(windows(.hop(slide: 2, size: 6), at: 6, start: 6) == [[2, 8], [4, 10], [6, 12]])
    }

    @Test func `windows that overlap unevenly and windows with gaps between them`() {
        #expect(windows(.hop(slide: 4, size: 6), at: 5, start: 4) == [[0, 6], [4, 10]])
        #expect(windows(.hop(slide: 4, size: 6), at: 7, start: 4) == [[4, 10]])
        #expect(windows(.hop(slide: 10, size: 3), at: 12, start: 10) == [[10, 13]])
        #expect(windows(.hop(slide: 10, size: 3), at: 13, start: 10) == [])
    }

    @Test func `a cumulating window begins small`() {
        #expect(windows(.cumulate(step: 2, size: 6), at: 7, start: 6) == [[6, 8], [6, 10], [6, 12]])
        #expect(windows(.cumulate(step: 2, size: 6), at: 11, start: 6) == [[6, 12]])
    }

    @Test func `a row of which a window leaves the range of time fails`() {
        let runner = Runner(
            WindowExpansion(start: 2, time: 1, rule: .hop(slide: 2, size: 4)), inputs: [Self.types],
            outputs: [Self.types + [.timestamp, .timestamp], Self.types + [.text]])
        let rows = runner.step([
            TestEvent(0, TestRow(["a", .int64(.max - 1), .int64(.max - 1)], ordinal: 1)),
            TestEvent(0, TestRow(["b", 7, 6], ordinal: 2)),
        ])
        #expect(rows.count == 2)
        #expect(runner.second.map { $0.values.first } == ["a"])
        #expect(windows(.hop(slide: 2, size: 4), at: .max - 1, start: .max - 1) == [])
        let last = Int64.max - 4
        let expected: [[Int64]] = [[last - 2, last + 2], [last, last + 4]]
        #expect(windows(.hop(slide: 2, size: 4), at: last + 1, start: last) == expected)
        #expect(windows(.hop(slide: 2, size: 6), at: .min, start: .min) == [])
        #expect(windows(.cumulate(step: 2, size: 6), at: .max, start: .max) == [])
    }

    @Test func `every window that a naive search finds and no other one`() {
        let seed = testSeed()
        var random = SplitMix64(seed: seed)
        for _ in 0..<500 {
            let slide = Int64(1 + random.below(9))
            let size = Int64(1 + random.below(30))
            let time = Int64(random.below(200)) - 100
            var start = time / slide * slide
            if start > time { start -= slide }
            var expected: [[Int64]] = []
            for from in Int64(-200)...200 where from % slide == 0 && from <= time && time < from + size {
                expected.append([from, from + size])
            }
            #expect(windows(.hop(slide: slide, size: size), at: time, start: start) == expected, "seed \(seed)")
        }
    }

    @Test func `weights and ordinals are those of the row`() {
        let runner = Runner(
            WindowExpansion(start: 2, time: 1, rule: .hop(slide: 1, size: 2)), inputs: [Self.types],
            outputs: [Self.types + [.timestamp, .timestamp]])
        let rows = runner.step([
            TestEvent(0, TestRow(["a", 5, 5], ordinal: 3)), TestEvent(0, TestRow(["a", 5, 5], weight: -1, ordinal: 4)),
            TestEvent(0, TestRow(["a", nil, nil], ordinal: 5)),
        ])
        #expect(rows.map(\.weight) == [1, 1, -1, -1])
        #expect(rows.map(\.ordinal) == [3, 3, 4, 4])
    }
}
