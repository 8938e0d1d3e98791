import MutstreamColumnar
import MutstreamDataflow

/// What the rows that wait will do to the watermark.
extension Feed {
    /// The watermark behind each row of the first waiting chunk, from `first` on, as ``judge(_:clock:)`` will find it; nil:
    /// the source has none, or it has partitions.
    func outlook(clock: Int64) -> (first: Int, marks: [Int64])? {
        guard !waiting.isEmpty, partitions == nil else { return nil }
        if let known = waiting[0].outlook { return known }
        let (batch, first) = (waiting[0].batch, waiting[0].cursor)
        let limit = timing.maxAhead.map { clock.addingReportingOverflow($0) }
        let latest = limit.map { $0.overflow ? .max : $0.partialValue } ?? .max
        guard let marks = rule?.outlook(batch, from: first, watermark: watermark, latest: latest) else { return nil }
        waiting[0].outlook = (first, marks)
        return (first, marks)
    }

    /// No row of the first waiting chunk makes a greater watermark; nil: that takes a look at each.
    func outlookLimit() -> Int64? {
        guard !waiting.isEmpty, partitions == nil, let times = waiting[0].times else { return nil }
        if waiting[0].outlookLimit == nil { waiting[0].outlookLimit = .some(rule?.limit(times)) }
        return waiting[0].outlookLimit ?? nil
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
