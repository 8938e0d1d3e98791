import MutstreamColumnar
import MutstreamDataflow

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a row costs frames under EMIT ON ARRIVAL, in time of the processor, as its rows come out of the order of time: one
/// key, count(*), avg, min and max over two lengths and over one that ends before its row.
enum Frames {
    private static let types: [DataType] = [.bigint, .timestamp, .decimal(precision: 12, scale: 2)]
    private static let batchRows = 1024

    /// Rows a second apart, each put back by up to `disorder` places.
    private static func batches(_ rowCount: Int, disorder: Int) -> [Batch] {
        var seed: UInt64 = 1
        func below(_ limit: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((seed >> 33) % UInt64(max(limit, 1)))
        }
        return stride(from: 0, to: rowCount, by: batchRows).map { start in
            let count = min(batchRows, rowCount - start)
            var (times, amounts): ([Int64], [Int128]) = ([], [])
            for row in start..<start + count {
                times.append(Int64(row - below(disorder)) * 1_000_000)
                amounts.append(Int128(below(100_000)))
            }
            return Batch(
                columns: [.int64([Int64](repeating: 1, count: count)), .int64(times), .decimal(amounts)], count: count,
                ordinals: Ordinals(first: Int64(start)))
        }
    }

    private static func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }

    static func measure() {
        let second: Int64 = 1_000_000
        let amount = types[2]
        let calls = (0..<3).flatMap { frame in
            [
                AggregateSpec(.count, frame: frame, resultType: .bigint),
                AggregateSpec(.avg, columns: [2], frame: frame, resultType: .decimal(precision: 38, scale: 16)),
                AggregateSpec(.min, columns: [2], frame: frame, resultType: amount),
                AggregateSpec(.max, columns: [2], frame: frame, resultType: amount),
            ]
        }
        for (rowCount, disorder) in [
            (200_000, 0), (200_000, 20), (20_000, 1_000), (10_000, 10_000), (200_000, 200_000),
        ] {
            let input = batches(rowCount, disorder: disorder)
            for nearMax in [ArrivalFrames.nearMax, .max] where nearMax != .max || rowCount * disorder <= 100_000_000 {
                let frames = ArrivalFrames(
                    inputTypes: types, partition: [0], order: 1,
                    frames: [
                        .range(preceding: 5_000 * second), .range(preceding: 100_000 * second),
                        .range(preceding: 60_000 * second, end: 10_000 * second),
                    ], aggregates: calls, nearMax: nearMax)
                let began = processorTime()
                for batch in input {
                    var outputs = [Delta(Batch.empty([])), Delta(Batch.empty([]))]
                    frames.step([Delta(batch)], StepContext(step: 0, clock: 0), &outputs)
                }
                let cost = ((processorTime() - began) / Double(rowCount)).rounded()
                let size = frames.stateSize
                let how = nearMax == .max ? "entry by entry" : "as it is"
                print(
                    "frames, \(rowCount) rows out of order by up to \(disorder), \(how): \(cost) ns a row, "
                        + "\(size.bytes / max(size.rows, 1)) bytes a row")
            }
        }
    }
}
