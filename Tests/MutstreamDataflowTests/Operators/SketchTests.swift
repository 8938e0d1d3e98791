import MutstreamColumnar
import TestSupport
import Testing

@testable import MutstreamDataflow

private let types: [DataType] = [.bigint, .double]
private let counted = AggregateSpec(.approxCountDistinct, columns: [0], resultType: .bigint)
private let middle = AggregateSpec(.approxPercentile, columns: [1], constants: [0.5], resultType: .double)
private let tail = AggregateSpec(.approxPercentile, columns: [1], constants: [0.99, 0.001], resultType: .double)

@Suite struct SketchTests {
    /// The one row of a sketch over batches of rows with weights.
    private func result(_ steps: [([[Value]], Int64)], appendOnly: Bool) -> [Value] {
        let specs = [counted, middle, tail]
        let subject = GroupAggregate(inputTypes: types, keys: [], aggregates: specs, appendOnly: appendOnly)
        let runner = Runner(subject, inputs: [types], outputs: [specs.map(\.resultType), types, [.text]])
        for (number, step) in steps.enumerated() {
            runner.step(step.0.map { TestEvent(0, TestRow($0, weight: step.1, ordinal: Int64(number))) })
        }
        return runner.out.last?.values ?? []
    }

    private func rows(_ count: Int, _ random: inout SplitMix64) -> [[Value]] {
        (0..<count).map { [.int64(Int64($0)), .double(Double(random.below(1_000_000)) / 7 - 20_000)] }
    }

    @Test(arguments: [0, 1, 10, 1000, 20_000]) func `estimates are near the truth`(count: Int) {
        var random = SplitMix64(seed: testSeed())
        let rows = rows(count, &random)
        // Each value twice: that does not count.
        let found = result([(rows, 2)], appendOnly: true)
        guard case .int64(let estimate) = found[0] else { return #expect(Bool(false), "a number of values") }
        #expect(abs(Double(estimate) - Double(count)) <= 4 * 0.0163 * Double(count))
        let sorted = rows.map { row in if case .double(let value) = row[1] { value } else { 0.0 } }.sorted()
        for (index, fraction, error) in [(1, 0.5, 0.01), (2, 0.99, 0.001)] {
            guard case .double(let value) = found[index] else {
                #expect(count == 0 && found[index] == .null)
                continue
            }
            // Every value is there twice.
            let rank = Int(fraction * Double(2 * count - 1)) / 2
            #expect(abs(value - sorted[rank]) <= (error + 1e-9) * abs(sorted[rank]))
        }
    }

    @Test func `what is taken back leaves no trace`() {
        var random = SplitMix64(seed: testSeed())
        let all = rows(6000, &random)
        for kept in [0, 5, 500] {
            let (stays, goes) = (Array(all.prefix(kept)), Array(all.dropFirst(kept)))
            let fresh = result([([], 1), (stays, 1)], appendOnly: false)
            #expect(result([(goes, 1), (stays, 1), (goes, -1)], appendOnly: false) == fresh)
            let detour = [(all, 2), (goes.reversed(), -1), (all, -1), (stays, 3), (stays, -3)] as [([[Value]], Int64)]
            #expect(result(detour, appendOnly: false) == fresh)
            #expect(result([(stays, 1)], appendOnly: true) == fresh || kept == 0)
        }
    }

    @Test func `special values have buckets of their own`() {
        let sketch = QuantileSketch(error: 0.01)
        let values = [
            -Double.infinity, -.greatestFiniteMagnitude, -1, -.leastNonzeroMagnitude, 0, .leastNonzeroMagnitude, 1e-300, 1,
            2,
            .greatestFiniteMagnitude, .infinity, .nan,
        ]
        let buckets = values.map { sketch.bucket($0) }
        #expect(zip(buckets, buckets.dropFirst()).allSatisfy { $0 < $1 })
        for (value, bucket) in zip(values, buckets) where value.magnitude >= 1e-300 {
            let back = sketch.value(bucket)
            #expect(value == back || abs(back - value) <= 0.0101 * abs(value))
        }
        #expect(sketch.value(.max).isNaN)
    }
}
