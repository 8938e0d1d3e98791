import MutstreamColumnar
import MutstreamDataflow

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a row costs GROUP BY with count(*) and sum, in time of the processor: steps of 8,192 rows, BIGINT keys.
enum Groups {
    private static let batchRows = 8192
    private static let rowCount = 4_000_000
    private static let types: [DataType] = [.bigint, .int, .timestamp]

    private static func batches(keys: Int) -> [Batch] {
        var seed: UInt64 = 1
        return stride(from: 0, to: rowCount, by: batchRows).map { start in
            let count = min(batchRows, rowCount - start)
            var (keyed, values): ([Int64], [Int64]) = ([], [])
            for _ in 0..<count {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                keyed.append(Int64((seed >> 33) % UInt64(keys)))
                values.append(Int64(seed >> 50) - 8000)
            }
            return Batch(
                columns: [.int64(keyed), .int64(values), .int64([Int64](repeating: 10, count: count))], count: count,
                ordinals: Ordinals(first: Int64(start)))
        }
    }

    private static func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }

    static func measure() {
        let specs = [
            AggregateSpec(.count, resultType: .bigint), AggregateSpec(.sum, columns: [1], resultType: .bigint),
        ]
        for keys in [1_000, 1_000_000] {
            let input = batches(keys: keys)
            for isMaintained in [true, false] {
                var best = Double.infinity
                for _ in 0..<3 {
                    // With an open window rows are only added; else each step emits the groups it has changed.
                    let group = GroupAggregate(
                        inputTypes: types, keys: isMaintained ? [0] : [0, 2], aggregates: specs,
                        closeKey: isMaintained ? nil : 1)
                    let began = processorTime()
                    for batch in input {
                        var outputs = [Delta(Batch.empty([])), Delta(Batch.empty([])), Delta(Batch.empty([]))]
                        group.step([Delta(batch)], StepContext(step: 0, clock: 0), &outputs)
                    }
                    best = min(best, (processorTime() - began) / Double(rowCount))
                }
                let what = isMaintained ? "with what it emits" : "add alone, a second key column"
                print("group by, \(keys) keys, \(what): \((best * 10).rounded() / 10) ns a row")
            }
        }
    }
}
