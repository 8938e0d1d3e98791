import MutstreamColumnar

/// The results that are read from ordered multisets.
extension GroupStates {
    /// The longest result of an aggregate, in bytes.
    static let resultBytesMax = 64 << 20

    func orderedColumn(
        _ result: GroupResult, _ records: [UnsafeMutableRawPointer], _ failures: inout Failures
    ) -> Column {
        switch result {
        case .picked(let offset, let plan, let pick): return picked(records, offset, ordered[plan.rows], pick)
        case .continuous(let offset, let plan, let fractions, let isInterval):
            return continuous(records, offset, ordered[plan.rows], fractions.first ?? nil, isInterval, &failures)
        case .sketchedPercentile(let offset, let plan, let sketch, let fraction):
            let rows = ordered[plan.rows]
            let (values, validity) = GroupStates.optionals(records, 0.0) { _, record in
                let total = rows.total(record + offset)
                guard let fraction, total > 0 else { return nil }
                let id = rows.row(at: GroupStates.rank(fraction, total).first, record + offset)
                return id < 0 ? nil : sketch.value(rows.store.load(id, 0, as: Int64.self))
            }
            return .double(values, validity)
        case .text(let offset, let plan, let separator):
            return joined(records, offset, ordered[plan.rows], plan.isDistinct, separator, &failures)
        case .list(let offset, let plan, let form): return lists(records, offset, plan, form, &failures)
        case .percentiles(let offset, let plan, let fractions, let isContinuous):
            return percentiles(records, offset, plan, fractions, isContinuous: isContinuous, &failures)
        default: preconditionFailure("a result of an ordered state")
        }
    }

    private func picked(
        _ records: [UnsafeMutableRawPointer], _ offset: Int, _ rows: OrderedRows, _ pick: GroupResult.Pick
    ) -> Column {
        let ids = GroupStates.array(records) { _, record in
            let roots = UnsafeRawPointer(record + offset)
            switch pick {
            case .first: return rows.outermost(0, roots)
            case .last: return rows.outermost(1, roots)
            case .mostFrequent: return rows.mostFrequent(roots)
            case .discrete(let fractions):
                guard let fraction = fractions.first ?? nil else { return -1 }
                return GroupStates.discrete(fraction, rows, roots)
            }
        }
        return rows.store.column(0, rows: ids)
    }

    /// The first row at or behind a fraction of the order.
    static func discrete(_ fraction: Double, _ rows: OrderedRows, _ roots: UnsafeRawPointer) -> Int32 {
        let total = rows.total(roots)
        let place = Int64(exactly: (fraction * Double(total)).rounded(.up)) ?? total
        return rows.row(at: min(max(place, 1), total) &- 1, roots)
    }

    /// The two places around a fraction of the order, counted from 0, and how far it is between them.
    static func rank(_ fraction: Double, _ total: Int64) -> (first: Int64, second: Int64, rest: Double) {
        let exact = fraction * Double(total &- 1)
        let first = min(Int64(exactly: exact.rounded(.down)) ?? 0, total &- 1)
        let second = min(Int64(exactly: exact.rounded(.up)) ?? 0, total &- 1)
        return (first, second, exact - Double(first))
    }

    private func continuous(
        _ records: [UnsafeMutableRawPointer], _ offset: Int, _ rows: OrderedRows, _ fraction: Double?, _ isInterval: Bool,
        _ failures: inout Failures
    ) -> Column {
        if isInterval {
            let (values, validity) = GroupStates.optionals(records, Interval()) { place, record in
                guard let fraction, rows.total(record + offset) > 0 else { return nil }
                if let value = GroupStates.interval(fraction, rows, record + offset) { return value }
                failures.note(place, .intervalOutOfRange)
                return Interval()
            }
            return .interval(values, validity)
        }
        let (values, validity) = GroupStates.optionals(records, 0.0) { _, record in
            guard let fraction, rows.total(record + offset) > 0 else { return nil }
            return GroupStates.double(fraction, rows, record + offset)
        }
        return .double(values, validity)
    }

    /// The value at a fraction, between its neighbours; there is a row.
    static func double(_ fraction: Double, _ rows: OrderedRows, _ roots: UnsafeRawPointer) -> Double {
        let (first, second, rest) = rank(fraction, rows.total(roots))
        let low = rows.store.load(rows.row(at: first, roots), 0, as: Double.self)
        if first == second { return low }
        let high = rows.store.load(rows.row(at: second, roots), 0, as: Double.self)
        return low + (high - low) * rest
    }

    /// The same of intervals; nil: it is out of range.
    static func interval(_ fraction: Double, _ rows: OrderedRows, _ roots: UnsafeRawPointer) -> Interval? {
        let (first, second, rest) = rank(fraction, rows.total(roots))
        let low = rows.store.load(rows.row(at: first, roots), 0, as: Interval.self)
        if first == second { return low }
        let high = rows.store.load(rows.row(at: second, roots), 0, as: Interval.self)
        return IntervalFraction.between(low, high, rest)
    }

    private func joined(
        _ records: [UnsafeMutableRawPointer], _ offset: Int, _ rows: OrderedRows, _ isDistinct: Bool,
        _ separator: GroupResult.TextSeparator, _ failures: inout Failures
    ) -> Column {
        let builder = ColumnBuilder(DataType.Physical.text, capacity: records.count)
        let writer = ByteWriter()
        for (place, record) in records.enumerated() {
            if rows.total(record + offset) == 0 {
                builder.appendNull()
                continue
            }
            writer.removeAll()
            var isFirst = true
            rows.forEach(record + offset) { id, count in
                for copy in 0..<(isDistinct ? 1 : count) {
                    let start = writer.count
                    if !isFirst {
                        switch separator {
                        case .constant(let bytes): writer.append(bytes: bytes)
                        case .column(let index):
                            if !rows.store.isNull(id, index) { writer.append(rows.store.text(id, index)) }
                        }
                    }
                    isFirst = false
                    writer.append(rows.store.text(id, 0))
                    if writer.count > GroupStates.resultBytesMax {
                        failures.note(place, .resultTooLong)
                        return false
                    }
                    // Nothing, however often, is nothing.
                    if copy > 0, writer.count == start { break }
                }
                return true
            }
            if writer.count > GroupStates.resultBytesMax { writer.removeAll(keepingCapacity: false) }
            builder.append(text: writer.bytes)
        }
        return builder.finish()
    }
}
