import MutstreamColumnar
import MutstreamDataflow

/// What the rows that wait will do to the watermark.
extension Feed {
    /// The watermark behind each row of the first waiting chunk, from `first` on, as ``judge(_:clock:)`` will find it; nil:
    /// the source has none, or it has partitions.
    func outlook(clock: Int64) -> (first: Int, marks: [Int64])? {
        guard !waiting.isEmpty, partitions == nil else { return nil }
        if let known = waiting[0].outlook { return known }
        guard let watermarkOf, let timeColumn, case .int64(let times) = waiting[0].batch.columns[timeColumn].values else {
            return nil
        }
        let (batch, first) = (waiting[0].batch, waiting[0].cursor)
        let evaluated = watermarkOf.evaluate(batch)
        guard case .int64(let values) = evaluated.column.values else { return nil }
        let failed = Set(evaluated.failures.map(\.row))
        let (timeValid, valueValid) = (batch.columns[timeColumn].validity, evaluated.column.validity)
        let limit = timing.maxAhead.map { clock.addingReportingOverflow($0) }
        let latest = limit.map { $0.overflow ? .max : $0.partialValue } ?? .max
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
        waiting[0].outlook = (first, marks)
        return (first, marks)
    }

    /// The watermark behind the next row.
    func nextMark(clock: Int64) -> Int64? {
        guard let outlook = outlook(clock: clock), let cursor = waiting.first?.cursor else { return nil }
        let place = cursor - outlook.first
        return outlook.marks.indices.contains(place) ? outlook.marks[place] : nil
    }

    /// How far the next row may raise the watermark before it enters: no further than its own time, so that it is on time.
    func lead(to mark: Int64) -> Int64? {
        guard let waiting = waiting.first, let timeColumn, case .int64(let times) = waiting.batch.columns[timeColumn].values,
            times.indices.contains(waiting.cursor), waiting.batch.columns[timeColumn].validity?[waiting.cursor] ?? true
        else { return nil }
        let lead = min(mark, times[waiting.cursor])
        return lead > watermark ? lead : nil
    }
}
