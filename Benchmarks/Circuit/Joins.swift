import MutstreamColumnar
import MutstreamDataflow

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a join costs a row, in time of the processor: a million rows a side, BIGINT key and three payload columns, one
/// partner each.
enum Joins {
    private static let types: [DataType] = [.bigint, .bigint, .double, .text]
    private static let rowCount = 1_000_000
    private static let batchRows = 8192

    /// Rows of which the keys are those of `from..<to` in an order without locality, or one key.
    private static func batches(_ range: Range<Int>, oneKey: Bool = false, weight: Int64 = 1, first: Int) -> [Batch] {
        var result: [Batch] = []
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(start + batchRows, range.upperBound)
            let (keys, numbers, amounts) = (
                ColumnBuilder(DataType.bigint), ColumnBuilder(DataType.bigint), ColumnBuilder(DataType.double)
            )
            let texts = ColumnBuilder(DataType.text)
            for row in start..<end {
                let number = row * 7_368_787 % 1_000_003
                keys.append(int64: oneKey ? 0 : Int64(number))
                numbers.append(int64: Int64(number))
                amounts.append(double: Double(number) / 100)
                texts.append(text: number % 3 == 0 ? "card" : "transfer")
            }
            let weights = weight == 1 ? nil : [Int64](repeating: weight, count: end - start)
            result.append(
                Batch(
                    columns: [keys.finish(), numbers.finish(), amounts.finish(), texts.finish()], count: end - start,
                    weights: weights, ordinals: Ordinals(first: Int64(first + start))))
            start = end
        }
        return result
    }

    private static func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }

    private static func run(_ join: any Operator, _ input: Int, _ batches: [Batch], _ types: [DataType]) -> Double {
        var rows = 0
        let began = processorTime()
        for batch in batches {
            var outputs = [Delta(Batch.empty(types))]
            let empty = Delta(Batch.empty(Joins.types))
            join.step(
                input == 0 ? [Delta(batch), empty] : [empty, Delta(batch)], StepContext(step: 0, clock: 0), &outputs)
            rows += batch.count
        }
        return (processorTime() - began) / Double(max(rows, 1))
    }

    private static func best(_ rounds: Int, _ body: () -> [Double]) -> String {
        var best: [Double] = []
        for _ in 0..<rounds {
            let figures = body()
            best = best.isEmpty ? figures : zip(best, figures).map { min($0, $1) }
        }
        return best.map { "\(($0 * 10).rounded() / 10)" }.joined(separator: ", ")
    }

    static func measure() {
        let right = batches(0..<rowCount, first: 0)
        let left = batches(0..<rowCount, first: rowCount)
        let gone = batches(0..<rowCount, weight: -1, first: 2 * rowCount)
        func report(_ name: String, _ output: [DataType], _ make: () -> MaintainedJoin) {
            let figures = best(3) {
                let join = make()
                return [run(join, 1, right, output), run(join, 0, left, output), run(join, 1, gone, output)]
            }
            print("\(name), 1 M rows a side, ns a row to build, probe, retract: \(figures)")
        }
        report("inner join", types + types) {
            MaintainedJoin(leftTypes: types, rightTypes: types, leftKeys: [0], rightKeys: [0])
        }
        #if !BEFORE
            for (name, kind) in [("left", MaintainedJoin.Kind.left), ("full", .full), ("semi", .semi), ("anti", .anti)] {
                report("\(name) join", name == "semi" || name == "anti" ? types : types + types) {
                    MaintainedJoin(kind, leftTypes: types, rightTypes: types, leftKeys: [0], rightKeys: [0])
                }
            }
        #endif
        let count = 50_000
        let chain = batches(0..<count, oneKey: true, first: 0)
        let unchained = Array(batches(0..<count, oneKey: true, weight: -1, first: count).reversed())
        let figures = best(1) {
            let join = MaintainedJoin(leftTypes: types, rightTypes: types, leftKeys: [0], rightKeys: [0])
            _ = run(join, 1, chain, types + types)
            return [run(join, 1, unchained, types + types)]
        }
        print("\(count) rows of one key, the newest retracted first, ns a row: \(figures)")
    }
}
