import MutstreamColumnar
import MutstreamDataflow
import MutstreamSQL

/// How the watermark of a source or table follows from its rows. Late is decided here, row by row, against the watermark
/// made by the rows before it.
struct WatermarkRule {
    /// Position of the event time among the projected columns.
    let timeColumn: Int?
    private let watermarkOf: Evaluator
    /// How far the watermark of a row is from its time, in microseconds; nil: at no fixed distance.
    private let distance: Int64?

    /// Nil: the source has no watermark.
    init?(_ definition: SourceDefinition) {
        guard let watermark = definition.watermark else { return nil }
        let place = Dictionary(uniqueKeysWithValues: definition.projection.enumerated().map { ($1, $0) })
        timeColumn = place[watermark.column]
        watermarkOf = Evaluator(watermark.expression.remapped { place[$0] ?? $0 })
        distance = WatermarkRule.distance(watermark)
    }

    private static func distance(_ watermark: SourceDefinition.Watermark) -> Int64? {
        if watermark.expression.columnIndex == watermark.column { return 0 }
        guard case .call(let function, let operands) = watermark.expression.node, operands.count == 2,
            operands[0].columnIndex == watermark.column, case .interval(let interval)? = operands[1].literalValue,
            let length = interval.exactMicroseconds
        else { return nil }
        return function == .add ? length : function == .subtract ? 0 &- length : nil
    }

    /// No row of these times makes a greater watermark; nil: that takes a look at each.
    func limit(_ times: [Int64]) -> Int64? {
        guard let distance, let last = times.max() else { return nil }
        let (limit, overflow) = last.addingReportingOverflow(distance)
        return overflow ? nil : limit
    }

    /// Splits rows into those on time and late ones, and says how the watermark rises.
    ///
    /// - Parameter watermark: what it is before them, in microseconds; `Int64.min`: no row has said.
    func judge(
        _ batch: Batch, watermark: Int64, partitions: (all: Partitions, column: Int)? = nil, clock: Int64 = 0
    ) -> JudgedRows {
        var progress = Progress(start: watermark)
        let evaluated = watermarkOf.evaluate(batch)
        guard let timeColumn, case .int64(let times) = batch.columns[timeColumn].values,
            case .int64(let marks) = evaluated.column.values
        else { return JudgedRows(onTime: batch, progress: progress) }
        var unmoved: [(row: Int32, reason: String)] = []
        var failed = evaluated.failures[...]
        let (timeValid, markValid) = (batch.columns[timeColumn].validity, evaluated.column.validity)
        var lateRows: [Int32] = []
        progress.ordinals.reserveCapacity(batch.count)
        progress.values.reserveCapacity(batch.count)
        var current = watermark
        if let partitions { partitions.all.locate(batch, column: partitions.column, clock: clock) }
        for row in 0..<batch.count {
            partitions?.all.meet(row)
            var failure: String?
            if let first = failed.first, first.row == Int32(truncatingIfNeeded: row) {
                failure = first.failure.message
                failed.removeFirst()
            }
            if times[row] < current, timeValid?[row] ?? true {
                lateRows.append(Int32(truncatingIfNeeded: row))
                continue
            }
            if let failure {
                unmoved.append((Int32(truncatingIfNeeded: row), failure))
                continue
            }
            guard markValid?[row] ?? true else { continue }
            var mark = marks[row]
            if let all = partitions?.all {
                all.raise(all.groups[row], to: mark)
                mark = all.least
            }
            if mark > current {
                current = mark
                progress.ordinals.append(batch.ordinals[row])
                progress.values.append(current)
            }
        }
        var judged = JudgedRows(onTime: batch, progress: progress)
        if !unmoved.isEmpty { judged.unmoved = (batch.gather(unmoved.map(\.row)), unmoved.map(\.reason)) }
        if lateRows.isEmpty { return judged }
        judged.onTime = batch.without(lateRows)
        judged.late = batch.gather(lateRows)
        return judged
    }

    /// The watermark behind each row from `first` on, as ``judge(_:watermark:partitions:clock:)`` will find it.
    ///
    /// - Parameter latest: rows of later times are refused.
    func outlook(_ batch: Batch, from first: Int, watermark: Int64, latest: Int64) -> [Int64]? {
        guard let timeColumn, case .int64(let times) = batch.columns[timeColumn].values else { return nil }
        let evaluated = watermarkOf.evaluate(batch)
        guard case .int64(let values) = evaluated.column.values else { return nil }
        let failed = Set(evaluated.failures.map(\.row))
        let (timeValid, valueValid) = (batch.columns[timeColumn].validity, evaluated.column.validity)
        var marks: [Int64] = []
        marks.reserveCapacity(batch.count - first)
        var current = watermark
        for row in first..<batch.count {
            let isRefused = (times[row] < current || times[row] > latest) && timeValid?[row] ?? true
            if !isRefused, valueValid?[row] ?? true, values[row] > current,
                failed.isEmpty || !failed.contains(Int32(truncatingIfNeeded: row))
            {
                current = values[row]
            }
            marks.append(current)
        }
        return marks
    }
}

/// The rows of a source in one step, judged by the watermark that the rows before each had made.
struct JudgedRows {
    var onTime: Batch
    var late: Batch?
    /// Further ahead of the clock than the source allows: they do not enter.
    var ahead: Batch?
    /// Those on time whose watermark could not be computed, and why: they move nothing.
    var unmoved: (rows: Batch, reasons: [String])?
    var progress: Progress
}

extension Batch {
    /// All rows but some.
    func without(_ rows: [Int32]) -> Batch {
        var isOut = [Bool](repeating: false, count: count)
        for row in rows { isOut[Int(row)] = true }
        return gather((0..<count).filter { !isOut[$0] }.map { Int32(truncatingIfNeeded: $0) })
    }
}
