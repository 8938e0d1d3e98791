import MutstreamColumnar

/// HOP and CUMULATE: a row once for each window that holds its time, the earlier windows first.
///
/// ```
/// hop, slide 2, size 6       ……|-----|            cumulate, step 2, size 6     |-|
///                              ..|-----|                                       |---|
///                              ....|-----|                                     |-----|
/// ```
///
/// **Outputs**: 0, the input's columns, then the start and the end of the window; a row that lies between two windows vanishes.
/// 1, rows of which a window leaves the range of time, with a TEXT for the reason. Weights and ordinals are those of the
/// input. Stateless.
package final class WindowExpansion: StatelessOperator {
    package enum Rule: Sendable, Hashable {
        /// Windows of `size` begin every `slide`.
        case hop(slide: Int64, size: Int64)
        /// Windows that begin together every `size` and grow by `step`.
        case cumulate(step: Int64, size: Int64)

        /// The distance of two starts, to which the `start` column is aligned.
        package var alignment: Int64 {
            switch self {
            case .hop(let slide, _): slide
            case .cumulate(_, let size): size
            }
        }

        package var size: Int64 {
            switch self {
            case .hop(_, let size), .cumulate(_, let size): size
            }
        }

        /// In how many windows a row is at most.
        package var windowsMax: Int64 {
            switch self {
            case .hop(let slide, let size): (size - 1) / slide + 1
            case .cumulate(let step, let size): size / step
            }
        }
    }

    private let start: Int
    private let time: Int
    private let rule: Rule
    private let reader = BatchReader()

    /// - Parameters:
    ///   - start: the column with the last aligned start that is not after the time.
    ///   - time: the column of the time. Rows in which either is NULL vanish.
    ///   - rule: lengths in microseconds, greater than 0 and less than 2^60.
    package init(start: Int, time: Int, rule: Rule) {
        self.start = start
        self.time = time
        self.rule = rule
    }

    package func step(_ inputs: [Delta], _ context: StepContext, _ outputs: inout [Delta]) {
        for port in outputs.indices { outputs[port].progress = inputs[0].progress }
        let batch = inputs[0].batch
        if batch.isEmpty { return }
        reader.bind(batch)
        defer { reader.unbind() }
        var rows: [Int32] = []
        var starts: [Int64] = []
        var ends: [Int64] = []
        var failed: [Int32] = []
        let (startColumn, timeColumn) = (reader[start], reader[time])
        for row in 0..<batch.count where !startColumn.isNull(row) && !timeColumn.isNull(row) {
            let first = startColumn.load(row, as: Int64.self)
            let passed = timeColumn.load(row, as: Int64.self) &- first
            let name = Int32(truncatingIfNeeded: row)
            let before = rows.count
            var isInside = true
            switch rule {
            case .hop(let slide, let size):
                if passed >= size { continue }
                var back = (size &- passed &- 1) / slide
                while back >= 0, isInside {
                    let (from, isBelow) = first.subtractingReportingOverflow(back &* slide)
                    let (to, isAbove) = from.addingReportingOverflow(size)
                    back &-= 1
                    isInside = !isBelow && !isAbove
                    rows.append(name)
                    starts.append(from)
                    ends.append(to)
                }
            case .cumulate(let step, let size):
                var length = (passed / step &+ 1) &* step
                while length <= size, isInside {
                    let (to, isAbove) = first.addingReportingOverflow(length)
                    length &+= step
                    isInside = !isAbove
                    rows.append(name)
                    starts.append(first)
                    ends.append(to)
                }
            }
            if isInside { continue }
            rows.removeLast(rows.count - before)
            starts.removeLast(starts.count - before)
            ends.removeLast(ends.count - before)
            failed.append(name)
        }
        if !failed.isEmpty, outputs.count > 1 {
            let reason = Column.constant(
                .text("timestamp out of range: a window of this row ends beyond it"), physical: .text, count: failed.count)
            let gone = batch.gather(failed)
            outputs[1].batch = gone.with(columns: gone.columns + [reason])
        }
        let columns = batch.columns.map { $0.gather(rows) } + [.int64(starts), .int64(ends)]
        outputs[0].batch = Batch(
            columns: columns, count: rows.count, weights: batch.weights.map { weights in rows.map { weights[Int($0)] } },
            ordinals: batch.ordinals.gather(rows))
    }
}
