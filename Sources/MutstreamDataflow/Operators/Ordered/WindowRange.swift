import MutstreamColumnar

/// The bounds of a RANGE frame with an offset: values of the ORDER BY column moved by it, as sort keys to search with.
///
/// A value that leaves its type lies beyond all rows on that side. NULL moves to nothing: its frame is that of its peers.
final class WindowRange {
    private let column: Int
    private let type: DataType
    private let isDescending: Bool
    private let scratch: UnsafeMutableRawPointer
    private static let scratchBytes = 32
    /// Whether the last key lies beyond all values.
    private(set) var isBeyond = false

    /// - Parameter item: the only ORDER BY column.
    init(_ types: [DataType], _ item: SortItem) {
        column = item.column
        type = types[item.column]
        isDescending = item.descending
        scratch = .allocate(byteCount: WindowRange.scratchBytes, alignment: 16)
    }

    deinit { scratch.deallocate() }

    func isNull(_ store: RowStore, _ row: Int32) -> Bool { store.isNull(row, column) }

    /// The position of the first row (`isStart`), or behind the last one, that is within `offset` of a row's value, which
    /// is not NULL; forward in the order of rows, or back.
    ///
    /// With `slack` it lies so much further that rounding, and months of different lengths, cannot keep a row out.
    func position(
        _ rows: OrderedPartitions, _ tree: OrderedIndex.Tree, _ row: Int32, _ offset: Value, forward: Bool, isStart: Bool,
        slack: Bool = false
    ) -> Int {
        let key = key(rows.store, row, offset, forward, isStart, slack)
        return isStart || isBeyond ? rows.index.position(key, in: tree) : rows.index.peersEnd(key, in: tree)
    }

    private func key(
        _ store: RowStore, _ row: Int32, _ offset: Value, _ forward: Bool, _ isStart: Bool, _ slack: Bool
    ) -> SortKey {
        isBeyond = false
        scratch.storeBytes(of: 1, as: UInt8.self)
        // Of a bound that is no value of the type, the next value within the frame.
        let roundsUp = isStart != isDescending
        // What is forward among rows is up among values, or down.
        let adds = forward != isDescending
        let at = scratch + 1
        let end: UnsafeMutableRawPointer
        switch (type.physical, offset) {
        case (.int64, .int64(let offset)):
            let value = store.load(row, column, as: Int64.self)
            let (moved, overflow) =
                adds ? value.addingReportingOverflow(offset) : value.subtractingReportingOverflow(offset)
            if overflow { return beyond(forward) }
            end = SortKeyEncoder.store(moved, isDescending, at)
        case (.int64, .interval(let span)):
            guard let moved = moved(store.load(row, column, as: Int64.self), span, adds, roundsUp, slack) else {
                return beyond(forward)
            }
            end = SortKeyEncoder.store(moved, isDescending, at)
        case (.decimal, .decimal(let offset)):
            let value = store.load(row, column, as: Int128.self)
            let (moved, overflow) =
                adds ? value.addingReportingOverflow(offset) : value.subtractingReportingOverflow(offset)
            if overflow { return beyond(forward) }
            end = SortKeyEncoder.store(moved, isDescending, at)
        case (.interval, .interval(let span)):
            let value = store.load(row, column, as: Interval.self).comparable
            end = SortKeyEncoder.store(adds ? value + span.comparable : value - span.comparable, isDescending, at)
        case (.double, .double(let offset)):
            let value = store.load(row, column, as: Double.self)
            var moved = adds ? value + offset : value - offset
            // All values but NaN are within an infinite distance.
            if moved.isNaN, !value.isNaN { moved = roundsUp ? -.infinity : .infinity }
            if slack, moved.isFinite {
                let step = max(value.magnitude, moved.magnitude, offset.magnitude).ulp * 4
                moved = adds ? moved + step : moved - step
            }
            end = SortKeyEncoder.store(moved, isExact: false, isDescending, at)
        default: return beyond(forward)
        }
        return SortKey(base: UnsafeRawPointer(scratch), length: end - scratch, orderLength: end - scratch)
    }

    /// A date or time moved by an interval, nil where it leaves the type.
    private func moved(_ value: Int64, _ span: Interval, _ adds: Bool, _ roundsUp: Bool, _ slack: Bool) -> Int64? {
        if type == .time {
            // A time of day moves by hours and less, and not past midnight.
            let (moved, overflow) =
                adds
                ? value.addingReportingOverflow(span.microseconds) : value.subtractingReportingOverflow(span.microseconds)
            return overflow ? nil : moved
        }
        let isDate = type == .date
        guard let timestamp = isDate ? CivilTime.timestamp(day: value) : value,
            var moved = adds ? CivilTime.add(span, to: timestamp) : CivilTime.subtract(span, from: timestamp)
        else { return nil }
        if slack, span.months != 0 {
            let days = 4 * CivilTime.microsecondsPerDay
            let (further, overflow) = adds ? moved.addingReportingOverflow(days) : moved.subtractingReportingOverflow(days)
            if overflow { return nil }
            moved = further
        }
        guard isDate else { return moved }
        let (day, time) = CivilTime.split(moved)
        return roundsUp && time != 0 ? day + 1 : day
    }

    private func beyond(_ forward: Bool) -> SortKey {
        isBeyond = true
        if !forward { return SortKey(base: UnsafeRawPointer(scratch), length: 1, orderLength: 1) }
        (scratch + 1).initializeMemory(as: UInt8.self, repeating: 0xFF, count: 20)
        return SortKey(base: UnsafeRawPointer(scratch), length: 21, orderLength: 21)
    }
}
